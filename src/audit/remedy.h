/* SPDX-License-Identifier: Apache-2.0 */
/* remedy.h -- what would have saved an element, found by running it. */
#ifndef AUDIT_REMEDY_H
#define AUDIT_REMEDY_H

#include "core/finding.h"

/* Each remedy changes the estimator in one respect; gain and logit scale stay. REWRITE: the formulas. EXPONENT: all exponents, at
   the format's precision. SIGNIFICAND: REMEDY_BITS, within the format's range. BOTH: the last two. REWRITE_EXPONENT: rewritten
   formulas and all exponents, at the format's precision. All but REWRITE take products as exact sums, rounded once, so no result
   depends on the order of additions. */
typedef enum { REMEDY_REWRITE, REMEDY_EXPONENT, REMEDY_SIGNIFICAND, REMEDY_BOTH, REMEDY_REWRITE_EXPONENT, N_REMEDIES } remedy;
enum { REMEDY_BITS = 256 };
extern const char *const remedy_names[N_REMEDIES];

/* The estimator with the remedy. */
ga_estimator remedy_estimator(const ga_estimator *e, remedy r);

/* The gradients of one image under each remedy: gradient[r][0..n-1], allocated by the caller. e is in float or double. */
ga_code remedy_run(ga_number *const gradient[N_REMEDIES], const ga_model *model, const ga_dataset *ds, size_t image,
                           const ga_estimator *e, ga_status *st);

/* The cell of a number computed under a remedy, by e, against the truth of function 0. Beyond 53 bits numbers come cut: if the last
   bit up would change the cell, it is GA_CELL_UNDECIDED. */
ga_cell remedy_cell(const ga_number *computed, const ga_truth *truth, const ga_estimator *e, double tolerance);

/* Whether an element now in that cell is saved: it is ZERO or RIGHT. */
bool remedy_saves(ga_cell cell);

#endif
