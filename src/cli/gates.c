/* SPDX-License-Identifier: Apache-2.0 */
/* gates.c -- the options --fail-on and --baseline; see command.h */
#include <stdio.h>

#include "cli/command.h"

static ga_code
add_gate(void *into, const option_row *row, const char *text, ga_status *st)
{
    gates *const g = into;
    if (g->n == GATE_MOST)
        return ga_fail(st, GA_USAGE, "at most %d gates", GATE_MOST);
    return option_named(row, gate_parse(&g->gate[g->n++], text, st), st);
}

static ga_code
check(void *into, ga_status *st)
{
    const gates *const g = into;
    for (size_t i = 0; i < g->n; i++)
        if (g->gate[i].difference && g->baseline_path == NULL)
            return ga_fail(st, GA_USAGE, "--fail-on %s: a limit with a sign is the difference to a --baseline", g->gate[i].text);
    return GA_OK;
}

static const option_row rows[] = {
    HEADING("Gates:"),
    { "fail-on", 0, "GATE",
      "exit with status 1 where it holds, as often as wanted: [ESTIMATOR:]METRIC, then > >= < or <=, then [+|-]NUMBER[%]",
      BY(add_gate) },
    { "baseline", 0, "OLD", "the report.json of an earlier audit, or its directory: gates with a sign compare with it",
      INTO(read_text, gates, baseline_path) },
    { 0 }
};
const option_set gates_set = { rows, PLACE_GATES, check, NULL };

ga_code
gates_open(gates *g, const json_t *report, ga_status *st)
{
    if (g->baseline_path != NULL && (g->baseline = gate_baseline(g->baseline_path, st)) == NULL)
        return st->code;
    return gates_check(g->gate, g->n, report, g->baseline, st);
}

ga_code
gates_close(const gates *g, const json_t *report, bool quiet, ga_status *st)
{
    if (g->baseline != NULL && !quiet)
        gate_differences(stderr, report, g->baseline);
    if (!quiet)
        gate_open(stderr, g->gate, g->n, report);
    if (gates_failed(stderr, g->gate, g->n, report, g->baseline) > 0)
        st->code = GA_GATE_FAILED;
    return st->code;
}

void
gates_free(gates *g)
{
    json_decref(g->baseline);
    g->baseline = NULL;
}
