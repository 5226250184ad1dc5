/* SPDX-License-Identifier: Apache-2.0 */
/* intervene.h -- a pass run again with the truth put in at named operations. */
#ifndef BLAME_INTERVENE_H
#define BLAME_INTERVENE_H

#include "blame/origin.h"

/* It starts from the computed tape. The named numbers have the true value; one that is made with others, as the residuals of a
   softmax are, stands for all of them. A number is run again, from its current operands, if and only if one of them has changed;
   every other one keeps its computed value, even a 0. What is made as a group has changed when it is run again. A choice that is
   named, such as a mask of max pooling, leaves what it chose.

   What is run again is rounded to the format's precision, to nearest whatever its rounding, and has all exponents, so that the
   zeros there are the computed ones: no other arithmetic could answer for an element whose truth is below the format's range.
   Products are rounded, a sum of products is exact and then rounded (which sum BLAS would form is not known), functions are by the
   estimator's formulas, and what the network stores in a narrower format is rounded to that.

   A workspace for the images of one net; NULL when memory is out. Not for two threads at once. */
interventions *intervene_new(const blame_net *net, const ga_estimator *e);
void intervene_free(interventions *r);

/* The network's constants as that estimator's passes have them, for the tapes that they are read into. */
const blame_constant *intervene_constants(const interventions *r);

/* The tape with the truth at the n names, for element j of the gradient only; r owns it, and the next call ends it. */
const blame_tape *intervene_run(interventions *r, const blame_image *image, const origin *names, size_t n, size_t j);

/* Whether element j, whose finding is in cell, is right after intervene_run with those names, n > 0: 1 yes, 0 no, -1 only a run can
   tell. Much faster: the gradient's last sums are kept as doubles with bounds. */
int intervene_judge(interventions *r, const blame_image *image, const origin *names, size_t n, size_t j, ga_cell cell);

#endif
