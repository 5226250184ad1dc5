/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_html.c -- the report as one self-contained page; see reproduction.h */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"
#include "io/file.h"
#include "report/html.h"
#include "report/reproduction.h"
#include "report/reproduction_answer.h"

enum { MOST_FIGURES = 64 };

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>gradaudit: a reproduction</title>\n<style>\n"
    ":root{--ink:#1c1c1c;--paper:#fff;--soft:#666;--line:#d8d8d8;--tint:#f4f6f8}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#17191c;--soft:#a0a0a0;--line:#3a3d41;--tint:#22262b}}\n"
    "body{margin:0 auto;max-width:84rem;padding:1.5rem 1rem 4rem;color:var(--ink);background:var(--paper);"
    "font:1rem/1.55 system-ui,sans-serif}\n"
    "h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.2rem;margin-top:2.5rem}h3{font-size:1rem;margin:1.6rem 0 .4rem}\n"
    ".wide{overflow-x:auto;background:linear-gradient(to left,var(--paper) 2rem,transparent) right/3rem 100% no-repeat local,"
    "linear-gradient(to left,#8886,transparent) right/1rem 100% no-repeat scroll}"
    "table{border-collapse:collapse;font-size:.94rem;font-variant-numeric:tabular-nums;width:100%}\n"
    "th,td{padding:.35rem .45rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}\n"
    "th:first-child,td:first-child{text-align:left}th{font-weight:600}.words td:last-child{white-space:normal;text-align:left;"
    "min-width:16rem;color:var(--soft)}.words td:first-child{white-space:normal;min-width:11rem}\n"
    "p{max-width:62rem}.paper{color:var(--soft);font-size:.85em}.note{background:var(--tint);border-left:4px solid "
    "#c98a1b;padding:.7rem 1rem}\n"
    ".answer{width:auto}.answer td:first-child{white-space:pre-wrap;min-width:14rem}.answer th[colspan]{padding-top:1rem}\n"
    "figure{margin:1.5rem 0;overflow-x:auto}img{width:100%;min-width:44rem;max-width:70rem;height:auto;"
    "background:#fff;border-radius:4px}figcaption,small{color:var(--soft)}\n"
    "@media(max-width:46rem){figure::before{content:\"\u2194 wider than the screen: scroll it\";position:sticky;left:0;"
    "font-size:.85rem;color:var(--soft)}figcaption{position:sticky;left:0}}\n"
    "@media print{body{max-width:none;font-size:10pt}figure{break-inside:avoid}}\n"
    html_style "</style>\n</head>\n<body>\n";

static void
cell(FILE *out, double ours, double papers)
{
    if (isnan(ours))
        fputs("<td>&ndash;</td>", out);
    else if (isnan(papers))
        fprintf(out, "<td>%.2f</td>", ours);
    else
        fprintf(out, "<td>%.2f <span class=\"paper\">[%.4g]</span></td>", ours, papers);
}

static void
random_cell(FILE *out, const json_t *network)
{
    double mean, low, high;
    report_random_signs(&mean, &low, &high, network);
    fprintf(out, "<td>%.2f <small>(%.2f&ndash;%.2f)</small></td>", mean, low, high);
}

static void
table_row(FILE *out, const json_t *report, network_index k, const char *label)
{
    const json_t *network = report_network(report, k);
    fprintf(out, "<tr><td>%s</td>", label);
    cell(out, report_number(network, "plain_percent"), paper_value(k, NULL));
    cell(out, report_accuracy(network, "naive-float"), paper_value(k, "naive-float"));
    cell(out, report_accuracy(network, "naive-double"), NAN);
    cell(out, report_accuracy(network, "stable"), paper_value(k, "stable"));
    random_cell(out, network);
    cell(out, report_accuracy(network, "exact"), NAN);
    cell(out, report_number(report_attack(network, "naive-float"), "zero_percent"), NAN);
    cell(out, report_number(report_attack(network, "naive-double"), "zero_percent"), NAN);
    fputs("</tr>\n", out);
}

static void
table_head(FILE *out)
{
    fputs("<div class=\"wide\"><table>\n<tr><th>network</th><th>plain</th><th>naive float</th><th>naive double</th>"
          "<th>stable</th><th>random signs</th><th>exact gradient</th><th>zeros, float</th><th>zeros, double</th></tr>\n", out);
}

static void
section_table(FILE *out, const json_t *report)
{
    const json_t *settings = json_object_get(report, "settings");
    fprintf(out, "<h2>Table 1</h2>\n<p>Accuracy in %% under FGSM with eps&nbsp;=&nbsp;%g, clipped to [0,1], on all %.0f test "
                 "images; the paper&rsquo;s value <span class=\"paper\">[in brackets]</span>. Stable: the float gradient at gain "
                 "%g (sigmoid) or logit scale %g (ReLU). Random signs: mean and range of %.0f seeds. Exact: the proven gradient of "
                 "the network itself.</p>\n",
            report_number(settings, "eps"), report_number(settings, "images"), report_number(settings, "gain"),
            report_number(settings, "logit_scale"), report_number(settings, "random_seeds"));
    table_head(out);
    table_row(out, report, VANILLA_SIGMOID, "Sigmoid, vanilla");
    table_row(out, report, SATURATED_SIGMOID, "Sigmoid, saturated");
    table_row(out, report, VANILLA_RELU, "ReLU, vanilla");
    table_row(out, report, SATURATED_RELU, "ReLU, saturated");
    fputs("</table></div>\n<h2>What is ours and not the paper&rsquo;s</h2>\n<p class=\"note\">The last stage of the "
          "saturated sigmoid network&rsquo;s training, stage C, in which each hidden layer&rsquo;s gain is trained as "
          "well, is ours. Below is the same network before that stage; and, as a control, that network with the weights "
          "and biases of its hidden layers multiplied by 300, which no training made.</p>\n", out);
    table_head(out);
    table_row(out, report, PENALTY_SIGMOID, "Sigmoid, before stage C");
    table_row(out, report, PENALTY_SIGMOID_X300, "its hidden weights &times; 300");
    table_row(out, report, SATURATED_SIGMOID, "Sigmoid, after stage C");
    fputs("</table></div>\n", out);
}

static void
section_differences(FILE *out, const json_t *report)
{
    paper_figure figure[MOST_FIGURES];
    const size_t n = reproduction_paper(figure, MOST_FIGURES, report);
    fputs("<h2>Where we differ from the paper</h2>\n<div class=\"wide\"><table "
          "class=\"words\">\n<tr><th>figure</th><th>paper</th><th>ours</th><th>difference</th><th "
          "style=\"text-align:left\">likely reason</th></tr>\n",
          out);
    for (size_t i = 0; i < n; i++)
        if (isnan(figure[i].ours))
            fprintf(out, "<tr><td>%s, %s</td><td>%.4g</td><td>-</td><td>-</td><td>" PAPER_NOTHING "</td></tr>\n", figure[i].what,
                    figure[i].unit, figure[i].paper);
        else
            fprintf(out, "<tr><td>%s, %s</td><td>%.4g</td><td>%.4g</td><td>%+.2f</td><td>%s</td></tr>\n", figure[i].what,
                    figure[i].unit, figure[i].paper, figure[i].ours, figure[i].ours - figure[i].paper,
                    fabs(figure[i].ours - figure[i].paper) < 0.05 ? "" : figure[i].reason);
    fputs("</table></div>\n", out);
}

/* The spread over training seeds, if the report has it (reproduce --train --seeds). */
static void
section_seeds(FILE *out, const json_t *report)
{
    size_t i;
    json_t *entry;
    const json_t *seeds = json_object_get(report, "seeds");
    if (json_array_size(seeds) == 0)
        return;
    fputs("<h2>The spread over training seeds</h2>\n<p>The same recipes, gain and logit scale with other seeds. The first "
          "is the one that was chosen on validation images; the others were not chosen.</p>\n<div "
          "class=\"wide\"><table>\n<tr><th>network, seed</th><th>plain</th><th>naive float</th><th>naive "
          "double</th><th>stable</th><th>random signs</th><th>exact gradient</th><th>zeros, "
          "float</th></tr>\n", out);
    for (size_t k = 0; k < PENALTY_SIGMOID; k++)
        json_array_foreach(seeds, i, entry) {
            const json_t *network = report_network(entry, (network_index)k);
            fprintf(out, "<tr><td>%s, %.0f</td>", network_names[k], report_number(entry, "seed"));
            cell(out, report_number(network, "plain_percent"), NAN);
            cell(out, report_accuracy(network, "naive-float"), NAN);
            cell(out, report_accuracy(network, "naive-double"), NAN);
            cell(out, report_accuracy(network, "stable"), NAN);
            cell(out, report_number(json_object_get(network, "controls"), "random_accuracy_percent"), NAN);
            cell(out, report_accuracy(network, "exact"), NAN);
            cell(out, report_number(report_attack(network, "naive-float"), "zero_percent"), NAN);
            fputs("</tr>\n", out);
        }
    fputs("</table></div>\n", out);
}

/* The SVG as a data URI: its element names and ids stay private. */
static void
section_figure(FILE *out, const char *directory, const char *name, const char *caption)
{
    char path[8192];
    file_bytes svg;
    snprintf(path, sizeof path, "%s/%s.svg", directory, name);
    if (file_read(&svg, path, FILE_CAP, FILE_PLAIN, NULL) != GA_OK) {
        fprintf(out, "<p><small>%s: not drawn, because gnuplot was not there; %s.tsv has its numbers.</small></p>\n", caption,
                name);
        return;
    }
    fprintf(out, "<figure><img alt=\"%s\" src=\"data:image/svg+xml,", caption);
    for (size_t i = 0; i < svg.size; i++)
        if (isalnum(svg.data[i]) || strchr("-._~ /:=;,()", svg.data[i]) != NULL)
            fputc(svg.data[i] == '\0' ? ' ' : svg.data[i], out);
        else
            fprintf(out, "%%%02X", svg.data[i]);
    fprintf(out, "\"><figcaption>%s</figcaption></figure>\n", caption);
    free(svg.data);
}

/* The success of a sweep with its parameter nearest to 1: 100 - accuracy. */
static double
success_at_one(const json_t *report, const char *network, const char *format)
{
    size_t i, j;
    json_t *sweep, *point;
    double success = NAN, nearest = INFINITY;
    json_array_foreach(json_object_get(report, "sweeps"), i, sweep) {
        const char *of = json_string_value(json_object_get(sweep, "network"));
        const char *in = json_string_value(json_object_get(sweep, "format"));
        if (of == NULL || in == NULL || strcmp(of, network) != 0 || strcmp(in, format) != 0)
            continue;
        json_array_foreach(json_object_get(sweep, "points"), j, point) {
            const double distance = fabs(log(report_number(point, "value")));
            if (distance < nearest) {
                nearest = distance;
                success = 100 - report_number(point, "accuracy_percent");
            }
        }
    }
    return success;
}

static void
section_sweeps(FILE *out, const char *directory, const json_t *report)
{
    const json_t *settings = json_object_get(report, "settings");
    section_figure(out, directory, "figure2",
                   "Figure 2. Success of FGSM (1 - accuracy) against the saturated sigmoid network with gradients taken at "
                   "other gains, and the non-zero elements of those gradients.");
    section_figure(out, directory, "figure2-relu",
                   "As Figure 2, for the saturated ReLU network and the scale of its logits (not in the paper).");
    const double images = report_number(settings, "images"), exact = report_number(settings, "exact_sweep_images");
    if (exact < images) /* a report of an earlier version */
        fprintf(out, "<p>Float and double are of all %.0f images, the exact gradient is of %.0f. At 1 its success on these", images,
                exact);
    else
        fprintf(out, "<p>Every curve is of all %.0f images. At 1 the exact gradient's success", images);
    fprintf(out, " is %.2f&nbsp;%% (sigmoid) and %.2f&nbsp;%% (ReLU), in Table 1 %.2f&nbsp;%% and %.2f&nbsp;%%.</p>\n",
            success_at_one(report, network_names[SATURATED_SIGMOID], "exact"),
            success_at_one(report, network_names[SATURATED_RELU], "exact"),
            100 - report_accuracy(report_network(report, SATURATED_SIGMOID), "exact"),
            100 - report_accuracy(report_network(report, SATURATED_RELU), "exact"));
}

static void
section_saturation(FILE *out, const json_t *report)
{
    static const network_index networks[] = { VANILLA_SIGMOID, SATURATED_SIGMOID, VANILLA_RELU, SATURATED_RELU };
    fputs("<div class=\"wide\"><table>\n<tr><th>network</th><th>kurtosis W1</th><th>W2</th><th>W3</th><th>activations 1 in "
          "[.1,.9], %</th><th>activations 2</th><th>activations 1 zero, %</th><th>activations 2</th></tr>\n", out);
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        const json_t *d = json_object_get(json_object_get(report, "distributions"), network_names[networks[i]]);
        fprintf(out, "<tr><td>%s</td>", network_names[networks[i]]);
        cell(out, report_number(json_object_get(d, "fc1.weight"), "kurtosis"), NAN);
        cell(out, report_number(json_object_get(d, "fc2.weight"), "kurtosis"), NAN);
        cell(out, report_number(json_object_get(d, "fc3.weight"), "kurtosis"), NAN);
        for (int q = 0; q < 2; q++) {
            const char *key = q == 0 ? "within_0.1_0.9_percent" : "zero_percent";
            fprintf(out, "<td>%.4g</td><td>%.4g</td>", report_number(json_object_get(d, "fc1.activation"), key),
                    report_number(json_object_get(d, "fc2.activation"), key));
        }
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static void
section_inputs(FILE *out, const json_t *report)
{
    const char *name;
    json_t *value;
    fputs("<h2>How it was computed</h2>\n<p>Each gradient is one backward pass of the same code in the format named: "
          "OpenBLAS products in float and double. The exact gradient is the reference: balls with proven radii, whose "
          "precision is raised until every sign is proved. The network that classifies is "
          "always the original one, at gain 1, in float. <code>report.json</code> holds every number of this page with its "
          "counts; <code>provenance.json</code> says when, where and with which versions. Input files and their "
          "SHA-256:</p>\n<div class=\"wide\"><table>\n", out);
    json_object_foreach((json_t *)(uintptr_t)json_object_get(report, "inputs"), name, value) {
        fputs("<tr><td>", out);
        escape_html(out, name);
        fputs("</td><td><code><small>", out);
        escape_html(out, json_is_string(value) ? json_string_value(value) : "?");
        fputs("</small></code></td></tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static void
section_figures(FILE *out, const char *directory, const json_t *report)
{
    fputs("<h2>Figures</h2>\n", out);
    section_figure(out, directory, "figure1",
                   "Figure 1. Elements of the gradient by magnitude, vanilla and saturated sigmoid network: naive in float, "
                   "naive in double, exact. Red at the left: zeros. In the exact panels red lines are where float and double end, "
                   "and orange is what is below float. One axis for all: even in log10 near 1, ever narrower far from it.");
    section_sweeps(out, directory, report);
    section_figure(out, directory, "figureS1a", "Figure S1a. Weights and activations of the sigmoid networks.");
    section_figure(out, directory, "figureS1b", "Figure S1b. Weights and activations of the ReLU networks.");
    section_saturation(out, report);
}

void
reproduction_html(FILE *out, const json_t *report, const char *directory)
{
    fputs(head, out);
    fputs("<h1>Robust, or only a gradient of zero? A reproduction of Brendel &amp; Bethge (2017)</h1>\n<p>The paper, "
          "<em>Comment on &ldquo;Biologically inspired protection of deep networks from adversarial attacks&rdquo;</em> "
          "(arXiv 1704.01547), argues that networks trained to saturate withstand FGSM only because their gradient is lost "
          "in floating point. Here are its table and figures with our numbers, from networks of our own, trained and tuned "
          "without the test set.</p>\n", out);
    section_table(out, report);
    section_figures(out, directory, report);
    answer_html(out, report);
    section_differences(out, report);
    section_seeds(out, report);
    section_inputs(out, report);
    fputs("</body>\n</html>\n", out);
}
