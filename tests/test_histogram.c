/* SPDX-License-Identifier: Apache-2.0 */
/* test_histogram.c -- gradients of chosen elements counted by decade, and histograms merged.

   A network of one layer on a black image has logits 0, 0 and so p = 1/2 exactly: with weights (v, 0) the element of dL/dx is v/2
   for label 1, -v/2 for label 0, exact in every format; times the logit scale. */
#include <string.h>

#include <mpfr.h>

#include "core/histogram.h"

#include "decades.h"
#include "networks.h"
#include "report/figure.h"

enum { MAX_VALUES = 2048 };

typedef struct {
    double value[MAX_VALUES];
    int64_t decade[MAX_VALUES];
    size_t n;
} chosen;

static ga_model *
model_of_values(ga_dtype dtype, const chosen *c)
{
    const size_t sizes[] = { c->n, 2 };
    ga_model *m = ga_model_new(dtype, 1, sizes, NULL, NULL);
    for (size_t i = 0; i < c->n; i++)
        ga_model_set(m, m->layer[0].weight, i, 2 * c->value[i]);
    return m;
}

static ga_dataset *
black_images(size_t n, size_t pixels, uint32_t label)
{
    ga_dataset *ds = calloc(1, sizeof *ds);
    *ds = (ga_dataset){ .n = n, .rows = 1, .cols = pixels, .pixel = calloc(n, pixels), .label = malloc(n * sizeof(uint32_t)) };
    for (size_t i = 0; i < n; i++)
        ds->label[i] = (uint32_t)label;
    return ds;
}

static void
totals_hold(const ga_histogram *h)
{
    size_t sum = h->zero + h->infinite + h->nan + h->undecided.n;
    for (size_t i = 0; i < h->n; i++) {
        ASSERT(h->count[i] > 0 && (i == 0 || h->decade[i] > h->decade[i - 1]), "decade %lld", (long long)h->decade[i]);
        sum += h->count[i];
    }
    ASSERT(sum == h->elements, "%zu of %zu elements", sum, h->elements);
    ASSERT(h->negative_zero <= h->zero && h->subnormal <= h->elements);
}

/* The counts of the chosen decades, found by going through them. */
static void
has_decades(const ga_histogram *h, const chosen *c, size_t images, const char *format)
{
    size_t zeros = 0;
    for (size_t i = 0; i < c->n; i++)
        zeros += c->value[i] == 0;
    for (size_t i = 0; i < h->n; i++) {
        size_t want = 0;
        for (size_t k = 0; k < c->n; k++)
            want += c->value[k] != 0 && c->decade[k] == h->decade[i];
        ASSERT(h->count[i] == want * images, "%s, decade %lld: %zu, not %zu", format, (long long)h->decade[i], h->count[i],
               want * images);
    }
    ASSERT(h->zero == zeros * images && h->elements == c->n * images && h->infinite == 0 && h->nan == 0, "%zu zeros", h->zero);
    totals_hold(h);
}

/* The neighbours of each power of ten: in double up to 10^22 and in float up to 10^10 the power itself begins its decade; what the
   text 1e-k reads as lies above it or below. */
static void
choose_powers(chosen *c, ga_dtype dtype)
{
    const int most = dtype == GA_F32 ? 37 : 307, least = dtype == GA_F32 ? -44 : -322;
    mpfr_t x;
    mpfr_init2(x, 53);
    c->n = 0;
    for (int k = least; k <= most; k++) {
        char text[16];
        snprintf(text, sizeof text, "1e%d", k);
        const double near = dtype == GA_F32 ? (double)strtof(text, NULL) : strtod(text, NULL);
        const double below = dtype == GA_F32 ? (double)nextafterf((float)near, 0) : nextafter(near, 0);
        const double above = dtype == GA_F32 ? (double)nextafterf((float)near, INFINITY) : nextafter(near, INFINITY);
        const double all[] = { below, near, above };
        for (size_t i = 0; i < 3; i++) {
            mpfr_set_d(x, all[i], MPFR_RNDN);
            c->value[c->n] = (k + (int)i) % 2 == 0 ? all[i] : -all[i];
            c->decade[c->n++] = reaches_decade(x, k) ? k : k - 1;
        }
    }
    c->value[c->n++] = 0;
    mpfr_clear(x);
}

static void
powers_of_ten(void)
{
    static chosen c;
    enum { IMAGES = 259 };
    for (ga_dtype dtype = GA_F32; dtype <= GA_F64; dtype++) {
        choose_powers(&c, dtype);
        ga_model *m = model_of_values(dtype, &c);
        for (uint32_t label = 0; label < 2; label++) {
            ga_dataset *ds = black_images(IMAGES, c.n, label);
            static const char *const formats[] = { "float", "double", "mpfr:53", "mpfr:300" };
            for (size_t f = dtype == GA_F32 ? 0 : 1; f < 4; f++) {
                const ga_range range = { f < 2 ? 0 : 5, f < 2 ? IMAGES - 1 : 6 };
                const ga_estimator e = network_estimator(formats[f], label == 0 ? GA_NAIVE : GA_REWRITE, GA_PRODUCT_DEFAULT);
                ga_histogram h;
                ga_status st = { 0 };
                ASSERT(ga_histogram_make(&h, m, ds, range, &e, 2, &st) == GA_OK, "%s", st.message);
                has_decades(&h, &c, range.last - range.first + 1, formats[f]);
                size_t subnormal = 0;
                const double normal = f == 0 ? (double)FLT_MIN : DBL_MIN;
                for (size_t i = 0; i < c.n; i++)
                    subnormal += c.value[i] != 0 && fabs(c.value[i]) < normal;
                ASSERT(h.subnormal == (f < 2 ? subnormal * IMAGES : 0), "%s: %zu subnormal", formats[f], h.subnormal);
                ASSERT(f >= 2 || subnormal == 0 || h.subnormal > 0);
                ga_histogram_free(&h);
            }
            ga_dataset_free(ds);
        }
        ga_model_free(m);
    }
}

/* -v and 0 times 1/2: zeros of both signs, elements beyond the range, infinity minus infinity. */
static void
zeros_infinities_nan(void)
{
    static const size_t sizes[] = { 5, 2 };
    static const double weight[2][5] = { { 0, 1, 1e30, 1e30, 1.5 }, { 0, 0, 0, 1e30, 0 } };
    ga_model *m = ga_model_new(GA_F32, 1, sizes, NULL, NULL);
    ga_dataset *ds = black_images(3, 5, 1);
    for (size_t i = 0; i < 10; i++)
        ga_model_set(m, m->layer[0].weight, i, weight[i / 5][i % 5]);
    ga_estimator e = network_estimator("float", GA_NAIVE, GA_LOOP);
    e.logit_scale = 0x1p100;
    ga_histogram h;
    ASSERT(ga_histogram_make(&h, m, ds, (ga_range){ 0, 2 }, &e, 1, NULL) == GA_OK);
    ASSERT(h.elements == 15 && h.zero == 3 && h.infinite == 3 && h.nan == 3, "%zu, %zu, %zu", h.zero, h.infinite, h.nan);
    totals_hold(&h);
    ASSERT(h.negative_zero == 0 && h.n == 1 && h.decade[0] == 29 && h.count[0] == 6); /* 2^99 = 6.3e29 and 9.5e29 */
    ASSERT(h.median == 29.5);
    ga_histogram_free(&h);
    e.logit_scale = 0x1p-149;
    ASSERT(ga_histogram_make(&h, m, ds, (ga_range){ 0, 0 }, &e, 1, NULL) == GA_OK);
    totals_hold(&h);
    /* 2^-150 rounds to 0: everything is lost to the residual's scaling */
    ASSERT(h.zero == 5 && h.n == 0 && isnan(h.median), "%zu zeros", h.zero);
    ga_histogram_free(&h);
    ga_model_free(m);
    ga_dataset_free(ds);
}

/* One sigmoid unit at z = bias, read out by 1 and 0: g = r w s'(z) with r in (1/4, 3/4), so log10 |g| is about -|z| log10 e.
   At z = -+69078 that is 10^-30000; the decade from MPFR's own logarithm at 300 bits. */
static void
decades_far_below_double(void)
{
    static const size_t sizes[] = { 1, 1, 2 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    for (double z = -230258.7; z < 231000; z += 230258.7 / 4) {
        ga_model *m = ga_model_new(GA_F64, 2, sizes, hidden, NULL);
        ga_dataset *ds = black_images(1, 1, 0);
        ga_model_set(m, m->layer[0].weight, 0, 1);
        ga_model_set(m, m->layer[0].bias, 0, z);
        ga_model_set(m, m->layer[1].weight, 0, 1);
        const ga_estimator e = network_estimator("mpfr:256", GA_REWRITE, GA_DOT);
        ga_histogram h;
        ASSERT(ga_histogram_make(&h, m, ds, (ga_range){ 0, 0 }, &e, 1, NULL) == GA_OK);
        mpfr_t s, d, r;
        mpfr_inits2(300, s, d, r, (mpfr_ptr)0);
        mpfr_set_d(d, z / 2, MPFR_RNDN); /* s' = sech^2(z/2)/4 */
        mpfr_sech(d, d, MPFR_RNDN);
        mpfr_sqr(d, d, MPFR_RNDN);
        mpfr_div_2ui(d, d, 2, MPFR_RNDN);
        mpfr_set_d(s, z, MPFR_RNDN); /* r_0 = -p_1 = -1/(1 + e^s(z)) */
        mpfr_neg(s, s, MPFR_RNDN);
        mpfr_exp(s, s, MPFR_RNDN);
        mpfr_add_ui(s, s, 1, MPFR_RNDN);
        mpfr_ui_div(s, 1, s, MPFR_RNDN);
        mpfr_exp(r, s, MPFR_RNDN);
        mpfr_add_ui(r, r, 1, MPFR_RNDN);
        mpfr_div(d, d, r, MPFR_RNDN);
        mpfr_log10(d, d, MPFR_RNDN);
        mpfr_floor(d, d);
        const long want = mpfr_get_si(d, MPFR_RNDN);
        ASSERT(h.n == 1 && h.decade[0] == want && h.count[0] == 1, "z = %g: decade %lld, not %ld", z, (long long)h.decade[0], want);
        ASSERT(fabs(z) < 1e5 || want < -43000, "%ld", want);
        mpfr_clears(s, d, r, (mpfr_ptr)0);
        ga_histogram_free(&h);
        ga_model_free(m);
        ga_dataset_free(ds);
    }
}

/* ---- merging ---------------------------------------------------------------------------------------------------- */

static ga_histogram
random_histogram(uint64_t *state)
{
    enum { MOST = 30 };
    ga_histogram h = { .decade = malloc(MOST * sizeof *h.decade), .count = malloc(MOST * sizeof *h.count) };
    const int64_t wide = test_random(state) % 2 == 0 ? 1 : INT64_C(1) << 50; /* as far apart as that */
    h.zero = test_random(state) % 9;
    h.negative_zero = h.zero / 2;
    h.infinite = test_random(state) % 9;
    h.nan = test_random(state) % 9;
    h.undecided.n = test_random(state) % 3;
    h.undecided.bound = h.undecided.n > 0 ? (int64_t)(test_random(state) % 100) - 5000 : 0;
    h.elements = h.zero + h.infinite + h.nan + h.undecided.n;
    for (int64_t d = -50; d < 50 && h.n < MOST; d++)
        if (test_random(state) % 4 == 0) {
            h.decade[h.n] = d * wide;
            h.elements += h.count[h.n++] = 1 + test_random(state) % 100;
        }
    h.subnormal = test_random(state) % 9;
    return h;
}

static size_t
count_at(const ga_histogram *h, int64_t decade)
{
    size_t count = 0;
    for (size_t i = 0; i < h->n; i++)
        count += h->decade[i] == decade ? h->count[i] : 0;
    return count;
}

static void
same_histogram(const ga_histogram *a, const ga_histogram *b)
{
    ASSERT(a->n == b->n, "%zu decades, not %zu", a->n, b->n);
    for (size_t i = 0; i < a->n; i++)
        ASSERT(count_at(b, a->decade[i]) == a->count[i], "decade %lld", (long long)a->decade[i]);
    ASSERT(a->undecided.n == b->undecided.n && a->undecided.bound == b->undecided.bound);
    ASSERT(a->elements == b->elements && a->zero == b->zero && a->negative_zero == b->negative_zero);
    ASSERT(a->subnormal == b->subnormal);
    ASSERT(a->infinite == b->infinite && a->nan == b->nan && (a->median == b->median || (isnan(a->median) && isnan(b->median))));
}

/* (a + b) + c = a + (b + c) = (c + b) + a, decade by decade the sum. */
static void
merging_is_adding(void)
{
    uint64_t state = test_seed();
    for (int i = 0; i < 200; i++) {
        const uint64_t before = state;
        ga_histogram a = random_histogram(&state), b = random_histogram(&state), c = random_histogram(&state), want[3];
        uint64_t again = before;
        for (int k = 0; k < 3; k++)
            want[k] = random_histogram(&again);
        again = before;
        ga_histogram d = random_histogram(&again), e = random_histogram(&again), f = random_histogram(&again);
        again = before;
        ga_histogram g = random_histogram(&again), h = random_histogram(&again), j = random_histogram(&again);
        ASSERT(ga_histogram_merge(&a, &b, NULL) == GA_OK && ga_histogram_merge(&a, &c, NULL) == GA_OK);
        ASSERT(ga_histogram_merge(&e, &f, NULL) == GA_OK && ga_histogram_merge(&d, &e, NULL) == GA_OK);
        ASSERT(ga_histogram_merge(&j, &h, NULL) == GA_OK && ga_histogram_merge(&j, &g, NULL) == GA_OK);
        same_histogram(&a, &d);
        same_histogram(&a, &j);
        totals_hold(&a);
        int64_t bound = INT64_MIN;
        for (size_t k = 0; k < 3; k++) {
            for (size_t w = 0; w < want[k].n; w++) {
                const int64_t at = want[k].decade[w];
                ASSERT(count_at(&a, at) == count_at(&want[0], at) + count_at(&want[1], at) + count_at(&want[2], at), "decade %lld",
                       (long long)at);
            }
            bound = want[k].undecided.n > 0 && want[k].undecided.bound > bound ? want[k].undecided.bound : bound;
        }
        ASSERT(a.undecided.n == want[0].undecided.n + want[1].undecided.n + want[2].undecided.n);
        ASSERT(a.undecided.n == 0 || a.undecided.bound == bound, "2^%lld", (long long)a.undecided.bound);
        ASSERT(a.elements == want[0].elements + want[1].elements + want[2].elements);
        ASSERT(a.zero == want[0].zero + want[1].zero + want[2].zero);
        ASSERT(a.nan == want[0].nan + want[1].nan + want[2].nan);
        ASSERT(a.infinite == want[0].infinite + want[1].infinite + want[2].infinite);
        ASSERT(a.subnormal == want[0].subnormal + want[1].subnormal + want[2].subnormal);
        ga_histogram *all[] = { &a, &b, &c, &d, &e, &f, &g, &h, &j, &want[0], &want[1], &want[2] };
        for (size_t k = 0; k < 12; k++)
            ga_histogram_free(all[k]);
    }
}

static void
medians_by_hand(void)
{
    static const struct { size_t count[3]; double median; } cases[] = {
        { { 1, 0, 0 }, 5.5 }, { { 0, 0, 7 }, 7.5 }, { { 1, 1, 1 }, 6.5 }, { { 2, 1, 0 }, 5.5 }, { { 1, 3, 1 }, 6.5 },
        { { 1, 0, 2 }, 7.5 }, { { 1, 1, 0 }, 5.5 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t decade[3];
        size_t count[3];
        ga_histogram b = { .decade = decade, .count = count, .zero = 100, .elements = 110 }, a = { 0 };
        for (size_t k = 0; k < 3; k++)
            if (cases[i].count[k] > 0) {
                decade[b.n] = 5 + (int64_t)k;
                count[b.n++] = cases[i].count[k];
            }
        ASSERT(ga_histogram_merge(&a, &b, NULL) == GA_OK && a.median == cases[i].median, "case %zu: %g", i, a.median);
        ga_histogram_free(&a);
    }
}

/* Each class in its bin; what has two decades, or no value, is undecided, and the greatest bound stays. */
static void
classes_by_hand(void)
{
#define NUMBER(klass_, sign_, mantissa_, exponent_) \
    { .klass = klass_, .sign = sign_, .mantissa = mantissa_, .exponent = exponent_ }
    const ga_number g[] = {
        NUMBER(GA_NORMAL, 1, 1.5, 3), NUMBER(GA_SUBNORMAL, -1, -1, -149), NUMBER(GA_ZERO, 0, -0.0, 0), NUMBER(GA_ZERO, 0, 0, 0),
        NUMBER(GA_NAN, 0, NAN, 0), NUMBER(GA_INFINITE, -1, -INFINITY, 0), NUMBER(GA_NORMAL, 1, 1, 40), NUMBER(GA_NORMAL, 1, 1.5, 3),
        NUMBER(GA_UNKNOWN, 0, NAN, -9), NUMBER(GA_UNKNOWN, 0, NAN, INT64_MAX)
    };
    const int64_t decade[] = { 1, -45, 7, 7, 7, 7, GA_NO_DECADE, 1, 7, 7 };
    ga_histogram h = { 0 };
    ASSERT(ga_histogram_add(&h, g, decade, 9, NULL) == GA_OK);
    ASSERT(h.elements == 9 && h.zero == 2 && h.negative_zero == 1 && h.subnormal == 1 && h.nan == 1 && h.infinite == 1);
    ASSERT(h.n == 2 && h.decade[0] == -45 && h.count[0] == 1 && h.decade[1] == 1 && h.count[1] == 2);
    ASSERT(h.undecided.n == 2 && h.undecided.bound == 41, "%zu, 2^%lld", h.undecided.n, (long long)h.undecided.bound);
    ASSERT(ga_histogram_add(&h, g + 9, decade + 9, 1, NULL) == GA_OK && h.undecided.n == 3 && h.undecided.bound == INT64_MAX);
    totals_hold(&h);
    ga_histogram_free(&h);
}

/* Random decades over the whole of int64, against counting each by going through them; as many at once as there are, or few. */
static void
adding_is_counting(void)
{
    enum { N = 3000 };
    static ga_number g[N];
    static int64_t decade[N];
    uint64_t state = test_seed();
    for (int round = 0; round < 6; round++) {
        const int64_t apart = round % 3 == 0 ? 1 : round % 3 == 1 ? 12345678901234 : INT64_C(1) << 60;
        ga_histogram h = { 0 };
        for (size_t k = 0; k < N; k++) {
            g[k] = (ga_number){ .klass = GA_NORMAL, .sign = 1, .mantissa = 1, .exponent = 0 };
            const int64_t some = (int64_t)(test_random(&state) % (round < 3 ? 15 : 700)) - 7;
            decade[k] = some % (round % 3 == 2 ? 7 : 700) * apart;
        }
        for (size_t done = 0; done < N;) {
            const size_t n = round % 2 == 0 ? N : 1 + test_random(&state) % 40, left = N - done;
            ASSERT(ga_histogram_add(&h, g + done, decade + done, n < left ? n : left, NULL) == GA_OK);
            done += n < left ? n : left;
        }
        for (size_t i = 0; i < h.n; i++) {
            size_t want = 0;
            for (size_t k = 0; k < N; k++)
                want += decade[k] == h.decade[i];
            ASSERT(h.count[i] == want, "decade %lld: %zu, not %zu", (long long)h.decade[i], h.count[i], want);
        }
        ASSERT(h.elements == N);
        totals_hold(&h);
        ga_histogram_free(&h);
    }
}

/* A unit at z = -W k/255 on an image of grey k, W = 1e15: the element of the exact gradient is -W r s'(z), 1/4 < r < 3/4 and
   e^-|z|/4 <= s'(z) <= e^-|z|, so that its decade lies 12.7 to 15 above -|z| log10 e: 4.3e14 decades, of which 256 occur. */
static void
magnitudes_of_any_spread(void)
{
    static const size_t sizes[] = { 1, 1, 2 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    enum { N = 256 };
    const double weight = -1e15;
    ga_model *m = ga_model_new(GA_F64, 2, sizes, hidden, NULL);
    ga_dataset *ds = black_images(N, 1, 0);
    ga_model_set(m, m->layer[0].weight, 0, weight);
    ga_model_set(m, m->layer[1].weight, 0, 1);
    for (size_t i = 0; i < N; i++)
        ds->pixel[i] = (uint8_t)(N - 1 - i);
    ga_estimator e = network_estimator("mpfr:256", GA_REWRITE, GA_DOT);
    e.format = (ga_format){ .kind = GA_EXACT, .bits = GA_REFERENCE_MAX_BITS };
    ga_histogram h;
    ga_status st = { 0 };
    ASSERT(ga_histogram_make(&h, m, ds, (ga_range){ 0, N - 1 }, &e, 2, &st) == GA_OK, "%s", st.message);
    totals_hold(&h);
    ASSERT(h.n == N && h.elements == N && h.undecided.n == 0, "%zu decades, %zu undecided", h.n, h.undecided.n);
    for (size_t i = 0; i < h.n && h.n == N; i++) {
        const double want = weight * ((double)(N - 1 - i) / 255) * 0.43429448190325182765;
        const double off = (double)h.decade[i] - want;
        ASSERT(off > 12.7 && off < 15.2 && h.count[i] == 1, "decade %lld, not %.17g", (long long)h.decade[i], want);
    }
    ASSERT(h.n == N && h.median == (double)h.decade[N / 2 - 1] + 0.5, "%.17g", h.median);
    ga_histogram_free(&h);
    ga_model_free(m);
    ga_dataset_free(ds);
}

/* Far from 1 the axis still has two ends and a few tics, and the table one line for each decade. */
static void
figures_of_any_spread(void)
{
    static const int64_t decades[][2] = { { -3, -2 }, { -434294481903253, -434294481903252 }, { -434294481903253, -5 },
                                          { -866531413340493869, -866531413340493868 }, { -866531413340493869, 38 } };
    for (size_t i = 0; i < sizeof decades / sizeof *decades; i++) {
        size_t count[] = { 1, 1 }, size, lines = 0, tics = 0;
        const histogram_series series = { "exact", { .n = 2, .decade = (int64_t *)(uintptr_t)decades[i], .count = count,
                                                     .elements = 3, .undecided = { 1, 0 } } };
        const histogram_figure f = { "title", &series, 1 };
        char *text, *at;
        double low, high;
        FILE *out = open_memstream(&text, &size);
        histogram_tsv(out, &f);
        fclose(out);
        for (at = text; (at = strchr(at, '\n')) != NULL; at++)
            lines++;
        ASSERT(lines == 2 + 6 + 2 && strstr(text, "\nundecided\t1\t33.3333333\n") != NULL, "%zu lines", lines);
        free(text);
        out = open_memstream(&text, &size);
        histogram_gp(out, &f);
        fclose(out);
        ASSERT((at = strstr(text, "set xrange [")) != NULL && sscanf(at, "set xrange [%lf:%lf]", &low, &high) == 2 && low < high &&
               low < (double)decades[i][0] && high > (double)decades[i][1], "%.17g to %.17g", low, high);
        for (at = strstr(text, "set xtics"); at != NULL && *at != '\n'; at++)
            tics += *at == ',';
        ASSERT(tics >= 1 && tics < 12, "%zu tics", tics);
        free(text);
    }
}

/* Where no element has a decade the figure says what they are. */
static void
figure_of_nothing_finite(void)
{
    static const struct {
        size_t infinite, nan;
        const char *label;
    } cases[] = { { 0, 8, "'0 % zero, 100 % NaN'" }, { 2, 6, "'0 % zero, 25 % infinite, 75 % NaN'" }, { 0, 0, "'0 % zero'" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const histogram_series series = { "naive", { .elements = 8, .infinite = cases[i].infinite, .nan = cases[i].nan } };
        const histogram_figure f = { "title", &series, 1 };
        char *text, *at;
        size_t size;
        double high, infinite, nan;
        FILE *out = open_memstream(&text, &size);
        histogram_gp(out, &f);
        fclose(out);
        ASSERT(strstr(text, cases[i].label) != NULL, "%s is not in: %s", cases[i].label, text);
        ASSERT((strstr(text, "'NaN'") != NULL) == (cases[i].nan > 0), "%s", text);
        if (cases[i].nan > 0)
            ASSERT((at = strstr(text, "'inf' ")) != NULL && sscanf(at, "'inf' %lf, 'NaN' %lf", &infinite, &nan) == 2 &&
                   sscanf(strstr(text, "set xrange ["), "set xrange [%*f:%lf]", &high) == 1 && infinite < nan && nan < high,
                   "%s", text);
        free(text);
    }
}

/* Histograms of the parts of a range add up to that of the whole. */
static void
parts_add_up(void)
{
    static const size_t sizes[] = { 30, 8, 4 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    static const ga_range parts[] = { { 0, 0 }, { 1, 250 }, { 251, 300 }, { 301, 399 } };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F32, 2, sizes, hidden, 200, &state);
    ga_dataset *ds = network_images(m, 400, &state);
    const ga_estimator e = network_estimator("float", GA_NAIVE, GA_BLAS);
    ga_histogram whole, sum = { 0 }, part;
    ASSERT(ga_histogram_make(&whole, m, ds, (ga_range){ 0, 399 }, &e, 3, NULL) == GA_OK);
    for (size_t i = 0; i < 4; i++) {
        ASSERT(ga_histogram_make(&part, m, ds, parts[i], &e, 1, NULL) == GA_OK);
        ASSERT(ga_histogram_merge(&sum, &part, NULL) == GA_OK);
        ga_histogram_free(&part);
    }
    same_histogram(&whole, &sum);
    totals_hold(&whole);
    ASSERT(whole.elements == 400 * 30 && whole.n > 5);
    ga_histogram_free(&whole);
    ga_histogram_free(&sum);
    ga_model_free(m);
    ga_dataset_free(ds);
}

TEST_MAIN("histogram", TEST(powers_of_ten), TEST(zeros_infinities_nan), TEST(decades_far_below_double), TEST(merging_is_adding),
          TEST(medians_by_hand), TEST(classes_by_hand), TEST(adding_is_counting), TEST(magnitudes_of_any_spread),
          TEST(figures_of_any_spread), TEST(figure_of_nothing_finite), TEST(parts_add_up))
