/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_fp_tmpl.c -- tests of the products of float or double: loop against a triple loop written here, blas against loop. */
static NUM(mat)
NUM(random_matrix)(size_t rows, size_t cols, int spread, uint64_t *state, NUM(ctx) *ctx)
{
    NUM(mat) m = NUM(mat_new)(rows, cols, ctx->common.bits, ctx);
    for (size_t i = 0; i < rows * cols; i++) {
        const int exponent = (int)(test_random(state) % (uint64_t)(2 * spread + 1)) - spread;
        m.e[i] = test_random(state) % 8 == 0 ? 0 : (num)ldexp(network_uniform(state), exponent);
    }
    return m;
}

static void
NUM(fill)(NUM(mat) *m, double noise)
{
    for (size_t i = 0; i < m->rows * m->cols; i++)
        m->e[i] = (num)noise;
}

static bool
NUM(same)(num a, num b)
{
    return isnan(a) ? isnan(b) : a == b && !signbit(a) == !signbit(b);
}

static num
NUM(entry)(const NUM(mat) *m, bool t, size_t i, size_t j)
{
    return t ? m->e[j * m->cols + i] : m->e[i * m->cols + j];
}

/* One element: its products in increasing index, then the bias; and the sum of magnitudes, for the bound. */
static num
NUM(by_hand)(long double *magnitude, const product_case *s, const NUM(mat) *a, const NUM(mat) *b, const NUM(mat) *bias, size_t i,
             size_t j)
{
    num sum = 0;
    *magnitude = bias != NULL ? fabsl((long double)bias->e[j]) : 0;
    for (size_t k = 0; k < s->n; k++) {
        const num x = NUM(entry)(a, s->ta, i, k), y = NUM(entry)(b, s->tb, k, j), term = x * y;
        sum = sum + term;
        *magnitude += fabsl((long double)x * y);
    }
    return bias != NULL ? sum + bias->e[j] : sum;
}

/* The bound of gemm_tmpl.h, the underflow of 2n products included. */
static long double
NUM(bound)(long double magnitude, size_t n)
{
    const long double u = sizeof(num) == sizeof(float) ? 0x1p-24L : 0x1p-53L;
    const long double least = sizeof(num) == sizeof(float) ? 0x1p-149L : 0x1p-1074L;
    const long double gamma = (long double)(n + 1) * u / (1 - (long double)(n + 1) * u);
    return 2 * gamma * magnitude + 2 * (long double)n * least;
}

static void
NUM(compare_products)(const product_case *s, const NUM(mat) *a, const NUM(mat) *b, const NUM(mat) *bias, NUM(ctx) *ctx)
{
    NUM(mat) loop = NUM(mat_new)(s->rows, s->cols, 0, ctx), blas = NUM(mat_new)(s->rows, s->cols, 0, ctx);
    NUM(mat) again = NUM(mat_new)(s->rows, s->cols, 0, ctx);
    NUM(fill)(&loop, NAN);
    NUM(fill)(&blas, NAN);
    NUM(fill)(&again, INFINITY);
    ctx->common.product = GA_LOOP;
    NUM(gemm)(&loop, a, s->ta, b, s->tb, bias, ctx);
    ctx->common.product = GA_BLAS;
    NUM(gemm)(&blas, a, s->ta, b, s->tb, bias, ctx);
    NUM(gemm)(&again, a, s->ta, b, s->tb, bias, ctx);
    for (size_t i = 0; i < s->rows; i++)
        for (size_t j = 0; j < s->cols; j++) {
            long double magnitude;
            const num want = NUM(by_hand)(&magnitude, s, a, b, bias, i, j);
            const num l = loop.e[i * s->cols + j], x = blas.e[i * s->cols + j], y = again.e[i * s->cols + j];
            if (!ASSERT(NUM(same)(l, want), "loop[%zu][%zu] is %a, by hand %a", i, j, (double)l, (double)want) ||
                !ASSERT(fabsl((long double)x - l) <= NUM(bound)(magnitude, s->n), "blas[%zu][%zu] is %a, loop %a; n %zu", i, j,
                        (double)x, (double)l, s->n) ||
                !ASSERT(NUM(same)(x, y), "noise in the output changed [%zu][%zu] from %a to %a", i, j, (double)x, (double)y))
                i = j = SIZE_MAX - 1; /* one report of a shape is enough */
        }
    NUM(mat_free)(&loop);
    NUM(mat_free)(&blas);
    NUM(mat_free)(&again);
}

static NUM(ctx) *
NUM(context)(void)
{
    const ga_estimator e = network_estimator(sizeof(num) == sizeof(float) ? "float" : "double", GA_NAIVE, GA_LOOP);
    NUM(ctx) *ctx = NUM(ctx_new)(&e);
    if (ctx == NULL)
        exit(99);
    return ctx;
}

static void
NUM(products_agree)(void)
{
    uint64_t state = test_seed();
    NUM(ctx) *ctx = NUM(context)();
    for (size_t c = 0; c < sizeof product_cases / sizeof *product_cases; c++)
        for (int spread = 0; spread <= 40; spread += 20) {
            const product_case s = product_cases[c];
            NUM(mat) a = NUM(random_matrix)(s.ta ? s.n : s.rows, s.ta ? s.rows : s.n, spread, &state, ctx);
            NUM(mat) b = NUM(random_matrix)(s.tb ? s.cols : s.n, s.tb ? s.n : s.cols, spread, &state, ctx);
            NUM(mat) bias = NUM(random_matrix)(1, s.cols, spread, &state, ctx);
            NUM(compare_products)(&s, &a, &b, c % 2 == 0 ? &bias : NULL, ctx);
            NUM(mat_free)(&a);
            NUM(mat_free)(&b);
            NUM(mat_free)(&bias);
        }
    NUM(ctx_free)(ctx);
}

/* Products of least subnormals and halves of them underflow: loop adds zeros, blas stays within 2n of the least subnormal. */
static void
NUM(products_underflow)(void)
{
    const product_case s = { 5, 7, 33, false, true };
    NUM(ctx) *ctx = NUM(context)();
    NUM(mat) a = NUM(mat_new)(s.rows, s.n, 0, ctx), b = NUM(mat_new)(s.cols, s.n, 0, ctx), c = NUM(mat_new)(s.rows, s.cols, 0, ctx);
    const int least = sizeof(num) == sizeof(float) ? -149 : -1074;
    NUM(fill)(&a, ldexp(1, least / 2));
    NUM(fill)(&b, -ldexp(1, least - least / 2 - 2)); /* terms are a quarter of the least subnormal */
    NUM(compare_products)(&s, &a, &b, NULL, ctx);
    ctx->common.product = GA_LOOP;
    NUM(gemm)(&c, &a, false, &b, true, NULL, ctx);
    for (size_t i = 0; i < s.rows * s.cols; i++)
        ASSERT(c.e[i] == 0 && !signbit(c.e[i]), "a sum of products that round to -0 is %a", (double)c.e[i]);
    NUM(mat_free)(&a);
    NUM(mat_free)(&b);
    NUM(mat_free)(&c);
    NUM(ctx_free)(ctx);
}

/* c = a b^T for a of `rows` rows and one row b, by both products. */
static void
NUM(two_products)(num *loop, num *blas, size_t rows, size_t n, num *a, num *b, num *bias)
{
    NUM(ctx) *ctx = NUM(context)();
    NUM(mat) ma = { a, rows, n, NULL }, mb = { b, 1, n, NULL }, mbias = { bias, 1, 1, NULL };
    NUM(mat) out[] = { { loop, rows, 1, NULL }, { blas, rows, 1, NULL } };
    for (int i = 0; i < 2; i++) {
        NUM(fill)(&out[i], NAN);
        ctx->common.product = i == 0 ? GA_LOOP : GA_BLAS;
        NUM(gemm)(&out[i], &ma, false, &mb, true, bias != NULL ? &mbias : NULL, ctx);
    }
    NUM(ctx_free)(ctx);
}

/* As gemm_tmpl.h has it. */
static void
NUM(special_values)(void)
{
    const num inf = (num)INFINITY, nan = (num)NAN, big = sizeof(num) == sizeof(float) ? (num)FLT_MAX : (num)DBL_MAX;
    num ones[] = { 1, 1, 1 }, loop[8], blas[8], minus_zero[] = { -(num)0 };
    num a[8][3] = { { 1, nan, 1 }, { 1, inf, 1 }, { -inf, 1, 1 }, { inf, -inf, 1 },
                    { big, big, 1 }, { -big, -1, -big }, { big, big, -big }, { 1, 2, 3 } };
    NUM(two_products)(loop, blas, 8, 3, *a, ones, NULL);
    const num want[8] = { nan, inf, -inf, nan, inf, -inf, inf, 6 };
    for (size_t i = 0; i < 8; i++) {
        ASSERT(NUM(same)(loop[i], want[i]), "loop, row %zu: %a", i, (double)loop[i]);
        if (i != 6) /* in another order big - big + big is finite */
            ASSERT(NUM(same)(blas[i], want[i]), "blas, row %zu: %a", i, (double)blas[i]);
    }
    ASSERT(isnan(blas[6]) || blas[6] == inf || blas[6] == big, "%a", (double)blas[6]);

    num times_zero[2][3] = { { inf, 1, 1 }, { 1, 1, 2 } }, b[] = { 0, 1, -1 };
    NUM(two_products)(loop, blas, 2, 3, *times_zero, b, NULL);
    ASSERT(isnan(loop[0]) && isnan(blas[0]), "infinity times 0: %a, %a", (double)loop[0], (double)blas[0]);
    ASSERT(loop[1] == -1 && blas[1] == -1, "%a, %a", (double)loop[1], (double)blas[1]);

    num zeros[3][3] = { { -(num)0, -(num)0, -(num)0 }, { 0, 0, 0 }, { 1, -1, -(num)0 } };
    for (int with_bias = 0; with_bias < 2; with_bias++) {
        NUM(two_products)(loop, blas, 3, 3, *zeros, ones, with_bias ? minus_zero : NULL);
        for (size_t i = 0; i < 3; i++) {
            ASSERT(NUM(same)(loop[i], 0), "loop, zeros of row %zu: %a", i, (double)loop[i]);
            ASSERT(blas[i] == 0, "blas, zeros of row %zu: %a", i, (double)blas[i]);
        }
    }
}
