/* SPDX-License-Identifier: Apache-2.0 */
/* fold.h -- what blocks of cases give, as bytes, added up: how a command's work is dealt to threads and processes. */
#ifndef RUN_FOLD_H
#define RUN_FOLD_H

#include "core/dataset.h"

#include "run/deal.h"

/* The bytes that are made of the cases of a block mean the same in all processes: they are of one program. */
typedef struct {
    ga_range range;  /* of cases */
    size_t cases;    /* of a block; blocks are aligned to the absolute index */
    void *data;
    ga_code (*make)(void *data, deal_bytes *made, ga_range cases, int threads, ga_status *st); /* from several threads */
    ga_code (*add)(void *data, const deal_bytes *made, ga_range cases, ga_status *st);         /* one at a time, in process 0 */
} fold;

/* The fold as one kind of work; it must live as long. */
deal_work fold_work(const fold *f);

/* Who does that work, and who is told how far it is: as in a deal. */
typedef struct {
    int threads;
    ga_team *team;
    void (*progress)(void *data, size_t done, size_t pieces);
    void *progress_data;
} fold_way;

/* That work alone. ordered: blocks are added in their order. */
ga_code fold_run(const fold *f, bool ordered, const fold_way *way, ga_status *st);

#endif
