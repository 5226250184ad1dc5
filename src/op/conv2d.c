/* SPDX-License-Identifier: Apache-2.0 */
/* conv2d.c -- a convolution with bias: u[c, y, x] = sum w[c, k, i, j] a[k, y sy + i - py, x sx + j - px] + b[c] over channels k and
   the kernel's (i, j); beyond the border a is 0. w is a matrix of a row for each c. With gaps, i and j are times a dilation; in
   groups, k is of the group of c only, and each group has products of its own.

   Each of its three sums is a product of matrices over columns made of a chunk of images: one sum an element, with the terms in the
   order of k, i, j. The gradient of a[k, y, x] is the sum of g w over c, i, j, with w turned, once, so that k is its row. That of w
   is a sum over images and places, by chunks, whose sums are added. A chunk has as many images as make its columns CHUNK numbers:
   a power of two, so that it divides blocks. */
#include <string.h>

#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "op/windows.h"
#include "pass/op_ball.h"

enum { CHUNK = 1 << 18, MOST_IMAGES = 64 };

/* Scratch: columns of n_columns numbers for each of so many places, and what comes of them or goes in, of n_values. */
static void
scratch(op_value *columns, op_value *values, size_t places, size_t n_columns, size_t n_values)
{
    size_t images = MOST_IMAGES;
    while (images > 1 && images * places * n_columns > CHUNK)
        images /= 2;
    *columns = (op_value){ .role = VALUE_SCRATCH, .rows = images * places, .cols = n_columns, .exact_copy = true,
                           .what = columns->what };
    *values = (op_value){ .role = VALUE_SCRATCH, .rows = images * places, .cols = n_values, .what = values->what };
}

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const char *const fault = windows_shape(a, in[0], in[1]->rows);
    if (fault != NULL)
        return fault;
    if (a->from.dim[0] % windows_groups(a) != 0 || a->to.dim[0] % windows_groups(a) != 0)
        return "its channels do not fit its groups";
    if (in[1]->cols != windows_channels(a, &a->from) * a->kernel[0] * a->kernel[1] || in[2]->cols != in[1]->rows)
        return "the weights do not fit the channels of the image";
    op_set_shape(out[0], &a->to);
    scratch(out[1], out[2], a->to.dim[1] * a->to.dim[2], in[1]->cols, windows_channels(a, &a->to));
    return NULL;
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    const value_id x = i->in[0], weight = i->in[1], bias = i->in[2];
    if (builder_wants(b, weight))
        builder_contribute(b, weight, builder_emit(b, OP_conv2d_weight, (value_id[]){ gradient, x }, &i->a));
    if (builder_wants(b, bias))
        builder_contribute(b, bias, builder_emit(b, OP_conv2d_bias, &gradient, &i->a));
    if (!builder_wants(b, x))
        return;
    const value_id turned = builder_emit(b, OP_conv2d_turn, &weight, &i->a);
    builder_contribute(b, x, builder_emit(b, OP_conv2d_input, (value_id[]){ gradient, turned }, &i->a));
}

/* Windows as they are; those of the gradient that have a number; and of a gradient for the weights its channels, place by place. */
static void
forward(op_attributes *a, size_t operand)
{
    (void)a, (void)operand;
}

static void
backward(op_attributes *a, size_t operand)
{
    (void)operand;
    a->back = true;
}

static void
over_places(op_attributes *a, size_t operand)
{
    if (operand == 0)
        *a = (op_attributes){ .kernel = { 1, 1 }, .stride = { 1, 1 }, .from = a->to, .to = a->to };
}

/* The weights of tiles (windows.h). */
static bool
tiles(size_t *rows, size_t *cols, const op_attributes *a, bool back)
{
    const windows_tile t = windows_tiles(a, back);
    *rows = windows_tile_places(&t) * (back ? a->from : a->to).dim[0];
    *cols = windows_tile_numbers(&t, a, back);
    return windows_tile_places(&t) > 1;
}

static bool
spreads(size_t *rows, size_t *cols, const op_attributes *a)
{
    return tiles(rows, cols, a, false);
}

static bool
input_spreads(size_t *rows, size_t *cols, const op_attributes *a)
{
    return tiles(rows, cols, a, true);
}

static void
spread(double *to, const double *w, const op_attributes *a)
{
    const windows_tile t = windows_tiles(a, false);
    windows_spread(to, w, &t, a, false);
}

static void
input_spread(double *to, const double *w, const op_attributes *a)
{
    const windows_tile t = windows_tiles(a, true);
    windows_spread(to, w, &t, a, true);
}

const op_graph op_graph_conv2d = {
    .name = "conv2d", .mixes = true, .n_in = 3, .n_out = 3, .out = { "sum", "columns", "places" }, .prepared = 1, .shape = shape,
    .spreads = spreads, .spread = spread, .of_columns = OP_columns_sum, .columns = forward, .differentiate = differentiate,
};

static const char *
turn_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)in;
    const size_t n_columns = windows_channels(a, &a->to) * a->kernel[0] * a->kernel[1];
    *out[0] = (op_value){ .role = VALUE_COMPUTED, .rows = a->from.dim[0], .cols = n_columns, .exact_copy = true,
                          .what = out[0]->what, .node = out[0]->node, .of = NO_VALUE };
    return NULL;
}

const op_graph op_graph_conv2d_turn = {
    .name = "conv2d turn", .n_in = 1, .n_out = 1, .out = { "turned weights" }, .once = true, .shape = turn_shape,
};

static const char *
input_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_set_shape(out[0], &a->from);
    scratch(out[1], out[2], a->from.dim[1] * a->from.dim[2], in[1]->cols, windows_channels(a, &a->from));
    return NULL;
}

const op_graph op_graph_conv2d_input = {
    .name = "conv2d input", .mixes = true, .n_in = 2, .n_out = 3, .out = { "back-sum", "columns", "places" }, .prepared = 1,
    .spreads = input_spreads, .spread = input_spread, .shape = input_shape, .of_columns = OP_columns_input, .columns = backward,
};

static const char *
weight_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const size_t n_columns = windows_channels(a, &a->from) * a->kernel[0] * a->kernel[1], n = windows_channels(a, &a->to);
    (void)in;
    out[0]->rows = a->to.dim[0];
    out[0]->cols = n_columns;
    scratch(out[1], out[2], a->to.dim[1] * a->to.dim[2], n_columns, n);
    *out[3] = (op_value){ .role = VALUE_SCRATCH, .rows = n, .cols = n_columns, .what = out[3]->what };
    return NULL;
}

const op_graph op_graph_conv2d_weight = {
    .name = "conv2d weight", .mixes = true, .n_in = 2, .n_out = 4, .out = { "weight gradient", "columns", "places", "chunk" },
    .down = { true, true }, .shape = weight_shape, .of_columns = OP_columns_weight, .columns = over_places,
};

static const char *
bias_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)in;
    out[0]->rows = 1;
    out[0]->cols = a->to.dim[0];
    return NULL;
}

const op_graph op_graph_conv2d_bias = {
    .name = "conv2d bias", .mixes = true, .n_in = 1, .n_out = 1, .out = { "bias gradient" }, .shape = bias_shape,
};

const op_ball op_ball_conv2d = { .enclosed = true, .same = AS_WINDOWS };
const op_ball op_ball_conv2d_turn = { .enclosed = true };
const op_ball op_ball_conv2d_input = { .enclosed = true };
const op_ball op_ball_conv2d_weight = { .enclosed = true };
const op_ball op_ball_conv2d_bias = { .enclosed = true };

static ga_code
read(onnx_reading *r)
{
    op_attributes a = { .kernel = { 0 } };
    bool last;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_need_constant(r, 1)) != GA_OK || (code = onnx_windows(&a, r)) != GA_OK ||
        (code = onnx_sizes(&a.groups, r, "group", 1, 1)) != GA_OK)
        return code;
    const onnx_array *const w = &r->in[1]->array;
    const bool biased = r->n_in > 2 && r->in[2] != NULL;
    if (biased && (code = onnx_need_constant(r, 2)) != GA_OK)
        return code;
    if (w->n_dims != r->in[0]->n_dims)
        return NODE_FAULT(r->chain, "its weights have %zu dimensions, not %zu", w->n_dims, r->in[0]->n_dims);
    const size_t kernel[2] = { w->n_dims == 4 ? w->dim[2] : 1, w->dim[w->n_dims - 1] };
    if (onnx_attribute(r->chain->node, "kernel_shape") == NULL)
        memcpy(a.kernel, kernel, sizeof a.kernel);
    if (a.kernel[0] != kernel[0] || a.kernel[1] != kernel[1])
        return NODE_FAULT(r->chain, "kernel_shape is not that of its weights, %zu x %zu", kernel[0], kernel[1]);
    if ((code = onnx_pads(&a, &last, r)) != GA_OK)
        return code;
    const onnx_array *const bias = biased ? &r->in[2]->array : NULL;
    if (bias != NULL && (bias->n_dims != 1 || bias->n != w->dim[0]))
        return NODE_FAULT(r->chain, "'%s' is not a bias of %zu numbers", bias->name, w->dim[0]);
    graph_operand in[3] = { r->in[0]->at };
    if ((code = onnx_parameter(in + 1, r, w, w->dim[0], w->n / w->dim[0], false, "weight")) != GA_OK ||
        (code = onnx_bias(in + 2, r, bias, w->dim[0])) != GA_OK)
        return code;
    return onnx_emit_windows(r, OP_conv2d, in, &a);
}

const op_onnx op_onnx_conv2d = {
    .operator = "Conv", .least = 2, .most = 3,
    .attributes = { "auto_pad", "dilations", "group", "kernel_shape", "pads", "strides" }, .network = true, .read = read,
};
const op_onnx op_onnx_conv2d_turn = { 0 };
const op_onnx op_onnx_conv2d_weight = { 0 };
const op_onnx op_onnx_conv2d_bias = { 0 };
const op_thresholds op_thresholds_conv2d = { 0 };
const op_thresholds op_thresholds_conv2d_turn = { 0 };
const op_thresholds op_thresholds_conv2d_input = { 0 };
const op_thresholds op_thresholds_conv2d_weight = { 0 };
const op_thresholds op_thresholds_conv2d_bias = { 0 };

#define OP_TEMPLATE "op/conv2d_tmpl.c"
#include "op/every_format.h"
