/* SPDX-License-Identifier: Apache-2.0 */
/* test_reference.c -- the reference against an implementation in Arb: every element's sign, zero, 53 bits and tail. */
#include "config.h"

#ifndef HAVE_ARB
#include <stdio.h>

int
main(void)
{
    puts("skip: Arb is not installed (Debian package libflint-arb-dev)");
    return 77;
}
#else
#include "arb_oracle.h"
#include "networks.h"

#include "io/datadir.h"
#include "num/mpfr_vec.h"

enum { LEAST_BITS = 512, MOST_BITS = 8192, IMAGES = TEST_SANITIZED ? 8 : 40 };

typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    const ga_estimator *e;
    size_t elements, zeros, kinks, undecided, retried; /* of ours; images of which Arb asked for more bits */
    size_t wrong;
    long bits; /* the highest precision an image needed */
    int64_t least; /* exponent */
} comparison;

typedef enum { AGREES, DIFFERS, OPEN } verdict;

/* |(mantissa + tail) 2^exponent - g| <= 2^-(bits-1) |g|. */
static bool
within_tail(const ga_truth *t, mpfr_srcptr g, long bits)
{
    mpfr_t distance, room;
    mpfr_inits2(LEAST_BITS, distance, room, (mpfr_ptr)0);
    mpfr_set_d(distance, t->mantissa, MPFR_RNDN);
    mpfr_add_d(distance, distance, t->tail, MPFR_RNDN);
    mpfr_mul_2si(distance, distance, (long)t->exponent, MPFR_RNDN);
    mpfr_sub(distance, distance, g, MPFR_RNDA);
    mpfr_div_2si(room, g, bits - 1, MPFR_RNDZ);
    const bool inside = mpfr_cmpabs(distance, room) <= 0;
    mpfr_clears(distance, room, (mpfr_ptr)0);
    return inside;
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
    return from_low && from_high && tail ? AGREES : open ? OPEN : DIFFERS;
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

/* Twice the reference's limit does not decide what g rounds to: D (1 - 2^-10^8), where D is a tie of dyadic weights and 1 - 2^-10^8
   the residual of a saturated ReLU network that is wrong. */
static verdict
beyond_proof(const arb_t g, slong bits)
{
    mpfr_t low, high;
    if (bits < MOST_BITS)
        return OPEN;
    mpfr_inits2(MOST_BITS, low, high, (mpfr_ptr)0);
    arb_get_interval_mpfr(low, high, g);
    mpfr_prec_round(low, 53, MPFR_RNDN);
    mpfr_prec_round(high, 53, MPFR_RNDN);
    const bool open = arb_contains_zero(g) || !mpfr_equal_p(low, high);
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

static verdict
compare_image(const ga_truth *t, const oracle *o, arb_srcptr dx, size_t kinks, long bits, size_t *wrong)
{
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
        verdict v = OPEN;
        ga_dataset_image(x, c->ds, image, c->model->dtype);
        bool there = ga_block_truth(t, b, i);
        for (; v == OPEN && o.bits <= MOST_BITS; o.bits *= 2) {
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
check_images(const ga_model *m, const ga_dataset *ds, const ga_estimator *e, size_t first, size_t images)
{
    comparison c = { .model = m, .ds = ds, .e = e };
    const ga_range range = { first, first + images - 1 };
    ASSERT(ga_gradient(m, ds, range, e, 0, &(ga_sink){ .parallel = check_block, .data = &c }, NULL) == GA_OK);
    ASSERT(c.wrong == 0 && c.elements == images * 784, "%zu of %zu elements differ", c.wrong, c.elements);
    printf("\n    %4ld bits gain %.1g%s: %zu agree, %zu zeros, %zu undecided, %zu kinks, least 2^%lld; Arb took more bits on "
           "%zu images", c.bits, e->gain, e->loss == GA_MARGIN ? " margin" : "", c.elements - c.wrong, c.zeros, c.undecided,
           c.kinks, (long long)c.least, c.retried);
    return c;
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

/* 784 x 40 images x 8 settings x 4 kinds: a million elements; a fifth under sanitizers. */
static void
agrees_with_arb(void)
{
    static const ga_activation kinds[][2] = { { GA_SIGMOID, GA_SIGMOID }, { GA_TANH, GA_TANH }, { GA_RELU, GA_RELU },
                                              { GA_RELU, GA_SIGMOID } };
    static const char *const name[] = { "sigmoid", "tanh", "relu", "relu,sigmoid" };
    ga_dataset *digits = read_digits();
    size_t elements = 0;
    for (size_t k = 0; k < 4; k++)
        elements += check_networks(kinds[k], name[k], digits, k == 1 ? GA_F64 : GA_F32);
    printf("\n  %zu elements agree with Arb\n", elements);
    ASSERT(elements >= (TEST_SANITIZED ? 200000 : 1000000));
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

TEST_MAIN("reference", TEST(agrees_with_arb), TEST(agrees_on_the_shipped_networks))
#endif
