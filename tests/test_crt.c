/* SPDX-License-Identifier: Apache-2.0 */
/* test_crt.c -- products by remainders: the integers against GMP's, exactly; the balls against exact sums and the slow product. */
#include <string.h>

#include <gmp.h>

#include "gemm/crt.h"
#include "networks.h"
#include "num/ball.h"
#include "num/mpfr_vec.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "test.h"

/* How the elements of an operand are drawn. */
typedef enum { UNIFORM, WIDE, EXTREME, SPARSE, HUGE_ENTRY, ZEROS, N_KINDS } kind;

static double
draw_double(kind k, uint64_t *state)
{
    const double x = ldexp((double)(int64_t)(test_random(state) >> 11), -52) - 1;
    switch (k) {
    case UNIFORM:
        return (float)x;
    case WIDE:
        return ldexp(x, -(int)(test_random(state) % 300));
    case EXTREME:
        return (test_random(state) & 1 ? 1 : -1) * 0x1.fffffffffffffp0; /* all bits set */
    case SPARSE:
        return test_random(state) & 1 ? 0 : x;
    default:
        return k == ZEROS ? 0 : x;
    }
}

static void
draw_mpfr(mpfr_ptr r, kind k, uint64_t *state)
{
    const long wide = k == WIDE ? -(long)(test_random(state) % 4000) : 0;
    const mpfr_prec_t bits = mpfr_get_prec(r);
    mpz_t z;
    mpz_init_set_ui(z, k == ZEROS || (k == SPARSE && test_random(state) & 1) ? 0 : 1);
    for (mpfr_prec_t done = 0; done < bits && mpz_sgn(z) != 0; done += 64) {
        mpz_mul_2exp(z, z, 64);
        mpz_add_ui(z, z, k == EXTREME ? UINT64_MAX : test_random(state));
    }
    if (k == EXTREME && mpz_sgn(z) != 0) {
        mpz_set_ui(z, 1);
        mpz_mul_2exp(z, z, (mp_bitcnt_t)bits);
        mpz_sub_ui(z, z, 1);
    }
    mpfr_set_z_2exp(r, z, wide - bits, MPFR_RNDZ);
    if (k != EXTREME && test_random(state) & 1)
        mpfr_neg(r, r, MPFR_RNDN);
    if (k == HUGE_ENTRY && test_random(state) % 50 == 0)
        mpfr_mul_2si(r, r, 3000, MPFR_RNDN);
    mpz_clear(z);
}

/* sum_k of A's row, cut as crt.h says, times the weights: exact, as an integer times 2^exponent. */
static void
oracle(mpz_t sum, const __mpfr_struct *a, const __mpfr_struct *w, size_t k, size_t step, int64_t cut, int64_t scale)
{
    mpz_t x, y;
    mpfr_t t;
    mpz_inits(x, y, (mpz_ptr)0);
    mpz_set_ui(sum, 0);
    for (size_t i = 0; i < k; i++) {
        mpfr_init2(t, mpfr_get_prec(a + i));
        mpfr_mul_2si(t, a + i, -cut, MPFR_RNDN); /* exact */
        mpfr_get_z(x, t, MPFR_RNDZ);
        mpfr_clear(t);
        mpfr_init2(t, mpfr_get_prec(w + i * step));
        mpfr_mul_2si(t, w + i * step, -scale, MPFR_RNDN);
        ASSERT(mpfr_get_z(y, t, MPFR_RNDZ) == 0);
        mpfr_clear(t);
        mpz_addmul(sum, x, y);
    }
    mpz_clears(x, y, (mpz_ptr)0);
}

/* The least exponent of a bit of the weights. */
static int64_t
least_bit(const __mpfr_struct *w, size_t n)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < n; i++)
        if (!mpfr_zero_p(w + i) && mpfr_get_exp(w + i) - (int64_t)mpfr_min_prec(w + i) < least)
            least = mpfr_get_exp(w + i) - (int64_t)mpfr_min_prec(w + i);
    return least == INT64_MAX ? 0 : least;
}

static size_t
check_product(crt *c, size_t rows, size_t k, size_t n, long a_bits, long bits, kind ka, kind kw, bool transposed, uint64_t *state)
{
    __mpfr_struct *a = mpfr_vec_new(rows * k, a_bits), *w = mpfr_vec_new(k * n, 53);
    mpz_t sum, got;
    mpz_inits(sum, got, (mpz_ptr)0);
    for (size_t i = 0; i < rows * k; i++)
        draw_mpfr(a + i, ka, state);
    for (size_t i = 0; i < k * n; i++)
        mpfr_set_d(w + i, draw_double(kw, state), MPFR_RNDN);
    crt_weights *weights = crt_weights_new((crt_numbers){ w, sizeof *w }, transposed ? n : k, transposed ? k : n);
    size_t checked = 0;
    if (ASSERT(weights != NULL) &&
        ASSERT(crt_multiply(c, (crt_numbers){ a, sizeof *a }, rows, k, weights, transposed, bits), "%zu x %zu x %zu", rows, k, n)) {
        const int64_t scale = least_bit(w, k * n);
        for (size_t i = 0; i < rows * k; i++) {
            const bool dropped = !mpfr_zero_p(a + i) && mpfr_get_exp(a + i) - (int64_t)mpfr_min_prec(a + i) < crt_cut(c, i / k);
            ASSERT(crt_dropped(c, i / k, i % k) == dropped, "element %zu, %ld bits, kind %d", i, bits, ka);
        }
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < n; j++, checked++) {
                mpfr_srcptr x = crt_element(c, r, j);
                oracle(sum, a + r * k, transposed ? w + j * k : w + j, k, transposed ? 1 : n, crt_cut(c, r), scale);
                const mpfr_exp_t e = mpfr_zero_p(x) ? 0 : mpfr_get_z_2exp(got, x) - (mpfr_exp_t)(crt_cut(c, r) + scale);
                if (mpfr_zero_p(x))
                    mpz_set_ui(got, 0);
                else if (e >= 0)
                    mpz_mul_2exp(got, got, (mp_bitcnt_t)e);
                else if (ASSERT(mpz_divisible_2exp_p(got, (mp_bitcnt_t)-e)))
                    mpz_tdiv_q_2exp(got, got, (mp_bitcnt_t)-e);
                ASSERT(mpz_cmp(got, sum) == 0, "%zu x %zu x %zu, %ld bits, kinds %d %d, element %zu %zu", rows, k, n, bits, ka,
                       kw, r, j);
            }
    }
    crt_weights_free(weights);
    free(a);
    free(w);
    mpz_clears(sum, got, (mpz_ptr)0);
    return checked;
}

/* Every kind with every kind, odd sizes, sums up to 4096 terms, precisions from 2 to 4096. */
static void
equals_integers(void)
{
    static const struct { size_t rows, k, n; long a_bits, bits; } shapes[] = {
        { 1, 1, 1, 2, 2 }, { 3, 7, 5, 64, 64 }, { 5, 33, 9, 128, 160 }, { 2, 784, 11, 24, 60 }, { 4, 1024, 3, 256, 290 },
        { 3, 1025, 7, 128, 160 }, { 1, 2048, 2, 2048, 2090 }, { 2, 4096, 1, 1000, 1040 }, { 1, 1024, 1, 4096, 4130 },
        { 1, 4096, 1, 4096, 4130 }, { 17, 129, 65, 192, 230 }
    };
    uint64_t state = test_seed();
    size_t checked = 0;
    crt *c = crt_new();
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (kind ka = 0; ka < N_KINDS; ka++)
            for (kind kw = 0; kw < N_KINDS; kw++)
                checked += check_product(c, shapes[s].rows, shapes[s].k, shapes[s].n, shapes[s].a_bits, shapes[s].bits, ka, kw,
                                         (ka + kw) % 2 == 1, &state);
    printf("\n  %zu products of integers equal\n", checked);
    crt_free(c);
}

/* All residues modulo the largest prime, 2^22 - 3, as large as odd ones can be: a sum of 4095 of their products is odd and beyond
   2^53. A's elements are v + 4194301 t, of 66 bits, which is the width they are cut to. */
static void
largest_residues(void)
{
    enum { TERMS = 4095, LARGEST = 2097149, PRIME = 4194301, BITS = 66 };
    crt *c = crt_new();
    __mpfr_struct *w = mpfr_vec_new(TERMS, 53), *a = mpfr_vec_new(TERMS, BITS);
    mpz_t z, want;
    mpz_inits(z, want, (mpz_ptr)0);
    mpz_ui_pow_ui(z, 2, BITS - 1);
    mpz_tdiv_q_ui(z, z, PRIME);
    mpz_add_ui(z, z, 1);
    mpz_mul_ui(z, z, PRIME);
    mpz_add_ui(z, z, LARGEST);
    for (size_t i = 0; i < TERMS; i++) {
        mpfr_set_si(w + i, LARGEST, MPFR_RNDN);
        ASSERT(mpfr_set_z(a + i, z, MPFR_RNDN) == 0);
    }
    mpz_mul_ui(want, z, LARGEST);
    mpz_mul_ui(want, want, TERMS);
    crt_weights *weights = crt_weights_new((crt_numbers){ w, sizeof *w }, 1, TERMS);
    if (ASSERT(crt_multiply(c, (crt_numbers){ a, sizeof *a }, 1, TERMS, weights, true, BITS))) {
        ASSERT(crt_cut(c, 0) == 0);
        ASSERT(mpfr_cmp_z(crt_element(c, 0, 0), want) == 0);
    }
    mpz_clears(z, want, (mpz_ptr)0);
    crt_weights_free(weights);
    crt_free(c);
    free(a);
    free(w);
}

/* What has no such product is refused: infinities, NaN, weights too wide, too many bits. */
static void
refuses(void)
{
    crt *c = crt_new();
    __mpfr_struct *w = mpfr_vec_new(2, 53), *a = mpfr_vec_new(2, 64);
    mpfr_set_d(w, 1, MPFR_RNDN);
    mpfr_set_d(w + 1, 0x1p-601, MPFR_RNDN);
    ASSERT(crt_weights_new((crt_numbers){ w, sizeof *w }, 1, 2) == NULL);
    mpfr_set_inf(w + 1, 1);
    ASSERT(crt_weights_new((crt_numbers){ w, sizeof *w }, 1, 2) == NULL);
    mpfr_set_d(w + 1, 0x1p-598, MPFR_RNDN);
    crt_weights *weights = crt_weights_new((crt_numbers){ w, sizeof *w }, 1, 2);
    ASSERT(weights != NULL);
    mpfr_set_d(a, 3, MPFR_RNDN);
    ASSERT(crt_multiply(c, (crt_numbers){ a, sizeof *a }, 1, 2, weights, true, 64));
    ASSERT(mpfr_cmp_d(crt_element(c, 0, 0), 3) == 0);
    ASSERT(!crt_multiply(c, (crt_numbers){ a, sizeof *a }, 1, 2, weights, true, 20000));
    mpfr_set_nan(a + 1);
    ASSERT(!crt_multiply(c, (crt_numbers){ a, sizeof *a }, 1, 2, weights, true, 64));
    crt_weights_free(weights);
    crt_free(c);
    free(a);
    free(w);
}

static ctx_ball *
new_context(long bits, size_t k)
{
    ga_estimator e = { .format = { .kind = GA_EXACT, .bits = bits }, .gain = 1, .logit_scale = 1 };
    ctx_ball *ctx = ctx_new_ball(&e);
    ASSERT(ctx != NULL && gemm_reserve_ball(k, bits, 53, ctx));
    return ctx;
}

/* Balls of the fast product against the exact sums over the operands' ends, and against the slow product: both contain the exact
   value, and the fast one is at most 2^-20 of sum |a||w| and four slow radii wider; a radius is 0 where nothing was rounded. */
static size_t
check_balls(size_t rows, size_t k, size_t n, long bits, kind ka, kind kw, bool with_radii, bool tb, uint64_t *state)
{
    ctx_ball *fast = new_context(bits, k), *slow = new_context(bits, k);
    mat_ball a = mat_new_ball(rows, k, bits, fast), w = mat_new_ball(tb ? n : k, tb ? k : n, 53, fast);
    mat_ball bias = mat_new_ball(1, n, 53, fast), c = mat_new_ball(rows, n, bits, fast), d = mat_new_ball(rows, n, bits, fast);
    size_t wider = 0;
    mpfr_t sum, t, low, high, rad;
    mpfr_inits2(20000, sum, t, low, high, rad, (mpfr_ptr)0);
    for (size_t i = 0; i < rows * k; i++) {
        draw_mpfr(&a.e[i].mid, ka, state);
        if (with_radii && test_random(state) % 3 > 0) {
            a.e[i].rad = radius_from_d((double)(test_random(state) % 1000));
            a.e[i].rad = radius_mul_2si(a.e[i].rad, -bits - (long)(test_random(state) % 700));
            if (test_random(state) % 20 == 0)
                a.e[i].rad = radius_mul_2si(a.e[i].rad, -100000);
        }
    }
    for (size_t i = 0; i < k * n; i++)
        mpfr_set_d(&w.e[i].mid, draw_double(kw, state), MPFR_RNDN);
    for (size_t j = 0; j < n; j++)
        mpfr_set_d(&bias.e[j].mid, draw_double(UNIFORM, state), MPFR_RNDN);
    ASSERT(gemm_prepare_ball(&w, fast));
    gemm_ball(&c, &a, false, &w, tb, &bias, fast);
    gemm_ball(&d, &a, false, &w, tb, &bias, slow);
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < n; j++) {
            const ball *got = c.e + r * n + j, *want = d.e + r * n + j;
            mpfr_set(sum, &bias.e[j].mid, MPFR_RNDN);
            for (size_t i = 0; i < k; i++) { /* the points of A alternately at their ends */
                mpfr_set(t, &a.e[r * k + i].mid, MPFR_RNDN);
                radius_get(rad, a.e[r * k + i].rad);
                (i % 2 ? mpfr_add : mpfr_sub)(t, t, rad, MPFR_RNDN);
                mpfr_mul(t, t, &w.e[tb ? j * k + i : i * n + j].mid, MPFR_RNDN);
                mpfr_add(sum, sum, t, MPFR_RNDN);
            }
            radius_get(rad, got->rad);
            mpfr_sub(low, &got->mid, rad, MPFR_RNDD);
            mpfr_add(high, &got->mid, rad, MPFR_RNDU);
            /* The oracle's 20000 bits lose what lies 2^-100000 below: moved towards the ball by that much. */
            const bool inside = mpfr_cmp(low, sum) <= 0 && mpfr_cmp(sum, high) <= 0;
            ASSERT(inside, "%zu x %zu x %zu, %ld bits, kinds %d %d, element %zu %zu", rows, k, n, bits, ka, kw, r, j);
            ASSERT(!radius_is_zero(want->rad) || radius_is_zero(got->rad) || ka == WIDE || ka == HUGE_ENTRY,
                   "%zu x %zu x %zu, %ld bits, kinds %d %d: a radius where nothing was dropped", rows, k, n, bits, ka, kw);
            wider += radius_less(radius_mul_2si(want->rad, 2), got->rad);
        }
    mpfr_clears(sum, t, low, high, rad, (mpfr_ptr)0);
    mat_free_ball(&a);
    mat_free_ball(&w);
    mat_free_ball(&bias);
    mat_free_ball(&c);
    mat_free_ball(&d);
    ctx_free_ball(fast);
    ctx_free_ball(slow);
    return wider;
}

static void
balls_contain(void)
{
    static const struct { size_t rows, k, n; long bits; } shapes[] = {
        { 1, 1, 1, 64 }, { 3, 5, 4, 128 }, { 2, 200, 7, 128 }, { 2, 1030, 3, 256 }, { 1, 64, 2, 1024 }
    };
    uint64_t state = test_seed();
    size_t checked = 0, wider = 0;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (kind ka = 0; ka < N_KINDS; ka++)
            for (kind kw = 0; kw < N_KINDS; kw++)
                for (int radii = 0; radii < 2; radii++) {
                    wider += check_balls(shapes[s].rows, shapes[s].k, shapes[s].n, shapes[s].bits, ka, kw, radii,
                                         (ka + kw + radii) % 2, &state);
                    checked += shapes[s].rows * shapes[s].n;
                }
    printf("\n  %zu balls contain the exact sums; the radii of %zu are more than four times the slow product's\n", checked, wider);
}

/* A row with an infinite radius is the slow product's: the whole line, and 0 where the weight is 0 is not proved. */
static void
whole_lines(void)
{
    ctx_ball *ctx = new_context(128, 2);
    mat_ball a = mat_new_ball(1, 2, 128, ctx), w = mat_new_ball(1, 2, 53, ctx), c = mat_new_ball(1, 1, 128, ctx);
    ball_set_d(a.e, 1, ctx);
    ball_set_line(a.e + 1);
    ball_set_d(w.e, 1, ctx);
    ball_set_d(w.e + 1, 1, ctx);
    ASSERT(gemm_prepare_ball(&w, ctx));
    gemm_ball(&c, &a, false, &w, true, NULL, ctx);
    ASSERT(ball_sgn(c.e) == 0 && radius_is_infinite(c.e->rad));
    mat_free_ball(&a);
    mat_free_ball(&w);
    mat_free_ball(&c);
    ctx_free_ball(ctx);
}

#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "crt_dot_tmpl.c"
#include "num/mpr.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "crt_dot_tmpl.c"

/* Equal bit for bit, signs of zeros included, with all exponents and with float's. */
static void
dots_are_rounded(void)
{
    static const struct { size_t rows, k, n; long bits; } shapes[] = {
        { 1, 1, 1, 2 }, { 2, 3, 3, 24 }, { 3, 50, 5, 53 }, { 2, 784, 3, 128 }, { 1, 1025, 3, 256 }, { 2, 16, 3, 1024 }
    };
    uint64_t state = test_seed();
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (kind ka = 0; ka < N_KINDS; ka++)
            for (kind kw = 0; kw < N_KINDS; kw++)
                for (int tb = 0; tb < 2; tb++) {
                    check_dot_mp(shapes[s].rows, shapes[s].k, shapes[s].n, shapes[s].bits, ka, kw, tb, &state);
                    check_dot_mpr(shapes[s].rows, shapes[s].k, shapes[s].n, shapes[s].bits, ka, kw, tb, &state);
                }
}

TEST_MAIN("crt", TEST(equals_integers), TEST(largest_residues), TEST(refuses), TEST(balls_contain), TEST(whole_lines),
          TEST(dots_are_rounded))
