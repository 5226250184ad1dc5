/* SPDX-License-Identifier: Apache-2.0 */
/* spread_blame.c -- the terms of sum_over's sums, in lines of numbers equally far apart, and where expand's numbers are from. */
#include "blame/op_blame.h"
#include "op/spread.h"

static size_t
expand(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t cols = blame_cols(s, i->out[0]), k = spread_from(&i->a.from, &i->a.to, at % cols);
    (void)out;
    *to = (blame_run){ .a = i->in[0], .b = NO_VALUE, .a_first = at / cols * blame_cols(s, i->in[0]) + k, .n = 1 };
    return 1;
}

static size_t
sum_over(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const op_shape *const small = &i->a.to, *const large = &i->a.from;
    const size_t cols = blame_cols(s, i->out[0]), line = spread_line(small, large), runs = spread_times(small, large) / line;
    const size_t row = at / cols * blame_cols(s, i->in[0]), k = at % cols, first = spread_to(small, large, k, 0);
    (void)out;
    for (size_t r = 0; r < runs; r++)
        to[r] = (blame_run){ .a = i->in[0], .b = NO_VALUE, .a_first = row + spread_to(small, large, k, r * line),
                             .a_step = line > 1 ? spread_to(small, large, k, 1) - first : 0, .n = line };
    return runs;
}

static size_t
most_lines(const blame_shape *s, const instruction *i)
{
    (void)s;
    return spread_times(&i->a.to, &i->a.from) / spread_line(&i->a.to, &i->a.from);
}

static size_t
expand_readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const size_t cols = blame_cols(s, i->in[operand]), times = spread_times(&i->a.from, &i->a.to);
    for (size_t k = 0; k < times; k++)
        at[k] = from / cols * blame_cols(s, i->out[0]) + spread_to(&i->a.from, &i->a.to, from % cols, k);
    return times;
}

static size_t
most_copies(const instruction *i)
{
    return spread_times(&i->a.from, &i->a.to);
}

static size_t
sum_readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const size_t cols = blame_cols(s, i->in[operand]);
    *at = from / cols * blame_cols(s, i->out[0]) + spread_from(&i->a.to, &i->a.from, from % cols);
    return 1;
}

const op_blame op_blame_expand = { .out = { DEPENDS_SUM }, .runs = expand, .readers = expand_readers, .most_readers = most_copies };
const op_blame op_blame_sum_over = { .out = { DEPENDS_SUM }, .runs = sum_over, .most_runs = most_lines, .readers = sum_readers };
