/* SPDX-License-Identifier: Apache-2.0 */
/* mpfr_context_tmpl.c -- the context of MPFR passes. */
#include "num/format.h"

NUM(ctx) *
NUM(ctx_new)(const ga_estimator *e)
{
    NUM(ctx) *ctx = calloc(1, sizeof *ctx);
    if (ctx == NULL)
        return NULL;
    ctx->common = (context){ .formulas = e->formulas, .loss = e->loss, .product = e->product, .backend = e->backend,
                              .bits = e->format.bits, .stochastic = e->format.rounding == GA_STOCHASTIC,
                              .seed = e->format.seed, .rounds_model = format_find(e->format)->rounds_model };
    ctx->least = (mpfr_exp_t)format_least_exponent(e->format);
    ctx->greatest = (mpfr_exp_t)format_emax(e->format) + 1;
    ctx->format = e->format;
    ctx->odd = num_vec_new(1, e->format.bits + MPFR_ODD_BITS);
    ctx->zero = num_vec_new(2, e->format.bits);
    ctx->t = num_vec_new(CONTEXT_TEMPORARIES, e->format.bits);
    ctx->one = num_vec_new(1, e->format.bits);
    if (ctx->t == NULL || ctx->one == NULL || ctx->odd == NULL || ctx->zero == NULL) {
        NUM(ctx_free)(ctx);
        return NULL;
    }
    mpfr_set_zero(ctx->zero + 1, -1);
    ctx->exp = mpfr_exp_tables(e->format.bits);
    num_set_d(ctx->one, 1, ctx);
    return ctx;
}

void
NUM(ctx_free)(NUM(ctx) *ctx)
{
    if (ctx == NULL)
        return;
    num_vec_free(ctx->t);
    num_vec_free(ctx->one);
    num_vec_free(ctx->odd);
    num_vec_free(ctx->zero);
    mpfr_exp_tables_free(ctx->exp);
    num_vec_free(ctx->term);
    free(ctx->terms);
    if (ctx->product_free != NULL)
        ctx->product_free(ctx->product);
    free(ctx);
}
