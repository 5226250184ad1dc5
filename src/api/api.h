/* SPDX-License-Identifier: Apache-2.0 */
/* api.h -- what the functions of the public interface share. */
#ifndef API_API_H
#define API_API_H

#include <stdbool.h>
#include <stddef.h>

#include <gradaudit/gradient.h>
#include <gradaudit/run.h>

#include "core/call.h"
#include "num/thread_state.h"

/* own[0..size-1] = the caller's options, which begin with their own size, or zeros if they are NULL: what an older caller does not
   know is 0. GA_USAGE if that size is 0, or what lies beyond size is not 0; type is what the message calls them. */
ga_code api_options(void *own, size_t size, const void *options, const char *type, ga_status *st);

/* GA_USAGE if one of the arguments that follow is NULL; names has a word for each of them. */
ga_code api_given(ga_status *st, const char *names, ...);

/* What a call borrows from the process, and what the caller said of it. Every function of the interface that computes or reads is
   between the two, also where it fails. They may be nested: the outermost call is then the one that is stopped. run may be NULL;
   run.threads is that of deal_run. If api_enter fails, nothing has been borrowed, and api_leave is not called. code is that of the
   work, which api_leave returns, or GA_NO_MEMORY if memory ran out where that could not be said at once: whatever was made is to be
   freed, as after any failure. */
typedef struct {
    ga_run run;
    call_state work;
    thread_state host;
    bool outermost;
} api_call;
ga_code api_enter(api_call *call, const ga_run *run, ga_status *st);
ga_code api_leave(api_call *call, ga_code code, ga_status *st);

/* The same of work whose status is own: st (or NULL) gets it if it is a failure. */
ga_code api_end(api_call *call, ga_status *own, ga_status *st);

/* What words such as "float,rewrite" name, for that model; GA_USAGE if it is no gradient's, or the model does not allow it. */
ga_code api_estimator(ga_estimator *e, const char *words, const ga_model *model, ga_status *st);

/* From here on jansson's lack of memory ends the call in which it happens. Called by api_enter. */
void memory_watch(void);

#endif
