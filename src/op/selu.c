/* SPDX-License-Identifier: Apache-2.0 */
/* selu.c -- a = g z, and d = g, where z > 0; else a = g c (e^z - 1), and d = g c e^z: at the kink too, as in frameworks. c and g
   are constants of the model's type, which enter every format as they are. It is SELU, and with g = 1 ELU of any alpha, c.

   naive: e = e^z, a = g (c (e - 1)), d = g (c e). rewrite: a = (g c) expm1(z), d = (g c) e, or, for g c > 1, ((g c) h) h with
   h = e^(z/2), which is not below the range before the product is: off by three roundings, or five. */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

const op_graph op_graph_selu = {
    .name = "scaled ELU",
    .n_in = 3,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .shape = op_two_of_same_shape,
    .differentiate = op_times_derivative,
};

const op_ball op_ball_selu = { .enclosed = true, .same = KEEPS_ZERO, .n_kinks = 1 };
const op_bound op_bound_selu = { 0 };

static ga_code
read(onnx_reading *r)
{
    double scale, slope;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_number(&slope, r, "alpha", 1.67326319217681884765625)) != GA_OK ||
        (code = onnx_number(&scale, r, "gamma", 1.05070102214813232421875)) != GA_OK)
        return code;
    return onnx_scaled_elu(r, slope, scale);
}

const op_onnx op_onnx_selu = {
    .operator = "Selu", .least = 1, .most = 1, .attributes = { "alpha", "gamma" }, .network = true, .read = read,
};
const op_thresholds op_thresholds_selu = { 0 };

#define OP_TEMPLATE "op/selu_tmpl.c"
#include "op/every_format.h"
