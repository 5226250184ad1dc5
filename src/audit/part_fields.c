/* SPDX-License-Identifier: Apache-2.0 */
/* part_fields.c -- see part_fields.h */
#include <stddef.h>
#include <string.h>

#include "audit/part_fields.h"

const char *const part_sign_names[PART_SIGNS] = { "negative", "zero", "positive", "unknown" };

const char *const part_stores[PART_STORES] = { "e4m3", "e5m2", "float16", "bfloat16", "float" };

const ga_cell part_faults[PART_FAULTS] = { GA_CELL_LOST, GA_CELL_BELOW_RANGE, GA_CELL_WRONG_SIGN, GA_CELL_INACCURATE,
                                           GA_CELL_ABOVE_RANGE, GA_CELL_NONFINITE, GA_CELL_SPURIOUS };

int
part_fault(ga_cell cell)
{
    for (int i = 0; i < PART_FAULTS; i++)
        if (part_faults[i] == cell)
            return i;
    return -1;
}

uint64_t *
part_origins(const part_estimator *e, size_t fault, size_t n_layers)
{
    return e->origin + fault * N_ORIGINS * n_layers;
}

size_t
part_level(uint32_t bits)
{
    size_t level = 0;
    while (level + 1 < PART_LEVELS && (UINT32_C(128) << level) < bits)
        level++;
    return level;
}

static uint64_t
all_elements(const part *p)
{
    return p->n_rows * p->shape.n_elements;
}

/* Takes n counts away from what is left, if they are no more than that. */
static bool
take(uint64_t *left, const uint64_t *count, size_t n)
{
    for (; n > 0 && *count <= *left; n--)
        *left -= *count++;
    return n == 0;
}

/* Every element is counted once. */
static bool
covers(const part *p, const part_place *at)
{
    uint64_t left = all_elements(p);
    return take(&left, part_counts(at), part_field_size(at->field, &p->shape)) && left == 0;
}

static bool
histogram_covers(const part *p, const part_place *at)
{
    const ga_histogram *h = at->data;
    const uint64_t elements = all_elements(p), apart[] = { h->zero, h->infinite, h->nan, h->undecided.n };
    uint64_t left = elements;
    bool ok = h->elements == elements && take(&left, apart, 4) && h->negative_zero <= h->zero && h->subnormal <= left;
    for (size_t i = 0; i < h->n && ok; i++)
        ok = h->count[i] > 0 && take(&left, &(uint64_t){ h->count[i] }, 1) && (i == 0 || h->decade[i] > h->decade[i - 1]);
    return ok && left == 0;
}

static bool
ulps_cover(const part *p, const part_place *at)
{
    const ga_tally *t = &p->estimator[at->i].tally;
    uint64_t left = all_elements(p);
    return take(&left, &t->ulp_undecided, 1) && take(&left, &t->ulp_none, 1) && take(&left, t->ulp, GA_ULP_BINS) && left == 0;
}

static bool
truths_are_of_rows(const part *p, const part_place *at)
{
    const ga_histogram *h = at->data;
    uint64_t zero = 0;
    for (size_t r = 0; r < p->n_rows; r++)
        zero += p->row[r].function[at->i].zero;
    return zero == h->zero && histogram_covers(p, at);
}

static bool
undecided_is_of_rows(const part *p, const part_place *at)
{
    uint64_t undecided = 0;
    for (size_t r = 0; r < p->n_rows; r++)
        undecided += p->row[r].function[at->i].undecided;
    return part_counts(at)[0] == undecided && undecided <= p->function[at->i].decades.undecided.n;
}

static bool
levels_are_of_rows(const part *p, const part_place *at)
{
    uint64_t level[PART_LEVELS] = { 0 };
    for (size_t r = 0; r < p->n_rows; r++)
        level[part_level(p->row[r].function[at->i].bits)]++;
    return memcmp(part_counts(at), level, sizeof level) == 0;
}

static bool
cells_are_of_rows(const part *p, const part_place *at)
{
    uint64_t cell[GA_CELLS] = { 0 };
    for (size_t r = 0; r < p->n_rows; r++)
        for (size_t c = 0; c < GA_CELLS; c++)
            cell[c] += p->row[r].estimator[at->i].cell[c];
    return memcmp(part_counts(at), cell, sizeof cell) == 0;
}

static bool
known_is_undecided(const part *p, const part_place *at)
{
    return part_counts(at)[0] <= p->estimator[at->i].tally.cell[GA_CELL_UNDECIDED];
}

/* Of each fault, no count is above that of its elements. */
static bool
within_cells(const part *p, const part_place *at)
{
    const size_t n = part_field_size(at->field, &p->shape), each = n / PART_FAULTS;
    for (size_t i = 0; i < n; i++)
        if (part_counts(at)[i] > p->estimator[at->i].tally.cell[part_faults[i / each]])
            return false;
    return true;
}

/* Elements whose origins are not listed have at least one operation at fault each. */
static bool
faults_are_of_unlisted(const part *p, const part_place *at)
{
    const part_estimator *e = p->estimator + at->i;
    bool ok = true;
    for (size_t c = 0; c < PART_FAULTS; c++)
        ok = ok && (e->unlisted[c] == 0) == (e->faults[c] == 0) && e->faults[c] >= e->unlisted[c];
    return ok;
}

/* Remedies are run for all elements of a cell, or for none, and save no more than these. */
static bool
remedies_are_of_cells(const part *p, const part_place *at)
{
    const part_estimator *e = p->estimator + at->i;
    bool ok = true;
    for (size_t c = 0; c < PART_FAULTS; c++) {
        ok = ok && (e->remedied[c] == 0 || e->remedied[c] == e->tally.cell[part_faults[c]]);
        for (size_t r = 0; r < N_REMEDIES; r++)
            ok = ok && e->saved[c][r] <= e->remedied[c];
    }
    return ok;
}

/* Every element is in a cell with each loss scale, or with none. */
static bool
scales_cover(const part *p, const part_place *at)
{
    const part_estimator *e = p->estimator + at->i;
    bool ok = true;
    for (size_t s = 0; s < PART_SCALES; s++) {
        uint64_t sum = 0;
        for (size_t c = 0; c < GA_CELLS && ok; c++) {
            ok = e->scale_cell[s][c] <= all_elements(p);
            sum += e->scale_cell[s][c];
        }
        ok = ok && (sum == 0 || sum == all_elements(p));
    }
    return ok;
}

/* Each element of a fault has one least loss scale that saves it, or none; if they were run. */
static bool
scales_are_of_cells(const part *p, const part_place *at)
{
    const part_estimator *e = p->estimator + at->i;
    bool ok = true;
    for (size_t f = 0; f < PART_FAULTS; f++) {
        uint64_t left = e->remedied[f];
        const uint64_t before = left;
        ok = ok && take(&left, e->scale_saves[f], PART_SCALES + 1) && (left == 0 || left == before);
    }
    return ok;
}

static bool
signs_are_of_elements(const part *p, const part_place *at)
{
    bool ok = true;
    for (size_t i = 0; i < PART_STORES; i++)
        ok = ok && part_counts(at)[i] <= all_elements(p);
    return ok;
}

#define NAMED(length, list) { .n = length, .names = list }
#define KEY(word) { .n = 1, .names = (const char *const[]){ word } }
#define SPARSE_KEY(word) { .n = 1, .names = (const char *const[]){ word }, .sparse = true }
#define FAULTS { .n = PART_FAULTS, .names = ga_cell_names, .cells = part_faults }
#define ORIGINS { .n = N_ORIGINS, .names = origin_names, .sparse = true }
#define LIST(length) { .n = length }

#define FIELD(member) offsetof(part_function, member)
static const part_field function_fields[] = {
    { FIELD_COUNTS, FIELD(undecided), { KEY("undecided") }, undecided_is_of_rows },
    { FIELD_COUNTS, FIELD(bits), { KEY("images_by_bits"), LIST(PART_LEVELS) }, levels_are_of_rows },
    { FIELD_HISTOGRAM, FIELD(decades), { KEY("decades") }, truths_are_of_rows },
};
#undef FIELD

#define FIELD(member) offsetof(part_estimator, member)
static const part_field estimator_fields[] = {
    { FIELD_COUNTS, FIELD(tally.elements), { KEY("elements") }, covers },
    { FIELD_COUNTS, FIELD(tally.cell), { KEY("cells"), NAMED(GA_CELLS, ga_cell_names) }, cells_are_of_rows },
    { FIELD_COUNTS, FIELD(tally.matrix),
      { KEY("matrix"), NAMED(GA_TRUTH_ROWS, ga_truth_row_names), NAMED(GA_COMPUTED_COLUMNS, ga_computed_column_names) }, covers },
    { FIELD_COUNTS, FIELD(tally.undecided_known), { KEY("undecided_known") }, known_is_undecided },
    { FIELD_COUNTS, FIELD(tally.ulp), { KEY("ulp"), KEY("count"), LIST(GA_ULP_BINS) }, ulps_cover },
    { FIELD_COUNTS, FIELD(tally.ulp_undecided), { KEY("ulp"), KEY("undecided_bin") }, ulps_cover },
    { FIELD_COUNTS, FIELD(tally.ulp_none), { KEY("ulp"), KEY("none") }, ulps_cover },
    { FIELD_COUNTS, FIELD(ratio), { KEY("log10_ratio"), LIST(COMPARE_LOG_BINS) }, covers },
    { FIELD_HISTOGRAM, FIELD(decades), { KEY("decades") }, histogram_covers },
    { FIELD_ALLOCATED, FIELD(origin), { KEY("origins"), FAULTS, ORIGINS, LIST(PART_EACH_LAYER) }, within_cells },
    { FIELD_COUNTS, FIELD(unlisted), { KEY("origins_not_listed"), FAULTS, KEY("elements") }, within_cells },
    { FIELD_COUNTS, FIELD(faults), { KEY("origins_not_listed"), FAULTS, KEY("operations") }, faults_are_of_unlisted },
    { FIELD_COUNTS, FIELD(saved), { KEY("remedies"), FAULTS, NAMED(N_REMEDIES, remedy_names) }, remedies_are_of_cells },
    { FIELD_COUNTS, FIELD(remedied), { KEY("remedies"), FAULTS, KEY("elements") }, remedies_are_of_cells },
    { FIELD_COUNTS, FIELD(scale_cell), { SPARSE_KEY("loss_scales"), LIST(PART_SCALES), NAMED(GA_CELLS, ga_cell_names) },
      scales_cover },
    { FIELD_COUNTS, FIELD(scale_saves), { SPARSE_KEY("loss_scale_that_saves"), FAULTS, LIST(PART_SCALES + 1) },
      scales_are_of_cells },
    { FIELD_COUNTS, FIELD(store_signs), { SPARSE_KEY("signs_kept_stored_as"), NAMED(PART_STORES, part_stores) },
      signs_are_of_elements },
    { FIELD_COUNTS, FIELD(joint), { KEY("joint_signs"), LIST(PART_SIGNS), LIST(PART_SIGNS), LIST(PART_SIGNS) }, covers },
};
#undef FIELD

enum { FUNCTION_FIELDS = sizeof function_fields / sizeof *function_fields,
       ESTIMATOR_FIELDS = sizeof estimator_fields / sizeof *estimator_fields };

size_t
part_places(const part_shape *shape)
{
    return shape->n_functions * FUNCTION_FIELDS + shape->n_estimators * ESTIMATOR_FIELDS;
}

part_place
part_place_of(const part *p, size_t k)
{
    const size_t first = p->shape.n_functions * FUNCTION_FIELDS;
    const bool function = k < first;
    const size_t i = function ? k / FUNCTION_FIELDS : (k - first) / ESTIMATOR_FIELDS;
    const part_field *field = function ? function_fields + k % FUNCTION_FIELDS : estimator_fields + (k - first) % ESTIMATOR_FIELDS;
    void *const sum = function ? (void *)(p->function + i) : (void *)(p->estimator + i);
    return (part_place){ field, function ? "functions" : "estimators", i, (char *)sum + field->offset };
}

uint64_t *
part_counts(const part_place *at)
{
    return at->field->kind == FIELD_ALLOCATED ? *(uint64_t **)at->data : at->data;
}

size_t
part_step_size(const part_step *step, const part_shape *shape)
{
    return step->n == PART_EACH_LAYER ? shape->n_layers : step->n;
}

const char *
part_step_name(const part_step *step, size_t i)
{
    return step->names == NULL ? NULL : step->names[step->cells != NULL ? (size_t)step->cells[i] : i];
}

size_t
part_field_size(const part_field *field, const part_shape *shape)
{
    size_t n = 1;
    for (const part_step *step = field->path; step->n > 0; step++)
        n *= part_step_size(step, shape);
    return n;
}
