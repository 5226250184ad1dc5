/* SPDX-License-Identifier: Apache-2.0 */
/* vec_ball.c -- the elementwise vocabulary in balls. Sums, products and softmax are the template's; activations have enclosures
   of their own. Below, u = 2^-p is the unit of p-bit rounding to nearest (relative errors are at most u/2 each; u is taken), z =
   m +- r. */
#include <assert.h>
#include <stdlib.h>

#include "num/ball.h"
#include "num/mpfr_vec.h"
#include "num/vec_tmpl.h"
#include "num/vec_tmpl.c"

enum { MIDPOINTS = 4, RADII = 3 };

ctx_ball *
ctx_new_ball(const ga_estimator *e)
{
    ctx_ball *ctx = calloc(1, sizeof *ctx);
    if (ctx == NULL)
        return NULL;
    ctx->common = (context){ .formulas = GA_REWRITE, .loss = e->loss, .product = e->product,
                              .bits = e->format.bits };
    ctx->t = ball_vec_new(CONTEXT_TEMPORARIES, e->format.bits);
    ctx->one = ball_vec_new(1, e->format.bits);
    ctx->m = mpfr_vec_new(MIDPOINTS, e->format.bits);
    ctx->r = mpfr_vec_new(RADII, RADIUS_BITS);
    if (ctx->t == NULL || ctx->one == NULL || ctx->m == NULL || ctx->r == NULL) {
        ctx_free_ball(ctx);
        return NULL;
    }
    ball_set_d(ctx->one, 1, ctx);
    return ctx;
}

void
ctx_free_ball(ctx_ball *ctx)
{
    if (ctx == NULL)
        return;
    ball_vec_free(ctx->t);
    ball_vec_free(ctx->one);
    free(ctx->m);
    free(ctx->r);
    free(ctx->term);
    free(ctx->terms);
    if (ctx->product_free != NULL)
        ctx->product_free(ctx->product);
    free(ctx);
}

/* [0, 2^-k] as a ball: mid = rad = 2^-(k+1), exact. */
static void
set_up_to(ball *r, long k)
{
    mpfr_set_ui_2exp(&r->mid, 1, -(k + 1), MPFR_RNDN);
    r->rad = radius_2exp(-(k + 1));
}

/* The radius of 8u |mid|. */
static void
set_rounding(ball *r, bool exact, ctx_ball *ctx)
{
    r->rad = exact ? radius_zero : radius_mul_2si(radius_above(&r->mid), 3 - ctx->common.bits);
}

/* Whether e, the rounded e^-|m| times 1 or 4, is so close to the least positive number that it is off by more than u. */
static bool
underflows(mpfr_srcptr e)
{
    return mpfr_zero_p(e) || mpfr_get_exp(e) <= mpfr_get_emin() + 4;
}

/* Then e < 2^(emin + 5), and over all points of z, r < 1, it grows by a factor of at most e^2 < 2^3. */
static void
set_below_range(ball *r)
{
    set_up_to(r, -(mpfr_get_emin() + 8));
}

/* Where d lies between d(m) e^-c and d(m) e^c for all points of z = m +- r, and s has the derivative d: |d - d(m)| <= d(m)
   expm1(c), and by the mean value theorem |s - s(m)| <= r d(m) e^c. */
static void
add_spread(ball *s, ball *d, radius r, radius c)
{
    if (radius_is_zero(r))
        return;
    const radius top = radius_add(radius_above(&d->mid), d->rad), grow = radius_mul(radius_expm1(c), top);
    ball_widen(d, grow);
    ball_widen(s, radius_mul(radius_add(top, grow), r));
}

/* The values at m, and how far the points of z can be from them.

   Rounding. e = e^-|m| has relative error u; q = 1 + e inherits less than that and adds u; s = 1/q or e/q is off by at most
   u (e) + 2u (q) + u = 4u, d = e/q^2 by at most u (e) + 4u (q twice) + u (square) + u = 7u, to first order; (1+u)^7 - 1 < 8u
   for p >= 8, so 8u |value| covers both (Higham, Accuracy and Stability, lemma 3.1).

   Spread. ln sigma' has the derivative 1 - 2 sigma, at most 1 in absolute value: sigma'(z) lies between sigma'(m) e^-r and
   sigma'(m) e^r. */
static void
sigmoid_ball(ball *s, ball *d, const ball *z, ctx_ball *ctx)
{
    mpfr_ptr e = ctx->m, q = ctx->m + 1;
    if (!radius_less(z->rad, radius_one)) { /* nothing is known of z: sigma in [0, 1], sigma' in [0, 1/4] */
        set_up_to(s, 0);
        set_up_to(d, 2);
        return;
    }
    mpfr_abs(e, &z->mid, MPFR_RNDN);
    mpfr_neg(e, e, MPFR_RNDN);
    const bool exact = mpfr_zero_p(e); /* sigma(0) = 1/2, sigma'(0) = 1/4, and nothing is rounded */
    mpfr_exp(e, e, MPFR_RNDN);
    mpfr_add_ui(q, e, 1, MPFR_RNDN);
    if (mpfr_sgn(&z->mid) < 0)
        mpfr_div(&s->mid, e, q, MPFR_RNDN);
    else
        mpfr_ui_div(&s->mid, 1, q, MPFR_RNDN);
    mpfr_sqr(q, q, MPFR_RNDN);
    mpfr_div(&d->mid, e, q, MPFR_RNDN);
    set_rounding(s, exact, ctx);
    set_rounding(d, exact, ctx);
    if (underflows(e)) { /* the spread around 1 is far below the bound of the rounding */
        set_below_range(d);
        if (mpfr_sgn(&z->mid) < 0)
            set_below_range(s);
        return;
    }
    add_spread(s, d, z->rad, z->rad);
}

/* As above, with q = e^-2|m|, t = expm1(-2|m|)/(1 + q) up to its sign, d = 4q/(1 + q)^2: errors at most u + 2u + u = 4u and 7u.
   ln(1 - tanh^2) has the derivative -2 tanh, at most 2: d(z) lies between d(m) e^-2r and d(m) e^2r. */
static void
tanh_ball(ball *t, ball *d, const ball *z, ctx_ball *ctx)
{
    mpfr_ptr w = ctx->m, q = ctx->m + 1, h = ctx->m + 2;
    if (!radius_less(z->rad, radius_one)) { /* tanh in [-1, 1], its derivative in [0, 1] */
        mpfr_set_zero(&t->mid, 1);
        t->rad = radius_one;
        set_up_to(d, 0);
        return;
    }
    mpfr_abs(w, &z->mid, MPFR_RNDN);
    mpfr_mul_2ui(w, w, 1, MPFR_RNDN);
    mpfr_neg(w, w, MPFR_RNDN);
    const bool exact = mpfr_zero_p(w);
    mpfr_exp(q, w, MPFR_RNDN);
    mpfr_expm1(w, w, MPFR_RNDN);
    mpfr_add_ui(h, q, 1, MPFR_RNDN);
    mpfr_div(&t->mid, w, h, MPFR_RNDN);
    mpfr_setsign(&t->mid, &t->mid, mpfr_sgn(&z->mid) < 0, MPFR_RNDN);
    mpfr_sqr(h, h, MPFR_RNDN);
    mpfr_mul_2ui(q, q, 2, MPFR_RNDN);
    mpfr_div(&d->mid, q, h, MPFR_RNDN);
    set_rounding(t, exact, ctx);
    set_rounding(d, exact, ctx);
    if (underflows(q)) {
        set_below_range(d);
        return;
    }
    add_spread(t, d, z->rad, radius_mul_2si(z->rad, 1));
}

/* Of decided sign: z and 1, or 0 and 0, exact. {0}: a kink, where the derivative is 0 by convention. Undecided: max(z, 0) is in
   [0, h] with h = m + r, and the derivative, 0 or 1, in [0, 1]. */
static void
relu_ball(ball *a, ball *d, const ball *z, ctx_ball *ctx)
{
    const int sign = ball_sgn(z);
    ball_set_zero(a, ctx);
    ball_set_zero(d, ctx);
    if (sign > 0) {
        ball_set(a, z, ctx);
        ball_set(d, ctx->one, ctx);
    } else if (sign == 0 && !ball_is_zero(z)) {
        const radius top = radius_mul_2si(radius_add(radius_above(&z->mid), z->rad), -1); /* [0, 2 top] contains [0, |m| + r] */
        radius_get(ctx->r, top);
        a->rad = top;
        ball_round(a, mpfr_set(&a->mid, ctx->r, MPFR_RNDN));
        set_up_to(d, 0);
    }
}

static void
activate(const char *name, void (*f)(ball *, ball *, const ball *, ctx_ball *), mat_ball *a, mat_ball *d, const mat_ball *z,
         ctx_ball *ctx)
{
    assert_same_shape_ball(a, z);
    assert_same_shape_ball(d, z);
    vec_trace_ball(name, z, ctx);
    for (size_t i = 0; i < mat_size_ball(z); i++)
        f(a->e + i, d->e + i, z->e + i, ctx);
}

void
vec_sigmoid_ball(mat_ball *s, mat_ball *d, const mat_ball *z, ctx_ball *ctx)
{
    activate("vec_sigmoid", sigmoid_ball, s, d, z, ctx);
}

void
vec_tanh_ball(mat_ball *t, mat_ball *d, const mat_ball *z, ctx_ball *ctx)
{
    activate("vec_tanh", tanh_ball, t, d, z, ctx);
}

void
vec_relu_ball(mat_ball *a, mat_ball *d, const mat_ball *z, ctx_ball *ctx)
{
    activate("vec_relu", relu_ball, a, d, z, ctx);
}
