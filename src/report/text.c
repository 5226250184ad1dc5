/* SPDX-License-Identifier: Apache-2.0 */
/* text.c -- see text.h */
#include <string.h>

#include "report/text.h"

size_t
text_columns(const char *text, size_t n)
{
    size_t columns = 0;
    for (size_t i = 0; i < n; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

size_t
text_word(const char *text)
{
    const size_t n = strcspn(text, " ");
    return strncmp(text + n, " %", 2) == 0 ? n + 1 + strcspn(text + n + 1, " ") : n;
}

void
text_wrapped(FILE *out, const char *text, size_t used, size_t indent)
{
    while (*text != '\0') {
        const size_t n = text_word(text), columns = text_columns(text, n);
        if (used + 1 + columns > 80) {
            fprintf(out, "\n%*s", (int)indent - 1, "");
            used = indent - 1;
        }
        fprintf(out, "%s%.*s", used > 0 ? " " : "", (int)n, text);
        used += (used > 0) + columns;
        text += n + (text[n] == ' ');
    }
    fputc('\n', out);
}
