/* SPDX-License-Identifier: Apache-2.0 */
/* train.c -- gradaudit train: a network from a recipe and a seed */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradaudit/train.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "model/names.h"

typedef struct {
    const char *arch, *data, *output;
    ga_recipe recipe;
    ga_activation activation;
    uint64_t seed;
    int threads;
    progress bar;
    size_t done, total; /* epochs */
    const char *set[64];
    size_t n_set;
} options;

enum { OPTION_ARCH = 1, OPTION_ACTIVATION, OPTION_RECIPE, OPTION_SEED, OPTION_DATA, OPTION_SET, OPTION_THREADS };

static const struct argp_option option_table[] = {
    { "recipe", OPTION_RECIPE, "NAME", 0,
      "vanilla-sigmoid, penalty-sigmoid, saturated-sigmoid, vanilla-relu or saturated-relu", 1 },
    { "data", OPTION_DATA, "DIR", 0, "directory of MNIST's training files (IDX, plain or gzip)", 1 },
    { "output", 'o', "FILE", 0, "safetensors file to write", 1 },
    { "seed", OPTION_SEED, "N", 0, "seed of weights, order and dropout (1)", 1 },
    { "arch", OPTION_ARCH, "SIZES", 0, "layer sizes, e.g. 784-128-128-10 (the recipe's)", 1 },
    { "activation", OPTION_ACTIVATION, "NAME", 0, "sigmoid, tanh or relu (the recipe's)", 1 },
    { "set", OPTION_SET, "STAGE.KEY=VALUE", 0,
      "change the recipe, as often as wanted; keys: epochs, batch, momentum, decay, readout-factor, dropout-input, dropout, shift, "
      "and lr, penalty, gain-lr with nothing (first value), .to (last), .hold, .end (fractions of the stage); "
      "validation=N holds the last N images back (10000)", 1 },
    { "threads", OPTION_THREADS, "N", 0, "threads of the last validation; training uses one (all cores)", 1 },
    { 0 }
};

static uint64_t
parse_seed(const char *text, struct argp_state *state)
{
    char *end;
    errno = 0;
    const uint64_t seed = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        usage_error(state, "--seed must be a number from 0 to %" PRIu64 ", not '%s'", UINT64_MAX, text);
    return seed;
}

static const ga_recipe *
find_recipe(const char *text, struct argp_state *state)
{
    const char *name[32];
    word_list recipes = { "recipe", name, 0 };
    for (const ga_recipe *r; recipes.n < sizeof name / sizeof *name && (r = ga_recipe_at(recipes.n)) != NULL; recipes.n++)
        name[recipes.n] = r->name;
    return ga_recipe_at((size_t)parse_word(&recipes, text, "--recipe", state));
}

/* The recipe first, then what changes it, in any order on the command line. */
static void
finish(options *o, struct argp_state *state)
{
    ga_status st = { 0 };
    if (o->recipe.name == NULL || o->data == NULL || o->output == NULL)
        usage_error(state, "--recipe, --data and -o are needed");
    for (size_t i = 0; i < o->n_set; i++)
        if (ga_recipe_set(&o->recipe, o->set[i], &st) != GA_OK)
            usage_error(state, "--set: %s", st.message);
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->bar;
        return 0;
    case OPTION_RECIPE:
        o->recipe = *find_recipe(arg, state);
        return 0;
    case OPTION_DATA:
        o->data = arg;
        return 0;
    case 'o':
        o->output = arg;
        return 0;
    case OPTION_SEED:
        o->seed = parse_seed(arg, state);
        return 0;
    case OPTION_ARCH:
        o->arch = arg;
        return 0;
    case OPTION_ACTIVATION:
        o->activation = (ga_activation)(GA_SIGMOID + parse_word(&trained_words, arg, "--activation", state));
        return 0;
    case OPTION_SET:
        if (o->n_set == sizeof o->set / sizeof *o->set)
            usage_error(state, "at most %zu times --set", o->n_set);
        o->set[o->n_set++] = arg;
        return 0;
    case OPTION_THREADS:
        o->threads = (int)parse_count(arg, "--threads", 1, 1024, state);
        return 0;
    case ARGP_KEY_ARG:
        usage_error(state, "no argument is expected, not '%s'", arg);
        return 0;
    case ARGP_KEY_END:
        finish(o, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void
print_progress(void *data, const ga_training_progress *p)
{
    options *o = data;
    char text[256];
    int end = snprintf(text, sizeof text, "stage %s epoch %zu/%zu, loss %.5g, penalty %.4g, validation %.2f %%", p->stage, p->epoch,
                       p->epochs, p->loss, p->penalty, 100 * p->accuracy);
    for (size_t l = 0; l < p->n_gains && end < (int)sizeof text; l++)
        if (p->gain[l] != 1)
            end += snprintf(text + end, sizeof text - (size_t)end, ", gain %.4g of layer %zu", p->gain[l], l + 1);
    progress_update(&o->bar, text, ++o->done, o->total);
}

static ga_code
run(options *o, ga_status *st)
{
    size_t sizes[GA_MAX_LAYERS + 1], n_layers;
    ga_dataset *ds = NULL;
    ga_model *model = NULL;
    ga_attack_counts counts;
    const ga_training_watch watch = { .epoch = print_progress, .data = o };
    const ga_activation activation = o->activation != GA_LINEAR ? o->activation : o->recipe.activation;
    ga_code code = ga_arch_parse(sizes, &n_layers, o->arch != NULL ? o->arch : o->recipe.arch, st);
    if (code == GA_OK)
        code = ga_dataset_read_mnist(&ds, o->data, "train", st);
    for (size_t i = 0; i < o->recipe.n_stages; i++)
        o->total += o->recipe.stage[i].epochs;
    progress_start(&o->bar);
    if (code == GA_OK)
        code = ga_train(&model, &o->recipe, n_layers, sizes, activation, o->seed, ds, &watch, st);
    if (code == GA_OK)
        code = ga_train_validate(&counts, model, &o->recipe, ds, o->threads, st);
    if (code == GA_OK)
        progress_end(&o->bar, o->total, "epoch", o->threads);
    else
        progress_stop(&o->bar);
    if (code == GA_OK)
        code = ga_model_write(model, o->output, st);
    if (code == GA_OK) {
        static const char *const key[] = { "accuracy", "fgsm", "zeros", "all-zero" };
        printf("#recipe\tseed\timages\taccuracy_percent\tfgsm_accuracy_percent\tzero_percent\tall_zero_percent\n");
        printf("%s\t%" PRIu64 "\t%zu", o->recipe.name, o->seed, counts.images);
        for (size_t i = 0; i < 4; i++) {
            char name[64];
            snprintf(name, sizeof name, "validation-%s", key[i]);
            printf("\t%s", ga_model_meta(model, name));
        }
        putchar('\n');
    }
    ga_model_free(model);
    ga_dataset_free(ds);
    return code;
}

int
command_train(int argc, char **argv)
{
    static const struct argp_child children[] = { { &progress_argp, 0, NULL, 8 }, { 0 } };
    static const struct argp argp = {
        option_table, parse, "--recipe NAME --data DIR -o FILE",
        "Trains a network in binary32 by a named recipe, on all but the last 10,000 training images, and prints what it does on "
        "those: accuracy, accuracy after FGSM with the float naive gradient (eps 0.25), and zeros of that gradient. The same seed "
        "gives the same file on the same machine."
        "\vExample:\n"
        "  gradaudit train --arch 784-128-128-10 --activation sigmoid \\\n"
        "    --recipe saturated-sigmoid --seed 1 --data mnist -o saturated.safetensors",
        children, NULL, NULL
    };
    static options o = { .seed = 1 };
    ga_status st = { 0 };
    command_parse(&argp, argc, argv, &o);
    run(&o, &st);
    return command_end(&st);
}
