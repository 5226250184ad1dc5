/* SPDX-License-Identifier: Apache-2.0 */
/* html.c -- see html.h */
#include <string.h>

#include "io/escape.h"
#include "report/amount.h"
#include "report/html.h"

void
html_text(FILE *out, const char *text)
{
    const char *power;
    while ((power = strstr(text, "10^")) != NULL) {
        char part[256];
        const size_t digits = strspn(power + 3, "-0123456789");
        for (power += 2; text < power;) {
            size_t n = (size_t)(power - text);
            n = n < sizeof part ? n : sizeof part - 1;
            while (n > 1 && ((unsigned char)text[n] & 0xc0) == 0x80)
                n--; /* characters stay whole */
            memcpy(part, text, n);
            part[n] = '\0';
            escape_html(out, part);
            text += n;
        }
        fprintf(out, "<sup>%.*s</sup>", digits < 32 ? (int)digits : 32, power + 1);
        text = power + 1 + digits;
    }
    escape_html(out, text);
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
    escape_html(out, amount_percent(n, whole).s);
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
