/* SPDX-License-Identifier: Apache-2.0 */
/* audit_errors.c -- an audit's errors as charts: relative, and in ulp; see audit_bars.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "report/audit_bars.h"

/* Ratios of magnitudes computed / true, as r = log10 of them. Along the axis a decade of the relative error |ratio - 1| is twice as
   wide as a factor of 10 is beyond: |r| from 1e-12 on is at 1 + log10(|r| / 1e-12), and from 1, at 13, on at 12.5 + |r|/2. What is
   below is between -1 and 1. */
static double
ratio_place(double r)
{
    const double size = fabs(r), place = size < 1e-12 ? 0 : size < 1 ? 13 + log10(size) :
                 12.5 + fmin(size, COMPARE_LOG_MOST + 2) / 2;
    return r < 0 ? -place : place;
}

static void
ratio_edges(double *low, double *high, size_t bin, const void *chart)
{
    const bars_chart *c = chart;
    compare_log_edges(low, high, COMPARE_LOG_MIDDLE - (c->bins - 1) / 2 + bin);
}

/* The ticks, the most important first: a relative error; a factor. */
static void
ratio_ticks(bars_chart *c)
{
    static const struct {
        double r;
        const char *text;
    } tick[] = { { 0, "0" }, { 1e-6, "1e-6" }, { 1, "10" }, { 20, "1e20" }, { 40, "1e40" }, { 1e-3, "1e-3" }, { 1e-9, "1e-9" },
                 { 10, "1e10" }, { 30, "1e30" }, { 5, "1e5" } };
    const double middle = c->place[c->bins] / 2;
    for (size_t i = 0; i < sizeof tick / sizeof *tick; i++)
        for (int sign = -1; sign <= (tick[i].r > 0); sign += 2) {
            char text[24];
            const bool factor = tick[i].r >= 1;
            const double r = factor ? sign * tick[i].r : log1p(sign * tick[i].r) / log(10);
            const char *const mark = factor ? (sign > 0 ? "\u00d7" : "\u00f7") : sign > 0 ? "+" : "\u2212";
            snprintf(text, sizeof text, "%s%s", tick[i].r == 0 ? "" : mark, tick[i].text);
            bars_tick_at(c, middle + ratio_place(r), text);
        }
}

/* The ratios' bins from the first to the last that is used, mirrored, at least to a factor of 10. */
bars_chart *
audit_ratios(const audit_view *v)
{
    const part *p = v->p;
    size_t reach = 5;
    bars_chart *c = calloc(1, sizeof *c);
    for (size_t e = 0; e < p->shape.n_estimators; e++)
        for (size_t k = 1; k <= COMPARE_LOG_EDGES; k++)
            if (p->estimator[e].ratio[COMPARE_LOG_MIDDLE - k] + p->estimator[e].ratio[COMPARE_LOG_MIDDLE + k] > 0 && k > reach)
                reach = k;
    if (c == NULL)
        return NULL;
    c->title = "Relative errors";
    c->axis = "computed against true magnitude, relative error or factor";
    c->apart = "zero";
    c->nowhere = "infinite, NaN, or truly 0 or undecided";
    c->bins = 2 * reach + 1;
    c->edges = ratio_edges;
    for (size_t b = 0; b <= c->bins; b++) {
        double low, high;
        ratio_edges(&low, &high, b < c->bins ? b : b - 1, c);
        c->place[b] = ratio_place(b < c->bins ? low : high);
    }
    for (size_t b = c->bins + 1; b-- > 0;)
        c->place[b] -= c->place[0];
    ratio_ticks(c);
    for (size_t e = 0; e < p->shape.n_estimators; e++) {
        bars_panel *to = bars_add(c, v->label[e]);
        if (to == NULL) {
            bars_free(c);
            return NULL;
        }
        const uint64_t *ratio = p->estimator[e].ratio;
        to->apart = ratio[COMPARE_LOG_ZERO];
        to->whole = p->estimator[e].tally.elements;
        to->nowhere = ratio[COMPARE_LOG_NONE] + ratio[COMPARE_LOG_OPEN];
        memcpy(to->count, ratio + COMPARE_LOG_MIDDLE - reach, c->bins * sizeof *to->count);
        bars_note(to, "computed as 0:", to->apart, "no ratio:");
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
    c->axis = "error in units in the last place; leftmost: within 1/2";
    c->nowhere = "infinite, NaN, or truly 0 or undecided";
    c->bins = last + 1;
    c->edges = ulp_edges;
    bars_even(c);
    for (size_t k = 1; k <= last; k += last > 24 ? 8 : 4) {
        char text[24];
        snprintf(text, sizeof text, k == 1 ? "1/2" : "2^%zu", k - 2);
        bars_tick_at(c, (double)k, text);
    }
    for (size_t e = 0; e < p->shape.n_estimators; e++) {
        const ga_tally *tally = &p->estimator[e].tally;
        bars_panel *to = bars_add(c, v->label[e]);
        if (to == NULL) {
            bars_free(c);
            return NULL;
        }
        memcpy(to->count, tally->ulp, c->bins * sizeof *to->count);
        to->whole = to->nowhere = tally->elements;
        for (size_t k = 0; k < c->bins; k++)
            to->nowhere -= tally->ulp[k];
        bars_note(to, "within 1/2:", tally->ulp[0], "no error:");
    }
    return c;
}
