/* SPDX-License-Identifier: Apache-2.0 */
/* test_format_functions.c -- exp, expm1, log, log1p, tanh, erf, 1 + e^-a, signs, classes and digits at all numbers of formats of up
   to 16 bits, in C types and in MPFR, against MPFR of 140 bits and exact rationals; in wider formats at some. */
#include "exact_format.h"
#include "format_results.h"
#include "formats_tried.h"
#include "num/format.h"

static exact_mpfr *const functions[N_FUNCTION_RESULTS] = { mpfr_exp, mpfr_expm1, mpfr_log, mpfr_log1p, mpfr_tanh,
                                                    mpfr_erf };

/* How far the value is from the nearest tie, relatively; 1 where there is none near. */
static double
from_tie(const exact_format *x, mpq_srcptr value)
{
    mpq_t size;
    double distance = 1;
    mpq_init(size);
    mpq_abs(size, value);
    if (mpq_sgn(size) != 0 && mpq_get_d(size) < x->number[x->n]) {
        mpq_srcptr middle = x->middle[exact_below(x, size)];
        mpq_sub(size, size, middle);
        mpq_div(size, size, middle);
        distance = fabs(mpq_get_d(size));
    }
    mpq_clear(size);
    return distance;
}

typedef struct {
    exact_format x;
    format_worker fast, emulated;
    double nearest[N_FUNCTION_RESULTS];
    bool differ; /* one has been reported */
    size_t n;
} trial;

static void
expect(trial *t, const char *what, double a, double got, double want)
{
    if (!exact_same(got, want) && !t->differ) {
        ASSERT(false, "%s: %s at %a is %a, not %a", t->x.d->words, what, a, got, want);
        t->differ = true;
    }
}

static void
check_number(trial *t, double a, bool emulated)
{
    const definition *const d = t->x.d;
    double got[N_SINGLE_RESULTS], want[N_SINGLE_RESULTS], again;
    mpq_t value;
    mpq_init(value);
    for (size_t i = 0; i < N_FUNCTION_RESULTS; i++) {
        want[i] = exact_function(&t->x, functions[i], a, value);
        t->nearest[i] = fmin(t->nearest[i], from_tie(&t->x, value));
    }
    want[6] = exact_operation(&t->x, '+', 1, exact_function(&t->x, mpfr_exp, -a, value));
    want[7] = a == 0 ? exact_zero(d, !signbit(a)) : -a;
    want[8] = fabs(a);
    mpq_clear(value);
    format_single(got, a, &t->fast);
    for (size_t i = 0; i < N_SINGLE_RESULTS; i++)
        expect(t, single_names[i], a, got[i], want[i]);
    if (emulated) {
        format_single(got, a, &t->emulated);
        for (size_t i = 0; i < N_SINGLE_RESULTS; i++)
            expect(t, single_names[i], a, got[i], want[i]);
    }
    const double size = fabs(a);
    const ga_class class = isnan(a) ? GA_NAN : isinf(a) ? GA_INFINITE : a == 0 ? GA_ZERO : size < ldexp(1, d->emin) ? GA_SUBNORMAL
                                                                                                            : GA_NORMAL;
    ASSERT(format_class(&again, a, &t->fast) == class, "%s: class of %a", d->words, a);
    expect(t, "digits", a, again, a);
    ASSERT(format_class(&again, a, &t->emulated) == class, "%s: class of %a in MPFR", d->words, a);
    expect(t, "digits in MPFR", a, again, a);
    t->n++;
}

/* At all numbers; where both ways would take long, in MPFR at some. In the formats with a name no value is so near a tie that an
   error of 2^-28 could matter. */
static void
check_format(const definition *base, size_t k, bool named)
{
    definition rounded = *base;
    rounded.rounding = roundings_tried[k].rounding;
    const definition *const d = &rounded;
    ga_format f = tried_parse(base, k);
    trial t = { .x = exact_format_new(d), .fast = format_worker_new(f), .nearest = { 1, 1, 1, 1, 1, 1 } };
    f.kind = GA_EMULATED;
    t.emulated = format_worker_new(f);
    const size_t every = t.x.n > 1000 && test_every() > 1 ? 16 * test_every() : 1, step = named ? 1 : every;
    for (size_t i = 0; i < t.x.n; i += step)
        for (int sign = -1; sign <= 1; sign += 2)
            if ((i > 0 || sign > 0 || !d->one_zero) && !(d->ftz && i > 0 && t.x.number[i] < ldexp(1, d->emin)))
                check_number(&t, sign * t.x.number[i], i % every == 0);
    check_number(&t, d->largest, true);
    check_number(&t, -d->largest, true);
    check_number(&t, NAN, true);
    if (d->overflow == GA_TO_INFINITY) {
        check_number(&t, INFINITY, true);
        check_number(&t, -INFINITY, true);
    }
    for (size_t i = 0; i < N_FUNCTION_RESULTS && named; i++) {
        printf("%s%s 2^%.1f", i == 0 ? "\n    no value is so near a tie: " : ", ", single_names[i], log2(t.nearest[i]));
        ASSERT(t.nearest[i] > 0x1p-28, "%s: %s", d->words, single_names[i]);
    }
    if (named)
        printf("; %s, %zu numbers", d->words, t.n);
    format_worker_free(&t.fast);
    format_worker_free(&t.emulated);
    exact_format_free(&t.x);
}

static void
at_every_number(void)
{
    mpfr_vec_widest_range();
    for (size_t i = 0; i < N_TRIED; i++)
        for (size_t k = 0; k < 2; k++) /* to nearest */
            check_format(tried_format(i), k, i < N_NAMED);
}

/* tf32 at all numbers, where there is time. */
static void
tf32_at_every_number(void)
{
    ranged m = { .words = "tf32", .p = 11, .emin = -126, .emax = 127 };
    format_worker w = format_worker_new(format_tf32);
    const size_t step = test_every() == 1 ? 1 : 7 * test_every();
    size_t n = 0;
    ranged_begin(&m);
    for (size_t i = test_seed() % step; i < (size_t)255 << 10; i += step, n++)
        for (int sign = -1; sign <= 1; sign += 2) {
            const int e = (int)(i >> 10), part = (int)(i & 1023);
            const double a = sign * (e == 0 ? ldexp(part, -136) : ldexp(1024 + part, e - 137));
            double got[N_SINGLE_RESULTS];
            format_single(got, a, &w);
            for (size_t k = 0; k < N_FUNCTION_RESULTS; k++) {
                const double want = ranged_function(&m, functions[k], a);
                ASSERT(exact_same(got[k], want), "%s of %a is %a, not %a", single_names[k], a, got[k], want);
            }
            const double want = ranged_operation(&m, '+', 1, ranged_function(&m, mpfr_exp, -a));
            ASSERT(exact_same(got[6], want), "1 + e^-%a is %a, not %a", a, got[6], want);
        }
    ASSERT(n > 1000, "%zu numbers", n);
    ranged_end(&m);
    format_worker_free(&w);
}

TEST_MAIN("format_functions", TEST(at_every_number), TEST(tf32_at_every_number))
