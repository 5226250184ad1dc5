/* SPDX-License-Identifier: Apache-2.0 */
/* test_dataset.c -- pixels rounded once, datasets checked against models, ranges of images. */
#include <string.h>

#include <mpfr.h>

#include "core/dataset.h"

#include "test.h"

/* Every pixel in both types, against MPFR. */
static void
image(void)
{
    uint8_t pixel[512];
    double x[256];
    for (int i = 0; i < 512; i++)
        pixel[i] = (uint8_t)i;
    ga_dataset ds = { .n = 2, .rows = 16, .cols = 16, .pixel = pixel };
    for (int f64 = 0; f64 < 2; f64++) {
        mpfr_t q;
        mpfr_init2(q, f64 ? 53 : 24);
        memset(x, 0xff, sizeof x);
        ga_dataset_image(x, &ds, 1, f64 ? GA_F64 : GA_F32);
        for (unsigned k = 0; k < 256; k++) {
            mpfr_set_ui(q, k, MPFR_RNDN);
            mpfr_div_ui(q, q, 255, MPFR_RNDN);
            ASSERT(x[k] == mpfr_get_d(q, MPFR_RNDN), "pixel %u, got %a", k, x[k]);
        }
        mpfr_clear(q);
    }
    mpfr_free_cache();
}

static void
check(void)
{
    ga_status st = { 0 };
    uint8_t pixel[12] = { 0 };
    uint32_t label[2] = { 0, 2 };
    ga_dataset ds = { .n = 2, .rows = 2, .cols = 3, .pixel = pixel, .label = label };
    ga_model *model = ga_model_new(GA_F32, 1, (size_t[]){ 6, 3 }, NULL, NULL);
    ASSERT(ga_dataset_check(&ds, model, &st) == GA_OK, "%s", st.message);
    label[1] = 3;
    ASSERT(ga_dataset_check(&ds, model, &st) == GA_BAD_FILE && strstr(st.message, "label 3 of image 1") != NULL, "%s",
           st.message);
    ds.label = NULL;
    ASSERT(ga_dataset_check(&ds, model, &st) == GA_BAD_FILE && strstr(st.message, "no labels") != NULL, "%s", st.message);
    ds.label = label;
    label[1] = 0;
    ds.classes = 4;
    ASSERT(ga_dataset_check(&ds, model, &st) == GA_BAD_FILE, "%s", st.message);
    ASSERT(strstr(st.message, "one-hot labels of 4 classes do not fit a model of 3 classes") != NULL, "%s", st.message);
    ds.classes = 3;
    ASSERT(ga_dataset_check(&ds, model, &st) == GA_OK, "%s", st.message);
    ds.cols = 2;
    ASSERT(ga_dataset_check(&ds, model, &st) == GA_BAD_FILE && strstr(st.message, "4 inputs (2 x 2)") != NULL, "%s", st.message);
    ga_model_free(model);
}

static void
range(void)
{
    static const struct {
        const char *text;
        size_t first, last;
    } good[] = { { NULL, 0, 9 }, { "0", 0, 0 }, { "9", 9, 9 }, { "0-9", 0, 9 }, { "3-3", 3, 3 }, { "007", 7, 7 } };
    static const char *const bad[] = { "", "-", "-1", "1-", "3-2", "1-2-3", " 1", "1 ", "+1", "1--2", "0x1", "1,2", "a", "10",
                                       "0-10", "18446744073709551616", "18446744073709551615", "0-99999999999999999999999" };
    ga_dataset ds = { .n = 10, .rows = 1, .cols = 1 };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ga_range r = { 77, 77 };
        ASSERT(ga_range_parse(&r, good[i].text, &ds, NULL) == GA_OK && r.first == good[i].first && r.last == good[i].last, "%s",
               good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ga_status st = { 0 };
        ga_range r = { 77, 77 };
        ASSERT(ga_range_parse(&r, bad[i], &ds, &st) == GA_USAGE && st.code == GA_USAGE && r.first == 77, "%s", bad[i]);
    }
}

TEST_MAIN("dataset", TEST(image), TEST(check), TEST(range))
