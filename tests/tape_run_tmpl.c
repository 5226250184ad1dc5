/* SPDX-License-Identifier: Apache-2.0 */
/* tape_run_tmpl.c -- one whole pass over all images of a data set, in one block whose last row is padding. */
static void
NUM(tape_pass)(NUM(tape) *tape, const ga_model *m, const ga_dataset *ds, const ga_estimator *e, NUM(ctx) *ctx)
{
    NUM(net) *net = NUM(net_new)(m, e, ctx);
    const size_t n = ds->rows * ds->cols;
    double *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < ds->n; i++) {
        ga_dataset_image(x, ds, i, m->dtype);
        for (size_t k = 0; k < n; k++)
            num_set_d(tape->x.e + i * n + k, x[k], ctx);
        tape->label[i] = ds->label[i];
    }
    NUM(tape_set_rows)(tape, ds->n, 0, ds->n - 1);
    NUM(pass_forward)(tape, net, ctx);
    NUM(pass_residual)(tape, ctx);
    NUM(pass_backward)(tape, net, ctx);
    free(x);
    NUM(net_free)(net);
}

static NUM(tape) *
NUM(tape_run)(const ga_model *m, const ga_dataset *ds, const ga_estimator *e, NUM(ctx) *ctx)
{
    NUM(tape) *tape = NUM(tape_new)(m, ds->n, true, ctx);
    NUM(tape_pass)(tape, m, ds, e, ctx);
    return tape;
}
