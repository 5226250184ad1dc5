/* SPDX-License-Identifier: Apache-2.0 */
/* blas.c -- see blas.h */
#include <stdbool.h>
#include <sys/mman.h>

#include <cblas.h>

#include "gemm/blas.h"

/* Measured: OpenBLAS 0.3.21 asks for 128 MiB and some pages. */
#define BUFFER ((size_t)129 << 20)

static bool
have_memory(size_t size)
{
    void *const memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED && munmap(memory, size) == 0;
}

ga_code
blas_prepare(int threads, ga_status *st)
{
    static int prepared; /* for so many OpenBLAS had its memory */
    bool have;
#pragma omp critical(blas_prepare)
    {
        openblas_set_num_threads(1);
        have = threads <= prepared || have_memory((size_t)(threads - prepared) * BUFFER);
        prepared = have && threads > prepared ? threads : prepared;
    }
    return have ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for the products of %d threads, %zu MiB each", threads,
                                  BUFFER >> 20);
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
