/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_inner.c -- whether Add, Sub, Mul and Div of a graph are more than a chain's biases and scaling of inputs; see op_onnx.h */
#include <string.h>

#include "io/op_onnx.h"

/* The node that makes a value, if others rename it the node behind them; NULL: none. */
static const Onnx__NodeProto *
maker(const Onnx__GraphProto *graph, const char *name, size_t *looks)
{
    static const char *const renames[] = { "Identity", "Dropout", "Cast", "Flatten", "Reshape" };
    while (*looks < ONNX_MOST_LOOKS) {
        const Onnx__NodeProto *node = NULL;
        bool renamed = false;
        *looks += graph->n_node;
        for (size_t k = 0; node == NULL && k < graph->n_node; k++)
            if (graph->node[k]->n_output > 0 && strcmp(ONNX_TEXT(graph->node[k]->output[0]), name) == 0)
                node = graph->node[k];
        for (size_t i = 0; node != NULL && node->n_input > 0 && i < sizeof renames / sizeof *renames; i++)
            renamed = renamed || strcmp(ONNX_TEXT(node->op_type), renames[i]) == 0;
        if (!renamed)
            return node;
        name = ONNX_TEXT(node->input[0]);
    }
    return NULL;
}

/* An Add of a constant to a product that has no bias: it is one. */
static bool
adds_bias(const Onnx__GraphProto *graph, const Onnx__NodeProto *node, bool constant[2], size_t *looks)
{
    const Onnx__NodeProto *const product = maker(graph, ONNX_TEXT(node->input[constant[0]]), looks);
    return product != NULL && onnx_operation(ONNX_TEXT(product->op_type)) == OP_affine &&
           (product->n_input < 3 || *ONNX_TEXT(product->input[2]) == '\0');
}

bool
onnx_is_inner(const Onnx__GraphProto *graph, const char *operator)
{
    const bool add = strcmp(operator, "Add") == 0;
    size_t looks = 0;
    bool multiplied = false;
    for (size_t k = 0; k < graph->n_node && looks < ONNX_MOST_LOOKS; k++) {
        const Onnx__NodeProto *const node = graph->node[k];
        multiplied = multiplied || onnx_operation(ONNX_TEXT(node->op_type)) == OP_affine;
        if (strcmp(ONNX_TEXT(node->op_type), operator) != 0 || node->n_input != 2)
            continue;
        bool constant[2];
        for (size_t i = 0; i < 2; i++)
            constant[i] = onnx_is_constant(graph, ONNX_TEXT(node->input[i]), &looks);
        if (constant[0] && constant[1])
            continue;
        if ((!constant[0] && !constant[1]) || (add ? !adds_bias(graph, node, constant, &looks) : multiplied) ||
            (constant[0] && (strcmp(operator, "Sub") == 0 || strcmp(operator, "Div") == 0)))
            return true;
    }
    return false;
}
