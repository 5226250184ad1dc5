/* SPDX-License-Identifier: Apache-2.0 */
/* backend.c -- see backend.h */
#include "backend.h"

/* The fastest first: the first that this CPU has is what the others are compared with. */
const backend backends[] = {
    { "int16 in VNNI", GA_BACKEND_VNNI, 13, PEAK_VNNI },
    { "int16 in AVX2", GA_BACKEND_AVX2, 13, PEAK_AVX2 },
    { "dgemm", GA_BACKEND_DGEMM, 22, PEAK_DGEMM },
    { "int16 in plain C", GA_BACKEND_PLAIN, 13, PEAK_AVX2 },
};
const size_t n_backends = sizeof backends / sizeof *backends;

bool
backend_choose(ga_estimator *e, size_t i)
{
    e->backend = backends[i].backend;
    return ga_backend_usable(e->backend);
}

const backend *
backend_usual(void)
{
    const backend *b = backends;
    while (b->backend != ga_backend_auto())
        b++;
    return b;
}
