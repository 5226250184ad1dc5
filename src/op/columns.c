/* SPDX-License-Identifier: Apache-2.0 */
/* columns.c -- convolutions (conv2d.c) of operands that are rounded in blocks along each product's sum: a number of the image, or
   of a gradient, is in several windows, and in each in another block. store_columns lays the windows out, a row for each place with
   the terms in the order of channel, i, j (0 beyond the border), and stores that (store_scaled.c). columns_sum, columns_input and
   columns_weight are conv2d, conv2d_input and conv2d_weight of such operands, one product each; the last sums over images and
   places, in this order. */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/op_graph.h"
#include "io/op_onnx.h"
#include "op/windows.h"
#include "pass/op_ball.h"

static const char *
columns_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const size_t places = windows_n_places(a), numbers = windows_numbers(a);
    op_value of = *in[0];
    const op_value *const from = &of;
    op_set_shape(&of, &(op_shape){ 2, { places, numbers } });
    const char *const fault = op_graph_store.shape(out, &from, a);
    op_set_shape(out[1], &(op_shape){ 1, { places * (a->along_rows ? numbers : (numbers + OP_BLOCK - 1) / OP_BLOCK) } });
    return in[0]->rows > 0 || a->scaling != GA_SCALED_BLOCKS ? "columns are of images, and scaled in blocks" : fault;
}

const op_graph op_graph_store_columns = {
    .name = "store columns", .n_in = 1, .n_out = 2, .out = { "stored value", "scale" }, .mixes = true, .shape = columns_shape,
};

/* With scratch for what a product makes of an image: a row for each place. */
static const char *
product_shape(op_value *const *out, const op_shape *shape)
{
    op_set_shape(out[0], shape);
    *out[1] = (op_value){ .role = VALUE_SCRATCH, .rows = shape->dim[1] * shape->dim[2], .cols = shape->dim[0],
                          .what = out[1]->what };
    return NULL;
}

static const char *
sum_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)in;
    return product_shape(out, &a->to);
}

static const char *
input_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)in;
    return product_shape(out, &a->from);
}

static const char *
weight_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)in;
    out[0]->rows = a->to.dim[0];
    out[0]->cols = a->from.dim[0] * a->kernel[0] * a->kernel[1];
    return NULL;
}

const op_graph op_graph_columns_sum = {
    .name = "conv2d of columns", .mixes = true, .n_in = 3, .n_out = 2, .out = { "sum", "places" }, .prepared = 1,
    .shape = sum_shape,
};
const op_graph op_graph_columns_input = {
    .name = "conv2d input of columns", .mixes = true, .n_in = 2, .n_out = 2, .out = { "back-sum", "places" }, .prepared = 1,
    .shape = input_shape,
};
const op_graph op_graph_columns_weight = {
    .name = "conv2d weight of columns", .mixes = true, .n_in = 2, .n_out = 1, .out = { "weight gradient" }, .shape = weight_shape,
};

const op_ball op_ball_store_columns = { .enclosed = false };
const op_ball op_ball_columns_sum = { .enclosed = false };
const op_ball op_ball_columns_input = { .enclosed = false };
const op_ball op_ball_columns_weight = { .enclosed = false };
const op_bound op_bound_store_columns = { 0 };
const op_bound op_bound_columns_sum = { 0 };
const op_bound op_bound_columns_input = { 0 };
const op_bound op_bound_columns_weight = { 0 };
const op_onnx op_onnx_store_columns = { 0 };
const op_onnx op_onnx_columns_sum = { 0 };
const op_onnx op_onnx_columns_input = { 0 };
const op_onnx op_onnx_columns_weight = { 0 };
const op_thresholds op_thresholds_store_columns = { 0 };
const op_thresholds op_thresholds_columns_sum = { 0 };
const op_thresholds op_thresholds_columns_input = { 0 };
const op_thresholds op_thresholds_columns_weight = { 0 };

#define OP_TEMPLATE "op/columns_tmpl.c"
#include "op/every_format.h"
