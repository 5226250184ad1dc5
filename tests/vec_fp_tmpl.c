/* SPDX-License-Identifier: Apache-2.0 */
/* vec_fp_tmpl.c -- tests of the elementwise vocabulary of float or double. */
#define IS_FLOAT (sizeof(num) == sizeof(float))

static NUM(ctx) *
NUM(context)(ga_formulas formulas)
{
    const ga_estimator e = network_estimator(IS_FLOAT ? "float" : "double", formulas, GA_LOOP);
    NUM(ctx) *ctx = NUM(ctx_new)(&e);
    if (ctx == NULL)
        exit(99);
    return ctx;
}

static NUM(mat)
NUM(noisy)(size_t rows, size_t cols, NUM(ctx) *ctx)
{
    NUM(mat) m = NUM(mat_new)(rows, cols, 0, ctx);
    for (size_t i = 0; i < rows * cols; i++)
        m.e[i] = (num)NAN;
    return m;
}

static bool
NUM(same)(num a, num b)
{
    return isnan(a) ? isnan(b) : a == b && !signbit(a) == !signbit(b);
}

/* Both signs of magnitudes 2^-140 to 2^17, dense around every threshold: 9 (tanh), 17, 37, 53, 89, 104, 710, 746. */
static NUM(mat)
NUM(preactivations)(NUM(ctx) *ctx)
{
    static const double threshold[] = { 9, 16.64, 36.74, 52.68, 88.72, 103.97, 373.26, 709.78, 745.13 };
    enum { RANDOM = 4000, NEAR = 40, N = RANDOM + 9 * NEAR };
    uint64_t state = test_seed();
    NUM(mat) z = NUM(mat_new)(1, N, 0, ctx);
    for (size_t i = 0; i < RANDOM; i++)
        z.e[i] = (num)ldexp(network_uniform(&state), (int)(test_random(&state) % 158) - 140 + (i % 2 == 0 ? 0 : 10) * (i % 3 == 0));
    for (size_t i = 0; i < 9 * NEAR; i++)
        z.e[RANDOM + i] = (num)((threshold[i / NEAR] + network_uniform(&state)) * (i % 2 == 0 ? 1 : -1));
    z.e[0] = 0;
    z.e[1] = -(num)0;
    z.e[2] = 100000;
    z.e[3] = -100000;
    for (size_t i = 4; i < RANDOM; i++)
        if (fabs((double)z.e[i]) > 1e5)
            z.e[i] = (num)1e5 * (num)network_uniform(&state);
    return z;
}

/* libm's functions are within 1 or 2 ulp (glibc manual, "Known Maximum Errors in Math Functions"); each of the five or six
   roundings behind adds 1/2 ulp, squares and quotients what their operands bring. */
static void
NUM(rewrite_is_accurate)(void)
{
    NUM(ctx) *ctx = NUM(context)(GA_REWRITE);
    NUM(mat) z = NUM(preactivations)(ctx), a = NUM(noisy)(1, z.cols, ctx), d = NUM(noisy)(1, z.cols, ctx);
    size_t subnormal = 0, zero = 0;
    NUM(vec_sigmoid)(&a, &d, &z, ctx);
    for (size_t i = 0; i < z.cols; i++) {
        ASSERT_ULP(a.e[i], exact_value(exact_sigmoid, z.e[i]), 4);
        ASSERT_ULP(d.e[i], exact_value(exact_sigmoid_derivative, z.e[i]), 6);
        subnormal += fpclassify(d.e[i]) == FP_SUBNORMAL;
        zero += d.e[i] == 0;
    }
    NUM(vec_tanh)(&a, &d, &z, ctx);
    for (size_t i = 0; i < z.cols; i++) {
        ASSERT_ULP(a.e[i], exact_value(exact_tanh, z.e[i]), 5);
        ASSERT_ULP(d.e[i], exact_value(exact_tanh_derivative, z.e[i]), 4);
        subnormal += fpclassify(d.e[i]) == FP_SUBNORMAL;
        zero += d.e[i] == 0;
    }
    ASSERT(subnormal > 20 && zero > 20, "%zu subnormal, %zu zero", subnormal, zero);
    NUM(mat_free)(&z);
    NUM(mat_free)(&a);
    NUM(mat_free)(&d);
    NUM(ctx_free)(ctx);
}

static void
NUM(naive_is_naive)(void)
{
    NUM(ctx) *ctx = NUM(context)(GA_NAIVE);
    NUM(mat) z = NUM(preactivations)(ctx), a = NUM(noisy)(1, z.cols, ctx), d = NUM(noisy)(1, z.cols, ctx);
    size_t absorbed = 0;
    NUM(vec_sigmoid)(&a, &d, &z, ctx);
    for (size_t i = 0; i < z.cols; i++) {
        const num s = 1 / (1 + LIBM(exp)(-z.e[i])), slope = s * (1 - s);
        ASSERT(NUM(same)(a.e[i], s) && NUM(same)(d.e[i], slope), "sigmoid(%a) = %a, %a",
               (double)z.e[i], (double)a.e[i], (double)d.e[i]);
        absorbed += s == 1 && d.e[i] == 0;
    }
    NUM(vec_tanh)(&a, &d, &z, ctx);
    for (size_t i = 0; i < z.cols; i++) {
        const num t = LIBM(tanh)(z.e[i]), slope = 1 - t * t;
        ASSERT(NUM(same)(a.e[i], t) && NUM(same)(d.e[i], slope), "tanh(%a) = %a, %a",
               (double)z.e[i], (double)a.e[i], (double)d.e[i]);
    }
    ASSERT(absorbed > 100, "%zu", absorbed);
    NUM(mat_free)(&z);
    NUM(mat_free)(&a);
    NUM(mat_free)(&d);
    NUM(ctx_free)(ctx);
}

/* Where libm is not asked too: every 2^-10 from -1024 to 1024, which holds both ends of what is asked, and what is no number. */
static void
NUM(naive_sigmoid_everywhere)(void)
{
    enum { N = 1 << 21 };
    NUM(ctx) *ctx = NUM(context)(GA_NAIVE);
    NUM(mat) z = NUM(mat_new)(2, N / 2, 0, ctx), a = NUM(noisy)(2, N / 2, ctx), d = NUM(noisy)(2, N / 2, ctx);
    size_t zero = 0, one = 0;
    for (size_t i = 0; i < N; i++)
        z.e[i] = (num)((double)i - N / 2) / 1024;
    z.e[0] = (num)INFINITY;
    z.e[1] = -(num)INFINITY;
    z.e[2] = (num)NAN;
    NUM(vec_sigmoid)(&a, &d, &z, ctx);
    for (size_t i = 0; i < N; i++) {
        const num s = 1 / (1 + LIBM(exp)(-z.e[i])), slope = s * (1 - s);
        if (!NUM(same)(a.e[i], s) || !NUM(same)(d.e[i], slope))
            ASSERT(false, "sigmoid(%a) = %a, %a", (double)z.e[i], (double)a.e[i], (double)d.e[i]);
        zero += a.e[i] == 0;
        one += a.e[i] == 1;
    }
    ASSERT(zero > N / 8 && one > N / 3, "%zu zero, %zu one", zero, one);
    NUM(mat_free)(&z);
    NUM(mat_free)(&a);
    NUM(mat_free)(&d);
    NUM(ctx_free)(ctx);
}

static void
NUM(relu_of_every_kind)(void)
{
    const num least = IS_FLOAT ? (num)FLT_TRUE_MIN : (num)DBL_TRUE_MIN, inf = (num)INFINITY, nan = (num)NAN;
    num z[] = { 0, -(num)0, least, -least, 3, -3, inf, -inf, nan };
    const num want_a[] = { 0, 0, least, 0, 3, 0, inf, 0, nan }, want_d[] = { 0, 0, 1, 0, 1, 0, 1, 0, nan };
    enum { N = sizeof z / sizeof *z };
    for (int f = 0; f < 2; f++) {
        NUM(ctx) *ctx = NUM(context)(f == 0 ? GA_NAIVE : GA_REWRITE);
        NUM(mat) m = { z, 1, N, NULL }, a = NUM(noisy)(1, N, ctx), d = NUM(noisy)(1, N, ctx);
        NUM(vec_relu)(&a, &d, &m, ctx);
        for (size_t i = 0; i < N; i++)
            ASSERT(NUM(same)(a.e[i], want_a[i]) && NUM(same)(d.e[i], want_d[i]), "relu(%a) = %a, %a", (double)z[i], (double)a.e[i],
                   (double)d.e[i]);
        NUM(mat_free)(&a);
        NUM(mat_free)(&d);
        NUM(ctx_free)(ctx);
    }
}

enum { NUM(CLASSES) = 10, NUM(ROWS) = 300 };

/* Rows of logits from tame to spread over 2e5, some with ties for the largest. */
static NUM(mat)
NUM(logits)(uint32_t *label, NUM(ctx) *ctx)
{
    uint64_t state = test_seed();
    NUM(mat) o = NUM(mat_new)(NUM(ROWS), NUM(CLASSES), 0, ctx);
    for (size_t i = 0; i < NUM(ROWS); i++) {
        const double scale = ldexp(1, (int)(i % 18));
        for (size_t c = 0; c < NUM(CLASSES); c++)
            o.e[i * NUM(CLASSES) + c] = (num)(scale < 1e5 ? scale * network_uniform(&state) : 1e5 * network_uniform(&state));
        if (i % 7 == 0)
            o.e[i * NUM(CLASSES) + 3] = o.e[i * NUM(CLASSES) + 8] = (num)scale;
        label[i] = (uint8_t)(test_random(&state) % NUM(CLASSES));
    }
    return o;
}

typedef struct {
    NUM(mat) o, p, r, loss;
    uint32_t label[NUM(ROWS)];
} NUM(softmax);

static NUM(softmax)
NUM(softmax_of_logits)(NUM(ctx) *ctx)
{
    NUM(softmax) s;
    s.o = NUM(logits)(s.label, ctx);
    s.p = NUM(noisy)(NUM(ROWS), NUM(CLASSES), ctx);
    s.r = NUM(noisy)(NUM(ROWS), NUM(CLASSES), ctx);
    s.loss = NUM(noisy)(NUM(ROWS), 1, ctx);
    NUM(vec_softmax)(&s.p, &s.r, &s.loss, &s.o, s.label, ctx);
    return s;
}

static void
NUM(softmax_free)(NUM(softmax) *s, NUM(ctx) *ctx)
{
    NUM(mat_free)(&s->o);
    NUM(mat_free)(&s->p);
    NUM(mat_free)(&s->r);
    NUM(mat_free)(&s->loss);
    NUM(ctx_free)(ctx);
}

static void
NUM(softmax_naive)(void)
{
    NUM(ctx) *ctx = NUM(context)(GA_NAIVE);
    NUM(softmax) s = NUM(softmax_of_logits)(ctx);
    for (size_t i = 0; i < NUM(ROWS); i++) {
        const num *o = s.o.e + i * NUM(CLASSES);
        num m = o[0], sum = 0, e[NUM(CLASSES)];
        for (size_t c = 0; c < NUM(CLASSES); c++)
            m = o[c] > m ? o[c] : m;
        for (size_t c = 0; c < NUM(CLASSES); c++) {
            e[c] = LIBM(exp)(o[c] - m);
            sum += e[c];
        }
        for (size_t c = 0; c < NUM(CLASSES); c++) {
            const num p = e[c] / sum, r = c == s.label[i] ? p - 1 : p;
            const size_t at = i * NUM(CLASSES) + c;
            ASSERT(NUM(same)(s.p.e[at], p) && NUM(same)(s.r.e[at], r), "row %zu, class %zu", i, c);
        }
        ASSERT(NUM(same)(s.loss.e[i], -LIBM(log)(e[s.label[i]] / sum)), "row %zu", i);
    }
    NUM(softmax_free)(&s, ctx);
}

/* First-order bounds, in units of u: e^(o_c - m) has the rounding of its argument, |o_c - m|, and libm's 2; a sum of n terms n; the
   quotient 1. p_c errs by at most p_c u (|o_c - m| + S + 2n + 8), S = sum p_c |o_c - m|, and 2 eta (libm 1, the quotient and our
   reading of the truth 1/2 each); r_y by what the p_c bring and n u; L = (m - o_y) + log1p(sum) by 4u L and what the exponentials
   bring. */
static void
NUM(softmax_rewrite)(void)
{
    const long double u = IS_FLOAT ? 0x1p-24L : 0x1p-53L, eta = IS_FLOAT ? 0x1p-149L : 0x1p-1074L; /* u p_c needs the range */
    NUM(ctx) *ctx = NUM(context)(GA_REWRITE);
    NUM(softmax) s = NUM(softmax_of_logits)(ctx);
    enum { N = NUM(CLASSES) };
    for (size_t i = 0; i < NUM(ROWS); i++) {
        double o[N], difference[N], p[N], residual, loss;
        long double brought = 0, spread = 0, exponentials = 0;
        const size_t y = s.label[i];
        for (size_t c = 0; c < N; c++)
            o[c] = s.o.e[i * N + c];
        exact_softmax(p, &residual, &loss, difference, o, N, y);
        for (size_t c = 0; c < N; c++)
            spread += p[c] * fabs(difference[c]);
        for (size_t c = 0; c < N; c++) {
            const long double bound = 1.05L * p[c] * u * (fabs(difference[c]) + spread + 2 * N + 8) + 2 * eta;
            const double got = (double)s.p.e[i * N + c];
            ASSERT(fabs(got - p[c]) <= bound, "p[%zu][%zu] is %a, not %a", i, c, got, p[c]);
            ASSERT(c == y || NUM(same)(s.r.e[i * N + c], s.p.e[i * N + c]), "r[%zu][%zu]", i, c);
            brought += c == y ? 0 : bound;
            exponentials += exp(difference[c]) * (fabs(difference[c]) + N + 2);
        }
        const double r = s.r.e[i * N + y], l = s.loss.e[i];
        ASSERT(fabs(r - residual) <= brought + 1.05L * N * u * fabs(residual) + N * eta, "r[%zu]_y is %a, not %a", i, r, residual);
        ASSERT(fabs(l - loss) <= 1.05L * u * (4 * loss + exponentials) + eta, "loss[%zu] is %a, not %a", i, l, loss);
    }
    NUM(softmax_free)(&s, ctx);
}

/* r sums to 0 but for n roundings; naive loses r_y where p_y rounds to 1, rewrite does not. */
static void
NUM(softmax_residual)(void)
{
    enum { N = NUM(CLASSES) };
    const double u = IS_FLOAT ? 0x1p-24 : 0x1p-53;
    NUM(ctx) *ctx = NUM(context)(GA_REWRITE);
    NUM(softmax) s = NUM(softmax_of_logits)(ctx);
    for (size_t i = 0; i < NUM(ROWS); i++) {
        long double sum = 0, magnitude = 0;
        for (size_t c = 0; c < N; c++) {
            sum += s.r.e[i * N + c];
            magnitude += fabsl((long double)s.r.e[i * N + c]);
        }
        ASSERT(fabsl(sum) <= N * u * magnitude, "row %zu sums to %Lg of %Lg", i, sum, magnitude);
    }
    NUM(softmax_free)(&s, ctx);
    for (int f = 0; f < 2; f++) {
        ctx = NUM(context)(f == 0 ? GA_NAIVE : GA_REWRITE);
        num o[] = { 60, 0, 0 };
        const uint32_t label = 0;
        NUM(mat) m = { o, 1, 3, NULL }, p = NUM(noisy)(1, 3, ctx), r = NUM(noisy)(1, 3, ctx), loss = NUM(noisy)(1, 1, ctx);
        NUM(vec_softmax)(&p, &r, &loss, &m, &label, ctx);
        if (f == 0) {
            ASSERT(p.e[0] == 1 && r.e[0] == 0 && loss.e[0] == 0, "naive %a", (double)r.e[0]);
        } else {
            ASSERT_ULP(r.e[0], -2 * exp(-60), 6); /* 1/(1 + 2e^-60) is 1 to 85 bits */
            ASSERT_ULP(loss.e[0], 2 * exp(-60), 6);
        }
        NUM(vec_softmax)(&p, NULL, NULL, &m, &label, ctx); /* neither residual nor loss asked for */
        ASSERT(p.e[0] == 1);
        NUM(mat_free)(&p);
        NUM(mat_free)(&r);
        NUM(mat_free)(&loss);
        NUM(ctx_free)(ctx);
    }
}

static void
NUM(losses_agree)(void)
{
    NUM(ctx) *naive = NUM(context)(GA_NAIVE), *rewrite = NUM(context)(GA_REWRITE);
    NUM(softmax) a = NUM(softmax_of_logits)(naive), b = NUM(softmax_of_logits)(rewrite);
    size_t benign = 0;
    for (size_t i = 0; i < NUM(ROWS); i++)
        if (i % 18 <= 2) { /* logits below 4: losses of 0.001 to 10 */
            ASSERT_ULP(a.loss.e[i], b.loss.e[i], 60 / fmin(1, (double)b.loss.e[i]));
            benign++;
        }
    ASSERT(benign >= 50);
    NUM(softmax_free)(&a, naive);
    NUM(softmax_free)(&b, rewrite);
}

/* A NaN or +inf anywhere makes the row NaN, and no other; -inf is a probability of 0. */
static void
NUM(softmax_special_values)(void)
{
    const num inf = (num)INFINITY, nan = (num)NAN;
    const uint32_t label[] = { 0, 1, 2, 0, 1, 2, 1, 0 };
    num o[8][3] = { { nan, 1, 2 }, { 1, nan, 2 }, { 1, 2, nan }, { inf, 1, 2 }, { 1, inf, inf }, { -inf, -inf, -inf },
                    { -inf, 1, 1 }, { 1, 2, 3 } };
    for (int f = 0; f < 2; f++) {
        NUM(ctx) *ctx = NUM(context)(f == 0 ? GA_NAIVE : GA_REWRITE);
        NUM(mat) m = { *o, 8, 3, NULL }, p = NUM(noisy)(8, 3, ctx), r = NUM(noisy)(8, 3, ctx), loss = NUM(noisy)(8, 1, ctx);
        NUM(vec_softmax)(&p, &r, &loss, &m, label, ctx);
        for (size_t i = 0; i < 6; i++)
            for (size_t c = 0; c < 3; c++)
                ASSERT(isnan(p.e[3 * i + c]) && isnan(r.e[3 * i + c]) && isnan(loss.e[i]), "[%zu][%zu]", i, c);
        ASSERT(p.e[18] == 0 && p.e[19] == (num)0.5 && p.e[20] == (num)0.5, "-inf");
        ASSERT(r.e[18] == 0 && r.e[19] == (num)-0.5 && r.e[20] == (num)0.5, "-inf");
        ASSERT_ULP(loss.e[6], log(2), 1);
        ASSERT(p.e[21] + p.e[22] + p.e[23] > (num)0.999 && r.e[21] < 0 && r.e[22] > 0, "the row after");
        NUM(mat_free)(&p);
        NUM(mat_free)(&r);
        NUM(mat_free)(&loss);
        NUM(ctx_free)(ctx);
    }
}

/* The first of the largest other than the label; +0 and -0 are equal; a NaN makes the row NaN, and no other. The loss is one
   rounding. */
static void
NUM(margin_of_every_kind)(void)
{
    const num inf = (num)INFINITY, nan = (num)NAN, next = IS_FLOAT ? (num)nextafterf(1, 2) : (num)nextafter(1, 2);
    const struct { num o[4]; uint8_t y; size_t c; num loss; } cases[] = {
        { { 1, 2, 3, 4 }, 0, 3, 3 }, { { 1, 2, 3, 4 }, 3, 2, -1 }, { { 4, 4, 4, 4 }, 0, 1, 0 }, { { 4, 4, 4, 4 }, 2, 0, 0 },
        { { 1, 4, 4, 2 }, 1, 2, 0 }, { { 1, 4, 4, 2 }, 0, 1, 3 }, { { -(num)0, 0, -1, -1 }, 3, 0, 1 },
        { { 1, 1, next, 1 }, 0, 2, next - 1 },
        { { -inf, -inf, -inf, 0 }, 3, 0, -inf }, { { 1, inf, inf, 0 }, 3, 1, inf }, { { 1, 0, 0, inf }, 3, 0, -inf },
        { { (num)1e30, 1, 0, 2 }, 1, 0, (num)1e30 - 1 }, { { nan, 1, 2, 3 }, 1, 4, 0 }, { { 1, nan, 2, 3 }, 1, 4, 0 },
        { { 1, 2, 3, nan }, 0, 4, 0 }, { { 3, 2, 1, 0 }, 0, 1, -1 } };
    enum { N = sizeof cases / sizeof *cases };
    for (int f = 0; f < 2; f++) {
        NUM(ctx) *ctx = NUM(context)(f == 0 ? GA_NAIVE : GA_REWRITE);
        NUM(mat) o = NUM(noisy)(N, 4, ctx), p = NUM(noisy)(N, 4, ctx), r = NUM(noisy)(N, 4, ctx), loss = NUM(noisy)(N, 1, ctx);
        uint32_t label[N];
        for (size_t i = 0; i < N; i++) {
            label[i] = cases[i].y;
            for (size_t c = 0; c < 4; c++)
                o.e[4 * i + c] = cases[i].o[c];
        }
        NUM(vec_margin)(&p, &r, &loss, &o, label, ctx);
        for (size_t i = 0; i < N; i++) {
            const bool none = cases[i].c == 4;
            ASSERT(NUM(same)(loss.e[i], none ? nan : cases[i].loss), "row %zu: loss %a", i, (double)loss.e[i]);
            for (size_t c = 0; c < 4; c++) {
                const num chosen = c == cases[i].c, residual = chosen - (c == label[i]);
                ASSERT(NUM(same)(p.e[4 * i + c], none ? nan : chosen), "p[%zu][%zu] = %a", i, c, (double)p.e[4 * i + c]);
                ASSERT(NUM(same)(r.e[4 * i + c], none ? nan : residual), "r[%zu][%zu] = %a", i, c, (double)r.e[4 * i + c]);
            }
        }
        NUM(mat_free)(&o);
        NUM(mat_free)(&p);
        NUM(mat_free)(&r);
        NUM(mat_free)(&loss);
        NUM(ctx_free)(ctx);
    }
}

static void
NUM(argmax_of_every_kind)(void)
{
    const num inf = (num)INFINITY, nan = (num)NAN, next = IS_FLOAT ? (num)nextafterf(1, 2) : (num)nextafter(1, 2);
    num o[][4] = { { 1, 2, 3, 4 }, { 4, 3, 2, 1 }, { 1, 4, 4, 2 }, { 4, 1, 2, 4 }, { nan, 1, 2, 3 }, { 3, nan, 1, 2 },
                   { 3, 2, 1, nan },
                   { -inf, 1, inf, 2 }, { inf, 1, inf, 2 }, { -inf, -inf, -inf, -inf }, { 0, -(num)0, -1, -1 }, { 1, next, 1, 1 },
                   { nan, nan, nan, nan }, { -1, -2, -3, -inf } };
    const int want[] = { 3, 0, -1, -1, -1, -1, -1, 2, -1, -1, -1, 1, -1, 0 };
    enum { N = sizeof want / sizeof *want };
    num logit[] = { 1, -1, 0, -(num)0, nan, -inf };
    const int class[] = { 1, 0, -1, -1, -1, 0 };
    enum { LOGITS = sizeof class / sizeof *class };
    NUM(mat) m = { *o, N, 4, NULL }, one = { logit, LOGITS, 1, NULL };
    for (size_t i = 0; i < N; i++)
        ASSERT(NUM(vec_argmax)(&m, i) == want[i], "row %zu: %d", i, NUM(vec_argmax)(&m, i));
    for (size_t i = 0; i < LOGITS; i++)
        ASSERT(NUM(vec_argmax)(&one, i) == class[i], "logit %zu: %d", i, NUM(vec_argmax)(&one, i));
}

/* sums in increasing row, every addition rounded; vec_add, vec_mul, vec_scale and vec_keep_rows element by element. */
static void
NUM(plain_operations)(void)
{
    enum { ROWS = 300, COLS = 7, N = ROWS * COLS };
    uint64_t state = test_seed();
    NUM(ctx) *ctx = NUM(context)(GA_NAIVE);
    NUM(mat) a = NUM(mat_new)(ROWS, COLS, 0, ctx), b = NUM(mat_new)(ROWS, COLS, 0, ctx), r = NUM(noisy)(ROWS, COLS, ctx);
    NUM(mat) s = NUM(noisy)(1, COLS, ctx);
    for (size_t i = 0; i < N; i++) {
        a.e[i] = (num)ldexp(network_uniform(&state), (int)(i % 40));
        b.e[i] = (num)ldexp(network_uniform(&state), (int)(i % 23));
    }
    NUM(vec_column_sums)(&s, &a, ctx);
    for (size_t j = 0; j < COLS; j++) {
        num sum = 0;
        for (size_t i = 0; i < ROWS; i++)
            sum = sum + a.e[i * COLS + j];
        ASSERT(NUM(same)(s.e[j], sum), "column %zu", j);
    }
    const num g = (num)0.1;
    NUM(vec_scale)(&r, &a, &g, ctx);
    for (size_t i = 0; i < N; i++)
        ASSERT(NUM(same)(r.e[i], a.e[i] * g));
    NUM(vec_mul)(&r, &a, &b, ctx);
    for (size_t i = 0; i < N; i++)
        ASSERT(NUM(same)(r.e[i], a.e[i] * b.e[i]));
    NUM(vec_add)(&r, &b, ctx);
    for (size_t i = 0; i < N; i++) {
        const num product = a.e[i] * b.e[i];
        ASSERT(NUM(same)(r.e[i], product + b.e[i]));
    }
    for (size_t i = 0; i < N; i++)
        r.e[i] = (num)-NAN;
    for (size_t i = 5 * COLS; i < 9 * COLS; i++)
        r.e[i] = (num)i;
    NUM(vec_keep_rows)(&r, 5, 9, ctx);
    for (size_t i = 0; i < N; i++)
        ASSERT(NUM(same)(r.e[i], i >= 5 * COLS && i < 9 * COLS ? (num)i : 0), "element %zu", i);
    NUM(mat_free)(&a);
    NUM(mat_free)(&b);
    NUM(mat_free)(&r);
    NUM(mat_free)(&s);
    NUM(ctx_free)(ctx);
}

#undef IS_FLOAT
