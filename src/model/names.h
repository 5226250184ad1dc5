/* SPDX-License-Identifier: Apache-2.0 */
/* names.h -- what a model's metadata and the options about it may say: the names behind core/model.h. */
#ifndef GRADAUDIT_MODEL_NAMES_H
#define GRADAUDIT_MODEL_NAMES_H

#include "num/words.h"

/* The size of the longest name of an activation with a NUL or a comma. */
#define ACTIVATION(value, op, name) char op[sizeof name];
union activation_names {
#include "op/activations.def"
};
#undef ACTIVATION
enum { ACTIVATION_NAME = sizeof(union activation_names) };

/* By the values of their enumerations: those of ga_activation to train from GA_SIGMOID on, of ga_layout from GA_OUT_IN on. */
extern const word_list hidden_words, trained_words, layout_words, output_words;

#endif
