/* SPDX-License-Identifier: Apache-2.0 */
/* words.c -- see words.h */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"
#include "study/study.h"
#include "study/words.h"

enum { MOST_STEPS = 1000000 };

void
teller_fault(teller *t, const char *format, ...)
{
    va_list arguments;
    if (t->fault[0] != '\0')
        return;
    va_start(arguments, format);
    vsnprintf(t->fault, sizeof t->fault, format, arguments);
    va_end(arguments);
}

/* False once there is a fault, or no end. */
static bool
go_on(teller *t)
{
    if (++t->steps > MOST_STEPS)
        teller_fault(t, "has too many words");
    return t->fault[0] == '\0';
}

json_t *
words_scope(const json_t *study, const json_t *report)
{
    json_t *scope = report != NULL ? json_copy((json_t *)(uintptr_t)report) : json_object();
    json_object_set(scope, "study", (json_t *)(uintptr_t)study);
    return scope;
}

/* ---- paths ---- */

/* While checking: whether a report of this study can have it. A number is none. */
static void
check_path(teller *t, const json_t *scope, const char *path)
{
    static const char *const roots[] = { "settings", "networks", "histograms", "sweeps", "distributions", "thresholds", "measured",
                                         "seeds", "answer", "inputs" };
    char first[64], second[64];
    char *end;
    strtod(path, &end);
    if (end > path && *end == '\0')
        return;
    const size_t n = strcspn(path, "/"), m = path[n] == '/' ? strcspn(path + n + 1, "/") : 0;
    snprintf(first, sizeof first, "%.*s", (int)n, path);
    snprintf(second, sizeof second, "%.*s", (int)m, path + n + (m > 0));
    if (strcmp(first, "study") == 0 || json_object_get(scope, first) != NULL) {
        const value v = value_of(scope, path);
        if (v.json == NULL && isnan(v.x))
            teller_fault(t, "the study has no '%.80s'", path);
        return;
    }
    bool is = false;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        is = is || strcmp(first, roots[i]) == 0;
    if (!is)
        teller_fault(t, "no report has '%.80s'", path);
    else if (strcmp(first, "networks") == 0 && m > 0 && strchr(second, '*') == NULL && study_network(t->study, second) == NULL)
        teller_fault(t, "the study has no network '%.60s'", second);
}

static void
check_expression(teller *t, const json_t *scope, const char *text)
{
    char path[256];
    while (!t->blind && *text != '\0') {
        const char *const minus = strstr(text, " - ");
        const size_t n = minus != NULL ? (size_t)(minus - text) : strlen(text);
        if (n >= sizeof path)
            teller_fault(t, "a path is too long: '%.80s'", text);
        snprintf(path, sizeof path, "%.*s", (int)n, text);
        check_path(t, scope, path);
        text += n + (minus != NULL ? strlen(" - ") : 0);
    }
}

/* For the caller to free; NULL: unknown. */
static char *
expand(teller *t, const json_t *scope, const char *text)
{
    char missing[64];
    char *expanded = value_expand(scope, text, missing);
    if (expanded == NULL && *missing != '\0' && t->check && !t->blind)
        teller_fault(t, "nothing is called '%s' there, of '%.80s'", missing, text);
    return expanded;
}

value
words_value(teller *t, const json_t *scope, const char *expression)
{
    char *const text = expand(t, scope, expression);
    if (text != NULL && t->check)
        check_expression(t, scope, text);
    const value v = value_of(scope, text != NULL ? text : "");
    free(text);
    return v;
}

/* ---- lists ---- */

/* The list that a path names, or the array itself; NULL: the report has none. */
static const json_t *
list_of(teller *t, const json_t *scope, const json_t *list)
{
    if (json_is_array(list))
        return list;
    if (!json_is_string(list)) {
        teller_fault(t, "a list is an array or a path");
        return NULL;
    }
    const value v = words_value(t, scope, json_string_value(list));
    if (json_is_array(v.json) || json_is_object(v.json))
        return v.json;
    if (t->check && v.json != NULL)
        teller_fault(t, "'%.80s' is no list", json_string_value(list));
    return NULL;
}

/* The scope with an element of a list; the caller's. */
static json_t *
scope_with(const json_t *scope, json_t *element, json_t *key)
{
    json_t *inner = json_copy((json_t *)(uintptr_t)scope);
    json_object_set_new(inner, "key", key);
    if (json_is_object(element))
        json_object_update(inner, element);
    else
        json_object_set(inner, "value", element);
    return inner;
}

static void
visit(teller *t, const json_t *scope, json_t *element, json_t *key, const json_t *condition, words_body *body, void *data,
      size_t *n)
{
    json_t *inner = scope_with(scope, element, key);
    const bool holds = words_hold(t, inner, condition), blind = t->blind;
    t->blind = blind || !holds; /* while checking: what is left out may lack names */
    if (go_on(t) && (holds || t->check))
        body(t, inner, (*n)++, data);
    t->blind = blind;
    json_decref(inner);
}

size_t
words_each(teller *t, const json_t *scope, const json_t *list, const json_t *condition, words_body *body, void *data)
{
    size_t i, n = 0;
    const char *name;
    json_t *element, *of = (json_t *)(uintptr_t)list_of(t, scope, list);
    if (of == NULL && t->check) {
        const bool blind = t->blind;
        t->blind = true;
        visit(t, scope, json_null(), json_null(), condition, body, data, &n);
        t->blind = blind;
        return n;
    }
    json_array_foreach(of, i, element)
        visit(t, scope, element, json_integer((json_int_t)i), condition, body, data, &n);
    json_object_foreach(of, name, element)
        visit(t, scope, element, json_string(name), condition, body, data, &n);
    return n;
}

/* ---- texts ---- */

/* Whether the character stands within one of the study's terms. */
static bool
is_in_term(const json_t *study, const char *text, const char *at)
{
    size_t i;
    const json_t *term;
    json_array_foreach(json_object_get(study, "terms"), i, term) {
        const char *const name = json_string_value(term), *found = text;
        while (name != NULL && *name != '\0' && (found = strstr(found, name)) != NULL && found <= at)
            if (at < found++ + strlen(name))
                return true;
    }
    return false;
}

static void
check_digits(teller *t, const char *text)
{
    bool within = false;
    for (const char *at = text; *at != '\0'; at++) {
        within = *at == '{' || (within && *at != '}');
        if (!t->digits && !within && isdigit((unsigned char)*at) && !is_in_term(t->study, text, at)) {
            teller_fault(t, "the number at '%.30s' comes from nowhere: make it {path|format}, or a term", at);
            return;
        }
    }
}

/* Words that a name stands for. */
static void
tell_within(teller *t, const json_t *scope, const json_t *words)
{
    enum { DEEPEST = 16 };
    if (++t->deep > DEEPEST)
        teller_fault(t, "words stand for words that stand for words, without end");
    else if (words != NULL)
        words_tell(t, scope, words);
    t->deep--;
}

/* "path|format", without its braces. */
static void
tell_number(teller *t, const json_t *scope, const char *inside, size_t n)
{
    char path[512];
    if (n >= sizeof path || n == 0) {
        teller_fault(t, "'{%.60s' is too long, or empty", inside);
        return;
    }
    snprintf(path, sizeof path, "%.*s", (int)n, inside);
    char *const bar = strchr(path, '|');
    if (bar != NULL)
        *bar = '\0';
    char *const format = expand(t, scope, bar != NULL ? bar + 1 : "");
    if (format != NULL && !format_is_known(format))
        teller_fault(t, "'%.40s' is no format of a number", format);
    const bool blind = t->blind;
    t->blind = blind || (format != NULL && *format == '['); /* what may be missing */
    const value v = words_value(t, scope, path);
    t->blind = blind;
    if (format != NULL && strcmp(format, "words") == 0)
        tell_within(t, scope, v.json);
    else if (format != NULL && !t->check && t->fault[0] == '\0')
        format_print(t->out, &v, format, json_object_get(json_object_get(t->study, "answer"), "answers"));
    free(format);
}

static void
tell_text(teller *t, const json_t *scope, const char *text)
{
    if (t->check)
        check_digits(t, text);
    while (*text != '\0' && t->fault[0] == '\0') {
        const size_t n = strcspn(text, "{}");
        if (!t->check)
            fprintf(t->out, "%.*s", (int)n, text);
        text += n;
        if (*text == '\0')
            return;
        const size_t end = strcspn(text + 1, "{}");
        if (*text == '}' || text[1 + end] != '}')
            teller_fault(t, "a brace has no other at '%.40s'", text);
        else
            tell_number(t, scope, text + 1, end);
        text += 1 + end + (text[1 + end] != '\0');
    }
}

typedef struct {
    const json_t *words;
    const char *between;
} repeated;

static void
tell_one(teller *t, const json_t *scope, size_t i, void *data)
{
    const repeated *r = data;
    if (r->between != NULL && t->check)
        check_digits(t, r->between);
    if (i > 0 && r->between != NULL && !t->check)
        fputs(r->between, t->out);
    words_tell(t, scope, r->words);
}

static void
tell_choice(teller *t, const json_t *scope, const json_t *words)
{
    if (json_object_get(words, "if") != NULL) {
        teller_members(t, words, "if:array! then:words! else:words");
        const bool holds = words_hold(t, scope, json_object_get(words, "if"));
        if (t->check || holds)
            words_tell(t, scope, json_object_get(words, "then"));
        if ((t->check || !holds) && json_object_get(words, "else") != NULL)
            words_tell(t, scope, json_object_get(words, "else"));
        return;
    }
    teller_members(t, words, "each:list! do:words! where:array between:text none:words");
    repeated r = { json_object_get(words, "do"), json_string_value(json_object_get(words, "between")) };
    const size_t n = words_each(t, scope, json_object_get(words, "each"), json_object_get(words, "where"), tell_one, &r);
    if ((n == 0 || t->check) && json_object_get(words, "none") != NULL)
        words_tell(t, scope, json_object_get(words, "none"));
}

void
words_tell(teller *t, const json_t *scope, const json_t *words)
{
    size_t i;
    const json_t *one;
    if (!go_on(t))
        return;
    if (json_is_string(words))
        tell_text(t, scope, json_string_value(words));
    else if (json_is_object(words))
        tell_choice(t, scope, words);
    else if (!json_is_array(words))
        teller_fault(t, "words are a text, a list, or an object with 'if' or 'each'");
    json_array_foreach(words, i, one)
        words_tell(t, scope, one);
}

char *
words_text(teller *t, const json_t *scope, const json_t *words)
{
    char *text = NULL;
    size_t size;
    FILE *const out = t->out;
    t->out = open_memstream(&text, &size);
    if (t->out != NULL) {
        words_tell(t, scope, words);
        fclose(t->out);
    }
    t->out = out;
    if (t->page || text == NULL)
        return text;
    char *const escaped = escape_copy(escape_terminal, text);
    free(text);
    return escaped;
}
