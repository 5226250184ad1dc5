/* SPDX-License-Identifier: Apache-2.0 */
/* trainer.c -- see trainer.h */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "train/augment.h"
#include "train/optimiser.h"
#include "train/trainer.h"

#include "num/f32.h"
#include "num/format.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "graph/layers.h"
#include "pass/tape_tmpl.h"

struct trainer {
    const ga_dataset *ds;
    ctx_f32 *ctx;
    program *program;
    mlp_layer *layer; /* all with factors, the gains */
    tape_f32 *tape;
    size_t n_layers, rows; /* rows: of the largest batch */
    size_t count;          /* steps of this stage */
    optimiser_state *weight, *bias, gain;
    float *log_gain, *gain_gradient;
};

/* A value of the tape. */
static mat_f32 *
at(const trainer *t, value_id v)
{
    return t->tape->value + v;
}

/* The gradient of a parameter. */
static const float *
gradient(const trainer *t, value_id parameter)
{
    return at(t, t->program->gradient_of[parameter])->e;
}

static const mat_f32 *
logits(const trainer *t)
{
    return at(t, t->program->logits);
}

static bool
open_pass(trainer *t, const ga_model *model, size_t rows)
{
    static const program_options options = { .loss = GA_CROSS_ENTROPY, .gain = 1, .logit_scale = 1, .parameters = true,
                                             .every_gain = true };
    return (t->program = program_new(model->graph, &options)) != NULL &&
           (t->layer = layers_of(t->program, model->n_layers)) != NULL &&
           (t->tape = tape_new_f32(t->program, NULL, NULL, rows, t->ctx)) != NULL;
}

trainer *
trainer_new(const ga_model *model, const ga_dataset *ds, size_t rows)
{
    const ga_estimator estimator = { .format = { FORMAT_OF(f32) }, .product = GA_BLAS, .gain = 1,
                                     .logit_scale = 1 };
    const size_t n = model->n_layers;
    trainer *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->ds = ds;
    t->rows = rows;
    t->weight = calloc(n, sizeof *t->weight);
    t->bias = calloc(n, sizeof *t->bias);
    t->log_gain = calloc(n, sizeof *t->log_gain);
    t->gain_gradient = calloc(n, sizeof *t->gain_gradient);
    t->ctx = ctx_new_f32(&estimator);
    bool ok = t->weight != NULL && t->bias != NULL && t->log_gain != NULL && t->gain_gradient != NULL && t->ctx != NULL &&
              open_pass(t, model, rows) && optimiser_new(&t->gain, n);
    t->n_layers = ok ? n : 0;
    for (size_t l = 0; ok && l < n; l++) {
        const ga_layer *layer = model->layer + l;
        ok = optimiser_new(t->weight + l, layer->n_in * layer->n_out) && optimiser_new(t->bias + l, layer->n_out);
    }
    if (ok)
        return t;
    trainer_free(t);
    return NULL;
}

void
trainer_free(trainer *t)
{
    if (t == NULL)
        return;
    for (size_t l = 0; l < t->n_layers; l++) {
        optimiser_free(t->weight + l);
        optimiser_free(t->bias + l);
    }
    optimiser_free(&t->gain);
    tape_free_f32(t->tape);
    free(t->layer);
    program_free(t->program);
    ctx_free_f32(t->ctx);
    free(t->weight);
    free(t->bias);
    free(t->log_gain);
    free(t->gain_gradient);
    free(t);
}

void
trainer_begin_stage(trainer *t)
{
    t->count = 0;
    optimiser_clear(&t->gain);
    for (size_t l = 0; l < t->n_layers; l++) {
        optimiser_clear(t->weight + l);
        optimiser_clear(t->bias + l);
        t->log_gain[l] = 0;
    }
}

static void
set_gains(trainer *t)
{
    for (size_t l = 0; l < t->n_layers; l++)
        at(t, t->layer[l].factor)->e[0] = expf(t->log_gain[l]);
}

void
trainer_end_stage(trainer *t, ga_model *model)
{
    set_gains(t);
    for (size_t l = 0; l < t->n_layers; l++) {
        const ga_layer *layer = model->layer + l;
        mat_f32 *w = at(t, t->layer[l].weight), *b = at(t, t->layer[l].bias);
        const float gain = at(t, t->layer[l].factor)->e[0];
        for (size_t i = 0; i < w->rows * w->cols; i++)
            ga_model_set(model, layer->weight, i, w->e[i] *= gain);
        for (size_t i = 0; i < b->cols; i++)
            ga_model_set(model, layer->bias, i, b->e[i] *= gain);
        t->log_gain[l] = 0;
    }
    set_gains(t);
}

static void
forward(trainer *t, const ga_stage *stage, const size_t *index, size_t n, random_stream *random)
{
    const program *p = t->program;
    mat_f32 *x = at(t, p->input);
    size_t from = 0;
    tape_set_rows_f32(t->tape, n, 0, n);
    for (size_t i = 0; i < n; i++) {
        augment_place(x->e + i * x->cols, t->ds, index[i], stage->shift, random);
        t->tape->label[i] = t->ds->label[index[i]];
    }
    if (stage->dropout_input > 0)
        augment_drop(x->e, NULL, n * x->cols, stage->dropout_input, random);
    set_gains(t);
    for (size_t l = 0; stage->dropout > 0 && l + 1 < t->n_layers; l++) {
        mat_f32 *a = at(t, t->layer[l].a), *d = at(t, t->layer[l].d);
        const size_t end = program_maker(p, t->layer[l].a) + 1;
        pass_run_f32(t->tape, from, end, t->ctx);
        augment_drop(a->e, d->e, n * a->cols, stage->dropout, random);
        from = end;
    }
    pass_run_f32(t->tape, from, p->n_forward, t->ctx);
}

/* psi summed over a layer, and, because delta = back * f', lambda psi'/f' added to its back-sum. sigmoid: psi = f' = s(1-s),
   psi' = f'(1-2s). tanh: psi = f' = 1-t^2, psi' = -2t f'. ReLU: psi = f, psi' = f'. */
static double
add_penalty(mat_f32 *back, const mat_f32 *a, const mat_f32 *d, op_id function, float lambda)
{
    const size_t n = back->rows * back->cols;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)(function == OP_relu ? a->e[i] : d->e[i]);
        back->e[i] += lambda * (function == OP_relu ? 1 : function == OP_tanh ? -2 * a->e[i] : 1 - 2 * a->e[i]);
    }
    return sum;
}

/* dL/ds = sum delta z, for z = e^s u. */
static float
gain_gradient(const mat_f32 *delta, const mat_f32 *z)
{
    double sum = 0;
    for (size_t i = 0; i < z->rows * z->cols; i++)
        sum += (double)delta->e[i] * (double)z->e[i];
    return (float)sum;
}

void
trainer_gradient(trainer_sums *sums, trainer *t, const ga_stage *stage, double lambda, const size_t *index, size_t n,
                 random_stream *random)
{
    const program *p = t->program;
    size_t from = p->n_loss;
    forward(t, stage, index, n, random);
    t->ctx->common.formulas = GA_REWRITE; /* the loss is finite wherever the logits are; f' stays the frameworks' s(1-s) */
    pass_run_f32(t->tape, p->n_forward, p->n_loss, t->ctx);
    t->ctx->common.formulas = GA_NAIVE;
    for (size_t i = 0; i < n; i++)
        sums->loss += (double)at(t, p->loss)->e[i];
    for (size_t l = t->n_layers - 1; l-- > 0;) {
        const mlp_layer *v = t->layer + l;
        const size_t product = program_maker(p, v->delta); /* of the back-sum and the derivative */
        pass_run_f32(t->tape, from, product, t->ctx);
        sums->penalty += add_penalty(at(t, v->back), at(t, v->a), at(t, v->d), v->function, (float)lambda);
        pass_run_f32(t->tape, product, product + 1, t->ctx);
        t->gain_gradient[l] = gain_gradient(at(t, v->delta), at(t, v->z));
        from = product + 1;
    }
    pass_run_f32(t->tape, from, p->n_backward, t->ctx);
}

void
trainer_step(trainer_sums *sums, trainer *t, const ga_stage *stage, double fraction, const size_t *index, size_t n,
             random_stream *random)
{
    const double lr = ga_schedule_at(&stage->lr, fraction), gain_lr = ga_schedule_at(&stage->gain_lr, fraction);
    assert(stage->optimiser != GA_READOUT_GAIN);
    trainer_gradient(sums, t, stage, ga_schedule_at(&stage->penalty, fraction), index, n, random);
    t->count++;
    for (size_t l = 0; l < t->n_layers; l++) {
        optimiser_step step = { .lr = l + 1 == t->n_layers ? lr * stage->readout_factor : lr, .decay = stage->decay,
                                .scale = 1 / (double)n, .momentum = stage->momentum, .eps = 1e-8, .count = t->count };
        optimiser_update(at(t, t->layer[l].weight)->e, t->weight + l, gradient(t, t->layer[l].weight), stage->optimiser, &step);
        step.decay = 0;
        optimiser_update(at(t, t->layer[l].bias)->e, t->bias + l, gradient(t, t->layer[l].bias), stage->optimiser, &step);
    }
    const optimiser_step step = { .lr = gain_lr, .scale = 1 / (double)n, .eps = 1e-30, .count = t->count };
    if (gain_lr > 0)
        optimiser_update(t->log_gain, &t->gain, t->gain_gradient, GA_ADAM, &step);
}

const float *
trainer_logits(trainer *t, size_t first, size_t n)
{
    mat_f32 *x = at(t, t->program->input);
    tape_set_rows_f32(t->tape, n, 0, n);
    for (size_t i = 0; i < n; i++)
        augment_place(x->e + i * x->cols, t->ds, first + i, 0, NULL);
    set_gains(t);
    pass_run_f32(t->tape, 0, t->program->n_forward, t->ctx);
    return logits(t)->e;
}

size_t
trainer_correct(trainer *t, size_t first, size_t end)
{
    size_t correct = 0;
    for (size_t i = first; i < end; i += t->rows) {
        const size_t n = end - i < t->rows ? end - i : t->rows;
        trainer_logits(t, i, n);
        for (size_t k = 0; k < n; k++)
            correct += vec_argmax_f32(logits(t), k) == (int)t->ds->label[i + k];
    }
    return correct;
}

bool
trainer_is_finite(const trainer *t)
{
    for (size_t l = 0; l < t->n_layers; l++) {
        const mat_f32 *w = at(t, t->layer[l].weight), *b = at(t, t->layer[l].bias);
        for (size_t i = 0; i < w->rows * w->cols; i++)
            if (!isfinite(w->e[i]))
                return false;
        for (size_t i = 0; i < b->cols; i++)
            if (!isfinite(b->e[i]))
                return false;
    }
    return true;
}

float *
trainer_log_gain(trainer *t)
{
    return t->log_gain;
}

const float *
trainer_gain_gradient(const trainer *t)
{
    return t->gain_gradient;
}

const float *
trainer_weight_gradient(const trainer *t, size_t l)
{
    return gradient(t, t->layer[l].weight);
}

const float *
trainer_bias_gradient(const trainer *t, size_t l)
{
    return gradient(t, t->layer[l].bias);
}
