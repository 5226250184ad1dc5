/* SPDX-License-Identifier: Apache-2.0 */
/* audit_details.c -- an audit's tables for each estimator, and how it was computed; see audit_page.h */
#include <string.h>

#include "graph/graph.h"
#include "io/escape.h"
#include "report/amount.h"
#include "report/audit_page.h"
#include "report/html.h"

static void
matrix_table(FILE *out, const ga_tally *t)
{
    html_table(out, "Truth (rows) and what was computed (columns), with signs, in % of all elements");
    fputs("<thead><tr><th scope=\"col\">truth</th>", out);
    for (size_t c = 0; c < GA_COMPUTED_COLUMNS; c++)
        html_head(out, ga_computed_column_names[c]);
    fputs("</tr></thead>\n<tbody>", out);
    for (size_t r = 0; r < GA_TRUTH_ROWS; r++) {
        html_row(out, ga_truth_row_names[r]);
        for (size_t c = 0; c < GA_COMPUTED_COLUMNS; c++)
            html_share(out, t->matrix[r][c], t->elements);
        fputs("</tr>\n", out);
    }
    fputs("</tbody>", out);
    html_table_end(out);
}

/* The layers of an origin, those with the most elements first: "layer 2: 48.4 %", each of the fault's elements. */
static void
origin_layers(FILE *out, const audit_view *v, const uint64_t *layer, size_t n_layers, uint64_t whole)
{
    enum { MOST = 8 };
    bool said[GRAPH_MOST_NODES] = { false };
    size_t left = 0;
    for (size_t l = 0; l < n_layers; l++)
        left += layer[l] > 0;
    for (size_t k = 0; k < MOST && left > 0; k++, left--) {
        size_t most = n_layers;
        for (size_t l = 0; l < n_layers; l++)
            if (!said[l] && (most == n_layers || layer[l] > layer[most]))
                most = l;
        said[most] = true;
        fputs(k > 0 ? ", <span class=\"n\">" : "<span class=\"n\">", out);
        audit_layer_words(out, v, most, escape_html);
        fprintf(out, ": %s</span>", amount_count(layer[most]).s);
        fputs(" <small class=\"n\">(", out);
        escape_html(out, amount_percent(layer[most], whole).s);
        fputs(")</small>", out);
    }
    if (left > 0)
        fprintf(out, " and %s with fewer", amount_nouns(left, "layer").s);
}

static void
origin_row(FILE *out, size_t fault, const char *kind, const char *means)
{
    char name[96];
    snprintf(name, sizeof name, "%s, %s", ga_cell_names[part_faults[fault]], kind);
    fputs("<tr><th scope=\"row\">", out);
    html_text(out, name);
    fputs("<br><small>", out);
    html_text(out, means);
    fputs("</small></th><td class=\"words\">", out);
}

static void
origins_table(FILE *out, const audit_view *v, const part_estimator *e)
{
    const size_t n_layers = v->p->shape.n_layers;
    uint64_t any = 0;
    for (size_t c = 0; c < PART_FAULTS; c++) {
        any |= e->unlisted[c];
        for (size_t i = 0; i < N_ORIGINS * n_layers; i++)
            any |= part_origins(e, c, n_layers)[i];
    }
    if (any == 0)
        return;
    html_caption(out, "Origins, and the elements behind which they stand, in % of those of the cell; an element of several origins "
                      "counts with each");
    fputs("<table class=\"origins\">\n<thead><tr><th scope=\"col\">cell, origin</th><th scope=\"col\" "
          "class=\"words\">where</th></tr></thead>\n<tbody>", out);
    for (size_t c = 0; c < PART_FAULTS; c++) {
        const uint64_t whole = e->tally.cell[part_faults[c]];
        for (size_t k = 0; k < N_ORIGINS; k++) {
            const uint64_t *layer = part_origins(e, c, n_layers) + k * n_layers;
            any = 0;
            for (size_t l = 0; l < n_layers; l++)
                any |= layer[l];
            if (any == 0)
                continue;
            origin_row(out, c, origin_names[k], audit_origin_words(k));
            origin_layers(out, v, layer, n_layers, whole);
            fputs("</td></tr>\n", out);
        }
        if (e->unlisted[c] == 0)
            continue;
        origin_row(out, c, "not listed", "the search for the operations that suffice to make it right gave up");
        fprintf(out, "%s, %.4g operations each, on average</td></tr>\n", amount_of(e->unlisted[c], whole, "element").s,
                (double)e->faults[c] / (double)e->unlisted[c]);
    }
    fputs("</tbody></table>\n", out);
}

/* For those that differ from the network's exact gradient: computed sign by that of its function and of the network. */
static void
joint_table(FILE *out, const part_estimator *e)
{
    html_table(out, "Signs together: computed; exact, of its function; exact, of the network; in % of all elements");
    fputs("<thead><tr><th scope=\"col\">computed, its function</th>", out);
    for (size_t b = 0; b < PART_SIGNS; b++) {
        char name[64];
        snprintf(name, sizeof name, "network: %s", part_sign_names[b]);
        html_head(out, name);
    }
    fputs("</tr></thead>\n<tbody>", out);
    for (size_t c = 0; c < PART_SIGNS; c++)
        for (size_t t = 0; t < PART_SIGNS; t++) {
            char name[64];
            uint64_t any = 0;
            for (size_t b = 0; b < PART_SIGNS; b++)
                any |= e->joint[c][t][b];
            if (any == 0)
                continue;
            snprintf(name, sizeof name, "%s, %s", part_sign_names[c], part_sign_names[t]);
            html_row(out, name);
            for (size_t b = 0; b < PART_SIGNS; b++)
                html_share(out, e->joint[c][t][b], e->tally.elements);
            fputs("</tr>\n", out);
        }
    fputs("</tbody>", out);
    html_table_end(out);
}

void
audit_details_html(FILE *out, const audit_view *v)
{
    fputs("<h2>Each estimator in full</h2>\n", out);
    for (size_t e = 0; e < v->p->shape.n_estimators; e++) {
        const size_t f = audit_view_function_of(v, e);
        fprintf(out, "<details%s><summary>", e == v->p->shape.naive ? " open" : "");
        html_text(out, v->label[e]);
        fputs("</summary>\n", out);
        matrix_table(out, &v->p->estimator[e].tally);
        origins_table(out, v, v->p->estimator + e);
        if (f > 0 && f < v->p->shape.n_functions)
            joint_table(out, v->p->estimator + e);
        fputs("</details>\n", out);
    }
}

static void
item(FILE *out, const char *name, const char *text)
{
    if (*text == '\0')
        return;
    html_row(out, name);
    fputs("<td class=\"words\">", out);
    html_text(out, text);
    fputs("</td></tr>\n", out);
}

static void
reals(FILE *out, const char *name, const json_t *object, const char *key)
{
    if (json_is_number(json_object_get(object, key)))
        item(out, name, amount_real(amount_number(object, key)).s);
}

void
audit_method_html(FILE *out, const audit_view *v)
{
    const json_t *arithmetic = json_object_get(v->head, "arithmetic"), *data = json_object_get(v->head, "data");
    fputs("<h2>How it was computed</h2>\n<p>Each gradient is one backward pass of the same code, run in the format named, on the "
          "same binary inputs. Exact, true and reference mean one thing: the same pass in balls, midpoints with proven radii, "
          "whose precision is raised image by image until every sign is proved; what it cannot decide is called undecided. "
          "<code>report.json</code> holds every number of this page, <code>images.tsv</code> a line for each image, "
          "<code>figures/</code> the figures with their tables, and <code>provenance.json</code> when and where it was run.</p>\n",
          out);
    html_table(out, NULL);
    fputs("<tbody>", out);
    reals(out, "FGSM step eps", v->options, "eps");
    reals(out, "inaccurate beyond a relative error of", v->options, "tolerance");
    reals(out, "margin of the verdict, percentage points", v->options, "verdict_margin");
    reals(out, "seeds of the controls", v->options, "seeds");
    reals(out, "bits of the reference, at most", v->options, "max_bits");
    item(out, "model, SHA-256", amount_string(json_object_get(v->head, "model"), "sha256"));
    item(out, "images, SHA-256", amount_string(data, "images_sha256"));
    item(out, "labels, SHA-256", amount_string(data, "labels_sha256"));
    item(out, "program", amount_string(arithmetic, "program"));
    item(out, "products", amount_string(arithmetic, "openblas"));
    item(out, "compiler", amount_string(arithmetic, "compiler"));
    item(out, "flags", amount_string(arithmetic, "flags"));
    item(out, "C library", amount_string(arithmetic, "libc"));
    item(out, "MPFR", amount_string(arithmetic, "mpfr"));
    fputs("</tbody>", out);
    html_table_end(out);
}
