/* SPDX-License-Identifier: Apache-2.0 */
/* matmul_blame.c -- the terms of matmul.c's sums, of gradients first. */
#include "blame/op_blame.h"
#include "op/matmul.h"

/* Number `at` of matrices of rows x cols each: matrix b, row, col. */
typedef struct {
    size_t b, row, col;
} place;

static place
place_of(size_t at, size_t rows, size_t cols)
{
    return (place){ at / (rows * cols), at / cols % rows, at % cols };
}

static size_t
product(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const matmul_sizes z = matmul_sizes_of(&i->a);
    const place p = place_of(at, z.m, z.n);
    (void)s, (void)out;
    *to = (blame_run){ .a = i->in[0], .b = i->in[1], .a_first = (p.b * z.m + p.row) * z.k, .a_step = 1,
                       .b_first = p.b * z.k * z.n + p.col, .b_step = z.n, .n = z.k };
    return 1;
}

static size_t
left(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const matmul_sizes z = matmul_sizes_of(&i->a);
    const place p = place_of(at, z.m, z.k);
    (void)s, (void)out;
    *to = (blame_run){ .a = i->in[0], .b = i->in[1], .a_first = (p.b * z.m + p.row) * z.n, .a_step = 1,
                       .b_first = (p.b * z.k + p.col) * z.n, .b_step = 1, .n = z.n };
    return 1;
}

static size_t
right(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const matmul_sizes z = matmul_sizes_of(&i->a);
    const place p = place_of(at, z.k, z.n);
    (void)s, (void)out;
    *to = (blame_run){ .a = i->in[0], .b = i->in[1], .a_first = p.b * z.m * z.n + p.col, .a_step = z.n,
                       .b_first = p.b * z.m * z.k + p.row, .b_step = z.k, .n = z.m };
    return 1;
}

/* The n numbers of row `row` of matrix b, or the rows of column col. */
static size_t
line(size_t *at, size_t b, size_t row, size_t col, size_t rows, size_t cols, bool along)
{
    for (size_t k = 0; k < (along ? cols : rows); k++)
        at[k] = (b * rows + (along ? row : k)) * cols + (along ? k : col);
    return along ? cols : rows;
}

static size_t
product_readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const matmul_sizes z = matmul_sizes_of(&i->a);
    const place p = operand == 0 ? place_of(from, z.m, z.k) : place_of(from, z.k, z.n);
    (void)s;
    return line(at, p.b, p.row, p.col, z.m, z.n, operand == 0);
}

static size_t
left_readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const matmul_sizes z = matmul_sizes_of(&i->a);
    const place p = operand == 0 ? place_of(from, z.m, z.n) : place_of(from, z.k, z.n);
    (void)s;
    return line(at, p.b, p.row, p.row, z.m, z.k, operand == 0);
}

static size_t
right_readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const matmul_sizes z = matmul_sizes_of(&i->a);
    const place p = operand == 0 ? place_of(from, z.m, z.n) : place_of(from, z.m, z.k);
    (void)s;
    return line(at, p.b, p.col, p.col, z.k, z.n, operand != 0);
}

static size_t
most_readers(const instruction *i)
{
    const matmul_sizes z = matmul_sizes_of(&i->a);
    const size_t most = z.m > z.n ? z.m : z.n;
    return most > z.k ? most : z.k;
}

const op_blame op_blame_matmul = { .out = { DEPENDS_SUM }, .gemm = true, .runs = product, .readers = product_readers,
                                   .most_readers = most_readers };
const op_blame op_blame_matmul_left = { .out = { DEPENDS_SUM }, .gemm = true, .runs = left, .readers = left_readers,
                                        .most_readers = most_readers };
const op_blame op_blame_matmul_right = { .out = { DEPENDS_SUM }, .gemm = true, .runs = right, .readers = right_readers,
                                         .most_readers = most_readers };
