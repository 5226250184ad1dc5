/* SPDX-License-Identifier: Apache-2.0 */
/* call.c -- see call.h */
#include <stddef.h>

#include "core/call.h"

volatile int ga_stop_requested = 0;

/* Static storage: the room of a library that is loaded late would be allocated at the first use, and nothing can report a lack. */
static _Thread_local __attribute__((tls_model("initial-exec"))) call_state *current;

call_state *
call_current(void)
{
    return current;
}

call_state *
call_work_for(call_state *c)
{
    call_state *const before = current;
    current = c;
    return before;
}

void
call_end(call_state *c, ga_code code)
{
    int none = GA_OK;
    atomic_compare_exchange_strong(&c->ended, &none, code);
}

ga_code
call_ended(void)
{
    return (ga_code)(current != NULL ? atomic_load(&current->ended) : ga_stop_requested);
}

ga_code
call_ask(void)
{
    call_state *const c = current;
    if (c != NULL && c->stop != NULL && atomic_load(&c->ended) == GA_OK && c->stop(c->data) != 0)
        call_end(c, GA_INTERRUPTED);
    return call_ended();
}

const char *
call_reason(void)
{
    return call_ended() == GA_NO_MEMORY ? "out of memory" : current != NULL ? "stopped by the caller" : "stopped by a signal";
}

ga_code
call_fail(ga_status *st)
{
    return ga_fail(st, call_ended(), "%s", call_reason());
}
