/* SPDX-License-Identifier: Apache-2.0 */
/* finding.h -- one gradient element of one estimator against the truth: its cell, its error, its sign; and findings counted. */
#ifndef GRADAUDIT_FINDING_H
#define GRADAUDIT_FINDING_H

#include <gradaudit/gradient.h>

/* ZERO, SPURIOUS: the truth is 0, the computed number is, is not. LOST: computed 0, though the truth rounds to something else in
   the format. BELOW_RANGE: computed 0, and 0 is the correctly rounded truth. WRONG_SIGN, INACCURATE (off by more than the
   tolerance), RIGHT: neither is 0. NONFINITE: computed infinite or NaN. UNDECIDED: the reference does not know. */
typedef enum { GA_CELL_ZERO, GA_CELL_SPURIOUS, GA_CELL_LOST, GA_CELL_BELOW_RANGE, GA_CELL_WRONG_SIGN, GA_CELL_INACCURATE,
               GA_CELL_RIGHT, GA_CELL_NONFINITE, GA_CELL_UNDECIDED, GA_CELLS } ga_cell;
extern const char *const ga_cell_names[GA_CELLS];

/* For decided truths but 0 and finite computed numbers, else NaN:
   ulp             (computed - truth) / ulp, signed, ulp that of the truth's binade in the format, below the normal range the least
                   subnormal; known to be within ulp_slack of the exact quotient
   relative_error  |computed - truth| / |truth|; NaN for a truth of 0
   log10_ratio     log10 |computed / truth|; -infinity for a computed 0, NaN for a truth of 0. */
typedef struct {
    ga_cell cell;
    double ulp, ulp_slack, relative_error, log10_ratio;
} ga_finding;

/* Compares a number computed in format (not GA_EXACT) with the truth. tolerance is relative, e.g. 0.01. MPFR formats have no range:
   nothing is below it. */
ga_finding ga_find(const ga_number *computed, const ga_truth *truth, ga_format format, double tolerance);

/* The full matrix. Rows: truth negative, zero, positive, undecided. Columns: computed -infinite, -normal, -subnormal, -0, +0,
   +subnormal, +normal, +infinite, NaN. */
enum { GA_TRUTH_ROWS = 4, GA_COMPUTED_COLUMNS = 9 };
extern const char *const ga_truth_row_names[GA_TRUTH_ROWS];
extern const char *const ga_computed_column_names[GA_COMPUTED_COLUMNS];

/* ulp errors by size: bin 0 |ulp| <= 1/2, then (2^(i-2), 2^(i-1)] for i = 1, …, the last beyond; a finding whose slack straddles
   an edge is counted in ulp_undecided, one without an ulp error in neither. */
enum { GA_ULP_BINS = 64 };

/* Counts of disjoint sets of elements add. */
typedef struct {
    uint64_t elements;
    uint64_t cell[GA_CELLS];
    uint64_t matrix[GA_TRUTH_ROWS][GA_COMPUTED_COLUMNS];
    uint64_t ulp[GA_ULP_BINS], ulp_undecided, ulp_none;
} ga_tally;

void ga_tally_add(ga_tally *tally, const ga_number *computed, const ga_truth *truth, const ga_finding *finding);
void ga_tally_merge(ga_tally *a, const ga_tally *b);

#endif
