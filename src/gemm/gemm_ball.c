/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_ball.c -- matrix products in balls. The slow product rounds the sum of exact terms once and adds the terms' radii, rounded
   up: an element is as narrow as its own terms. The fast one, by integers, cuts a row relative to its largest entry; an element
   that this makes wide is summed by the slow one. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include <cblas.h>

#include "core/call.h"
#include "gemm/crt.h"
#include "num/ball.h"
#include "num/mpfr_vec.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"

/* The bits beyond the precision that the fast product keeps of a row. An element may be summed from its own terms if fewer bits
   than the precision less WIDE_BITS are known, and is if its radius gets 2^OWN_BITS times smaller. */
enum { GUARD_BITS = 48, WIDE_BITS = 24, OWN_BITS = 4 };

/* Element `at` of a second operand, perhaps in room. */
typedef struct {
    crt_room room;
    ball point;
} second_room;

static inline const ball *
second(second_room *room, const mat_ball *b, size_t at)
{
    if (b->e != NULL)
        return b->e + at;
    room->point = (ball){ *crt_weights_number(&room->room, b->prepared, at), radius_zero };
    return &room->point;
}

/* Whether that is no term of any sum: a product with it is 0, whatever the other factor is. */
static inline bool
is_absent(const mat_ball *b, size_t at)
{
    return b->e == NULL && crt_weights_absent(b->prepared, at);
}

/* r = sum_k a_k b_k + bias, b_0 element `first` of b; r is no operand. The products' radii are added up. The products of midpoints
   are exact in the sum of their precisions; a term below MPFR's range is off by less than its least positive number. */
static void
dot(ball *r, const ball *a, size_t sa, const mat_ball *b, size_t first, size_t sb, size_t n, const ball *bias, ctx_ball *ctx)
{
    unsigned long used = 0;
    second_room room;
    r->rad = radius_zero;
    for (size_t k = 0; k < n; k++) {
        if (is_absent(b, first + k * sb))
            continue;
        const ball *x = a + k * sa, *y = second(&room, b, first + k * sb);
        ball_widen(r, ball_product_radius(x, y));
        if (!mpfr_zero_p(&x->mid) && !mpfr_zero_p(&y->mid) &&
            mpfr_mul(ctx->terms[used++], &x->mid, &y->mid, MPFR_RNDN) != 0)
            ball_widen(r, radius_least);
    }
    mpfr_ptr last = ctx->terms[used]; /* put back below */
    if (bias != NULL) {
        ball_widen(r, bias->rad);
        ctx->terms[used] = (mpfr_ptr)(uintptr_t)&bias->mid;
    }
    ball_round(r, mpfr_sum(&r->mid, ctx->terms, used + (bias != NULL), MPFR_RNDN));
    ctx->terms[used] = last;
}

/* The radius of that without the rounding. */
static radius
dot_radius(const ball *a, size_t sa, const mat_ball *b, size_t first, size_t sb, size_t n, const ball *bias)
{
    second_room room;
    radius sum = bias != NULL ? bias->rad : radius_zero;
    for (size_t k = 0; k < n; k++)
        if (!is_absent(b, first + k * sb))
            sum = radius_add(sum, ball_product_radius(a + k * sa, second(&room, b, first + k * sb)));
    return sum;
}

/* The bias of a column; NULL: none. */
static inline const ball *
bias_of(const mat_ball *bias, size_t col)
{
    return bias == NULL ? NULL : bias->e + col % bias->cols;
}

static void
gemm_slow(mat_ball *c, const mat_ball *a, bool ta, const mat_ball *b, bool tb, const mat_ball *bias, ctx_ball *ctx)
{
    const size_t n = ta ? a->rows : a->cols;
    const size_t row_a = ta ? 1 : a->cols, term_a = ta ? a->cols : 1;
    const size_t col_b = tb ? b->cols : 1, term_b = tb ? 1 : b->cols;
    for (size_t i = 0; i < c->rows && call_ask() == GA_OK; i++)
        for (size_t j = 0; j < c->cols; j++)
            dot(c->e + i * c->cols + j, a->e + i * row_a, term_a, b, j * col_b, term_b, n, bias_of(bias, j), ctx);
}

const bool gemm_prepares_ball = true;
const bool gemm_spreads_ball = true;

static bool
is_ordinary(const ball *a, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (radius_is_infinite(a[k].rad))
            return false;
    return true;
}

/* m 2^k, exact, for k <= 1; at least 2^-400. */
static double
scaled(double m, int64_t k)
{
    return k < -400 ? 0x1p-400 : m * radius_power(k);
}

/* The radii of a vector and what was cut off it, times 2^-*scale, rounded up, each at least 2^-400 unless it is 0; *scale such that
   none is above 2. False if all are 0. */
static bool
scaled_radii(double *radii, int64_t *scale, const ball *a, size_t step, size_t n, int64_t cut, const int64_t *lowest)
{
    *scale = INT64_MIN;
    for (size_t k = 0; k < n; k++) {
        const radius rad = a[k * step].rad;
        if (!radius_is_zero(rad) && rad.e > *scale)
            *scale = rad.e;
        if (lowest[k] < cut && cut > *scale)
            *scale = cut;
    }
    for (size_t k = 0; k < n; k++) {
        const radius rad = a[k * step].rad;
        radii[k] = 0;
        if (!radius_is_zero(rad))
            radii[k] = scaled(rad.m, rad.e - *scale);
        if (lowest[k] < cut)
            radii[k] = radius_up(radii[k] + scaled(1, cut - *scale));
    }
    return *scale != INT64_MIN;
}

/* r = x + bias, and the rounding. */
static void
set_sum(ball *r, mpfr_srcptr x, const ball *bias)
{
    r->rad = bias == NULL ? radius_zero : bias->rad;
    ball_round(r, bias == NULL ? mpfr_set(&r->mid, x, MPFR_RNDN) : mpfr_add(&r->mid, x, &bias->mid, MPFR_RNDN));
}

/* Radii are a product in double of numbers that are 0 or between 2^-720 and 4; n roundings leave at least 1 - n 2^-53 of it
   (Higham, sec. 3.1); for n 2^-53 <= 1/2, n 2^-52 makes up for that and 2^-51 for the roundings here. */
static void
widen_row(ball *row, const double *sum, int64_t scale, size_t cols, size_t n)
{
    const double up = 1 + (double)n * 0x1p-52 + 0x1p-51;
    for (size_t j = 0; j < cols; j++)
        if (sum[j] != 0)
            ball_widen(row + j, radius_make(sum[j] * up, scale));
}

/* C = A W + bias with the weights W: |sum x_k w_k - sum I_k w_k| <= sum (rad a_k + cut_k) |w_k|, I the midpoints that were cut to
   integers; for each slice of the weights by itself. False if that fails. */
static bool
gemm_fast(mat_ball *c, const mat_ball *a, crt_weights *w, bool tb, const mat_ball *bias, ctx_ball *ctx)
{
    crt *const engine = ctx->product;
    const size_t n = a->cols, rows = c->rows, cols = c->cols;
    if (!crt_multiply(engine, (crt_numbers){ &a->e->mid, sizeof *a->e }, rows, n, w, tb, ctx->common.bits + GUARD_BITS))
        return false;
    double *radii = malloc((rows * n + rows * cols) * sizeof *radii), *sum = radii + rows * n;
    int64_t *scale = malloc((rows + 1) * sizeof *scale), weight_scale;
    bool any = false, ok = radii != NULL && scale != NULL;
    for (size_t i = 0; ok && i < rows; i++)
        any = scaled_radii(radii + i * n, scale + i, a->e + i * n, 1, n, crt_cut(engine, i), crt_lowest(engine, i)) || any;
    for (size_t i = 0; ok && i < rows && call_ask() == GA_OK; i++)
        for (size_t j = 0; ok && j < cols; j++) {
            mpfr_srcptr x = crt_element(engine, i, j);
            ok = x != NULL;
            if (ok)
                set_sum(c->e + i * cols + j, x, bias_of(bias, j));
        }
    for (size_t p = 0; ok && any && p < crt_weights_slices(w); p++) {
        const double *magnitude = crt_weights_magnitude(w, p, &weight_scale);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, tb ? CblasTrans : CblasNoTrans, (int)rows, (int)cols, (int)n, 1, radii, (int)n,
                    magnitude, (int)crt_weights_cols(w), 0, sum, (int)cols);
        for (size_t i = 0; i < rows; i++)
            if (scale[i] != INT64_MIN)
                widen_row(c->e + i * cols, sum + i * cols, scale[i] + weight_scale, cols, n);
    }
    free(radii);
    free(scale);
    return ok;
}

/* rad > 2^-bits |mid|, |mid| cut. */
static bool
is_wide(const ball *r, long bits)
{
    return radius_less(radius_below(&r->mid), radius_mul_2si(r->rad, bits));
}

/* Whether a number of a vector was cut: without that its radii are those of the terms, but for roundings. */
static bool
is_cut(int64_t cut, const int64_t *lowest, size_t n)
{
    size_t k = 0;
    while (k < n && lowest[k] >= cut)
        k++;
    return k < n;
}

/* Sums elements of C that gemm_fast has left wide from their own terms if these are narrower: one large entry of a row drowns the
   others, and elements that have no part in it. */
static void
sharpen(mat_ball *c, const mat_ball *a, const mat_ball *b, bool tb, const mat_ball *bias, ctx_ball *ctx)
{
    const size_t n = a->cols, col_b = tb ? n : 1, term_b = tb ? 1 : b->cols;
    for (size_t i = 0; i < c->rows && call_ask() == GA_OK; i++)
        for (size_t j = is_cut(crt_cut(ctx->product, i), crt_lowest(ctx->product, i), n) ? 0 : c->cols; j < c->cols; j++) {
            ball *r = c->e + i * c->cols + j;
            const ball *x = a->e + i * n, *added = bias_of(bias, j);
            if (is_wide(r, ctx->common.bits - WIDE_BITS) &&
                radius_less(radius_mul_2si(dot_radius(x, 1, b, j * col_b, term_b, n, added), OWN_BITS), r->rad))
                dot(r, x, 1, b, j * col_b, term_b, n, added, ctx);
        }
}

/* Of the vectors of an operand: by how much each number may be another than its integer, and a bound of its size; times a power of
   two of the vector's, as scaled_radii says. */
typedef struct {
    double *off, *size;
    int64_t *off_scale, *size_scale;
    bool any; /* one is off */
} vector_bounds;

/* Sizes are those of the integers, or with `all` of every number that a ball and what was cut leave. */
static void
bound_vector(vector_bounds *to, size_t i, const ball *e, size_t step, size_t n, int64_t cut, const int64_t *lowest, bool all)
{
    double *const size = to->size + i * n;
    int64_t *const scale = to->size_scale + i;
    to->any = scaled_radii(to->off + i * n, to->off_scale + i, e, step, n, cut, lowest) || to->any;
    *scale = INT64_MIN;
    for (int pass = 0; pass < 2; pass++)
        for (size_t k = 0; k < n; k++) {
            radius r = radius_above(&e[k * step].mid);
            if (all)
                r = radius_add(r, e[k * step].rad);
            if (all && lowest[k] < cut)
                r = radius_add(r, radius_2exp(cut));
            if (pass == 0 && !radius_is_zero(r) && r.e > *scale)
                *scale = r.e;
            if (pass == 1)
                size[k] = radius_is_zero(r) ? 0 : scaled(r.m, r.e - *scale);
        }
}

static bool
bounds_new(vector_bounds *to, size_t vectors, size_t n)
{
    *to = (vector_bounds){ .off = malloc(2 * (vectors * n + 1) * sizeof(double)),
                           .off_scale = malloc(2 * (vectors + 1) * sizeof(int64_t)) };
    to->size = to->off != NULL ? to->off + vectors * n : NULL;
    to->size_scale = to->off_scale != NULL ? to->off_scale + vectors : NULL;
    return to->off != NULL && to->off_scale != NULL;
}

static void
bounds_free(vector_bounds *b)
{
    free(b->off);
    free(b->off_scale);
}

/* Widens C by the products of what numbers are off with sizes. */
static void
widen_products(mat_ball *c, double *sum, const double *a, const int64_t *a_scale, const double *b, const int64_t *b_scale, size_t n)
{
    const double up = 1 + (double)n * 0x1p-52 + 0x1p-51; /* as in widen_row */
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)c->rows, (int)c->cols, (int)n, 1, a, (int)n, b, (int)n, 0, sum,
                (int)c->cols);
    for (size_t i = 0; i < c->rows; i++)
        for (size_t j = 0; j < c->cols; j++)
            if (sum[i * c->cols + j] != 0)
                ball_widen(c->e + i * c->cols + j, radius_make(sum[i * c->cols + j] * up, a_scale[i] + b_scale[j]));
}

/* Where the numbers of an operand's vectors lie. */
static crt_vectors
vectors_of(const mat_ball *m, bool rows)
{
    return (crt_vectors){ { &m->e->mid, sizeof *m->e }, rows ? m->rows : m->cols, rows ? m->cols : 1, rows ? 1 : m->cols };
}

/* C = A B + bias of two sets of balls: |x y - I J| <= off_x (|y| + off_y) + |I| off_y for x and y in balls, of which the midpoints
   were cut to I and J. False if that fails. */
static bool
gemm_two(mat_ball *c, const mat_ball *a, bool ta, const mat_ball *b, bool tb, const mat_ball *bias, ctx_ball *ctx)
{
    crt *const engine = ctx->product;
    const crt_vectors x = vectors_of(a, !ta), y = vectors_of(b, tb);
    const size_t n = ta ? a->rows : a->cols;
    if (!crt_multiply_vectors(engine, &x, &y, n, ctx->common.bits + GUARD_BITS))
        return false;
    vector_bounds p, q = { .off = NULL };
    double *const sum = malloc((c->rows * c->cols + 1) * sizeof *sum);
    bool ok = bounds_new(&p, x.n, n) && bounds_new(&q, y.n, n) && sum != NULL;
    for (size_t i = 0; ok && i < x.n; i++)
        bound_vector(&p, i, a->e + i * x.step_n, x.step_k, n, crt_cut(engine, i), crt_lowest(engine, i), false);
    for (size_t j = 0; ok && j < y.n; j++)
        bound_vector(&q, j, b->e + j * y.step_n, y.step_k, n, crt_second_cut(engine, j), crt_second_lowest(engine, j), true);
    for (size_t i = 0; ok && i < c->rows && call_ask() == GA_OK; i++)
        for (size_t j = 0; ok && j < c->cols; j++) {
            mpfr_srcptr product = crt_element(engine, i, j);
            if ((ok = product != NULL))
                set_sum(c->e + i * c->cols + j, product, bias_of(bias, j));
        }
    if (ok && p.any)
        widen_products(c, sum, p.off, p.off_scale, q.size, q.size_scale, n);
    if (ok && q.any)
        widen_products(c, sum, p.size, p.size_scale, q.off, q.off_scale, n);
    bounds_free(&p);
    bounds_free(&q);
    free(sum);
    return ok;
}

/* As sharpen. */
static void
sharpen_two(mat_ball *c, const mat_ball *a, bool ta, const mat_ball *b, bool tb, const mat_ball *bias, ctx_ball *ctx)
{
    const crt_vectors x = vectors_of(a, !ta), y = vectors_of(b, tb);
    const size_t n = ta ? a->rows : a->cols;
    for (size_t i = 0; i < c->rows && call_ask() == GA_OK; i++) {
        const bool cut = is_cut(crt_cut(ctx->product, i), crt_lowest(ctx->product, i), n);
        for (size_t j = 0; j < c->cols; j++) {
            ball *const r = c->e + i * c->cols + j;
            const ball *const first = a->e + i * x.step_n, *const added = bias_of(bias, j);
            if (is_wide(r, ctx->common.bits - WIDE_BITS) &&
                (cut || is_cut(crt_second_cut(ctx->product, j), crt_second_lowest(ctx->product, j), n)) &&
                radius_less(radius_mul_2si(dot_radius(first, x.step_k, b, j * y.step_n, y.step_k, n, added), OWN_BITS), r->rad))
                dot(r, first, x.step_k, b, j * y.step_n, y.step_k, n, added, ctx);
        }
    }
}

/* Whether the exact product of two sets of balls is worth its arrangements. */
static bool
is_large(const mat_ball *c, size_t n)
{
    enum { LEAST_TERMS = 8, LEAST_PRODUCTS = 1 << 15 };
    return n >= LEAST_TERMS && c->rows * c->cols * n >= LEAST_PRODUCTS;
}

static void
gemm_native_ball(mat_ball *c, const mat_ball *a, bool ta, const mat_ball *b, bool tb, const mat_ball *bias, ctx_ball *ctx)
{
    const size_t n = ta ? a->rows : a->cols;
    const long bits = n == 0 || c->rows == 0 ? 2
                      : b->e == NULL         ? ctx->term_bits
                                             : (long)(mpfr_get_prec(&a->e->mid) + mpfr_get_prec(&b->e->mid));
    assert(n + 1 <= ctx->n_term && bits <= ctx->term_bits);
    mpfr_vec_reuse(ctx->term, ctx->n_term, ctx->term_bits, bits);
    bool ordinary = b->prepared != NULL && ctx->product != NULL && !ta && c->rows > 0 && n > 0;
    for (size_t i = 0; ordinary && i < a->rows; i++)
        ordinary = is_ordinary(a->e + i * n, n);
    const bool two = b->prepared == NULL && ctx->product != NULL && is_large(c, n) && is_ordinary(a->e, a->rows * a->cols) &&
                     is_ordinary(b->e, b->rows * b->cols);
    if (ordinary && gemm_fast(c, a, b->prepared, tb, bias, ctx))
        sharpen(c, a, b, tb, bias, ctx);
    else if (two && gemm_two(c, a, ta, b, tb, bias, ctx))
        sharpen_two(c, a, ta, b, tb, bias, ctx);
    else
        gemm_slow(c, a, ta, b, tb, bias, ctx);
}

bool
gemm_reserve_ball(size_t n, long a_bits, long b_bits, ctx_ball *ctx)
{
    free(ctx->term);
    free(ctx->terms);
    ctx->n_term = n + 1;
    ctx->term_bits = a_bits + b_bits;
    ctx->term = mpfr_vec_new(ctx->n_term, ctx->term_bits);
    ctx->terms = malloc(ctx->n_term * sizeof *ctx->terms);
    for (size_t k = 0; ctx->terms != NULL && ctx->term != NULL && k < ctx->n_term; k++)
        ctx->terms[k] = ctx->term + k;
    return ctx->term != NULL && ctx->terms != NULL && crt_reserve(&ctx->product, &ctx->product_free, &ctx->common);
}

#include "gemm/loop_scalar_tmpl.c"
#include "gemm/gemm_tmpl.c"
