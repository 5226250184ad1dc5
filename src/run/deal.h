/* SPDX-License-Identifier: Apache-2.0 */
/* deal.h -- pieces of work dealt to the threads of all processes of a team, as they become free. */
#ifndef RUN_DEAL_H
#define RUN_DEAL_H

#include <stdint.h>

#include "core/status.h"
#include "core/team.h"

typedef struct {
    char *bytes; /* the receiver frees them */
    size_t n;
} deal_bytes;

/* Pieces of one kind. Only process 0 says which there are, and finishes them; what is made of them must not depend on the order in
   which it does. A function that fails ends the run, with its status. */
typedef struct {
    const size_t *piece; /* n numbers that mean the same to all processes; NULL: 0, ..., n - 1; read in process 0 only */
    size_t n;
    size_t cost; /* of a piece beside one of another kind, for the progress; 0: 1 */
    void *data;
    ga_code (*make)(void *data, void **made, size_t piece, int threads, ga_status *st); /* from several threads */
    ga_code (*finish)(void *data, void *made, size_t piece, ga_status *st);             /* one at a time; it owns what was made */
    void (*drop)(void *data, void *made);
    /* From one process to another: the bytes that `unpack` makes the same of. NULL: for processes that are alone. */
    ga_code (*pack)(void *data, deal_bytes *packed, const void *made, ga_status *st);
    ga_code (*unpack)(void *data, void **made, size_t piece, const deal_bytes *packed, ga_status *st);
} deal_work;

typedef struct {
    const deal_work *work; /* in this order; in other processes of the same kinds */
    size_t n;
    bool ordered;  /* finish them in order too; else as they come */
    int threads;   /* of this process; 0: all cores. Alone, if there are fewer pieces than threads, threads share a piece. */
    ga_team *team; /* NULL: this process is alone */
    void (*progress)(void *data, size_t done, size_t all); /* costs; one call at a time, in process 0; or NULL */
    void *progress_data;
} deal;

/* Returns when all is done, or nothing more is: GA_OK, the first failure of any process, or what ended the call (core/call.h).
   Other processes than 0 return GA_OK unless they failed themselves. The team has been left then. Threads work in a state of
   their own (thread_borrow), and OpenBLAS has been borrowed for them. */
ga_code deal_run(const deal *d, ga_status *st);

/* How many threads that is: threads, or if that is 0, all cores. */
int deal_threads(int threads);

#endif
