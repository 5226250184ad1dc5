/* SPDX-License-Identifier: Apache-2.0 */
/* engine_tmpl.c -- the engine of a format; see engine.h. */
#include <stdlib.h>

typedef struct {
    NUM(ctx) *ctx;
    NUM(net) *net;
    NUM(tape) *tape;
} NUM(engine_state);

static void
NUM(engine_close)(void *engine)
{
    NUM(engine_state) *s = engine;
    if (s == NULL)
        return;
    NUM(tape_free)(s->tape);
    NUM(net_free)(s->net);
    NUM(ctx_free)(s->ctx);
    free(s);
}

/* The longest sum of a product of the pass: over inputs, outputs, or (weight gradients) images. */
static size_t
NUM(longest_sum)(const ga_model *model, size_t rows)
{
    size_t n = rows;
    for (size_t l = 0; l < model->n_layers; l++) {
        n = model->layer[l].n_in > n ? model->layer[l].n_in : n;
        n = model->layer[l].n_out > n ? model->layer[l].n_out : n;
    }
    return n;
}

static void *
NUM(engine_open)(const ga_model *model, const ga_estimator *e, size_t rows, bool weights)
{
    NUM(engine_state) *s = calloc(1, sizeof *s);
    if (s == NULL || pass_unknown(model, e) != NULL || (s->ctx = NUM(ctx_new)(e)) == NULL)
        goto fail;
    s->net = NUM(net_new)(model, e, s->ctx);
    s->tape = NUM(tape_new)(model, rows, weights, s->ctx);
    const long own = NUM(model_bits)(model), bits = e->format.bits;
    if (s->net == NULL || s->tape == NULL ||
        !NUM(gemm_reserve)(NUM(longest_sum)(model, rows), bits > own ? bits : own, weights && bits > own ? bits : own, s->ctx))
        goto fail;
    for (size_t l = 0; l < model->n_layers; l++)
        if (!NUM(gemm_prepare)(&s->net->w[l], s->ctx))
            goto fail;
    return s;
fail:
    NUM(engine_close)(s);
    return NULL;
}

static void
NUM(engine_set_rows)(void *engine, size_t rows, size_t first, size_t end)
{
    NUM(engine_state) *s = engine;
    NUM(tape_set_rows)(s->tape, rows, first, end);
}

static void
NUM(engine_set_image)(void *engine, size_t row, const double *x, uint8_t label)
{
    NUM(engine_state) *s = engine;
    NUM(tape) *tape = s->tape;
    num *restrict to = tape->x.e + row * tape->x.cols;
#pragma omp simd
    for (size_t i = 0; i < tape->x.cols; i++)
        num_set_d(to + i, x[i], s->ctx); /* exact */
    tape->label[row] = label;
}

static void
NUM(engine_forward)(void *engine)
{
    NUM(engine_state) *s = engine;
    NUM(pass_forward)(s->tape, s->net, s->ctx);
}

static bool
NUM(engine_backward)(void *engine)
{
    NUM(engine_state) *s = engine;
    NUM(pass_residual)(s->tape, s->ctx);
    NUM(pass_backward)(s->tape, s->net, s->ctx);
    return true;
}

static bool
NUM(engine_end)(void *engine)
{
    NUM(engine_state) *s = engine;
    NUM(pass_end)(s->tape, s->net, s->ctx);
    return true;
}

static int
NUM(engine_predicted)(const void *engine, size_t row)
{
    const NUM(engine_state) *s = engine;
    return NUM(vec_argmax)(&s->tape->z[s->tape->n_layers - 1], row);
}

static void
NUM(engine_gradient)(ga_number *g, const void *engine, size_t row)
{
    const NUM(engine_state) *s = engine;
    const NUM(mat) *dx = &s->tape->dx;
    for (size_t i = 0; i < dx->cols; i++)
        num_get_number(g + i, dx->e + row * dx->cols + i);
}

static const NUM(mat) *
NUM(engine_matrix)(const NUM(tape) *tape, engine_tensor which, size_t l)
{
    switch (which) {
    case TENSOR_INPUT:
        return &tape->x;
    case TENSOR_PREACTIVATION:
        return &tape->z[l];
    case TENSOR_ACTIVATION:
        return &tape->a[l];
    case TENSOR_DERIVATIVE:
        return &tape->d[l];
    case TENSOR_PROBABILITY:
        return &tape->p;
    case TENSOR_DELTA:
        return &tape->delta[l];
    case TENSOR_SCALED:
        return &tape->scaled[l];
    case TENSOR_BACK_SUM:
        return &tape->back[l];
    case TENSOR_INPUT_GRADIENT:
    case N_TENSORS:
        break;
    }
    return &tape->dx;
}

static size_t
NUM(engine_tensor)(ga_number *value, const void *engine, engine_tensor which, size_t l, size_t row)
{
    const NUM(engine_state) *s = engine;
    const NUM(mat) *m = NUM(engine_matrix)(s->tape, which, l);
    for (size_t i = 0; i < m->cols; i++)
        num_get_number(value + i, m->e + row * m->cols + i);
    return m->cols;
}

static void
NUM(engine_decades)(int64_t *decade, const void *engine, size_t row)
{
    const NUM(engine_state) *s = engine;
    const NUM(mat) *dx = &s->tape->dx;
    for (size_t i = 0; i < dx->cols; i++)
        decade[i] = num_decade(dx->e + row * dx->cols + i);
}

static int
NUM(engine_print)(char *text, size_t size, const void *engine, size_t row, size_t element, int digits)
{
    const NUM(engine_state) *s = engine;
    return num_print(text, size, s->tape->dx.e + row * s->tape->dx.cols + element, digits);
}

static const NUM(mat) *
NUM(engine_ends)(const NUM(engine_state) *s)
{
    return s->net->output == GA_LOGITS ? &s->tape->z[s->tape->n_layers - 1] : &s->tape->p;
}

static int
NUM(engine_print_end)(char *text, size_t size, const void *engine, size_t row, size_t output, int digits)
{
    const NUM(mat) *m = NUM(engine_ends)(engine);
    return num_print(text, size, m->e + row * m->cols + output, digits);
}

static void
NUM(row_as_double)(double *out, const NUM(mat) *m, size_t row)
{
    for (size_t i = 0; i < m->cols; i++)
        out[i] = num_get_d(m->e + row * m->cols + i);
}

static void
NUM(engine_end_values)(double *value, const void *engine, size_t row)
{
    NUM(row_as_double)(value, NUM(engine_ends)(engine), row);
}

static void
NUM(engine_preactivation)(double *z, const void *engine, size_t l, size_t row)
{
    const NUM(engine_state) *s = engine;
    NUM(row_as_double)(z, &s->tape->z[l], row);
}

static void
NUM(engine_activation)(double *a, const void *engine, size_t l, size_t row)
{
    const NUM(engine_state) *s = engine;
    NUM(row_as_double)(a, &s->tape->a[l], row);
}

static double
NUM(engine_loss)(const void *engine, size_t row)
{
    const NUM(engine_state) *s = engine;
    return num_get_d(s->tape->loss.e + row);
}

static void
NUM(engine_add_weights)(void *sum, const void *engine)
{
    NUM(engine_state) *to = sum;
    const NUM(engine_state) *from = engine;
    for (size_t l = 0; l < to->tape->n_layers; l++) {
        NUM(vec_add)(&to->tape->dw[l], &from->tape->dw[l], to->ctx);
        NUM(vec_add)(&to->tape->db[l], &from->tape->db[l], to->ctx);
    }
}

static int
NUM(engine_print_weight)(char *text, size_t size, const void *engine, size_t l, bool bias, size_t element, int digits)
{
    const NUM(engine_state) *s = engine;
    return num_print(text, size, (bias ? s->tape->db[l].e : s->tape->dw[l].e) + element, digits);
}

const engine_ops NUM(engine) = {
    .unknown = pass_unknown,
    .open = NUM(engine_open),
    .close = NUM(engine_close),
    .set_rows = NUM(engine_set_rows),
    .set_image = NUM(engine_set_image),
    .forward = NUM(engine_forward),
    .backward = NUM(engine_backward),
    .end = NUM(engine_end),
    .predicted = NUM(engine_predicted),
    .gradient = NUM(engine_gradient),
    .tensor = NUM(engine_tensor),
    .decades = NUM(engine_decades),
    .print = NUM(engine_print),
    .print_end = NUM(engine_print_end),
    .end_values = NUM(engine_end_values),
    .preactivation = NUM(engine_preactivation),
    .activation = NUM(engine_activation),
    .loss = NUM(engine_loss),
    .add_weights = NUM(engine_add_weights),
    .print_weight = NUM(engine_print_weight),
};
