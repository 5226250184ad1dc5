/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_paper.c -- the paper's own numbers, the only ones typed in by hand, beside the report's. They are from Table 1 and
   the text of Brendel & Bethge, arXiv 1704.01547, 2017. */
#include <math.h>
#include <string.h>

#include "report/reproduction.h"

const json_t *
report_network(const json_t *report, network_index network)
{
    return json_object_get(json_object_get(report, "networks"), network_names[network]);
}

const json_t *
report_attack(const json_t *network, const char *role)
{
    return json_object_get(json_object_get(network, "attacks"), role);
}

double
report_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

double
report_accuracy(const json_t *network, const char *role)
{
    return report_number(report_attack(network, role), "accuracy_percent");
}

void
report_random_signs(double *mean, double *low, double *high, const json_t *network)
{
    double sum = 0;
    *low = INFINITY;
    *high = -INFINITY;
    for (int seed = 1; seed <= REPRODUCTION_RANDOM_SEEDS; seed++) {
        char role[32];
        snprintf(role, sizeof role, "random-%d", seed);
        const double a = report_accuracy(network, role);
        sum += a;
        *low = fmin(*low, a);
        *high = fmax(*high, a);
    }
    *mean = sum / REPRODUCTION_RANDOM_SEEDS;
}

static const char reason_training[] = "the paper gives no widths, optimiser, penalty weight or stopping rule; ours are chosen on "
                                      "validation images";
static const char reason_eps[] = "the paper gives no eps; 0.25 with clipping to [0,1] is ours, and so is the network";
static const char reason_stable[] = "the paper gives neither its gain nor its scale; ours were chosen for the highest success on "
                                    "validation images";
static const char reason_few[] = "few images have a gradient that is not zero everywhere, and which they are depends on the "
                                 "network";

/* Table 1. */
static const struct {
    network_index network;
    const char *what, *role; /* role NULL: plain accuracy */
    double paper;
    const char *reason;
} table[] = {
    { VANILLA_SIGMOID, "Sigmoid vanilla, plain", NULL, 98, reason_training },
    { VANILLA_SIGMOID, "Sigmoid vanilla, naive FGSM", "naive-float", 2.5, reason_eps },
    { SATURATED_SIGMOID, "Sigmoid saturated, plain", NULL, 97.2, reason_training },
    { SATURATED_SIGMOID, "Sigmoid saturated, naive FGSM", "naive-float", 96.6, reason_eps },
    { SATURATED_SIGMOID, "Sigmoid saturated, stable FGSM", "stable", 1.7, reason_stable },
    { VANILLA_RELU, "ReLU vanilla, plain", NULL, 98.7, reason_training },
    { VANILLA_RELU, "ReLU vanilla, naive FGSM", "naive-float", 0.2, reason_eps },
    { SATURATED_RELU, "ReLU saturated, plain", NULL, 98.1, reason_training },
    { SATURATED_RELU, "ReLU saturated, naive FGSM", "naive-float", 98, reason_eps },
    { SATURATED_RELU, "ReLU saturated, stable FGSM", "stable", 8.4, reason_stable },
};

double
paper_value(network_index network, const char *role)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].network == network &&
            (role == NULL ? table[i].role == NULL : table[i].role != NULL && strcmp(role, table[i].role) == 0))
            return table[i].paper;
    return NAN;
}

static double
median_log10(const json_t *report, const char *network)
{
    size_t i;
    json_t *h;
    json_array_foreach(json_object_get(report, "histograms"), i, h)
        if (strcmp(json_string_value(json_object_get(h, "network")), network) == 0 &&
            strcmp(json_string_value(json_object_get(h, "format")), "float") == 0)
            return report_number(h, "median_log10");
    return NAN;
}

size_t
reproduction_paper(paper_figure *figures, size_t most, const json_t *report)
{
    size_t n = 0;
    const json_t *vanilla = report_attack(report_network(report, VANILLA_SIGMOID), "naive-float");
    const json_t *saturated = report_attack(report_network(report, SATURATED_SIGMOID), "naive-float");
    for (size_t i = 0; i < sizeof table / sizeof *table && n < most; i++) {
        const json_t *network = report_network(report, table[i].network);
        const double ours = table[i].role == NULL ? report_number(network, "plain_percent")
                                                  : report_accuracy(network, table[i].role);
        figures[n++] = (paper_figure){ table[i].what, "%", table[i].paper, ours, table[i].reason };
    }
    const paper_figure text[] = {
        { "Sigmoid vanilla, zero gradient elements", "%", 0, report_number(vanilla, "zero_percent"), reason_training },
        { "Sigmoid saturated, zero gradient elements (more than)", "%", 98.2, report_number(saturated, "zero_percent"),
          reason_training },
        { "Sigmoid saturated, images all zero", "%", 97.9, report_number(saturated, "all_zero_percent"), reason_training },
        { "Sigmoid saturated, FGSM success on the other images", "%", 62, report_number(saturated, "moved_wrong_percent"),
          reason_few },
        { "Non-zero elements against vanilla (medians)", "decades", -16,
          median_log10(report, "saturated-sigmoid") - median_log10(report, "vanilla-sigmoid"),
          "the medians are taken to the decade; the saturated network's depth of saturation is a choice of training" },
    };
    for (size_t i = 0; i < sizeof text / sizeof *text && n < most; i++)
        figures[n++] = text[i];
    return n;
}
