/* SPDX-License-Identifier: Apache-2.0 */
/* names.c -- attacks as text, and the small statistics of their counts; see gradaudit/attack.h */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack/names.h"
#include "num/decimal.h"

static ga_code
parse_number(double *value, const char *text, ga_dtype type, ga_status *st)
{
    return decimal_read(value, text, type == GA_F32) ? GA_OK : ga_fail(st, GA_USAGE, "'%s' is no number", text);
}

static ga_code
parse_seed(uint64_t *seed, const char *text, ga_status *st)
{
    char *end;
    errno = 0;
    *seed = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || *text == '-' || errno != 0)
        return ga_fail(st, GA_USAGE, "a seed is a number from 0 to 2^64-1, not '%s'", text);
    return GA_OK;
}

static ga_code
parse_word(ga_attack *attack, const char *word, ga_dtype type, ga_status *st)
{
    ga_estimator *e = &attack->estimator;
    if (strcmp(word, "random") == 0) {
        attack->random = true;
        return GA_OK;
    }
    if (strncmp(word, "seed=", 5) == 0)
        return parse_seed(&attack->seed, word + 5, st);
    if (strncmp(word, "gain=", 5) == 0)
        return parse_number(&e->gain, word + 5, type, st);
    if (strncmp(word, "logit-scale=", 12) == 0)
        return parse_number(&e->logit_scale, word + 12, type, st);
    if (ga_formulas_parse(&e->formulas, word, NULL) == GA_OK || ga_product_parse(&e->product, word, NULL) == GA_OK ||
        ga_loss_parse(&e->loss, word, NULL) == GA_OK)
        return GA_OK;
    if (ga_format_parse(&e->format, word, st) == GA_OK)
        return GA_OK;
    if (strncmp(word, "mpfr", 4) == 0)
        return GA_USAGE;
    return ga_fail(st, GA_USAGE, "no estimator has '%s': a format, naive or rewrite, a product, cross-entropy or margin, "
                                 "gain=G, logit-scale=S, or random and seed=N", word);
}

ga_code
attack_parse(ga_attack *attack, const char *text, ga_dtype type, ga_status *st)
{
    char *copy = strdup(text), *rest = NULL;
    if (copy == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an estimator's name");
    attack->random = false;
    attack->seed = 1;
    attack->estimator = (ga_estimator){ .format = { .kind = GA_FLOAT, .bits = 24 }, .gain = 1, .logit_scale = 1 };
    ga_code code = GA_OK;
    for (char *word = strtok_r(copy, ", ", &rest); word != NULL && code == GA_OK; word = strtok_r(NULL, ", ", &rest))
        code = parse_word(attack, word, type, st);
    free(copy);
    return code;
}

ga_code
ga_attack_parse(ga_attack *attack, const char *text, ga_status *st)
{
    return attack_parse(attack, text, GA_F64, st);
}

void
ga_attack_name(char *text, size_t size, const ga_attack *attack)
{
    if (attack->random)
        snprintf(text, size, "random signs seed=%llu", (unsigned long long)attack->seed);
    else
        ga_estimator_name(text, size, &attack->estimator);
}
