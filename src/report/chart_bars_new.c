/* SPDX-License-Identifier: Apache-2.0 */
/* chart_bars_new.c -- how a chart of bars is made; see chart.h */
#include <stdio.h>
#include <stdlib.h>

#include "report/amount.h"
#include "report/chart.h"
#include "report/svg.h"

void
bars_free(bars_chart *c)
{
    for (size_t k = 0; c != NULL && k < CHART_MOST; k++)
        free(c->panel[k].count);
    free(c);
}

bars_panel *
bars_add(bars_chart *c, const char *label)
{
    bars_panel *p = c->panel + c->n;
    p->count = calloc(c->bins + 1, sizeof *p->count);
    if (p->count == NULL)
        return NULL;
    snprintf(p->label, sizeof p->label, "%s", label);
    p->range = CHART_RANGES;
    c->n++;
    return p;
}

void
bars_note(bars_panel *p, const char *what, uint64_t n, const char *nowhere)
{
    const size_t used = (size_t)snprintf(p->note, sizeof p->note, "%.30s %.12s", what, amount_percent(n, p->whole).s);
    if (p->nowhere > 0 && p->nowhere < p->whole)
        snprintf(p->note + used, sizeof p->note - used, ", %.30s %.12s", nowhere, amount_percent(p->nowhere, p->whole).s);
}

void
bars_even(bars_chart *c)
{
    for (size_t b = 0; b <= c->bins; b++)
        c->place[b] = (double)b;
}

void
bars_tick_at(bars_chart *c, double at, const char *text)
{
    if (at < 0 || at > c->place[c->bins] || c->n_ticks == sizeof c->tick / sizeof *c->tick)
        return;
    c->tick[c->n_ticks].at = at;
    snprintf(c->tick[c->n_ticks++].text, sizeof c->tick->text, "%s", text);
}

double
bars_left(const bars_chart *c)
{
    enum { APART = 36 };
    return c->apart != NULL ? APART : 0;
}

double
bars_at(const bars_chart *c, double place)
{
    const double first = c->place[0], last = c->place[c->bins];
    return bars_left(c) + (SVG_WIDTH - bars_left(c)) * (first < last ? (place - first) / (last - first) : 0);
}
