/* SPDX-License-Identifier: Apache-2.0 */
/* crt_digits.c -- see crt_digits.h */
#include <stdlib.h>
#include <string.h>

#include <gmp.h>

#include "gemm/crt_digits.h"

bool
crt_is_prime(uint32_t n)
{
    for (uint32_t d = 3; d * d <= n; d += 2)
        if (n % d == 0)
            return false;
    return true;
}

static int32_t
balanced(uint64_t x, uint32_t p)
{
    return x > p / 2 ? (int32_t)((int64_t)x - p) : (int32_t)x;
}

int32_t
crt_power(uint32_t b, size_t e, uint32_t p)
{
    uint64_t r = 1;
    for (uint64_t square = b % p; e > 0; e >>= 1, square = square * square % p)
        if (e & 1)
            r = r * square % p;
    return balanced(r, p);
}

void
crt_basis_free(crt_basis *b)
{
    if (b == NULL)
        return;
    free(b->inverse);
    free(b->digit);
    free(b);
}

static void
put_digits(double *row, size_t n_digits, const mpz_t z, size_t base)
{
    mpz_t rest, digit;
    mpz_init_set(rest, z);
    mpz_init(digit);
    for (size_t d = 0; d < n_digits; d++) {
        mpz_tdiv_r_2exp(digit, rest, base);
        row[d] = mpz_get_d(digit);
        mpz_tdiv_q_2exp(rest, rest, base);
    }
    mpz_clears(rest, digit, (mpz_ptr)0);
}

crt_basis *
crt_basis_new(const uint32_t *prime, size_t n, size_t base)
{
    mpz_t whole, part;
    mpz_init_set_ui(whole, 1);
    mpz_init(part);
    for (size_t i = 0; i < n; i++)
        mpz_mul_ui(whole, whole, prime[i]);
    crt_basis *b = calloc(1, sizeof *b);
    if (b != NULL) {
        b->n = n;
        b->n_digits = (mpz_sizeinbase(whole, 2) / base + 1 + CRT_DIGIT_GROUP) / CRT_DIGIT_GROUP * CRT_DIGIT_GROUP;
        b->inverse = malloc(n * sizeof *b->inverse);
        b->digit = malloc(b->n_digits * (n + 1) * sizeof *b->digit);
    }
    if (b != NULL && (b->inverse == NULL || b->digit == NULL)) {
        crt_basis_free(b);
        b = NULL;
    }
    if (b != NULL)
        put_digits(b->digit + n * b->n_digits, b->n_digits, whole, base);
    for (size_t i = 0; b != NULL && i < n; i++) {
        const uint32_t p = prime[i];
        mpz_divexact_ui(part, whole, p);
        b->inverse[i] = crt_power((uint32_t)mpz_fdiv_ui(part, p), p - 2, p); /* Fermat */
        put_digits(b->digit + i * b->n_digits, b->n_digits, part, base);
    }
    mpz_clears(whole, part, (mpz_ptr)0);
    return b;
}

void
crt_integer(uint64_t *limb, size_t n, mpfr_srcptr x, int64_t cut)
{
    const int64_t have = (int64_t)(mpfr_get_prec(x) + 63) / 64, start = crt_position(x, (size_t)have, cut); /* the lowest bit */
    const mp_limb_t *of_x = mpfr_custom_get_significand(x);
    if (start >= 64 * have) {
        memset(limb, 0, n * sizeof *limb);
        return;
    }
    const int64_t first = start >> 6; /* arithmetic: floor */
    const unsigned shift = (unsigned)(start & 63);
    for (size_t i = 0; i < n; i++) {
        const int64_t at = first + (int64_t)i;
        const uint64_t low = at >= 0 && at < have ? of_x[at] : 0, high = at >= -1 && at + 1 < have ? of_x[at + 1] : 0;
        limb[i] = low >> shift | high << 1 << (63 - shift);
    }
}
