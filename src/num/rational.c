/* SPDX-License-Identifier: Apache-2.0 */
/* rational.c -- see rational.h */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/rational.h"

enum { TEXT_CAP = 200, EXPONENT_CAP = 400 };

/* q rounded to nearest even, to numbers of p bits that are multiples of 2^least. With 2^(e-1) <= |q| < 2^e these are the multiples
   of 2^u, u = max(e - p, least); the integer n nearest to |q| / 2^u is that number, and n <= 2^p is exact in binary64. */
static double
round_rational(const mpq_t q, long p, long least)
{
    mpz_t n, d, rest;
    if (mpq_sgn(q) == 0)
        return 0;
    mpz_init(rest);
    mpz_init_set(d, mpq_denref(q));
    mpz_init(n);
    mpz_abs(n, mpq_numref(q));
    long e = (long)mpz_sizeinbase(n, 2) - (long)mpz_sizeinbase(d, 2); /* 2^(e-1) < |q| < 2^(e+1) */
    mpz_mul_2exp(rest, e < 0 ? n : d, (mp_bitcnt_t)labs(e));
    if (e < 0 ? mpz_cmp(rest, d) >= 0 : mpz_cmp(n, rest) >= 0)
        e++;
    const long u = e - p > least ? e - p : least;
    mpz_mul_2exp(u < 0 ? n : d, u < 0 ? n : d, (mp_bitcnt_t)labs(u));
    mpz_fdiv_qr(n, rest, n, d);
    mpz_mul_2exp(rest, rest, 1);
    const int half = mpz_cmp(rest, d);
    if (half > 0 || (half == 0 && mpz_odd_p(n)))
        mpz_add_ui(n, n, 1);
    const double x = ldexp(mpz_get_d(n), (int)u);
    mpz_clears(n, d, rest, NULL);
    return mpq_sgn(q) < 0 ? -x : x;
}

/* The numbers of a type: p bits, multiples of the least subnormal. */
double
rational_round(const mpq_t q, bool binary32)
{
    if (!binary32)
        return round_rational(q, DBL_MANT_DIG, DBL_MIN_EXP - DBL_MANT_DIG);
    return (float)round_rational(q, FLT_MANT_DIG, FLT_MIN_EXP - FLT_MANT_DIG); /* exact, or beyond the range: infinite */
}

/* [+-] digits [. digits] [e [+-] digits], at least one digit before the e; moves past it. */
static bool
parse_decimal(mpq_t q, const char **text)
{
    char digits[TEXT_CAP + 1];
    size_t n = 0;
    long exponent = 0, places = 0;
    const char *s = *text;
    const bool negative = *s == '-';
    s += *s == '-' || *s == '+';
    for (bool point = false; (*s >= '0' && *s <= '9') || (*s == '.' && !point); s++) {
        point = point || *s == '.';
        if (*s != '.') {
            digits[n++] = *s;
            places += point;
        }
    }
    digits[n] = '\0';
    if (n == 0)
        return false;
    if (*s == 'e' || *s == 'E') {
        const char *at = s + 1 + (s[1] == '-' || s[1] == '+');
        if (*at < '0' || *at > '9')
            return false;
        for (const char *k = at; *k >= '0' && *k <= '9'; k++)
            exponent = exponent > EXPONENT_CAP ? exponent : 10 * exponent + (*k - '0');
        at += strspn(at, "0123456789");
        exponent = s[1] == '-' ? -exponent : exponent;
        s = at;
    }
    if (labs(exponent) > EXPONENT_CAP)
        return false;
    exponent -= places;
    mpq_set_ui(q, 1, 1);
    mpz_ui_pow_ui(exponent < 0 ? mpq_denref(q) : mpq_numref(q), 10, (unsigned long)labs(exponent));
    mpz_t whole;
    mpz_init_set_str(whole, digits, 10);
    mpz_mul(mpq_numref(q), mpq_numref(q), whole);
    mpz_clear(whole);
    mpq_canonicalize(q);
    if (negative)
        mpq_neg(q, q);
    *text = s;
    return true;
}

bool
rational_parse(mpq_t q, const char *text)
{
    if (strlen(text) > TEXT_CAP || !parse_decimal(q, &text))
        return false;
    if (*text != '/')
        return *text == '\0';
    mpq_t divisor;
    mpq_init(divisor);
    text++;
    const bool ok = parse_decimal(divisor, &text) && *text == '\0' && mpq_sgn(divisor) != 0;
    if (ok)
        mpq_div(q, q, divisor);
    mpq_clear(divisor);
    return ok;
}
