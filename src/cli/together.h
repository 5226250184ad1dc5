/* SPDX-License-Identifier: Apache-2.0 */
/* together.h -- commands whose work is shared by the processes that mpirun or srun has started: how they begin, agree and end. Only
   process 0 writes files; what another one prints goes nowhere. */
#ifndef CLI_TOGETHER_H
#define CLI_TOGETHER_H

#include <jansson.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "run/fold.h"

/* Runs a command with the team of all processes; NULL if this one is alone. If it fails before they have agreed, the others hear
   of it. Only in process 0 and one that a signal stops st is a failure then: a launcher ends all when the first one fails. True:
   all is done, and this process is the one to say so. */
bool together_run(ga_code (*run)(void *options, ga_team *team, ga_status *st), void *options, ga_status *st);

bool together_leads(const ga_team *team);

/* GA_USAGE if there are other processes: that option is not for them. */
ga_code together_refuse(const ga_team *team, const char *option, ga_status *st);

/* As agree (run/agree.h): that model, data and images are the same, and what the command computes, which is consumed. blas:
   OpenBLAS multiplies. */
ga_code together_agree(bool *go, ga_team *team, const sources *in, bool blas, json_t *options, ga_status *st);

/* An estimator among those options. */
json_t *together_estimator(const ga_estimator *e);

/* Threads, team and progress, a bar of images, of a command that computes each image so many times. */
typedef struct {
    progress *bar;
    size_t images;
} together_bar;
fold_way together_way(together_bar *bar, const sources *in, ga_team *team, progress *p, size_t times);

#endif
