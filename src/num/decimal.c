/* SPDX-License-Identifier: Apache-2.0 */
/* decimal.c -- see decimal.h */
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "num/decimal.h"
#include "num/rational.h"

/* glibc's strtof and strtod round correctly, whatever the text's length. */
static bool
read_number(double *wide, double *narrow, const char *text)
{
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    char *end = (char *)(uintptr_t)text;
    if (c == (locale_t)0)
        return false;
    *wide = strtod_l(text, &end, c);
    *narrow = strtof_l(text, NULL, c);
    freelocale(c);
    return end != text && *end == '\0';
}

static bool
read_fraction(double *wide, double *narrow, const char *text)
{
    mpq_t q;
    mpq_init(q);
    const bool ok = rational_parse(q, text);
    *wide = rational_round(q, false);
    *narrow = rational_round(q, true);
    mpq_clear(q);
    return ok;
}

static bool
read_inverse(double *wide, double *narrow, const char *text)
{
    mpq_t q;
    mpq_init(q);
    const bool ok = rational_parse(q, text) && mpq_sgn(q) > 0;
    if (ok)
        mpq_inv(q, q);
    *wide = rational_round(q, false);
    *narrow = rational_round(q, true);
    mpq_clear(q);
    return ok;
}

typedef bool reader(double *wide, double *narrow, const char *text);

static bool
read_by(double *x, reader *read, const char *text, bool binary32)
{
    double wide, narrow;
    if (!read(&wide, &narrow, text) || !isfinite(wide))
        return false;
    *x = binary32 && narrow != 0 && isfinite(narrow) ? narrow : wide;
    return true;
}

bool
decimal_read(double *x, const char *text, bool binary32)
{
    return read_by(x, strchr(text, '/') != NULL ? read_fraction : read_number, text, binary32);
}

bool
decimal_read_inverse(double *x, const char *text, bool binary32)
{
    return read_by(x, read_inverse, text, binary32);
}

static int
print_special(char *text, size_t size, bool is_nan, bool is_inf, bool negative)
{
    const char *word = is_nan ? "nan" : is_inf ? "inf" : "0";
    return snprintf(text, size, "%s%s", negative && !is_nan ? "-" : "", word);
}

/* sign, digits "12500", exponent of the first digit -> "-1.25e-1042" */
static int
print_digits(char *text, size_t size, bool negative, const char *digit, size_t n, long long exponent)
{
    while (n > 1 && digit[n - 1] == '0')
        n--;
    return snprintf(text, size, "%s%c%s%.*se%lld", negative ? "-" : "", digit[0], n > 1 ? "." : "", (int)(n - 1), digit + 1,
                    exponent);
}

int
decimal_print_d(char *text, size_t size, double a, int digits)
{
    char buffer[1100], figures[1100];
    if (!isfinite(a) || a == 0)
        return print_special(text, size, isnan(a), isinf(a), signbit(a));
    if (digits > 1000)
        digits = 1000; /* a binary64 number has at most 767 */
    snprintf(buffer, sizeof buffer, "%.*e", digits - 1, fabs(a));
    char *e = strchr(buffer, 'e');
    size_t n = 0;
    for (const char *c = buffer; c < e; c++)
        if (*c != '.')
            figures[n++] = *c;
    return print_digits(text, size, signbit(a), figures, n, atoll(e + 1));
}

/* 9 digits tell binary32 numbers apart, 17 those of binary64. */
int
decimal_shortest(char *text, size_t size, double a, bool binary32)
{
    char shortest[32];
    double again;
    if (!isfinite(a) || a == 0)
        return print_special(text, size, isnan(a), isinf(a), signbit(a));
    for (int digits = 1; digits <= (binary32 ? 9 : 17); digits++) {
        snprintf(shortest, sizeof shortest, "%.*g", digits, a);
        if (decimal_read(&again, shortest, binary32) && again == a)
            break;
    }
    return snprintf(text, size, "%s", shortest);
}

bool
decimal_alike(mpfr_srcptr low, mpfr_srcptr high, int digits)
{
    mpfr_exp_t exponent[2];
    char *a = mpfr_get_str(NULL, &exponent[0], 10, (size_t)digits, low, MPFR_RNDN);
    char *b = mpfr_get_str(NULL, &exponent[1], 10, (size_t)digits, high, MPFR_RNDN);
    const bool alike = a != NULL && b != NULL && exponent[0] == exponent[1] && strcmp(a, b) == 0;
    mpfr_free_str(a);
    mpfr_free_str(b);
    return alike;
}

int
decimal_print_mpfr(char *text, size_t size, mpfr_srcptr a, int digits)
{
    if (!mpfr_regular_p(a))
        return print_special(text, size, mpfr_nan_p(a), mpfr_inf_p(a), mpfr_signbit(a));
    mpfr_exp_t exponent;
    char *figures = mpfr_get_str(NULL, &exponent, 10, digits > 0 ? (size_t)digits : 0, a, MPFR_RNDN);
    if (figures == NULL)
        return -1;
    const bool negative = figures[0] == '-';
    const int length = print_digits(text, size, negative, figures + negative, strlen(figures) - negative,
                                    (long long)exponent - 1);
    mpfr_free_str(figures);
    return length;
}

/* Sign of |a| - 10^k, by enclosing 10^k (mpfr_ui_pow_ui and mpfr_pow_si are correctly rounded, so RNDD and RNDU enclose it)
   at growing precision; 10^k is representable, and equality found, as soon as the precision holds it (k >= 0), and |a| is
   never 10^k for k < 0, which no binary number is. */
static int
compare_power(mpfr_srcptr a, long k)
{
    mpfr_t ten, low, high;
    int order = 0;
    mpfr_init2(ten, 8);
    mpfr_set_ui(ten, 10, MPFR_RNDN);
    for (mpfr_prec_t bits = 64;; bits *= 2) {
        mpfr_init2(low, bits);
        mpfr_init2(high, bits);
        const int inexact = mpfr_pow_si(low, ten, k, MPFR_RNDD);
        mpfr_pow_si(high, ten, k, MPFR_RNDU);
        const int above = mpfr_cmpabs(a, high), below = mpfr_cmpabs(a, low);
        mpfr_clears(low, high, (mpfr_ptr)0);
        if (inexact == 0)
            order = below;
        else if (above >= 0)
            order = 1;
        else if (below <= 0)
            order = -1;
        if (inexact == 0 || order != 0)
            break;
    }
    mpfr_clear(ten);
    return order;
}

/* The binary64 estimate of log10 |a| has four roundings (log10, constant, product, sum), each below 2^-52 of a value no larger than
   |log| + 1: it is off by less than 1e-12 + 1e-15 |log|. The comparison is exact only if that straddles an integer. */
static int64_t
decade(double mantissa, int64_t exponent, mpfr_srcptr a, double d)
{
    const double log = log10(fabs(mantissa)) + (double)exponent * 0.30102999566398119521;
    const double slack = 1e-12 + 1e-15 * fabs(log);
    int64_t k = (int64_t)floor(log - slack);
    if (floor(log + slack) == (double)k)
        return k;
    mpfr_t copy;
    mpfr_init2(copy, 53);
    if (a == NULL)
        mpfr_set_d(copy, d, MPFR_RNDN);
    while (compare_power(a != NULL ? a : copy, (long)k + 1) >= 0)
        k++;
    mpfr_clear(copy);
    return k;
}

int64_t
decimal_decade(mpfr_srcptr a)
{
    long exponent;
    const double mantissa = mpfr_get_d_2exp(&exponent, a, MPFR_RNDZ);
    return decade(mantissa, exponent, a, 0);
}

int64_t
decimal_decade_d(double a)
{
    int exponent;
    const double mantissa = frexp(a, &exponent);
    return decade(mantissa, exponent, NULL, a);
}

int
decimal_print_hex(char *text, size_t size, mpfr_srcptr a)
{
    if (!mpfr_regular_p(a))
        return snprintf(text, size, "%s%s", mpfr_signbit(a) && !mpfr_nan_p(a) ? "-" : "",
                        mpfr_nan_p(a) ? "nan" : mpfr_inf_p(a) ? "inf" : "0x0p+0");
    mpz_t m;
    char digits[DECIMAL_HEX];
    mpz_init(m);
    const mpfr_exp_t e = mpfr_get_z_2exp(m, a);
    mpz_abs(m, m);
    const size_t bits = mpz_sizeinbase(m, 2);
    mpz_mul_2exp(m, m, (3 * (bits - 1)) % 4); /* so that whole digits stand behind the first 1 */
    int n = gmp_snprintf(digits, sizeof digits, "%Zx", m);
    while (n > 1 && digits[n - 1] == '0')
        n--;
    mpz_clear(m);
    return snprintf(text, size, "%s0x1%s%.*sp%+" PRId64, mpfr_sgn(a) < 0 ? "-" : "", n > 1 ? "." : "", n - 1, digits + 1,
                    (int64_t)e + (int64_t)bits - 1);
}
