/* SPDX-License-Identifier: Apache-2.0 */
/* elementwise.c -- sigma and sigma' of the same arguments: ours with radii, MPFR without, Arb, FLINT; on |z| < 8 and on the hidden
   pre-activations of the saturated sigmoid network */
#include <math.h>
#include <stdlib.h>

#include "num/random.h"
#include "pass/engine.h"
#include "product.h"
#include "rival.h"
#include "../layers.h"
#include "../shipped.h"

enum { ELEMENTS = 4096 };

typedef struct {
    mat_ball z, s, d;
    ctx_ball *ball;
    mat_mp exact, sigma, slope; /* z's midpoints, and MPFR's results */
    ctx_mp *mp;
    mpfr_t e, q;
    const rival_ops *ops;
    void *rival;
} arguments;

/* Our ways, one line each. */
static const struct way {
    const char *name;
    void (*run)(mat_ball *s, mat_ball *d, const mat_ball *z, ctx_ball *ctx);
} ways[] = {
    { "gradaudit balls", vec_sigmoid_ball },
};
enum { WAYS = sizeof ways / sizeof *ways };

typedef struct {
    arguments *a;
    const struct way *way;
} ours;

static double
run_ours(void *data)
{
    const ours *o = data;
    o->way->run(&o->a->s, &o->a->d, &o->a->z, o->a->ball);
    return 0;
}

/* How many elements of z it leaves to MPFR. */
static size_t
count_fallbacks(const arguments *a, const struct way *way)
{
    mat_ball s = a->s, d = a->d;
    const size_t before = a->ball->by_mpfr;
    way->run(&s, &d, &a->z, a->ball);
    return a->ball->by_mpfr - before;
}

/* Each operation rounded: e = e^-|z|, q = 1/(1 + e); sigma = q or e q, sigma' = e q^2. */
static double
run_mpfr(void *data)
{
    arguments *a = data;
    for (size_t i = 0; i < a->exact.cols; i++) {
        mpfr_ptr s = a->sigma.e + i, d = a->slope.e + i;
        mpfr_abs(a->e, a->exact.e + i, MPFR_RNDN);
        mpfr_neg(a->e, a->e, MPFR_RNDN);
        mpfr_exp(a->e, a->e, MPFR_RNDN);
        mpfr_add_ui(a->q, a->e, 1, MPFR_RNDN);
        mpfr_ui_div(a->q, 1, a->q, MPFR_RNDN);
        mpfr_mul(a->e, a->e, a->q, MPFR_RNDN);
        mpfr_set(s, mpfr_signbit(a->exact.e + i) ? a->e : a->q, MPFR_RNDN);
        mpfr_mul(d, a->e, a->q, MPFR_RNDN);
    }
    return 0;
}

static double
run_product(void *data)
{
    arguments *a = data;
    for (size_t i = 0; i < a->exact.cols; i++)
        mpfr_mul(a->sigma.e + i, a->exact.e + i, a->exact.e + (i > 0 ? i - 1 : 0), MPFR_RNDN);
    return 0;
}

static double
run_rival(void *data)
{
    arguments *a = data;
    a->ops->sigmoid_run(a->rival);
    return 0;
}

/* Ours encloses what MPFR computes, up to MPFR's few roundings: the same to all but the last bits. */
static void
check(const arguments *a, long bits)
{
    mpfr_t distance;
    mpfr_init2(distance, bits);
    for (size_t i = 0; i < a->z.cols; i++)
        for (int slope = 0; slope < 2; slope++) {
            mpfr_srcptr got = slope ? &a->d.e[i].mid : &a->s.e[i].mid, mpfr = slope ? a->slope.e + i : a->sigma.e + i;
            mpfr_sub(distance, got, mpfr, MPFR_RNDN);
            if (!mpfr_zero_p(distance) && mpfr_get_exp(distance) > mpfr_get_exp(mpfr) - bits + 32)
                bench_fail("sigmoid: element %zu is wrong", i);
        }
    mpfr_clear(distance);
}

/* Of hidden layers, spread over the first images. */
static void
saturated(double *z)
{
    ga_model *m = shipped_model("saturated-sigmoid");
    const size_t rows = GA_BLOCK, hidden = m->n_layers - 1;
    ga_dataset *ds = shipped_images(rows);
    const ga_estimator e = { .format = { .kind = GA_DOUBLE, .bits = 53 }, .product = GA_BLAS, .gain = 1, .logit_scale = 1 };
    double *x = bench_alloc(ga_model_inputs(m), sizeof *x);
    ga_number *of_layer = bench_alloc(65536, sizeof *of_layer);
    program *p = pass_program(m, &e, false);
    mlp_layer *layer = p != NULL ? layers_of(p, m->n_layers) : NULL;
    void *engine = engine_f64.open(&(engine_key){ m, e, rows, false, true, false }, NULL);
    random_stream r = random_start(3, 3);
    if (engine == NULL || layer == NULL)
        bench_fail("out of memory");
    engine_f64.set_rows(engine, rows, 0, rows);
    for (size_t i = 0; i < rows; i++) {
        ga_dataset_image(x, ds, i, m->dtype);
        engine_f64.set_image(engine, i, x, 0);
    }
    engine_f64.forward(engine);
    for (size_t i = 0; i < ELEMENTS; i++) {
        const size_t l = random_below(&r, hidden);
        engine_f64.numbers(of_layer, engine, layer[l].z, random_below(&r, rows));
        z[i] = engine_double(of_layer + random_below(&r, m->layer[l].n_out));
    }
    engine_f64.close(engine);
    free(layer);
    program_free(p);
    free(of_layer);
    free(x);
    ga_dataset_free(ds);
    ga_model_free(m);
}

static void
elementwise_case(bench *b, const char *name, const double *z, size_t n, long bits)
{
    const ga_estimator e = { .format = { .kind = GA_MPFR, .bits = bits }, .gain = 1, .logit_scale = 1 };
    arguments a[1 + RIVALS] = { { .ball = ctx_new_ball(&e), .mp = ctx_new_mp(&e) } };
    ours mine[WAYS];
    bench_runner r[WAYS + 2 + RIVALS]; /* times are of one element */
    size_t runners = 0;
    for (size_t i = 0; i < WAYS; i++) {
        mine[i] = (ours){ a, ways + i };
        r[runners++] = (bench_runner){ ways[i].name, run_ours, mine + i, (double)n };
    }
    r[runners++] = (bench_runner){ "MPFR, each operation rounded", run_mpfr, a, (double)n };
    r[runners++] = (bench_runner){ "one MPFR product", run_product, a, (double)n };
    if (a->ball == NULL || a->mp == NULL)
        bench_fail("out of memory");
    mat_ball *const balls[] = { &a->z, &a->s, &a->d };
    mat_mp *const numbers[] = { &a->exact, &a->sigma, &a->slope };
    for (size_t i = 0; i < 3; i++) {
        *balls[i] = mat_new_ball(1, n, bits, a->ball);
        *numbers[i] = mat_new_mp(1, n, bits, a->mp);
        if (balls[i]->e == NULL || numbers[i]->e == NULL)
            bench_fail("out of memory");
    }
    mpfr_inits2(bits, a->e, a->q, (mpfr_ptr)0);
    for (size_t i = 0; i < n; i++) {
        product_ball(a->z.e + i, z[i], a->ball);
        mpfr_set(a->exact.e + i, &a->z.e[i].mid, MPFR_RNDN);
    }
    for (size_t i = 0; i < RIVALS; i++)
        if (rivals[i].ops != NULL) {
            a[1 + i] = (arguments){ .ops = rivals[i].ops, .rival = rivals[i].ops->sigmoid_open(a->exact.e, n, bits) };
            r[runners++] = (bench_runner){ rivals[i].name, run_rival, a + 1 + i, (double)n };
        }
    bench_row *row = bench_contest(b, "elementwise", name, (double)bits, r, runners);
    run_mpfr(a);
    for (size_t i = 0; i < WAYS; i++) {
        row[i].note = (double)count_fallbacks(a, ways + i) / (double)n;
        run_ours(mine + i);
        check(a, bits);
    }
    for (size_t i = 0; i < 3; i++) {
        mat_free_ball(balls[i]);
        mat_free_mp(numbers[i]);
    }
    mpfr_clears(a->e, a->q, (mpfr_ptr)0);
    ctx_free_ball(a->ball);
    ctx_free_mp(a->mp);
    for (size_t i = 0; i < RIVALS; i++)
        if (a[1 + i].rival != NULL)
            a[1 + i].ops->sigmoid_close(a[1 + i].rival);
}

void
suite_elementwise(bench *b)
{
    static const long bits[] = { 128, 256, 512 };
    static double uniform[ELEMENTS], real[ELEMENTS];
    random_stream r = random_start(2, 2);
    const size_t n = b->quick ? 256 : ELEMENTS;
    for (size_t i = 0; i < ELEMENTS; i++)
        uniform[i] = 16 * random_uniform(&r) - 8;
    saturated(real);
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        if (b->quick && bits[i] != 256)
            continue;
        elementwise_case(b, "uniform", uniform, n, bits[i]);
        elementwise_case(b, "saturated", real, n, bits[i]);
    }
}
