/* SPDX-License-Identifier: Apache-2.0 */
/* prepared.h -- matrices of weights as products want them, for tests and benchmarks; they hold doubles. */
#ifndef TESTS_PREPARED_H
#define TESTS_PREPARED_H

#include <stdlib.h>

#include "gemm/crt.h"

/* Of numbers that are stride bytes apart; the caller frees it with crt_weights_free. NULL: out of memory, or one is not
   finite. */
static inline struct crt_weights *
prepared_weights(const __mpfr_struct *first, size_t stride, size_t rows, size_t cols)
{
    const crt_numbers numbers = { first, stride };
    double *const d = malloc((rows * cols + 1) * sizeof *d);
    for (size_t i = 0; d != NULL && i < rows * cols; i++)
        d[i] = mpfr_get_d(crt_number(numbers, i), MPFR_RNDN);
    struct crt_weights *const w = d != NULL ? crt_weights_new(d, rows, cols) : NULL;
    free(d);
    return w;
}

#endif
