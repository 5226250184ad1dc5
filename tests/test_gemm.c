/* SPDX-License-Identifier: Apache-2.0 */
/* test_gemm.c -- matrix products: loop bit by bit, blas within its bound, dot against exact sums. */
#include "networks.h"

/* c is rows x cols, n terms in each sum. */
typedef struct {
    size_t rows, cols, n;
    bool ta, tb;
} product_case;

/* The pass transposes b (forward), nothing (backward) or a (weight gradients). */
static const product_case product_cases[] = {
    { 1, 1, 1, false, true },      { 1, 1, 784, false, false },   { 1, 1, 257, true, false },  { 1, 129, 784, false, true },
    { 257, 17, 129, false, true }, { 257, 129, 17, false, false }, { 129, 3, 256, true, false }, { 17, 784, 256, true, false },
    { 256, 129, 784, false, true }, { 256, 784, 129, false, false }, { 3, 257, 1, false, true }, { 17, 1, 3, false, false },
    { 3, 3, 3, true, true },       { 129, 10, 257, true, true },
};

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "gemm_fp_tmpl.c"

#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "gemm_fp_tmpl.c"

#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"

static const long precisions[] = { 2, 24, 53, 113, 256, 1000 };
enum { N_PRECISIONS = sizeof precisions / sizeof *precisions };

/* All bits of the significand random, exponent in [-spread, spread]. */
static void
random_mp(mpfr_ptr r, long spread, uint64_t *state)
{
    mpfr_set_zero(r, 1);
    for (mpfr_prec_t k = 0; k <= mpfr_get_prec(r); k += 32) {
        mpfr_mul_2ui(r, r, 32, MPFR_RNDZ);
        mpfr_add_ui(r, r, (unsigned long)(test_random(state) >> 32), MPFR_RNDZ);
    }
    mpfr_set_exp(r, (long)(test_random(state) % (uint64_t)(2 * spread + 1)) - spread);
    if (test_random(state) & 1)
        mpfr_neg(r, r, MPFR_RNDN);
}

static mat_mp
random_matrix_mp(size_t rows, size_t cols, long bits, long spread, uint64_t *state, ctx_mp *ctx)
{
    mat_mp m = mat_new_mp(rows, cols, bits, ctx);
    for (size_t i = 0; i < rows * cols; i++)
        random_mp(m.e + i, spread, state);
    return m;
}

static ctx_mp *
context_mp(long bits, ga_product product, size_t n, long a_bits, long b_bits)
{
    const ga_estimator e = { .format = { .kind = GA_MPFR, .bits = bits }, .product = product, .gain = 1, .logit_scale = 1 };
    ctx_mp *ctx = ctx_new_mp(&e);
    if (ctx == NULL || !gemm_reserve_mp(n, a_bits, b_bits, ctx))
        exit(99);
    return ctx;
}

static void
noise_mp(mat_mp *m)
{
    for (size_t i = 0; i < m->rows * m->cols; i++)
        mpfr_set_nan(m->e + i);
}

static bool
same_mp(mpfr_srcptr a, mpfr_srcptr b)
{
    return mpfr_nan_p(a) ? mpfr_nan_p(b) : mpfr_equal_p(a, b) && !mpfr_signbit(a) == !mpfr_signbit(b);
}

static mpfr_ptr
entry_mp(const mat_mp *m, bool t, size_t i, size_t j)
{
    return t ? m->e + j * m->cols + i : m->e + i * m->cols + j;
}

/* mpfr_sum over all terms, zero or not, each of them exact, and the bias. */
static void
sum_of_terms(mpfr_ptr r, const mat_mp *a, bool ta, const mat_mp *b, bool tb, const mat_mp *bias, size_t i, size_t j)
{
    const size_t n = ta ? a->rows : a->cols;
    mpfr_t *term = malloc((n + 1) * sizeof *term);
    mpfr_ptr *p = malloc((n + 1) * sizeof *p);
    for (size_t k = 0; k < n; k++) {
        mpfr_init2(term[k], mpfr_get_prec(a->e) + mpfr_get_prec(b->e));
        ASSERT(mpfr_mul(term[k], entry_mp(a, ta, i, k), entry_mp(b, tb, k, j), MPFR_RNDN) == 0);
        p[k] = term[k];
    }
    if (bias != NULL)
        p[n] = bias->e + j;
    mpfr_sum(r, p, n + (bias != NULL), MPFR_RNDN);
    for (size_t k = 0; k < n; k++)
        mpfr_clear(term[k]);
    free(term);
    free(p);
}

static void
check_dot(const mat_mp *a, bool ta, const mat_mp *b, bool tb, const mat_mp *bias, long bits, ctx_mp *ctx)
{
    mat_mp c = mat_new_mp(ta ? a->cols : a->rows, tb ? b->rows : b->cols, bits, ctx);
    mpfr_t want;
    mpfr_init2(want, bits);
    noise_mp(&c);
    gemm_mp(&c, a, ta, b, tb, bias, ctx);
    for (size_t i = 0; i < c.rows; i++)
        for (size_t j = 0; j < c.cols; j++) {
            mpfr_ptr got = c.e + i * c.cols + j;
            sum_of_terms(want, a, ta, b, tb, bias, i, j);
            if (!same_mp(got, want)) {
                mpfr_printf("\n%ld bits [%zu][%zu]: %Ra, want %Ra", bits, i, j, got, want);
                ASSERT(false, "dot of %zu terms", ta ? a->rows : a->cols);
            }
        }
    ASSERT(c.rows * c.cols > 0);
    mpfr_clear(want);
    mat_free_mp(&c);
}

static void
dot_is_the_rounded_sum(void)
{
    static const long spreads[] = { 0, 30, 1000, 100000 };
    static const size_t terms[] = { 1, 3, 17, 129 };
    uint64_t state = test_seed();
    for (size_t p = 0; p < N_PRECISIONS; p++)
        for (size_t s = 0; s < 4; s++)
            for (size_t t = 0; t < 12; t++) {
                const size_t n = terms[t % 4];
                const bool ta = t / 4 == 2, tb = t / 4 == 0;
                const long own = t % 2 == 0 ? 24 : precisions[p]; /* weights keep their own precision */
                ctx_mp *ctx = context_mp(precisions[p], GA_DOT, n, precisions[p], own);
                mat_mp a = random_matrix_mp(ta ? n : 3, ta ? 3 : n, precisions[p], spreads[s], &state, ctx);
                mat_mp b = random_matrix_mp(tb ? 5 : n, tb ? n : 5, own, spreads[s], &state, ctx);
                mat_mp bias = random_matrix_mp(1, 5, own, spreads[s], &state, ctx);
                for (size_t k = 0; k < n; k++) /* a row of zeros, and one with some */
                    mpfr_set_zero(entry_mp(&a, ta, 1, k), k % 2 == 0 ? 1 : -1);
                for (size_t k = 0; k < n; k += 3)
                    mpfr_set_zero(entry_mp(&a, ta, 2, k), 1);
                check_dot(&a, ta, &b, tb, tb ? &bias : NULL, precisions[p], ctx);
                mat_free_mp(&a);
                mat_free_mp(&b);
                mat_free_mp(&bias);
                ctx_free_mp(ctx);
            }
}

/* Pairs of terms that cancel but for a small one; the sum in one exact accumulator, rounded once: no mpfr_sum here. */
static void
dot_survives_cancellation(void)
{
    enum { N = 40 };
    uint64_t state = test_seed();
    mpfr_t exact, term, want;
    mpfr_inits2(450000, exact, term, (mpfr_ptr)0);
    for (size_t p = 0; p < N_PRECISIONS; p++) {
        const long bits = precisions[p];
        ctx_mp *ctx = context_mp(bits, GA_DOT, N + 1, bits, bits);
        mat_mp a = random_matrix_mp(1, N + 1, bits, 50000, &state, ctx), b = random_matrix_mp(1, N + 1, bits, 50000, &state, ctx);
        mat_mp bias = random_matrix_mp(1, 1, bits, 100000, &state, ctx), c = mat_new_mp(1, 1, bits, ctx);
        for (size_t k = 0; k < N; k += 2) {
            mpfr_set(b.e + k + 1, b.e + k, MPFR_RNDN);
            mpfr_neg(a.e + k + 1, a.e + k, MPFR_RNDN);
        }
        mpfr_set_exp(a.e + N, -90000);
        mpfr_set_exp(bias.e, -90000 + mpfr_get_exp(b.e + N));
        mpfr_init2(want, bits);
        mpfr_set(exact, bias.e, MPFR_RNDN);
        for (size_t k = 0; k <= N; k++) {
            ASSERT(mpfr_mul(term, a.e + k, b.e + k, MPFR_RNDN) == 0);
            ASSERT(mpfr_add(exact, exact, term, MPFR_RNDN) == 0);
        }
        mpfr_set(want, exact, MPFR_RNDN);
        noise_mp(&c);
        gemm_mp(&c, &a, false, &b, true, &bias, ctx);
        ASSERT(mpfr_regular_p(want) && same_mp(c.e, want), "at %ld bits", bits);
        mpfr_set_zero(a.e + N, 1);
        noise_mp(&c);
        gemm_mp(&c, &a, false, &b, true, NULL, ctx);
        ASSERT(mpfr_zero_p(c.e) && !mpfr_signbit(c.e), "all cancels at %ld bits", bits);
        mpfr_clear(want);
        mat_free_mp(&a);
        mat_free_mp(&b);
        mat_free_mp(&bias);
        mat_free_mp(&c);
        ctx_free_mp(ctx);
    }
    mpfr_clears(exact, term, (mpfr_ptr)0);
}

static void
dot_of_zeros_is_the_bias(void)
{
    uint64_t state = test_seed();
    ctx_mp *ctx = context_mp(53, GA_DOT, 9, 53, 53);
    mat_mp a = mat_new_mp(2, 9, 53, ctx), b = random_matrix_mp(3, 9, 53, 10, &state, ctx);
    mat_mp bias = random_matrix_mp(1, 3, 300, 10, &state, ctx);
    check_dot(&a, false, &b, true, &bias, 53, ctx); /* rounded to 53 bits */
    mat_free_mp(&a);
    mat_free_mp(&b);
    mat_free_mp(&bias);
    ctx_free_mp(ctx);
}

/* Every row of four values out of a set against every other, with each as the bias, and none. */
static void
dot_of_special_values(void)
{
    static const double value[] = { 0.0, -0.0, 1, -1, INFINITY, -INFINITY, NAN };
    enum { V = 7 };
    ctx_mp *ctx = context_mp(24, GA_DOT, 2, 24, 24);
    mat_mp a = mat_new_mp(V * V, 2, 24, ctx), b = mat_new_mp(V * V, 2, 24, ctx), bias = mat_new_mp(1, V * V, 24, ctx);
    for (size_t i = 0; i < V * V; i++) {
        mpfr_set_d(a.e + 2 * i, value[i % V], MPFR_RNDN);
        mpfr_set_d(a.e + 2 * i + 1, value[i / V], MPFR_RNDN);
        mpfr_set_d(b.e + 2 * i, value[i % V], MPFR_RNDN);
        mpfr_set_d(b.e + 2 * i + 1, value[i / V], MPFR_RNDN);
    }
    check_dot(&a, false, &b, true, NULL, 24, ctx);
    for (size_t v = 0; v < V; v++) {
        for (size_t j = 0; j < V * V; j++)
            mpfr_set_d(bias.e + j, value[v], MPFR_RNDN);
        check_dot(&a, false, &b, true, &bias, 24, ctx);
    }
    mat_free_mp(&a);
    mat_free_mp(&b);
    mat_free_mp(&bias);
    ctx_free_mp(ctx);
}

/* A term beyond the range is what mpfr_mul makes of it: infinite, 0 or the least number; a sum likewise. */
static void
dot_beyond_the_range(void)
{
    mpfr_vec_widest_range();
    ctx_mp *ctx = context_mp(53, GA_DOT, 2, 53, 53);
    mat_mp a = mat_new_mp(1, 2, 53, ctx), b = mat_new_mp(1, 2, 53, ctx), c = mat_new_mp(1, 1, 53, ctx);
    const mpfr_exp_t most = mpfr_get_emax(), least = mpfr_get_emin();
    mpfr_set_ui_2exp(a.e, 3, most - 8, MPFR_RNDN);
    mpfr_set_si(b.e, -1024, MPFR_RNDN);
    mpfr_set_ui(a.e + 1, 1, MPFR_RNDN);
    mpfr_set_ui(b.e + 1, 1, MPFR_RNDN);
    gemm_mp(&c, &a, false, &b, true, NULL, ctx);
    ASSERT(mpfr_inf_p(c.e) && mpfr_sgn(c.e) < 0, "a term overflows");
    mpfr_set_ui_2exp(a.e, 3, least, MPFR_RNDN);
    mpfr_set_d(b.e, -0x1p-1000, MPFR_RNDN);
    gemm_mp(&c, &a, false, &b, true, NULL, ctx);
    ASSERT(mpfr_cmp_ui(c.e, 1) == 0, "a term underflows beside 1");
    mpfr_set_zero(a.e + 1, 1);
    gemm_mp(&c, &a, false, &b, true, NULL, ctx);
    ASSERT(mpfr_zero_p(c.e) && !mpfr_signbit(c.e), "-0 by underflow and +0");
    mpfr_set_zero(a.e + 1, -1);
    gemm_mp(&c, &a, false, &b, true, NULL, ctx);
    ASSERT(mpfr_zero_p(c.e) && mpfr_signbit(c.e), "-0 by underflow and -0");
    mpfr_set_ui_2exp(a.e, 1, most - 1, MPFR_RNDN);
    mpfr_set_ui_2exp(a.e + 1, 1, most - 1, MPFR_RNDN);
    mpfr_set_ui(b.e, 1, MPFR_RNDN);
    gemm_mp(&c, &a, false, &b, true, NULL, ctx);
    ASSERT(mpfr_inf_p(c.e) && mpfr_sgn(c.e) > 0, "the sum overflows");
    mat_free_mp(&a);
    mat_free_mp(&b);
    mat_free_mp(&c);
    ctx_free_mp(ctx);
}

/* dot against loop at the same precision within gamma_(n+1), and loop against a loop written here. */
static void
mp_loop_rounds_every_operation(void)
{
    enum { N = 129 };
    uint64_t state = test_seed();
    mpfr_t sum, term, magnitude, bound;
    for (size_t p = 1; p < N_PRECISIONS; p++) {
        const long bits = precisions[p];
        ctx_mp *ctx = context_mp(bits, GA_LOOP, N, bits, bits);
        mat_mp a = random_matrix_mp(3, N, bits, 5, &state, ctx), b = random_matrix_mp(4, N, bits, 5, &state, ctx);
        mat_mp bias = random_matrix_mp(1, 4, bits, 5, &state, ctx);
        mat_mp loop = mat_new_mp(3, 4, bits, ctx), dot = mat_new_mp(3, 4, bits, ctx);
        noise_mp(&loop);
        noise_mp(&dot);
        gemm_mp(&loop, &a, false, &b, true, &bias, ctx);
        ctx->common.product = GA_DOT;
        gemm_mp(&dot, &a, false, &b, true, &bias, ctx);
        mpfr_inits2(bits, sum, term, (mpfr_ptr)0);
        mpfr_inits2(2 * bits + 20, magnitude, bound, (mpfr_ptr)0);
        for (size_t i = 0; i < 12; i++) {
            mpfr_set_zero(sum, 1);
            mpfr_abs(magnitude, bias.e + i % 4, MPFR_RNDU);
            for (size_t k = 0; k < N; k++) {
                mpfr_mul(term, a.e + i / 4 * N + k, b.e + i % 4 * N + k, MPFR_RNDN);
                mpfr_add(sum, sum, term, MPFR_RNDN);
                mpfr_abs(term, term, MPFR_RNDN);
                mpfr_add(magnitude, magnitude, term, MPFR_RNDU);
            }
            mpfr_add(sum, sum, bias.e + i % 4, MPFR_RNDN);
            ASSERT(same_mp(loop.e + i, sum), "loop at %ld bits", bits);
            mpfr_mul_d(bound, magnitude, 1.001 * (N + 2), MPFR_RNDU); /* the rounded terms' sum is within 1+u of the bound's */
            mpfr_div_2si(bound, bound, bits, MPFR_RNDU);
            mpfr_sub(magnitude, loop.e + i, dot.e + i, MPFR_RNDN);
            ASSERT(mpfr_cmpabs(magnitude, bound) <= 0, "dot against loop at %ld bits", bits);
        }
        mpfr_clears(sum, term, magnitude, bound, (mpfr_ptr)0);
        mat_free_mp(&a);
        mat_free_mp(&b);
        mat_free_mp(&bias);
        mat_free_mp(&loop);
        mat_free_mp(&dot);
        ctx_free_mp(ctx);
    }
}

TEST_MAIN("gemm", TEST(products_agree_f32), TEST(products_agree_f64), TEST(products_underflow_f32), TEST(products_underflow_f64),
          TEST(special_values_f32), TEST(special_values_f64), TEST(dot_is_the_rounded_sum), TEST(dot_survives_cancellation),
          TEST(dot_of_zeros_is_the_bias), TEST(dot_of_special_values), TEST(dot_beyond_the_range),
          TEST(mp_loop_rounds_every_operation))
