/* SPDX-License-Identifier: Apache-2.0 */
/* store_scaled.c -- r = 2^-k times 2^k a rounded as a store does (store.c), with an exponent k for the numbers of a batch of
   images, or of the network; or for each block of OP_BLOCK numbers. For batches 2^k is the largest power of two with which the
   largest |a| does not exceed the format's largest number. For blocks k is emax - floor(log2 largest |a|); or with ceil for floor;
   or with the largest |a| first rounded to the format's bits. k is at most SCALE_MOST in size; 0 if the largest |a| is 0 or not
   finite. The second output is 2^k. */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/op_graph.h"
#include "io/op_onnx.h"
#include "num/format.h"
#include "pass/op_ball.h"

/* One scale for all; or one for each block of a row, or of a column. */
static const char *
scaled_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const char *const fault = op_graph_store.shape(out, in, a);
    const size_t rows = in[0]->rows, cols = in[0]->cols;
    op_set_shape(out[1], &(op_shape){ 1, { 1 } });
    if (a->scaling == GA_SCALED_BLOCKS && a->along_rows) {
        out[1]->rows = (rows + OP_BLOCK - 1) / OP_BLOCK;
        out[1]->cols = cols;
        return rows > 0 ? fault : "blocks of columns are of what belongs to the network";
    }
    if (a->scaling == GA_SCALED_BLOCKS)
        op_set_shape(out[1], &(op_shape){ 1, { (cols + OP_BLOCK - 1) / OP_BLOCK } });
    if (rows > 0)
        out[1]->rows = a->scaling == GA_SCALED_BLOCKS ? rows : 1;
    return fault;
}

const op_graph op_graph_store_scaled = {
    .name = "store scaled", .n_in = 1, .n_out = 2, .out = { "stored value", "scale" }, .mixes = true, .shape = scaled_shape,
};
const op_ball op_ball_store_scaled = { .enclosed = false };
const op_bound op_bound_store_scaled = { 0 };
const op_onnx op_onnx_store_scaled = { 0 };
const op_thresholds op_thresholds_store_scaled = { 0 };

#define OP_TEMPLATE "op/store_scaled_tmpl.c"
#include "op/every_format.h"
