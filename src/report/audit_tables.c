/* SPDX-License-Identifier: Apache-2.0 */
/* audit_tables.c -- an audit's tables that are always open; see audit_page.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verdict.h"
#include "report/amount.h"
#include "report/audit_page.h"
#include "report/audit_report.h"
#include "report/audit_words.h"
#include "report/html.h"

/* The cells that some estimator has, and those that every reader looks for. */
static bool
is_shown(const audit_view *v, size_t cell)
{
    uint64_t any = cell != GA_CELL_SPURIOUS && cell != GA_CELL_ABOVE_RANGE && cell != GA_CELL_NONFINITE &&
                   cell != GA_CELL_UNDECIDED;
    for (size_t e = 0; e < v->p->shape.n_estimators; e++)
        any |= v->p->estimator[e].tally.cell[cell];
    return any > 0;
}

/* The upper edge of the bin that holds the median ulp error. */
static amount
median_ulp(const ga_tally *t)
{
    amount a;
    uint64_t whole = 0, sum = 0;
    size_t k = 0;
    for (size_t i = 0; i < GA_ULP_BINS; i++)
        whole += t->ulp[i];
    if (whole == 0)
        return amount_real(NAN);
    while (k + 1 < GA_ULP_BINS && 2 * (sum += t->ulp[k]) < whole)
        k++;
    if (k == 0)
        snprintf(a.s, sizeof a.s, "\u2264 1/2");
    else if (k + 1 == GA_ULP_BINS)
        snprintf(a.s, sizeof a.s, "> 10^%d", 18);
    else
        snprintf(a.s, sizeof a.s, "\u2264 %.30s",
                 k < 40 ? amount_count((uint64_t)1 << (k - 1)).s : amount_power((double)(k - 1) * log10(2)).s);
    return a;
}

/* A median over the images that have one; how many, where that is not all. */
static void
spread_cell(FILE *out, const audit_view *v, const json_t *spread)
{
    const uint64_t known = amount_integer(spread, "images"), n = amount_integer(json_object_get(v->report, "images"), "n");
    fprintf(out, "<td>%s", amount_correlation(amount_number(spread, "median")).s);
    if (known < n)
        fprintf(out, "<br><small>%s</small>", amount_nouns(known, "image").s);
    fputs("</td>", out);
}

static void
estimators_table(FILE *out, const audit_view *v)
{
    char caption[160];
    fputs("<h2>Estimators</h2>\n", out);
    snprintf(caption, sizeof caption, "What became of the elements, in %% of all %.30s of a gradient",
             amount_nouns(v->p->estimator[v->p->shape.naive].tally.elements, "element").s);
    html_table(out, caption);
    fputs("<thead><tr><th scope=\"col\">estimator</th>", out);
    for (size_t c = 0; c < GA_CELLS; c++)
        if (is_shown(v, c))
            html_head(out, ga_cell_names[c]);
    fputs("<th scope=\"col\">error, ulp<br><small>median, zeros included</small></th><th "
          "scope=\"col\">cosine<br><small>median</small></th><th "
          "scope=\"col\">rank<br><small>median</small></th></tr></thead>\n<tbody>", out);
    for (size_t e = 0; e < v->p->shape.n_estimators; e++) {
        const ga_tally *t = &v->p->estimator[e].tally;
        const json_t *o = audit_view_estimator(v, e);
        html_row(out, v->label[e]);
        for (size_t c = 0; c < GA_CELLS; c++)
            if (is_shown(v, c))
                html_share(out, t->cell[c], t->elements);
        html_cell(out, median_ulp(t).s);
        spread_cell(out, v, json_object_get(o, "cosine"));
        spread_cell(out, v, json_object_get(o, "rank_correlation"));
        fputs("</tr>\n", out);
    }
    fputs("</tbody>", out);
    html_table_end(out);
    fputs("<p class=\"note\"><dfn>zero</dfn>: the truth is 0, and 0 was computed. <dfn>spurious</dfn>: the truth is 0, something "
          "else was computed. <dfn>wrong-sign</dfn>, <dfn>inaccurate</dfn>, <dfn>right</dfn>: neither is 0; inaccurate is off by "
          "more than the tolerance and by more than one unit in the last place (ulp). <dfn>nonfinite</dfn>: NaN, or an infinity "
          "that is not the correctly rounded answer. Each estimator is compared with the exact gradient of its own function. "
          "A 0 that is correctly rounded (below-range) is within 1/2 ulp. Cosine and rank correlation (Spearman\u2019s, of the "
          "magnitudes) are taken image by image; a gradient that is all 0 has neither, and its image is left out.", out);
    fputs(audit_view_one_ulp(v) ? "</p>\n" : " " AUDIT_ULPS_DIFFER "</p>\n", out);
    size_t i;
    const json_t *one;
    json_array_foreach(json_object_get(v->head, "remarks"), i, one) {
        fputs("<p class=\"note\">", out);
        html_text(out, amount_string(one, "estimator"));
        fputs(": ", out);
        html_text(out, amount_string(one, "text"));
        fputs(".</p>\n", out);
    }
}

static void
remedies_table(FILE *out, const audit_view *v)
{
    uint64_t any = 0;
    for (size_t e = 0; e < v->p->shape.n_estimators; e++)
        for (size_t c = 0; c < PART_FAULTS; c++)
            any += v->p->estimator[e].remedied[c];
    if (any == 0)
        return;
    fputs("<h2>What would save it</h2>\n", out);
    html_table(out, "Elements that each remedy saves, in % of the elements of the row");
    fputs("<thead><tr><th scope=\"col\">estimator</th><th scope=\"col\">elements</th>", out);
    for (size_t r = 0; r < N_REMEDIES; r++)
        html_head(out, remedy_names[r]);
    fputs("</tr></thead>\n<tbody>", out);
    for (size_t e = 0; e < v->p->shape.n_estimators; e++)
        for (size_t c = 0; c < PART_FAULTS; c++) {
            char name[128];
            const part_estimator *of = v->p->estimator + e;
            if (of->remedied[c] == 0)
                continue;
            snprintf(name, sizeof name, "%s, %s", v->label[e], ga_cell_names[part_faults[c]]);
            html_row(out, name);
            html_count(out, of->remedied[c]);
            for (size_t r = 0; r < N_REMEDIES; r++)
                html_share(out, of->saved[c][r], of->remedied[c]);
            fputs("</tr>\n", out);
        }
    fputs("</tbody>", out);
    html_table_end(out);
    fprintf(out, "<p class=\"note\">Found by running each remedy: an element is saved if it is then right, or 0 where the true "
                 "value is 0. All but rewritten formulas also round each sum of products once only. "
                 "A wider exponent keeps the format\u2019s precision; a wider significand has %d bits in the format\u2019s "
                 "range.</p>\n", REMEDY_BITS);
}

/* Signs of estimators whose function is not the network's own: what rounding does, and what scaling does. */
static void
signs_table(FILE *out, const audit_view *v)
{
    bool any = false;
    for (size_t e = 0; e < v->p->shape.n_estimators; e++) {
        const size_t f = audit_view_function_of(v, e);
        const json_t *o = audit_view_estimator(v, e), *signs = json_object_get(o, "sign_agreement"), *function;
        if (f == 0 || f == v->p->shape.n_functions)
            continue;
        if (!any) {
            fputs("<h2>Rounding against the change of function</h2>\n", out);
            html_table(out, "Signs, in % of the elements whose true sign is proved and not 0");
            fputs("<thead><tr><th scope=\"col\">estimator</th><th scope=\"col\">sign unchanged by rounding</th><th scope=\"col\">"
                  "true sign as the network\u2019s</th><th scope=\"col\">computed sign as the network\u2019s<br><small>both "
                  "effects</small></th><th scope=\"col\">cosine<br><small>exact gradients, median</small></th><th "
                  "scope=\"col\">rank<br><small>exact gradients, median</small></th></tr></thead>\n<tbody>", out);
        }
        any = true;
        function = audit_view_function(v, f);
        html_row(out, v->label[e]);
        html_cell(out, amount_share(amount_number(signs, "computed_as_its_function_percent")).s);
        html_cell(out, amount_share(amount_number(signs, "its_function_as_the_network_percent")).s);
        html_cell(out, amount_share(amount_number(signs, "computed_as_the_network_percent")).s);
        spread_cell(out, v, json_object_get(function, "cosine"));
        spread_cell(out, v, json_object_get(function, "rank_correlation"));
        fputs("</tr>\n", out);
    }
    if (!any)
        return;
    fputs("</tbody>", out);
    html_table_end(out);
    fputs("<p class=\"note\">The first column is what rounding does: computed signs against the exact ones of the same function. "
          "The second is what the change of function does: the exact signs of that function against those of the network itself, "
          "free of any rounding. The third is both together: computed signs against the exact ones of the network itself. A "
          "computed 0 is no sign; among other signs 50&nbsp;% is chance.</p>\n", out);
}

static void
attack_row(FILE *out, const char *name, const json_t *attack, uint64_t images)
{
    const uint64_t fooled = amount_integer(attack, "fooled"), correct = amount_integer(attack, "correct_before");
    const uint64_t after = amount_integer(attack, "correct_after");
    html_row(out, name);
    fprintf(out, "<td>%s of %s</td>", amount_count(fooled).s, amount_count(correct).s);
    html_cell(out, amount_percent(fooled, correct).s);
    html_cell(out, amount_range(amount_number(attack, "success_low_percent"), amount_number(attack, "success_high_percent")).s);
    html_cell(out, amount_percent(images > after ? images - after : 0, images).s);
    html_count(out, amount_integer(attack, "all_zero_images"));
    fputs("</tr>\n", out);
}

static void
control_row(FILE *out, const audit_view *v, const char *key, const char *name)
{
    const audit_control c = audit_view_control(v, key);
    const double whole = c.correct > 0 ? (double)c.correct : NAN;
    if (c.seeds == 0)
        return;
    html_row(out, name);
    fprintf(out, "<td>%s of %s<br><small>on average, %s</small></td>", amount_mean(c.mean, c.correct).s, amount_count(c.correct).s,
            amount_nouns(c.seeds, "seed").s);
    fprintf(out, "<td>%s</td><td>%s<br><small>range</small></td><td></td><td></td></tr>\n",
            amount_percent((uint64_t)(c.mean * (double)c.seeds + 0.5), c.correct * c.seeds).s,
            amount_range(100 * (double)c.least / whole, 100 * (double)c.greatest / whole).s);
}

static void
attacks_table(FILE *out, const audit_view *v)
{
    const uint64_t images = amount_integer(json_object_get(v->report, "images"), "n");
    fputs("<h2>Attacks</h2>\n", out);
    html_table(out, NULL);
    fputs("<thead><tr><th scope=\"col\">FGSM with</th><th scope=\"col\">fooled</th><th scope=\"col\">success<br><small>of those "
          "correct before</small></th><th scope=\"col\">95&nbsp;% interval<br><small>of success</small></th><th "
          "scope=\"col\">wrong after it<br><small>of all images</small></th><th scope=\"col\">images<br>not "
          "moved</th></tr></thead>\n<tbody>", out);
    for (size_t f = 0; f < v->p->shape.n_functions; f++)
        attack_row(out, v->function[f], json_object_get(audit_view_function(v, f), "attack"), images);
    for (size_t e = 0; e < v->p->shape.n_estimators; e++)
        attack_row(out, v->label[e], json_object_get(audit_view_estimator(v, e), "attack"), images);
    control_row(out, v, "random_signs", "random signs");
    control_row(out, v, "zeros_filled", "naive, zeros filled at random");
    fputs("</tbody>", out);
    html_table_end(out);
    fputs("<p class=\"note\">Wrong after it, 1 \u2212 accuracy, counts images that were wrong before as well. An image is not "
          "moved where no element has a sign: each is 0 or NaN. The network that classifies is always the "
          "original one.</p>\n", out);
}

/* What an attack of a comparison is called. */
static void
attack_cell(FILE *out, const audit_view *v, const char *name)
{
    const bool naive = strcmp(name, "naive") == 0, stable = strcmp(name, "stable") == 0;
    html_name(out, naive                                                          ? v->label[v->p->shape.naive]
                   : stable && v->p->shape.stable < v->p->shape.n_estimators      ? v->label[v->p->shape.stable]
                   : strcmp(name, "zeros filled") == 0                            ? "naive, zeros filled at random"
                                                                                  : name);
}

static void
comparisons_table(FILE *out, const audit_view *v)
{
    size_t i;
    const json_t *o, *list = json_object_get(json_object_get(v->report, "verdict"), "comparisons");
    const amount margin = amount_real(amount_number(v->options, "verdict_margin"));
    bool reduced = false;
    if (json_array_size(list) == 0)
        return;
    html_table(out, "Success of one attack minus that of another, in percentage points");
    fputs("<thead><tr><th scope=\"col\">question</th><th scope=\"col\" class=\"name\">attack</th><th scope=\"col\" "
          "class=\"name\">against</th><th scope=\"col\">difference</th><th scope=\"col\">95&nbsp;% interval</th><th "
          "scope=\"col\">threshold</th><th scope=\"col\" class=\"name\">answer</th></tr></thead>\n<tbody>", out);
    json_array_foreach((json_t *)(uintptr_t)list, i, o) {
        reduced = reduced || strcmp(amount_string(o, "question"), "S") == 0;
        html_row(out, amount_string(o, "question"));
        attack_cell(out, v, amount_string(o, "attack"));
        attack_cell(out, v, amount_string(o, "against"));
        html_cell(out, amount_points(amount_number(o, "difference_points"), 2).s);
        html_cell(out, amount_between(amount_number(o, "low_points"), amount_number(o, "high_points"), 2).s);
        html_cell(out, amount_real(amount_number(o, "threshold_points")).s);
        html_name(out, amount_string(o, "answer"));
        fputs("</tr>\n", out);
    }
    fputs("</tbody>", out);
    html_table_end(out);
    fprintf(out, "<p class=\"note\">Of %s classified correctly. R: does the exact gradient fool more of them than the naive one, "
                 "by more than %s points? C: does it fool more than each control does on average over its seeds? ",
            amount_nouns(amount_integer(json_object_get(v->report, "images"), "correct"), "image").s, margin.s);
    if (reduced)
        fprintf(out, "S: does the %s fool more than the better of the two, by more than %s points, and more than each control? ",
                audit_words_reduced(v), margin.s);
    fputs("The answer is yes where the interval lies above the threshold, \u201cnot decided\u201d where it reaches across and is "
          "wider than 2 points, else no. ", out);
    audit_words_rests(out, v);
    fputs("</p>\n", out);
}

static void
facts_table(FILE *out, const audit_view *v)
{
    const json_t *images = json_object_get(json_object_get(v->report, "verdict"), "images");
    const uint64_t n = amount_integer(json_object_get(v->report, "images"), "correct");
    html_table(out, "What the attacks do to the images");
    fputs("<thead><tr><th scope=\"col\">fact</th><th scope=\"col\">images</th><th scope=\"col\">of those correct "
          "before</th></tr></thead>\n<tbody>", out);
    for (size_t k = 0; k < N_FACTS; k++) {
        const uint64_t some = amount_integer(images, image_fact_names[k]);
        html_row(out, image_fact_names[k]);
        html_count(out, some);
        html_cell(out, k == FACT_MISCLASSIFIED ? amount_real(NAN).s : amount_percent(some, n).s);
        fputs("</tr>\n", out);
    }
    fputs("</tbody>", out);
    html_table_end(out);
    fputs("<p class=\"note\">Misclassified: before any attack.", out);
    if (v->p->shape.stable < v->p->shape.n_estimators)
        fprintf(out, " Only-reduced-works: neither the naive nor the exact gradient fools the network, that of the %s does.",
                audit_words_reduced(v));
    fputs("</p>\n", out);
}

void
audit_tables_html(FILE *out, const audit_view *v)
{
    estimators_table(out, v);
    remedies_table(out, v);
    audit_tables_stores(out, v);
    signs_table(out, v);
    attacks_table(out, v);
    fputs("<div class=\"pair\">\n<div>", out);
    comparisons_table(out, v);
    fputs("</div>\n<div>", out);
    facts_table(out, v);
    fputs("</div></div>\n", out);
}
