/* SPDX-License-Identifier: Apache-2.0 */
/* windows.c -- see windows.h */
#include "op/windows.h"

const char *
windows_shape(op_attributes *a, const op_value *in, size_t channels)
{
    if (in->shape.n_dims != 3)
        return "its input is not [images, channels, height, width]";
    a->from = in->shape;
    a->to = (op_shape){ 3, { channels, 0, 0 } };
    for (size_t d = 0; d < 2; d++) {
        const size_t whole = a->pad[d] + a->from.dim[d + 1] + a->pad[d + 2];
        const size_t size = a->kernel[d] == 0 ? 0 : (a->kernel[d] - 1) * (a->gap[d] + 1) + 1;
        if (size == 0 || a->stride[d] == 0 || size > whole)
            return "its windows do not fit the image";
        a->to.dim[d + 1] = (whole - size) / a->stride[d] + 1;
    }
    return NULL;
}
