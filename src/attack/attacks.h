/* SPDX-License-Identifier: Apache-2.0 */
/* attacks.h -- several attacks on the same images, dealt to threads and processes block by block. */
#ifndef ATTACK_ATTACKS_H
#define ATTACK_ATTACKS_H

#include "core/attack.h"

#include "run/fold.h"

typedef struct {
    const ga_attack *attack;
    size_t n;
    const bool *correct; /* as from ga_classify; NULL: it is found here */
    const ga_model *model;
    const ga_dataset *ds;
    ga_range range;
    fold_way way; /* its team has agreed on all of this (run/agree.h) */
    void (*done)(void *data, size_t i); /* counts[i] is complete, and so are those before it; or NULL */
    void *data;
} attacks_job;

/* counts[i] of attack[i], in process 0. Fails as ga_attack_run does. */
ga_code attacks_run(ga_attack_counts *counts, const attacks_job *job, ga_status *st);

/* The same beside other work: what is to be dealt, *n kinds of it, each attack of that cost; attacks_close when that is done. The
   job, but for its way, must live as long. */
typedef struct attack_deal attack_deal;
ga_code attacks_open(attack_deal **all, ga_attack_counts *counts, const attacks_job *job, size_t cost, ga_status *st);
const deal_work *attacks_work(size_t *n, const attack_deal *all);
void attacks_close(attack_deal *all);

#endif
