/* SPDX-License-Identifier: Apache-2.0 */
/* test_normalise.c -- what is done to inputs before the first layer: exact, then rounded once; in files; in attacks. */
#include <string.h>

#include <gradaudit/dataset.h>

#include "attack/signs.h"
#include "io/tensors.h"
#include "model/normalise.h"
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
                const double got = normalise_round(x, type);
                ASSERT(got == sign * want[k], "%d: %a, not %a, between %a and %a", k, got, sign * want[k], l, h);
            }
        }
    }
    set_power(x, 128);
    ASSERT(normalise_round(x, GA_F32) == INFINITY && normalise_round(x, GA_F64) == 0x1p128);
    mpq_clears(low, high, middle, bit, x, NULL);
}

/* (k/255 - c) / d = (k - 255 c) / (255 d): for dyadic c and d numerator and denominator are exact in binary64, and IEEE division
   rounds once. */
static void
is_exact(void)
{
    const double c[3] = { 0.5, 0.5, 0.125 }, d[3] = { 0.25, 0.25, -3 };
    const uint8_t k[2][3] = { { 0, 7, 255 }, { 128, 254, 1 } };
    for (int type = GA_F32; type <= GA_F64; type++) {
        double x[3];
        ga_normalise *n = normalise_new(3);
        ASSERT(normalise_add(n, GA_SUBTRACT, c) && normalise_add(n, GA_DIVIDE, d));
        for (int image = 0; image < 2; image++) {
            normalise_bytes(x, k[image], n, (ga_dtype)type);
            for (size_t i = 0; i < 3; i++) {
                const double up = k[image][i] - 255 * c[i], down = 255 * d[i];
                ASSERT(x[i] == (type == GA_F32 ? (double)((float)up / (float)down) : up / down), "%a", x[i]);
            }
        }
        ASSERT(normalise_double(0.75, n, 2, GA_F64) == 0.625 / -3);
        ASSERT(normalise_direction(n, 2) == -1 && normalise_direction(n, 0) == 1);
        ga_normalise *copy = normalise_copy(n);
        normalise_free(n);
        ASSERT(normalise_double(0.75, copy, 0, GA_F64) == 1);
        normalise_free(copy);
    }
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
    uint8_t pixel[] = { 100, 120, 180, 160, 130, 140, 0, 255 }, label[] = { 0, 1, 0, 1 };
    const ga_dataset ds = { .n = 4, .rows = 1, .cols = 2, .pixel = pixel, .label = label };
    const int8_t sign[] = { 1, -1, -1, 0, 0, 1, -1, -1 };
    int8_t other[sizeof sign];
    bool correct[2][4];
    ga_status st = { 0 };
    ga_model *a = small_model(1), *b = small_model(-1);
    b->normalise = normalise_new(2);
    ASSERT(normalise_add(b->normalise, GA_MULTIPLY, (double[]){ -1, -1 }));
    for (size_t i = 0; i < sizeof sign; i++)
        other[i] = (int8_t)-sign[i];
    for (double eps = 0.02; eps < 1; eps *= 1.25) {
        ASSERT(signs_classify(correct[0], sign, eps, a, &ds, (ga_range){ 0, 3 }, 1, &st) == GA_OK, "%s", st.message);
        ASSERT(signs_classify(correct[1], other, eps, b, &ds, (ga_range){ 0, 3 }, 1, &st) == GA_OK, "%s", st.message);
        ASSERT(memcmp(correct[0], correct[1], sizeof correct[0]) == 0, "eps %g", eps);
    }
    ga_model_free(a);
    ga_model_free(b);
}

static ga_code
load_steps(const char *name, size_t n, const double *c, const char *second, const char *output, ga_status *st)
{
    const ga_load options = { .max_file = 1 << 20, .max_memory = 1 << 20 };
    tensors_source source = { .path = "file", .options = &options, .st = st };
    tensors t = { 0 };
    ga_model *model = NULL;
    *st = (ga_status){ 0 };
    ga_code code = tensors_add(&t, &source, "fc1.weight", ELEMENT_F32, 2, (size_t[]){ 3, 2 }, (float[6]){ 0 });
    code = code == GA_OK ? tensors_add(&t, &source, "fc1.bias", ELEMENT_F32, 1, (size_t[]){ 3 }, (float[3]){ 0 }) : code;
    code = code == GA_OK ? tensors_add(&t, &source, name, ELEMENT_F64, 1, &n, c) : code;
    if (code == GA_OK && second != NULL)
        code = tensors_add(&t, &source, second, ELEMENT_F64, 1, &n, c);
    code = code == GA_OK ? tensors_add_meta(&t, &source, "output", output) : code;
    code = code == GA_OK ? model_assemble(&model, &t, &source) : code;
    ASSERT(code != GA_OK || (model->dtype == GA_F32 && model->output == GA_SOFTMAX && model->normalise != NULL));
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
        { "normalise.1.multiply", NULL, "argmax", "output 'argmax' is not", 2, 1 },
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
    m->output = GA_LOG_SOFTMAX;
    m->normalise = normalise_new(2);
    ASSERT(normalise_add(m->normalise, GA_MULTIPLY, (double[]){ 0.1, 0.3 }) &&
           normalise_add(m->normalise, GA_SUBTRACT, (double[]){ 1, 7 }));
    ga_model *rounded = ga_model_round(m, &st);
    ASSERT(rounded != NULL && ga_model_write(rounded, path, &st) == GA_OK, "%s", st.message);
    ASSERT(ga_model_load(&read, path, NULL, &st) == GA_OK, "%s", st.message);
    size_t n_steps;
    const ga_step *s = ga_model_steps(&n_steps, read);
    ASSERT(read->output == GA_LOG_SOFTMAX && n_steps == 2 && s[0].kind == GA_MULTIPLY && s[1].kind == GA_SUBTRACT);
    ASSERT(s[0].constant[0] == 0.1 && s[0].constant[1] == 0.3 && s[1].constant[0] == 1 && s[1].constant[1] == 7);
    ga_model_free(m);
    ga_model_free(rounded);
    ga_model_free(read);
}

TEST_MAIN("normalise", TEST(rounds_to_nearest), TEST(is_exact), TEST(is_attacked), TEST(is_loaded), TEST(is_written))
