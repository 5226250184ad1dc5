/* SPDX-License-Identifier: Apache-2.0 */
/* batch_norm.c -- batch normalisation in evaluation: r = x s + t for each channel, with s = w (1 / sqrt(v + eps)) and t = b - m s
   of the file's weight w, bias b, mean m and variance v, made once for a network, in the format; so PyTorch computes it on the CPU
   (batch_norm_cpu_collect_linear_and_constant_terms in ATen). The truth is (x - m) / sqrt(v + eps) w + b. Its numbers are
   constants, which nobody trains. The gradient is that of r times s. */
#include <math.h>
#include <string.h>

#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "num/dtype.h"
#include "pass/op_ball.h"

/* The node has rows w, b, m and v of a parameter, and eps; the instruction s and t. */
static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_same_shape(out, in, a);
    return in[0]->cols % in[1]->cols == 0 ? NULL : "its parameters do not fit the channels";
}

static void
prepare(builder *b, value_id *in)
{
    const value_id rows = in[1];
    in[1] = builder_emit(b, OP_batch_scale, (value_id[]){ rows, in[2] }, NULL);
    in[2] = builder_emit(b, OP_batch_shift, (value_id[]){ rows, in[1] }, NULL);
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, OP_constant_mul, (value_id[]){ gradient, i->in[1] }, NULL));
}

const op_graph op_graph_batch_norm = {
    .name = "batch norm", .n_in = 3, .n_out = 1, .out = { "sum" }, .prepare = prepare, .shape = shape,
    .differentiate = differentiate,
};

static const char *
row_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)a;
    out[0]->rows = 1;
    out[0]->cols = in[0]->cols;
    return in[0]->rows == 4 ? NULL : "it has not four rows of parameters";
}

const op_graph op_graph_batch_scale = {
    .name = "batch scale", .n_in = 2, .n_out = 1, .out = { "factors" }, .once = true, .shape = row_shape,
};
const op_graph op_graph_batch_shift = {
    .name = "batch shift", .n_in = 2, .n_out = 1, .out = { "terms" }, .once = true, .shape = row_shape,
};

const op_ball op_ball_batch_norm = { .enclosed = true, .same = WITH_CONSTANT };
const op_ball op_ball_batch_scale = { .enclosed = true };
const op_ball op_ball_batch_shift = { .enclosed = true };

/* The four rows, which are finite; and v + eps is positive. */
static ga_code
read_rows(graph_parameter *p, const onnx_reading *r, double eps)
{
    for (size_t k = 0; k < 4; k++)
        for (size_t c = 0; c < p->cols; c++) {
            const double x = onnx_array_number(&r->in[k + 1]->array, c);
            if (!isfinite(x))
                return NODE_FAULT(r->chain, "element %zu of '%s' is not finite", c, r->in[k + 1]->name);
            if (k == 3 && !(x + eps > 0))
                return NODE_FAULT(r->chain, "element %zu of its variances '%s' and epsilon are not positive together", c,
                                  r->in[4]->name);
            dtype_set(r->g->dtype, p->exact, k * p->cols + c, x);
        }
    return GA_OK;
}

static ga_code
read(onnx_reading *r)
{
    double eps;
    size_t training;
    graph_parameter *p;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_number(&eps, r, "epsilon", (double)1e-5f)) != GA_OK ||
        (code = onnx_sizes(&training, r, "training_mode", 1, 0)) != GA_OK)
        return code;
    if (training != 0)
        return NODE_FAULT(r->chain, "%s in training mode: export the network as it is used (in PyTorch: model.eval())",
                          r->chain->node->op_type);
    const onnx_value *const x = r->in[0];
    const size_t channels = x->dim[1]; /* there are at least two dimensions */
    for (size_t k = 1; k < 5; k++) {
        if ((code = onnx_need_constant(r, k)) != GA_OK)
            return code;
        if (r->in[k]->array.n_dims != 1 || r->in[k]->array.n != channels)
            return NODE_FAULT(r->chain, "'%s' has not one number for each of %zu channels", r->in[k]->name, channels);
    }
    graph_operand in[3] = { x->at };
    if ((code = onnx_own_constant(&p, in + 1, r, 4, channels)) != GA_OK ||
        (!r->chain->source->look && (code = read_rows(p, r, eps)) != GA_OK) || (code = onnx_constant(in + 2, r, eps)) != GA_OK)
        return code;
    return onnx_emit_same(r, OP_batch_norm, in, NULL);
}

const op_onnx op_onnx_batch_norm = {
    .operator = "BatchNormalization", .least = 5, .most = 5, .attributes = { "epsilon", "momentum", "training_mode" },
    .network = true, .read = read,
};
const op_onnx op_onnx_batch_scale = { 0 };
const op_onnx op_onnx_batch_shift = { 0 };
const op_thresholds op_thresholds_batch_norm = { 0 };
const op_thresholds op_thresholds_batch_scale = { 0 };
const op_thresholds op_thresholds_batch_shift = { 0 };

#define OP_TEMPLATE "op/batch_norm_tmpl.c"
#include "op/every_format.h"
