/* SPDX-License-Identifier: Apache-2.0 */
/* api.h -- what the functions of the public interface share. */
#ifndef API_API_H
#define API_API_H

#include <stddef.h>

#include <gradaudit/run.h>

#include "core/status.h"

/* own[0..size-1] = the caller's options, which begin with their own size, or zeros if they are NULL: what an older caller does not
   know is 0. GA_USAGE if that size is 0, or what lies beyond size is not 0; type is what the message calls them. */
ga_code api_options(void *own, size_t size, const void *options, const char *type, ga_status *st);

/* What a call borrows from the process, and what the caller said of it. Every function of the interface that computes or reads is
   between the two; they may be nested. run may be NULL. */
typedef struct {
    ga_run run;
} api_call;
ga_code api_enter(api_call *call, const ga_run *run, ga_status *st);
void api_leave(api_call *call);

#endif
