/* SPDX-License-Identifier: Apache-2.0 */
/* blas.h -- what a program asks of OpenBLAS as a whole. */
#ifndef GEMM_BLAS_H
#define GEMM_BLAS_H

#include <stdbool.h>

#include <gradaudit/status.h>

/* Switches OpenBLAS's own threads off, for the process: the bits of a product would depend on their number, and parallelism is
   over blocks of images. To be called before a parallel region of so many threads that multiply. OpenBLAS keeps a buffer for each
   product that runs at the same time, and where there is no memory for one it tries for ever: GA_NO_MEMORY where there is none for
   those that are still to come. */
ga_code blas_prepare(int threads, ga_status *st);

/* Whether there is memory for n more of these buffers. Calls nothing but the system, so that it may run before any library is
   initialised, as src/cli/memory.c does: OpenBLAS takes the buffers of its own threads before main. Not to be called by two threads
   at once. */
bool blas_have_buffers(int n);

/* The kernels OpenBLAS chose ("Haswell"), and its version and build options. */
const char *blas_core(void);
const char *blas_config(void);

#endif
