/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_text.c -- the report for a terminal; see reproduction.h */
#include <math.h>

#include "report/reproduction.h"
#include "report/reproduction_answer.h"

enum { MOST_FIGURES = 64 };

static const char *const labels[N_NETWORKS] = {
    "Sigmoid vanilla", "Sigmoid saturated", "ReLU vanilla", "ReLU saturated", "Sigmoid, before C", "  its weights x300"
};

static void
print_cell(FILE *out, double ours, double papers, int width)
{
    char text[32];
    if (isnan(papers))
        snprintf(text, sizeof text, "%.2f", ours);
    else
        snprintf(text, sizeof text, "%.2f [%.4g]", ours, papers);
    fprintf(out, " %*s", width, isnan(ours) ? "-" : text);
}

/* Mean, least and greatest over the seeds of one column; role NULL: plain. */
static void
print_range(FILE *out, const json_t *seeds, network_index k, const char *role)
{
    size_t i;
    json_t *entry;
    double low = INFINITY, high = -INFINITY, sum = 0;
    json_array_foreach(seeds, i, entry) {
        const json_t *network = report_network(entry, k);
        const double a = role == NULL ? report_number(network, "plain_percent") : report_accuracy(network, role);
        low = fmin(low, a);
        high = fmax(high, a);
        sum += a;
    }
    fprintf(out, " %6.2f %5.2f-%5.2f", sum / (double)json_array_size(seeds), low, high);
}

static void
print_spread(FILE *out, const json_t *report)
{
    const json_t *seeds = json_object_get(report, "seeds");
    if (json_array_size(seeds) == 0)
        return;
    fprintf(out, "\n%-20s%19s%19s%19s\n", "mean, range of seeds", "plain", "naive float", "stable");
    for (size_t k = 0; k < PENALTY_SIGMOID; k++) {
        fprintf(out, "%-20s", labels[k]);
        print_range(out, seeds, (network_index)k, NULL);
        print_range(out, seeds, (network_index)k, "naive-float");
        print_range(out, seeds, (network_index)k, "stable");
        fputc('\n', out);
    }
}

void
reproduction_text(FILE *out, const json_t *report)
{
    const json_t *settings = json_object_get(report, "settings");
    fprintf(out, "Table 1: accuracy in %% on %.0f test images, FGSM with eps %g; [the paper's]\n\n",
            report_number(settings, "images"), report_number(settings, "eps"));
    fprintf(out, "%-18s %12s %12s %7s %11s %7s %7s\n", "", "plain", "naive float", "double", "stable", "random", "exact");
    for (size_t k = 0; k < N_NETWORKS; k++) {
        double mean, low, high;
        const json_t *network = report_network(report, (network_index)k);
        report_random_signs(&mean, &low, &high, network);
        fprintf(out, "%-18s", labels[k]);
        print_cell(out, report_number(network, "plain_percent"), paper_value((network_index)k, NULL), 12);
        print_cell(out, report_accuracy(network, "naive-float"), paper_value((network_index)k, "naive-float"), 12);
        print_cell(out, report_accuracy(network, "naive-double"), NAN, 7);
        print_cell(out, report_accuracy(network, "stable"), paper_value((network_index)k, "stable"), 11);
        print_cell(out, mean, NAN, 7);
        print_cell(out, report_accuracy(network, "exact"), NAN, 7);
        fputc('\n', out);
    }
    fprintf(out,
            "\nstable: float, gain %g (sigmoid) or logit scale %g (ReLU).\nrandom: random signs, mean of %.0f seeds. exact: "
            "the proven gradient at gain 1.\nbefore C: the saturated sigmoid network before stage C of its training, which "
            "is\nours and not the paper's; x300: its hidden weights times 300.\n\n",
            report_number(settings, "gain"), report_number(settings, "logit_scale"), report_number(settings, "random_seeds"));
    paper_figure figures[MOST_FIGURES];
    const size_t n = reproduction_paper(figures, MOST_FIGURES, report);
    fprintf(out, "%-54s %8s %8s %7s\n", "against the paper", "paper", "ours", "diff");
    bool none = false;
    for (size_t i = 0; i < n; i++)
        if (isnan(figures[i].ours)) {
            fprintf(out, "%-54s %8.4g %8s %7s\n", figures[i].what, figures[i].paper, "-", "-");
            none = true;
        } else
            fprintf(out, "%-54s %8.4g %8.4g %+7.2f\n", figures[i].what, figures[i].paper, figures[i].ours,
                    figures[i].ours - figures[i].paper);
    if (none)
        fputs("-: " PAPER_NOTHING ".\n", out);
    print_spread(out, report);
    answer_text(out, report);
}
