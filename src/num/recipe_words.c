/* SPDX-License-Identifier: Apache-2.0 */
/* recipe_words.c -- precision recipes read from their words; see recipe.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "num/decimal.h"
#include "num/recipe_table.h"

enum { SAID_NAME = 1 << RECIPE_KEYS, SAID_OVERFLOW = 2 << RECIPE_KEYS };

/* The row that a word names, or begins with; *rest: what follows. */
static int
row_of(const char **rest, const char *word)
{
    for (int i = 0; i < (int)recipe_words.n; i++) {
        const size_t n = strlen(recipe_words.name[i]);
        const bool stem = recipe_words.name[i][n - 1] == ':';
        if (strncasecmp(word, recipe_words.name[i], n) == 0 && (stem || word[n] == '\0')) {
            *rest = word + n;
            return i;
        }
    }
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
    return recipe_names(word) || word_begins(&recipe_keys, word) >= 0;
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
            *place = (unsigned char)(i == format_place_f32 ? 0 : i + 1);
            return GA_OK;
        }
    format_list(list, sizeof list, is_storable, "or");
    return ga_fail(st, GA_USAGE, "'%.60s' is to store in a format with a name: %s", word, list);
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
                                     "by it is exact%s", word, RECIPE_MOST_SCALE, RECIPE_MOST_SCALE,
                       strcasecmp(text, "auto") == 0 ? "; loss-scale=auto is of audit alone" : "");
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

/* How operands are scaled is the row's; how large a batch is, or where a scale comes from, is what is said of it. */
ga_code
recipe_check_batch(int batch, ga_status *st)
{
    return batch > 0 && GA_BLOCK % batch == 0
               ? GA_OK : ga_fail(st, GA_USAGE, "a batch has 1, 2, 4, 8, 16, 32, 64, 128 or 256 images");
}

ga_code
recipe_read_batch(int *batch, const char *text, ga_status *st)
{
    char *end;
    const long n = strtol(text, &end, 10);
    if (end == text || *end != '\0')
        return ga_fail(st, GA_USAGE, "a batch is a number of images, not '%.60s'", text);
    *batch = (int)(n > GA_BLOCK ? GA_BLOCK + 1 : n < 0 ? 0 : n);
    return recipe_check_batch(*batch, st);
}

static ga_code
read_place(unsigned char *value, const word_list *words, const char *text, ga_status *st)
{
    const int place = word_parse(words, text, st);
    if (place >= 0)
        *value = (unsigned char)place;
    return place >= 0 ? GA_OK : GA_USAGE;
}

static ga_code
read_value(ga_format *f, recipe_key k, const char *word, ga_status *st)
{
    ga_precision_recipe *const r = &f->recipe;
    const char *const text = word + strlen(recipe_keys.name[k]);
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
        r->batch_said = true;
        return recipe_read_batch(&r->batch, text, st);
    case KEY_RULE:
        return read_place(&r->rule, &recipe_rules, text, st);
    case KEY_ELEMENTWISE:
        return read_place(&r->elementwise, &recipe_elementwise, text, st);
    default:
        return read_class(r->stored + k, word, text, st);
    }
}

/* What has been said by a word before stays; what the row says is what has not. */
static void
take_row(ga_precision_recipe *r, int row, unsigned said)
{
    const ga_precision_recipe before = *r;
    *r = *recipe_row(row);
    r->row = (unsigned char)(row + 1);
    r->loss_scale = before.loss_scale;
    r->overflow = before.overflow;
    r->batch_said = before.batch_said;
    if (before.batch_said)
        r->batch = before.batch;
    r->elementwise = before.elementwise;
    if ((said & 1u << KEY_RULE) != 0)
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

/* Whether operands that are scaled so can have the scales of a rule. */
static bool
may_scale(ga_scaling scaling, ga_scale_rule rule)
{
    return scaling == GA_SCALED_BLOCKS ? rule <= GA_SCALE_NEAREST
         : scaling == GA_SCALED_BATCH  ? rule >= GA_SCALE_BATCH
                                       : rule == GA_SCALE_FLOOR;
}

ga_code
recipe_check(ga_format *f, unsigned said, ga_status *st)
{
    ga_precision_recipe *const r = &f->recipe;
    const char *const name = recipe_words.name[r->row - 1];
    if (r->batch != 0 && r->scaling != GA_SCALED_BATCH)
        return ga_fail(st, GA_USAGE, "'%s' has no batch=: it scales nothing by batches, as fp8-hybrid does", name);
    if (!may_scale((ga_scaling)r->scaling, (ga_scale_rule)r->rule) ||
        (r->scaling == GA_SCALED_NOT && (said & 1u << KEY_RULE) != 0))
        return ga_fail(st, GA_USAGE, "'%s' has no scale=%s: floor, ceil and nearest are of mxfp8, batch and the path of a file of "
                                     "scales are of fp8-hybrid", name,
                       r->rule == GA_SCALE_FILE ? "FILE, which every other word is" : recipe_rules.name[r->rule]);
    if (r->elementwise == GA_ROUNDED_EACH && r->stored[GA_ACTIVATION] + r->stored[GA_GRADIENT] == 0)
        return ga_fail(st, GA_USAGE, "'%s' has no elementwise=each here: it stores nothing that is made element by element, as "
                                     "amp-float16 or activation=float16 does", name);
    if (r->rule != GA_SCALE_FILE)
        return GA_OK;
    if (r->batch_said)
        return ga_fail(st, GA_USAGE, "'%s': the scales of a file are of no batch: leave batch= or scale= out", name);
    r->batch = 0;
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
    const int k = word_begins(&recipe_keys, rest);
    if (k < 0) {
        word_names(list, sizeof list, &recipe_keys);
        return ga_fail(st, GA_USAGE, "a precision recipe does not take '%.100s': it takes %s, or inf, saturate or nan", rest, list);
    }
    return said_before(said, 1u << k, word, st) != GA_OK ? GA_USAGE : read_value(f, (recipe_key)k, rest, st);
}

/* ---- the file of scales -------------------------------------------------------------------------------------------- */

/* Where the value of scale=FILE begins in words; NULL: there is none. */
static const char *
find_file(const char *text, const char *separators)
{
    const char *const key = recipe_keys.name[KEY_RULE];
    char word[16];
    for (const char *at = text; *at != '\0'; at += *at != '\0') {
        const size_t n = strcspn(at, separators);
        if (strncasecmp(at, key, strlen(key)) == 0) {
            const char *const value = at + strlen(key);
            snprintf(word, sizeof word, "%.*s", (int)strcspn(value, separators), value);
            return *word == '\0' || word_find(&recipe_rules, word) >= 0 ? NULL : value;
        }
        at += n;
    }
    return NULL;
}

char *
recipe_take_file(char **path, const char *text, const char *separators)
{
    const char *const value = find_file(text, separators);
    if (path != NULL)
        *path = NULL;
    if (value == NULL)
        return strdup(text);
    const bool quoted = *value == '"' && strchr(value + 1, '"') != NULL;
    const char *const first = value + quoted;
    const size_t n = strcspn(first, quoted ? "\"" : separators);
    const char *const rest = first + n + quoted;
    const char *const name = recipe_rules.name[GA_SCALE_FILE];
    const size_t before = (size_t)(value - text), size = before + strlen(name) + strlen(rest) + 1;
    char *const words = malloc(size), *const found = path != NULL ? strndup(first, n) : NULL;
    if (words == NULL || (path != NULL && found == NULL)) {
        free(words);
        free(found);
        return NULL;
    }
    snprintf(words, size, "%.*s%s%s", (int)before, text, name, rest);
    if (path != NULL)
        *path = found;
    return words;
}
