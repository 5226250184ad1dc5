/* SPDX-License-Identifier: Apache-2.0 */
/* test_vocabulary.c -- every function of vocabulary.def in every format, each element of each input in turn NaN, infinite, zero or
   at an end of the range, and many of them at once (after MPFR's tests/tgeneric.c):
   - outputs do not depend on their old contents, on which of the others are NULL, or on two equal inputs being one;
   - float, double and float16 are, bit for bit, the same function in MPFR with the format's range and subnormals (ieee.h);
   - unless that under- or overflowed, MPFR of the same precision gives the same too, with any exponents (mp) or those of
     the format (mpr); elsewhere no result of mpr leaves its range;
   - balls contain the results at points of their inputs, computed with four times the bits. */
#include <string.h>

#include "networks.h"

enum { SIZE = 3, MATRICES = 3, ELEMENTS = SIZE * SIZE };

/* A line of vocabulary.def. */
typedef struct {
    const char *name;
    size_t index, least, n_out, n_in;
    char out[MATRICES], in[MATRICES];
    unsigned may_be_null;
} entry;

static void
shape_of(size_t *rows, size_t *cols, char letter, size_t n)
{
    *rows = letter == 'r' || letter == 's' ? 1 : n;
    *cols = letter == 'c' || letter == 's' ? 1 : n;
}

/* What the formats that hold them are given. */
typedef struct {
    size_t n;
    double in[MATRICES][ELEMENTS];
    uint32_t label[SIZE];
} numbers;

#include "num/nar32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
static void noise_nar32(float *r, uint64_t *state) { *r = test_random(state) & 1 ? NAN : (float)network_uniform(state); }
static bool identical_nar32(const float *a, const float *b) { return memcmp(a, b, sizeof *a) == 0 || (isnan(*a) && isnan(*b)); }
static void set_class_nar32(float *r, int k, ctx_nar32 *ctx) { nar32_set_d(r, k, ctx); }
#include "vocabulary_tmpl.c"
#include "vocabulary_value_tmpl.c"

#include "num/nar64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
static void noise_nar64(double *r, uint64_t *state) { *r = test_random(state) & 1 ? NAN : network_uniform(state); }
static bool identical_nar64(const double *a, const double *b) { return memcmp(a, b, sizeof *a) == 0 || (isnan(*a) && isnan(*b)); }
static void set_class_nar64(double *r, int k, ctx_nar64 *ctx) { nar64_set_d(r, k, ctx); }
#include "vocabulary_tmpl.c"
#include "vocabulary_value_tmpl.c"

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
static void noise_f32(float *r, uint64_t *state) { *r = test_random(state) & 1 ? NAN : (float)network_uniform(state); }
static bool identical_f32(const float *a, const float *b) { return memcmp(a, b, sizeof *a) == 0 || (isnan(*a) && isnan(*b)); }
static void set_class_f32(float *r, int k, ctx_f32 *ctx) { f32_set_d(r, k, ctx); }
#include "vocabulary_tmpl.c"
#include "vocabulary_value_tmpl.c"

#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
static void noise_f64(double *r, uint64_t *state) { *r = test_random(state) & 1 ? NAN : network_uniform(state); }
static bool identical_f64(const double *a, const double *b) { return memcmp(a, b, sizeof *a) == 0 || (isnan(*a) && isnan(*b)); }
static void set_class_f64(double *r, int k, ctx_f64 *ctx) { f64_set_d(r, k, ctx); }
#include "vocabulary_tmpl.c"
#include "vocabulary_value_tmpl.c"

static void
noise_mpfr(mpfr_ptr r, uint64_t *state)
{
    if (test_random(state) & 1)
        mpfr_set_nan(r);
    else
        mpfr_set_d(r, network_uniform(state), MPFR_RNDN);
}

static bool
identical_mpfr(mpfr_srcptr a, mpfr_srcptr b)
{
    return mpfr_nan_p(a) ? mpfr_nan_p(b) : mpfr_equal_p(a, b) && !mpfr_signbit(a) == !mpfr_signbit(b);
}

#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#define noise_mp noise_mpfr
#define identical_mp identical_mpfr
static void set_class_mp(mpfr_ptr r, int k, ctx_mp *ctx) { mp_set_d(r, k, ctx); }
#include "vocabulary_tmpl.c"
#include "vocabulary_value_tmpl.c"

#include "num/emu.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#define noise_emu noise_mpfr
#define identical_emu identical_mpfr
static void set_class_emu(mpfr_ptr r, int k, ctx_emu *ctx) { emu_set_d(r, k, ctx); }
#include "vocabulary_tmpl.c"
#include "vocabulary_value_tmpl.c"

#include "num/mpr.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#define noise_mpr noise_mpfr
#define identical_mpr identical_mpfr
static void set_class_mpr(mpfr_ptr r, int k, ctx_mpr *ctx) { mpr_set_d(r, k, ctx); }
#include "vocabulary_tmpl.c"
#include "vocabulary_value_tmpl.c"

#include "ieee.h"
#include "num/vec_tmpl.h"
#include "num/vec_tmpl.c"
#include "num/softmax_tmpl.c"
#include "num/activation_tmpl.c"
#include "num/smooth_tmpl.c"
#include "num/function_tmpl.c"
#include "num/mpfr_context_tmpl.c"
#include "gemm/gemm_tmpl.h"
#include "gemm/dot_tmpl.c"
#include "gemm/loop_scalar_tmpl.c"
#include "gemm/gemm_tmpl.c"
#define noise_ieee noise_mpfr
#define identical_ieee identical_mpfr
static void set_class_ieee(mpfr_ptr r, int k, ctx_ieee *ctx) { ieee_set_d(r, k, ctx); }
#include "vocabulary_tmpl.c"
#include "vocabulary_value_tmpl.c"

#include "rounded_libm.h"

#include "num/ball.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
static void
noise_ball(ball *r, uint64_t *state)
{
    mpfr_set_d(&r->mid, network_uniform(state), MPFR_RNDN);
    r->rad = test_random(state) & 1 ? radius_infinite : radius_zero;
}

static bool
identical_ball(const ball *a, const ball *b)
{
    return identical_mpfr(&a->mid, &b->mid) && a->rad.m == b->rad.m && a->rad.e == b->rad.e;
}

/* -1 of balls says nothing of their points. */
static void
set_class_ball(ball *r, int k, ctx_ball *ctx)
{
    ball_set_d(r, k, ctx);
    if (k < 0)
        ball_set_line(r);
}
#include "vocabulary_tmpl.c"

#include "contains.h"
#include "num/mpfr_vec.h"

/* ---- the lines ---- */

enum { N_ROWS = sizeof try_f32 / sizeof *try_f32 };
static entry rows[N_ROWS];

static size_t
read_letters(char *letter, unsigned *may_be_null, const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        if (*text == '?')
            *may_be_null |= 1u << (n - 1);
        else
            letter[n++] = *text;
    return n;
}

static void
read_rows(void)
{
    static const struct { const char *name; size_t least; const char *out, *in; } lines[] = {
#define ROW(function, least, outputs, inputs, ...) { #function, least, outputs, inputs },
#include "vocabulary.def"
#undef ROW
    };
    for (size_t i = 0; i < N_ROWS; i++) {
        rows[i] = (entry){ .name = lines[i].name, .index = i, .least = lines[i].least };
        rows[i].n_out = read_letters(rows[i].out, &rows[i].may_be_null, lines[i].out);
        rows[i].n_in = read_letters(rows[i].in, &rows[i].may_be_null, lines[i].in);
    }
}

/* The line of a prototype; vec_smooth and vec_function have one for each function. */
static bool
is_line_of(const entry *row, const char *name)
{
    const size_t length = strlen(name);
    const bool many = strcmp(name, "vec_smooth") == 0 || strcmp(name, "vec_function") == 0;
    return strcmp(row->name, name) == 0 || (many && strncmp(row->name, name, length) == 0 && row->name[length] == '_');
}

/* Every prototype of vec_tmpl.h whose name begins with vec_, and gemm, has its line. */
static void
every_function_has_a_line(void)
{
    char path[4096], line[400];
    const char *srcdir = getenv("srcdir");
    size_t found = 0;
    read_rows();
    snprintf(path, sizeof path, "%s/src/num/vec_tmpl.h", srcdir != NULL ? srcdir : ".");
    FILE *f = fopen(path, "r");
    if (!ASSERT(f != NULL, "%s", path))
        return;
    while (fgets(line, sizeof line, f) != NULL) {
        char name[100];
        const char *at = strstr(line, " NUM(vec_");
        if (line[0] == ' ' || at == NULL || sscanf(at, " NUM(%99[a-z_0-9])(", name) != 1)
            continue;
        size_t i = 0;
        while (i < N_ROWS && !is_line_of(rows + i, name))
            i++;
        ASSERT(i < N_ROWS, "%s has no line in vocabulary.def", name);
        found++;
    }
    fclose(f);
    ASSERT(found >= 11, "%zu functions", found);
}

/* ---- numbers ---- */

/* Both signs of what is special in a format, from its ends to where exponentials are absorbed, under- or overflow. */
static const double magnitudes_24[] = { INFINITY, 0, 0x1p-149, 0x1.8p-148, 0x1.fffffcp-127, 0x1p-126, 0x1.fffffep-126,
                                        0x1.fffffep127, 0x1p127, 0x1p-24, 0x1p24, 0.5, 0x1.fffffep-1, 1, 0x1.000002p0, 9.5, 17,
                                        17.5, 88.5, 89, 103.5, 104.5 };
static const double magnitudes_53[] = { INFINITY, 0, 0x1p-1074, 0x1.8p-1073, 0x1.ffffffffffffep-1023, 0x1p-1022,
                                        0x1.fffffffffffffp-1022, 0x1.fffffffffffffp1023, 0x1p1023, 0x1p-53, 0x1p53, 0.5,
                                        0x1.fffffffffffffp-1, 1, 0x1.0000000000001p0, 19.5, 37, 38.5, 709.5, 711, 744.5, 746 };
static const double magnitudes_11[] = { INFINITY, 0, 0x1p-24, 0x1.8p-23, 0x1.ff8p-15, 0x1p-14, 0x1.ffcp-14, 65504, 0x1p15, 0x1p-11,
                                        0x1p11, 0.5, 0x1.ffcp-1, 1, 0x1.004p0, 4.5, 7.625, 8, 11, 11.125, 16.5, 17.5 };
static const double magnitudes_tf32[] = { INFINITY, 0, 0x1p-136, 0x1.8p-135, 0x1.ff8p-127, 0x1p-126, 0x1.ffcp-126, 0x1.ffcp127,
                                          0x1p127, 0x1p-11, 0x1p11, 0.5, 0x1.ffcp-1, 1, 0x1.004p0, 4.5, 7.625, 8, 88.5, 89, 94,
                                          95.5 };
enum { MAGNITUDES = sizeof magnitudes_24 / sizeof *magnitudes_24, SPECIALS = 2 * MAGNITUDES + 1 };
_Static_assert(sizeof magnitudes_24 == sizeof magnitudes_53 && sizeof magnitudes_24 == sizeof magnitudes_11 &&
               sizeof magnitudes_24 == sizeof magnitudes_tf32, "as many in all");

/* ---- formats with a range and MPFR ---- */

typedef struct {
    const char *name;
    ga_format_kind kind;
    long bits, least, greatest; /* exponents of a range, MPFR's */
    const double *magnitudes;
} ieee_format;

static const ieee_format format_of_float = { "float", GA_FLOAT, 24, -149, 128, magnitudes_24 },
                         format_of_double = { "double", GA_DOUBLE, 53, -1074, 1024, magnitudes_53 },
                         half = { "float16", GA_NARROW32, 11, -24, 16, magnitudes_11 },
                         emulated_half = { "float16 in MPFR", GA_EMULATED, 11, -24, 16, magnitudes_11 },
                         tf32 = { "tf32", GA_NARROW64, 11, -136, 128, magnitudes_tf32 };

static ga_format
value_of(const ieee_format *f)
{
    return (ga_format){ .kind = f->kind, .bits = f->bits, .emin = (int)(f->least + f->bits - 1), .emax = (int)f->greatest - 1,
                        .gap = 1 };
}

static double
special(size_t k, const ieee_format *f)
{
    if (k == SPECIALS - 1)
        return NAN;
    const double x = f->magnitudes[k / 2];
    return k % 2 == 0 ? x : -x;
}

/* Of no more than the format's bits. */
static double
ordinary(uint64_t *state, const ieee_format *f)
{
    const double x = 4 * network_uniform(state);
    return f->bits == 24 ? (double)(float)x : f->bits == 11 ? rint(ldexp(x, 8)) / 256 : x;
}

typedef struct {
    const ieee_format *f;
    state_nar32 nar32;
    state_nar64 nar64;
    state_emu emu;
    state_f32 f32;
    state_f64 f64;
    state_ieee ieee;
    state_mp mp;
    state_mpr mpr;
    size_t cases, in_range, number; /* in_range: without under- or overflow; number: of a case, run or not */
} formats;

static void
check_range(const formats *t, const entry *row)
{
    for (size_t i = 0; i < row->n_out; i++)
        for (size_t k = 0; k < t->mpr.out[i].rows * t->mpr.out[i].cols; k++) {
            mpfr_srcptr x = t->mpr.out[i].e + k;
            if (mpfr_regular_p(x))
                ASSERT(mpfr_get_exp(x) >= t->f->least && mpfr_get_exp(x) <= t->f->greatest,
                       "%s: output %zu[%zu] is beyond the range", row->name, i, k);
        }
}

static void
check_equal(double a[MATRICES][ELEMENTS], double b[MATRICES][ELEMENTS], const formats *t, const entry *row, const numbers *x,
            const char *what)
{
    for (size_t i = 0; i < row->n_out; i++)
        for (size_t k = 0; k < t->mpr.out[i].rows * t->mpr.out[i].cols; k++)
            ASSERT(isnan(a[i][k]) ? isnan(b[i][k]) : a[i][k] == b[i][k] && !signbit(a[i][k]) == !signbit(b[i][k]),
                   "%s, %s, %s, n = %zu: output %zu[%zu] is %a and %a, at %a %a %a", row->name, t->f->name,
                   what, x->n, i, k, a[i][k], b[i][k], x->in[0][0], x->in[0][1], x->in[0][2]);
}

static void
check_formats(formats *t, const entry *row, const numbers *x, ga_formulas formulas)
{
    double ieee[MATRICES][ELEMENTS], own[MATRICES][ELEMENTS], mp[MATRICES][ELEMENTS], mpr[MATRICES][ELEMENTS];
    rounded_select(value_of(t->f));
    mpfr_clear_flags();
    evaluate_ieee(ieee, &t->ieee, row, x, formulas, GA_LOOP);
    const bool in_range = !mpfr_underflow_p() && !mpfr_overflow_p();
    if (t->f->kind == GA_NARROW32)
        evaluate_nar32(own, &t->nar32, row, x, formulas, GA_LOOP);
    else if (t->f->kind == GA_NARROW64)
        evaluate_nar64(own, &t->nar64, row, x, formulas, GA_LOOP);
    else if (t->f->kind == GA_FLOAT)
        evaluate_f32(own, &t->f32, row, x, formulas, GA_BLAS);
    else if (t->f->kind == GA_DOUBLE)
        evaluate_f64(own, &t->f64, row, x, formulas, GA_BLAS);
    mpfr_vec_widest_range();
    if (t->f->kind == GA_EMULATED)
        evaluate_emu(own, &t->emu, row, x, formulas, GA_LOOP);
    evaluate_mp(mp, &t->mp, row, x, formulas, GA_DOT);
    evaluate_mpr(mpr, &t->mpr, row, x, formulas, GA_DOT);
    check_equal(own, ieee, t, row, x, "MPFR with subnormals");
    if (in_range) {
        check_equal(own, mp, t, row, x, "MPFR");
        check_equal(own, mpr, t, row, x, "MPFR with the range");
    }
    check_range(t, row);
    t->cases++;
    t->in_range += in_range;
}

static void
check_numbers(formats *t, const entry *row, const numbers *x)
{
    check_formats(t, row, x, GA_NAIVE);
    check_formats(t, row, x, GA_REWRITE);
}

static void
set_ordinary(numbers *x, uint64_t *state, const ieee_format *f)
{
    for (size_t i = 0; i < MATRICES; i++)
        for (size_t k = 0; k < ELEMENTS; k++)
            x->in[i][k] = ordinary(state, f);
    for (size_t k = 0; k < SIZE; k++)
        x->label[k] = (uint32_t)(test_random(state) % x->n);
}

/* Each element in turn each of the special numbers; then many of them at once. */
static void
check_row(formats *t, const entry *row, size_t n, uint64_t *state)
{
    numbers x = { .n = n };
    for (size_t i = 0; i < row->n_in; i++) {
        size_t n_rows, n_cols;
        shape_of(&n_rows, &n_cols, row->in[i], n);
        for (size_t at = 0; at < n_rows * n_cols; at++)
            for (size_t k = 0; k < SPECIALS; k++) {
                if (!test_does(t->number++))
                    continue;
                set_ordinary(&x, state, t->f);
                x.in[i][at] = special(k, t->f);
                check_numbers(t, row, &x);
            }
    }
    for (size_t count = 0; count < 300 / test_every(); count++) {
        set_ordinary(&x, state, t->f);
        for (size_t i = 0; i < row->n_in; i++)
            for (size_t k = 0; k < ELEMENTS; k++)
                if (test_random(state) % 2 == 0)
                    x.in[i][k] = special(test_random(state) % (count % 2 == 0 ? SPECIALS : SPECIALS - 1), t->f);
        check_numbers(t, row, &x);
    }
}

static void
check_formats_of(const ieee_format *f)
{
    const ga_format own = value_of(f), wide = { .kind = GA_MPFR, .bits = f->bits };
    const ga_format narrow = f->kind == GA_FLOAT || f->kind == GA_DOUBLE ? format_f16 : own; /* where it is not tried: any */
    uint64_t state = test_seed();
    formats t = { .f = f, .nar32 = open_nar32(narrow, 11), .nar64 = open_nar64(narrow, 11), .emu = open_emu(narrow, 11),
                  .f32 = open_f32(format_f32, 24), .f64 = open_f64(format_f64, 53), .ieee = open_ieee(wide, f->bits),
                  .mp = open_mp(wide, f->bits), .mpr = open_mpr(format_with_bits(own, f->bits, true), f->bits) };
    t.nar32.ctx->libm = &rounded_libm_nar32;
    t.nar64.ctx->libm = &rounded_libm_nar64;
    t.f32.ctx->libm = &rounded_libm_f32;
    t.f64.ctx->libm = &rounded_libm_f64;
    read_rows();
    for (size_t i = 0; i < N_ROWS; i++) {
        const size_t cases = t.cases, in_range = t.in_range;
        for (size_t n = 1; n <= SIZE; n += 2)
            if (n >= rows[i].least)
                check_row(&t, rows + i, n, &state);
        printf("\n    %s: %zu cases, %zu in range", rows[i].name, t.cases - cases, t.in_range - in_range);
        ASSERT(t.in_range - in_range > (t.cases - cases) / 8);
    }
    close_nar32(&t.nar32);
    close_nar64(&t.nar64);
    close_emu(&t.emu);
    close_f32(&t.f32);
    close_f64(&t.f64);
    close_ieee(&t.ieee);
    close_mp(&t.mp);
    close_mpr(&t.mpr);
}

static void
float_and_mpfr(void)
{
    check_formats_of(&format_of_float);
}

static void
float16_and_mpfr(void)
{
    check_formats_of(&half);
    check_formats_of(&emulated_half);
}

static void
tf32_and_mpfr(void)
{
    check_formats_of(&tf32);
}

static void
double_and_mpfr(void)
{
    check_formats_of(&format_of_double);
}

/* ---- balls ---- */

enum { BALLS = 22 };

/* The k-th of the special balls: the line, wide ones and touching ones, points from the least to the largest number, radii from the
   least number on. Of products only to a quarter of MPFR's exponents: mpfr_sum crashes where two terms' are 2^63 apart (4.2.0). */
static void
special_ball(ball *b, size_t k, const entry *row, ctx_ball *ctx)
{
    const mpfr_exp_t part = strncmp(row->name, "gemm", 4) == 0 ? 4 : 1;
    static const struct { double mid, rad; } plain[] = {
        { 0, INFINITY }, { NAN, 0 }, { INFINITY, 0 }, { 0, 8 }, { 3, 100 }, { -1, 1 }, { 1, 1 }, { 0, 0 }, { 1, 0 }, { -1, 0 },
        { 40, 0x1p-70 }, { 0.5, 0.25 }, { -1e19, 0 }, { 1e19, 0 }, { 1e300, 1 }, { 0x1p-1074, 0 }
    };
    enum { PLAIN = sizeof plain / sizeof *plain };
    ball_set_d(b, k < PLAIN ? plain[k].mid : k % 2 == 0 ? 1 : 0, ctx);
    if (k < PLAIN)
        ball_widen(b, radius_from_d(plain[k].rad));
    else if (k < PLAIN + 2) /* 1 and 0 */
        b->rad = radius_least;
    else {
        const mpfr_exp_t ends[] = { mpfr_get_emin() / part - 1, mpfr_get_emax() / part - 1 };
        mpfr_set_si_2exp(&b->mid, k % 2 == 0 ? 1 : -1, ends[(k - PLAIN - 2) / 2], MPFR_RNDN);
    }
}

/* A point of b: the midpoint, one end, the other; of the line any number. Never outside. */
static void
point_of(mpfr_ptr x, const ball *b, uint64_t *state)
{
    static const double anywhere[] = { 0, 1, -3, 1e300, -0x1p-1000 };
    const int k = (int)(test_random(state) % 3) - 1;
    mpfr_t rad;
    if (radius_is_infinite(b->rad)) {
        mpfr_set_d(x, anywhere[test_random(state) % 5], MPFR_RNDN);
        return;
    }
    mpfr_init2(rad, RADIUS_BITS);
    radius_get(rad, b->rad);
    if (k == 0)
        mpfr_set(x, &b->mid, MPFR_RNDN);
    else if (k > 0)
        mpfr_add(x, &b->mid, rad, MPFR_RNDD);
    else
        mpfr_sub(x, &b->mid, rad, MPFR_RNDU);
    mpfr_clear(rad);
}

typedef struct {
    state_ball low;
    state_mp high;
    long bits;
    uint32_t label[SIZE];
    uint64_t state;
    size_t results, lines, points, number;
} balls;

/* NaN is what no ball but the line contains. */
static void
check_points(balls *t, const entry *row)
{
    for (size_t i = 0; i < row->n_in; i++)
        for (size_t k = 0; k < t->low.in[i].rows * t->low.in[i].cols; k++)
            point_of(t->high.in[i].e + k, t->low.in[i].e + k, &t->state);
    call_mp(t->high.out, &t->high, row, 0, false, t->label);
    for (size_t i = 0; i < row->n_out; i++)
        for (size_t k = 0; k < t->low.out[i].rows * t->low.out[i].cols; k++) {
            const ball *b = t->low.out[i].e + k;
            mpfr_srcptr x = t->high.out[i].e + k;
            ASSERT(radius_is_infinite(b->rad) || contains(b, x, 2 * t->bits), "%s: output %zu[%zu] is not in its ball",
                   row->name, i, k);
            ASSERT(mpfr_number_p(&b->mid), "%s: midpoint %zu[%zu] is no number", row->name, i, k);
            t->results++;
            t->lines += radius_is_infinite(b->rad);
            t->points += radius_is_zero(b->rad);
        }
}

static void
check_balls(balls *t, const entry *row)
{
    for (int native = 0; native < 2; native++) {
        t->low.ctx->common.product = native ? GA_DOT : GA_LOOP;
        check_outputs_ball(&t->low, row, t->label);
        for (size_t k = 0; k < 4; k++)
            check_points(t, row);
    }
    check_inputs_ball(&t->low, row, t->label);
}

static void
set_ordinary_balls(balls *t, size_t n)
{
    for (size_t i = 0; i < MATRICES; i++)
        for (size_t k = 0; k < ELEMENTS; k++) {
            ball *b = t->low.in[i].e + k;
            ball_set_d(b, 4 * network_uniform(&t->state), t->low.ctx);
            if (test_random(&t->state) % 2 == 0)
                b->rad = radius_2exp(-(int)(test_random(&t->state) % 90));
        }
    for (size_t k = 0; k < SIZE; k++)
        t->label[k] = (uint32_t)(test_random(&t->state) % n);
}

static void
check_row_of_balls(balls *t, const entry *row, size_t n)
{
    set_shapes_ball(&t->low, row, n);
    set_shapes_mp(&t->high, row, n);
    for (size_t i = 0; i < row->n_in; i++)
        for (size_t at = 0; at < t->low.in[i].rows * t->low.in[i].cols; at++)
            for (size_t k = 0; k < BALLS; k++) {
                if (!test_does(t->number++))
                    continue;
                set_ordinary_balls(t, n);
                special_ball(t->low.in[i].e + at, k, row, t->low.ctx);
                check_balls(t, row);
            }
    for (size_t count = 0; count < 200 / test_every(); count++) {
        set_ordinary_balls(t, n);
        for (size_t i = 0; i < row->n_in; i++)
            for (size_t k = 0; k < ELEMENTS; k++)
                if (test_random(&t->state) % 2 == 0)
                    special_ball(t->low.in[i].e + k, test_random(&t->state) % BALLS, row, t->low.ctx);
        check_balls(t, row);
    }
}

static void
balls_contain_points(void)
{
    read_rows();
    mpfr_vec_widest_range();
    for (long bits = 64; bits <= 192; bits += 128) {
        balls t = { .bits = bits, .state = test_seed() };
        t.low = open_ball((ga_format){ .kind = GA_EXACT, .bits = bits }, bits);
        t.high = open_mp((ga_format){ .kind = GA_MPFR, .bits = 4 * bits }, 4 * bits);
        t.high.ctx->common.formulas = GA_REWRITE;
        t.high.ctx->common.product = GA_DOT; /* rounded once, whatever cancels */
        for (size_t i = 0; i < N_ROWS; i++) {
            t.results = t.lines = t.points = 0;
            for (size_t n = 1; n <= SIZE; n += 2)
                if (n >= rows[i].least)
                    check_row_of_balls(&t, rows + i, n);
            printf("\n    %s, %ld bits: %zu results, %zu lines, %zu points", rows[i].name, bits, t.results, t.lines, t.points);
            const bool partial = strncmp(rows[i].name, "vec_function_", 13) == 0; /* not defined everywhere, or not of wide balls */
            ASSERT(t.lines < (partial ? t.results * 9 / 10 : t.results / 2));
        }
        close_ball(&t.low);
        close_mp(&t.high);
    }
}

TEST_MAIN("vocabulary", TEST(every_function_has_a_line), TEST(float16_and_mpfr), TEST(tf32_and_mpfr), TEST(float_and_mpfr),
          TEST(double_and_mpfr), TEST(balls_contain_points))
