/* SPDX-License-Identifier: Apache-2.0 */
/* drop.c -- dropout of what a function of z makes, a and d: a m and d m, element by element. The mask m is 0 where a unit is
   dropped and elsewhere what keeps the mean, 1/(1-p) for a probability p. z is only what the derivative is to. */
#include "audit/op_thresholds.h"
#include "blame/op_blame.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    return op_two_of_same_shape(out, in + 1, a);
}

const op_graph op_graph_drop = {
    .name = "drop",
    .n_in = 4,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .shape = shape,
    .differentiate = op_times_derivative,
};

const op_ball op_ball_drop = { .enclosed = false };
const op_bound op_bound_drop = { 0 };
const op_blame op_blame_drop = { .runs = NULL };
const op_onnx op_onnx_drop = { 0 };
const op_thresholds op_thresholds_drop = { 0 };

#define OP_TEMPLATE "op/drop_tmpl.c"
#include "op/every_format.h"
