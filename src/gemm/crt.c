/* SPDX-License-Identifier: Apache-2.0 */
/* crt.c -- see crt.h */
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <gmp.h>

#include "gemm/crt.h"
#include "gemm/crt_digits.h"

enum { LONGEST_SUM = 1024, GROUP = 8, KEPT_RESIDUES = 48 };
static const int64_t MOST_EXPONENT = INT64_C(1) << 60;

/* A buffer that grows. */
typedef struct {
    void *p;
    size_t size;
} buffer;

static void *
grow(buffer *b, size_t n, size_t size)
{
    if (n > SIZE_MAX / 2 / size)
        return NULL;
    if (n * size > b->size) {
        free(b->p);
        b->size = 0;
        if ((b->p = malloc(n * size)) != NULL)
            b->size = n * size;
    }
    return b->p;
}

struct crt {
    double prime[CRT_MOST_PRIMES];
    crt_basis basis; /* of the last product */
    buffer digits, coefficients, group, weights, product, remainder, quotient, result, limbs, exponent, dropped;
    size_t rows, k, n; /* of the last product */
    size_t n_result;   /* digits of a result */
    long width;        /* F */
    int64_t scale;     /* l */
    __mpfr_struct element;
};

struct crt_weights {
    size_t rows, cols, n_digits, n_residues;
    long width;
    int64_t scale;
    double *digit; /* n_digits x rows x cols */
    double *residue[KEPT_RESIDUES];
    double *magnitude;
    int64_t magnitude_scale;
};

crt *
crt_new(void)
{
    crt *c = calloc(1, sizeof *c);
    uint64_t candidate = (UINT64_C(1) << DIGIT) + 1;
    for (size_t i = 0; c != NULL && i < CRT_MOST_PRIMES; i++) {
        do
            candidate -= 2;
        while (!crt_is_prime(candidate));
        c->prime[i] = (double)candidate;
    }
    return c;
}

void
crt_free(crt *c)
{
    if (c == NULL)
        return;
    buffer *const buffers[] = { &c->digits, &c->coefficients, &c->group, &c->weights, &c->product, &c->remainder, &c->quotient,
                                &c->result, &c->limbs, &c->exponent, &c->dropped };
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        free(buffers[i]->p);
    crt_basis_free(&c->basis);
    free(c);
}

static void
reduce_all(double *r, const double *x, size_t n, double p)
{
    const double inverse = 1 / p;
    for (size_t i = 0; i < n; i++)
        r[i] = crt_reduce(x[i], p, inverse);
}

/* r = x f mod p; |x|, |f| <= 2^21. */
static void
multiply_all(double *r, const double *x, size_t n, double f, double p)
{
    const double inverse = 1 / p;
    for (size_t i = 0; i < n; i++)
        r[i] = crt_reduce(crt_reduce(x[i], p, inverse) * f, p, inverse);
}

/* coefficient[i * n_digits + d] = 2^(DIGIT d) mod prime i, for primes first to first + n - 1. */
static void
digit_residues(double *coefficient, const crt *c, size_t first, size_t n, size_t n_digits)
{
    for (size_t i = 0; i < n; i++) {
        const double p = c->prime[first + i], inverse = 1 / p, base = crt_reduce(0x1p22, p, inverse);
        double power = 1;
        for (size_t d = 0; d < n_digits; d++) {
            coefficient[i * n_digits + d] = power;
            power = crt_reduce(power * base, p, inverse);
        }
    }
}

/* residue[i][0..n-1] = the numbers with those digits (n_digits x n) modulo primes first to first + primes - 1: digits are below
   2^22, coefficients at most 2^21, so a sum of 512 products is below 2^52. */
static bool
residues_of(double *residue, crt *c, const double *digit, size_t n_digits, size_t n, size_t first, size_t primes)
{
    double *coefficient = grow(&c->coefficients, primes * n_digits, sizeof *coefficient);
    if (coefficient == NULL || n_digits > 512)
        return false;
    digit_residues(coefficient, c, first, primes, n_digits);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)primes, (int)n, (int)n_digits, 1, coefficient, (int)n_digits, digit,
                (int)n, 0, residue, (int)n);
    for (size_t i = 0; i < primes; i++)
        reduce_all(residue + i * n, residue + i * n, n, c->prime[first + i]);
    return true;
}

static const __mpfr_struct *
number(crt_numbers a, size_t i)
{
    return (const __mpfr_struct *)(const void *)((const char *)a.first + i * a.stride);
}

/* The exponents of n numbers: each is below 2^largest, and a multiple of 2^least. False where one is not finite or they are too
   large for int64 arithmetic; INT64_MIN for zeros alone. */
static bool
exponents_of(int64_t *largest, int64_t *least, crt_numbers a, size_t first, size_t n)
{
    *largest = INT64_MIN;
    *least = INT64_MAX;
    for (size_t i = first; i < first + n; i++) {
        mpfr_srcptr x = number(a, i);
        if (mpfr_zero_p(x))
            continue;
        if (!mpfr_number_p(x) || mpfr_get_exp(x) > MOST_EXPONENT || mpfr_get_exp(x) < -MOST_EXPONENT)
            return false;
        const int64_t e = mpfr_get_exp(x);
        *largest = e > *largest ? e : *largest;
        if (least != NULL && e - (int64_t)mpfr_min_prec(x) < *least)
            *least = e - (int64_t)mpfr_min_prec(x);
    }
    return true;
}

crt_weights *
crt_weights_new(crt_numbers numbers, size_t rows, size_t cols)
{
    const size_t n = rows * cols;
    int64_t largest, least;
    crt_weights *w = calloc(1, sizeof *w);
    if (w == NULL || n > INT_MAX || !exponents_of(&largest, &least, numbers, 0, n))
        goto fail;
    if (largest == INT64_MIN)
        largest = least = 0;
    if (largest - least > CRT_MOST_WIDTH)
        goto fail;
    *w = (crt_weights){ .rows = rows, .cols = cols, .width = (long)(largest - least), .scale = least, .magnitude_scale = largest };
    w->n_digits = (size_t)w->width / DIGIT + 1;
    w->digit = malloc(w->n_digits * n * sizeof *w->digit);
    w->magnitude = malloc(n * sizeof *w->magnitude);
    if (w->digit == NULL || w->magnitude == NULL)
        goto fail;
    for (size_t i = 0; i < n; i++) {
        mpfr_srcptr x = number(numbers, i);
        long exponent = 0;
        crt_cut_digits(w->digit + i, n, w->n_digits, x, least);
        const double mantissa = fabs(mpfr_get_d_2exp(&exponent, x, MPFR_RNDA)); /* at most 1 */
        const int64_t down = exponent - largest;
        w->magnitude[i] = mantissa == 0 ? 0 : ldexp(mantissa, (int)down);
    }
    return w;
fail:
    crt_weights_free(w);
    return NULL;
}

void
crt_weights_free(crt_weights *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < KEPT_RESIDUES; i++)
        free(w->residue[i]);
    free(w->digit);
    free(w->magnitude);
    free(w);
}

size_t
crt_weights_rows(const crt_weights *w)
{
    return w->rows;
}

size_t
crt_weights_cols(const crt_weights *w)
{
    return w->cols;
}

const double *
crt_weights_magnitude(const crt_weights *w, int64_t *scale)
{
    *scale = w->magnitude_scale;
    return w->magnitude;
}

/* The weights modulo prime i; the first KEPT_RESIDUES are kept. NULL: out of memory. */
static const double *
weight_residues(crt *c, crt_weights *w, size_t i)
{
    const size_t n = w->rows * w->cols;
    if (i < KEPT_RESIDUES && w->residue[i] != NULL)
        return w->residue[i];
    double *residue = i < KEPT_RESIDUES ? malloc(n * sizeof *residue) : grow(&c->weights, n, sizeof *residue);
    const bool ok = residue != NULL && residues_of(residue, c, w->digit, w->n_digits, n, i, 1);
    if (i >= KEPT_RESIDUES)
        return ok ? residue : NULL;
    if (!ok) {
        free(residue);
        return NULL;
    }
    return w->residue[i] = residue;
}

/* The digits of A, row by row; see crt.h. */
static bool
cut_rows(crt *c, crt_numbers a, size_t n_digits)
{
    const size_t n = c->rows * c->k;
    double *digit = grow(&c->digits, n_digits * n, sizeof *digit);
    int64_t *exponent = grow(&c->exponent, c->rows, sizeof *exponent);
    bool *dropped = grow(&c->dropped, n, sizeof *dropped);
    if (digit == NULL || exponent == NULL || dropped == NULL)
        return false;
    for (size_t r = 0; r < c->rows; r++) {
        int64_t largest, least;
        if (!exponents_of(&largest, &least, a, r * c->k, c->k))
            return false;
        exponent[r] = largest == INT64_MIN ? 0 : largest - c->width;
        for (size_t k = 0; k < c->k; k++)
            dropped[r * c->k + k] = crt_cut_digits(digit + r * c->k + k, n, n_digits, number(a, r * c->k + k), exponent[r]);
    }
    return true;
}

/* product = (A mod p)(W mod p) mod p, sums of more than LONGEST_SUM terms in parts. */
static void
multiply_residues(double *product, const crt *c, const double *a, const double *w, size_t w_cols, bool transposed, double p)
{
    const size_t n = c->rows * c->n;
    for (size_t start = 0; start < c->k || start == 0; start += LONGEST_SUM) {
        const size_t terms = c->k - start < LONGEST_SUM ? c->k - start : LONGEST_SUM;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, (int)c->rows, (int)c->n, (int)terms, 1,
                    a + start, (int)c->k, transposed ? w + start : w + start * w_cols, (int)w_cols, start > 0, product, (int)c->n);
        reduce_all(product, product, n, p);
    }
}

/* The digits of all results from their remainders c_i and, in the row behind them, -q: X = sum_i c_i M/p_i - q M with q the
   integer nearest to sum_i c_i/p_i. As |X| < M/4 and the quotient is known within n 2^-52, q is right. Digits are below 2^22,
   |c_i| at most 2^21 and |q| <= n/2: their sums of products are below 2^52 for n <= 511. */
static bool
assemble(crt *c, const double *remainder)
{
    const size_t n = c->rows * c->n;
    double *result = grow(&c->result, c->n_result * n, sizeof *result);
    if (result == NULL)
        return false;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)c->n_result, (int)n, (int)c->basis.n + 1, 1, c->basis.digit,
                (int)c->basis.n + 1, remainder, (int)n, 0, result, (int)n);
    return true;
}

static size_t
bit_length(size_t n)
{
    size_t bits = 0;
    for (; n > 0; n >>= 1)
        bits++;
    return bits;
}

bool
crt_multiply(crt *c, crt_numbers a, size_t rows, size_t k, crt_weights *w, bool transposed, long bits)
{
    const size_t n_digits = (size_t)(bits + DIGIT - 1) / DIGIT;
    c->rows = rows;
    c->k = k;
    c->n = transposed ? w->rows : w->cols;
    c->width = (long)(n_digits * DIGIT);
    c->scale = w->scale;
    assert(k == (transposed ? w->cols : w->rows));
    /* |X| < k 2^(F + w) <= M/4, every prime being above 2^21.99 */
    const size_t need = (size_t)c->width + (size_t)w->width + bit_length(k) + 2, primes = need * 100 / 2199 + 1;
    const size_t n_a = rows * k, n_c = rows * c->n;
    if (primes >= CRT_MOST_PRIMES || n_a > INT_MAX || n_c > INT_MAX || !cut_rows(c, a, n_digits) ||
        !crt_basis_make(&c->basis, c->prime, primes))
        return false;
    c->n_result = need / DIGIT + 1;
    double *group = grow(&c->group, GROUP * n_a, sizeof *group), *product = grow(&c->product, n_c, sizeof *product);
    double *remainder = grow(&c->remainder, (primes + 1) * n_c, sizeof *remainder);
    if (group == NULL || product == NULL || remainder == NULL ||
        grow(&c->limbs, c->n_result * DIGIT / 64 + 2, sizeof(mp_limb_t)) == NULL)
        return false;
    double *quotient = remainder + primes * n_c;
    memset(quotient, 0, n_c * sizeof *quotient);
    for (size_t i = 0; i < primes; i++) {
        const double p = c->prime[i];
        const size_t left = primes - i < GROUP ? primes - i : GROUP;
        if (i % GROUP == 0 && !residues_of(group, c, c->digits.p, n_digits, n_a, i, left))
            return false;
        const double *residue = weight_residues(c, w, i);
        if (residue == NULL)
            return false;
        multiply_residues(product, c, group + i % GROUP * n_a, residue, w->cols, transposed, p);
        multiply_all(remainder + i * n_c, product, n_c, c->basis.inverse[i], p);
        const double inverse = 1 / p;
        for (size_t e = 0; e < n_c; e++)
            quotient[e] -= remainder[i * n_c + e] * inverse;
    }
    const double magic = 0x1.8p52;
    for (size_t e = 0; e < n_c; e++)
        quotient[e] = (quotient[e] + magic) - magic;
    return assemble(c, remainder);
}

int64_t
crt_cut(const crt *c, size_t row)
{
    return ((const int64_t *)c->exponent.p)[row];
}

bool
crt_dropped(const crt *c, size_t row, size_t k)
{
    return ((const bool *)c->dropped.p)[row * c->k + k];
}

mpfr_srcptr
crt_element(crt *c, size_t row, size_t j)
{
    const size_t n = c->rows * c->n, limbs = c->n_result * DIGIT / 64 + 2;
    mp_limb_t *limb = c->limbs.p;
    const int sign = crt_carry(limb, limbs, (const double *)c->result.p + row * c->n + j, n, c->n_result);
    size_t used = limbs;
    while (used > 0 && limb[used - 1] == 0)
        used--;
    if (sign == 0) {
        mpfr_custom_init_set(&c->element, MPFR_ZERO_KIND, 0, 64, limb);
        return &c->element;
    }
    const int zeros = __builtin_clzll(limb[used - 1]);
    if (zeros > 0)
        mpn_lshift(limb, limb, (mp_size_t)used, (unsigned)zeros);
    const int64_t exponent = crt_cut(c, row) + c->scale + (int64_t)(64 * used) - zeros;
    mpfr_custom_init_set(&c->element, sign * MPFR_REGULAR_KIND, (mpfr_exp_t)exponent, (mpfr_prec_t)(64 * used), limb);
    return &c->element;
}
