/* SPDX-License-Identifier: Apache-2.0 */
/* talk.h -- the messages of processes that share work. They begin with a letter. From others to process 0: S, what it depends on
   (agree.h); W, a thread wants a piece; R, a piece and what was made of it; F, it failed, with the status and why; D, it has done
   all it will do. From process 0: G, go on; P, a piece; E, there are no more, one for each W that gets none. */
#ifndef RUN_TALK_H
#define RUN_TALK_H

#include "run/table.h"

void talk_letter(ga_team *team, size_t to, char letter);

/* A letter and bytes; false: out of memory. */
bool talk_bytes(ga_team *team, size_t to, char letter, const void *head, size_t n_head, const void *bytes, size_t n);

/* The next message, which the caller frees; it waits for a moment if there is none, and then is NULL. */
char *talk_hear(ga_team *team, size_t *from, size_t *n);

/* Failures of a process: F, and what st becomes of it. */
void talk_failure(ga_team *team, const ga_status *st);
ga_code talk_failure_of(ga_status *st, size_t from, const char *message, size_t n);

/* How many moments other processes are waited for after a signal, which may have ended them. */
enum { TALK_PATIENCE = 200 };

/* Process 0 answers the others until all have done. Another process asks, and sends what was made, until its threads have done. */
void talk_serve(table *t);
void talk_ask(table *t);

#endif
