/* SPDX-License-Identifier: Apache-2.0 */
/* gate_check.c -- whether a gate fits an audit, before anything is computed, and the baseline; see gate.h */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/plan.h"
#include "audit/verdict.h"
#include "io/escape.h"
#include "io/file.h"
#include "num/words.h"
#include "report/audit.h"
#include "report/gate_metric.h"

json_t *
gate_baseline(const char *path, ga_status *st)
{
    struct stat about;
    char *directory = result_directory(path, st);
    json_t *report = NULL;
    const bool is_report = directory != NULL && strcmp(directory, path) != 0;
    if (is_report || (directory != NULL && stat(path, &about) == 0 && S_ISDIR(about.st_mode)))
        report = audit_read(directory, st);
    else if (directory != NULL)
        file_fail(st, GA_USAGE, path, "a baseline is the report.json of an audit, or its directory");
    free(directory);
    return report;
}

static bool
function_has(int metric)
{
    return metric == GA_CELL_UNDECIDED || metric == METRIC_SUCCESS || metric == METRIC_ALL_ZERO;
}

/* whose: "this audit" or "the baseline". */
static ga_code
check_owner(const gate *g, const json_t *report, const char *whose, ga_status *st)
{
    const json_t *owner = gate_owner(g, report);
    char names[300] = "", hint[100], *shown = escape_copy(escape_terminal, g->text);
    const char *known[64];
    word_list all = { "estimator", known, 0 };
    for (size_t i = 0; i < GATE_OWNER_WORDS; i++)
        known[all.n++] = gate_owner_words[i];
    const char *lists[] = { "estimators", "functions" };
    for (size_t k = 0; k < 2; k++) {
        size_t i;
        const json_t *one;
        json_array_foreach(json_object_get(report, lists[k]), i, one) {
            const char *name = json_string_value(json_object_get(one, "name"));
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s'%s'", *names != '\0' ? ", " : "",
                     name != NULL ? name : "");
            if (name != NULL && all.n < sizeof known / sizeof *known)
                known[all.n++] = name;
        }
    }
    ga_code code = GA_OK;
    word_hint(hint, sizeof hint, &all, g->estimator);
    if (owner == NULL && gate_is_word(g->estimator))
        code = ga_fail(st, GA_USAGE, "%.100s: %s has no estimator that is '%s': the one at a reduced gain or logit scale was left "
                                     "out, or not asked for; it has %s", shown != NULL ? shown : "?", whose, g->estimator, names);
    else if (owner == NULL)
        code = ga_fail(st, GA_USAGE, "%.100s: %s has no such estimator, but %s%s", shown != NULL ? shown : "?", whose, names, hint);
    else if (json_object_get(owner, "formulas") == NULL && !function_has(g->metric)) /* functions have none */
        code = ga_fail(st, GA_USAGE, "%.100s: an exact gradient has only undecided, success and all-zero",
                       shown != NULL ? shown : "?");
    free(shown);
    return code;
}

json_t *
gate_planned(plan *p, ga_status *st)
{
    json_t *const head = plan_head(p, st);
    json_t *const report = head != NULL ? json_pack("{sOsOso}", "estimators", json_object_get(head, "estimators"), "functions",
                                                    json_object_get(head, "functions"), "head", head) : NULL;
    if (head != NULL && report == NULL)
        ga_fail(st, GA_NO_MEMORY, "out of memory for the gates");
    return report;
}

/* With too few seeds there is no verdict, and a gate on one would never fail. */
static ga_code
check_seeds(const gate *g, const json_t *report, ga_status *st)
{
    const json_t *options = json_object_get(json_object_get(report, "head"), "options");
    const json_int_t seeds = json_integer_value(json_object_get(options, "seeds"));
    return seeds >= VERDICT_LEAST_SEEDS || (g->verdict == VERDICT_FEW_SEEDS && !g->unless)
               ? GA_OK : ga_fail(st, GA_USAGE, "%s: a verdict needs --seeds %d or more, and the audit has %lld", g->text,
                                 VERDICT_LEAST_SEEDS, (long long)seeds);
}

ga_code
gates_check(const gate *g, size_t n, const json_t *report, const json_t *baseline, ga_status *st)
{
    ga_code code = GA_OK;
    for (size_t i = 0; i < n && code == GA_OK; i++) {
        if (g[i].metric == METRIC_VERDICT)
            code = check_seeds(g + i, report, st);
        else if (g[i].difference && baseline == NULL)
            code = ga_fail(st, GA_USAGE, "%s: a limit with a sign is the difference to a --baseline", g[i].text);
        else if (g[i].difference && gate_has_estimator(g[i].metric))
            code = check_owner(g + i, baseline, "the baseline", st);
        if (code == GA_OK && g[i].estimator[0] != '\0')
            code = check_owner(g + i, report, "this audit", st);
    }
    return code;
}
