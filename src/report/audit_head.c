/* SPDX-License-Identifier: Apache-2.0 */
/* audit_head.c -- what a page is about: the model, the data, the attack, and the terms; see audit_page.h */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"
#include "report/amount.h"
#include "report/audit_page.h"
#include "report/html.h"
#include "report/layout.h"

enum { DIGITS = 12,     /* of a digest; the page's end has them all */
       MOST_SIZES = 8 }; /* of layers that are named */

/* "784\u2013128\u2013128\u201310 sigmoid": the sizes of layers, or of a graph's nodes, and the activations of
   any hidden ones. */
static void
print_network(FILE *out, const audit_view *v)
{
    size_t i;
    const char *last = NULL;
    const json_t *layer, *layers = json_object_get(json_object_get(v->head, "model"), "layers");
    fputs(amount_count(v->p->shape.n_elements).s, out);
    const size_t n = json_array_size(layers);
    json_array_foreach((json_t *)(uintptr_t)layers, i, layer)
        if (n <= MOST_SIZES || i < 2 || i + 1 == n)
            fprintf(out, "\u2013%s", amount_count(amount_integer(layer, "outputs")).s);
        else if (i == 2)
            fputs("\u2013\u2026", out);
    if (n > MOST_SIZES)
        fprintf(out, " (%s)", amount_nouns(n, json_object_get(json_array_get(layers, 0), "operations") != NULL ? "node"
                                                                                                           : "layer").s);
    json_array_foreach((json_t *)(uintptr_t)layers, i, layer) {
        const char *activation = amount_string(layer, "activation");
        if (i + 1 == n || *activation == '\0' || (last != NULL && strcmp(last, activation) == 0))
            continue;
        fputs(last == NULL ? " " : "/", out);
        escape_html(out, activation);
        last = activation;
    }
}

/* "first to last"; of one: "first". */
static void
print_images(FILE *out, const audit_view *v)
{
    const json_t *images = json_object_get(v->report, "images");
    const uint64_t first = amount_integer(images, "first"), last = amount_integer(images, "last");
    fputs(last > first ? "images " : "image ", out);
    fputs(amount_count(first).s, out);
    if (last > first)
        fprintf(out, "\u2013%s", amount_count(last).s);
}

/* The first digits of a digest; false: there is none. */
static bool
print_digest(FILE *out, const json_t *object, const char *key, size_t most)
{
    char digits[DIGITS + 1];
    const char *digest = amount_string(object, key);
    if (*digest == '\0')
        return false;
    snprintf(digits, sizeof digits, "%.*s", (int)(most < DIGITS ? most : DIGITS), digest);
    escape_html(out, digits);
    return true;
}

void
audit_title(FILE *out, const audit_view *v)
{
    const json_t *model = json_object_get(v->head, "model"), *data = json_object_get(v->head, "data");
    fputs("gradaudit: ", out);
    print_network(out, v);
    fputs(", model ", out);
    if (!print_digest(out, model, "sha256", 8))
        fputs("without a file", out);
    fputs(", data ", out);
    if (!print_digest(out, data, "images_sha256", 8))
        fputs("without a file", out);
    fputs(", ", out);
    print_images(out, v);
    fprintf(out, ", eps %s", amount_real(amount_number(v->options, "eps")).s);
}

static void
print_sha256(FILE *out, const json_t *object, const char *key, const char *none)
{
    fputs(", ", out);
    if (json_string_value(json_object_get(object, key)) == NULL) {
        fputs(none, out);
        return;
    }
    fputs("SHA-256 <code>", out);
    print_digest(out, object, key, DIGITS);
    fputs("\u2026</code>", out);
}

static void
print_model(FILE *out, const audit_view *v)
{
    const json_t *model = json_object_get(v->head, "model");
    fputs("<dt>Model</dt><dd>", out);
    print_network(out, v);
    fputs(", ", out);
    html_text(out, amount_string(model, "dtype"));
    if (json_is_true(json_object_get(model, "rounded")))
        fputs(", rounded to it", out);
    if (json_array_size(json_object_get(model, "normalise")) > 0)
        fputs(", its inputs normalised (gradients are with respect to the normalised ones)", out);
    if (json_object_get(model, "output") != NULL) {
        fputs(", ending in ", out);
        html_text(out, amount_string(model, "output"));
    }
    if (json_object_get(model, "fused") != NULL) {
        fputs(", fused: ", out);
        html_text(out, amount_string(model, "fused"));
    }
    print_sha256(out, model, "sha256", "of no file");
    fputs("</dd>\n", out);
}

/* "1/255"; a longer ratio as a decimal. */
static void
print_ratio(FILE *out, const char *text)
{
    enum { SHORT = 7 };
    const char *const slash = strchr(text, '/');
    if (strlen(text) <= SHORT)
        html_text(out, text);
    else
        fputs(amount_real(strtod(text, NULL) / (slash != NULL ? strtod(slash + 1, NULL) : 1)).s, out);
}

/* What makes inputs of the data's numbers, where it was said; of several channels, the first. */
static void
print_scaling(FILE *out, const json_t *data)
{
    const json_t *list = json_object_get(data, "scaling"), *first = json_array_get(list, 0);
    const char *factor = amount_string(first, "factor"), *offset = amount_string(first, "offset");
    const bool minus = *offset == '-';
    if (first == NULL)
        return;
    fputs("; an input is its number \u00d7 ", out);
    print_ratio(out, factor);
    if (strcmp(offset, "0") != 0) {
        fputs(minus ? " \u2212 " : " + ", out);
        print_ratio(out, offset + minus);
    }
    if (json_array_size(list) > 1)
        fprintf(out, " in the first of %zu channels", json_array_size(list));
}

void
audit_head_html(FILE *out, const audit_view *v)
{
    const json_t *data = json_object_get(v->head, "data"), *images = json_object_get(v->report, "images");
    const uint64_t n = amount_integer(images, "n"), correct = amount_integer(images, "correct");
    fputs("<dl class=\"about\">\n", out);
    print_model(out, v);
    const layout shape = layout_of(data, v->p->shape.n_elements);
    fprintf(out, "<dt>Data</dt><dd>%s of ", amount_nouns(amount_integer(data, "images"), "image").s);
    layout_shape(out, &shape);
    fputs(shape.n_dims > 1 ? "" : shape.n == 1 ? " number" : " numbers", out);
    print_sha256(out, data, "images_sha256", "of no file");
    if (json_is_string(json_object_get(data, "labels_sha256")))
        fputs("; labels", out);
    print_sha256(out, data, "labels_sha256", "with their labels");
    print_scaling(out, data);
    fputs("</dd>\n<dt>Audited</dt><dd>", out);
    print_images(out, v);
    fprintf(out, ", %s of %s classified correctly before any attack</dd>\n",
            correct == n && n > 1 ? "all" : amount_count(correct).s, amount_count(n).s);
    fprintf(out, "<dt>Attack</dt><dd>FGSM: one step of eps %s along the signs of a gradient",
            amount_real(amount_number(v->options, "eps")).s);
    const json_t *range = json_array_get(json_object_get(data, "range"), 0);
    if (range != NULL)
        fprintf(out, "; inputs stay within %s to %s%s", amount_real(json_number_value(json_array_get(range, 0))).s,
                amount_real(json_number_value(json_array_get(range, 1))).s,
                json_array_size(json_object_get(data, "range")) > 1 ? " in the first channel" : "");
    fputs("</dd>\n</dl>\n", out);
}

/* Whether an estimator or function has this text, or a number below 1 (text NULL), under the key. */
static bool
any_has(const audit_view *v, const char *key, const char *text)
{
    for (size_t e = 0; e < v->p->shape.n_estimators; e++) {
        const json_t *o = audit_view_estimator(v, e);
        if (text != NULL ? strcmp(amount_string(o, key), text) == 0 : amount_number(o, key) < 1)
            return true;
    }
    return false;
}

static bool
any_smooths(const audit_view *v)
{
    for (size_t e = 0; e < v->p->shape.n_estimators; e++)
        if (json_object_get(audit_view_estimator(v, e), "label_smoothing") != NULL)
            return true;
    return false;
}

static bool
is_foreign(const audit_view *v)
{
    for (size_t e = 0; e < v->p->shape.n_estimators; e++)
        if (json_is_null(json_object_get(audit_view_estimator(v, e), "formulas")))
            return true;
    return false;
}

static bool
any_cell(const audit_view *v, ga_cell cell)
{
    for (size_t e = 0; e < v->p->shape.n_estimators; e++)
        if (v->p->estimator[e].tally.cell[cell] > 0)
            return true;
    return false;
}

/* Whether a remark, on an estimator that is chosen automatically, has the word. */
static bool
is_remarked(const audit_view *v, const char *word)
{
    size_t i;
    const json_t *one;
    json_array_foreach(json_object_get(v->head, "remarks"), i, one)
        if (strstr(amount_string(one, "estimator"), word) != NULL || strstr(amount_string(one, "text"), word) != NULL)
            return true;
    return false;
}

/* The terms of this page and no others. */
void
audit_glossary_html(FILE *out, const audit_view *v)
{
    const audit_control random = audit_view_control(v, "random_signs"), filled = audit_view_control(v, "zeros_filled");
    const struct {
        bool used;
        const char *term, *means;
    } glossary[] = {
        { any_has(v, "formulas", "naive"), "naive", "the textbook formulas as frameworks compute them in the format" },
        { any_has(v, "formulas", "rewrite"), "rewrite", "the same function by formulas without subtractions that cancel" },
        { true, "exact", "the true gradient, proved" },
        { any_has(v, "gain", NULL) || is_remarked(v, "gain"), "gain",
          "a factor on the pre-activations of sigmoid and tanh: below 1 it smooths the network" },
        { any_has(v, "logit_scale", NULL) || is_remarked(v, "logit scale"), "logit scale", "a factor on the logits" },
        { any_has(v, "loss", "margin"), "margin",
          "the gradient of another loss: the largest logit of the other classes minus the label\u2019s" },
        { any_has(v, "loss", "dlr"), "dlr",
          "the gradient of the difference of logits ratio: the margin by the largest logit minus the third largest" },
        { any_has(v, "loss", "cw"), "cw",
          "the gradient of the hinge of Carlini and Wagner: the margin\u2019s, and 0 where that is beyond kappa" },
        { any_smooths(v), "label smoothing",
          "the share of the cross-entropy\u2019s target that all classes have in equal parts, instead of the label\u2019s alone" },
        { any_has(v, "loss", "nll"), "nll",
          "the gradient of the cross-entropy by the formulas of a loss that takes the outputs of a softmax or log-softmax" },
        { any_has(v, "loss", "bce"), "bce",
          "the gradient of the binary cross-entropies of the outputs, each of which is a probability by itself" },
        { is_foreign(v), "made elsewhere", "computed by another program" },
        { true, "fool", "to make the network err on an image that it classified correctly" },
        { random.seeds > 0, "random signs", "a step that knows nothing of the gradient" },
        { filled.seeds > 0, "zeros filled", "the naive signs, with random ones where they are 0" },
        { true, "lost", "computed 0, though the format could have represented a better answer" },
        { true, "below-range", "computed 0, and 0 is the correctly rounded answer" },
        { any_cell(v, GA_CELL_ABOVE_RANGE), "above-range", "computed infinite, and that is the correctly rounded answer" },
        { strcmp(amount_string(json_object_get(v->report, "verdict"), "model"), "masked") == 0, "masked",
          "rounding hides a working attack" },
    };
    bool first = true;
    fputs("<p class=\"note\">", out);
    for (size_t i = 0; i < sizeof glossary / sizeof *glossary; i++)
        if (glossary[i].used) {
            fprintf(out, "%s<dfn>%s</dfn>: %s", first ? "" : "; ", glossary[i].term, glossary[i].means);
            first = false;
        }
    fputs(".</p>\n", out);
}
