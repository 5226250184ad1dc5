/* SPDX-License-Identifier: Apache-2.0 */
/* chart_stack.c -- bars in parts; see chart.h */
#include <string.h>

#include "io/escape.h"
#include "report/amount.h"
#include "report/chart.h"
#include "report/svg.h"

/* From right to wrong. */
static const ga_cell order[GA_CELLS] = { GA_CELL_RIGHT, GA_CELL_ZERO, GA_CELL_BELOW_RANGE, GA_CELL_ABOVE_RANGE,
                                         GA_CELL_INACCURATE, GA_CELL_LOST, GA_CELL_WRONG_SIGN, GA_CELL_SPURIOUS,
                                         GA_CELL_NONFINITE, GA_CELL_UNDECIDED };
enum { TOP = 6, LABEL = 13, BAR = 16, NOTE = 14, GAP = 8, SWATCH = 9 };

static uint64_t
row_whole(const stack_row *row)
{
    uint64_t whole = 0;
    for (size_t c = 0; c < GA_CELLS; c++)
        whole += row->count[c];
    return whole;
}

static bool
is_hatched(ga_cell c)
{
    return c == GA_CELL_LOST || c == GA_CELL_WRONG_SIGN || c == GA_CELL_INACCURATE || c == GA_CELL_SPURIOUS;
}

/* A part of a bar, or its swatch. */
static void
draw_segment(FILE *out, ga_cell c, double x, double y, double width, double height)
{
    char classes[48];
    snprintf(classes, sizeof classes, "k-%s", ga_cell_names[c]);
    svg_rect(out, x, y, width, height, classes);
    snprintf(classes, sizeof classes, "h-%s", ga_cell_names[c]);
    if (is_hatched(c))
        svg_rect(out, x, y, width, height, classes);
}

/* The legend below a bar, in lines; returns how many. out NULL: counts only. */
static size_t
row_notes(FILE *out, const stack_row *row, double y)
{
    const uint64_t whole = row_whole(row);
    size_t lines = 0;
    double x = SVG_WIDTH;
    for (size_t i = 0; i < GA_CELLS; i++) {
        char text[AMOUNT + 32];
        const ga_cell c = order[i];
        if (row->count[c] == 0)
            continue;
        snprintf(text, sizeof text, "%s %s", ga_cell_names[c], amount_percent(row->count[c], whole).s);
        const double width = SWATCH + 4 + svg_width(text);
        if (x + width > SVG_WIDTH) {
            lines++;
            x = 0;
        }
        if (out != NULL) {
            const double base = y + NOTE * (double)lines - 2;
            draw_segment(out, c, x, base - SWATCH, SWATCH, SWATCH);
            svg_text(out, x + SWATCH + 4, base, "", text);
        }
        x += width + 8;
    }
    return lines;
}

static double
row_height(const stack_row *row)
{
    return LABEL + BAR + NOTE * (double)row_notes(NULL, row, 0) + GAP;
}

double
stack_height(const stack_chart *c)
{
    double height = TOP;
    for (size_t r = 0; r < c->n; r++)
        height += row_height(c->row + r);
    return height;
}

static void
draw_row(FILE *out, const stack_row *row, double y)
{
    const double whole = (double)row_whole(row);
    double x = 0;
    svg_label(out, 0, y + LABEL - 3, "strong", row->label, 56);
    for (size_t i = 0; i < GA_CELLS && whole > 0; i++) {
        const ga_cell c = order[i];
        const double width = SVG_WIDTH * (double)row->count[c] / whole;
        if (row->count[c] > 0)
            draw_segment(out, c, x, y + LABEL, width, BAR);
        x += width;
    }
    svg_rect(out, .3, y + LABEL, SVG_WIDTH - .6, BAR, "frame");
    row_notes(out, row, y + LABEL + BAR);
}

void
stack_svg(FILE *out, const void *data, bool alone)
{
    const stack_chart *c = data;
    double y = TOP;
    svg_open(out, stack_height(c), c->title, alone);
    for (size_t r = 0; r < c->n; r++) {
        draw_row(out, c->row + r, y);
        y += row_height(c->row + r);
    }
    svg_close(out);
}

void
stack_tsv(FILE *out, const void *data)
{
    const stack_chart *c = data;
    fputs("#estimator", out);
    for (size_t i = 0; i < GA_CELLS; i++)
        fprintf(out, "\t%s", ga_cell_names[order[i]]);
    fputc('\n', out);
    for (size_t r = 0; r < c->n; r++) {
        escape_tsv(out, c->row[r].label);
        for (size_t i = 0; i < GA_CELLS; i++)
            fprintf(out, "\t%llu", (unsigned long long)c->row[r].count[order[i]]);
        fputc('\n', out);
    }
}

void
stack_gp(FILE *out, const void *data)
{
    const stack_chart *c = data;
    static const char *const colour[GA_CELLS] = { "009e73", "9a9a9a", "56b4e9", "0072b2", "e69f00", "d55e00", "cc79a7", "8b3a00",
                                                  "000000", "777777" };
    fprintf(out,
            "set datafile separator tab\nset termoption noenhanced\nset title '%s'\nunset grid\nset key outside below\n"
            "set xrange [0:100]\nset format x '%%g %%%%'\nset yrange [%zu:-1]\nset style fill solid 1 noborder\nset ytics (",
            c->title, c->n);
    for (size_t r = 0; r < c->n; r++) {
        fprintf(out, "%s'", r > 0 ? ", " : "");
        escape_gnuplot(out, c->row[r].label);
        fprintf(out, "' %zu", r);
    }
    fprintf(out, ")\nset lmargin 32\npart(n) = n == 0 ? 0 : 100.0*(sum [k=2:n+1] column(k))/(sum [k=2:%d] column(k))\nplot",
            GA_CELLS + 1);
    for (size_t i = 0; i < GA_CELLS; i++) /* from the sum of the parts before it to that with it */
        fprintf(out, "%s \\\n    table using (0):0:(part(%zu)):(part(%zu)):($0-0.3):($0+0.3) with boxxyerror linecolor '#%s' "
                     "title '%s'", i > 0 ? "," : "", i, i + 1, colour[i], ga_cell_names[order[i]]);
    fputc('\n', out);
}
