/* SPDX-License-Identifier: Apache-2.0 */
/* deal.h -- pieces of work dealt to the threads of all processes of a team, as they become free. */
#ifndef RUN_DEAL_H
#define RUN_DEAL_H

#include <gradaudit/status.h>
#include <gradaudit/team.h>

typedef struct {
    char *bytes; /* the receiver frees them */
    size_t n;
} deal_bytes;

/* Only process 0 says which pieces there are, and finishes them, in the order in which they come; what is made of them must not
   depend on it. A function that fails ends the run, with its status. */
typedef struct {
    const size_t *piece; /* n numbers that mean the same to all processes; others than process 0 have none */
    size_t n;
    int threads; /* of this process; 0: all cores. Alone, if there are fewer pieces than threads, threads share a piece. */
    ga_team *team; /* NULL: this process is alone */
    void *data;
    ga_code (*make)(void *data, void **made, size_t piece, int threads, ga_status *st); /* from several threads */
    ga_code (*finish)(void *data, void *made, size_t piece, ga_status *st);             /* one at a time; it owns what was made */
    void (*drop)(void *data, void *made);
    /* From one process to another: the bytes that `unpack` makes the same of. */
    ga_code (*pack)(void *data, deal_bytes *packed, const void *made, ga_status *st);
    ga_code (*unpack)(void *data, void **made, size_t piece, const deal_bytes *packed, ga_status *st);
} deal;

/* Returns when all is done, or nothing more is: GA_OK, the first failure of any process, or ga_stop_requested. Other processes than
   0 return GA_OK unless they failed themselves. The team has been left then. */
ga_code deal_run(const deal *d, ga_status *st);

/* Before that: process 0 compares what each process says with what it says itself. `differs` writes how they differ into a text of
   that size, or an empty one. *go: all say the same, and deal_run is next. Else the team has been left; in process 0 that is
   GA_USAGE, which names the first that differs, and others have nothing to complain of. */
ga_code deal_agree(bool *go, ga_team *team, const deal_bytes *said, void (*differs)(char *text, size_t size, const deal_bytes *own,
                                                                                  const deal_bytes *other), ga_status *st);

/* Instead of deal_agree, in a process that cannot take part: process 0 says why another cannot, and none goes on without it. The
   team has been left then. Does nothing for NULL, or a team that has been left. */
void deal_excuse(ga_team *team, const ga_status *st);

#endif
