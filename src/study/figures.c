/* SPDX-License-Identifier: Apache-2.0 */
/* figures.c -- a study's figures, from its report's numbers; see study.h and report/figure.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "report/magnitudes.h"
#include "study/scales.h"
#include "study/study.h"
#include "study/words.h"

enum { NETWORKS = 2, ROWS = 3, MOST_SWEEPS = 3, MOST_POINTS = 1024, MOST_QUANTITIES = 16 };

/* A figure being made. */
typedef struct {
    const json_t *report, *spec;
    const char *directory, *name, *title;
    bool *drawn;
    ga_status *st;
} drawing;

static ga_code
make(const drawing *d, int width, int height, void (*tsv)(FILE *, const void *), void (*gp)(FILE *, const void *), const void *data)
{
    const figure f = { .name = d->name, .width = width, .height = height, .tsv = tsv, .gp = gp, .data = data };
    return figures_make(d->directory, &f, 1, d->drawn, d->st);
}

static size_t *
counts(const json_t *array, size_t *n)
{
    *n = json_array_size(array);
    size_t *bins = calloc(*n + 1, sizeof *bins);
    for (size_t i = 0; bins != NULL && i < *n; i++)
        bins[i] = (size_t)json_integer_value(json_array_get(array, i));
    return bins;
}

/* Stops at decades that are not ascending, or that no number can have, as in a report that was edited by hand. */
static void
read_decades(ga_histogram *to, const json_t *h)
{
    const json_t *decade = json_object_get(h, "decades");
    size_t n;
    to->count = counts(json_object_get(h, "counts"), &n);
    to->decade = calloc(n + 1, sizeof *to->decade);
    for (; to->count != NULL && to->decade != NULL && to->n < n; to->n++) {
        to->decade[to->n] = json_integer_value(json_array_get(decade, to->n));
        if (llabs(to->decade[to->n]) > INT64_C(1) << 61 || (to->n > 0 && to->decade[to->n] <= to->decade[to->n - 1]))
            break;
    }
}

/* Columns: the networks; rows: the formats, each network's in the report's order. */
static ga_code
magnitudes(const drawing *d)
{
    char title[NETWORKS * ROWS][96];
    histogram_series series[NETWORKS * ROWS] = { { 0 } };
    size_t i, row[NETWORKS] = { 0 };
    const json_t *h, *const networks = json_object_get(d->spec, "networks");
    json_array_foreach(json_object_get(d->report, "histograms"), i, h)
        for (size_t k = 0; k < NETWORKS; k++) {
            const json_t *const network = json_array_get(networks, k);
            if (strcmp(amount_string(h, "network"), amount_string(network, "name")) != 0 || row[k] == ROWS)
                continue;
            const char *const format = amount_string(h, "format");
            const size_t place = row[k]++ * NETWORKS + k;
            snprintf(title[place], sizeof title[place], "%s, %s", amount_string(network, "label"),
                     strcmp(format, "exact") == 0 ? "exact gradient" : format);
            series[place].title = title[place];
            series[place].histogram = (ga_histogram){ .elements = amount_integer(h, "elements"), .zero = amount_integer(h, "zero"),
                                                      .median = amount_number(h, "median_log10") };
            read_decades(&series[place].histogram, h);
        }
    const magnitude_figure picture = { d->title, series, NETWORKS * ROWS, NETWORKS, -45, -324 };
    const ga_code code = row[0] == ROWS && row[1] == ROWS ? make(d, 1080, 1080, magnitude_tsv, magnitude_gp, &picture) : GA_OK;
    for (i = 0; i < NETWORKS * ROWS; i++)
        ga_histogram_free(&series[i].histogram);
    return code;
}

static void
read_sweep(sweep_series *series, double *at, ga_attack_counts *c, const json_t *sweep)
{
    size_t i;
    json_t *point;
    series->value = at;
    series->counts = c;
    json_array_foreach(json_object_get(sweep, "points"), i, point) {
        if (i == MOST_POINTS)
            break;
        at[i] = amount_number(point, "value");
        c[i] = (ga_attack_counts){ .images = amount_integer(point, "images"), .correct = amount_integer(point, "correct"),
                                   .correct_after = amount_integer(point, "correct_after"),
                                   .fooled = amount_integer(point, "fooled"), .all_zero = amount_integer(point, "all_zero_images"),
                                   .elements = amount_integer(point, "elements"), .zero = amount_integer(point, "zero"),
                                   .subnormal = amount_integer(point, "subnormal"),
                                   .undecided.n = amount_integer(point, "undecided") };
        series->n = i + 1;
    }
}

static ga_code
sweep(const drawing *d)
{
    double(*at)[MOST_POINTS] = calloc(MOST_SWEEPS, sizeof *at);
    ga_attack_counts(*c)[MOST_POINTS] = calloc(MOST_SWEEPS, sizeof *c);
    sweep_series series[MOST_SWEEPS] = { { 0 } };
    char parameter[32] = "", path[128];
    const char *const network = amount_string(d->spec, "network");
    size_t i, n = 0;
    const json_t *one;
    snprintf(path, sizeof path, "networks/%s/controls/random_accuracy_percent", network);
    json_array_foreach(json_object_get(d->report, "sweeps"), i, one) {
        if (strcmp(amount_string(one, "network"), network) != 0 || scales_are_swept(one) || n == MOST_SWEEPS || at == NULL ||
            c == NULL)
            continue;
        snprintf(parameter, sizeof parameter, "%s", strcmp(amount_string(one, "parameter"), "gain") == 0 ? "gain" : "logit scale");
        series[n].exact = strcmp(amount_string(one, "format"), "exact") == 0;
        series[n].title = amount_string(one, "format");
        read_sweep(&series[n], at[n], c[n], one);
        n++;
    }
    const sweep_figure picture = { d->title, parameter, series, n, 100 - value_of(d->report, path).x };
    const ga_code code = at != NULL && c != NULL ? make(d, 860, 560, sweep_tsv, sweep_gp, &picture)
                                                    : ga_fail(d->st, GA_NO_MEMORY, "out of memory for a figure");
    free(at);
    free(c);
    return code;
}

/* Of the first recipe whose loss scales are swept. */
static ga_code
scales(const drawing *d)
{
    size_t i, k;
    const json_t *one, *point, *of = NULL;
    json_array_foreach(json_object_get(d->report, "sweeps"), i, one)
        if (of == NULL && scales_are_swept(one) && strcmp(amount_string(one, "network"), amount_string(d->spec, "network")) == 0)
            of = one;
    const json_t *const points = json_object_get(of, "points");
    const size_t n = json_array_size(points);
    double *const at = calloc(n + 1, sizeof *at);
    ga_tally *const tally = calloc(n + 1, sizeof *tally);
    const bool ok = at != NULL && tally != NULL;
    for (k = 0; ok && k < n; k++) {
        point = json_array_get(points, k);
        at[k] = amount_number(point, "value");
        tally[k].elements = amount_integer(point, "elements");
        for (int c = 0; c < GA_CELLS; c++)
            tally[k].cell[c] = amount_integer(point, ga_cell_names[c]);
    }
    const scale_figure picture = { d->title, amount_string(of, "format"), at, tally, n };
    const ga_code code = !ok ? ga_fail(d->st, GA_NO_MEMORY, "out of memory for a figure")
                       : n == 0 ? GA_OK : make(d, 860, 560, scale_tsv, scale_gp, &picture);
    free(at);
    free(tally);
    return code;
}

static bool
read_panel(distribution_panel *panel, const json_t *d, const char *label, const char *quantity)
{
    size_t *const bins = counts(json_object_get(d, "counts"), &panel->bins), inside = 0;
    snprintf(panel->title, sizeof panel->title, "%s, %s", label, quantity);
    panel->low = amount_number(d, "low");
    panel->high = amount_number(d, "high");
    panel->kurtosis = amount_number(d, "kurtosis");
    panel->count = bins;
    for (size_t i = 0; bins != NULL && i < panel->bins; i++)
        inside += bins[i];
    panel->outside = amount_integer(d, "n") - inside;
    return bins != NULL;
}

/* What both networks have distributions of, and its short name: weights of each layer, activations of the hidden ones. */
typedef struct {
    char key[32], word[32];
} quantity;

static size_t
quantities(quantity *q, const json_t *const *of)
{
    static const char *const kinds[][2] = { { "weight", "W" }, { "activation", "activation " } };
    size_t n = 0;
    for (size_t k = 0; k < 2; k++)
        for (int l = 1; n < MOST_QUANTITIES; l++, n++) {
            snprintf(q[n].key, sizeof q[n].key, "fc%d.%s", l, kinds[k][0]);
            snprintf(q[n].word, sizeof q[n].word, "%s%d", kinds[k][1], l);
            if (json_object_get(of[0], q[n].key) == NULL || json_object_get(of[1], q[n].key) == NULL)
                break;
        }
    return n;
}

/* Rows: the networks; columns: the quantities. */
static ga_code
distributions(const drawing *d)
{
    distribution_panel panel[NETWORKS * MOST_QUANTITIES] = { { { 0 }, 0, 0, 0, 0, 0, NULL } };
    quantity q[MOST_QUANTITIES];
    const json_t *of[NETWORKS], *const networks = json_object_get(d->spec, "networks");
    for (size_t i = 0; i < NETWORKS; i++)
        of[i] = json_object_get(json_object_get(d->report, "distributions"), amount_string(json_array_get(networks, i), "name"));
    const size_t cols = quantities(q, of);
    bool ok = true;
    for (size_t i = 0; i < NETWORKS * cols; i++)
        ok = ok && read_panel(&panel[i], json_object_get(of[i / cols], q[i % cols].key),
                              amount_string(json_array_get(networks, i / cols), "label"), q[i % cols].word);
    const distribution_figure picture = { d->title, NETWORKS, cols, panel };
    const ga_code code = !ok ? ga_fail(d->st, GA_NO_MEMORY, "out of memory for a figure")
                       : cols == 0 ? GA_OK : make(d, 1400, 620, distribution_tsv, distribution_gp, &picture);
    for (size_t i = 0; i < NETWORKS * MOST_QUANTITIES; i++)
        free((void *)(uintptr_t)panel[i].count);
    return code;
}

ga_code
study_figures(const char *directory, const study_file *s, const json_t *report, bool *drawn, ga_status *st)
{
    const char *name;
    json_t *spec, *scope = words_scope(s->json, report);
    teller t = { .study = s->json, .page = true };
    st->code = GA_OK;
    json_object_foreach(json_object_get(s->json, "figures"), name, spec) {
        char *const title = words_text(&t, scope, json_object_get(spec, "title"));
        const char *const kind = amount_string(spec, "kind");
        const drawing d = { report, spec, directory, name, title != NULL ? title : "", drawn, st };
        if (st->code == GA_OK)
            (strcmp(kind, "sweep") == 0 ? sweep : strcmp(kind, "scales") == 0 ? scales
             : strcmp(kind, "magnitudes") == 0 ? magnitudes : distributions)(&d);
        free(title);
    }
    json_decref(scope);
    return st->code;
}
