/* SPDX-License-Identifier: Apache-2.0 */
/* audit_figures.c -- an audit's figures, from its report; see audit_page.h and chart.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "report/audit_bars.h"

static stack_chart *
cells_chart(const audit_view *v)
{
    stack_chart *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->title = "What became of the elements";
    c->n = v->p->shape.n_estimators;
    for (size_t e = 0; e < c->n; e++) {
        memcpy(c->row[e].label, v->label[e], sizeof c->row[e].label);
        memcpy(c->row[e].count, v->p->estimator[e].tally.cell, sizeof c->row[e].count);
    }
    return c;
}

static void
attack_row(interval_chart *c, const char *label, char shape, const json_t *attack)
{
    interval_row *row = c->row + c->n++;
    const uint64_t fooled = amount_integer(attack, "fooled"), correct = amount_integer(attack, "correct_before");
    snprintf(row->label, sizeof row->label, "%s", label);
    row->shape = shape;
    row->value = amount_number(attack, "success_percent");
    row->low = amount_number(attack, "success_low_percent");
    row->high = amount_number(attack, "success_high_percent");
    if (isnan(row->low) || isnan(row->high))
        row->low = row->high = row->value;
    snprintf(row->note, sizeof row->note, "%.30s of %.30s, %.12s", amount_count(fooled).s, amount_count(correct).s,
             amount_percent(fooled, correct).s);
}

static void
control_row(interval_chart *c, const audit_view *v, const char *name, const char *label)
{
    const audit_control control = audit_view_control(v, name);
    const double whole = control.correct > 0 ? (double)control.correct : NAN;
    if (control.seeds == 0)
        return;
    interval_row *row = c->row + c->n++;
    snprintf(row->label, sizeof row->label, "%s", label);
    snprintf(row->note, sizeof row->note, "%.16s of %.20s on average, %.30s", amount_mean(control.mean, control.correct).s,
             amount_count(control.correct).s, amount_nouns(control.seeds, "seed").s);
    row->shape = '=';
    row->value = 100 * control.mean / whole;
    row->low = 100 * (double)control.least / whole;
    row->high = 100 * (double)control.greatest / whole;
}

static interval_chart *
attacks_chart(const audit_view *v)
{
    interval_chart *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->title = "Attacks";
    c->axis = "fooled, % of the images classified correctly before";
    for (size_t f = 0; f < v->p->shape.n_functions; f++)
        attack_row(c, v->function[f], 'd', json_object_get(audit_view_function(v, f), "attack"));
    for (size_t e = 0; e < v->p->shape.n_estimators; e++)
        attack_row(c, v->label[e], 'o', json_object_get(audit_view_estimator(v, e), "attack"));
    control_row(c, v, "random_signs", "random signs");
    control_row(c, v, "zeros_filled", "naive, zeros filled at random");
    return c;
}

/* Bins are 1, 2, 5, 10, … decades wide. */
static void
magnitudes_caption(char *text, size_t size, const audit_view *v, const bars_chart *c)
{
    const bool both = v->p->shape.stable < v->p->shape.n_estimators;
    char bins[64] = "by decade";
    if (c->step > 1)
        snprintf(bins, sizeof bins, "in bins of %.4g decades", c->step);
    const int n = snprintf(text, size, "Magnitudes %s; the box at the left fills with the share of zeros. Each panel is as high as "
                                       "its tallest bar.%s", bins,
                           c->n_ranges < 2 ? "" : " The bars at the top are the ranges of formats, from half the least number to "
                                                  "the largest; a panel\u2019s own is shaded.");
    if (v->p->shape.n_estimators > (both ? 2 : 1))
        snprintf(text + n, size - (size_t)n, " Of the estimators only %s%s%s %s a panel.", v->label[v->p->shape.naive],
                 both ? " and " : "", both ? v->label[v->p->shape.stable] : "", both ? "have" : "has");
}

/* With the share of zeros that are correctly rounded: their error is at most 1/2. */
static void
ulps_caption(char *text, size_t size, const audit_view *v)
{
    const part_estimator *e = v->p->estimator + v->p->shape.naive;
    const uint64_t zeros = e->tally.cell[GA_CELL_BELOW_RANGE];
    const int n = snprintf(text, size, "How far off, in units in the last place (ulp) of the format that the estimator\u2019s "
                                       "elements are stored in last.%s", audit_view_one_ulp(v) ? "" : " " AUDIT_ULPS_DIFFER);
    if (zeros > 0)
        snprintf(text + n, size - (size_t)n, " Zeros that are correctly rounded (below-range) are within 1/2: %.12s of the "
                                             "elements of %.90s.", amount_percent(zeros, e->tally.elements).s,
                 v->label[v->p->shape.naive]);
}

ga_code
audit_figures_make(audit_figures *f, const audit_view *v, ga_status *st)
{
    stack_chart *cells = cells_chart(v);
    bars_chart *magnitudes = audit_magnitudes(v), *ratios = audit_ratios(v), *ulps = audit_ulps(v);
    interval_chart *attacks = attacks_chart(v);
    *f = (audit_figures){
        .data = { cells, magnitudes, attacks, ratios, ulps },
        .title = { "What became of the elements", "Magnitudes", "Attacks", "Relative errors", "Errors in ulp" },
        .caption = { "What became of the elements of each gradient, against the exact gradient of its own function. Here and in "
                     "the figures of errors, percentages are of all elements of a gradient.",
                     f->words[1],
                     "Success of FGSM: discs are estimators, diamonds exact gradients, with 95 % intervals; squares are the "
                     "controls, the mean and range of their seeds.",
                     "How far off the computed magnitudes are, signs left aside: at \u22121e-6 one is too small by a millionth, at "
                     "\u00d710 ten times too large, at \u00f710 ten times too small. The bin in the middle is of errors below "
                     "2e-12; the box at the left fills with the share of what was computed as 0.",
                     f->words[4] },
    };
    if (cells == NULL || magnitudes == NULL || ratios == NULL || ulps == NULL || attacks == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the figures");
    magnitudes_caption(f->words[1], sizeof f->words[1], v, magnitudes);
    ulps_caption(f->words[4], sizeof f->words[4], v);
    const int n = (int)v->p->shape.n_estimators, rows = (int)attacks->n;
    const int panels = (int)magnitudes->n + (magnitudes->n_ranges > 1); /* ranges are one more */
    const figure made[AUDIT_FIGURES] = {
        { "cells", 900, 160 + 34 * n, stack_tsv, stack_gp, cells, stack_svg },
        { "magnitudes", 900, 60 + 170 * panels, bars_tsv, bars_gp, magnitudes, bars_svg },
        { "attacks", 900, 160 + 26 * rows, interval_tsv, interval_gp, attacks, interval_svg },
        { "ratios", 900, 60 + 150 * n, bars_tsv, bars_gp, ratios, bars_svg },
        { "ulps", 900, 60 + 150 * n, bars_tsv, bars_gp, ulps, bars_svg },
    };
    memcpy(f->figure, made, sizeof made);
    return GA_OK;
}

void
audit_figures_free(audit_figures *f)
{
    free(f->data[0]);
    bars_free(f->data[1]);
    free(f->data[2]);
    bars_free(f->data[3]);
    bars_free(f->data[4]);
    *f = (audit_figures){ .caption = { NULL } };
}
