/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c -- gradaudit inspect: layers, weights and pre-activations of a model */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/document.h"
#include "cli/quantities.h"
#include "graph/fuse.h"
#include "graph/graph.h"
#include "graph/op_graph.h"
#include "io/onnx_names.h"

typedef struct {
    sources in;
    bool json, operators;
    json_t *document; /* with json; NULL: out of memory */
} options;

static const option_row rows[] = {
    HEADING("ONNX files:"),
    { "operators", 0, NULL, "print the operators that are read of ONNX files, a line each", FLAG(options, operators, true) },
    { 0 }
};

static ga_code
check(void *into, ga_status *st)
{
    const options *const o = into;
    if (!o->operators)
        return o->in.model_path != NULL ? GA_OK : ga_fail(st, GA_USAGE, "which model?");
    return o->in.model_path == NULL && !o->json ? GA_OK
                                                : ga_fail(st, GA_USAGE, "--operators takes no model, and prints no document");
}

static ga_code
show_operators(ga_status *st)
{
    size_t n;
    const char **const names = onnx_operator_names(&n);
    if (names == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the names of operators");
    for (size_t i = 0; i < n; i++)
        puts(names[i]);
    free(names);
    return GA_OK;
}

static FILE *
text_of(const options *o)
{
    return o->json ? NULL : stdout;
}

/* A member of the document, which is consumed. */
static void
put(options *o, const char *name, json_t *member)
{
    if (json_object_set_new(o->document, name, member) == 0)
        return;
    json_decref(o->document);
    o->document = NULL;
}

static void
show_fact(options *o, cell fact)
{
    if (!table_fact(text_of(o), o->document, fact)) {
        json_decref(o->document);
        o->document = NULL;
    }
}

/* ---- layers, or nodes ------------------------------------------------------------------------------------------- */

static void
add_layers(table *t, const ga_model *m)
{
    for (size_t l = 0; l < m->n_layers; l++) {
        char name[32];
        snprintf(name, sizeof name, "fc%zu", l + 1);
        const cell row[] = { WORD_CELL("layer", name), COUNT_CELL("inputs", m->layer[l].n_in),
                             COUNT_CELL("outputs", m->layer[l].n_out),
                             WORD_CELL("activation", ga_activation_name(m->layer[l].activation)) };
        TABLE_ADD(t, row);
    }
}

static json_t *
shape_list(const op_shape *shape)
{
    json_t *const list = json_array();
    for (size_t d = 0; d < shape->n_dims; d++)
        json_array_append_new(list, json_integer((json_int_t)shape->dim[d]));
    return list;
}

/* By name what a node takes, without constants, of which the file may know nothing: "/0/Relu, /2/Conv.weight". */
static json_t *
operand_list(const ga_graph *g, const graph_node *node)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < op_graph_of(node->op)->n_in; i++) {
        const graph_operand *const o = node->in + i;
        if (o->from == FROM_PARAMETER && g->parameter[o->index].constant)
            continue;
        json_array_append_new(list, json_string_nocheck(o->from == FROM_INPUT  ? "input"
                                                        : o->from == FROM_NODE ? g->node[o->index].name
                                                                               : g->parameter[o->index].name));
    }
    return list;
}

static void
add_nodes(table *t, const ga_graph *g)
{
    for (size_t k = 0; k < g->n_nodes; k++) {
        json_t *const shape = shape_list(&g->node[k].shape), *const takes = operand_list(g, g->node + k);
        const cell row[] = { WORD_CELL("name", g->node[k].name), WORD_CELL("operation", op_graph_of(g->node[k].op)->name),
                             LIST_CELL("shape", shape), LIST_CELL("takes", takes) };
        TABLE_ADD(t, row);
        json_decref(shape);
        json_decref(takes);
    }
}

static void
show_layers(options *o)
{
    const ga_model *const m = o->in.model;
    table t = table_new(stdout, o->json);
    if (m->n_layers > 0)
        add_layers(&t, m);
    else
        add_nodes(&t, m->graph);
    if (o->json)
        put(o, m->n_layers > 0 ? "layers" : "nodes", t.rows);
}

/* ---- facts ------------------------------------------------------------------------------------------------------ */

/* The steps before the first layer: the least and the greatest constant of each. */
static void
show_steps(options *o)
{
    const ga_model *const m = o->in.model;
    table t = table_new(stdout, true);
    for (size_t s = 0; s < m->n_steps; s++) {
        const ga_step *const step = m->step + s;
        double least = step->constant[0], greatest = least;
        for (size_t i = 1; i < ga_model_inputs(m); i++) {
            least = fmin(least, step->constant[i]);
            greatest = fmax(greatest, step->constant[i]);
        }
        const cell row[] = { WORD_CELL("step", ga_step_name(step->kind)), REAL_CELL("least", least),
                             REAL_CELL("greatest", greatest) };
        TABLE_ADD(&t, row);
        if (!o->json)
            printf("normalise.%zu.%s\t%.9g", s + 1, ga_step_name(step->kind), least);
        if (!o->json && greatest > least)
            printf(" to %.9g", greatest);
        if (!o->json)
            putchar('\n');
    }
    if (o->json && m->n_steps > 0)
        put(o, "normalise", t.rows);
    else
        json_decref(t.rows);
    if (m->n_steps > 0)
        show_fact(o, (cell)WORD_CELL("gradients", "with respect to the normalised input"));
}

static void
show_metadata(options *o)
{
    const ga_model *const m = o->in.model;
    json_t *const all = json_object();
    bool ok = true;
    for (size_t i = 0; i < m->n_meta && !o->json; i++) {
        printf("metadata.");
        table_fact(stdout, NULL, (cell)WORD_CELL(m->meta[i].key, m->meta[i].value));
    }
    for (size_t i = 0; i < m->n_meta && o->json && ok; i++) {
        json_t *const key = table_word(m->meta[i].key);
        ok = key != NULL && json_object_set_new(all, json_string_value(key), table_word(m->meta[i].value)) == 0;
        json_decref(key);
    }
    if (o->json)
        put(o, "metadata", ok ? json_incref(all) : NULL);
    json_decref(all);
}

static void
show_facts(options *o)
{
    const ga_model *const m = o->in.model;
    if (!o->json)
        printf("\n\n#key\tvalue\n");
    show_fact(o, (cell)WORD_CELL("dtype", m->dtype == GA_F32 ? "F32" : "F64"));
    show_fact(o, (cell)COUNT_CELL("parameters", ga_model_parameters(m)));
    if (ga_model_nonfinite(m) > 0)
        show_fact(o, (cell)COUNT_CELL("nonfinite", ga_model_nonfinite(m)));
    show_steps(o);
    if (ga_model_output(m) != GA_LOGITS) {
        show_fact(o, (cell)WORD_CELL("output", ga_output_name(ga_model_output(m))));
        show_fact(o, (cell)WORD_CELL("note", ga_output_note(ga_model_output(m))));
    }
    char fused[GRAPH_FUSED];
    ga_model_fused(fused, sizeof fused, m);
    if (*fused != '\0')
        show_fact(o, (cell)WORD_CELL("fused", fused));
    show_metadata(o);
}

/* Of the images of range; what attacks and audits call correct. */
static ga_code
show_accuracy(options *o, ga_status *st)
{
    const sources *const in = &o->in;
    const size_t n = in->range.last - in->range.first + 1;
    size_t right = 0;
    bool *correct = malloc(n * sizeof *correct);
    if (correct == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the labels");
    const ga_code code = ga_classify(correct, in->model, in->ds, in->range, in->threads, st);
    for (size_t i = 0; i < n && code == GA_OK; i++)
        right += correct[i];
    free(correct);
    if (code != GA_OK)
        return code;
    const cell facts[] = { COUNT_CELL("images", n), COUNT_CELL("correct", right),
                           REAL_CELL("accuracy_percent", 100 * (double)right / (double)n) };
    for (size_t i = 0; i < sizeof facts / sizeof *facts && !o->json; i++)
        table_fact(stdout, NULL, facts[i]);
    if (o->json)
        put(o, "accuracy", table_object(facts, sizeof facts / sizeof *facts));
    return GA_OK;
}

static ga_code
show_quantities(options *o, ga_status *st)
{
    if (!o->json)
        printf("\n\n");
    table t = table_new(stdout, o->json);
    const ga_code code = quantities_add(&t, &o->in, st);
    if (!o->json)
        return code;
    json_t *const document = o->document;
    o->document = NULL;
    if (code == GA_OK)
        return document_print(document, "quantities", t.rows, st);
    json_decref(document);
    json_decref(t.rows);
    return code;
}

static ga_code
run(options *o, ga_status *st)
{
    sources *const in = &o->in;
    ga_code code = sources_read(in, st);
    if (code != GA_OK || (in->ds != NULL && (code = sources_check(in, st)) != GA_OK) ||
        (code = sources_warn(in, false, st)) != GA_OK)
        return code;
    if (o->json && (o->document = document_head("inspect", in, NULL, st)) == NULL)
        return st->code;
    show_layers(o);
    show_facts(o);
    if (sources_labelled(in) && (code = show_accuracy(o, st)) != GA_OK)
        return code;
    return show_quantities(o, st);
}

int
command_inspect(int argc, char **argv)
{
    static const option_part parts[] = { { &sources_set, offsetof(options, in) }, { &json_set, offsetof(options, json) },
                                         { NULL, 0 } };
    static const command_line line = {
        rows, check, parts, "MODEL [--data IMAGES --labels LABELS]\n--operators",
        "Prints three tab-separated tables. The first has the layers; for a graph, each operation, with the shape of what it makes "
        "and the names of what it takes. The second has the type, the number of parameters, what is done to the inputs and after "
        "the logits, the file's metadata, and with labels the accuracy on those images. The third has statistics of each layer's "
        "weights and, with --data, of its pre-activations and activations on those images; for a graph, of each parameter: the "
        "minimum, maximum, mean, standard deviation, kurtosis (3 for a normal distribution) and quantiles of the finite numbers, "
        "and how many are NaN, -infinity and +infinity. With --operators: the operators of ONNX files that are read; the manual "
        "says how far."
        "\vExample:\n"
        "  gradaudit inspect model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --images 0-999"
    };
    options o = { .in = { .labels_optional = true, .model_optional = true } };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    if (o.operators)
        show_operators(&st);
    else
        run(&o, &st);
    json_decref(o.document);
    sources_free(&o.in);
    return command_end(&st);
}
