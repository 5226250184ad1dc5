/* SPDX-License-Identifier: Apache-2.0 */
/* text.h -- sentences for the terminal. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdio.h>

/* The columns of n bytes; the bytes of a word, and of a per cent sign behind it. */
size_t text_columns(const char *text, size_t n);
size_t text_word(const char *text);

/* Wraps text, after `used` columns of the first line, in lines of at most 80 columns, the later ones indented; ends the last. */
void text_wrapped(FILE *out, const char *text, size_t used, size_t indent);

#endif
