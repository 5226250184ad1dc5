/* SPDX-License-Identifier: Apache-2.0 */
/* crt_digits.h -- integers as digits in base 2^22, remainders modulo primes below it, and numbers put together from them. */
#ifndef GEMM_CRT_DIGITS_H
#define GEMM_CRT_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mpfr.h>

enum { DIGIT = 22 };
static const uint64_t DIGIT_MASK = (UINT64_C(1) << DIGIT) - 1;

/* x - p q, q an integer nearest to x/p or almost so, for integers |x| <= 2^52 (1 + 2^-9) and a prime 2^21.99 < p < 2^22: x
   (1/p) has a relative error of 2^-52 and is below 2^30.02, so q is off by less than 1/2 + 2^-21.9 and |result| <= p/2 +
   1.1 < 2^21; p q is an integer below 2^53: everything else is exact. Adding and subtracting 1.5 2^52 rounds to the
   nearest integer. */
static inline double
crt_reduce(double x, double p, double inverse)
{
    const double magic = 0x1.8p52, q = (x * inverse + magic) - magic;
    return x - q * p;
}

/* Of an odd number above 1. */
bool crt_is_prime(uint64_t n);

/* What is needed to put a number together from its residues modulo the first n primes, M their product: inverse[i] of M/p_i modulo
   p_i, and the digits of M/p_i (column i) and of M (column n) in base 2^DIGIT, n_digits x (n+1). */
typedef struct {
    size_t n, n_digits;
    double *inverse, *digit;
} crt_basis;

/* Makes the basis of the first n primes, unless it is that already. False when memory is out. */
bool crt_basis_make(crt_basis *b, const double *prime, size_t n);
void crt_basis_free(crt_basis *b);

/* The digits of x 2^-exponent, cut towards 0, with x's sign, below 2^(DIGIT n_digits); whether something was cut. */
bool crt_cut_digits(double *digit, size_t stride, size_t n_digits, mpfr_srcptr x, int64_t exponent);

/* Carries digits of any sign, modulo 2^(DIGIT n_digits), |x| < 2^(DIGIT n_digits - 1), into limbs of |x|; the sign of x. */
int crt_carry(uint64_t *limb, size_t limbs, const double *digit, size_t stride, size_t n_digits);

#endif
