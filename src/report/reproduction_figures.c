/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_figures.c -- the report's numbers as figures; see reproduction.h and figure.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/magnitudes.h"
#include "report/reproduction.h"

enum { MOST_SERIES = 6, MOST_SWEEPS = 3, MOST_POINTS = 1024, MOST_PANELS = 10, MOST_BINS = 1024 };

static const char *
string(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "?";
}

static size_t
count(const json_t *object, const char *key)
{
    return (size_t)json_integer_value(json_object_get(object, key));
}

static size_t *
counts(const json_t *array, size_t *n)
{
    *n = json_array_size(array);
    size_t *value = calloc(*n + 1, sizeof *value);
    for (size_t i = 0; value != NULL && i < *n; i++)
        value[i] = (size_t)json_integer_value(json_array_get(array, i));
    return value;
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
        if (llabs(to->decade[to->n]) > INT64_C(1) << 60 || (to->n > 0 && to->decade[to->n] <= to->decade[to->n - 1]))
            break;
    }
}

/* Rows: float, double, exact; columns: the networks. The report lists them network by network. */
static ga_code
magnitudes(const char *directory, const json_t *report, bool *drawn, ga_status *st)
{
    enum { ROWS = 3 };
    const json_t *all = json_object_get(report, "histograms");
    char title[MOST_SERIES][96];
    histogram_series series[MOST_SERIES] = { { 0 } };
    const size_t n = json_array_size(all) < MOST_SERIES ? json_array_size(all) : MOST_SERIES, cols = (n + ROWS - 1) / ROWS;
    for (size_t i = 0; i < n; i++) {
        const json_t *h = json_array_get(all, i);
        const size_t place = i % ROWS * cols + i / ROWS;
        const char *network = strncmp(string(h, "network"), "vanilla", 7) == 0 ? "vanilla" : "saturated";
        ga_histogram *to = &series[place].histogram;
        snprintf(title[i], sizeof title[i], "%s, %s", network,
                 strcmp(string(h, "format"), "exact") == 0 ? "exact gradient" : string(h, "format"));
        *to = (ga_histogram){ .elements = count(h, "elements"), .zero = count(h, "zero"),
                              .median = report_number(h, "median_log10") };
        read_decades(to, h);
        series[place].title = title[i];
    }
    const magnitude_figure picture = { "Figure 1: gradient elements by magnitude, sigmoid networks", series, n, cols, -45, -324 };
    const figure f = { .name = "figure1", .width = 1080, .height = 1080, .tsv = magnitude_tsv, .gp = magnitude_gp,
                       .data = &picture };
    const ga_code code = n == MOST_SERIES ? figures_make(directory, &f, 1, drawn, st) : GA_OK;
    for (size_t i = 0; i < n; i++)
        ga_histogram_free(&series[i].histogram);
    return code;
}

static void
read_sweep(sweep_series *series, double *value, ga_attack_counts *c, const json_t *sweep)
{
    size_t i;
    json_t *point;
    series->value = value;
    series->counts = c;
    json_array_foreach(json_object_get(sweep, "points"), i, point) {
        if (i == MOST_POINTS)
            break;
        value[i] = report_number(point, "value");
        c[i] = (ga_attack_counts){ .images = count(point, "images"), .correct = count(point, "correct"),
                                   .correct_after = count(point, "correct_after"), .fooled = count(point, "fooled"),
                                   .all_zero = count(point, "all_zero_images"), .elements = count(point, "elements"),
                                   .zero = count(point, "zero"), .subnormal = count(point, "subnormal"),
                                   .undecided.n = count(point, "undecided") };
        series->n = i + 1;
    }
}

static ga_code
sweep_of(const char *directory, const json_t *report, const char *name, const char *title, const char *network, bool *drawn,
         ga_status *st)
{
    double(*value)[MOST_POINTS] = calloc(MOST_SWEEPS, sizeof *value);
    ga_attack_counts(*c)[MOST_POINTS] = calloc(MOST_SWEEPS, sizeof *c);
    sweep_series series[MOST_SWEEPS] = { { 0 } };
    const char *parameter = "";
    const double random = report_number(json_object_get(json_object_get(json_object_get(report, "networks"), network), "controls"),
                                        "random_accuracy_percent");
    size_t i, n = 0;
    json_t *sweep;
    if (value == NULL || c == NULL) {
        free(value);
        free(c);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a figure");
    }
    json_array_foreach(json_object_get(report, "sweeps"), i, sweep) {
        if (strcmp(string(sweep, "network"), network) != 0 || n == MOST_SWEEPS)
            continue;
        parameter = strcmp(string(sweep, "parameter"), "gain") == 0 ? "gain" : "logit scale";
        series[n].exact = strcmp(string(sweep, "format"), "exact") == 0;
        read_sweep(&series[n], value[n], c[n], sweep);
        series[n].title = string(sweep, "format");
        n++;
    }
    char full[256];
    const json_t *settings = json_object_get(report, "settings");
    const size_t images = count(settings, "images"), exact = count(settings, "exact_sweep_images");
    snprintf(full, sizeof full, exact < images ? "%s (exact: %zu images)" : "%s", title, exact); /* of an earlier version */
    const sweep_figure picture = { full, parameter, series, n, 100 - random };
    const figure f = { .name = name, .width = 860, .height = 560, .tsv = sweep_tsv, .gp = sweep_gp, .data = &picture };
    const ga_code code = figures_make(directory, &f, 1, drawn, st);
    free(value);
    free(c);
    return code;
}

static bool
read_panel(distribution_panel *panel, const json_t *d, const char *network, const char *quantity)
{
    static const char *const words[][2] = { { "fc1.weight", "W1" }, { "fc2.weight", "W2" }, { "fc3.weight", "W3" },
                                            { "fc1.activation", "activation 1" }, { "fc2.activation", "activation 2" } };
    size_t *count_of = counts(json_object_get(d, "counts"), &panel->bins), inside = 0;
    const char *word = quantity;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(quantity, words[i][0]) == 0)
            word = words[i][1];
    snprintf(panel->title, sizeof panel->title, "%s, %s", strncmp(network, "vanilla", 7) == 0 ? "vanilla" : "saturated", word);
    panel->low = report_number(d, "low");
    panel->high = report_number(d, "high");
    panel->kurtosis = report_number(d, "kurtosis");
    panel->count = count_of;
    for (size_t i = 0; count_of != NULL && i < panel->bins; i++)
        inside += count_of[i];
    panel->outside = count(d, "n") - inside;
    return count_of != NULL;
}

static ga_code
distributions(const char *directory, const json_t *report, const char *name, const char *title, network_index first, bool *drawn,
              ga_status *st)
{
    static const char *const quantities[] = { "fc1.weight", "fc2.weight", "fc3.weight", "fc1.activation", "fc2.activation" };
    distribution_panel panel[MOST_PANELS] = { { { 0 }, 0, 0, 0, 0, 0, NULL } };
    bool ok = true;
    for (size_t i = 0; i < MOST_PANELS; i++) {
        const char *network = network_names[first + i / 5];
        const json_t *d = json_object_get(json_object_get(report, "distributions"), network);
        ok = ok && read_panel(&panel[i], json_object_get(d, quantities[i % 5]), network, quantities[i % 5]);
    }
    const distribution_figure picture = { title, 2, 5, panel };
    const figure f = { .name = name, .width = 1400, .height = 620, .tsv = distribution_tsv, .gp = distribution_gp,
                       .data = &picture };
    ga_code code = ok ? figures_make(directory, &f, 1, drawn, st) : ga_fail(st, GA_NO_MEMORY, "out of memory for a figure");
    for (size_t i = 0; i < MOST_PANELS; i++)
        free((void *)(uintptr_t)panel[i].count);
    return code;
}

ga_code
reproduction_figures(const char *directory, const json_t *report, bool *drawn, ga_status *st)
{
    ga_code code = magnitudes(directory, report, drawn, st);
    if (code == GA_OK)
        code = sweep_of(directory, report, "figure2", "Figure 2: saturated sigmoid network, gradients at other gains",
                        "saturated-sigmoid", drawn, st);
    if (code == GA_OK)
        code = sweep_of(directory, report, "figure2-relu", "As Figure 2, saturated ReLU network, logits scaled", "saturated-relu",
                        drawn, st);
    if (code == GA_OK)
        code = distributions(directory, report, "figureS1a", "Figure S1a: sigmoid networks, weights and activations",
                             VANILLA_SIGMOID, drawn, st);
    if (code == GA_OK)
        code = distributions(directory, report, "figureS1b", "Figure S1b: ReLU networks, weights and activations", VANILLA_RELU,
                             drawn, st);
    return code;
}
