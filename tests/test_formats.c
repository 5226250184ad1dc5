/* SPDX-License-Identifier: Apache-2.0 */
/* test_formats.c -- roundings to formats of few bits, in C types and in MPFR, against exact rationals and published values; of
   float16 against the CPU's F16C. */
#ifdef __x86_64__
#include <immintrin.h>
#endif
#include <mpfr.h>

#include "exact_format.h"
#include "formats_tried.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/narrow.h"
#include "num/narrow_all.h"

/* All ways to round to a format. */
typedef struct {
    ga_format f;
    bool in_float, in_double;
    narrow32 n32;
    narrow64 n64;
    mpfr_t wide, r;
} ways;

static ways
ways_new(ga_format f)
{
    ways w = { .f = f, .in_float = f.kind == GA_NARROW32, .in_double = f.kind == GA_NARROW32 || f.kind == GA_NARROW64 };
    if (w.in_float)
        w.n32 = narrow32_of(f);
    if (w.in_double)
        w.n64 = narrow64_of(f);
    mpfr_init2(w.wide, 53);
    mpfr_init2(w.r, f.bits);
    return w;
}

static void
ways_free(ways *w)
{
    mpfr_clears(w->wide, w->r, (mpfr_ptr)0);
}

/* Whether x is rounded to want in MPFR and in double, and in float if that holds it. */
static bool
rounds_to(ways *w, double x, double want, const char *what)
{
    mpfr_set_d(w->wide, x, MPFR_RNDN);
    mpfr_narrow(w->r, w->wide, &w->f, 0);
    double got = mpfr_get_d(w->r, MPFR_RNDN);
    if (!exact_same(got, want))
        return ASSERT(false, "%s in MPFR: %a becomes %a, not %a", what, x, got, want);
    mpfr_narrow(w->wide, w->wide, &w->f, 0); /* in place */
    got = mpfr_get_d(w->wide, MPFR_RNDN);
    if (!exact_same(got, want))
        return ASSERT(false, "%s in place: %a becomes %a, not %a", what, x, got, want);
    if (w->in_double && !exact_same(got = narrow_double(x, &w->n64), want))
        return ASSERT(false, "%s in double: %a becomes %a, not %a", what, x, got, want);
    if (w->in_double && w->n64.plain && !exact_same(got = narrow_double_plain(x, &w->n64), want))
        return ASSERT(false, "%s in double, plain: %a becomes %a, not %a", what, x, got, want);
    if (!w->in_float || ((double)(float)x != x && !isnan(x)))
        return true;
    if (!exact_same(got = (double)narrow_float((float)x, &w->n32), want))
        return ASSERT(false, "%s in float: %a becomes %a, not %a", what, x, got, want);
    if (w->n32.plain && !exact_same(got = (double)narrow_float_plain((float)x, &w->n32), want))
        return ASSERT(false, "%s in float, plain: %a becomes %a, not %a", what, x, got, want);
    const double size = fabs(x), least = ldexp(1, w->f.emin - (int)w->f.bits + 1);
    const bool away = w->f.rounding == GA_NEAREST_AWAY;
    if (!(size <= w->n32.bounded))
        return true;
    if (w->n32.gone > 0) {
        got = (double)narrow_float_product_flushed((float)x, away, &w->n32);
        return ASSERT(got == (fabs(want) < ldexp(1, w->f.emin) ? 0 : want) && (got != 0 || !signbit(got) == !signbit(x)),
                      "%s in float, a product: %a becomes %a, not %a", what, x, got, want);
    }
    if (!ASSERT((double)narrow_float_product((float)x, away, &w->n32) == want, "%s in float, a product: %a, %a", what, x, want))
        return false;
    got = (double)narrow_float_sum((float)x, away, &w->n32);
    if (!signbit(x) && fmod(size, least) == 0 && !exact_same(got, want))
        return ASSERT(false, "%s in float, a sum: %a becomes %a, not %a", what, x, got, want);
    return true;
}

static size_t
check_beside(ways *w, const exact_format *x, double a, const char *what)
{
    const double all[] = { a, nextafter(a, 0), nextafter(a, INFINITY), (double)nextafterf((float)a, 0),
                           (double)nextafterf((float)a, INFINITY) };
    enum { N = sizeof all / sizeof *all };
    for (size_t i = 0; i < N; i++)
        for (int sign = -1; sign <= 1; sign += 2)
            if (!rounds_to(w, sign * all[i], exact_rounded_d(x, sign * all[i]), what))
                return 0;
    return (size_t)2 * N;
}

/* Every number, every tie, and what is beside them in double and in float; powers of two of all of double. */
static void
check_roundings(const definition *base, size_t k)
{
    definition d = *base;
    d.rounding = roundings_tried[k].rounding;
    ways w = ways_new(tried_parse(base, k));
    exact_format x = exact_format_new(&d);
    char what[100];
    snprintf(what, sizeof what, "%s %s", d.words, roundings_tried[k].word);
    size_t n = 0;
    ASSERT(w.in_float == (k <= 1), "%s", what);
    ASSERT(rounds_to(&w, NAN, NAN, what) && rounds_to(&w, 0, 0, what) && rounds_to(&w, -0.0, exact_zero(&d, true), what));
    ASSERT(rounds_to(&w, INFINITY, exact_overflow(&d, 1), what) && rounds_to(&w, -INFINITY, exact_overflow(&d, -1), what));
    const bool whole = k == 0 && d.overflow == GA_TO_INFINITY && !d.ftz; /* of those of 16 bits */
    const size_t step = x.n > 2000 && !whole ? 11 * test_every() : 1;
    for (size_t i = 0; i < x.n; i += i < 300 || i + 300 > x.n ? 1 : step) {
        n += check_beside(&w, &x, x.number[i], what);
        n += check_beside(&w, &x, (x.number[i] + x.number[i + 1]) / 2, what);
    }
    n += check_beside(&w, &x, x.number[x.n], what);
    n += check_beside(&w, &x, x.number[1 << (d.p - 1)] * (1 - ldexp(1, -d.p - 1)), what); /* between 0 and 2^emin, flushed */
    for (int e = -1074; e <= 1023; e++) {
        n += check_beside(&w, &x, ldexp(1, e), what);
        n += check_beside(&w, &x, ldexp(1.75, e), what);
    }
    ASSERT(n > 40000, "%s: %zu roundings", what, n);
    exact_format_free(&x);
    ways_free(&w);
}

static void
roundings(void)
{
    for (size_t i = 0; i < N_TRIED; i++)
        for (size_t k = 0; k < N_ROUNDINGS_TRIED; k++)
            if (tried_rounds(tried_format(i), k))
                check_roundings(tried_format(i), k);
}

/* The last bit of a long number counts. */
static void
tails(void)
{
    mpfr_t a, r;
    mpfr_inits2(4000, a, r, (mpfr_ptr)0);
    for (size_t i = 0; i < N_TRIED; i++) {
        const definition *d = tried_format(i);
        exact_format x = exact_format_new(d);
        const ga_format f = tried_parse(d, 0);
        for (size_t k = 0; k + 1 < x.n && k < 64; k++) {
            if (d->ftz && x.number[k] < ldexp(1, d->emin))
                continue;
            for (int tail = -1; tail <= 1; tail += 2) {
                mpfr_set_si_2exp(a, tail, -3000, MPFR_RNDN);
                mpfr_add_d(a, a, (x.number[k] + x.number[k + 1]) / 2, MPFR_RNDN);
                mpfr_narrow(r, a, &f, 0);
                const double got = mpfr_get_d(r, MPFR_RNDN);
                ASSERT(got == x.number[tail < 0 ? k : k + 1], "%s: beside %a: %a", d->words, x.number[k], got);
            }
        }
        exact_format_free(&x);
    }
    mpfr_clears(a, r, (mpfr_ptr)0);
}

/* Published values. */
static void
known_roundings(void)
{
    static const struct {
        const char *words;
        double x, want;
    } known[] = {
        { "e4m3", 464, 448 }, { "e4m3", 464.1, NAN }, { "e4m3", -464.1, NAN }, { "e4m3", INFINITY, NAN },
        { "e4m3,saturate", 464, 448 }, { "e4m3,saturate", 464.1, 448 }, { "e4m3,saturate", -1e300, -448 },
        { "e4m3,saturate", -INFINITY, -448 }, { "e5m2", 61439.999, 57344 }, { "e5m2", 61440, INFINITY },
        { "e5m2", -61440, -INFINITY }, { "e5m2,saturate", 61440, 57344 }, { "e4m3fnuz", -0.0, 0.0 }, { "e4m3fnuz", -1e-9, 0.0 },
        { "e4m3fnuz", 247.9, 240 }, { "e4m3fnuz", 248, NAN }, { "e5m2fnuz", -0.0, 0.0 }, { "e5m2fnuz", 61440, NAN },
        { "e4m3", -0.0, -0.0 }, { "bfloat16", 3.14159265358979, 3.140625 }, { "bfloat16", 1 / 3.0, 0.333984375 },
        { "bfloat16", 0.1, 0.10009765625 }, { "bfloat16", 2.718281828459045, 2.71875 }, { "bfloat16", 3.4e38, INFINITY },
        { "bfloat16", 0x1p-133, 0x1p-133 }, { "bfloat16,ftz", 0x1p-127, 0 }, { "float,ftz", 0x1p-126, 0x1p-126 },
        { "float,ftz", 0x1.fffffep-127, 0 }, { "float,ftz", 0x1.fffffefffffffp-127, 0 }, { "float,ftz", 0x1.ffffffp-127, 0x1p-126 },
        { "float,ftz", -0x1.fffffefffffffp-127, -0.0 }, { "e2m1", 5, 4 }, { "e2m1", 2.5, 2 }, { "e2m1", 3.5, 4 },
        { "e2m1", 0.25, 0 }, { "e2m1", 0.75, 1 }, { "e2m1", 1e9, 6 }, { "e3m2", 30, 28 }, { "e2m3", INFINITY, 7.5 },
        { "tf32", 1 + 0x1p-11, 1 }, { "tf32", 1 + 0x1.8p-10, 1 + 0x1p-9 },
        { "tf32,rounding=nearest-away", 1 + 0x1p-11, 1 + 0x1p-10 }, { "tf32,rounding=toward-zero", 1 + 0x1.ffp-11, 1 },
        { "x87", 1 + 0x1p-52, 1 + 0x1p-52 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ga_format f = { 0 };
        ASSERT(ga_format_parse(&f, known[i].words, NULL) == GA_OK, "%s", known[i].words);
        ways w = ways_new(f);
        rounds_to(&w, known[i].x, known[i].want, known[i].words);
        ways_free(&w);
    }
}

enum { DRAWS = 1 << 16 };

/* Of DRAWS draws that are evenly spread, how many give the upper of the two numbers. */
static size_t
ups(const ga_format *f, double x, double lower, double upper)
{
    mpfr_t a, r;
    size_t n = 0;
    mpfr_init2(a, 53);
    mpfr_init2(r, f->bits);
    mpfr_set_d(a, x, MPFR_RNDN);
    for (uint32_t k = 0; k < DRAWS; k++) {
        mpfr_narrow(r, a, f, k << 16);
        const double got = mpfr_get_d(r, MPFR_RNDN);
        n += exact_same(got, upper);
        if (!exact_same(got, upper) && !exact_same(got, lower)) {
            ASSERT(false, "%a becomes %a", x, got);
            break;
        }
    }
    mpfr_clears(a, r, (mpfr_ptr)0);
    return n;
}

/* A number stays; what is between two goes to the upper one as often as it is near it. */
static void
stochastic_roundings(void)
{
    static const char *const words[] = { "float16,rounding=stochastic:7", "e4m3,rounding=stochastic", "e2m1,rounding=stochastic",
                                         "bfloat16,rounding=stochastic:1", "e4m3fnuz,rounding=stochastic" };
    static const size_t of[] = { 0, 3, 8, 1, 5 };
    static const double fractions[] = { 0x1p-40, 0x1p-16, 1 / 3.0, 0.5, 0x1.fffep-1 };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        ga_format f = { 0 };
        ASSERT(ga_format_parse(&f, words[i], NULL) == GA_OK && f.kind == GA_EMULATED && f.seed == (i == 0 ? 7 : i == 3));
        const definition *const d = named_formats + of[i];
        exact_format x = exact_format_new(d);
        const size_t places[] = { 0, x.n / 2, x.n - 1 };
        for (size_t k = 0; k < 3; k++)
            for (size_t j = 0; j < sizeof fractions / sizeof *fractions; j++) {
                const double low = x.number[places[k]], unit = x.number[places[k] + 1] - low;
                const double part = ldexp(rint(ldexp(fractions[j], 40)), -40), a = low + part * unit; /* exact */
                const bool last = places[k] + 1 == x.n;
                const double up = last ? exact_overflow(d, 1) : low + unit, down = last ? exact_overflow(d, -1) : -low - unit;
                const double n = (double)ups(&f, a, low, up);
                const double minus = (double)ups(&f, -a, low == 0 ? exact_zero(d, true) : -low, down);
                if (last && d->overflow == GA_TO_LARGEST)
                    continue;
                ASSERT(fabs(n - part * DRAWS) <= 1 && minus == n, "%s: %g and %g of %g", words[i], n, minus, part * DRAWS);
            }
        for (size_t k = 0; k < 3; k++)
            ASSERT(ups(&f, x.number[places[k]], NAN, x.number[places[k]]) == DRAWS, "%s: %a", words[i], x.number[places[k]]);
        exact_format_free(&x);
    }
}

/* What format_settle chooses: the conditions of num/nar32.h and num/nar64.h, and beside them. */
static void
arithmetics(void)
{
    static const struct {
        const char *words;
        ga_format_kind kind;
    } known[] = {
        { "p=11,emin=-117,emax=127", GA_NARROW32 }, { "p=11,emin=-118,emax=127", GA_NARROW64 },
        { "p=2,emin=-126,emax=127", GA_NARROW32 }, { "p=2,emin=-127,emax=127", GA_NARROW64 },
        { "p=11,emin=-14,emax=128", GA_NARROW64 }, { "p=12,emin=-14,emax=15", GA_NARROW64 },
        { "p=25,emin=-513,emax=1000", GA_NARROW64 }, { "p=25,emin=-514,emax=1000", GA_EMULATED },
        { "p=25,emin=-513,emax=1001", GA_EMULATED }, { "p=26,emin=-10,emax=10", GA_EMULATED },
        { "float16,rounding=up", GA_EMULATED }, { "float16,rounding=nearest-away", GA_NARROW32 },
        { "tf32,rounding=nearest-away", GA_NARROW64 }, { "float,rounding=nearest-away", GA_NARROW64 },
        { "p=26,emax=9,rounding=nearest-away", GA_EMULATED }, { "float16,saturate", GA_NARROW32 }, { "float,ftz", GA_NARROW64 },
        { "float,daz", GA_NARROW64 }, { "double,ftz", GA_EMULATED }, { "p=24,emin=-126,emax=127", GA_FLOAT },
        { "float,inf", GA_FLOAT }, { "p=53,emax=1023", GA_DOUBLE }, { "p=24,max=16,emin=-126", GA_NARROW64 },
        { "mpfr:100", GA_MPFR }, { "exact", GA_EXACT },
        { "x87", GA_EMULATED }, { "binary128", GA_EMULATED }, { "tf32", GA_NARROW64 }, { "bfloat16", GA_NARROW32 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ga_format f = { 0 };
        ASSERT(ga_format_parse(&f, known[i].words, NULL) == GA_OK && f.kind == known[i].kind, "%s: %d", known[i].words,
               (int)f.kind);
    }
    for (size_t i = 0; i < N_FORMATS; i++) { /* the rows of formats.def */
        ga_format f = format_named(i);
        format_settle(&f);
        ASSERT(format_equal(f, format_named(i)), "%s", format_words.name[i]);
    }
}

#ifdef __x86_64__
/* float16 of x, and back, as the CPU rounds; rounding: of roundings_tried. */
__attribute__((target("f16c"))) static double
f16c_rounded(float x, ga_rounding rounding)
{
    const unsigned short code = rounding == GA_TOWARD_ZERO ? _cvtss_sh(x, _MM_FROUND_TO_ZERO)
                              : rounding == GA_UP          ? _cvtss_sh(x, _MM_FROUND_TO_POS_INF)
                              : rounding == GA_DOWN        ? _cvtss_sh(x, _MM_FROUND_TO_NEG_INF)
                                                           : _cvtss_sh(x, _MM_FROUND_TO_NEAREST_INT);
    return (double)_cvtsh_ss(code);
}

__attribute__((target("f16c"))) static double
f16c_number(uint16_t code)
{
    return (double)_cvtsh_ss(code);
}

/* x in float; what is between two floats becomes the one whose last bit is 1, which lies on the same side of all that float16's
   numbers and ties are. */
static float
to_odd(double x)
{
    float r = (float)x;
    uint32_t code;
    if ((double)r == x || isnan(x))
        return r;
    r = fabs((double)r) > fabs(x) ? nextafterf(r, 0) : r;
    memcpy(&code, &r, sizeof code);
    code |= 1;
    memcpy(&r, &code, sizeof code);
    return r;
}

/* A float in all ways; a double that is none, which the CPU would round twice, from the odd one. */
static bool
as_the_cpu(ways *w, double x)
{
    const ga_rounding rounding = w->f.rounding;
    const float odd = to_odd(x);
    const double want = f16c_rounded(odd, rounding);
    if (!rounds_to(w, x, want, "F16C"))
        return false;
    if (rounding != GA_NEAREST_EVEN && rounding != GA_TOWARD_ZERO)
        return true;
    const narrow64 n64 = narrow64_of(w->f);
    const double by = narrow_double_toward_zero(x, &n64);
    if (rounding == GA_TOWARD_ZERO && !exact_same(by, want))
        return ASSERT(false, "in double, to store: %a becomes %a, F16C: %a", x, by, want);
    const narrow32 n32 = narrow32_of(w->f);
    float stored = odd;
    narrow_floats(&stored, &stored, 1, &n32, rounding, 1, 1);
    return ASSERT(exact_same((double)stored, want), "in float, to store: %a becomes %a, F16C: %a", x, (double)stored, want);
}

/* Every code, every midpoint, and what is beside them in float and in double. */
static void
float16_is_the_cpus(void)
{
    if (!__builtin_cpu_supports("f16c")) {
        printf("\nskip: CPU feature f16c\n");
        return;
    }
    for (size_t k = 0; k < N_ROUNDINGS_TRIED; k++) {
        const ga_rounding rounding = roundings_tried[k].rounding;
        if (rounding == GA_NEAREST_AWAY || rounding == GA_TO_ODD)
            continue; /* the CPU has neither */
        ways w = ways_new(tried_parse(named_formats, k));
        size_t twice = 0;
        bool right = true;
        for (uint32_t code = 0; right && code <= UINT16_MAX; code++) {
            const double x = f16c_number((uint16_t)code), next = f16c_number((uint16_t)(code + 1));
            const double middle = fabs(x) == 65504 ? copysign(65520, x) : (x + next) / 2;
            const double at[] = { x, isfinite(x) ? middle : x };
            right = rounds_to(&w, x, x, "F16C's number");
            for (int i = 0; right && i < 2; i++) {
                const double all[] = { at[i], nextafter(at[i], -INFINITY), nextafter(at[i], INFINITY),
                                       (double)nextafterf((float)at[i], -INFINITY), (double)nextafterf((float)at[i], INFINITY) };
                for (int b = 0; right && b < 5; b++) {
                    right = as_the_cpu(&w, all[b]);
                    twice += !exact_same(f16c_rounded((float)all[b], rounding), f16c_rounded(to_odd(all[b]), rounding));
                }
            }
        }
        ASSERT(twice > 30000, "%s: %zu doubles are rounded wrongly by way of float", roundings_tried[k].word, twice);
        ways_free(&w);
    }
}
#else
static void
float16_is_the_cpus(void)
{
    printf("\nskip: CPU feature f16c\n");
}
#endif

/* A scale that takes a finite number beyond float: toward zero it becomes the largest number, else what overflow gives. */
static void
scaled_beyond_float(void)
{
    static const struct {
        const char *words;
        float from, want;
    } known[] = {
        { "float16,rounding=toward-zero", 16, 65504 * 0x1p-126f }, { "float16,rounding=toward-zero", -16, -65504 * 0x1p-126f },
        { "float16,rounding=toward-zero", INFINITY, INFINITY }, { "e4m3,rounding=toward-zero", 16, 448 * 0x1p-126f },
        { "e4m3,rounding=toward-zero", -INFINITY, NAN }, { "float16", 16, INFINITY },
        { "float16,rounding=nearest-away", -16, -INFINITY }, { "e4m3,saturate", 16, 448 * 0x1p-126f },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ga_format f = { 0 };
        float to;
        ASSERT(ga_format_parse(&f, known[i].words, NULL) == GA_OK && narrow_has_floats(f), "%s", known[i].words);
        const narrow32 rules = narrow32_of(f);
        narrow_floats(&to, &known[i].from, 1, &rules, f.rounding, 0x1p126f, 0x1p-126f);
        ASSERT(exact_same((double)to, (double)known[i].want), "%s: %a becomes %a", known[i].words, (double)known[i].from,
               (double)to);
    }
}

TEST_MAIN("formats", TEST(known_roundings), TEST(scaled_beyond_float), TEST(roundings), TEST(tails), TEST(stochastic_roundings),
          TEST(arithmetics), TEST(float16_is_the_cpus))
