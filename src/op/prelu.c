/* SPDX-License-Identifier: Apache-2.0 */
/* prelu.c -- a = z, and d = 1, where z > 0; else a = s z, and d = s: at the kink too, as in PyTorch. The slope s is a parameter of
   one number for so many of an image's: for all, for those of a channel, or for each. Its gradient is the sum of the gradient times
   l over images and what it is the slope of, with l = z where a = s z, else 0. */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_two_of_same_shape(out, in, a);
    return in[1]->rows == 1 && in[0]->cols % in[1]->cols == 0 ? NULL : "its slopes do not fit the value";
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    op_times_derivative(b, i, gradient);
    if (!builder_wants(b, i->in[1]))
        return;
    const value_id low = builder_emit(b, OP_prelu_low, i->in, NULL);
    const op_attributes a = { .to = { 1, { low == NO_VALUE ? 0 : b->p->value[i->in[1]].cols } } };
    builder_contribute(b, i->in[1], builder_emit(b, OP_prelu_slope, (value_id[]){ gradient, low }, &a));
}

const op_graph op_graph_prelu = {
    .name = "PReLU",
    .n_in = 2,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .shape = shape,
    .differentiate = differentiate,
};

const op_graph op_graph_prelu_low = {
    .name = "PReLU low", .n_in = 1, .n_out = 1, .out = { "lower part" }, .shape = op_same_shape,
};

static const char *
slope_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)in;
    out[0]->rows = 1;
    out[0]->cols = a->to.dim[0];
    return NULL;
}

const op_graph op_graph_prelu_slope = {
    .name = "PReLU slope", .mixes = true, .n_in = 2, .n_out = 1, .out = { "slope gradient" }, .shape = slope_shape,
};

const op_ball op_ball_prelu = { .enclosed = true, .same = ZERO_WITH_CONSTANT, .n_kinks = 1 };
const op_ball op_ball_prelu_low = { .enclosed = true };
const op_ball op_ball_prelu_slope = { .enclosed = true };
const op_bound op_bound_prelu = { 0 };
const op_bound op_bound_prelu_low = { 0 };
const op_bound op_bound_prelu_slope = { 0 };

/* One number, or [channels, 1, ...], or as many as an image has. */
static ga_code
read(onnx_reading *r)
{
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_need_constant(r, 1)) != GA_OK)
        return code;
    const onnx_value *const x = r->in[0];
    const onnx_array *const slope = &r->in[1]->array;
    bool fits = slope->n > 0 && (slope->n_dims < x->n_dims || (slope->n_dims == x->n_dims && slope->dim[0] == 1));
    bool spread = false; /* the sides so far, from the last, are not all 1 */
    for (size_t d = x->n_dims; fits && slope->n > 1 && d-- > 1;) {
        const size_t from_end = x->n_dims - d, own = from_end <= slope->n_dims ? slope->dim[slope->n_dims - from_end] : 1;
        fits = own == x->dim[d] || (own == 1 && !spread);
        spread = spread || own != 1;
    }
    if (!fits)
        return NODE_FAULT(r->chain, "'%s' is neither one slope nor one for each channel or each number", slope->name);
    graph_operand in[2] = { x->at };
    code = onnx_parameter(in + 1, r, slope, 1, slope->n, false, "slope");
    return code == GA_OK ? onnx_emit_same(r, OP_prelu, in, NULL) : code;
}

const op_onnx op_onnx_prelu = { .operator = "PRelu", .least = 2, .most = 2, .network = true, .read = read };
const op_onnx op_onnx_prelu_low = { 0 };
const op_onnx op_onnx_prelu_slope = { 0 };
const op_thresholds op_thresholds_prelu = { 0 };
const op_thresholds op_thresholds_prelu_low = { 0 };
const op_thresholds op_thresholds_prelu_slope = { 0 };

#define OP_TEMPLATE "op/prelu_tmpl.c"
#include "op/every_format.h"
