/* SPDX-License-Identifier: Apache-2.0 */
/* chart.h -- three kinds of figures, each as a drawing of our own, a table, and a gnuplot script that reads the table. Labels may
   be hostile text. */
#ifndef GRADAUDIT_REPORT_CHART_H
#define GRADAUDIT_REPORT_CHART_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/finding.h"

enum { CHART_MOST = 160, CHART_LABEL = 96, CHART_BINS = 128, CHART_RANGES = 12 };

/* One bar for each row, in parts that sum to its whole: the cells of its elements. */
typedef struct {
    char label[CHART_LABEL];
    uint64_t count[GA_CELLS];
} stack_row;
typedef struct {
    const char *title;
    size_t n;
    stack_row row[CHART_MOST];
} stack_chart;
double stack_height(const stack_chart *c);
void stack_svg(FILE *out, const void *data, bool alone);
void stack_tsv(FILE *out, const void *data);
void stack_gp(FILE *out, const void *data);

/* A panel for each series above one axis of bins; zeros are a separate bar at the left, from 0 to 100 %. Bins' heights are relative
   to the panel's tallest. Values without a place are in words: in the note, or if there is no bar, in the panel. Ranges along the
   axis are named and shaded behind the panels; several are bars above them, and a panel has its own, or marks where all begin. */
typedef struct {
    char label[CHART_LABEL], note[CHART_LABEL]; /* note: at the right above the panel; ours, without quotes */
    size_t range;                               /* of the chart's; CHART_RANGES: it has none of its own */
    uint64_t apart, nowhere, whole;
    uint64_t *count;                            /* bins */
} bars_panel;
typedef struct {
    double at; /* as place */
    char text[24]; /* ours, without quotes */
} bars_tick;
typedef struct {
    double low, high; /* as place, perhaps beyond the axis */
    char text[CHART_LABEL];
} bars_range;
typedef struct {
    const char *title, *axis, *apart; /* what is along the axis; what is apart, NULL: nothing */
    const char *nowhere;              /* "infinite or NaN": what has no place */
    size_t bins, n, n_ticks;
    double place[CHART_BINS + 1];     /* along the axis, of the bins' edges: ascending, from 0 */
    double first, step;               /* of decades: the first edge, and the width of all bins */
    void (*edges)(double *low, double *high, size_t bin, const void *chart); /* of a bin, for the table */
    size_t n_ranges, more; /* more: how many there was no room for */
    bars_range range[CHART_RANGES];
    bars_tick tick[32];               /* the most important first: one without room beside those before it is left out */
    bars_panel panel[CHART_MOST];
} bars_chart;

/* A panel with room for the chart's bins, which the chart owns; NULL: out of memory. */
bars_panel *bars_add(bars_chart *c, const char *label);

/* Sets a panel's note, once its counts are set: "zeros 12.5 %" for n of all elements, and if some but not all have no place
   ", not finite 3.0 %". */
void bars_note(bars_panel *p, const char *what, uint64_t n, const char *nowhere);

/* Bins of equal width. */
void bars_even(bars_chart *c);

/* A tick, unless it is beyond the axis, whose places are set. */
void bars_tick_at(bars_chart *c, double at, const char *text);
void bars_free(bars_chart *c); /* may be NULL */

/* Where the axis begins in a drawing, and where a place is. */
double bars_left(const bars_chart *c);
double bars_at(const bars_chart *c, double place);

/* chart_ranges.c: a range, cut to the axis; false: none of it is there. The height of what is above the panels, drawn at 0; what is
   behind a panel; and both in gnuplot: `rows` is how many panels' heights they take. */
bool bars_range_cut(double cut[2], const bars_chart *c, const bars_range *r);
double bars_ranges_height(const bars_chart *c);
void bars_ranges_svg(FILE *out, const bars_chart *c);
void bars_panel_range_svg(FILE *out, const bars_chart *c, const bars_panel *p, double y, double height);
void bars_ranges_gp(FILE *out, const bars_chart *c);
void bars_panel_range_gp(FILE *out, const bars_chart *c, const bars_panel *p);

double bars_height(const bars_chart *c);
void bars_svg(FILE *out, const void *data, bool alone);
void bars_tsv(FILE *out, const void *data);
void bars_gp(FILE *out, const void *data);

/* A line from low to high with a mark at value, in per cent, for each row. */
typedef struct {
    char label[CHART_LABEL], note[CHART_LABEL];
    char shape; /* 'o' estimators, 'd' exact gradients, '=' controls */
    double value, low, high;
} interval_row;
typedef struct {
    const char *title, *axis;
    size_t n;
    interval_row row[CHART_MOST];
} interval_chart;
double interval_height(const interval_chart *c);
void interval_svg(FILE *out, const void *data, bool alone);
void interval_tsv(FILE *out, const void *data);
void interval_gp(FILE *out, const void *data);

#endif
