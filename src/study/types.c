/* SPDX-License-Identifier: Apache-2.0 */
/* types.c -- the types of a study's members; see teller.h

   A type is a name in `types`, "any", or [TYPE or {TYPE for an array or an object of these. */
#include <stdint.h>
#include <string.h>

#include "core/attack.h"

#include "study/networks.h"
#include "study/teller.h"
#include "study/value.h"

/* A name is a part of file names and paths. */
static bool
is_name(const char *name)
{
    const size_t n = strlen(name);
    return n > 0 && n <= 60 && *name != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

typedef enum { TEXT, NAME, NUMBER, COUNT, FLAG, ARRAY, LIST, WORDS, DATA, NETWORK, AUDIT, ESTIMATOR, ONE_OF, OBJECT } type_kind;
static const struct {
    const char *name, *what; /* ONE_OF: the words; OBJECT: its members */
    type_kind kind;
} types[] = {
    { "text", "a text", TEXT }, { "name", "a name: letters, digits and -_.", NAME }, { "number", "a number", NUMBER },
    { "count", "a whole number from 1", COUNT }, { "flag", "true or false", FLAG }, { "array", "an array", ARRAY },
    { "list", "an array or a path", LIST },
    { "words", "words: a text, a list or an object", WORDS }, { "path", "a path below the data directory", DATA },
    { "network", "a network of the study", NETWORK }, { "audit", "an audit of the study", AUDIT },
    { "estimator", "an estimator, such as float,naive", ESTIMATOR }, { "side", "page text", ONE_OF },
    { "parameter", "gain logit-scale loss-scale", ONE_OF }, { "format", "float double", ONE_OF },
    { "picture", "magnitudes sweep scales distributions", ONE_OF },
    { "study", "schema:count! title:text! source:source! choices:path settings:{number levels:{number random_seeds:count "
               "networks:[net audits:{aud sweeps:[sweep histograms:[network distributions:[network thresholds:[format "
               "measured:{path answer:answer published:[published terms:[text lists:{any figures:{figure sections:array!", OBJECT },
    { "source", "citation:text! url:text!", OBJECT },
    { "net", "name:name! file:path data:path from:network times:number audit:audit! recipe:text ends:text seed:count spread:flag",
      OBJECT },
    { "aud", "estimators:{text! attacks:{text", OBJECT },
    { "sweep", "network:network! parameter:parameter! formats:[estimator! from:number! to:number! points:count", OBJECT },
    { "answer", "networks:{aliases! quantities:[quantity! answers:[vote! success:[text!", OBJECT },
    { "aliases", "*", OBJECT },
    { "quantity", "heading:words key:text path:text label:text format:text", OBJECT },
    { "vote", "name:text! word:text! if:array", OBJECT },
    { "published", "what:text! unit:text! value:number! where:text! ours:text reason:words *", OBJECT },
    { "figure", "kind:picture! title:words! network:network networks:[panel", OBJECT },
    { "panel", "name:network! label:text!", OBJECT },
};

static bool
is_of_type(const teller *t, const json_t *x, type_kind kind, const char *words)
{
    ga_attack attack;
    const char *const s = json_is_string(x) ? json_string_value(x) : "";
    switch (kind) {
    case NAME:
        return is_name(s);
    case NUMBER:
        return json_is_number(x);
    case COUNT:
        return json_is_integer(x) && json_integer_value(x) > 0 && json_integer_value(x) < INT64_C(1) << 53;
    case FLAG:
        return json_is_boolean(x);
    case ARRAY:
        return json_is_array(x);
    case WORDS:
        return json_is_string(x) || json_is_array(x) || json_is_object(x);
    case LIST:
        return *s != '\0' || json_is_array(x);
    case DATA:
        return *s != '\0' && *s != '/' && strstr(s, "..") == NULL && strlen(s) < 1000;
    case NETWORK:
        return study_network(t->study, s) != NULL;
    case AUDIT:
        return json_object_get(json_object_get(t->study, "audits"), s) != NULL;
    case ESTIMATOR:
        return ga_attack_parse(&attack, s, NULL) == GA_OK;
    case ONE_OF:
        return value_is_one_of(s, words);
    default:
        return *s != '\0';
    }
}

static void check_type(teller *t, const json_t *x, const char *type, const char *key);

static void
check_elements(teller *t, const json_t *x, const char *type, const char *key)
{
    size_t i;
    const char *name, *const mark = *t->where != '\0' ? ": " : "";
    json_t *one;
    if (*type == '[' ? !json_is_array(x) : !json_is_object(x))
        teller_fault(t, "'%.60s' must be %s", key, *type == '[' ? "an array" : "an object");
    json_array_foreach(x, i, one) {
        const size_t n = teller_enter(t, "%s%s[%zu]", mark, key, i);
        check_type(t, one, type + 1, key);
        teller_leave(t, n);
    }
    json_object_foreach((json_t *)(uintptr_t)x, name, one) {
        const size_t n = teller_enter(t, "%s%s.%.60s", mark, key, name);
        if (!is_name(name))
            teller_fault(t, "'%.60s' is no name: letters, digits and -_. are", name);
        check_type(t, one, type + 1, key);
        teller_leave(t, n);
    }
}

static void
check_type(teller *t, const json_t *x, const char *type, const char *key)
{
    if (*type == '[' || *type == '{')
        check_elements(t, x, type, key);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i].name) == 0 && types[i].kind == OBJECT)
            teller_members(t, x, types[i].what);
        else if (strcmp(type, types[i].name) == 0 && !is_of_type(t, x, types[i].kind, types[i].what))
            teller_fault(t, "'%.60s' must be %s%s", key, types[i].kind == ONE_OF ? "one of: " : "", types[i].what);
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
            check_type(t, x, type, key);
        else if (t->fault[0] == '\0' && strchr(members, '*') == NULL)
            teller_fault(t, "there is no member '%.60s' here", key);
    for (const char *at = members; *at != '\0'; at += strcspn(at, " "), at += *at == ' ') {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, ":"), at);
        if (at[strcspn(at, " ") - 1] == '!' && json_object_get(object, name) == NULL)
            teller_fault(t, "it needs '%s'", name);
    }
}

void
teller_study(teller *t)
{
    check_type(t, t->study, "study", "");
}
