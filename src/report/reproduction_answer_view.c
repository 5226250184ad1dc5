/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_answer_view.c -- the answer on a terminal and on a page; see reproduction_answer.h */
#include <string.h>

#include "report/html.h"
#include "report/reproduction_answer.h"

/* Lines of at most 79 columns; text is ASCII. */
static void
wrap(FILE *out, const char *text)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (text[length] == ' ' && text[length + 1] == '%') /* a number and its unit */
            length += 1 + strcspn(text + length + 1, " ");
        if (column > 0 && column + 1 + length > 79) {
            fputc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%s%.*s", column > 0 ? " " : "", (int)length, text);
        text += length + strspn(text + length, " ");
    }
    fputc('\n', out);
}

void
answer_text(FILE *out, const json_t *report)
{
    answer_row row[ANSWER_ROWS];
    answer_paragraph paragraph[ANSWER_PARAGRAPHS];
    fputs("\nIs the paper's explanation right?\n\n", out);
    fprintf(out, "%-28s %25s %25s\n", "", "sigmoid", "ReLU");
    const size_t rows = answer_table(row, report);
    for (size_t i = 0; i < rows; i++)
        if (row[i].value[0][0] == '\0')
            fprintf(out, "%s\n", row[i].label);
        else
            fprintf(out, "  %-26s %25s %25s\n", row[i].label, row[i].value[0], row[i].value[1]);
    const size_t n = answer_write(paragraph, report);
    for (size_t i = 0; i < n; i++) {
        fputc('\n', out);
        wrap(out, paragraph[i].text);
    }
    answer_free(paragraph, n);
}

void
answer_html(FILE *out, const json_t *report)
{
    answer_row row[ANSWER_ROWS];
    answer_paragraph paragraph[ANSWER_PARAGRAPHS];
    fputs("<h2 id=\"answer\">Is the paper&rsquo;s explanation right?</h2>\n", out);
    const size_t n = answer_write(paragraph, report), rows = answer_table(row, report);
    for (size_t i = 0; i < n; i++) {
        const size_t word = strcspn(paragraph[i].text, " ");
        const bool lead = !paragraph[i].heading && word > 1 && paragraph[i].text[word - 1] == '.'; /* "Zeros." */
        fputs(paragraph[i].heading ? "<h3>" : i == 0 ? "<p class=\"note\">" : "<p>", out);
        if (lead)
            fprintf(out, "<strong>%.*s</strong>", (int)word, paragraph[i].text);
        html_text(out, paragraph[i].text + (lead ? word : 0));
        fputs(paragraph[i].heading ? "</h3>\n" : "</p>\n", out);
    }
    answer_free(paragraph, n);
    fputs("<h3>The numbers</h3>\n<div class=\"wide\"><table class=\"answer\">\n<tr><th></th><th>saturated "
          "sigmoid</th><th>saturated "
          "ReLU</th></tr>\n", out);
    for (size_t i = 0; i < rows; i++)
        if (row[i].value[0][0] == '\0')
            fprintf(out, "<tr><th colspan=\"3\">%s</th></tr>\n", row[i].label);
        else
            fprintf(out, "<tr><td>%s</td><td>%s</td><td>%s</td></tr>\n", row[i].label, row[i].value[0], row[i].value[1]);
    fputs("</table></div>\n", out);
}
