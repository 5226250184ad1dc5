/* SPDX-License-Identifier: Apache-2.0 */
/* op_bound.c -- see op_bound.h */
#include "exact/op_bound.h"

#define OPERATION(name) [OP_##name] = &op_bound_##name,
static const op_bound *const rows[N_OPS] = {
#include "op/ops.def"
};
#undef OPERATION

const op_bound *
op_bound_of(op_id op)
{
    return rows[op];
}
