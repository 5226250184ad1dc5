/* SPDX-License-Identifier: Apache-2.0 */
/* test_format.c -- what formats say of themselves, against <float.h>, the compiler's own conversions and MPFR. */
#include <float.h>
#include <string.h>

#include <mpfr.h>

#include "exact/engines.h"
#include "networks.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "pass/engine.h"
#include "pass/truth.h"

enum { UNKNOWN = 77 };

static ga_format
of(const char *name)
{
    ga_format f = { 0 };
    ASSERT(ga_format_parse(&f, name, NULL) == GA_OK, "%s", name);
    return f;
}

/* A format with a range, as the compiler has it. */
typedef struct {
    const char *name;
    int bits, digits;
    double largest, normal, least; /* the largest number, the least normal one, the least */
    double (*convert)(double x);
    ga_dtype dtype;
} known;

static double to_float(double x) { return (double)(float)x; }
static double to_double(double x) { return x; }

static double
to_float16(double x)
{
    mpfr_t r;
    mpfr_init2(r, 11);
    const int ternary = mpfr_set_d(r, x, MPFR_RNDN);
    const mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_set_emin(-23);
    mpfr_set_emax(16);
    mpfr_subnormalize(r, mpfr_check_range(r, ternary, MPFR_RNDN), MPFR_RNDN);
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
    x = mpfr_get_d(r, MPFR_RNDN);
    mpfr_clear(r);
    return x;
}

static const known ranged[] = {
    { "float", FLT_MANT_DIG, FLT_DECIMAL_DIG, FLT_MAX, FLT_MIN, FLT_TRUE_MIN, to_float, GA_F32 },
    { "double", DBL_MANT_DIG, DBL_DECIMAL_DIG, DBL_MAX, DBL_MIN, DBL_TRUE_MIN, to_double, GA_F64 },
    { "float16", 11, 5, 65504, 0x1p-14, 0x1p-24, to_float16, GA_F32 }, /* IEEE 754-2019, table 3.5 */
};
enum { N_RANGED = sizeof ranged / sizeof *ranged };

static void
ranges_are_the_compilers(void)
{
    for (size_t i = 0; i < N_RANGED; i++) {
        const known *k = ranged + i;
        const ga_format f = of(k->name);
        int exponent;
        frexp(k->largest, &exponent);
        ASSERT(format_has_range(f) && f.bits == k->bits && format_digits(f) == k->digits, "%s", k->name);
        ASSERT(ldexp(1, (int)format_emin(f)) == k->normal, "%s", k->name);
        ASSERT(ldexp(1, (int)format_least_exponent(f)) == k->least, "%s", k->name);
        ASSERT(format_emax(f) == exponent - 1 && ldexp(format_largest(f), f.emax) == k->largest, "%s", k->name);
        /* the ulp is what there is between 2^e, or what it becomes, and the next */
        for (int e = exponent - 1; e > -1080 && ldexp(1, e) > k->least / 4; e--) {
            const double at = ldexp(1, e) < k->least ? 0 : ldexp(1, e);
            double next = at, step = k->least;
            while (k->convert(at + step) == at || (at + step) - at != step)
                step *= 2;
            next = k->convert(at + step);
            ASSERT(ldexp(next - at, -(int)format_ulp_exponent(f, e)) == 1, "%s, binade %d", k->name, e);
        }
    }
}

/* (m + tail) 2^e, 1 <= m < 2. */
static ga_truth
truth(double m, double tail, int64_t e)
{
    return (ga_truth){ .state = GA_TRUE_NONZERO, .sign = 1, .mantissa = m, .tail = { tail, e }, .exponent = e };
}

/* Beside numbers x, by themselves and with a tail on either side, answers are those of a conversion in MPFR to the format. */
static void
rounds(const known *k, double x)
{
    const ga_format f = of(k->name);
    static const double tails[] = { -0x1p-60, 0, 0x1p-60 };
    int e;
    const double m = 2 * frexp(x, &e);
    mpfr_t exact, rounded;
    mpfr_init2(exact, 200);
    mpfr_init2(rounded, f.bits);
    for (size_t i = 0; i < 3; i++) {
        const ga_truth t = truth(m, tails[i], e - 1);
        mpfr_set_d(exact, tails[i], MPFR_RNDN);
        mpfr_add_d(exact, exact, m, MPFR_RNDN);
        mpfr_mul_2si(exact, exact, e - 1, MPFR_RNDN);
        const mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
        int least, largest;
        frexp(k->least, &least);
        frexp(k->largest, &largest);
        const int ternary = mpfr_set(rounded, exact, MPFR_RNDN);
        mpfr_set_emin(least); /* MPFR's significands are in [1/2, 1), as frexp's are */
        mpfr_set_emax(largest);
        mpfr_subnormalize(rounded, mpfr_check_range(rounded, ternary, MPFR_RNDN), MPFR_RNDN);
        mpfr_set_emin(emin);
        mpfr_set_emax(emax);
        ASSERT((truth_rounds_to_zero(&t, f, 0) == TRUTH_AT) == mpfr_zero_p(rounded), "%s: %a, tail %g", k->name, x, tails[i]);
        ASSERT((truth_rounds_beyond(&t, f, 0) == TRUTH_AT) == mpfr_inf_p(rounded), "%s: %a, tail %g", k->name, x, tails[i]);
    }
    mpfr_clears(exact, rounded, (mpfr_ptr)0);
}

static void
numbers_round_as_in_mpfr(void)
{
    for (size_t i = 0; i < N_RANGED; i++)
        for (int e = -1074; e <= 1023; e++) {
            const double x = ldexp(1, e);
            rounds(ranged + i, x);
            if (x > DBL_MIN) {
                const double middle = x * (2 - ldexp(1, -ranged[i].bits)); /* of 2x and the number before, but in double: 2x */
                rounds(ranged + i, nextafter(x, 0));
                rounds(ranged + i, nextafter(x, INFINITY));
                rounds(ranged + i, isfinite(middle) ? middle : x);
                rounds(ranged + i, nextafter(middle, 0));
            }
        }
}

/* The end of binary64's range has 54 bits: only a tail reaches it. */
static void
the_end_of_double(void)
{
    const ga_format f = of("double");
    const double last = 2 - 0x1p-52, half = 0x1p-53;
    const struct {
        double tail;
        truth_side side;
    } cases[] = { { 0, TRUTH_BELOW },
                  { half * (1 - 0x1p-40), TRUTH_BELOW }, { half, TRUTH_AT }, { half * (1 + 0x1p-40), TRUTH_AT } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const ga_truth t = truth(last, cases[i].tail, 1023);
        ASSERT(truth_rounds_beyond(&t, f, 0) == cases[i].side, "tail %a", cases[i].tail);
    }
}

static bool
is_a_c_type(ga_format f)
{
    return f.kind == GA_FLOAT || f.kind == GA_DOUBLE;
}

static void
words_and_names(void)
{
    char text[40];
    ASSERT(format_words.n == N_FORMATS);
    for (size_t i = 0; i < format_words.n; i++) {
        const bool pattern = strchr(format_words.name[i], ':') != NULL;
        const ga_format f = of(pattern ? "MPFR:100" : format_words.name[i]);
        format_name(text, sizeof text, f);
        ASSERT(strcmp(text, pattern ? "mpfr:100" : format_words.name[i]) == 0, "%s", text);
        ASSERT(format_any_precision(f) == pattern && format_is_word(pattern ? "MPFR:100" : format_words.name[i]));
        ASSERT(engine_find(f) != NULL, "%s", text);
    }
    ASSERT(of("exact").reference_bits == GA_REFERENCE_BITS && of("exact").bits == GA_REFERENCE_MAX_BITS);
    ASSERT(format_equal(format_of_reference(), of("exact")));
    ASSERT(format_is_reference(of("exact")) && !format_is_reference(of("float")) && !format_is_reference(of("mpfr:53")));
    static const char *const wrong[] = { "mpfr:", "mpfr:1", "mpfr:65537", "mpfr:53x", "mpfr", "float ", "", "exact:53" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ga_format f = { .bits = 5 };
        ASSERT(ga_format_parse(&f, wrong[i], NULL) == GA_USAGE && f.bits == 5, "'%s'", wrong[i]);
    }
    format_list(text, sizeof text, is_a_c_type, "and");
    ASSERT(strcmp(text, "float and double") == 0, "%s", text);
    format_list(text, sizeof text, format_is_reference, "or");
    ASSERT(strcmp(text, "exact") == 0, "%s", text);
    format_list(text, 8, is_a_c_type, "and");
    ASSERT(strcmp(text, "float a") == 0, "%s", text);
}

static void
types_and_products(void)
{
    ga_dtype dtype;
    for (size_t i = 0; i < N_RANGED; i++)
        ASSERT(format_dtype(&dtype, of(ranged[i].name)) && dtype == ranged[i].dtype, "%s", ranged[i].name);
    ASSERT(format_of_dtype(GA_F32).bits == FLT_MANT_DIG && format_of_dtype(GA_F64).bits == DBL_MANT_DIG);
    dtype = GA_F64;
    ASSERT(!format_dtype(&dtype, of("mpfr:24")) && !format_dtype(&dtype, of("exact")) && dtype == GA_F64);
    ASSERT(format_holds(of("float"), GA_F32) && !format_holds(of("float"), GA_F64));
    ASSERT(format_holds(of("double"), GA_F32) && format_holds(of("double"), GA_F64));
    ASSERT(!format_holds(of("float16"), GA_F32) && format_admits(of("float16"), GA_F32) && format_admits(of("float16"), GA_F64));
    ASSERT(format_admits(of("float"), GA_F32) && !format_admits(of("float"), GA_F64));
    ASSERT(format_holds(of("mpfr:2"), GA_F64) && format_holds(of("exact"), GA_F64));
    static const char *const names[] = { "float", "double", "mpfr:53", "exact" };
    for (size_t i = 0; i < 4; i++) {
        const ga_format f = of(names[i]);
        ASSERT(format_product(f) == (i < 2 ? GA_BLAS : GA_DOT) && format_has_product(f, GA_LOOP), "%s", names[i]);
        ASSERT(format_has_product(f, GA_BLAS) == (i < 2) && format_has_product(f, GA_DOT) == (i >= 2), "%s", names[i]);
        ASSERT(!format_has_product(f, GA_PRODUCT_DEFAULT) && !format_has_product(f, (ga_product)UNKNOWN), "%s", names[i]);
    }
    const ga_format wide = format_with_bits(of("float"), 256, false), same = format_with_bits(of("float"), 256, true);
    ASSERT(format_any_precision(wide) && wide.bits == 256 && wide.gap == 0 && same.bits == 256);
    ASSERT(engine_find(wide) != engine_find(same) && engine_find(same) == &engine_mpr);
    ASSERT(format_least_exponent(same) == -149 && format_emax(same) == 127);
    ASSERT(format_least_exponent(format_with_bits(of("double"), 300, true)) == -1074);
    ASSERT(format_least_exponent(format_with_bits(of("float,ftz"), 300, true)) == -126);
}

static void
factors(void)
{
    static const double kept[] = { 0x1.004p-25, 0x1p-24, 1, 65504, 0x1.ffdffp15 };
    static const double gone[] = { 0, -1, 0x1p-25, 65520, 1e300, INFINITY, NAN };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        ASSERT(mpfr_narrow_keeps(of("float16"), kept[i]), "%a", kept[i]);
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        ASSERT(!mpfr_narrow_keeps(of("float16"), gone[i]), "%a", gone[i]);
    ASSERT(!mpfr_narrow_keeps(of("e2m1"), 100) && mpfr_narrow_keeps(of("e2m1"), 6) && !mpfr_narrow_keeps(of("e2m1"), 0.25));
    ASSERT(mpfr_narrow_keeps(of("float16,rounding=toward-zero"), 65530) && !mpfr_narrow_keeps(of("float16,rounding=up"), 65505));
    ASSERT(mpfr_narrow_keeps(of("float16,rounding=up"), 1e-9) && !mpfr_narrow_keeps(of("float16,rounding=toward-zero"), 0x1.8p-25));
    ASSERT(!mpfr_narrow_keeps(of("float16,rounding=stochastic"), 0x1.8p-25) &&
           mpfr_narrow_keeps(of("float16,rounding=stochastic"), 0x1p-24) &&
           !mpfr_narrow_keeps(of("float16,rounding=stochastic"), 65505));
    ASSERT(mpfr_narrow_keeps(of("double"), DBL_MAX) && mpfr_narrow_keeps(of("double"), DBL_TRUE_MIN));
    ASSERT(!mpfr_narrow_keeps(of("double"), INFINITY));
    ASSERT(mpfr_narrow_keeps(of("mpfr:5"), DBL_TRUE_MIN) && !mpfr_narrow_keeps(of("mpfr:5"), 0));
}

/* float16 runs any model, and refuses a factor that it would make 0 or infinite. */
static void
estimators_of_float16(void)
{
    static const size_t sizes[] = { 3, 2, 2 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    uint64_t state = test_seed();
    for (ga_dtype dtype = GA_F32; dtype <= GA_F64; dtype++) {
        ga_model *m = network_new(dtype, 2, sizes, hidden, 1, &state);
        ga_estimator e = network_estimator("float16", GA_NAIVE, GA_PRODUCT_DEFAULT);
        ga_estimator wide = network_estimator("double", GA_NAIVE, GA_LOOP);
        ga_status st = { 0 };
        ASSERT(ga_estimator_check(&e, m, &st) == GA_OK && strcmp(ga_product_name(&e), "loop") == 0, "%s", st.message);
        e.gain = wide.gain = 0x1p-26;
        ASSERT(ga_estimator_check(&wide, m, NULL) == GA_OK && ga_estimator_check(&e, m, &st) == GA_USAGE);
        ASSERT(strcmp(st.message, "the gain must be positive and finite in float16, not 1.49012e-08") == 0, "%s", st.message);
        e.gain = 0x1p-24;
        e.logit_scale = 65520;
        ASSERT(ga_estimator_check(&e, m, NULL) == GA_USAGE);
        e.logit_scale = 65504;
        ASSERT(ga_estimator_check(&e, m, NULL) == GA_OK);
        e.product = GA_BLAS;
        ASSERT(ga_estimator_check(&e, m, &st) == GA_USAGE);
        ASSERT(strcmp(st.message, "the product 'blas' is not there in this format: loop") == 0, "%s", st.message);
        ga_model_free(m);
    }
}

/* A kind that has no row is allowed nothing. */
static void
unknown_formats(void)
{
    const ga_format f = { .kind = (ga_format_kind)UNKNOWN, .bits = 24 };
    ga_dtype dtype;
    char text[20];
    format_name(text, sizeof text, f);
    ASSERT(!format_is_known(f) && !format_is_known((ga_format){ .kind = (ga_format_kind)-1 }));
    ASSERT(strcmp(text, "unknown") == 0, "%s", text);
    ASSERT(!format_is_reference(f) && !format_any_precision(f) && !format_has_range(f) && !format_is_audited(f));
    ASSERT(!format_has_origins(f) && !format_has_thresholds(f) && !format_dtype(&dtype, f) && !format_holds(f, GA_F32));
    ASSERT(!format_admits(f, GA_F32) && !format_has_product(f, GA_LOOP) && engine_find(f) == NULL);
}

TEST_MAIN("format", TEST(ranges_are_the_compilers), TEST(numbers_round_as_in_mpfr), TEST(the_end_of_double), TEST(words_and_names),
          TEST(types_and_products), TEST(factors), TEST(estimators_of_float16), TEST(unknown_formats))
