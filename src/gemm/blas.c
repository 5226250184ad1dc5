/* SPDX-License-Identifier: Apache-2.0 */
/* blas.c -- see blas.h */
#include <cblas.h>

#include "gemm/blas.h"

void
blas_single_thread(void)
{
    openblas_set_num_threads(1);
}

const char *
blas_core(void)
{
    return openblas_get_corename();
}

const char *
blas_config(void)
{
    return openblas_get_config();
}
