/* SPDX-License-Identifier: Apache-2.0 */
/* test_decimal.c -- numbers as decimal text read back by the C library and MPFR; decades compared with powers of ten. */
#include <float.h>
#include <string.h>

#include "decades.h"
#include "networks.h"
#include "num/decimal.h"
#include "num/factor.h"
#include "num/mpfr_vec.h"

/* One digit, not 0, before the point; a point only before digits, the last of them not 0; an exponent without leading zeros. */
static bool
well_formed(const char *s, int digits)
{
    const char *figures = "0123456789";
    s += *s == '-';
    size_t n = 1;
    if (strspn(s, "123456789") == 0)
        return false;
    s++;
    if (*s == '.') {
        const size_t rest = strspn(++s, figures);
        if (rest == 0 || s[rest - 1] == '0')
            return false;
        n += rest;
        s += rest;
    }
    if (*s++ != 'e')
        return false;
    s += *s == '-';
    const size_t exponent = strspn(s, figures);
    return exponent > 0 && s[exponent] == '\0' && (*s != '0' || exponent == 1) && (digits == 0 || n <= (size_t)digits);
}

static uint64_t
bits_of(double x)
{
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

static void
float_reads_back(void)
{
    uint64_t state = test_seed();
    char text[64];
    for (int i = 0; i < 60000; i++) {
        uint32_t b = (uint32_t)test_random(&state);
        if (i < 3000)
            b &= 0x807fffff; /* subnormal */
        float x, back;
        memcpy(&x, &b, sizeof x);
        if (!isfinite(x) || x == 0)
            continue;
        const int length = decimal_print_d(text, sizeof text, (double)x, 9);
        back = strtof(text, NULL);
        ASSERT(memcmp(&x, &back, sizeof x) == 0 && length == (int)strlen(text) && well_formed(text, 9), "%a is '%s'",
               (double)x, text);
    }
}

static void
double_reads_back(void)
{
    static const double some[] = { 1, -1, 0.1, 1e23, 9.5e-321, DBL_MAX, -DBL_MIN, DBL_TRUE_MIN, 1e-308, 123456789012345680.0, 0.5,
                                   1e22 };
    uint64_t state = test_seed();
    char text[64];
    for (int i = 0; i < 60000; i++) {
        uint64_t b = test_random(&state);
        if (i < 3000)
            b &= UINT64_C(0x800fffffffffffff);
        double x;
        memcpy(&x, &b, sizeof x);
        if (i < (int)(sizeof some / sizeof *some))
            x = some[i];
        if (!isfinite(x) || x == 0)
            continue;
        const int length = decimal_print_d(text, sizeof text, x, 17);
        ASSERT(bits_of(strtod(text, NULL)) == bits_of(x) && length == (int)strlen(text) && well_formed(text, 17),
               "%a is '%s'", x, text);
    }
}

/* Any precision, exponents to the ends of MPFR's range. */
static void
mpfr_reads_back(void)
{
    static const mpfr_prec_t precisions[] = { 2, 3, 24, 53, 64, 113, 256, 1000 };
    static const long spreads[] = { 10, 2000, 400000, 1000000000 };
    uint64_t state = test_seed();
    char text[1024];
    mpfr_vec_widest_range();
    for (size_t p = 0; p < 8; p++)
        for (size_t s = 0; s < 4; s++)
            for (int i = 0; i < 40; i++) {
                mpfr_t x, back;
                mpfr_inits2(precisions[p], x, back, (mpfr_ptr)0);
                mpfr_set_d(x, network_uniform(&state), MPFR_RNDN);
                for (int k = 0; k < 20; k++) /* random bits all the way down */
                    mpfr_mul_d(x, x, 1 + network_uniform(&state) / 2, MPFR_RNDN);
                mpfr_set_exp(x, (long)(test_random(&state) % (uint64_t)(2 * spreads[s])) - spreads[s]);
                const int length = decimal_print_mpfr(text, sizeof text, x, 0);
                char *end;
                mpfr_strtofr(back, text, &end, 10, MPFR_RNDN);
                ASSERT(mpfr_equal_p(x, back) && *end == '\0' && length == (int)strlen(text) && well_formed(text, 0),
                       "%ld bits: '%s'", (long)precisions[p], text);
                mpfr_clears(x, back, (mpfr_ptr)0);
            }
}

/* Correctly rounded to the digits asked for: printf's of glibc, with the trailing zeros taken off by value. */
static void
digits_are_rounded(void)
{
    uint64_t state = test_seed();
    char text[1200], want[1200];
    mpfr_t x;
    mpfr_init2(x, 53);
    for (int i = 0; i < 3000; i++) {
        const int digits = i < 2900 ? 1 + i % 20 : 700 + i % 100;
        const double d = ldexp(network_uniform(&state), (int)(test_random(&state) % 2000) - 1000);
        mpfr_set_d(x, d, MPFR_RNDN);
        snprintf(want, sizeof want, "%.*e", digits - 1, d);
        for (int mpfr = 0; mpfr < 2; mpfr++) {
            mpfr ? decimal_print_mpfr(text, sizeof text, x, digits) : decimal_print_d(text, sizeof text, d, digits);
            /* the same digits up to zeros at the end, the same exponent */
            const size_t n = strcspn(text, "e"), m = strcspn(want, "e"), point = strcspn(want, ".e");
            ASSERT(n <= m && strncmp(text, want, n) == 0 && strspn(want + n, "0.") >= m - n && n >= point, "'%s', '%s'", text,
                   want);
            ASSERT(atol(text + n + 1) == atol(want + m + 1) && well_formed(text, digits), "'%s', '%s'", text, want);
        }
    }
    mpfr_clear(x);
}

static void
texts_by_hand(void)
{
    static const struct { double value; int digits; const char *text; } cases[] = {
        { 0.0, 17, "0" },         { -0.0, 17, "-0" },      { NAN, 17, "nan" },     { -NAN, 17, "nan" },   { INFINITY, 17, "inf" },
        { -INFINITY, 17, "-inf" }, { 1, 17, "1e0" },       { -10, 17, "-1e1" },    { 0.5, 17, "5e-1" },   { 1.25, 17, "1.25e0" },
        { 9.96, 2, "1e1" },       { 1234, 2, "1.2e3" },    { 0.001, 1, "1e-3" },   { 0.125, 2, "1.2e-1" }, { 0.375, 2, "3.8e-1" },
        { 0x1p-1074, 3, "4.94e-324" }
    };
    char text[64];
    mpfr_t x;
    mpfr_init2(x, 53);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mpfr_set_d(x, cases[i].value, MPFR_RNDN);
        ASSERT(decimal_print_d(text, sizeof text, cases[i].value, cases[i].digits) == (int)strlen(text));
        ASSERT(strcmp(text, cases[i].text) == 0, "'%s', not '%s'", text, cases[i].text);
        ASSERT(decimal_print_mpfr(text, sizeof text, x, cases[i].digits) == (int)strlen(text));
        ASSERT(strcmp(text, cases[i].text) == 0, "'%s', not '%s'", text, cases[i].text);
    }
    mpfr_set_str(x, "-1.25e-1042", 10, MPFR_RNDN);
    decimal_print_mpfr(text, sizeof text, x, 10);
    ASSERT(strcmp(text, "-1.25e-1042") == 0, "'%s'", text);
    mpfr_clear(x);
}

/* As snprintf: the length that would have been, the text cut and ended. */
static void
short_buffers(void)
{
    char text[8];
    memset(text, '#', sizeof text);
    ASSERT(decimal_print_d(text, 5, 1.2345678901, 11) == 14, "%d", decimal_print_d(text, 5, 1.2345678901, 11));
    ASSERT(memcmp(text, "1.23\0###", 8) == 0, "'%s'", text);
    ASSERT(decimal_print_d(NULL, 0, -0.0, 17) == 2 && decimal_print_d(NULL, 0, 1e100, 17) == 5);
}

/* ---- decades ---------------------------------------------------------------------------------------------------- */

static void
check_decade(mpfr_srcptr a)
{
    const int64_t k = decimal_decade(a);
    if (!ASSERT(reaches_decade(a, (long)k) && !reaches_decade(a, (long)k + 1), "decade %lld", (long long)k))
        mpfr_printf("\n    of %.20Rg", a);
}

/* The double next to each power of ten, and its neighbours: 10^k itself where k is in 0 to 22. */
static void
decades_of_doubles(void)
{
    mpfr_t x;
    mpfr_init2(x, 53);
    for (int k = -323; k <= 308; k++) {
        mpfr_set_ui(x, 10, MPFR_RNDN);
        mpfr_pow_si(x, x, k, MPFR_RNDN);
        double d = mpfr_get_d(x, MPFR_RNDN); /* subnormal ones rounded again */
        d = nextafter(nextafter(d, 0), 0);
        for (int i = 0; i < 5; i++, d = nextafter(d, INFINITY)) {
            if (d == 0)
                continue;
            mpfr_set_d(x, d, MPFR_RNDN);
            check_decade(x);
            ASSERT(decimal_decade_d(d) == decimal_decade(x) && decimal_decade_d(-d) == decimal_decade_d(d), "%a", d);
        }
        if (k >= 0 && k <= 22)
            ASSERT(decimal_decade_d(pow(10, k)) == k && decimal_decade_d(nextafter(pow(10, k), 0)) == k - 1, "10^%d", k);
    }
    ASSERT(decimal_decade_d(DBL_TRUE_MIN) == -324 && decimal_decade_d(DBL_MAX) == 308);
    ASSERT(decimal_decade_d((double)FLT_TRUE_MIN) == -45);
    mpfr_clear(x);
}

static void
decades_of_any_exponent(void)
{
    static const long exponents[] = { -100000, -31415, -4001, -400, 0, 400, 4001, 31415, 100000 };
    uint64_t state = test_seed();
    for (size_t i = 0; i < 9; i++)
        for (mpfr_prec_t bits = 2; bits <= 300; bits += 149) {
            mpfr_t x;
            mpfr_init2(x, bits);
            for (int j = 0; j < 5; j++) { /* a power of two near, random; and the numbers around a power of ten */
                mpfr_set_d(x, network_uniform(&state), MPFR_RNDN);
                mpfr_set_exp(x, exponents[i] + j);
                check_decade(x);
            }
            mpfr_set_ui(x, 10, MPFR_RNDN);
            mpfr_pow_si(x, x, exponents[i] / 3, MPFR_RNDD);
            check_decade(x);
            mpfr_nextabove(x);
            check_decade(x);
            mpfr_nextbelow(x);
            mpfr_nextbelow(x);
            check_decade(x);
            mpfr_clear(x);
        }
}

/* 10^k exact, one unit of the last place below, and above: 27 and 60 need 63 and 140 bits. */
static void
decades_at_exact_powers(void)
{
    mpfr_t x;
    mpfr_init2(x, 400);
    for (unsigned long k = 0; k <= 120; k++) {
        ASSERT(mpfr_ui_pow_ui(x, 10, k, MPFR_RNDN) == 0);
        ASSERT(decimal_decade(x) == (int64_t)k, "10^%lu", k);
        mpfr_nextbelow(x);
        ASSERT(decimal_decade(x) == (int64_t)k - 1, "below 10^%lu", k);
    }
    mpfr_clear(x);
}

/* At 2^(+-4e18) the decade is within 1 of e log10 2, computed to 128 bits. */
static void
decades_at_the_ends_of_the_range(void)
{
    mpfr_vec_widest_range();
    mpfr_t x, log2, want;
    mpfr_inits2(200, x, log2, want, (mpfr_ptr)0);
    mpfr_set_ui(log2, 2, MPFR_RNDN);
    mpfr_log10(log2, log2, MPFR_RNDN);
    for (long e = -4000000000000000000; e <= 4000000000000000000; e += 800000000000000000) {
        mpfr_set_ui_2exp(x, 1, e, MPFR_RNDN);
        mpfr_mul_si(want, log2, e, MPFR_RNDN);
        mpfr_floor(want, want);
        ASSERT(decimal_decade(x) == mpfr_get_si(want, MPFR_RNDN), "2^%ld: %lld", e, (long long)decimal_decade(x));
    }
    mpfr_clears(x, log2, want, (mpfr_ptr)0);
}

/* Between 1 and 1 + 2^-23: rounded to binary64 these are the middle, which a second rounding takes to the even neighbour. */
static void
rounded_once(void)
{
    static const struct { const char *text; double single, wide; } good[] = {
        { "1.00000005960464477539062500001", 1 + 0x1p-23, 1 + 0x1p-24 },
        { "1.00000017881393432617187499999", 1 + 0x1p-23, 1 + 3 * 0x1p-24 },
        { "1.000000059604644775390625", 1, 1 + 0x1p-24 },
        { "-0x1.000001000000000000001p0", -1 - 0x1p-23, -1 - 0x1p-24 },
        { "7.00649232162408535461864791644958e-46", 0x1p-150, 0x1p-150 }, /* 2^-150 and less: 0 in binary32, not here */
        { "7.0064923216240854e-46", 0x1p-149, 0x1p-150 },
        { "1.4e-45", 0x1p-149, 1.4e-45 },
        { "340282356779733661637539395458142568447.9", FLT_MAX, 0x1.ffffffp127 },
        { "340282356779733661637539395458142568448", 0x1.ffffffp127, 0x1.ffffffp127 }, /* infinite in binary32, not here */
        { "1e308", 1e308, 1e308 }, { "2.5", 2.5, 2.5 }, { ".5", 0.5, 0.5 }, { "0", 0, 0 }, { "1e-400", 0, 0 },
        { "8/255", 0x1.010102p-5, 0x1.0101010101010p-5 }, /* 2^-5 (1 + 1/255), in base 256 .08080808... */
        { "-1/3", -0x1.555556p-2, -0x1.5555555555555p-2 }, { "0/7", 0, 0 }, { ".5/.25", 2, 2 }, { "1e2/4e1", 2.5, 2.5 },
        { "72057598332895233/72057594037927936", 1 + 0x1p-23, 1 + 0x1p-24 }, /* 1 + 2^-24 + 2^-56 */
        { "72057606922829823/72057594037927936", 1 + 0x1p-23, 1 + 3 * 0x1p-24 }, /* 1 + 3 2^-24 - 2^-56 */
        { "1/713623846352979940529142984724747568191373312", 0x1p-149, 0x1p-149 },
        { "1e-400/1e-399", 0x1.99999ap-4, 0x1.999999999999ap-4 }, { "1e-399/1e1", 0, 0 },
    };
    static const char *const bad[] = { "", "x", "1x", "1 ", "1,5", "1e", "inf", "-inf", "infinity", "nan", "nan(1)", "1e309",
                                       "-1e999", "1/0", "0/0", "1/", "/2", "1/2/3", "1 /2", "1/ 2", "0x1/2",
                                       "1/inf", "1e300/1e-300" };
    double x;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ASSERT(decimal_read(&x, good[i].text, true) && x == good[i].single, "%s: %a", good[i].text, x);
        ASSERT(decimal_read(&x, good[i].text, false) && x == good[i].wide, "%s: %a", good[i].text, x);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        x = 7;
        ASSERT(!decimal_read(&x, bad[i], false) && !decimal_read(&x, bad[i], true) && x == 7, "'%s' is taken", bad[i]);
    }
    ASSERT(decimal_read_inverse(&x, "3", true) && x == 1.0f / 3 && decimal_read_inverse(&x, "3", false) && x == 1.0 / 3);
    ASSERT(decimal_read_inverse(&x, "8/255", false) && x == 31.875 && decimal_read_inverse(&x, "0.5", true) && x == 2);
    static const char *const no_inverse[] = { "0", "-2", "x", "1e-309", "" };
    for (size_t i = 0; i < sizeof no_inverse / sizeof *no_inverse; i++) {
        x = 7;
        ASSERT(!decimal_read_inverse(&x, no_inverse[i], false) && x == 7, "'%s' is taken", no_inverse[i]);
    }
}

static uint64_t
read_back(const char *text, bool binary32)
{
    return bits_of(binary32 ? (double)strtof(text, NULL) : strtod(text, NULL));
}

/* Read back by the C library it is the number, and with a digit less in its significand, correctly rounded, it is not. */
static void
check_shortest(double x, bool binary32)
{
    char text[40], less[40];
    const int length = decimal_shortest(text, sizeof text, x, binary32);
    ASSERT(length == (int)strlen(text) && read_back(text, binary32) == bits_of(x), "%a: %s", x, text);
    int digits = 0;
    for (const char *c = text + strspn(text, "-0."); *c != '\0' && *c != 'e'; c++)
        digits += *c != '.';
    if (strchr(text, '.') == NULL && strchr(text, 'e') == NULL)
        return; /* an integer, whose zeros at the end are no digits */
    snprintf(less, sizeof less, "%.*e", digits > 1 ? digits - 2 : 0, x);
    ASSERT(digits == 1 || read_back(less, binary32) != bits_of(x), "%a: %s is longer than %s", x, text, less);
}

static void
shortest(void)
{
    static const struct { double x; bool binary32; const char *text; } cases[] = {
        { 0.1f, true, "0.1" }, { 0.1f, false, "0.10000000149011612" }, { 0.1, false, "0.1" },
        { -0.0, false, "-0" }, { 12, true, "12" },
        { 0x1p-149, true, "1e-45" }, { 0x1p-1074, false, "5e-324" }, { -FLT_MAX, true, "-3.4028235e+38" },
        { 0x1p24, true, "16777216" },
        { -DBL_MIN, false, "-2.2250738585072014e-308" }, { INFINITY, true, "inf" }, { NAN, false, "nan" },
        { 1.0 / 3, false, "0.3333333333333333" },
    };
    char text[40];
    uint64_t state = test_seed();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        decimal_shortest(text, sizeof text, cases[i].x, cases[i].binary32);
        ASSERT(strcmp(text, cases[i].text) == 0, "%a is '%s', not '%s'", cases[i].x, text, cases[i].text);
    }
    for (size_t i = 0; i < 20000; i++) {
        const uint64_t bits = test_random(&state);
        const uint32_t half = (uint32_t)(bits >> 7);
        double x;
        float f;
        memcpy(&x, &bits, sizeof x);
        memcpy(&f, &half, sizeof f);
        if (isfinite(x))
            check_shortest(x, false);
        if (isfinite(f))
            check_shortest(f, true);
    }
}

/* What a gain is called reads back as it; a fraction where that is shorter. */
static void
factors(void)
{
    static const struct {
        double x;
        const char *text;
    } known[] = { { 0.0003f, "0.0003" }, { 0.0003, "0.0003" }, { 0x1p-11, "1/2048" }, { 0.5, "0.5" }, { 0.25, "0.25" },
                  { 1.0f / 3, "1/3" }, { 1.0 / 3, "1/3" }, { 0x1p-40, "9.094947e-13" }, { 1e-5, "1e-05" }, { 7.5, "7.5" },
                  { 1e30, "1e+30" } };
    uint64_t state = test_seed();
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char text[64];
        factor_text(text, sizeof text, known[i].x);
        ASSERT(strcmp(text, known[i].text) == 0, "%a: %s", known[i].x, text);
    }
    for (size_t i = 0; i < 20000; i++) {
        double x = ldexp((double)(test_random(&state) >> 11) * 0x1p-53 + 0x1p-60, (int)(test_random(&state) % 60) - 30), again;
        char text[64];
        const bool binary32 = i % 2 == 0;
        x = i % 3 == 0 ? 1 / (double)(1 + test_random(&state) % 100000) : x;
        x = binary32 ? (float)x : x;
        factor_text(text, sizeof text, x);
        ASSERT(decimal_read(&again, text, binary32 || (double)(float)x == x) && again == x, "%a: %s", x, text);
    }
}

TEST_MAIN("decimal", TEST(rounded_once), TEST(shortest), TEST(factors),
          TEST(float_reads_back), TEST(double_reads_back), TEST(mpfr_reads_back), TEST(digits_are_rounded),
          TEST(texts_by_hand), TEST(short_buffers), TEST(decades_of_doubles), TEST(decades_of_any_exponent),
          TEST(decades_at_exact_powers), TEST(decades_at_the_ends_of_the_range))
