/* SPDX-License-Identifier: Apache-2.0 */
/* team.h -- several processes that do one piece of work: what they need of whatever connects them, such as MPI. The program makes
   one of MPI where mpirun or srun has started it; another program can make its own. */
#ifndef CORE_TEAM_H
#define CORE_TEAM_H

#include <stdbool.h>
#include <stddef.h>

/* All processes call the same function with the same arguments. Process 0 reads and writes files for all, and has the result. The
   members below are called by one thread at a time, the one that called that function. */
typedef struct ga_team ga_team;
struct ga_team {
    size_t rank, size; /* this process, from 0; how many there are */
    /* Sends n bytes, which may change when it returns. Messages from one process to another come in the order in which they were
       sent. */
    void (*send)(ga_team *t, size_t to, const void *bytes, size_t n);
    /* A message that has come: who sent it, and its n bytes, which the caller frees. False: none has come yet; it does not wait. */
    bool (*receive)(ga_team *t, size_t *from, void **bytes, size_t *n);
    /* The work is done: this process sends and receives no more. */
    void (*leave)(ga_team *t);
    void *data;
};

#endif
