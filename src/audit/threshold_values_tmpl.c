/* SPDX-License-Identifier: Apache-2.0 */
/* threshold_values_tmpl.c -- the numbers of a row in one arithmetic; see threshold_values.h. Operations are those of the pass. */

#include "audit/scalars_tmpl.c"

/* A quantity at THRESHOLD_CHUNK arguments, one per row. */
typedef struct {
    const threshold_row *row;
    ga_format format;
    bool scalar; /* it is a function of scalars.def, without a program */
    threshold_program program;
    NUM(ctx) *ctx;
    NUM(tape) *tape;
    num *value, *x; /* x: of arguments, one */
} NUM(values);

static void
NUM(values_close)(void *values)
{
    NUM(values) *const v = values;
    NUM(tape_free)(v->tape);
    NUM(ctx_free)(v->ctx);
    num_vec_free(v->value);
    num_vec_free(v->x);
    free(v);
}

static void *
NUM(values_open)(ga_format f, op_id op, const threshold_row *row)
{
    const ga_estimator e = { .format = f, .formulas = row->formulas, .product = GA_LOOP, .gain = 1, .logit_scale = 1 };
    NUM(values) *const v = calloc(1, sizeof *v);
    if (v == NULL)
        return NULL;
    v->row = row;
    v->format = f;
    v->scalar = op == N_OPS;
    v->ctx = NUM(ctx_new)(&e);
    v->value = num_vec_new(THRESHOLD_CHUNK, f.bits);
    v->x = num_vec_new(1, f.bits);
    if (v->ctx != NULL && !v->scalar) {
        threshold_program_set(&v->program, op, f.bits);
        v->tape = NUM(tape_new)(&v->program.p, NULL, NULL, THRESHOLD_CHUNK, v->ctx);
    }
    if (v->ctx != NULL && v->value != NULL && v->x != NULL && (v->scalar || v->tape != NULL))
        return v;
    NUM(values_close)(v);
    return NULL;
}

/* x = the argument at a place; of logits it is what the second one is. */
static void
NUM(argument)(num *x, NUM(values) *v, mpz_srcptr place, bool negative)
{
    NUM(number)(x, place, &v->format, v->ctx);
    if (negative)
        num_neg(x, x, v->ctx);
}

static void
NUM(values_run)(void *values, mpz_srcptr from, int step, size_t n)
{
    NUM(values) *const v = values;
    const instruction *const code = &v->program.code;
    const NUM(mat) *const in = v->scalar ? NULL : v->tape->value + code->in[0];
    const bool negative = v->row->direction < 0;
    mpz_t place;
    mpz_init_set(place, from);
    if (!v->scalar)
        NUM(tape_set_rows)(v->tape, n, 0, n);
    for (size_t i = 0; i < n; i++) {
        if (v->scalar) {
            NUM(argument)(v->x, v, place, negative);
            NUM(scalar)[v->row->out](v->value + i, v->x, v->ctx);
        } else {
            num_set_zero(in->e + i * in->cols, v->ctx);
            NUM(argument)(in->e + i * in->cols + in->cols - 1, v, place, negative != (in->cols == 2));
        }
        if (step > 0)
            mpz_add_ui(place, place, 1);
        else
            mpz_sub_ui(place, place, 1);
    }
    mpz_clear(place);
    if (v->scalar)
        return;
    NUM(pass_step)(v->tape, 0, v->ctx);
    const NUM(mat) *const out = v->tape->value + code->out[v->row->out];
    for (size_t i = 0; i < n; i++)
        num_set(v->value + i, out->e + i * out->cols + v->row->col, v->ctx);
}

static bool
NUM(values_is)(const void *values, size_t k, ga_becomes becomes)
{
    const NUM(values) *const v = values;
    return NUM(is)(v->value + k, becomes);
}

static void
NUM(values_get)(mpfr_ptr r, const void *values, size_t k)
{
    const NUM(values) *const v = values;
    NUM(get)(r, v->value + k);
}

static const threshold_arithmetic NUM(values_arithmetic) = { NUM(values_open), NUM(values_close), NUM(values_run), NUM(values_is),
                                                             NUM(values_get) };
