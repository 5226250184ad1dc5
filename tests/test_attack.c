/* SPDX-License-Identifier: Apache-2.0 */
/* test_attack.c -- the fast-gradient sign method: its adversarial image to the last bit, its counts, random signs, names,
   intervals. */
#include <string.h>

#include <mpfr.h>

#include "core/attack.h"

#include "networks.h"

static ga_dataset *
one_image(size_t pixels, uint8_t value, uint32_t label)
{
    ga_dataset *ds = calloc(1, sizeof *ds);
    if (ds == NULL || (ds->pixel = malloc(pixels)) == NULL || (ds->label = malloc(sizeof(uint32_t))) == NULL)
        exit(99);
    ds->n = ds->rows = 1;
    ds->cols = pixels;
    memset(ds->pixel, value, pixels);
    ds->label[0] = label;
    return ds;
}

/* ---- the adversarial image -------------------------------------------------------------------------------------- */

/* min(max(x + sign eps, 0), 1) with x = k/255, eps and the sum each rounded once to bits. */
static double
moved_pixel(int k, double eps, int sign, mpfr_prec_t bits)
{
    mpfr_t x, step;
    mpfr_inits2(bits, x, step, (mpfr_ptr)0);
    mpfr_set_si(x, k, MPFR_RNDN);
    mpfr_div_ui(x, x, 255, MPFR_RNDN);
    mpfr_set_d(step, eps, MPFR_RNDN);
    (sign > 0 ? mpfr_add : mpfr_sub)(x, x, step, MPFR_RNDN);
    const double moved = mpfr_get_d(x, MPFR_RNDN);
    mpfr_clears(x, step, (mpfr_ptr)0);
    return moved < 0 ? 0 : moved > 1 ? 1 : moved;
}

/* Is the attacked image still classified correctly, with logits x and threshold? */
static bool
correct_after(ga_dtype dtype, int k, uint32_t label, double eps, double threshold)
{
    static const size_t sizes[] = { 1, 2 };
    const bool correct = true;
    ga_model *m = ga_model_new(dtype, 1, sizes, NULL, NULL);
    ga_dataset *ds = one_image(1, (uint8_t)k, label);
    ga_model_set(m, m->layer[0].weight, 0, 1);
    ga_model_set(m, m->layer[0].bias, 1, threshold);
    const ga_estimator e = network_estimator(dtype == GA_F32 ? "float" : "double", GA_NAIVE, GA_BLAS);
    const ga_attack attack = { .estimator = e, .eps = eps };
    ga_attack_counts c;
    ga_status st = { 0 };
    ASSERT(ga_attack_run(&c, &attack, &correct, m, ds, (ga_range){ 0, 0 }, 1, &st) == GA_OK, "%s", st.message);
    ASSERT(c.all_zero == 0 && c.elements == 1);
    ga_model_free(m);
    ga_dataset_free(ds);
    return c.correct_after == 1;
}

static double
next_to(ga_dtype dtype, double x, double direction)
{
    return dtype == GA_F32 ? nextafterf((float)x, (float)direction) : nextafter(x, direction);
}

/* The first logit is x, the second a constant: for label 1 the gradient is positive, for label 0 negative. With the constant at the
   x' we expect the logits tie, which is wrong; one step towards the label it is right. Both hold for that x' alone. */
static void
adversarial_image_is_exact(void)
{
    static const double epsilons[] = { 0.25, 0.1, 1e-3, 3.7, 0x1p-30 };
    for (ga_dtype dtype = GA_F32; dtype <= GA_F64; dtype++)
        for (size_t i = 0; i < 5; i++)
            for (int k = 0; k <= 255; k += 5)
                for (uint32_t label = 0; label < 2; label++) {
                    const double want = moved_pixel(k, epsilons[i], label == 1 ? 1 : -1, dtype == GA_F32 ? 24 : 53);
                    const double beyond = next_to(dtype, want, label == 1 ? 2 : -1);
                    ASSERT(!correct_after(dtype, k, label, epsilons[i], want), "%d, eps %g: x' is not %a", k, epsilons[i], want);
                    ASSERT(correct_after(dtype, k, label, epsilons[i], beyond), "%d, eps %g: x' is beyond %a", k, epsilons[i],
                           want);
                }
}

/* o_0 = 1e4 x against a constant 1000 away: p rounds to 0 and 1, the gradient to 0, though a step of either sign would change the
   class for one of the labels. */
static void
zero_gradient_does_not_move(void)
{
    static const size_t sizes[] = { 1, 2 };
    const bool correct = true;
    for (uint32_t label = 0; label < 2; label++) {
        ga_model *m = ga_model_new(GA_F32, 1, sizes, NULL, NULL);
        ga_dataset *ds = one_image(1, 128, label);
        ga_model_set(m, m->layer[0].weight, 0, 1e4);
        ga_model_set(m, m->layer[0].bias, 1, label == 1 ? 6e3 : 4e3);
        ga_attack_counts c;
        ga_attack attack = { .estimator = network_estimator("float", GA_NAIVE, GA_BLAS), .eps = 0.25 };
        ASSERT(ga_attack_run(&c, &attack, &correct, m, ds, (ga_range){ 0, 0 }, 1, NULL) == GA_OK);
        ASSERT(c.all_zero == 1 && c.zero == 1 && c.correct_after == 1 && c.fooled == 0 && c.moved_correct == 0, "label %d", label);
        attack.estimator = network_estimator("mpfr:53", GA_REWRITE, GA_DOT); /* has the gradient, and shows that a step does it */
        ASSERT(ga_attack_run(&c, &attack, &correct, m, ds, (ga_range){ 0, 0 }, 1, NULL) == GA_OK);
        ASSERT(c.all_zero == 0 && c.correct_after == 0 && c.fooled == 1 && c.moved_fooled == 1, "label %d", label);
        ga_model_free(m);
        ga_dataset_free(ds);
    }
}

/* Ties and NaN name no class. infinity times weight 0 is NaN; one infinite logit is the largest. */
static void
ties_and_nan_are_wrong(void)
{
    static const size_t sizes[] = { 2, 1, 3 };
    static const ga_activation hidden[] = { GA_RELU };
    static const struct { float w[3], b[3]; bool right[3]; } cases[] = {
        { { 0, 0, 0 }, { 1, 1, 0 }, { false, false, false } }, /* 0 * infinity below: NaN in all; and a tie at finite weights */
        { { 1, 0, 0 }, { 0, 0, 0 }, { false, false, false } },
        { { 1, -1, -1 }, { 0, 0, 0 }, { true, false, false } },
        { { 1, 1, -1 }, { 0, 0, 0 }, { false, false, false } },
    };
    for (size_t i = 0; i < 4; i++)
        for (int infinite = 0; infinite < 2; infinite++)
            for (uint32_t label = 0; label < 3; label++) {
                ga_model *m = ga_model_new(GA_F32, 2, sizes, hidden, NULL);
                ga_dataset *ds = one_image(2, 255, label);
                for (size_t k = 0; k < 2; k++)
                    ga_model_set(m, m->layer[0].weight, k, infinite ? (double)FLT_MAX : 1);
                for (size_t k = 0; k < 3; k++) {
                    ga_model_set(m, m->layer[1].weight, k, (double)cases[i].w[k]);
                    ga_model_set(m, m->layer[1].bias, k, (double)cases[i].b[k]);
                }
                bool correct = !cases[i].right[label], want = cases[i].right[label];
                if (i == 1 && !infinite)
                    want = label == 0; /* logits 2, 0, 0 */
                ASSERT(ga_classify(&correct, m, ds, (ga_range){ 0, 0 }, 1, NULL) == GA_OK);
                ASSERT(correct == want, "case %zu, label %d, infinite %d", i, label, infinite);
                ga_model_free(m);
                ga_dataset_free(ds);
            }
}

/* ---- counts ----------------------------------------------------------------------------------------------------- */

static ga_model *
small_network(double scale, uint64_t *state)
{
    static const size_t sizes[] = { 40, 16, 5 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    return network_new(GA_F32, 2, sizes, hidden, scale, state);
}

/* Half the labels are what the network says, so that some are correct. */
static ga_dataset *
labelled_images(const ga_model *m, size_t n, uint64_t *state)
{
    ga_dataset *ds = network_images(m, n, state);
    bool *correct = malloc(n * sizeof *correct);
    for (uint32_t label = 0; label < ga_model_classes(m); label++) {
        uint32_t *kept = ds->label, *tried = malloc(n * sizeof *tried);
        for (size_t i = 0; i < n; i++)
            tried[i] = label;
        ds->label = tried;
        ASSERT(ga_classify(correct, m, ds, (ga_range){ 0, n - 1 }, 2, NULL) == GA_OK);
        for (size_t i = 0; i < n; i += 2)
            if (correct[i])
                kept[i] = label;
        ds->label = kept;
        free(tried);
    }
    free(correct);
    return ds;
}

typedef struct {
    int8_t sign[512][64];
    size_t zero, all_zero, subnormal, n;
} signs;

static ga_code
keep_signs(void *data, const ga_block *b, ga_status *st)
{
    signs *s = data;
    ga_number g[64];
    (void)st;
    for (size_t i = 0; i < ga_block_images(b); i++) {
        bool any = false;
        ga_block_row(g, b, i);
        for (size_t k = 0; k < ga_block_elements(b); k++) {
            s->sign[ga_block_first(b) + i][k] = (int8_t)g[k].sign;
            s->zero += g[k].mantissa == 0;
            s->subnormal += g[k].klass == GA_SUBNORMAL;
            any = any || g[k].sign != 0;
        }
        s->all_zero += !any;
        s->n++;
    }
    return GA_OK;
}

/* The class of an input, by a plain double loop; -1 where the two largest logits are closer than double and float may differ. */
static int
class_by_hand(const ga_model *m, const double *x)
{
    double a[64], o[64];
    memcpy(a, x, m->layer[0].n_in * sizeof *x);
    for (size_t l = 0; l < m->n_layers; l++) {
        const ga_layer *layer = m->layer + l;
        for (size_t j = 0; j < layer->n_out; j++) {
            o[j] = ga_model_get(m, layer->bias, j);
            for (size_t k = 0; k < layer->n_in; k++)
                o[j] += ga_model_get(m, layer->weight, j * layer->n_in + k) * a[k];
        }
        for (size_t j = 0; j < layer->n_out; j++)
            a[j] = layer->activation == GA_SIGMOID ? 1 / (1 + exp(-o[j])) : o[j];
    }
    int best = 0;
    double second = -INFINITY;
    for (size_t j = 1; j < ga_model_classes(m); j++)
        best = o[j] > o[best] ? (int)j : best;
    for (size_t j = 0; j < ga_model_classes(m); j++)
        second = (int)j != best && o[j] > second ? o[j] : second;
    return o[best] - second > 1e-3 ? best : -1;
}

/* How many images it fooled. */
static size_t
attack_one_network(uint64_t *state)
{
    enum { N = 100 };
    static signs s;
    ga_model *m = small_network(40, state);
    ga_dataset *ds = labelled_images(m, N, state);
    const ga_range all = { 0, N - 1 };
    const ga_attack attack = { .estimator = network_estimator("float", GA_NAIVE, GA_BLAS), .eps = 0.6 };
    bool correct[N];
    ga_attack_counts total = { 0 };
    size_t fooled = 0, decided = 0;
    ASSERT(ga_classify(correct, m, ds, all, 2, NULL) == GA_OK);
    memset(&s, 0, sizeof s);
    ASSERT(ga_gradient(m, ds, all, &attack.estimator, 1, &(ga_sink){ .parallel = keep_signs, .data = &s }, NULL) == GA_OK);
    for (size_t i = 0; i < N; i++) {
        double x[64];
        ga_attack_counts c;
        for (size_t k = 0; k < ds->cols; k++)
            x[k] = s.sign[i][k] == 0 ? (double)((float)ds->pixel[i * ds->cols + k] / 255)
                                     : moved_pixel(ds->pixel[i * ds->cols + k], 0.6, s.sign[i][k], 24);
        ASSERT(ga_attack_run(&c, &attack, correct + i, m, ds, (ga_range){ i, i }, 1, NULL) == GA_OK);
        const int class = class_by_hand(m, x);
        if (class >= 0)
            ASSERT(c.correct_after == (class == (int)ds->label[i]), "image %zu: class %d", i, class);
        decided += class >= 0;
        fooled += c.fooled;
    }
    ASSERT(decided > N * 9 / 10, "%zu decided", decided);
    ASSERT(ga_attack_run(&total, &attack, correct, m, ds, all, 2, NULL) == GA_OK);
    ASSERT(total.fooled == fooled && total.zero == s.zero && total.all_zero == s.all_zero && total.subnormal == s.subnormal);
    ASSERT(s.n == N && total.elements == N * ds->cols && total.images == N);
    ga_model_free(m);
    ga_dataset_free(ds);
    return fooled;
}

static void
attack_by_hand(void)
{
    uint64_t state = test_seed();
    size_t fooled = 0;
    for (int i = 0; i < 6; i++)
        fooled += attack_one_network(&state);
    ASSERT(fooled > 0, "%zu", fooled);
}

static void
add(ga_attack_counts *a, const ga_attack_counts *b)
{
    size_t *x = &a->images;
    const size_t *y = &b->images;
    _Static_assert(sizeof *a % sizeof(size_t) == 0, "all counts are size_t");
    for (size_t i = 0; i < sizeof *a / sizeof *x; i++)
        x[i] += y[i];
}

static void
counts_add_up(void)
{
    enum { N = 520 };
    static const char *const words[] = { "float,naive", "double,rewrite", "float,gain=0.01", "random,seed=3",
                                         "float,rewrite,logit-scale=0.1" };
    static const ga_range parts[] = { { 0, 0 }, { 1, 99 }, { 100, 256 }, { 257, 258 }, { 259, N - 1 } };
    uint64_t state = test_seed();
    ga_model *m = small_network(600, &state);
    ga_dataset *ds = labelled_images(m, N, &state);
    bool correct[N], again[N];
    size_t n_correct = 0, zeros = 0, fooled = 0;
    ASSERT(ga_classify(correct, m, ds, (ga_range){ 0, N - 1 }, 2, NULL) == GA_OK);
    for (size_t i = 0; i < N; i++)
        n_correct += correct[i];
    for (size_t p = 0; p < 5; p++)
        ASSERT(ga_classify(again + parts[p].first, m, ds, parts[p], 3, NULL) == GA_OK);
    ASSERT(memcmp(correct, again, sizeof correct) == 0 && n_correct > N / 3 && n_correct < N);
    for (size_t w = 0; w < 5; w++) {
        ga_attack attack;
        ga_attack_counts c, sum = { 0 };
        ASSERT(ga_attack_parse(&attack, words[w], NULL) == GA_OK);
        attack.eps = 0.1;
        ASSERT(ga_attack_run(&c, &attack, correct, m, ds, (ga_range){ 0, N - 1 }, 4, NULL) == GA_OK);
        for (size_t p = 0; p < 5; p++) {
            ga_attack_counts part;
            ASSERT(ga_attack_run(&part, &attack, correct + parts[p].first, m, ds, parts[p], 1 + (int)p % 3, NULL) == GA_OK);
            add(&sum, &part);
        }
        ASSERT(memcmp(&c, &sum, sizeof c) == 0, "%s: the parts do not add up to the whole", words[w]);
        ASSERT(c.images == N && c.correct == n_correct, "%zu", c.correct);
        ASSERT(c.fooled <= c.correct && c.moved_fooled <= c.moved_correct && c.moved_fooled <= c.moved_wrong);
        ASSERT(c.moved_correct <= N - c.all_zero && c.moved_wrong <= N - c.all_zero);
        ASSERT(c.fooled == c.moved_fooled, "%s: an image that did not move was fooled", words[w]);
        ASSERT(c.correct - c.fooled <= c.correct_after && c.correct_after <= N);
        ASSERT(N - c.correct_after == c.moved_wrong + (c.all_zero - (c.correct - c.moved_correct)), "%s", words[w]);
        ASSERT(c.zero + c.subnormal + c.infinite + c.nan <= c.elements);
        ASSERT(c.elements == (attack.random ? 0 : N * ds->cols), "%zu elements", c.elements);
        fooled += c.fooled;
        zeros += c.all_zero;
    }
    ASSERT(zeros > 0 && fooled > 0, "%zu zeros, %zu fooled", zeros, fooled);
    ga_model_free(m);
    ga_dataset_free(ds);
}

static void
eps_and_range_are_checked(void)
{
    uint64_t state = test_seed();
    ga_model *m = small_network(1, &state);
    ga_dataset *ds = network_images(m, 4, &state);
    const double bad[] = { -1, -0x1p-1074, NAN, INFINITY, 1e300, 1e-60 };
    bool correct[4] = { 0 };
    ga_attack_counts c;
    ga_attack attack;
    ASSERT(ga_attack_parse(&attack, "float", NULL) == GA_OK);
    for (size_t i = 0; i < 6; i++) {
        attack.eps = bad[i];
        ASSERT(ga_attack_run(&c, &attack, correct, m, ds, (ga_range){ 0, 3 }, 1, NULL) == GA_USAGE, "eps %g", bad[i]);
    }
    attack.eps = 0.1;
    ASSERT(ga_attack_run(&c, &attack, correct, m, ds, (ga_range){ 0, 4 }, 1, NULL) == GA_USAGE);
    ASSERT(ga_attack_run(&c, &attack, correct, m, ds, (ga_range){ 2, 1 }, 1, NULL) == GA_USAGE);
    ASSERT(ga_classify(correct, m, ds, (ga_range){ 0, 4 }, 1, NULL) == GA_USAGE);
    ds->label[2] = 5;
    ASSERT(ga_attack_run(&c, &attack, correct, m, ds, (ga_range){ 0, 1 }, 1, NULL) == GA_BAD_FILE);
    ga_model_free(m);
    ga_dataset_free(ds);
}

/* Without a step no image moves, even where the least one moves it into the clip's range: here every image, far enough that the
   network errs on some. */
static void
no_step(void)
{
    enum { N = 40 };
    uint64_t state = test_seed();
    ga_model *m = small_network(40, &state);
    ga_dataset *ds = labelled_images(m, N, &state);
    const ga_range all = { 0, N - 1 };
    static const char *const words[] = { "float", "exact", "random", "float,rewrite,gain=0.5" };
    bool correct[N];
    ga_attack_counts c, least;
    ASSERT(ga_dataset_clip(ds, "100,101", NULL) == GA_OK && ga_classify(correct, m, ds, all, 1, NULL) == GA_OK);
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        ga_attack attack;
        ASSERT(ga_attack_parse(&attack, words[w], NULL) == GA_OK);
        attack.eps = 0;
        ASSERT(ga_attack_run(&c, &attack, correct, m, ds, all, 1, NULL) == GA_OK, "%s", words[w]);
        ASSERT(c.images == N && c.correct > 0 && c.fooled == 0 && c.correct_after == c.correct, "%s: %zu of %zu fooled", words[w],
               c.fooled, c.correct);
        attack.eps = 1e-30;
        ASSERT(ga_attack_run(&least, &attack, correct, m, ds, all, 1, NULL) == GA_OK && least.fooled > 0, "%s", words[w]);
    }
    ga_model_free(m);
    ga_dataset_free(ds);
}

/* ---- random signs ----------------------------------------------------------------------------------------------- */

/* How many of n images have +1 at one pixel: with logits x_pixel and the unmoved pixel the class tells the sign. */
static size_t
positive_signs(uint64_t seed, size_t pixels, size_t pixel, size_t n, uint8_t *sign)
{
    const size_t sizes[] = { pixels, 2 };
    ga_model *m = ga_model_new(GA_F32, 1, sizes, NULL, NULL);
    ga_dataset *ds = calloc(1, sizeof *ds);
    *ds = (ga_dataset){ .n = n, .rows = 1, .cols = pixels, .pixel = malloc(n * pixels), .label = calloc(n, sizeof(uint32_t)) };
    memset(ds->pixel, 128, n * pixels);
    ga_model_set(m, m->layer[0].weight, pixel, 1);
    ga_model_set(m, m->layer[0].bias, 1, 128 / 255.0);
    bool *correct = calloc(n, sizeof *correct);
    const ga_attack attack = { .random = true, .seed = seed, .eps = 0.25 };
    size_t positive = 0;
    ga_attack_counts c;
    for (size_t i = 0; i < n && sign != NULL; i++) {
        ASSERT(ga_attack_run(&c, &attack, correct, m, ds, (ga_range){ i, i }, 1, NULL) == GA_OK);
        sign[i] = (uint8_t)c.correct_after;
        positive += c.correct_after;
    }
    ASSERT(ga_attack_run(&c, &attack, correct, m, ds, (ga_range){ 0, n - 1 }, 2, NULL) == GA_OK);
    ASSERT(sign == NULL || positive == c.correct_after, "image by image %zu, at once %zu", positive, c.correct_after);
    ASSERT(c.elements == 0 && c.all_zero == 0);
    positive = c.correct_after;
    for (size_t i = 0; i < n; i++)
        ds->label[i] = 1;
    ASSERT(ga_attack_run(&c, &attack, correct, m, ds, (ga_range){ 0, n - 1 }, 2, NULL) == GA_OK);
    ASSERT(c.correct_after == n - positive, "%zu signs are positive and %zu negative", positive, c.correct_after);
    free(correct);
    ga_model_free(m);
    ga_dataset_free(ds);
    return positive;
}

/* Binomial: n/2 give or take 5 standard deviations sqrt(n)/2. */
static void
random_signs(void)
{
    enum { N = 2000, FEW = 300 };
    static const size_t pixel[] = { 0, 1, 62, 63, 64, 65, 99 };
    for (uint64_t seed = 1; seed < 4; seed++)
        for (size_t i = 0; i < 7; i++) {
            const size_t positive = positive_signs(seed, 100, pixel[i], N, NULL);
            ASSERT(fabs((double)positive - N / 2) < 2.5 * sqrt(N), "seed %d, pixel %zu: %zu of %d", (int)seed, pixel[i],
                   positive, N);
        }
    uint8_t first[FEW], again[FEW], other_seed[FEW], other_pixel[FEW];
    size_t seeds_agree = 0, pixels_agree = 0;
    positive_signs(1, 70, 3, FEW, first);
    positive_signs(1, 70, 3, FEW, again);
    positive_signs(2, 70, 3, FEW, other_seed);
    positive_signs(1, 70, 67, FEW, other_pixel);
    ASSERT(memcmp(first, again, FEW) == 0, "the same seed has other signs");
    for (size_t i = 0; i < FEW; i++) {
        seeds_agree += first[i] == other_seed[i];
        pixels_agree += first[i] == other_pixel[i];
    }
    ASSERT(fabs((double)seeds_agree - FEW / 2) < 2.5 * sqrt(FEW), "%zu of %d signs agree in two seeds", seeds_agree, FEW);
    ASSERT(fabs((double)pixels_agree - FEW / 2) < 2.5 * sqrt(FEW), "%zu of %d signs agree in two pixels", pixels_agree, FEW);
}

/* ---- names, intervals, spaces ----------------------------------------------------------------------------------- */

static void
names_are_read(void)
{
    static const char *const bad[] = { "flaot", "mpfr", "mpfr:", "mpfr:1", "mpfr:65537", "mpfr:53x", "mpfr:-5", "gain", "gain=",
                                       "gain=x", "gain=nan", "gain=inf", "gain=1x", "seed=", "seed=-1", "seed=1.5",
                                       "seed=18446744073709551616", "seed=x", "logit-scale=", "naive rewrites", "floats",
                                       "random=1", "gain=1/0", "margin,cross-entropy", "float,double", "gain=1,gain=2",
                                           "random,naive",
                                       "naive,float,rewrite" };
    static const struct { const char *text, *hint; } slips[] = {
        { "flaot", "did you mean 'float'?" }, { "double,naiv", "did you mean 'naive'?" }, { "mpfr", "did you mean 'mpfr:BITS'?" },
        { "bals", "did you mean 'blas'?" }, { "cross", "did you mean 'cross-entropy'?" }, { "gian=0.5", "did you mean 'gain='?" },
        { "gain", "did you mean 'gain='?" }, { "logit_scale=2", "did you mean 'logit-scale='?" },
        { "half", "did you mean 'float16'?" }, /* a name that others have */
        { "exact,nonsense", "random and seed=N" }, /* near none: the message ends here */
    };
    static const struct { const char *text, *name; } good[] = {
        { "", "float naive" },
        { "float", "float naive" },
        { "rewrite,double", "double rewrite" },
        { "naive mpfr:256", "mpfr:256 naive" },
        { "double, gain=3e-4,  logit-scale=0.5", "double naive gain=0.0003 logit-scale=0.5" },
        { "float,loop,gain=1", "float naive" },
        { "random", "random signs seed=1" },
        { "seed=18446744073709551615,random", "random signs seed=18446744073709551615" },
        { "mpfr:2,rewrite", "mpfr:2 rewrite" },
        { "mpfr:65536", "mpfr:65536 naive" },
        { "margin", "float naive margin" },
        { "double,rewrite,margin,gain=0.5", "double rewrite margin gain=0.5" },
        { "exact,margin", "exact margin" },
        { "float,gain=0.00048828125", "float naive gain=1/2048" },
        { "float,logit-scale=1/3", "float naive logit-scale=1/3" },
        { "float,gain=0.0001220703125,logit-scale=1234.5678", "float naive gain=1/8192 logit-scale=1234.5678" },
        { "Double,Rewrite,MARGIN,Gain=1/2", "double rewrite margin gain=0.5" },
        { "MPFR:99", "mpfr:99 naive" },
        { "Random,SEED=3", "random signs seed=3" },
    };
    ga_attack a;
    char name[128];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ga_status st = { 0 };
        ASSERT(ga_attack_parse(&a, bad[i], &st) == GA_USAGE && st.code == GA_USAGE && st.message[0] != '\0', "'%s' is taken",
               bad[i]);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ga_status st = { 0 };
        ASSERT(ga_attack_parse(&a, good[i].text, &st) == GA_OK, "'%s': %s", good[i].text, st.message);
        ga_attack_name(name, sizeof name, &a);
        ASSERT(strcmp(name, good[i].name) == 0, "'%s' is '%s', not '%s'", good[i].text, name, good[i].name);
    }
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        ga_status st = { 0 };
        ASSERT(ga_attack_parse(&a, slips[i].text, &st) == GA_USAGE);
        const char *const end = st.message + strlen(st.message) - strlen(slips[i].hint);
        ASSERT(end > st.message && strcmp(end, slips[i].hint) == 0, "%s", st.message);
    }
    ASSERT(ga_attack_parse(&a, "dot,mpfr:99,gain=0.5,rewrite", NULL) == GA_OK);
    ASSERT(a.estimator.product == GA_DOT && a.estimator.format.kind == GA_MPFR && a.estimator.format.bits == 99);
    ASSERT(a.estimator.gain == 0.5 && a.estimator.logit_scale == 1 && a.estimator.formulas == GA_REWRITE && !a.random);
}

/* Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3, to four decimals. */
static void
wilson_as_published(void)
{
    static const struct { size_t k, n; double low, high; } table[] = {
        { 81, 263, 0.2553, 0.3662 }, { 15, 148, 0.0624, 0.1605 }, { 0, 20, 0, 0.1611 }, { 1, 29, 0.0061, 0.1718 }
    };
    double low, high;
    for (size_t i = 0; i < 4; i++) {
        ga_wilson(&low, &high, table[i].k, table[i].n);
        ASSERT(fabs(low - table[i].low) <= 0.00005 && fabs(high - table[i].high) <= 0.00005, "%zu of %zu: %.6f, %.6f", table[i].k,
               table[i].n, low, high);
    }
    ga_wilson(&low, &high, 0, 0);
    ASSERT(low == 0 && high == 1);
}

/* The ends are where the score test has z^2: (k/n - p)^2 n = z^2 p (1 - p), with erfc(z/sqrt 2) = 0.05; all in MPFR. */
static void
wilson_solves_its_equation(void)
{
    mpfr_t z, step, t;
    mpfr_inits2(200, z, step, t, (mpfr_ptr)0);
    mpfr_set_ui(z, 2, MPFR_RNDN);
    for (int i = 0; i < 60; i++) { /* Newton: d/dz erfc(z/sqrt 2) = -sqrt(2/pi) e^(-z^2/2) */
        mpfr_sqr(step, z, MPFR_RNDN);
        mpfr_div_si(step, step, -2, MPFR_RNDN);
        mpfr_exp(step, step, MPFR_RNDN);
        mpfr_const_pi(t, MPFR_RNDN);
        mpfr_ui_div(t, 2, t, MPFR_RNDN);
        mpfr_sqrt(t, t, MPFR_RNDN);
        mpfr_mul(step, step, t, MPFR_RNDN);
        mpfr_sqrt_ui(t, 2, MPFR_RNDN);
        mpfr_div(t, z, t, MPFR_RNDN);
        mpfr_erfc(t, t, MPFR_RNDN);
        mpfr_mul_ui(t, t, 20, MPFR_RNDN);
        mpfr_sub_ui(t, t, 1, MPFR_RNDN);
        mpfr_div_ui(t, t, 20, MPFR_RNDN);
        mpfr_div(t, t, step, MPFR_RNDN);
        mpfr_add(z, z, t, MPFR_RNDN);
    }
    mpfr_sqr(z, z, MPFR_RNDN);
    const double z2 = mpfr_get_d(z, MPFR_RNDN);
    static const size_t trials[] = { 1, 2, 7, 100, 9999, 1000000 };
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j <= 8; j++) {
            const size_t n = trials[i], k = n * j / 8;
            double end[2];
            ga_wilson(&end[0], &end[1], k, n);
            const double share = (double)k / (double)n;
            ASSERT(end[0] >= 0 && end[0] <= share && end[1] >= share && end[1] <= 1, "%zu of %zu", k, n);
            for (int e = 0; e < 2; e++) {
                const double p = end[e], d = share - p, left = d * d * (double)n, right = z2 * p * (1 - p);
                ASSERT(fabs(left - right) <= 1e-9 * (right + 1e-6), "%zu of %zu, end %d: %g, %g", k, n, e, left, right);
            }
        }
    mpfr_clears(z, step, t, (mpfr_ptr)0);
}

static void
log_space(void)
{
    double v[8];
    ga_log_space(v, 8, 1e-6, 10);
    ASSERT(v[0] == 1e-6 && v[7] == 10);
    for (size_t i = 0; i < 8; i++)
        ASSERT_ULP(v[i], pow(10, (double)i - 6), 16);
    ga_log_space(v, 2, 3, 0.5);
    ASSERT(v[0] == 3 && v[1] == 0.5);
}

/* A sweep is an attack at each value. */
static void
sweep_is_attacks(void)
{
    enum { N = 60 };
    static const double value[] = { 1e-4, 0.03, 1 };
    uint64_t state = test_seed();
    ga_model *m = small_network(3000, &state);
    ga_dataset *ds = labelled_images(m, N, &state);
    bool correct[N];
    ga_attack_counts c[3], one;
    ASSERT(ga_classify(correct, m, ds, (ga_range){ 0, N - 1 }, 1, NULL) == GA_OK);
    for (int scale = 0; scale < 2; scale++) {
        ga_attack attack = { .estimator = network_estimator("float", GA_NAIVE, GA_BLAS), .eps = 0.1 };
        ASSERT(ga_sweep(c, value, 3, scale, &attack, m, ds, (ga_range){ 0, N - 1 }, 2, NULL) == GA_OK);
        for (size_t i = 0; i < 3; i++) {
            *(scale ? &attack.estimator.logit_scale : &attack.estimator.gain) = value[i];
            ASSERT(ga_attack_run(&one, &attack, correct, m, ds, (ga_range){ 0, N - 1 }, 2, NULL) == GA_OK);
            ASSERT(memcmp(&one, c + i, sizeof one) == 0, "value %g", value[i]);
        }
        ASSERT(c[0].zero < c[2].zero || scale, "a small gain leaves %zu zeros, gain 1 %zu", c[0].zero, c[2].zero);
    }
    ga_model_free(m);
    ga_dataset_free(ds);
}

/* More images than are held at once, from one that begins no block: the counts of its parts. */
static void
many_images_are_their_parts(void)
{
    enum { FIRST = 300, N = FIRST + 2 * 8 * GA_BLOCK };
    static const char *const words[] = { "float,naive", "random,seed=3" };
    uint64_t state = test_seed();
    ga_model *m = small_network(600, &state);
    ga_dataset *ds = labelled_images(m, N, &state);
    bool *correct = malloc(N * sizeof *correct);
    ASSERT(ga_classify(correct, m, ds, (ga_range){ 0, N - 1 }, 2, NULL) == GA_OK);
    for (size_t w = 0; w < 2; w++) {
        ga_attack attack;
        ga_attack_counts c, sum = { 0 };
        ASSERT(ga_attack_parse(&attack, words[w], NULL) == GA_OK);
        attack.eps = 0.1;
        ASSERT(ga_attack_run(&c, &attack, correct + FIRST, m, ds, (ga_range){ FIRST, N - 1 }, 1, NULL) == GA_OK);
        for (size_t first = FIRST; first < N; first += 100) {
            ga_attack_counts part;
            const ga_range range = { first, first + 99 < N ? first + 99 : N - 1 };
            ASSERT(ga_attack_run(&part, &attack, correct + first, m, ds, range, 1, NULL) == GA_OK);
            add(&sum, &part);
        }
        ASSERT(memcmp(&c, &sum, sizeof c) == 0, "%s: the parts do not add up to the whole", words[w]);
        ASSERT(c.fooled > 0 && c.correct_after > 0);
    }
    free(correct);
    ga_model_free(m);
    ga_dataset_free(ds);
}

TEST_MAIN("attack", TEST(adversarial_image_is_exact), TEST(zero_gradient_does_not_move), TEST(ties_and_nan_are_wrong),
          TEST(attack_by_hand), TEST(counts_add_up), TEST(eps_and_range_are_checked), TEST(no_step),
          TEST(random_signs), TEST(names_are_read),
          TEST(wilson_as_published), TEST(wilson_solves_its_equation), TEST(log_space), TEST(sweep_is_attacks),
          TEST(many_images_are_their_parts))
