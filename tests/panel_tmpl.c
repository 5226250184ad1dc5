/* SPDX-License-Identifier: Apache-2.0 */
/* panel_tmpl.c -- products of matrices of a format, given and returned as doubles, which hold its numbers; after test_panel.c. */
static NUM(mat)
NUM(given)(size_t rows, size_t cols, const double *x, NUM(ctx) *ctx)
{
    NUM(mat) m = NUM(mat_new)(rows, cols, ctx->common.bits, ctx);
    for (size_t i = 0; i < rows * cols; i++)
        num_set_d(m.e + i, x[i], ctx);
    return m;
}

static void
NUM(multiply)(double *c, const shape *s, const double *a, const double *b, ga_format f)
{
    const ga_estimator e = { .format = f, .product = GA_LOOP, .gain = 1, .logit_scale = 1 };
    NUM(ctx) *const ctx = NUM(ctx_new)(&e);
    NUM(mat) ma = NUM(given)(s->ta ? s->n : s->rows, s->ta ? s->rows : s->n, a, ctx);
    NUM(mat) mb = NUM(given)(s->tb ? s->cols : s->n, s->tb ? s->n : s->cols, b, ctx);
    NUM(mat) mc = NUM(given)(s->rows, s->cols, c, ctx);
    NUM(gemm)(&mc, &ma, s->ta, &mb, s->tb, NULL, ctx);
    for (size_t i = 0; i < s->rows * s->cols; i++)
        c[i] = num_get_d(mc.e + i);
    NUM(mat_free)(&ma);
    NUM(mat_free)(&mb);
    NUM(mat_free)(&mc);
    NUM(ctx_free)(ctx);
}
