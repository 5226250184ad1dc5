/* SPDX-License-Identifier: Apache-2.0 */
/* train.c -- gradaudit train: a network from a recipe and a seed */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/train.h"

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

static ga_code
read_seed(void *into, const option_row *row, const char *text, ga_status *st)
{
    char *end;
    errno = 0;
    ((options *)into)->seed = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return ga_fail(st, GA_USAGE, "--%s must be a number from 0 to %" PRIu64 ", not '%s'", row->name, UINT64_MAX, text);
    return GA_OK;
}

static ga_code
read_recipe(void *into, const option_row *row, const char *text, ga_status *st)
{
    const char *name[32];
    word_list recipes = { "recipe", name, 0 };
    for (const ga_recipe *r; recipes.n < sizeof name / sizeof *name && (r = ga_recipe_at(recipes.n)) != NULL; recipes.n++)
        name[recipes.n] = r->name;
    const int place = word_parse(&recipes, text, st);
    if (place < 0)
        return option_named(row, GA_USAGE, st);
    ((options *)into)->recipe = *ga_recipe_at((size_t)place);
    return GA_OK;
}

static ga_code
add_set(void *into, const option_row *row, const char *text, ga_status *st)
{
    options *const o = into;
    if (o->n_set == sizeof o->set / sizeof *o->set)
        return ga_fail(st, GA_USAGE, "at most %zu times --%s", o->n_set, row->name);
    o->set[o->n_set++] = text;
    return GA_OK;
}

static const option_row rows[] = {
    { "recipe", 0, "NAME",
      "vanilla-sigmoid, penalty-sigmoid, saturated-sigmoid, vanilla-relu, saturated-relu or overconfident-relu",
      BY(read_recipe) },
    { "data", 0, "DIR", "directory of MNIST's training files (IDX, plain or gzip)", INTO(read_text, options, data) },
    { "output", 'o', "FILE", "safetensors file to write", INTO(read_text, options, output) },
    { "seed", 0, "N", "seed of weights, order and dropout (1)", BY(read_seed) },
    { "arch", 0, "SIZES", "layer sizes, e.g. 784-128-128-10 (the recipe's)", INTO(read_text, options, arch) },
    { "activation", 0, "NAME", "sigmoid, tanh or relu (the recipe's)", WORD(options, activation, &trained_words, GA_SIGMOID) },
    { "set", 0, "STAGE.KEY=VALUE",
      "change the recipe, as often as wanted; keys: epochs, batch, momentum, decay, readout-factor, dropout-input, dropout, shift, "
      "and lr, penalty, gain-lr with nothing (first value), .to (last), .hold, .end (fractions of the stage); "
      "validation=N holds the last N images back (10000); weights=S is the standard deviation of all first weights (0: by each "
      "layer's sizes)", BY(add_set) },
    { "threads", 0, "N", "threads of the last validation; training uses one (all cores)", COUNT(options, threads, 1, 1024) },
    { 0 }
};

/* The recipe first, then what changes it, in any order on the command line. */
static ga_code
check(void *into, ga_status *st)
{
    options *const o = into;
    ga_status fault = { 0 };
    if (o->recipe.name == NULL || o->data == NULL || o->output == NULL)
        return ga_fail(st, GA_USAGE, "--recipe, --data and -o are needed");
    for (size_t i = 0; i < o->n_set; i++)
        if (ga_recipe_set(&o->recipe, o->set[i], &fault) != GA_OK)
            return ga_fail(st, GA_USAGE, "--set: %s", fault.message);
    return GA_OK;
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
    static const option_part parts[] = { { &progress_set, offsetof(options, bar) }, { NULL, 0 } };
    static const command_line line = {
        rows, check, parts, "--recipe NAME --data DIR -o FILE",
        "Trains a network in binary32 by a named recipe, on all but the last 10,000 training images, and prints what it does on "
        "those: accuracy, accuracy after FGSM with the float naive gradient (eps 0.25; overconfident-relu: 0.1), and zeros of that "
        "gradient. The same seed gives the same file on the same machine."
        "\vExample:\n"
        "  gradaudit train --arch 784-128-128-10 --activation sigmoid \\\n"
        "    --recipe saturated-sigmoid --seed 1 --data mnist -o saturated.safetensors"
    };
    static options o = { .seed = 1 };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    run(&o, &st);
    return command_end(&st);
}
