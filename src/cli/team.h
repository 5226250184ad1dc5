/* SPDX-License-Identifier: Apache-2.0 */
/* team.h -- the processes that mpirun or srun has started for one command. */
#ifndef CLI_TEAM_H
#define CLI_TEAM_H

#include "core/status.h"
#include "core/team.h"

/* Which of them this is, by what the launcher has put into the environment; 0 of 1 without one. */
void team_place(size_t *rank, size_t *size);

/* The team, *team = NULL if this process is alone. GA_USAGE if there are others, but this program was built without MPI. */
ga_code team_open(ga_team **team, ga_status *st);
void team_close(ga_team *team);

/* "Open MPI 4.1.4", or "none". */
const char *team_library(void);

#endif
