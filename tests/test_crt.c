/* SPDX-License-Identifier: Apache-2.0 */
/* test_crt.c -- products by remainders: the integers against GMP's, exactly; the balls against exact sums and the slow product. */
#include <string.h>

#include <gmp.h>

#include "gemm/crt_engine.h"
#include "networks.h"
#include "num/format.h"
#include "prepared.h"
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

/* x times 2^-exponent is the integer. */
static bool
is_integer(mpfr_srcptr x, const mpz_t integer, int64_t exponent)
{
    mpz_t got;
    bool equal = false;
    if (x == NULL || mpfr_zero_p(x))
        return x != NULL && mpz_sgn(integer) == 0;
    mpz_init(got);
    const mpfr_exp_t e = mpfr_get_z_2exp(got, x) - (mpfr_exp_t)exponent;
    if (e >= 0)
        mpz_mul_2exp(got, got, (mp_bitcnt_t)e);
    if (e >= 0 || mpz_divisible_2exp_p(got, (mp_bitcnt_t)-e)) {
        if (e < 0)
            mpz_tdiv_q_2exp(got, got, (mp_bitcnt_t)-e);
        equal = mpz_cmp(got, integer) == 0;
    }
    mpz_clear(got);
    return equal;
}

enum { N_BACKENDS = GA_BACKEND_VNNI + 1 };

/* Every back end that runs here gives the integers of A cut as it says: at most `bits` below the largest of a row. */
static size_t
check_product(crt *const engine[N_BACKENDS], size_t rows, size_t k, size_t n, long a_bits, long bits, kind ka, kind kw,
              bool transposed, uint64_t *state)
{
    __mpfr_struct *a = mpfr_vec_new(rows * k, a_bits), *w = mpfr_vec_new(k * n, 53);
    mpz_t sum;
    size_t checked = 0;
    mpz_init(sum);
    for (size_t i = 0; i < rows * k; i++)
        draw_mpfr(a + i, ka, state);
    for (size_t i = 0; i < k * n; i++)
        mpfr_set_d(w + i, draw_double(kw, state), MPFR_RNDN);
    crt_weights *weights = prepared_weights(w, sizeof *w, transposed ? n : k, transposed ? k : n);
    const int64_t scale = least_bit(w, k * n);
    ASSERT(weights != NULL);
    const bool slow = k * (size_t)bits > 200000 && (ka != EXTREME || kw != EXTREME); /* in plain C */
    crt *c[N_BACKENDS];
    for (size_t b = 0; b < N_BACKENDS; b++)
        c[b] = b == GA_BACKEND_PLAIN && slow ? NULL : engine[b];
    for (size_t b = 0; b < N_BACKENDS; b++)
        ASSERT(c[b] == NULL || crt_multiply(c[b], (crt_numbers){ a, sizeof *a }, rows, k, weights, transposed, bits));
    for (size_t r = 0; r < rows; r++) {
        const int64_t cut = crt_cut(c[GA_BACKEND_DGEMM], r), *lowest = crt_lowest(c[GA_BACKEND_DGEMM], r);
        int64_t largest = INT64_MIN;
        for (size_t i = 0; i < k; i++) {
            mpfr_srcptr x = a + r * k + i;
            const int64_t low = mpfr_zero_p(x) ? INT64_MAX : mpfr_get_exp(x) - (int64_t)mpfr_min_prec(x);
            ASSERT(lowest[i] == low, "element %zu, %ld bits, kind %d", i, bits, ka);
            largest = mpfr_zero_p(x) || mpfr_get_exp(x) < largest ? largest : mpfr_get_exp(x);
        }
        ASSERT(largest == INT64_MIN || cut == largest - bits || (cut > largest - bits && cut == least_bit(a + r * k, k)));
        for (size_t j = 0; j < n; j++) {
            oracle(sum, a + r * k, transposed ? w + j * k : w + j, k, transposed ? 1 : n, cut, scale);
            for (size_t b = 0; b < N_BACKENDS; b++)
                if (c[b] != NULL) {
                    checked++;
                    ASSERT(crt_cut(c[b], r) == cut && is_integer(crt_element(c[b], r, j), sum, cut + scale),
                           "%s: %zu x %zu x %zu, %ld bits, kinds %d %d, element %zu %zu", ga_backend_name((ga_backend)b), rows, k,
                           n, bits, ka, kw, r, j);
                }
        }
    }
    crt_weights_free(weights);
    free(a);
    free(w);
    mpz_clear(sum);
    return checked;
}

/* Engines of all back ends that run here. */
static void
new_engines(crt *c[N_BACKENDS])
{
    for (ga_backend b = GA_BACKEND_AUTO; b <= GA_BACKEND_VNNI; b++)
        c[b] = b != GA_BACKEND_AUTO && ga_backend_usable(b) ? crt_new(b) : NULL;
}

static void
free_engines(crt *c[N_BACKENDS])
{
    for (size_t b = 0; b < N_BACKENDS; b++)
        crt_free(c[b]);
}

/* Every kind with every kind, odd sizes, sums up to 4096 terms, precisions from 2 to 4096. */
static void
equals_integers(void)
{
    static const struct { size_t rows, k, n; long a_bits, bits; } shapes[] = {
        { 1, 1, 1, 2, 2 }, { 3, 7, 5, 64, 64 }, { 5, 33, 9, 128, 160 }, { 2, 784, 11, 24, 60 }, { 4, 1024, 3, 256, 290 },
        { 3, 1025, 7, 128, 160 }, { 1, 2048, 2, 2048, 2090 }, { 2, 4096, 1, 1000, 1040 }, { 1, 1024, 1, 4096, 4130 },
        { 1, 4096, 1, 4096, 4130 }, { 17, 129, 65, 192, 230 }, { 13, 2, 33, 61, 999 }, { 6, 17, 32, 300, 241 }
    };
    uint64_t state = test_seed();
    size_t checked = 0, i = 0;
    crt *c[N_BACKENDS];
    new_engines(c);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (kind ka = 0; ka < N_KINDS; ka++)
            for (kind kw = 0; kw < N_KINDS; kw++)
                if (test_does(i++))
                    checked += check_product(c, shapes[s].rows, shapes[s].k, shapes[s].n, shapes[s].a_bits, shapes[s].bits, ka,
                                             kw, (ka + kw) % 2 == 1, &state);
    for (size_t k = 1; k <= 4096; k = k == 1 ? 1024 : 2 * k)
        for (long bits = 2048; bits <= 4096; bits += 2048)
            checked += check_product(c, 2, k, 2, bits, bits, EXTREME, EXTREME, k == 1024, &state);
    printf("\n  %zu integers equal\n", checked);
    if (!ga_backend_usable(GA_BACKEND_AVX2))
        printf("\nskip: CPU feature avx2\n");
    if (!ga_backend_usable(GA_BACKEND_VNNI))
        printf("\nskip: CPU feature avx512_vnni\n");
    free_engines(c);
}

/* One row times one column of n numbers each, all a and all w: n a w, by all back ends. */
static void
check_equal_terms(const mpz_t a, const mpz_t w, size_t n, const char *what)
{
    crt *c[N_BACKENDS];
    mpz_t want;
    mpz_init(want);
    mpz_mul(want, a, w);
    mpz_mul_ui(want, want, n);
    const long bits = (long)mpz_sizeinbase(a, 2);
    __mpfr_struct *x = mpfr_vec_new(n, bits), *y = mpfr_vec_new(n, 64);
    for (size_t i = 0; i < n; i++) {
        ASSERT(mpfr_set_z(x + i, a, MPFR_RNDN) == 0);
        ASSERT(mpfr_set_z(y + i, w, MPFR_RNDN) == 0);
    }
    crt_weights *weights = prepared_weights(y, sizeof *y, 1, n);
    new_engines(c);
    for (size_t b = 0; b < N_BACKENDS; b++)
        if (c[b] != NULL && ASSERT(crt_multiply(c[b], (crt_numbers){ x, sizeof *x }, 1, n, weights, true, bits)))
            ASSERT(mpfr_cmp_z(crt_element(c[b], 0, 0), want) == 0, "%s: %s", ga_backend_name((ga_backend)b), what);
    free_engines(c);
    crt_weights_free(weights);
    free(x);
    free(y);
    mpz_clear(want);
}

/* All residues modulo the largest prime, 2^22 - 3 in double and 7417 in int16, as large as they can be: a sum of 4095 of their
   products is odd and beyond 2^53, one of 192 beyond 2^31. A's elements are odd, v + p t, so that nothing is cut off. */
static void
largest_residues(void)
{
    static const struct { unsigned long prime, largest; const char *what; } cases[] = {
        { 4194301, 2097149, "primes of 22 bits" }, { 7417, 3708, "primes of 13 bits" }, { 7417, 3707, "primes of 13 bits, odd" }
    };
    mpz_t a, w;
    mpz_inits(a, w, (mpz_ptr)0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t n = 191; n <= 4095; n = n * 2 + 1) {
            mpz_ui_pow_ui(a, 2, 65);
            mpz_tdiv_q_ui(a, a, cases[i].prime);
            mpz_mul_ui(a, a, cases[i].prime);
            mpz_add_ui(a, a, cases[i].largest);
            if (mpz_even_p(a))
                mpz_add_ui(a, a, cases[i].prime);
            mpz_set_ui(w, cases[i].largest);
            check_equal_terms(a, w, n, cases[i].what);
            mpz_neg(a, a);
            check_equal_terms(a, w, n, cases[i].what);
        }
    mpz_clears(a, w, (mpz_ptr)0);
}

/* A number whose residue modulo 7417 is a sum of terms of one sign: its digits in base 2^15 are the largest where the power of 2
   they belong to has a balanced residue above 0, and 0 elsewhere. Half of 64 such terms are beyond 2^31. */
static void
largest_digits(void)
{
    enum { PRIME = 7417, DIGITS = 270 };
    mpz_t a, w;
    mpz_inits(a, w, (mpz_ptr)0);
    for (unsigned long d = 0, power = 1; d < DIGITS; d++, power = (power << 15) % PRIME)
        if (power <= PRIME / 2) {
            mpz_set_ui(w, 0x7fff);
            mpz_mul_2exp(w, w, 15 * d);
            mpz_add(a, a, w);
        }
    mpz_set_si(w, -3);
    check_equal_terms(a, w, 5, "digits of one sign");
    mpz_clears(a, w, (mpz_ptr)0);
}

/* A weight is read as it was given, zeros with their sign. */
static void
keeps_numbers(void)
{
    static const double w[] = { 1, -0.0, 0, -3, 0x1p-1074, -0x1.fffffffffffffp1023, 0x1.123456789abcdp-300, -0x1p-1022 };
    crt_weights *weights = crt_weights_new(w, 2, 4);
    crt_room room;
    ASSERT(weights != NULL && crt_weights_slices(weights) > 1);
    for (size_t i = 0; i < sizeof w / sizeof *w; i++) {
        mpfr_srcptr x = crt_weights_number(&room, weights, i);
        ASSERT(mpfr_cmp_d(x, w[i]) == 0 && !mpfr_signbit(x) == !signbit(w[i]), "number %zu", i);
        ASSERT(crt_weights_negative(weights, i) == (signbit(w[i]) != 0));
    }
    crt_weights_free(weights);
}

/* What has no such product is refused: infinities, NaN, too many bits. */
static void
refuses(void)
{
    const ga_backend backend = GA_BACKEND_AUTO;
    crt *c = crt_new(backend);
    __mpfr_struct *a = mpfr_vec_new(2, 64);
    ASSERT(crt_weights_new((double[]){ 1, INFINITY }, 1, 2) == NULL && crt_weights_new((double[]){ NAN, 1 }, 1, 2) == NULL);
    crt_weights *weights = crt_weights_new((double[]){ 1, 0x1p-598 }, 1, 2);
    ASSERT(weights != NULL);
    mpfr_set_d(a, 3, MPFR_RNDN);
    ASSERT(crt_multiply(c, (crt_numbers){ a, sizeof *a }, 1, 2, weights, true, 64));
    ASSERT(mpfr_cmp_d(crt_element(c, 0, 0), 3) == 0);
    mpfr_set_ui_2exp(a + 1, 1, -20000, MPFR_RNDN);
    ASSERT(crt_multiply(c, (crt_numbers){ a, sizeof *a }, 1, 2, weights, true, 6000));
    ASSERT(crt_multiply(c, (crt_numbers){ a, sizeof *a }, 1, 2, weights, true, 9000));
    ASSERT(!crt_multiply(c, (crt_numbers){ a, sizeof *a }, 1, 2, weights, true, 20000));
    const mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_vec_widest_range();
    mpfr_set_ui_2exp(a + 1, 1, (mpfr_exp_t)1 << 60, MPFR_RNDN);
    ASSERT(mpfr_regular_p(a + 1) && !crt_multiply(c, (crt_numbers){ a, sizeof *a }, 1, 2, weights, true, 64));
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
    mpfr_set_nan(a + 1);
    ASSERT(!crt_multiply(c, (crt_numbers){ a, sizeof *a }, 1, 2, weights, true, 64));
    crt_weights_free(weights);
    crt_free(c);
    free(a);
}

/* Where memory is out for a row, elements of the row before it are made again: 1 and 2^-598 are two slices of the weights, and the
   second has no room. */
static void
row_without_memory(void)
{
    crt *c = crt_new(GA_BACKEND_DGEMM);
    __mpfr_struct *a = mpfr_vec_new(4, 64);
    for (size_t i = 0; i < 4; i++)
        mpfr_set_ui(a + i, 3 + 2 * i, MPFR_RNDN);
    crt_weights *weights = crt_weights_new((double[]){ 1, 0x1p-598 }, 1, 2);
    ASSERT(crt_multiply(c, (crt_numbers){ a, sizeof *a }, 2, 2, weights, true, 64) && c->n_slices == 2);
    for (size_t round = 0; round < 2; round++)
        for (size_t row = 0; row < 2; row++) {
            const size_t made = c->slice[1].made;
            mpfr_t want;
            mpfr_init2(want, 700);
            mpfr_set_ui_2exp(want, 5 + 4 * row, -598, MPFR_RNDN);
            mpfr_add_ui(want, want, 3 + 4 * row, MPFR_RNDN);
            ASSERT(mpfr_equal_p(crt_element(c, row, 0), want), "row %zu", row);
            c->slice[1].made = SIZE_MAX / 16;
            ASSERT(crt_element(c, 1 - row, 0) == NULL);
            c->slice[1].made = made;
            ASSERT(mpfr_equal_p(crt_element(c, row, 0), want), "row %zu after a failure", row);
            mpfr_clear(want);
        }
    crt_weights_free(weights);
    crt_free(c);
    free(a);
}

static ctx_ball *
new_context(long bits, size_t k)
{
    ga_estimator e = { .format = { .kind = GA_EXACT, .bits = bits }, .gain = 1, .logit_scale = 1 };
    ctx_ball *ctx = ctx_new_ball(&e);
    ASSERT(ctx != NULL && gemm_reserve_ball(k, bits, 53, ctx));
    return ctx;
}

/* rad > 2^-bits |mid|. */
static bool
is_wide(const ball *r, long bits)
{
    return radius_less(radius_below(&r->mid), radius_mul_2si(r->rad, bits));
}

/* At most what the loop's radius may be: twice that of n terms and their sums, 2^(1-bits) of sum |a||w| + |bias| for each. */
static radius
loop_radius(const ball *a, const ball *w, size_t step, size_t n, const ball *bias, long bits)
{
    radius terms = radius_zero, sum = radius_above(&bias->mid);
    for (size_t i = 0; i < n; i++) {
        const ball *x = a + i, *y = w + i * step;
        terms = radius_add(terms, ball_product_radius(x, y));
        sum = radius_add(sum, radius_mul(radius_above(&x->mid), radius_above(&y->mid)));
    }
    return radius_mul_2si(radius_add(terms, radius_mul(sum, radius_from_d(ldexp((double)(n + 1), 1 - (int)bits)))), 1);
}

/* Balls of the fast product and of the loop against the exact sums over the operands' ends, and against the slow product: all
   contain the exact value. The fast one is 24 bits short of the precision or better, or at most 2^5 times as wide as the slow one,
   whatever else is in its row; a radius is 0 where nothing was rounded. */
static size_t
check_balls(size_t rows, size_t k, size_t n, long bits, kind ka, kind kw, bool with_radii, bool tb, uint64_t *state)
{
    ctx_ball *fast = new_context(bits, k), *slow = new_context(bits, k), *loop = new_context(bits, k);
    mat_ball a = mat_new_ball(rows, k, bits, fast), w = mat_new_ball(tb ? n : k, tb ? k : n, 53, fast);
    mat_ball bias = mat_new_ball(1, n, 53, fast), c = mat_new_ball(rows, n, bits, fast), d = mat_new_ball(rows, n, bits, fast);
    mat_ball looped = mat_new_ball(rows, n, bits, fast);
    size_t wider = 0;
    mpfr_t sum, t, low, high, rad;
    mpfr_inits2(20000, sum, t, low, high, rad, (mpfr_ptr)0);
    loop->common.product = GA_LOOP;
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
    const mat_ball prepared = { NULL, w.rows, w.cols, prepared_weights(&w.e->mid, sizeof *w.e, w.rows, w.cols) };
    ASSERT(prepared.prepared != NULL);
    gemm_ball(&c, &a, false, &prepared, tb, &bias, fast);
    gemm_ball(&d, &a, false, &w, tb, &bias, slow);
    gemm_ball(&looped, &a, false, &w, tb, &bias, loop);
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
            const ball *all[] = { got, want, looped.e + r * n + j };
            for (size_t i = 0; i < 3; i++) {
                radius_get(rad, all[i]->rad);
                mpfr_sub(low, &all[i]->mid, rad, MPFR_RNDD);
                mpfr_add(high, &all[i]->mid, rad, MPFR_RNDU);
                /* The oracle's 20000 bits lose what lies 2^-100000 below: moved towards the ball by that much. */
                const bool inside = mpfr_cmp(low, sum) <= 0 && mpfr_cmp(sum, high) <= 0;
                ASSERT(inside, "%zu x %zu x %zu, %ld bits, kinds %d %d, product %zu, element %zu %zu", rows, k, n, bits, ka, kw, i,
                       r, j);
            }
            ASSERT(!is_wide(got, bits - 24) || !radius_less(radius_mul_2si(want->rad, 5), got->rad),
                   "%zu x %zu x %zu, %ld bits, kinds %d %d, element %zu %zu is drowned", rows, k, n, bits, ka, kw, r, j);
            ASSERT(!radius_less(loop_radius(a.e + r * k, w.e + (tb ? j * k : j), tb ? 1 : n, k, bias.e + j, bits), all[2]->rad),
                   "%zu x %zu x %zu, %ld bits, kinds %d %d, element %zu %zu of the loop", rows, k, n, bits, ka, kw, r, j);
            ASSERT(!radius_is_zero(want->rad) || radius_is_zero(got->rad) || ka == WIDE || ka == HUGE_ENTRY,
                   "%zu x %zu x %zu, %ld bits, kinds %d %d: a radius where nothing was dropped", rows, k, n, bits, ka, kw);
            wider += radius_less(radius_mul_2si(want->rad, 2), got->rad);
        }
    mpfr_clears(sum, t, low, high, rad, (mpfr_ptr)0);
    crt_weights_free(prepared.prepared);
    mat_free_ball(&a);
    mat_free_ball(&w);
    mat_free_ball(&bias);
    mat_free_ball(&c);
    mat_free_ball(&d);
    mat_free_ball(&looped);
    ctx_free_ball(loop);
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
    size_t checked = 0, wider = 0, i = 0;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (kind ka = 0; ka < N_KINDS; ka++)
            for (kind kw = 0; kw < N_KINDS; kw++)
                for (int radii = 0; radii < 2; radii++) {
                    if (TEST_SANITIZED && !test_does(i++))
                        continue;
                    wider += check_balls(shapes[s].rows, shapes[s].k, shapes[s].n, shapes[s].bits, ka, kw, radii,
                                         (ka + kw + radii) % 2, &state);
                    checked += shapes[s].rows * shapes[s].n;
                }
    printf("\n  %zu balls contain the exact sums; the radii of %zu are more than four times the slow product's\n", checked, wider);
}

/* As check_balls, of two sets of balls in each of their layouts, some elements of each product. */
static void
check_two(size_t rows, size_t k, size_t n, long bits, kind ka, kind kb, bool with_radii, bool ta, bool tb, uint64_t *state)
{
    ctx_ball *fast = new_context(bits, k), *slow = new_context(bits, k);
    ASSERT(gemm_reserve_ball(k, bits, bits, fast) && gemm_reserve_ball(k, bits, bits, slow));
    void *const engine = slow->product;
    mat_ball a = mat_new_ball(ta ? k : rows, ta ? rows : k, bits, fast), b = mat_new_ball(tb ? n : k, tb ? k : n, bits, fast);
    mat_ball bias = mat_new_ball(1, n, 53, fast), c = mat_new_ball(rows, n, bits, fast), d = mat_new_ball(rows, n, bits, fast);
    mpfr_t sum, t, u, rad;
    mpfr_inits2(20000, sum, t, u, rad, (mpfr_ptr)0);
    for (size_t m = 0; m < 2; m++)
        for (size_t i = 0; i < (m == 0 ? rows * k : k * n); i++) {
            ball *const x = (m == 0 ? a.e : b.e) + i;
            draw_mpfr(&x->mid, m == 0 ? ka : kb, state);
            if (with_radii && test_random(state) % 3 > 0)
                x->rad = radius_make((double)(1 + test_random(state) % 1000), -bits - (long)(test_random(state) % 700));
        }
    for (size_t j = 0; j < n; j++)
        mpfr_set_d(&bias.e[j].mid, draw_double(UNIFORM, state), MPFR_RNDN);
    gemm_ball(&c, &a, ta, &b, tb, &bias, fast);
    slow->product = NULL;
    gemm_ball(&d, &a, ta, &b, tb, &bias, slow);
    slow->product = engine;
    for (size_t at = 0; at < 24; at++) {
        const size_t r = test_random(state) % rows, j = test_random(state) % n;
        const ball *got = c.e + r * n + j, *want = d.e + r * n + j;
        const uint64_t ends = test_random(state);
        mpfr_set(sum, &bias.e[j].mid, MPFR_RNDN);
        for (size_t i = 0; i < k; i++) {
            const ball *const x = a.e + (ta ? i * rows + r : r * k + i), *const y = b.e + (tb ? j * k + i : i * n + j);
            radius_get(rad, x->rad);
            (ends >> i % 32 & 1 ? mpfr_add : mpfr_sub)(t, &x->mid, rad, MPFR_RNDN);
            radius_get(rad, y->rad);
            (ends >> (32 + i % 31) & 1 ? mpfr_add : mpfr_sub)(u, &y->mid, rad, MPFR_RNDN);
            mpfr_mul(t, t, u, MPFR_RNDN);
            mpfr_add(sum, sum, t, MPFR_RNDN);
        }
        const ball *all[] = { got, want };
        for (size_t i = 0; i < 2; i++) {
            mpfr_sub(t, sum, &all[i]->mid, MPFR_RNDN);
            radius_get(rad, all[i]->rad);
            ASSERT(mpfr_cmpabs(t, rad) <= 0, "%zu x %zu x %zu, %ld bits, kinds %d %d, %d %d, product %zu, element %zu %zu", rows, k,
                   n, bits, ka, kb, ta, tb, i, r, j);
        }
        ASSERT(!is_wide(got, bits - 24) || !radius_less(radius_mul_2si(want->rad, 5), got->rad),
               "%zu x %zu x %zu, %ld bits, kinds %d %d, element %zu %zu is drowned", rows, k, n, bits, ka, kb, r, j);
        const bool cut = ka == WIDE || ka == HUGE_ENTRY || kb == WIDE || kb == HUGE_ENTRY;
        ASSERT(!radius_is_zero(want->rad) || radius_is_zero(got->rad) || cut,
               "%zu x %zu x %zu, %ld bits, kinds %d %d: a radius where nothing was dropped", rows, k, n, bits, ka, kb);
    }
    mpfr_clears(sum, t, u, rad, (mpfr_ptr)0);
    mat_free_ball(&a);
    mat_free_ball(&b);
    mat_free_ball(&bias);
    mat_free_ball(&c);
    mat_free_ball(&d);
    ctx_free_ball(fast);
    ctx_free_ball(slow);
}

static void
two_sets(void)
{
    static const struct { size_t rows, k, n; long bits; } shapes[] = {
        { 40, 30, 30, 128 }, { 9, 300, 13, 64 }, { 70, 8, 60, 256 }
    };
    uint64_t state = test_seed();
    size_t i = 0;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (kind ka = 0; ka < N_KINDS; ka++)
            for (kind kb = 0; kb < N_KINDS; kb++, i++)
                if (test_does(i))
                    check_two(shapes[s].rows, shapes[s].k, shapes[s].n, shapes[s].bits, ka, kb, i % 3 > 0, i / 2 % 2, i / 4 % 2,
                              &state);
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
    const mat_ball prepared = { NULL, w.rows, w.cols, prepared_weights(&w.e->mid, sizeof *w.e, w.rows, w.cols) };
    gemm_ball(&c, &a, false, &prepared, true, NULL, ctx);
    ASSERT(ball_sgn(c.e) == 0 && radius_is_infinite(c.e->rad));
    crt_weights_free(prepared.prepared);
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
    size_t i = 0;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (kind ka = 0; ka < N_KINDS; ka++)
            for (kind kw = 0; kw < N_KINDS; kw++)
                for (int tb = 0; tb < 2; tb++) {
                    if (!test_does(i++))
                        continue;
                    check_dot_mp(shapes[s].rows, shapes[s].k, shapes[s].n, shapes[s].bits, ka, kw, tb, &state);
                    check_dot_mpr(shapes[s].rows, shapes[s].k, shapes[s].n, shapes[s].bits, ka, kw, tb, &state);
                }
}

TEST_MAIN("crt", TEST(equals_integers), TEST(largest_residues), TEST(largest_digits), TEST(keeps_numbers), TEST(refuses),
          TEST(row_without_memory),
          TEST(balls_contain), TEST(two_sets), TEST(whole_lines), TEST(dots_are_rounded))
