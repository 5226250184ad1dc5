/* SPDX-License-Identifier: Apache-2.0 */
/* pass_ball.c -- the pass in balls, and what its tape proves; see ball_engine.h. */
#include <string.h>

#include "num/ball.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/pass_tmpl.h"
#include "pass/engine.h"
#include "pass/tape_tmpl.c"
#include "pass/pass_tmpl.c"
#include "pass/engine_tmpl.c"

#include "pass/ball_engine.h"

/* Both ends of the ball, rounded outwards to more bits than they are compared with, so that equality of what they round to
   holds for every point between. */
static bool
rounds_alike(mpfr_ptr rounded, const ball *g, long bits)
{
    mpfr_t low, high, other;
    mpfr_inits2(mpfr_get_prec(&g->mid) + BALL_RADIUS_BITS, low, high, (mpfr_ptr)0);
    mpfr_init2(other, bits);
    mpfr_sub(low, &g->mid, &g->rad, MPFR_RNDD);
    mpfr_add(high, &g->mid, &g->rad, MPFR_RNDU);
    mpfr_set(rounded, low, MPFR_RNDN);
    mpfr_set(other, high, MPFR_RNDN);
    const bool alike = mpfr_equal_p(rounded, other);
    mpfr_clears(low, high, other, (mpfr_ptr)0);
    return alike;
}

static bool
digits_alike(const ball *g, long digits)
{
    mpfr_t low, high;
    mpfr_exp_t low_exponent, high_exponent;
    mpfr_inits2(mpfr_get_prec(&g->mid) + BALL_RADIUS_BITS, low, high, (mpfr_ptr)0);
    mpfr_sub(low, &g->mid, &g->rad, MPFR_RNDD);
    mpfr_add(high, &g->mid, &g->rad, MPFR_RNDU);
    char *a = mpfr_get_str(NULL, &low_exponent, 10, (size_t)digits, low, MPFR_RNDN);
    char *b = mpfr_get_str(NULL, &high_exponent, 10, (size_t)digits, high, MPFR_RNDN);
    const bool alike = a != NULL && b != NULL && low_exponent == high_exponent && strcmp(a, b) == 0;
    mpfr_free_str(a);
    mpfr_free_str(b);
    mpfr_clears(low, high, (mpfr_ptr)0);
    return alike;
}

/* rad <= 2^-bits |mid|, the left side rounded up. */
static bool
narrow(const ball *g, long bits)
{
    mpfr_t scaled;
    mpfr_init2(scaled, BALL_RADIUS_BITS);
    mpfr_mul_2si(scaled, &g->rad, bits, MPFR_RNDU);
    const bool yes = mpfr_cmpabs(scaled, &g->mid) <= 0;
    mpfr_clear(scaled);
    return yes;
}

/* The least k with |g| <= 2^k for all points of the ball, or one more; INT64_MAX where nothing is known. */
static int64_t
bound(const ball *g)
{
    mpfr_t top;
    mpfr_init2(top, BALL_RADIUS_BITS);
    mpfr_abs(top, &g->mid, MPFR_RNDU);
    mpfr_add(top, top, &g->rad, MPFR_RNDU);
    const int64_t k = mpfr_regular_p(top) ? mpfr_get_exp(top) : INT64_MAX;
    mpfr_clear(top);
    return k;
}

static void
element_truth(ga_truth *t, const ball *g, const ga_format *format)
{
    mpfr_t rounded;
    *t = (ga_truth){ .state = GA_TRUE_ZERO };
    if (ball_is_zero(g))
        return;
    mpfr_init2(rounded, 53);
    const bool decided = ball_sgn(g) != 0 && narrow(g, format->reference_bits) && rounds_alike(rounded, g, 53) &&
                         (format->digits == 0 || digits_alike(g, format->digits));
    if (decided) {
        long exponent;
        const double mantissa = 2 * mpfr_get_d_2exp(&exponent, rounded, MPFR_RNDN); /* exact */
        *t = (ga_truth){ .state = GA_TRUE_NONZERO, .sign = ball_sgn(g), .mantissa = mantissa, .exponent = (int64_t)exponent - 1 };
        mpfr_sub(rounded, &g->mid, rounded, MPFR_RNDN); /* below 2^-52: its rounding is below 2^-105 */
        mpfr_div_2si(rounded, rounded, exponent - 1, MPFR_RNDN);
        t->tail = mpfr_get_d(rounded, MPFR_RNDN);
    } else
        *t = (ga_truth){ .state = GA_UNDECIDED_ELEMENT, .bound = bound(g) };
    mpfr_clear(rounded);
}

bool
ball_engine_truth(ga_truth *truth, const void *engine, size_t row, const ga_format *format)
{
    const engine_state_ball *s = engine;
    const mat_ball *dx = &s->tape->dx;
    bool all = true;
    for (size_t i = 0; i < dx->cols; i++) {
        element_truth(truth + i, dx->e + row * dx->cols + i, format);
        all = all && truth[i].state != GA_UNDECIDED_ELEMENT;
    }
    return all;
}

bool
ball_engine_class(const void *engine, size_t row)
{
    const engine_state_ball *s = engine;
    const mat_ball *residual = &s->tape->delta[s->tape->n_layers - 1];
    bool decided = true;
    for (size_t c = 0; s->ctx->common.loss == GA_MARGIN && c < residual->cols; c++)
        decided = decided && mpfr_zero_p(&residual->e[row * residual->cols + c].rad);
    return decided;
}

bool
ball_engine_kinks(size_t *kinks, const void *engine, size_t row)
{
    const engine_state_ball *s = engine;
    bool decided = true;
    *kinks = 0;
    for (size_t l = 0; l < s->tape->n_layers; l++) {
        const mat_ball *z = &s->tape->z[l];
        for (size_t i = 0; s->net->activation[l] == GA_RELU && i < z->cols; i++) {
            const ball *unit = z->e + row * z->cols + i;
            *kinks += ball_is_zero(unit);
            decided = decided && (ball_is_zero(unit) || ball_sgn(unit) != 0);
        }
    }
    return decided;
}
