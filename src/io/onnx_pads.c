/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_pads.c -- what windows are padded by where a file says a rule instead of numbers; see op_onnx.h */
#include <string.h>

#include "io/op_onnx.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

static bool
says(const Onnx__AttributeProto *a, const char *word)
{
    return a->has_s && a->s.len == strlen(word) && memcmp(a->s.data, word, a->s.len) == 0;
}

/* From the first number of a window to its last. */
static size_t
extent(const op_attributes *a, size_t d)
{
    return (a->kernel[d] - 1) * (a->gap[d] + 1) + 1;
}

/* Of one side: as many windows as strides, the image in their middle; an odd pad is at the end, or at the start. */
static void
pad_same(op_attributes *a, size_t d, size_t side, bool lower)
{
    const size_t windows = (side - 1) / a->stride[d] + 1, covered = (windows - 1) * a->stride[d] + extent(a, d);
    const size_t pad = covered > side ? covered - side : 0;
    a->pad[d] = lower ? pad - pad / 2 : pad / 2;
    a->pad[d + 2] = pad - a->pad[d];
}

/* Of one side: a last window that is not whole is padded, if it begins within the image or the pad before it. Whether it was. */
static bool
pad_last(op_attributes *a, size_t d, size_t side)
{
    const size_t before = side + a->pad[d], whole = before + a->pad[d + 2], size = extent(a, d);
    if (size > whole || (whole - size) % a->stride[d] == 0)
        return false;
    const size_t last = ((whole - size) / a->stride[d] + 1) * a->stride[d];
    if (last >= before)
        return false;
    a->pad[d + 2] = last + size - before;
    return true;
}

ga_code
onnx_pads(op_attributes *a, bool *last, const onnx_reading *r)
{
    const Onnx__AttributeProto *const way = onnx_attribute(r->chain->node, "auto_pad");
    const onnx_value *const x = r->in[0];
    const size_t sides[2] = { x->n_dims == 4 ? x->dim[2] : 1, x->dim[x->n_dims - 1] };
    const bool lower = way != NULL && says(way, "SAME_LOWER"), same = way != NULL && (lower || says(way, "SAME_UPPER"));
    size_t ceiling;
    *last = false;
    if (way != NULL && !same && !says(way, "VALID") && !says(way, "NOTSET"))
        return FAULT(r, "auto_pad is not NOTSET, VALID, SAME_UPPER or SAME_LOWER%s", "");
    if (way != NULL && !says(way, "NOTSET") && onnx_attribute(r->chain->node, "pads") != NULL)
        return FAULT(r, "it has pads and auto_pad%s", "");
    const ga_code code = onnx_sizes(&ceiling, r, "ceil_mode", 1, 0);
    for (size_t d = 0; code == GA_OK && d < 2; d++) {
        if (a->kernel[d] == 0 || a->stride[d] == 0 || sides[d] == 0)
            continue; /* refused when its shape is inferred */
        if (same)
            pad_same(a, d, sides[d], lower);
        else if (ceiling != 0 && pad_last(a, d, sides[d]))
            *last = true;
    }
    return code;
}
