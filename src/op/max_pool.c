/* SPDX-License-Identifier: Apache-2.0 */
/* max_pool.c -- the largest number of each window, and a mask of which it is: 1 for it, the first of several as in the frameworks,
   0 for the others. A NaN is the largest. In balls more than one may be the largest, unless they are proved to be equal
   (pass/same.h): then the mask has [0, 1] for each of them, and the value is their hull. The gradient of a number is the sum of the
   gradients of the windows whose largest it is. */
#include <string.h>

#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "op/windows.h"
#include "pass/op_ball.h"

/* Whether every window has a number of the image, along a side. */
static bool
all_inside(const op_attributes *a, size_t side)
{
    bool all = true;
    for (size_t place = 0; all && place < a->to.dim[side + 1]; place++) {
        bool any = false;
        for (size_t k = 0; k < a->kernel[side]; k++) {
            const size_t at = place * a->stride[side] + k * (a->gap[side] + 1);
            any = any || (at >= a->pad[side] && at - a->pad[side] < a->from.dim[side + 1]);
        }
        all = any;
    }
    return all;
}

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const char *const fault = windows_shape(a, in[0], in[0]->shape.dim[0]);
    if (fault != NULL)
        return fault;
    if (a->kernel[0] * a->kernel[1] > OP_MOST_KERNEL)
        return "its windows are too large";
    for (size_t d = 0; d < 2; d++)
        if (!all_inside(a, d))
            return "a window lies beyond the border as a whole";
    op_set_shape(out[0], &a->to);
    op_set_shape(out[1], &(op_shape){ 2, { op_shape_size(&a->to), a->kernel[0] * a->kernel[1] } });
    return NULL;
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, OP_max_pool_input, (value_id[]){ gradient, i->out[1] }, &i->a));
}

const op_graph op_graph_max_pool = {
    .name = "max pool", .n_in = 1, .n_out = 2, .out = { "largest", "mask" }, .copies = true, .shape = shape,
    .differentiate = differentiate,
};

static const char *
input_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)in;
    op_set_shape(out[0], &a->from);
    return NULL;
}

const op_graph op_graph_max_pool_input = {
    .name = "max pool input", .n_in = 2, .n_out = 1, .out = { "back-sum" }, .shape = input_shape,
};

const op_ball op_ball_max_pool = { .enclosed = true, .ties = true, .same = AS_CHOSEN };
const op_ball op_ball_max_pool_input = { .enclosed = true };

static ga_code
read(onnx_reading *r)
{
    op_attributes a = { .kernel = { 0 } };
    size_t order;
    bool last;
    const bool whole = strcmp(r->chain->node->op_type, "GlobalMaxPool") == 0;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_windows(&a, r)) != GA_OK)
        return code;
    for (size_t d = 0, dims = r->in[0]->n_dims; whole && d < 2; d++) /* a length is a width of a height of 1 */
        a.kernel[d] = d + dims < 4 ? 1 : r->in[0]->dim[d + dims - 2];
    if ((code = onnx_pads(&a, &last, r)) != GA_OK ||
        (code = onnx_sizes(&order, r, "storage_order", 1, 0)) != GA_OK)
        return code;
    if (order != 0)
        return NODE_FAULT(r->chain, "%s is not 0", "storage_order");
    return onnx_emit_windows(r, OP_max_pool, (graph_operand[]){ r->in[0]->at }, &a);
}

const op_onnx op_onnx_max_pool = {
    .operator = "MaxPool", .also = "GlobalMaxPool", .least = 1, .most = 1,
    .attributes = { "auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides" }, .network = true,
    .read = read,
};
const op_onnx op_onnx_max_pool_input = { 0 };
const op_thresholds op_thresholds_max_pool = { 0 };
const op_thresholds op_thresholds_max_pool_input = { 0 };

#define OP_TEMPLATE "op/max_pool_tmpl.c"
#include "op/every_format.h"
