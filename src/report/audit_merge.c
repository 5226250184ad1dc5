/* SPDX-License-Identifier: Apache-2.0 */
/* audit_merge.c -- finished audits of parts of the images into one; see core/audit.h */
#include <stdlib.h>
#include <string.h>

#include "audit/elements.h"
#include "core/call.h"
#include "io/directory.h"
#include "io/file.h"
#include "report/audit.h"
#include "report/audit_report.h"
#include "run/agree.h"

/* A finished audit: its head and its part. */
typedef struct {
    json_t *report;
    part *p;
} finished;

/* The heading must be as the head asks. */
static ga_code
check_heading(const char *line, const part_shape *shape, const json_t *head, ga_status *st)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (f != NULL)
        row_heading(f, shape, head);
    if (f == NULL || fclose(f) != 0) {
        free(text);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a heading");
    }
    const bool same = strcmp(text, line) == 0;
    free(text);
    return same ? GA_OK : ga_fail(st, GA_BAD_FILE, "it is not the heading of this audit");
}

static ga_code
parse_rows(part *p, const json_t *head, const file_bytes *bytes, const char *path, ga_status *st)
{
    char *line = (char *)bytes->data, *end = line + bytes->size;
    ga_code code = GA_OK;
    for (size_t n = 0; line < end && code == GA_OK; n++) {
        ga_status fault = { 0 };
        char *stop = memchr(line, '\n', (size_t)(end - line));
        if (stop == NULL || memchr(line, '\0', (size_t)(stop - line)) != NULL)
            code = file_fail(st, GA_BAD_FILE, path, "line %zu is torn", n + 1);
        if (code != GA_OK)
            break;
        *stop = '\0';
        if (n == 0)
            check_heading(line, &p->shape, head, &fault);
        else {
            part_row *row = part_add_row(p, 0);
            if (row == NULL)
                ga_fail(&fault, GA_NO_MEMORY, "out of memory for the images of an audit");
            else
                row_parse(row, line, &p->shape, &fault);
        }
        if (fault.code != GA_OK)
            code = file_fail(st, fault.code, path, "line %zu: %s", n + 1, fault.message);
        line = stop + 1;
    }
    return code;
}

/* What was read adds up, and the report has no more: made anew from it, it is the same. */
static ga_code
check_whole(finished *a, const char *directory, ga_status *st)
{
    part *counted = NULL;
    ga_status fault = { 0 };
    if (part_check(a->p, &fault) != GA_OK)
        return file_fail(st, GA_BAD_FILE, directory, "report.json and images.tsv do not fit each other: %s", fault.message);
    ga_code code = part_merge(&counted, &a->p, 1, st); /* what is not in the file: medians */
    json_t *report = code == GA_OK ? audit_report(json_object_get(a->report, "head"), counted) : NULL;
    if (code == GA_OK && report == NULL)
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for a report");
    if (code == GA_OK && !json_equal(report, a->report)) {
        char difference[128];
        agree_difference(difference, sizeof difference, report, a->report);
        code = file_fail(st, GA_BAD_FILE, directory, "report.json does not follow from its counts and images.tsv: %s", difference);
    }
    json_decref(report);
    part_free(counted);
    return code;
}

/* There is room for as many images as lines, whatever the report says. */
static ga_code
read_part(finished *a, const char *directory, const file_bytes *bytes, const char *path, ga_status *st)
{
    part_shape shape;
    ga_status fault = { 0 };
    const json_t *head = json_object_get(a->report, "head");
    const json_int_t images = json_integer_value(json_object_get(json_object_get(a->report, "images"), "n"));
    size_t lines = 0;
    for (size_t i = 0; i < bytes->size; i++)
        lines += bytes->data[i] == '\n';
    if (images < 1 || lines != (uint64_t)images + 1)
        return file_fail(st, GA_BAD_FILE, path, "%zu lines, and report.json is of %lld images", lines, (long long)images);
    ga_code code = audit_report_shape(&shape, head, &fault);
    if (code == GA_OK && (a->p = part_new(&shape, lines)) == NULL)
        code = ga_fail(&fault, GA_NO_MEMORY, "out of memory for an audit");
    if (code == GA_OK)
        code = part_from_json(a->p, a->report, &fault);
    if (code != GA_OK)
        return file_fail(st, code, directory, "report.json: %s", fault.message);
    return parse_rows(a->p, head, bytes, path, st);
}

static ga_code
read_finished(finished *a, const char *directory, ga_status *st)
{
    char path[8192];
    file_bytes bytes;
    a->report = audit_read(directory, st);
    if (a->report == NULL)
        return st->code;
    ga_code code = audit_path(path, sizeof path, directory, "images.tsv", st);
    if (code != GA_OK || (code = file_read(&bytes, path, FILE_CAP, FILE_PLAIN, st)) != GA_OK)
        return code;
    code = read_part(a, directory, &bytes, path, st);
    free(bytes.data);
    return code == GA_OK ? check_whole(a, directory, st) : code;
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
check_heads(const finished *a, const char *const *names, size_t n, ga_status *st)
{
    for (size_t i = 1; i < n; i++) {
        char difference[128];
        agree_difference(difference, sizeof difference, json_object_get(a[0].report, "head"), json_object_get(a[i].report, "head"));
        if (difference[0] != '\0')
            return file_fail(st, GA_USAGE, names[i], "it differs from %s in its %s", names[0], difference);
    }
    return GA_OK;
}

/* The directory appears complete or not at all. */
static ga_code
write_merged(json_t **report, const char *directory, const finished *a, const char *const *names, size_t n, const part *sum,
             const size_t *rows, ga_status *st)
{
    out_directory out;
    const json_t *head = json_object_get(a[0].report, "head");
    ga_code code = audit_check_empty(directory, st);
    if (code != GA_OK || (code = out_directory_open(&out, directory, NULL, st)) != GA_OK)
        return code;
    const elements_merging arrays = { .directory = out.temporary, .parts = names, .rows = rows, .n = n,
                                      .n_elements = sum->shape.n_elements };
    if (json_is_true(json_object_get(json_object_get(head, "options"), "elements")))
        code = elements_merge(&arrays, head, st);
    if (code == GA_OK)
        code = audit_write_results(report, out.temporary, head, sum, st);
    if (code == GA_OK && call_ask() != GA_OK)
        code = call_fail(st);
    if (code == GA_OK)
        return out_directory_commit(&out, st);
    out_directory_abort(&out);
    return code;
}

static ga_code
merge(json_t **report, const char *directory, finished *a, const char **names, size_t n, ga_status *st)
{
    part *sum = NULL;
    ga_code code = GA_OK;
    for (size_t i = 0; i < n && code == GA_OK; i++)
        code = read_finished(a + i, names[i], st);
    if (code == GA_OK)
        code = check_heads(a, names, n, st);
    if (code == GA_OK)
        code = order_parts(a, names, n, st);
    if (code != GA_OK)
        return code;
    part **parts = malloc(n * sizeof(part *));
    size_t *rows = malloc(n * sizeof *rows);
    for (size_t i = 0; parts != NULL && rows != NULL && i < n; i++) {
        parts[i] = a[i].p;
        rows[i] = a[i].p->n_rows;
    }
    code = parts != NULL && rows != NULL ? part_merge(&sum, parts, n, st)
                                         : ga_fail(st, GA_NO_MEMORY, "out of memory for the parts");
    if (code == GA_OK)
        code = write_merged(report, directory, a, names, n, sum, rows, st);
    part_free(sum);
    free(parts);
    free(rows);
    return code;
}

ga_code
audit_merge(json_t **report, const char *directory, const char *const *parts, size_t n, ga_status *st)
{
    *report = NULL;
    ga_status own = { 0 };
    finished *a = calloc(n + 1, sizeof *a);
    const char **names = calloc(n + 1, sizeof *names);
    ga_code code = a != NULL && names != NULL ? GA_OK : ga_fail(&own, GA_NO_MEMORY, "out of memory for the parts");
    for (size_t i = 0; i < n && code == GA_OK; i++)
        if ((names[i] = result_directory(parts[i], &own)) == NULL)
            code = own.code;
    if (code == GA_OK)
        code = n > 0 ? merge(report, directory, a, names, n, &own) : ga_fail(&own, GA_USAGE, "there is nothing to merge");
    for (size_t i = 0; a != NULL && i < n; i++) {
        part_free(a[i].p);
        json_decref(a[i].report);
    }
    for (size_t i = 0; names != NULL && i < n; i++)
        free((char *)(uintptr_t)names[i]);
    free(a);
    free(names);
    if (st != NULL)
        *st = own;
    return code;
}

ga_code
ga_audit_merge(const char *directory, const char *const *parts, size_t n, ga_status *st)
{
    json_t *report;
    const ga_code code = audit_merge(&report, directory, parts, n, st);
    json_decref(report);
    return code;
}
