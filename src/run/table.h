/* SPDX-License-Identifier: Apache-2.0 */
/* table.h -- what the threads of a process that deals, or is dealt to, share: the pieces, what was made of them, the first
   failure. */
#ifndef RUN_TABLE_H
#define RUN_TABLE_H

#include <pthread.h>

#include "core/call.h"
#include "run/deal.h"

/* A piece by its place among all pieces, its kind and its number. */
typedef struct {
    uint64_t place, work, piece;
} table_piece;

typedef struct made_piece {
    struct made_piece *next;
    table_piece piece;
    void *made;
} made_piece;

typedef struct {
    const deal *d;
    call_state *call;        /* that all of it is for, or NULL */
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    size_t n, taken;        /* of process 0: all pieces; of another: those that have come */
    table_piece *room;      /* of another process: pieces that wait for a thread, in a ring */
    size_t capacity;
    size_t wanted, answered; /* of another process: threads that have asked for a piece, and been answered; */
    size_t working;          /* those at work */
    bool no_more;
    made_piece *made; /* to be finished; of another process: to be sent */
    bool finishing;   /* a thread is at it */
    size_t done, all; /* costs of pieces finished, and of all */
    size_t finished, ahead; /* pieces are taken no further than so many before the one that is to be finished; 0: no matter */
    ga_code code;
    ga_status status;
} table;

/* GA_OK or GA_NO_MEMORY; table_close drops what was made and not finished. threads: that will take pieces here. */
ga_code table_open(table *t, const deal *d, int threads, ga_status *st);
void table_close(table *t);

/* Whether this process is dealt to by another. */
bool table_is_worker(const table *t);

const deal_work *table_work(const table *t, const table_piece *p);

/* TABLE_LATER: when a piece before it is finished; a thread of this process waits for that instead. */
typedef enum { TABLE_GOT, TABLE_NONE, TABLE_LATER } table_answer;
bool table_take(table *t, table_piece *p);
table_answer table_take_for_another(table *t, table_piece *p);

/* What was made of a piece is finished, or kept to be sent. */
void table_give(table *t, const table_piece *p, void *made);

/* Another process: the first of what is to be sent, which the caller frees; NULL: none. */
made_piece *table_next_made(table *t);

/* The first failure counts; nothing more is taken. */
void table_fail(table *t, ga_code code, const ga_status *st);

#endif
