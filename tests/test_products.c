/* SPDX-License-Identifier: Apache-2.0 */
/* test_products.c -- exact products by every back end that runs here, against mpfr_sum of exact terms: dot equals it bit for bit, a
   ball's radius is never below the true error. GRADAUDIT_TEST_PRODUCTS=N: N times as many. */
#include <stdlib.h>

#include "networks.h"
#include "prepared.h"
#include "num/ball.h"
#include "num/mpfr_vec.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "test.h"

enum { ROWS = 13, COLS = 27, N_BACKENDS = GA_BACKEND_VNNI + 1 };
typedef enum { UNIFORM, SPARSE, WIDE, DENORMAL, HUGE_ENTRY, CANCELLING, TIES, N_KINDS } kind;

static double
draw_weight(kind k, size_t i, uint64_t *state)
{
    const double x = ldexp((double)(int64_t)(test_random(state) >> 11), -52) - 1;
    switch (k) {
    case SPARSE:
        return test_random(state) & 1 ? 0 : (float)x;
    case WIDE:
        return ldexp(x, -(int)(test_random(state) % 2000)); /* down to subnormal numbers, and 0 */
    case DENORMAL:
        return i % 50 == 0 ? 0x1p-1074 * (double)(test_random(state) % 4) : x;
    case HUGE_ENTRY:
        return i % 40 == 0 ? ldexp(x, 1000) : x;
    case CANCELLING:
        return 0.625; /* of any two elements the terms cancel as the elements do */
    case TIES:
        return test_random(state) & 1 ? 1 : -0.5;
    default:
        return x;
    }
}

/* Element k of a row of which element k - 1 is before r in memory. */
static void
draw_element(mpfr_ptr r, kind how, size_t k, uint64_t *state)
{
    const mpfr_prec_t bits = mpfr_get_prec(r);
    mpfr_set_ui(r, 1, MPFR_RNDN);
    if (how == CANCELLING && k % 2 == 1) {
        mpfr_neg(r, r - 1, MPFR_RNDN);
        if (test_random(state) % 4 == 0)
            mpfr_nextabove(r);
        return;
    }
    if (how == TIES) { /* ones, units in the last place, and specks that decide a tie */
        mpfr_mul_2si(r, r, -(long)(test_random(state) % 4) * bits / 2, MPFR_RNDN);
        if (test_random(state) % 3 == 0)
            mpfr_mul_2si(r, r, -3000, MPFR_RNDN);
        return;
    }
    for (mpfr_prec_t done = 0; done < bits; done += 32) {
        mpfr_mul_2ui(r, r, 32, MPFR_RNDN);
        mpfr_add_ui(r, r, test_random(state) >> 32, MPFR_RNDZ);
    }
    mpfr_set_exp(r, how == WIDE ? -(long)(test_random(state) % 2000) : how == DENORMAL && k % 5 == 0 ? -100000 : 0);
    if (how == HUGE_ENTRY && test_random(state) % 30 == 0)
        mpfr_mul_2ui(r, r, 3000, MPFR_RNDN);
    if (test_random(state) & 1)
        mpfr_neg(r, r, MPFR_RNDN);
    if (how == SPARSE && test_random(state) & 1)
        mpfr_set_zero(r, test_random(state) & 1 ? 1 : -1);
}

typedef struct {
    size_t k;
    long bits;
    ctx_mp *mp[N_BACKENDS];
    ctx_ball *ball[N_BACKENDS];
    mat_mp a, w, bias, c[N_BACKENDS];
    mat_ball ball_a, ball_w, ball_bias, ball_c[N_BACKENDS];
    __mpfr_struct *term;
    mpfr_ptr *terms;
} products;

static void
products_new(products *p, size_t k, long bits, bool tb)
{
    *p = (products){ .k = k, .bits = bits };
    for (ga_backend b = GA_BACKEND_DGEMM; b <= GA_BACKEND_VNNI; b++) {
        const ga_estimator dot = { .format = { .kind = GA_MPFR, .bits = bits }, .product = GA_DOT, .gain = 1, .logit_scale = 1,
                                   .backend = b };
        const ga_estimator exact = { .format = { .kind = GA_EXACT, .bits = bits }, .gain = 1, .logit_scale = 1, .backend = b };
        if (!ga_backend_usable(b))
            continue;
        p->mp[b] = ctx_new_mp(&dot);
        p->ball[b] = ctx_new_ball(&exact);
        ASSERT(gemm_reserve_mp(k, bits, 53, p->mp[b]) && gemm_reserve_ball(k, bits, 53, p->ball[b]));
        p->c[b] = mat_new_mp(ROWS, COLS, bits, p->mp[b]);
        p->ball_c[b] = mat_new_ball(ROWS, COLS, bits, p->ball[b]);
    }
    ctx_mp *mp = p->mp[GA_BACKEND_DGEMM];
    ctx_ball *ctx = p->ball[GA_BACKEND_DGEMM];
    p->a = mat_new_mp(ROWS, k, bits, mp);
    p->w = mat_new_mp(tb ? COLS : k, tb ? k : COLS, 53, mp);
    p->bias = mat_new_mp(1, COLS, 53, mp);
    p->ball_a = mat_new_ball(ROWS, k, bits, ctx);
    p->ball_w = mat_new_ball(tb ? COLS : k, tb ? k : COLS, 53, ctx);
    p->ball_bias = mat_new_ball(1, COLS, 53, ctx);
    p->term = mpfr_vec_new(2 * k + 2, bits + 106);
    p->terms = malloc((2 * k + 2) * sizeof *p->terms);
    for (size_t i = 0; i < 2 * k + 2; i++)
        p->terms[i] = p->term + i;
}

static void
products_free(products *p)
{
    mat_mp *const mp[] = { &p->a, &p->w, &p->bias };
    mat_ball *const balls[] = { &p->ball_a, &p->ball_w, &p->ball_bias };
    for (size_t i = 0; i < 3; i++) {
        mat_free_mp(mp[i]);
        mat_free_ball(balls[i]);
    }
    for (size_t b = 0; b < N_BACKENDS; b++)
        if (p->mp[b] != NULL) {
            mat_free_mp(&p->c[b]);
            mat_free_ball(&p->ball_c[b]);
            ctx_free_mp(p->mp[b]);
            ctx_free_ball(p->ball[b]);
        }
    free(p->term);
    free(p->terms);
}

static void
products_draw(products *p, kind ka, kind kw, bool with_radii, uint64_t *state)
{
    for (size_t i = 0; i < ROWS * p->k; i++) {
        draw_element(p->a.e + i, ka, i % p->k, state);
        mpfr_set(&p->ball_a.e[i].mid, p->a.e + i, MPFR_RNDN);
        p->ball_a.e[i].rad = radius_zero;
        if (with_radii && test_random(state) % 3 > 0)
            p->ball_a.e[i].rad = radius_mul_2si(radius_from_d((double)(1 + test_random(state) % 1000)),
                                                -p->bits - (long)(test_random(state) % 700));
    }
    for (size_t i = 0; i < COLS * p->k; i++) {
        mpfr_set_d(p->w.e + i, draw_weight(kw, i, state), MPFR_RNDN);
        mpfr_set(&p->ball_w.e[i].mid, p->w.e + i, MPFR_RNDN);
    }
    for (size_t j = 0; j < COLS; j++) {
        mpfr_set_d(p->bias.e + j, draw_weight(SPARSE, j, state), MPFR_RNDN);
        mpfr_set(&p->ball_bias.e[j].mid, p->bias.e + j, MPFR_RNDN);
    }
}

/* The exact terms of an element, and of the largest error that the radii allow, upwards or downwards; returns how many. */
static size_t
set_terms(products *p, size_t i, size_t j, bool tb, bool up)
{
    size_t n = 0;
    for (size_t k = 0; k < p->k; k++) {
        mpfr_srcptr w = p->w.e + (tb ? j * p->k + k : k * COLS + j);
        const radius rad = p->ball_a.e[i * p->k + k].rad;
        mpfr_mul(p->term + k, p->a.e + i * p->k + k, w, MPFR_RNDN);
        mpfr_ptr error = p->term + p->k + 2 + n;
        if (radius_is_zero(rad) || mpfr_zero_p(w))
            continue;
        radius_get(error, rad);
        mpfr_mul(error, error, w, MPFR_RNDN);
        mpfr_setsign(error, error, !up, MPFR_RNDN);
        n++;
    }
    mpfr_set(p->term + p->k, p->bias.e + j, MPFR_RNDN);
    return p->k + 2 + n;
}

static void
check_element(products *p, size_t i, size_t j, bool tb, mpfr_ptr want, mpfr_ptr error, mpfr_ptr rad)
{
    const size_t at = i * COLS + j, n = set_terms(p, i, j, tb, i % 2);
    mpfr_ptr mid = p->term + p->k + 1;
    mpfr_sum(want, p->terms, p->k + 1, MPFR_RNDN);
    for (size_t b = 0; b < N_BACKENDS; b++) {
        if (p->mp[b] == NULL)
            continue;
        const char *name = ga_backend_name((ga_backend)b);
        const ball *c = p->ball_c[b].e + at;
        ASSERT(mpfr_equal_p(p->c[b].e + at, want), "%s: dot of %zu terms at %ld bits, element %zu %zu", name, p->k, p->bits, i, j);
        mpfr_neg(mid, &c->mid, MPFR_RNDN);
        radius_get(rad, c->rad);
        mpfr_sum(error, p->terms, n, MPFR_RNDU); /* at most rad exactly if the true error is, rad having fewer bits */
        const bool below = mpfr_cmp(error, rad) <= 0;
        mpfr_neg(rad, rad, MPFR_RNDN);
        mpfr_sum(error, p->terms, n, MPFR_RNDD);
        ASSERT(below && mpfr_cmp(error, rad) >= 0, "%s: ball of %zu terms at %ld bits, element %zu %zu", name, p->k, p->bits, i, j);
        mpfr_set_zero(mid, 1);
    }
}

static size_t
check(size_t k, long bits, kind ka, kind kw, bool with_radii, uint64_t *state)
{
    const bool tb = (ka + kw) % 2 == 0;
    size_t checked = 0;
    products p;
    mpfr_t want, error, rad;
    mpfr_init2(want, bits);
    mpfr_inits2(64, error, rad, (mpfr_ptr)0);
    products_new(&p, k, bits, tb);
    products_draw(&p, ka, kw, with_radii, state);
    struct crt_weights *const weights = prepared_weights(p.w.e, sizeof *p.w.e, p.w.rows, p.w.cols);
    ASSERT(weights != NULL);
    for (size_t b = 0; b < N_BACKENDS; b++)
        if (p.mp[b] != NULL) {
            const mat_mp w = { NULL, p.w.rows, p.w.cols, weights };
            const mat_ball ball_w = { NULL, p.w.rows, p.w.cols, weights };
            gemm_mp(&p.c[b], &p.a, false, &w, tb, &p.bias, p.mp[b]);
            gemm_ball(&p.ball_c[b], &p.ball_a, false, &ball_w, tb, &p.ball_bias, p.ball[b]);
            checked += 2 * ROWS * COLS;
        }
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLS; j++)
            check_element(&p, i, j, tb, want, error, rad);
    crt_weights_free(weights);
    products_free(&p);
    mpfr_clears(want, error, rad, (mpfr_ptr)0);
    return checked;
}

static void
agree(void)
{
    static const struct { size_t k; long bits; } shapes[] = {
        { 1, 2 }, { 2, 24 }, { 3, 53 }, { 17, 64 }, { 24, 100 }, { 40, 128 }, { 9, 250 }, { 33, 256 }, { 5, 700 },
        { 12, 192 }, { 3, 4096 }
    };
    const char *times = getenv("GRADAUDIT_TEST_PRODUCTS");
    uint64_t state = test_seed();
    size_t checked = 0, i = 0;
    mpfr_vec_widest_range();
    for (long t = times != NULL ? strtol(times, NULL, 10) : 1; t > 0; t--)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            for (kind ka = 0; ka < N_KINDS; ka++)
                for (kind kw = 0; kw < N_KINDS; kw++)
                    if (test_does(i++))
                        checked += check(shapes[s].k, shapes[s].bits, ka, kw, (ka + kw + s) % 3 > 0, &state);
    printf("\n  %zu elements, all equal to the rounded sums or containing them\n", checked);
    ASSERT(times != NULL || checked * test_every() >= 700000);
}

TEST_MAIN("products", TEST(agree))
