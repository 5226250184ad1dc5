/* SPDX-License-Identifier: Apache-2.0 */
/* layout.h -- how to lay out the elements of an image, by its shape: as a picture, else as a strip, or as bars. */
#ifndef GRADAUDIT_REPORT_LAYOUT_H
#define GRADAUDIT_REPORT_LAYOUT_H

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

typedef enum { LAYOUT_PICTURE, LAYOUT_STRIP, LAYOUT_BARS } layout_kind;

typedef struct {
    layout_kind kind;
    size_t n, rows, cols, channels;          /* elements; pixels; 1, or 3 (red, green, blue), or 4 (and opacity) for each */
    size_t row_step, col_step, channel_step; /* between the elements of neighbours */
    size_t thin;                             /* one row or column in so many is drawn */
    size_t n_dims, dim[3];                   /* of an image in its file */
} layout;

/* The layout of n elements by the "rows", "columns" and "shape" of a report's head.data, which may be damaged. Two dimensions are
   rows and columns of grey; three are a picture in colour if the first or the last of them, and not both, is 3 or 4: the channels.
   One dimension: bars if there are fewer than 64, else a square if possible. All else is one strip, folded. */
layout layout_of(const json_t *data, size_t n);

/* The numbers of rows and columns drawn. The element of a channel at one of them; n or more: none. */
size_t layout_rows(const layout *l);
size_t layout_cols(const layout *l);
size_t layout_element(const layout *l, size_t channel, size_t row, size_t col);

/* An image's dimensions in its file, "3 \u00d7 32 \u00d7 32". */
void layout_shape(FILE *out, const layout *l);

/* What a reader must know about it, in sentences, as HTML; nothing for a grey picture that the file has as one. */
void layout_say(FILE *out, const layout *l);

#endif
