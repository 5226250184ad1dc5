/* SPDX-License-Identifier: Apache-2.0 */
/* conditions.c -- conditions on the numbers of a report; see words.h */
#include <math.h>
#include <string.h>

#include "study/words.h"

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

/* [a, op, b] */
static bool
relation_holds(teller *t, const json_t *scope, const json_t *c)
{
    static const char *const numbers[] = { ">", ">=", "<", "<=", "=", "beyond" };
    const char *const op = json_array_size(c) == 3 ? json_string_value(json_array_get(c, 1)) : NULL;
    const json_t *want = json_array_get(c, 2);
    const value v = operand(t, scope, json_array_get(c, 0));
    for (size_t i = 0; op != NULL && i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(op, numbers[i]) == 0)
            return compares(op, v.x, operand(t, scope, want).x);
    if (json_is_string(want) && *json_string_value(want) == '$')
        want = json_object_get(scope, json_string_value(want) + 1);
    if (op != NULL && strcmp(op, "is") == 0)
        return json_equal(v.json, want);
    if (op != NULL && strcmp(op, "has") == 0)
        return count_of(v.json, want) > 0;
    if (op != NULL && strcmp(op, "only") == 0)
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
    const char *head = json_string_value(json_array_get(c, 0));
    const size_t n = json_array_size(c);
    if (c == NULL)
        return true;
    if (head != NULL && n == 2 && strcmp(head, "known") == 0) {
        const char *const name = json_string_value(json_array_get(c, 1));
        const bool plain = name != NULL && strpbrk(name, "/$") == NULL; /* it may be missing */
        const value v = plain ? value_of(scope, name) : operand(t, scope, json_array_get(c, 1));
        return value_known(&v);
    }
    if (head != NULL && n == 2 && strcmp(head, "not") == 0)
        return !words_hold(t, scope, json_array_get(c, 1));
    if (head != NULL && n == 3 && strcmp(head, "some") == 0) {
        quantifier q = { json_array_get(c, 2), false };
        words_each(t, scope, json_array_get(c, 1), NULL, try_one, &q);
        return q.holds;
    }
    const bool all = head != NULL && strcmp(head, "all") == 0;
    if (!all && (head == NULL || strcmp(head, "any") != 0))
        return relation_holds(t, scope, c);
    bool holds = all;
    for (size_t i = 1; i < n; i++) {
        const bool one = words_hold(t, scope, json_array_get(c, i));
        holds = all ? holds && one : holds || one;
    }
    return holds;
}
