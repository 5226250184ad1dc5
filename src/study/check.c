/* SPDX-License-Identifier: Apache-2.0 */
/* check.c -- see check.h */
#include <stdint.h>
#include <string.h>

#include "core/audit.h"

#include "report/amount.h"
#include "study/check.h"
#include "study/networks.h"
#include "study/scales.h"
#include "study/sections.h"
#include "study/study.h"

static void
check_network(teller *t, const json_t *network)
{
    const char *const name = amount_string(network, "name"), *const from = json_string_value(json_object_get(network, "from"));
    if (study_network(t->study, name) != network)
        teller_fault(t, "another network is called '%.60s'", name);
    if ((from != NULL) != (json_object_get(network, "times") != NULL))
        teller_fault(t, "'from' and 'times' come together");
    if (from != NULL && study_network_index(t->study, from) >= study_network_index(t->study, name))
        teller_fault(t, "'from' is a network before it, which '%.60s' is not", from);
    if (json_is_true(json_object_get(network, "spread")) && (from != NULL || json_object_get(network, "seed") != NULL))
        teller_fault(t, "'spread' is of networks that are trained with other seeds: without 'from' and 'seed'");
}

static void
check_words(teller *t, const json_t *words)
{
    json_t *scope = words_scope(t->study, NULL);
    words_tell(t, scope, words);
    json_decref(scope);
}

/* What estimators mean is asked when they are computed, with the settings in their words. */
static void
check_roles(teller *t, const json_t *roles)
{
    const char *role;
    json_t *words;
    t->digits = true;
    json_object_foreach((json_t *)(uintptr_t)roles, role, words)
        check_words(t, words);
    t->digits = false;
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

/* Of recipes, through every power of two. */
static void
check_scales(teller *t, const json_t *sweep)
{
    int first;
    size_t i;
    const json_t *format;
    json_array_foreach(json_object_get(sweep, "formats"), i, format)
        if (!scales_may_be_of(json_string_value(format)))
            teller_fault(t, "loss scales are swept of a precision recipe without one, which '%.60s' is not",
                         json_string_value(format));
    if (scales_count(&first, sweep) == 0)
        teller_fault(t, "'from' and 'to' must be powers of two, 'from' no greater than 'to'");
    if (json_object_get(sweep, "points") != NULL)
        teller_fault(t, "loss scales are all powers of two, without 'points'");
}

static void
check_sweep(teller *t, const json_t *sweep)
{
    const json_int_t points = json_integer_value(json_object_get(sweep, "points"));
    if (scales_are_swept(sweep)) {
        check_scales(t, sweep);
        return;
    }
    if (!(amount_number(sweep, "from") > 0 && amount_number(sweep, "to") > amount_number(sweep, "from")))
        teller_fault(t, "'from' must be positive and less than 'to'");
    if (points < 2 || points > 1000)
        teller_fault(t, "'points' must be 2 to 1000");
}

/* A figure's network must be among those that its numbers are computed of; of sweeps, those of loss scales or the others. */
static void
check_drawn(teller *t, const json_t *list, const char *network, const char *what, bool scales)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one)
        if (strcmp(json_is_string(one) ? json_string_value(one) : amount_string(one, "network"), network) == 0 &&
            scales_are_swept(one) == scales)
            return;
    teller_fault(t, "'%.60s' is not one of the study's '%s'%s", network, what, scales ? " of loss scales" : "");
}

static void
check_figure(teller *t, const json_t *figure)
{
    const char *const kind = amount_string(figure, "kind");
    const bool scales = strcmp(kind, "scales") == 0, sweep = scales || strcmp(kind, "sweep") == 0;
    const char *const what = sweep ? "sweeps" : strcmp(kind, "magnitudes") == 0 ? "histograms" : "distributions";
    const json_t *const list = json_object_get(t->study, what), *panel, *const panels = json_object_get(figure, "networks");
    size_t i;
    check_words(t, json_object_get(figure, "title"));
    if (sweep)
        check_drawn(t, list, amount_string(figure, "network"), what, scales);
    else if (json_array_size(panels) != 2)
        teller_fault(t, "the figure has two 'networks', side by side");
    json_array_foreach(panels, i, panel)
        check_drawn(t, list, amount_string(panel, "name"), what, false);
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
    words_value(t, scope, amount_string(row, "ours"));
    json_decref(scope);
}

/* Each element of an array or an object, which is called key. */
static void
check_each(teller *t, const json_t *of, const char *key, void (*check)(teller *t, const json_t *x))
{
    size_t i;
    const char *name;
    json_t *x;
    json_array_foreach(of, i, x) {
        const size_t n = teller_enter(t, "%s[%zu]", key, i);
        check(t, x);
        teller_leave(t, n);
    }
    json_object_foreach((json_t *)(uintptr_t)of, name, x) {
        const size_t n = teller_enter(t, "%s.%s", key, name);
        check(t, x);
        teller_leave(t, n);
    }
}

static void
check_limits(teller *t)
{
    const json_int_t seeds = json_integer_value(json_object_get(t->study, "random_seeds"));
    if (json_integer_value(json_object_get(t->study, "schema")) != STUDY_SCHEMA)
        teller_fault(t, "'schema' must be %d", STUDY_SCHEMA);
    if (study_networks(t->study) > STUDY_MOST_NETWORKS || seeds > GA_AUDIT_MOST_SEEDS)
        teller_fault(t, "it has more than %d networks, or more than %d 'random_seeds'", STUDY_MOST_NETWORKS, GA_AUDIT_MOST_SEEDS);
    if (study_networks(t->study) > 0 && json_object_get(t->study, "choices") == NULL &&
        !(amount_number(json_object_get(t->study, "settings"), "eps") > 0))
        teller_fault(t, "networks are attacked: 'settings' needs a positive 'eps', or 'choices' a file that has it");
}

static void
check_sections(teller *t)
{
    json_t *scope = words_scope(t->study, NULL);
    const size_t n = teller_enter(t, "sections");
    sections_tell(t, scope, json_object_get(t->study, "sections"), "");
    teller_leave(t, n);
    json_decref(scope);
}

void
study_check(teller *t)
{
    static const struct {
        const char *key;
        void (*check)(teller *t, const json_t *x);
    } lists[] = {
        { "networks", check_network }, { "audits", check_audit }, { "sweeps", check_sweep }, { "published", check_published },
        { "figures", check_figure },
    };
    teller_study(t);
    if (t->fault[0] != '\0')
        return;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        check_each(t, json_object_get(t->study, lists[i].key), lists[i].key, lists[i].check);
    check_each(t, json_object_get(json_object_get(t->study, "answer"), "quantities"), "quantities", check_quantity);
    check_limits(t);
    check_sections(t);
}
