/* SPDX-License-Identifier: Apache-2.0 */
/* store.c -- r = a rounded to a narrower format, its attribute, with that format's subnormals and infinities (num/narrow.h). Its
   derivative is a store of the gradient in the same format: as in the frameworks, the gradient of a tensor is a tensor of its type.

   A store is one of the things that can go wrong with a gradient. The truth is that of the model's own numbers: in balls r is a
   (num/ball.h). */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "num/format.h"
#include "num/narrow.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const ga_format f = a->format;
    op_same_shape(out, in, a);
    return format_any_precision(f) || (format_has_range(f) && f.bits <= NARROW_MOST_BITS && f.emin >= format_f64.emin &&
                                       f.emax <= format_f64.emax && f.rounding <= GA_TOWARD_ZERO)
               ? NULL : "it stores in what is no narrower format";
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    builder_contribute(b, i->in[0], builder_emit(b, OP_store, &gradient, &i->a));
}

const op_graph op_graph_store = {
    .name = "store", .n_in = 1, .n_out = 1, .out = { "stored value" }, .shape = shape, .differentiate = differentiate,
};

const op_ball op_ball_store = { .enclosed = true, .same = KEEPS_ZERO };
const op_bound op_bound_store = { 0 };

/* A chain has a Cast at its ends, and none to a narrower type after its first product; it computes nothing after one from such a
   type. Only networks whose own type is none of these are read otherwise. */
static bool
no_chain(const Onnx__GraphProto *graph)
{
    tensor_element type = onnx_input_element(graph), to;
    bool multiplied = false, widened = false;
    ga_format f;
    if (onnx_narrow(&f, type))
        return false;
    for (size_t k = 0; k < graph->n_node; k++) {
        const char *const name = ONNX_TEXT(graph->node[k]->op_type);
        const Onnx__AttributeProto *const a = onnx_attribute(graph->node[k], "to");
        const op_id op = onnx_operation(name);
        if (op == OP_store && a != NULL && onnx_element(&to, a->i)) {
            if (multiplied && onnx_narrow(&f, to) && !onnx_narrow(&f, type))
                return true;
            widened = widened || (multiplied && onnx_narrow(&f, type) && !onnx_narrow(&f, to));
            type = to;
        } else if (widened && op != N_OPS && op_graph_of(op)->differentiate != NULL)
            return true;
        multiplied = multiplied || op == OP_affine;
    }
    return false;
}

/* To a narrow type: a store. From one to the network's own the numbers are what they are, but their gradient is of the narrow type,
   as a store has it. */
static ga_code
read(onnx_reading *r)
{
    op_attributes a = { .kernel = { 0 } };
    tensor_element to;
    size_t type;
    ga_code code = onnx_sizes(&type, r, "to", 1, 0);
    const onnx_value *const x = r->in[0];
    if (code != GA_OK)
        return code;
    const bool constant = x != NULL && x->constant && !x->array.integers;
    if (constant && onnx_element(&to, (int64_t)type) && to == x->array.element) {
        onnx_pass_on_constant(r);
        return GA_OK;
    }
    if ((code = onnx_need_flow(r, 0)) != GA_OK)
        return code;
    const char *const name = r->chain->node->op_type;
    const tensor_element from = r->in[0]->element;
    if (!onnx_element(&to, (int64_t)type))
        return NODE_FAULT(r->chain, "%s to a type that is not FLOAT, DOUBLE, FLOAT16 or BFLOAT16", name);
    if (to == from) {
        onnx_pass_on(r);
        return GA_OK;
    }
    if ((from != r->own && to != r->own) || !onnx_narrow(&a.format, from == r->own ? to : from))
        return NODE_FAULT(r->chain, "%s is read to " ONNX_NARROW " and back to the type of the network's input, FLOAT or DOUBLE",
                          name);
    code = onnx_emit_same(r, OP_store, &r->in[0]->at, &a);
    r->out->element = to;
    return code;
}

const op_onnx op_onnx_store = {
    .operator = "Cast", .least = 1, .most = 1, .attributes = { "to", "saturate" }, .no_chain = no_chain, .casts = true,
    .read = read,
};
const op_thresholds op_thresholds_store = { 0 };

#define OP_TEMPLATE "op/store_tmpl.c"
#include "op/every_format.h"
