/* SPDX-License-Identifier: Apache-2.0 */
/* pass_check_tmpl.c -- what a format's pass does, and whether old contents of its tape matter. */
static NUM(ctx) *
NUM(context)(const ga_model *m, const ga_dataset *ds, const ga_estimator *e)
{
    size_t n = ds->n;
    for (size_t l = 0; l < m->n_layers; l++)
        n += m->layer[l].n_in + m->layer[l].n_out; /* more than the longest sum */
    const long bits = e->format.bits > 53 ? e->format.bits : 53;
    NUM(ctx) *ctx = NUM(ctx_new)(e);
    if (ctx == NULL || !NUM(gemm_reserve)(n, bits, bits, ctx))
        exit(99);
    return ctx;
}

static void
NUM(trace_of)(trace *t, const ga_model *m, const ga_dataset *ds, const ga_estimator *e)
{
    NUM(ctx) *ctx = NUM(context)(m, ds, e);
    t->n = 0;
    ctx->common.trace = t;
    NUM(tape_free)(NUM(tape_run)(m, ds, e, ctx));
    NUM(ctx_free)(ctx);
}

/* Every matrix of the tape but its input: up to 9 a layer, and 3. */
static size_t
NUM(tensors)(NUM(mat) **tensor, NUM(tape) *tape)
{
    size_t n = 0;
    for (size_t l = 0; l < tape->n_layers; l++) {
        NUM(mat) *all[] = { &tape->u[l], &tape->z[l], &tape->delta[l], &tape->scaled[l], &tape->dw[l], &tape->db[l],
                            &tape->a[l], &tape->d[l], &tape->back[l] };
        for (size_t i = 0; i < (l + 1 < tape->n_layers ? 9 : 6); i++)
            tensor[n++] = all[i];
    }
    tensor[n++] = &tape->p;
    tensor[n++] = &tape->loss;
    tensor[n++] = &tape->dx;
    return n;
}

static void
NUM(ignores_noise)(const char *format, ga_formulas formulas, ga_product product, ga_loss loss)
{
    uint64_t state = test_seed();
    static const size_t sizes[] = { 19, 8, 7, 6, 5 };
    static const ga_activation hidden[] = { GA_SIGMOID, GA_TANH, GA_RELU };
    ga_model *m = network_new(GA_F32, 4, sizes, hidden, 5, &state);
    ga_dataset *ds = network_images(m, 6, &state);
    ga_estimator e = network_estimator(format, formulas, product);
    e.loss = loss;
    NUM(ctx) *ctx = NUM(context)(m, ds, &e);
    NUM(tape) *clean = NUM(tape_run)(m, ds, &e, ctx), *noisy = NUM(tape_new)(m, ds->n, true, ctx);
    NUM(mat) *want[64], *got[64];
    const size_t n = NUM(tensors)(got, noisy);
    for (size_t t = 0; t < n; t++)
        for (size_t i = 0; i < got[t]->rows * got[t]->cols; i++)
            num_set_d(got[t]->e + i, NAN, ctx);
    for (size_t i = 0; i < CONTEXT_TEMPORARIES; i++)
        num_set_d(ctx->t + i, NAN, ctx);
    NUM(tape_pass)(noisy, m, ds, &e, ctx);
    ASSERT(NUM(tensors)(want, clean) == n && n == 9 * 4 - 3 + 3);
    for (size_t t = 0; t < n; t++)
        for (size_t i = 0; i < want[t]->rows * want[t]->cols; i++)
            if (!ASSERT(NUM(num_same)(got[t]->e + i, want[t]->e + i), "%s: noise reaches tensor %zu [%zu]", format, t, i))
                break;
    for (size_t i = (ds->n - 1) * sizes[0]; i < ds->n * sizes[0]; i++) /* the row of padding */
        ASSERT(num_sgn(clean->dx.e + i) == 0 && !num_is_nan(clean->dx.e + i), "padding has a gradient");
    NUM(tape_free)(clean);
    NUM(tape_free)(noisy);
    NUM(ctx_free)(ctx);
    ga_model_free(m);
    ga_dataset_free(ds);
}
