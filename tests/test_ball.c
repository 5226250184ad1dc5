/* SPDX-License-Identifier: Apache-2.0 */
/* test_ball.c -- balls contain what they claim: whole passes against the same pass at four times the precision, operations at every
   end of their operands, and no claims beyond MPFR's range. */
#include "networks.h"

#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "tape_run_tmpl.c"

#include "num/ball.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "tape_run_tmpl.c"

#include "contains.h"
#include "smooth_textbook.h"
#include "num/mpfr_vec.h"

typedef struct {
    size_t elements, exact; /* of all tensors */
    size_t undecided;       /* of the input gradient, as is worst: */
    double worst;           /* log2 of the largest relative radius of a decided element */
} counts;

static void
matrix_contains(const mat_ball *a, const mat_mp *b, size_t v, long slack, counts *n)
{
    for (size_t i = 0; i < a->rows * a->cols; i++) {
        if (!ASSERT(contains(a->e + i, b->e + i, slack), "value %zu [%zu]", v, i))
            return;
        n->elements++;
        n->exact += radius_is_zero(a->e[i].rad);
        if (ball_contains_zero(a->e + i))
            n->undecided += !ball_is_zero(a->e + i);
        else if (!radius_is_zero(a->e[i].rad))
            n->worst = fmax(n->worst, (double)(a->e[i].rad.e - mpfr_get_exp(&a->e[i].mid)));
    }
}

static void
tape_contains(const tape_ball *a, const tape_mp *b, long slack, counts *n)
{
    const program *p = a->p;
    const value_id gradient = p->gradient_of[p->input];
    for (size_t v = 0; v < p->n_values; v++)
        if (p->value[v].role == VALUE_COMPUTED && v != gradient)
            matrix_contains(a->value + v, b->value + v, v, slack, n);
    n->undecided = 0;
    n->worst = -INFINITY;
    matrix_contains(a->value + gradient, b->value + gradient, gradient, slack, n);
}

static counts
check(const ga_model *m, const ga_dataset *ds, long bits, double gain, ga_loss loss)
{
    counts n = { .worst = -INFINITY };
    ga_estimator e = { .format = { .kind = GA_MPFR, .bits = bits }, .formulas = GA_REWRITE, .product = GA_DOT, .gain = gain,
                       .logit_scale = 1, .loss = loss };
    mpfr_vec_widest_range();
    ctx_ball *low = ctx_new_ball(&e);
    e.format.bits = 4 * bits;
    ctx_mp *high = ctx_new_mp(&e);
    ASSERT(gemm_reserve_ball(1024, bits + 53, bits + 53, low) && gemm_reserve_mp(1024, 4 * bits + 53, 4 * bits + 53, high));
    tape_ball *a = tape_run_ball(m, ds, &e, low);
    tape_mp *b = tape_run_mp(m, ds, &e, high);
    tape_contains(a, b, 2 * bits, &n);
    tape_end_ball(a);
    tape_end_mp(b);
    ctx_free_ball(low);
    ctx_free_mp(high);
    return n;
}

static void
contains_on(ga_activation activation, ga_loss loss)
{
    static const size_t sizes[] = { 61, 33, 17, 10 };
    static const double scales[] = { 1, 30, 3000, 100000 };
    const ga_activation hidden[] = { activation, activation };
    uint64_t state = test_seed();
    for (size_t i = 0; i < 4; i++)
        for (long bits = 32; bits <= 256; bits *= 2) {
            ga_model *m = network_new(GA_F32, 3, sizes, hidden, scales[i], &state);
            ga_dataset *ds = network_images(m, 4, &state);
            const counts n = check(m, ds, bits, i == 1 ? 0.0003f : 1, loss);
            printf("\n    %s scale %g at %ld bits: %zu elements, %zu exact, %zu undecided, worst 2^%.0f",
                   ga_activation_name(activation), scales[i], bits, n.elements, n.exact, n.undecided, n.worst);
            ASSERT(n.elements > 4000);
            if (bits == 256)
                ASSERT(n.undecided == 0 && n.worst < -150, "%zu undecided", n.undecided);
            ga_model_free(m);
            ga_dataset_free(ds);
        }
}

static void
sigmoid_passes(void)
{
    contains_on(GA_SIGMOID, GA_CROSS_ENTROPY);
}

static void
tanh_passes(void)
{
    contains_on(GA_TANH, GA_CROSS_ENTROPY);
}

static void
relu_passes(void)
{
    contains_on(GA_RELU, GA_CROSS_ENTROPY);
}

static void
margin_passes(void)
{
    contains_on(GA_SIGMOID, GA_MARGIN);
    contains_on(GA_TANH, GA_MARGIN);
    contains_on(GA_RELU, GA_MARGIN);
}

/* A midpoint of 12 or 53 bits times 2^-20 to 2^20, and a radius of 24 bits from 2^-8 to 8 of it, or none: many bounds are attained
   up to the one rounding that makes them too large or, were it in the wrong direction, too small. */
static void
random_ball(ball *b, uint64_t *state)
{
    const uint64_t r = test_random(state);
    const double short_mid = (double)(r % 4096) - 2048, mid = r & 8192 ? short_mid / 2048 : network_uniform(state);
    const double rad = (double)(test_random(state) >> 40) * 0x1p-24;
    const int exponent = (int)(test_random(state) % 41) - 20;
    mpfr_set_d(&b->mid, ldexp(mid, exponent), MPFR_RNDN);
    b->rad = radius_from_d(r % 3 == 0 ? 0 : ldexp(rad, exponent + (int)(test_random(state) % 12) - 8));
}

/* The point of b at k = -1, 0 or 1 radii, exact. */
static void
point(mpfr_ptr x, const ball *b, long k)
{
    radius_get(x, b->rad);
    mpfr_mul_si(x, x, k, MPFR_RNDN);
    mpfr_add(x, x, &b->mid, MPFR_RNDN);
}

/* A sum of one term. */
static void
dot_of_one(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    mat_ball m[3] = { { r, 1, 1, NULL } };
    ball *copy = ball_vec_new(2, 64);
    ball_set(copy, a, ctx);
    ball_set(copy + 1, b, ctx);
    m[1] = (mat_ball){ copy, 1, 1, NULL };
    m[2] = (mat_ball){ copy + 1, 1, 1, NULL };
    gemm_ball(m, m + 1, false, m + 2, true, NULL, ctx);
    ball_vec_free(copy);
}

static const struct {
    void (*ball)(ball *, const ball *, const ball *, ctx_ball *);
    int (*mpfr)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);
} binary[] = { { ball_add, mpfr_add }, { ball_sub, mpfr_sub }, { ball_mul, mpfr_mul }, { ball_div, mpfr_div },
               { dot_of_one, mpfr_mul } };

/* The ends of intervals, where sums, products, quotients and e^x have theirs. */
static void
contains_points(const ball *a, const ball *b, ctx_ball *ctx, ball *r)
{
    mpfr_t x, y, z;
    mpfr_inits2(2000, x, y, z, (mpfr_ptr)0);
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++) {
            point(x, a, i);
            point(y, b, j);
            for (size_t k = 0; k < 5; k++) {
                binary[k].ball(r, a, b, ctx);
                binary[k].mpfr(z, x, y, MPFR_RNDN);
                ASSERT(k == 3 && ball_sgn(b) == 0 ? radius_is_infinite(r->rad) : contains(r, z, 1900), "operation %zu", k);
            }
            mpfr_sqrt(z, x, MPFR_RNDN);
            ball_sqrt(r, a, ctx);
            ASSERT(ball_sgn(a) > 0 || ball_is_zero(a) ? contains(r, z, 1900) && !radius_is_infinite(r->rad)
                                                      : radius_is_infinite(r->rad), "sqrt");
            mpfr_exp(z, x, MPFR_RNDN);
            ball_exp(r, a, ctx);
            ASSERT(contains(r, z, 1900), "exp");
            mpfr_expm1(z, x, MPFR_RNDN);
            ball_expm1(r, a, ctx);
            ASSERT(contains(r, z, 1900), "expm1");
            if (ball_less(a, b))
                ASSERT(mpfr_less_p(x, y), "less");
            if (ball_equal(a, b))
                ASSERT(mpfr_equal_p(x, y), "equal");
            ball_hull(r, a, b, ctx);
            ASSERT(contains(r, x, 1900) && contains(r, y, 1900), "hull");
            if (mpfr_sgn(x) < 0)
                mpfr_set_zero(x, 1);
            mpfr_log1p(z, x, MPFR_RNDN);
            ball_log1p(r, a, ctx);
            ASSERT(contains(r, z, 1900), "log1p");
        }
    mpfr_clears(x, y, z, (mpfr_ptr)0);
}

static ctx_ball *
context_ball(long bits)
{
    const ga_estimator e = { .format = { .kind = GA_EXACT, .bits = bits }, .product = GA_DOT, .gain = 1, .logit_scale = 1 };
    mpfr_vec_widest_range();
    ctx_ball *ctx = ctx_new_ball(&e);
    if (ctx == NULL || !gemm_reserve_ball(4, bits, bits, ctx))
        exit(99);
    return ctx;
}

/* a < b is said where all points of one are below those of the other, and not left unsaid where they are so by more than 2^-40 of
   what separates them: midpoints that differ in their last bits too, of all signs, and 0. */
static void
order_is_told(void)
{
    uint64_t state = test_seed();
    ctx_ball *ctx = context_ball(128);
    ball *v = ball_vec_new(2, 128);
    mpfr_t apart, radii, t;
    mpfr_inits2(4000, apart, radii, t, (mpfr_ptr)0);
    size_t of[2] = { 0, 0 };
    for (size_t n = 0; n < 20000; n++) {
        for (size_t i = 0; i < 2; i++) {
            random_ball(v + i, &state);
            if (n % 3 == 0)
                v[i].rad = radius_zero;
            if (test_random(&state) % 16 == 0)
                mpfr_set_zero(&v[i].mid, 1);
        }
        if (n % 2 == 0) {
            if (n % 8 == 0)
                mpfr_nextabove(&v->mid);
            mpfr_set(&v[1].mid, &v->mid, MPFR_RNDN);
            for (size_t steps = test_random(&state) % 4; steps-- > 0;)
                mpfr_nextabove(&v[1].mid);
        }
        if (n % 4 == 0)
            mpfr_add_d(&v[1].mid, &v[1].mid, ldexp(1, (int)(test_random(&state) % 300) - 250), MPFR_RNDN);
        mpfr_sub(apart, &v[1].mid, &v->mid, MPFR_RNDN);
        mpfr_set_d(radii, v->rad.m, MPFR_RNDN);
        mpfr_mul_2si(radii, radii, v->rad.e, MPFR_RNDN);
        mpfr_set_d(t, v[1].rad.m, MPFR_RNDN);
        mpfr_mul_2si(t, t, v[1].rad.e, MPFR_RNDN);
        mpfr_add(radii, radii, t, MPFR_RNDN);
        const bool less = ball_less(v, v + 1);
        ASSERT(!less || mpfr_less_p(radii, apart), "pair %zu is not", n);
        mpfr_mul_2si(t, apart, -40, MPFR_RNDN);
        mpfr_sub(t, apart, t, MPFR_RNDN);
        ASSERT(less || !mpfr_less_p(radii, t), "pair %zu is", n);
        of[less]++;
    }
    ASSERT(of[0] > 4000 && of[1] > 4000, "%zu and %zu", of[0], of[1]);
    mpfr_clears(apart, radii, t, (mpfr_ptr)0);
    ball_vec_free(v);
    ctx_free_ball(ctx);
}

static void
operations_contain_every_point(void)
{
    uint64_t state = test_seed();
    ctx_ball *ctx = context_ball(64);
    ball *v = ball_vec_new(3, 64);
    for (size_t n = 0; n < 1000; n++) {
        random_ball(v, &state);
        random_ball(v + 1, &state);
        if (n % 8 == 0)
            mpfr_set(&v[1].mid, &v->mid, MPFR_RNDN);
        contains_points(v, v + 1, ctx, v + 2);
    }
    ball_vec_free(v);
    ctx_free_ball(ctx);
}

/* Below the range a product and an exponential are neither 0 nor of known sign; above it nothing is known, nor is it of what is
   made of that. */
static void
nothing_is_proved_beyond_the_range(void)
{
    ctx_ball *ctx = context_ball(64);
    mat_ball a = mat_new_ball(1, 2, 64, ctx), r = mat_new_ball(1, 1, 64, ctx);
    mpfr_set_ui_2exp(&a.e[0].mid, 1, mpfr_get_emin() / 2 - 10, MPFR_RNDN);
    gemm_ball(&r, &a, false, &a, true, NULL, ctx);
    ASSERT(!ball_is_zero(r.e) && ball_sgn(r.e) == 0 && r.e->rad.e < mpfr_get_emin() + 2, "the sum of a product below");
    ball_mul(r.e, a.e, a.e, ctx);
    ASSERT(!ball_is_zero(r.e) && ball_sgn(r.e) == 0, "a product below");
    ball_set_d(a.e, -1e19, ctx);
    ball_exp(r.e, a.e, ctx);
    ASSERT(!ball_is_zero(r.e) && ball_sgn(r.e) == 0, "an exponential below");
    ball_set_d(a.e, 1e19, ctx);
    ball_exp(r.e, a.e, ctx);
    ASSERT(!ball_is_zero(r.e) && mpfr_zero_p(&r.e->mid) && radius_is_infinite(r.e->rad), "an exponential above");
    ball_set(a.e + 1, r.e, ctx);
    ball_set_zero(a.e, ctx);
    ball_mul(r.e, a.e, a.e + 1, ctx);
    ASSERT(!ball_is_zero(r.e) && ball_sgn(r.e) == 0, "0 times that");
    gemm_ball(&r, &a, false, &a, true, NULL, ctx);
    ASSERT(!ball_is_zero(r.e) && ball_sgn(r.e) == 0, "a sum with its square");
    mat_free_ball(&a);
    mat_free_ball(&r);
    ctx_free_ball(ctx);
}

/* [0, 2] and [-2, 0] have no sign; {0} is not below [0, 2], nor is that below 2. */
static void
touching_balls(void)
{
    ctx_ball *ctx = context_ball(64);
    ball *v = ball_vec_new(3, 64);
    ball_set_d(v, 1, ctx);
    v->rad = radius_one;
    ASSERT(ball_sgn(v) == 0 && ball_contains_zero(v) && !ball_is_zero(v));
    ASSERT(!ball_less(v + 1, v));
    ball_set_d(v + 2, 2, ctx);
    ASSERT(!ball_less(v, v + 2));
    ball_set_d(v + 2, 2.5, ctx);
    ASSERT(ball_less(v, v + 2) && ball_sgn(v + 2) == 1);
    ball_neg(v, v, ctx);
    ASSERT(ball_sgn(v) == 0 && ball_contains_zero(v));
    ball_vec_free(v);
    ctx_free_ball(ctx);
}

/* Two neighbours in 64 bits, whose middle is neither; two that few bits do not tell apart; and a ball of which nothing is known. */
static void
hulls(void)
{
    ctx_ball *ctx = context_ball(64);
    ball *v = ball_vec_new(3, 64);
    ball_set_d(v, 1, ctx);
    ball_set_d(v + 1, 1, ctx);
    mpfr_nextabove(&v[1].mid);
    ball_hull(v + 2, v, v + 1, ctx);
    ASSERT(contains(v + 2, &v[0].mid, 1900) && contains(v + 2, &v[1].mid, 1900) && v[2].rad.e < -60);
    ASSERT(ball_less(v, v + 1) && !ball_less(v + 1, v) && !ball_equal(v, v + 1));
    ball_hull(v + 2, v, v, ctx);
    ASSERT(ball_equal(v, v + 2) && !ball_less(v, v + 2));
    v[1].rad = radius_infinite;
    for (size_t i = 0; i < 2; i++) {
        ball_hull(v + 2, v + i, v + 1 - i, ctx);
        ASSERT(radius_is_infinite(v[2].rad) && !ball_less(v + i, v + 1 - i) && !ball_equal(v + i, v + 1 - i));
    }
    ball_vec_free(v);
    ctx_free_ball(ctx);
}

/* The value and the derivative at a point, far more bits than are asked of them. */
static void
activation_at(mpfr_ptr value, mpfr_ptr derivative, ga_activation f, mpfr_srcptr x)
{
    mpfr_t q;
    mpfr_init2(q, 2000);
    if (f == GA_RELU) {
        mpfr_set_ui(derivative, mpfr_sgn(x) > 0, MPFR_RNDN);
        mpfr_mul(value, x, derivative, MPFR_RNDN);
    } else if (f == GA_TANH) {
        mpfr_tanh(value, x, MPFR_RNDN);
        mpfr_sech(derivative, x, MPFR_RNDN);
        mpfr_sqr(derivative, derivative, MPFR_RNDN);
    } else { /* 1/(1 + e^-x) and e^-|x|/(1 + e^-|x|)^2 */
        mpfr_neg(q, x, MPFR_RNDN);
        mpfr_exp(q, q, MPFR_RNDN);
        mpfr_add_ui(q, q, 1, MPFR_RNDN);
        mpfr_ui_div(value, 1, q, MPFR_RNDN);
        mpfr_abs(q, x, MPFR_RNDN);
        mpfr_neg(q, q, MPFR_RNDN);
        mpfr_exp(derivative, q, MPFR_RNDN);
        mpfr_add_ui(q, derivative, 1, MPFR_RNDN);
        mpfr_sqr(q, q, MPFR_RNDN);
        mpfr_div(derivative, derivative, q, MPFR_RNDN);
    }
    mpfr_clear(q);
}

static void
activations_contain(const ball *z, mat_ball *m, ctx_ball *ctx)
{
    static const struct {
        ga_activation f;
        void (*ball)(mat_ball *, mat_ball *, const mat_ball *, ctx_ball *);
    } all[] = { { GA_SIGMOID, vec_sigmoid_ball }, { GA_TANH, vec_tanh_ball }, { GA_RELU, vec_relu_ball } };
    mpfr_t x, value, derivative;
    mpfr_inits2(2000, x, value, derivative, (mpfr_ptr)0);
    ball_set(m[0].e, z, ctx);
    for (size_t k = 0; k < 3; k++)
        for (int i = -1; i <= 1; i++) {
            point(x, z, i);
            activation_at(value, derivative, all[k].f, x);
            all[k].ball(m + 1, m + 2, m, ctx);
            ASSERT(contains(m[1].e, value, 1900), "%s, point %d of %g", ga_activation_name(all[k].f), i,
                   mpfr_get_d(&z->mid, MPFR_RNDN));
            ASSERT(contains(m[2].e, derivative, 1900), "its derivative, point %d of %g", i, mpfr_get_d(&z->mid, MPFR_RNDN));
        }
    mpfr_clears(x, value, derivative, (mpfr_ptr)0);
}

/* Smooth functions by their textbook formulas, whose 2500 bits see e^-|x| beside 1, or e^(-x^2/2), up to there. */
static void
smooth_contain(const ball *z, mat_ball *m, ctx_ball *ctx)
{
    mpfr_t x, want;
    mpfr_init2(x, 2000);
    mpfr_init2(want, 2500);
    ball_set(m[0].e, z, ctx);
    for (smooth_id f = 0; f < N_SMOOTH; f++)
        for (int i = -1; i <= 1; i++) {
            point(x, z, i);
            if (mpfr_cmpabs_ui(x, f == SMOOTH_gelu || f == SMOOTH_erf ? 48 : f == SMOOTH_gelu_tanh ? 28 : 1000) > 0)
                continue;
            vec_smooth_ball(m + 1, m + 2, m, f, ctx);
            for (int order = 0; order < 2; order++) {
                textbook(want, f, order, x);
                ASSERT(contains(m[1 + order].e, want, 400), "smooth function %d, order %d, point %d of %g +- %g", (int)f, order, i,
                       mpfr_get_d(&z->mid, MPFR_RNDN), ldexp(z->rad.m, (int)z->rad.e));
            }
        }
    mpfr_clears(x, want, (mpfr_ptr)0);
}

/* Random balls; and near all places where a function's own or its derivative's derivative is largest, of all widths; the radii of
   points are roundings, and those of values and derivatives on narrow balls no more than what z's radius makes of them. */
static void
smooth_functions_contain_every_point(void)
{
    uint64_t state = test_seed();
    ctx_ball *ctx = context_ball(64);
    ball *z = ball_vec_new(1, 64);
    mat_ball m[3];
    for (size_t i = 0; i < 3; i++)
        m[i] = mat_new_ball(1, 1, 64, ctx);
    for (size_t n = 0; n < 300; n++) {
        random_ball(z, &state);
        smooth_contain(z, m, ctx);
        ball_set_d(z, (double)(n % 60) / 8 - 3.75, ctx);
        z->rad = radius_2exp(-(int)(n / 60) * 4);
        if (n % 2 == 0)
            z->rad = radius_from_d(ldexp(0.999, -(int)(n / 60)));
        smooth_contain(z, m, ctx);
    }
    for (smooth_id f = 0; f < N_SMOOTH; f++)
        for (int at = -40; at <= 40; at++) {
            ball_set_d(m[0].e, (double)at, ctx);
            vec_smooth_ball(m + 1, m + 2, m, f, ctx);
            for (int k = 1; k < 3; k++)
                ASSERT(radius_is_zero(m[k].e->rad) || m[k].e->rad.e <= mpfr_get_exp(&m[k].e->mid) - 64, "point %d", at);
            m[0].e->rad = radius_2exp(-200);
            vec_smooth_ball(m + 1, m + 2, m, f, ctx);
            for (int k = 1; k < 3; k++)
                ASSERT(m[k].e->rad.e < (mpfr_zero_p(&m[k].e->mid) ? -100 : mpfr_get_exp(&m[k].e->mid)) - 62, "narrow at %d", at);
        }
    for (size_t i = 0; i < 3; i++)
        mat_free_ball(m + i);
    ball_vec_free(z);
    ctx_free_ball(ctx);
}

/* Far from 0 a function is its limit but for less than any number of use, and of what is not known of x nothing is known of it. */
static void
smooth_functions_far_away(void)
{
    ctx_ball *ctx = context_ball(64);
    mat_ball m[3];
    for (size_t i = 0; i < 3; i++)
        m[i] = mat_new_ball(1, 1, 64, ctx);
    for (smooth_id f = 0; f < N_SMOOTH; f++)
        for (int sign = f == SMOOTH_softsign ? 2 : -1; sign <= 1; sign += 2)
            for (double x = 1e7; x < 1e300; x *= 1e10) {
                const double slope = f != SMOOTH_erf && sign > 0;
                const double limit = f == SMOOTH_erf ? sign : sign > 0 ? x : -(f == SMOOTH_elu);
                ball_set_d(m[0].e, sign * x, ctx);
                vec_smooth_ball(m + 1, m + 2, m, f, ctx);
                const bool exact = f == SMOOTH_elu && sign > 0;
                ASSERT(mpfr_get_d(&m[1].e->mid, MPFR_RNDN) == limit && mpfr_get_d(&m[2].e->mid, MPFR_RNDN) == slope);
                ASSERT(radius_less(m[1].e->rad, radius_from_d(x * 0x1p-60)) && radius_less(m[2].e->rad, radius_2exp(-60)));
                ASSERT((!radius_is_zero(m[1].e->rad) && !radius_is_zero(m[2].e->rad)) || exact, "nothing is exact there");
                m[0].e->rad = radius_from_d(x);
                vec_smooth_ball(m + 1, m + 2, m, f, ctx);
                ASSERT(radius_less(radius_from_d(x), radius_add(m[1].e->rad, radius_from_d(2))) && m[2].e->rad.m * 2 == 1.5);
            }
    for (size_t i = 0; i < 3; i++)
        mat_free_ball(m + i);
    ctx_free_ball(ctx);
}

/* Also where the derivative is at the end of MPFR's range, 2^-2^62 = e^-3.2e18, and wherever the radius passes 1. At 0 no bit is
   dropped. */
static void
activations_contain_every_point(void)
{
    uint64_t state = test_seed();
    ctx_ball *ctx = context_ball(64);
    ball *z = ball_vec_new(1, 64);
    mat_ball m[3];
    for (size_t i = 0; i < 3; i++)
        m[i] = mat_new_ball(1, 1, 64, ctx);
    for (size_t n = 0; n < 400; n++) {
        random_ball(z, &state);
        activations_contain(z, m, ctx);
    }
    for (long k = -60; k <= 300; k += 20)
        for (int sign = -1; sign <= 1; sign += 2)
            for (double end = 1; end <= 2; end++) { /* sigma's and tanh's */
                mpfr_set_si(&z->mid, mpfr_get_emin(), MPFR_RNDN);
                mpfr_mul_d(&z->mid, &z->mid, 0x1.62e42fefa39efp-1 / end, MPFR_RNDN);
                mpfr_sub_si(&z->mid, &z->mid, k, MPFR_RNDN);
                mpfr_mul_si(&z->mid, &z->mid, sign, MPFR_RNDN);
                z->rad = radius_from_d(k % 40 == 0 ? 0.9 : 90);
                activations_contain(z, m, ctx);
            }
    ball_set_zero(m[0].e, ctx);
    vec_sigmoid_ball(m + 1, m + 2, m, ctx);
    ASSERT(radius_is_zero(m[1].e->rad) && radius_is_zero(m[2].e->rad));
    vec_tanh_ball(m + 1, m + 2, m, ctx);
    ASSERT(ball_is_zero(m[1].e) && radius_is_zero(m[2].e->rad));
    for (size_t i = 0; i < 3; i++)
        mat_free_ball(m + i);
    ball_vec_free(z);
    ctx_free_ball(ctx);
}

/* The radius that a result had is not part of it. */
static void
products_of_exact_operands_are_exact(void)
{
    ctx_ball *ctx = context_ball(64);
    mat_ball a = mat_new_ball(1, 2, 64, ctx), r = mat_new_ball(1, 1, 64, ctx);
    ball_set_d(a.e, 3, ctx);
    ball_set_d(a.e + 1, 4, ctx);
    ball_set_line(r.e);
    gemm_ball(&r, &a, false, &a, true, NULL, ctx);
    ASSERT(radius_is_zero(r.e->rad) && mpfr_cmp_ui(&r.e->mid, 25) == 0);
    mat_free_ball(&a);
    mat_free_ball(&r);
    ctx_free_ball(ctx);
}

/* The residuals and the loss of the margin at points of the logits' balls, each logit at its lower end, its middle or its upper
   end. */
static void
margin_at_points(const mat_ball *o, const mat_ball *p, const mat_ball *r, const ball *loss, size_t y)
{
    enum { N = 4, POINTS = 81 };
    mpfr_t x[N], t;
    mpfr_init2(t, 2000);
    for (size_t c = 0; c < N; c++)
        mpfr_init2(x[c], 2000);
    for (int k = 0; k < POINTS; k++) {
        size_t best = y == 0;
        for (size_t c = 0, rest = (size_t)k; c < N; c++, rest /= 3)
            point(x[c], o->e + c, (long)(rest % 3) - 1);
        for (size_t c = 0; c < N; c++)
            if (c != y && mpfr_greater_p(x[c], x[best]))
                best = c;
        for (size_t c = 0; c < N; c++) {
            mpfr_set_si(t, (c == best) - (c == y), MPFR_RNDN);
            ASSERT(contains(r->e + c, t, 1900), "point %d, residual %zu", k, c);
            mpfr_set_si(t, c == best, MPFR_RNDN);
            ASSERT(contains(p->e + c, t, 1900), "point %d, class %zu", k, c);
        }
        mpfr_sub(t, x[best], x[y], MPFR_RNDN);
        ASSERT(contains(loss, t, 1900), "point %d, loss", k);
    }
    for (size_t c = 0; c < N; c++)
        mpfr_clear(x[c]);
    mpfr_clear(t);
}

/* Balls near to each other and far apart; every third row is of points, with ties; there everything is decided. */
static void
margins_contain_every_point(void)
{
    enum { N = 4 };
    uint64_t state = test_seed();
    ctx_ball *ctx = context_ball(64);
    mat_ball o = mat_new_ball(1, N, 64, ctx), p = mat_new_ball(1, N, 64, ctx), r = mat_new_ball(1, N, 64, ctx);
    mat_ball loss = mat_new_ball(1, 1, 64, ctx);
    size_t open = 0;
    for (size_t n = 0; n < 600; n++) {
        const uint32_t y = (uint8_t)(n % N);
        size_t wide = 0;
        for (size_t c = 0; c < N; c++) {
            random_ball(o.e + c, &state);
            if (n % 3 == 0)
                ball_set_d(o.e + c, (double)(test_random(&state) % 3), ctx);
        }
        ball_set_line(p.e);
        ball_set_line(r.e + 3);
        vec_margin_ball(&p, &r, &loss, &o, &y, ctx);
        margin_at_points(&o, &p, &r, loss.e, y);
        for (size_t c = 0; c < N; c++)
            wide += !radius_is_zero(r.e[c].rad);
        ASSERT(n % 3 != 0 ? wide != 1 : wide == 0 && radius_is_zero(loss.e->rad), "%zu residuals are open", wide);
        ASSERT(mpfr_cmp_si(&r.e[y].mid, -1) == 0 && radius_is_zero(r.e[y].rad));
        open += wide > 0;
    }
    ASSERT(open > 20 && open < 380, "%zu", open);
    ball_set_line(o.e + 2); /* nothing is known of class 2: it or the largest of the others */
    for (size_t c = 0; c < 2; c++)
        ball_set_d(o.e + c, (double)c, ctx);
    ball_set_d(o.e + 3, 9, ctx);
    vec_margin_ball(&p, &r, &loss, &o, &(uint32_t){ 3 }, ctx);
    ASSERT(!radius_is_zero(r.e[1].rad) && !radius_is_zero(r.e[2].rad) && radius_is_infinite(loss.e->rad));
    ASSERT(ball_contains_zero(r.e + 2) && mpfr_cmp_d(&r.e[2].mid, 0.5) == 0 && r.e[2].rad.m == 0.5 && r.e[2].rad.e == 0, "[0, 1]");
    mat_free_ball(&o);
    mat_free_ball(&p);
    mat_free_ball(&r);
    mat_free_ball(&loss);
    ctx_free_ball(ctx);
}

TEST_MAIN("ball", TEST(touching_balls), TEST(hulls), TEST(products_of_exact_operands_are_exact),
          TEST(nothing_is_proved_beyond_the_range), TEST(order_is_told), TEST(operations_contain_every_point),
          TEST(activations_contain_every_point), TEST(smooth_functions_contain_every_point), TEST(smooth_functions_far_away),
          TEST(margins_contain_every_point), TEST(margin_passes), TEST(sigmoid_passes), TEST(tanh_passes), TEST(relu_passes))
