/* SPDX-License-Identifier: Apache-2.0 */
/* softmax_tmpl.c -- softmax, its cross-entropy and log-softmax, row by row, every operation rounded; after vec_tmpl.c. */

static void
NUM(residual)(num *r, const num *p, size_t n, size_t y, NUM(ctx) *ctx)
{
    for (size_t c = 0; c < n; c++)
        num_set(r + c, p + c, ctx);
    if (ctx->common.formulas == GA_NAIVE) {
        num_sub(r + y, p + y, ctx->one, ctx); /* absorbed: 0 once p_y rounds to 1 */
        return;
    }
    num_set_zero(r + y, ctx);
    for (size_t c = 0; c < n; c++)
        if (c != y)
            num_sub(r + y, r + y, p + c, ctx);
}

/* p holds the exponentials e^(o_c - o_k), k the first largest. */
static void
NUM(loss_rewrite)(num *loss, const num *p, const num *o, size_t n, size_t y, size_t k, NUM(ctx) *ctx)
{
    num *sum = ctx->t + 1;
    num_set_zero(sum, ctx);
    for (size_t c = 0; c < n; c++)
        if (c != k)
            num_add(sum, sum, p + c, ctx);
    num_log1p(sum, sum, ctx);
    num_sub(loss, o + k, o + y, ctx);
    num_add(loss, loss, sum, ctx);
}

/* By the exponentials as they are: naive formulas, balls and trainings. */
static void
NUM(softmax_plain)(num *p, num *r, num *loss, const num *o, size_t n, size_t y, NUM(ctx) *ctx)
{
    num *sum = ctx->t + 1;
    const size_t k = NUM(first_largest)(o, n);
    for (size_t c = 0; c < n; c++) {
        num_sub(p + c, o + c, o + k, ctx);
        num_exp(p + c, p + c, ctx);
    }
    if (loss != NULL && ctx->common.formulas == GA_REWRITE)
        NUM(loss_rewrite)(loss, p, o, n, y, k, ctx);
    num_set_zero(sum, ctx);
    for (size_t c = 0; c < n; c++)
        num_add(sum, sum, p + c, ctx);
    for (size_t c = 0; c < n; c++)
        num_div(p + c, p + c, sum, ctx);
    if (loss != NULL && ctx->common.formulas == GA_NAIVE) {
        num_log(loss, p + y, ctx);
        num_neg(loss, loss, ctx);
    }
    if (r != NULL)
        NUM(residual)(r, p, n, y, ctx);
}

/* sum = sum of e^(o_c - top) for c other than but, none if that is n: every addition's error, which is exact to nearest (Knuth's
   two-sum), is added at last. */
static void
NUM(sum_of_exp)(num *sum, const num *o, const num *top, size_t n, size_t but, NUM(ctx) *ctx)
{
    num *lost = ctx->t + 4, *x = ctx->t + 5, *to = ctx->t + 6, *part = ctx->t + 7;
    num_set_zero(sum, ctx);
    num_set_zero(lost, ctx);
    for (size_t c = 0; c < n; c++) {
        if (c == but)
            continue;
        num_sub(x, o + c, top, ctx);
        num_exp(x, x, ctx);
        num_add(to, sum, x, ctx);
        num_sub(part, to, x, ctx);
        num_sub(sum, sum, part, ctx);
        num_sub(part, to, part, ctx);
        num_sub(part, x, part, ctx);
        num_add(part, sum, part, ctx);
        num_add(lost, lost, part, ctx);
        num_set(sum, to, ctx);
    }
    num_add(sum, sum, lost, ctx);
}

/* r = ln(1 + e), e >= 0: e itself where 1 + e is 1, as e may be flushed as an operand, or rounded toward 0 once more. */
static void
NUM(log1p_sum)(num *r, const num *e, NUM(ctx) *ctx)
{
    num *q = ctx->t + 7;
    num_add(q, ctx->one, e, ctx);
    if (num_equal(q, ctx->one))
        num_set(r, e, ctx);
    else
        num_log1p(r, e, ctx);
}

/* r = (a/q) e^x, x <= 0; where e^x is subnormal, or 0, with e^(x/2) twice, so that r alone is. If a = q, e^x is rounded once. */
static void
NUM(times_exp)(num *r, const num *a, const num *q, const num *x, NUM(ctx) *ctx)
{
    num *e = ctx->t + 5, *least = ctx->t + 6;
    num_exp(e, x, ctx);
    if (num_equal(a, q)) {
        num_set(r, e, ctx);
        return;
    }
    num_set_d(least, ldexp(1, -(int)ctx->common.bits), ctx);
    num_mul(least, e, least, ctx);
    if (num_sgn(least) > 0) {
        num_mul(r, a, e, ctx);
        num_div(r, r, q, ctx);
        return;
    }
    num_set_d(least, 0.5, ctx);
    num_mul(e, least, x, ctx);
    num_exp(e, e, ctx);
    num_mul(r, a, e, ctx);
    num_div(r, r, q, ctx);
    num_mul(r, r, e, ctx);
}

/* r = sum of e^(o_c - top)/q for c other than but: their largest is taken out, so that they are not lost one by one. */
static void
NUM(sum_of_others)(num *r, const num *o, const num *top, const num *q, size_t n, size_t but, NUM(ctx) *ctx)
{
    num *sum = ctx->t + 2, *x = ctx->t + 3, *two = ctx->t + 4;
    size_t k = but == 0;
    for (size_t c = k + 1; c < n && !num_is_nan(o + k); c++)
        if (c != but && (num_less(o + k, o + c) || num_is_nan(o + c)))
            k = c;
    num_set_zero(r, ctx);
    if (n == 1)
        return;
    num_sub(x, o + k, top, ctx);
    num_add(two, x, x, ctx);
    if (num_sgn(x) < 0 && num_equal(two, x)) /* infinite, or at the end of the range: 0 times the sum, whatever that is */
        num_set(sum, ctx->one, ctx);
    else
        NUM(sum_of_exp)(sum, o, o + k, n, but, ctx);
    NUM(times_exp)(r, sum, q, x, ctx);
}

static void
NUM(softmax_rewrite)(num *p, num *r, num *loss, const num *o, size_t n, size_t y, NUM(ctx) *ctx)
{
    num *sum = ctx->t + 1, *x = ctx->t + 2;
    const size_t k = NUM(first_largest)(o, n);
    if (loss != NULL) {
        NUM(sum_of_others)(loss, o, o + k, ctx->one, n, k, ctx);
        NUM(log1p_sum)(loss, loss, ctx);
        num_sub(x, o + k, o + y, ctx);
        if (k != y || num_sgn(loss) <= 0)
            num_add(loss, x, loss, ctx);
    }
    NUM(sum_of_exp)(sum, o, o + k, n, n, ctx);
    for (size_t c = 0; c < n; c++) {
        num_sub(x, o + c, o + k, ctx);
        NUM(times_exp)(p + c, ctx->one, sum, x, ctx);
    }
    for (size_t c = 0; r != NULL && c < n; c++)
        num_set(r + c, p + c, ctx);
    if (r != NULL) {
        NUM(sum_of_others)(r + y, o, o + k, sum, n, y, ctx);
        num_neg(r + y, r + y, ctx);
    }
}

void
NUM(vec_softmax)(NUM(mat) *p, NUM(mat) *r, NUM(mat) *loss, const NUM(mat) *o, const uint32_t *label, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(p, o);
    NUM(assert_loss_shapes)(r, loss, o);
    NUM(vec_trace)("vec_softmax", o, ctx);
    const size_t n = o->cols;
    const bool plain = ctx->common.formulas == GA_NAIVE || ctx->common.plain;
    for (size_t i = 0; i < o->rows; i++) {
        assert(label[i] < n);
        (plain ? NUM(softmax_plain) : NUM(softmax_rewrite))(p->e + i * n, r == NULL ? NULL : r->e + i * n,
                                                            loss == NULL ? NULL : loss->e + i, o->e + i * n, n, label[i], ctx);
    }
}

/* sum = the sum of e^(o_c - o_k), without c = k for rewritten formulas. */
static void
NUM(log_softmax_sum)(num *sum, const num *o, size_t n, size_t k, NUM(ctx) *ctx)
{
    num *e = ctx->t + 2;
    const bool rewrite = ctx->common.formulas == GA_REWRITE;
    if (rewrite && !ctx->common.plain) {
        NUM(sum_of_others)(sum, o, o + k, ctx->one, n, k, ctx);
        return;
    }
    num_set_zero(sum, ctx);
    for (size_t c = 0; c < n; c++) {
        if (c == k && rewrite)
            continue;
        num_sub(e, o + c, o + k, ctx);
        num_exp(e, e, ctx);
        num_add(sum, sum, e, ctx);
    }
}

void
NUM(vec_log_softmax)(NUM(mat) *p, const NUM(mat) *o, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(p, o);
    NUM(vec_trace)("vec_log_softmax", o, ctx);
    const bool rewrite = ctx->common.formulas == GA_REWRITE;
    const size_t n = o->cols;
    num *sum = ctx->t + 1;
    for (size_t i = 0; i < o->rows; i++) {
        const num *oi = o->e + i * n;
        num *pi = p->e + i * n;
        const size_t k = NUM(first_largest)(oi, n);
        NUM(log_softmax_sum)(sum, oi, n, k, ctx);
        if (rewrite)
            (ctx->common.plain ? num_log1p : NUM(log1p_sum))(sum, sum, ctx);
        else
            num_log(sum, sum, ctx);
        for (size_t c = 0; c < n; c++) {
            num_sub(pi + c, oi + c, oi + k, ctx);
            if (c == k && rewrite && !ctx->common.plain && num_sgn(sum) > 0) {
                num_neg(pi + c, sum, ctx); /* no operand, which may be flushed */
                continue;
            }
            if (c == k && rewrite && !num_is_nan(pi + c))
                num_set_zero(pi + c, ctx); /* a point, also in balls */
            num_sub(pi + c, pi + c, sum, ctx);
        }
    }
}
