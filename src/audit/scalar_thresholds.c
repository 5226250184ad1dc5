/* SPDX-License-Identifier: Apache-2.0 */
/* scalar_thresholds.c -- where the functions of scalars.def become 0, infinite, NaN or wrong.

   Each condition, where it holds, holds for all later arguments, as in src/op/sigmoid_thresholds.c, whose R, p, u = 2^-p, eta and
   proof of the true values, which are monotone and no ties, are used here. e = R(e^x), or R(e^-|x|) of two logits, is monotone in
   x, and so is s = R(1/R(1+e)), which is p for x > 0.

     ln p, p = R(e/R(1+e)) or s: for p = 1, g = 1 and p (g - R(gp)) = 0. For p < 1, g = R(1/p) >= 1 + 2u, as 1/p > 1 + u is above
       the tie, and gp <= 1 + u rounds to 1 or less: g - R(gp) >= 2u, and the product is no 0: where p < 1/4, g - R(gp) > 1. If g is
       infinite, so is R(gp), or NaN, and the difference is NaN; if not, all is finite. 1/p grows as p falls.
     1 - R(e^l), x > 0: l = -R(ln R(1+e)) is 0 where R(1+e) = 1; else R(1+e) >= 1 + 2u, and e^l < 1 - u is no 1.
     R(e - 1) is 0 where e = 1, which is nearer to x = 0 than all else; infinite where e is.
     R(m + 1), m = R(e^x - 1), is 0 where m = -1.
     ln R(1+e) is 0 where R(1+e) = 1, infinite where e is; log1p(e) is 0 where e = 0.
     e/R(1+e): for e > 0 at least e/2 and, for e <= u, e: 0 where e = 0 only. NaN where e is infinite. e^x is 0 where e is.

   Wrong: with s = 1 - ku for x > 0, k < 2^10, R(1/s) is 1 + ku for even k, 1 + (k+1)u for odd ones, R(gp) is 1, as k^2 u < 1/2,
   and the result R(m u s), m = k or k+1, is another for each m: it takes each value on an interval. The others grow or fall with
   e. To the 2u by which s or R(1+e) are off, g adds u and R(e^l) u/2, and the rest is less than u of the result each. e^x - 1 for
   |x| <= 1 is off by 2u at most, as e < 4; for x < 0, R(m + 1) by less than 2u. So all are off by less than 5u where the true
   value is not above 2^9 u, and by less than 1 % where it is above. */
#include "audit/op_thresholds.h"

/* e^-x is off by u = 2^-p, the sum by 2u, the quotient by 3u, to first order. */
void
threshold_sigma(mpfr_ptr r, mpfr_srcptr x)
{
    mpfr_neg(r, x, MPFR_RNDN);
    mpfr_exp(r, r, MPFR_RNDN);
    mpfr_add_ui(r, r, 1, MPFR_RNDN);
    mpfr_ui_div(r, 1, r, MPFR_RNDN);
}

/* e = e^x is off by u, and ln(1+e) by no more of itself, as e/(1+e) < ln(1+e); once more by u. */
void
threshold_softplus(mpfr_ptr r, mpfr_srcptr x)
{
    mpfr_exp(r, x, MPFR_RNDN);
    mpfr_log1p(r, r, MPFR_RNDN);
}

void
threshold_other_class(mpfr_ptr r, mpfr_srcptr x)
{
    mpfr_neg(r, x, MPFR_RNDN); /* exact: x is a number of the format */
    threshold_sigma(r, r);
}

static void
exponential(mpfr_ptr r, mpfr_srcptr x)
{
    mpfr_exp(r, x, MPFR_RNDN);
}

static void
exponential_less_one(mpfr_ptr r, mpfr_srcptr x)
{
    mpfr_expm1(r, x, MPFR_RNDN);
}

static const threshold_row row[] = {
    { "log(p_y)'", GA_NAIVE, GA_BECOMES_ZERO, 1, SCALAR_log_of_softmax_slope, 0, .exact = threshold_other_class },
    { "log(p_y)'", GA_NAIVE, GA_BECOMES_WRONG, 1, SCALAR_log_of_softmax_slope, 0, .exact = threshold_other_class },
    { "log(p_y)'", GA_NAIVE, GA_BECOMES_NAN, -1, SCALAR_log_of_softmax_slope, 0, .exact = threshold_other_class },
    { "log_softmax_y'", GA_NAIVE, GA_BECOMES_ZERO, 1, SCALAR_log_softmax_slope, 0, .exact = threshold_other_class },
    { "log_softmax_y'", GA_NAIVE, GA_BECOMES_WRONG, 1, SCALAR_log_softmax_slope, 0, .exact = threshold_other_class },
    { "log_softmax_y'", GA_REWRITE, GA_BECOMES_ZERO, 1, SCALAR_log_softmax_slope, 0, .exact = threshold_other_class },
    { "expm1", GA_NAIVE, GA_BECOMES_ZERO, 1, SCALAR_expm1, 0, .exact = exponential_less_one, .inward = true },
    { "expm1", GA_NAIVE, GA_BECOMES_ZERO, -1, SCALAR_expm1, 0, .exact = exponential_less_one, .inward = true },
    { "expm1", GA_NAIVE, GA_BECOMES_WRONG, 1, SCALAR_expm1, 0, .exact = exponential_less_one, .inward = true },
    { "expm1", GA_NAIVE, GA_BECOMES_WRONG, -1, SCALAR_expm1, 0, .exact = exponential_less_one, .inward = true },
    { "expm1", GA_NAIVE, GA_BECOMES_INFINITE, 1, SCALAR_expm1, 0, .exact = exponential_less_one },
    { "expm1", GA_REWRITE, GA_BECOMES_INFINITE, 1, SCALAR_expm1, 0, .exact = exponential_less_one },
    { "expm1'", GA_NAIVE, GA_BECOMES_ZERO, -1, SCALAR_expm1_slope, 0, .exact = exponential },
    { "expm1'", GA_NAIVE, GA_BECOMES_WRONG, -1, SCALAR_expm1_slope, 0, .exact = exponential },
    { "expm1'", GA_REWRITE, GA_BECOMES_ZERO, -1, SCALAR_expm1_slope, 0, .exact = exponential },
    { "softplus", GA_NAIVE, GA_BECOMES_ZERO, -1, SCALAR_softplus, 0, .exact = threshold_softplus },
    { "softplus", GA_NAIVE, GA_BECOMES_WRONG, -1, SCALAR_softplus, 0, .exact = threshold_softplus },
    { "softplus", GA_NAIVE, GA_BECOMES_INFINITE, 1, SCALAR_softplus, 0, .exact = threshold_softplus },
    { "softplus", GA_REWRITE, GA_BECOMES_ZERO, -1, SCALAR_softplus, 0, .exact = threshold_softplus },
    { "softplus'", GA_NAIVE, GA_BECOMES_ZERO, -1, SCALAR_softplus_slope, 0, .exact = threshold_sigma },
    { "softplus'", GA_NAIVE, GA_BECOMES_NAN, 1, SCALAR_softplus_slope, 0, .exact = threshold_sigma },
    { "softplus'", GA_REWRITE, GA_BECOMES_ZERO, -1, SCALAR_softplus_slope, 0, .exact = threshold_sigma },
};

const op_thresholds scalar_thresholds = { row, sizeof row / sizeof *row, .of_logits = false };
