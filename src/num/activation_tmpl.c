/* SPDX-License-Identifier: Apache-2.0 */
/* activation_tmpl.c -- activations and their derivatives, and the binary cross-entropy of a sigmoid, element by element, every
   operation rounded; after vec_tmpl.c. Balls have their own (vec_ball.c): a formula that tests a sign must hold for all points. */

/* n elements, one operation after the other, so that the last three are vectorised. */
static void
NUM(sigmoid_naive)(num *restrict s, num *restrict d, const num *restrict z, size_t n, NUM(ctx) *ctx)
{
    num_one_plus_exp_neg(s, z, n, ctx);
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        num_div(s + i, ctx->one, s + i, ctx);
        num_sub(d + i, ctx->one, s + i, ctx); /* absorbed: 0 once s rounds to 1 */
        num_mul(d + i, s + i, d + i, ctx);
    }
}

/* r = a/q, q = 1 + e: a itself where that is 1, as it may be flushed as an operand. */
static void
NUM(over_sum)(num *r, const num *a, const num *q, NUM(ctx) *ctx)
{
    if (num_equal(q, ctx->one))
        num_set(r, a, ctx);
    else
        num_div(r, a, q, ctx);
}

static void
NUM(sigmoid_rewrite)(num *s, num *d, const num *z, NUM(ctx) *ctx)
{
    num *e = ctx->t + 1, *q = ctx->t + 2;
    num_abs(e, z, ctx);
    num_neg(e, e, ctx);
    num_exp(e, e, ctx);
    num_add(q, ctx->one, e, ctx);
    NUM(over_sum)(s, num_sgn(z) < 0 ? e : ctx->one, q, ctx);
    num_mul(q, q, q, ctx);
    NUM(over_sum)(d, e, q, ctx); /* no subtraction: 0 only where e^-|z| underflows */
}

void
NUM(vec_sigmoid)(NUM(mat) *s, NUM(mat) *d, const NUM(mat) *z, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(s, z);
    NUM(assert_same_shape)(d, z);
    NUM(vec_trace)("vec_sigmoid", z, ctx);
    const size_t n = NUM(mat_size)(z);
    for (size_t i = 0; i < n && ctx->common.formulas == GA_NAIVE; i += z->cols) /* a row stays in the nearest cache */
        NUM(sigmoid_naive)(s->e + i, d->e + i, z->e + i, z->cols, ctx);
    for (size_t i = 0; i < n && ctx->common.formulas == GA_REWRITE; i++)
        NUM(sigmoid_rewrite)(s->e + i, d->e + i, z->e + i, ctx);
}

static void
NUM(tanh_naive)(num *t, num *d, const num *z, NUM(ctx) *ctx)
{
    num *square = ctx->t + 1;
    num_tanh(t, z, ctx);
    num_mul(square, t, t, ctx);
    num_sub(d, ctx->one, square, ctx);
}

/* t = (1 - q)/(1 + q), d = 4q/(1 + q)^2, q = e^-2|z|. Where that is subnormal, or 0, d need not be: then q is a product of two
   e^-|z|, as it is where -2|z| is beyond the range. */
static void
NUM(tanh_rewrite)(num *t, num *d, const num *z, NUM(ctx) *ctx)
{
    num *w = ctx->t + 1, *e = ctx->t + 2, *h = ctx->t + 3, *q = ctx->t + 4, *half = ctx->t + 5, *least = ctx->t + 6;
    num_set_d(half, 0.5, ctx);
    num_set_d(least, ldexp(1, -(int)ctx->common.bits), ctx);
    num_abs(e, z, ctx);
    num_neg(e, e, ctx);
    num_add(w, e, e, ctx);
    num_mul(h, half, w, ctx);
    const bool exact = num_equal(h, e);
    num_exp(e, e, ctx);
    if (exact) {
        num_exp(q, w, ctx);
        num_expm1(w, w, ctx);
    } else {
        num_mul(q, e, e, ctx);
        num_sub(w, q, ctx->one, ctx);
    }
    num_add(h, ctx->one, q, ctx);
    if (num_sgn(z) >= 0)
        num_neg(w, w, ctx);
    num_div(t, w, h, ctx);
    num_mul(h, h, h, ctx);
    num_mul(least, least, q, ctx);
    const bool normal = num_sgn(least) > 0;
    num_add(w, normal ? q : e, normal ? q : e, ctx);
    num_add(w, w, w, ctx); /* exact */
    num_div(d, w, h, ctx);
    if (!normal)
        num_mul(d, d, e, ctx);
}

void
NUM(vec_tanh)(NUM(mat) *t, NUM(mat) *d, const NUM(mat) *z, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(t, z);
    NUM(assert_same_shape)(d, z);
    NUM(vec_trace)("vec_tanh", z, ctx);
    const size_t n = NUM(mat_size)(z);
    for (size_t i = 0; i < n; i++)
        if (ctx->common.formulas == GA_NAIVE)
            NUM(tanh_naive)(t->e + i, d->e + i, z->e + i, ctx);
        else
            NUM(tanh_rewrite)(t->e + i, d->e + i, z->e + i, ctx);
}

void
NUM(vec_relu)(NUM(mat) *a, NUM(mat) *d, const NUM(mat) *z, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(a, z);
    NUM(assert_same_shape)(d, z);
    NUM(vec_trace)("vec_relu", z, ctx);
    const size_t n = NUM(mat_size)(z);
    for (size_t i = 0; i < n; i++)
        if (num_sgn(z->e + i) > 0) {
            num_set(a->e + i, z->e + i, ctx);
            num_set(d->e + i, ctx->one, ctx);
        } else if (num_is_nan(z->e + i)) {
            num_set(a->e + i, z->e + i, ctx);
            num_set(d->e + i, z->e + i, ctx);
        } else {
            num_set_zero(a->e + i, ctx);
            num_set_zero(d->e + i, ctx);
        }
}

void
NUM(vec_linear)(NUM(mat) *a, NUM(mat) *d, const NUM(mat) *z, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(a, z);
    NUM(assert_same_shape)(d, z);
    NUM(vec_trace)("vec_linear", z, ctx);
    const size_t n = NUM(mat_size)(z);
    for (size_t i = 0; i < n; i++) {
        num_set(a->e + i, z->e + i, ctx);
        num_set(d->e + i, ctx->one, ctx);
    }
}

/* loss -= f log p, unless f is 0. */
static void
NUM(bce_term)(num *loss, const num *f, const num *p, NUM(ctx) *ctx)
{
    num *u = ctx->t + 1;
    if (num_sgn(f) == 0 && !num_is_nan(f))
        return;
    num_log(u, p, ctx);
    num_mul(u, f, u, ctx);
    num_sub(loss, loss, u, ctx);
}

/* s holds 1 + e^-z. */
static void
NUM(bce_naive)(num *s, num *r, num *loss, const num *y, bool composed, NUM(ctx) *ctx)
{
    num *other = ctx->t + 2, *none = ctx->t + 3;
    num_div(s, ctx->one, s, ctx);
    num_sub(r, s, y, ctx); /* absorbed: 0 once s rounds to y */
    num_sub(other, ctx->one, s, ctx);
    num_sub(none, ctx->one, y, ctx);
    NUM(bce_term)(loss, y, s, ctx);
    NUM(bce_term)(loss, none, other, ctx);
    if (!composed)
        return;
    num_mul(other, s, other, ctx);
    num_div(r, r, other, ctx); /* 0/0 once s rounds to 1 */
    num_mul(r, r, other, ctx);
}

static void
NUM(bce_rewrite)(num *s, num *r, num *loss, const num *z, const num *y, NUM(ctx) *ctx)
{
    num *e = ctx->t + 1, *q = ctx->t + 2, *other = ctx->t + 3;
    num_abs(e, z, ctx);
    num_neg(e, e, ctx);
    num_exp(e, e, ctx);
    num_add(q, ctx->one, e, ctx);
    if (num_sgn(z) > 0)
        num_set(other, z, ctx);
    else
        num_set_zero(other, ctx);
    num_mul(s, y, z, ctx);
    num_sub(other, other, s, ctx);
    NUM(log1p_sum)(s, e, ctx);
    num_add(other, other, s, ctx);
    num_add(loss, loss, other, ctx);
    NUM(over_sum)(s, num_sgn(z) < 0 ? e : ctx->one, q, ctx);
    NUM(over_sum)(other, num_sgn(z) < 0 ? ctx->one : e, q, ctx);
    num_sub(r, ctx->one, y, ctx);
    num_mul(r, r, s, ctx);
    num_mul(other, y, other, ctx);
    num_sub(r, r, other, ctx); /* one of the two is 0 for y = 0 and y = 1 */
}

void
NUM(vec_bce)(NUM(mat) *s, NUM(mat) *r, NUM(mat) *loss, const NUM(mat) *z, const NUM(mat) *y, bool composed, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(s, z);
    NUM(assert_same_shape)(y, z);
    NUM(assert_loss_shapes)(r, loss, z);
    NUM(vec_trace)("vec_bce", z, ctx);
    const size_t n = z->cols;
    for (size_t row = 0; row < z->rows; row++) {
        num *const sum = loss->e + row;
        num_set_zero(sum, ctx);
        if (ctx->common.formulas == GA_NAIVE)
            num_one_plus_exp_neg(s->e + row * n, z->e + row * n, n, ctx);
        for (size_t i = row * n; i < (row + 1) * n; i++)
            if (ctx->common.formulas == GA_NAIVE)
                NUM(bce_naive)(s->e + i, r->e + i, sum, y->e + i, composed, ctx);
            else
                NUM(bce_rewrite)(s->e + i, r->e + i, sum, z->e + i, y->e + i, ctx);
    }
}
