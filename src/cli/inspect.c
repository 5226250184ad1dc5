/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c -- gradaudit inspect: layers, weights and pre-activations of a model */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/distribution.h"

#include "cli/command.h"
#include "graph/graph.h"
#include "graph/op_graph.h"
#include "io/escape.h"

/* The steps before the first layer and after the last. */
static void
print_ends(const ga_model *m)
{
    for (size_t s = 0; s < m->n_steps; s++) {
        const ga_step *const step = m->step + s;
        double least = step->constant[0], greatest = least;
        for (size_t i = 1; i < ga_model_inputs(m); i++) {
            least = fmin(least, step->constant[i]);
            greatest = fmax(greatest, step->constant[i]);
        }
        printf("normalise.%zu.%s\t%.9g", s + 1, ga_step_name(step->kind), least);
        if (greatest > least)
            printf(" to %.9g", greatest);
        putchar('\n');
    }
    if (m->n_steps > 0)
        printf("gradients\twith respect to the normalised input\n");
    if (ga_model_output(m) != GA_LOGITS)
        printf("output\t%s\nnote\t%s\n", ga_output_name(ga_model_output(m)), ga_output_note(ga_model_output(m)));
}

static void
print_shape(const op_shape *shape)
{
    for (size_t d = 0; d < shape->n_dims; d++)
        printf("%s%zu", d > 0 ? "x" : "\t", shape->dim[d]);
}

/* By name what a node takes, without constants, of which the file may know nothing: "/0/Relu, /2/Conv.weight". */
static void
print_operands(const ga_graph *g, const graph_node *node)
{
    const char *before = "\t";
    for (size_t i = 0; i < op_graph_of(node->op)->n_in; i++) {
        const graph_operand *const o = node->in + i;
        if (o->from == FROM_PARAMETER && g->parameter[o->index].constant)
            continue;
        fputs(before, stdout);
        escape_tsv(stdout, o->from == FROM_INPUT  ? "input"
                           : o->from == FROM_NODE ? g->node[o->index].name : g->parameter[o->index].name);
        before = ", ";
    }
}

static void
print_nodes(const ga_graph *g)
{
    printf("#name\toperation\tshape\ttakes\n");
    for (size_t k = 0; k < g->n_nodes; k++) {
        escape_tsv(stdout, g->node[k].name);
        printf("\t%s", op_graph_of(g->node[k].op)->name);
        print_shape(&g->node[k].shape);
        print_operands(g, g->node + k);
        putchar('\n');
    }
}

static void
print_head(const ga_model *m)
{
    if (m->n_layers == 0)
        print_nodes(m->graph);
    else
        printf("#layer\tinputs\toutputs\tactivation\n");
    for (size_t l = 0; l < m->n_layers; l++)
        printf("fc%zu\t%zu\t%zu\t%s\n", l + 1, m->layer[l].n_in, m->layer[l].n_out, ga_activation_name(m->layer[l].activation));
    printf("\n\n#key\tvalue\ndtype\t%s\nparameters\t%zu\n", m->dtype == GA_F32 ? "F32" : "F64", ga_model_parameters(m));
    if (ga_model_nonfinite(m) > 0)
        printf("nonfinite\t%zu\n", ga_model_nonfinite(m));
    print_ends(m);
    for (size_t i = 0; i < m->n_meta; i++) {
        printf("metadata.");
        escape_tsv(stdout, m->meta[i].key);
        putchar('\t');
        escape_tsv(stdout, m->meta[i].value);
        putchar('\n');
    }
}

static void
print_value(double x)
{
    if (isnan(x))
        fputs("\tnan", stdout); /* whatever its sign */
    else
        printf("\t%.9g", x);
}

/* The rest of a line: of n values, which it sorts. */
static void
print_distribution(double *value, size_t n)
{
    ga_distribution d;
    ga_distribution_make(&d, value, n);
    printf("\t%zu", d.n);
    const double moments[] = { d.min, d.max, d.mean, d.std, d.kurtosis };
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        print_value(moments[i]);
    for (size_t q = 0; q < GA_QUANTILES; q++)
        print_value(d.quantile[q]);
    printf("\t%zu\t%zu\t%zu\n", d.nan, d.minus_infinite, d.plus_infinite);
}

static ga_code
print_quantity(const sources *in, size_t l, ga_layer_quantity quantity, ga_status *st)
{
    static const char *const names[] = { "weight", "preactivation", "activation" };
    double *value;
    size_t n;
    const ga_code code = ga_layer_values(&value, &n, quantity, l, in->model, in->ds, in->range, in->threads, st);
    if (code != GA_OK)
        return code;
    printf("fc%zu.%s", l + 1, names[quantity]);
    print_distribution(value, n);
    free(value);
    return GA_OK;
}

/* Of a graph. */
static ga_code
print_parameter(const ga_model *m, const graph_parameter *p, ga_status *st)
{
    const size_t n = p->rows * p->cols;
    double *value = malloc(n * sizeof *value);
    if (value == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for %zu values of a parameter", n);
    for (size_t i = 0; i < n; i++)
        value[i] = ga_model_get(m, p->exact, i);
    escape_tsv(stdout, p->name);
    print_distribution(value, n);
    free(value);
    return GA_OK;
}

/* Of the images of range; what attacks and audits call correct. */
static ga_code
print_accuracy(const sources *in, ga_status *st)
{
    const size_t n = in->range.last - in->range.first + 1;
    size_t right = 0;
    bool *correct = malloc(n * sizeof *correct);
    if (correct == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the labels");
    const ga_code code = ga_classify(correct, in->model, in->ds, in->range, in->threads, st);
    for (size_t i = 0; i < n && code == GA_OK; i++)
        right += correct[i];
    free(correct);
    if (code == GA_OK)
        printf("images\t%zu\ncorrect\t%zu\naccuracy_percent\t%.9g\n", n, right, 100 * (double)right / (double)n);
    return code;
}

static ga_code
run(sources *in, ga_status *st)
{
    ga_code code = sources_read(in, st);
    if (code != GA_OK || (in->ds != NULL && (code = sources_check(in, st)) != GA_OK) ||
        (code = sources_warn(in, false, st)) != GA_OK)
        return code;
    print_head(in->model);
    if (sources_labelled(in) && (code = print_accuracy(in, st)) != GA_OK)
        return code;
    printf("\n\n#quantity\tn\tmin\tmax\tmean\tstd\tkurtosis");
    for (size_t q = 0; q < GA_QUANTILES; q++)
        printf("\tq%g", ga_quantile_levels[q]);
    printf("\tnan\t-inf\t+inf\n");
    for (size_t l = 0; l < in->model->n_layers && code == GA_OK; l++) {
        code = print_quantity(in, l, GA_WEIGHTS, st);
        if (code == GA_OK && in->ds != NULL)
            code = print_quantity(in, l, GA_PREACTIVATIONS, st);
        if (code == GA_OK && in->ds != NULL && l + 1 < in->model->n_layers)
            code = print_quantity(in, l, GA_ACTIVATIONS, st);
    }
    const ga_graph *const g = in->model->graph;
    for (size_t k = 0; in->model->n_layers == 0 && k < g->n_parameters && code == GA_OK; k++)
        if (!g->parameter[k].constant)
            code = print_parameter(in->model, g->parameter + k, st);
    return code;
}

int
command_inspect(int argc, char **argv)
{
    static const option_part parts[] = { { &sources_set, 0 }, { NULL, 0 } };
    static const command_line line = {
        NULL, NULL, parts, "MODEL [--data IMAGES --labels LABELS]",
        "Prints three tab-separated tables: the layers, or for a graph of operations each with the shape of what it makes and the "
        "names of what it takes; type, parameters, what is done to its inputs and "
        "after its logits, the file's metadata, and with labels the accuracy on those images; and the minimum, maximum, mean, "
        "standard deviation, kurtosis (3 for a normal distribution) and quantiles of each layer's weights and, with --data, of its "
        "pre-activations and activations on those images, or of each parameter of a graph: of the finite ones, and how many are "
        "NaN, -infinity and +infinity."
        "\vExample:\n"
        "  gradaudit inspect model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --images 0-999"
    };
    sources in = { .labels_optional = true };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &in);
    run(&in, &st);
    sources_free(&in);
    return command_end(&st);
}
