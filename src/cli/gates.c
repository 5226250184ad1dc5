/* SPDX-License-Identifier: Apache-2.0 */
/* gates.c -- the options --fail-on and --baseline; see command.h */
#include <stdio.h>

#include "cli/command.h"

enum { OPTION_FAIL_ON = 768, OPTION_BASELINE };

static const struct argp_option options[] = {
    { NULL, 0, NULL, 0, "Gates:", 5 },
    { "fail-on", OPTION_FAIL_ON, "GATE", 0,
      "exit with status 1 where it holds, as often as wanted: [ESTIMATOR:]METRIC, then > >= < or <=, then [+|-]NUMBER[%]", 5 },
    { "baseline", OPTION_BASELINE, "OLD", 0,
      "the report.json of an earlier audit, or its directory: gates with a sign compare with it", 5 },
    { 0 }
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    gates *g = state->input;
    ga_status st = { 0 };
    switch (key) {
    case OPTION_FAIL_ON:
        if (g->n == GATE_MOST)
            usage_error(state, "at most %d gates", GATE_MOST);
        if (gate_parse(&g->gate[g->n++], arg, &st) != GA_OK)
            usage_error(state, "--fail-on: %s", st.message);
        return 0;
    case OPTION_BASELINE:
        g->baseline_path = arg;
        return 0;
    case ARGP_KEY_END:
        for (size_t i = 0; i < g->n; i++)
            if (g->gate[i].difference && g->baseline_path == NULL)
                usage_error(state, "--fail-on %s: a limit with a sign is the difference to a --baseline", g->gate[i].text);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp gates_argp = { options, parse, NULL, NULL, NULL, NULL, NULL };

ga_code
gates_open(gates *g, const ga_audit_job *job, const json_t *report, ga_status *st)
{
    if (g->baseline_path != NULL && (g->baseline = gate_baseline(g->baseline_path, st)) == NULL)
        return st->code;
    return gates_check(g->gate, g->n, job, report, g->baseline, st);
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
