/* SPDX-License-Identifier: Apache-2.0 */
/* peak.c -- what one core can do: a large dgemm and sgemm, int16 products added in int32 with all operands in registers, a copy
   of memory. What other suites measure is held against these. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "bench.h"
#include "peak.h"

enum { N = 1024, ACCUMULATORS = 12, COPY = 1 << 26 };

static size_t dgemm_size, integer_steps;

static double
run_dgemm(void *data)
{
    double *a = data;
    const int n = (int)dgemm_size;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, a + n * n, n, 0, a + 2 * n * n, n);
    return 0;
}

static double
run_sgemm(void *data)
{
    float *a = data;
    const int n = (int)dgemm_size;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, a + n * n, n, 0, a + 2 * n * n, n);
    return 0;
}

static double
run_copy(void *data)
{
    char *p = data;
    memcpy(p + COPY / 2, p, COPY / 2);
    __asm__ volatile("" : : "r"(p) : "memory");
    return 0;
}

#ifdef __x86_64__
/* 16 products and additions an instruction pair; the empty asm keeps the compiler from taking the products out of the loop. */
__attribute__((target("avx2"))) static double
run_avx2(void *data)
{
    __m256i acc[ACCUMULATORS], a = _mm256_set1_epi16(3), b = _mm256_set1_epi16(5);
    for (size_t k = 0; k < ACCUMULATORS; k++)
        acc[k] = _mm256_setzero_si256();
    for (size_t i = 0; i < integer_steps; i++) {
        __asm__ volatile("" : "+x"(a), "+x"(b));
#pragma GCC unroll 12
        for (size_t k = 0; k < ACCUMULATORS; k++)
            acc[k] = _mm256_add_epi32(acc[k], _mm256_madd_epi16(a, b));
#pragma GCC unroll 12
        for (size_t k = 0; k < ACCUMULATORS; k++)
            __asm__ volatile("" : "+x"(acc[k]));
    }
    for (size_t k = 1; k < ACCUMULATORS; k++)
        acc[0] = _mm256_add_epi32(acc[0], acc[k]);
    _mm256_storeu_si256(data, acc[0]);
    return 0;
}

__attribute__((target("avx512f,avx512bw,avx512vnni"))) static double
run_vnni(void *data)
{
    __m512i acc[ACCUMULATORS], a = _mm512_set1_epi16(3), b = _mm512_set1_epi16(5);
    for (size_t k = 0; k < ACCUMULATORS; k++)
        acc[k] = _mm512_setzero_si512();
    for (size_t i = 0; i < integer_steps; i++) {
        __asm__ volatile("" : "+v"(a), "+v"(b));
#pragma GCC unroll 12
        for (size_t k = 0; k < ACCUMULATORS; k++)
            acc[k] = _mm512_dpwssd_epi32(acc[k], a, b);
#pragma GCC unroll 12
        for (size_t k = 0; k < ACCUMULATORS; k++)
            __asm__ volatile("" : "+v"(acc[k]));
    }
    for (size_t k = 1; k < ACCUMULATORS; k++)
        acc[0] = _mm512_add_epi32(acc[0], acc[k]);
    _mm512_storeu_si512(data, acc[0]);
    return 0;
}
#endif

double
peak_rate(const bench *b, const char *who)
{
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->row[i].suite, "peak") == 0 && strcmp(b->row[i].who, who) == 0)
            return b->row[i].work / bench_seconds(b->row + i).median;
    return 0;
}

void
suite_peak(bench *b)
{
    dgemm_size = b->quick ? 256 : N;
    integer_steps = b->quick ? 10000 : 4000000;
    double *space = bench_alloc(COPY / sizeof *space, sizeof *space), *gemm = bench_alloc(3 * N * N, sizeof *gemm);
    float *single = bench_alloc(3 * N * N, sizeof *single);
    for (size_t i = 0; i < COPY / sizeof *space; i++)
        space[i] = (double)i;
    for (size_t i = 0; i < 3 * N * N; i++)
        single[i] = (float)(gemm[i] = 1 / (double)(i + 1));
    const double products = (double)dgemm_size * (double)dgemm_size * (double)dgemm_size, steps = (double)integer_steps;
    bench_runner r[5] = { { PEAK_DGEMM, run_dgemm, gemm, 1 }, { PEAK_SGEMM, run_sgemm, single, 1 },
                          { PEAK_COPY, run_copy, space, 1 } };
    double work[5] = { products, products, COPY }; /* copied bytes are read and written */
    size_t n = 3;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        work[n] = steps * ACCUMULATORS * 16;
        r[n++] = (bench_runner){ PEAK_AVX2, run_avx2, space, 1 };
    }
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw")) {
        work[n] = steps * ACCUMULATORS * 32;
        r[n++] = (bench_runner){ PEAK_VNNI, run_vnni, space, 1 };
    }
#endif
    bench_row *row = bench_contest(b, "peak", "one core", 1, r, n);
    for (size_t i = 0; i < n; i++)
        row[i].work = work[i];
    free(space);
    free(gemm);
    free(single);
}
