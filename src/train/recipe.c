/* SPDX-License-Identifier: Apache-2.0 */
/* recipe.c -- the named recipes, their schedules and the flags that vary them; see core/train.h */
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/train.h"

#define STEP(before, after, at) { before, after, at, at, GA_LINEARLY }
#define LINE(before, after, until) { before, after, 0, until, GA_LINEARLY }
#define EXPONENTIAL(before, after, hold) { before, after, hold, 1, GA_EXPONENTIALLY }
#define CONSTANT(value) { value, value, 0, 1, GA_LINEARLY }

/* V: vanilla. B: the penalty grows. C: gains on the hidden layers are trained with it. Without C, pre-activations stay below
   80 in magnitude and no float gradient ever has a zero. */
#define SIGMOID_V                                                                                                      \
    { .name = "V", .optimiser = GA_SGD, .epochs = 20, .batch = 100, .momentum = 0.9, .readout_factor = 1,              \
      .lr = STEP(0.15, 0.015, 0.7) }
#define SIGMOID_B                                                                                                      \
    { .name = "B", .optimiser = GA_ADAM, .epochs = 20, .batch = 100, .readout_factor = 1,                              \
      .lr = EXPONENTIAL(1e-2, 1e-3, 0.6), .penalty = LINE(0, 0.1, 0.6) }
#define SIGMOID_C                                                                                                      \
    { .name = "C", .optimiser = GA_ADAM, .epochs = 25, .batch = 100, .readout_factor = 10,                             \
      .lr = EXPONENTIAL(1e-4, 1e-5, 0), .penalty = EXPONENTIAL(0.1, 3, 0), .gain_lr = CONSTANT(2e-3) }

/* V: vanilla. S: the penalty grows. R: a gain on the readout saturates the softmax. */
#define RELU_V                                                                                                         \
    { .name = "V", .optimiser = GA_ADAM, .epochs = 20, .batch = 200, .readout_factor = 1, .decay = 0.4,                \
      .shift = 1, .lr = EXPONENTIAL(1.2e-3, 1e-5, 0.5) }
#define RELU_S                                                                                                         \
    { .name = "S", .optimiser = GA_ADAM, .epochs = 10, .batch = 200, .readout_factor = 1,                              \
      .lr = EXPONENTIAL(1e-3, 1e-4, 0.7), .penalty = LINE(0, 2e-4, 0.5) }
#define RELU_R                                                                                                         \
    { .name = "R", .optimiser = GA_READOUT_GAIN, .epochs = 10, .batch = 100, .gain_lr = STEP(2e-3, 6e-4, 0.7) }

/* First weights far larger than their layers' sizes ask for: the label's logit leads by about a hundred, and in float the other
   classes' probabilities underflow. */
#define OVERCONFIDENT_V                                                                                                \
    { .name = "V", .optimiser = GA_ADAM, .epochs = 15, .batch = 100, .readout_factor = 1, .lr = CONSTANT(5e-3) }

#define SIGMOID .activation = GA_SIGMOID, .arch = "784-128-128-10", .n_validation = 10000, .eps = 0.25
#define RELU .activation = GA_RELU, .arch = "784-512-128-10", .n_validation = 10000, .eps = 0.25

static const ga_recipe recipes[] = {
    { .name = "vanilla-sigmoid", SIGMOID, .n_stages = 1, .stage = { SIGMOID_V }, .ends = { "vanilla-sigmoid" } },
    { .name = "penalty-sigmoid", SIGMOID, .n_stages = 2, .stage = { SIGMOID_V, SIGMOID_B },
      .ends = { "vanilla-sigmoid", "penalty-sigmoid" } },
    { .name = "saturated-sigmoid", SIGMOID, .n_stages = 3, .stage = { SIGMOID_V, SIGMOID_B, SIGMOID_C },
      .ends = { "vanilla-sigmoid", "penalty-sigmoid", "saturated-sigmoid" } },
    { .name = "vanilla-relu", RELU, .n_stages = 1, .stage = { RELU_V }, .ends = { "vanilla-relu" } },
    { .name = "saturated-relu", RELU, .n_stages = 3, .stage = { RELU_V, RELU_S, RELU_R },
      .ends = { "vanilla-relu", NULL, "saturated-relu" } },
    { .name = "overconfident-relu", .activation = GA_RELU, .arch = "784-200-10", .n_validation = 10000, .eps = 0.1,
      .deviation = 1.2, .n_stages = 1, .stage = { OVERCONFIDENT_V }, .ends = { "overconfident-relu" } },
};
enum { N_RECIPES = sizeof recipes / sizeof *recipes };

const ga_recipe *
ga_recipe_at(size_t i)
{
    return i < N_RECIPES ? recipes + i : NULL;
}

const ga_recipe *
ga_recipe_find(const char *name)
{
    for (size_t i = 0; i < N_RECIPES; i++)
        if (strcmp(name, recipes[i].name) == 0)
            return recipes + i;
    return NULL;
}

double
ga_schedule_at(const ga_schedule *s, double fraction)
{
    if (fraction >= s->end)
        return s->to;
    if (fraction <= s->hold)
        return s->from;
    const double t = (fraction - s->hold) / (s->end - s->hold);
    return s->shape == GA_LINEARLY ? s->from + t * (s->to - s->from) : s->from * pow(s->to / s->from, t);
}

static bool
schedule_is_valid(const ga_schedule *s)
{
    const bool positive = s->shape == GA_LINEARLY || (s->from > 0 && s->to > 0);
    return positive && s->from >= 0 && s->to >= 0 && isfinite(s->from) && isfinite(s->to) && s->hold >= 0 && s->hold <= s->end &&
           s->end <= 1;
}

/* All that changing one key can make wrong. */
static bool
stage_is_valid(const ga_stage *s)
{
    const double share[] = { s->momentum, s->dropout_input, s->dropout };
    for (size_t i = 0; i < sizeof share / sizeof *share; i++)
        if (!(share[i] >= 0 && share[i] < 1))
            return false;
    return schedule_is_valid(&s->lr) && schedule_is_valid(&s->penalty) && schedule_is_valid(&s->gain_lr) && s->decay >= 0 &&
           isfinite(s->decay) && s->readout_factor >= 0 && isfinite(s->readout_factor) && s->epochs <= 100000 && s->batch > 0 &&
           s->batch <= 1000000;
}

/* The number a key stands for: *count or *real points to it, the other is NULL; false when there is no such key. */
static bool
find_key(size_t **count, double **real, ga_stage *s, const char *key)
{
    const struct {
        const char *name;
        size_t *count;
        double *real;
        ga_schedule *schedule;
    } keys[] = {
        { "epochs", &s->epochs, NULL, NULL }, { "batch", &s->batch, NULL, NULL },
        { "momentum", NULL, &s->momentum, NULL }, { "decay", NULL, &s->decay, NULL },
        { "readout-factor", NULL, &s->readout_factor, NULL }, { "dropout-input", NULL, &s->dropout_input, NULL },
        { "dropout", NULL, &s->dropout, NULL }, { "shift", &s->shift, NULL, NULL },
        { "lr", NULL, NULL, &s->lr }, { "penalty", NULL, NULL, &s->penalty }, { "gain-lr", NULL, NULL, &s->gain_lr },
    };
    const size_t length = strcspn(key, ".");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strlen(keys[i].name) != length || strncmp(keys[i].name, key, length) != 0)
            continue;
        ga_schedule *schedule = keys[i].schedule;
        const char *part = key + length;
        *count = keys[i].count;
        *real = keys[i].real;
        if (schedule != NULL)
            *real = *part == '\0'               ? &schedule->from
                    : strcmp(part, ".to") == 0   ? &schedule->to
                    : strcmp(part, ".hold") == 0 ? &schedule->hold
                    : strcmp(part, ".end") == 0  ? &schedule->end
                                                 : NULL;
        return schedule != NULL ? *real != NULL : *part == '\0';
    }
    return false;
}

static bool
read_number(size_t *count, double *real, const char *text)
{
    char *end;
    const double value = strtod(text, &end);
    if (isspace((unsigned char)*text) || end == text || *end != '\0')
        return false;
    if (real != NULL)
        *real = value;
    else if (value >= 0 && value <= 1e9 && value == floor(value))
        *count = (size_t)value;
    else
        return false;
    return true;
}

static ga_code
set_stage(ga_recipe *recipe, const char *name, const char *value, ga_status *st)
{
    const size_t length = strcspn(name, ".");
    for (size_t i = 0; name[length] == '.' && i < recipe->n_stages; i++) {
        ga_stage changed = recipe->stage[i];
        size_t *count = NULL;
        double *real = NULL;
        if (strlen(changed.name) != length || strncmp(changed.name, name, length) != 0)
            continue;
        if (!find_key(&count, &real, &changed, name + length + 1))
            return ga_fail(st, GA_USAGE, "a stage has no %s", name + length + 1);
        if (!read_number(count, real, value) || !stage_is_valid(&changed))
            return ga_fail(st, GA_USAGE, "%s=%s: the value is outside its domain", name, value);
        recipe->stage[i] = changed;
        return GA_OK;
    }
    return ga_fail(st, GA_USAGE, "%s has no stage for %s", recipe->name, name);
}

ga_code
ga_recipe_set(ga_recipe *recipe, const char *assignment, ga_status *st)
{
    char name[64];
    const char *equals = strchr(assignment, '=');
    const size_t used = strlen(recipe->changes), room = sizeof recipe->changes - used;
    if (equals == NULL || (size_t)(equals - assignment) >= sizeof name)
        return ga_fail(st, GA_USAGE, "%s is not STAGE.KEY=VALUE", assignment);
    if (strlen(assignment) + sizeof " --set " > room)
        return ga_fail(st, GA_USAGE, "too many changes of a recipe");
    snprintf(name, sizeof name, "%.*s", (int)(equals - assignment), assignment);
    if (strcmp(name, "weights") == 0) {
        double deviation;
        if (!read_number(NULL, &deviation, equals + 1) || !(deviation >= 0 && isfinite(deviation)))
            return ga_fail(st, GA_USAGE, "%s: not a standard deviation", assignment);
        recipe->deviation = deviation;
    } else if (strcmp(name, "validation") == 0) {
        if (!read_number(&recipe->n_validation, NULL, equals + 1))
            return ga_fail(st, GA_USAGE, "%s: not a number of images", assignment);
    } else {
        const ga_code code = set_stage(recipe, name, equals + 1, st);
        if (code != GA_OK)
            return code;
    }
    snprintf(recipe->changes + used, room, " --set %s", assignment);
    return GA_OK;
}

ga_code
ga_arch_parse(size_t sizes[GA_MAX_LAYERS + 1], size_t *n_layers, const char *text, ga_status *st)
{
    const char *at = text;
    for (size_t n = 0; n <= GA_MAX_LAYERS; n++) {
        char *end;
        const unsigned long long size = isdigit((unsigned char)*at) ? strtoull(at, &end, 10) : 0;
        if (size == 0 || size > INT32_MAX)
            break;
        sizes[n] = (size_t)size;
        if (*end == '\0' && n > 0) {
            *n_layers = n;
            return GA_OK;
        }
        if (*end != '-')
            break;
        at = end + 1;
    }
    return ga_fail(st, GA_USAGE, "%s is no list of layer sizes such as 784-128-128-10", text);
}
