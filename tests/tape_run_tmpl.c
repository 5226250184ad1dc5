/* SPDX-License-Identifier: Apache-2.0 */
/* tape_run_tmpl.c -- one whole pass over all images of a data set, in one block whose last row is padding. */
static NUM(tape) *
NUM(tape_for)(const ga_model *m, const ga_dataset *ds, const ga_estimator *e, NUM(ctx) *ctx)
{
    const program *p = network_program(m, e);
    return NUM(tape_new)(p, NULL, NULL, ds->n, ctx);
}

static void
NUM(tape_pass)(NUM(tape) *tape, const ga_model *m, const ga_dataset *ds, NUM(ctx) *ctx)
{
    const size_t n = ds->rows * ds->cols;
    double *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < ds->n; i++) {
        ga_dataset_image(x, ds, i, m->dtype);
        for (size_t k = 0; k < n; k++)
            num_set_d(tape->value[tape->p->input].e + i * n + k, x[k], ctx);
        tape->label[i] = ds->label[i];
    }
    NUM(tape_set_rows)(tape, ds->n, 0, ds->n - 1);
    NUM(pass_run)(tape, 0, tape->p->n_backward, ctx);
    free(x);
}

static NUM(tape) *
NUM(tape_run)(const ga_model *m, const ga_dataset *ds, const ga_estimator *e, NUM(ctx) *ctx)
{
    NUM(tape) *tape = NUM(tape_for)(m, ds, e, ctx);
    NUM(tape_pass)(tape, m, ds, ctx);
    return tape;
}

/* The tape and its program. */
static void
NUM(tape_end)(NUM(tape) *tape)
{
    program *p = (program *)(uintptr_t)tape->p;
    NUM(tape_free)(tape);
    program_free(p);
}
