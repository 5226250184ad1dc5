/* SPDX-License-Identifier: Apache-2.0 */
/* scales.c -- see scales.h */
#include <string.h>

#include "core/attack.h"

#include "num/recipe.h"
#include "report/amount.h"
#include "study/scales.h"

bool
scales_are_swept(const json_t *sweep)
{
    return strcmp(amount_string(sweep, "parameter"), "loss-scale") == 0;
}

size_t
scales_count(int *first, const json_t *sweep)
{
    int last;
    const bool are = recipe_scale(first, amount_number(sweep, "from")) && recipe_scale(&last, amount_number(sweep, "to"));
    return are && *first <= last ? (size_t)(last - *first) + 1 : 0;
}

bool
scales_may_be_of(const char *words)
{
    ga_attack attack;
    return ga_attack_parse(&attack, words, NULL) == GA_OK && recipe_is(attack.estimator.format) &&
           attack.estimator.format.recipe.loss_scale == 0;
}
