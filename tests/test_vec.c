/* SPDX-License-Identifier: Apache-2.0 */
/* test_vec.c -- the elementwise vocabulary: rewrite formulas against MPFR, naive ones against the C expressions they stand for. */
#include <mpfr.h>

#include "networks.h"

enum { EXACT_BITS = 400 };

/* Formulas other than those under test: 1/(1+e^-z), 1/(4 cosh^2(z/2)), tanh, 1/cosh^2 z, in MPFR's wide exponent range. */
static void
exact_sigmoid(mpfr_ptr r, mpfr_srcptr z)
{
    mpfr_neg(r, z, MPFR_RNDN);
    mpfr_exp(r, r, MPFR_RNDN);
    mpfr_add_ui(r, r, 1, MPFR_RNDN);
    mpfr_ui_div(r, 1, r, MPFR_RNDN);
}

static void
exact_tanh(mpfr_ptr r, mpfr_srcptr z)
{
    mpfr_tanh(r, z, MPFR_RNDN);
}

static void
exact_tanh_derivative(mpfr_ptr r, mpfr_srcptr z)
{
    mpfr_sech(r, z, MPFR_RNDN);
    mpfr_sqr(r, r, MPFR_RNDN);
}

static void
exact_sigmoid_derivative(mpfr_ptr r, mpfr_srcptr z)
{
    mpfr_div_2ui(r, z, 1, MPFR_RNDN);
    exact_tanh_derivative(r, r);
    mpfr_div_2ui(r, r, 2, MPFR_RNDN);
}

static double
exact_value(void (*f)(mpfr_ptr, mpfr_srcptr), double z)
{
    mpfr_t t, r;
    mpfr_inits2(EXACT_BITS, t, r, (mpfr_ptr)0);
    mpfr_set_d(t, z, MPFR_RNDN);
    f(r, t);
    const double value = mpfr_get_d(r, MPFR_RNDN);
    mpfr_clears(t, r, (mpfr_ptr)0);
    return value;
}

/* p, r_y = -sum_{c != y} p_c, L = log sum e^(o_c - o_y) and o_c - max o, without the maximum subtracted. */
static void
exact_softmax(double *p, double *residual, double *loss, double *difference, const double *o, size_t n, size_t y)
{
    mpfr_t sum, rest, e[16];
    mpfr_inits2(400000, sum, rest, (mpfr_ptr)0); /* e^1e5 and e^-1e5 side by side */
    mpfr_set_zero(sum, 1);
    double m = o[0];
    for (size_t c = 0; c < n; c++) {
        mpfr_init2(e[c], EXACT_BITS);
        mpfr_set_d(e[c], o[c], MPFR_RNDN);
        mpfr_exp(e[c], e[c], MPFR_RNDN);
        mpfr_add(sum, sum, e[c], MPFR_RNDN);
        m = o[c] > m ? o[c] : m;
    }
    mpfr_sub(rest, sum, e[y], MPFR_RNDN);
    mpfr_prec_round(sum, EXACT_BITS, MPFR_RNDN);
    mpfr_prec_round(rest, EXACT_BITS, MPFR_RNDN);
    mpfr_div(e[y], rest, e[y], MPFR_RNDN); /* L = log1p(rest/e_y) */
    mpfr_log1p(e[y], e[y], MPFR_RNDN);
    *loss = mpfr_get_d(e[y], MPFR_RNDN);
    mpfr_set_d(e[y], o[y], MPFR_RNDN);
    mpfr_exp(e[y], e[y], MPFR_RNDN);
    mpfr_div(rest, rest, sum, MPFR_RNDN);
    *residual = -mpfr_get_d(rest, MPFR_RNDN);
    for (size_t c = 0; c < n; c++) {
        mpfr_div(e[c], e[c], sum, MPFR_RNDN);
        p[c] = mpfr_get_d(e[c], MPFR_RNDN);
        difference[c] = o[c] - m;
        mpfr_clear(e[c]);
    }
    mpfr_clears(sum, rest, (mpfr_ptr)0);
}

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "vec_fp_tmpl.c"

#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "vec_fp_tmpl.c"

#include "num/mp.h"
#include "num/vec_tmpl.h"

static bool
near_mp(mpfr_srcptr got, mpfr_srcptr want, long ulps)
{
    mpfr_t error, bound;
    mpfr_inits2(EXACT_BITS, error, bound, (mpfr_ptr)0);
    mpfr_sub(error, got, want, MPFR_RNDN);
    mpfr_mul_si(bound, want, ulps, MPFR_RNDN);
    mpfr_div_2si(bound, bound, mpfr_get_prec(got), MPFR_RNDN);
    const bool near = mpfr_cmpabs(error, bound) <= 0;
    mpfr_clears(error, bound, (mpfr_ptr)0);
    return near;
}

/* At 113 bits, |z| up to 1e5: derivatives down to e^-200000, none of them 0. */
static void
rewrite_is_accurate_mp(void)
{
    enum { N = 400, BITS = 113 };
    const ga_estimator e = network_estimator("mpfr:113", GA_REWRITE, GA_LOOP);
    ctx_mp *ctx = ctx_new_mp(&e);
    mat_mp z = mat_new_mp(1, N, BITS, ctx), a = mat_new_mp(1, N, BITS, ctx), d = mat_new_mp(1, N, BITS, ctx);
    uint64_t state = test_seed();
    mpfr_t want;
    mpfr_init2(want, EXACT_BITS);
    for (size_t i = 0; i < N; i++)
        mpfr_set_d(z.e + i, i < 200 ? 1e5 * network_uniform(&state) : ldexp(network_uniform(&state), -(int)(i - 200)), MPFR_RNDN);
    for (int tanh_too = 0; tanh_too < 2; tanh_too++) {
        for (size_t i = 0; i < N; i++) {
            mpfr_set_nan(a.e + i);
            mpfr_set_nan(d.e + i);
        }
        (tanh_too ? vec_tanh_mp : vec_sigmoid_mp)(&a, &d, &z, ctx);
        for (size_t i = 0; i < N; i++) {
            (tanh_too ? exact_tanh : exact_sigmoid)(want, z.e + i);
            ASSERT(near_mp(a.e + i, want, 6), "activation %zu", i);
            (tanh_too ? exact_tanh_derivative : exact_sigmoid_derivative)(want, z.e + i);
            ASSERT(mpfr_regular_p(d.e + i) && near_mp(d.e + i, want, 8), "derivative %zu", i);
        }
    }
    mpfr_clear(want);
    mat_free_mp(&z);
    mat_free_mp(&a);
    mat_free_mp(&d);
    ctx_free_mp(ctx);
}

TEST_MAIN("vec", TEST(rewrite_is_accurate_f32), TEST(rewrite_is_accurate_f64), TEST(rewrite_is_accurate_mp),
          TEST(naive_is_naive_f32), TEST(naive_is_naive_f64), TEST(naive_sigmoid_everywhere_f32),
          TEST(naive_sigmoid_everywhere_f64), TEST(relu_of_every_kind_f32), TEST(relu_of_every_kind_f64),
          TEST(softmax_naive_f32),
          TEST(softmax_naive_f64), TEST(softmax_rewrite_f32), TEST(softmax_rewrite_f64), TEST(softmax_residual_f32),
          TEST(softmax_residual_f64), TEST(losses_agree_f32), TEST(losses_agree_f64), TEST(softmax_special_values_f32),
          TEST(softmax_special_values_f64), TEST(argmax_of_every_kind_f32), TEST(argmax_of_every_kind_f64),
          TEST(margin_of_every_kind_f32), TEST(margin_of_every_kind_f64),
          TEST(plain_operations_f32), TEST(plain_operations_f64))
