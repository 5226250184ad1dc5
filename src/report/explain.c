/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c -- see explain.h */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "pass/truth.h"
#include "report/explain.h"

/* Computed numbers exactly, as hexadecimal floats. */
static void
print_computed(FILE *out, const ga_number *a, int width)
{
    char text[64];
    if (a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL)
        snprintf(text, sizeof text, "%a", ldexp(a->mantissa, (int)a->exponent));
    else if (a->klass == GA_NAN)
        snprintf(text, sizeof text, "nan");
    else
        snprintf(text, sizeof text, "%a", a->mantissa);
    fprintf(out, "%-*s", width, text);
}

/* Digits that the enclosure proves: six, or five and a power of ten where exponents are far from 0. */
static void
print_true(FILE *out, const ga_truth *t)
{
    char text[64];
    const bool near = t->state != GA_TRUE_NONZERO || (t->exponent > -40 && t->exponent < 40);
    if (t->state == GA_UNDECIDED_ELEMENT && t->bound != INT64_MAX)
        fprintf(out, "undecided, at most 2^%" PRId64 " in size", t->bound);
    else if (t->state == GA_UNDECIDED_ELEMENT)
        fputs("undecided", out);
    else if (truth_print(text, sizeof text, t, near ? 6 : 5) < 0)
        fprintf(out, "%s2^%" PRId64 ", nearly", t->sign < 0 ? "-" : "", t->exponent); /* no digit is the same in all of it */
    else if (near)
        fprintf(out, "%.6g", strtod(text, NULL)); /* the same digits */
    else
        fputs(text, out);
}

static void
print_stage(FILE *out, const examination *x, const char *what, engine_tensor tensor, size_t l, size_t unit)
{
    fprintf(out, "  %-34s", what);
    print_computed(out, &x->view.computed->value[tensor][l][unit], 22);
    fputs("  ", out);
    print_true(out, &x->view.truth->truth[tensor][l][unit]);
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
    const bool residual = o->tensor == TENSOR_DELTA && o->layer == last;
    if (residual)
        fprintf(out, "  %s: the residual of class %zu", origin_names[o->kind], o->unit);
    else if (o->tensor == TENSOR_INPUT_GRADIENT)
        fprintf(out, "  %s: %s %zu", origin_names[o->kind], places[o->tensor], o->unit);
    else
        fprintf(out, "  %s: %s layer %zu, unit %zu", origin_names[o->kind], places[o->tensor], o->layer + 1, o->unit);
    if (o->kind == ORIGIN_ARGUMENT_ERROR)
        fputs(residual ? ", from the rounding error of the logits" : ", from the rounding error of its argument", out);
    putc('\n', out);
}

/* Those beside come last. */
static void
print_origins(FILE *out, const origin *found, size_t n, size_t unlisted, size_t last, ga_cell cell)
{
    size_t proper = 0;
    while (proper < n && !found[proper].beside)
        proper++;
    if (unlisted > 0)
        fprintf(out, "\nWhere it went wrong:\n  %zu origins, not listed: so many operations are at fault, too many to name.\n",
                unlisted);
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
        [GA_CELL_ABOVE_RANGE] = "Above range: the true value is finite, but infinity is its correct rounding.",
        [GA_CELL_WRONG_SIGN] = "The sign is wrong.",
        [GA_CELL_INACCURATE] = "The sign is right, the magnitude is off.",
        [GA_CELL_RIGHT] = "Right, within the tolerance.",
        [GA_CELL_NONFINITE] = "Not finite.",
        [GA_CELL_UNDECIDED] = "Undecided: what is proved of the true value does not say what the computed one is.",
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
    print_true(out, truth);
    fprintf(out, " (%s at %ld bits)\n", truth->state == GA_UNDECIDED_ELEMENT ? "not decided" : "proved", x->bits);
    print_verdict(out, x, element);
    if (x->kinks > 0)
        fprintf(out, "%zu ReLU pre-activations are exactly 0; the derivative there is 0 by convention.\n", x->kinks);
    fputs("\nThe path that carries the largest true terms:\n", out);
    origin_path(path, &x->view, element);
    print_path(out, x, path, element);
    size_t unlisted;
    const size_t n = origin_find(found, &unlisted, &x->view, element, x->finding[element].cell);
    print_origins(out, found, n, unlisted, x->view.model->n_layers - 1, x->finding[element].cell);
    if (n + unlisted > 0 && rescued != NULL)
        fprintf(out, "\nWhat makes it %s:\n", truth->state == GA_TRUE_ZERO ? "0" : "right, within the tolerance");
    for (remedy r = 0; n + unlisted > 0 && rescued != NULL && r < N_REMEDIES; r++) {
        const ga_estimator remedied = counterfactual_estimator(&x->view.e, r);
        const ga_cell cell = counterfactual_cell(rescued[r] + element, truth, &remedied, x->view.tolerance);
        fprintf(out, "  %-40s%s\n", remedy_names[r],
                cell == GA_CELL_UNDECIDED ? "undecided" : counterfactual_saves(cell) ? "yes" : "no");
    }
}
