/* SPDX-License-Identifier: Apache-2.0 */
/* crt_dgemm.c -- residues modulo primes below 2^22 in doubles, multiplied by cblas_dgemm: exact, in whatever order it adds.

   Sums: residues are below 2^21, so a sum of 1024 of their products is below 2^52; digits are below 2^22 and their powers of 2 at
   most 2^21, so sums of 512 products are too. */
#include <cblas.h>

#include "gemm/crt_backend.h"

enum { DIGIT = CRT_DGEMM_DIGIT, LONGEST_SUM = 1024, MOST_DIGITS = 512, PANEL = 4096 };

/* x - p q, q an integer nearest to x/p or almost so, for integers |x| <= 2^52 (1 + 2^-9) and a prime 2^21.99 < p < 2^22: x
   (1/p) has a relative error of 2^-52 and is below 2^30.02, so q is off by less than 1/2 + 2^-21.9 and |result| <= p/2 +
   1.1 < 2^21; p q is an integer below 2^53: everything else is exact. Adding and subtracting 1.5 2^52 rounds to the
   nearest integer. */
static inline double
reduce(double x, double p, double inverse)
{
    const double magic = 0x1.8p52, q = (x * inverse + magic) - magic;
    return x - q * p;
}

static size_t
size(size_t n, size_t k, bool weights)
{
    (void)weights;
    return n * k * sizeof(double);
}

/* The digits of elements first to first + n - 1, vector after vector, n_digits x n. */
static void
put_digits(double *digit, size_t n_digits, const crt_operand *x, size_t first, size_t n)
{
    uint64_t limb[x->bits / 64 + 3];
    crt_room room;
    const size_t limbs = DIGIT * n_digits / 64 + 1;
    limb[limbs] = 0;
    for (size_t e = 0; e < n; e++) {
        const size_t i = (first + e) / x->k, k = (first + e) % x->k, at = i * x->step_n + k * x->step_k;
        mpfr_srcptr number = crt_operand_number(&room, x, at);
        if (number == NULL) {
            for (size_t d = 0; d < n_digits; d++)
                digit[d * n + e] = 0;
            continue;
        }
        const double sign = mpfr_sgn(number);
        crt_integer(limb, limbs, number, x->cut[i * x->cut_step]);
        for (size_t d = 0; d < n_digits; d++)
            digit[d * n + e] = sign * (double)(crt_bits(limb, DIGIT * d) & ((1 << DIGIT) - 1));
    }
}

static bool
pack(void *const *residue, const crt_operand *x, bool weights, const uint32_t *prime, size_t n_primes, buffer *scratch)
{
    const size_t n = x->n * x->k, n_digits = x->bits / DIGIT + 1;
    (void)weights;
    double *digit = buffer_grow(&scratch[0], n_digits * PANEL, sizeof *digit);
    double *coefficient = buffer_grow(&scratch[1], n_primes * n_digits, sizeof *coefficient);
    double *sum = buffer_grow(&scratch[2], n_primes * PANEL, sizeof *sum);
    if (digit == NULL || coefficient == NULL || sum == NULL || n_digits > MOST_DIGITS)
        return false;
    for (size_t t = 0; t < n_primes; t++)
        for (size_t d = 0; d < n_digits; d++)
            coefficient[t * n_digits + d] = crt_power(2, DIGIT * d, prime[t]);
    for (size_t first = 0; first < n; first += PANEL) {
        const size_t m = n - first < PANEL ? n - first : PANEL;
        put_digits(digit, n_digits, x, first, m);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n_primes, (int)m, (int)n_digits, 1, coefficient, (int)n_digits,
                    digit, (int)m, 0, sum, (int)m);
        for (size_t t = 0; t < n_primes; t++) {
            const double p = prime[t], inverse = 1 / p;
            double *r = (double *)residue[t] + first;
            for (size_t e = 0; e < m; e++)
                r[e] = reduce(sum[t * m + e], p, inverse);
        }
    }
    return true;
}

static bool
multiply(int32_t *remainder, const void *a, const void *w, size_t rows, size_t n, size_t k, int32_t prime, int32_t factor,
         buffer *scratch)
{
    const size_t m = rows * n;
    const double p = prime, inverse = 1 / p;
    double *sum = buffer_grow(&scratch[0], m, sizeof *sum);
    if (sum == NULL)
        return false;
    for (size_t start = 0; start < k; start += LONGEST_SUM) {
        const size_t terms = k - start < LONGEST_SUM ? k - start : LONGEST_SUM;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)n, (int)terms, 1, (const double *)a + start, (int)k,
                    (const double *)w + start, (int)k, start > 0, sum, (int)n);
        if (start + LONGEST_SUM < k)
            for (size_t e = 0; e < m; e++)
                sum[e] = reduce(sum[e], p, inverse);
    }
    for (size_t e = 0; e < m; e++) /* |x f| <= 2^42 */
        remainder[e] = (int32_t)reduce(reduce(sum[e], p, inverse) * factor, p, inverse);
    return true;
}

/* Digits are below 2^22, |c_i| at most 2^21, the row behind them -q, |q| <= n/2 + 1: sums of 512 products are below 2^53. */
static bool
assemble(double *digit, size_t n_digits, const int32_t *remainder, size_t step, size_t n, const crt_basis *basis,
         const uint32_t *prime, buffer *scratch)
{
    const size_t k = basis->n;
    const double magic = 0x1.8p52;
    double *x = buffer_grow(&scratch[0], (k + 1) * n, sizeof *x), *quotient = x + k * n;
    if (x == NULL)
        return false;
    for (size_t j = 0; j < n; j++)
        quotient[j] = 0;
    for (size_t t = 0; t < k; t++) {
        const double inverse = 1.0 / prime[t];
        for (size_t j = 0; j < n; j++) {
            x[t * n + j] = remainder[t * step + j];
            quotient[j] -= x[t * n + j] * inverse;
        }
    }
    for (size_t j = 0; j < n; j++)
        quotient[j] = (quotient[j] + magic) - magic;
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)n, (int)n_digits, (int)(k + 1), 1, x, (int)n, basis->digit,
                (int)basis->n_digits, 0, digit, (int)n_digits);
    return true;
}

const crt_backend crt_dgemm = {
    .digit = DIGIT, .below = 1 << 22, .most_primes = 511, .group = 32, .kept = 48, .layout = 0, .lanes = 1,
    .size = size, .pack = pack, .multiply = multiply, .assemble = assemble
};
