/* SPDX-License-Identifier: Apache-2.0 */
/* html.h -- pieces of a page. Hostile text goes out only through these. */
#ifndef GRADAUDIT_REPORT_HTML_H
#define GRADAUDIT_REPORT_HTML_H

#include <stdint.h>
#include <stdio.h>

/* Escaped text; 10^-847 with a raised exponent. No line is broken within a number or before a per cent sign: that takes html_style
   in the page. */
void html_text(FILE *out, const char *text);
#define html_style ".n{white-space:nowrap}"

/* Starts an element, as in "<p class="note">"; without the attribute if that is empty. */
void html_open(FILE *out, const char *element, const char *attribute, const char *text);

/* A cell of a table: text; a count; a count and its share of the whole; a cell of a heading. */
void html_cell(FILE *out, const char *text);
void html_name(FILE *out, const char *text); /* of words: at the left */
void html_count(FILE *out, uint64_t n);
void html_share(FILE *out, uint64_t n, uint64_t whole);
void html_head(FILE *out, const char *text);

/* Starts a row, with its name; starts a table that scrolls by itself on a narrow page; ends it. Its caption, or NULL, comes before
   it: a narrow page would cut it. */
void html_row(FILE *out, const char *name);
void html_caption(FILE *out, const char *caption);
void html_table(FILE *out, const char *caption);
void html_table_end(FILE *out);

#endif
