/* SPDX-License-Identifier: Apache-2.0 */
/* matmul.h -- the sizes of a product of matmul.c: attribute `from` has B, m and k of its first operand, `to` B, m and n of what it
   makes. */
#ifndef OP_MATMUL_H
#define OP_MATMUL_H

#include "op/op.h"

typedef struct {
    size_t n_matrices, m, k, n;
} matmul_sizes;

static inline matmul_sizes
matmul_sizes_of(const op_attributes *a)
{
    return (matmul_sizes){ a->from.dim[0], a->from.dim[1], a->from.dim[2], a->to.dim[2] };
}

#endif
