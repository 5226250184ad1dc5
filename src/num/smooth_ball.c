/* SPDX-License-Identifier: Apache-2.0 */
/* smooth_ball.c -- smooth functions in balls: the values at the midpoint m, rounded once, and what they change by over z = m +- r.

   With B a bound of |f''| on z, the mean value theorem gives |f'(x) - f'(m)| <= r B and |f(x) - f(m)| <= r (|f'(m)| + r B). On z
   |x| is from l = max(0, |m| - r) to h = |m| + r; B is a polynomial in h, whose coefficients are not negative, times e^-E(l)
   (smooth_decay).

   s = sigma(x): s' = e^-|x|/(1 + e^-|x|)^2 <= e^-|x|, and |s''| = s' |1 - 2s| <= s'.
   softplus'' = s'.
   silu'' = 2 s' + x s''.
   gelu'' = phi (2 - x^2), phi = e^(-x^2/2)/sqrt(2 pi), 1/sqrt(2 pi) < 0.4.
   gelu_tanh = x s(v): its second derivative is 2 s'(v) v' + x s''(v) v'^2 + x s'(v) v'', with v = 1.5957... x + 0.0713... x^3,
   |v| as large as both together, v' = 1.5957... + 0.2140... x^2, v'' = 0.4281... x; that is at most e^-|v| times
   (3.2 + 0.43 x^2) + (2.56 |x| + 0.7 |x|^3 + 0.047 |x|^5) + 0.43 x^2, as 1.596^2 < 2.56, 2 1.596 0.2141 < 0.7, 0.2141^2 < 0.047.
   elu'' = e^x, x < 0, or 0; elu' is continuous at 0.
   mish = x t, t = tanh ln(1 + e^x), W = (1 + e^x)^2: t = (W - 1)/(W + 1), t' = (1 - t^2) s, 1 - t^2 = 4W/(W + 1)^2. x < 0: t' <= s
   <= e^x. x > 0: 1 - t^2 <= min(1, 4 e^-2x) <= 2 e^-x. So t' <= 2 e^-|x|, and t'' = -2 t t' s + (1 - t^2) s' is at most 5 e^-|x| in
   size; mish'' = 2 t' + x t''.
   softsign'' = -2 sgn(x)/(1 + |x|)^3; softsign' is continuous at 0.
   erf'' = -4/sqrt(pi) x e^(-x^2), 4/sqrt(pi) < 2.26. */
#include "num/smooth_ball.h"

enum { TERMS = 6 };

static const struct {
    double p[TERMS]; /* the polynomial, from the constant on */
} bounds[N_SMOOTH] = {
    [SMOOTH_softplus] = { { 1 } }, [SMOOTH_silu] = { { 2, 1 } }, [SMOOTH_gelu] = { { 0.8, 0, 0.4 } },
    [SMOOTH_gelu_tanh] = { { 3.2, 2.56, 0.87, 0.7, 0, 0.047 } }, [SMOOTH_elu] = { { 1 } }, [SMOOTH_mish] = { { 4, 5 } },
    [SMOOTH_softsign] = { { 2 } }, [SMOOTH_erf] = { { 0, 2.26 } },
};

/* At most e^-E: 2^-k, k <= E/ln 2, with 1/ln 2 from below by more than the product's and E's roundings. */
static radius
exponential(double e)
{
    return radius_2exp(-(int64_t)(e * (0x1.71547652b82fep+0 * (1 - 0x1p-40))));
}

static radius
polynomial(const double *p, radius h)
{
    radius sum = radius_zero;
    for (size_t k = TERMS; k-- > 0;)
        sum = radius_add(radius_mul(sum, h), radius_from_d(p[k]));
    return sum;
}

double
smooth_bend(smooth_id f, double l, double h)
{
    const radius b = radius_mul(polynomial(bounds[f].p, radius_from_d(h)), exponential(smooth_decay(f, l)));
    return radius_is_zero(b) || b.e < -1000 ? 0x1p-1000 : ldexp(b.m, (int)b.e);
}

/* l as a double, from below; infinite: beyond. */
static double
below(radius l)
{
    return radius_is_zero(l) || l.e < -1000 ? 0 : l.e > 1000 ? (double)INFINITY : ldexp(l.m, (int)l.e);
}

/* Nothing but |f(x)| <= |x| + 1 and f'(x) in [-1/4, 5/4], where all of them are. */
static void
set_range(ball *a, ball *d, radius h)
{
    mpfr_set_zero(&a->mid, 1);
    a->rad = radius_add(h, radius_one);
    mpfr_set_ui_2exp(&d->mid, 1, -1, MPFR_RNDN);
    d->rad = radius_from_d(0.75);
}

/* E(l) > 2^55, and r < 1. Then f is within h^6 e^-E of 0 or x, and f' of 0 or 1 (f'' is
   integrated; erf of -1 or 1, erf' of 0; elu of -1 or x), and l > 2^17: that is below
   e^(-E/2) < 2^(-2^54). Whichever sign x has, it has it everywhere. */
static void
set_limit(ball *a, ball *d, const ball *z, smooth_id f, ctx_ball *ctx)
{
    ball_set_zero(a, ctx);
    ball_set_zero(d, ctx);
    if (f == SMOOTH_erf || (f == SMOOTH_elu && mpfr_sgn(&z->mid) < 0)) {
        ball_set_d(a, mpfr_sgn(&z->mid), ctx);
    } else if (mpfr_sgn(&z->mid) > 0) {
        ball_set(a, z, ctx);
        ball_set(d, ctx->one, ctx);
    }
    ball_widen(a, radius_2exp(-(INT64_C(1) << 54)));
    ball_widen(d, radius_2exp(-(INT64_C(1) << 54)));
}

void
smooth_ball(ball *a, ball *d, const ball *z, smooth_id f, ctx_ball *ctx)
{
    const radius size = radius_above(&z->mid), h = radius_add(size, z->rad);
    const double e = smooth_decay(f, below(radius_sub_down(radius_below(&z->mid), z->rad)));
    if (!radius_less(z->rad, radius_one)) {
        set_range(a, d, h);
    } else if (!(e < 0x1p55)) {
        set_limit(a, d, z, f, ctx);
    } else {
        a->rad = d->rad = radius_zero;
        ball_round(a, smooth_mpfr(&a->mid, f, 0, &z->mid, MPFR_RNDN));
        ball_round(d, smooth_mpfr(&d->mid, f, 1, &z->mid, MPFR_RNDN));
        if (radius_is_zero(z->rad))
            return;
        const radius slope = radius_add(radius_above(&d->mid), d->rad);
        const radius change = radius_mul(z->rad, radius_mul(polynomial(bounds[f].p, h), exponential(e)));
        ball_widen(d, change);
        ball_widen(a, radius_mul(z->rad, radius_add(slope, change)));
    }
}
