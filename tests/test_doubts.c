/* SPDX-License-Identifier: Apache-2.0 */
/* test_doubts.c -- small networks on numbers that they were made for, and on others. */
#include <math.h>
#include <string.h>

#include "audit/doubts.h"
#include "model/scaling.h"
#include "test.h"

enum { N = 128, INPUTS = 4 };

/* Two classes: the logit of the second is w . x + bias, that of the first 0, both times size. */
static ga_model *
network(const double w[INPUTS], double bias, double size)
{
    static const size_t sizes[] = { INPUTS, 2 };
    ga_model *m = ga_model_new(GA_F32, 1, sizes, NULL, NULL);
    float *const weight = m->layer[0].weight, *const b = m->layer[0].bias;
    for (size_t k = 0; k < INPUTS; k++)
        weight[INPUTS + k] = (float)(size * w[k]);
    b[1] = (float)(size * bias);
    return m;
}

/* Bytes whose first number says the class, b >= 128, times a, plus c, as numbers; the others are noise. */
static ga_dataset
numbers(double a, double c, size_t n)
{
    ga_dataset ds = { .n = n, .rows = 2, .cols = 2, .value = malloc(n * INPUTS * sizeof(double)),
                      .label = malloc(n * sizeof(uint32_t)),
                      .least = INFINITY, .largest = -INFINITY };
    for (size_t i = 0; i < n * INPUTS; i++) {
        const size_t byte = i == 1 ? 255 : i == 2 ? 0 : i % INPUTS == 0 ? (37 * (i / INPUTS) + 5) % 256 : (113 * i + 11) % 256;
        ds.value[i] = a * (double)byte + c;
        ds.least = fmin(ds.least, ds.value[i]);
        ds.largest = fmax(ds.largest, ds.value[i]);
        if (i % INPUTS == 0)
            ds.label[i / INPUTS] = byte >= 128;
    }
    return ds;
}

static void
end(ga_dataset *ds)
{
    free(ds->value);
    free(ds->label);
    scaling_free(ds->scaling);
}

/* One doubt with all of the words, which are separated by |; or none. With the options that are said, none either. */
static void
check(const char *what, ga_model *m, ga_dataset ds, const char *scale, const char *mean, const char *std, const char *wanted)
{
    char words[200], *rest = words;
    ga_status st = { 0 };
    doubts d;
    ASSERT(ga_dataset_scale(&ds, scale, mean, std, &st) == GA_OK, "%s", st.message);
    ASSERT(doubts_find(&d, m, &ds, 1, &st) == GA_OK, "%s", st.message);
    ASSERT(d.n == (wanted != NULL), "%s: %zu doubts: %s", what, d.n, d.n > 0 ? d.text[0] : "");
    snprintf(words, sizeof words, "%s", wanted != NULL ? wanted : "");
    for (char *word; wanted != NULL && d.n > 0 && (word = strsep(&rest, "|")) != NULL;)
        ASSERT(*word == '!' ? strstr(d.text[0], word + 1) == NULL : strstr(d.text[0], word) != NULL, "%s: %s; not: %s", what,
               d.text[0], word);
    end(&ds);
}

static ga_dataset
unlabelled(ga_dataset ds)
{
    free(ds.label);
    ds.label = NULL;
    return ds;
}

static void
numbers_of_0_to_255(void)
{
    static const double first[INPUTS] = { 1 };
    ga_model *unit = network(first, -0.5, 1), *raw = network(first, -127.5, 1);
    check("made for 0 to 1", unit, numbers(1, 0, N), NULL, NULL, NULL,
          "go up to 255|not divided by 255|say --scale 1/255 if|!Which");
    check("made for 0 to 255", raw, numbers(1, 0, N), NULL, NULL, NULL, NULL);
    check("neither is known", unit, unlabelled(numbers(1, 0, N)), NULL, NULL, NULL,
          "if the network was made for inputs from 0 to 1, say --scale 1/255");
    check("not whole, no labels", unit, unlabelled(numbers(0.999, 0, N)), NULL, NULL, NULL, NULL);
    check("not whole", unit, numbers(0.999, 0, N), NULL, NULL, NULL, "say --scale 1/255 if");
    check("0 to 1", unit, numbers(1.0 / 255, 0, N), NULL, NULL, NULL, NULL);
    check("divided", unit, numbers(1, 0, N), "1/255", NULL, NULL, NULL);
    check("half of it", unit, numbers(1, 0, N), "1/2", NULL, NULL, "say --scale 1/255 if|not divided");
    ga_model *moved = network(first, -1, 1);
    check("with a mean", moved, numbers(1, 0, N), NULL, "-1/2", NULL, "say --scale 1/255 if|!--mean");
    ga_model_free(moved);
    check("to 100", unit, numbers(100.0 / 255, 0, N), NULL, NULL, NULL, "divided by 100|say --scale 1/100 if");
    check("to 65535", unit, numbers(257, 0, N), NULL, NULL, NULL, "divided by 65535|say --scale 1/65535 if");
    check("made for 0 to 255, of 0 to 1", raw, numbers(1.0 / 255, 0, N), NULL, NULL, NULL,
          "between 0 and 1|say --scale 255 if|!again");
    ga_model_free(unit);
    ga_model_free(raw);
}

/* A network without biases is as right at any scale; its loss is 0 where the numbers are large. */
static void
homogeneous(void)
{
    static const double apart[INPUTS] = { 1, -1 };
    for (size_t n = 16; n <= N; n *= 2) {
        ga_model *m = network(apart, 0, 40);
        ga_dataset ds = numbers(1, 0, n);
        for (size_t i = 0; i < n; i++)
            ds.label[i] = ds.value[i * INPUTS] > ds.value[i * INPUTS + 1];
        check("homogeneous", m, ds, NULL, NULL, NULL,
              "Which was the network made for?|with --scale 1/255 on 100.0 %|right on 100.0 %");
        ga_model_free(m);
    }
}

static void
other_scales(void)
{
    static const double first[INPUTS] = { 1 };
    ga_model *unit = network(first, -0.5, 1), *around = network(first, 0, 1);
    check("-1 to 1", unit, numbers(2.0 / 255, -1, N), NULL, NULL, NULL, "between -1 and 1|say --mean -1 --std 2 if");
    check("made for -1 to 1", around, numbers(2.0 / 255, -1, N), NULL, NULL, NULL, NULL);
    check("0 to 1 of -1 to 1", around, numbers(1.0 / 255, 0, N), NULL, NULL, NULL, "say --mean 0.5 --std 0.5 if");
    check("in the way", unit, numbers(1.0 / 255, 0, N), NULL, "1,2", NULL, "leave out --mean if");
    check("both in the way", unit, numbers(1.0 / 255, 0, N), NULL, "1", "1/2", "leave out --mean and --std if");
    check("twice", unit, numbers(1.0 / 255, 0, N), "1/255", NULL, NULL,
          "divided by 255 already, and are scaled again|say --scale 1 if");
    check("to 16", unit, numbers(1.0 / 16, 0, N), NULL, NULL, NULL, "say --mean 0 --std 15.94 if");
    ga_dataset ds = numbers(1.0 / 255, 0, N); /* nothing is wrong but the labels */
    for (size_t i = 0; i < N; i++)
        ds.label[i] = !ds.label[i];
    check("labels", unit, ds, NULL, NULL, NULL, "is right on 0.0 %|Check that the labels|!predicted class");
    ga_model_free(unit);
    ga_model_free(around);
}

static void
lost(void)
{
    static const double first[INPUTS] = { 1, 1 }, none[INPUTS] = { 0 };
    ga_model *m = network(first, 0, 3e38);
    ((float *)m->layer[0].weight)[0] = ((float *)m->layer[0].weight)[1] = 3e38F;
    check("infinite", m, numbers(1.0 / 16, 0, N), NULL, NULL, NULL,
          "have no predicted class, because logits are infinite or NaN|--format double|!--scale|!labels");
    ga_model_free(m);
    m = network(none, 0, 1);
    check("tied", m, numbers(1.0 / 255, 0, N), NULL, NULL, NULL, "128 of 128 images|largest logits are equal|!labels");
    ga_model_free(m);
}

TEST_MAIN("doubts", TEST(numbers_of_0_to_255), TEST(homogeneous), TEST(other_scales), TEST(lost))
