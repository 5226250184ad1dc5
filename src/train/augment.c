/* SPDX-License-Identifier: Apache-2.0 */
/* augment.c -- see augment.h */
#include "train/augment.h"

static ptrdiff_t
draw_shift(size_t shift, random_stream *random)
{
    return shift == 0 ? 0 : (ptrdiff_t)random_below(random, 2 * shift + 1) - (ptrdiff_t)shift;
}

void
augment_place(float *x, const ga_dataset *ds, size_t image, size_t shift, random_stream *random)
{
    const ptrdiff_t rows = (ptrdiff_t)ds->rows, cols = (ptrdiff_t)ds->cols;
    const ptrdiff_t down = draw_shift(shift, random), right = draw_shift(shift, random);
    const uint8_t *pixel = ds->pixel + image * ds->rows * ds->cols;
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < cols; j++) {
            const ptrdiff_t from_i = i - down, from_j = j - right;
            const bool inside = from_i >= 0 && from_i < rows && from_j >= 0 && from_j < cols;
            x[i * cols + j] = inside ? (float)pixel[from_i * cols + from_j] / 255 : 0;
        }
}

void
augment_drop(float *a, size_t n, double p, random_stream *random)
{
    const uint64_t threshold = (uint64_t)(p * 65536 + 0.5);
    const float keep = (float)(1 / (1 - p));
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++, bits >>= 16) {
        if (i % 4 == 0)
            bits = random_next(random);
        a[i] *= (bits & 65535) < threshold ? 0 : keep;
    }
}
