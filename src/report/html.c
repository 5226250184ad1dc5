/* SPDX-License-Identifier: Apache-2.0 */
/* html.c -- see html.h */
#include <stdbool.h>
#include <string.h>

#include "io/escape.h"
#include "report/amount.h"
#include "report/html.h"

#define MINUS "\u2212"
#define DOT "\u00b7"      /* of "1.9 \u00b7 10^-6" */
enum { LONGEST = 40 }; /* bytes of a word that is kept together */

/* The first n bytes of text, which end at a character's end, escaped. */
static void
print_escaped(FILE *out, const char *text, size_t n)
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

/* A word. Powers of a number are raised; what a browser would break after a sign, "10^-847" and "-infinite", is kept together. */
static void
print_word(FILE *out, const char *word, size_t n)
{
    const char *const end = word + n, *start = word;
    bool digit = false, sign = false;
    for (size_t i = 0; i < n; i++) {
        digit = digit || (word[i] >= '0' && word[i] <= '9');
        sign = sign || word[i] == '-' || word[i] == '^' || strncmp(word + i, MINUS, strlen(MINUS)) == 0;
    }
    const bool whole = ((digit && sign) || *word == '-') && n <= LONGEST;
    fputs(whole ? "<span class=\"n\">" : "", out);
    for (const char *s = word; s < end; s++)
        if (end - s > 3 && strncmp(s, "10^", 3) == 0) {
            size_t digits = strspn(s + 3, "-0123456789");
            digits = digits < (size_t)(end - s) - 3 ? digits : (size_t)(end - s) - 3;
            print_escaped(out, start, (size_t)(s - start) + 2);
            fprintf(out, "<sup>%.*s</sup>", digits < 32 ? (int)digits : 32, s + 3);
            start = s + 3 + digits;
            s = start - 1;
        }
    print_escaped(out, start, (size_t)(end - start));
    fputs(whole ? "</span>" : "", out);
}

void
html_text(FILE *out, const char *text)
{
    for (size_t n; *text != '\0'; text += n + (text[n] == ' ')) {
        n = strcspn(text, " ");
        print_word(out, text, n);
        const char *const next = text + n + (text[n] == ' ');
        const bool dots = strncmp(next, DOT, strlen(DOT)) == 0 || (n == strlen(DOT) && strncmp(text, DOT, n) == 0);
        if (text[n] == ' ')
            fputs(dots || *next == '%' ? "&nbsp;" : " ", out);
    }
}

void
html_open(FILE *out, const char *element, const char *attribute, const char *text)
{
    fprintf(out, "<%s", element);
    if (*text != '\0') {
        fprintf(out, " %s=\"", attribute);
        escape_html(out, text);
        fputc('"', out);
    }
    fputc('>', out);
}

void
html_cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    html_text(out, text);
    fputs("</td>", out);
}

void
html_name(FILE *out, const char *text)
{
    fputs("<td class=\"name\">", out);
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
html_caption(FILE *out, const char *caption)
{
    fputs("<p class=\"caption\">", out);
    html_text(out, caption);
    fputs("</p>\n", out);
}

void
html_table(FILE *out, const char *caption)
{
    if (caption != NULL)
        html_caption(out, caption);
    fputs("<div class=\"wide\"><table>\n", out);
}

void
html_table_end(FILE *out)
{
    fputs("</table></div>\n", out);
}
