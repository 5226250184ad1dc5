/* SPDX-License-Identifier: Apache-2.0 */
/* finding.h -- one gradient element of one estimator against the truth: its cell, its error, its sign; and findings counted. */
#ifndef CORE_FINDING_H
#define CORE_FINDING_H

#include <gradaudit/report.h>

#include "core/gradient.h"

/* F is the format; of a precision recipe that of the last store that can lose the element (recipe_last), where the truth and the
   computed number are multiplied by the loss scale. The first that holds:
   NONFINITE     computed NaN, whatever the truth
   UNDECIDED     the enclosure of the truth leaves two of the following open
   ABOVE_RANGE   computed infinite with the truth's sign, and F rounds the truth to it
   NONFINITE     any other infinity
   ZERO, SPURIOUS  the truth is 0, the computed number is or is not
   LOST          computed 0, and F rounds the truth to something else
   BELOW_RANGE   computed 0, and 0 is the correctly rounded truth
   WRONG_SIGN    both are not 0, and their signs differ
   INACCURATE    off by more than the tolerance and by more than one ulp of F at the truth
   RIGHT         else. */
extern const char *const ga_cell_names[GA_CELLS];

/* ulp errors by size: bin 0 |ulp| <= 1/2, then (2^(i-2), 2^(i-1)] for i = 1, …, the last beyond. GA_ULP_OPEN: the enclosure of the
   truth crosses an edge; GA_ULP_NONE: there is no ulp error. */
enum { GA_ULP_BINS = 64, GA_ULP_OPEN = -1, GA_ULP_NONE = -2 };

/* For decided non-zero truths and finite computed numbers, else NaN:
   ulp             (computed - truth) / ulp, signed, with the ulp of the truth's binade in F (below the normal range, the
                   least subnormal); within ulp_slack of the exact quotient; NaN if the binade is open
   ulp_bin         the bin of the exact quotient, or GA_ULP_OPEN, GA_ULP_NONE
   relative_error  |computed - truth| / |truth|; NaN for a truth of 0
   log10_ratio     log10 |computed / truth|; -infinity for a computed 0, NaN for a truth of 0. The last two are rounded:
                   conclusions are drawn from the truth itself. */
typedef struct {
    ga_cell cell;
    int ulp_bin;
    double ulp, ulp_slack, relative_error, log10_ratio;
} ga_finding;

/* Compares a number computed in a format (not GA_EXACT) with the truth. tolerance is relative, e.g. 0.01, and means exactly that
   double. MPFR formats have no range: nothing is below or above it. */
ga_finding ga_find(const ga_number *computed, const ga_truth *truth, ga_format format, double tolerance);

/* The full matrix. Rows: truth negative, zero, positive, undecided. Columns: computed -infinite, -normal, -subnormal, -0, +0,
   +subnormal, +normal, +infinite, NaN. */
enum { GA_TRUTH_ROWS = 4, GA_COMPUTED_COLUMNS = 9 };
extern const char *const ga_truth_row_names[GA_TRUTH_ROWS];
extern const char *const ga_computed_column_names[GA_COMPUTED_COLUMNS];

/* Counts, and nothing else; those of disjoint sets of elements add. */
typedef struct {
    uint64_t elements;
    uint64_t cell[GA_CELLS];
    uint64_t matrix[GA_TRUTH_ROWS][GA_COMPUTED_COLUMNS];
    uint64_t ulp[GA_ULP_BINS], ulp_undecided, ulp_none;
    uint64_t undecided_known; /* those in cell[GA_CELL_UNDECIDED] whose truth is decided */
} ga_tally;

void ga_tally_add(ga_tally *tally, const ga_number *computed, const ga_truth *truth, const ga_finding *finding);
void ga_tally_merge(ga_tally *a, const ga_tally *b);

#endif
