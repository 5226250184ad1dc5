/* SPDX-License-Identifier: Apache-2.0 */
/* tape_tmpl.c -- see tape_tmpl.h */
#include <assert.h>
#include <stdlib.h>

static void
NUM(set_exact)(NUM(mat) *m, const op_value *v, const program *p, NUM(ctx) *ctx)
{
    const float *single = v->exact;
    const double *wide = v->exact;
    for (size_t i = 0; v->role == VALUE_PARAMETER && i < m->rows * m->cols; i++)
        num_set_d(m->e + i, p->input_bits == 24 ? (double)single[i] : wide[i], ctx);
    if (v->role == VALUE_FACTOR)
        num_set_d(m->e, v->factor, ctx);
}

NUM(tape) *
NUM(tape_new)(const program *p, size_t rows, NUM(ctx) *ctx)
{
    NUM(tape) *tape = calloc(1, sizeof *tape);
    if (tape == NULL)
        return NULL;
    tape->p = p;
    tape->rows = tape->end = rows;
    tape->label = calloc(rows, sizeof *tape->label);
    tape->value = calloc(p->n_values, sizeof *tape->value);
    bool ok = tape->label != NULL && tape->value != NULL;
    for (size_t k = 0; ok && k < p->n_values; k++) {
        const op_value *v = p->value + k;
        const long own = p->input_bits, most = ctx->common.bits > own ? ctx->common.bits : own;
        const bool made = v->role == VALUE_COMPUTED || v->role == VALUE_SCRATCH;
        const long bits = v->exact_copy ? (v->role == VALUE_SCRATCH ? most : own) : made ? ctx->common.bits : own;
        tape->value[k] = NUM(mat_new)(v->rows > 0 ? v->rows : rows, v->cols, bits, ctx);
        ok = tape->value[k].e != NULL;
        if (ok)
            NUM(set_exact)(tape->value + k, v, p, ctx);
    }
    if (ok) {
        NUM(pass_run)(tape, 0, p->n_once, ctx);
        return tape;
    }
    NUM(tape_free)(tape);
    return NULL;
}

void
NUM(tape_free)(NUM(tape) *tape)
{
    if (tape == NULL)
        return;
    for (size_t k = 0; tape->value != NULL && k < tape->p->n_values; k++)
        NUM(mat_free)(tape->value + k);
    free(tape->value);
    free(tape->label);
    free(tape);
}

void
NUM(tape_set_rows)(NUM(tape) *tape, size_t rows, size_t first, size_t end)
{
    assert(first <= end && end <= rows);
    for (size_t k = 0; k < tape->p->n_values; k++)
        if (tape->p->value[k].rows == 0)
            tape->value[k].rows = rows;
    tape->rows = rows;
    tape->first = first;
    tape->end = end;
}
