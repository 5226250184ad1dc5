/* SPDX-License-Identifier: Apache-2.0 */
/* row.c -- one image's line of images.tsv; see part.h */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/part.h"

static const char *
name_of(const json_t *head, const char *list, size_t i)
{
    return json_string_value(json_object_get(json_array_get(json_object_get(head, list), i), "name"));
}

void
row_heading(FILE *out, const part_shape *shape, const json_t *head)
{
    fputs("# image\tlabel\tcorrect\tkinks\trandom\tfilled", out);
    for (size_t f = 0; f < shape->n_functions; f++) {
        static const char *const what[] = { "zero", "undecided", "bits", "moved", "fooled", "cosine", "rank" };
        for (size_t i = 0; i < sizeof what / sizeof *what; i++)
            fprintf(out, "\t%s: %s", name_of(head, "functions", f), what[i]);
    }
    for (size_t e = 0; e < shape->n_estimators; e++) {
        static const char *const what[] = { "moved", "fooled", "cosine", "rank" };
        for (size_t c = 0; c < GA_CELLS; c++)
            fprintf(out, "\t%s: %s", name_of(head, "estimators", e), ga_cell_names[c]);
        for (size_t i = 0; i < sizeof what / sizeof *what; i++)
            fprintf(out, "\t%s: %s", name_of(head, "estimators", e), what[i]);
    }
}

/* Which seeds fooled the network, a digit each. */
static void
print_seeds(FILE *out, uint64_t seeds, size_t n)
{
    putc('\t', out);
    for (size_t s = 0; s < n; s++)
        putc(seeds >> s & 1 ? '1' : '0', out);
    if (n == 0)
        putc('-', out);
}

static void
print_real(FILE *out, double x)
{
    if (isnan(x))
        fputs("\tnan", out); /* of either sign */
    else
        fprintf(out, "\t%.17g", x);
}

void
row_print(FILE *out, const part_row *row, const part_shape *shape)
{
    fprintf(out, "%zu\t%d\t%d\t%" PRIu32, row->image, row->label, row->correct, row->kinks);
    print_seeds(out, row->random, shape->seeds);
    print_seeds(out, row->filled, shape->seeds);
    for (size_t f = 0; f < shape->n_functions; f++) {
        const row_function *r = row->function + f;
        fprintf(out, "\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu32 "\t%d\t%d", r->zero, r->undecided, r->bits, r->moved, r->fooled);
        print_real(out, r->cosine);
        print_real(out, r->rank);
    }
    for (size_t e = 0; e < shape->n_estimators; e++) {
        const row_estimator *r = row->estimator + e;
        for (size_t c = 0; c < GA_CELLS; c++)
            fprintf(out, "\t%" PRIu32, r->cell[c]);
        fprintf(out, "\t%d\t%d", r->moved, r->fooled);
        print_real(out, r->cosine);
        print_real(out, r->rank);
    }
}

/* The fields of a line, one after the other; fault: one was missing or not what it must be. */
typedef struct {
    char *rest;
    bool fault;
} fields;

static const char *
next(fields *f)
{
    const char *field = strsep(&f->rest, "\t");
    f->fault = f->fault || field == NULL;
    return field != NULL ? field : "";
}

static uint64_t
next_count(fields *f, uint64_t most)
{
    char *end;
    const char *text = next(f);
    errno = 0;
    const uint64_t value = strtoull(text, &end, 10);
    f->fault = f->fault || text[0] < '0' || text[0] > '9' || (text[0] == '0' && text[1] != '\0') || *end != '\0' || errno != 0 ||
               value > most;
    return value;
}

static uint64_t
next_seeds(fields *f, size_t n)
{
    const char *text = next(f);
    uint64_t seeds = 0;
    if (n == 0)
        f->fault = f->fault || strcmp(text, "-") != 0;
    else
        f->fault = f->fault || strlen(text) != n || strspn(text, "01") != n;
    for (size_t s = 0; s < n && !f->fault; s++)
        seeds |= (uint64_t)(text[s] == '1') << s;
    return seeds;
}

static double
next_real(fields *f)
{
    char again[32];
    const char *text = next(f);
    if (strcmp(text, "nan") == 0)
        return NAN;
    const double value = strtod(text, NULL);
    snprintf(again, sizeof again, "%.17g", value);
    f->fault = f->fault || strcmp(text, again) != 0 || !(fabs(value) <= 1);
    return value;
}

ga_code
row_parse(part_row *row, char *line, const part_shape *shape, ga_status *st)
{
    fields f = { line, false };
    row->image = next_count(&f, SIZE_MAX / 2);
    row->label = (int)next_count(&f, GA_MAX_CLASSES);
    row->correct = next_count(&f, 1);
    row->kinks = (uint32_t)next_count(&f, UINT32_MAX);
    row->random = next_seeds(&f, shape->seeds);
    row->filled = next_seeds(&f, shape->seeds);
    for (size_t i = 0; i < shape->n_functions; i++) {
        row_function *r = row->function + i;
        r->zero = (uint32_t)next_count(&f, UINT32_MAX);
        r->undecided = (uint32_t)next_count(&f, UINT32_MAX);
        r->bits = (uint32_t)next_count(&f, UINT32_MAX);
        r->moved = next_count(&f, 1);
        r->fooled = next_count(&f, 1);
        r->cosine = next_real(&f);
        r->rank = next_real(&f);
    }
    for (size_t i = 0; i < shape->n_estimators; i++) {
        row_estimator *r = row->estimator + i;
        for (size_t c = 0; c < GA_CELLS; c++)
            r->cell[c] = (uint32_t)next_count(&f, UINT32_MAX);
        r->moved = next_count(&f, 1);
        r->fooled = next_count(&f, 1);
        r->cosine = next_real(&f);
        r->rank = next_real(&f);
    }
    if (f.fault || f.rest != NULL)
        return ga_fail(st, GA_BAD_FILE, "the line of an image has a field that is missing, too many or out of range");
    return GA_OK;
}
