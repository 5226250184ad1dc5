/* SPDX-License-Identifier: Apache-2.0 */
/* exp_ball.c -- e^x, e^x - 1 and log(1 + x) of balls; see ball.h */
#include "num/ball.h"
#include "num/exp_fixed.h"

/* e^m for m < 0, from tables, with relative error 2.1 eta plus truncation; false if they do not serve m. */
static bool
exp_by_tables(ball *r, mpfr_srcptr m, const exp_fixed *t)
{
    mp_limb_t work[EXP_WORK];
    int64_t k;
    const mp_limb_t *f = t != NULL && mpfr_sgn(m) < 0 ? exp_fixed_minus(work, &k, m, 0, t) : NULL;
    if (f == NULL)
        return false;
    exp_fixed_get(r, false, f, k, t);
    return true;
}

/* e^x - e^a = e^a (e^(x-a) - 1): at most e^a expm1(rad a). The largest e^a is the rounded-up one. */
void
ball_exp(ball *r, const ball *a, ctx_ball *ctx)
{
    const radius spread = radius_expm1(a->rad);
    if (exp_by_tables(r, &a->mid, ctx->exp))
        ctx->by_tables++;
    else {
        ctx->by_mpfr += !mpfr_zero_p(&a->mid);
        r->rad = radius_zero;
        ball_round(r, mpfr_exp(&r->mid, &a->mid, MPFR_RNDN));
    }
    if (!radius_is_zero(spread) && !radius_is_infinite(r->rad))
        ball_widen(r, radius_mul(spread, radius_add(radius_above(&r->mid), r->rad)));
}

/* The same spread: at most e^a expm1(rad a), and e^a = 1 + (e^a - 1). Takes ctx->t[0]. */
void
ball_expm1(ball *r, const ball *a, ctx_ball *ctx)
{
    const mpfr_ptr power = &ctx->t[0].mid;
    const radius spread = radius_expm1(a->rad);
    r->rad = radius_zero;
    ball_round(r, mpfr_expm1(&r->mid, &a->mid, MPFR_RNDN));
    if (radius_is_zero(spread) || radius_is_infinite(r->rad))
        return;
    mpfr_add_ui(power, &r->mid, 1, MPFR_RNDU);
    ball_widen(r, radius_mul(spread, radius_add(radius_above(power), r->rad)));
}

/* The derivative of log(1+x) is at most 1 for x >= 0; a midpoint below 0 is moved to 0, which loses no non-negative point. */
void
ball_log1p(ball *r, const ball *a, ctx_ball *ctx)
{
    ball_set(r, a, ctx);
    if (mpfr_sgn(&r->mid) < 0)
        mpfr_set_zero(&r->mid, 1);
    ball_round(r, mpfr_log1p(&r->mid, &r->mid, MPFR_RNDN));
}
