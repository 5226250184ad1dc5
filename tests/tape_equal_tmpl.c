/* SPDX-License-Identifier: Apache-2.0 */
/* tape_equal_tmpl.c -- the tape of a format against the tape of its emulation, tensor by tensor, bit by bit. */
static bool
NUM(same_bits)(const num *a, mpfr_srcptr b)
{
    const double x = mpfr_get_d(b, MPFR_RNDN); /* exact */
    return isnan(*a) ? isnan(x) : *a == x && !signbit(*a) == !signbit(x);
}

static void
NUM(same_matrix)(const NUM(mat) *a, const mat_ieee *b, size_t rows, size_t v, counts *n, const NUM(ctx) *ctx)
{
    for (size_t i = 0; i < rows * a->cols; i++) {
        if (!ASSERT(NUM(same_bits)(a->e + i, b->e + i), "value %zu [%zu]: %a against %a", v, i, (double)a->e[i],
                    mpfr_get_d(b->e + i, MPFR_RNDN)))
            return;
        n->elements++;
        n->zeros += a->e[i] == 0;
        ga_number number;
        num_get_number(&number, a->e + i, ctx);
        n->subnormal += number.klass == GA_SUBNORMAL;
    }
}

static void
NUM(same_tape)(const NUM(tape) *a, const tape_ieee *b, counts *n, const NUM(ctx) *ctx)
{
    for (size_t v = 0; v < a->p->n_values; v++)
        if (a->p->value[v].role == VALUE_COMPUTED)
            NUM(same_matrix)(a->value + v, b->value + v, a->p->value[v].rows == 0 ? a->end : a->value[v].rows, v, n, ctx);
}

/* The emulation is given its own network, estimator and images, of the numbers that the format makes of those of m, e and ds. */
static counts
NUM(equal)(const ga_model *m, const ga_estimator *e, const ga_dataset *ds, const ga_model *own, const ga_estimator *own_e,
           const ga_dataset *own_ds)
{
    counts n = { 0 };
    rounded_select(e->format);
    NUM(ctx) *ctx = NUM(ctx_new)(e);
    ctx_ieee *emulated = ctx_new_ieee(own_e);
    ctx->libm = &NUM(rounded_libm);
    NUM(tape) *a = NUM(tape_run)(m, ds, e, ctx);
    tape_ieee *b = tape_run_ieee(own, own_ds, own_e, emulated);
    NUM(same_tape)(a, b, &n, ctx);
    NUM(tape_end)(a);
    tape_end_ieee(b);
    NUM(ctx_free)(ctx);
    ctx_free_ieee(emulated);
    return n;
}
