/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c -- see explain.h */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "num/decimal.h"
#include "num/format.h"
#include "pass/truth.h"
#include "report/explain.h"

/* A computed number exactly, as a hexadecimal float and as the shortest decimal that reads back as it. */
typedef struct {
    char hex[32], decimal[32];
} computed_text;

static void
write_computed(computed_text *text, const ga_number *a, ga_format format)
{
    const double x = engine_double(a);
    ga_dtype dtype;
    if (isnan(x))
        snprintf(text->hex, sizeof text->hex, "nan");
    else
        snprintf(text->hex, sizeof text->hex, "%a", x);
    decimal_shortest(text->decimal, sizeof text->decimal, x, format_dtype(&dtype, format) && dtype == GA_F32);
}

/* Digits proved by the enclosure: six, or five and a power of ten if exponents are far from 0. */
static void
write_true(char *text, size_t size, const ga_truth *t)
{
    const bool near = t->state != GA_TRUE_NONZERO || (t->exponent > -40 && t->exponent < 40);
    if (t->state == GA_UNDECIDED_ELEMENT && t->bound != INT64_MAX)
        snprintf(text, size, "undecided, <= 2^%" PRId64, t->bound);
    else if (t->state == GA_UNDECIDED_ELEMENT)
        snprintf(text, size, "undecided");
    else if (truth_print(text, size, t, near ? 6 : 5) < 0)
        snprintf(text, size, "%s2^%" PRId64 ", nearly", t->sign < 0 ? "-" : "", t->exponent); /* all of it has no digit in common */
    else if (near)
        snprintf(text, size, "%.6g", strtod(text, NULL)); /* the same digits */
}

/* Where the digits of both are the same, "1 - 1.2e-25" for "1": by how much the true value differs from the computed one, as far as
   its enclosure says so in two digits. */
static void
add_difference(char *text, size_t size, const char *computed, double x, const ga_truth *t)
{
    enum { MOST = 1 << 20 };
    const int64_t least = t->radius.m != 0 ? t->radius.e : t->rest.m != 0 ? t->rest.e : t->tail.e;
    const int64_t span = 128 + (t->exponent > least ? t->exponent - least : 0);
    char below[32], above[32];
    mpfr_t low, high;
    if (t->state != GA_TRUE_NONZERO || strcmp(text, computed) != 0 || span > MOST)
        return;
    mpfr_inits2(span, low, high, (mpfr_ptr)0);
    truth_ends(low, high, t);
    mpfr_sub_d(low, low, x, MPFR_RNDD);
    mpfr_sub_d(high, high, x, MPFR_RNDU);
    mpfr_snprintf(below, sizeof below, "%.1Re", low);
    mpfr_snprintf(above, sizeof above, "%.1Re", high);
    if (mpfr_sgn(low) * mpfr_sgn(high) > 0 && strcmp(below, above) == 0) {
        const size_t used = strlen(text);
        snprintf(text + used, size - used, " %c %s", mpfr_sgn(low) < 0 ? '-' : '+', below + (below[0] == '-'));
    }
    mpfr_clears(low, high, (mpfr_ptr)0);
}

/* Whether a step is proved to be off: not finite, 0 or not, of the wrong sign, or by more than the tolerance. */
static bool
is_off(const examination *x, engine_tensor tensor, size_t l, size_t unit)
{
    const ga_number *a = &x->view.computed->value[tensor][l][unit];
    const ga_truth *t = &x->view.truth->truth[tensor][l][unit];
    if (t->state == GA_UNDECIDED_ELEMENT || a->klass == GA_NAN || a->klass == GA_INFINITE)
        return t->state != GA_UNDECIDED_ELEMENT;
    if (t->state == GA_TRUE_ZERO || a->sign != t->sign)
        return a->sign != (t->state == GA_TRUE_ZERO ? 0 : t->sign);
    return truth_relative_error(t, a, x->view.tolerance) == TRUTH_ABOVE;
}

/* The table of the path. Its columns are as wide as their contents, which a first walk without out finds: 80 in all, unless a true
   value has an exponent of five digits or is undecided beside the longest doubles. */
enum { STAGE_NAME = 14 /* pre-activation */ };
typedef struct {
    FILE *out;
    const examination *x;
    size_t hex, decimal, off; /* off: steps */
} path_table;

__attribute__((format(printf, 2, 3))) static void
put_heading(const path_table *t, const char *format, ...)
{
    va_list args;
    if (t->out == NULL)
        return;
    va_start(args, format);
    fputs("  ", t->out);
    vfprintf(t->out, format, args);
    fputc('\n', t->out);
    va_end(args);
}

static void
put_stage(path_table *t, const char *name, engine_tensor tensor, size_t l, size_t unit)
{
    computed_text text;
    char truth[64];
    write_computed(&text, &t->x->view.computed->value[tensor][l][unit], t->x->view.e.format);
    if (t->out == NULL) {
        t->off += is_off(t->x, tensor, l, unit);
        t->hex = strlen(text.hex) > t->hex ? strlen(text.hex) : t->hex;
        t->decimal = strlen(text.decimal) > t->decimal ? strlen(text.decimal) : t->decimal;
        return;
    }
    write_true(truth, sizeof truth, &t->x->view.truth->truth[tensor][l][unit]);
    add_difference(truth, sizeof truth, text.decimal, engine_double(&t->x->view.computed->value[tensor][l][unit]),
                   &t->x->view.truth->truth[tensor][l][unit]);
    fprintf(t->out, "    %-*s %-*s %-*s %s\n", STAGE_NAME, name, (int)t->hex, text.hex, (int)t->decimal, text.decimal, truth);
}

static void
put_path(path_table *t, const size_t *path, size_t element)
{
    const size_t last = t->x->view.model->n_layers - 1;
    for (size_t l = 0; l < last; l++) {
        put_heading(t, "layer %zu, unit %zu", l + 1, path[l]);
        put_stage(t, "pre-activation", TENSOR_PREACTIVATION, l, path[l]);
        put_stage(t, "activation", TENSOR_ACTIVATION, l, path[l]);
        put_stage(t, "derivative", TENSOR_DERIVATIVE, l, path[l]);
    }
    put_heading(t, "class %zu%s", path[last], path[last] == t->x->view.label ? ", the label" : "");
    put_stage(t, t->x->view.e.loss == GA_MARGIN ? "chosen" : "probability", TENSOR_PROBABILITY, last, path[last]);
    put_stage(t, "residual", TENSOR_DELTA, last, path[last]);
    for (size_t l = last; l-- > 0;) {
        put_heading(t, "layer %zu, unit %zu, backward from layer %zu", l + 1, path[l], l + 2);
        put_stage(t, "sum", TENSOR_BACK_SUM, l, path[l]);
        put_stage(t, "x derivative", TENSOR_DELTA, l, path[l]);
    }
    put_heading(t, "element %zu", element);
    put_stage(t, "gradient", TENSOR_INPUT_GRADIENT, 0, element);
}

static path_table
measure_path(const examination *x, const size_t *path, size_t element)
{
    path_table t = { .x = x, .hex = strlen("computed"), .decimal = strlen("as a decimal") };
    put_path(&t, path, element);
    return t;
}

static void
print_path(FILE *out, path_table t, const size_t *path, size_t element)
{
    t.out = out;
    fprintf(out, "%*s%-*s %-*s %s\n", STAGE_NAME + 5, "", (int)t.hex, "computed", (int)t.decimal, "as a decimal", "true");
    put_path(&t, path, element);
}

static void
print_origin(FILE *out, const origin *o, size_t last)
{
    static const char *const places[N_TENSORS] = {
        [TENSOR_PREACTIVATION] = "the pre-activation of", [TENSOR_DERIVATIVE] = "the derivative of",
        [TENSOR_DELTA] = "the product at", [TENSOR_SCALED] = "the gain at", [TENSOR_BACK_SUM] = "the sum from the next layer at",
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
print_verdict(FILE *out, const examination *x, size_t element, size_t off)
{
    static const char *const words[GA_CELLS] = {
        [GA_CELL_ZERO] = "Zero: the true value is 0, proved, and so is the computed one.",
        [GA_CELL_SPURIOUS] = "Spurious: the true value is 0, proved; the computed one is not.",
        [GA_CELL_LOST] = "Lost: the format could hold the true value, rounding made it 0.",
        [GA_CELL_BELOW_RANGE] = "Below range: the true value is not 0, but 0 is its correct rounding.",
        [GA_CELL_ABOVE_RANGE] = "Above range: the true value is finite, but infinity is its correct rounding.",
        [GA_CELL_WRONG_SIGN] = "Wrong sign.",
        [GA_CELL_INACCURATE] = "Inaccurate: the sign is right, the magnitude is off.",
        [GA_CELL_RIGHT] = "Right, within the tolerance.",
        [GA_CELL_NONFINITE] = "Nonfinite: NaN, or an infinity that is not the correct rounding.",
        [GA_CELL_UNDECIDED] = "Undecided: what is proved of the true value does not say what the computed one is.",
    };
    const ga_finding *f = x->finding + element;
    fprintf(out, "%s", words[f->cell]);
    if (f->cell == GA_CELL_WRONG_SIGN || f->cell == GA_CELL_INACCURATE || f->cell == GA_CELL_RIGHT)
        fprintf(out, " Relative error %.3g, %.3g ulp.", f->relative_error, fabs(f->ulp));
    fputc('\n', out);
    if (off > 0 && (f->cell == GA_CELL_RIGHT || f->cell == GA_CELL_ZERO))
        fprintf(out, "%zu step%s on the path below %s off all the same: %s not reach the element, or cancel%s on the way.\n", off,
                off > 1 ? "s" : "", off > 1 ? "are" : "is", off > 1 ? "their errors do" : "its error does", off > 1 ? "" : "s");
}

void
explain_element(FILE *out, const examination *x, size_t image, size_t element, ga_number *const rescued[N_REMEDIES])
{
    char name[128], proved[64];
    computed_text computed;
    size_t path[GA_MAX_LAYERS];
    origin found[MOST_ORIGINS];
    const ga_truth *truth = x->truth + element;
    ga_estimator_name(name, sizeof name, &x->view.e);
    fprintf(out, "Image %zu, label %d, element %zu, %s.\n", image, x->view.label, element, name);
    write_computed(&computed, x->gradient + element, x->view.e.format);
    write_true(proved, sizeof proved, truth);
    fprintf(out, "Computed: %s (%s)\nTrue:     %s (%s at %ld bits)\n", computed.hex, computed.decimal, proved,
            truth->state == GA_UNDECIDED_ELEMENT ? "not decided" : "proved", x->bits);
    origin_path(path, &x->view, element);
    const path_table table = measure_path(x, path, element);
    print_verdict(out, x, element, table.off);
    if (x->kinks > 0)
        fprintf(out, "%zu ReLU pre-activations are exactly 0; the derivative there is 0 by convention.\n", x->kinks);
    fputs("\nThe path that carries the largest true terms:\n", out);
    print_path(out, table, path, element);
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
