/* SPDX-License-Identifier: Apache-2.0 */
/* gate_parse.c -- a gate from its text; see gate.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "num/words.h"
#include "report/gate_metric.h"

static ga_code
find_metric(gate *g, const char *name, size_t length, ga_status *st)
{
    const char *known[N_METRICS + 2];
    const word_list metrics = { "metric", known, N_METRICS + 2 };
    char all[500] = "", said[64], hint[64];
    for (int m = 0; m < N_METRICS; m++)
        known[m] = gate_metric_name(m);
    known[N_METRICS] = "verdict=NAME"; /* which has no number: its gate was told apart before */
    known[N_METRICS + 1] = "verdict!=NAME";
    snprintf(said, sizeof said, "%.*s", (int)length, name);
    g->metric = length < sizeof said ? word_find(&metrics, said) : -1;
    if (g->metric >= 0 && g->metric < N_METRICS)
        return GA_OK;
    for (size_t m = 0; m < metrics.n; m++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", m > 0 ? ", " : "", known[m]);
    word_hint(hint, sizeof hint, &metrics, said);
    return ga_fail(st, GA_USAGE, "a gate is of %s; not of '%.*s'%s", all, (int)length, name, hint);
}

/* verdict=NAME or verdict!=NAME */
static ga_code
parse_verdict(gate *g, const char *text, ga_status *st)
{
    static const word_list verdicts = { "verdict", verdict_names, N_VERDICTS };
    const bool unless = text[7] == '!' && text[8] == '=';
    const char *const name = text[7] == '=' ? text + 8 : unless ? text + 9 : "";
    char all[200], hint[64];
    const int place = word_find(&verdicts, name);
    if (place >= 0) {
        g->metric = METRIC_VERDICT;
        g->verdict = place;
        g->unless = unless;
        snprintf(g->text, sizeof g->text, "%s", text);
        return GA_OK;
    }
    word_names(all, sizeof all, &verdicts);
    word_hint(hint, sizeof hint, &verdicts, name);
    return ga_fail(st, GA_USAGE, "a gate on the verdict is verdict=NAME or verdict!=NAME, of %s; not '%.100s'%s", all, text, hint);
}

ga_code
gate_parse(gate *g, const char *text, ga_status *st)
{
    static const char grammar[] = "a gate is [ESTIMATOR:]METRIC, then > >= < or <=, then [+|-]NUMBER[%]; or verdict=NAME or "
                                  "verdict!=NAME";
    *g = (gate){ 0 };
    if (strncasecmp(text, "verdict", 7) == 0)
        return parse_verdict(g, text, st);
    const size_t left = strcspn(text, "<>");
    if (strlen(text) >= sizeof g->text || text[left] == '\0' || left == 0)
        return ga_fail(st, GA_USAGE, "%s, not '%.200s'", grammar, text);
    snprintf(g->text, sizeof g->text, "%s", text);
    const char *metric = text, *limit = text + left + 1;
    size_t end_of_metric = left;
    while (end_of_metric > 0 && text[end_of_metric - 1] == ' ') /* "lost > 1%" */
        end_of_metric--;
    for (const char *c = text; c < text + left; c++)
        if (*c == ':') {
            snprintf(g->estimator, sizeof g->estimator, "%.*s", (int)(c - text), text);
            metric = c + 1;
        }
    gate_blanks(g->estimator);
    if (metric != text && g->estimator[0] == '\0')
        return ga_fail(st, GA_USAGE, "no estimator stands before the colon of '%s'", text);
    ga_code code = find_metric(g, metric, metric < text + end_of_metric ? (size_t)(text + end_of_metric - metric) : 0, st);
    if (code != GA_OK)
        return code;
    if (g->estimator[0] != '\0' && !gate_has_estimator(g->metric))
        return ga_fail(st, GA_USAGE, "'%s' counts images of the whole audit, not of an estimator", metric);
    g->comparison = text[left] == '>' ? GATE_GREATER : GATE_LESS;
    if (*limit == '=') {
        g->comparison++;
        limit++;
    }
    limit += strspn(limit, " ");
    g->difference = *limit == '+' || *limit == '-';
    const size_t digits = strspn(limit + g->difference, "0123456789.eE+-");
    char *end;
    g->limit = strtod(limit, &end);
    const char *const rest = end + strspn(end, " ");
    g->percent = *rest == '%';
    if (digits == 0 || end != limit + g->difference + digits || rest[g->percent] != '\0' || !isfinite(g->limit))
        return ga_fail(st, GA_USAGE, "%s, not '%s'", grammar, text);
    return GA_OK;
}
