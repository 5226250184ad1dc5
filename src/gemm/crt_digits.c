/* SPDX-License-Identifier: Apache-2.0 */
/* crt_digits.c -- see crt_digits.h */
#include <stdlib.h>
#include <string.h>

#include <gmp.h>

#include "gemm/crt_digits.h"

bool
crt_is_prime(uint64_t n)
{
    for (uint64_t d = 3; d * d <= n; d += 2)
        if (n % d == 0)
            return false;
    return true;
}

static uint64_t
inverse_modulo(uint64_t a, uint64_t p)
{
    int64_t t = 0, next = 1;
    uint64_t r = p, rest = a;
    while (rest != 0) {
        const uint64_t q = r / rest, r2 = r - q * rest;
        const int64_t t2 = t - (int64_t)q * next;
        t = next;
        next = t2;
        r = rest;
        rest = r2;
    }
    return (uint64_t)(t < 0 ? t + (int64_t)p : t);
}

void
crt_basis_free(crt_basis *b)
{
    free(b->inverse);
    free(b->digit);
    *b = (crt_basis){ 0 };
}

static void
put_digits(double *column, size_t stride, size_t n_digits, const mpz_t z)
{
    mpz_t rest;
    mpz_init_set(rest, z);
    for (size_t d = 0; d < n_digits; d++) {
        column[d * stride] = (double)(mpz_get_ui(rest) & DIGIT_MASK);
        mpz_tdiv_q_2exp(rest, rest, DIGIT);
    }
    mpz_clear(rest);
}

bool
crt_basis_make(crt_basis *b, const double *prime, size_t n)
{
    if (b->n == n)
        return true;
    crt_basis_free(b);
    b->n_digits = n + 1; /* n primes below 2^22, and the sign */
    b->inverse = malloc(n * sizeof *b->inverse);
    b->digit = malloc(b->n_digits * (n + 1) * sizeof *b->digit);
    if (b->inverse == NULL || b->digit == NULL) {
        crt_basis_free(b);
        return false;
    }
    mpz_t whole, part;
    mpz_init_set_ui(whole, 1);
    mpz_init(part);
    for (size_t i = 0; i < n; i++)
        mpz_mul_ui(whole, whole, (unsigned long)prime[i]);
    put_digits(b->digit + n, n + 1, b->n_digits, whole);
    for (size_t i = 0; i < n; i++) {
        const unsigned long p = (unsigned long)prime[i];
        mpz_divexact_ui(part, whole, p);
        const double inverse = (double)inverse_modulo(mpz_fdiv_ui(part, p), p);
        b->inverse[i] = inverse > prime[i] / 2 ? inverse - prime[i] : inverse;
        put_digits(b->digit + i, n + 1, b->n_digits, part);
    }
    mpz_clears(whole, part, (mpz_ptr)0);
    b->n = n;
    return true;
}

/* Bits position to position + DIGIT - 1 of an integer of n limbs; bits it does not have are 0. */
static uint64_t
bits_at(const mp_limb_t *limb, size_t n, int64_t position)
{
    if (position <= -DIGIT || position >= (int64_t)(64 * n))
        return 0;
    if (position < 0)
        return limb[0] << -position & DIGIT_MASK;
    const size_t i = (size_t)position / 64, shift = (size_t)position % 64;
    uint64_t bits = limb[i] >> shift;
    if (shift > 64 - DIGIT && i + 1 < n)
        bits |= limb[i + 1] << (64 - shift);
    return bits & DIGIT_MASK;
}

bool
crt_cut_digits(double *digit, size_t stride, size_t n_digits, mpfr_srcptr x, int64_t exponent)
{
    if (mpfr_zero_p(x)) {
        for (size_t d = 0; d < n_digits; d++)
            digit[d * stride] = 0;
        return false;
    }
    const size_t n = (size_t)(mpfr_get_prec(x) + 63) / 64;
    const mp_limb_t *limb = mpfr_custom_get_significand(x);
    const int64_t start = exponent - (int64_t)mpfr_get_exp(x) + (int64_t)(64 * n); /* the lowest bit that stays */
    const double sign = mpfr_sgn(x);
    for (size_t d = 0; d < n_digits; d++)
        digit[d * stride] = sign * (double)bits_at(limb, n, start + (int64_t)d * DIGIT);
    const size_t whole = start <= 0 ? 0 : start >= (int64_t)(64 * n) ? n : (size_t)start / 64;
    for (size_t i = 0; i < whole; i++)
        if (limb[i] != 0)
            return true;
    return whole < n && start > 0 && start % 64 != 0 && limb[whole] << (64 - start % 64) != 0;
}

int
crt_carry(uint64_t *limb, size_t limbs, const double *digit, size_t stride, size_t n_digits)
{
    int64_t top = 0;
    memset(limb, 0, limbs * sizeof *limb);
    for (size_t d = 0; d < n_digits; d++) {
        const int64_t sum = (int64_t)digit[d * stride] + top;
        const uint64_t low = (uint64_t)sum & DIGIT_MASK;
        const size_t i = d * DIGIT / 64, shift = d * DIGIT % 64;
        top = sum >> DIGIT; /* arithmetic: floor */
        limb[i] |= low << shift;
        if (shift > 64 - DIGIT)
            limb[i + 1] |= low >> (64 - shift);
    }
    /* Higher digits were left out, so this is x modulo 2^used, |x| < 2^(used-1): its highest bit is the sign. */
    const size_t used = n_digits * DIGIT;
    const bool negative = limb[(used - 1) / 64] >> (used - 1) % 64 & 1;
    if (negative) {
        mpn_neg(limb, limb, (mp_size_t)limbs);
        if (used % 64 != 0)
            limb[used / 64] &= (UINT64_C(1) << used % 64) - 1;
        for (size_t i = used / 64 + (used % 64 != 0); i < limbs; i++)
            limb[i] = 0;
    }
    return negative ? -1 : mpn_zero_p(limb, (mp_size_t)limbs) ? 0 : 1;
}
