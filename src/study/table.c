/* SPDX-License-Identifier: Apache-2.0 */
/* table.c -- tables of words, on a page or in columns of text; see sections.h */
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "report/html.h"
#include "report/text.h"
#include "study/sections.h"

enum { MOST_COLUMNS = 16, MOST_ROWS = 4096, WIDE = 80 };

typedef struct {
    const json_t *column[MOST_COLUMNS]; /* those that are shown */
    size_t cols, rows, deep;
    const json_t *table;
    char **cell; /* rows x cols; a heading has only the first */
} table;

static bool
is_text(const table *g, size_t c)
{
    return c == 0 || json_is_true(json_object_get(g->column[c], "words"));
}

/* Whether a row is one cell, a heading. */
static bool
is_heading(const table *g, size_t r)
{
    return g->cols > 1 && g->cell[r * g->cols + 1] == NULL;
}

static void
keep_cell(teller *t, table *g, size_t c, const json_t *scope, const json_t *words)
{
    char *const text = words_text(t, scope, words);
    g->cell[g->rows * g->cols + c] = text != NULL ? text : strdup("");
}

static char **
new_row(teller *t, table *g)
{
    char **more = realloc(g->cell, (g->rows + 1) * g->cols * sizeof *more);
    if (more == NULL || g->rows == MOST_ROWS) {
        teller_fault(t, "a table has too many rows");
        g->cell = more != NULL ? more : g->cell;
        return NULL;
    }
    g->cell = more;
    return memset(more + g->rows * g->cols, 0, g->cols * sizeof *more);
}

/* A row, or the rows of the next list. */
static void
add_row(teller *t, const json_t *scope, size_t i, void *data)
{
    table *g = data;
    const json_t *const rows = json_object_get(g->table, "rows");
    (void)i;
    if (g->deep < json_array_size(rows)) {
        const bool last = ++g->deep == json_array_size(rows);
        words_each(t, scope, json_array_get(rows, g->deep - 1), last ? json_object_get(g->table, "where") : NULL, add_row, g);
        g->deep--;
        return;
    }
    if (new_row(t, g) == NULL)
        return;
    const json_t *const heading = json_object_get(scope, "heading");
    if (heading != NULL)
        keep_cell(t, g, 0, scope, heading);
    for (size_t c = 0; heading == NULL && c < g->cols; c++)
        keep_cell(t, g, c, scope, json_object_get(g->column[c], "cell"));
    g->rows++;
}

static size_t
longest_word(const char *text)
{
    size_t longest = 0;
    for (; *text != '\0'; text += text_word(text), text += *text == ' ')
        longest = text_word(text) > longest ? text_word(text) : longest;
    return longest;
}

/* The bytes of as many words as fit; the first need not. */
static size_t
fitting(const char *text, size_t width)
{
    size_t n = text_word(text);
    while (text[n] == ' ' && n + 1 + text_word(text + n + 1) <= width)
        n += 1 + text_word(text + n + 1);
    return n;
}

/* n bytes of a text in a column; the last column is not filled up. */
static void
print_column(FILE *out, const table *g, size_t c, const char *text, size_t n, size_t width, size_t gap)
{
    const bool left = is_text(g, c);
    const size_t used = text_columns(text, n), fill = width > used ? width - used : 0;
    fprintf(out, "%*s%.*s%*s", (int)((c > 0 ? gap : 0) + (left ? 0 : fill)), "", (int)n, text,
            (int)(left && c + 1 < g->cols ? fill : 0), "");
}

/* Heads are broken into lines that are as wide as what stands below them. */
static void
print_heads(FILE *out, const table *g, const size_t *width, size_t gap)
{
    const char *rest[MOST_COLUMNS];
    bool more = true;
    for (size_t c = 0; c < g->cols; c++)
        rest[c] = g->cell[c];
    while (more) {
        more = false;
        for (size_t c = 0; c < g->cols; c++) {
            const size_t n = fitting(rest[c], width[c]);
            print_column(out, g, c, rest[c], n, width[c], gap);
            rest[c] += n + (rest[c][n] == ' ');
            more = more || *rest[c] != '\0';
        }
        fputc('\n', out);
    }
}

static void
print_text(FILE *out, const table *g)
{
    size_t width[MOST_COLUMNS] = { 0 }, all = 0;
    for (size_t r = 0; r < g->rows; r++)
        for (size_t c = 0; c < g->cols; c++) {
            const char *const text = g->cell[r * g->cols + c];
            const size_t n = is_heading(g, r) ? 0 : r == 0 ? longest_word(text) : text_columns(text, strlen(text));
            width[c] = n > width[c] ? n : width[c];
        }
    for (size_t c = 0; c < g->cols; c++)
        all += width[c] + (c > 0 ? 2 : 0);
    const size_t gap = all <= WIDE ? 2 : 1;
    print_heads(out, g, width, gap);
    for (size_t r = 1; r < g->rows; r++) {
        const char *const *const cell = (const char *const *)g->cell + r * g->cols;
        if (is_heading(g, r))
            fputs(cell[0], out);
        else
            for (size_t c = 0; c < g->cols; c++)
                print_column(out, g, c, cell[c], strlen(cell[c]), width[c], gap);
        fputc('\n', out);
    }
}

/* What was published, in brackets, and the range, in parentheses, are smaller. */
static void
print_cell(FILE *out, const char *text, bool words)
{
    const char *const aside = words ? NULL : strstr(text, " [") != NULL ? strstr(text, " [") : strstr(text, " (");
    char *const first = strndup(text, aside != NULL ? (size_t)(aside - text) : strlen(text));
    fputs(words ? "<td class=\"text\">" : "<td>", out);
    html_text(out, first != NULL ? first : "");
    free(first);
    if (aside != NULL) {
        fputs(" <small>", out);
        html_text(out, aside + 1);
        fputs("</small>", out);
    }
    fputs("</td>", out);
}

static void
print_page(FILE *out, const table *g)
{
    fputs("<div class=\"wide\">", out);
    html_open(out, "table", "class", amount_string(g->table, "style"));
    fputc('\n', out);
    for (size_t r = 0; r < g->rows; r++) {
        char *const *const cell = g->cell + r * g->cols;
        fputs("<tr>", out);
        for (size_t c = 0; c < (is_heading(g, r) ? 1 : g->cols); c++) {
            if (r > 0 && !is_heading(g, r)) {
                print_cell(out, cell[c], is_text(g, c));
                continue;
            }
            if (r > 0)
                fprintf(out, "<th colspan=\"%zu\">", g->cols);
            else
                fputs(is_text(g, c) ? "<th class=\"text\">" : "<th>", out);
            html_text(out, cell[c]);
            fputs("</th>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

void
table_tell(teller *t, const json_t *scope, const json_t *spec)
{
    table g = { .table = spec };
    size_t i;
    const json_t *column;
    teller_members(t, spec, "columns:list! rows:[list! where:array style:text");
    const json_t *columns = json_object_get(spec, "columns");
    if (json_is_string(columns))
        columns = words_value(t, scope, json_string_value(columns)).json;
    json_array_foreach(columns, i, column) {
        teller_members(t, column, "head:words! cell:words! on:side words:flag");
        if (g.cols == MOST_COLUMNS)
            teller_fault(t, "a table has more than %d columns", MOST_COLUMNS);
        else if (teller_shows(t, column))
            g.column[g.cols++] = column;
    }
    if (g.cols == 0)
        teller_fault(t, "a table has no columns");
    if (t->fault[0] == '\0' && new_row(t, &g) != NULL) {
        for (size_t c = 0; c < g.cols; c++)
            keep_cell(t, &g, c, scope, json_object_get(g.column[c], "head"));
        g.rows++;
        add_row(t, scope, 0, &g);
    }
    if (!t->check && t->fault[0] == '\0')
        (t->page ? print_page : print_text)(t->out, &g);
    for (i = 0; i < g.rows * g.cols; i++)
        free(g.cell[i]);
    free(g.cell);
}
