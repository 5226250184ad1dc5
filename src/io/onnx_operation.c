/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_operation.c -- what operators of graphs ask of an ONNX node, and make of it; see op_onnx.h */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/op_graph.h"
#include "io/op_onnx.h"
#include "num/format.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

bool
onnx_is_constant(const Onnx__GraphProto *graph, const char *name, size_t *looks)
{
    do {
        const char *of = NULL;
        *looks += graph->n_initializer + graph->n_node;
        for (size_t i = 0; i < graph->n_initializer; i++)
            if (strcmp(ONNX_TEXT(graph->initializer[i]->name), name) == 0)
                return true;
        for (size_t k = 0; of == NULL && k < graph->n_node; k++) {
            const Onnx__NodeProto *const node = graph->node[k];
            if (node->n_output == 0 || strcmp(ONNX_TEXT(node->output[0]), name) != 0)
                continue;
            if (strcmp(ONNX_TEXT(node->op_type), "Constant") == 0)
                return true;
            if (strcmp(ONNX_TEXT(node->op_type), "Identity") == 0 && node->n_input == 1)
                of = node->input[0];
        }
        name = of;
    } while (name != NULL && *looks < ONNX_MOST_LOOKS);
    return false;
}

tensor_element
onnx_input_element(const Onnx__GraphProto *graph)
{
    size_t looks = 0;
    for (size_t i = 0; i < graph->n_input && looks < ONNX_MOST_LOOKS; i++) {
        const Onnx__TypeProto *const type = graph->input[i]->type;
        tensor_element element;
        if (!onnx_is_constant(graph, ONNX_TEXT(graph->input[i]->name), &looks) && type != NULL &&
            type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE && onnx_element(&element, type->tensor_type->elem_type))
            return element;
    }
    return ELEMENT_OTHER;
}

bool
onnx_narrow(ga_format *format, tensor_element element)
{
    static const struct {
        tensor_element element;
        ga_format format;
    } narrow[] = { { ELEMENT_F16, { FORMAT_OF(f16) } } };
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++)
        if (narrow[i].element == element) {
            *format = narrow[i].format;
            return true;
        }
    return false;
}

ga_code
onnx_sizes(size_t *to, const onnx_reading *r, const char *name, size_t n, size_t otherwise)
{
    const Onnx__AttributeProto *const a = onnx_attribute(r->chain->node, name);
    for (size_t i = 0; i < n; i++)
        to[i] = otherwise;
    if (a == NULL)
        return GA_OK;
    if (a->n_ints != n && !(n == 1 && a->has_i))
        return FAULT(r, "attribute '%s' has not %zu integers", name, n);
    for (size_t i = 0; i < n; i++) {
        const int64_t x = n == 1 && a->has_i ? a->i : a->ints[i];
        if (x < 0 || x > 1 << 20)
            return FAULT(r, "attribute '%s' has %" PRId64, name, x);
        to[i] = (size_t)x;
    }
    return GA_OK;
}

ga_code
onnx_integers(int64_t *to, size_t *n, size_t most, const onnx_reading *r, size_t input, const char *name)
{
    const Onnx__AttributeProto *const a = onnx_attribute(r->chain->node, name);
    const onnx_value *const given = input < r->n_in ? r->in[input] : NULL;
    if (given != NULL && (!given->constant || !given->array.integers || given->array.n_dims > 1))
        return FAULT(r, "its %s are not constant integers", name);
    *n = given != NULL ? given->array.n : a != NULL ? a->n_ints : 0;
    if (*n > most)
        return FAULT(r, "it has %zu %s", *n, name);
    for (size_t i = 0; i < *n; i++)
        to[i] = given != NULL ? onnx_array_integer(&given->array, i) : a->ints[i];
    return GA_OK;
}

ga_code
onnx_number(double *to, const onnx_reading *r, const char *name, double otherwise)
{
    const Onnx__AttributeProto *const a = onnx_attribute(r->chain->node, name);
    bool is = a == NULL || a->has_f;
    *to = a != NULL ? (double)a->f : otherwise;
    if (a != NULL && a->t != NULL) { /* ONNX has none of double but in a tensor */
        onnx_array number;
        const ga_code code = onnx_array_make(&number, a->t, name, r->chain->file, r->chain->source);
        if (code != GA_OK)
            return code;
        is = !number.integers && number.n == 1 && number.packed == 0;
        *to = is ? onnx_array_number(&number, 0) : 0;
    }
    return is && isfinite(*to) ? GA_OK : FAULT(r, "attribute '%s' is not a number", name);
}

ga_code
onnx_need_flow(const onnx_reading *r, size_t input)
{
    bool any = false;
    for (size_t i = 0; i < r->n_in; i++)
        any = any || (r->in[i] != NULL && !r->in[i]->constant);
    return input < r->n_in && r->in[input] != NULL && !r->in[input]->constant
               ? GA_OK : FAULT(r, "its input %zu does not come from the network's input%s", input + 1,
                               any ? "" : ", nor does another: compute such constants before the export");
}

ga_code
onnx_need_constant(const onnx_reading *r, size_t input)
{
    return input < r->n_in && r->in[input] != NULL && r->in[input]->constant && !r->in[input]->array.integers
               ? GA_OK : FAULT(r, "its input %zu is not a constant of the file", input + 1);
}

ga_code
onnx_need_open(const onnx_reading *r)
{
    return r->g->end == OP_identity ? GA_OK
                                    : FAULT(r, "%s comes after %s: a softmax is read at the end of a network only",
                                            r->chain->node->op_type, r->g->end == OP_softmax ? "Softmax" : "LogSoftmax");
}

ga_code
onnx_emit(onnx_reading *r, op_id op, const graph_operand *in, const op_attributes *a)
{
    const ga_code open = onnx_need_open(r);
    if (open != GA_OK)
        return open;
    char name[ONNX_NAME];
    onnx_name(name, r, "");
    graph_node *const node = graph_add_node(r->g, op, name);
    if (node == NULL)
        return onnx_no_memory(r);
    if (r->g->n_nodes > GRAPH_MOST_NODES)
        return FAULT(r, "more than %d nodes", GRAPH_MOST_NODES);
    for (size_t i = 0; i < op_graph_of(op)->n_in; i++)
        node->in[i] = in[i];
    if (a != NULL)
        node->a = *a;
    const char *const fault = graph_infer(r->g);
    if (fault != NULL)
        return FAULT(r, "%s", fault);
    r->out->at = (graph_operand){ FROM_NODE, r->g->n_nodes - 1 };
    r->out->n_dims = node->shape.n_dims + 1;
    r->out->dim[0] = 0;
    for (size_t d = 0; d < node->shape.n_dims; d++)
        r->out->dim[d + 1] = node->shape.dim[d];
    return GA_OK;
}

ga_code
onnx_emit_same(onnx_reading *r, op_id op, const graph_operand *in, const op_attributes *a)
{
    const onnx_value x = *r->in[0]; /* r->out is another value */
    const ga_code code = onnx_emit(r, op, in, a);
    r->out->n_dims = x.n_dims;
    memcpy(r->out->dim, x.dim, sizeof x.dim);
    return code;
}

ga_code
onnx_scaled_elu(onnx_reading *r, double slope, double scale)
{
    graph_operand in[3] = { r->in[0]->at };
    ga_code code = onnx_constant(in + 1, r, slope);
    if (code == GA_OK)
        code = onnx_constant(in + 2, r, scale);
    return code == GA_OK ? onnx_emit_same(r, OP_selu, in, NULL) : code;
}

ga_code
onnx_read_unary(onnx_reading *r, op_id op)
{
    const ga_code code = onnx_need_flow(r, 0);
    return code == GA_OK ? onnx_emit_same(r, op, &r->in[0]->at, NULL) : code;
}
