/* SPDX-License-Identifier: Apache-2.0 */
/* test_exp.c -- e^z, sigmoid, tanh and their derivatives in balls against MPFR at four times the precision: the ball has the true
   value and is no wider than said; which arguments the tables serve. */
#include "networks.h"
#include "shipped.h"

#include "num/ball.h"
#include "num/exp_fixed.h"
#include "num/mpfr_exp.h"
#include "num/mpfr_vec.h"
#include "num/sigmoid_ball.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "tape_run_tmpl.c"

/* What is known of one point a: y = e^-|a|, its half h = 1/(1 + y), and the same of 2a, to `bits`, relatively. */
typedef struct {
    mpfr_t y, h, y2, h2, value, t;
} oracle;

enum { FUNCTIONS = 5 };

static size_t evaluations, of_tables;

static void
oracle_init(oracle *o, long bits)
{
    mpfr_inits2(bits, o->y, o->h, o->y2, o->h2, o->value, o->t, (mpfr_ptr)0);
}

static void
oracle_clear(oracle *o)
{
    mpfr_clears(o->y, o->h, o->y2, o->h2, o->value, o->t, (mpfr_ptr)0);
}

static void
oracle_at(oracle *o, mpfr_srcptr a)
{
    mpfr_abs(o->t, a, MPFR_RNDN);
    mpfr_neg(o->t, o->t, MPFR_RNDN);
    mpfr_exp(o->y, o->t, MPFR_RNDN);
    mpfr_add_ui(o->h, o->y, 1, MPFR_RNDN);
    mpfr_ui_div(o->h, 1, o->h, MPFR_RNDN);
    mpfr_mul_2ui(o->t, o->t, 1, MPFR_RNDN);
    mpfr_sqr(o->y2, o->y, MPFR_RNDN);
    mpfr_add_ui(o->h2, o->y2, 1, MPFR_RNDN);
    mpfr_ui_div(o->h2, 1, o->h2, MPFR_RNDN);
    mpfr_expm1(o->t, o->t, MPFR_RNDN); /* e^-2|a| - 1 */
}

/* o->value = the k-th of sigma, sigma', tanh, 1 - tanh^2, e^-|a| at a; where sigma or tanh is near to 1 or -1, what it lacks, and
   then *whole is that, else 0. */
static void
oracle_value(oracle *o, size_t k, mpfr_srcptr a, int *whole)
{
    const bool negative = mpfr_sgn(a) < 0;
    *whole = 0;
    switch (k) {
    case 0:
        mpfr_mul(o->value, o->y, o->h, MPFR_RNDN);
        if (!negative)
            *whole = 1;
        break;
    case 1:
        mpfr_sqr(o->value, o->h, MPFR_RNDN);
        mpfr_mul(o->value, o->value, o->y, MPFR_RNDN);
        break;
    case 2:
        if (mpfr_get_exp(a) > 0 && !mpfr_zero_p(a)) {
            *whole = negative ? -1 : 1;
            mpfr_mul(o->value, o->y2, o->h2, MPFR_RNDN);
            mpfr_mul_si(o->value, o->value, 2 * *whole, MPFR_RNDN);
        } else {
            mpfr_mul(o->value, o->t, o->h2, MPFR_RNDN);
            mpfr_mul_si(o->value, o->value, negative ? 1 : -1, MPFR_RNDN);
        }
        break;
    case 3:
        mpfr_sqr(o->value, o->h2, MPFR_RNDN);
        mpfr_mul(o->value, o->value, o->y2, MPFR_RNDN);
        mpfr_mul_2ui(o->value, o->value, 2, MPFR_RNDN);
        break;
    default:
        mpfr_set(o->value, o->y, MPFR_RNDN);
    }
}

/* |mid - value| <= rad, up to the oracle's own error, 2^-slack of the value. */
static bool
contains(const ball *b, oracle *o, int whole, long slack)
{
    mpfr_ptr distance = o->t;
    mpfr_t mid, rad;
    mpfr_init2(mid, mpfr_get_prec(&b->mid) + 64);
    mpfr_init2(rad, RADIUS_BITS);
    mpfr_si_sub(mid, whole, &b->mid, MPFR_RNDN); /* exact: of a whole that is not 0, mid is above 1/2 */
    if (whole == 0)
        mpfr_neg(mid, mid, MPFR_RNDN);
    mpfr_sub(distance, mid, o->value, MPFR_RNDU);
    mpfr_abs(distance, distance, MPFR_RNDU);
    mpfr_abs(mid, o->value, MPFR_RNDD);
    mpfr_div_2si(mid, mid, slack, MPFR_RNDD);
    radius_get(rad, b->rad);
    mpfr_add(rad, rad, mid, MPFR_RNDU);
    const bool inside = mpfr_lessequal_p(distance, rad);
    mpfr_clears(mid, rad, (mpfr_ptr)0);
    return inside;
}

typedef struct {
    ctx_ball *ctx;
    mat_ball z, result[FUNCTIONS];
    oracle o;
    mpfr_t point;
    long bits;
} bench;

static void
bench_open(bench *b, long bits)
{
    const ga_estimator e = { .format = { .kind = GA_EXACT, .bits = bits }, .product = GA_DOT, .gain = 1, .logit_scale = 1 };
    mpfr_vec_widest_range();
    b->bits = bits;
    b->ctx = ctx_new_ball(&e);
    if (b->ctx == NULL)
        exit(99);
    b->z = mat_new_ball(1, 1, bits, b->ctx);
    for (size_t k = 0; k < FUNCTIONS; k++)
        b->result[k] = mat_new_ball(1, 1, bits, b->ctx);
    oracle_init(&b->o, 4 * bits + 64);
    mpfr_init2(b->point, 4 * bits + 300);
}

static void
bench_close(bench *b)
{
    of_tables += b->ctx->by_tables;
    for (size_t k = 0; k < FUNCTIONS; k++)
        mat_free_ball(b->result + k);
    mat_free_ball(&b->z);
    oracle_clear(&b->o);
    mpfr_clear(b->point);
    ctx_free_ball(b->ctx);
}

static void
noise(bench *b)
{
    for (size_t k = 0; k < FUNCTIONS; k++) {
        mpfr_set_d(&b->result[k].e->mid, -0x1.fffp77, MPFR_RNDN);
        b->result[k].e->rad = k % 2 ? radius_zero : radius_infinite;
    }
}

/* All functions at z, which has its radius, against their values at points of it; the radius where z has none. */
static void
check(bench *b)
{
    const ball *z = b->z.e;
    ball minus = *z;
    noise(b);
    size_t served = b->ctx->by_tables;
    vec_sigmoid_ball(b->result, b->result + 1, &b->z, b->ctx);
    const bool tables = b->ctx->by_tables > served;
    vec_tanh_ball(b->result + 2, b->result + 3, &b->z, b->ctx);
    mpfr_setsign(&minus.mid, &minus.mid, 1, MPFR_RNDN); /* z's own limbs */
    ball_exp(b->result[4].e, &minus, b->ctx);
    for (int i = -1; i <= 1; i++) {
        if (radius_is_zero(z->rad) && i != 0)
            continue;
        radius_get(b->point, z->rad);
        mpfr_mul_si(b->point, b->point, i, MPFR_RNDN);
        mpfr_add(b->point, b->point, &z->mid, MPFR_RNDN);
        if (mpfr_sgn(b->point) * mpfr_sgn(&z->mid) < 0)
            continue;
        for (size_t k = 0; k < FUNCTIONS; k++, evaluations++) {
            int whole;
            oracle_at(&b->o, b->point);
            oracle_value(&b->o, k, b->point, &whole);
            ASSERT(contains(b->result[k].e, &b->o, whole, 4 * b->bits - 40), "%ld bits: %zu of %g 2^%ld, point %d", b->bits, k,
                   mpfr_get_d(&z->mid, MPFR_RNDN), (long)mpfr_get_exp(&z->mid), i);
        }
    }
    for (size_t k = 0; k < FUNCTIONS && radius_is_zero(z->rad); k++) {
        const ball *r = b->result[k].e;
        const radius most = radius_mul(radius_above(&r->mid), radius_mul_2si(radius_from_d(k < 2 && tables ? 2.02 : 9), -b->bits));
        ASSERT(!radius_less(most, r->rad), "%ld bits: the radius of %zu at %g 2^%ld", b->bits, k, mpfr_get_d(&z->mid, MPFR_RNDN),
               (long)mpfr_get_exp(&z->mid));
    }
}

static const long precisions[] = { 2, 5, 8, 24, 31, 32, 33, 53, 64, 65, 96, 97, 127, 128, 129, 160, 161, 192, 256, 320, 512, 1024 };
enum { N_PRECISIONS = sizeof precisions / sizeof *precisions };

/* Random bits times 2^-200 to 2^34, a third of them with radii. */
static void
random_arguments(void)
{
    uint64_t state = test_seed();
    gmp_randstate_t random;
    gmp_randinit_default(random);
    gmp_randseed_ui(random, (unsigned long)state);
    evaluations = of_tables = 0;
    for (size_t p = 0; p < N_PRECISIONS; p++) {
        const size_t times = precisions[p] <= 128 ? 5500 : precisions[p] <= 256 ? 2000 : precisions[p] <= 512 ? 600 : 150;
        const size_t most = times / test_every();
        bench b;
        bench_open(&b, precisions[p]);
        for (size_t n = 0; n < most; n++) {
            ball *z = b.z.e;
            const uint64_t r = test_random(&state);
            const long e = n % 4 == 0 ? (long)(r % 235) - 200 : n % 4 == 1 ? (long)(r % 90) - 56 : (long)(r % 14) - 4;
            mpfr_urandomb(&z->mid, random);
            if (n % 11 == 0)
                mpfr_set_d(&z->mid, (double)(r >> 56), MPFR_RNDN); /* few bits */
            mpfr_mul_2si(&z->mid, &z->mid, e, MPFR_RNDN);
            mpfr_setsign(&z->mid, &z->mid, r >> 40 & 1, MPFR_RNDN);
            z->rad = n % 3 == 0 ? radius_make(0.5 + (double)(r >> 12) * 0x1p-53, -(long)(r >> 32 & 255)) : radius_zero;
            check(&b);
        }
        bench_close(&b);
    }
    gmp_randclear(random);
    printf("\n  %zu values, %zu by tables\n", evaluations, of_tables);
    ASSERT(evaluations * test_every() > 700000 && of_tables * test_every() > 200000);
}

static void
around(bench *b)
{
    ball *z = b->z.e;
    for (int step = 0; step < 6; step++) {
        if (step == 3)
            mpfr_neg(&z->mid, &z->mid, MPFR_RNDN);
        if (step % 3 == 1)
            mpfr_nextabove(&z->mid);
        else if (step % 3 == 2)
            (mpfr_nextbelow(&z->mid), mpfr_nextbelow(&z->mid));
        z->rad = radius_zero;
        check(b);
    }
}

/* Where an index of a table changes, the multiples of ln 2, the ends of what is served, and where sigma begins to be 1. */
static void
boundaries(void)
{
    for (size_t p = 0; p < N_PRECISIONS; p++) {
        bench b;
        mpfr_ptr z;
        mpfr_t ln2;
        bench_open(&b, precisions[p]);
        z = &b.z.e->mid;
        mpfr_init2(ln2, 2 * b.bits);
        mpfr_const_log2(ln2, MPFR_RNDN);
        const unsigned long steps = b.bits > 256 ? 64 : b.bits > 65 ? 16 : 1;
        for (unsigned long i = 1; i <= 256; i += steps)
            for (long level = 8; level <= 24; level += 8) {
                mpfr_set_ui_2exp(z, i, -level, MPFR_RNDN);
                around(&b);
            }
        for (unsigned long k = 1; k < UINT64_C(1) << 33; k = k < 300 ? k + steps : 2 * k + 1) {
            mpfr_mul_ui(z, ln2, k, MPFR_RNDN);
            around(&b);
        }
        for (unsigned long k = (unsigned long)b.bits + 16; k < (unsigned long)b.bits + 26; k++)
            for (unsigned long twice = 0; twice < 2; twice++) {
                mpfr_mul_ui(z, ln2, k, MPFR_RNDN);
                mpfr_div_2ui(z, z, twice, MPFR_RNDN);
                around(&b);
            }
        for (long e = -250; e <= 40; e += e < -62 ? 17 : 1) {
            mpfr_set_ui_2exp(z, 1, e, MPFR_RNDN);
            around(&b);
        }
        mpfr_clear(ln2);
        bench_close(&b);
    }
}

/* No bit is dropped at 0; a radius there is spread. */
static void
zero_is_exact(void)
{
    for (size_t p = 0; p < N_PRECISIONS; p++) {
        bench b;
        bench_open(&b, precisions[p]);
        const ball *r[FUNCTIONS];
        for (size_t k = 0; k < FUNCTIONS; k++)
            r[k] = b.result[k].e;
        check(&b);
        ASSERT(mpfr_cmp_d(&r[0]->mid, 0.5) == 0 && mpfr_cmp_d(&r[1]->mid, 0.25) == 0 && ball_is_zero(r[2]));
        ASSERT(mpfr_cmp_ui(&r[3]->mid, 1) == 0 && mpfr_cmp_ui(&r[4]->mid, 1) == 0 && b.ctx->by_mpfr == 0 && b.ctx->by_tables == 0);
        for (size_t k = 0; k < FUNCTIONS; k++)
            ASSERT(radius_is_zero(r[k]->rad), "%zu", k);
        b.z.e->rad = radius_2exp(-b.bits);
        check(&b);
        ASSERT(!radius_is_zero(r[0]->rad) && !radius_is_zero(r[2]->rad));
        bench_close(&b);
    }
}

/* Beyond the tables MPFR is asked, and counted. */
static void
what_tables_do_not_serve(void)
{
    bench b;
    bench_open(&b, 128);
    mpfr_set_ui_2exp(&b.z.e->mid, 1, 32, MPFR_RNDN);
    vec_sigmoid_ball(b.result, b.result + 1, &b.z, b.ctx);
    ASSERT(b.ctx->by_mpfr == 1 && b.ctx->by_tables == 0);
    check(&b);
    mpfr_nextbelow(&b.z.e->mid);
    b.ctx->by_mpfr = 0;
    vec_sigmoid_ball(b.result, b.result + 1, &b.z, b.ctx);
    ASSERT(b.ctx->by_mpfr == 0 && b.ctx->by_tables == 1);
    check(&b);
    bench_close(&b);
    ASSERT(exp_fixed_new(EXP_MAX_BITS + 1) == NULL);
    bench_open(&b, EXP_MAX_BITS + 64);
    mpfr_set_d(&b.z.e->mid, -3.25, MPFR_RNDN);
    check(&b);
    ASSERT(b.ctx->by_tables == 0 && b.ctx->by_mpfr == 3);
    bench_close(&b);
}

/* Of the shipped networks' exponentials less than one in a thousand is MPFR's. */
static void
networks_are_served(void)
{
    static const char *const names[] = { "saturated-sigmoid", "vanilla-sigmoid", "saturated-relu" };
    for (size_t i = 0; i < 3; i++) {
        ga_model *m = shipped_model(names[i]);
        ga_dataset *ds = shipped_images(16);
        const ga_estimator e = { .format = { .kind = GA_EXACT, .bits = 128 }, .formulas = GA_REWRITE, .product = GA_DOT, .gain = 1,
                                 .logit_scale = 1 };
        mpfr_vec_widest_range();
        ctx_ball *ctx = ctx_new_ball(&e);
        ASSERT(gemm_reserve_ball(1024, 128 + 53, 128 + 53, ctx));
        tape_ball *tape = tape_run_ball(m, ds, &e, ctx);
        printf("\n  %s: %zu exponentials by tables, %zu by MPFR", names[i], ctx->by_tables, ctx->by_mpfr);
        ASSERT(ctx->by_tables > 100 && ctx->by_mpfr * 1000 < ctx->by_tables);
        tape_end_ball(tape);
        ctx_free_ball(ctx);
        ga_model_free(m);
        ga_dataset_free(ds);
    }
}

static void
vec_silu(mat_ball *a, mat_ball *d, const mat_ball *z, ctx_ball *ctx)
{
    vec_smooth_ball(a, d, z, SMOOTH_silu, ctx);
}

static void
vec_power(mat_ball *a, mat_ball *d, const mat_ball *z, ctx_ball *ctx)
{
    vec_function_ball(a, d, z, FUNCTION_exp, NULL, ctx);
}

/* An element that repeats the one before it has its results, and none that differs in anything has. */
static void
repeated_elements(void)
{
    static const struct { double m, r; } of[] = { { 0.5, 0 }, { 0.5, 0 }, { 0.5, 0x1p-20 }, { 0.5, 0x1p-20 }, { 0.5, 0x1.8p-20 },
                                                  { 0.5, 0 }, { -0.5, 0 }, { 0, 0 }, { -0.0, 0 }, { 3, 0 }, { 3, 0 } };
    static void (*const functions[])(mat_ball *, mat_ball *, const mat_ball *, ctx_ball *) = { vec_sigmoid_ball, vec_tanh_ball,
                                                                                               vec_silu, vec_power };
    enum { N = sizeof of / sizeof *of };
    bench b;
    bench_open(&b, 128);
    mat_ball z = mat_new_ball(1, N, 128, b.ctx), a = mat_new_ball(1, N, 128, b.ctx), d = mat_new_ball(1, N, 128, b.ctx);
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        for (size_t i = 0; i < N; i++) {
            mpfr_set_d(&z.e[i].mid, of[i].m, MPFR_RNDN);
            z.e[i].rad = radius_from_d(of[i].r);
        }
        functions[f](&a, &d, &z, b.ctx);
        for (size_t i = 0; i < N; i++) {
            mpfr_set(&b.z.e->mid, &z.e[i].mid, MPFR_RNDN);
            b.z.e->rad = z.e[i].rad;
            functions[f](b.result, b.result + 1, &b.z, b.ctx);
            const ball *const got[] = { a.e + i, d.e + i };
            for (size_t k = 0; k < 2; k++) {
                const ball *const due = b.result[k].e;
                ASSERT(mpfr_equal_p(&got[k]->mid, &due->mid) && mpfr_signbit(&got[k]->mid) == mpfr_signbit(&due->mid) &&
                           got[k]->rad.m == due->rad.m && got[k]->rad.e == due->rad.e, "function %zu, element %zu, %zu", f, i, k);
            }
        }
    }
    mat_free_ball(&z);
    mat_free_ball(&a);
    mat_free_ball(&d);
    bench_close(&b);
}

/* Correctly rounded by tables: the number and the ternary value of mpfr_exp, in MPFR's range and in one that results leave; also at
   multiples of log 2, where results are as near to powers of two as a's precision allows. */
static void
rounded(void)
{
    static const long of_bits[] = { 2, 11, 24, 48, 53, 64, 113, 256, 1000, 2000 };
    static const char *const special[] = { "0", "-0", "inf", "-inf", "nan", "0x1p-200", "-0x1p-60", "0x1p31", "-0x1p31", "-0x1p33",
                                           "1e30" };
    enum { SPECIAL = sizeof special / sizeof *special, ROUNDS = 3000 };
    gmp_randstate_t state;
    gmp_randinit_default(state);
    gmp_randseed_ui(state, test_seed());
    for (size_t p = 0; p < sizeof of_bits / sizeof *of_bits; p++) {
        exp_fixed *const t = mpfr_exp_tables(of_bits[p]);
        mpfr_t a, got, want;
        mpfr_init2(a, of_bits[p] + (long)(p % 3) * 40);
        mpfr_inits2(of_bits[p], got, want, (mpfr_ptr)0);
        ASSERT((t != NULL) == (of_bits[p] <= 1000));
        for (int k = 0; k < SPECIAL + ROUNDS; k++) {
            const bool narrow = k % 5 == 4;
            if (k < SPECIAL)
                mpfr_set_str(a, special[k], 0, MPFR_RNDN);
            else if (k % 7 == 0) {
                mpfr_const_log2(a, k % 2 == 0 ? MPFR_RNDU : MPFR_RNDD);
                mpfr_mul_si(a, a, (k - ROUNDS / 2) / 7, k % 3 == 0 ? MPFR_RNDU : MPFR_RNDD);
            } else {
                mpfr_urandomb(a, state);
                mpfr_mul_2si(a, a, k % 13 - 4, MPFR_RNDN);
                mpfr_setsign(a, a, k & 1, MPFR_RNDN);
            }
            mpfr_set_ui(got, 12345, MPFR_RNDN);
            const mpfr_exp_t least = mpfr_get_emin(), greatest = mpfr_get_emax();
            if (narrow) {
                mpfr_set_emin(-40);
                mpfr_set_emax(40);
            }
            const int is = mpfr_exp_by_tables(got, a, t), due = mpfr_exp(want, a, MPFR_RNDN);
            mpfr_set_emin(least);
            mpfr_set_emax(greatest);
            const bool agrees = mpfr_equal_p(got, want) && (is > 0) - (is < 0) == (due > 0) - (due < 0);
            if (!ASSERT(agrees || (mpfr_nan_p(got) && mpfr_nan_p(want)), "%ld bits, number %d", of_bits[p], k))
                break;
        }
        mpfr_clears(a, got, want, (mpfr_ptr)0);
        mpfr_exp_tables_free(t);
    }
    gmp_randclear(state);
}

/* r <= 1/D < r + 1.01 w with D = 1 + e, by GMP: in integers, r D <= 2^128n and (100 r + 101) D > 100 2^128n. */
static void
reciprocals(void)
{
    uint64_t state = test_seed();
    mpz_t one, d, q;
    mpz_inits(one, d, q, (mpz_ptr)0);
    for (long bits = 64; bits <= 256; bits += 63) { /* two to five limbs */
        exp_fixed *t = exp_fixed_new(bits);
        mp_limb_t f[EXP_MAX_LIMBS], e[EXP_MAX_LIMBS], r[EXP_MAX_LIMBS];
        for (size_t draw = 0; t != NULL && draw < 4000; draw++) {
            for (size_t i = 0; i < t->n; i++)
                f[i] = draw % 5 == 0 ? 0 : draw % 5 == 1 ? UINT64_MAX : test_random(&state);
            f[draw / 5 % t->n] = draw % 3 == 0 ? test_random(&state) >> test_random(&state) % 64 : f[0];
            f[t->n - 1] |= UINT64_C(1) << 63; /* f is at least 1/2 */
            exp_fixed_reciprocal(r, e, f, (int64_t)(draw % 7 * 13), t);
            mpz_import(d, t->n, -1, sizeof *e, 0, 0, e);
            mpz_setbit(d, 64 * t->n);
            mpz_set_ui(one, 0);
            mpz_setbit(one, 128 * t->n);
            mpz_import(q, t->n, -1, sizeof *r, 0, 0, r);
            mpz_submul(one, q, d); /* what is missing, times D */
            mpz_mul_ui(q, d, 101);
            mpz_mul_ui(d, one, 100);
            if (!ASSERT(mpz_sgn(one) >= 0 && mpz_cmp(d, q) < 0, "%ld bits, draw %zu", bits, draw))
                break;
        }
        ASSERT(t != NULL);
        exp_fixed_free(t);
    }
    mpz_clears(one, d, q, (mpz_ptr)0);
}

TEST_MAIN("exp", TEST(reciprocals), TEST(rounded), TEST(zero_is_exact), TEST(what_tables_do_not_serve), TEST(networks_are_served),
          TEST(repeated_elements), TEST(boundaries), TEST(random_arguments))
