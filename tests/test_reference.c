/* SPDX-License-Identifier: Apache-2.0 */
/* test_reference.c -- the reference against an implementation in Arb: every element's sign, zero, 53 bits and tail. */
#include "config.h"

#ifndef HAVE_ARB
#include <stdio.h>

int
main(void)
{
    puts("skip: Arb is not installed (Debian package libflint-dev; in Debian 12 libflint-arb-dev)");
    return 77;
}
#else
#include "arb_oracle.h"
#include "networks.h"

#include "io/datadir.h"
#include "num/mpfr_vec.h"
#include "pass/truth.h"

enum { LEAST_BITS = 512, MOST_BITS = 8192, IMAGES = TEST_SANITIZED ? 8 : 40 };

typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    const ga_estimator *e;
    size_t elements, zeros, kinks, undecided, retried; /* of ours; images of which Arb asked for more bits */
    size_t wrong;
    size_t every; /* of images without undecided elements only every so many is held against Arb */
    long bits; /* the highest precision an image needed */
    int64_t least; /* exponent */
} comparison;

typedef enum { AGREES, DIFFERS, OPEN } verdict;

/* |mantissa 2^exponent + tail + rest - g| <= radius, up to 2^-110 of g, about where Arb's ball ends; and the radius is at most
   2^-(bits-1) |g|. */
static bool
within_tail(const ga_truth *t, mpfr_srcptr g, long bits)
{
    mpfr_t distance, part, room;
    mpfr_inits2(LEAST_BITS, distance, part, room, (mpfr_ptr)0);
    mpfr_set_d(distance, t->mantissa, MPFR_RNDN);
    mpfr_mul_2si(distance, distance, (long)t->exponent, MPFR_RNDN);
    mpfr_set_d(part, t->tail.m, MPFR_RNDN);
    mpfr_mul_2si(part, part, (long)t->tail.e, MPFR_RNDN);
    mpfr_add(distance, distance, part, MPFR_RNDN);
    mpfr_set_d(part, t->rest.m, MPFR_RNDN);
    mpfr_mul_2si(part, part, (long)t->rest.e, MPFR_RNDN);
    mpfr_add(distance, distance, part, MPFR_RNDN);
    mpfr_sub(distance, distance, g, MPFR_RNDZ);
    mpfr_set_d(part, t->radius.m, MPFR_RNDN);
    mpfr_mul_2si(part, part, (long)t->radius.e, MPFR_RNDN);
    mpfr_div_2si(room, g, bits - 1, MPFR_RNDZ);
    bool inside = mpfr_cmpabs(part, room) <= 0;
    mpfr_div_2si(room, g, 110, MPFR_RNDA);
    mpfr_abs(room, room, MPFR_RNDN);
    mpfr_add(room, room, part, MPFR_RNDU);
    inside = inside && mpfr_cmpabs(distance, room) <= 0;
    mpfr_clears(distance, part, room, (mpfr_ptr)0);
    return inside;
}

/* Whether a halfway point of binary64 is in the enclosure: then the true value may round to another number than its middle does. */
static bool
holds_a_tie(const ga_truth *t)
{
    mpfr_t low, high;
    mpfr_inits2(LEAST_BITS, low, high, (mpfr_ptr)0);
    truth_ends(low, high, t);
    mpfr_prec_round(low, 53, MPFR_RNDN);
    mpfr_prec_round(high, 53, MPFR_RNDN);
    const bool two = !mpfr_equal_p(low, high);
    mpfr_clears(low, high, (mpfr_ptr)0);
    return two;
}

/* Both ends of Arb's ball, outward at a high precision, round to t: then so does every point between. */
static verdict
rounds_to(const ga_truth *t, const arb_t g, long bits)
{
    mpfr_t low, high, end, want;
    mpfr_inits2(LEAST_BITS, low, high, (mpfr_ptr)0);
    mpfr_inits2(53, end, want, (mpfr_ptr)0);
    arb_get_interval_mpfr(low, high, g);
    mpfr_set_d(want, t->mantissa, MPFR_RNDN);
    mpfr_mul_2si(want, want, (long)t->exponent, MPFR_RNDN);
    const bool from_low = (mpfr_set(end, low, MPFR_RNDN), mpfr_equal_p(end, want)) != 0;
    const bool from_high = (mpfr_set(end, high, MPFR_RNDN), mpfr_equal_p(end, want)) != 0;
    mpfr_set(want, low, MPFR_RNDN);
    mpfr_set(end, high, MPFR_RNDN);
    const bool open = !mpfr_equal_p(end, want), tail = within_tail(t, low, bits) && within_tail(t, high, bits);
    mpfr_clears(low, high, end, want, (mpfr_ptr)0);
    return tail && ((from_low && from_high) || holds_a_tie(t)) ? AGREES : open ? OPEN : DIFFERS;
}

/* No point of Arb's ball is known to be beyond the bound. */
static verdict
within(int64_t bound, const arb_t g)
{
    arf_t least;
    arf_init(least);
    arb_get_abs_lbound_arf(least, g, LEAST_BITS);
    const bool inside = arf_cmpabs_2exp_si(least, (slong)bound) <= 0;
    arf_clear(least);
    return inside ? AGREES : DIFFERS;
}

/* Zero in MPFR, or no further from it than a few of its least numbers. */
static bool
below_range(mpfr_srcptr g)
{
    return mpfr_zero_p(g) || mpfr_get_exp(g) < mpfr_get_emin() + 5000;
}

/* Twice the reference's limit does not decide what g rounds to, or g is below MPFR's range. */
static verdict
beyond_proof(const arb_t g, slong bits)
{
    mpfr_t low, high;
    if (bits < MOST_BITS)
        return OPEN;
    mpfr_inits2(MOST_BITS, low, high, (mpfr_ptr)0);
    arb_get_interval_mpfr(low, high, g);
    const bool beyond = mpfr_cmpabs(low, high) > 0 ? below_range(low) : below_range(high);
    mpfr_prec_round(low, 53, MPFR_RNDN);
    mpfr_prec_round(high, 53, MPFR_RNDN);
    const bool open = beyond || arb_contains_zero(g) || !mpfr_equal_p(low, high);
    mpfr_clears(low, high, (mpfr_ptr)0);
    return open ? AGREES : DIFFERS;
}

/* Arb cannot prove a zero by cancellation where it has dropped a bit: a ball around 0 is open, {0} is not. */
static verdict
compare(const ga_truth *t, const arb_t g, long bits, slong arb_bits)
{
    if (t->state == GA_UNDECIDED_ELEMENT)
        return within(t->bound, g) == DIFFERS ? DIFFERS : bits > 1 ? beyond_proof(g, arb_bits) : AGREES;
    if (arb_is_zero(g))
        return t->state == GA_TRUE_ZERO ? AGREES : DIFFERS;
    if (arb_contains_zero(g))
        return OPEN;
    if (t->state == GA_TRUE_ZERO || t->sign != (arb_is_positive(g) ? 1 : -1) || (t->mantissa < 0) != (t->sign < 0))
        return DIFFERS;
    return fabs(t->mantissa) >= 1 && fabs(t->mantissa) < 2 ? rounds_to(t, g, bits) : DIFFERS;
}

static size_t
count_undecided(const ga_truth *t, size_t n)
{
    size_t undecided = 0;
    for (size_t i = 0; i < n; i++)
        undecided += t[i].state == GA_UNDECIDED_ELEMENT;
    return undecided;
}

/* Where Arb in twice the limit does not decide a kink or the margin's class either, there is nothing to compare. */
static verdict
compare_image(const ga_truth *t, const oracle *o, arb_srcptr dx, size_t kinks, long bits, size_t *wrong)
{
    *wrong = 0;
    if (o->bits >= MOST_BITS && !o->decided && count_undecided(t, ga_model_inputs(o->model)) > 0)
        return AGREES;
    *wrong = o->decided && kinks > o->kinks;
    for (size_t i = 0; i < ga_model_inputs(o->model); i++) {
        const verdict v = compare(t + i, dx + i, bits, o->bits);
        if (v == OPEN)
            return OPEN;
        *wrong += v == DIFFERS;
    }
    return o->decided ? AGREES : OPEN;
}

static void
add_image(comparison *c, const ga_block *b, size_t i, const ga_truth *t, size_t wrong, bool retried)
{
    c->wrong += wrong;
    c->retried += retried;
    c->kinks += ga_block_kinks(b, i);
    c->bits = ga_block_bits(b, i) > c->bits ? ga_block_bits(b, i) : c->bits;
    c->elements += ga_block_elements(b);
    for (size_t k = 0; k < ga_block_elements(b); k++) {
        c->zeros += t[k].state == GA_TRUE_ZERO;
        c->undecided += t[k].state == GA_UNDECIDED_ELEMENT;
        c->least = t[k].state == GA_TRUE_NONZERO && t[k].exponent < c->least ? t[k].exponent : c->least;
    }
}

static ga_code
check_block(void *data, const ga_block *b, ga_status *st)
{
    comparison *c = data;
    const size_t n = ga_block_elements(b);
    ga_truth *t = malloc(n * sizeof *t);
    double *x = malloc(n * sizeof *x);
    arb_ptr dx = _arb_vec_init((slong)n);
    (void)st;
    for (size_t i = 0; i < ga_block_images(b); i++) {
        oracle o = { .model = c->model, .gain = c->e->gain, .logit_scale = c->e->logit_scale, .bits = LEAST_BITS,
                     .margin = c->e->loss == GA_MARGIN };
        const size_t image = ga_block_first(b) + i;
        size_t wrong = 0;
        verdict v;
        ga_dataset_image(x, c->ds, image, c->model->dtype);
        bool there = ga_block_truth(t, b, i);
        for (v = image % c->every == 0 || count_undecided(t, n) > 0 ? OPEN : AGREES; v == OPEN && o.bits <= MOST_BITS;
             o.bits *= 2) {
            oracle_gradient(dx, &o, x, c->ds->label[image]);
            v = compare_image(t, &o, dx, ga_block_kinks(b, i), c->e->format.reference_bits, &wrong);
        }
#pragma omp critical(add)
        add_image(c, b, i, t, there && v != OPEN ? wrong : n, o.bits > 2 * LEAST_BITS);
    }
    _arb_vec_clear(dx, (slong)n);
    free(t);
    free(x);
    flint_cleanup();
    return GA_OK;
}

static comparison
check_some(const ga_model *m, const ga_dataset *ds, const ga_estimator *e, size_t first, size_t images, size_t every)
{
    comparison c = { .model = m, .ds = ds, .e = e, .every = every };
    const ga_range range = { first, first + images - 1 };
    ASSERT(ga_gradient(m, ds, range, e, 0, &(ga_sink){ .parallel = check_block, .data = &c }, NULL) == GA_OK);
    ASSERT(c.wrong == 0 && c.elements == images * 784, "%zu of %zu elements differ", c.wrong, c.elements);
    printf("\n    %4ld bits gain %.1g%s: %zu agree, %zu zeros, %zu undecided, %zu kinks, least 2^%lld; Arb took more bits on "
           "%zu images", c.bits, e->gain, e->loss == GA_MARGIN ? " margin" : "", c.elements - c.wrong, c.zeros, c.undecided,
           c.kinks, (long long)c.least, c.retried);
    return c;
}

static comparison
check_images(const ga_model *m, const ga_dataset *ds, const ga_estimator *e, size_t first, size_t images)
{
    return check_some(m, ds, e, first, images, 1);
}

/* Networks from tame to saturated on images of ds. Once up to the limit, which decides all that Arb can decide in twice its bits;
   and once in 64 bits where any radius below half the midpoint will do, so that claims are made to the last bit that the radii
   allow. */
static size_t
check_networks(const ga_activation *activation, const char *name, const ga_dataset *ds, ga_dtype dtype)
{
    static const size_t sizes[] = { 784, 6, 5, 10 };
    static const double scales[] = { 1, 30, 3000, 100000 };
    uint64_t state = test_seed();
    size_t elements = 0;
    mpfr_vec_widest_range();
    for (size_t i = 0; i < 8; i++) {
        ga_estimator e = network_estimator("exact", GA_REWRITE, GA_PRODUCT_DEFAULT);
        e.gain = i % 2 == 0 ? 1 : 0.0003f;
        e.logit_scale = i >= 6 ? 0.001f : 1;
        ga_model *m = network_new(dtype, 3, sizes, activation, scales[i / 2], &state);
        printf("\n  %s %s scale %g:", dtype == GA_F32 ? "F32" : "F64", name, scales[i / 2]);
        const size_t first = test_random(&state) % (ds->n - IMAGES);
        const comparison all = check_images(m, ds, &e, first, IMAGES);
        ASSERT(all.undecided * 1000 < all.elements, "%zu elements are not decided", all.undecided);
        e.format.bits = 64;
        e.format.reference_bits = 1;
        check_images(m, ds, &e, first, 10);
        e.loss = GA_MARGIN;
        check_images(m, ds, &e, first, 10);
        e.format.bits = GA_REFERENCE_MAX_BITS;
        e.format.reference_bits = 0;
        ASSERT(check_images(m, ds, &e, first, 10).undecided == 0);
        e.loss = GA_CROSS_ENTROPY;
        e.product = GA_LOOP;
        ASSERT(check_images(m, ds, &e, first, 4).undecided * 1000 < 4 * 784);
        elements += all.elements - all.wrong;
        ga_model_free(m);
    }
    return elements;
}

/* Of the data directory; valid until the next call. */
static const char *
data_path(const char *folder, const char *name)
{
    static char path[4096];
    char *directory = datadir(NULL);
    snprintf(path, sizeof path, "%s/%s%s", directory, folder, name);
    free(directory);
    return path;
}

static ga_dataset *
read_digits(void)
{
    ga_dataset *digits = NULL;
    if (!ASSERT(ga_dataset_read_mnist(&digits, data_path("mnist", ""), "t10k", NULL) == GA_OK))
        exit(1);
    return digits;
}

/* 784 x 40 images x 8 settings x 6 kinds: over a million elements; a fifth under sanitizers. */
static void
agrees_with_arb(void)
{
    static const ga_activation kinds[][2] = { { GA_SIGMOID, GA_SIGMOID }, { GA_TANH, GA_TANH }, { GA_RELU, GA_RELU },
                                              { GA_RELU, GA_SIGMOID }, { GA_LINEAR, GA_SIGMOID }, { GA_TANH, GA_LINEAR } };
    static const char *const name[] = { "sigmoid", "tanh", "relu", "relu,sigmoid", "linear,sigmoid", "tanh,linear" };
    ga_dataset *digits = read_digits();
    size_t elements = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        elements += check_networks(kinds[k], name[k], digits, k == 1 ? GA_F64 : GA_F32);
    printf("\n  %zu elements agree with Arb\n", elements);
    ASSERT(elements >= (TEST_SANITIZED ? 200000 : 1000000));
    ga_dataset_free(digits);
}

/* How the weights of a network are drawn. */
typedef enum { SPARSE, SPREAD, DEEP, DROWNED, SATURATED, NEAR, N_KINDS } kind;

static double
draw_weight(kind k, size_t unit, size_t input, uint64_t *state)
{
    const double x = network_uniform(state);
    const uint64_t r = test_random(state);
    switch (k) {
    case SPARSE:
        return r % 3 == 0 ? x : 0;
    case SPREAD:
        return r % 2 == 0 ? ldexp(x, (int)(r / 2 % 61) - 40) : 0;
    case DEEP: /* layers of them: down to 2^-4000 */
        return r % 2 == 0 ? ldexp(x, -(int)(r / 2 % 1000)) : 0;
    case DROWNED: /* one unit is far above the others, which are far apart */
        return r % 3 == 0 ? 0 : unit == 0 ? ldexp(x, 8) : r % 4 == 0 ? ldexp(x, -(int)(r / 12 % 1000)) : x;
    case SATURATED:
        return x * 300;
    default: /* pixels next to each other cancel, or do but for their last bits */
        return input % 2 == 0 ? -0.5 : r % 2 == 0 ? 0.5 : 0.5 + 0x1p-51;
    }
}

static ga_model *
draw_network(kind k, uint64_t *state)
{
    const ga_activation any[] = { GA_SIGMOID, GA_TANH, GA_RELU, GA_LINEAR };
    const size_t n_layers = 2 + test_random(state) % 3;
    size_t sizes[5] = { 784 };
    ga_activation activation[3];
    for (size_t l = 0; l < 3; l++)
        activation[l] = any[test_random(state) % 4];
    for (size_t l = 1; l <= n_layers; l++)
        sizes[l] = l == n_layers ? 10 : 2 + test_random(state) % 9;
    ga_model *m = network_new(GA_F64, n_layers, sizes, activation, 1, state);
    for (size_t l = 0; l < n_layers; l++) {
        const ga_layer *layer = m->layer + l;
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
            ga_model_set(m, layer->weight, i, draw_weight(k, i / layer->n_in, i % layer->n_in, state));
        for (size_t i = 0; i < layer->n_out; i++)
            ga_model_set(m, layer->bias, i, test_random(state) % 2 == 0 ? 0 : draw_weight(k, i, 1, state));
    }
    return m;
}

/* At the default limit, of a million elements none but those that twice the limit does not decide either. */
static void
only_cancellations_stay_undecided(void)
{
    enum { NETWORKS = 6, SOME = 20 };
    static const char *const name[] = { "sparse", "spread", "deep", "drowned", "saturated", "near" };
    ga_dataset *digits = read_digits();
    uint64_t state = test_seed();
    size_t elements = 0;
    mpfr_vec_widest_range();
    for (kind k = 0; k < N_KINDS; k++)
        for (size_t i = 0; i < NETWORKS; i++) {
            ga_estimator e = network_estimator("exact", GA_REWRITE, GA_PRODUCT_DEFAULT);
            ga_model *m = draw_network(k, &state);
            const size_t first = test_random(&state) % (digits->n - SOME);
            printf("\n  %s, %zu layers:", name[k], m->n_layers);
            /* Where rows are equal, the class of the margin and zeros by cancellation are beyond Arb at any precision. */
            for (e.loss = GA_CROSS_ENTROPY; e.loss <= (k == NEAR ? GA_CROSS_ENTROPY : GA_MARGIN); e.loss++) {
                const comparison c = check_some(m, digits, &e, first, SOME, 10);
                ASSERT(k == SATURATED || k == NEAR || c.undecided == 0, "%s: %zu undecided", name[k], c.undecided);
                elements += c.elements - c.wrong;
            }
            ga_model_free(m);
        }
    printf("\n  %zu elements\n", elements);
    ASSERT(elements >= 1000000);
    ga_dataset_free(digits);
}

static void
agrees_on_the_shipped_networks(void)
{
    static const char *const name[] = { "vanilla-sigmoid.safetensors", "saturated-sigmoid.safetensors", "vanilla-relu.safetensors",
                                        "saturated-relu.safetensors" };
    ga_dataset *digits = read_digits();
    mpfr_vec_widest_range();
    for (size_t k = 0; k < 4; k++) {
        ga_model *m = NULL;
        ga_estimator e = network_estimator("exact", GA_REWRITE, GA_PRODUCT_DEFAULT);
        printf("\n  %s:", name[k]);
        if (!ASSERT(ga_model_load(&m, data_path("models/", name[k]), NULL, NULL) == GA_OK))
            continue;
        const comparison c = check_images(m, digits, &e, 0, 4);
        ASSERT(c.undecided == 0);
        e.gain = 0.0003f;
        e.logit_scale = k < 2 ? 1 : 0.001f;
        check_images(m, digits, &e, 4, 2);
        e.loss = GA_MARGIN;
        ASSERT(check_images(m, digits, &e, 4, 2).undecided == 0);
        e.gain = e.logit_scale = 1;
        ASSERT(check_images(m, digits, &e, 0, 4).undecided == 0);
        ga_model_free(m);
    }
    ga_dataset_free(digits);
}

TEST_MAIN("reference", TEST(agrees_with_arb), TEST(only_cancellations_stay_undecided), TEST(agrees_on_the_shipped_networks))
#endif
