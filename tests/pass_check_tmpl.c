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
    NUM(tape_end)(NUM(tape_run)(m, ds, e, ctx));
    NUM(ctx_free)(ctx);
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
    NUM(tape) *clean = NUM(tape_run)(m, ds, &e, ctx), *noisy = NUM(tape_for)(m, ds, &e, ctx);
    const program *p = noisy->p;
    size_t computed = 0;
    for (size_t v = 0; v < p->n_values; v++)
        for (size_t i = 0; p->value[v].role == VALUE_COMPUTED && i < noisy->value[v].rows * noisy->value[v].cols; i++)
            num_set_d(noisy->value[v].e + i, NAN, ctx);
    for (size_t i = 0; i < CONTEXT_TEMPORARIES; i++)
        num_set_d(ctx->t + i, NAN, ctx);
    NUM(tape_pass)(noisy, m, ds, ctx);
    for (size_t v = 0; v < p->n_values; v++) {
        const NUM(mat) *want = clean->value + v, *got = noisy->value + v;
        const size_t rows = p->value[v].rows == 0 ? ds->n - 1 : want->rows; /* padding may be anything */
        computed += p->value[v].role == VALUE_COMPUTED;
        for (size_t i = 0; want->e != NULL && i < rows * want->cols; i++)
            if (!ASSERT(NUM(num_same)(got->e + i, want->e + i), "%s: noise reaches value %zu [%zu]", format, v, i))
                break;
    }
    ASSERT(computed == 4 + 3 * 2 + 3 + 3 * 2 + 1 + 4 * 2, "%zu values", computed); /* sums, functions, loss, products; leaves */
    NUM(tape_end)(clean);
    NUM(tape_end)(noisy);
    NUM(ctx_free)(ctx);
    ga_model_free(m);
    ga_dataset_free(ds);
}
