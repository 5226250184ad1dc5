/* SPDX-License-Identifier: Apache-2.0 */
/* audit_bars.c -- see audit_bars.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/recipe.h"
#include "report/amount.h"
#include "report/audit_bars.h"

enum { MOST_BARS = 96 };

/* The histograms of decades that are shown: those of the exact gradient, the naive and the stable estimator, and the exact gradient
   of the stable one's function. */
typedef struct {
    const ga_histogram *h[4];
    char label[4][128];
    size_t estimator[4]; /* whose they are; GA_AUDIT_MOST_ESTIMATORS: of the exact gradient */
    size_t n;
} shown;

static void
show(shown *s, const ga_histogram *h, size_t estimator, const char *name)
{
    s->h[s->n] = h;
    s->estimator[s->n] = estimator;
    snprintf(s->label[s->n++], sizeof *s->label, "%s", name);
}

static shown
shown_histograms(const audit_view *v)
{
    const part *p = v->p;
    shown s = { .n = 0 };
    show(&s, &p->function[0].decades, GA_AUDIT_MOST_ESTIMATORS, "exact gradient");
    show(&s, &p->estimator[p->shape.naive].decades, p->shape.naive, v->label[p->shape.naive]);
    if (p->shape.stable < p->shape.n_estimators) {
        const size_t f = audit_view_function_of(v, p->shape.stable);
        show(&s, &p->estimator[p->shape.stable].decades, p->shape.stable, v->label[p->shape.stable]);
        if (f < p->shape.n_functions && f > 0)
            show(&s, &p->function[f].decades, GA_AUDIT_MOST_ESTIMATORS, v->function[f]);
    }
    return s;
}

/* The decades that all of them span, in bins of 1, 2, 5, 10, … decades. False: there are none. */
static void
decade_bins(bars_chart *c, const shown *s)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t k = 0; k < s->n; k++)
        if (s->h[k]->n > 0) {
            low = fmin(low, (double)s->h[k]->decade[0]);
            high = fmax(high, (double)s->h[k]->decade[s->h[k]->n - 1] + 1);
        }
    if (low > high)
        low = high = 0;
    c->step = fmax(fmax(1, ceil(fabs(low) * 0x1p-51)), ceil(nice_step(high - low, MOST_BARS))); /* edges are doubles */
    c->first = floor(low / c->step) * c->step;
    c->bins = (size_t)fmin(fmax(1, ceil((high - c->first) / c->step)), CHART_BINS);
    bars_even(c);
}

static void
decade_axis(bars_chart *c)
{
    const double end = c->first + c->step * (double)c->bins;
    const double step = fmax(1, ceil(nice_step(end - c->first, fabs(c->first) < 1e7 ? 7 : 3)));
    for (int k = 0; k < 16; k++) {
        const double decade = (ceil(c->first / step) + k) * step;
        char text[24];
        if (decade > end)
            break;
        snprintf(text, sizeof text, step < 1e6 ? "1e%.0f" : "10^%.3g", decade);
        bars_tick_at(c, (decade - c->first) / c->step, text);
    }
}

/* Which of the chart's ranges is that of a format; n_ranges: none yet. */
static size_t
find_range(const bars_chart *c, const char *name)
{
    size_t i = 0;
    while (i < c->n_ranges && strcmp(c->range[i].text, name) != 0)
        i++;
    return i;
}

/* Its name without a file of scales, which no range depends on; of a recipe also the format whose range it is. */
static void
range_name(char *name, size_t size, ga_format format)
{
    char own[FORMAT_NAME], last[FORMAT_NAME];
    if (format.recipe.rule == GA_SCALE_FILE)
        format.recipe.rule = GA_SCALE_BATCH;
    format_name(own, sizeof own, format);
    format_name(last, sizeof last, recipe_last(&(int){ 0 }, format));
    if (recipe_is(format))
        snprintf(name, size, "%.60s: %.20s", own, last);
    else
        snprintf(name, size, "%.90s", own);
}

/* The range of a format, once. */
static void
add_range(bars_chart *c, ga_format format)
{
    double band[2];
    char name[CHART_LABEL];
    range_name(name, sizeof name, format);
    const size_t i = find_range(c, name);
    if (i < c->n_ranges)
        return;
    if (i == CHART_RANGES) {
        c->more++;
        return;
    }
    format_band(band, format);
    c->range[i] = (bars_range){ .low = (band[0] - c->first) / c->step, .high = (band[1] - c->first) / c->step };
    memcpy(c->range[i].text, name, sizeof name);
    c->n_ranges++;
}

static void
decade_edges(double *low, double *high, size_t bin, const void *chart)
{
    const bars_chart *c = chart;
    *low = c->first + c->step * (double)bin;
    *high = *low + c->step;
}

bars_chart *
audit_magnitudes(const audit_view *v)
{
    const shown s = shown_histograms(v);
    bars_chart *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->title = "Magnitudes of the elements";
    c->axis = "magnitude of the element";
    c->apart = "zero";
    c->nowhere = "infinite, NaN or undecided";
    c->edges = decade_edges;
    decade_bins(c, &s);
    decade_axis(c);
    add_range(c, audit_view_format(v, v->p->shape.naive));
    for (size_t e = 0; e < v->p->shape.n_estimators; e++)
        add_range(c, audit_view_format(v, e));
    for (size_t k = 0; k < s.n; k++) {
        bars_panel *p = bars_add(c, s.label[k]);
        if (p == NULL) {
            bars_free(c);
            return NULL;
        }
        if (s.estimator[k] < GA_AUDIT_MOST_ESTIMATORS) {
            char name[CHART_LABEL];
            range_name(name, sizeof name, audit_view_format(v, s.estimator[k]));
            p->range = find_range(c, name);
        }
        p->apart = s.h[k]->zero;
        p->whole = s.h[k]->elements;
        for (size_t i = 0; i < s.h[k]->n; i++) {
            const double bin = ((double)s.h[k]->decade[i] - c->first) / c->step;
            p->count[bin > 0 ? bin < (double)c->bins ? (size_t)bin : c->bins - 1 : 0] += s.h[k]->count[i];
        }
        p->nowhere = s.h[k]->infinite + s.h[k]->nan + s.h[k]->undecided.n;
        bars_note(p, "zeros", p->apart, "not finite or undecided");
    }
    return c;
}
