/* SPDX-License-Identifier: Apache-2.0 */
/* chart_ranges.c -- ranges along the axis of a chart of bars; see chart.h */
#include <math.h>
#include <string.h>

#include "io/escape.h"
#include "report/amount.h"
#include "report/chart.h"
#include "report/svg.h"

enum { TOP = 14, ROW = 13, THICK = 11, LEAST = 2, GAP = 6, SPACE = 4, MOST_MARKED = 4, MOST_TEXT = 34 };

bool
bars_range_cut(double cut[2], const bars_chart *c, const bars_range *r)
{
    cut[0] = fmin(fmax(r->low, c->place[0]), c->place[c->bins]);
    cut[1] = fmin(fmax(r->high, c->place[0]), c->place[c->bins]);
    return cut[0] < cut[1];
}

double
bars_ranges_height(const bars_chart *c)
{
    return c->n_ranges > 1 ? (double)(c->n_ranges + (c->more > 0)) * ROW + GAP : TOP;
}

/* The one range, above its middle. */
static void
name_range(FILE *out, const bars_chart *c)
{
    double cut[2];
    if (!bars_range_cut(cut, c, c->range))
        return;
    const double middle = bars_at(c, (cut[0] + cut[1]) / 2);
    char text[CHART_LABEL + 16];
    snprintf(text, sizeof text, "%s\u2019s range", c->range->text);
    svg_text(out, middle, TOP - 4, middle > SVG_WIDTH - 60 ? "end soft" : "mid soft", text);
}

/* Its name, cut; beyond: -1 before the axis, 1 behind it, which an arrow shows. */
static void
write_name(char *text, size_t size, const bars_range *r, int beyond)
{
    const char *const cut = strlen(r->text) > MOST_TEXT ? "\u2026" : "";
    snprintf(text, size, "%s%.*s%s%s", beyond < 0 ? "\u2190 " : "", MOST_TEXT, r->text, cut, beyond > 0 ? " \u2192" : "");
}

/* The name stands in the bar, or beside it, before or behind. */
static void
draw_range(FILE *out, const bars_chart *c, const bars_range *r, double y)
{
    double cut[2];
    char text[CHART_LABEL + 16];
    const int beyond = bars_range_cut(cut, c, r) ? 0 : r->high <= c->place[0] ? -1 : 1;
    const double low = bars_at(c, cut[0]), high = bars_at(c, cut[1]), base = y + THICK - 2;
    write_name(text, sizeof text, r, beyond);
    const double width = svg_width(text) + 2 * SPACE;
    if (beyond == 0)
        svg_rect(out, fmin(low, SVG_WIDTH - LEAST), y, fmax(high - low, LEAST), THICK, "band");
    if (beyond != 0)
        svg_text(out, low, base, beyond < 0 ? "soft" : "end soft", text);
    else if (high - low >= width)
        svg_text(out, (low + high) / 2, base, "mid soft", text);
    else if (low >= width)
        svg_text(out, low - SPACE, base, "end soft", text);
    else
        svg_text(out, high + SPACE, base, "soft", text);
}

void
bars_ranges_svg(FILE *out, const bars_chart *c)
{
    if (c->n_ranges == 1)
        name_range(out, c);
    for (size_t i = 0; c->n_ranges > 1 && i < c->n_ranges; i++)
        draw_range(out, c, c->range + i, (double)i * ROW);
    if (c->more > 0) {
        char text[AMOUNT + 16];
        snprintf(text, sizeof text, "and %zu more", c->more);
        svg_text(out, SVG_WIDTH, (double)c->n_ranges * ROW + THICK - 2, "end soft", text);
    }
}

/* The range behind a panel; NULL: it has none of its own. */
static const bars_range *
range_of(const bars_chart *c, const bars_panel *p)
{
    return c->n_ranges == 1 ? c->range : p->range < c->n_ranges ? c->range + p->range : NULL;
}

/* Whether a panel without a range has a mark where this one begins. */
static bool
is_marked(double cut[2], const bars_chart *c, const bars_range *r)
{
    return c->n_ranges <= MOST_MARKED && bars_range_cut(cut, c, r) && r->low > c->place[0];
}

void
bars_panel_range_svg(FILE *out, const bars_chart *c, const bars_panel *p, double y, double height)
{
    const bars_range *const own = range_of(c, p);
    double cut[2];
    if (own != NULL && bars_range_cut(cut, c, own))
        svg_rect(out, bars_at(c, cut[0]), y, bars_at(c, cut[1]) - bars_at(c, cut[0]), height, "band");
    for (size_t i = 0; own == NULL && i < c->n_ranges; i++)
        if (is_marked(cut, c, c->range + i))
            svg_line(out, bars_at(c, cut[0]), y, bars_at(c, cut[0]), y + height, "line weak");
}

/* A rectangle behind what is drawn, from y to y in words of gnuplot. */
static void
shade_gp(FILE *out, size_t k, const double cut[2], const char *from, const char *to)
{
    fprintf(out, "set object %zu rectangle from %.6g,%s to %.6g,%s behind fillcolor rgb '#e8eef4' fillstyle solid noborder\n", k,
            cut[0], from, cut[1], to);
}

void
bars_ranges_gp(FILE *out, const bars_chart *c)
{
    if (c->n_ranges < 2)
        return;
    fprintf(out, "set title 'ranges' offset 0,-0.8\nset yrange [0:%zu]\nunset ytics\n", c->n_ranges);
    for (size_t i = 0; i < c->n_ranges; i++) {
        const bars_range *const r = c->range + i;
        const double y = (double)(c->n_ranges - i);
        double cut[2];
        char from[24], to[24];
        snprintf(from, sizeof from, "%.1f", y - 0.9);
        snprintf(to, sizeof to, "%.1f", y - 0.1);
        const bool there = bars_range_cut(cut, c, r), before = r->high <= c->place[0];
        if (there)
            shade_gp(out, i + 1, cut, from, to);
        fprintf(out, "set label %zu '%s", i + 1, !there && before ? "<- " : "");
        escape_gnuplot(out, r->text);
        fprintf(out, "%s' at %.6g,%.1f %s font ',8'\n", !there && !before ? " ->" : "", (cut[0] + cut[1]) / 2, y - 0.5,
                there ? "center" : before ? "left" : "right");
    }
    if (c->more > 0)
        fprintf(out, "set xlabel 'and %zu more'\n", c->more);
    fputs("plot -1 notitle\nunset xlabel\nunset label\nunset object\nset ytics\n", out);
}

void
bars_panel_range_gp(FILE *out, const bars_chart *c, const bars_panel *p)
{
    const bars_range *const own = range_of(c, p);
    double cut[2];
    if (c->n_ranges > 0)
        fputs("unset object\nunset arrow\n", out);
    if (own != NULL && bars_range_cut(cut, c, own))
        shade_gp(out, 1, cut, "graph 0", "graph 1");
    for (size_t i = 0; own == NULL && i < c->n_ranges; i++)
        if (is_marked(cut, c, c->range + i))
            fprintf(out, "set arrow from %.6g,graph 0 to %.6g,graph 1 nohead linecolor rgb '#5c5c5c'\n", cut[0], cut[0]);
}
