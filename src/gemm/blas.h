/* SPDX-License-Identifier: Apache-2.0 */
/* blas.h -- OpenBLAS's settings for the whole process. */
#ifndef GEMM_BLAS_H
#define GEMM_BLAS_H

#include <stdbool.h>

#include "core/status.h"

/* Switches OpenBLAS's own threads off for the process: the bits of a product would depend on their number, and parallelism is over
   blocks of images. Call it before a parallel region in which this many threads multiply. OpenBLAS keeps a buffer for each
   concurrent product and retries for ever if there is no memory for one: GA_NO_MEMORY if there is none for those still to come. */
ga_code blas_prepare(int threads, ga_status *st);

/* Whether there is memory for n more of these buffers. Makes only system calls, so that it may run before any library is
   initialised, as in src/cli/memory.c: OpenBLAS takes the buffers of its own threads before main. Not thread-safe. */
bool blas_have_buffers(int n);

/* The kernels OpenBLAS chose ("Haswell"), and its version and build options. */
const char *blas_core(void);
const char *blas_config(void);

#endif
