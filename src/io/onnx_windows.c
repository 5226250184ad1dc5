/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_windows.c -- the windows of convolutions and pooling in ONNX nodes; see op_onnx.h */
#include <string.h>

#include "io/op_onnx.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

/* Those of attributes. */
static ga_code
read_windows(op_attributes *a, const onnx_reading *r)
{
    const size_t dims = r->in[0]->n_dims, n = dims - 2;
    size_t sides[2], pads[4] = { 0 };
    if (dims != 3 && dims != 4)
        return FAULT(r, "its input has %zu dimensions, not [images, channels, height, width]", dims);
    ga_code code = onnx_sizes(sides, r, "kernel_shape", n, 0);
    for (size_t d = 0; d < 2; d++) { /* a length is a width of a height of 1 */
        a->kernel[d] = d < 2 - n ? 1 : sides[d + n - 2];
        a->stride[d] = 1;
    }
    if (code != GA_OK || (code = onnx_sizes(a->stride + 2 - n, r, "strides", n, 1)) != GA_OK ||
        (code = onnx_sizes(pads, r, "pads", 2 * n, 0)) != GA_OK || (code = onnx_sizes(sides, r, "dilations", n, 1)) != GA_OK)
        return code;
    for (size_t d = 2 - n; d < 2; d++) {
        a->pad[d] = pads[d + n - 2];
        a->pad[d + 2] = pads[d + 2 * n - 2];
        if (sides[d + n - 2] == 0)
            return FAULT(r, "attribute '%s' has 0", "dilations");
        a->gap[d] = sides[d + n - 2] - 1;
    }
    return GA_OK;
}

ga_code
onnx_windows(op_attributes *a, onnx_reading *r)
{
    const ga_code code = read_windows(a, r);
    return code == GA_OK ? onnx_settle(r, 0) : code;
}

ga_code
onnx_emit_windows(onnx_reading *r, op_id op, const graph_operand *in, const op_attributes *a)
{
    const size_t dims = r->in[0]->n_dims;
    const ga_code code = onnx_emit(r, op, in, a);
    if (code == GA_OK && dims == 3) {
        r->out->n_dims = 3;
        r->out->dim[2] = r->out->dim[3];
    }
    return code;
}
