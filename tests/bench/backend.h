/* SPDX-License-Identifier: Apache-2.0 */
/* backend.h -- the ways this program multiplies, one line each: whoever adds a back end adds its line to the table in backend.c. */
#ifndef BENCH_BACKEND_H
#define BENCH_BACKEND_H

#include <stdbool.h>
#include <stddef.h>

#include "peak.h"

typedef struct {
    const char *name;
    bool (*select)(void);   /* makes later products of this process use it; false: not on this CPU. NULL: it is the only one */
    double prime_bits;      /* what one modular product of the method carries */
    const char *peak;       /* the rate that bounds it, one of suite_peak's */
} backend;

enum { BACKENDS_MOST = 8 };
extern const backend backends[];
extern const size_t n_backends;

/* Selects one; false where it is not to be had. */
bool backend_select(size_t i);

/* Back to what the program itself would use. */
void backend_default(void);

#endif
