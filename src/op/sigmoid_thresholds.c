/* SPDX-License-Identifier: Apache-2.0 */
/* sigmoid_thresholds.c -- where sigma, tanh and the softmax of two classes, which are all made of e^-x, become 0, 1, infinite or
   wrong.

   Each condition, where it holds, holds for all larger arguments. Let x = |argument|, R be rounding to nearest, which is monotone,
   p the significand's bits, eta the least number above 0.

   True values: sigma and p_c are monotone, and so are the slopes for each sign, as e/(1+e)^2 grows with e in [0, 1]; then so is R
   of them, which a condition compares with the end of its range, 1 or 0. They are no ties: e^-|x| is transcendental for a rational
   x other than 0 (Lindemann), and so is a rational function of it that is not constant, with rational coefficients. The loss
   L = ln(1 + e^-x) is monotone, and not algebraic either: e^L = 1 + e^-x would relate exponentials of different algebraic numbers,
   L, 0 and -x (Lindemann and Weierstrass). It overflows nowhere.

   Formulas, exp and tanh correctly rounded: e = R(e^-x), or R(e^x) for sigma's z < 0, is monotone in x, as t = R(tanh x) is, and
   each condition is one on e or t that holds from some value on:
     s = R(1/R(1+e)) is monotone in e, and 1 or 0 at an end of its range; p_y is the same, and p_y - 1 is 0 where p_y = 1;
     s (1-s), z > 0: s >= 1/2, so that 1-s is exact (Sterbenz), and 0 or at least 2^-p: the product is 0 where s = 1 only;
     s (1-s), z < 0: s <= 1/2, R(1-s) >= 1/2, and R(1-s) = 1 where s = eta; s R(1-s) > eta/2 where s > 0: 0 where s = 0 only;
     e/Q, Q = R(R(1+e)^2) <= 4: where e > 2^-p it is above 2^-p/4; where e <= 2^-p, R(1+e) = 1 = Q: 0 where e = 0 only; likewise
     p_c = e/R(1+e);
     R(4q/Q), Q of q = R(e^-2x), is q at least, where 2^-p q is not 0; farther on it is R(R(4e/Q) e), Q = 1, and R(4e^2) grows with
       e;
     1 - R(t^2) is 0 where R(t^2) = 1, and R(t^2) grows with t;
     ln p_y is 0 where p_y = 1, -infinite where p_y = 0; ln R(1+e) is 0 where R(1+e) = 1; log1p(e) is 0 where e = 0.

   Wrong, for x > 0, u = 2^-p: of s (1-s), p_y - 1, ln p_y, ln R(1+e) and 1 - R(t^2) each grows or falls with e or t, and so takes
   each value on an interval. Rounding moves e by e u at most, 1 + e by u, numbers in [1/2, 1] by u/2; 1 - s and 1 - R(t^2) are
   exact. That is less than 2u (1 + e) in all, each of at most three products and functions adds less than u of the result, and e
   <= 1: less than 5u where the true value is not above 2^9 u < 2^-14, less than 1 % where it is above.

   In the functions below each operation is off by less than u = 2^-p, relatively; none cancels, and (1+u)^7 - 1 < 8u. */
#include "audit/op_thresholds.h"

/* r = k e^-k|x|/(1 + e^-k|x|)^2: sigma' for k = 1, tanh'/2 for k = 2, and products by k are exact; e^-k|x| is off by u, the sum by
   2u, its square by 5u, the quotient by 7u. */
static void
slope(mpfr_ptr r, mpfr_srcptr x, unsigned long k)
{
    mpfr_t square;
    mpfr_init2(square, mpfr_get_prec(r));
    mpfr_abs(r, x, MPFR_RNDN);
    mpfr_mul_ui(r, r, k, MPFR_RNDN);
    mpfr_neg(r, r, MPFR_RNDN);
    mpfr_exp(r, r, MPFR_RNDN);
    mpfr_add_ui(square, r, 1, MPFR_RNDN);
    mpfr_sqr(square, square, MPFR_RNDN);
    mpfr_div(r, r, square, MPFR_RNDN);
    mpfr_mul_ui(r, r, k, MPFR_RNDN);
    mpfr_clear(square);
}

static void
sigma_slope(mpfr_ptr r, mpfr_srcptr x)
{
    slope(r, x, 1);
}

static void
tanh_slope(mpfr_ptr r, mpfr_srcptr x)
{
    slope(r, x, 2);
    mpfr_mul_2ui(r, r, 1, MPFR_RNDN);
}

static void
residual(mpfr_ptr r, mpfr_srcptr x)
{
    threshold_other_class(r, x);
    mpfr_neg(r, r, MPFR_RNDN);
}

/* -ln p_y = ln(1 + e^-x) */
static void
loss(mpfr_ptr r, mpfr_srcptr x)
{
    mpfr_neg(r, x, MPFR_RNDN); /* exact: x is a number of the format */
    threshold_softplus(r, r);
}

static void
log_softmax(mpfr_ptr r, mpfr_srcptr x)
{
    loss(r, x);
    mpfr_neg(r, r, MPFR_RNDN);
}

static const threshold_row of_sigmoid[] = {
    { "sigma", GA_NAIVE, GA_BECOMES_ONE, 1, 0, 0, .exact = threshold_sigma },
    { "sigma", GA_NAIVE, GA_BECOMES_ZERO, -1, 0, 0, .exact = threshold_sigma },
    { "sigma'", GA_NAIVE, GA_BECOMES_ZERO, 1, 1, 0, .exact = sigma_slope },
    { "sigma'", GA_NAIVE, GA_BECOMES_ZERO, -1, 1, 0, .exact = sigma_slope },
    { "sigma'", GA_REWRITE, GA_BECOMES_ZERO, 1, 1, 0, .exact = sigma_slope }, /* the same for both signs */
    { "sigma'", GA_NAIVE, GA_BECOMES_WRONG, 1, 1, 0, .exact = sigma_slope },
};
static const threshold_row of_tanh[] = { /* all for both signs */
    { "tanh'", GA_NAIVE, GA_BECOMES_ZERO, 1, 1, 0, .exact = tanh_slope },
    { "tanh'", GA_REWRITE, GA_BECOMES_ZERO, 1, 1, 0, .exact = tanh_slope },
    { "tanh'", GA_NAIVE, GA_BECOMES_WRONG, 1, 1, 0, .exact = tanh_slope },
};
static const threshold_row of_cross_entropy[] = {
    { "p_y-1", GA_NAIVE, GA_BECOMES_ZERO, 1, 1, 0, .exact = residual },  /* the residual: p_y is 1 */
    { "p_c", GA_NAIVE, GA_BECOMES_ZERO, 1, 0, 1, .exact = threshold_other_class }, /* with the rewritten residual, -p_c */
    { "p_y-1", GA_NAIVE, GA_BECOMES_WRONG, 1, 1, 0, .exact = residual },
    { "-log(p_y)", GA_NAIVE, GA_BECOMES_ZERO, 1, 2, 0, .exact = loss },
    { "-log(p_y)", GA_NAIVE, GA_BECOMES_WRONG, 1, 2, 0, .exact = loss },
    { "-log(p_y)", GA_NAIVE, GA_BECOMES_INFINITE, -1, 2, 0, .exact = loss },
    { "-log(p_y)", GA_REWRITE, GA_BECOMES_ZERO, 1, 2, 0, .exact = loss },
};
static const threshold_row of_log_softmax[] = {
    { "log_softmax_y", GA_NAIVE, GA_BECOMES_ZERO, 1, 0, 0, .exact = log_softmax },
    { "log_softmax_y", GA_NAIVE, GA_BECOMES_WRONG, 1, 0, 0, .exact = log_softmax },
    { "log_softmax_y", GA_REWRITE, GA_BECOMES_ZERO, 1, 0, 0, .exact = log_softmax },
};

const op_thresholds op_thresholds_sigmoid = { of_sigmoid, sizeof of_sigmoid / sizeof *of_sigmoid, .of_logits = false };
const op_thresholds op_thresholds_tanh = { of_tanh, sizeof of_tanh / sizeof *of_tanh, .of_logits = false };
const op_thresholds op_thresholds_cross_entropy = { of_cross_entropy, sizeof of_cross_entropy / sizeof *of_cross_entropy,
                                                    .of_logits = true };
const op_thresholds op_thresholds_log_softmax = { of_log_softmax, sizeof of_log_softmax / sizeof *of_log_softmax,
                                                  .of_logits = true };
