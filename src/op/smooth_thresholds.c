/* SPDX-License-Identifier: Apache-2.0 */
/* smooth_thresholds.c -- where the derivatives of the functions of num/smooth.def and num/functions.def become 0, infinite or NaN.
   The constants of powers, CELU and quotients decide where theirs do, and so do those of SELU, which have no rows; sqrt' is
   1/(2 sqrt(x)), infinite at 0 alone, and not 0 for any x, but in formats of a few numbers.

   True values are rounded once by num/smooth.h and num/function.h, which decide ties; some are rational. |f'| falls from `from` on:
   |silu'| from 2.3994, |gelu'| from sqrt(2), |gelu_tanh'| from 1.4186, |mish'| from 2.2564, where f'' is 0 for the last time. What
   rounds to 0 before, next to the root of f', is no matter of these rows. Others fall from 0 on, or from 1 on.

   Naive formulas, with R, p, u = 2^-p and eta as in src/op/sigmoid_thresholds.c; each condition holds for all later arguments:
     silu', z < 0: s R(1 + R(z R(1 - s))), s = R(1/R(1 + e)), e = R(e^|z|): the second factor is at most -1 for |z| >= 2.5, so that
       it is 0 where s is, that is where 1 + e is infinite.
     gelu': R(c + q), c = (1 + E)/2 with E = erf of R(z k), q = z R(k' e), e = e^-R(R(z^2)/2): c is 0 where E = -1; |q| is 0 where
       R(k' e) is, as |z| > 1. Both go on. Where c is not 0, it is at most twice Phi(z), which is above u/4, and |q| is about z^2
       Phi(z), larger by then: their sum is not 0.
     gelu_tanh', z < 0: with t = R(tanh u) = -1 + k u, a product with 1 - R(t^2), at least k u in size, and with |z| > 1, and k u/2:
       0 where t = -1 alone, which goes on. z > 0: R(z z) overflows, and with it its multiple; t is 1 by then: 0 times infinite.
     elu', exp': e^z. erf': R(k e), e = e^-R(z^2).
     mish', z < 0: R(R(z R(1 - R(t^2)))/R(1 + R(e^-z))) + t, t = tanh of ln R(1 + e^z): t is 0 where e^z <= u, and is at most 2 e^z
       before; the quotient, about |z| e^z, is larger, as |z| > 2, and 0 where the divisor is infinite.
     softsign': R(1/R(q^2)), q = R(1 + |z|); reciprocal': R(a^2), a = R(1/z); log': R(1/z): they grow or fall with |z|. */
#include "audit/op_thresholds.h"
#include "num/function.h"
#include "num/smooth.h"

#define SMOOTH(f)                                                                                                                  \
    static int f##_slope(mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t rounding) { return smooth_mpfr(r, SMOOTH_##f, 1, x, rounding); }
#define FUNCTION(f)                                                                                                                \
    static int f##_slope(mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t rounding)                                                           \
    {                                                                                                                              \
        return function_mpfr(r, FUNCTION_##f, 1, x, NULL, rounding);                                                               \
    }
SMOOTH(silu)
SMOOTH(gelu)
SMOOTH(gelu_tanh)
SMOOTH(elu)
SMOOTH(mish)
SMOOTH(softsign)
SMOOTH(erf)
FUNCTION(exp)
FUNCTION(log)
FUNCTION(reciprocal)

/* f' becomes so by either formula. */
#define BOTH(f, name, becomes_, direction_, ...)                                                                                   \
    { .quantity = name, .formulas = GA_NAIVE, .becomes = becomes_, .direction = direction_, .out = 1, .once = f, __VA_ARGS__ },    \
    { .quantity = name, .formulas = GA_REWRITE, .becomes = becomes_, .direction = direction_, .out = 1, .once = f, __VA_ARGS__ }

static const threshold_row of_silu[] = { BOTH(silu_slope, "silu'", GA_BECOMES_ZERO, -1, .from = 2.5) };
static const threshold_row of_gelu[] = { BOTH(gelu_slope, "gelu'", GA_BECOMES_ZERO, -1, .from = 1.5) };
static const threshold_row of_gelu_tanh[] = {
    BOTH(gelu_tanh_slope, "gelu_tanh'", GA_BECOMES_ZERO, -1, .from = 1.5),
    BOTH(gelu_tanh_slope, "gelu_tanh'", GA_BECOMES_NAN, 1, .far = true),
};
static const threshold_row of_elu[] = { BOTH(elu_slope, "elu'", GA_BECOMES_ZERO, -1) };
static const threshold_row of_mish[] = { BOTH(mish_slope, "mish'", GA_BECOMES_ZERO, -1, .from = 2.5) };
static const threshold_row of_softsign[] = { BOTH(softsign_slope, "softsign'", GA_BECOMES_ZERO, 1, .far = true) };
static const threshold_row of_erf[] = { BOTH(erf_slope, "erf'", GA_BECOMES_ZERO, 1) };
static const threshold_row of_exp[] = { BOTH(exp_slope, "exp'", GA_BECOMES_ZERO, -1) };
static const threshold_row of_log[] = {
    BOTH(log_slope, "log'", GA_BECOMES_ZERO, 1, .from = 1, .far = true),
    BOTH(log_slope, "log'", GA_BECOMES_INFINITE, 1, .inward = true),
};
static const threshold_row of_reciprocal[] = {
    BOTH(reciprocal_slope, "reciprocal'", GA_BECOMES_ZERO, 1, .from = 1, .far = true),
    BOTH(reciprocal_slope, "reciprocal'", GA_BECOMES_INFINITE, 1, .inward = true),
};

#define ROWS(f) const op_thresholds op_thresholds_##f = { of_##f, sizeof of_##f / sizeof *of_##f, .of_logits = false };
#define NONE(f) const op_thresholds op_thresholds_##f = { 0 };
NONE(softplus) /* audit/scalar_thresholds.c has its */
ROWS(silu)
ROWS(gelu)
ROWS(gelu_tanh)
ROWS(elu)
ROWS(mish)
ROWS(softsign)
ROWS(erf)
ROWS(exp)
ROWS(log)
ROWS(reciprocal)
NONE(sqrt)
NONE(pow)
NONE(over)
NONE(celu)
