/* SPDX-License-Identifier: Apache-2.0 */
/* test_f16.c -- binary16: its roundings, operations and functions against MPFR with its range and subnormals and, if the compiler
   has it, _Float16. */
#include <string.h>

#include <mpfr.h>

#include "num/f16.h"
#include "num/vec_tmpl.h"
#include "test.h"

enum { CODES = 1 << 16, INFINITE = 0x7c00, SUBNORMALS = 0x400 };

/* Binary16's number of a code, from the definition: (-1)^s 2^(e-15) (1 + f/1024), or (-1)^s 2^-14 f/1024 for e = 0. */
static float
number(uint32_t code)
{
    const int e = (int)(code >> 10 & 31), f = (int)(code & 1023);
    const double a = e == 31 ? (f == 0 ? INFINITY : NAN) : e == 0 ? ldexp(f, -24) : ldexp(1024 + f, e - 25);
    return (float)(code >> 15 ? -a : a);
}

static bool
same(float a, float b)
{
    return isnan(a) ? isnan(b) : a == b && !signbit(a) == !signbit(b);
}

static mpfr_t result, left, right, wide;

/* MPFR's range is binary16's in between; numbers made before keep their exponents, and are checked. */
static void
begin(void)
{
    mpfr_inits2(11, result, left, right, (mpfr_ptr)0);
    mpfr_init2(wide, 200);
    mpfr_set_emin(-23);
    mpfr_set_emax(16);
}

static void
end(void)
{
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    mpfr_clears(result, left, right, wide, (mpfr_ptr)0);
}

static float
rounded(int ternary)
{
    mpfr_subnormalize(result, ternary, MPFR_RNDN);
    return (float)mpfr_get_d(result, MPFR_RNDN); /* exact */
}

static void
check_rounding(double x)
{
    const float want = rounded(mpfr_set_d(result, x, MPFR_RNDN)), single = (float)x;
    const float from_double = (float)narrow_double(x, 11, -14, 65520);
    ASSERT(same(from_double, want), "%a becomes %a, not %a", x, (double)from_double, (double)want);
    const float from_float = narrow_float(single, 11, -14, 65520), again = rounded(mpfr_set_d(result, single, MPFR_RNDN));
    ASSERT(same(from_float, again), "%a becomes %a, not %a", (double)single, (double)from_float, (double)again);
}

/* Every number, every tie, and what is beside them in double and in float; and what float's range has beyond. */
static void
roundings(void)
{
    begin();
    for (uint32_t code = 0; code <= INFINITE; code++) {
        const double x = (double)number(code), up = code + 1 < INFINITE ? (double)number(code + 1) : 65536;
        const double all[] = { x, isinf(x) ? x : (x + up) / 2 };
        for (size_t i = 0; i < 2; i++)
            for (int sign = -1; sign <= 1; sign += 2) {
                check_rounding(sign * all[i]);
                check_rounding(sign * nextafter(all[i], 0));
                check_rounding(sign * nextafter(all[i], INFINITY));
                check_rounding(sign * (double)nextafterf((float)all[i], 0));
                check_rounding(sign * (double)nextafterf((float)all[i], INFINITY));
            }
    }
    for (int e = -1074; e <= 1023; e++) {
        check_rounding(ldexp(1, e));
        check_rounding(ldexp(-1.75, e));
    }
    check_rounding(NAN);
    end();
}

static ctx_f16 *
new_context(void)
{
    const ga_estimator e = { .format = { .kind = GA_FLOAT16, .bits = 11 }, .product = GA_LOOP, .gain = 1, .logit_scale = 1 };
    ctx_f16 *ctx = ctx_new_f16(&e);
    if (ctx == NULL)
        exit(99);
    return ctx;
}

typedef void operation(float *r, const float *a, const float *b, ctx_f16 *ctx);
typedef int reference(mpfr_ptr r, mpfr_srcptr a, mpfr_srcptr b, mpfr_rnd_t rounding);
static const struct {
    const char *name;
    operation *own;
    reference *true_one;
} operations[] = { { "+", f16_add, mpfr_add }, { "-", f16_sub, mpfr_sub }, { "*", f16_mul, mpfr_mul }, { "/", f16_div, mpfr_div } };

static void
check_pair(float a, float b, ctx_f16 *ctx)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        float got;
        mpfr_set_d(left, a, MPFR_RNDN);
        mpfr_set_d(right, b, MPFR_RNDN);
        operations[i].own(&got, &a, &b, ctx);
        const float want = rounded(operations[i].true_one(result, left, right, MPFR_RNDN));
        if (!same(got, want))
            ASSERT(false, "%a %s %a is %a, not %a", (double)a, operations[i].name, (double)b, (double)got, (double)want);
    }
    /* b + a b, of two roundings */
    float sum = b;
    f16_muladd(&sum, &a, &b, ctx);
    const float product = rounded(mpfr_mul(result, left, right, MPFR_RNDN));
    mpfr_set_d(left, product, MPFR_RNDN);
    const float want = rounded(mpfr_add(result, right, left, MPFR_RNDN));
    if (!same(sum, want))
        ASSERT(false, "%a + %a %a is %a, not %a", (double)b, (double)a, (double)b, (double)sum, (double)want);
}

/* Every subnormal with numbers of all binades, and numbers at random: four operations of each pair. */
static void
operations_equal_mpfr(void)
{
    ctx_f16 *ctx = new_context();
    uint64_t state = test_seed();
    begin();
    for (uint32_t code = 0; code < SUBNORMALS; code++)
        for (uint32_t e = 0; e < 64; e++) {
            const float a = number(code), b = number(e << 10 | (uint32_t)(test_random(&state) & (e % 3 == 0 ? 3 : 1023)));
            check_pair(a, b, ctx);
            check_pair(b, a, ctx);
        }
    for (size_t i = 0; i < 1000000 / test_every(); i++)
        check_pair(number((uint32_t)test_random(&state) & 0xffff), number((uint32_t)test_random(&state) & 0xffff), ctx);
    static const uint32_t ends[] = { 0, 1, 2, 0x3ff, 0x400, 0x401, 0x3bff, 0x3c00, 0x3c01, 0x7bfe, 0x7bff, 0x7c00, 0x7e00 };
    enum { N_ENDS = sizeof ends / sizeof *ends };
    for (size_t i = 0; i < 2 * N_ENDS; i++)
        for (size_t k = 0; k < 2 * N_ENDS; k++)
            check_pair(number(ends[i / 2] | (i % 2 ? 0x8000u : 0)), number(ends[k / 2] | (k % 2 ? 0x8000u : 0)), ctx);
    end();
    ctx_free_f16(ctx);
}

#ifdef __FLT16_MANT_DIG__
/* All pairs a >= 0, b: a and all of its operations change sign together. Long: every a; else one in 97 x test_every(). */
static void
operations_equal_the_compilers(void)
{
    ctx_f16 *ctx = new_context();
    const size_t every = test_every() == 1 ? 1 : 97 * test_every();
    for (uint32_t i = (uint32_t)(test_seed() % every); i <= INFINITE; i += (uint32_t)every) {
        const float a = number(i);
        const _Float16 x = (_Float16)a;
        size_t wrong = 0;
        for (uint32_t k = 0; k < CODES; k++) {
            const float b = number(k);
            const _Float16 y = (_Float16)b;
            const _Float16 want[] = { (_Float16)(x + y), (_Float16)(x - y), (_Float16)(x * y), (_Float16)(x / y) };
            for (size_t o = 0; o < 4; o++) {
                float got;
                operations[o].own(&got, &a, &b, ctx);
                wrong += !same(got, (float)want[o]);
            }
        }
        ASSERT(wrong == 0, "%zu results with %a differ from _Float16's", wrong, (double)a);
    }
    ctx_free_f16(ctx);
}
#else
static void
operations_equal_the_compilers(void)
{
    printf("this compiler has no _Float16; ");
}
#endif

typedef void function(float *r, const float *a, ctx_f16 *ctx);
typedef int true_function(mpfr_ptr r, mpfr_srcptr a, mpfr_rnd_t rounding);

/* How far the value in wide is from the nearest tie, relatively; 1 for a value that has none near. */
static double
from_tie(void)
{
    if (!mpfr_regular_p(wide))
        return 1;
    const long e = mpfr_get_exp(wide) - 1 < -14 ? -14 : mpfr_get_exp(wide) - 1;
    if (e > 15)
        return 1;
    mpfr_t quotient, tie;
    mpfr_inits2(220, quotient, tie, (mpfr_ptr)0);
    mpfr_abs(quotient, wide, MPFR_RNDN);
    mpfr_mul_2si(quotient, quotient, 10 - e, MPFR_RNDN); /* in ulps */
    mpfr_floor(tie, quotient);
    mpfr_add_d(tie, tie, 0.5, MPFR_RNDN);
    mpfr_sub(tie, tie, quotient, MPFR_RNDN);
    mpfr_div(tie, tie, quotient, MPFR_RNDN);
    const double distance = fabs(mpfr_get_d(tie, MPFR_RNDN));
    mpfr_clears(quotient, tie, (mpfr_ptr)0);
    return distance;
}

/* At every number the result is correctly rounded, and the value so far from a tie that it would be with an error of 2^-28. */
static void
check_function(const char *name, function *own, true_function *f, ctx_f16 *ctx)
{
    double nearest = 1;
    for (uint32_t code = 0; code < CODES; code++) {
        const float a = number(code);
        float got;
        own(&got, &a, ctx);
        mpfr_set_emin(-23);
        mpfr_set_emax(16);
        mpfr_set_d(left, a, MPFR_RNDN);
        const float want = rounded(f(result, left, MPFR_RNDN));
        ASSERT(same(got, want), "%s of %a is %a, not %a", name, (double)a, (double)got, (double)want);
        mpfr_set_emin(mpfr_get_emin_min());
        mpfr_set_emax(mpfr_get_emax_max());
        f(wide, left, MPFR_RNDN);
        const double distance = from_tie();
        nearest = distance < nearest ? distance : nearest;
    }
    printf("\n    %s: no value is within 2^%.1f of a tie", name, log2(nearest));
    ASSERT(nearest > 0x1p-28, "%s: 2^%g", name, log2(nearest));
}

static void
functions_are_correctly_rounded(void)
{
    ctx_f16 *ctx = new_context();
    begin();
    check_function("exp", f16_exp, mpfr_exp, ctx);
    check_function("expm1", f16_expm1, mpfr_expm1, ctx);
    check_function("log", f16_log, mpfr_log, ctx);
    check_function("log1p", f16_log1p, mpfr_log1p, ctx);
    check_function("tanh", f16_tanh, mpfr_tanh, ctx);
    end();
    ctx_free_f16(ctx);
}

/* 1 + e^-a is that of its two operations, also where libm is not asked; a number's class, its digits and the operations that do not
   round. */
static void
every_number(void)
{
    ctx_f16 *ctx = new_context();
    for (uint32_t code = 0; code < CODES; code++) {
        const float a = number(code);
        float got, minus, e;
        f16_one_plus_exp_neg(&got, &a, 1, ctx);
        f16_neg(&minus, &a, ctx);
        f16_exp(&e, &minus, ctx);
        f16_add(&e, ctx->one, &e, ctx);
        ASSERT(same(got, e), "1 + e^-%a is %a, not %a", (double)a, (double)got, (double)e);
        ga_number n;
        char text[40];
        f16_get_number(&n, &a);
        const uint32_t magnitude = code & 0x7fff;
        ASSERT(n.klass == (magnitude == 0 ? GA_ZERO : magnitude < SUBNORMALS ? GA_SUBNORMAL : magnitude < INFINITE ? GA_NORMAL
                           : magnitude == INFINITE ? GA_INFINITE : GA_NAN), "%a", (double)a);
        f16_print(text, sizeof text, &a, 0);
        f16_set_d(&got, strtod(text, NULL), ctx);
        ASSERT(same(got, a), "%s is not %a", text, (double)a);
        f16_abs(&got, &a, ctx);
        ASSERT(isnan(a) || same(got, number(magnitude)), "|%a|", (double)a);
        ASSERT(isnan(a) || same(minus, number(code ^ 0x8000)), "-%a", (double)a);
    }
    ctx_free_f16(ctx);
}

TEST_MAIN("f16", TEST(roundings), TEST(operations_equal_mpfr), TEST(operations_equal_the_compilers),
          TEST(functions_are_correctly_rounded), TEST(every_number))
