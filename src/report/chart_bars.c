/* SPDX-License-Identifier: Apache-2.0 */
/* chart_bars.c -- panels of bars above one axis; see chart.h */
#include <inttypes.h>
#include <math.h>

#include "io/escape.h"
#include "report/amount.h"
#include "report/chart.h"
#include "report/svg.h"

enum { LABEL = 13, PANEL = 38, GAP = 10, AXIS = 34, APART = 26, SPACE = 4 };

/* The ticks whose texts have room, each moved to lie within the axis: text[i] is the position of its middle, NaN if it has no
   room. */
static void
place_ticks(double text[], const bars_chart *c)
{
    for (size_t i = 0; i < c->n_ticks; i++) {
        const double half = svg_width(c->tick[i].text) / 2;
        text[i] = fmin(fmax(bars_at(c, c->tick[i].at), bars_left(c) + half), SVG_WIDTH - half);
        for (size_t k = 0; k < i; k++)
            if (fabs(text[k] - text[i]) < half + svg_width(c->tick[k].text) / 2 + SPACE)
                text[i] = NAN;
    }
}

static uint64_t
tallest(const bars_chart *c, const bars_panel *p)
{
    uint64_t most = 0;
    for (size_t b = 0; b < c->bins; b++)
        most = p->count[b] > most ? p->count[b] : most;
    return most;
}

double
bars_height(const bars_chart *c)
{
    return bars_ranges_height(c) + (double)c->n * (LABEL + PANEL + GAP) + AXIS;
}

/* Why a panel has no bar. */
static void
draw_nowhere(FILE *out, const bars_chart *c, const bars_panel *p, double y)
{
    char text[2 * AMOUNT];
    snprintf(text, sizeof text, "%s %s %s", amount_nouns(p->nowhere, "element").s, p->nowhere == 1 ? "is" : "are", c->nowhere);
    svg_text(out, (bars_left(c) + SVG_WIDTH) / 2, y, "mid soft", text);
}

static void
draw_panel(FILE *out, const bars_chart *c, const bars_panel *p, double y, const double text[])
{
    const double base = y + LABEL + PANEL, most = (double)tallest(c, p);
    svg_label(out, 0, y + LABEL - 4, "strong", p->label, 36);
    svg_text(out, SVG_WIDTH, y + LABEL - 4, "end soft", p->note);
    if (c->apart != NULL) {
        const double height = p->whole > 0 ? PANEL * (double)p->apart / (double)p->whole : 0;
        svg_rect(out, 0, y + LABEL, APART, PANEL, "frame");
        if (p->apart > 0)
            svg_rect(out, 0, base - height, APART, height, "zbar");
    }
    bars_panel_range_svg(out, c, p, y + LABEL, PANEL);
    for (size_t i = 0; i < c->n_ticks && (most > 0 || p->nowhere == 0); i++)
        if (!isnan(text[i]))
            svg_line(out, bars_at(c, c->tick[i].at), y + LABEL, bars_at(c, c->tick[i].at), base, "grid");
    for (size_t b = 0; b < c->bins; b++)
        if (p->count[b] > 0) {
            const double height = PANEL * (double)p->count[b] / most;
            const double x = bars_at(c, c->place[b]), width = bars_at(c, c->place[b + 1]) - x;
            svg_rect(out, x, base - (height < .7 ? .7 : height), width > 4 ? width - .6 : width, height < .7 ? .7 : height, "bar");
        }
    if (most == 0 && p->nowhere > 0)
        draw_nowhere(out, c, p, y + LABEL + PANEL / 2.0 + 4);
    svg_line(out, bars_left(c), base, SVG_WIDTH, base, "line weak");
}

void
bars_svg(FILE *out, const void *data, bool alone)
{
    const bars_chart *c = data;
    const double bottom = bars_height(c) - AXIS;
    double text[sizeof c->tick / sizeof *c->tick];
    place_ticks(text, c);
    svg_open(out, bars_height(c), c->title, alone);
    bars_ranges_svg(out, c);
    for (size_t k = 0; k < c->n; k++)
        draw_panel(out, c, c->panel + k, bars_ranges_height(c) + (double)k * (LABEL + PANEL + GAP), text);
    for (size_t i = 0; i < c->n_ticks; i++)
        if (!isnan(text[i]))
            svg_text(out, text[i], bottom + 11, "mid", c->tick[i].text);
    if (c->apart != NULL)
        svg_text(out, APART, bottom + 11, "end", c->apart);
    svg_text(out, (bars_left(c) + SVG_WIDTH) / 2, bottom + 27, "mid soft", c->axis);
    svg_close(out);
}

/* One line for each non-empty bin, and for what is apart, whose edges are dashes; left and right are where a bin is drawn along the
   axis. */
void
bars_tsv(FILE *out, const void *data)
{
    const bars_chart *c = data;
    fputs("#panel\tname\tbin\tlow\thigh\telements\tpercent\tleft\tright\n", out);
    for (size_t k = 0; k < c->n; k++) {
        const bars_panel *p = c->panel + k;
        const double whole = p->whole > 0 ? (double)p->whole : 1;
        fprintf(out, "%zu\t", k);
        escape_tsv(out, p->label);
        fprintf(out, "\t-1\t-\t-\t%" PRIu64 "\t%.9g\t0\t0\n", p->apart, 100 * (double)p->apart / whole);
        for (size_t b = 0; b < c->bins; b++)
            if (p->count[b] > 0) {
                double low, high;
                c->edges(&low, &high, b, c);
                fprintf(out, "%zu\t", k);
                escape_tsv(out, p->label);
                fprintf(out, "\t%zu\t%.15g\t%.15g\t%" PRIu64 "\t%.9g\t%.9g\t%.9g\n", b, low, high, p->count[b],
                        100 * (double)p->count[b] / whole, c->place[b], c->place[b + 1]);
            }
    }
}

/* The panel's own axis has two ticks: 0 and its tallest bar. What is apart is drawn against a second one, from 0 to 100. */
static void
panel_gp(FILE *out, const bars_chart *c, size_t k, double apart)
{
    const bars_panel *p = c->panel + k;
    const double percent = p->whole > 0 ? 100 * (double)tallest(c, p) / (double)p->whole : 0, top = percent > 0 ? percent : 1;
    fputs("set title '", out);
    escape_gnuplot(out, p->label);
    fprintf(out, " (%s)' offset 0,-0.8\nset yrange [0:%.9g]\nset ytics ('0' 0", p->note, 1.05 * top);
    if (percent > 0)
        fprintf(out, ", '%.3g %%%%' %.9g", top, top);
    fputs(")\n", out);
    bars_panel_range_gp(out, c, p);
    if (k + 1 == c->n)
        fprintf(out, "set xlabel '%s'\n", c->axis);
    /* other panels' rows lie far outside: gnuplot fails if no point is defined */
    fprintf(out, "plot table using ($1==%zu && $3>=0 ? ($8+$9)/2 : -1e9):7:(0.95*($9-$8)) with boxes linecolor '#0072b2', \\\n"
                 "    table using ($1==%zu && $3<0 ? %.6g : -1e9):7:(%.6g) axes x1y2 with boxes linecolor '#d55e00'\n",
            k, k, c->apart != NULL ? apart : -1e9, -0.8 * apart);
}

void
bars_gp(FILE *out, const void *data)
{
    const bars_chart *c = data;
    const double end = c->place[c->bins], apart = -end / 14;
    double text[sizeof c->tick / sizeof *c->tick];
    place_ticks(text, c);
    fprintf(out, "set datafile separator tab\nset termoption noenhanced\nset multiplot layout %zu,1 title '%s'\nunset key\n"
                 "set xrange [%.6g:%.6g]\nset y2range [0:105]\nset lmargin 10\nset rmargin 4\nset xtics (",
            (c->n > 0 ? c->n : 1) + (c->n_ranges > 1 ? 1 : 0), c->title, c->apart != NULL ? 1.6 * apart : 0, end);
    fprintf(out, "'%s' %.6g", c->apart != NULL ? c->apart : "", c->apart != NULL ? apart : -1e9);
    for (size_t i = 0; i < c->n_ticks; i++)
        if (!isnan(text[i]))
            fprintf(out, ", '%s' %.6g", c->tick[i].text, c->tick[i].at);
    fputs(")\n", out);
    bars_ranges_gp(out, c);
    for (size_t k = 0; k < c->n; k++)
        panel_gp(out, c, k, apart);
    fputs("unset multiplot\n", out);
}
