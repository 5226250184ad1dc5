/* SPDX-License-Identifier: Apache-2.0 */
/* backend.h -- the ways this program multiplies, one line each: whoever adds a back end adds its line to the table in backend.c. */
#ifndef BENCH_BACKEND_H
#define BENCH_BACKEND_H

#include "core/gradient.h"

#include "peak.h"

typedef struct {
    const char *name;
    ga_backend backend;
    double prime_bits; /* what one modular product of the method carries */
    const char *peak;  /* the rate that bounds it, one of suite_peak's */
} backend;

enum { BACKENDS_MOST = 8 };
extern const backend backends[];
extern const size_t n_backends;

/* Sets e to use one; false where this CPU has not got it. */
bool backend_choose(ga_estimator *e, size_t i);

/* The one that the program uses by itself. */
const backend *backend_usual(void);

#endif
