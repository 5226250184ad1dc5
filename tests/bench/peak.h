/* SPDX-License-Identifier: Apache-2.0 */
/* peak.h -- the names of what suite_peak measures. */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include "bench.h"

#define PEAK_DGEMM "dgemm, large"
#define PEAK_SGEMM "sgemm, large"
#define PEAK_COPY "copy of 32 MiB"
#define PEAK_AVX2 "vpmaddwd and vpaddd in registers"
#define PEAK_VNNI "vpdpwssd in registers"

/* Multiplications and additions (of the copy: bytes) a second; 0: this CPU has not got it. */
double peak_rate(const bench *b, const char *who);

#endif
