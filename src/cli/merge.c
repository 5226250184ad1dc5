/* SPDX-License-Identifier: Apache-2.0 */
/* merge.c -- gradaudit merge: audits of parts of the images into the audit of all */
#include <stdio.h>
#include <stdlib.h>

#include <gradaudit/audit.h>

#include "cli/command.h"
#include "cli/render.h"
#include "report/audit.h"

typedef struct {
    const char *directory;
    const char **part;
    size_t n;
    int64_t accept;
} options;

static const struct argp_option option_table[] = {
    { "output", 'o', "DIR", 0, "the directory of the merged audit", 1 },
    { 0 }
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->accept;
        o->part = calloc((size_t)state->argc, sizeof *o->part);
        return o->part != NULL ? 0 : ENOMEM;
    case 'o':
        o->directory = arg;
        return 0;
    case ARGP_KEY_ARG:
        o->part[o->n++] = arg;
        return 0;
    case ARGP_KEY_END:
        if (o->directory == NULL)
            usage_error(state, "where to? (-o DIR)");
        if (o->n == 0)
            usage_error(state, "which audits?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int
command_merge(int argc, char **argv)
{
    static const struct argp_child children[] = { { &accept_argp, 0, NULL, 7 }, { 0 } };
    static const struct argp argp = {
        option_table, parse, "PART... -o DIR",
        "Merges finished audits of parts of the same images: the results are, byte for byte, those of one audit of all of them. "
        "A PART is an audit's directory, or its report.json."
        "\vExample:\n"
        "  data=$(gradaudit --version | sed -n 's/^data: //p')\n"
        "  set -- $data/models/saturated-relu.safetensors --no-remedies \\\n"
        "    --data $data/mnist/t10k-images-idx3-ubyte.gz \\\n"
        "    --labels $data/mnist/t10k-labels-idx1-ubyte.gz\n"
        "  gradaudit audit \"$@\" --images 0-3 -o first\n"
        "  gradaudit audit \"$@\" --images 4-7 -o second\n"
        "  gradaudit merge first second -o whole\n",
        children, NULL, NULL
    };
    static options o = { .accept = ACCEPT_NONE };
    ga_status st = { 0 };
    command_parse(&argp, argc, argv, &o);
    json_t *report = ga_audit_merge(o.directory, o.part, o.n, &st) == GA_OK ? audit_read(o.directory, &st) : NULL;
    if (report != NULL) {
        render_warn(audit_is_drawn(o.directory), "the figures are drawn as SVG only");
        render_wrote(o.directory, (const char *const []){ "report.json", "images.tsv", NULL });
        const undecided_count undecided = undecided_of_audit(report);
        undecided_check(&undecided, o.accept, false, o.directory, &st);
    }
    json_decref(report);
    free(o.part);
    return command_end(&st);
}
