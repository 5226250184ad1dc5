/* SPDX-License-Identifier: Apache-2.0 */
/* image.h -- what blame compares: an image's tape as computed by an estimator, and its true tape; or those of several images whose
   gradients to a parameter are summed. */
#ifndef BLAME_IMAGE_H
#define BLAME_IMAGE_H

#include <math.h>

#include "blame/tape.h"
#include "num/mpfr_vec.h"
#include "num/recipe.h"

typedef struct interventions interventions; /* a workspace: blame/intervene.h */

typedef struct blame_image {
    const blame_net *net;
    blame_shape shape;     /* the net's */
    ga_estimator e;        /* resolved: gain and logit scale as they entered the pass */
    const uint32_t *label; /* of each image */
    double tolerance; /* blame_tolerance: relative errors up to it are none */
    const blame_tape *computed, *truth;
    interventions *again;
} blame_image;

/* One number of a value. */
typedef struct {
    value_id value;
    size_t at;
} blame_place;

/* In formats of few digits what is rounded correctly is no fault, either. */
static inline double
blame_tolerance(double tolerance, ga_format f)
{
    return recipe_least_bits(f) < 24 ? fmax(tolerance, ldexp(1, recipe_error(f))) : tolerance;
}

/* Bits for a computed number of the estimator's arithmetic, or one of the model's. */
static inline mpfr_prec_t
blame_bits(const ga_estimator *e)
{
    return e->format.bits > 53 ? (mpfr_prec_t)e->format.bits : 53;
}

static inline bool
blame_is_finite(const ga_number *a)
{
    return a->klass == GA_ZERO || a->klass == GA_SUBNORMAL || a->klass == GA_NORMAL;
}

/* Whether a truth is proved to be 1. */
bool blame_is_one(const ga_truth *t);

/* The number of a run's term, of a tape or the network. */
static inline ga_number
blame_tape_number(const blame_tape *t, value_id v, size_t at)
{
    if (t->value[v] != NULL)
        return t->value[v][at];
    const double x = blame_number(t->constant + v, at);
    int exponent;
    const double m = frexp(x, &exponent) * 2;
    return (ga_number){ .klass = x == 0 ? GA_ZERO : isnan(x) ? GA_NAN : isinf(x) ? GA_INFINITE : GA_NORMAL,
                        .sign = (x > 0) - (x < 0), .mantissa = isfinite(x) ? m : x,
                        .exponent = isfinite(x) && x != 0 ? exponent - 1 : 0 };
}

#endif
