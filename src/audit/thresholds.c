/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.c -- see gradaudit/thresholds.h */
#include "audit/thresholds.h"
#include "num/format.h"

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "audit/thresholds_tmpl.c"

#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "audit/thresholds_tmpl.c"

/* The true values. Each operation below is off by less than u = 2^-p, relatively; none cancels, and (1+u)^7 - 1 < 8u.

   r = 1/(1 + e^-x): e^-x by u, the sum by 2u, the quotient by 3u, to first order. */
static void
sigma(mpfr_ptr r, mpfr_srcptr x)
{
    mpfr_neg(r, x, MPFR_RNDN);
    mpfr_exp(r, r, MPFR_RNDN);
    mpfr_add_ui(r, r, 1, MPFR_RNDN);
    mpfr_ui_div(r, 1, r, MPFR_RNDN);
}

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

/* p_c of two classes at the margin x, and 1 - p_y: the same. */
static void
other_class(mpfr_ptr r, mpfr_srcptr x)
{
    mpfr_t below;
    mpfr_init2(below, mpfr_get_prec(x));
    mpfr_neg(below, x, MPFR_RNDN);
    sigma(r, below);
    mpfr_clear(below);
}

const threshold_row threshold_rows[GA_THRESHOLDS] = {
    [GA_SIGMA_ONE] = { "sigma", GA_NAIVE, 1, 1, THRESHOLD_SIGMOID, false, sigma },
    [GA_SIGMA_ZERO] = { "sigma", GA_NAIVE, 0, -1, THRESHOLD_SIGMOID, false, sigma },
    [GA_SIGMA_SLOPE_ABOVE] = { "sigma'", GA_NAIVE, 0, 1, THRESHOLD_SIGMOID, true, sigma_slope },
    [GA_SIGMA_SLOPE_BELOW] = { "sigma'", GA_NAIVE, 0, -1, THRESHOLD_SIGMOID, true, sigma_slope },
    [GA_SIGMA_SLOPE_REWRITE] = { "sigma'", GA_REWRITE, 0, 1, THRESHOLD_SIGMOID, true, sigma_slope },
    [GA_TANH_SLOPE] = { "tanh'", GA_NAIVE, 0, 1, THRESHOLD_TANH, true, tanh_slope },
    [GA_TANH_SLOPE_REWRITE] = { "tanh'", GA_REWRITE, 0, 1, THRESHOLD_TANH, true, tanh_slope },
    [GA_RESIDUAL] = { "p_y-1", GA_NAIVE, 0, 1, THRESHOLD_SOFTMAX, false, other_class },
    [GA_OTHER_RESIDUAL] = { "p_c", GA_NAIVE, 0, 1, THRESHOLD_SOFTMAX, true, other_class },
};

ga_code
ga_thresholds_find(ga_threshold threshold[GA_THRESHOLDS], ga_format_kind kind, ga_status *st)
{
    typedef bool finder(ga_threshold *found, const threshold_row *row);
    static finder *const finders[N_FORMATS] = { [format_kind_f32] = find_f32, [format_kind_f64] = find_f64 };
    finder *const find = (size_t)kind < N_FORMATS ? finders[kind] : NULL;
    if (find == NULL) {
        char list[100];
        format_list(list, sizeof list, format_has_thresholds, "or");
        return ga_fail(st, GA_USAGE, "thresholds are those of %s", list);
    }
    for (size_t i = 0; i < GA_THRESHOLDS; i++) {
        if (!find(threshold + i, threshold_rows + i))
            return ga_fail(st, GA_NO_MEMORY, "out of memory for a scan");
    }
    return GA_OK;
}
