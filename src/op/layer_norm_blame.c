/* SPDX-License-Identifier: Apache-2.0 */
/* layer_norm_blame.c -- what layer_norm.c's numbers are made of: those of a row together, of gradients sums. */
#include "blame/image.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"

/* Output 1 has a number for each row. */
static size_t
row(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n = i->a.row;
    (void)s;
    *to = (blame_run){ .a = i->in[0], .b = NO_VALUE, .a_first = out == 0 ? at / n * n : at * n, .a_step = 1, .n = n };
    return 1;
}

static size_t
group(const blame_shape *s, const instruction *i, size_t out)
{
    (void)s;
    return out == 0 ? i->a.row : 1;
}

/* d = n x - sum. */
static void
times_less(mpfr_ptr d, mpfr_ptr own, const ga_number *x, size_t n, mpfr_srcptr sum)
{
    mpfr_vec_set_number(own, x);
    mpfr_mul_ui(d, own, n, MPFR_RNDN);
    mpfr_sub(d, d, sum, MPFR_RNDN);
}

/* Of the computed row: n x_k - sum x is exact, the sum of its squares is one of positive numbers. */
static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    enum { EXACT_BITS = 2300 }; /* of the sum of 2^20 binary64 numbers, times that */
    const size_t n = i->a.row, first = out == 0 ? at / n * n : at * n;
    const ga_number *const x = image->computed->value[i->in[0]] + first;
    const ga_number eps = blame_tape_number(image->computed, i->in[1], 0);
    mpfr_t sum, d, square, own;
    mpfr_inits2(EXACT_BITS, sum, d, (mpfr_ptr)0);
    mpfr_inits2(mpfr_get_prec(r), square, own, (mpfr_ptr)0);
    mpfr_set_zero(sum, 1);
    for (size_t k = 0; k < n; k++) {
        mpfr_vec_set_number(own, x + k);
        mpfr_add(sum, sum, own, MPFR_RNDN);
    }
    mpfr_set_zero(r, 1);
    for (size_t k = 0; k < n; k++) {
        times_less(d, own, x + k, n, sum);
        mpfr_sqr(square, d, MPFR_RNDN);
        mpfr_add(r, r, square, MPFR_RNDN);
    }
    if (out == 0) {
        times_less(d, own, x + (at - first), n, sum);
        mpfr_div_ui(d, d, n, MPFR_RNDN);
    }
    for (int k = 0; k < 3; k++)
        mpfr_div_ui(r, r, n, MPFR_RNDN);
    mpfr_vec_set_number(own, &eps);
    mpfr_add(r, r, own, MPFR_RNDN);
    mpfr_rec_sqrt(r, r, MPFR_RNDN);
    if (out == 0)
        mpfr_mul(r, d, r, MPFR_RNDN);
    mpfr_clears(sum, d, square, own, (mpfr_ptr)0);
    return true;
}

/* x - mean is 0, though that of the computed row is not; or it is too small. A factor is 0 where the squares overflow. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    mpfr_t r;
    if (out == 1)
        return ORIGIN_OVERFLOW;
    mpfr_init2(r, blame_bits(&image->e));
    exact(r, image, i, out, at);
    const bool equal = mpfr_zero_p(r);
    if (format_has_range(image->e.format))
        mpfr_narrow(r, r, &image->e.format, UINT32_MAX);
    const bool lost = !mpfr_zero_p(r);
    mpfr_clear(r);
    return equal ? ORIGIN_ARGUMENT_ERROR : lost ? ORIGIN_CANCELLATION : ORIGIN_PRODUCT_UNDERFLOW;
}

const op_blame op_blame_layer_norm = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .runs = row, .group = group, .zero = zero,
                                       .exact = exact };

static size_t
sum(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n = i->a.row;
    (void)s, (void)out;
    *to = (blame_run){ .a = i->in[0], .b = NO_VALUE, .a_first = at * n, .a_step = 1, .n = n };
    if (i->op == OP_row_dot) {
        to->b = i->in[1];
        to->b_first = at * n;
        to->b_step = 1;
    }
    return 1;
}

static size_t
sum_readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    (void)s, (void)operand;
    *at = from / i->a.row;
    return 1;
}

const op_blame op_blame_row_sums = { .out = { DEPENDS_SUM }, .runs = sum, .readers = sum_readers };
const op_blame op_blame_row_dot = { .out = { DEPENDS_SUM }, .runs = sum, .readers = sum_readers };

/* g_k, -m, -y_k p. */
static size_t
back(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t k = at / i->a.row;
    (void)s, (void)out;
    to[0] = (blame_run){ .a = i->in[0], .b = NO_VALUE, .a_first = at, .n = 1 };
    to[1] = (blame_run){ .a = i->in[1], .b = NO_VALUE, .a_first = k, .n = 1, .negated = true };
    to[2] = (blame_run){ .a = i->in[3], .b = i->in[2], .a_first = k, .b_first = at, .n = 1, .negated = true };
    return 3;
}

static size_t
three(const blame_shape *s, const instruction *i)
{
    (void)s, (void)i;
    return 3;
}

static size_t
product(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s, (void)out;
    *to = (blame_run){ .a = i->in[0], .b = i->in[1], .a_first = at, .b_first = at / i->a.row, .n = 1 };
    return 1;
}

/* The number of a row is read by all of it, another one in its place only. */
static size_t
readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const size_t n = blame_cols(s, i->in[operand]) == op_rows(&i->a) ? i->a.row : 1;
    for (size_t k = 0; k < n; k++)
        at[k] = n * from + k;
    return n;
}

static size_t
most_readers(const instruction *i)
{
    return i->a.row;
}

const op_blame op_blame_layer_back = { .out = { DEPENDS_SUM }, .runs = back, .most_runs = three, .readers = readers,
                                       .most_readers = most_readers };
const op_blame op_blame_row_mul = { .out = { DEPENDS_SUM }, .product = true, .runs = product, .readers = readers,
                                    .most_readers = most_readers };
