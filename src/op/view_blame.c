/* SPDX-License-Identifier: Apache-2.0 */
/* view_blame.c -- where the numbers of view.c's operations are from: sums of one term, or of none. */
#include "blame/op_blame.h"
#include "op/view.h"

/* Number `at` of the output is in its row's image number k of operand a; there is one only if so. */
static size_t
one(blame_run *to, const blame_shape *s, const instruction *i, value_id a, size_t at, bool is, size_t k)
{
    const size_t row = at / blame_cols(s, i->out[0]);
    *to = (blame_run){ .a = a, .b = NO_VALUE, .a_first = row * blame_cols(s, a) + (is ? k : 0), .n = is };
    return 1;
}

static size_t
view(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    size_t k = 0;
    (void)out;
    const bool is = view_at(&k, &i->a, at % blame_cols(s, i->out[0]));
    return one(to, s, i, i->in[0], at, is, k);
}

static size_t
view_input(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    size_t k = 0;
    (void)out;
    const bool is = view_of(&k, &i->a, at % blame_cols(s, i->out[0]));
    return one(to, s, i, i->in[0], at, is, k);
}

static size_t
concat(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    size_t k;
    (void)out;
    const bool second = view_is_second(&k, &i->a, at % blame_cols(s, i->out[0]));
    return one(to, s, i, i->in[second], at, true, k);
}

static size_t
readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const size_t row = from / blame_cols(s, i->in[operand]), col = from % blame_cols(s, i->in[operand]);
    size_t k = i->op == OP_concat ? view_beside(&i->a, operand == 1, col) : 0;
    const bool is = i->op == OP_concat || (i->op == OP_view ? view_of(&k, &i->a, col) : view_at(&k, &i->a, col));
    *at = row * blame_cols(s, i->out[0]) + k;
    return is;
}

const op_blame op_blame_view = { .out = { DEPENDS_SUM }, .runs = view, .readers = readers };
const op_blame op_blame_view_input = { .out = { DEPENDS_SUM }, .runs = view_input, .readers = readers };
const op_blame op_blame_concat = { .out = { DEPENDS_SUM }, .runs = concat, .readers = readers };
