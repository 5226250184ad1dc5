/* SPDX-License-Identifier: Apache-2.0 */
/* blas.c -- see blas.h */
#include <sched.h>
#include <sys/mman.h>

#include <cblas.h>
#include <omp.h>

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

/* The threads start, and OpenBLAS takes its buffers for n products at once: later, where memory is out, it would try for ever.
   Products alone do not make it take them all: a thread that waits for a processor may find another's buffer free. */
static void
take_buffers(int threads, int n)
{
    enum { SIZE = 128 };
    static const double zero[SIZE * SIZE];
    void *buffer[CPU_SETSIZE] = { NULL };
    n = blas_memory_alloc == NULL || blas_memory_free == NULL ? 0 : n < CPU_SETSIZE ? n : CPU_SETSIZE;
#pragma omp parallel num_threads(threads > 0 ? threads : 1)
    {
        double product[SIZE * SIZE];
        for (int i = omp_get_thread_num(); i < n; i += omp_get_num_threads())
            buffer[i] = blas_memory_alloc(0);
#pragma omp barrier
        for (int i = omp_get_thread_num(); i < n; i += omp_get_num_threads())
            blas_memory_free(buffer[i]);
        for (int i = 0; i < 8; i++)
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIZE, SIZE, SIZE, 1, zero, SIZE, zero, SIZE, 0, product, SIZE);
    }
}

/* Of the process: how many borrow, how many threads the host had, for how many products at once there are, and are known to be,
   buffers. */
static struct {
    int borrowers, host, products, buffers;
} process;

/* The host may have set another number meanwhile: then that is what it wants. */
static void
let_go(int threads)
{
    process.products -= threads;
    if (--process.borrowers == 0 && process.host != 1 && openblas_get_num_threads() == 1)
        openblas_set_num_threads(process.host);
}

/* Of the buffers that there are others may hold one for each of their products. */
static bool
borrow(int threads)
{
    const int others = process.products, n = others + threads;
    if (process.borrowers++ == 0 && (process.host = openblas_get_num_threads()) != 1)
        openblas_set_num_threads(1);
    process.products = n;
    if (threads == 0 || n <= process.buffers)
        return true;
    if (!blas_have_buffers(n + others - process.buffers)) {
        let_go(threads);
        return false;
    }
    take_buffers(threads, n);
    process.buffers = n;
    return true;
}

ga_code
blas_borrow(int threads, ga_status *st)
{
    bool have;
#pragma omp critical(blas)
    have = borrow(threads);
    return have ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for the products of %d threads, %zu MiB each: "
                                  "raise the limit (ulimit -v), or lower --threads", threads, BUFFER >> 20);
}

void
blas_give_back(int threads)
{
#pragma omp critical(blas)
    let_go(threads);
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
