/* SPDX-License-Identifier: Apache-2.0 */
/* panel.h -- sums of products in float, each rounded to a format of at most 11 bits, for numbers so bounded that nothing overflows
   and every product of two is exact in float (num/narrow.h). */
#ifndef GEMM_PANEL_H
#define GEMM_PANEL_H

#include "num/narrow.h"

/* PANEL sums side by side, of ROWS rows, CHUNK terms at a time. */
enum { PANEL = 32, ROWS = 4, CHUNK = 64 };

/* Codes of sizes: the largest; the least that is not 0, less 1 (none: UINT32_MAX). Beyond all others: infinity, NaN. */
typedef struct {
    uint32_t most, least;
} panel_range;

static inline panel_range
panel_range_of(const float *x, size_t n)
{
    uint32_t most = 0, least = UINT32_MAX;
#pragma omp simd reduction(max : most) reduction(min : least)
    for (size_t i = 0; i < n; i++) {
        uint32_t code;
        memcpy(&code, x + i, sizeof code);
        code &= UINT32_C(0x7fffffff);
        most = code > most ? code : most;
        least = code - 1 < least ? code - 1 : least;
    }
    return (panel_range){ most, least };
}

/* n operands as they count, and their range. */
panel_range panel_take(float *x, size_t n, const narrow32 *rules);

/* Whether panel_add may add n products of an a and a b to an s. A number of the format is as near to x as its rounding is, or
   farther: 0, so that a rounded product is at most twice the product; and s, so that a rounded sum s + r is at most 2 |r| from s.
   So all sums, and all products, are below max |s| + 4 n max |a| max |b|, which double holds but for 2^-52 of it. */
bool panel_bounded(panel_range s, panel_range a, panel_range b, size_t n, const narrow32 *rules);

/* sum[i][j] += sum_k a[k][i] b[k][j] of n > 0 terms, both operations rounded, in increasing k, for operands as
   they count; no sum is -0 before, nor after unless something is flushed. */
void panel_add(float (*restrict sum)[PANEL], const float (*restrict a)[ROWS], const float (*restrict b)[PANEL], size_t n,
               const narrow32 *rules);

#endif
