/* SPDX-License-Identifier: Apache-2.0 */
/* crt_weights.c -- matrices of weights as sums of integer matrices; see crt.h */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gemm/crt_digits.h"
#include "gemm/crt_weights.h"

enum { NO_SLICE = CRT_NEGATIVE - 1 /* all bits but that one */, DOUBLE_BITS = 53 };

/* x = m 2^exponent with 1/2 <= m < 1, and its lowest bit 2^*low. */
static int
exponent_of(int *low, double x)
{
    int exponent;
    const double m = frexp(fabs(x), &exponent);
    *low = exponent - 53 + __builtin_ctzll((uint64_t)(m * 0x1p53));
    return exponent;
}

/* The largest exponent of the elements that have no slice yet; INT_MIN: none. */
static int
largest_exponent(const crt_weights *w, const double *number)
{
    int top = INT_MIN, low;
    for (size_t i = 0; i < w->rows * w->cols; i++)
        if ((w->slice[i] & NO_SLICE) == NO_SLICE && number[i] != 0) {
            const int exponent = exponent_of(&low, number[i]);
            top = exponent > top ? exponent : top;
        }
    return top;
}

/* The next slice takes the multiples of 2^(top - CRT_MOST_WIDTH). False if memory runs out. */
static bool
add_slice(crt_weights *w, const double *number, int top)
{
    const size_t n = w->rows * w->cols, which = w->n_slices;
    crt_slice *slice = w->slices + which;
    *slice = (crt_slice){ .top = top, .scale = INT64_MAX, .magnitude = calloc(n, sizeof *slice->magnitude) };
    w->n_slices++;
    for (size_t i = 0; slice->magnitude != NULL && i < n; i++) {
        int low;
        if ((w->slice[i] & NO_SLICE) != NO_SLICE || number[i] == 0)
            continue;
        exponent_of(&low, number[i]);
        if (top - low > CRT_MOST_WIDTH)
            continue;
        slice->magnitude[i] = ldexp(fabs(number[i]), -top); /* exact: at least 2^-320 */
        slice->scale = low < slice->scale ? low : slice->scale;
        w->slice[i] = (uint8_t)(which | (number[i] < 0 ? CRT_NEGATIVE : 0));
    }
    return slice->magnitude != NULL;
}

static bool
all_finite(const double *number, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(number[i]))
            return false;
    return true;
}

crt_weights *
crt_weights_new(const double *number, size_t rows, size_t cols)
{
    const size_t n = rows * cols;
    crt_weights *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    *w = (crt_weights){ .rows = rows, .cols = cols, .slice = malloc(n + 1) };
    if (w->slice == NULL || n > INT_MAX || !all_finite(number, n))
        goto fail;
    for (size_t i = 0; i < n; i++)
        w->slice[i] = NO_SLICE | (signbit(number[i]) ? CRT_NEGATIVE : 0);
    for (int top; (top = largest_exponent(w, number)) != INT_MIN;)
        if (w->n_slices == CRT_MOST_SLICES || !add_slice(w, number, top))
            goto fail;
    if (w->n_slices == 0) { /* zeros alone */
        w->n_slices = 1;
        if ((w->slices[0].magnitude = calloc(n + 1, sizeof *w->slices[0].magnitude)) == NULL)
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
    for (size_t p = 0; p < w->n_slices; p++) {
        for (size_t i = 0; i < CRT_LAYOUTS * 2 * CRT_MOST_KEPT; i++)
            free((&w->slices[p].residue[0][0][0])[i]);
        free(w->slices[p].magnitude);
    }
    free(w->slice);
    free(w);
}

size_t
crt_weights_cols(const crt_weights *w)
{
    return w->cols;
}

size_t
crt_weights_slices(const crt_weights *w)
{
    return w->n_slices;
}

bool
crt_weights_negative(const crt_weights *w, size_t i)
{
    return w->slice[i] & CRT_NEGATIVE;
}

bool
crt_weights_absent(const crt_weights *w, size_t i)
{
    return w->slice[i] == (NO_SLICE | CRT_NEGATIVE);
}

mpfr_srcptr
crt_weights_number(crt_room *room, const crt_weights *w, size_t i)
{
    const int sign = crt_weights_negative(w, i) ? -1 : 1;
    const uint8_t which = w->slice[i] & NO_SLICE;
    if (which == NO_SLICE) {
        mpfr_custom_init_set(&room->number, sign * MPFR_ZERO_KIND, 0, DOUBLE_BITS, room->limb);
        return &room->number;
    }
    uint64_t bits; /* of a normal double: exponent and 52 bits */
    memcpy(&bits, w->slices[which].magnitude + i, sizeof bits);
    room->limb[0] = UINT64_C(1) << 63 | bits << 11;
    mpfr_custom_init_set(&room->number, sign * MPFR_REGULAR_KIND, (mpfr_exp_t)(bits >> 52) - 1022 + w->slices[which].top,
                         DOUBLE_BITS, room->limb);
    return &room->number;
}

const double *
crt_weights_magnitude(const crt_weights *w, size_t slice, int64_t *scale)
{
    *scale = w->slices[slice].top;
    return w->slices[slice].magnitude;
}

mpfr_srcptr
crt_slice_number(crt_room *room, const crt_weights *w, size_t slice, size_t i)
{
    return (w->slice[i] & NO_SLICE) == slice ? crt_weights_number(room, w, i) : NULL;
}
