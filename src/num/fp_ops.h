/* SPDX-License-Identifier: Apache-2.0 */
/* fp_ops.h -- the operations of ops.h for a format whose numbers the C type num, float or double, holds. Included by the format's
   header, which says how they round:
     NUM_RULES           the type of ctx->rules, if there are any, and of ctx->from: NUM_FROM_RULES
     NUM_WIDE            the C type in which +, -, * and / are computed; NUM_IN(x) is an operand, NUM_FINISH(x) the result, rounded
                         to the format
     NUM_ZERO(x)         x, a number of the format but for the sign of a zero
     NUM_LIBM            the C type of the functions of libm; NUM_FROM(x) is a result of theirs, or a double, rounded to the format
     NUM_LOW, NUM_HIGH    1 + e^-a is NUM_INFINITE for a <= NUM_LOW and 1 for a >= NUM_HIGH
     NUM_NORMAL          the least normal number
     NUM_DIGITS          how many decimal digits read back to the same number */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "num/context.h"
#include "num/decimal.h"
#include "num/format.h"
#include "num/function.h"
#include "num/guard.h"
#include "num/narrow.h"
#include "num/narrow_all.h"
#include "num/ops.h"
#include "num/smooth.h"

#define OF_RULES(type) OF_RULES_(type)
#define OF_RULES_(type) type##_of

/* The functions that IEEE 754 does not require to be correctly rounded: the C library's, and those of
   num/smooth.h and num/function.h, or a test's own. */
typedef struct {
    NUM_LIBM (*exp)(NUM_LIBM), (*expm1)(NUM_LIBM), (*log)(NUM_LIBM), (*log1p)(NUM_LIBM), (*tanh)(NUM_LIBM), (*erf)(NUM_LIBM),
        (*smooth)(smooth_id f, int order, NUM_LIBM x), (*function)(function_id f, int order, NUM_LIBM x, NUM_LIBM c);
} NUM(libm);

typedef struct {
    context common;
#ifdef NUM_RULES
    NUM_RULES rules;
#endif
#ifdef NUM_FROM_RULES
    NUM_FROM_RULES from;
#endif
    narrow32 floats;    /* of products in float (gemm/panel.h); bounded is 0: there are none */
    ga_format stored;   /* of num_narrow, */
    narrow64 store;
    narrow32 store_fast; /* where narrow_has_floats */
    ga_rounding store_rounding; /* how it rounds, */
    double store_up, store_down; /* and what it multiplies by before and after */
    const NUM(libm) *libm;
    num *t;        /* temporaries of the element loops */
    num one[1];
} NUM(ctx);

static inline void NUM(ctx_rules)(NUM(ctx) *ctx, ga_format f)
{
    (void)ctx, (void)f;
#ifdef NUM_RULES
    ctx->rules = OF_RULES(NUM_RULES)(f);
#endif
#ifdef NUM_FROM_RULES
    ctx->from = OF_RULES(NUM_FROM_RULES)(f);
#endif
    ctx->floats = narrow_in_floats(f) ? narrow32_of(f) : (narrow32){ .bounded = 0 };
}
static inline void num_store(ga_format f, int k, NUM(ctx) *ctx)
{
    if (ctx->stored.bits == 0 || !format_equal(ctx->stored, f)) {
        ctx->stored = f;
        ctx->store = narrow64_of(f);
        if (narrow_has_floats(f))
            ctx->store_fast = narrow32_of(f);
    }
    ctx->store_rounding = f.rounding;
    ctx->store_up = ldexp(1, k);
    ctx->store_down = ldexp(1, -k);
}

/* Of the C type: an operand, and a result that is rounded, in a plain format by round_plain (num/narrow.h). */
static inline num OP(take)(num x, const NUM(ctx) *ctx) { (void)ctx; return NUM_IN(x); }
static inline num OP(round)(num x, const NUM(ctx) *ctx) { (void)ctx; return NUM_FINISH(x); }
static inline num OP(round_plain)(num x, const NUM(ctx) *ctx) { (void)ctx; return NUM_FINISH_PLAIN(x); }
static inline bool OP(is_plain)(const NUM(ctx) *ctx) { (void)ctx; return NUM_PLAIN; }

static inline void num_set_zero(num *r, NUM(ctx) *ctx) { (void)ctx; *r = 0; }
static inline void num_set(num *r, const num *a, NUM(ctx) *ctx) { (void)ctx; *r = *a; }
static inline void num_set_d(num *r, double a, NUM(ctx) *ctx) { (void)ctx; *r = NUM_FROM(a); }
static inline void num_neg(num *r, const num *a, NUM(ctx) *ctx) { (void)ctx; *r = NUM_ZERO(-*a); }
static inline void num_abs(num *r, const num *a, NUM(ctx) *ctx) { (void)ctx; *r = (num)LIBM(fabs)(*a); }
static inline void num_add(num *r, const num *a, const num *b, NUM(ctx) *ctx)
{
    (void)ctx;
    *r = NUM_FINISH(NUM_IN((NUM_WIDE)*a) + NUM_IN(*b));
}
static inline void num_sub(num *r, const num *a, const num *b, NUM(ctx) *ctx)
{
    (void)ctx;
    *r = NUM_FINISH(NUM_IN((NUM_WIDE)*a) - NUM_IN(*b));
}
static inline void num_mul(num *r, const num *a, const num *b, NUM(ctx) *ctx)
{
    (void)ctx;
    *r = NUM_FINISH(NUM_IN((NUM_WIDE)*a) * NUM_IN(*b));
}
static inline void num_div(num *r, const num *a, const num *b, NUM(ctx) *ctx)
{
    (void)ctx;
    *r = NUM_FINISH(NUM_IN((NUM_WIDE)*a) / NUM_IN(*b));
}
static inline void num_muladd(num *r, const num *a, const num *b, NUM(ctx) *ctx)
{
    (void)ctx;
    const num product = NUM_FINISH(NUM_IN((NUM_WIDE)*a) * NUM_IN(*b)); /* -ffp-contract=off keeps this rounding */
    *r = NUM_FINISH(NUM_IN((NUM_WIDE)*r) + NUM_IN(product));
}
static inline void num_dot(num *r, const num *a, const num *b, size_t n, NUM(ctx) *ctx)
{
    (void)ctx;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    *r = NUM_FROM(sum);
}
static inline void num_narrow(num *r, const num *a, NUM(ctx) *ctx)
{
    const double x = (double)*a * ctx->store_up;
    const double to = ctx->store_rounding == GA_TOWARD_ZERO ? narrow_double_toward_zero(x, &ctx->store)
                                                            : narrow_double(x, &ctx->store);
    *r = NUM_FROM(to * ctx->store_down);
}
#ifndef NUM_NARROW_ALL /* a header of a format whose element is float, and computed in float, has vectors */
#define NUM_NARROW_ALL(r, a, n, ctx) false
#endif
static inline void num_narrow_all(num *r, const num *a, size_t n, NUM(ctx) *ctx)
{
    if (NUM_NARROW_ALL(r, a, n, ctx))
        return;
    for (size_t i = 0; i < n; i++)
        num_narrow(r + i, a + i, ctx);
}
#undef NUM_NARROW_ALL
/* A root of at most 24 bits, rounded to 53 and then to those, is rounded to nearest once (Figueroa, 1995). */
static inline void num_sqrt(num *r, const num *a, NUM(ctx) *ctx) { (void)ctx; *r = NUM_FROM(sqrt((double)NUM_IN(*a))); }
static inline void num_exp(num *r, const num *a, NUM(ctx) *ctx) { *r = NUM_FROM(ctx->libm->exp(NUM_IN(*a))); }

/* libm is called only for a in (NUM_LOW, NUM_HIGH): (-90, 18) in float, (-711, 38) in double, (-12, 8) in float16. Beyond, every
   exponential with an error below a fifth gives the same: e^-a is below (4/5) 2^-p for p bits, so that 1 + e^-a rounds to 1
   (e^-18 < 2^-25.9, e^-38 < 2^-54.8, e^-8 < 2^-11.5); or above (5/4) 2^(emax+1), so that it is infinite (e^90 > 2^129.8,
   e^711 > 2^1025.7, e^12 > 2^17.3). A NaN is on neither side. */
static inline void num_one_plus_exp_neg(num *restrict r, const num *restrict a, size_t n, NUM(ctx) *ctx)
{
    const num low = NUM_LOW, high = NUM_HIGH;
    const num middle = (low + high) / 2, reach = (high - low) / 2;
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        r[i] = a[i] > 0 ? (num)1 : (num)NUM_INFINITE;
    for (size_t i = 0; i < n; i++)
        if (!(LIBM(fabs)(a[i] - middle) >= reach)) /* rare in saturated networks */
            r[i] = NUM_FINISH(1 + (NUM_WIDE)NUM_IN(NUM_FROM(ctx->libm->exp(-NUM_IN(a[i])))));
}

static inline void num_expm1(num *r, const num *a, NUM(ctx) *ctx) { *r = NUM_FROM(ctx->libm->expm1(NUM_IN(*a))); }
static inline void num_log(num *r, const num *a, NUM(ctx) *ctx) { *r = NUM_FROM(ctx->libm->log(NUM_IN(*a))); }
static inline void num_log1p(num *r, const num *a, NUM(ctx) *ctx) { *r = NUM_FROM(ctx->libm->log1p(NUM_IN(*a))); }
static inline void num_tanh(num *r, const num *a, NUM(ctx) *ctx) { *r = NUM_FROM(ctx->libm->tanh(NUM_IN(*a))); }
static inline void num_erf(num *r, const num *a, NUM(ctx) *ctx) { *r = NUM_FROM(ctx->libm->erf(NUM_IN(*a))); }
static inline void num_constant(num *r, smooth_constant c, NUM(ctx) *ctx) { num_set_d(r, smooth_constants[c], ctx); }
static inline void num_smooth(num *r, smooth_id f, int order, const num *a, NUM(ctx) *ctx)
{
    *r = NUM_FROM(ctx->libm->smooth(f, order, NUM_IN(*a)));
}
static inline void num_function(num *r, function_id f, int order, const num *a, const num *c, NUM(ctx) *ctx)
{
    *r = NUM_FROM(ctx->libm->function(f, order, NUM_IN(*a), c == NULL ? 0 : NUM_IN(*c)));
}
static inline int num_sgn(const num *a) { return (*a > 0) - (*a < 0); }
static inline bool num_less(const num *a, const num *b) { return *a < *b; }
static inline bool num_equal(const num *a, const num *b) { return *a == *b; }
static inline void num_hull(num *r, const num *a, const num *b, NUM(ctx) *ctx) { (void)r, (void)a, (void)b, (void)ctx, abort(); }
static inline bool num_is_nan(const num *a) { return isnan(*a); }
static inline double num_get_d(const num *a) { return *a; }

static inline void num_get_number(ga_number *r, const num *a, const NUM(ctx) *ctx)
{
    (void)ctx;
    int exponent = 0;
    *r = (ga_number){ .klass = *a == 0 ? GA_ZERO : isnan(*a) ? GA_NAN : isinf(*a) ? GA_INFINITE
                            : LIBM(fabs)(*a) < (num)NUM_NORMAL ? GA_SUBNORMAL : GA_NORMAL,
                      .sign = num_sgn(a), .mantissa = *a };
    if (r->klass == GA_SUBNORMAL || r->klass == GA_NORMAL) {
        r->mantissa = 2 * frexp(*a, &exponent);
        r->exponent = exponent - 1;
    }
}

static inline int64_t num_decade(const num *a) { return isfinite(*a) && *a != 0 ? decimal_decade_d(*a) : 0; }

static inline int num_print(char *text, size_t size, const num *a, int digits, const NUM(ctx) *ctx)
{
    (void)ctx;
    return decimal_print_d(text, size, *a, digits > 0 ? digits : NUM_DIGITS);
}

/* n numbers on a 64-byte boundary, or NULL; bits is the format's own. The caller frees them with vec_free. */
static inline num *num_vec_new(size_t n, long bits)
{
    (void)bits;
    return aligned_alloc(64, (n * sizeof(num) + 64) / 64 * 64);
}
static inline void num_vec_free(num *v) { free(v); }

#undef NUM_RULES
#undef NUM_FROM_RULES
#undef NUM_WIDE
#undef NUM_IN
#undef NUM_FINISH
#undef NUM_FINISH_PLAIN
#undef NUM_PLAIN
#undef NUM_ZERO
#undef NUM_INFINITE
#undef NUM_LIBM
#undef NUM_FROM
#undef NUM_LOW
#undef NUM_HIGH
#undef NUM_NORMAL
#undef NUM_DIGITS
