/* SPDX-License-Identifier: Apache-2.0 */
/* escape.h -- hostile text (names and strings from files, paths) made harmless for the place it is printed to.

   Each function writes text to a stream; the caller checks the stream's error flag as for any other output. Text that is
   not valid UTF-8 is taken byte by byte. "Control" below means the C0 and C1 controls, DEL, line and paragraph
   separators, and the marks that change the direction of text. */
#ifndef GRADAUDIT_IO_ESCAPE_H
#define GRADAUDIT_IO_ESCAPE_H

#include <stdio.h>

typedef void escape_function(FILE *out, const char *text);

/* Text or a quoted attribute in HTML and SVG: & < > " ' as entities; controls but tab and newline, invalid bytes and
   the code points XML forbids as U+FFFD. */
void escape_html(FILE *out, const char *text);

/* A terminal or a one-line message: controls and invalid bytes as \xNN, byte by byte. */
void escape_terminal(FILE *out, const char *text);

/* A field of a TSV file: \t \n \r \\ for tab, newline, CR and backslash, else as on a terminal. */
void escape_tsv(FILE *out, const char *text);

/* Text in a gnuplot script, between either kind of quotes: everything but A-Z a-z 0-9 and " ._:=+,()%/-" becomes _. */
void escape_gnuplot(FILE *out, const char *text);

/* text escaped, for the caller to free; NULL when memory is out. */
char *escape_copy(escape_function *escape, const char *text);

#endif
