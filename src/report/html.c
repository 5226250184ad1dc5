/* SPDX-License-Identifier: Apache-2.0 */
/* html.c -- see html.h */
#include <string.h>

#include "io/escape.h"
#include "report/amount.h"
#include "report/html.h"

/* The first n bytes of text, which end where a character does, escaped. */
static void
print_part(FILE *out, const char *text, size_t n)
{
    char part[256];
    while (n > 0) {
        size_t now = n < sizeof part ? n : sizeof part - 1;
        while (now < n && now > 1 && ((unsigned char)text[now] & 0xc0) == 0x80)
            now--; /* characters stay whole */
        memcpy(part, text, now);
        part[now] = '\0';
        escape_html(out, part);
        text += now;
        n -= now;
    }
}

void
html_text(FILE *out, const char *text)
{
    const char *start = text;
    for (; *text != '\0'; text++)
        if (text[0] == ' ' && text[1] == '%') {
            print_part(out, start, (size_t)(text - start));
            fputs("&nbsp;", out);
            start = text + 1;
        } else if (strncmp(text, "10^", 3) == 0) {
            const size_t digits = strspn(text + 3, "-0123456789");
            print_part(out, start, (size_t)(text - start) + 2);
            fprintf(out, "<sup>%.*s</sup>", digits < 32 ? (int)digits : 32, text + 3);
            start = text + 3 + digits;
            text = start - 1;
        }
    print_part(out, start, (size_t)(text - start));
}

void
html_cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    html_text(out, text);
    fputs("</td>", out);
}

void
html_count(FILE *out, uint64_t n)
{
    html_cell(out, amount_count(n).s);
}

void
html_share(FILE *out, uint64_t n, uint64_t whole)
{
    if (n == 0) {
        fputs("<td class=\"none\">0</td>", out);
        return;
    }
    fputs("<td>", out);
    html_text(out, amount_percent(n, whole).s);
    fprintf(out, "<br><small>%s</small></td>", amount_count(n).s);
}

void
html_head(FILE *out, const char *text)
{
    fputs("<th scope=\"col\">", out);
    html_text(out, text);
    fputs("</th>", out);
}

void
html_row(FILE *out, const char *name)
{
    fputs("<tr><th scope=\"row\">", out);
    html_text(out, name);
    fputs("</th>", out);
}

void
html_table(FILE *out, const char *caption)
{
    fputs("<div class=\"wide\"><table>\n", out);
    if (caption != NULL) {
        fputs("<caption>", out);
        html_text(out, caption);
        fputs("</caption>\n", out);
    }
}

void
html_table_end(FILE *out)
{
    fputs("</table></div>\n", out);
}
