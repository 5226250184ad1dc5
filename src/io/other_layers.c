/* SPDX-License-Identifier: Apache-2.0 */
/* other_layers.c -- tensor names not of a weight or bias of a fully connected layer; see assemble.h */
#include <string.h>

#include "io/assemble.h"

#define BATCH_NORM "is of a batch normalisation (BatchNorm); " TENSORS_READ
#define NORM "is of a normalisation (LayerNorm or BatchNorm); " TENSORS_READ
#define RECURRENT "is of a recurrent layer; " TENSORS_READ
#define COMPUTED(how) \
    "is what PyTorch computes a weight or a bias from: save the network after torch.nn.utils." how " for each such layer"
#define PARAMETRIZED COMPUTED("parametrize.remove_parametrizations(LAYER, 'weight')")
#define LORA "is of a LoRA adapter, which is added to a weight: merge them (PEFT: model.merge_and_unload()) and save the result"
#define DATA_SET "is an array of a data set, which is for --data; a model has weights, such as fc1.weight"

/* Ends of names, and whose they are. The first that any tensor has is reported: those that surely name a layer come first. */
static const struct {
    const char *end, *what;
} others[] = {
    { "running_mean", BATCH_NORM },
    { "running_var", BATCH_NORM },
    { "num_batches_tracked", BATCH_NORM },
    { "moving_mean", BATCH_NORM },
    { "moving_variance", BATCH_NORM },
    { "gamma", NORM },
    { "beta", NORM },
    { "weight_mask", COMPUTED("prune.remove(LAYER, 'weight')") },
    { "bias_mask", COMPUTED("prune.remove(LAYER, 'bias')") },
    { "weight_orig", COMPUTED("remove_spectral_norm(LAYER)") },
    { "weight_g", COMPUTED("remove_weight_norm(LAYER)") },
    { "parametrizations.weight.original", PARAMETRIZED },
    { "parametrizations.weight.original0", PARAMETRIZED },
    { "weight_hh_l0", RECURRENT },
    { "recurrent_kernel", RECURRENT },
    { "lora_A", LORA },
    { "lora_A.weight", LORA },
    { "lora_A.default.weight", LORA },
    { "in_proj_weight", "is of an attention layer; " TENSORS_READ },
    { "x_test", DATA_SET },
    { "x_train", DATA_SET },
};

/* Whether name is word, or ends in it after a separator. */
static bool
ends_in(const char *name, const char *word)
{
    size_t length = strlen(name);
    const size_t n = strlen(word);
    if (length > 2 && strcmp(name + length - 2, ":0") == 0)
        length -= 2;
    return length >= n && memcmp(name + length - n, word, n) == 0 && (length == n || strchr("./_", name[length - n - 1]) != NULL);
}

ga_code
other_layers_check(const tensors *t, tensors_source *source)
{
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        for (size_t i = 0; i < t->n; i++)
            if (ends_in(t->tensor[i].name, others[k].end))
                return SOURCE_FAULT(source, "'%.100s' %s", t->tensor[i].name, others[k].what);
    return GA_OK;
}

/* One of the words between separators and digits. */
static bool
has_word(const char *name, const char *const *word)
{
    static const char separators[] = "./_-: 0123456789";
    for (name += strspn(name, separators); *name != '\0'; name += strspn(name, separators)) {
        const size_t n = strcspn(name, separators);
        for (size_t i = 0; word[i] != NULL; i++)
            if (strlen(word[i]) == n && memcmp(word[i], name, n) == 0)
                return true;
        name += n;
    }
    return false;
}

bool
is_training_record(const tensor *t)
{
    static const char *const words[] = { "loss", "losses",     "acc",  "accuracy", "accuracies", "epoch", "epochs", "step",
                                         "steps", "iteration", "iterations", "lr", "history", "seed", NULL };
    return (t->n_dims == 0 && t->element == ELEMENT_OTHER) || (t->n_dims < 2 && has_word(t->name, words));
}

bool
names_a_factor(const char *name)
{
    static const char *const words[] = { "temperature", "temp", "tau", "gain", "scale", "scaling", "logitscale", "factor",
                                         "multiplier", "slope", "alpha", "beta", "gamma", "offset", "shift", "mean", "std", NULL };
    return has_word(name, words);
}

bool
names_normalisation(const char *name)
{
    static const char *const words[] = { "mean", "std", "mu", "sigma", "var", NULL };
    return has_word(name, words);
}
