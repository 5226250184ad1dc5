/* SPDX-License-Identifier: Apache-2.0 */
/* tape_tmpl.c -- making and freeing the network and the tape of a format; see pass_tmpl.h. */
#include <assert.h>
#include <stdlib.h>

#include "pass/engine.h"

static long
NUM(model_bits)(const ga_model *model)
{
    return model->dtype == GA_F32 ? 24 : 53;
}

static NUM(mat)
NUM(mat_of_weights)(const ga_model *model, const void *array, size_t rows, size_t cols, NUM(ctx) *ctx)
{
    NUM(mat) m = NUM(mat_new)(rows, cols, NUM(model_bits)(model), ctx);
    for (size_t i = 0; m.e != NULL && i < rows * cols; i++)
        num_set_d(m.e + i, ga_model_get(model, array, i), ctx); /* exact */
    return m;
}

NUM(net) *
NUM(net_new)(const ga_model *model, const ga_estimator *e, NUM(ctx) *ctx)
{
    const size_t n = model->n_layers;
    NUM(net) *net = calloc(1, sizeof *net);
    if (net == NULL)
        return NULL;
    net->output = model->output;
    net->activation = calloc(n, sizeof *net->activation);
    net->w = calloc(n, sizeof *net->w);
    net->b = calloc(n, sizeof *net->b);
    net->gain = num_vec_new(n, NUM(model_bits)(model));
    bool ok = net->activation != NULL && net->w != NULL && net->b != NULL && net->gain != NULL;
    net->n_layers = net->w != NULL && net->b != NULL ? n : 0;
    for (size_t l = 0; ok && l < n; l++) {
        const ga_layer *layer = model->layer + l;
        net->activation[l] = layer->activation;
        net->w[l] = NUM(mat_of_weights)(model, layer->weight, layer->n_out, layer->n_in, ctx);
        net->b[l] = NUM(mat_of_weights)(model, layer->bias, 1, layer->n_out, ctx);
        num_set_d(net->gain + l, pass_gain(model, e, l), ctx);
        ok = net->w[l].e != NULL && net->b[l].e != NULL;
    }
    if (!ok) {
        NUM(net_free)(net);
        return NULL;
    }
    return net;
}

void
NUM(net_free)(NUM(net) *net)
{
    if (net == NULL)
        return;
    for (size_t l = 0; l < net->n_layers; l++) {
        NUM(mat_free)(&net->w[l]);
        NUM(mat_free)(&net->b[l]);
    }
    num_vec_free(net->gain);
    free(net->activation);
    free(net->w);
    free(net->b);
    free(net);
}

/* Calls visit for every matrix of the tape that the layer has. (audit/image_tape.c also lists which there are.) */
static bool
NUM(tape_visit)(NUM(tape) *tape, size_t l, bool (*visit)(NUM(mat) *, size_t rows, size_t cols, NUM(ctx) *), const ga_layer *layer,
                NUM(ctx) *ctx)
{
    const bool hidden = l + 1 < tape->n_layers;
    const size_t n_out = layer != NULL ? layer->n_out : 0, n_in = layer != NULL ? layer->n_in : 0;
    bool ok = visit(&tape->u[l], tape->rows, n_out, ctx) && visit(&tape->z[l], tape->rows, n_out, ctx) &&
              visit(&tape->delta[l], tape->rows, n_out, ctx) && visit(&tape->scaled[l], tape->rows, n_out, ctx);
    if (hidden)
        ok = ok && visit(&tape->a[l], tape->rows, n_out, ctx) && visit(&tape->d[l], tape->rows, n_out, ctx) &&
             visit(&tape->back[l], tape->rows, n_out, ctx);
    if (tape->dw != NULL)
        ok = ok && visit(&tape->dw[l], n_out, n_in, ctx) && visit(&tape->db[l], 1, n_out, ctx);
    return ok;
}

static bool
NUM(visit_new)(NUM(mat) *m, size_t rows, size_t cols, NUM(ctx) *ctx)
{
    *m = NUM(mat_new)(rows, cols, ctx->common.bits, ctx);
    return m->e != NULL;
}

static bool
NUM(visit_free)(NUM(mat) *m, size_t rows, size_t cols, NUM(ctx) *ctx)
{
    (void)rows, (void)cols, (void)ctx;
    NUM(mat_free)(m);
    return true;
}

static bool
NUM(tape_arrays)(NUM(tape) *tape, size_t n, bool weights)
{
    NUM(mat) **array[] = { &tape->u, &tape->z, &tape->a, &tape->d, &tape->back, &tape->delta, &tape->scaled, &tape->dw,
                           &tape->db };
    bool ok = true;
    for (size_t i = 0; i < (weights ? 9 : 7); i++) {
        *array[i] = calloc(n, sizeof **array[i]);
        ok = ok && *array[i] != NULL;
    }
    return ok;
}

NUM(tape) *
NUM(tape_new)(const ga_model *model, size_t rows, bool weights, NUM(ctx) *ctx)
{
    const size_t n = model->n_layers, n_in = ga_model_inputs(model), n_classes = ga_model_classes(model);
    NUM(tape) *tape = calloc(1, sizeof *tape);
    if (tape == NULL)
        return NULL;
    tape->rows = rows;
    tape->end = rows;
    tape->label = calloc(rows, sizeof *tape->label);
    bool ok = NUM(tape_arrays)(tape, n, weights) && tape->label != NULL;
    tape->n_layers = ok ? n : 0;
    for (size_t l = 0; ok && l < n; l++)
        ok = NUM(tape_visit)(tape, l, NUM(visit_new), model->layer + l, ctx);
    tape->x = NUM(mat_new)(rows, n_in, NUM(model_bits)(model), ctx);
    tape->p = NUM(mat_new)(rows, n_classes, ctx->common.bits, ctx);
    tape->loss = NUM(mat_new)(rows, 1, ctx->common.bits, ctx);
    tape->dx = NUM(mat_new)(rows, n_in, ctx->common.bits, ctx);
    if (!ok || tape->x.e == NULL || tape->p.e == NULL || tape->loss.e == NULL || tape->dx.e == NULL) {
        NUM(tape_free)(tape);
        return NULL;
    }
    return tape;
}

void
NUM(tape_free)(NUM(tape) *tape)
{
    if (tape == NULL)
        return;
    for (size_t l = 0; l < tape->n_layers; l++)
        NUM(tape_visit)(tape, l, NUM(visit_free), NULL, NULL);
    NUM(mat) *single[] = { &tape->x, &tape->p, &tape->loss, &tape->dx };
    for (size_t i = 0; i < 4; i++)
        NUM(mat_free)(single[i]);
    NUM(mat) *array[] = { tape->u, tape->z, tape->a, tape->d, tape->back, tape->delta, tape->scaled, tape->dw, tape->db };
    for (size_t i = 0; i < 9; i++)
        free(array[i]);
    free(tape->label);
    free(tape);
}

void
NUM(tape_set_rows)(NUM(tape) *tape, size_t rows, size_t first, size_t end)
{
    assert(first <= end && end <= rows);
    for (size_t l = 0; l < tape->n_layers; l++) {
        tape->u[l].rows = tape->z[l].rows = tape->delta[l].rows = tape->scaled[l].rows = rows;
        tape->a[l].rows = tape->d[l].rows = tape->back[l].rows = rows;
    }
    tape->x.rows = tape->p.rows = tape->loss.rows = tape->dx.rows = tape->rows = rows;
    tape->first = first;
    tape->end = end;
}
