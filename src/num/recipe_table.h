/* SPDX-License-Identifier: Apache-2.0 */
/* recipe_table.h -- what reading and writing of precision recipes have in common; see recipe.h */
#ifndef NUM_RECIPE_TABLE_H
#define NUM_RECIPE_TABLE_H

#include "num/recipe.h"

/* The words before a value, in the order of recipe_keys. */
typedef enum { KEY_ACTIVATION, KEY_GRADIENT, KEY_WEIGHT, KEY_SUM, KEY_LOSS_SCALE, KEY_ROUNDING, KEY_BATCH, KEY_RULE,
               KEY_ELEMENTWISE, RECIPE_KEYS } recipe_key;

/* The words of ga_elementwise. */
extern const word_list recipe_elementwise;

/* Row i of recipes.def, from 0. */
const ga_precision_recipe *recipe_row(int i);

#endif
