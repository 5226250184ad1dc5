/* SPDX-License-Identifier: Apache-2.0 */
/* value.c -- paths and expressions; see value.h */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "study/value.h"

enum { PART = 256 };

/* What one path names: the last of it, and the numbers of all of it. */
typedef struct {
    const json_t *json;
    bool several;
    double sum, least, greatest;
    size_t n;
} gathered;

static const gathered nothing = { .least = NAN, .greatest = NAN };

static void
gather_number(gathered *g, double x)
{
    g->sum += x;
    g->least = fmin(g->least, x); /* NaN is none */
    g->greatest = fmax(g->greatest, x);
    g->n++;
}

json_t *
value_spread(const double *x, size_t n)
{
    gathered g = nothing;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            gather_number(&g, x[i]);
    return g.n == 0 ? json_pack("{s:n,s:n,s:n}", "mean", "least", "greatest")
                    : json_pack("{s:f,s:f,s:f}", "mean", g.sum / (double)g.n, "least", g.least, "greatest", g.greatest);
}

static bool
equals(const json_t *x, const char *text)
{
    char *end;
    if (json_is_string(x))
        return strcmp(json_string_value(x), text) == 0;
    const double number = strtod(text, &end);
    return json_is_number(x) && end > text && *end == '\0' && json_number_value(x) == number;
}

/* Whether an element has all of "key=text&key=text". */
static bool
is_selected(const json_t *element, const char *part)
{
    char one[PART];
    while (*part != '\0') {
        const size_t n = strcspn(part, "&");
        snprintf(one, sizeof one, "%.*s", (int)n, part);
        char *const text = strchr(one, '=');
        if (text == NULL)
            return false;
        *text = '\0';
        if (!equals(json_object_get(element, one), text + 1))
            return false;
        part += n + (part[n] == '&');
    }
    return true;
}

static const json_t *
member(const json_t *at, const char *part)
{
    size_t i;
    char *end;
    const json_t *element;
    if (!json_is_array(at))
        return json_object_get(at, part);
    if (strchr(part, '=') == NULL) {
        i = strtoul(part, &end, 10);
        return isdigit((unsigned char)*part) && *end == '\0' ? json_array_get(at, i) : NULL;
    }
    json_array_foreach(at, i, element)
        if (is_selected(element, part))
            return element;
    return NULL;
}

static void gather(gathered *g, const json_t *at, const char *path);

/* All members whose name, or index, begins as part does before its "*". */
static void
gather_all(gathered *g, const json_t *at, const char *part, const char *rest)
{
    size_t i;
    const char *name;
    json_t *element;
    g->several = true;
    json_array_foreach(at, i, element)
        gather(g, element, rest);
    json_object_foreach((json_t *)(uintptr_t)at, name, element)
        if (strncmp(name, part, strlen(part) - 1) == 0)
            gather(g, element, rest);
}

static void
gather(gathered *g, const json_t *at, const char *path)
{
    char part[PART];
    const size_t n = strcspn(path, "/");
    const char *const rest = path + n + (path[n] == '/');
    if (*path == '\0') {
        g->json = at;
        if (json_is_number(at))
            gather_number(g, json_number_value(at));
        return;
    }
    if (at == NULL || n >= sizeof part)
        return;
    snprintf(part, sizeof part, "%.*s", (int)n, path);
    if (part[n - (n > 0)] == '*')
        gather_all(g, at, part, rest);
    else
        gather(g, member(at, part), rest);
}

static value
operand(const json_t *scope, const char *text)
{
    char *end;
    const double literal = strtod(text, &end);
    if (end > text && *end == '\0')
        return (value){ NULL, literal, literal, literal };
    gathered g = nothing;
    gather(&g, scope, text);
    if (g.several || (g.n > 0 && json_is_number(g.json)))
        return (value){ g.several ? NULL : g.json, g.n > 0 ? g.sum / (double)g.n : NAN, g.least, g.greatest };
    if (json_is_array(g.json))
        return (value){ g.json, (double)json_array_size(g.json), NAN, NAN };
    return (value){ g.json, amount_number(g.json, "mean"), amount_number(g.json, "least"), amount_number(g.json, "greatest") };
}

bool
value_next(char path[VALUE_PATH], const char **expression)
{
    const char *const minus = strstr(*expression, " - ");
    const size_t n = minus != NULL ? (size_t)(minus - *expression) : strlen(*expression);
    snprintf(path, VALUE_PATH, "%.*s", n < VALUE_PATH ? (int)n : 0, *expression);
    *expression += n + (minus != NULL ? strlen(" - ") : 0);
    return n < VALUE_PATH;
}

value
value_of(const json_t *scope, const char *expression)
{
    char path[VALUE_PATH];
    value v = { NULL, NAN, NAN, NAN };
    for (bool first = true; *expression != '\0'; first = false) {
        if (!value_next(path, &expression))
            return (value){ NULL, NAN, NAN, NAN };
        const value next = operand(scope, path);
        v = first ? next : (value){ NULL, v.x - next.x, NAN, NAN };
    }
    return v;
}

bool
value_known(const value *v)
{
    const json_t *const x = v->json;
    return !isnan(v->x) || json_is_string(x) || json_is_boolean(x) ||
           (json_object_size(x) > 0 && json_object_get(x, "mean") == NULL);
}

char *
value_expand(const json_t *scope, const char *text, char missing[64])
{
    char *expanded = NULL;
    size_t size;
    FILE *out = open_memstream(&expanded, &size);
    *missing = '\0';
    while (out != NULL && *text != '\0') {
        size_t n = strcspn(text, "$");
        fprintf(out, "%.*s", (int)n, text);
        text += n;
        if (*text != '$')
            continue;
        n = strspn(++text, "abcdefghijklmnopqrstuvwxyz_");
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)n, text);
        const json_t *const x = json_object_get(scope, name);
        if (json_is_string(x))
            fputs(json_string_value(x), out);
        else if (json_is_integer(x))
            fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(x));
        else if (json_is_real(x))
            fprintf(out, "%.17g", json_real_value(x));
        else
            snprintf(missing, 64, "%s", *name != '\0' ? name : "$");
        text += n;
    }
    if (out != NULL && (fclose(out) != 0 || *missing != '\0')) {
        free(expanded);
        return NULL;
    }
    return expanded;
}

bool
value_is_one_of(const char *word, const char *words)
{
    const size_t n = strlen(word);
    for (const char *at = words; n > 0 && word[strcspn(word, " ")] == '\0' && (at = strstr(at, word)) != NULL; at++)
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}
