/* SPDX-License-Identifier: Apache-2.0 */
/* graph_run_tmpl.c -- a program on a tape of ROWS rows, of which the last are padding; see test_graphs.c. */
static void
NUM(graph_set)(NUM(tape) *t, const double *x, size_t rows, NUM(ctx) *ctx)
{
    const NUM(mat) *input = t->value + t->p->input;
    for (size_t i = 0; i < rows * input->cols; i++)
        num_set_d(input->e + i, x[i], ctx);
    for (size_t v = 0; v < t->p->n_values; v++) /* masks */
        for (size_t i = 0; t->p->value[v].role == VALUE_FACTOR && t->p->value[v].rows == 0 && i < rows * t->value[v].cols; i++)
            num_set_d(t->value[v].e + i, i % 4 == 1 ? 0 : 1.25, ctx);
    for (size_t row = 0; row < rows; row++) {
        t->label[row] = 1;
        for (size_t i = 0; t->p->target != NO_VALUE && i < t->value[t->p->target].cols; i++)
            num_set_d(t->value[t->p->target].e + row * t->value[t->p->target].cols + i, i == 1 ? 0.75 : i == 0 ? 0.25 : 0, ctx);
    }
}

static inline NUM(tape) *
NUM(graph_run)(const program *p, const double *x, NUM(ctx) *ctx)
{
    NUM(tape) *t = NUM(tape_new)(p, NULL, NULL, 3, ctx);
    NUM(graph_set)(t, x, 3, ctx);
    NUM(tape_set_rows)(t, 3, 0, 2);
    NUM(pass_run)(t, p->n_once, p->n, ctx);
    return t;
}
