/* SPDX-License-Identifier: Apache-2.0 */
/* process.c -- what a call borrows from the process, and gives back; see api.h */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "gemm/blas.h"
#include "io/escape.h"
#include "num/guard.h"

/* The host's rounding and flushing have been put aside: what is left is how the library was built. */
static ga_code
check_arithmetic(ga_status *st)
{
    const char *const fault = guard_fault();
    return fault == NULL ? GA_OK : ga_fail(st, GA_USAGE, "%s: no result of this library could be trusted", fault);
}

ga_code
api_enter(api_call *c, const ga_run *run, ga_status *st)
{
    const ga_code code = api_options(&c->run, sizeof c->run, run, "ga_run", st);
    if (code != GA_OK)
        return code;
    thread_borrow(&c->host);
    if (check_arithmetic(st) != GA_OK) {
        thread_give_back(&c->host);
        return GA_USAGE;
    }
    blas_borrow(0, NULL);
    c->work = (call_state){ .stop = c->run.stop, .data = c->run.data };
    c->outermost = call_current() == NULL;
    memory_watch();
    if (c->outermost)
        call_work_for(&c->work);
    return GA_OK;
}

/* The message as one line, whatever words of the caller stand in it. */
static void
make_one_line(ga_status *st)
{
    char *const line = escape_copy(escape_terminal, st->message);
    if (line == NULL)
        ga_fail(st, st->code, "out of memory for a message");
    else
        ga_fail(st, st->code, "%s", line);
    free(line);
}

ga_code
api_leave(api_call *c, ga_code code, ga_status *st)
{
    if (call_ended() == GA_NO_MEMORY) {
        code = code == GA_NO_MEMORY ? code : call_fail(st);
        mpfr_free_cache(); /* it may be in the reserve */
    }
    if (code != GA_OK && st != NULL)
        make_one_line(st);
    if (c->outermost)
        call_work_for(NULL);
    blas_give_back(0);
    thread_give_back(&c->host);
    return code;
}

ga_code
api_end(api_call *call, ga_status *own, ga_status *st)
{
    const ga_code code = api_leave(call, own->code, own);
    if (code != GA_OK && st != NULL)
        *st = *own;
    return code;
}
