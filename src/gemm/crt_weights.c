/* SPDX-License-Identifier: Apache-2.0 */
/* crt_weights.c -- matrices of weights as sums of integer matrices; see crt.h */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gemm/crt_digits.h"
#include "gemm/crt_weights.h"

enum { NO_PART = UINT8_MAX };

/* The largest exponent of the elements that have no part yet; INT64_MIN: none. */
static int64_t
largest_exponent(const crt_weights *w)
{
    int64_t top = INT64_MIN;
    for (size_t i = 0; i < w->rows * w->cols; i++) {
        mpfr_srcptr x = crt_number(w->numbers, i);
        if (w->part[i] == NO_PART && mpfr_regular_p(x) && (int64_t)mpfr_get_exp(x) > top)
            top = mpfr_get_exp(x);
    }
    return top;
}

/* The next part takes the multiples of 2^(top - CRT_MOST_WIDTH). False if memory runs out or no element fits. */
static bool
add_part(crt_weights *w, int64_t top)
{
    const size_t n = w->rows * w->cols, number = w->n_parts;
    crt_part *part = w->parts + number;
    *part = (crt_part){ .top = top, .scale = INT64_MAX, .magnitude = calloc(n, sizeof *part->magnitude) };
    w->n_parts++;
    for (size_t i = 0; part->magnitude != NULL && i < n; i++) {
        mpfr_srcptr x = crt_number(w->numbers, i);
        if (w->part[i] != NO_PART || !mpfr_regular_p(x))
            continue;
        const int64_t low = crt_lowest_bit(x);
        if (top - low > CRT_MOST_WIDTH)
            continue;
        long exponent;
        const double mantissa = fabs(mpfr_get_d_2exp(&exponent, x, MPFR_RNDA)); /* at most 1 */
        part->magnitude[i] = ldexp(mantissa, (int)(exponent - top));
        part->scale = low < part->scale ? low : part->scale;
        w->part[i] = (uint8_t)number;
    }
    return part->scale != INT64_MAX;
}

static bool
all_ordinary(const crt_weights *w)
{
    int64_t top = INT64_MIN, low = INT64_MAX;
    for (size_t i = 0; i < w->rows * w->cols; i++) {
        mpfr_srcptr x = crt_number(w->numbers, i);
        if (mpfr_zero_p(x))
            continue;
        if (!crt_is_ordinary(x))
            return false;
        top = mpfr_get_exp(x) > top ? mpfr_get_exp(x) : top;
        low = crt_lowest_bit(x) < low ? crt_lowest_bit(x) : low;
    }
    return top < low || top - low <= CRT_MOST_SPAN;
}

crt_weights *
crt_weights_new(crt_numbers numbers, size_t rows, size_t cols)
{
    const size_t n = rows * cols;
    crt_weights *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    *w = (crt_weights){ .rows = rows, .cols = cols, .numbers = numbers, .part = malloc(n + 1) };
    if (w->part == NULL || n > INT_MAX || !all_ordinary(w))
        goto fail;
    memset(w->part, NO_PART, n);
    for (int64_t top; (top = largest_exponent(w)) != INT64_MIN;)
        if (w->n_parts == CRT_MOST_PARTS || !add_part(w, top))
            goto fail;
    if (w->n_parts == 0) { /* zeros alone */
        w->n_parts = 1;
        if ((w->parts[0].magnitude = calloc(n + 1, sizeof *w->parts[0].magnitude)) == NULL)
            goto fail;
    }
    return w;
fail:
    crt_weights_free(w);
    return NULL;
}

void
crt_weights_free(crt_weights *w)
{
    if (w == NULL)
        return;
    for (size_t p = 0; p < w->n_parts; p++) {
        for (size_t i = 0; i < CRT_LAYOUTS * 2 * CRT_MOST_KEPT; i++)
            free((&w->parts[p].residue[0][0][0])[i]);
        free(w->parts[p].magnitude);
    }
    free(w->part);
    free(w);
}

size_t
crt_weights_cols(const crt_weights *w)
{
    return w->cols;
}

size_t
crt_weights_parts(const crt_weights *w)
{
    return w->n_parts;
}

const double *
crt_weights_magnitude(const crt_weights *w, size_t part, int64_t *scale)
{
    *scale = w->parts[part].top;
    return w->parts[part].magnitude;
}
