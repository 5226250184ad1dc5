/* SPDX-License-Identifier: Apache-2.0 */
/* train.c -- the stages of a training; see core/train.h */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/call.h"
#include "core/gradient.h"
#include "core/train.h"

#include "gemm/blas.h"
#include "pass/engine.h"
#include "train/readout.h"
#include "train/trainer.h"

/* Streams of random numbers: the initial weights, then one for each stage, so that a stage does not depend on those after it. */
enum { STREAM_WEIGHTS, STREAM_STAGES };

typedef struct {
    const ga_recipe *recipe;
    const ga_dataset *ds;
    const ga_training_watch *watch;
    ga_model *model;
    trainer *trainer;
    readout *readout; /* during its stage */
    size_t *order;    /* of the n training images */
    double *gain;
    size_t n;
    uint64_t seed;
} run;

/* Normal weights, biases 0. Without a deviation in the recipe: variance 2/n_in before a ReLU (He et al., arXiv:1502.01852),
   1/n_in for a readout after one; 2/(n_in + n_out) if sigmoid or tanh is on either side (Glorot and Bengio, AISTATS 2010). */
static void
draw_weights(ga_model *model, const ga_recipe *recipe, uint64_t seed)
{
    random_stream random = random_start(seed, STREAM_WEIGHTS);
    for (size_t l = 0; l < model->n_layers; l++) {
        const ga_layer *layer = model->layer + l;
        const double n_in = (double)layer->n_in, n_out = (double)layer->n_out;
        const bool after_relu = l > 0 && layer[-1].activation == GA_RELU;
        const double variance = layer->activation == GA_RELU                    ? 2 / n_in
                                : layer->activation == GA_LINEAR && after_relu ? 1 / n_in
                                                                               : 2 / (n_in + n_out);
        const double deviation = recipe->deviation > 0 ? recipe->deviation : sqrt(variance);
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
            ga_model_set(model, layer->weight, i, deviation * random_normal(&random));
    }
}

static ga_code
check_job(const ga_recipe *recipe, const ga_model *model, const ga_dataset *ds, ga_status *st)
{
    ga_code code = engine_check_outputs(model, GA_CROSS_ENTROPY, st);
    if (code == GA_OK)
        code = ga_dataset_check(ds, model, st);
    if (code != GA_OK)
        return code;
    for (size_t l = 0; l + 1 < model->n_layers; l++)
        if (model->layer[l].activation != GA_SIGMOID && model->layer[l].activation != GA_TANH &&
            model->layer[l].activation != GA_RELU)
            return ga_fail(st, GA_USAGE, "training knows no penalty and no first weights of this activation");
    if (ds->pixel == NULL || ds->scaling != NULL)
        return ga_fail(st, GA_USAGE, "training is on bytes, scaled by 1/255");
    if (recipe->n_validation == 0 || recipe->n_validation >= ds->n)
        return ga_fail(st, GA_USAGE, "%zu validation images of %zu leave nothing to train on", recipe->n_validation, ds->n);
    for (size_t i = 0; i < recipe->n_stages; i++) {
        const ga_stage *stage = recipe->stage + i;
        if (stage->batch > ds->n - recipe->n_validation)
            return ga_fail(st, GA_USAGE, "stage %s: batches of %zu of %zu images", stage->name, stage->batch,
                           ds->n - recipe->n_validation);
        if (stage->dropout > 0 && (stage->penalty.from > 0 || stage->penalty.to > 0))
            return ga_fail(st, GA_USAGE, "stage %s: the penalty is not defined with dropout on hidden units", stage->name);
    }
    return GA_OK;
}

static ga_code
report(run *r, const ga_stage *stage, size_t epoch, const trainer_sums *sums, ga_status *st)
{
    const size_t seen = r->n / stage->batch * stage->batch;
    const size_t correct = trainer_correct(r->trainer, r->n, r->ds->n);
    if (call_ended() != GA_OK)
        return call_fail(st);
    for (size_t l = 0; l < trainer_gains(r->trainer); l++)
        r->gain[l] = exp((double)trainer_log_gain(r->trainer)[l]);
    const ga_training_progress progress = {
        .stage = stage->name, .epoch = epoch + 1, .epochs = stage->epochs, .loss = sums->loss / (double)seen,
        .penalty = sums->penalty / (double)seen, .accuracy = (double)correct / (double)r->recipe->n_validation, .gain = r->gain,
        .n_gains = trainer_gains(r->trainer)
    };
    if (r->watch != NULL && r->watch->epoch != NULL)
        r->watch->epoch(r->watch->data, &progress);
    return GA_OK;
}

static ga_code
run_epoch(run *r, const ga_stage *stage, size_t epoch, double *s, random_stream *random, ga_status *st)
{
    const size_t batches = r->n / stage->batch;
    trainer_sums sums = { 0, 0 };
    random_shuffle(r->order, r->n, random);
    for (size_t b = 0; b < batches; b++) {
        const double fraction = ((double)epoch + (double)b / (double)batches) / (double)stage->epochs;
        const size_t *index = r->order + b * stage->batch;
        if (r->readout != NULL)
            sums.loss += readout_step(s, r->readout, ga_schedule_at(&stage->gain_lr, fraction), index, stage->batch);
        else
            trainer_step(&sums, r->trainer, stage, fraction, index, stage->batch, random);
        if (call_ended() != GA_OK)
            return call_fail(st);
        if (!isfinite(sums.loss))
            return ga_fail(st, GA_GATE_FAILED, "stage %s, epoch %zu, batch %zu: the loss is %s", stage->name, epoch + 1, b + 1,
                           isnan(sums.loss) ? "NaN" : "infinite");
    }
    if (r->readout != NULL)
        trainer_log_gain(r->trainer)[trainer_gains(r->trainer) - 1] = (float)*s;
    if (!trainer_is_finite(r->trainer))
        return ga_fail(st, GA_GATE_FAILED, "stage %s, epoch %zu: a weight is no longer finite", stage->name, epoch + 1);
    return report(r, stage, epoch, &sums, st);
}

static ga_code
open_readout(run *r, size_t batch, ga_status *st)
{
    const size_t n_classes = ga_model_classes(r->model);
    if ((r->readout = readout_new(r->n, n_classes, batch)) == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the logits");
    for (size_t i = 0; i < r->n; i += batch) {
        const size_t n = r->n - i < batch ? r->n - i : batch;
        const float *logits = trainer_logits(r->trainer, i, n);
        for (size_t k = 0; k < n; k++)
            readout_set(r->readout, i + k, logits + k * n_classes, r->ds->label[i + k]);
    }
    return GA_OK;
}

/* recipe, seed, and the command that makes the network as it is after stage i. */
static ga_code
describe(run *r, size_t i, ga_status *st)
{
    char seed[32], *command = NULL;
    const ga_model *model = r->model;
    const char *recipe = r->recipe->ends[i];
    size_t size;
    FILE *f = open_memstream(&command, &size);
    if (f != NULL) {
        fprintf(f, "gradaudit train --recipe %s --arch %zu", recipe, model->layer[0].n_in);
        for (size_t l = 0; l < model->n_layers; l++)
            fprintf(f, "-%zu", model->layer[l].n_out);
        fprintf(f, " --activation %s --seed %" PRIu64 "%s", ga_activation_name(model->layer[0].activation), r->seed,
                r->recipe->changes);
    }
    snprintf(seed, sizeof seed, "%" PRIu64, r->seed);
    const bool ok = f != NULL && fclose(f) == 0 && ga_model_set_meta(r->model, "recipe", recipe) &&
                    ga_model_set_meta(r->model, "seed", seed) && ga_model_set_meta(r->model, "command", command);
    free(command);
    return ok ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for metadata");
}

static ga_code
run_stage(run *r, size_t i, ga_status *st)
{
    const ga_stage *stage = r->recipe->stage + i;
    random_stream random = random_start(r->seed, STREAM_STAGES + i);
    ga_code code = GA_OK;
    double s = 0;
    for (size_t k = 0; k < r->n; k++)
        r->order[k] = k;
    trainer_begin_stage(r->trainer);
    if (stage->optimiser == GA_READOUT_GAIN)
        code = open_readout(r, stage->batch, st);
    for (size_t epoch = 0; epoch < stage->epochs && code == GA_OK; epoch++)
        code = call_ended() != GA_OK ? call_fail(st) : run_epoch(r, stage, epoch, &s, &random, st);
    readout_free(r->readout);
    r->readout = NULL;
    if (code != GA_OK)
        return code;
    trainer_end_stage(r->trainer, r->model);
    if (!trainer_is_finite(r->trainer))
        return ga_fail(st, GA_GATE_FAILED, "stage %s: a weight times its gain is not finite", stage->name);
    if (r->recipe->ends[i] != NULL && (code = describe(r, i, st)) != GA_OK)
        return code;
    return r->watch != NULL && r->watch->stage != NULL ? r->watch->stage(r->watch->data, r->recipe, i, r->model, st) : GA_OK;
}

static ga_code
run_stages(run *r, ga_status *st)
{
    size_t rows = 1;
    bool dropout = false;
    for (size_t i = 0; i < r->recipe->n_stages; i++) {
        rows = r->recipe->stage[i].batch > rows ? r->recipe->stage[i].batch : rows;
        dropout = dropout || r->recipe->stage[i].dropout > 0;
    }
    if ((r->order = malloc(r->n * sizeof *r->order)) == NULL ||
        (r->trainer = trainer_new(r->model, r->ds, rows, dropout)) == NULL ||
        (r->gain = malloc(trainer_gains(r->trainer) * sizeof *r->gain)) == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for training");
    ga_code code = GA_OK;
    for (size_t i = 0; i < r->recipe->n_stages && code == GA_OK; i++)
        code = run_stage(r, i, st);
    return code;
}

ga_code
ga_train(ga_model **model, const ga_recipe *recipe, size_t n_layers, const size_t *sizes, ga_activation activation,
         uint64_t seed, const ga_dataset *ds, const ga_training_watch *watch, ga_status *st)
{
    ga_activation each[GA_MAX_LAYERS];
    run r = { .recipe = recipe, .ds = ds, .watch = watch, .seed = seed };
    *model = NULL;
    for (size_t l = 0; l < GA_MAX_LAYERS; l++)
        each[l] = activation;
    if ((r.model = ga_model_new(GA_F32, n_layers, sizes, each, st)) == NULL)
        return st != NULL ? st->code : GA_USAGE;
    ga_code code = check_job(recipe, r.model, ds, st);
    if (code == GA_OK) {
        r.n = ds->n - recipe->n_validation;
        draw_weights(r.model, recipe, seed);
        if ((code = blas_borrow(1, st)) == GA_OK) {
            code = run_stages(&r, st);
            blas_give_back(1);
        }
    }
    trainer_free(r.trainer);
    free(r.order);
    free(r.gain);
    if (code == GA_OK)
        *model = r.model;
    else
        ga_model_free(r.model);
    return code;
}
