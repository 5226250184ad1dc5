/* SPDX-License-Identifier: Apache-2.0 */
/* mpfr_ops.h -- the operations of ops.h on MPFR numbers; MPFR_FINISH(r, ternary, ctx) ends each arithmetic operation (a test
   emulates IEEE formats with mpfr_subnormalize there). num/emu.h has MPFR_DO(r, ctx, function, ...) instead, r = function(...)
   rounded as the format rounds, and MPFR_IN(a, ctx), an operand. Included by mp.h. */
#include <stdbool.h>
#include <stdlib.h>

#include <mpfr.h>

#include "num/context.h"
#include "num/decimal.h"
#include "num/function.h"
#include "num/mpfr_exp.h"
#include "num/mpfr_narrow.h"
#include "num/mpfr_vec.h"
#include "num/ops.h"
#include "num/smooth.h"

#ifndef MPFR_DO
#define MPFR_DO(r, ctx, function, ...) MPFR_FINISH(r, function(r, __VA_ARGS__, MPFR_RNDN), ctx)
#define MPFR_SUM MPFR_DO
#define MPFR_EXP(r, a, ctx) MPFR_FINISH(r, mpfr_exp_by_tables(r, a, (ctx)->exp), ctx)
#define MPFR_IN(a, ctx) (a)
#define MPFR_SUBNORMAL(exponent, ctx) ((void)(ctx), false)
#define MPFR_NUMBER mpfr_vec_number
#endif

typedef struct {
    context common;
    num *t;           /* temporaries of the element loops */
    num *one;
    num *term;        /* exact products for the correctly rounded sum, and pointers to them */
    mpfr_ptr *terms;
    size_t n_term;
    long term_bits;
    void *product; /* what products need, and how it is freed */
    void (*product_free)(void *product);
    struct exp_fixed *exp; /* NULL: by MPFR alone */
    mpfr_exp_t least, greatest; /* mpr.h: the range of results */
    ga_format format, store; /* emu.h: the format; of num_narrow, */
    long store_scale;        /* and the binary logarithm of what it multiplies by before */
    num *odd, *zero;         /* emu.h: results before they are rounded to it; 0 and -0 */
} NUM(ctx);

#ifdef MPFR_EMULATES
static inline mpfr_srcptr emu_operand(mpfr_srcptr a, const NUM(ctx) *ctx)
{
    const bool flushed = ctx->format.flush_in && mpfr_regular_p(a) && mpfr_get_exp(a) - 1 < ctx->format.emin;
    return flushed ? ctx->zero + mpfr_signbit(a) : a;
}
static inline void emu_finish(num *r, NUM(ctx) *ctx, int inexact)
{
    if (!ctx->common.stochastic) {
        mpfr_narrow_odd(r, ctx->odd, inexact, &ctx->format, 0);
        return;
    }
    const uint32_t draw = context_draw(&ctx->common);
    mpfr_narrow_odd(r, ctx->odd, inexact, &ctx->format, draw);
    context_drawn(&ctx->common, r, sizeof *r, draw, inexact != 0 || !mpfr_equal_p(r, ctx->odd));
}
/* A sum that is 0 has the sign that the rounding gives it: rounded down, that of -0 unless both are +0. */
static inline void emu_sum(num *r, NUM(ctx) *ctx, int (*sum)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t), mpfr_srcptr a,
                           mpfr_srcptr b)
{
    const int inexact = sum(ctx->odd, a, b, MPFR_RNDZ);
    if (ctx->format.rounding == GA_DOWN && inexact == 0 && mpfr_zero_p(ctx->odd))
        sum(ctx->odd, a, b, MPFR_RNDD);
    emu_finish(r, ctx, inexact);
}
#endif

static inline void num_set_zero(num *r, NUM(ctx) *ctx) { (void)ctx; mpfr_set_zero(r, 1); }
static inline void num_set(num *r, const num *a, NUM(ctx) *ctx) { MPFR_DO(r, ctx, mpfr_set, a); }
static inline void num_set_d(num *r, double a, NUM(ctx) *ctx) { MPFR_DO(r, ctx, mpfr_set_d, a); }
static inline void num_neg(num *r, const num *a, NUM(ctx) *ctx) { MPFR_DO(r, ctx, mpfr_neg, a); }
static inline void num_abs(num *r, const num *a, NUM(ctx) *ctx) { MPFR_DO(r, ctx, mpfr_abs, a); }
static inline void num_add(num *r, const num *a, const num *b, NUM(ctx) *ctx)
{
    MPFR_SUM(r, ctx, mpfr_add, MPFR_IN(a, ctx), MPFR_IN(b, ctx));
}
static inline void num_sub(num *r, const num *a, const num *b, NUM(ctx) *ctx)
{
    MPFR_SUM(r, ctx, mpfr_sub, MPFR_IN(a, ctx), MPFR_IN(b, ctx));
}
static inline void num_mul(num *r, const num *a, const num *b, NUM(ctx) *ctx)
{
    MPFR_DO(r, ctx, mpfr_mul, MPFR_IN(a, ctx), MPFR_IN(b, ctx));
}
static inline void num_div(num *r, const num *a, const num *b, NUM(ctx) *ctx)
{
    MPFR_DO(r, ctx, mpfr_div, MPFR_IN(a, ctx), MPFR_IN(b, ctx));
}
static inline void num_muladd(num *r, const num *a, const num *b, NUM(ctx) *ctx)
{
    num_mul(ctx->t, a, b, ctx);
    num_add(r, r, ctx->t, ctx);
}
static inline void num_dot(num *r, const num *a, const num *b, size_t n, NUM(ctx) *ctx)
{
    num_set_zero(r, ctx);
    for (size_t i = 0; i < n; i++)
        num_muladd(r, a + i, b + i, ctx);
}
static inline void num_store(ga_format f, int k, NUM(ctx) *ctx)
{
    ctx->store = f;
    ctx->store_scale = k;
}
static inline void num_narrow(num *r, const num *a, NUM(ctx) *ctx)
{
    MPFR_DO(r, ctx, mpfr_store, a, &ctx->store, ctx->store_scale);
}
static inline void num_narrow_all(num *r, const num *a, size_t n, NUM(ctx) *ctx)
{
    for (size_t i = 0; i < n; i++)
        num_narrow(r + i, a + i, ctx);
}
static inline void num_sqrt(num *r, const num *a, NUM(ctx) *ctx) { MPFR_DO(r, ctx, mpfr_sqrt, MPFR_IN(a, ctx)); }
static inline void num_exp(num *r, const num *a, NUM(ctx) *ctx) { MPFR_EXP(r, a, ctx); }
static inline void num_one_plus_exp_neg(num *r, const num *a, size_t n, NUM(ctx) *ctx)
{
    for (size_t i = 0; i < n; i++) {
        num_neg(r + i, a + i, ctx);
        num_exp(r + i, r + i, ctx);
        num_add(r + i, ctx->one, r + i, ctx);
    }
}
static inline void num_expm1(num *r, const num *a, NUM(ctx) *ctx) { MPFR_DO(r, ctx, mpfr_expm1, MPFR_IN(a, ctx)); }
static inline void num_log(num *r, const num *a, NUM(ctx) *ctx) { MPFR_DO(r, ctx, mpfr_log, MPFR_IN(a, ctx)); }
static inline void num_log1p(num *r, const num *a, NUM(ctx) *ctx) { MPFR_DO(r, ctx, mpfr_log1p, MPFR_IN(a, ctx)); }
static inline void num_tanh(num *r, const num *a, NUM(ctx) *ctx) { MPFR_DO(r, ctx, mpfr_tanh, MPFR_IN(a, ctx)); }
static inline void num_erf(num *r, const num *a, NUM(ctx) *ctx) { MPFR_DO(r, ctx, mpfr_erf, MPFR_IN(a, ctx)); }
static inline void num_constant(num *r, smooth_constant c, NUM(ctx) *ctx) { MPFR_DO(r, ctx, smooth_mpfr_constant, c); }
static inline void num_smooth(num *r, smooth_id f, int order, const num *a, NUM(ctx) *ctx)
{
    MPFR_DO(r, ctx, smooth_mpfr, f, order, MPFR_IN(a, ctx));
}
static inline void num_function(num *r, function_id f, int order, const num *a, const num *c, NUM(ctx) *ctx)
{
    MPFR_DO(r, ctx, function_mpfr, f, order, MPFR_IN(a, ctx), c == NULL ? c : MPFR_IN(c, ctx));
}
static inline int num_sgn(const num *a) { return mpfr_nan_p(a) ? 0 : mpfr_sgn(a); }
static inline bool num_less(const num *a, const num *b) { return mpfr_less_p(a, b); }
static inline bool num_equal(const num *a, const num *b) { return mpfr_equal_p(a, b); }
static inline void num_hull(num *r, const num *a, const num *b, NUM(ctx) *ctx) { (void)r, (void)a, (void)b, (void)ctx, abort(); }
static inline bool num_is_nan(const num *a) { return mpfr_nan_p(a); }
static inline double num_get_d(const num *a) { return mpfr_get_d(a, MPFR_RNDN); }
static inline void num_get_number(ga_number *r, const num *a, const NUM(ctx) *ctx)
{
    MPFR_NUMBER(r, a);
    if (r->klass == GA_NORMAL && MPFR_SUBNORMAL(r->exponent, ctx))
        r->klass = GA_SUBNORMAL;
}
static inline int64_t num_decade(const num *a) { return mpfr_regular_p(a) ? decimal_decade(a) : 0; }
static inline int num_print(char *text, size_t size, const num *a, int digits, const NUM(ctx) *ctx)
{
    (void)ctx;
    return decimal_print_mpfr(text, size, a, digits);
}

/* n zeros of the given precision, or NULL. The caller frees them with vec_free. */
static inline num *num_vec_new(size_t n, long bits) { return mpfr_vec_new(n, bits); }
static inline void num_vec_free(num *v) { free(v); }

#undef MPFR_DO
#undef MPFR_SUM
#undef MPFR_EXP
#undef MPFR_IN
#undef MPFR_SUBNORMAL
#undef MPFR_NUMBER
