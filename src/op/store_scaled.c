/* SPDX-License-Identifier: Apache-2.0 */
/* store_scaled.c -- r = 2^-k times 2^k a rounded as a store does (store.c), with an exponent k for the numbers of a batch of
   images, or of the network; or for each block of OP_BLOCK numbers. For batches 2^k is the largest power of two with which the
   largest |a| does not exceed the format's largest number; or k is an attribute, that of a file. For blocks k is emax - floor(log2
   largest |a|); or with ceil for floor; or with the largest |a| first rounded to the format's bits. k is at most OP_MOST_SCALE
   in size; 0 if the largest |a| is 0 or not finite. The second output is 2^k. */
#include <math.h>

#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/op_graph.h"
#include "io/op_onnx.h"
#include "num/format.h"
#include "op/store_scaled.h"
#include "pass/op_ball.h"

int
store_scale(const ga_number *largest, const op_attributes *a)
{
    const ga_format f = a->format;
    const double m = fabs(largest->mantissa);
    int64_t k = format_emax(f) - largest->exponent;
    if (largest->klass != GA_NORMAL && largest->klass != GA_SUBNORMAL)
        return 0;
    if (a->scaling == GA_SCALED_BATCH)
        k -= m > format_largest(f);
    else if (a->rule == GA_SCALE_CEIL)
        k -= m > 1;
    else if (a->rule == GA_SCALE_NEAREST)
        k -= m >= 2 - ldexp(1, -(int)f.bits); /* the tie goes to 2 */
    return k > OP_MOST_SCALE ? OP_MOST_SCALE : k < -OP_MOST_SCALE ? -OP_MOST_SCALE : (int)k;
}

/* One scale for all; or one for each block of a row, or of a column. Of an image's numbers one for each that is in a block of a
   column, because images of that have it in common. */
static const char *
scaled_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const char *const fault = op_graph_store.shape(out, in, a);
    const size_t rows = in[0]->rows, cols = in[0]->cols;
    op_set_shape(out[1], &(op_shape){ 1, { 1 } });
    if (a->scaling == GA_SCALED_BLOCKS && a->along_rows) {
        op_set_shape(out[1], &(op_shape){ 1, { cols } });
        out[1]->rows = (rows + OP_BLOCK - 1) / OP_BLOCK;
        return fault;
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
