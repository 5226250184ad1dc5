/* SPDX-License-Identifier: Apache-2.0 */
/* smooth_mpfr.c -- see smooth.h. A value is computed with w bits, w growing until its error bound decides the rounding (Ziv). */
#include <math.h>
#include <stdbool.h>

#include "num/mpfr_vec.h"
#include "num/smooth_formulas.h"

/* What a function is at its ends; of: NULL: it is MPFR's own. tenths: the value at 0, in tenths; 0: no fraction; -1: x itself.
   from: whether it comes to its limit, x or 1, from above (1) or below (-1) as x grows; 0: to 0, as it does as x falls. left: from
   which side it does. */
static const struct {
    smooth_formula *of;
    signed char tenths, from, left;
} functions[N_SMOOTH][2] = {
    [SMOOTH_softplus] = { { smooth_softplus, 0, 1, 1 }, { smooth_sigma, 5, -1, 1 } },
    [SMOOTH_silu] = { { smooth_silu, -1, -1, -1 }, { smooth_silu_slope, 5, 1, -1 } },
    [SMOOTH_gelu] = { { smooth_gelu, -1, -1, -1 }, { smooth_gelu_slope, 5, 1, -1 } },
    [SMOOTH_gelu_tanh] = { { smooth_gelu_tanh, -1, -1, -1 }, { smooth_gelu_tanh_slope, 5, 1, -1 } },
    [SMOOTH_elu] = { { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 } },
    [SMOOTH_mish] = { { smooth_mish, -1, -1, -1 }, { smooth_mish_slope, 6, 1, -1 } },
    [SMOOTH_softsign] = { { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 } },
    [SMOOTH_erf] = { { NULL, 0, 0, 0 }, { smooth_erf_slope, 0, 0, 1 } },
};

/* a y + b y^2 + c y^3 */
static const struct {
    double a, b, c;
} decays[N_SMOOTH] = {
    [SMOOTH_softplus] = { 1, 0, 0 }, [SMOOTH_silu] = { 1, 0, 0 }, [SMOOTH_gelu] = { 0, 0.5, 0 },
    [SMOOTH_gelu_tanh] = { 1.5957, 0, 0.07135 }, [SMOOTH_elu] = { 1, 0, 0 }, [SMOOTH_mish] = { 1, 0, 0 },
    [SMOOTH_softsign] = { 0, 0, 0 }, [SMOOTH_erf] = { 0, 1, 0 },
};

double
smooth_decay(smooth_id f, double y)
{
    y = fmin(y, 0x1p300); /* so that 0 times it is 0 */
    return y * (decays[f].a + y * (decays[f].b + y * decays[f].c));
}

int
smooth_beside(mpfr_ptr r, mpfr_srcptr l, int sign, mpfr_rnd_t rounding)
{
    mpfr_t near;
    const mpfr_prec_t bits = mpfr_get_prec(r) > mpfr_get_prec(l) ? mpfr_get_prec(r) : mpfr_get_prec(l);
    mpfr_init2(near, bits + 8);
    mpfr_set(near, l, MPFR_RNDN);
    if (sign > 0)
        mpfr_nextabove(near);
    else
        mpfr_nextbelow(near);
    const int ternary = mpfr_regular_p(near) ? mpfr_set(r, near, rounding) : 0;
    if (ternary == 0)
        mpfr_set(r, l, rounding); /* at the end of MPFR's range */
    mpfr_clear(near);
    return ternary != 0 ? ternary : -sign;
}

/* x/(1 + |x|), or 1/(1 + |x|)^2, of an x above 2^MOST or below 2^-MOST: 1, x, 1 or 1/x^2 but for what is below every digit. */
static int
softsign_far(mpfr_ptr r, int order, mpfr_srcptr x, mpfr_rnd_t rounding)
{
    const bool large = mpfr_get_exp(x) > 0;
    mpfr_t l;
    mpfr_init2(l, mpfr_get_prec(r) + 2 * mpfr_get_prec(x) + 64); /* 1/x^2 is no tie, or exact */
    mpfr_set_si(l, order == 0 ? mpfr_sgn(x) : 1, MPFR_RNDN);
    if (order == 1 && large) {
        mpfr_sqr(l, x, MPFR_RNDN); /* exact */
        mpfr_ui_div(l, 1, l, MPFR_RNDN);
    }
    const int ternary = smooth_beside(r, order == 0 && !large ? x : l, order == 0 ? -mpfr_sgn(x) : -1, rounding);
    mpfr_clear(l);
    return ternary;
}

/* In between: the quotient of exact numbers. */
static int
softsign(mpfr_ptr r, int order, mpfr_srcptr x, mpfr_rnd_t rounding)
{
    enum { MOST = 4500 };
    if (mpfr_inf_p(x))
        return order == 0 ? mpfr_set_si(r, mpfr_sgn(x), rounding) : mpfr_set_ui(r, 0, rounding);
    const mpfr_exp_t size = mpfr_regular_p(x) ? mpfr_get_exp(x) : 0, more = (size < 0 ? -size : size) + 2;
    if (more > MOST)
        return softsign_far(r, order, x, rounding);
    mpfr_t q, square;
    mpfr_init2(q, mpfr_get_prec(x) + (mpfr_prec_t)more);
    mpfr_init2(square, 2 * mpfr_get_prec(q));
    mpfr_abs(q, x, MPFR_RNDN);
    mpfr_add_ui(q, q, 1, MPFR_RNDN);
    mpfr_sqr(square, q, MPFR_RNDN);
    const int ternary = order == 0 ? mpfr_div(r, x, q, rounding) : mpfr_ui_div(r, 1, square, rounding);
    mpfr_clears(q, square, (mpfr_ptr)0);
    return ternary;
}

/* Those that are MPFR's own, or a quotient, with all their ends. */
static int
own(mpfr_ptr r, smooth_id f, int order, mpfr_srcptr x, mpfr_rnd_t rounding)
{
    if (f == SMOOTH_softsign)
        return softsign(r, order, x, rounding);
    if (f == SMOOTH_erf)
        return mpfr_erf(r, x, rounding);
    if (mpfr_nan_p(x) || mpfr_sgn(x) <= 0)
        return (order == 0 ? mpfr_expm1 : mpfr_exp)(r, x, rounding);
    return order == 0 ? mpfr_set(r, x, rounding) : mpfr_set_ui(r, 1, rounding);
}

/* The limit, but for what is below every digit. */
static int
limit(mpfr_ptr r, smooth_id f, int order, mpfr_srcptr x, mpfr_rnd_t rounding)
{
    mpfr_t one;
    mpfr_init2(one, 2);
    mpfr_set_ui(one, 1, MPFR_RNDN);
    const int ternary = smooth_beside(r, order == 0 ? x : one, functions[f][order].from, rounding);
    mpfr_clear(one);
    return ternary;
}

/* Where x is no number or 0, infinite or so far below 0 that e^-|x| is below MPFR's range; false: it is none of these. */
static bool
ends(int *ternary, mpfr_ptr r, smooth_id f, int order, mpfr_srcptr x, mpfr_rnd_t rounding)
{
    const int left = functions[f][order].left, tenths = functions[f][order].tenths;
    const bool vanishes = functions[f][order].from == 0 || mpfr_signbit(x);
    if (mpfr_zero_p(x) && tenths > 0) {
        mpfr_set_ui(r, (unsigned long)tenths, MPFR_RNDN);
        *ternary = mpfr_div_ui(r, r, 10, rounding);
    } else if (mpfr_nan_p(x) || (mpfr_zero_p(x) && tenths < 0) || (mpfr_inf_p(x) && !vanishes && order == 0)) {
        *ternary = mpfr_set(r, x, rounding);
    } else if (mpfr_inf_p(x) && !vanishes) {
        *ternary = mpfr_set_ui(r, 1, rounding);
    } else if (mpfr_inf_p(x) || (vanishes && smooth_decay(f, fabs(mpfr_get_d(x, MPFR_RNDZ))) > 0x1p58)) {
        const bool infinite = mpfr_inf_p(x);
        mpfr_set_zero(r, left);
        *ternary = infinite ? 0 : -left;
    } else {
        return false;
    }
    return true;
}

/* With at most MOST bits beyond three times the result's: enough for e^-|x| of x > 0 to be seen beside 1, or for 1/2 + x/4 to be
   told from 1/2, in all C types; if they do not decide, they are the limit and x. */
static int
evaluate(mpfr_ptr r, smooth_id f, int order, mpfr_srcptr x, mpfr_rnd_t rounding)
{
    enum { MOST = 2200 };
    const mpfr_prec_t bits = mpfr_get_prec(r), most = MOST + 3 * bits;
    bool decided = false;
    int ternary;
    smooth_work t;
    if (ends(&ternary, r, f, order, x, rounding))
        return ternary;
    const bool vanishes = functions[f][order].from == 0 || mpfr_sgn(x) < 0;
    if (!vanishes && smooth_decay(f, mpfr_get_d(x, MPFR_RNDD)) > (double)most)
        return limit(r, f, order, x, rounding);
    mpfr_inits2(bits, t.y, t.e, t.a, t.b, (mpfr_ptr)0);
    for (mpfr_prec_t more = 24, w = bits; !decided && w < most; more *= 2) {
        w = bits + more < most ? bits + more : most;
        mpfr_set_prec(t.y, w);
        mpfr_set_prec(t.e, w);
        mpfr_set_prec(t.a, w);
        mpfr_set_prec(t.b, w);
        functions[f][order].of(&t, x);
        const mpfr_exp_t known = mpfr_regular_p(t.y) ? mpfr_get_exp(t.y) - t.error : 0;
        decided = known > 1 && mpfr_can_round(t.y, known, MPFR_RNDN, MPFR_RNDZ, bits + (rounding == MPFR_RNDN));
    }
    if (!decided && !vanishes && mpfr_cmp_ui(x, 1) > 0)
        ternary = limit(r, f, order, x, rounding);
    else
        ternary = mpfr_set(r, t.y, rounding);
    mpfr_clears(t.y, t.e, t.a, t.b, (mpfr_ptr)0);
    return ternary != 0 ? ternary : -1;
}

int
smooth_mpfr(mpfr_ptr r, smooth_id f, int order, mpfr_srcptr x, mpfr_rnd_t rounding)
{
    const mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_vec_widest_range();
    const int ternary = functions[f][order].of == NULL ? own(r, f, order, x, rounding) : evaluate(r, f, order, x, rounding);
    return smooth_in_range(r, ternary, emin, emax, rounding);
}
