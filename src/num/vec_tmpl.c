/* SPDX-License-Identifier: Apache-2.0 */
/* vec_tmpl.c -- the reference back end of the elementwise vocabulary: loops over elements, every operation rounded. */
#include <assert.h>

static void
NUM(vec_trace)(const char *operation, const NUM(mat) *m, NUM(ctx) *ctx)
{
    context_trace(&ctx->common, operation, m->rows, m->cols);
}

static inline size_t
NUM(mat_size)(const NUM(mat) *m)
{
    return m->rows * m->cols;
}

static inline void
NUM(assert_same_shape)(const NUM(mat) *a, const NUM(mat) *b)
{
    assert(a->rows == b->rows && a->cols == b->cols);
    (void)a, (void)b;
}

/* For residual and loss of logits o; either of the two may be NULL. */
static inline void
NUM(assert_loss_shapes)(const NUM(mat) *r, const NUM(mat) *loss, const NUM(mat) *o)
{
    assert(r == NULL || (r->rows == o->rows && r->cols == o->cols));
    assert(loss == NULL || (loss->rows == o->rows && loss->cols == 1));
    (void)r, (void)loss, (void)o;
}

NUM(mat)
NUM(mat_new)(size_t rows, size_t cols, long bits, NUM(ctx) *ctx)
{
    NUM(mat) m = { NULL, rows, cols, NULL };
    if (rows == 0 || cols <= SIZE_MAX / rows / sizeof(num) / 2)
        m.e = num_vec_new(rows * cols, bits);
    for (size_t i = 0; m.e != NULL && i < rows * cols; i++)
        num_set_zero(m.e + i, ctx);
    return m;
}

void
NUM(mat_free)(NUM(mat) *m)
{
    num_vec_free(m->e);
    m->e = NULL;
}

void
NUM(vec_scale)(NUM(mat) *z, const NUM(mat) *u, const num *g, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(z, u);
    NUM(vec_trace)("vec_scale", z, ctx);
    const size_t n = NUM(mat_size)(z);
    num *restrict to = z->e;
    const num *restrict from = u->e;
    if (num_equal(g, ctx->one)) { /* a copy, bit for bit */
#pragma omp simd
        for (size_t i = 0; i < n; i++)
            num_set(to + i, from + i, ctx);
        return;
    }
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        num_mul(to + i, from + i, g, ctx);
}

void
NUM(vec_mul)(NUM(mat) *r, const NUM(mat) *a, const NUM(mat) *b, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(r, a);
    NUM(assert_same_shape)(r, b);
    NUM(vec_trace)("vec_mul", r, ctx);
    const size_t n = NUM(mat_size)(r);
    num *restrict to = r->e;
    const num *x = a->e, *y = b->e;
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        num_mul(to + i, x + i, y + i, ctx);
}

/* The index of the first largest element, or of the first NaN if there is one. */
static size_t
NUM(first_largest)(const num *o, size_t n)
{
    size_t k = 0;
    for (size_t c = 1; c < n && !num_is_nan(o + k); c++)
        if (num_less(o + k, o + c) || num_is_nan(o + c))
            k = c;
    return k;
}

/* Whether k may be the class of the margin: no other but y is proved to be larger, or equal and before it.

   Let c be the class of the true logits: no other but y is larger, and those that are equal come after it. A proof that excludes c
   would contradict one of these, so c is among the classes that may be it; if there is only one, it is c. Numbers that are points,
   without NaN, are all comparable: there is one. Balls that overlap, unless both are the same point, exclude neither: each residual
   of those classes is 0 or 1, hence in [0, 1], all others are exactly 0 and that of y exactly -1, whichever class c is; what is
   proved from such residuals holds for each of them, and a bound is one for all. */
static bool
NUM(may_be_chosen)(const num *o, size_t n, size_t y, size_t k)
{
    for (size_t c = 0; c < n; c++)
        if (c != y && (num_less(o + k, o + c) || (c < k && num_equal(o + k, o + c))))
            return false;
    return k != y;
}

/* p = e_c and largest = o_c, or the hulls over all possible c. */
static void
NUM(choose)(num *p, num *largest, const num *o, size_t n, size_t y, NUM(ctx) *ctx)
{
    num *zero = ctx->t + 1;
    size_t chosen = 0;
    num_set_zero(zero, ctx);
    for (size_t c = 0; c < n; c++) {
        num_set_zero(p + c, ctx);
        if (!NUM(may_be_chosen)(o, n, y, c))
            continue;
        num_set(p + c, ctx->one, ctx);
        if (chosen++ == 0)
            num_set(largest, o + c, ctx);
        else
            num_hull(largest, largest, o + c, ctx);
    }
    for (size_t c = 0; c < n && chosen > 1; c++)
        num_hull(p + c, p + c, zero, ctx); /* {0} stays {0} */
}

void
NUM(vec_margin)(NUM(mat) *p, NUM(mat) *r, NUM(mat) *loss, const NUM(mat) *o, const uint32_t *label, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(p, o);
    NUM(assert_loss_shapes)(r, loss, o);
    assert(o->cols > 1);
    NUM(vec_trace)("vec_margin", o, ctx);
    const size_t n = o->cols;
    num *largest = ctx->t + 2;
    for (size_t i = 0; i < o->rows; i++) {
        const num *oi = o->e + i * n, *top = oi + NUM(first_largest)(oi, n);
        num *pi = p->e + i * n;
        const size_t y = label[i];
        assert(y < n);
        if (num_is_nan(top)) {
            num_set(largest, top, ctx);
            for (size_t c = 0; c < n; c++)
                num_set(pi + c, top, ctx);
        } else
            NUM(choose)(pi, largest, oi, n, y, ctx);
        if (loss != NULL)
            num_sub(loss->e + i, largest, oi + y, ctx);
        if (r == NULL)
            continue;
        num *ri = r->e + i * n;
        for (size_t c = 0; c < n; c++)
            num_set(ri + c, pi + c, ctx);
        num_sub(ri + y, pi + y, ctx->one, ctx); /* 0 - 1, exact */
    }
}

void
NUM(vec_column_sums)(NUM(mat) *s, const NUM(mat) *a, NUM(ctx) *ctx)
{
    assert(s->rows == 1 && s->cols == a->cols);
    NUM(vec_trace)("vec_column_sums", a, ctx);
    for (size_t j = 0; j < a->cols; j++)
        num_set_zero(s->e + j, ctx);
    for (size_t i = 0; i < a->rows; i++) {
        num *restrict to = s->e;
        const num *restrict from = a->e + i * a->cols;
#pragma omp simd
        for (size_t j = 0; j < a->cols; j++)
            num_add(to + j, to + j, from + j, ctx);
    }
}

void
NUM(vec_add)(NUM(mat) *r, const NUM(mat) *a, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(r, a);
    NUM(vec_trace)("vec_add", r, ctx);
    const size_t n = NUM(mat_size)(r);
    num *restrict to = r->e;
    const num *restrict from = a->e;
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        num_add(to + i, to + i, from + i, ctx);
}

void
NUM(vec_keep_rows)(NUM(mat) *r, size_t first, size_t end, NUM(ctx) *ctx)
{
    NUM(vec_trace)("vec_keep_rows", r, ctx);
    const size_t n = NUM(mat_size)(r);
    for (size_t i = 0; i < first * r->cols; i++)
        num_set_zero(r->e + i, ctx);
    for (size_t i = end * r->cols; i < n; i++)
        num_set_zero(r->e + i, ctx);
}

int
NUM(vec_argmax)(const NUM(mat) *a, size_t row)
{
    const num *o = a->e + row * a->cols;
    const size_t k = NUM(first_largest)(o, a->cols);
    bool alone = true;
    if (a->cols == 1 && num_sgn(o) == 0)
        return num_is_nan(o) || num_equal(o, o) ? -1 : -2; /* of balls a point is equal to itself */
    if (a->cols == 1)
        return num_sgn(o) > 0;
    for (size_t c = 0; c < a->cols; c++) {
        if (c == k || num_less(o + c, o + k))
            continue;
        if (!num_equal(o + c, o + k))
            return num_is_nan(o + k) ? -1 : -2;
        alone = false;
    }
    return num_is_nan(o + k) || !alone ? -1 : (int)k;
}
