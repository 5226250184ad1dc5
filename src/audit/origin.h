/* SPDX-License-Identifier: Apache-2.0 */
/* origin.h -- where an element of the gradient went wrong: a set of operations whose true values make it right, none
   of which can be left out.

   This is proved for each element by running the pass again (repair.h). With the true values put in at exactly its origins, the
   element is right: 0 if it is spurious; within the tolerance if it is inaccurate; otherwise of the true sign, finite and not 0, or
   just finite if the truth is not known. With any one origin left out, it is not right. One origin may feed another, as a residual
   that is 0 feeds a sum that is then off. The truth of the second rests on the first, so with the first left out the second is run
   again, not put in. Sometimes this cannot be shown: MOST_ORIGINS operations do not put the element right, or an operation whose
   truth is undecided would have to be put in. Then origins are not listed, only how many operations are at fault. */
#ifndef AUDIT_ORIGIN_H
#define AUDIT_ORIGIN_H

#include <gradaudit/finding.h>

#include "audit/image_tape.h"

/* SIGMA_ABSORPTION: sigma(z) rounded to 1 (tanh: t^2 to 1). SIGMA_UNDERFLOW: sigma(z), or e^-|z|, is 0. SOFTMAX_ABSORPTION: p_y
   rounded to 1. SOFTMAX_UNDERFLOW: p_c is 0 (rewritten r_y: all of them). PRODUCT_UNDERFLOW: neither factor is 0, their product is.
   SUM_UNDERFLOW: the exact sum of the computed operands' products rounds to 0 and so does each product; SUM_CANCELLATION: they
   cancel, or the errors of the operands, each tolerable, add up. PRODUCT_INSIDE_BLAS: the operands' exact sum is fine, the result
   of the product is not. RELU_FLIP: rounding changed the sign of a pre-activation. OVERFLOW: a result is infinite or NaN, though
   its operands are finite. SUBNORMAL_LOSS: the result is subnormal. CANCELLATION: 1-s, 1-t^2 or p_y-1 of operands that are fine.
   ARGUMENT_ERROR: the function is fine at the computed argument, but the argument's error, small as it is against the argument, is
   amplified by the exponential. ACCUMULATION: a product of two factors whose errors, each within the tolerance, add up beyond it.
   CLASS_FLIP: rounding chose a class for the margin other than that of the true logits, whose residual is then 0, not 1. INVALID:
   inf - inf, 0 inf or a sum with NaN, of a weight, bias or input that is not finite itself. */
typedef enum { ORIGIN_SIGMA_ABSORPTION, ORIGIN_SIGMA_UNDERFLOW, ORIGIN_SOFTMAX_ABSORPTION, ORIGIN_SOFTMAX_UNDERFLOW,
               ORIGIN_PRODUCT_UNDERFLOW, ORIGIN_SUM_UNDERFLOW, ORIGIN_SUM_CANCELLATION, ORIGIN_PRODUCT_INSIDE_BLAS,
               ORIGIN_RELU_FLIP, ORIGIN_OVERFLOW, ORIGIN_SUBNORMAL_LOSS, ORIGIN_CANCELLATION, ORIGIN_ARGUMENT_ERROR,
               ORIGIN_ACCUMULATION, ORIGIN_CLASS_FLIP, ORIGIN_INVALID, N_ORIGINS } origin_kind;
extern const char *const origin_names[N_ORIGINS];

/* One operation: the tensor it computes, its layer (from 0) and the unit (class, or input element for the input gradient). */
typedef struct {
    origin_kind kind;
    engine_tensor tensor;
    size_t layer, unit;
    bool beside; /* no origin: at fault on the way, but the sign is right without it, if not the magnitude */
} origin;

enum { MOST_ORIGINS = 64 };

typedef struct repair repair; /* a workspace: repair.h */

/* What the walk compares: one image's tape as computed by estimator e, and its true tape. The weights are the model's. */
typedef struct {
    const ga_model *model;
    ga_estimator e;       /* resolved: gain and logit scale as they entered the pass */
    uint32_t label;
    double tolerance;
    const image_tape *computed, *truth;
    repair *again;
} origin_image;

/* path[l] = the unit of layer l on the path to input element j: at each sum, from the input back to the residual, the largest true
   term; ties: the lowest index. path[n_layers-1] is the class. */
void origin_path(size_t *path, const origin_image *image, size_t j);

/* The origins of element j, whose finding is in any cell but ZERO, RIGHT and UNDECIDED; 0 for these. Returns how many are at
   found, at most MOST_ORIGINS; those that are `beside` come last. If they are not listed it returns 0, and *unlisted, else 0, is
   how many operations are at fault.

   The first walk. A computed 0: back along the path, past entries that are 0 or of the wrong sign, to where they began; if both
   factors of a product are, the loss side is first. Not finite: back from one non-finite operand to the next, to the
   first operation whose operands are finite. Others: the earliest operation in computing order that exceeds the tolerance or has
   the wrong sign while its operands on the path do not. A softmax is one operation: its residual of the label counts with that on
   the path; under the margin, so does that of the class truly chosen.
   Further walks, while the element is not yet right with the truth put in at what has been found: for what is not finite as
   before; else from the element back, at each sum to the term whose error is now the largest.
   Then, from the last to the first, whatever can be left out becomes `beside`, until nothing can. */
size_t origin_find(origin *found, size_t *unlisted, const origin_image *image, size_t j, ga_cell cell);

/* Whether b is computed from the result of a, directly or not. */
bool origin_feeds(const origin *a, const origin *b, size_t n_layers);

#endif
