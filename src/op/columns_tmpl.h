/* SPDX-License-Identifier: Apache-2.0 */
/* columns_tmpl.h -- operands of products, laid out and rounded: what operations of several files need. Included for each format,
   as often as it is needed. */
#include "op/windows.h"

/* Which image numbers a row of a window has, windows_row_at, or which windows have an image's number, windows_row_of. */
typedef windows_row NUM(windows_index)(const op_attributes *, size_t, size_t, size_t);

/* Rows: the places of images first, ..., first + n - 1, of shape `at`; columns: channel, i, j of what `index` finds in those
   channels of from that are of a group, and have `size` numbers; 0 where it finds nothing. Sets the rows of `to`. */
void NUM(windows_columns)(NUM(mat) *to, const NUM(mat) *from, size_t size, size_t first, size_t n, const op_shape *at, size_t group,
                          const op_attributes *a, NUM(windows_index) *index, NUM(ctx) *ctx);

/* The rows first, ..., end - 1 of a, with `cols` numbers each, as stored in blocks (store_scaled.c) whose first has row 0; r may be
   a. scale: one for each block, row after row; each: one for each number. */
void NUM(store_blocks)(num *r, const num *a, num *scale, bool each, size_t first, size_t end, size_t cols, const op_attributes *how,
                       NUM(ctx) *ctx);
