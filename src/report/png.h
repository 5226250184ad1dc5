/* SPDX-License-Identifier: Apache-2.0 */
/* png.h -- a small picture within a page. */
#ifndef GRADAUDIT_REPORT_PNG_H
#define GRADAUDIT_REPORT_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Writes "data:image/png;base64,…": rgb[rows x cols x 3], rows from the top, red first; at most 2^20 pixels. False, with nothing
   written, when memory is out. */
bool png_uri(FILE *out, const uint8_t *rgb, size_t rows, size_t cols);

#endif
