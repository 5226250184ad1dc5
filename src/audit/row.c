/* SPDX-License-Identifier: Apache-2.0 */
/* row.c -- one image's line of images.tsv; see part.h */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/part.h"
#include "audit/verdict.h"

static const char *
name_of(const json_t *head, const char *list, size_t i)
{
    return json_string_value(json_object_get(json_array_get(json_object_get(head, list), i), "name"));
}

void
row_heading(FILE *out, const part_shape *shape, const json_t *head)
{
    static const char *const controls[] = { "random", "filled" };
    fputs("image\tlabel\tpredicted\tcorrect\tfact\tkinks\trandom: fooled\tfilled: fooled", out);
    for (size_t f = 0; f < shape->n_functions; f++) {
        static const char *const what[] = { "zero", "undecided", "bits", "moved", "errs", "fooled", "cosine", "rank" };
        for (size_t i = 0; i < sizeof what / sizeof *what; i++)
            fprintf(out, "\t%s: %s", name_of(head, "functions", f), what[i]);
    }
    for (size_t e = 0; e < shape->n_estimators; e++) {
        static const char *const what[] = { "moved", "errs", "fooled", "cosine", "rank" };
        for (size_t c = 0; c < GA_CELLS; c++)
            fprintf(out, "\t%s: %s", name_of(head, "estimators", e), ga_cell_names[c]);
        for (size_t i = 0; i < sizeof what / sizeof *what; i++)
            fprintf(out, "\t%s: %s", name_of(head, "estimators", e), what[i]);
    }
    for (size_t c = 0; c < 2; c++)
        for (size_t seed = 1; seed <= shape->seeds; seed++)
            fprintf(out, "\t%s: seed %zu", controls[c], seed);
}

static void
print_flag(FILE *out, bool flag)
{
    fputs(flag ? "\ttrue" : "\tfalse", out);
}

/* On which seeds the network errs. */
static void
print_seeds(FILE *out, uint64_t seeds, size_t n)
{
    for (size_t s = 0; s < n; s++)
        print_flag(out, seeds >> s & 1);
}

/* How many seeds fool the network: none if it was wrong before. */
static unsigned
count_seeds(const part_row *row, uint64_t seeds)
{
    return row->correct ? (unsigned)__builtin_popcountll(seeds) : 0;
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
    fprintf(out, "%zu\t%d\t%d", row->image, row->label, row->predicted);
    print_flag(out, row->correct);
    fprintf(out, "\t%s\t%" PRIu32 "\t%u\t%u", image_fact_names[image_fact_of(row, shape)], row->kinks,
            count_seeds(row, row->random), count_seeds(row, row->filled));
    for (size_t f = 0; f < shape->n_functions; f++) {
        const row_function *r = row->function + f;
        fprintf(out, "\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu32, r->zero, r->undecided, r->bits);
        print_flag(out, r->moved);
        print_flag(out, r->errs);
        print_flag(out, r->errs && row->correct);
        print_real(out, r->cosine);
        print_real(out, r->rank_correlation);
    }
    for (size_t e = 0; e < shape->n_estimators; e++) {
        const row_estimator *r = row->estimator + e;
        for (size_t c = 0; c < GA_CELLS; c++)
            fprintf(out, "\t%" PRIu32, r->cell[c]);
        print_flag(out, r->moved);
        print_flag(out, r->errs);
        print_flag(out, r->errs && row->correct);
        print_real(out, r->cosine);
        print_real(out, r->rank_correlation);
    }
    print_seeds(out, row->random, shape->seeds);
    print_seeds(out, row->filled, shape->seeds);
}

/* The fields of a line, one after the other; fault: one was missing or invalid. */
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

static bool
next_flag(fields *f)
{
    const char *text = next(f);
    const bool flag = strcmp(text, "true") == 0;
    f->fault = f->fault || (!flag && strcmp(text, "false") != 0);
    return flag;
}

static uint64_t
next_seeds(fields *f, size_t n)
{
    uint64_t seeds = 0;
    for (size_t s = 0; s < n; s++)
        seeds |= (uint64_t)next_flag(f) << s;
    return seeds;
}

/* A class, or -1. */
static int
next_class(fields *f)
{
    if (f->rest == NULL || strncmp(f->rest, "-1\t", 3) != 0)
        return (int)next_count(f, GA_MAX_CLASSES);
    next(f);
    return -1;
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
    row->predicted = next_class(&f);
    row->correct = next_flag(&f);
    const char *const fact = next(&f);
    row->kinks = (uint32_t)next_count(&f, UINT32_MAX);
    bool follows = true;
    const uint64_t n_random = next_count(&f, shape->seeds), n_filled = next_count(&f, shape->seeds);
    for (size_t i = 0; i < shape->n_functions; i++) {
        row_function *r = row->function + i;
        r->zero = (uint32_t)next_count(&f, UINT32_MAX);
        r->undecided = (uint32_t)next_count(&f, UINT32_MAX);
        r->bits = (uint32_t)next_count(&f, UINT32_MAX);
        r->moved = next_flag(&f);
        r->errs = next_flag(&f);
        follows = next_flag(&f) == (r->errs && row->correct) && follows;
        r->cosine = next_real(&f);
        r->rank_correlation = next_real(&f);
    }
    for (size_t i = 0; i < shape->n_estimators; i++) {
        row_estimator *r = row->estimator + i;
        for (size_t c = 0; c < GA_CELLS; c++)
            r->cell[c] = (uint32_t)next_count(&f, UINT32_MAX);
        r->moved = next_flag(&f);
        r->errs = next_flag(&f);
        follows = next_flag(&f) == (r->errs && row->correct) && follows;
        r->cosine = next_real(&f);
        r->rank_correlation = next_real(&f);
    }
    row->random = next_seeds(&f, shape->seeds);
    row->filled = next_seeds(&f, shape->seeds);
    if (f.fault || f.rest != NULL)
        return ga_fail(st, GA_BAD_FILE, "the line of an image has a field that is missing, too many or out of range");
    if (row->correct != (row->predicted == row->label) || strcmp(fact, image_fact_names[image_fact_of(row, shape)]) != 0 ||
        n_random != count_seeds(row, row->random) || n_filled != count_seeds(row, row->filled) || !follows)
        return ga_fail(st, GA_BAD_FILE, "what the line of an image says of it does not follow from its other fields");
    return GA_OK;
}

json_t *
part_with_rows_json(const part *p)
{
    json_t *const o = json_object(), *const rows = json_array();
    bool ok = o != NULL && rows != NULL;
    for (size_t r = 0; r < p->n_rows && ok; r++) {
        char *text = NULL;
        size_t size;
        FILE *line = open_memstream(&text, &size);
        ok = line != NULL;
        if (ok)
            row_print(line, p->row + r, &p->shape);
        ok = ok && fclose(line) == 0 && json_array_append_new(rows, json_string(text)) == 0;
        free(text);
    }
    ok = json_object_set_new(o, "part", part_json(p)) == 0 && ok;
    ok = json_object_set_new(o, "rows", rows) == 0 && ok;
    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

part *
part_with_rows(const json_t *json, const part_shape *shape, ga_status *st)
{
    const json_t *rows = json_object_get(json, "rows");
    const size_t n = json_array_size(rows);
    part *p = part_new(shape, n);
    ga_code code = p != NULL ? part_from_json(p, json_object_get(json, "part"), st) : ga_fail(st, GA_NO_MEMORY, "out of memory");
    for (size_t r = 0; r < n && code == GA_OK; r++) {
        const char *text = json_string_value(json_array_get(rows, r));
        char *line = strdup(text != NULL ? text : "");
        part_row *row = part_add_row(p, 0);
        code = line != NULL && row != NULL ? row_parse(row, line, shape, st) : ga_fail(st, GA_NO_MEMORY, "out of memory");
        free(line);
    }
    if (code == GA_OK)
        return p;
    part_free(p);
    return NULL;
}
