/* SPDX-License-Identifier: Apache-2.0 */
/* backend.c -- see backend.h */
#include "backend.h"

const backend backends[] = {
    { "crt over dgemm", NULL, 22, PEAK_DGEMM },
};
const size_t n_backends = sizeof backends / sizeof *backends;

bool
backend_choose(ga_estimator *e, size_t i)
{
    return backends[i].choose == NULL || backends[i].choose(e);
}

const backend *
backend_usual(void)
{
    return backends;
}
