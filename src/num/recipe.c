/* SPDX-License-Identifier: Apache-2.0 */
/* recipe.c -- see recipe.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "num/decimal.h"
#include "num/recipe.h"

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
      .scaling = scaling_, .batch = (scaling_) == GA_SCALED_BATCH ? GA_BLOCK : 0 },
#include "num/recipes.def"
};
static const unsigned char operand_overflow[] = {
#define RECIPE(name, activation, gradient, weight, activation_in, gradient_in, weight_in, rounding_, overflow_, scaling_) overflow_,
#include "num/recipes.def"
};
enum { N_RECIPES = sizeof rows / sizeof *rows };

typedef enum { KEY_ACTIVATION, KEY_GRADIENT, KEY_WEIGHT, KEY_SUM, KEY_LOSS_SCALE, KEY_ROUNDING, KEY_BATCH, KEY_RULE, N_KEYS } key;
_Static_assert((int)KEY_WEIGHT == GA_WEIGHT && GA_CLASSES == 3, "a key for each class, in their order");
static const char *const keys[] = { "activation=", "gradient=", "weight=", "sum=", "loss-scale=", "rounding=", "batch=", "scale=" };
static const char *const rules[] = { [GA_SCALE_FLOOR] = "floor", [GA_SCALE_CEIL] = "ceil", [GA_SCALE_NEAREST] = "nearest" };
static const word_list rule_words = WORD_LIST("rule of scales", rules);
const word_list recipe_words = WORD_LIST("recipe", names), recipe_keys = WORD_LIST("word", keys);
enum { SAID_NAME = 1 << N_KEYS, SAID_OVERFLOW = 2 << N_KEYS };

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

void
recipe_store_in(ga_format *f, const char *name)
{
    const int place = word_find(&format_words, name);
    for (int class = 0; class < GA_CLASSES; class++)
        if (f->recipe.stored[class] != place_none)
            f->recipe.stored[class] = (unsigned char)(place < 0 || place == place_f32 - 1 ? place_none : place + 1);
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* The row that a word names, or begins with; *rest: what follows. */
static int
row_of(const char **rest, const char *word)
{
    for (int i = 0; i < N_RECIPES; i++) {
        const size_t n = strlen(names[i]);
        const bool stem = names[i][n - 1] == ':';
        if (strncasecmp(word, names[i], n) == 0 && (stem || word[n] == '\0')) {
            *rest = word + n;
            return i;
        }
    }
    return -1;
}

static int
key_of(const char *word)
{
    for (int k = 0; k < N_KEYS; k++)
        if (strncasecmp(word, keys[k], strlen(keys[k])) == 0)
            return k;
    return -1;
}

bool
recipe_names(const char *word)
{
    return row_of(&word, word) >= 0;
}

bool
recipe_is_word(const char *word)
{
    return recipe_names(word) || key_of(word) >= 0;
}

/* What can be stored: a format with a range, whose numbers the one that all is computed in holds. */
static bool
is_storable(ga_format f)
{
    return format_has_range(f) && f.bits <= format_f32.bits && f.emax <= format_f32.emax &&
           format_least_exponent(f) >= format_least_exponent(format_f32);
}

static ga_code
read_class(unsigned char *place, const char *word, const char *text, ga_status *st)
{
    char list[300];
    for (size_t i = 0; i < N_FORMATS; i++)
        if (is_storable(format_named(i)) && strcasecmp(text, format_words.name[i]) == 0) {
            *place = (unsigned char)(i == place_f32 - 1 ? place_none : i + 1);
            return GA_OK;
        }
    format_list(list, sizeof list, is_storable, "or");
    return ga_fail(st, GA_USAGE, "what '%.60s' stores in is %s", word, list);
}

bool
recipe_scale(int *exponent, double x)
{
    int e;
    const bool is = x > 0 && isfinite(x) && frexp(x, &e) == 0.5 && abs(e - 1) <= RECIPE_MOST_SCALE;
    if (is)
        *exponent = e - 1;
    return is;
}

static ga_code
read_scale(int *scale, const char *word, const char *text, ga_status *st)
{
    double s;
    if (!decimal_read(&s, text, false) || !recipe_scale(scale, s))
        return ga_fail(st, GA_USAGE, "'%.60s': a loss scale is a power of two from 2^-%d to 2^%d, such as 1024, so that dividing "
                                     "by it is exact", word, RECIPE_MOST_SCALE, RECIPE_MOST_SCALE);
    return GA_OK;
}

/* Stored numbers are rounded by themselves, whatever is drawn or came before. */
static ga_code
read_rounding(unsigned char *rounding, const char *word, const char *text, ga_status *st)
{
    const int place = word_find(&format_roundings, text);
    if (place != GA_NEAREST_EVEN && place != GA_NEAREST_AWAY && place != GA_TOWARD_ZERO)
        return ga_fail(st, GA_USAGE, "'%.60s': a recipe stores with rounding=%s, %s or %s", word,
                       format_roundings.name[GA_NEAREST_EVEN], format_roundings.name[GA_NEAREST_AWAY],
                       format_roundings.name[GA_TOWARD_ZERO]);
    *rounding = (unsigned char)place;
    return GA_OK;
}

/* How operands are scaled is the row's; how large a batch is, or how a scale is rounded, is what is said of it. */
static ga_code
read_batch(int *batch, const char *word, const char *text, ga_status *st)
{
    char *end;
    const long n = strtol(text, &end, 10);
    if (end == text || *end != '\0' || n < 1 || GA_BLOCK % n != 0)
        return ga_fail(st, GA_USAGE, "'%.60s': a batch has 1, 2, 4, 8, 16, 32, 64, 128 or 256 images", word);
    *batch = (int)n;
    return GA_OK;
}

static ga_code
read_rule(unsigned char *rule, const char *text, ga_status *st)
{
    const int place = word_parse(&rule_words, text, st);
    if (place >= 0)
        *rule = (unsigned char)place;
    return place >= 0 ? GA_OK : GA_USAGE;
}

static ga_code
read_value(ga_format *f, key k, const char *word, ga_status *st)
{
    ga_precision_recipe *const r = &f->recipe;
    const char *const text = word + strlen(keys[k]);
    switch (k) {
    case KEY_SUM: {
        if (strcasecmp(text, "float") != 0 && strcasecmp(text, "double") != 0)
            return ga_fail(st, GA_USAGE, "'%.60s': a recipe computes in float or double", word);
        const ga_precision_recipe recipe = *r;
        *f = strcasecmp(text, "float") == 0 ? format_f32 : format_f64;
        f->recipe = recipe;
        return GA_OK;
    }
    case KEY_LOSS_SCALE:
        return read_scale(&r->loss_scale, word, text, st);
    case KEY_ROUNDING:
        return read_rounding(&r->rounding, word, text, st);
    case KEY_BATCH:
        return read_batch(&r->batch, word, text, st);
    case KEY_RULE:
        return read_rule(&r->rule, text, st);
    default:
        return read_class(r->stored + k, word, text, st);
    }
}

/* What has been said by a word before stays; what the row says is what has not. */
static void
take_row(ga_precision_recipe *r, int row, unsigned said)
{
    const ga_precision_recipe before = *r;
    *r = rows[row];
    r->row = (unsigned char)(row + 1);
    r->loss_scale = before.loss_scale;
    r->overflow = before.overflow;
    if ((said & 1u << KEY_BATCH) != 0)
        r->batch = before.batch;
    r->rule = before.rule;
    if ((said & 1u << KEY_ROUNDING) != 0)
        r->rounding = before.rounding;
    for (int class = 0; class < GA_CLASSES; class++)
        if ((said & 1u << class) != 0)
            r->stored[class] = before.stored[class];
}

static ga_code
said_before(unsigned *said, unsigned about, const char *word, ga_status *st)
{
    if ((*said & about) != 0)
        return ga_fail(st, GA_USAGE, "'%.100s' comes after another word of its kind", word);
    *said |= about;
    return GA_OK;
}

/* Once all words are read. */
ga_code
recipe_check(ga_format f, ga_status *st)
{
    const ga_precision_recipe *const r = &f.recipe;
    const char *const name = names[r->row - 1];
    if (r->batch != 0 && r->scaling != GA_SCALED_BATCH)
        return ga_fail(st, GA_USAGE, "'%s' has no batch=: it scales nothing by batches, as fp8-hybrid does", name);
    if (r->rule != GA_SCALE_FLOOR && r->scaling != GA_SCALED_BLOCKS)
        return ga_fail(st, GA_USAGE, "'%s' has no scale=%s: it scales no blocks, as mxfp8 does", name, rules[r->rule]);
    return GA_OK;
}

ga_code
recipe_read(ga_format *f, unsigned *said, const char *word, ga_status *st)
{
    ga_precision_recipe *const r = &f->recipe;
    char list[200];
    const char *rest = word;
    const int row = row_of(&rest, word);
    if (row >= 0) {
        if (said_before(said, SAID_NAME, word, st) != GA_OK)
            return GA_USAGE;
        take_row(r, row, *said);
        if (*rest == '\0')
            return GA_OK;
    }
    const int overflow = word_find(&format_overflows, rest);
    if (overflow >= 0) {
        r->overflow = (unsigned char)(overflow + 1);
        return said_before(said, SAID_OVERFLOW, word, st);
    }
    const int k = key_of(rest);
    if (k < 0) {
        word_names(list, sizeof list, &recipe_keys);
        return ga_fail(st, GA_USAGE, "a precision recipe does not take '%.100s': it takes %s, or inf, saturate or nan", rest, list);
    }
    return said_before(said, 1u << k, word, st) != GA_OK ? GA_USAGE : read_value(f, (key)k, rest, st);
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
    if (r->batch != row->batch)
        ADD("%s%d", keys[KEY_BATCH], r->batch);
    if (r->rule != row->rule)
        ADD("%s%s", keys[KEY_RULE], rules[r->rule]);
    if (r->overflow != 0)
        ADD("%s", format_overflows.name[r->overflow - 1]);
#undef ADD
}
