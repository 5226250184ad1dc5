/* SPDX-License-Identifier: Apache-2.0 */
/* names.c -- the names of activations, outputs, steps and layouts; see names.h and core/model.h */
#include "core/model.h"

#include "model/names.h"

#define ACTIVATION(value, op, name) [value] = name,
static const char *const activation_names[] = {
#include "op/activations.def"
    [GA_PRELU] = "prelu"
};
#undef ACTIVATION
const word_list hidden_words = WORD_LIST("activation of hidden layers", activation_names);
const word_list trained_words = { "activation to train", activation_names + GA_SIGMOID, GA_RELU };

const char *
ga_activation_name(ga_activation activation)
{
    return (size_t)activation < hidden_words.n ? activation_names[activation] : "unknown";
}

static const char *const step_names[] = { [GA_SUBTRACT] = "subtract", [GA_MULTIPLY] = "multiply", [GA_DIVIDE] = "divide" };

const char *
ga_step_name(ga_step_kind kind)
{
    return step_names[kind];
}

static const char *const output_names[] = { [GA_LOGITS] = "logits", [GA_SOFTMAX] = "softmax", [GA_LOG_SOFTMAX] = "log-softmax",
                                           [GA_SIGMOID_OUTPUT] = "sigmoid",
                                           [GA_COMPOSED_LOG_SOFTMAX] = "composed log-softmax" };
static const word_list all_output_words = WORD_LIST("output", output_names);
const word_list output_words = { "output", output_names, GA_COMPOSED_LOG_SOFTMAX }; /* which a file's nodes make */

const char *
ga_output_name(ga_output output)
{
    return output_names[output];
}

int
ga_output_parse(const char *name)
{
    return word_find(&all_output_words, name);
}

static const char *const layout_names[] = { "out-in", "in-out" };
const word_list layout_words = WORD_LIST("layout", layout_names);

int
ga_layout_parse(const char *name)
{
    const int place = word_find(&layout_words, name);
    return place < 0 ? -1 : place + GA_OUT_IN;
}

const char *
ga_output_note(ga_output output)
{
    switch (output) {
    case GA_SOFTMAX:
        return "The network ends in softmax. Gradients here are those of the cross-entropy of its probabilities, that is of its "
               "logits. A loss that takes the probabilities for logits has a second softmax: its gradient is smaller, and vanishes "
               "where the first softmax is saturated, in any precision.";
    case GA_LOG_SOFTMAX:
        return "The network ends in log-softmax. Gradients here are those of the cross-entropy of its probabilities, that is of "
               "its logits. A loss that takes log-probabilities for logits has the same gradient with more roundings; one that "
               "takes their exponentials for logits has a second softmax, whose gradient vanishes where the first is saturated.";
    case GA_SIGMOID_OUTPUT:
        return "The network ends in sigmoid. Gradients here are those of the binary cross-entropies of its outputs s, that is of "
               "their logits. Naive formulas are those of a loss that takes s, (s - y)/(s (1 - s)) times s (1 - s), which is not a "
               "number where s is rounded to 0 or 1. A loss that takes s for logits has a second sigmoid: its gradient vanishes "
               "where the first is saturated, in any precision.";
    case GA_COMPOSED_LOG_SOFTMAX:
        return "The network ends in a log-softmax that is composed of several operations, each of which rounds. The loss nll takes "
               "its outputs; the cross-entropy takes them for logits, which has the same true gradient and more roundings. --fuse "
               "reads the composition as one log-softmax.";
    default:
        return NULL;
    }
}
