/* SPDX-License-Identifier: Apache-2.0 */
/* choice_blame.c -- the larger or smaller of two is the sum of both times their masks, which are a choice; a gradient goes where
   the mask is not 0. */
#include "blame/op_blame.h"

/* Where the second operand's number for number `at` is. */
static size_t
second_at(const blame_shape *s, const instruction *i, size_t at)
{
    const size_t cols = blame_cols(s, i->in[0]);
    return s->value[i->in[1]].rows > 0 ? at % cols / (cols / blame_cols(s, i->in[1])) : at;
}

/* Of both, times their masks; of a mask, both. */
static size_t
choice(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t place = out == 0 ? at : at / 2;
    for (size_t k = 0; k < 2; k++)
        to[k] = (blame_run){ i->in[k], out == 0 ? i->out[1] : NO_VALUE, place, 0, 2 * place + k, 0, 1, false, false };
    to[1].a_first = second_at(s, i, place);
    return 2;
}

static size_t
group(const blame_shape *s, const instruction *i, size_t out)
{
    (void)s, (void)i;
    return out == 1 ? 2 : 1;
}

static size_t
choice_input(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s, (void)out;
    *to = (blame_run){ .a = i->in[0], .b = i->in[1], .a_first = at, .b_first = 2 * at + i->a.side, .n = 1 };
    return 1;
}

/* Of a gradient the number of the same index, of a mask that which it is of. */
static size_t
readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    (void)s;
    *at = operand == 0 ? from : from / 2;
    return operand == 0 || from % 2 == i->a.side;
}

const op_blame op_blame_maximum = { .out = { DEPENDS_SUM, DEPENDS_GROUP }, .selects = true, .runs = choice, .group = group,
                                    .flips = 1, .flip = ORIGIN_POOL_FLIP };
const op_blame op_blame_minimum = { .out = { DEPENDS_SUM, DEPENDS_GROUP }, .selects = true, .runs = choice, .group = group,
                                    .flips = 1, .flip = ORIGIN_POOL_FLIP };
const op_blame op_blame_choice_input = { .out = { DEPENDS_SUM }, .selects = true, .runs = choice_input, .few = true,
                                         .readers = readers };
