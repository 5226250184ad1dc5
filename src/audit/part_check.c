/* SPDX-License-Identifier: Apache-2.0 */
/* part_check.c -- what must hold between the counts and the rows of a part; see part.h */
#include <string.h>

#include "audit/part.h"

/* Whether the n counts, each at most total, add up to it; total is below 2^63. */
static bool
adds_up(const uint64_t *count, size_t n, uint64_t total)
{
    uint64_t left = total;
    for (size_t i = 0; i < n; i++) {
        if (count[i] > left)
            return false;
        left -= count[i];
    }
    return left == 0;
}

static bool
histogram_adds_up(const ga_histogram *h, uint64_t elements)
{
    uint64_t sum = 0;
    const uint64_t parts[] = { h->zero, h->infinite, h->nan, h->undecided.n };
    for (size_t i = 0; i < h->n; i++) {
        if (h->count[i] == 0 || h->count[i] > elements - sum || (i > 0 && h->decade[i] <= h->decade[i - 1]))
            return false;
        sum += h->count[i];
    }
    return h->elements == elements && adds_up(parts, 4, elements - sum) && h->negative_zero <= h->zero &&
           h->subnormal <= sum;
}

static const char *
function_fault(const part *p, size_t f, uint64_t elements)
{
    const part_function *sum = p->function + f;
    uint64_t zero = 0, undecided = 0, level[PART_LEVELS] = { 0 };
    for (size_t r = 0; r < p->n_rows; r++) {
        const row_function *row = p->row[r].function + f;
        if ((uint64_t)row->zero + row->undecided > p->shape.n_elements)
            return "an image has more elements than there are";
        level[part_level(row->bits)]++;
        zero += row->zero;
        undecided += row->undecided;
    }
    if (undecided != sum->undecided || undecided > sum->decades.undecided.n || zero != sum->decades.zero)
        return "a function's zeros or undecided elements are not those of its images";
    if (memcmp(sum->bits, level, sizeof level) != 0)
        return "\"images_by_bits\" are not those of the images";
    return histogram_adds_up(&sum->decades, elements) ? NULL : "a function's decades do not add up to its elements";
}

static const char *
faults_fault(const part_estimator *e, size_t origins)
{
    for (size_t c = 0; c < PART_FAULTS; c++) {
        const uint64_t n = e->tally.cell[part_faults[c]];
        for (size_t k = 0; k < origins; k++)
            if (e->origin[c][k] > n)
                return "a cell has more origins than elements can have";
        if (e->unlisted[c] > n || (e->unlisted[c] == 0) != (e->faults[c] == 0) || e->faults[c] < e->unlisted[c])
            return "the elements whose origins are not listed are not some of their cell";
        if (e->remedied[c] != 0 && e->remedied[c] != n)
            return "the elements whose remedies were run are not those of their cell";
        for (size_t r = 0; r < N_REMEDIES; r++)
            if (e->saved[c][r] > e->remedied[c])
                return "a remedy has saved more elements than it was run for";
    }
    return NULL;
}

static const char *
estimator_fault(const part *p, size_t e, uint64_t elements)
{
    const part_estimator *sum = p->estimator + e;
    const ga_tally *t = &sum->tally;
    uint64_t cell[GA_CELLS] = { 0 };
    for (size_t r = 0; r < p->n_rows; r++) {
        uint64_t row = 0;
        for (size_t c = 0; c < GA_CELLS; c++) {
            row += p->row[r].estimator[e].cell[c];
            cell[c] += p->row[r].estimator[e].cell[c];
        }
        if (row != p->shape.n_elements)
            return "the cells of an image do not add up to its elements";
    }
    for (size_t c = 0; c < GA_CELLS; c++)
        if (cell[c] != t->cell[c])
            return "an estimator's cells are not those of its images";
    if (t->elements != elements)
        return "an estimator has more or fewer elements than its images";
    if (!adds_up(t->matrix[0], GA_TRUTH_ROWS * GA_COMPUTED_COLUMNS, elements))
        return "a matrix does not add up to its elements";
    if (t->undecided_known > t->cell[GA_CELL_UNDECIDED])
        return "more cells are undecided of a known truth than are undecided";
    if (t->ulp_undecided > elements || t->ulp_none > elements - t->ulp_undecided ||
        !adds_up(t->ulp, GA_ULP_BINS, elements - t->ulp_undecided - t->ulp_none))
        return "ulp errors do not add up to their elements";
    if (!adds_up(sum->ratio, COMPARE_LOG_BINS, elements))
        return "ratios do not add up to their elements";
    if (!adds_up(sum->joint[0][0], PART_SIGNS * PART_SIGNS * PART_SIGNS, elements))
        return "joint signs do not add up to their elements";
    if (!histogram_adds_up(&sum->decades, elements))
        return "an estimator's decades do not add up to its elements";
    return faults_fault(sum, N_ORIGINS * p->shape.n_layers);
}

const char *
part_fault_found(const part *p)
{
    const uint64_t elements = p->n_rows * p->shape.n_elements;
    const char *fault = p->n_rows > 0 ? NULL : "it has no images";
    for (size_t r = 1; r < p->n_rows && fault == NULL; r++)
        fault = p->row[r].image == p->row[r - 1].image + 1 ? NULL : "its images are not one after the other";
    for (size_t f = 0; f < p->shape.n_functions && fault == NULL; f++)
        fault = function_fault(p, f, elements);
    for (size_t e = 0; e < p->shape.n_estimators && fault == NULL; e++)
        fault = estimator_fault(p, e, elements);
    for (size_t k = 0; k < p->n_pictures && fault == NULL; k++) {
        const size_t at = p->picture[k].image - p->row[0].image;
        if (at >= p->n_rows || p->picture[k].severity != part_picture_severity(p->row + at, &p->shape))
            fault = "a picture is of no image that it has, or of another rank";
    }
    return fault;
}
