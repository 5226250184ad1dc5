/* SPDX-License-Identifier: Apache-2.0 */
/* names.c -- attacks as text, and the small statistics of their counts; see core/attack.h */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack/names.h"
#include "io/frozen_file.h"
#include "num/decimal.h"
#include "num/format.h"
#include "num/recipe.h"
#include "pass/engine.h"

static ga_code
parse_number(double *value, const char *text, ga_dtype type, ga_status *st)
{
    return decimal_read(value, text, type == GA_F32) ? GA_OK : ga_fail(st, GA_USAGE, "'%.100s' is no number", text);
}

static ga_code
parse_seed(uint64_t *seed, const char *text, ga_status *st)
{
    char *end;
    errno = 0;
    *seed = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || *text == '-' || errno != 0)
        return ga_fail(st, GA_USAGE, "a seed is a number from 0 to 2^64-1, not '%.100s'", text);
    return GA_OK;
}

static ga_code
parse_bits(long *bits, const char *word, const char *value, long least, long most, ga_status *st)
{
    char *end;
    errno = 0;
    *bits = strtol(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || *bits < least || *bits > most)
        return ga_fail(st, GA_USAGE, "'%.100s': the number must be from %ld to %ld", word, least, most);
    return GA_OK;
}

/* Words by themselves, or before a value. */
enum { KEY_RANDOM, KEY_SEED, KEY_GAIN, KEY_SCALE, KEY_MAX_BITS, KEY_REFERENCE_BITS, KEY_TEMPERATURE, KEY_SMOOTHING,
       KEY_KAPPA };
static const char *const key_names[] = { [KEY_RANDOM] = "random", [KEY_SEED] = "seed=", [KEY_GAIN] = "gain=",
                                         [KEY_SCALE] = "logit-scale=", [KEY_MAX_BITS] = "max-bits=",
                                         [KEY_REFERENCE_BITS] = "reference-bits=", [KEY_TEMPERATURE] = "temperature=",
                                         [KEY_SMOOTHING] = "label-smoothing=", [KEY_KAPPA] = "kappa=" };
static const word_list key_words = WORD_LIST("word", key_names);

/* key: the word without its value. */
static ga_code
unknown_word(const char *word, const char *key, ga_status *st)
{
    const word_list *const lists[] = { &format_words, &format_modifiers, &recipe_words, &recipe_keys, &formulas_words,
                                       &product_words, &loss_words, &key_words };
    const char *name[96];
    char hint[100];
    word_list all = { "word", name, 0 };
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        for (size_t i = 0; i < lists[l]->n && all.n < sizeof name / sizeof *name; i++)
            name[all.n++] = lists[l]->name[i];
    format_hint(hint, sizeof hint, &all, key);
    return ga_fail(st, GA_USAGE, "no estimator has '%.100s': a format (gradaudit formats lists them), naive or rewrite, a product, "
                                 "cross-entropy, margin, dlr, cw, squared-error, bce, nll, logit or probability, gain=G, "
                                 "logit-scale=S or temperature=T, label-smoothing=E, kappa=K, for exact max-bits=N and "
                                 "reference-bits=N, or random and seed=N%s", word, hint);
}

/* What a word is about. */
typedef enum { SAYS_FORMAT = 1, SAYS_FORMULAS = 2, SAYS_PRODUCT = 4, SAYS_LOSS = 8, SAYS_GAIN = 16, SAYS_SCALE = 32,
               SAYS_RANDOM = 64, SAYS_SEED = 128, SAYS_MAX_BITS = 256, SAYS_REFERENCE_BITS = 512,
               SAYS_SMOOTHING = 2048, SAYS_KAPPA = 4096,
               SAYS_MORE = 1024 /* of a format, as often as wanted */ } subject;

/* limits: the bits of the reference, whose word may come later. */
static ga_code
parse_word(ga_attack *attack, ga_format *limits, subject *about, const char *word, ga_dtype type, ga_status *st)
{
    ga_estimator *e = &attack->estimator;
    char key[64];
    const char *const equals = strchr(word, '='), *const value = equals != NULL ? equals + 1 : word + strlen(word);
    snprintf(key, sizeof key, "%.*s", (int)(value - word < 63 ? value - word : 63), word);
    switch (word_find(&key_words, key)) {
    case KEY_RANDOM:
        *about = SAYS_RANDOM;
        attack->random = true;
        return GA_OK;
    case KEY_SEED:
        *about = SAYS_SEED;
        return parse_seed(&attack->seed, value, st);
    case KEY_GAIN:
        *about = SAYS_GAIN;
        return parse_number(&e->gain, value, type, st);
    case KEY_SCALE:
        *about = SAYS_SCALE;
        return parse_number(&e->logit_scale, value, type, st);
    case KEY_TEMPERATURE:
        *about = SAYS_SCALE;
        return decimal_read_inverse(&e->logit_scale, value, type == GA_F32)
                   ? GA_OK : ga_fail(st, GA_USAGE, "a temperature is a positive number, not '%.100s'", value);
    case KEY_SMOOTHING:
        *about = SAYS_SMOOTHING;
        return parse_number(&e->number, value, type, st);
    case KEY_KAPPA:
        *about = SAYS_KAPPA;
        return parse_number(&e->number, value, type, st);
    case KEY_MAX_BITS:
        *about = SAYS_MAX_BITS;
        return parse_bits(&limits->bits, word, value, GA_REFERENCE_MIN_BITS, GA_MAX_BITS, st);
    case KEY_REFERENCE_BITS:
        *about = SAYS_REFERENCE_BITS;
        return parse_bits(&limits->reference_bits, word, value, GA_RADIUS_MIN_BITS, GA_RADIUS_MAX_BITS, st);
    default:
        break;
    }
    *about = ga_formulas_parse(&e->formulas, word, NULL) == GA_OK  ? SAYS_FORMULAS
             : ga_product_parse(&e->product, word, NULL) == GA_OK  ? SAYS_PRODUCT
             : ga_loss_parse(&e->loss, word, NULL) == GA_OK        ? SAYS_LOSS
                                                                   : 0;
    return *about != 0 ? GA_OK : unknown_word(word, key, st);
}

/* Sets what was said of the reference, if the estimator is it. */
static ga_code
set_limits(ga_format *format, const ga_format *limits, unsigned said, const char *text, ga_status *st)
{
    if ((said & (SAYS_MAX_BITS | SAYS_REFERENCE_BITS)) != 0 && !format_is_reference(*format))
        return ga_fail(st, GA_USAGE, "'%.100s': max-bits and reference-bits are of exact", text);
    if ((said & SAYS_MAX_BITS) != 0)
        format->bits = limits->bits;
    if ((said & SAYS_REFERENCE_BITS) != 0)
        format->reference_bits = limits->reference_bits;
    return GA_OK;
}

/* All but the scales of a file. */
static ga_code
parse_words(ga_attack *attack, const char *text, ga_dtype type, ga_status *st)
{
    char *copy = strdup(text), *rest = NULL;
    char *const format = calloc(strlen(text) + 2, 1); /* its words, each with a comma before it */
    if (copy == NULL || format == NULL) {
        free(copy);
        free(format);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an estimator's name");
    }
    attack->random = false;
    attack->seed = 1;
    attack->estimator = (ga_estimator){ .format = { FORMAT_DEFAULT }, .gain = 1, .logit_scale = 1 };
    ga_code code = format_check_commas(text, st);
    ga_format limits = { 0 };
    unsigned said = 0;
    for (char *word = strtok_r(copy, ", ", &rest); word != NULL && code == GA_OK; word = strtok_r(NULL, ", ", &rest)) {
        subject about = 0;
        if (format_is_word(word)) {
            strcat(strcat(format, ","), word);
            about = word_find(&format_words, word) >= 0 || recipe_names(word) ? SAYS_FORMAT : SAYS_MORE;
        } else
            code = parse_word(attack, &limits, &about, word, type, st);
        if (code == GA_OK && (said & about & ~(unsigned)SAYS_MORE) != 0)
            code = ga_fail(st, GA_USAGE, "'%.100s': '%.100s' comes after another word of its kind; for two estimators say -e twice",
                           text, word);
        said |= about;
    }
    if (code == GA_OK && *format != '\0')
        code = ga_format_parse(&attack->estimator.format, format + 1, st);
    if (code == GA_OK && (said & (SAYS_RANDOM | SAYS_SEED)) == SAYS_SEED)
        code = ga_fail(st, GA_USAGE, "'%.100s': only random signs have a seed, and stochastic rounding its own", text);
    if (code == GA_OK && (said & SAYS_RANDOM) != 0 && (said & ~(unsigned)(SAYS_RANDOM | SAYS_SEED)) != 0)
        code = ga_fail(st, GA_USAGE, "'%.100s': random signs have a seed and nothing else", text);
    if (code == GA_OK && (said & (SAYS_SMOOTHING | SAYS_KAPPA)) != 0)
        code = engine_set_number(&attack->estimator, (said & SAYS_SMOOTHING) != 0, attack->estimator.number, st);
    if (code == GA_OK && (said & SAYS_KAPPA) != 0 && (said & SAYS_SMOOTHING) != 0)
        code = ga_fail(st, GA_USAGE, "'%.100s': label smoothing and kappa are of two losses", text);
    if (code == GA_OK)
        code = set_limits(&attack->estimator.format, &limits, said, text, st);
    free(format);
    free(copy);
    return code;
}

ga_code
attack_parse(ga_attack *attack, const char *text, const ga_model *model, ga_status *st)
{
    char *path, *const words = recipe_take_file(&path, text, ", ");
    ga_code code = words != NULL ? parse_words(attack, words, model != NULL ? model->dtype : GA_F64, st)
                                 : ga_fail(st, GA_NO_MEMORY, "out of memory for an estimator's name");
    if (code == GA_OK && path != NULL && model != NULL && !attack->random)
        code = frozen_read(&attack->estimator.format.recipe.frozen, path, st);
    free(words);
    free(path);
    return code;
}

ga_code
ga_attack_parse(ga_attack *attack, const char *text, ga_status *st)
{
    return attack_parse(attack, text, NULL, st);
}

ga_code
attack_step(double *eps, const char *text, ga_dtype type, const char *name, ga_status *st)
{
    const char *const digit = strpbrk(text, "123456789");
    double wide;
    if (!decimal_read(&wide, text, false) || wide < 0)
        return ga_fail(st, GA_USAGE, "%s must be 0 or a positive number, such as 0.25 or 8/255, not '%.100s'", name, text);
    if (wide == 0 && digit != NULL && digit < text + strcspn(text, "eEpP/"))
        return ga_fail(st, GA_USAGE, "%s must be 0, or so large that binary64 can tell it from 0, not '%.100s'", name, text);
    decimal_read(eps, text, type == GA_F32);
    *eps += 0; /* -0 becomes 0 */
    return GA_OK;
}

void
ga_attack_name(char *text, size_t size, const ga_attack *attack)
{
    if (attack->random)
        snprintf(text, size, "random signs seed=%llu", (unsigned long long)attack->seed);
    else
        ga_estimator_name(text, size, &attack->estimator);
}
