/* SPDX-License-Identifier: Apache-2.0 */
/* blas.h -- OpenBLAS's settings for the whole process. */
#ifndef GEMM_BLAS_H
#define GEMM_BLAS_H

#include <stdbool.h>

#include "core/status.h"

/* OpenBLAS's own threads are off while somebody borrows it, anywhere in the process: the bits of a product would depend on their
   number, and parallelism is over blocks of images. Its host gets back the number it had, unless it has set another one meanwhile.
   threads: so many will multiply at once, apart from those of other borrowers; OpenBLAS keeps a buffer for each concurrent product
   and retries for ever if there is no memory for one: GA_NO_MEMORY, and nothing is borrowed, if there is none. 0: no more than
   before, which cannot fail. */
ga_code blas_borrow(int threads, ga_status *st);
void blas_give_back(int threads);

/* Whether there is memory for n more of these buffers. Makes only system calls, so that it may run before any library is
   initialised, as in src/cli/memory.c: OpenBLAS takes the buffers of its own threads before main. Not thread-safe. */
bool blas_have_buffers(int n);

/* The kernels OpenBLAS chose ("Haswell"), and its version and build options. */
const char *blas_core(void);
const char *blas_config(void);

#endif
