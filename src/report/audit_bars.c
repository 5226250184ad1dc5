/* SPDX-License-Identifier: Apache-2.0 */
/* audit_bars.c -- see audit_bars.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "report/audit_bars.h"

enum { MOST_BARS = 96 };

void
audit_bars_free(bars_chart *c)
{
    for (size_t k = 0; c != NULL && k < CHART_MOST; k++)
        free(c->panel[k].count);
    free(c);
}

/* A panel with room for the chart's bins; NULL: out of memory. */
static bars_panel *
bars_add(bars_chart *c, const char *label)
{
    bars_panel *p = c->panel + c->n;
    p->count = calloc(c->bins + 1, sizeof *p->count);
    if (p->count == NULL)
        return NULL;
    snprintf(p->label, sizeof p->label, "%s", label);
    c->n++;
    return p;
}

static void
bars_tick_at(bars_chart *c, double at, const char *text)
{
    if (at < 0 || at > (double)c->bins || c->n_ticks == sizeof c->tick / sizeof *c->tick)
        return;
    c->tick[c->n_ticks].at = at;
    snprintf(c->tick[c->n_ticks++].text, sizeof c->tick->text, "%s", text);
}

/* The histograms of the decades, those that are shown: the exact gradient's, the naive and the stable estimator's, and the exact
   gradient's of the stable one's function. */
typedef struct {
    const ga_histogram *h[4];
    char label[4][128];
    size_t n;
} shown;

static void
show(shown *s, const ga_histogram *h, const char *what, const char *name)
{
    s->h[s->n] = h;
    snprintf(s->label[s->n++], sizeof *s->label, "%s%s", what, name);
}

static shown
shown_histograms(const audit_view *v)
{
    const part *p = v->p;
    shown s = { .n = 0 };
    show(&s, &p->function[0].decades, "exact gradient", "");
    show(&s, &p->estimator[p->shape.naive].decades, "", v->label[p->shape.naive]);
    if (p->shape.stable < p->shape.n_estimators) {
        const size_t f = audit_view_function_of(v, p->shape.stable);
        show(&s, &p->estimator[p->shape.stable].decades, "", v->label[p->shape.stable]);
        if (f < p->shape.n_functions && f > 0)
            show(&s, &p->function[f].decades, "", v->function[f]);
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
    c->bins = (size_t)fmax(1, ceil((high - c->first) / c->step));
}

static void
decade_axis(bars_chart *c, bool is_float)
{
    const double end = c->first + c->step * (double)c->bins;
    const double step = fmax(1, ceil(nice_step(end - c->first, fabs(c->first) < 1e7 ? 7 : 3)));
    const double least = is_float ? -45.15 : -323.6, greatest = is_float ? 38.5 : 308.3;
    for (int k = 0; k < 16; k++) {
        const double decade = (ceil(c->first / step) + k) * step;
        char text[24];
        if (decade > end)
            break;
        snprintf(text, sizeof text, step < 1e6 ? "1e%.0f" : "10^%.3g", decade);
        bars_tick_at(c, (decade - c->first) / c->step, text);
    }
    c->band[0] = fmin(fmax((least - c->first) / c->step, 0), (double)c->bins);
    c->band[1] = fmin(fmax((greatest - c->first) / c->step, 0), (double)c->bins);
    snprintf(c->band_text, sizeof c->band_text, "%s\u2019s range", is_float ? "float" : "double");
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
    c->edges = decade_edges;
    decade_bins(c, &s);
    decade_axis(c, strcmp(amount_string(audit_view_estimator(v, v->p->shape.naive), "format"), "double") != 0);
    for (size_t k = 0; k < s.n; k++) {
        bars_panel *p = bars_add(c, s.label[k]);
        if (p == NULL) {
            audit_bars_free(c);
            return NULL;
        }
        p->apart = s.h[k]->zero;
        p->whole = s.h[k]->elements;
        for (size_t i = 0; i < s.h[k]->n; i++) {
            const double bin = ((double)s.h[k]->decade[i] - c->first) / c->step;
            p->count[bin > 0 ? bin < (double)c->bins ? (size_t)bin : c->bins - 1 : 0] += s.h[k]->count[i];
        }
        snprintf(p->note, sizeof p->note, "zeros %.12s", amount_percent(p->apart, p->whole).s);
    }
    return c;
}

static void
ratio_edges(double *low, double *high, size_t bin, const void *chart)
{
    const bars_chart *c = chart;
    compare_log_edges(low, high, COMPARE_LOG_MIDDLE - (c->bins - 1) / 2 + bin);
}

/* The ratios' bins from the first to the last that is used, mirrored. */
bars_chart *
audit_ratios(const audit_view *v)
{
    const part *p = v->p;
    size_t reach = 3;
    bars_chart *c = calloc(1, sizeof *c);
    for (size_t e = 0; e < p->shape.n_estimators; e++)
        for (size_t k = 1; k <= COMPARE_LOG_EDGES; k++)
            if (p->estimator[e].ratio[COMPARE_LOG_MIDDLE - k] + p->estimator[e].ratio[COMPARE_LOG_MIDDLE + k] > 0 && k > reach)
                reach = k;
    if (c == NULL)
        return NULL;
    c->title = "Computed over true magnitude";
    c->axis = "log10 |computed / true|, finer towards 0";
    c->apart = "zero";
    c->bins = 2 * reach + 1;
    c->edges = ratio_edges;
    static const double ticks[] = { 1e-9, 1e-3, 1, 5, 10, 20, 30, 40 };
    static const char *const names[] = { "1e-9", ".001", "1", "5", "10", "20", "30", "40" };
    bars_tick_at(c, (double)reach + 0.5, "0");
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        const double edges = (double)(compare_log_bin(ticks[i]) - COMPARE_LOG_MIDDLE);
        char text[24];
        if ((ticks[i] < 1 && reach > 16) || (ticks[i] == 5 && reach > 24))
            continue;
        bars_tick_at(c, (double)reach + edges, names[i]);
        snprintf(text, sizeof text, "-%s", names[i]);
        bars_tick_at(c, (double)reach + 1 - edges, text);
    }
    for (size_t e = 0; e < p->shape.n_estimators; e++) {
        bars_panel *to = bars_add(c, v->label[e]);
        if (to == NULL) {
            audit_bars_free(c);
            return NULL;
        }
        const uint64_t *ratio = p->estimator[e].ratio;
        to->apart = ratio[COMPARE_LOG_ZERO];
        for (size_t k = 0; k < COMPARE_LOG_NONE; k++)
            to->whole += ratio[k];
        memcpy(to->count, ratio + COMPARE_LOG_MIDDLE - reach, c->bins * sizeof *to->count);
        snprintf(to->note, sizeof to->note, "computed as 0: %.12s", amount_percent(to->apart, to->whole).s);
    }
    return c;
}

/* |error|, in ulp. */
static void
ulp_edges(double *low, double *high, size_t bin, const void *chart)
{
    (void)chart;
    *low = bin == 0 ? 0 : exp2((double)bin - 2);
    *high = bin + 1 == GA_ULP_BINS ? INFINITY : exp2((double)bin - 1);
}

bars_chart *
audit_ulps(const audit_view *v)
{
    const part *p = v->p;
    bars_chart *c = calloc(1, sizeof *c);
    size_t last = 8;
    for (size_t e = 0; e < p->shape.n_estimators; e++)
        for (size_t k = last + 1; k < GA_ULP_BINS; k++)
            last = p->estimator[e].tally.ulp[k] > 0 ? k : last;
    if (c == NULL)
        return NULL;
    c->title = "Errors in ulp";
    c->axis = "error in units of the last place; leftmost: within 1/2";
    c->bins = last + 1;
    c->edges = ulp_edges;
    for (size_t k = 1; k <= last; k += last > 24 ? 8 : 4) {
        char text[24];
        snprintf(text, sizeof text, k == 1 ? "1/2" : "2^%zu", k - 2);
        bars_tick_at(c, (double)k, text);
    }
    for (size_t e = 0; e < p->shape.n_estimators; e++) {
        const ga_tally *tally = &p->estimator[e].tally;
        bars_panel *to = bars_add(c, v->label[e]);
        if (to == NULL) {
            audit_bars_free(c);
            return NULL;
        }
        memcpy(to->count, tally->ulp, c->bins * sizeof *to->count);
        for (size_t k = 0; k < c->bins; k++)
            to->whole += tally->ulp[k];
        snprintf(to->note, sizeof to->note, "within 1/2: %.12s", amount_percent(tally->ulp[0], to->whole).s);
    }
    return c;
}
