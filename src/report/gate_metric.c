/* SPDX-License-Identifier: Apache-2.0 */
/* gate_metric.c -- see gate_metric.h */
#include <stdio.h>
#include <strings.h>

#include "report/audit_page.h"
#include "report/gate_metric.h"

const char *
gate_metric_name(int metric)
{
    static const char *const others[] = { "zeros", "success", "all-zero", "correct" };
    return metric < METRIC_ZEROS ? ga_cell_names[metric]
           : metric < METRIC_FACT ? others[metric - METRIC_ZEROS] : image_fact_names[metric - METRIC_FACT];
}

const char *const gate_owner_words[GATE_OWNER_WORDS] = { "naive", "stable", "exact" };

bool
gate_is_word(const char *name)
{
    for (size_t i = 0; i < GATE_OWNER_WORDS; i++)
        if (strcasecmp(name, gate_owner_words[i]) == 0)
            return true;
    return false;
}

void
gate_blanks(char *name)
{
    for (char *c = name; *c != '\0'; c++)
        if (*c == ',')
            *c = ' ';
}

/* name has blanks alone; names in reports may have commas between the words of a format. */
static const json_t *
by_name(const json_t *list, const char *name)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one) {
        const char *const given = json_string_value(json_object_get(one, "name"));
        char own[GATE_TEXT], label[GATE_TEXT], asked[GATE_TEXT];
        snprintf(own, sizeof own, "%s", given != NULL ? given : "");
        gate_blanks(own);
        audit_view_label(label, sizeof label, own);
        audit_view_label(asked, sizeof asked, name);
        if (given != NULL && (strcasecmp(own, name) == 0 || strcasecmp(label, asked) == 0))
            return one;
    }
    return NULL;
}

const json_t *
gate_owner(const gate *g, const json_t *report)
{
    const json_t *estimators = json_object_get(report, "estimators"), *head = json_object_get(report, "head");
    const char *name = g->estimator[0] != '\0' ? g->estimator : gate_owner_words[0];
    const json_t *owner = g->estimator[0] != '\0' ? by_name(estimators, name) : NULL;
    if (owner == NULL && g->estimator[0] != '\0')
        owner = by_name(json_object_get(report, "functions"), name);
    for (size_t i = 0; i < 2; i++) /* naive and stable */
        if (owner == NULL && strcasecmp(name, gate_owner_words[i]) == 0)
            owner = json_array_get(estimators, (size_t)json_integer_value(json_object_get(head, gate_owner_words[i])));
    return owner;
}
