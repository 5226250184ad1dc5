/* SPDX-License-Identifier: Apache-2.0 */
/* fp_context_tmpl.c -- the context of float and double passes. */
static const NUM(libm) NUM(system_libm) = { LIBM(exp), LIBM(expm1), LIBM(log), LIBM(log1p), LIBM(tanh), LIBM(erf), LIBM(smooth),
                                                    LIBM(elementary) };

NUM(ctx) *
NUM(ctx_new)(const ga_estimator *e)
{
    NUM(ctx) *ctx = calloc(1, sizeof *ctx);
    if (ctx == NULL || (ctx->t = num_vec_new(CONTEXT_TEMPORARIES, e->format.bits)) == NULL) {
        free(ctx);
        return NULL;
    }
    ctx->common = (context){ .formulas = e->formulas, .loss = e->loss, .product = e->product, .backend = e->backend,
                              .bits = e->format.bits };
    ctx->libm = &NUM(system_libm);
    NUM(ctx_rules)(ctx, e->format);
    num_set_d(ctx->one, 1, ctx);
    return ctx;
}

void
NUM(ctx_free)(NUM(ctx) *ctx)
{
    if (ctx == NULL)
        return;
    num_vec_free(ctx->t);
    free(ctx);
}
