/* SPDX-License-Identifier: Apache-2.0 */
/* agree.h -- before work is dealt: all processes of a team must compute the same. */
#ifndef RUN_AGREE_H
#define RUN_AGREE_H

#include <jansson.h>

#include "core/status.h"
#include "core/team.h"

/* Process 0 compares what each process says it depends on, an object of objects, with what it says itself; said is consumed, and
   NULL stands for a lack of memory. *go: all say the same, and deal_run is next. Else the team has been left; in process 0 that is
   GA_USAGE, which names the first that differs, and others have nothing to complain of. */
ga_code agree(bool *go, ga_team *team, json_t *said, ga_status *st);

/* Instead of agree, or of deal_run after it, in a process that cannot take part: process 0 says why another cannot, and none goes
   on without it. The team has been left then. Does nothing for NULL, or a team that has been left. */
void agree_not(ga_team *team, const ga_status *st);

/* The first difference between two such objects: "options (eps)", "arithmetic (openblas_core)", "estimators"; "" if they are equal.
   Keys that come from a file are hostile text. */
void agree_difference(char *text, size_t size, const json_t *a, const json_t *b);

/* The program, the compiler and its flags, OpenBLAS and the type of core that it chose, libc, MPFR: what the bits of a result
   depend on besides its inputs. blas: OpenBLAS multiplies. */
json_t *agree_arithmetic(bool blas);

#endif
