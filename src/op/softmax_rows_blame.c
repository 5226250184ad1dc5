/* SPDX-License-Identifier: Apache-2.0 */
/* softmax_rows_blame.c -- what softmax_rows.c's numbers are made of: s and c of their row, e of a sum. */
#include "blame/image.h"

static size_t
row(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n = i->a.row;
    (void)s, (void)out;
    *to = (blame_run){ .a = i->in[0], .b = NO_VALUE, .a_first = at / n * n, .a_step = 1, .n = n };
    return 1;
}

static size_t
group(const blame_shape *s, const instruction *i, size_t out)
{
    (void)s, (void)out;
    return i->a.row;
}

static origin_kind
underflow(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)image, (void)i, (void)out, (void)at;
    return ORIGIN_SOFTMAX_UNDERFLOW;
}

/* Whether a number takes no part in its row's softmax. */
static bool
is_masked(const blame_image *image, const instruction *i, size_t at)
{
    return i->op == OP_masked_softmax &&
           blame_tape_number(image->computed, i->in[1], at % image->net->p->value[i->in[1]].cols).klass == GA_ZERO;
}

/* Of the computed row: differences are exact, sums are of positive numbers. */
static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    enum { DIFFERENCE_BITS = 2200 }; /* of two binary64 numbers */
    const size_t n = i->a.row, k = at % n;
    const ga_number *const x = image->computed->value[i->in[0]] + (at - k);
    mpfr_t e, sum, own, difference;
    (void)out;
    if (is_masked(image, i, at)) {
        mpfr_set_zero(r, 1);
        return true;
    }
    mpfr_inits2(mpfr_get_prec(r), e, sum, own, (mpfr_ptr)0);
    mpfr_init2(difference, DIFFERENCE_BITS);
    mpfr_set_zero(sum, 1);
    mpfr_vec_set_number(own, x + k);
    for (size_t j = 0; j < n; j++) { /* all divided by e^x_k */
        if (is_masked(image, i, at - k + j))
            continue;
        mpfr_vec_set_number(e, x + j);
        mpfr_sub(difference, e, own, MPFR_RNDN);
        mpfr_exp(e, difference, MPFR_RNDN);
        mpfr_add(sum, sum, e, MPFR_RNDN);
    }
    mpfr_ui_div(r, 1, sum, MPFR_RNDN);
    mpfr_clears(e, sum, own, difference, (mpfr_ptr)0);
    return true;
}

const op_blame op_blame_masked_softmax = { .out = { DEPENDS_GROUP }, .runs = row, .group = group, .zero = underflow,
                                           .exact = exact };
const op_blame op_blame_softmax_rows = { .out = { DEPENDS_GROUP }, .runs = row, .group = group, .zero = underflow, .exact = exact };

/* 1 - s is 0 because s rounds to 1; rewritten, because all other s are 0. */
static origin_kind
absorption(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)i, (void)out, (void)at;
    return image->e.formulas == GA_NAIVE ? ORIGIN_SOFTMAX_ABSORPTION : ORIGIN_SOFTMAX_UNDERFLOW;
}

/* 1 - s, which is exact in so many bits unless s is below 2^-1000 or so; or the sum of the others. */
static bool
exact_others(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const size_t n = i->a.row, k = at % n;
    const ga_number *const s = image->computed->value[i->in[0]] + (at - k);
    mpfr_t x;
    (void)out;
    mpfr_init2(x, mpfr_get_prec(r));
    mpfr_vec_set_number(x, s + k);
    mpfr_ui_sub(r, 1, x, MPFR_RNDN);
    if (image->e.formulas == GA_REWRITE)
        mpfr_set_zero(r, 1);
    for (size_t j = 0; image->e.formulas == GA_REWRITE && j < n; j++)
        if (j != k) {
            mpfr_vec_set_number(x, s + j);
            mpfr_add(r, r, x, MPFR_RNDN);
        }
    mpfr_clear(x);
    return true;
}

const op_blame op_blame_softmax_others = { .out = { DEPENDS_GROUP }, .runs = row, .group = group, .zero = absorption,
                                           .exact = exact_others };

/* c_k g_k, and -s_j g_j before it and behind it. */
static size_t
back(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n = i->a.row, k = at % n, first = at - k;
    (void)s, (void)out;
    to[0] = (blame_run){ .a = i->in[2], .b = i->in[0], .a_first = at, .b_first = at, .n = 1 };
    to[1] = (blame_run){ .a = i->in[2], .b = i->in[1], .a_first = first, .a_step = 1, .b_first = first, .b_step = 1, .n = k,
                         .negated = true };
    to[2] = (blame_run){ .a = i->in[2], .b = i->in[1], .a_first = at + 1, .a_step = 1, .b_first = at + 1, .b_step = 1,
                         .n = n - 1 - k, .negated = true };
    return 3;
}

static size_t
three(const blame_shape *s, const instruction *i)
{
    (void)s, (void)i;
    return 3;
}

/* A c is read once, a g by the whole row, an s by the others of it. */
static size_t
readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const size_t n = i->a.row;
    (void)s;
    if (operand == 0) {
        *at = from;
        return 1;
    }
    size_t m = 0;
    for (size_t k = from / n * n; k < from / n * n + n; k++)
        if (operand == 2 || k != from)
            at[m++] = k;
    return m;
}

static size_t
most_readers(const instruction *i)
{
    return i->a.row;
}

const op_blame op_blame_softmax_back = { .out = { DEPENDS_SUM }, .runs = back, .most_runs = three, .readers = readers,
                                         .most_readers = most_readers };

/* ---- log-softmax ------------------------------------------------------------------------------------------------ */

/* 0 because the sum of e^(x - m) rounds to 1; rewritten, because all others are 0. */
static bool
exact_log(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    enum { DIFFERENCE_BITS = 2200 }; /* of two binary64 numbers */
    const size_t n = i->a.row, k = at % n;
    const ga_number *const x = image->computed->value[i->in[0]] + (at - k);
    mpfr_t e, own, difference;
    (void)out;
    mpfr_inits2(mpfr_get_prec(r), e, own, (mpfr_ptr)0);
    mpfr_init2(difference, DIFFERENCE_BITS);
    mpfr_set_zero(r, 1);
    mpfr_vec_set_number(own, x + k);
    for (size_t j = 0; j < n; j++) { /* l_k = -log(1 + the sum of the others), all divided by e^x_k */
        if (j == k)
            continue;
        mpfr_vec_set_number(e, x + j);
        mpfr_sub(difference, e, own, MPFR_RNDN);
        mpfr_exp(e, difference, MPFR_RNDN);
        mpfr_add(r, r, e, MPFR_RNDN);
    }
    mpfr_log1p(r, r, MPFR_RNDN);
    mpfr_neg(r, r, MPFR_RNDN);
    mpfr_clears(e, own, difference, (mpfr_ptr)0);
    return true;
}

const op_blame op_blame_log_softmax_rows = { .out = { DEPENDS_GROUP }, .runs = row, .group = group, .zero = absorption,
                                             .exact = exact_log };

static bool
exact_exp(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)out;
    mpfr_vec_set_number(r, image->computed->value[i->in[0]] + at);
    mpfr_exp(r, r, MPFR_RNDN);
    return true;
}

const op_blame op_blame_softmax_of_log = { .out = { DEPENDS_GROUP }, .same = true, .runs = blame_run_same, .zero = underflow,
                                           .exact = exact_exp };

/* c_k g_k, and -s_k g_j of those before it and behind it. */
static size_t
back_of_log(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n = back(to, s, i, out, at);
    for (size_t k = 1; k < n; k++) {
        to[k].b_first = at;
        to[k].b_step = 0;
    }
    return n;
}

/* A c and an s are read once, a g by the whole row. */
static size_t
readers_of_log(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    return readers(at, s, i, operand == 2 ? 2 : 0, from);
}

const op_blame op_blame_log_softmax_back = { .out = { DEPENDS_SUM }, .runs = back_of_log, .most_runs = three,
                                             .readers = readers_of_log, .most_readers = most_readers };
