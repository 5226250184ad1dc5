/* SPDX-License-Identifier: Apache-2.0 */
/* test_planted_truth.c -- networks of a few units whose gradient is known by hand: exact zeros, kinks, the limits of proof.

   Pixels are 255, which is 1 exactly, or 0. If the logits of two classes are equal, p = 1/2 exactly and all is dyadic. */
#include <string.h>
#include <sys/wait.h>

#include "core/attack.h"

#include "networks.h"
#include "scratch.h"

#include "num/mpfr_vec.h"
#include "pass/truth.h"

enum { MOST_INPUTS = 4 };

/* The values of each layer in turn, weights row by row and then biases. */
static ga_model *
planted_of(ga_dtype dtype, size_t n_layers, const size_t *sizes, const ga_activation *hidden, const double *value)
{
    ga_model *m = ga_model_new(dtype, n_layers, sizes, hidden, NULL);
    if (m == NULL)
        exit(99);
    for (size_t l = 0; l < n_layers; l++) {
        const ga_layer *layer = m->layer + l;
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
            ga_model_set(m, layer->weight, i, *value++);
        for (size_t i = 0; i < layer->n_out; i++)
            ga_model_set(m, layer->bias, i, *value++);
    }
    return m;
}

static ga_model *
planted(ga_dtype dtype, size_t n_layers, const size_t *sizes, ga_activation activation, const double *value)
{
    const ga_activation hidden[] = { activation, activation };
    return planted_of(dtype, n_layers, sizes, hidden, value);
}

typedef struct {
    ga_truth g[MOST_INPUTS];
    size_t kinks;
    long bits;
} answer;

/* The gradient as numbers says the same as the truth. */
static void
check_numbers(const ga_truth *t, const ga_block *b)
{
    ga_number g[MOST_INPUTS];
    ga_block_row(g, b, 0);
    for (size_t i = 0; i < ga_block_elements(b); i++)
        ASSERT(t[i].state == GA_TRUE_ZERO ? g[i].klass == GA_ZERO
               : t[i].state == GA_UNDECIDED_ELEMENT
                   ? g[i].klass == GA_UNKNOWN && g[i].sign == 0 && isnan(g[i].mantissa) && g[i].exponent == t[i].bound
               : g[i].klass == GA_NORMAL && g[i].sign == t[i].sign && g[i].mantissa == t[i].mantissa &&
                     g[i].exponent == t[i].exponent,
               "element %zu", i);
}

static ga_code
keep(void *data, const ga_block *b, ga_status *st)
{
    answer *a = data;
    (void)st;
    ga_block_truth(a->g, b, 0);
    a->kinks = ga_block_kinks(b, 0);
    a->bits = ga_block_bits(b, 0);
    check_numbers(a->g, b);
    return GA_OK;
}

/* The truth of one image of ones with label 0; frees the model. */
static answer
ask_loss(ga_model *m, long max_bits, long reference_bits, double logit_scale, ga_loss loss)
{
    uint8_t pixel[MOST_INPUTS] = { 255, 255, 255, 255 };
    uint32_t label = 0;
    const ga_dataset ds = { .n = 1, .rows = 1, .cols = ga_model_inputs(m), .pixel = pixel, .label = &label };
    ga_estimator e = network_estimator("exact", GA_REWRITE, GA_PRODUCT_DEFAULT);
    answer a = { .kinks = 99 };
    e.format.bits = max_bits;
    e.format.reference_bits = reference_bits;
    e.logit_scale = logit_scale;
    e.loss = loss;
    mpfr_vec_widest_range();
    ASSERT(ga_gradient(m, &ds, (ga_range){ 0, 0 }, &e, 1, &(ga_sink){ .ordered = keep, .data = &a }, NULL) == GA_OK);
    ga_model_free(m);
    return a;
}

static answer
ask_scaled(ga_model *m, long max_bits, long reference_bits, double logit_scale)
{
    return ask_loss(m, max_bits, reference_bits, logit_scale, GA_CROSS_ENTROPY);
}

static answer
ask_margin(ga_model *m, long max_bits, double logit_scale)
{
    return ask_loss(m, max_bits, GA_REFERENCE_BITS, logit_scale, GA_MARGIN);
}

static answer
ask(ga_model *m, long max_bits)
{
    return ask_scaled(m, max_bits, GA_REFERENCE_BITS, 1);
}

static bool
is_zero(const ga_truth *t)
{
    return t->state == GA_TRUE_ZERO && t->sign == 0;
}

static bool
is(const ga_truth *t, double value)
{
    return t->state == GA_TRUE_NONZERO && t->sign == (value < 0 ? -1 : 1) && ldexp(t->mantissa, (int)t->exponent) == value;
}

/* Undecided, and the bound is no less than the truth and at most 2^most. */
static bool
is_open(const ga_truth *t, int64_t truth, int64_t most)
{
    return t->state == GA_UNDECIDED_ELEMENT && t->sign == 0 && t->bound >= truth && t->bound <= most;
}

/* Two units with the same weights (1, 2, -1) + 1/2 and outgoing weights 3, -3 and w, -5: with w = 5 the logits are equal, and the
   units' deltas +-(1/2)(5 - 3) = +-1 cancel in each element. */
static ga_model *
twins(ga_activation activation, double scale, double w)
{
    static const size_t sizes[] = { 3, 2, 2 };
    const double s = scale, value[] = { s, 2 * s, -s, s, 2 * s, -s, s / 2, s / 2, 3, -3, w, -5, 0.25, 0.25 };
    return planted(GA_F32, 2, sizes, activation, value);
}

static void
twins_cancel_exactly(void)
{
    const answer a = ask_scaled(twins(GA_RELU, 1, 5), 128, 4000, 1); /* a radius below 2^-4000 |g| is 0 */
    for (size_t i = 0; i < 3; i++)
        ASSERT(is_zero(a.g + i), "element %zu", i);
    ASSERT(a.bits == 128 && a.kinks == 0);
    const answer other = ask(twins(GA_RELU, 1, 5.5), 4096);
    const double p = 1 / (1 + exp(-1.25)); /* o_1 - o_0 = 2.5/2, the deltas are 2.5 p_1 and -2 p_1: dx = 0.5 p_1 (1, 2, -1) */
    for (size_t i = 0; i < 3; i++)
        ASSERT(other.g[i].state == GA_TRUE_NONZERO && other.g[i].sign == (i < 2 ? 1 : -1));
    ASSERT_ULP(ldexp(other.g[1].mantissa, (int)other.g[1].exponent), p, 4);
}

/* sigma(2.5) is not dyadic, and no ball around a difference of equals gets rid of its radius. */
static void
twins_of_sigmoids_stay_open(void)
{
    for (long bits = 128; bits <= 1024; bits *= 2) {
        const answer a = ask(twins(GA_SIGMOID, 1, 5), bits);
        ASSERT(a.bits == bits, "%ld bits", a.bits);
        for (size_t i = 0; i < 3; i++)
            ASSERT(is_open(a.g + i, -bits - 10, 10 - bits), "bound 2^%lld at %ld bits", (long long)a.g[i].bound, bits);
    }
    const answer far = ask(twins(GA_SIGMOID, 32000, 5), 256); /* sigma'(80000) = 2^-115415 */
    for (size_t i = 0; i < 3; i++)
        ASSERT(is_open(far.g + i, -116000, -115600), "bound 2^%lld", (long long)far.g[i].bound);
}

/* Equal logits 3/4 + 1/4 - 1 and 0 through a ReLU at 1/2: p = 1/2, dx = W (v_1 - v_0)/2, and no bit is dropped. */
static void
dyadic_gradients_have_no_radius(void)
{
    static const size_t sizes[] = { 2, 1, 2 };
    static const double value[] = { 0.375, 0.0625, 0.0625, 6, 0.5, -2.75, 0 };
    const answer a = ask_scaled(planted(GA_F64, 2, sizes, GA_RELU, value), 128, 4000, 1);
    ASSERT(is(a.g, 0.375 * -2.75) && is(a.g + 1, 0.0625 * -2.75) && a.bits == 128);
    const answer other = ask_scaled(twins(GA_RELU, 1, 5.5), 256, 4000, 1); /* decided, were it not for the radius */
    ASSERT(is_open(other.g, -1, 0) && is_open(other.g + 1, -1, 1) && other.bits == 256);
}

/* Unit 0 sees 1 - 1 = 0, a kink; unit 1 only the third pixel. o = (0, 2): dx_2 = 2 p_1 = 1 + tanh 1. */
static void
kinks_are_counted(void)
{
    static const size_t sizes[] = { 3, 2, 2 };
    double value[] = { 1, -1, 0, 0, 0, 1, 0, 0, 7, 0, -7, 2, 0, 0 };
    const answer a = ask(planted(GA_F32, 2, sizes, GA_RELU, value), 4096);
    ASSERT(a.kinks == 1 && a.bits == 128 && is_zero(a.g) && is_zero(a.g + 1));
    ASSERT(is(a.g + 2, 1.76159415595576488811945828260479359041));
    value[6] = -0x1p-149; /* no kink: dead */
    const answer dead = ask(planted(GA_F32, 2, sizes, GA_RELU, value), 4096);
    ASSERT(dead.kinks == 0 && is_zero(dead.g) && is_zero(dead.g + 1) && !is_zero(dead.g + 2));
    value[6] = 0x1p-149; /* no kink: alive, and o = (0, 2) but for 2^-146: dx_0 = -14 p_1 */
    const answer alive = ask(planted(GA_F32, 2, sizes, GA_RELU, value), 4096);
    ASSERT(alive.kinks == 0 && is(alive.g, -12.33115909169035421683620797823355513284));
}

/* Pixel 1 has no weight, unit 1 no outgoing weight. */
static void
zero_weights_are_zeros(void)
{
    static const size_t sizes[] = { 3, 2, 2 };
    double value[] = { 0.1, 0, 0, 0.3, 0, 0.7, 0.1, 0.2, 1, 0, 2, 0, 0.3, 0.1 };
    const answer a = ask(planted(GA_F64, 2, sizes, GA_SIGMOID, value), 4096);
    ASSERT(a.g[0].state == GA_TRUE_NONZERO && a.g[0].sign == 1 && is_zero(a.g + 1) && is_zero(a.g + 2) && a.bits == 128);
    value[8] = value[10] = 0;
    const answer none = ask(planted(GA_F64, 2, sizes, GA_TANH, value), 4096);
    ASSERT(is_zero(none.g) && is_zero(none.g + 1) && is_zero(none.g + 2));
}

static void
dead_units_are_zeros(void)
{
    static const size_t sizes[] = { 3, 2, 2 };
    static const double value[] = { 0.1, 0.2, 0.3, -5, 0.3, 0.7, -0.7, 0.2, 1, 4, 2, 3, 0.3, 0.1 };
    const answer a = ask(planted(GA_F64, 2, sizes, GA_RELU, value), 4096);
    for (size_t i = 0; i < 3; i++)
        ASSERT(is_zero(a.g + i), "element %zu", i);
    ASSERT(a.kinks == 0 && a.bits == 128);
}

/* One unit at z = w = +-100000 and o = (0, sigma(z)), sigma within e^-100000 of 1 or 0: dx = w e^-100000 p_1, p_1 = 1/(1 + 1/e) or
   1/2. */
static void
far_pre_activations(void)
{
    static const size_t sizes[] = { 1, 1, 2 };
    mpfr_t want, p;
    mpfr_inits2(200, want, p, (mpfr_ptr)0);
    mpfr_vec_widest_range();
    for (int sign = -1; sign <= 1; sign += 2) {
        const double value[] = { sign * 100000.0, 0, 0, 1, 0, 0 };
        const answer a = ask(planted(GA_F32, 2, sizes, GA_SIGMOID, value), 4096);
        mpfr_set_si(p, sign > 0 ? -1 : 0, MPFR_RNDN);
        mpfr_exp(p, p, MPFR_RNDN);
        mpfr_add_ui(p, p, 1, MPFR_RNDN);
        mpfr_set_si(want, -100000, MPFR_RNDN);
        mpfr_exp(want, want, MPFR_RNDN);
        mpfr_mul_si(want, want, sign * 100000, MPFR_RNDN);
        mpfr_div(want, want, p, MPFR_RNDN);
        ga_truth t = { .state = GA_TRUE_NONZERO, .sign = sign };
        long exponent;
        t.mantissa = 2 * mpfr_get_d_2exp(&exponent, want, MPFR_RNDN);
        t.exponent = exponent - 1;
        mpfr_div_2si(want, want, t.exponent, MPFR_RNDN);
        mpfr_sub_d(want, want, t.mantissa, MPFR_RNDN);
        ASSERT_ULP(a.g[0].tail.m, mpfr_get_d(want, MPFR_RNDN), 0x1p27); /* known to 2^-80 of it, and below 2^-53 */
        ASSERT(a.g[0].state == t.state && a.g[0].sign == sign && a.g[0].mantissa == t.mantissa && a.g[0].exponent == t.exponent,
               "%a 2^%lld, want %a 2^%lld", a.g[0].mantissa, (long long)a.g[0].exponent, t.mantissa, (long long)t.exponent);
        ASSERT(t.exponent == -144254, "2^%lld", (long long)t.exponent);
    }
    mpfr_clears(want, p, (mpfr_ptr)0);
}

/* a = (x_0 + d x_1, x_2), z = a_0 - a_1 = d, o = (0, z). For d > 0 dx = p_1 (1, d, -1) with p_1 = 1/(1 + e^-d), 1/2 rounded; for
   d < 0 zero. As long as the precision rounds 1 + d to 1 the sign of z is open. out is z's outgoing weight, 1 above. */
static ga_model *
near_kink_to(double out, double d)
{
    static const size_t sizes[] = { 3, 2, 1, 2 };
    const double value[] = { 1, d, 0, 0, 0, 1, 0, 0, 1, -1, 0, 0, out, 0, 0 };
    return planted(GA_F64, 3, sizes, GA_RELU, value);
}

static ga_model *
near_kink(double d)
{
    return near_kink_to(1, d);
}

static void
near_kinks_take_more_bits(void)
{
    static const struct { int exponent; long bits; } cases[] = { { -100, 128 }, { -140, 256 }, { -300, 512 }, { -1000, 1024 } };
    for (size_t i = 0; i < 4; i++) {
        const double d = ldexp(1, cases[i].exponent);
        const answer on = ask(near_kink(d), 4096), off = ask(near_kink(-d), 4096);
        ASSERT(is(on.g, 0.5) && is(on.g + 1, d / 2) && is(on.g + 2, -0.5) && on.kinks == 0, "2^%d", cases[i].exponent);
        ASSERT(is_zero(off.g) && is_zero(off.g + 1) && is_zero(off.g + 2) && off.kinks == 0, "2^%d", cases[i].exponent);
        ASSERT(on.bits == cases[i].bits && off.bits == cases[i].bits, "%ld and %ld bits", on.bits, off.bits);
    }
    const answer none = ask(near_kink(0), 4096);
    ASSERT(none.kinks == 1 && none.bits == 128 && is_zero(none.g) && is_zero(none.g + 1) && is_zero(none.g + 2));
    const answer unused = ask(near_kink_to(0, 0x1p-140), 4096); /* zero in 128 bits, but is there a kink? */
    ASSERT(unused.kinks == 0 && unused.bits == 256 && is_zero(unused.g) && is_zero(unused.g + 1) && is_zero(unused.g + 2));
    const answer low = ask(near_kink(0x1p-700), 512); /* the derivative is 0 or 1: |dx| <= (1, d, 1) */
    ASSERT(is_open(low.g, -1, 1) && is_open(low.g + 1, -701, -699) && is_open(low.g + 2, -1, 1));
    ASSERT(low.bits == 512 && low.kinks == 0);
}

/* sigma'(1e19) = 2^-1.4e19 is below MPFR's least number, 2^-4.6e18, and so is p_1 where o_0 - o_1 = 1e19: no zero, and no sign
   either. */
static void
below_the_range_of_mpfr(void)
{
    static const size_t sizes[] = { 1, 1, 2 };
    static const int64_t most = -4600000000000000000;
    static const ga_activation all[] = { GA_SIGMOID, GA_TANH, GA_RELU };
    for (size_t i = 0; i < 6; i++) {
        const double w = i < 3 ? 1e19 : 1e30, value[] = { w, 0, 1, 0, 0, 0 };
        const answer a = ask(planted(GA_F32, 2, sizes, all[i % 3], value), 256);
        ASSERT(is_open(a.g, INT64_MIN, most), "%s at %g: state %d, bound 2^%lld", ga_activation_name(all[i % 3]), w,
               (int)a.g[0].state, (long long)a.g[0].bound);
    }
}

/* o = S (0, s, s), s = sigma(1): p = (0, 1/2, 1/2) but for e^-S, and dx = S sigma'(1). In 128 bits o is off by up to S 2^-129,
   which may be more than 1: what is claimed there must be true nevertheless. */
static void
wide_balls_claim_nothing_wrong(void)
{
    static const size_t sizes[] = { 1, 1, 3 };
    static const double value[] = { 1, 0, 0, 1, 1, 0, 0, 0 };
    for (int k = 100; k < 1000; k += 20) {
        const double scale = ldexp(1, k);
        const answer low = ask_scaled(planted(GA_F64, 2, sizes, GA_SIGMOID, value), 128, 60, scale);
        const answer high = ask_scaled(planted(GA_F64, 2, sizes, GA_SIGMOID, value), 4096, 60, scale);
        ASSERT(is(high.g, ldexp(0.1966119332414818525374, k)), "2^%d", k);
        if (low.g[0].state == GA_UNDECIDED_ELEMENT)
            ASSERT(low.g[0].bound >= k - 2, "|g| <= 2^%lld with a scale of 2^%d", (long long)low.g[0].bound, k);
        else
            ASSERT(is(low.g, ldexp(high.g[0].mantissa, k - 3)) && k < 130, "2^%d", k);
    }
}

/* Twins but for weights 3, -2 in place of 2, -1, and outgoing weights that differ in the last bit: element 0 is a difference of
   equals but for 2^-51, so that 128 bits hold 100 of the others, not of it. */
static void
the_hardest_element_decides(void)
{
    static const size_t sizes[] = { 3, 2, 2 };
    static const double value[] = { 1, 2, -1, 1, 3, -2, 0.5, 0.5, 0, 0, 2, -2 - 0x1p-50, 0, 0 };
    const answer low = ask_scaled(planted(GA_F64, 2, sizes, GA_SIGMOID, value), 128, 100, 1);
    ASSERT(low.g[0].state == GA_UNDECIDED_ELEMENT && low.g[1].state == GA_TRUE_NONZERO && low.g[2].state == GA_TRUE_NONZERO);
    const answer a = ask_scaled(planted(GA_F64, 2, sizes, GA_SIGMOID, value), 4096, 100, 1);
    ASSERT(a.bits == 256 && a.g[0].state == GA_TRUE_NONZERO && a.g[0].sign == -1 && a.g[1].sign == -1 && a.g[2].sign == 1);
}

/* o and do/dx at x = 1 of o = f_1(w_1 f_0(w_0 x)), to 300 bits or so. */
static void
chain(mpfr_ptr o, mpfr_ptr slope, const double *w, const ga_activation *f)
{
    mpfr_t d;
    mpfr_init2(d, mpfr_get_prec(o));
    mpfr_set_ui(o, 1, MPFR_RNDN);
    mpfr_set_ui(slope, 1, MPFR_RNDN);
    for (size_t l = 0; l < 2; l++) {
        mpfr_mul_d(o, o, w[l], MPFR_RNDN);
        mpfr_mul_d(slope, slope, w[l], MPFR_RNDN);
        if (f[l] == GA_RELU) { /* alive */
            ASSERT(mpfr_sgn(o) > 0);
        } else if (f[l] == GA_TANH) {
            mpfr_sech(d, o, MPFR_RNDN);
            mpfr_sqr(d, d, MPFR_RNDN);
            mpfr_mul(slope, slope, d, MPFR_RNDN);
            mpfr_tanh(o, o, MPFR_RNDN);
        } else { /* sigma' = e^z/(1 + e^z)^2 */
            mpfr_exp(o, o, MPFR_RNDN);
            mpfr_mul(slope, slope, o, MPFR_RNDN);
            mpfr_add_ui(d, o, 1, MPFR_RNDN);
            mpfr_div(o, o, d, MPFR_RNDN);
            mpfr_sqr(d, d, MPFR_RNDN);
            mpfr_div(slope, slope, d, MPFR_RNDN);
        }
    }
    mpfr_clear(d);
}

/* Two chains of units that hear nothing of each other, so that each sum has one term, and what the first has is far below what the
   second has in the same row: activations, back sums, elements. No more bits are needed than for the first alone. */
static void
a_large_entry_drowns_nothing(void)
{
    static const size_t sizes[] = { 2, 2, 2, 2 };
    static const struct { ga_activation f[2]; double w[2]; } first[] = {
        { { GA_SIGMOID, GA_RELU }, { -11500000, 1 } },     { { GA_SIGMOID, GA_RELU }, { -11500000, 0x1p-1000 } },
        { { GA_SIGMOID, GA_SIGMOID }, { 1, -11500000 } },  { { GA_SIGMOID, GA_SIGMOID }, { -900, 1 } },
        { { GA_SIGMOID, GA_TANH }, { -11500000, 3 } },     { { GA_TANH, GA_RELU }, { 0x1p-1000, 0x1.8p-1000 } },
        { { GA_TANH, GA_SIGMOID }, { 0x1p-500, 0x1p-1000 } }, { { GA_RELU, GA_SIGMOID }, { 0x1p-600, 0x1p-600 } },
        { { GA_RELU, GA_RELU }, { 0x1p-1000, 0x1p-1000 } }, { { GA_TANH, GA_TANH }, { 1, 1000000 } },
    };
    mpfr_t o[2], slope[2], p;
    mpfr_vec_widest_range();
    mpfr_inits2(300, o[0], o[1], slope[0], slope[1], p, (mpfr_ptr)0);
    for (size_t k = 0; k < sizeof first / sizeof *first; k++) {
        const double *w = first[k].w, one[] = { 1, 1 };
        const double value[] = { w[0], 0, 0, 1, 0, 0, w[1], 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0 };
        const answer a = ask(planted_of(GA_F64, 3, sizes, first[k].f, value), 4096);
        chain(o[0], slope[0], w, first[k].f);
        chain(o[1], slope[1], one, first[k].f);
        mpfr_sub(p, o[0], o[1], MPFR_RNDN); /* p_1 = 1/(1 + e^(o_0 - o_1)), dx = p_1 (-slope_0, slope_1) */
        mpfr_exp(p, p, MPFR_RNDN);
        mpfr_add_ui(p, p, 1, MPFR_RNDN);
        ASSERT(a.bits == 128 && a.kinks == 0, "case %zu: %ld bits", k, a.bits);
        for (size_t i = 0; i < 2; i++) {
            long exponent;
            mpfr_div(slope[i], slope[i], p, MPFR_RNDN);
            const double mantissa = (i == 0 ? -2 : 2) * mpfr_get_d_2exp(&exponent, slope[i], MPFR_RNDN);
            ASSERT(a.g[i].state == GA_TRUE_NONZERO && a.g[i].mantissa == mantissa && a.g[i].exponent == exponent - 1,
                   "case %zu element %zu: %a 2^%lld, not %a 2^%ld", k, i, a.g[i].mantissa, (long long)a.g[i].exponent, mantissa,
                   exponent - 1);
        }
    }
    mpfr_clears(o[0], o[1], slope[0], slope[1], p, (mpfr_ptr)0);
}

enum { BLOCK_IMAGES = 12 };

static ga_code
keep_all(void *data, const ga_block *b, ga_status *st)
{
    answer *a = data;
    (void)st;
    for (size_t i = 0; i < ga_block_images(b); i++) {
        ga_block_truth(a[ga_block_first(b) + i].g, b, i);
        a[ga_block_first(b) + i].kinks = ga_block_kinks(b, i);
        a[ga_block_first(b) + i].bits = ga_block_bits(b, i);
    }
    return GA_OK;
}

static bool
same(const ga_truth *a, const ga_truth *b)
{
    return a->state == b->state && a->sign == b->sign && a->mantissa == b->mantissa && a->tail.m == b->tail.m &&
           a->tail.e == b->tail.e && a->rest.m == b->rest.m && a->rest.e == b->rest.e &&
           a->exponent == b->exponent;
}

/* z = x_0 - x_2 + 2^-140 x_1 + 2^-300 x_3: images 128, 256 and 512 bits apart, of both labels, each as it is alone. */
static void
images_of_a_block_keep_their_rows(void)
{
    static const size_t sizes[] = { 4, 2, 1, 2 };
    static const double value[] = { 1, 0x1p-140, 0, 0x1p-300, 0, 0, 1, 0, 0, 0, 1, -1, 0, 0, 1, 0, 0.5 };
    static const uint8_t kind[3][4] = { { 255, 0, 255, 0 }, { 255, 0, 255, 255 }, { 255, 255, 255, 0 } };
    uint8_t pixel[BLOCK_IMAGES][4];
    uint32_t label[BLOCK_IMAGES];
    answer together[BLOCK_IMAGES] = { { .kinks = 99 } }, alone[BLOCK_IMAGES] = { { .kinks = 99 } };
    ga_model *m = planted(GA_F64, 3, sizes, GA_RELU, value);
    const ga_dataset ds = { .n = BLOCK_IMAGES, .rows = 1, .cols = 4, .pixel = pixel[0], .label = label };
    const ga_estimator e = network_estimator("exact", GA_REWRITE, GA_PRODUCT_DEFAULT);
    mpfr_vec_widest_range();
    for (size_t i = 0; i < BLOCK_IMAGES; i++) {
        memcpy(pixel[i], kind[i % 3], 4);
        label[i] = i % 4 < 2;
    }
    ASSERT(ga_gradient(m, &ds, (ga_range){ 0, BLOCK_IMAGES - 1 }, &e, 1, &(ga_sink){ .ordered = keep_all, .data = together },
                       NULL) == GA_OK);
    for (size_t i = 0; i < BLOCK_IMAGES; i++) {
        const ga_sink sink = { .ordered = keep_all, .data = alone };
        ASSERT(ga_gradient(m, &ds, (ga_range){ i, i }, &e, 1, &sink, NULL) == GA_OK);
        ASSERT(together[i].bits == (i % 3 == 0 ? 128 : i % 3 == 1 ? 512 : 256) && together[i].kinks == (i % 3 == 0),
               "image %zu", i);
        ASSERT(together[i].bits == alone[i].bits && together[i].kinks == alone[i].kinks, "image %zu", i);
        for (size_t j = 0; j < 4; j++)
            ASSERT(same(together[i].g + j, alone[i].g + j), "image %zu element %zu", i, j);
        ASSERT(together[i].g[0].sign == (i % 3 == 0 ? 0 : label[i] == 0 ? 1 : -1), "image %zu", i);
    }
    ga_model_free(m);
}

enum { MANY = 6000 };

static ga_code
keep_truth(void *data, const ga_block *b, ga_status *st)
{
    (void)st;
    ga_block_truth(data, b, 0);
    return GA_OK;
}

/* Whether one enclosure lies in another. */
static bool
is_within(const ga_truth *inner, const ga_truth *outer)
{
    mpfr_t end[4];
    for (size_t i = 0; i < 4; i++)
        mpfr_init2(end[i], 400);
    truth_ends(end[0], end[1], outer);
    truth_ends(end[2], end[3], inner);
    const bool within = mpfr_lessequal_p(end[0], end[2]) && mpfr_lessequal_p(end[3], end[1]);
    for (size_t i = 0; i < 4; i++)
        mpfr_clear(end[i]);
    return within;
}

/* One layer, dx = p_1 w for many random weights w of black pixels: near halfway points of binary64 among others. What 62 bits claim
   of it is so; no 62 bits prove a radius below 2^-100, nor 30 decimal digits. */
static void
few_bits_claim_nothing_wrong(void)
{
    static const size_t sizes[] = { MANY, 2 };
    uint64_t state = test_seed();
    uint8_t *pixel = calloc(MANY, 1);
    uint32_t label = 0;
    ga_model *m = ga_model_new(GA_F64, 1, sizes, NULL, NULL);
    const ga_dataset ds = { .n = 1, .rows = 1, .cols = MANY, .pixel = pixel, .label = &label };
    ga_truth *low = malloc(MANY * sizeof *low), *high = malloc(MANY * sizeof *high);
    ga_estimator e = network_estimator("exact", GA_REWRITE, GA_PRODUCT_DEFAULT);
    size_t decided = 0;
    for (size_t i = 0; i < MANY; i++)
        ga_model_set(m, m->layer[0].weight, MANY + i, network_uniform(&state));
    ga_model_set(m, m->layer[0].bias, 1, 0.75);
    mpfr_vec_widest_range();
    ASSERT(ga_gradient(m, &ds, (ga_range){ 0, 0 }, &e, 1, &(ga_sink){ .ordered = keep_truth, .data = high }, NULL) == GA_OK);
    e.format.bits = 62;
    e.format.reference_bits = 1;
    ASSERT(ga_gradient(m, &ds, (ga_range){ 0, 0 }, &e, 1, &(ga_sink){ .ordered = keep_truth, .data = low }, NULL) == GA_OK);
    for (size_t i = 0; i < MANY; i++) {
        decided += low[i].state == GA_TRUE_NONZERO;
        ASSERT(low[i].state == GA_UNDECIDED_ELEMENT || (low[i].sign == high[i].sign && is_within(high + i, low + i)),
               "element %zu: %a, not %a + %a", i, low[i].mantissa, high[i].mantissa, high[i].tail.m);
    }
    ASSERT(decided > MANY / 2, "%zu decided", decided);
    for (int k = 0; k < 2; k++) {
        e.format.reference_bits = k == 0 ? 100 : 1;
        e.format.digits = k == 0 ? 0 : 30;
        ASSERT(ga_gradient(m, &ds, (ga_range){ 0, 0 }, &e, 1, &(ga_sink){ .ordered = keep_truth, .data = low }, NULL) == GA_OK);
        for (decided = 0; low[decided].state == GA_UNDECIDED_ELEMENT && decided < MANY - 1;)
            decided++;
        ASSERT(decided == MANY - 1, "element %zu", decided);
    }
    free(low);
    free(high);
    free(pixel);
    ga_model_free(m);
}

static void
write_idx(const char *name, uint8_t dimensions, const uint8_t *value, size_t n)
{
    uint8_t file[64] = { 0, 0, 8, dimensions, 0, 0, 0, 1 };
    if (dimensions == 3)
        memcpy(file + 8, (uint8_t[]){ 0, 0, 0, 1, 0, 0, 0, (uint8_t)n }, 8);
    memcpy(file + 4 + 4 * dimensions, value, n);
    scratch_write(name, file, 4 + 4 * (size_t)dimensions + n);
}

/* Logits 1/2, 7 and 7 as sums of two weights each: equal without a radius, so class 1 counts, and 7 - 1/4 after class 2 lost a
   quarter. */
static void
margins_of_equal_logits(void)
{
    static const size_t sizes[] = { 2, 3 };
    const double value[] = { 0.25, 0.25, 3, 4, 5, 2, 0, 0, 0 }, other[] = { 0.25, 0.25, 3, 3.75, 5, 2, 0, 0, 0 };
    answer a = ask_margin(planted(GA_F32, 1, sizes, GA_LINEAR, value), 4096, 0.5);
    ASSERT(a.bits == 128 && is(a.g, 1.375) && is(a.g + 1, 1.875), "class 1 comes first");
    a = ask_margin(planted(GA_F32, 1, sizes, GA_LINEAR, other), 4096, 1);
    ASSERT(a.bits == 128 && is(a.g, 4.75) && is(a.g + 1, 1.75), "class 2 is larger");
}

/* o_1 = s + t and o_2 = s + 2t - 1/2 + d, where s = sigma(1) and t = sigma(0) = 1/2, against o_0 = 0: equal but for d. Input 2 is
   heard by no unit, input 3 by one that no class hears. The gradient to inputs 0 and 1 is s'(1) and 1/4 for class 1, and twice the
   latter for class 2. */
static ga_model *
rivals(double d)
{
    static const size_t sizes[] = { 4, 3, 3 };
    const double value[] = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 0, 0, 1, 1, 0, 1, 2, 0, 0, 0, -0.5 + d };
    return planted(GA_F64, 2, sizes, GA_SIGMOID, value);
}

/* A d that is not 0 is seen once the radii of s are smaller; 0 never is: then nothing is said but what holds for both classes, that
   elements are 0. */
static void
rivals_of_the_margin(void)
{
    static const struct { double d; long bits; double second; } decided[] = {
        { 0x1p-50, 128, 0.5 }, { -0x1p-50, 128, 0.25 } };
    for (size_t i = 0; i < 2; i++) {
        const answer a = ask_margin(rivals(decided[i].d), 4096, 1);
        ASSERT(a.bits == decided[i].bits && a.g[0].state == GA_TRUE_NONZERO && is(a.g + 1, decided[i].second), "%ld bits", a.bits);
        ASSERT(is_zero(a.g + 2) && is_zero(a.g + 3));
    }
    for (long bits = 128; bits <= 1024; bits *= 2) {
        const answer a = ask_margin(rivals(0), bits, 1);
        ASSERT(a.bits == bits && is_zero(a.g + 2) && is_zero(a.g + 3), "%ld bits", a.bits);
        ASSERT(is_open(a.g, -2, 0) && is_open(a.g + 1, -1, 1), "2^%lld, 2^%lld", (long long)a.g[0].bound, (long long)a.g[1].bound);
    }
}

/* As rivals, o_1 - o_2 = 2^-200 or its negative, which is below the radii in 128 bits; also where it makes no
   difference because units do not hear the input. */
static void
margin_takes_more_bits(void)
{
    static const size_t sizes[] = { 1, 2, 3 };
    for (int first = 0; first < 2; first++) {
        const double d = first ? 0x1p-200 : -0x1p-200;
        const double value[] = { 0, 1, 1, -1, 0, 0, 1, 1, 1, 2, 0, d, -0.5 };
        const answer a = ask_margin(planted(GA_F64, 2, sizes, GA_SIGMOID, value), 4096, 1);
        ASSERT(a.bits == 256 && is(a.g, first ? 0.25 : 0.5), "%ld bits", a.bits);
        const double deaf[] = { 0, 0, 1, 0, 0, 0, 1, 1, 1, 2, 0, d, -0.5 };
        const answer b = ask_margin(planted(GA_F64, 2, sizes, GA_SIGMOID, deaf), 4096, 1);
        ASSERT(b.bits == 256 && is_zero(b.g), "%ld bits", b.bits);
    }
}

/* Classes 1, 2 and 3 are equal, class 4 is below them: the element is 1/4, 1/2 or -3/4, and not 250. */
static void
the_bound_of_an_open_margin(void)
{
    static const size_t sizes[] = { 1, 2, 5 };
    const double value[] = { 0, 1, 1, -1, 0, 0, 1, 1, 1, 2, 1, -3, -1, 1000, 0, 0, -0.5, 2, -501 };
    const answer a = ask_margin(planted(GA_F64, 2, sizes, GA_SIGMOID, value), 256, 1);
    ASSERT(a.bits == 256 && is_open(a.g, 0, 1), "2^%lld", (long long)a.g[0].bound);
}

/* The exit status of a command on one image of ones; its lines in out, names first, and what it says in said. Frees the model. */
static char said[256];

static int
run_command(ga_model *m, const char *activation, const char *name, const char *options, char out[16][256])
{
    char command[8192];
    write_idx("images", 3, (const uint8_t[]){ 255, 255, 255 }, 3);
    write_idx("labels", 1, (const uint8_t[]){ 0 }, 1);
    const char *model = scratch_path("model.safetensors"), *printed = scratch_path("printed"), *err = scratch_path("err");
    ASSERT(ga_model_set_meta(m, "activation", activation) && ga_model_write(m, model, NULL) == GA_OK);
    ga_model_free(m);
    snprintf(command, sizeof command, "./gradaudit %s '%s' --data '%s' --labels '%s' %s >'%s' 2>'%s'", name, model,
             scratch_path("images"), scratch_path("labels"), options, printed, err);
    const int status = system(command);
    FILE *f = fopen(printed, "r"), *e = fopen(err, "r");
    for (size_t i = 0; i < 16; i++)
        if (f == NULL || fgets(out[i], 256, f) == NULL)
            out[i][0] = '\0';
    if (e == NULL || fgets(said, sizeof said, e) == NULL)
        said[0] = '\0';
    if (f != NULL)
        fclose(f);
    if (e != NULL)
        fclose(e);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
run_program(ga_model *m, const char *activation, const char *options, char out[16][256])
{
    char all[256];
    snprintf(all, sizeof all, "--format exact %s", options);
    return run_command(m, activation, "gradient", all, out);
}

static void
program_says_what_is_undecided(void)
{
    char out[16][256];
    ASSERT(run_program(twins(GA_SIGMOID, 1, 5), "sigmoid", "--max-bits 256", out) == 6);
    ASSERT(strncmp(out[1], "0\t0\tundecided:2^", 16) == 0 && strncmp(out[3], "0\t2\tundecided:2^", 16) == 0, "%s", out[1]);
    ASSERT(out[4][0] == '\0', "%s", out[4]);
    ASSERT(run_program(twins(GA_SIGMOID, 1, 5), "sigmoid", "--max-bits 256 --accept-below 1e-60", out) == 0);
    ASSERT(run_program(twins(GA_SIGMOID, 1, 5), "sigmoid", "--max-bits 256 --accept-below 1e-400", out) == 6);
    ASSERT(run_program(twins(GA_RELU, 1, 5), "relu", "", out) == 0);
    ASSERT(strcmp(out[1], "0\t0\t0\n") == 0 && strcmp(out[3], "0\t2\t0\n") == 0 && out[4][0] == '\0', "%s", out[1]);
    ASSERT(run_program(near_kink(0x1p-700), "relu", "--max-bits 512", out) == 6);
    ASSERT(strncmp(out[3], "0\t2\tundecided:2^", 16) == 0, "%s", out[3]);
    ASSERT(run_program(near_kink(0x1p-700), "relu", "--digits 9", out) == 0);
    ASSERT(strcmp(out[2], "0\t1\t9.50545783e-212\n") == 0 && strcmp(out[3], "0\t2\t-5e-1\n") == 0, "%s%s", out[2], out[3]);
}

/* An attack takes their signs for 0, counts them and keeps the greatest of their bounds; so do several in a row. */
static void
attacks_count_what_is_undecided(void)
{
    uint8_t pixel[] = { 255, 255, 255 };
    uint32_t label = 0;
    const ga_dataset ds = { .n = 1, .rows = 1, .cols = 3, .pixel = pixel, .label = &label };
    const bool correct = true;
    const double gain[] = { 1, 1 };
    ga_model *m = twins(GA_SIGMOID, 1, 5);
    ga_attack attack = { .estimator = network_estimator("exact", GA_REWRITE, GA_PRODUCT_DEFAULT), .eps = 0.25 };
    ga_attack_counts c, s[2];
    ga_status st = { 0 };
    attack.estimator.format.bits = 256;
    const answer a = ask(twins(GA_SIGMOID, 1, 5), 256);
    int64_t bound = INT64_MIN;
    for (size_t i = 0; i < 3; i++)
        bound = a.g[i].bound > bound ? a.g[i].bound : bound;
    ASSERT(ga_attack_run(&c, &attack, &correct, m, &ds, (ga_range){ 0, 0 }, 1, &st) == GA_OK, "%s", st.message);
    ASSERT(c.elements == 3 && c.undecided.n == 3 && c.undecided.bound == bound && c.zero + c.nan == 0 && c.all_zero == 1,
           "%zu undecided, 2^%lld", c.undecided.n, (long long)c.undecided.bound);
    ASSERT(ga_sweep(s, gain, 2, false, &attack, m, &ds, (ga_range){ 0, 0 }, 1, &st) == GA_OK, "%s", st.message);
    ASSERT(s[1].undecided.n == 3 && s[1].undecided.bound == bound && s[0].undecided.n == 3);
    ga_model_free(m);
}

/* Three elements are no more than 2^-4000 in magnitude, and perhaps 0. Whoever counts elements counts these apart, moves
   nothing along them and ends in 6; more bits are advised only where there is an option for them. */
static void
undecided_is_undecided_everywhere(void)
{
    static const struct { const char *name, *options; bool raise; } commands[] = {
        { "gradient", "--format exact", true }, { "gradient", "--format exact --max-bits 65536", false },
        { "histogram", "--format exact", true }, { "attack", "-e exact", false },
        { "sweep", "--format exact --points 2 --from 0.5 --to 1", true },
        { "sweep", "--format exact --max-bits 65536 --points 2", false }
    };
    static const struct { const char *below; int status; } accept[] = { /* exit statuses: 0 done, 2 usage, 6 undecided */
        { "", 6 }, { "--accept-below 1e-999", 0 }, { "--accept-below 2^-4000", 0 }, { "--accept-below 2^-70000",
        6 }, { "--accept-below 1e-434294481903253", 6 }, { "--accept-below 2^x", 2 },
        { "--accept-below 0", 2 }
    };
    char out[16][256], options[256];
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++)
        for (size_t a = 0; a < sizeof accept / sizeof *accept; a++) {
            snprintf(options, sizeof options, "%s %s", commands[c].options, accept[a].below);
            ASSERT(run_command(twins(GA_SIGMOID, 1, 5), "sigmoid", commands[c].name, options, out) == accept[a].status, "%s %s: %s",
                   commands[c].name, options, said);
            if (accept[a].status == 6)
                ASSERT((strstr(said, "raise --max-bits") != NULL) == commands[c].raise && strstr(said, " at most 2^-") != NULL &&
                       strncmp(said, strcmp(commands[c].name, "sweep") == 0 ? "gradaudit: 6 " : "gradaudit: 3 ", 13) == 0 &&
                       strstr(said, "--accept-below") != NULL, "%s", said);
        }
    run_command(twins(GA_SIGMOID, 1, 5), "sigmoid", "histogram", "--format exact", out);
    ASSERT(strcmp(out[6], "nan\t0\t0\n") == 0 && strcmp(out[7], "undecided\t3\t100\n") == 0, "%s%s", out[6], out[7]);
    ASSERT(out[8][0] == '\0', "%s", out[8]);
    run_command(twins(GA_SIGMOID, 1, 5), "sigmoid", "attack", "-e exact -e float", out);
    ASSERT(strstr(out[0], "\tnan\tundecided\n") != NULL && strstr(out[1], "\t1\t0\t0\t3\t0\t0\t0\t0\t3\n") != NULL, "%s", out[1]);
    ASSERT(out[2][0] != '\0' && strcmp(out[2] + strlen(out[2]) - 3, "\t0\n") == 0, "%s", out[2]);
    run_command(twins(GA_SIGMOID, 1, 5), "sigmoid", "sweep", "--format exact --points 2", out);
    for (size_t i = 2; i < 4; i++)
        ASSERT(strncmp(strchr(out[i], '\t'), "\t0\t0\t", 5) == 0 && strstr(out[i], "\t3\t0\t0\t3\n") != NULL, "%s", out[i]);
    ASSERT(run_command(near_kink(0x1p-700), "relu", "histogram", "--format exact --max-bits 512", out) == 6);
    ASSERT(strcmp(out[7], "undecided\t3\t100\n") == 0, "%s%s", out[7], out[8]);
    ASSERT(run_command(near_kink(0x1p-700), "relu", "attack", "-e exact", out) == 0, "%s", said);
}

TEST_MAIN("planted truth", TEST(twins_cancel_exactly), TEST(twins_of_sigmoids_stay_open), TEST(dyadic_gradients_have_no_radius),
          TEST(kinks_are_counted), TEST(zero_weights_are_zeros), TEST(dead_units_are_zeros), TEST(far_pre_activations),
          TEST(near_kinks_take_more_bits), TEST(below_the_range_of_mpfr), TEST(wide_balls_claim_nothing_wrong),
          TEST(the_hardest_element_decides), TEST(a_large_entry_drowns_nothing),
          TEST(images_of_a_block_keep_their_rows), TEST(few_bits_claim_nothing_wrong),
          TEST(program_says_what_is_undecided), TEST(undecided_is_undecided_everywhere),
          TEST(attacks_count_what_is_undecided),
          TEST(margins_of_equal_logits), TEST(rivals_of_the_margin), TEST(margin_takes_more_bits),
          TEST(the_bound_of_an_open_margin))
