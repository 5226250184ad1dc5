/* SPDX-License-Identifier: Apache-2.0 */
/* train.h -- trains a multi-layer perceptron in binary32, in stages, with or without the saturation penalty.

   The loss of a batch is the mean of  -log p_y + lambda sum_l sum_i psi(z_l,i)  over hidden layers l and their units i;
   psi(z) = sigma'(z) for sigmoid, 1 - tanh(z)^2 for tanh, max(z, 0) for ReLU (Nayebi and Ganguli, arXiv:1703.09202, eq. 2). */
#ifndef CORE_TRAIN_H
#define CORE_TRAIN_H

#include <stddef.h>
#include <stdint.h>

#include "core/attack.h"
#include "core/dataset.h"
#include "core/model.h"
#include "core/status.h"

/* A number that changes during a stage: `from` up to the fraction hold of its epochs, `to` after the fraction end, and in between
   along a line or an exponential. hold = end is a step. */
typedef struct {
    double from, to, hold, end;
    enum { GA_LINEARLY, GA_EXPONENTIALLY } shape;
} ga_schedule;

double ga_schedule_at(const ga_schedule *schedule, double fraction);

/* GA_SGD: momentum. GA_ADAM: beta 0.9 and 0.999, eps 1e-8. Both decay weights (not biases) by lr * decay a step, apart from the
   gradient. GA_READOUT_GAIN: weights are fixed; s, the logarithm of a gain on the readout, moves by -gain_lr * sign(dL/ds), with
   the softmax in binary64 and r_y = -sum_{c != y} p_c. */
typedef enum { GA_SGD, GA_ADAM, GA_READOUT_GAIN } ga_optimiser;

/* Each stage resets the optimiser. With a gain_lr, hidden layer l is z = e^(s_l) (W x + b) with a trained scalar s_l, initially 0
   (Adam, eps 1e-30). Gains are multiplied into W and b when the stage ends. */
typedef struct {
    char name[4];
    ga_optimiser optimiser;
    size_t epochs, batch;
    double momentum, decay;
    double readout_factor;           /* the readout's learning rate is lr times this */
    double dropout_input, dropout;   /* probability that a pixel, a hidden unit is 0; the others times 1/(1-p) */
    size_t shift;                    /* each image moves by up to this many pixels, down and right alike; zeros fill in */
    ga_schedule lr, penalty, gain_lr; /* penalty: lambda */
} ga_stage;

enum { GA_MAX_STAGES = 4 };

typedef struct {
    const char *name;
    ga_activation activation; /* the default for all hidden layers */
    const char *arch;         /* the usual sizes: "784-128-128-10" */
    size_t n_validation;      /* the last images of the training set, never trained on */
    double deviation;         /* standard deviation of all first weights; 0: of each layer by its sizes */
    double eps;               /* of FGSM on the validation images */
    size_t n_stages;
    ga_stage stage[GA_MAX_STAGES];
    const char *ends[GA_MAX_STAGES]; /* the recipe that consists of the stages up to this one; NULL: none */
    char changes[512];        /* " --set V.lr=0.1 …": what ga_recipe_set was given */
} ga_recipe;

/* The recipe with a name; NULL if there is none. Recipes of one activation share their first stages, so their networks of one seed
   are the same up to there. ga_recipe_at lists them, NULL past the last. */
const ga_recipe *ga_recipe_find(const char *name);
const ga_recipe *ga_recipe_at(size_t i);

/* Changes a recipe: "validation=10000", "weights=1.2" (deviation), or "STAGE.KEY=VALUE" with the keys epochs, batch, momentum,
   decay, readout-factor, dropout-input, dropout, shift, and lr, penalty, gain-lr, each followed by nothing (from), ".to", ".hold"
   or ".end". GA_USAGE if there is no such stage or key, or the value is outside its domain. */
ga_code ga_recipe_set(ga_recipe *recipe, const char *assignment, ga_status *st);

/* "784-128-128-10" as sizes[0..*n_layers]. GA_USAGE if it is not such a list. */
ga_code ga_arch_parse(size_t sizes[GA_MAX_LAYERS + 1], size_t *n_layers, const char *text, ga_status *st);

/* After an epoch. Loss and penalty are means over its images, taken as each batch was processed. */
typedef struct {
    const char *stage;
    size_t epoch, epochs;        /* of this stage; the first is 1 */
    double loss, penalty;        /* cross-entropy in nats; sum of psi over the hidden units */
    double accuracy;             /* on the validation images, from 0 to 1 */
    const double *gain;          /* of each layer, not yet multiplied into its weights */
    size_t n_gains;
} ga_training_progress;

/* Either function may be NULL. stage is called when one ends, with the network so far; a code other than GA_OK stops. */
typedef struct {
    void (*epoch)(void *data, const ga_training_progress *progress);
    ga_code (*stage)(void *data, const ga_recipe *recipe, size_t stage, const ga_model *model, ga_status *st);
    void *data;
} ga_training_watch;

/* Trains a network on all but the last n_validation images of ds. The same arguments give the same bits on the same machine: same
   binary, OpenBLAS core type and libm. *model is the caller's, with metadata recipe, seed and command (free of file names); on
   failure it is NULL: GA_USAGE for what does not fit, GA_GATE_FAILED when loss or weights are no longer finite. */
ga_code ga_train(ga_model **model, const ga_recipe *recipe, size_t n_layers, const size_t *sizes, ga_activation activation,
                 uint64_t seed, const ga_dataset *ds, const ga_training_watch *watch, ga_status *st);

/* FGSM of the recipe's eps with the float naive gradient on the validation images: the counts, and in the model's metadata, in
   percent, validation-accuracy, validation-fgsm (accuracy after it), validation-zeros (gradient elements), validation-all-zero
   (images). */
ga_code ga_train_validate(ga_attack_counts *counts, ga_model *model, const ga_recipe *recipe, const ga_dataset *ds, int threads,
                          ga_status *st);

#endif
