/* SPDX-License-Identifier: Apache-2.0 */
/* crt_digits.h -- primes, integers cut from numbers, and numbers put together from their remainders. */
#ifndef GEMM_CRT_DIGITS_H
#define GEMM_CRT_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mpfr.h>

/* For an odd n > 1. */
bool crt_is_prime(uint32_t n);

/* b^e mod p, balanced: between -(p-1)/2 and (p-1)/2. */
int32_t crt_power(uint32_t b, size_t e, uint32_t p);

/* To put a number together from its residues modulo the first n primes, M their product: inverse[i] of M/p_i modulo p_i, balanced,
   and the digits of M/p_i (row i) and of M (row n) in base 2^base, (n+1) x n_digits, a multiple of CRT_DIGIT_GROUP. */
enum { CRT_DIGIT_GROUP = 5 };
typedef struct {
    size_t n, n_digits;
    int32_t *inverse;
    double *digit;
} crt_basis;

/* NULL: out of memory. crt_basis_free frees it. */
crt_basis *crt_basis_new(const uint32_t *prime, size_t n, size_t base);
void crt_basis_free(crt_basis *b);

/* Whether the exponents of x, finite and not 0, leave room for sums of some in an int64. */
static inline bool
crt_is_ordinary(mpfr_srcptr x)
{
    const int64_t most = INT64_C(1) << 60;
    return mpfr_regular_p(x) && mpfr_get_exp(x) <= most && mpfr_get_exp(x) >= -most;
}

/* The exponent of the lowest bit set of a regular x: x is an odd multiple of 2^that. */
static inline int64_t
crt_lowest_bit(mpfr_srcptr x)
{
    const size_t n = (size_t)(mpfr_get_prec(x) + 63) / 64;
    const mp_limb_t *limb = mpfr_custom_get_significand(x);
    size_t i = 0;
    while (limb[i] == 0)
        i++;
    return (int64_t)mpfr_get_exp(x) - (int64_t)(64 * (n - i)) + __builtin_ctzll(limb[i]);
}

/* The position of the bit 2^cut in the limbs of a regular x, which are so many. */
static inline int64_t
crt_position(mpfr_srcptr x, size_t limbs, int64_t cut)
{
    return cut - (int64_t)mpfr_get_exp(x) + 64 * (int64_t)limbs;
}

/* limb[0..n-1] = trunc(|x| 2^-cut) of a regular x; it is below 2^(64 n). */
void crt_integer(uint64_t *limb, size_t n, mpfr_srcptr x, int64_t cut);

/* 64 bits of an integer, from position on; limb has one more beyond them, which is 0. */
static inline uint64_t
crt_bits(const uint64_t *limb, size_t position)
{
    const size_t i = position / 64, shift = position % 64;
    return limb[i] >> shift | limb[i + 1] << 1 << (63 - shift);
}

#endif
