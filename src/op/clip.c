/* SPDX-License-Identifier: Apache-2.0 */
/* clip.c -- a = min(max(z, low), high), and d = [low <= z <= high]: at the bounds 1, as PyTorch's clamp has it. Its hardtanh and
   ReLU6, which ONNX files do not tell from that, have 0 there. The bounds are constants of the model's type. */
#include <float.h>
#include <math.h>

#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

const op_graph op_graph_clip = {
    .name = "clip",
    .n_in = 3,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .shape = op_two_of_same_shape,
    .differentiate = op_times_derivative,
};

const op_ball op_ball_clip = { .enclosed = true, .same = AS_OPERAND, .n_kinks = 2, .kink = { { .minus = 1 }, { .minus = 2 } } };

/* A bound: a constant input of one number, an attribute, or none. */
static ga_code
read_bound(double *to, const onnx_reading *r, size_t input, const char *name, double none)
{
    const onnx_value *const given = input < r->n_in ? r->in[input] : NULL;
    const ga_code code = onnx_number(to, r, name, none);
    if (code != GA_OK || given == NULL)
        return code;
    if (onnx_need_constant(r, input) != GA_OK || given->array.n != 1)
        return NODE_FAULT(r->chain, "its %s is not one constant number", name);
    *to = r->chain->source->look ? none : onnx_array_number(&given->array, 0);
    *to = *to < -fabs(none) ? -fabs(none) : *to > fabs(none) ? fabs(none) : *to; /* infinite is none */
    return isnan(*to) ? NODE_FAULT(r->chain, "its %s is not a number", name) : GA_OK;
}

static ga_code
read(onnx_reading *r)
{
    const double most = r->g->dtype == GA_F32 ? (double)FLT_MAX : DBL_MAX;
    double low, high;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = read_bound(&low, r, 1, "min", -most)) != GA_OK ||
        (code = read_bound(&high, r, 2, "max", most)) != GA_OK)
        return code;
    if (low > high)
        return NODE_FAULT(r->chain, "its min, %g, is above its max, %g", low, high);
    graph_operand in[3] = { r->in[0]->at };
    if ((code = onnx_constant(in + 1, r, low)) != GA_OK || (code = onnx_constant(in + 2, r, high)) != GA_OK)
        return code;
    return onnx_emit_same(r, OP_clip, in, NULL);
}

const op_onnx op_onnx_clip = {
    .operator = "Clip", .least = 1, .most = 3, .attributes = { "min", "max" }, .network = true, .read = read,
};
const op_thresholds op_thresholds_clip = { 0 };

#define OP_TEMPLATE "op/clip_tmpl.c"
#include "op/every_format.h"
