/* SPDX-License-Identifier: Apache-2.0 */
/* repair.h -- one image's pass run again with the truth put in at named operations. */
#ifndef AUDIT_REPAIR_H
#define AUDIT_REPAIR_H

#include "audit/origin.h"

/* It starts from the computed tape. The named entries have the true value; a residual stands for all of them, because softmax is
   one operation. An entry is run again, from its current operands, if and only if one of them has changed; every other one keeps
   its computed value, even a 0.

   What is run again is rounded to the format's precision and has all exponents, so that the zeros there are the computed ones: no
   other arithmetic could answer for an element whose truth is below the format's range. Products are rounded, a sum of products is
   exact and then rounded (which sum BLAS would form is not known), functions are by the estimator's formulas.

   A workspace for the images of one model; NULL when memory is out. Not for two threads at once. */
repair *repair_new(const ga_model *m);
void repair_free(repair *r);

/* The tape with the truth at the n names, for input gradient element j only; r owns it, and the next run ends it. */
const image_tape *repair_run(repair *r, const origin_image *image, const origin *names, size_t n, size_t j);

/* Whether element j, whose finding is in cell, is right after repair_run with those names, n > 0: 1 yes, 0 no, -1 only a run can
   tell. Much faster: the sums of a layer's outputs are kept as doubles with bounds. */
int repair_judge(repair *r, const origin_image *image, const origin *names, size_t n, size_t j, ga_cell cell);

#endif
