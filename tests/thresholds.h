/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.h -- the lines of `gradaudit thresholds`: which there are, in order, and where they are to leading order. */
#ifndef GRADAUDIT_TEST_THRESHOLDS_H
#define GRADAUDIT_TEST_THRESHOLDS_H

#include "test.h"

#include "audit/threshold_search.h"
#include "audit/thresholds.h"
#include "num/f32.h"
#include "num/f64.h"
#include "num/format.h"

typedef int mpfr_function(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

typedef enum {
    SIGMA_ONE, SIGMA_ZERO, SIGMA_SLOPE_ABOVE, SIGMA_SLOPE_BELOW, SIGMA_SLOPE_REWRITE, SIGMA_SLOPE_WRONG,
    TANH_SLOPE, TANH_SLOPE_REWRITE, TANH_SLOPE_WRONG,
    SILU_SLOPE, SILU_SLOPE_REWRITE, GELU_SLOPE, GELU_SLOPE_REWRITE, GELU_TANH_SLOPE, GELU_TANH_SLOPE_REWRITE,
    GELU_TANH_NAN, GELU_TANH_NAN_REWRITE, ELU_SLOPE, ELU_SLOPE_REWRITE, MISH_SLOPE, MISH_SLOPE_REWRITE,
    SOFTSIGN_SLOPE, SOFTSIGN_SLOPE_REWRITE, ERF_SLOPE, ERF_SLOPE_REWRITE, EXP_SLOPE, EXP_SLOPE_REWRITE,
    LOG_SLOPE, LOG_SLOPE_REWRITE, LOG_INFINITE, LOG_INFINITE_REWRITE,
    RECIPROCAL_SLOPE, RECIPROCAL_SLOPE_REWRITE, RECIPROCAL_INFINITE, RECIPROCAL_INFINITE_REWRITE,
    RESIDUAL, OTHER_RESIDUAL, RESIDUAL_WRONG, LOSS, LOSS_WRONG, LOSS_INFINITE, LOSS_REWRITE,
    LOG_SOFTMAX, LOG_SOFTMAX_WRONG, LOG_SOFTMAX_REWRITE,
    COMPOSED_SLOPE, COMPOSED_SLOPE_WRONG, COMPOSED_SLOPE_NAN, FUSED_SLOPE, FUSED_SLOPE_WRONG, FUSED_SLOPE_REWRITE,
    EXPM1_ABOVE, EXPM1_BELOW, EXPM1_ABOVE_WRONG, EXPM1_BELOW_WRONG, EXPM1_INFINITE, EXPM1_REWRITE,
    EXPM1_SLOPE, EXPM1_SLOPE_WRONG, EXPM1_SLOPE_REWRITE,
    SOFTPLUS, SOFTPLUS_WRONG, SOFTPLUS_INFINITE, SOFTPLUS_REWRITE, SOFTPLUS_SLOPE, SOFTPLUS_SLOPE_NAN, SOFTPLUS_SLOPE_REWRITE,
    THRESHOLDS
} quantity;

/* Of functions whose rewritten derivative is rounded once (src/op/smooth_thresholds.c); closed forms are tests/thresholds.py's. */
static inline bool
is_slope(quantity k)
{
    return k >= SILU_SLOPE && k <= RECIPROCAL_INFINITE_REWRITE;
}

/* A line, in float or double. */
typedef struct {
    const char *quantity;
    ga_formulas formulas;
    ga_becomes becomes;
    double exact, rounded, first, last;
    long distance;
} line;

/* All of them, found once. */
static inline const line *
thresholds_of(ga_format_kind kind)
{
    static line all[2][THRESHOLDS];
    static bool found[2];
    line *const to = all[kind == GA_FLOAT];
    ga_threshold *t;
    size_t n = 0;
    if (found[kind == GA_FLOAT])
        return to;
    found[kind == GA_FLOAT] = true;
    ASSERT(ga_thresholds_find(&t, &n, kind == GA_FLOAT ? format_f32 : format_f64, NULL) == GA_OK);
    ASSERT(n == THRESHOLDS, "%zu", n);
    for (size_t k = 0; k < n && k < THRESHOLDS; k++)
        to[k] = (line){ t[k].quantity, t[k].formulas, t[k].becomes, mpfr_get_d(t[k].exact, MPFR_RNDN),
                        mpfr_get_d(t[k].rounded, MPFR_RNDN), mpfr_get_d(t[k].first, MPFR_RNDN), mpfr_get_d(t[k].last, MPFR_RNDN),
                        t[k].distance };
    ga_thresholds_free(t, n);
    return to;
}

static const threshold_row *
row_of(quantity k)
{
    op_id op;
    return threshold_find(&op, k);
}

/* With the format's functions, or correctly rounded ones. */
static inline threshold_search *
search_of(quantity k, ga_format f, bool rounded)
{
    op_id op;
    const threshold_row *const row = threshold_find(&op, k);
    if (rounded)
        f.kind = GA_EMULATED;
    threshold_search *const s = row != NULL ? threshold_search_new(f, op, row) : NULL;
    ASSERT(s != NULL);
    return s;
}

/* A condition at argument i. */
static inline bool
at(threshold_condition *holds, threshold_search *s, uint64_t i)
{
    mpz_t place;
    mpz_init_set_ui(place, i);
    const bool is = holds(s, place);
    mpz_clear(place);
    return is;
}

/* Whether everything is to be tried, which takes minutes. */
static bool
everything(void)
{
    return getenv("GRADAUDIT_TEST_LONG") != NULL;
}

static double
once(mpfr_function *f, double x, bool single)
{
    mpfr_t r;
    mpfr_init2(r, 500);
    mpfr_set_d(r, x, MPFR_RNDN);
    f(r, r, MPFR_RNDN);
    const double value = single ? (double)mpfr_get_flt(r, MPFR_RNDN) : mpfr_get_d(r, MPFR_RNDN);
    mpfr_clear(r);
    return value;
}

/* The functions correctly rounded (num/smooth.h's as they are), and the C library's. */
#define ONCE(name) \
    static float once_##name##_f32(float x) { return (float)once(mpfr_##name, x, true); } \
    static double once_##name##_f64(double x) { return once(mpfr_##name, x, false); }
ONCE(exp)
ONCE(expm1)
ONCE(log)
ONCE(log1p)
ONCE(tanh)
ONCE(erf)
static const libm_f32 once_libm_f32 = { once_exp_f32, once_expm1_f32, once_log_f32, once_log1p_f32, once_tanh_f32,
                                         once_erf_f32, smoothf, elementaryf };
static const libm_f64 once_libm_f64 = { once_exp_f64, once_expm1_f64, once_log_f64, once_log1p_f64, once_tanh_f64,
                                         once_erf_f64, smooth, elementary };
static const libm_f32 c_libm_f32 = { expf, expm1f, logf, log1pf, tanhf, erff, smoothf, elementaryf };
static const libm_f64 c_libm_f64 = { exp, expm1, log, log1p, tanh, erf, smooth, elementary };

/* Of a quantity that becomes wrong. */
static long double
true_value(quantity k, long double x)
{
    const long double e = expl(-fabsl(x)), q = expl(-2 * fabsl(x));
    switch (k) {
    case SIGMA_SLOPE_WRONG: return e / ((1 + e) * (1 + e));
    case TANH_SLOPE_WRONG: return 4 * q / ((1 + q) * (1 + q));
    case RESIDUAL_WRONG: return -1 / (1 + expl(x));
    case LOSS_WRONG: return log1pl(expl(-x));
    case LOG_SOFTMAX_WRONG: return -log1pl(expl(-x));
    case COMPOSED_SLOPE_WRONG:
    case FUSED_SLOPE_WRONG: return 1 / (1 + expl(x));
    case EXPM1_ABOVE_WRONG:
    case EXPM1_BELOW_WRONG: return expm1l(x);
    case EXPM1_SLOPE_WRONG: return expl(x);
    case SOFTPLUS_WRONG: return log1pl(expl(x));
    default: return NAN;
    }
}

#include "num/f32.h"
#include "threshold_value_tmpl.c"
#include "num/f64.h"
#include "threshold_value_tmpl.c"

#endif
