/* SPDX-License-Identifier: Apache-2.0 */
/* gradient_save.c -- see gradient_save.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/gradient_save.h"

ga_code
gradient_rows_new(gradient_rows *r, ga_format format, size_t rows, size_t cols, ga_status *st)
{
    *r = (gradient_rows){ .rows = rows, .cols = cols };
    r->part = number_parts(&r->n_parts, format);
    bool ok = cols <= SIZE_MAX / sizeof(double) / rows;
    for (size_t i = 0; i < r->n_parts && ok; i++)
        ok = (r->data[i] = calloc(rows * cols, r->part[i].size)) != NULL;
    return ok ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for the gradients of %zu images in one .npz file", rows);
}

void
gradient_rows_free(gradient_rows *r)
{
    for (size_t i = 0; i < NUMBER_PARTS; i++)
        free(r->data[i]);
    *r = (gradient_rows){ .rows = 0 };
}

ga_code
gradient_rows_print(FILE *out, const ga_block *b, ga_format format, ga_status *st)
{
    const size_t cols = ga_block_elements(b), images = ga_block_images(b);
    size_t n;
    const number_part *const part = number_parts(&n, format);
    ga_number *const row = malloc(cols * sizeof *row);
    char *const bytes = malloc(cols * sizeof(double));
    for (size_t i = 0; i < images && row != NULL && bytes != NULL; i++) {
        ga_block_row(row, b, i);
        for (size_t p = 0; p < n; p++) {
            for (size_t k = 0; k < cols; k++)
                part[p].set(bytes + k * part[p].size, row + k);
            fwrite(bytes, part[p].size, cols, out);
        }
    }
    const bool ok = row != NULL && bytes != NULL;
    free(row);
    free(bytes);
    if (!ok)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    return GA_OK;
}

void
gradient_rows_put(gradient_rows *r, size_t row, size_t n, const char *bytes)
{
    for (; n > 0; n--, row++)
        for (size_t i = 0; i < r->n_parts; i++) {
            const size_t size = r->part[i].size * r->cols;
            memcpy(r->data[i] + row * size, bytes, size);
            bytes += size;
        }
}

ga_code
gradient_rows_save(const gradient_rows *r, const char *path, ga_status *st)
{
    npz_writer *const to = npz_writer_new();
    ga_code code = to != NULL ? GA_OK : ga_fail(st, GA_NO_MEMORY, "%s: out of memory for a .npz file", path);
    for (size_t i = 0; i < r->n_parts && code == GA_OK; i++)
        code = number_part_add(to, r->part + i, "input", 2, (size_t[]){ r->rows, r->cols }, r->data[i], st);
    if (code == GA_OK)
        code = npz_writer_finish(to, path, st);
    npz_writer_free(to);
    return code;
}
