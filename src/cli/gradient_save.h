/* SPDX-License-Identifier: Apache-2.0 */
/* gradient_save.h -- gradients to the input as the arrays of a .npz file, named "input". */
#ifndef CLI_GRADIENT_SAVE_H
#define CLI_GRADIENT_SAVE_H

#include "cli/number_parts.h"

/* Images x elements of each part, in memory. */
typedef struct {
    const number_part *part;
    size_t n_parts, rows, cols;
    char *data[NUMBER_PARTS];
} gradient_rows;

/* GA_NO_MEMORY; what is there then is freed as after all else. */
ga_code gradient_rows_new(gradient_rows *r, ga_format format, size_t rows, size_t cols, ga_status *st);
void gradient_rows_free(gradient_rows *r);

/* Writes a block's numbers, image after image; and puts such bytes of n images from image `row` on. */
ga_code gradient_rows_print(FILE *out, const ga_block *b, ga_format format, ga_status *st);
void gradient_rows_put(gradient_rows *r, size_t row, size_t n, const char *bytes);

ga_code gradient_rows_save(const gradient_rows *r, const char *path, ga_status *st);

#endif
