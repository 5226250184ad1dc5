/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_graph.c -- a graph's names, and the one path from its input to its output; see onnx.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/onnx.h"

#define FAULT(g, ...) SOURCE_FAULT((g)->chain->source, __VA_ARGS__)

static int
compare_names(const void *a, const void *b)
{
    return strcmp(((const onnx_value *)a)->name, ((const onnx_value *)b)->name);
}

onnx_value *
onnx_names_find(const onnx_names *g, const char *name)
{
    onnx_value *const input = g->value + g->n;
    if (input->name != NULL && strcmp(input->name, name) == 0)
        return input;
    return bsearch(&(onnx_value){ .name = name }, g->value, g->n, sizeof *g->value, compare_names);
}

static ga_code
add_name(onnx_names *g, const char *name)
{
    if (name == NULL || *name == '\0')
        return FAULT(g, "a value of its graph has no name");
    g->value[g->n++] = (onnx_value){ .name = name };
    return GA_OK;
}

static ga_code
collect_names(onnx_names *g)
{
    const Onnx__GraphProto *const graph = g->graph;
    ga_code code = GA_OK;
    for (size_t i = 0; code == GA_OK && i < graph->n_initializer; i++)
        code = add_name(g, graph->initializer[i]->name);
    for (size_t k = 0; code == GA_OK && k < graph->n_node; k++)
        for (size_t i = 0; code == GA_OK && i < onnx_n_outputs(graph->node[k]); i++)
            code = add_name(g, graph->node[k]->output[i]);
    qsort(g->value, g->n, sizeof *g->value, compare_names);
    for (size_t i = 1; code == GA_OK && i < g->n; i++)
        if (strcmp(g->value[i - 1].name, g->value[i].name) == 0)
            code = FAULT(g, "two values of its graph are called '%s'", g->value[i].name);
    return code;
}

static ga_code
read_initializers(onnx_names *g)
{
    ga_code code = GA_OK;
    for (size_t i = 0; code == GA_OK && i < g->graph->n_initializer; i++) {
        onnx_value *const v = onnx_names_find(g, g->graph->initializer[i]->name);
        code = onnx_array_make(&v->array, g->graph->initializer[i], v->name, g->chain->file, g->chain->source);
        v->made = v->constant = true;
    }
    return code;
}

/* The input that is not an initializer; before version 4 of the format all initializers were inputs too. */
static ga_code
find_input(const Onnx__ValueInfoProto **input, const onnx_names *g)
{
    *input = NULL;
    for (size_t i = 0; i < g->graph->n_input; i++) {
        const onnx_value *const v = onnx_names_find(g, ONNX_TEXT(g->graph->input[i]->name));
        if (v != NULL && v->constant)
            continue;
        if (*input != NULL)
            return FAULT(g, "its graph has more than one input: '%s' and '%s'; export it with one, and with constants for "
                            "what the others make",
                         (*input)->name, ONNX_TEXT(g->graph->input[i]->name));
        if (v != NULL || *ONNX_TEXT(g->graph->input[i]->name) == '\0')
            return FAULT(g, "two values of its graph are called '%s'", ONNX_TEXT(g->graph->input[i]->name));
        *input = g->graph->input[i];
    }
    return *input != NULL ? GA_OK : FAULT(g, "its graph has no input");
}

static ga_code
read_input(onnx_names *g, const Onnx__ValueInfoProto *input)
{
    const Onnx__TypeProto__Tensor *const type =
        input->type != NULL && input->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ? input->type->tensor_type : NULL;
    const Onnx__TensorShapeProto *const shape = type != NULL ? type->shape : NULL;
    onnx_chain *const c = g->chain;
    size_t n = 1;

    if (type == NULL || !onnx_element(&c->element, type->elem_type))
        return FAULT(g, "input '%s': not a tensor of FLOAT, DOUBLE, FLOAT16 or BFLOAT16", input->name);
    if (shape == NULL || shape->n_dim < 1 || shape->n_dim > ONNX_DIMS)
        return FAULT(g, "input '%s': its shape is not [inputs], or [images, ...] of 2 to %d dimensions", input->name, ONNX_DIMS);
    c->n_dims = shape->n_dim;
    c->single = shape->n_dim == 1;
    for (size_t d = 0; d < shape->n_dim; d++) {
        const Onnx__TensorShapeProto__Dimension *const dim = shape->dim[d];
        const bool known = dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        if (known ? dim->dim_value <= 0 || (uint64_t)dim->dim_value > SIZE_MAX : d > 0 || c->single)
            return FAULT(g, "input '%s': dimension %zu is not a number of at least 1", input->name, d);
        c->dim[d] = known ? (size_t)dim->dim_value : 0;
        if (d > 0 && __builtin_mul_overflow(n, c->dim[d], &n))
            return FAULT(g, "input '%s': the product of its dimensions overflows", input->name);
    }
    if (c->single) { /* one image: as [1, inputs] */
        c->n_dims = 2;
        c->dim[1] = c->dim[0];
        c->dim[0] = 1;
    }
    return GA_OK;
}

/* The inputs of the chain's node, of which *flow flows; if none does, *flow is their number. */
static ga_code
resolve(const onnx_array **in, size_t *flow, onnx_names *g)
{
    const onnx_chain *const c = g->chain;
    *flow = c->node->n_input;
    for (size_t i = 0; i < c->node->n_input; i++) {
        const char *const name = c->node->input[i];
        if (*name == '\0')
            continue; /* left out */
        onnx_value *const v = onnx_names_find(g, name);
        if (v == NULL)
            return NODE_FAULT(c, "its input '%s' is nowhere", name);
        if (!v->made)
            return NODE_FAULT(c, "its input '%s' is made later, or of itself", name);
        if (v->constant && v->array.n == 0)
            return NODE_FAULT(c, "its input '%s' has no numbers", name);
        if (v->constant)
            in[i] = &v->array;
        else if (v != g->flow || *flow < c->node->n_input)
            return NODE_FAULT(c, "'%s' is used a second time: the graph is not one chain", name);
        else
            *flow = i;
        v->used = true;
        const bool any = strcmp(c->node->op_type, "Dropout") == 0; /* its ratio is a number of any type */
        if (v->constant && !v->array.integers && v->array.element != c->element && !any)
            return NODE_FAULT(c, "the numbers of its input '%s' are not of the type of the graph's input", name);
    }
    return GA_OK;
}

static ga_code
follow_node(onnx_names *g)
{
    onnx_chain *const c = g->chain;
    const onnx_array *in[ONNX_INPUTS] = { NULL };
    const onnx_operator *o;
    size_t flow;
    ga_code code = onnx_node_check(&o, c);
    if (code == GA_OK)
        code = resolve(in, &flow, g);
    if (code != GA_OK)
        return code;
    onnx_value *const out = onnx_names_find(g, c->node->output[0]);
    const bool renames = strcmp(o->name, "Identity") == 0 && in[0] != NULL; /* a constant */
    const bool casts = strcmp(o->name, "Cast") == 0 && in[0] != NULL && in[0]->integers;
    out->made = true;
    out->constant = o->follow == NULL || renames || casts;
    if (casts || (o->follow == NULL && o->what != ONNX_NO_SHAPE))
        return onnx_shape(&out->array, &out->own, c, in, casts ? ONNX_CAST_SHAPE : (onnx_shape_operation)o->what);
    if (o->follow == NULL)
        return onnx_node_constant(&out->array, c);
    if (renames) {
        out->array = *in[0];
        return GA_OK;
    }
    if (flow == c->node->n_input)
        return NODE_FAULT(c, "%s has only constants for its inputs", o->name);
    g->flow = out;
    return o->follow(c, in, flow, o->what);
}

static ga_code
check_end(const onnx_names *g)
{
    onnx_chain *const c = g->chain;
    if (g->graph->n_output != 1)
        return FAULT(g, "its graph has %zu outputs", g->graph->n_output);
    const char *const output = ONNX_TEXT(g->graph->output[0]->name);
    if (strcmp(output, g->flow->name) != 0)
        return FAULT(g, "its output '%s' is not the end of the chain, '%s'", output, g->flow->name);
    for (size_t k = 0; k < g->graph->n_node; k++) {
        const char *const made = g->graph->node[k]->output[0];
        if (strcmp(made, output) != 0 && !onnx_names_find(g, made)->used)
            return FAULT(g, "'%s' is used by no node", made);
    }
    if (c->n_layers == 0)
        return FAULT(g, "its graph has no MatMul or Gemm");
    onnx_layer *const last = c->layer + c->n_layers - 1;
    if (last->activation == GA_SIGMOID && c->output == GA_LOGITS) { /* the network's end */
        last->activation = GA_LINEAR;
        c->output = GA_SIGMOID_OUTPUT;
    }
    if (last->activation != GA_LINEAR)
        return FAULT(g, ONNX_NO_LOSS, ga_activation_name(last->activation), last->name);
    return GA_OK;
}

static ga_code
look_at_step(const onnx_step *s, const tensors_source *source)
{
    for (size_t i = 0; i < s->array->n; i++) {
        const double x = onnx_array_number(s->array, i);
        if (!isfinite(x) || (s->kind == GA_DIVIDE && x == 0))
            return SOURCE_FAULT(source, "node '%s': element %zu of '%s' is %s", s->name, i, s->array->name,
                                x == 0 ? "0" : "not finite");
    }
    return GA_OK;
}

/* Those that the chain meets, when all else is known to be right: they may be many. */
static ga_code
look_at_numbers(const onnx_names *g)
{
    const onnx_chain *const c = g->chain;
    ga_code code = GA_OK;
    for (size_t i = 0; code == GA_OK && i < g->n; i++)
        if (g->value[i].constant && g->value[i].used && !g->value[i].array.integers)
            code = onnx_array_unpack(&g->value[i].array, &g->value[i].own, c->source);
    for (size_t s = 0; code == GA_OK && s < c->n_steps; s++)
        code = look_at_step(c->step + s, c->source);
    for (size_t i = 0; code == GA_OK && i < g->n && !c->source->options->allow_nonfinite; i++)
        if (g->value[i].constant && g->value[i].used && !g->value[i].array.integers)
            code = onnx_array_finite(&g->value[i].array, c->source);
    return code;
}

ga_code
onnx_names_open(onnx_names *g, onnx_chain *chain, onnx_value **values, const Onnx__GraphProto *graph)
{
    const Onnx__ValueInfoProto *input;
    const size_t n = onnx_n_named(graph) + 1; /* far from overflowing: wire_read has counted them */
    *g = (onnx_names){ .chain = chain, .graph = graph };
    if (graph->n_sparse_initializer > 0)
        return FAULT(g, "its graph has sparse initializers");
    if (graph->n_quantization_annotation > 0)
        return FAULT(g, "its graph is quantized");
    ga_code code = source_take(chain->source, n * sizeof *g->value);
    if (code != GA_OK)
        return code;
    if ((*values = g->value = calloc(n, sizeof *g->value)) == NULL)
        return file_fail(chain->source->st, GA_NO_MEMORY, chain->source->path, "out of memory");
    if ((code = collect_names(g)) == GA_OK && (code = read_initializers(g)) == GA_OK && (code = find_input(&input, g)) == GA_OK)
        code = read_input(g, input);
    if (code != GA_OK)
        return code;
    g->value[g->n] = (onnx_value){ .name = input->name, .made = true };
    g->flow = g->value + g->n;
    return GA_OK;
}

ga_code
onnx_graph_follow(onnx_chain *chain, onnx_value **values, const Onnx__GraphProto *graph)
{
    onnx_names g;
    ga_code code = GA_OK;
    for (size_t k = 0; code == GA_OK && k < graph->n_node; k++) {
        const onnx_operator *o;
        chain->node = graph->node[k];
        code = onnx_node_check(&o, chain); /* what is unknown is named first */
    }
    if (code == GA_OK)
        code = onnx_names_open(&g, chain, values, graph);
    for (size_t k = 0; code == GA_OK && k < graph->n_node; k++) {
        chain->node = graph->node[k];
        code = follow_node(&g);
    }
    if (code == GA_OK)
        code = check_end(&g);
    return code == GA_OK && !chain->source->look ? look_at_numbers(&g) : code;
}

void
onnx_values_free(onnx_value *values, const Onnx__GraphProto *graph)
{
    for (size_t i = 0, n = onnx_n_named(graph); values != NULL && i < n; i++)
        free(values[i].own);
    free(values);
}
