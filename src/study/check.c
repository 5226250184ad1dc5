/* SPDX-License-Identifier: Apache-2.0 */
/* check.c -- whether a study's file can be computed and told; see check.h

   A type is a word of `types`, a kind of `kinds`, or [TYPE or {TYPE for an array or an object of these. */
#include <stdlib.h>
#include <string.h>

#include <gradaudit/attack.h>
#include <gradaudit/audit.h>

#include "report/amount.h"
#include "study/check.h"
#include "study/sections.h"

static void check_kind(teller *t, const json_t *x, const char *type);

/* ---- types ---- */

/* A name is a part of file names and paths. */
static bool
is_name(const char *name)
{
    const size_t n = strlen(name);
    return n > 0 && n <= 60 && *name != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

static bool
is_word_of(const char *word, const char *words)
{
    const size_t n = word != NULL ? strlen(word) : 0;
    for (const char *at = words; n > 0 && (at = strstr(at, word)) != NULL; at++)
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}

typedef enum { TEXT, NUMBER, COUNT, FLAG, ARRAY, LIST, WORDS, DATA, NETWORK, AUDIT, ESTIMATOR, ONE_OF } type_kind;
static const struct {
    const char *name, *what; /* of ONE_OF: the words */
    type_kind kind;
} types[] = {
    { "text", "a text", TEXT }, { "number", "a number", NUMBER }, { "count", "a whole number from 1", COUNT },
    { "flag", "true or false", FLAG }, { "array", "an array", ARRAY }, { "list", "an array or a path", LIST },
    { "words", "words: a text, a list or an object", WORDS }, { "path", "a path below the data directory", DATA },
    { "network", "a network of the study", NETWORK }, { "audit", "an audit of the study", AUDIT },
    { "estimator", "an estimator, such as float,naive", ESTIMATOR }, { "side", "page text", ONE_OF },
    { "parameter", "gain logit-scale", ONE_OF }, { "format", "float double", ONE_OF },
    { "picture", "magnitudes sweep distributions", ONE_OF },
};
enum { TYPES = sizeof types / sizeof *types };

static bool
is_of_type(const teller *t, const json_t *x, size_t type)
{
    ga_attack attack;
    const char *const s = json_string_value(x);
    switch (types[type].kind) {
    case NUMBER:
        return json_is_number(x);
    case COUNT:
        return json_is_integer(x) && json_integer_value(x) > 0 && json_integer_value(x) < INT64_C(1) << 53;
    case FLAG:
        return json_is_boolean(x);
    case ARRAY:
        return json_is_array(x);
    case WORDS:
        return s != NULL || json_is_array(x) || json_is_object(x);
    case LIST:
        return (s != NULL && *s != '\0') || json_is_array(x);
    case DATA:
        return s != NULL && *s != '\0' && *s != '/' && strstr(s, "..") == NULL && strlen(s) < 1000;
    case NETWORK:
        return s != NULL && study_network(t->study, s) != NULL;
    case AUDIT:
        return s != NULL && json_object_get(json_object_get(t->study, "audits"), s) != NULL;
    case ESTIMATOR:
        return s != NULL && ga_attack_parse(&attack, s, NULL) == GA_OK;
    case ONE_OF:
        return is_word_of(s, types[type].what);
    default:
        return s != NULL && *s != '\0';
    }
}

/* A member of an array or an object, which is at `where`. */
static void
check_element(teller *t, const json_t *x, const char *type, const char *key, const char *where)
{
    const size_t n = strlen(t->where);
    if (t->fault[0] != '\0')
        return;
    snprintf(t->where + n, sizeof t->where - n, "%s%s%.60s", n > 0 ? ": " : "", key, where);
    teller_type(t, x, type, key);
    if (t->fault[0] == '\0')
        t->where[n] = '\0';
}

static void
check_elements(teller *t, const json_t *x, const char *type, const char *key)
{
    size_t i;
    const char *name;
    json_t *one;
    char where[96];
    if (*type == '[' ? !json_is_array(x) : !json_is_object(x))
        teller_fault(t, "'%.60s' must be %s", key, *type == '[' ? "an array" : "an object");
    json_array_foreach(x, i, one) {
        snprintf(where, sizeof where, "[%zu]", i);
        check_element(t, one, type + 1, key, where);
    }
    json_object_foreach((json_t *)(uintptr_t)x, name, one) {
        snprintf(where, sizeof where, ".%.80s", name);
        if (!is_name(name))
            teller_fault(t, "'%.60s' is no name: letters, digits and -_. are", name);
        check_element(t, one, type + 1, key, where);
    }
}

void
teller_type(teller *t, const json_t *x, const char *type, const char *key)
{
    for (size_t i = 0; i < TYPES; i++)
        if (strcmp(type, types[i].name) == 0) {
            if (!is_of_type(t, x, i))
                teller_fault(t, "'%.60s' must be %s%s", key, types[i].kind != ONE_OF ? "" : "one of: ", types[i].what);
            return;
        }
    if (*type == '[' || *type == '{')
        check_elements(t, x, type, key);
    else if (strcmp(type, "any") != 0)
        check_kind(t, x, type);
}

/* The type of a member, as "name:type!" has it. */
static bool
type_of(char type[32], const char *members, const char *name)
{
    const size_t n = strlen(name);
    for (const char *at = members; *at != '\0'; at += strcspn(at, " "), at += *at == ' ')
        if (strncmp(at, name, n) == 0 && at[n] == ':') {
            snprintf(type, 32, "%.*s", (int)strcspn(at + n + 1, "! "), at + n + 1);
            return true;
        }
    return false;
}

void
teller_members(teller *t, const json_t *object, const char *members)
{
    char type[32], name[32];
    const char *key;
    json_t *x;
    if (!t->check)
        return;
    if (!json_is_object(object))
        teller_fault(t, "an object is expected");
    json_object_foreach((json_t *)(uintptr_t)object, key, x)
        if (t->fault[0] == '\0' && type_of(type, members, key))
            teller_type(t, x, type, key);
        else if (t->fault[0] == '\0' && strchr(members, '*') == NULL)
            teller_fault(t, "there is no member '%.60s' here", key);
    for (const char *at = members; *at != '\0'; at += strcspn(at, " "), at += *at == ' ') {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, ":"), at);
        if (at[strcspn(at, " ") - 1] == '!' && json_object_get(object, name) == NULL)
            teller_fault(t, "it needs '%s'", name);
    }
}

/* ---- kinds: what is wrong besides the types of members ---- */

static void
check_network(teller *t, const json_t *network)
{
    const char *const name = amount_string(network, "name"), *const from = json_string_value(json_object_get(network, "from"));
    if (!is_name(name) || study_network(t->study, name) != network)
        teller_fault(t, "'%.60s' is no name, or another network has it", name);
    if ((from != NULL) != (json_object_get(network, "times") != NULL))
        teller_fault(t, "'from' and 'times' come together");
    if (from != NULL && study_network_index(t->study, from) >= study_network_index(t->study, name))
        teller_fault(t, "'from' is a network before it, which '%.60s' is not", from);
    if (json_is_true(json_object_get(network, "spread")) && (from != NULL || json_object_get(network, "seed") != NULL))
        teller_fault(t, "'spread' is of networks that are trained with other seeds: without 'from' and 'seed'");
}

/* What estimators mean is asked when they are computed, with the settings in their words. */
static void
check_roles(teller *t, const json_t *roles)
{
    const char *role;
    json_t *words, *scope = words_scope(t->study, NULL);
    t->digits = true;
    json_object_foreach((json_t *)(uintptr_t)roles, role, words)
        words_tell(t, scope, words);
    t->digits = false;
    json_decref(scope);
}

static void
check_audit(teller *t, const json_t *audit)
{
    static const char *const first[] = { "naive-float", "naive-double" };
    json_t *const estimators = json_object_get(audit, "estimators");
    void *at = json_object_iter(estimators);
    for (size_t i = 0; i < 2; i++) {
        if (at == NULL || strcmp(json_object_iter_key(at), first[i]) != 0)
            teller_fault(t, "an audit's first two estimators are naive-float and naive-double");
        at = at != NULL ? json_object_iter_next(estimators, at) : NULL;
    }
    if (json_object_size(estimators) > GA_AUDIT_MOST_ESTIMATORS)
        teller_fault(t, "an audit has at most %d estimators", GA_AUDIT_MOST_ESTIMATORS);
    check_roles(t, estimators);
    check_roles(t, json_object_get(audit, "attacks"));
}

static void
check_sweep(teller *t, const json_t *sweep)
{
    const json_int_t points = json_integer_value(json_object_get(sweep, "points"));
    if (!(amount_number(sweep, "from") > 0 && amount_number(sweep, "to") > amount_number(sweep, "from")))
        teller_fault(t, "'from' must be positive and less than 'to'");
    if (points < 2 || points > 1000)
        teller_fault(t, "'points' must be 2 to 1000");
}

/* A figure's network must be among those that its numbers are computed of. */
static void
check_drawn(teller *t, const json_t *list, const char *network, const char *what)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one)
        if (strcmp(json_is_string(one) ? json_string_value(one) : amount_string(one, "network"), network) == 0)
            return;
    teller_fault(t, "'%.60s' is not one of the study's '%s'", network, what);
}

static void
check_figure(teller *t, const json_t *figure)
{
    const char *const kind = amount_string(figure, "kind");
    const bool sweep = strcmp(kind, "sweep") == 0;
    const char *const what = sweep ? "sweeps" : strcmp(kind, "magnitudes") == 0 ? "histograms" : "distributions";
    const json_t *const list = json_object_get(t->study, what), *panel, *const panels = json_object_get(figure, "networks");
    json_t *scope = words_scope(t->study, NULL);
    size_t i;
    words_tell(t, scope, json_object_get(figure, "title"));
    json_decref(scope);
    if (sweep)
        check_drawn(t, list, amount_string(figure, "network"), what);
    else if (json_array_size(panels) != 2)
        teller_fault(t, "the figure has two 'networks', side by side");
    json_array_foreach(panels, i, panel)
        check_drawn(t, list, amount_string(panel, "name"), what);
}

static void
check_quantity(teller *t, const json_t *quantity)
{
    if (json_object_get(quantity, "heading") == NULL)
        teller_members(t, quantity, "key:text! path:text! label:text format:text");
}

static void
check_published(teller *t, const json_t *row)
{
    json_t *scope = words_scope(t->study, NULL);
    if (json_object_get(row, "ours") != NULL)
        words_value(t, scope, amount_string(row, "ours"));
    json_decref(scope);
}

static void
check_sections(teller *t, const json_t *study)
{
    json_t *scope = words_scope(t->study, NULL);
    const json_int_t seeds = json_integer_value(json_object_get(study, "random_seeds"));
    if (json_integer_value(json_object_get(study, "schema")) != STUDY_SCHEMA)
        teller_fault(t, "'schema' must be %d", STUDY_SCHEMA);
    if (study_networks(study) > STUDY_MOST_NETWORKS || seeds > GA_AUDIT_MOST_SEEDS)
        teller_fault(t, "it has more than %d networks, or more than %d 'random_seeds'", STUDY_MOST_NETWORKS, GA_AUDIT_MOST_SEEDS);
    if (study_networks(study) > 0 && json_object_get(study, "choices") == NULL &&
        !(amount_number(json_object_get(study, "settings"), "eps") > 0))
        teller_fault(t, "networks are attacked: 'settings' needs a positive 'eps', or 'choices' a file that has it");
    snprintf(t->where, sizeof t->where, "%s", t->fault[0] == '\0' ? "sections" : t->where);
    if (t->fault[0] == '\0')
        sections_tell(t, scope, json_object_get(study, "sections"), "");
    json_decref(scope);
}

static const struct {
    const char *name, *members;
    void (*more)(teller *t, const json_t *x); /* or NULL */
} kinds[] = {
    { "study", "schema:count! title:text! source:source! choices:path settings:{number levels:{number random_seeds:count "
               "networks:[net audits:{aud sweeps:[sweep histograms:[network distributions:[network thresholds:[format "
               "measured:{path answer:answer published:[published terms:[text lists:{any figures:{figure sections:array!",
      check_sections },
    { "source", "citation:text! url:text!", NULL },
    { "net", "name:text! file:path from:network times:number audit:audit! recipe:text ends:text seed:count spread:flag",
      check_network },
    { "aud", "estimators:{text! attacks:{text", check_audit },
    { "sweep", "network:network! parameter:parameter! formats:[estimator! from:number! to:number! points:count!", check_sweep },
    { "answer", "networks:{aliases! quantities:[quantity! answers:[vote! success:[text!", NULL },
    { "aliases", "*", NULL },
    { "quantity", "heading:words key:text path:text label:text format:text", check_quantity },
    { "vote", "name:text! word:text! if:array", NULL },
    { "published", "what:text! unit:text! value:number! where:text! ours:text reason:words *", check_published },
    { "figure", "kind:picture! title:words! network:network networks:[panel", check_figure },
    { "panel", "name:network! label:text!", NULL },
};

static void
check_kind(teller *t, const json_t *x, const char *type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(type, kinds[i].name) == 0) {
            teller_members(t, x, kinds[i].members);
            if (kinds[i].more != NULL && t->fault[0] == '\0')
                kinds[i].more(t, x);
        }
}

void
study_check(teller *t)
{
    check_kind(t, t->study, "study");
}
