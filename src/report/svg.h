/* SPDX-License-Identifier: Apache-2.0 */
/* svg.h -- drawings: rectangles, lines and text by class, whose colours follow the reader's light or dark page. All text is
   escaped. */
#ifndef GRADAUDIT_REPORT_SVG_H
#define GRADAUDIT_REPORT_SVG_H

#include <stdbool.h>
#include <stdio.h>

/* The width of every figure in units: legible at 1 pixel a unit, as on a telephone. */
enum { SVG_WIDTH = 400 };

/* The style sheet of the classes, in the light and the dark, for a page or a figure of its own. */
extern const char svg_style[];

/* The hatchings, once in a document. */
void svg_patterns(FILE *out);

/* A figure; alone: a file of its own, with name space, style and hatchings; else part of a page that has them. title names it for
   those who do not see it. */
void svg_open(FILE *out, double height, const char *title, bool alone);
void svg_close(FILE *out);

void svg_rect(FILE *out, double x, double y, double width, double height, const char *classes);
void svg_line(FILE *out, double x1, double y1, double x2, double y2, const char *classes);

/* classes may contain "mid" or "end", where x is not the text's start. */
void svg_text(FILE *out, double x, double y, const char *classes, const char *text);

/* A text's width, roughly. */
double svg_width(const char *text);

/* The same as svg_text, cut to most characters. */
void svg_label(FILE *out, double x, double y, const char *classes, const char *text, size_t most);

/* A marker centred at x, y: '=' a square, 'o' a disc, 'd' a diamond. */
void svg_marker(FILE *out, double x, double y, char shape, const char *classes);

#endif
