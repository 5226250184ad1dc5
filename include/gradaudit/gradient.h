/* SPDX-License-Identifier: Apache-2.0 */
/** @file gradient.h
    The gradient of a loss with respect to the input or to parameters, computed by an estimator: a number format, formulas, a
    product, a gain. */
#ifndef GRADAUDIT_GRADIENT_H
#define GRADAUDIT_GRADIENT_H

#include <stddef.h>
#include <stdint.h>

#include <gradaudit/dataset.h>
#include <gradaudit/model.h>
#include <gradaudit/run.h>
#include <gradaudit/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A way to compute a gradient. The caller frees it with ga_estimator_free. */
typedef struct ga_estimator ga_estimator;

/** Reads an estimator from the words of the program, separated by commas or spaces, in any order and any case, such as
    "float,naive": a format, formulas ("naive", "rewrite"), a product ("loop", "blas", "dot"), a loss ("cross-entropy", "margin",
    "dlr", "cw", "squared-error", "nll", "bce", "logit", "probability"), "gain=G", "logit-scale=S" or "temperature=T" (1/S),
    "label-smoothing=E" of the cross-entropy, "kappa=K" of cw, decimals or fractions, rounded
    once to the model's format. A format is a name ("float", "double", "float16", "bfloat16", "tf32", "e5m2", "e4m3",
    "e5m2fnuz", "e4m3fnuz", "e3m2", "e2m3", "e2m1", "x87", "binary128"), "mpfr:256", "exact", or "p=P", "emax=E" or "max=M" or
    both, and perhaps "emin=E"; a format with a range of exponents may also have "inf", "saturate" or "nan" (what overflow
    gives), "ftz", "daz", and "rounding=R", R one of "nearest-even", "nearest-away", "toward-zero", "up", "down", "odd" and
    "stochastic:SEED": gradaudit(1), FORMATS. "exact" is the true gradient, proved by ball arithmetic whose precision rises
    until each element is decided; "max-bits=N" and "reference-bits=N" set its limit and its radius. Or the format is a
    precision recipe, such as "amp-float16,loss-scale=1024" or "fp8-hybrid,scale=FILE": gradaudit(1), PRECISION RECIPES. FILE is
    read now; double quotes around it keep commas and spaces. GA_BAD_FILE if its scales are not those of the model's tensors,
    GA_IO_ERROR if it cannot be read. GA_USAGE, with what is wrong, for other words, and if the model has no such gradient. On
    failure *e is NULL. */
ga_code ga_estimator_new(ga_estimator **e, const char *words, const ga_model *model, ga_status *st);

/** Frees an estimator. NULL is allowed. */
void ga_estimator_free(ga_estimator *e);

/** Its full name, such as "float naive" or "double naive gain=0.0003", cut at size. */
void ga_estimator_name(char *text, size_t size, const ga_estimator *e);

/** What a number is. */
typedef enum {
    GA_ZERO,      /**< 0; proved, if the number is exact. The mantissa has the sign of a computed -0 */
    GA_SUBNORMAL, /**< below the normal range of its format */
    GA_NORMAL,    /**< in the normal range of its format */
    GA_INFINITE,  /**< infinite: the mantissa is, and has its sign */
    GA_NAN,       /**< not a number: the mantissa is NaN */
    GA_UNKNOWN    /**< an exact number that is not decided: |value| <= 2^exponent, no more is known; INT64_MAX: nothing is */
} ga_class;

/** Where numbers go: n_images rows of n_elements each, row-major. Arrays are the caller's; NULL: not wanted. A number is mantissa
    2^exponent, 1 <= |mantissa| < 2, whatever its format: exact in formats of at most 53 bits, truncated to 53 bits in others; for
    "exact" the true value correctly rounded to 53 bits (within 2^-52 ulp of a tie, one of its neighbours). 0, infinities and NaN
    are in the mantissa, with exponent 0. Like options it begins with its size: see ga_run. */
typedef struct {
    size_t size;       /**< sizeof(ga_numbers) */
    int8_t *sign;      /**< -1, 0 or 1 of the value; 0 for zeros, NaN and undecided numbers */
    double *mantissa;  /**< NaN for undecided numbers */
    int64_t *exponent; /**< of 2 */
    uint8_t *state;    /**< a ga_class */
} ga_numbers;

/** No arrays: `ga_numbers n = GA_NUMBERS;` */
#define GA_NUMBERS { sizeof(ga_numbers), NULL, NULL, NULL, NULL }

/** The gradients of the losses of images first to last (both included) with respect to their inputs: a row of ga_model_inputs
    numbers each. Where the model normalises its inputs, it is with respect to the normalised ones. The bits depend on the image,
    the model and the estimator only, not on first, last or threads. wrt: NULL or "input"; anything else: ga_gradient_weights with
    GA_MEAN. *undecided (or NULL): how many numbers are GA_UNKNOWN; that is no failure. run may be NULL.
    GA_USAGE if images first to last are not all in the data set; GA_BAD_FILE if it does not fit the model or has no labels. If the
    call was stopped or lacked memory, some rows may have been written. */
ga_code ga_gradient_compute(const ga_numbers *out, size_t *undecided, const ga_model *model, const ga_dataset *ds, size_t first,
                            size_t last, const ga_estimator *e, const char *wrt, const ga_run *run, ga_status *st);

/** How the losses of a batch's images make one. */
typedef enum {
    GA_MEAN, /**< divided by how many there are, as frameworks do it: once, where the backward pass begins */
    GA_SUM   /**< added */
} ga_reduction;

/** The gradient of the mean or the sum of the losses of images first to last, as one batch, with respect to parameters: one row.
    wrt: NULL or "weights": all, ga_model_parameters numbers, tensor after tensor in the order of ga_model_tensor_name; or the name
    of a tensor: its numbers. The bits depend on all the images of the batch, not on threads. GA_USAGE for a name that no tensor
    has, a reduction that is none, stochastic rounding, and a mean over more images than a narrow format can divide by. Progress:
    `all` grows where "exact" takes more bits. Otherwise as ga_gradient_compute. */
ga_code ga_gradient_weights(const ga_numbers *out, size_t *undecided, const ga_model *model, const ga_dataset *ds, size_t first,
                            size_t last, const ga_estimator *e, const char *wrt, ga_reduction reduction, const ga_run *run,
                            ga_status *st);

/** The logits of images first to last, a row of ga_model_classes numbers each: of the network's end as the file has it, so a
    softmax at its end has been applied. The data set needs no labels. Otherwise as ga_gradient_compute. */
ga_code ga_forward_compute(const ga_numbers *out, size_t *undecided, const ga_model *model, const ga_dataset *ds, size_t first,
                           size_t last, const ga_estimator *e, const ga_run *run, ga_status *st);

#ifdef __cplusplus
}
#endif

#endif
