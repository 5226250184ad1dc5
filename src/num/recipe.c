/* SPDX-License-Identifier: Apache-2.0 */
/* recipe.c -- see recipe.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "num/frozen.h"
#include "num/recipe_table.h"

/* Places in formats.def, from 1. */
enum {
    place_none,
#define FORMAT(id, ...) place_##id,
#include "num/formats.def"
};

static const char *const names[] = {
#define RECIPE(name, ...) name,
#include "num/recipes.def"
};
static const ga_precision_recipe rows[] = {
#define RECIPE(name, activation, gradient, weight, activation_in, gradient_in, weight_in, rounding_, overflow_, scaling_)         \
    { .stored = { place_##activation, place_##gradient, place_##weight },                                                         \
      .operand = { place_##activation_in, place_##gradient_in, place_##weight_in }, .rounding = rounding_, \
      .scaling = scaling_, .rule = (scaling_) == GA_SCALED_BATCH ? GA_SCALE_BATCH : GA_SCALE_FLOOR, \
      .batch = (scaling_) == GA_SCALED_BATCH ? GA_BLOCK : 0 },
#include "num/recipes.def"
};
static const unsigned char operand_overflow[] = {
#define RECIPE(name, activation, gradient, weight, activation_in, gradient_in, weight_in, rounding_, overflow_, scaling_) overflow_,
#include "num/recipes.def"
};

static const char *const keys[] = { "activation=", "gradient=", "weight=", "sum=", "loss-scale=", "rounding=", "batch=", "scale=",
                                    "elementwise=" };
_Static_assert((int)KEY_WEIGHT == GA_WEIGHT && GA_CLASSES == 3, "a key for each class, in their order");
_Static_assert(sizeof keys / sizeof *keys == RECIPE_KEYS, "a word for each key");
static const char *const rules[] = { [GA_SCALE_FLOOR] = "floor", [GA_SCALE_CEIL] = "ceil", [GA_SCALE_NEAREST] = "nearest",
                                     [GA_SCALE_BATCH] = "batch", [GA_SCALE_FILE] = "file" };
static const char *const elementwise[] = { [GA_ROUNDED_ONCE] = "once", [GA_ROUNDED_EACH] = "each" };
const word_list recipe_rules = WORD_LIST("rule of scales", rules);
const word_list recipe_elementwise = WORD_LIST("rounding of elements", elementwise);
const word_list recipe_words = WORD_LIST("recipe", names), recipe_keys = WORD_LIST("word", keys);

const ga_precision_recipe *
recipe_row(int i)
{
    return rows + i;
}

/* "1024", "0x1p60" */
static const char *
power_of_two(char *text, size_t size, int scale)
{
    if (abs(scale) <= 40)
        snprintf(text, size, "%.17g", ldexp(1, scale));
    else
        snprintf(text, size, "0x1p%d", scale);
    return text;
}

/* ---- what code asks ----------------------------------------------------------------------------------------------- */

bool
recipe_is(ga_format f)
{
    return f.recipe.row != 0;
}

ga_format
recipe_computed(ga_format f)
{
    f.recipe = (ga_precision_recipe){ .row = 0 };
    return f;
}

/* A format by its place, in the arithmetic of f; overflow: of all that is said to saturate and the like, or else of the row. */
static bool
in_arithmetic(ga_format *g, size_t place, ga_format f, unsigned char overflow)
{
    if (place == place_none)
        return false;
    *g = format_named(place - 1);
    g->rounding = (ga_rounding)f.recipe.rounding;
    if (overflow != 0)
        g->overflow = (ga_overflow)(overflow - 1);
    if (format_any_precision(f)) {
        const long bits = f.bits == format_f32.bits || f.bits == format_f64.bits ? g->bits : f.bits;
        *g = format_with_bits(*g, bits, f.kind == GA_LIMITED);
        g->rounding = (ga_rounding)f.recipe.rounding;
    }
    return true;
}

bool
recipe_stored(ga_format *g, ga_format f, int class)
{
    return recipe_is(f) && in_arithmetic(g, f.recipe.stored[class], f, f.recipe.overflow);
}

bool
recipe_operand(ga_format *g, ga_format f, int class)
{
    if (!recipe_is(f))
        return false;
    const unsigned char said = f.recipe.overflow;
    return in_arithmetic(g, f.recipe.operand[class], f, said != 0 ? said : operand_overflow[f.recipe.row - 1]);
}

ga_format
recipe_last(int *scale, ga_format f)
{
    ga_format g;
    const ga_format wide = recipe_computed(f);
    *scale = 0;
    if (!recipe_stored(&g, f, GA_GRADIENT))
        return wide;
    const int s = f.recipe.loss_scale;
    if (format_has_range(wide) && (format_least_exponent(g) - s < format_least_exponent(wide) || g.emax - s > wide.emax))
        return wide;
    *scale = s;
    return g;
}

void
recipe_last_name(char *text, size_t size, ga_format f)
{
    int scale;
    char power[40];
    format_plain_name(text, size, recipe_last(&scale, f));
    const size_t n = strlen(text);
    if (scale != 0 && n < size)
        snprintf(text + n, size - n, " (loss scale %s)", power_of_two(power, sizeof power, scale));
}

long
recipe_least_bits(ga_format f)
{
    long least = f.bits;
    ga_format g;
    for (int class = 0; class < GA_CLASSES; class++) {
        if (recipe_stored(&g, f, class))
            least = g.bits < least ? g.bits : least;
        if (recipe_operand(&g, f, class))
            least = g.bits < least ? g.bits : least;
    }
    return least;
}

int
recipe_error(ga_format f)
{
    const ga_format stored = { .rounding = (ga_rounding)f.recipe.rounding };
    const bool nearest = format_rounds_to_nearest(f) && (!recipe_is(f) || format_rounds_to_nearest(stored));
    return (int)(nearest ? 0 : 1) - (int)recipe_least_bits(f);
}

bool
recipe_set_batch(ga_format *f, int batch)
{
    ga_precision_recipe *const r = &f->recipe;
    const bool takes = r->batch > 0 && !r->batch_said;
    if (takes)
        r->batch = batch;
    return takes;
}

void
recipe_store_in(ga_format *f, const char *name)
{
    const int place = word_find(&format_words, name);
    for (int class = 0; class < GA_CLASSES; class++)
        if (f->recipe.stored[class] != place_none)
            f->recipe.stored[class] = (unsigned char)(place < 0 || place == place_f32 - 1 ? place_none : place + 1);
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

void
recipe_name(char *text, size_t size, ga_format f)
{
    const ga_precision_recipe *const r = &f.recipe, *const row = rows + r->row - 1;
    const size_t stem = strlen(names[r->row - 1]);
    const bool spelled = names[r->row - 1][stem - 1] == ':';
    char power[40];
    size_t n = (size_t)snprintf(text, size, "%s", names[r->row - 1]);
#define ADD(...)                                                                                                                   \
    do {                                                                                                                           \
        n += (size_t)snprintf(text + (n < size ? n : size), n < size ? size - n : 0, "%s", spelled && n == stem ? "" : ",");       \
        n += (size_t)snprintf(text + (n < size ? n : size), n < size ? size - n : 0, __VA_ARGS__);                                 \
    } while (0)
    for (int class = 0; class < GA_CLASSES; class++)
        if (r->stored[class] != row->stored[class])
            ADD("%s%s", keys[class], format_words.name[r->stored[class] > 0 ? r->stored[class] - 1 : place_f32 - 1]);
    if (f.bits == format_f64.bits)
        ADD("%sdouble", keys[KEY_SUM]);
    if (r->loss_scale != 0)
        ADD("%s%s", keys[KEY_LOSS_SCALE], power_of_two(power, sizeof power, r->loss_scale));
    if (r->rounding != row->rounding)
        ADD("%s%s", keys[KEY_ROUNDING], format_roundings.name[r->rounding]);
    if (r->batch != row->batch && r->batch != 0)
        ADD("%s%d", keys[KEY_BATCH], r->batch);
    if (r->frozen != NULL)
        ADD("%s%.*s", keys[KEY_RULE], FROZEN_DIGITS, r->frozen->sha256);
    else if (r->rule != row->rule)
        ADD("%s%s", keys[KEY_RULE], rules[r->rule]);
    if (r->elementwise != row->elementwise)
        ADD("%s%s", keys[KEY_ELEMENTWISE], elementwise[r->elementwise]);
    if (r->overflow != 0)
        ADD("%s", format_overflows.name[r->overflow - 1]);
#undef ADD
}
