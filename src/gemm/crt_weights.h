/* SPDX-License-Identifier: Apache-2.0 */
/* crt_weights.h -- what crt.c uses of crt_weights.c. */
#ifndef GEMM_CRT_WEIGHTS_H
#define GEMM_CRT_WEIGHTS_H

#include "gemm/crt_backend.h"

enum { CRT_MOST_SLICES = 32, CRT_MOST_KEPT = 64, CRT_LAYOUTS = 4, CRT_NEGATIVE = 128 };

typedef struct {
    int64_t scale, top; /* multiples of 2^scale below 2^top */
    double *magnitude;
    void *residue[CRT_LAYOUTS][2][CRT_MOST_KEPT]; /* by the back end's layout and whether transposed; made from the first on */
} crt_slice;

struct crt_weights {
    size_t rows, cols, n_slices;
    uint8_t *slice; /* of each element: its number, and CRT_NEGATIVE if the element is */
    crt_slice slices[CRT_MOST_SLICES];
};

#endif
