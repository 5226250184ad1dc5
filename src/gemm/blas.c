/* SPDX-License-Identifier: Apache-2.0 */
/* blas.c -- see blas.h */
#include <sched.h>
#include <sys/mman.h>

#include <cblas.h>

#include "gemm/blas.h"

/* Measured: OpenBLAS 0.3.21 and 0.3.29 ask for 128 MiB and some pages. The thread that uses them has a stack of 8 MiB. */
#define BUFFER ((size_t)137 << 20)

bool
blas_have_buffers(int n)
{
    static void *memory[CPU_SETSIZE];
    int got = 0;
    while (got < n && got < CPU_SETSIZE) {
        memory[got] = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory[got] == MAP_FAILED)
            break;
        got++;
    }
    const bool have = got == n || got == CPU_SETSIZE;
    while (got > 0)
        munmap(memory[--got], BUFFER);
    return have;
}

/* OpenBLAS's own, which it exports without a header: a buffer, and back. What is given back it keeps for later products. */
extern void *blas_memory_alloc(int position) __attribute__((weak));
extern void blas_memory_free(void *buffer) __attribute__((weak));

/* The threads start, and OpenBLAS takes its buffers for products of all of them at once: later, where memory is out, it would try
   for ever. Products alone do not make it take them all: a thread that waits for a processor may find another's buffer free. */
static void
take_buffers(int threads)
{
    enum { SIZE = 128 };
    static const double zero[SIZE * SIZE];
#pragma omp parallel num_threads(threads)
    {
        double product[SIZE * SIZE];
        void *buffer = blas_memory_alloc != NULL && blas_memory_free != NULL ? blas_memory_alloc(0) : NULL;
#pragma omp barrier
        if (buffer != NULL)
            blas_memory_free(buffer);
        for (int i = 0; i < 8; i++)
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIZE, SIZE, SIZE, 1, zero, SIZE, zero, SIZE, 0, product, SIZE);
    }
}

ga_code
blas_prepare(int threads, ga_status *st)
{
    static int prepared; /* OpenBLAS has memory for this many */
    bool have;
#pragma omp critical(blas_prepare)
    {
        if (openblas_get_num_threads() != 1) /* others may be multiplying */
            openblas_set_num_threads(1);
        have = threads <= prepared || blas_have_buffers(threads - prepared);
        if (have && threads > prepared)
            take_buffers(threads);
        prepared = have && threads > prepared ? threads : prepared;
    }
    return have ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for the products of %d threads, %zu MiB each: "
                                  "raise the limit (ulimit -v), or lower --threads", threads, BUFFER >> 20);
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
