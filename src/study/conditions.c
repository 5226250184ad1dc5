/* SPDX-License-Identifier: Apache-2.0 */
/* conditions.c -- lists, and conditions on their elements and on the numbers of a report; see words.h */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "study/words.h"

/* ---- conditions ---- */

static value
operand(teller *t, const json_t *scope, const json_t *x)
{
    if (json_is_number(x))
        return (value){ x, json_number_value(x), NAN, NAN };
    if (!json_is_string(x))
        teller_fault(t, "a condition compares numbers and paths");
    return words_value(t, scope, json_is_string(x) ? json_string_value(x) : "");
}

static bool
compares(const char *op, double a, double b)
{
    return strcmp(op, ">") == 0 ? a > b : strcmp(op, ">=") == 0 ? a >= b : strcmp(op, "<") == 0 ? a < b
         : strcmp(op, "<=") == 0 ? a <= b : strcmp(op, "=") == 0 ? a == b : fabs(a) >= b;
}

/* How many elements of a list are equal to one. */
static size_t
count_of(const json_t *list, const json_t *want)
{
    size_t i, n = 0;
    const json_t *one;
    json_array_foreach(list, i, one)
        n += json_equal(one, want);
    return n;
}

/* "" if there is none. */
static const char *
text_at(const json_t *array, size_t i)
{
    const char *const text = json_string_value(json_array_get(array, i));
    return text != NULL ? text : "";
}

/* [a, op, b] */
static bool
relation_holds(teller *t, const json_t *scope, const json_t *c)
{
    const char *const op = json_array_size(c) == 3 ? text_at(c, 1) : "";
    const json_t *want = json_array_get(c, 2);
    const value v = operand(t, scope, json_array_get(c, 0));
    if (value_is_one_of(op, "> >= < <= = beyond"))
        return compares(op, v.x, operand(t, scope, want).x);
    if (json_is_string(want) && *json_string_value(want) == '$')
        want = json_object_get(scope, json_string_value(want) + 1);
    if (strcmp(op, "is") == 0)
        return json_equal(v.json, want);
    if (strcmp(op, "has") == 0)
        return count_of(v.json, want) > 0;
    if (strcmp(op, "only") == 0)
        return json_array_size(v.json) > 0 && count_of(v.json, want) == json_array_size(v.json);
    teller_fault(t, "a condition is [a, op, b], or begins with all, any, not, known or some");
    return false;
}

typedef struct {
    const json_t *condition;
    bool holds;
} quantifier;

static void
try_one(teller *t, const json_t *scope, size_t i, void *data)
{
    quantifier *q = data;
    (void)i;
    q->holds = words_hold(t, scope, q->condition) || q->holds;
}

bool
words_hold(teller *t, const json_t *scope, const json_t *c)
{
    const char *const head = text_at(c, 0);
    const size_t n = json_array_size(c);
    if (c == NULL)
        return true;
    if (n == 2 && strcmp(head, "known") == 0) {
        const char *const name = json_string_value(json_array_get(c, 1));
        const bool plain = name != NULL && strpbrk(name, "/$") == NULL; /* it may be missing */
        const value v = plain ? value_of(scope, name) : operand(t, scope, json_array_get(c, 1));
        return value_known(&v);
    }
    if (n == 2 && strcmp(head, "not") == 0)
        return !words_hold(t, scope, json_array_get(c, 1));
    if (n == 3 && strcmp(head, "some") == 0) {
        quantifier q = { json_array_get(c, 2), false };
        words_each(t, scope, json_array_get(c, 1), NULL, try_one, &q);
        return q.holds;
    }
    const bool all = strcmp(head, "all") == 0;
    if (!all && strcmp(head, "any") != 0)
        return relation_holds(t, scope, c);
    bool holds = all;
    for (size_t i = 1; i < n; i++) {
        const bool one = words_hold(t, scope, json_array_get(c, i));
        holds = all ? holds && one : holds || one;
    }
    return holds;
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
    if (teller_goes_on(t) && (holds || t->check))
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
