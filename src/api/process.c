/* SPDX-License-Identifier: Apache-2.0 */
/* process.c -- what a call borrows from the process, and gives back; see api.h */
#include "api/api.h"

ga_code
api_enter(api_call *call, const ga_run *run, ga_status *st)
{
    return api_options(&call->run, sizeof call->run, run, "ga_run", st);
}

void
api_leave(api_call *call)
{
    (void)call;
}
