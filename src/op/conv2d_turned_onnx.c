/* SPDX-License-Identifier: Apache-2.0 */
/* conv2d_turned_onnx.c -- ConvTranspose of ONNX: a convolution of its input with 0 between and around the numbers (view.c), by the
   weights turned round and with channels exchanged, so that each of its numbers is one sum. Of stride s, dilation d, and a kernel
   of k numbers it has (n - 1) s + 1 - pads + output_padding + (k - 1) d of them for n. */
#include "io/op_onnx.h"
#include "num/dtype.h"
#include "op/view.h"

/* w[c, o, i, j], of channel c of the input and o of its group's output, at [o, c of its group, last - i, last - j]. */
static ga_code
turn_weights(graph_operand *to, onnx_reading *r, const op_attributes *a)
{
    const onnx_array *const w = &r->in[1]->array;
    const size_t kernel = a->kernel[0] * a->kernel[1], from = w->dim[0] / a->groups, each = w->dim[1];
    graph_parameter *p;
    const ga_code code = onnx_own_weights(&p, to, r, each * a->groups, from * kernel);
    for (size_t k = 0; code == GA_OK && !r->chain->source->look && k < w->n; k++) {
        const size_t c = k / kernel / each, o = k / kernel % each, row = c / from * each + o;
        dtype_set(r->g->dtype, p->exact, (row * from + c % from) * kernel + (kernel - 1 - k % kernel), onnx_array_number(w, k));
    }
    return code;
}

/* The input as the convolution takes it. */
static ga_code
part(onnx_reading *r, op_attributes *a, const size_t more[2])
{
    const op_shape of = onnx_shape_of(r->in[0]);
    op_attributes v = { .from = of, .to = of, .axis = { 0, 1, 2 }, .step = { 1, 1, 1 } };
    bool inside = true;
    for (size_t d = 0; d < 2; d++) {
        const ptrdiff_t reach = (ptrdiff_t)((a->kernel[d] - 1) * (a->gap[d] + 1));
        const ptrdiff_t before = reach - (ptrdiff_t)a->pad[d], behind = reach - (ptrdiff_t)a->pad[d + 2] + (ptrdiff_t)more[d];
        const ptrdiff_t size = (ptrdiff_t)((of.dim[d + 1] - 1) * a->stride[d]) + 1 + before + behind;
        if (size <= reach || a->stride[d] == 0 || more[d] >= (a->stride[d] > a->gap[d] + 1 ? a->stride[d] : a->gap[d] + 1))
            return NODE_FAULT(r->chain, "its pads or output_padding leave nothing, or are beyond a stride: %zu numbers of a side",
                              of.dim[d + 1]);
        v.from.dim[d + 1] = (size_t)size;
        v.first[d + 1] = before;
        v.step[d + 1] = (ptrdiff_t)a->stride[d];
        inside = inside && before >= 0 && behind >= 0 && a->stride[d] == 1;
        a->pad[d] = before > 0 ? (size_t)before : 0;
        a->pad[d + 2] = behind > 0 ? (size_t)behind : 0;
        a->stride[d] = 1;
    }
    if (inside)
        return GA_OK;
    for (size_t d = 0; d < 4; d++)
        a->pad[d] = 0;
    const ga_code code = onnx_emit(r, OP_view_input, &r->in[0]->at, &v);
    r->made[0] = *r->in[0];
    r->made[0].at = r->out->at;
    r->in[0] = r->made;
    return code;
}

static ga_code
read(onnx_reading *r)
{
    const Onnx__AttributeProto *const shape = onnx_attribute(r->chain->node, "output_shape");
    const Onnx__AttributeProto *const way = onnx_attribute(r->chain->node, "auto_pad");
    op_attributes a = { .kernel = { 0 } };
    size_t more[2] = { 0 };
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_need_constant(r, 1)) != GA_OK || (code = onnx_windows(&a, r)) != GA_OK ||
        (code = onnx_sizes(&a.groups, r, "group", 1, 1)) != GA_OK)
        return code;
    if (way != NULL && (!way->has_s || way->s.len != 6 || memcmp(way->s.data, "NOTSET", 6) != 0))
        return NODE_FAULT(r->chain, "auto_pad is not NOTSET: %s is read with pads", r->chain->node->op_type);
    const onnx_array *const w = &r->in[1]->array;
    const size_t dims = r->in[0]->n_dims, n = dims - 2;
    if ((code = onnx_sizes(more + 2 - n, r, "output_padding", n, 0)) != GA_OK)
        return code;
    if (shape != NULL && shape->n_ints > 0)
        return NODE_FAULT(r->chain, "output_shape is given: %s is read with pads and output_padding", r->chain->node->op_type);
    if (w->n_dims != dims || w->dim[0] != r->in[0]->dim[1] || a.groups == 0 || w->dim[0] % a.groups != 0)
        return NODE_FAULT(r->chain, "its weights do not fit the %zu channels of its input", r->in[0]->dim[1]);
    const size_t kernel[2] = { n == 2 ? w->dim[2] : 1, w->dim[w->n_dims - 1] }, n_out = w->dim[1] * a.groups;
    for (size_t d = 0; d < 2; d++) {
        if (onnx_attribute(r->chain->node, "kernel_shape") == NULL)
            a.kernel[d] = kernel[d];
        if (a.kernel[d] != kernel[d])
            return NODE_FAULT(r->chain, "kernel_shape is not that of its weights, %zu x %zu", kernel[0], kernel[1]);
    }
    const bool biased = r->n_in > 2 && r->in[2] != NULL;
    if (biased && (code = onnx_need_constant(r, 2)) != GA_OK)
        return code;
    graph_operand in[3];
    if ((code = turn_weights(in + 1, r, &a)) != GA_OK ||
        (code = onnx_bias(in + 2, r, biased ? &r->in[2]->array : NULL, n_out)) != GA_OK || (code = part(r, &a, more)) != GA_OK)
        return code;
    in[0] = r->in[0]->at;
    return onnx_emit_windows(r, OP_conv2d, in, &a);
}

const op_onnx op_onnx_conv2d_input = {
    .operator = "ConvTranspose", .least = 2, .most = 3,
    .attributes = { "auto_pad", "dilations", "group", "kernel_shape", "output_padding", "output_shape", "pads", "strides" },
    .network = true, .read = read,
};
