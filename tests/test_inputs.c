/* SPDX-License-Identifier: Apache-2.0 */
/* test_inputs.c -- operations on inputs before the first layer, from the data options and the network: exact, rounded once
   together; in files; in attacks. */
#include <string.h>

#include <mpfr.h>

#include "core/dataset.h"

#include "attack/signs.h"
#include "io/tensors.h"
#include "model/preprocessing.h"
#include "num/rational.h"
#include "scratch.h"
#include "test.h"

static void
set_power(mpq_t q, long e)
{
    mpq_set_ui(q, 1, 1);
    if (e >= 0)
        mpq_mul_2exp(q, q, (unsigned long)e);
    else
        mpq_div_2exp(q, q, (unsigned long)-e);
}

static double
next(double x, ga_dtype type)
{
    return type == GA_F32 ? (double)nextafterf((float)x, INFINITY) : nextafter(x, INFINITY);
}

/* Between neighbours low < high the middle goes to the even one, a number a 2^-300-th of it above to high, below to low. */
static void
rounds_to_nearest(void)
{
    uint64_t state = test_seed();
    mpq_t low, high, middle, bit, x;
    mpq_inits(low, high, middle, bit, x, NULL);
    for (int i = 0; i < 4000; i++) {
        const ga_dtype type = i % 2 == 0 ? GA_F32 : GA_F64;
        const int least = type == GA_F32 ? -149 : -1074, most = type == GA_F32 ? 127 : 1023;
        const int e = i < 400 ? least + i % 40 : least + (int)(test_random(&state) % (uint64_t)(most - least));
        double l = ldexp((double)(test_random(&state) >> 11) * 0x1p-53, e);
        l = type == GA_F32 ? (float)l : l;
        const double h = next(l, type);
        if (!isfinite(h))
            continue;
        const double even = fmod(l, 2 * (h - l)) == 0 ? l : h; /* the odd one is an odd multiple of the distance */
        mpq_set_d(low, l);
        mpq_set_d(high, h);
        mpq_add(middle, low, high);
        mpq_div_2exp(middle, middle, 1);
        set_power(bit, -300);
        mpq_mul(bit, bit, middle);
        for (int sign = 1; sign >= -1; sign -= 2) {
            mpq_set(x, middle);
            const double want[3] = { even, h, l };
            for (int k = 0; k < 3; k++) {
                if (k == 1)
                    mpq_add(x, middle, bit);
                else if (k == 2)
                    mpq_sub(x, middle, bit);
                if (sign < 0)
                    mpq_neg(x, x);
                const double got = rational_round(x, type == GA_F32);
                ASSERT(got == sign * want[k], "%d: %a, not %a, between %a and %a", k, got, sign * want[k], l, h);
            }
        }
    }
    set_power(x, 128);
    ASSERT(rational_round(x, true) == INFINITY && rational_round(x, false) == 0x1p128);
    mpq_clears(low, high, middle, bit, x, NULL);
}

/* (k/255 - c) / d = (k - 255 c) / (255 d): for dyadic c and d numerator and denominator are exact in binary64, and IEEE division
   rounds once. */
static void
is_exact(void)
{
    const double c[3] = { 0.5, 0.5, 0.125 }, d[3] = { 0.25, 0.25, -3 };
    uint8_t k[6] = { 0, 7, 255, 128, 254, 1 };
    const ga_dataset ds = { .n = 2, .rows = 1, .cols = 3, .pixel = k };
    for (int type = GA_F32; type <= GA_F64; type++) {
        ga_status st;
        preprocessing in;
        double x[3];
        ga_model *m = ga_model_new((ga_dtype)type, 1, (size_t[]){ 3, 1 }, NULL, &st), *copy;
        ASSERT(ga_model_add_step(m, GA_SUBTRACT, c) && ga_model_add_step(m, GA_DIVIDE, d));
        ASSERT((copy = ga_model_copy(m, &st)) != NULL);
        ga_model_free(m);
        ASSERT(preprocessing_open(&in, copy, &ds, &st) == GA_OK);
        for (size_t image = 0; image < 2; image++) {
            preprocessing_image(x, &in, image);
            for (size_t i = 0; i < 3; i++) {
                const double up = k[3 * image + i] - 255 * c[i], down = 255 * d[i];
                ASSERT(x[i] == (type == GA_F32 ? (double)((float)up / (float)down) : up / down), "%a", x[i]);
                ASSERT(preprocessing_number(&in, image, i) == x[i]);
            }
        }
        ASSERT(preprocessing_moved(&in, 2, 0.75) == (type == GA_F32 ? (double)(0.625f / -3) : 0.625 / -3));
        ASSERT(preprocessing_moved(&in, 0, 0.75) == 1);
        ASSERT(preprocessing_direction(&in, 2) == -1 && preprocessing_direction(&in, 0) == 1);
        preprocessing_close(&in);
        ga_model_free(copy);
    }
}

/* What is refused: a divisor of 0, numbers that are not finite, more steps than there can be. */
static void
is_refused(void)
{
    ga_status st;
    ga_model *m = ga_model_new(GA_F64, 1, (size_t[]){ 2, 1 }, NULL, &st);
    ASSERT(!ga_model_add_step(m, GA_DIVIDE, (double[]){ 1, 0 }) && !ga_model_add_step(m, GA_MULTIPLY, (double[]){ NAN, 1 }));
    for (int i = 0; i < GA_NORMALISE_STEPS; i++)
        ASSERT(ga_model_add_step(m, GA_MULTIPLY, (double[]){ 0, 0x1p600 }));
    ASSERT(!ga_model_add_step(m, GA_MULTIPLY, (double[]){ 1, 1 }) && m->n_steps == GA_NORMALISE_STEPS);
    uint8_t pixel[] = { 1, 0 };
    uint32_t label[] = { 0 };
    const ga_dataset ds = { .n = 1, .rows = 1, .cols = 2, .pixel = pixel, .label = label };
    ASSERT(ga_dataset_check(&ds, m, &st) == GA_BAD_FILE && strstr(st.message, "beyond the range of binary64") != NULL, "%s",
           st.message);
    ga_model_free(m);
}

/* ---- the chain ---------------------------------------------------------------------------------------------------- */

enum { N_INPUTS = 24, N_IMAGES = 3, BITS = 400 };

/* A number of at most so many decimal digits, as text and as a rational. */
static void
decimal(char text[32], mpq_t q, uint64_t *state, bool positive)
{
    const unsigned long digits = 1 + (unsigned long)(test_random(state) % 99999), scale = (unsigned long)(test_random(state) % 6);
    const bool negative = !positive && test_random(state) % 2 == 0;
    mpz_ui_pow_ui(mpq_denref(q), 10, scale);
    mpz_set_ui(mpq_numref(q), digits);
    mpq_canonicalize(q);
    if (negative)
        mpq_neg(q, q);
    snprintf(text, 32, "%s%lue-%lu", negative ? "-" : "", digits, scale);
}

/* q rounded by MPFR: to BITS bits towards zero, with a last bit set where that is not exact, and then to the type. No rational here
   is a middle of the type's numbers to BITS bits without being one; MPFR knows the type's subnormal numbers and range. */
static double
rounded(const mpq_t q, ga_dtype type)
{
    mpfr_t z;
    mpfr_init2(z, BITS);
    const int inexact = mpfr_set_q(z, q, MPFR_RNDZ);
    if (inexact != 0) {
        mpfr_prec_round(z, BITS + 1, MPFR_RNDZ);
        if (mpfr_sgn(z) > 0)
            mpfr_nextabove(z);
        else
            mpfr_nextbelow(z);
    }
    const double x = type == GA_F32 ? (double)mpfr_get_flt(z, MPFR_RNDN) : mpfr_get_d(z, MPFR_RNDN);
    mpfr_clear(z);
    return x;
}

static double
binary(uint64_t *state)
{
    return ldexp(0.5 + (double)(test_random(state) >> 11) * 0x1p-54, (int)(test_random(state) % 12) - 6) *
           (test_random(state) % 2 == 0 ? 1 : -1);
}

/* Data of bytes or doubles with --scale, --mean and --std, the latter by 1, 3 or 8 channels, into a network with Sub, Mul and Div
   by constants of 1, 2, 6 or 24 channels, so that channels also do not divide one another: against GMP, step by step. */
static void
is_chained(void)
{
    static const size_t channels[] = { 1, 3, 8 }, runs[] = { 1, 4, 12, 24 };
    uint64_t state = test_seed();
    mpq_t q, c, scale, mean[8], std[8];
    size_t rounded_twice = 0;
    mpq_inits(q, c, scale, NULL);
    for (int i = 0; i < 8; i++)
        mpq_inits(mean[i], std[i], NULL);
    for (int round = 0; round < 200; round++) {
        const ga_dtype type = round % 2 == 0 ? GA_F32 : GA_F64;
        const bool bytes = round % 4 < 2, scaled = round % 5 != 0;
        uint8_t pixel[N_IMAGES * N_INPUTS];
        uint32_t label[N_IMAGES] = { 0 };
        double value[N_IMAGES * N_INPUTS], step[3][N_INPUTS], x[N_INPUTS], before[N_INPUTS];
        ga_dataset ds = { .n = N_IMAGES, .rows = 1, .cols = N_INPUTS, .pixel = bytes ? pixel : NULL, .label = label,
                          .value = bytes ? NULL : value, .least = -64, .largest = 64 };
        ga_status st = { 0 };
        char scale_text[32], text[2][8 * 32] = { "", "" };
        const size_t n = channels[test_random(&state) % 3];
        for (size_t i = 0; i < N_IMAGES * N_INPUTS; i++) {
            pixel[i] = (uint8_t)test_random(&state);
            value[i] = binary(&state);
        }
        decimal(scale_text, scale, &state, false);
        for (size_t i = 0; i < n; i++) {
            char word[32];
            decimal(word, mean[i], &state, false);
            snprintf(text[0] + strlen(text[0]), sizeof text[0] - strlen(text[0]), "%s%s", i > 0 ? "," : "", word);
            decimal(word, std[i], &state, true);
            snprintf(text[1] + strlen(text[1]), sizeof text[1] - strlen(text[1]), "%s%s", i > 0 ? "," : "", word);
        }
        if (scaled)
            ASSERT(ga_dataset_scale(&ds, scale_text, text[0], text[1], &st) == GA_OK, "%s", st.message);
        ga_model *m = ga_model_new(type, 1, (size_t[]){ N_INPUTS, 1 }, NULL, &st);
        for (int s = 0; s < 3; s++) {
            const size_t run = runs[test_random(&state) % 4];
            for (size_t i = 0; i < N_INPUTS; i++)
                step[s][i] = i % run == 0 ? binary(&state) : step[s][i - 1];
            ASSERT(ga_model_add_step(m, (ga_step_kind)s, step[s]));
        }
        preprocessing in;
        ASSERT(ga_dataset_check(&ds, m, &st) == GA_OK && preprocessing_open(&in, m, &ds, &st) == GA_OK, "%s", st.message);
        for (size_t image = 0; image < N_IMAGES; image++) {
            preprocessing_image(x, &in, image);
            ga_dataset_image(before, &ds, image, type);
            for (size_t k = 0; k < N_INPUTS; k++) {
                mpq_set_d(q, bytes ? pixel[image * N_INPUTS + k] : value[image * N_INPUTS + k]);
                if (scaled) {
                    mpq_mul(q, q, scale);
                    mpq_sub(q, q, mean[k / (N_INPUTS / n)]);
                    mpq_div(q, q, std[k / (N_INPUTS / n)]);
                } else if (bytes) {
                    mpq_set_ui(c, 255, 1);
                    mpq_div(q, q, c);
                }
                for (int s = 0; s < 3; s++) {
                    mpq_set_d(c, step[s][k]);
                    s == GA_SUBTRACT ? mpq_sub(q, q, c) : s == GA_MULTIPLY ? mpq_mul(q, q, c) : mpq_div(q, q, c);
                }
                const double want = rounded(q, type);
                ASSERT(x[k] == want && preprocessing_number(&in, image, k) == want, "round %d, input %zu: %a, not %a", round, k,
                       x[k], want);
                rounded_twice += preprocessing_moved(&in, k, before[k]) != want;
            }
        }
        preprocessing_close(&in);
        ga_model_free(m);
        scaling_free(ds.scaling);
    }
    ASSERT(rounded_twice > 0, "two roundings would have gone unnoticed");
    mpq_clears(q, c, scale, NULL);
    for (int i = 0; i < 8; i++)
        mpq_clears(mean[i], std[i], NULL);
}

static ga_model *
small_model(double first)
{
    ga_status st;
    ga_model *m = ga_model_new(GA_F64, 1, (size_t[]){ 2, 2 }, NULL, &st);
    for (size_t i = 0; i < 4; i++)
        ga_model_set(m, m->layer[0].weight, i, first * (i == 1 || i == 2 ? -1 : 0.75));
    return m;
}

/* A network of -x with its inputs multiplied by -1 is attacked as that of x. */
static void
is_attacked(void)
{
    uint8_t pixel[] = { 100, 120, 180, 160, 130, 140, 0, 255 };
    uint32_t label[] = { 0, 1, 0, 1 };
    const ga_dataset ds = { .n = 4, .rows = 1, .cols = 2, .pixel = pixel, .label = label };
    const int8_t sign[] = { 1, -1, -1, 0, 0, 1, -1, -1 };
    int8_t other[sizeof sign];
    bool correct[2][4];
    ga_status st = { 0 };
    ga_model *a = small_model(1), *b = small_model(-1);
    ASSERT(ga_model_add_step(b, GA_MULTIPLY, (double[]){ -1, -1 }));
    for (size_t i = 0; i < sizeof sign; i++)
        other[i] = (int8_t)-sign[i];
    for (double eps = 0.02; eps < 1; eps *= 1.25) {
        ASSERT(signs_classify(correct[0], sign, eps, a, &ds, (ga_range){ 0, 3 }, 1, NULL, &st) == GA_OK, "%s", st.message);
        ASSERT(signs_classify(correct[1], other, eps, b, &ds, (ga_range){ 0, 3 }, 1, NULL, &st) == GA_OK, "%s", st.message);
        ASSERT(memcmp(correct[0], correct[1], sizeof correct[0]) == 0, "eps %g", eps);
    }
    ga_model_free(a);
    ga_model_free(b);
}

/* Whether class 0 is right, then class 1, of a network with logits x' - c and 0: which of x' > c and x' < c holds, neither for
   x' = c, a tie. The input has been moved by sign eps. */
static void
compare(bool correct[2], double c, int8_t sign, double eps, ga_dataset *ds, const ga_model *steps)
{
    ga_status st;
    uint32_t label[2] = { 0, 1 };
    const int8_t both[2] = { sign, sign };
    ga_model *m = ga_model_copy(steps, &st);
    ga_model_set(m, m->layer[0].bias, 0, -c);
    ds->label = label;
    ASSERT(signs_classify(correct, both, eps, m, ds, (ga_range){ 0, 1 }, 1, NULL, &st) == GA_OK, "%s", st.message);
    ga_model_free(m);
}

/* The input that is moved is (k/255 - mean)/std, rounded, in range; the steps' value there is rounded once more: against MPFR. One
   that stays has the value of both together, rounded once, which for many k is another. */
static void
is_attacked_exactly(void)
{
    size_t differ = 0;
    mpq_t q, factor;
    mpq_inits(q, factor, NULL);
    mpq_set_d(factor, -0.3);
    for (int k = 0; k < 256; k += 5)
        for (int type = GA_F32; type <= GA_F64; type++) {
            uint8_t pixel[2] = { (uint8_t)k, (uint8_t)k };
            ga_dataset ds = { .n = 2, .rows = 1, .cols = 1, .pixel = pixel };
            ga_status st;
            double x, low, high;
            bool correct[2];
            ASSERT(ga_dataset_scale(&ds, NULL, "0.1307", "0.3081", &st) == GA_OK, "%s", st.message);
            ga_model *m = ga_model_new((ga_dtype)type, 1, (size_t[]){ 1, 2 }, NULL, &st);
            ASSERT(ga_model_add_step(m, GA_MULTIPLY, (double[]){ -0.3 }));
            ga_model_set(m, m->layer[0].weight, 0, 1);
            ga_dataset_image(&x, &ds, 0, (ga_dtype)type);
            ga_dataset_bounds(&low, &high, &ds, (ga_dtype)type);
            for (int sign = -1; sign <= 1; sign++)
                for (double eps = 0.25; eps <= 16; eps *= 64) { /* the second reaches the end of the range */
                    double moved = type == GA_F32 ? (double)((float)x - (float)(sign * eps)) : x - sign * eps;
                    moved = moved < low ? low : moved > high ? high : moved;
                    mpq_set_d(q, moved);
                    mpq_mul(q, q, factor);
                    const double twice = rounded(q, (ga_dtype)type);
                    mpq_set_si(q, 10000 * k - 255 * 1307, 255 * 3081);
                    mpq_canonicalize(q);
                    mpq_mul(q, q, factor);
                    const double want = moved == x ? rounded(q, (ga_dtype)type) : twice;
                    compare(correct, want, (int8_t)sign, eps, &ds, m);
                    ASSERT(!correct[0] && !correct[1], "k %d, sign %d, eps %g: not %a", k, sign, eps, want);
                    differ += want != twice;
                }
            ga_model_free(m);
            scaling_free(ds.scaling);
        }
    ASSERT(differ > 0);
    mpq_clears(q, factor, NULL);
}

static ga_code
load_steps(const char *name, size_t n, const double *c, const char *second, const char *output, ga_status *st)
{
    const ga_load options = { .max_file = 1 << 20, .max_memory = 1 << 20 };
    tensors_source source = { .path = "file", .options = &options, .st = st };
    tensors t = { 0 };
    ga_model *model = NULL;
    *st = (ga_status){ 0 };
    ga_code code = tensors_add(&t, &source, "fc1.weight", ELEMENT_F32, 2, (size_t[]){ 3, 2 }, (float[6]){ 0 }, NULL);
    code = code == GA_OK ? tensors_add(&t, &source, "fc1.bias", ELEMENT_F32, 1, (size_t[]){ 3 }, (float[3]){ 0 }, NULL) : code;
    code = code == GA_OK ? tensors_add(&t, &source, name, ELEMENT_F64, 1, &n, c, NULL) : code;
    if (code == GA_OK && second != NULL)
        code = tensors_add(&t, &source, second, ELEMENT_F64, 1, &n, c, NULL);
    code = code == GA_OK ? tensors_add_meta(&t, &source, "output", output) : code;
    code = code == GA_OK ? model_assemble(&model, &t, &source) : code;
    ASSERT(code != GA_OK || (model->dtype == GA_F32 && ga_model_output(model) == GA_SOFTMAX && model->n_steps > 0));
    tensors_free(&t);
    ga_model_free(model);
    return code;
}

static void
is_loaded(void)
{
    const double c[3] = { 0.5, 2, 1 };
    static const struct {
        const char *name, *second, *output, *words;
        size_t n;
        double first;
    } bad[] = {
        { "normalise.2.divide", NULL, "softmax", "there is no normalise.1", 2, 1 },
        { "normalise.1.divide", "normalise.1.subtract", "softmax", "are the same step", 2, 1 },
        { "normalise.1.add", NULL, "softmax", "'normalise.1.add' is no step", 2, 1 },
        { "normalise.9.divide", NULL, "softmax", "is no step", 2, 1 },
        { "normalise.1.divide", NULL, "softmax", "its shape is not [2]", 3, 1 },
        { "normalise.1.divide", NULL, "softmax", "its shape is not [2]", 1, 1 },
        { "normalise.1.divide", NULL, "softmax", "element 0 is 0", 2, 0 },
        { "normalise.1.multiply", NULL, "softmax", "element 0 is not finite", 2, INFINITY },
        { "normalise.1.multiply", NULL, "argmax", "no output is called 'argmax'", 2, 1 },
    };
    ga_status st;
    ASSERT(load_steps("normalise.1.divide", 2, c, "normalise.2.subtract", "softmax", &st) == GA_OK, "%s", st.message);
    ASSERT(load_steps("normalise.2.divide", 2, c, "normalise.1.multiply", "softmax", &st) == GA_OK, "%s", st.message);
    ASSERT(load_steps("normalise.1.multiply", 2, (double[]){ 0, 0 }, NULL, "softmax", &st) == GA_OK, "%s", st.message);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ASSERT(load_steps(bad[i].name, bad[i].n, (double[]){ bad[i].first, 1, 1 }, bad[i].second, bad[i].output, &st) ==
                       GA_BAD_FILE &&
                   strstr(st.message, bad[i].words) != NULL, "%s, not %s", st.message, bad[i].words);
}

/* Written and read, the steps and the output are what they were, also rounded and copied. */
static void
is_written(void)
{
    ga_status st = { 0 };
    ga_model *m = small_model(1), *read;
    const char *path = scratch_path("model");
    ASSERT(ga_model_set_output(m, GA_LOG_SOFTMAX) && !ga_model_set_output(m, (ga_output)99));
    ASSERT(ga_model_add_step(m, GA_MULTIPLY, (double[]){ 0.1, 0.3 }) &&
           ga_model_add_step(m, GA_SUBTRACT, (double[]){ 1, 7 }));
    ga_model *rounded = ga_model_round(m, &st);
    ASSERT(rounded != NULL && ga_model_write(rounded, path, &st) == GA_OK, "%s", st.message);
    ASSERT(ga_model_load(&read, path, NULL, &st) == GA_OK, "%s", st.message);
    const ga_step *s = read->step;
    ASSERT(ga_model_output(read) == GA_LOG_SOFTMAX && read->n_steps == 2 && s[0].kind == GA_MULTIPLY && s[1].kind == GA_SUBTRACT);
    ASSERT(s[0].constant[0] == 0.1 && s[0].constant[1] == 0.3 && s[1].constant[0] == 1 && s[1].constant[1] == 7);
    ga_model_free(m);
    ga_model_free(rounded);
    ga_model_free(read);
}

TEST_MAIN("inputs", TEST(rounds_to_nearest), TEST(is_exact), TEST(is_refused), TEST(is_chained), TEST(is_attacked),
          TEST(is_attacked_exactly), TEST(is_loaded), TEST(is_written))
