/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c -- see explain.h */
#include <math.h>

#include "report/explain.h"

/* Computed numbers exactly, as hexadecimal floats; exponents of truths have no bounds: three digits and a power of ten. */
static void
print_computed(FILE *out, const ga_number *a, int width)
{
    char text[64];
    if (a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL)
        snprintf(text, sizeof text, "%a", ldexp(a->mantissa, (int)a->exponent));
    else
        snprintf(text, sizeof text, "%a", a->mantissa);
    fprintf(out, "%-*s", width, text);
}

static void
print_true(FILE *out, double mantissa, int64_t exponent)
{
    if (mantissa == 0) {
        fputs("0", out);
        return;
    }
    if (exponent > -40 && exponent < 40) {
        fprintf(out, "%.6g", ldexp(mantissa, (int)exponent));
        return;
    }
    const double log = log10(fabs(mantissa)) + (double)exponent * 0.30102999566398119521, decade = floor(log);
    const double figures = pow(10, log - decade);
    const bool up = figures >= 9.9995; /* would be 10.000 */
    fprintf(out, "%s%.3fe%.0f", mantissa < 0 ? "-" : "", up ? 1 : figures, up ? decade + 1 : decade);
}

static void
print_stage(FILE *out, const examination *x, const char *what, engine_tensor tensor, size_t l, size_t unit)
{
    const ga_number *truth = &x->view.truth->value[tensor][l][unit];
    fprintf(out, "  %-34s", what);
    print_computed(out, &x->view.computed->value[tensor][l][unit], 22);
    fputs("  ", out);
    print_true(out, truth->mantissa, truth->exponent);
    fputc('\n', out);
}

static void
print_path(FILE *out, const examination *x, const size_t *path, size_t element)
{
    const size_t last = x->view.model->n_layers - 1;
    char what[96];
    fprintf(out, "  %-34s%-22s  %s\n", "", "computed", "true");
    for (size_t l = 0; l < last; l++) {
        snprintf(what, sizeof what, "layer %zu unit %zu: pre-activation", l + 1, path[l]);
        print_stage(out, x, what, TENSOR_PREACTIVATION, l, path[l]);
        print_stage(out, x, "  its activation", TENSOR_ACTIVATION, l, path[l]);
        print_stage(out, x, "  the derivative there", TENSOR_DERIVATIVE, l, path[l]);
    }
    snprintf(what, sizeof what, "class %zu%s: %s", path[last], path[last] == x->view.label ? " (the label)" : "",
             x->view.e.loss == GA_MARGIN ? "chosen" : "probability");
    print_stage(out, x, what, TENSOR_PROBABILITY, last, path[last]);
    print_stage(out, x, "  the residual", TENSOR_DELTA, last, path[last]);
    for (size_t l = last; l-- > 0;) {
        snprintf(what, sizeof what, "layer %zu unit %zu: sum from above", l + 1, path[l]);
        print_stage(out, x, what, TENSOR_BACK_SUM, l, path[l]);
        print_stage(out, x, "  times the derivative", TENSOR_DELTA, l, path[l]);
    }
    snprintf(what, sizeof what, "element %zu: the gradient", element);
    print_stage(out, x, what, TENSOR_INPUT_GRADIENT, 0, element);
}

static void
print_origin(FILE *out, const origin *o, size_t last)
{
    static const char *const places[N_TENSORS] = {
        [TENSOR_PREACTIVATION] = "the pre-activation of", [TENSOR_DERIVATIVE] = "the derivative of",
        [TENSOR_DELTA] = "the product at", [TENSOR_SCALED] = "the gain at", [TENSOR_BACK_SUM] = "the sum from above at",
        [TENSOR_INPUT_GRADIENT] = "the sum of the gradient, element"
    };
    if (o->tensor == TENSOR_DELTA && o->layer == last)
        fprintf(out, "  %s: the residual of class %zu\n", origin_names[o->kind], o->unit);
    else if (o->tensor == TENSOR_INPUT_GRADIENT)
        fprintf(out, "  %s: %s %zu\n", origin_names[o->kind], places[o->tensor], o->unit);
    else
        fprintf(out, "  %s: %s layer %zu, unit %zu\n", origin_names[o->kind], places[o->tensor], o->layer + 1, o->unit);
}

/* Those beside come last. */
static void
print_origins(FILE *out, const origin *found, size_t n, size_t last, ga_cell cell)
{
    size_t proper = 0;
    while (proper < n && !found[proper].beside)
        proper++;
    if (n > 0)
        fprintf(out, "\nWhere it went wrong%s:\n", proper > 1 ? ", the loss side first" : "");
    for (size_t i = 0; i < n; i++) {
        if (i == proper)
            fprintf(out, "At fault too, though the %s comes out right without:\n", cell == GA_CELL_INACCURATE ? "value" : "sign");
        print_origin(out, found + i, last);
    }
}

static void
print_verdict(FILE *out, const examination *x, size_t element)
{
    static const char *const words[GA_CELLS] = {
        [GA_CELL_ZERO] = "0 is right.",
        [GA_CELL_SPURIOUS] = "The true value is 0, proved; the computed one is not.",
        [GA_CELL_LOST] = "Lost: the format could hold the true value, rounding made it 0.",
        [GA_CELL_BELOW_RANGE] = "Below range: the true value is not 0, but 0 is its correct rounding.",
        [GA_CELL_WRONG_SIGN] = "The sign is wrong.",
        [GA_CELL_INACCURATE] = "The sign is right, the magnitude is off.",
        [GA_CELL_RIGHT] = "Right, within the tolerance.",
        [GA_CELL_NONFINITE] = "Not finite.",
        [GA_CELL_UNDECIDED] = "Undecided: the reference does not know the true value.",
    };
    const ga_finding *f = x->finding + element;
    fprintf(out, "%s", words[f->cell]);
    if (f->cell == GA_CELL_WRONG_SIGN || f->cell == GA_CELL_INACCURATE || f->cell == GA_CELL_RIGHT)
        fprintf(out, " Relative error %.3g, %.3g ulp.", f->relative_error, fabs(f->ulp));
    fputc('\n', out);
}

void
explain_element(FILE *out, const examination *x, size_t image, size_t element, ga_number *const rescued[N_REMEDIES])
{
    char name[128];
    size_t path[GA_MAX_LAYERS];
    origin found[MOST_ORIGINS];
    const ga_truth *truth = x->truth + element;
    ga_estimator_name(name, sizeof name, &x->view.e);
    fprintf(out, "Image %zu, label %d, element %zu, %s.\n", image, x->view.label, element, name);
    fputs("Computed: ", out);
    print_computed(out, x->gradient + element, 0);
    fputs("\nTrue:     ", out);
    if (truth->state == GA_UNDECIDED_ELEMENT && truth->bound == INT64_MAX)
        fputs("unknown", out);
    else if (truth->state == GA_UNDECIDED_ELEMENT)
        fprintf(out, "between -2^%lld and 2^%lld", (long long)truth->bound, (long long)truth->bound);
    else
        print_true(out, truth->state == GA_TRUE_ZERO ? 0 : truth->mantissa, truth->exponent);
    fprintf(out, " (%s at %ld bits)\n", truth->state == GA_UNDECIDED_ELEMENT ? "not decided" : "proved", x->bits);
    print_verdict(out, x, element);
    if (x->kinks > 0)
        fprintf(out, "%zu ReLU pre-activations are exactly 0; the derivative there is 0 by convention.\n", x->kinks);
    fputs("\nThe path that carries the largest true terms:\n", out);
    origin_path(path, &x->view, element);
    print_path(out, x, path, element);
    const size_t n = origin_find(found, &x->view, element, x->finding[element].cell);
    print_origins(out, found, n, x->view.model->n_layers - 1, x->finding[element].cell);
    if (n > 0 && rescued != NULL)
        fputs("\nWhat makes it non-zero with the right sign:\n", out);
    for (remedy r = 0; n > 0 && rescued != NULL && r < N_REMEDIES; r++)
        fprintf(out, "  %-40s%s\n", remedy_names[r], counterfactual_saves(rescued[r] + element, truth) ? "yes" : "no");
}
