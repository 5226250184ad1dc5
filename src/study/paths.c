/* SPDX-License-Identifier: Apache-2.0 */
/* paths.c -- what paths name while a study is told or checked; see words.h */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "study/networks.h"
#include "study/words.h"

json_t *
words_scope(const json_t *study, const json_t *report)
{
    json_t *scope = report != NULL ? json_copy((json_t *)(uintptr_t)report) : json_object();
    json_object_set(scope, "study", (json_t *)(uintptr_t)study);
    return scope;
}

/* While checking: whether a report of this study can have it. A number is none. */
static void
check_path(teller *t, const json_t *scope, const char *path)
{
    static const char roots[] = "settings networks histograms sweeps distributions thresholds measured seeds answer inputs";
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
    if (!value_is_one_of(first, roots))
        teller_fault(t, "no report has '%.80s'", path);
    else if (strcmp(first, "networks") == 0 && m > 0 && strchr(second, '*') == NULL && study_network(t->study, second) == NULL)
        teller_fault(t, "the study has no network '%.60s'", second);
}

static void
check_expression(teller *t, const json_t *scope, const char *text)
{
    char path[VALUE_PATH];
    while (!t->blind && *text != '\0') {
        if (!value_next(path, &text))
            teller_fault(t, "a path is too long, before '%.80s'", text);
        check_path(t, scope, path);
    }
}

char *
words_expand(teller *t, const json_t *scope, const char *text)
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
    char *const text = words_expand(t, scope, expression);
    if (text != NULL && t->check)
        check_expression(t, scope, text);
    const value v = value_of(scope, text != NULL ? text : "");
    free(text);
    return v;
}
