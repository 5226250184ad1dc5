/* SPDX-License-Identifier: Apache-2.0 */
/* call.h -- the call of the library that a thread works for, and why work is to end early. The program itself is no call: signals
   stop it (ga_stop_requested). */
#ifndef CORE_CALL_H
#define CORE_CALL_H

#include <stdatomic.h>

#include "core/status.h"

typedef struct {
    int (*stop)(void *data); /* asks the caller: anything but 0 ends the call; or NULL */
    void *data;
    atomic_int ended; /* the first ga_code for which it is to end */
} call_state;

/* That of the calling thread; NULL: none, or the program's own work. A parallel region hands it on to its threads. */
call_state *call_current(void);

/* From here on the calling thread works for c, which may be NULL. Returns what it worked for before. */
call_state *call_work_for(call_state *c);

/* Ends c, unless it has been ended: GA_INTERRUPTED, GA_NO_MEMORY. */
void call_end(call_state *c, ga_code code);

/* Why the work of the calling thread is to end: GA_OK if it is to go on, else GA_INTERRUPTED, GA_TERMINATED or GA_NO_MEMORY. Asks
   nobody, so it may be called with a lock. */
ga_code call_ended(void);

/* The same after asking the caller, who may block for a moment or call the library: hold no lock. */
ga_code call_ask(void);

/* That reason in words, such as "stopped by a signal"; st and the code that call_fail returns are set to it. */
const char *call_reason(void);
ga_code call_fail(ga_status *st);

#endif
