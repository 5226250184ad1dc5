/* SPDX-License-Identifier: Apache-2.0 */
/* op_blame.c -- see op_blame.h */
#include "blame/op_blame.h"

#define OPERATION(name) [OP_##name] = &op_blame_##name,
static const op_blame *const rows[N_OPS] = {
#include "op/ops.def"
};
#undef OPERATION

const op_blame *
op_blame_of(op_id op)
{
    return rows[op];
}

size_t
blame_run_same(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s, (void)out;
    *to = (blame_run){ .a = i->in[0], .b = NO_VALUE, .a_first = at, .n = 1 };
    return 1;
}

size_t
blame_run_row(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n = blame_cols(s, i->in[0]);
    (void)out;
    *to = (blame_run){ .a = i->in[0], .b = NO_VALUE, .a_first = at / n * n, .a_step = 1, .n = n };
    return 1;
}

size_t
blame_group_row(const blame_shape *s, const instruction *i, size_t out)
{
    (void)out;
    return blame_cols(s, i->in[0]);
}
