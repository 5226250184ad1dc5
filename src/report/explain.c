/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c -- see explain.h */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blame/judge.h"
#include "graph/op_graph.h"
#include "io/escape.h"
#include "num/decimal.h"
#include "num/format.h"
#include "num/recipe.h"
#include "pass/truth.h"
#include "report/audit_page.h"
#include "report/explain.h"
#include "report/explain_place.h"
#include "report/text.h"

/* A computed number exactly, as a hexadecimal float; and as the shortest decimal that reads back as it, or, of more bits than
   double has, to as many digits as fit beside. */
enum { LONG_DIGITS = 10 };
typedef struct {
    char hex[64], decimal[32];
} computed_text;

static void
write_computed(computed_text *text, const ga_number *a, ga_format format)
{
    const double x = engine_double(a);
    ga_dtype dtype;
    if (format.bits > 53 && (a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL)) {
        mpfr_t whole;
        mpfr_init2(whole, GA_NUMBER_BITS);
        mpfr_vec_set_number(whole, a);
        mpfr_snprintf(text->hex, sizeof text->hex, "%Ra", whole);
        decimal_print_mpfr(text->decimal, sizeof text->decimal, whole, LONG_DIGITS);
        mpfr_clear(whole);
        return;
    }
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
add_difference(char *text, size_t size, const char *computed, const ga_number *a, const ga_truth *t)
{
    enum { MOST = 1 << 20 };
    const int64_t least = t->radius.m != 0 ? t->radius.e : t->rest.m != 0 ? t->rest.e : t->tail.e;
    const int64_t span = 128 + (t->exponent > least ? t->exponent - least : 0);
    char below[32], above[32];
    mpfr_t low, high, x;
    if (t->state != GA_TRUE_NONZERO || strcmp(text, computed) != 0 || span > MOST)
        return;
    mpfr_inits2(span, low, high, (mpfr_ptr)0);
    mpfr_init2(x, GA_NUMBER_BITS);
    mpfr_vec_set_number(x, a);
    truth_ends(low, high, t);
    mpfr_sub(low, low, x, MPFR_RNDD);
    mpfr_sub(high, high, x, MPFR_RNDU);
    mpfr_snprintf(below, sizeof below, "%.1Re", low);
    mpfr_snprintf(above, sizeof above, "%.1Re", high);
    if (mpfr_sgn(low) * mpfr_sgn(high) > 0 && strcmp(below, above) == 0) {
        const size_t used = strlen(text);
        snprintf(text + used, size - used, " %c %s", mpfr_sgn(low) < 0 ? '-' : '+', below + (below[0] == '-'));
    }
    mpfr_clears(low, high, x, (mpfr_ptr)0);
}

/* The table of the path. Its columns are as wide as their contents, which a first walk without out finds, and two spaces apart; one
   if it were wider than 80: only where a true value has an exponent of five digits, or is undecided beside the longest doubles. */
enum { STAGE_INDENT = 4, PATH_WIDTH = 80 };
typedef struct {
    FILE *out;
    const examination *x;
    size_t name, hex, decimal, truth, off; /* off: steps */
    int gap;
} path_table;

static const ga_truth *
truth_at(const examination *x, blame_place at)
{
    return x->view.truth->truth[at.value] + at.at;
}

static void
put_line(const path_table *t, const char *name, const char *hex, const char *decimal, const char *truth)
{
    fprintf(t->out, "%*s%-*s%*s%-*s%*s%-*s%*s%s\n", STAGE_INDENT, "", (int)t->name, name, t->gap, "", (int)t->hex, hex, t->gap, "",
            (int)t->decimal, decimal, t->gap, "", truth);
}

static void
widen(size_t *width, const char *text)
{
    *width = strlen(text) > *width ? strlen(text) : *width;
}

static void
put_stage(path_table *t, const char *name, blame_place at)
{
    computed_text text;
    char truth[64];
    const ga_number *const computed = t->x->view.computed->value[at.value] + at.at;
    const ga_truth *const proved = truth_at(t->x, at);
    write_computed(&text, computed, t->x->view.e.format);
    write_true(truth, sizeof truth, proved);
    add_difference(truth, sizeof truth, text.decimal, computed, proved);
    if (t->out != NULL) {
        put_line(t, name, text.hex, text.decimal, truth);
        return;
    }
    t->off += judge_off(&t->x->view, at);
    widen(&t->name, name);
    widen(&t->hex, text.hex);
    widen(&t->decimal, text.decimal);
    widen(&t->truth, truth);
}

static void
put_heading(const path_table *t, blame_place at)
{
    if (t->out == NULL)
        return;
    fputs("  ", t->out);
    explain_where(t->out, t->x, at);
    fputc('\n', t->out);
}

/* Whether a, or what is stored as a, is made by a function of the node of v: the activation of which a derivative is made. */
static bool
is_output(const blame_net *net, blame_place a, value_id v)
{
    blame_run run = { .a = a.value, .a_first = a.at };
    while (net->examined[run.a] && blame_row(net, run.a)->store != NULL)
        blame_runs(&run, net, run.a, run.a_first);
    return net->examined[run.a] && blame_depends(net, run.a) == DEPENDS_GROUP && blame_node(net, a.value) == blame_node(net, v);
}

/* What is made as a group, with its argument if it is a function of one. */
static void
put_group(path_table *t, blame_place at)
{
    const blame_net *const net = t->x->view.net;
    const instruction *const i = blame_maker(net, at.value);
    char what[BLAME_WHAT];
    blame_run run;
    if (blame_row(net, at.value)->runs == blame_run_same) {
        blame_runs(&run, net, at.value, at.at);
        if (net->examined[run.a])
            put_stage(t, is_output(net, (blame_place){ run.a, run.a_first }, at.value) ? blame_what(what, net, run.a) : "argument",
                      (blame_place){ run.a, run.a_first });
    }
    for (size_t o = 0; o < op_graph_of(i->op)->n_out; o++)
        if (net->examined[i->out[o]] && (i->out[o] == at.value || blame_size(net, i->out[o]) == blame_size(net, at.value)))
            put_stage(t, blame_what(what, net, i->out[o]), (blame_place){ i->out[o], at.at });
}

/* Before the loss or behind it, at one number of nodes of one name. */
static bool
same_heading(const examination *x, blame_place a, blame_place b)
{
    const blame_net *const net = x->view.net;
    const graph_node *const node = x->model->graph->node;
    return !explain_is_loss(x, a.value) && !explain_is_loss(x, b.value) &&
           (net->maker[a.value] < net->p->n_forward) == (net->maker[b.value] < net->p->n_forward) &&
           explain_is_of_input(net, a.value) == explain_is_of_input(net, b.value) && a.at == b.at &&
           (blame_gradient_source(net, a.value) == a.value) == (blame_gradient_source(net, b.value) == b.value) &&
           explain_is_of_stored(net, a.value) == explain_is_of_stored(net, b.value) &&
           strcmp(node[blame_node(net, a.value)].name, node[blame_node(net, b.value)].name) == 0;
}

static void
put_path(path_table *t, const blame_place *path, size_t n)
{
    const blame_net *const net = t->x->view.net;
    char what[BLAME_WHAT];
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !same_heading(t->x, path[i - 1], path[i]))
            put_heading(t, path[i]);
        if (blame_depends(net, path[i].value) == DEPENDS_GROUP)
            put_group(t, path[i]);
        else
            put_stage(t, path[i].value == net->leaf ? "gradient" : blame_what(what, net, path[i].value), path[i]);
    }
}

static path_table
measure_path(const examination *x, const blame_place *path, size_t n)
{
    path_table t = { .x = x, .name = strlen("probability") + 3, .hex = strlen("computed"), .decimal = strlen("as a decimal"),
                     .truth = strlen("true") };
    put_path(&t, path, n);
    t.gap = STAGE_INDENT + t.name + t.hex + t.decimal + t.truth + 3 * 2 <= PATH_WIDTH ? 2 : 1;
    return t;
}

static void
print_path(FILE *out, path_table t, const blame_place *path, size_t n)
{
    t.out = out;
    put_line(&t, "", "computed", "as a decimal", "true");
    put_path(&t, path, n);
}

/* "the derivative of fc1, unit 3", "the product in the gradient of fc1, unit 3", "the sum of the gradient, element 5"; what was
   computed there, and where an audit counts it. */
static void
print_origin(FILE *out, const examination *x, const origin *o)
{
    const blame_net *const net = x->view.net;
    const blame_place at = { o->value, o->at };
    const ga_number *const computed = x->view.computed->value[o->value] + o->at;
    const ga_truth *const proved = truth_at(x, at);
    computed_text text;
    char truth[64], what[BLAME_WHAT];
    fprintf(out, "  %s: the ", origin_names[o->kind]);
    if (o->value == net->leaf && blame_depends(net, o->value) != DEPENDS_STORED) {
        fputs("sum of the gradient, ", out);
        explain_place_element(out, x, o->at);
    } else {
        const bool gradient = blame_gradient_source(net, o->value) != o->value && !explain_is_loss(x, o->value);
        fprintf(out, "%s %s", blame_what(what, net, o->value), gradient ? "in the " : "of ");
        explain_where(out, x, at);
    }
    if (o->kind == ORIGIN_ARGUMENT_ERROR)
        fprintf(out, ", from the error of %s", explain_is_loss(x, o->value) ? "the logits" : "its argument");
    if (blame_depends(net, o->value) == DEPENDS_STORED) {
        char format[FORMAT_NAME];
        format_name(format, sizeof format, blame_maker(net, o->value)->a.format);
        fprintf(out, ", stored as %s", format);
        const long scale = blame_tape_scale(x->view.computed, o->value, o->at);
        if (scale != 0)
            fprintf(out, ", times 2^%ld", scale);
    }
    write_computed(&text, computed, x->view.e.format);
    write_true(truth, sizeof truth, proved);
    add_difference(truth, sizeof truth, text.decimal, computed, proved);
    fprintf(out, "\n    computed %s, true %s; counted in ", text.decimal, truth);
    if (x->model->n_layers > 0)
        fprintf(out, "layer %zu", graph_layer(x->model->graph, blame_node(net, o->value)) + 1);
    else
        escape_terminal(out, x->model->graph->node[blame_node(net, o->value)].name);
    putc('\n', out);
}

/* Of each kind, once. */
static void
print_meanings(FILE *out, const origin *found, size_t n)
{
    if (n > 0)
        fputs("In words:\n", out);
    for (size_t i = 0; i < n; i++) {
        size_t first = 0;
        while (found[first].kind != found[i].kind)
            first++;
        if (first == i)
            text_wrapped(out, audit_origin_words(found[i].kind), (size_t)fprintf(out, "  %s:", origin_names[found[i].kind]), 4);
    }
}

/* Those beside come last. */
static void
print_origins(FILE *out, const examination *x, const origin *found, size_t n, size_t unlisted, ga_cell cell)
{
    const char *const head = cell == GA_CELL_BELOW_RANGE   ? "Where it became 0"
                             : cell == GA_CELL_ABOVE_RANGE ? "Where it became infinite"
                                                           : "Where it went wrong";
    size_t proper = 0;
    while (proper < n && !found[proper].beside)
        proper++;
    if (unlisted > 0)
        fprintf(out, "\n%s:\n  %zu origin%s, not listed: the search for those that suffice to make it right gave up.\n", head,
                unlisted, unlisted > 1 ? "s" : "");
    if (n > 0 && proper == 0)
        fputs("\nAt fault, though the error is no more than one rounding of the narrowest format\nmay make:\n", out);
    else if (n > 0)
        fprintf(out, "\n%s%s:\n", head, proper > 1 ? ", the loss side first" : "");
    for (size_t i = 0; i < n; i++) {
        if (i == proper && i > 0)
            fprintf(out, "At fault too, though the %s comes out right without:\n", cell == GA_CELL_INACCURATE ? "value" : "sign");
        print_origin(out, x, found + i);
    }
    print_meanings(out, found, n);
}

/* Of the true value, where the element was stored last. */
static void
print_rounding(FILE *out, const examination *x, ga_cell cell)
{
    int scale;
    char name[FORMAT_NAME];
    const ga_format last = recipe_last(&scale, x->view.e.format);
    format_name(name, sizeof name, last);
    if (scale != 0)
        fprintf(out, " times the loss scale 2^%d", scale);
    if (cell == GA_CELL_BELOW_RANGE)
        fprintf(out, " it is too small for %s, which rounds it to 0.", name);
    else
        fprintf(out, " it is too large for %s, which rounds it to %s.", name,
                last.overflow == GA_TO_LARGEST ? "its largest number" : "infinity");
}

static void
print_verdict(FILE *out, const examination *x, size_t element, size_t off)
{
    static const char *const words[GA_CELLS] = {
        [GA_CELL_ZERO] = "Zero: the true value is 0, proved, and so is the computed one.",
        [GA_CELL_SPURIOUS] = "Spurious: the true value is 0, proved; the computed one is not.",
        [GA_CELL_LOST] = "Lost: the format could hold the true value, rounding made it 0.",
        [GA_CELL_BELOW_RANGE] = "Below range: the true value is not 0, but",
        [GA_CELL_ABOVE_RANGE] = "Above range: the true value is finite, but",
        [GA_CELL_WRONG_SIGN] = "Wrong sign.",
        [GA_CELL_INACCURATE] = "Inaccurate: the sign is right, the magnitude is off.",
        [GA_CELL_RIGHT] = "Right, within the tolerance or an ulp.",
        [GA_CELL_NONFINITE] = "Nonfinite: NaN, or an infinity that is not the correct rounding.",
        [GA_CELL_UNDECIDED] = "Undecided: what is proved of the true value does not say what the computed one is.",
    };
    const ga_finding *f = x->finding + element;
    fprintf(out, "%s", words[f->cell]);
    if (f->cell == GA_CELL_BELOW_RANGE || f->cell == GA_CELL_ABOVE_RANGE)
        print_rounding(out, x, f->cell);
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
    blame_place path[ORIGIN_PATH];
    origin found[MOST_ORIGINS];
    const ga_truth *truth = x->truth + element;
    ga_estimator_name(name, sizeof name, &x->view.e);
    fprintf(out, "Image %zu, label %d, ", image, x->label);
    explain_place_element(out, x, element);
    fprintf(out, ", %s.\n", name);
    write_computed(&computed, x->gradient + element, x->view.e.format);
    write_true(proved, sizeof proved, truth);
    fprintf(out, "Computed: %s (%s)\nTrue:     %s (%s at %ld bits)\n", computed.hex, computed.decimal, proved,
            truth->state == GA_UNDECIDED_ELEMENT ? "not decided" : "proved", x->bits);
    const size_t n_path = origin_path(path, &x->view, element);
    const path_table table = measure_path(x, path, n_path);
    print_verdict(out, x, element, table.off);
    if (x->kinks > 0)
        fprintf(out, "%zu numbers lie exactly on a kink, as 0 is one of ReLU; the derivative there is a convention.\n", x->kinks);
    const bool nothing = n_path > 1 && truth->state == GA_TRUE_ZERO && truth_at(x, path[n_path - 2])->state == GA_TRUE_ZERO;
    fputs(nothing ? "\nAll its true terms are 0. One of the paths to them:\n" : "\nThe path that carries the largest true terms:\n",
          out);
    print_path(out, table, path, n_path);
    size_t unlisted;
    const size_t n = origin_find(found, &unlisted, &x->view, element, x->finding[element].cell);
    print_origins(out, x, found, n, unlisted, x->finding[element].cell);
    if (n + unlisted > 0 && rescued != NULL)
        fprintf(out, "\nWhat makes it %s:\n", truth->state == GA_TRUE_ZERO ? "0" : "right, within the tolerance or an ulp");
    for (remedy r = 0; n + unlisted > 0 && rescued != NULL && r < N_REMEDIES; r++) {
        const ga_estimator remedied = remedy_estimator(&x->view.e, r);
        const ga_cell cell = remedy_cell(rescued[r] + element, truth, &remedied, x->tolerance);
        fprintf(out, "  %-40s%s\n", remedy_names[r],
                cell == GA_CELL_UNDECIDED ? "undecided" : remedy_saves(cell) ? "yes" : "no");
    }
    if (n + unlisted > 0 && rescued != NULL)
        fputs("All but rewritten formulas also round each sum of products once only.\n", out);
}
