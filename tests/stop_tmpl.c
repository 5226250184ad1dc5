/* SPDX-License-Identifier: Apache-2.0 */
/* stop_tmpl.c -- products and passes of a format that are told to end; for test_stop.c. */

/* A product of ROWS rows that is asked in vain `limit` times: that many rows are made, the others hold what they held. */
static void
NUM(product_ends)(ga_product product, const char *format)
{
    const ga_estimator e = network_estimator(format, GA_NAIVE, product);
    NUM(ctx) *const ctx = NUM(ctx_new)(&e);
    ASSERT(NUM(gemm_reserve)(COLS, e.format.bits, e.format.bits, ctx));
    NUM(mat) a = NUM(mat_new)(ROWS, COLS, e.format.bits, ctx), b = NUM(mat_new)(COLS, COLS, e.format.bits, ctx);
    NUM(mat) c = NUM(mat_new)(ROWS, COLS, e.format.bits, ctx);
    for (size_t i = 0; i < ROWS * COLS; i++)
        num_set_d(a.e + i, 1, ctx);
    for (size_t i = 0; i < COLS * COLS; i++)
        num_set_d(b.e + i, 1, ctx);
    for (int limit = 0; limit <= ROWS; limit++) {
        stopping s = { .limit = limit };
        for (size_t i = 0; i < ROWS * COLS; i++)
            num_set_d(c.e + i, NOISE, ctx);
        call_state call = { .stop = stop_at_limit, .data = &s };
        call_state *const before = call_work_for(&call);
        NUM(gemm)(&c, &a, false, &b, false, NULL, ctx);
        ASSERT(call_ended() == (limit < ROWS ? GA_INTERRUPTED : GA_OK), "%s: asked %d times", format, s.asked);
        call_work_for(before);
        for (size_t i = 0; i < ROWS * COLS; i++) /* a row of ones times columns of ones */
            ASSERT(num_get_d(c.e + i) == (i / COLS < (size_t)limit ? COLS : NOISE), "%s, limit %d: c[%zu] is %g", format, limit, i,
                   num_get_d(c.e + i));
    }
    NUM(mat_free)(&a);
    NUM(mat_free)(&b);
    NUM(mat_free)(&c);
    NUM(ctx_free)(ctx);
}

/* What the trace of a pass has, products among it: after the call has been stopped nothing is added. */
static void
NUM(pass_ends)(const char *format)
{
    const size_t sizes[LAYERS + 1] = { COLS, COLS, COLS, COLS, 3 };
    uint64_t state = test_seed();
    ga_model *const m = network_new(GA_F64, LAYERS, sizes, (ga_activation[]){ GA_SIGMOID, GA_SIGMOID, GA_SIGMOID }, 1, &state);
    const ga_estimator e = network_estimator(format, GA_REWRITE, GA_LOOP);
    program *const p = pass_program(m, &e, false);
    NUM(ctx) *const ctx = NUM(ctx_new)(&e);
    ASSERT(NUM(gemm_reserve)(COLS, e.format.bits, e.format.bits, ctx));
    NUM(tape) *const t = NUM(tape_new)(p, NULL, NULL, ROWS, ctx);
    static trace seen;
    int all = 1;
    ctx->common.trace = &seen;
    for (int limit = -1; limit < all; limit++) {
        stopping s = { .limit = limit < 0 ? INT_MAX : limit, .seen = &seen };
        call_state call = { .stop = stop_at_limit, .data = &s };
        call_state *const before = call_work_for(&call);
        seen.n = 0;
        NUM(pass_run)(t, p->n_once, p->n_backward, ctx);
        const ga_code code = call_ended();
        call_work_for(before);
        if (limit < 0) {
            all = s.asked;
            size_t products = 0;
            for (size_t i = 0; i < seen.n; i++)
                products += strcmp(seen.entry[i].operation, "gemm") == 0;
            ASSERT(code == GA_OK && products == 2 * LAYERS, "%s: %zu products", format, products);
            ASSERT(all > (int)(p->n_backward - p->n_once) + (2 * LAYERS - 1) * ROWS, "%s: asked %d times", format, all);
        } else
            ASSERT(code == GA_INTERRUPTED && s.asked == limit + 1 && seen.n == s.seen_then, "%s: stopped at %d of %d, %zu "
                   "operations then, %zu in all", format, limit, all, s.seen_then, seen.n);
    }
    NUM(tape_free)(t);
    NUM(ctx_free)(ctx);
    program_free(p);
    ga_model_free(m);
}
