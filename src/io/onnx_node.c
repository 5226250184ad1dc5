/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_node.c -- one node of the graph, checked before its operator is followed; see onnx.h */
#include <string.h>

#include "io/onnx.h"

const char *
onnx_node_name(const Onnx__NodeProto *node)
{
    return node->name != NULL && *node->name != '\0' ? node->name : node->n_output > 0 ? node->output[0] : "";
}

size_t
onnx_n_outputs(const Onnx__NodeProto *node)
{
    return strcmp(ONNX_TEXT(node->op_type), "Split") == 0 ? node->n_output : 1;
}

size_t
onnx_n_named(const Onnx__GraphProto *graph)
{
    size_t n = graph->n_initializer;
    for (size_t k = 0; k < graph->n_node; k++)
        n += onnx_n_outputs(graph->node[k]);
    return n;
}

const Onnx__AttributeProto *
onnx_attribute(const Onnx__NodeProto *node, const char *name)
{
    for (size_t i = 0; i < node->n_attribute; i++)
        if (strcmp(ONNX_TEXT(node->attribute[i]->name), name) == 0)
            return node->attribute[i];
    return NULL;
}

ga_code
onnx_check_attributes(const onnx_chain *c, bool (*takes)(const void *operator, const char *attribute), const void *operator)
{
    for (size_t i = 0; i < c->node->n_attribute; i++) {
        const Onnx__AttributeProto *const a = c->node->attribute[i];
        const char *const name = ONNX_TEXT(a->name);
        if (a->g != NULL || a->n_graphs > 0)
            return NODE_FAULT(c, "attribute '%s' is a graph", name);
        if (a->ref_attr_name != NULL && *a->ref_attr_name != '\0')
            return NODE_FAULT(c, "attribute '%s' refers to that of a function", name);
        if (!takes(operator, name))
            return NODE_FAULT(c, "attribute '%s' of %s is not known", name, ONNX_TEXT(c->node->op_type));
        if (onnx_attribute(c->node, name) != a)
            return NODE_FAULT(c, "two attributes are called '%s'", name);
    }
    return GA_OK;
}

ga_code
onnx_need_one(const onnx_chain *c, const char *name)
{
    const Onnx__AttributeProto *const a = onnx_attribute(c->node, name);
    return a == NULL || (a->has_f && a->f == 1) ? GA_OK : NODE_FAULT(c, "%s is not 1", name);
}

ga_code
onnx_gelu(bool *tanh, const onnx_chain *c)
{
    const Onnx__AttributeProto *const a = onnx_attribute(c->node, "approximate");
    *tanh = a != NULL && a->has_s && a->s.len == 4 && memcmp(a->s.data, "tanh", 4) == 0;
    const bool none = a == NULL || (a->has_s && a->s.len == 4 && memcmp(a->s.data, "none", 4) == 0);
    return *tanh || none ? GA_OK : NODE_FAULT(c, "attribute 'approximate' of %s is not none or tanh", c->node->op_type);
}

/* Users' names for operators that they meet. */
static const char *
usual_name(const char *operator)
{
    static const char *const names[][2] = {
        { "ThresholdedRelu", "an activation" },
        { "If", "a branch: export the network with fixed sizes, beside that of the images" }, { "LSTM", "a recurrent layer" },
        { "GRU", "a recurrent layer" }, { "RNN", "a recurrent layer" }, { "QuantizeLinear", "of a quantised network" },
        { "DequantizeLinear", "of a quantised network" },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], operator) == 0)
            return names[i][1];
    return NULL;
}

ga_code
onnx_refuse_operator(const onnx_chain *c, const char *name)
{
    const char *const usual = usual_name(name);
    return usual != NULL ? NODE_FAULT(c, "operator '%s' (%s) is not read; " ONNX_READ, name, usual) :
                           NODE_FAULT(c, "operator '%s' is not read; " ONNX_READ, name);
}

ga_code
onnx_node_constant(onnx_array *a, const onnx_chain *c)
{
    const Onnx__AttributeProto *const from = c->node->n_attribute == 1 ? c->node->attribute[0] : NULL;
    const char *const name = c->node->output[0], *const kind = from != NULL ? ONNX_TEXT(from->name) : "";
    *a = (onnx_array){ .name = name, .element = ELEMENT_F32, .n = 1, .stride = 4 };

    if (from != NULL && strcmp(kind, "value") == 0 && from->t != NULL)
        return onnx_array_make(a, from->t, name, c->file, c->source);
    if (from != NULL && strcmp(kind, "value_float") == 0 && from->has_f) {
        a->data = (const uint8_t *)&from->f;
        return GA_OK;
    }
    if (from != NULL && strcmp(kind, "value_int") == 0 && from->has_i) {
        *a = (onnx_array){ .name = name, .integers = true, .element = ELEMENT_F64, .n = 1, .stride = 8 };
        a->data = (const uint8_t *)&from->i;
        return GA_OK;
    }
    a->n_dims = 1;
    if (from != NULL && strcmp(kind, "value_floats") == 0 && from->n_floats > 0) {
        a->n = a->dim[0] = from->n_floats;
        a->data = (const uint8_t *)from->floats;
        return GA_OK;
    }
    if (from != NULL && strcmp(kind, "value_ints") == 0 && from->n_ints > 0) {
        a->n = a->dim[0] = from->n_ints;
        a->data = (const uint8_t *)from->ints;
        a->stride = 8;
        a->integers = true;
        return GA_OK;
    }
    return NODE_FAULT(c, "%s has not one value", c->node->op_type);
}
