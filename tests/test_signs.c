/* SPDX-License-Identifier: Apache-2.0 */
/* test_signs.c -- the signs of an FGSM step: drawn, taken, filled; ga_attack_run and ga_classify go through them. */
#include <string.h>

#include "attack/signs.h"
#include "model/scaling.h"
#include "networks.h"

/* The first three numbers of the stream, from
     python3 -c 'M=2**64-1
     def step(s):
       s=s+0x9e3779b97f4a7c15&M; z=(s^s>>30)*0xbf58476d1ce4e5b9&M; z=(z^z>>27)*0x94d049bb133111eb&M; return s,z^z>>31
     for seed,image in (1,0),(1,1),(7,0),(7,99),(20,9999),(M,123456789):
       s=step(step(seed)[1]^image*0xd1342543de82ef95&M)[1]; w=[]
       for i in range(3): s,z=step(s); w+=[hex(z)]
       print(seed,image,w)' */
static const struct {
    uint64_t seed;
    size_t image;
    uint64_t word[3];
} streams[] = {
    { 1, 0, { 0xb18a02f46d8d86c3, 0xf8c5b62c83f707e8, 0x6d339d1740130edd } },
    { 1, 1, { 0xb9257fbd9225782a, 0x1b6db4408fdb453d, 0x9865243cc26c17d8 } },
    { 7, 0, { 0x9c01479161bc5d78, 0x68bffcd4b372ef48, 0xff2a2af97c9c6861 } },
    { 7, 99, { 0xb18ffdf6b41e49f1, 0x1cb5f589a82ccd7b, 0x2610c1ea692a6379 } },
    { 20, 9999, { 0x94ed2152c7139016, 0x7cf1a73480cfff07, 0x74a4176cdc00d01b } },
    { UINT64_MAX, 123456789, { 0xcf90e23b493a0e66, 0xfeca6ad4e4fe024b, 0x8d756b62efa5c777 } },
};
enum { STREAMS = sizeof streams / sizeof *streams, MOST = 192 };

static int
drawn(size_t stream, size_t k)
{
    return streams[stream].word[k / 64] >> (k % 64) & 1 ? 1 : -1;
}

static void
random_signs_are_the_stream(void)
{
    static const size_t sizes[] = { 0, 1, 63, 64, 65, 127, 128, 129, MOST };
    for (size_t s = 0; s < STREAMS; s++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            int8_t sign[MOST + 1];
            memset(sign, 77, sizeof sign);
            signs_random(sign, sizes[i], streams[s].seed, streams[s].image);
            for (size_t k = 0; k < sizes[i]; k++)
                ASSERT(sign[k] == drawn(s, k), "stream %zu, %zu of %zu: %d", s, k, sizes[i], sign[k]);
            ASSERT(sign[sizes[i]] == 77, "beyond %zu", sizes[i]);
        }
}

static void
signs_are_the_numbers(void)
{
    static const ga_number number[] = {
        { .klass = GA_ZERO, .mantissa = -0.0 }, { .klass = GA_NORMAL, .sign = 1, .mantissa = 1, .exponent = -100000 },
        { .klass = GA_SUBNORMAL, .sign = -1, .mantissa = -1, .exponent = -149 }, { .klass = GA_NAN, .mantissa = NAN },
        { .klass = GA_INFINITE, .sign = -1, .mantissa = -INFINITY }, { .klass = GA_INFINITE, .sign = 1, .mantissa = INFINITY },
    };
    static const int8_t want[] = { 0, 1, -1, 0, -1, 1 };
    int8_t sign[7];
    memset(sign, 77, sizeof sign);
    signs_of(sign, number, 6);
    ASSERT(memcmp(sign, want, 6) == 0 && sign[6] == 77);
}

/* Every pattern of -, 0 and + in places around the edge of a word. */
static void
only_zeros_are_filled(void)
{
    enum { PLACES = 6 };
    for (size_t s = 0; s < STREAMS; s++)
        for (int pattern = 0; pattern < 729; pattern++) {
            int8_t before[70], sign[70];
            for (size_t k = 0, rest = (size_t)pattern; k < 70; k++) {
                before[k] = k < 61 || k >= 61 + PLACES ? (int8_t)(k % 3) - 1 : (int8_t)(rest % 3) - 1;
                rest = k < 61 ? rest : rest / 3;
            }
            memcpy(sign, before, sizeof sign);
            signs_fill(sign, 70, streams[s].seed, streams[s].image);
            for (size_t k = 0; k < 70; k++)
                ASSERT(sign[k] == (before[k] != 0 ? before[k] : drawn(s, k)), "stream %zu, pattern %d, place %zu", s, pattern, k);
        }
}

/* ---- what the network says -------------------------------------------------------------------------------------- */

/* The logits are one pixel and grey: of a grey image the first is the larger where the pixel's sign is +, neither where it is 0. */
static ga_model *
pixel_model(ga_dtype dtype, size_t pixels, size_t pixel)
{
    const size_t sizes[] = { pixels, 2 };
    ga_model *m = ga_model_new(dtype, 1, sizes, NULL, NULL);
    if (m == NULL)
        exit(99);
    ga_model_set(m, m->layer[0].weight, pixel, 1);
    ga_model_set(m, m->layer[0].bias, 1, dtype == GA_F32 ? (double)(128 / 255.0f) : 128 / 255.0);
    return m;
}

static ga_dataset *
grey_images(size_t n, size_t pixels)
{
    ga_dataset *ds = calloc(1, sizeof *ds);
    if (ds == NULL)
        exit(99);
    *ds = (ga_dataset){ .n = n, .rows = 1, .cols = pixels, .pixel = malloc(n * pixels), .label = calloc(n, sizeof(uint32_t)) };
    memset(ds->pixel, 128, n * pixels);
    return ds;
}

/* Through ga_attack_run, an image at a time, and through signs_classify, all at once: the class is that of the drawn sign. */
static void
an_attack_draws_the_stream(void)
{
    enum { N = 100, PIXELS = 130 };
    static const size_t pixel[] = { 0, 63, 64, 127, 129 };
    ga_dataset *ds = grey_images(N, PIXELS);
    int8_t *sign = malloc(N * PIXELS);
    for (size_t p = 0; p < 5; p++) {
        ga_model *m = pixel_model(GA_F32, PIXELS, pixel[p]);
        for (size_t s = 0; s < 4; s++) {
            const size_t image = streams[s].image;
            const ga_attack attack = { .random = true, .seed = streams[s].seed, .eps = 0.25 };
            const bool before = true;
            bool correct[N];
            ga_attack_counts c;
            ASSERT(ga_attack_run(&c, &attack, &before, m, ds, (ga_range){ image, image }, 1, NULL) == GA_OK);
            ASSERT(c.correct_after == (drawn(s, pixel[p]) > 0), "stream %zu, pixel %zu", s, pixel[p]);
            for (size_t i = 0; i < N; i++)
                signs_random(sign + i * PIXELS, PIXELS, streams[s].seed, i);
            ASSERT(signs_classify(correct, sign, 0.25, m, ds, (ga_range){ 0, N - 1 }, 2, NULL, NULL) == GA_OK);
            ASSERT(correct[image] == (drawn(s, pixel[p]) > 0), "stream %zu, pixel %zu", s, pixel[p]);
        }
        ga_model_free(m);
    }
    free(sign);
    ga_dataset_free(ds);
}

/* Signs of our own, a range that does not begin at 0 or a block, both types: + is the first class, - the second, 0 a tie. */
static void
signs_move_their_image(void)
{
    enum { N = 600, PIXELS = 3, FIRST = 250, LAST = 530 };
    ga_dataset *ds = grey_images(N, PIXELS);
    int8_t sign[(LAST - FIRST + 1) * PIXELS];
    uint64_t state = test_seed();
    for (size_t i = 0; i < N; i++)
        ds->label[i] = (uint8_t)(test_random(&state) % 2);
    for (size_t k = 0; k < sizeof sign; k++)
        sign[k] = (int8_t)(test_random(&state) % 3) - 1;
    for (ga_dtype dtype = GA_F32; dtype <= GA_F64; dtype++)
        for (size_t pixel = 0; pixel < PIXELS; pixel++) {
            ga_model *m = pixel_model(dtype, PIXELS, pixel);
            bool correct[N], after[N];
            memset(correct, 77, sizeof correct);
            ASSERT(signs_classify(correct, sign, 0x1p-20, m, ds, (ga_range){ FIRST, LAST }, 2, NULL, NULL) == GA_OK);
            for (size_t i = 0; i <= LAST - FIRST; i++) {
                const int s = sign[i * PIXELS + pixel];
                ASSERT(correct[i] == (s == (ds->label[FIRST + i] == 0 ? 1 : -1)), "image %zu, sign %d", FIRST + i, s);
            }
            /* Without signs nothing moves, and eps is not looked at. */
            ASSERT(signs_classify(after, NULL, NAN, m, ds, (ga_range){ FIRST, LAST }, 1, NULL, NULL) == GA_OK);
            ASSERT(ga_classify(correct, m, ds, (ga_range){ FIRST, LAST }, 1, NULL) == GA_OK);
            ASSERT(memcmp(correct, after, LAST - FIRST + 1) == 0 && !correct[0]);
            ga_model_free(m);
        }
    ga_dataset_free(ds);
}

static void
eps_and_range_are_checked(void)
{
    static const struct {
        double eps;
        bool good[2]; /* in F32, F64 */
    } cases[] = { { 0, { true, true } },           { -1, { false, false } },           { NAN, { false, false } },
                  { INFINITY, { false, false } },  { 1e300, { false, true } },         { 1e-60, { false, true } },
                  { 0x1p-150, { false, true } },   { 0x1.8p-150, { true, true } },     { FLT_MAX, { true, true } },
                  { 0x1.ffffffp127, { false, true } }, { 0.25, { true, true } } };
    ga_dataset *ds = grey_images(4, 2);
    const int8_t sign[8] = { 0 };
    bool correct[4];
    for (ga_dtype dtype = GA_F32; dtype <= GA_F64; dtype++) {
        ga_model *m = pixel_model(dtype, 2, 0);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            const ga_code want = cases[i].good[dtype == GA_F64] ? GA_OK : GA_USAGE;
            ASSERT(signs_check(cases[i].eps, m, ds, (ga_range){ 0, 3 }, NULL) == want, "eps %g", cases[i].eps);
            ASSERT(signs_classify(correct, sign, cases[i].eps, m, ds, (ga_range){ 0, 3 }, 1, NULL, NULL) == want, "eps %g",
                   cases[i].eps);
        }
        ASSERT(signs_check(0.25, m, ds, (ga_range){ 0, 4 }, NULL) == GA_USAGE);
        ASSERT(signs_check(0.25, m, ds, (ga_range){ 2, 1 }, NULL) == GA_USAGE);
        ASSERT(signs_classify(correct, NULL, 0, m, ds, (ga_range){ 0, 4 }, 1, NULL, NULL) == GA_USAGE);
        ASSERT(signs_classify(correct, sign, 0.25, m, ds, (ga_range){ 0, 4 }, 1, NULL, NULL) == GA_USAGE);
        ds->label[2] = 2;
        ASSERT(signs_check(0.25, m, ds, (ga_range){ 0, 1 }, NULL) == GA_BAD_FILE);
        ds->label[2] = 0;
        ga_model_free(m);
    }
    ga_dataset_free(ds);
}

/* x' is clipped to what the data's own bounds become: one step from either, and a step that stays within. The logits are x' and t,
   so that the class is 0 for x' > t, 1 for x' < t, and none at x' = t. */
static void
clips_to_the_bounds(void)
{
    static const struct {
        const char *scale, *mean, *std, *clip;
        double value, eps, low, high, up, down; /* images of 1 input; what becomes of it */
    } cases[] = {
        { NULL, NULL, NULL, NULL, 0.5, 8, 0, 1, 1, 0 },
        { NULL, "0.5", "0.25", NULL, 0.5, 8, -2, 2, 2, -2 },
        { "-4", NULL, NULL, NULL, 0.5, 8, -4, 0, 0, -4 },
        { "3", NULL, NULL, "-1,2", 0.5, 8, -3, 6, 6, -3 },
        { "3", NULL, NULL, "-1,2", 0.5, 0.5, -3, 6, 2, 1 },
        { "0.1", NULL, NULL, "0,3", 0.5, 8, 0, 0.3, 0.3, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int f64 = 0; f64 < 2; f64++)
            for (int sign = -1; sign <= 1; sign += 2)
                for (int t = -1; t <= 1; t++) {
                    double value = cases[i].value;
                    uint32_t label = t < 0 ? 0 : 1;
                    ga_dataset ds = { .n = 1, .rows = 1, .cols = 1, .value = &value, .label = &label, .least = value,
                                      .largest = value };
                    ga_model *m = ga_model_new(f64 ? GA_F64 : GA_F32, 1, (size_t[]){ 1, 2 }, NULL, NULL);
                    const int8_t step = (int8_t)sign;
                    ga_status st = { 0 };
                    bool correct = false;
                    ASSERT(ga_dataset_scale(&ds, cases[i].scale, cases[i].mean, cases[i].std, &st) == GA_OK &&
                           ga_dataset_clip(&ds, cases[i].clip, &st) == GA_OK, "%s", st.message);
                    const double want = sign > 0 ? cases[i].up : cases[i].down, x = f64 ? want : (double)(float)want;
                    const double beside = f64 ? nextafter(x, t < 0 ? -INFINITY : INFINITY)
                        : (double)nextafterf((float)x, t < 0 ? -INFINITY : INFINITY);
                    ga_model_set(m, m->layer[0].weight, 0, 1);
                    ga_model_set(m, m->layer[0].bias, 1, t == 0 ? x : beside);
                    ASSERT(signs_classify(&correct, &step, cases[i].eps, m, &ds, (ga_range){ 0, 0 }, 1, NULL, &st) == GA_OK, "%s",
                           st.message);
                    ASSERT(correct == (t != 0), "case %zu, sign %d, threshold %d beside %a", i, sign, t, x);
                    scaling_free(ds.scaling);
                    ga_model_free(m);
                }
}

TEST_MAIN("signs", TEST(random_signs_are_the_stream), TEST(signs_are_the_numbers), TEST(only_zeros_are_filled),
          TEST(an_attack_draws_the_stream), TEST(signs_move_their_image), TEST(eps_and_range_are_checked),
          TEST(clips_to_the_bounds))
