/* SPDX-License-Identifier: Apache-2.0 */
/* audit_view.c -- an audit's report, checked; see audit_page.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/factor.h"
#include "num/recipe.h"
#include "report/amount.h"
#include "report/audit_page.h"
#include "report/audit_report.h"

/* Whether the label so far ends with the key of a file of scales, whose digest may be all digits. */
static bool
is_digest(const char *label, size_t used)
{
    static const char key[] = ",scale";
    const size_t n = sizeof key - 1;
    return used >= n && memcmp(label + used - n, key, n) == 0;
}

void
audit_view_label(char *label, size_t size, const char *name)
{
    size_t used = 0;
    while (*name != '\0' && used + 1 < size) {
        char *end = NULL;
        const bool number = *name == '=' && name[1] >= '0' && name[1] <= '9' && !is_digest(label, used);
        double x = number ? strtod(name + 1, &end) : 0;
        if (x > 0 && isfinite(x) && *end != '/') {
            char text[48];
            snprintf(text, sizeof text, "%.9g", (double)(float)x); /* of binary32, as version 0.1 wrote it */
            x = strlen(text) == (size_t)(end - name) - 1 && strncmp(text, name + 1, strlen(text)) == 0 ? (double)(float)x : x;
            factor_text(text, sizeof text, x);
            const int n = snprintf(label + used, size - used, "=%s", text);
            used = n > 0 && used + (size_t)n < size ? used + (size_t)n : size - 1;
            name = end;
        } else
            label[used++] = *name++;
    }
    while (used > 0 && *name != '\0' && ((unsigned char)label[used - 1] & 0xc0) == 0x80)
        used--; /* no part of a character that was cut */
    label[used] = '\0';
}

ga_code
audit_view_make(audit_view *v, const json_t *report, ga_status *st)
{
    part_shape shape;
    *v = (audit_view){ .report = report, .head = json_object_get(report, "head") };
    v->options = json_object_get(v->head, "options");
    ga_code code = audit_report_shape(&shape, v->head, st);
    if (code != GA_OK)
        return code;
    if ((v->p = part_new(&shape, 0)) == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an audit");
    if ((code = part_from_json(v->p, report, st)) != GA_OK)
        return code;
    for (size_t e = 0; e < shape.n_estimators; e++)
        audit_view_label(v->label[e], sizeof v->label[e], amount_string(audit_view_estimator(v, e), "name"));
    for (size_t f = 0; f < shape.n_functions; f++)
        audit_view_label(v->function[f], sizeof v->function[f], amount_string(audit_view_function(v, f), "name"));
    return GA_OK;
}

void
audit_view_free(audit_view *v)
{
    part_free(v->p);
    v->p = NULL;
}

const json_t *
audit_view_estimator(const audit_view *v, size_t e)
{
    return json_array_get(json_object_get(v->report, "estimators"), e);
}

ga_format
audit_view_format(const audit_view *v, size_t e)
{
    ga_format format = { 0 };
    if (ga_format_parse(&format, amount_string(audit_view_estimator(v, e), "format"), NULL) != GA_OK || !format_is_audited(format))
        format = format_of_dtype(GA_F32);
    return format;
}

const json_t *
audit_view_function(const audit_view *v, size_t f)
{
    return json_array_get(json_object_get(v->report, "functions"), f);
}

size_t
audit_view_function_of(const audit_view *v, size_t e)
{
    const json_t *function = json_object_get(audit_view_estimator(v, e), "function");
    const json_int_t f = json_integer_value(function);
    return json_is_integer(function) && f >= 0 && f < (json_int_t)v->p->shape.n_functions ? (size_t)f : v->p->shape.n_functions;
}

audit_control
audit_view_control(const audit_view *v, const char *name)
{
    size_t i;
    const json_t *seed, *seeds = json_object_get(json_object_get(v->report, "controls"), name);
    audit_control c = { .seeds = json_array_size(seeds) };
    double sum = 0;
    json_array_foreach((json_t *)(uintptr_t)seeds, i, seed) {
        const uint64_t fooled = amount_integer(seed, "fooled");
        c.least = i == 0 || fooled < c.least ? fooled : c.least;
        c.greatest = fooled > c.greatest ? fooled : c.greatest;
        c.correct = amount_integer(seed, "correct_before");
        sum += (double)fooled;
    }
    c.mean = c.seeds > 0 ? sum / (double)c.seeds : 0;
    return c;
}

bool
audit_view_one_ulp(const audit_view *v)
{
    char first[FORMAT_NAME], name[FORMAT_NAME];
    bool one = true;
    for (size_t e = 0; e < v->p->shape.n_estimators; e++) {
        recipe_last_name(e == 0 ? first : name, sizeof name, audit_view_format(v, e));
        one = one && (e == 0 || strcmp(name, first) == 0);
    }
    return one;
}
