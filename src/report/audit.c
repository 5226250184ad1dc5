/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c -- an audit from its job, or from parts, to its directory; see gradaudit/audit.h */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/block.h"
#include "audit/elements.h"
#include "audit/run.h"
#include "io/file.h"
#include "report/audit.h"
#include "report/audit_report.h"
#include "report/provenance.h"

static ga_code
join(char *path, size_t size, const char *directory, const char *name, ga_status *st)
{
    if (snprintf(path, size, "%s/%s", directory, name) < (int)size)
        return GA_OK;
    return file_fail(st, GA_IO_ERROR, directory, "the path is too long");
}

static bool
holds(const char *directory, const char *name)
{
    char path[8192];
    return join(path, sizeof path, directory, name, NULL) == GA_OK && access(path, F_OK) == 0;
}

bool
audit_is_drawn(const char *directory)
{
    return holds(directory, "figures/cells.png");
}

/* A directory that is new, or empty but for what is ours to go on with. */
static ga_code
prepare(const char *directory, ga_status *st)
{
    if (mkdir(directory, 0777) == 0)
        return GA_OK;
    if (errno != EEXIST)
        return file_fail_errno(st, directory, "make the directory", errno);
    if (holds(directory, "journal"))
        return file_fail(st, GA_USAGE, directory, "an unfinished audit stands here: go on with --resume, or remove it");
    if (holds(directory, "report.json"))
        return file_fail(st, GA_USAGE, directory, "a result stands here; choose another directory, or remove it");
    DIR *d = opendir(directory);
    size_t entries = 0;
    if (d == NULL)
        return file_fail_errno(st, directory, "open", errno);
    while (readdir(d) != NULL)
        entries++;
    closedir(d);
    return entries <= 2 ? GA_OK : file_fail(st, GA_USAGE, directory, "the directory is not empty, and holds no audit");
}

json_t *
audit_read(const char *directory, ga_status *st)
{
    char path[8192];
    file_bytes bytes;
    json_error_t fault;
    if (join(path, sizeof path, directory, "report.json", st) != GA_OK || file_read(&bytes, path, FILE_CAP, FILE_PLAIN, st) != GA_OK)
        return NULL;
    json_t *report = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, &fault);
    const char *kind = json_string_value(json_object_get(report, "kind"));
    free(bytes.data);
    if (report == NULL)
        file_fail(st, GA_BAD_FILE, path, "line %d is no JSON: %s", fault.line, fault.text);
    else if (kind == NULL || strcmp(kind, "audit") != 0)
        file_fail(st, GA_BAD_FILE, path, "it is not the report of an audit");
    else if (json_integer_value(json_object_get(report, "schema_version")) != GA_AUDIT_SCHEMA)
        file_fail(st, GA_BAD_FILE, path, "its schema_version is not %d", GA_AUDIT_SCHEMA);
    else
        return report;
    json_decref(report);
    return NULL;
}

static ga_code
write_rows(const char *directory, const json_t *head, const part *p, ga_status *st)
{
    char path[8192];
    out_file out;
    ga_code code = join(path, sizeof path, directory, "images.tsv", st);
    if (code != GA_OK || (code = out_open(&out, path, st)) != GA_OK)
        return code;
    row_heading(out.stream, &p->shape, head);
    fputc('\n', out.stream);
    for (size_t r = 0; r < p->n_rows; r++) {
        row_print(out.stream, p->row + r, &p->shape);
        fputc('\n', out.stream);
    }
    return out_commit(&out, st);
}

/* images.tsv, then report.json, which says that the audit is whole, then what is rendered from it. */
static ga_code
write_results(const char *directory, const json_t *head, const part *p, ga_status *st)
{
    json_t *report = audit_report(head, p);
    if (report == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a report");
    ga_code code = write_rows(directory, head, p, st);
    if (code == GA_OK)
        code = json_write(directory, "report.json", report, st);
    bool drawn;
    if (code == GA_OK)
        code = audit_render(directory, report, &drawn, st);
    json_decref(report);
    return code;
}

/* A finished audit that is asked for again: nothing is to be done if it is the same. */
static ga_code
check_finished(const char *directory, const ga_audit_job *job, ga_status *st)
{
    plan p;
    json_t *report = audit_read(directory, st), *head = NULL;
    ga_code code = report != NULL ? plan_make(&p, job, st) : st->code;
    if (report == NULL)
        return code;
    if (code == GA_OK)
        head = plan_head(&p, st);
    const json_t *images = json_object_get(report, "images");
    if (head == NULL)
        code = st->code;
    else if (!json_equal(head, json_object_get(report, "head")) ||
             (size_t)json_integer_value(json_object_get(images, "first")) != job->range.first ||
             (size_t)json_integer_value(json_object_get(images, "last")) != job->range.last)
        code = file_fail(st, GA_USAGE, directory, "the audit that stands here is finished, and another one");
    json_decref(head);
    json_decref(report);
    plan_free(&p);
    return code;
}

ga_code
ga_audit(const char *directory, const ga_audit_job *job, bool resume, ga_status *st)
{
    audit_run r;
    if (resume && !holds(directory, "journal") && holds(directory, "report.json"))
        return check_finished(directory, job, st);
    ga_code code = resume ? GA_OK : prepare(directory, st);
    if (code != GA_OK)
        return code;
    code = audit_run_blocks(&r, directory, job, resume, st);
    if (code == GA_OK)
        code = write_results(directory, r.head, r.result, st);
    if (code == GA_OK)
        code = journal_remove(&r.journal, st);
    audit_run_free(&r);
    if (code != GA_OK && !resume && !holds(directory, "journal"))
        rmdir(directory); /* it was refused before anything was computed */
    return code;
}

/* A finished audit: its head and its part. */
typedef struct {
    json_t *report;
    part *p;
} finished;

static ga_code
read_rows(part *p, const char *directory, ga_status *st)
{
    char path[8192];
    file_bytes bytes;
    ga_code code = join(path, sizeof path, directory, "images.tsv", st);
    if (code != GA_OK || (code = file_read(&bytes, path, FILE_CAP, FILE_PLAIN, st)) != GA_OK)
        return code;
    char *line = (char *)bytes.data, *end = line + bytes.size;
    for (size_t n = 0; line < end && code == GA_OK; n++) {
        ga_status fault = { 0 };
        char *stop = memchr(line, '\n', (size_t)(end - line));
        part_row *row = n > 0 && stop != NULL ? part_add_row(p, 0) : NULL;
        if (stop == NULL || memchr(line, '\0', (size_t)(stop - line)) != NULL)
            code = file_fail(st, GA_BAD_FILE, path, "line %zu is torn", n + 1);
        else if (n > 0 && row == NULL)
            code = ga_fail(st, GA_NO_MEMORY, "out of memory for the images of an audit");
        if (code != GA_OK)
            break;
        *stop = '\0';
        if (n > 0 && row_parse(row, line, &p->shape, &fault) != GA_OK)
            code = file_fail(st, fault.code, path, "line %zu: %s", n + 1, fault.message);
        line = stop + 1;
    }
    free(bytes.data);
    return code;
}

/* Every image of the report, once and in order. */
static ga_code
check_rows(const part *p, const json_t *report, const char *directory, ga_status *st)
{
    const json_t *images = json_object_get(report, "images");
    const json_int_t first = json_integer_value(json_object_get(images, "first")), n = json_integer_value(json_object_get(images, "n"));
    bool ok = n > 0 && (size_t)n == p->n_rows;
    for (size_t r = 0; r < p->n_rows && ok; r++)
        ok = p->row[r].image == (size_t)first + r;
    for (size_t e = 0; e < p->shape.n_estimators && ok; e++)
        ok = p->estimator[e].tally.elements == p->n_rows * p->shape.n_elements;
    return ok ? GA_OK : file_fail(st, GA_BAD_FILE, directory, "report.json and images.tsv do not fit each other");
}

static ga_code
read_finished(finished *a, const char *directory, ga_status *st)
{
    part_shape shape;
    ga_status fault = { 0 };
    a->report = audit_read(directory, st);
    if (a->report == NULL)
        return st->code;
    const size_t rows = (size_t)json_integer_value(json_object_get(json_object_get(a->report, "images"), "n"));
    ga_code code = audit_report_shape(&shape, json_object_get(a->report, "head"), &fault);
    if (code == GA_OK && rows > UINT32_MAX)
        code = ga_fail(&fault, GA_BAD_FILE, "it is of more images than there can be");
    if (code == GA_OK && (a->p = part_new(&shape, rows)) == NULL)
        code = ga_fail(&fault, GA_NO_MEMORY, "out of memory for an audit");
    if (code == GA_OK)
        code = part_from_json(a->p, a->report, &fault);
    if (code != GA_OK)
        return file_fail(st, code, directory, "report.json: %s", fault.message);
    code = read_rows(a->p, directory, st);
    return code == GA_OK ? check_rows(a->p, a->report, directory, st) : code;
}

/* Parts in the order of their images, without overlap or gap. */
static ga_code
order_parts(finished *a, const char **names, size_t n, ga_status *st)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && a[k].p->row[0].image < a[k - 1].p->row[0].image; k--) {
            const finished swapped = a[k];
            const char *name = names[k];
            a[k] = a[k - 1];
            a[k - 1] = swapped;
            names[k] = names[k - 1];
            names[k - 1] = name;
        }
    for (size_t i = 1; i < n; i++) {
        const size_t end = a[i - 1].p->row[a[i - 1].p->n_rows - 1].image, start = a[i].p->row[0].image;
        if (start <= end)
            return file_fail(st, GA_USAGE, names[i], "image %zu is in %s too", start, names[i - 1]);
        if (start != end + 1)
            return file_fail(st, GA_USAGE, names[i], "images %zu to %zu are in none of the parts", end + 1, start - 1);
    }
    return GA_OK;
}

static ga_code
merge(const char *directory, finished *a, const char **names, size_t n, ga_status *st)
{
    const json_t *head;
    part *sum = NULL;
    ga_code code = GA_OK;
    for (size_t i = 0; i < n && code == GA_OK; i++)
        code = read_finished(a + i, names[i], st);
    for (size_t i = 1; i < n && code == GA_OK; i++) {
        const char *key;
        json_t *value;
        head = json_object_get(a[0].report, "head");
        json_object_foreach((json_t *)(uintptr_t)head, key, value)
            if (code == GA_OK && !json_equal(value, json_object_get(json_object_get(a[i].report, "head"), key)))
                code = file_fail(st, GA_USAGE, names[i], "it differs from %s in its %s", names[0], key);
    }
    if (code == GA_OK)
        code = order_parts(a, names, n, st);
    if (code != GA_OK)
        return code;
    head = json_object_get(a[0].report, "head");
    part **parts = malloc(n * sizeof(part *));
    for (size_t i = 0; parts != NULL && i < n; i++)
        parts[i] = a[i].p;
    code = parts != NULL ? part_merge(&sum, parts, n, st) : ga_fail(st, GA_NO_MEMORY, "out of memory for the parts");
    if (code == GA_OK)
        code = prepare(directory, st);
    if (code == GA_OK && json_is_true(json_object_get(json_object_get(head, "options"), "elements")))
        code = elements_merge(directory, names, n, head, st);
    if (code == GA_OK)
        code = write_results(directory, head, sum, st);
    part_free(sum);
    free(parts);
    return code;
}

ga_code
ga_audit_merge(const char *directory, const char *const *parts, size_t n, ga_status *st)
{
    ga_status own = { 0 };
    finished *a = calloc(n + 1, sizeof *a);
    const char **names = calloc(n + 1, sizeof *names);
    ga_code code = a != NULL && names != NULL ? GA_OK : ga_fail(&own, GA_NO_MEMORY, "out of memory for the parts");
    for (size_t i = 0; i < n && code == GA_OK; i++)
        names[i] = parts[i];
    if (code == GA_OK)
        code = n > 0 ? merge(directory, a, names, n, &own) : ga_fail(&own, GA_USAGE, "there is nothing to merge");
    for (size_t i = 0; a != NULL && i < n; i++) {
        part_free(a[i].p);
        json_decref(a[i].report);
    }
    free(a);
    free(names);
    if (st != NULL)
        *st = own;
    return code;
}

ga_code
ga_audit_dry_run(ga_audit_estimate *estimate, const ga_audit_job *job, ga_status *st)
{
    plan p;
    part *result = NULL;
    struct timespec start, end;
    const size_t images = job->range.last - job->range.first + 1;
    const size_t block_end = (job->range.first / GA_BLOCK + 1) * GA_BLOCK - 1;
    ga_range probe = { job->range.first, job->range.first + 15 };
    probe.last = probe.last < block_end ? probe.last : block_end;
    probe.last = probe.last < job->range.last ? probe.last : job->range.last;
    ga_code code = plan_make(&p, job, st);
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (code == GA_OK)
        code = block_audit(&result, NULL, &p, probe, 1, st);
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
    const double threads = job->options.threads > 0 ? job->options.threads : (double)sysconf(_SC_NPROCESSORS_ONLN);
    *estimate = (ga_audit_estimate){ .seconds = seconds / (double)(probe.last - probe.first + 1) * (double)images / threads,
                                     .bytes = threads * block_bytes(&p, images < GA_BLOCK ? images : GA_BLOCK),
                                     .functions = p.n_functions, .estimators = p.n_estimators };
    part_free(result);
    plan_free(&p);
    return code;
}
