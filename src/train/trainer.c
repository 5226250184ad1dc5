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
#include "graph/op_graph.h"
#include "pass/tape_tmpl.h"

/* A trained parameter of the graph. */
typedef struct {
    value_id value;
    bool decays;  /* it multiplies: it is no bias */
    bool readout; /* of the last node */
    optimiser_state state;
} leaf;

struct trainer {
    const ga_dataset *ds;
    ctx_f32 *ctx;
    program *program;
    tape_f32 *tape;
    leaf *leaf;
    size_t n_leaves, n_gains, rows; /* rows: of the largest batch */
    size_t count;                   /* steps of this stage */
    value_id *gain;                 /* factors, in the order of the forward pass */
    float *log_gain, *gain_gradient;
    optimiser_state gain_state;
};

/* A value of the tape. */
static mat_f32 *
at(const trainer *t, value_id v)
{
    return t->tape->value + v;
}

static size_t
size_of(const mat_f32 *m)
{
    return m->rows * m->cols;
}

static const float *
gradient(const trainer *t, value_id v)
{
    return at(t, t->program->gradient_of[v])->e;
}

static const mat_f32 *
logits(const trainer *t)
{
    return at(t, t->program->logits);
}

/* What the node of an instruction takes. */
static void
see_operands(trainer *t, const instruction *i, bool last)
{
    const program *p = t->program;
    for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++)
        for (size_t k = 0; k < t->n_leaves; k++)
            if (t->leaf[k].value == i->in[o]) {
                t->leaf[k].decays = o < 2; /* the third is added to a product */
                t->leaf[k].readout = last;
            }
    if (i->op == OP_scale && p->value[i->in[1]].role == VALUE_FACTOR)
        t->gain[t->n_gains++] = i->in[1];
}

static bool
open_pass(trainer *t, const ga_model *model, size_t rows, bool dropout)
{
    const program_options options = { .loss = GA_CROSS_ENTROPY, .gain = 1, .logit_scale = 1, .parameters = true,
                                      .every_gain = true, .dropout = dropout, .penalty = true };
    const size_t n = model->graph->n_parameters;
    const program *const p = t->program = program_new(model->graph, &options);
    if (p == NULL || (t->tape = tape_new_f32(p, NULL, NULL, rows, t->ctx)) == NULL ||
        (t->leaf = calloc(n, sizeof *t->leaf)) == NULL || (t->gain = calloc(p->n_forward, sizeof *t->gain)) == NULL)
        return false;
    for (size_t k = 0; k < n; k++)
        if (p->gradient_of[p->parameter + k] != NO_VALUE)
            t->leaf[t->n_leaves++].value = p->parameter + k;
    for (size_t k = p->n_once; k < p->n_forward; k++)
        see_operands(t, p->code + k, p->code[k].node + 1 == model->graph->n_nodes);
    t->log_gain = calloc(t->n_gains, sizeof *t->log_gain);
    t->gain_gradient = calloc(t->n_gains, sizeof *t->gain_gradient);
    bool ok = t->log_gain != NULL && t->gain_gradient != NULL && optimiser_new(&t->gain_state, t->n_gains);
    for (size_t k = 0; ok && k < t->n_leaves; k++)
        ok = optimiser_new(&t->leaf[k].state, size_of(at(t, t->leaf[k].value)));
    return ok;
}

trainer *
trainer_new(const ga_model *model, const ga_dataset *ds, size_t rows, bool dropout)
{
    const ga_estimator estimator = { .format = { FORMAT_OF(f32) }, .product = GA_BLAS, .gain = 1,
                                     .logit_scale = 1 };
    trainer *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->ds = ds;
    t->rows = rows;
    if ((t->ctx = ctx_new_f32(&estimator)) != NULL && open_pass(t, model, rows, dropout))
        return t;
    trainer_free(t);
    return NULL;
}

void
trainer_free(trainer *t)
{
    if (t == NULL)
        return;
    for (size_t k = 0; k < t->n_leaves; k++)
        optimiser_free(&t->leaf[k].state);
    optimiser_free(&t->gain_state);
    tape_free_f32(t->tape);
    program_free(t->program);
    ctx_free_f32(t->ctx);
    free(t->leaf);
    free(t->gain);
    free(t->log_gain);
    free(t->gain_gradient);
    free(t);
}

void
trainer_begin_stage(trainer *t)
{
    t->count = 0;
    optimiser_clear(&t->gain_state);
    for (size_t k = 0; k < t->n_leaves; k++)
        optimiser_clear(&t->leaf[k].state);
    for (size_t k = 0; k < t->n_gains; k++)
        t->log_gain[k] = 0;
}

static void
set_gains(trainer *t)
{
    for (size_t k = 0; k < t->n_gains; k++)
        at(t, t->gain[k])->e[0] = expf(t->log_gain[k]);
}

/* Multiplies the gain of a scale into the parameters of the sum that it scales. */
static void
fold(trainer *t, const instruction *scale)
{
    const program *p = t->program;
    const instruction *sum = p->code + program_maker(p, scale->in[0]);
    mat_f32 *const gain = at(t, scale->in[1]);
    assert(sum->op == OP_affine);
    for (size_t o = 1; o < 3; o++)
        for (size_t i = 0; i < size_of(at(t, sum->in[o])); i++)
            at(t, sum->in[o])->e[i] *= gain->e[0];
}

void
trainer_end_stage(trainer *t, ga_model *model)
{
    const program *p = t->program;
    set_gains(t);
    for (size_t k = p->n_once; k < p->n_forward; k++)
        if (p->code[k].op == OP_scale)
            fold(t, p->code + k);
    for (size_t k = 0; k < t->n_leaves; k++) {
        const mat_f32 *w = at(t, t->leaf[k].value);
        for (size_t i = 0; i < size_of(w); i++)
            ga_model_set(model, model->graph->parameter[t->leaf[k].value - p->parameter].exact, i, (double)w->e[i]);
    }
    for (size_t k = 0; k < t->n_gains; k++)
        t->log_gain[k] = 0;
    set_gains(t);
}

/* The masks of functions: ones, or with dropout. */
static void
set_masks(trainer *t, double dropout, random_stream *random)
{
    const program *p = t->program;
    for (size_t k = p->n_once; k < p->n_forward; k++) {
        if (p->code[k].op != OP_drop)
            continue;
        mat_f32 *mask = at(t, p->code[k].in[3]);
        for (size_t i = 0; i < size_of(mask); i++)
            mask->e[i] = 1;
        if (dropout > 0)
            augment_drop(mask->e, size_of(mask), dropout, random);
    }
}

static void
forward(trainer *t, const ga_stage *stage, const size_t *index, size_t n, random_stream *random)
{
    const program *p = t->program;
    mat_f32 *x = at(t, p->input);
    tape_set_rows_f32(t->tape, n, 0, n);
    for (size_t i = 0; i < n; i++) {
        augment_place(x->e + i * x->cols, t->ds, index[i], stage->shift, random);
        t->tape->label[i] = t->ds->label[index[i]];
    }
    if (stage->dropout_input > 0)
        augment_drop(x->e, n * x->cols, stage->dropout_input, random);
    set_masks(t, stage->dropout, random);
    set_gains(t);
    pass_run_f32(t->tape, p->n_once, p->n_forward, t->ctx);
}

/* The loss, and the sums of its terms. */
static void
lose(trainer_sums *sums, trainer *t, double lambda)
{
    const program *p = t->program;
    for (size_t k = p->n_forward; k < p->n_loss; k++)
        if (op_graph_of(p->code[k].op)->term)
            at(t, p->code[k].in[2])->e[0] = (float)lambda;
    t->ctx->common.formulas = GA_REWRITE; /* the loss is finite wherever the logits are; f' stays the frameworks' s(1-s) */
    t->ctx->common.plain = true;
    pass_run_f32(t->tape, p->n_forward, p->n_loss, t->ctx);
    t->ctx->common.formulas = GA_NAIVE;
    for (size_t i = 0; i < t->tape->rows; i++)
        sums->loss += (double)at(t, p->loss)->e[i];
    for (size_t k = p->n_loss; k-- > p->n_forward;) {
        const mat_f32 *psi = at(t, p->code[k].out[0]);
        double sum = 0;
        if (!op_graph_of(p->code[k].op)->term)
            continue;
        for (size_t i = 0; i < size_of(psi); i++)
            sum += (double)psi->e[i];
        sums->penalty += sum;
    }
}

void
trainer_gradient(trainer_sums *sums, trainer *t, const ga_stage *stage, double lambda, const size_t *index, size_t n,
                 random_stream *random)
{
    const program *p = t->program;
    forward(t, stage, index, n, random);
    lose(sums, t, lambda);
    pass_run_f32(t->tape, p->n_loss, p->n_backward, t->ctx);
    for (size_t k = 0; k < t->n_gains; k++)
        t->gain_gradient[k] = p->gradient_of[t->gain[k]] != NO_VALUE ? gradient(t, t->gain[k])[0] : 0;
}

void
trainer_step(trainer_sums *sums, trainer *t, const ga_stage *stage, double fraction, const size_t *index, size_t n,
             random_stream *random)
{
    const double lr = ga_schedule_at(&stage->lr, fraction), gain_lr = ga_schedule_at(&stage->gain_lr, fraction);
    assert(stage->optimiser != GA_READOUT_GAIN);
    trainer_gradient(sums, t, stage, ga_schedule_at(&stage->penalty, fraction), index, n, random);
    t->count++;
    for (size_t k = 0; k < t->n_leaves; k++) {
        leaf *w = t->leaf + k;
        const optimiser_step step = { .lr = w->readout ? lr * stage->readout_factor : lr, .decay = w->decays ? stage->decay : 0,
                                      .scale = 1 / (double)n, .momentum = stage->momentum, .eps = 1e-8, .count = t->count };
        optimiser_update(at(t, w->value)->e, &w->state, gradient(t, w->value), stage->optimiser, &step);
    }
    const optimiser_step step = { .lr = gain_lr, .scale = 1 / (double)n, .eps = 1e-30, .count = t->count };
    if (gain_lr > 0)
        optimiser_update(t->log_gain, &t->gain_state, t->gain_gradient, GA_ADAM, &step);
}

const float *
trainer_logits(trainer *t, size_t first, size_t n)
{
    mat_f32 *x = at(t, t->program->input);
    tape_set_rows_f32(t->tape, n, 0, n);
    for (size_t i = 0; i < n; i++)
        augment_place(x->e + i * x->cols, t->ds, first + i, 0, NULL);
    set_masks(t, 0, NULL);
    set_gains(t);
    pass_run_f32(t->tape, t->program->n_once, t->program->n_forward, t->ctx);
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
    for (size_t k = 0; k < t->n_leaves; k++) {
        const mat_f32 *w = at(t, t->leaf[k].value);
        for (size_t i = 0; i < size_of(w); i++)
            if (!isfinite(w->e[i]))
                return false;
    }
    return true;
}

size_t
trainer_gains(const trainer *t)
{
    return t->n_gains;
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
trainer_parameter_gradient(const trainer *t, size_t k)
{
    return gradient(t, t->program->parameter + k);
}
