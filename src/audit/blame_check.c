/* SPDX-License-Identifier: Apache-2.0 */
/* blame_check.c -- see blame_check.h */
#include "audit/blame_check.h"
#include "blame/op_blame.h"
#include "num/format.h"
#include "pass/engine.h"

static bool
known(op_id op)
{
    return op_blame_of(op)->runs != NULL;
}

ga_code
blame_check(const ga_model *model, const ga_estimator *e, ga_status *st)
{
    if (!format_has_origins(e->format))
        return ga_fail(st, GA_USAGE, "where an element goes wrong is found in " FORMAT_AUDITED_WORDS ": say --format float");
    bool loss;
    if (!pass_all_ops(model, e->loss, known, &loss))
        return ga_fail(st, GA_USAGE, "where an element goes wrong is not found in a network with these operations yet");
    if (!loss)
        return ga_fail(st, GA_USAGE, "where an element goes wrong is not found for this loss yet");
    if (e->formulas != GA_NAIVE && e->formulas != GA_REWRITE)
        return ga_fail(st, GA_USAGE, "where an element goes wrong is not found for these formulas");
    return GA_OK;
}
