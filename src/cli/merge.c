/* SPDX-License-Identifier: Apache-2.0 */
/* merge.c -- gradaudit merge: audits of parts of the images into the audit of all */
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/render.h"
#include "report/audit.h"

typedef struct {
    const char *directory;
    const char **part;
    size_t n;
    int64_t accept;
} options;

static ga_code
add_part(void *into, const option_row *row, const char *text, ga_status *st)
{
    options *const o = into;
    const char **const more = realloc(o->part, (o->n + 1) * sizeof *more);
    (void)row;
    if (more == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the names of audits");
    o->part = more;
    o->part[o->n++] = text;
    return GA_OK;
}

static const option_row rows[] = {
    { "output", 'o', "DIR", "the directory of the merged audit", INTO(read_text, options, directory) },
    { NULL, 0, "part", NULL, BY(add_part) },
    { 0 }
};

static ga_code
check(void *into, ga_status *st)
{
    const options *const o = into;
    if (o->directory == NULL)
        return ga_fail(st, GA_USAGE, "where to? (-o DIR)");
    return o->n > 0 ? GA_OK : ga_fail(st, GA_USAGE, "which audits?");
}

int
command_merge(int argc, char **argv)
{
    static const option_part parts[] = { { &accept_set, offsetof(options, accept) }, { NULL, 0 } };
    static const command_line line = {
        rows, check, parts, "PART... -o DIR",
        "Merges finished audits of parts of the same images: the results are, byte for byte, those of one audit of all of them. "
        "A PART is an audit's directory, or its report.json."
        "\vExample:\n"
        "  data=$(gradaudit --version | sed -n 's/^data: //p')\n"
        "  set -- $data/models/saturated-relu.safetensors --no-remedies \\\n"
        "    --data $data/mnist/t10k-images-idx3-ubyte.gz \\\n"
        "    --labels $data/mnist/t10k-labels-idx1-ubyte.gz\n"
        "  gradaudit audit \"$@\" --images 0-3 -o first\n"
        "  gradaudit audit \"$@\" --images 4-7 -o second\n"
        "  gradaudit merge first second -o whole\n"
    };
    static options o = { .accept = ACCEPT_NONE };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    json_t *report;
    if (audit_merge(&report, o.directory, o.part, o.n, &st) == GA_OK) {
        render_warn(audit_is_drawn(o.directory), "the figures are drawn as SVG only");
        render_wrote(o.directory, (const char *const []){ "report.json", "images.tsv", NULL });
        const undecided_count undecided = undecided_of_audit(report);
        undecided_check(&undecided, o.accept, false, o.directory, &st);
    }
    json_decref(report);
    free(o.part);
    return command_end(&st);
}
