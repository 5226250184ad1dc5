/* SPDX-License-Identifier: Apache-2.0 */
/* exp_fixed.c -- e^-a in fixed point; see exp_fixed.h. a = k ln 2 + r; r = i1 2^-8 + i2 2^-16 + i3 2^-24 + t with bytes i; e^-a is
   2^-k times three table entries times the series of e^-t. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "num/clones.h"
#include "num/exp_fixed.h"

enum { LEVELS = 3, ENTRIES = 256, LIMB = 64, STEP_GUARD = 24 };

typedef unsigned __int128 two_limbs;

/* r = floor(a 2^s), which fits: limb i has the bits of a's limbs i - words and the one below. */
INLINE void
shifted(mp_limb_t *r, size_t nr, const mp_limb_t *a, size_t na, int64_t s)
{
    const int64_t words = s >> 6, first = words < 0 ? 0 : words + 1, end = words + (int64_t)na, size = (int64_t)nr;
    const unsigned bits = (unsigned)(s - words * LIMB);
    for (int64_t i = 0; i < size && i < words; i++)
        r[i] = 0;
    if (words >= 0 && words < size)
        r[words] = a[0] << bits;
    for (int64_t i = first; i < end && i < size; i++)
        r[i] = a[i - words] << bits | a[i - words - 1] >> 1 >> (LIMB - 1 - bits);
    if (end >= 0 && end < size)
        r[end] = a[na - 1] >> 1 >> (LIMB - 1 - bits);
    for (int64_t i = end < 0 ? 0 : end + 1; i < size; i++)
        r[i] = 0;
}

/* r = floor(|x| 2^s 2^64n), which fits, x regular. */
INLINE void
fixed_of(mp_limb_t *r, size_t nr, size_t n, mpfr_srcptr x, int s)
{
    const size_t limbs = (size_t)(mpfr_get_prec(x) + LIMB - 1) / LIMB;
    shifted(r, nr, mpfr_custom_get_significand(x), limbs, (int64_t)(n - limbs) * LIMB + mpfr_get_exp(x) + s);
}

/* The fraction of x: cut, or 1 - w for 1. */
static void
fraction_of(mp_limb_t *r, size_t n, mpfr_srcptr x)
{
    if (mpfr_cmp_ui(x, 1) < 0)
        fixed_of(r, n, n, x, 0);
    else
        memset(r, 0xff, n * sizeof *r);
}

/* A chain of at most 256 products of n + 1 limbs has a relative error below 2^9 2^-64 w; each entry is too low by less than
   1.01 w. */
static void
make_tables(exp_fixed *t)
{
    mpfr_t x, power;
    mpfr_inits2((mpfr_prec_t)(t->n + 1) * LIMB, x, power, (mpfr_ptr)0);
    for (size_t l = 0; l < LEVELS; l++) {
        mpfr_set_si_2exp(x, -1, -8 * (long)(l + 1), MPFR_RNDN);
        mpfr_exp(x, x, MPFR_RNDN);
        mpfr_set_ui(power, 1, MPFR_RNDN);
        for (size_t i = 0; i < ENTRIES; i++) {
            fraction_of(t->table + (l * ENTRIES + i) * t->n, t->n, power);
            mpfr_mul(power, power, x, MPFR_RNDN);
        }
    }
    mpfr_set_ui(x, 1, MPFR_RNDN);
    for (size_t m = 0; m <= t->terms; m++) {
        fraction_of(t->reciprocal + m * t->n, t->n, x);
        mpfr_div_ui(x, x, (unsigned long)m + 1, MPFR_RNDN);
    }
    mpfr_const_log2(x, MPFR_RNDZ);
    fixed_of(t->ln2, t->n + 1, t->n + 1, x, 0);
    mpfr_clears(x, power, (mpfr_ptr)0);
}

/* The rest of the series, below t^(m+1)/(m+1)! < 2^-24(m+1)/(m+1)!, is at most 2^-(p + EXP_GUARD). */
static size_t
terms_for(long bits)
{
    size_t m = 1;
    double log2_factorial = 1, rest = 48 + log2_factorial; /* m + 1 = 2 */
    while (rest < (double)(bits + EXP_GUARD + 1)) {
        m++;
        log2_factorial += log2((double)(m + 1));
        rest = 24 * (double)(m + 1) + log2_factorial;
    }
    return m;
}

exp_fixed *
exp_fixed_new(long bits)
{
    if (GMP_NUMB_BITS != LIMB || bits > EXP_MAX_BITS)
        return NULL;
    const size_t n = (size_t)(bits + EXP_GUARD + LIMB - 1) / LIMB, terms = terms_for(bits);
    exp_fixed *t = malloc(sizeof *t);
    mp_limb_t *limbs = malloc(((LEVELS * ENTRIES + terms + 1) * n + n + 1) * sizeof *limbs);
    if (t == NULL || limbs == NULL) {
        free(t);
        free(limbs);
        return NULL;
    }
    *t = (exp_fixed){ .bits = bits, .n = n, .terms = terms, .table = limbs };
    t->reciprocal = t->table + LEVELS * ENTRIES * n;
    t->ln2 = t->reciprocal + (terms + 1) * n;
    make_tables(t);
    return t;
}

void
exp_fixed_free(exp_fixed *t)
{
    if (t != NULL)
        free(t->table);
    free(t);
}

/* The limbs of the m-th step of the series: 2^-24m times their unit is at most 2^-(p + STEP_GUARD). */
INLINE size_t
limbs_of_step(size_t m, long bits)
{
    const size_t wanted = (size_t)bits + STEP_GUARD;
    return wanted <= 24 * m + LIMB ? 1 : (wanted - 24 * m + LIMB - 1) / LIMB;
}

/* r = a - b, not negative. */
INLINE void
less(mp_limb_t *r, const mp_limb_t *a, const mp_limb_t *b, size_t n)
{
    if (!__builtin_constant_p(n)) {
        mpn_sub_n(r, a, b, (mp_size_t)n);
        return;
    }
    mp_limb_t borrow = 0;
#pragma GCC unroll 8
    for (size_t i = 0; i < n; i++) {
        const two_limbs d = (two_limbs)a[i] - b[i] - borrow;
        r[i] = (mp_limb_t)d;
        borrow = (mp_limb_t)(d >> LIMB) & 1;
    }
}

INLINE two_limbs
two(const mp_limb_t *a)
{
    return (two_limbs)a[1] << LIMB | a[0];
}

/* q = e^-x, x < 2^-24, by q_M = 1/M!, q_m = 1/m! - x q_(m+1), q = q_0. A step is off by at most five units of its limbs: 1/m! and x
   are cut, and the product of two limbs three times; weighted by x^m: 5 (M + 1) 2^-(p + STEP_GUARD) in all, and the rest of the
   series. */
INLINE void
series(mp_limb_t *q, const mp_limb_t *x, const exp_fixed *t, long bits, size_t n, size_t terms)
{
    mp_limb_t product[EXP_WORK];
    const size_t first = n - limbs_of_step(terms, bits);
#pragma GCC unroll 8
    for (size_t i = 0; i < n; i++)
        q[i] = i < first ? 0 : t->reciprocal[terms * n + i];
    const mp_limb_t *c = t->reciprocal + terms * n;
    const two_limbs x1 = x[n - 1], x0 = n > 1 ? x[n - 2] : 0;
#pragma GCC unroll 12
    for (size_t m = terms; m-- > 0;) {
        const size_t limbs = limbs_of_step(m, bits), from = n - limbs;
        mp_limb_t *high = q + n - 1, *low = q + from;
        c -= n;
        if (limbs == 1)
            *high = c[from] - (mp_limb_t)(x1 * *high >> LIMB);
        else if (limbs == 2) {
            const two_limbs r = two(c + from) - (x1 * *high + (x1 * *low >> LIMB) + (x0 * *high >> LIMB));
            *high = (mp_limb_t)(r >> LIMB);
            *low = (mp_limb_t)r;
        } else {
            if (limbs == 3)
                exp_fixed_mul_3(product, x + from, low);
            else
                mpn_mul_n(product, x + from, low, (mp_size_t)limbs);
            less(low, c + from, product + limbs, limbs);
        }
    }
}

/* x = a - k ln 2 in [0, ln 2 + 2^-18), in limbs 1 to n of n + 2, k from the quotient in double, which is off by less than 2^-18 and
   by at most one after it is cut; |a| 2^shift and k ln 2 have n + 1 fraction limbs, k < 2^33: r is off by less than (2^-30 + 1) w.
   False outside the domain. */
INLINE bool
reduce(mp_limb_t *x, int64_t *k, mpfr_srcptr a, int shift, const exp_fixed *t, size_t n)
{
    mp_limb_t product[EXP_MAX_LIMBS + 2];
    if (!mpfr_regular_p(a) || mpfr_get_exp(a) + shift > 32)
        return false;
    fixed_of(x, n + 2, n + 1, a, shift);
    *k = (int64_t)(((double)x[n + 1] + (double)x[n] * 0x1p-64) * 0x1.71547652b82fep0);
    product[n + 1] = mpn_mul_1(product, t->ln2, (mp_size_t)n + 1, (mp_limb_t)*k);
    if (mpn_sub_n(x, x, product, (mp_size_t)n + 2) != 0) {
        (*k)--;
        mpn_add_n(x, x, t->ln2, (mp_size_t)n + 1);
    }
    return true;
}

/* In w: r 1.01; three entries 1.01 each; three products 1 each: 7.1, at most 2^-13 eta. The series
   5 (M + 1) 2^-(p + STEP_GUARD), M < 41, less than 0.9 eta; its rest 2^-(p + EXP_GUARD). The factors are at most 1: errors add. */
INLINE const mp_limb_t *
minus(mp_limb_t *work, int64_t *k, mpfr_srcptr a, int shift, const exp_fixed *t, long bits, size_t n, size_t terms)
{
    mp_limb_t x[EXP_MAX_LIMBS + 2], q[EXP_MAX_LIMBS], product[EXP_WORK], other[EXP_WORK];
    if (!reduce(x, k, a, shift, t, n))
        return NULL;
    const mp_limb_t high = x[n], *entry[LEVELS];
    for (size_t l = 0; l < LEVELS; l++)
        entry[l] = t->table + (l * ENTRIES + (high >> (56 - 8 * l)) % ENTRIES) * n;
    x[n] = high & (UINT64_MAX >> 24);
    series(q, x + 1, t, bits, n, terms);
    const mp_limb_t *first = exp_fixed_mul(product, entry[0], entry[1], t);
    return exp_fixed_mul(work, first, exp_fixed_mul(other, entry[2], q, t), t);
}

/* The loops of the reference's first two precisions unrolled, and of the first with EXP_MORE. */
const mp_limb_t *
exp_fixed_minus(mp_limb_t *work, int64_t *k, mpfr_srcptr a, int shift, const exp_fixed *t)
{
    switch (t->bits) {
    case 127: return minus(work, k, a, shift, t, 127, 3, 6);
    case 191: return minus(work, k, a, shift, t, 191, 4, 8);
    case 256: return minus(work, k, a, shift, t, 256, 5, 10);
    default: return minus(work, k, a, shift, t, t->bits, t->n, t->terms);
    }
}

/* 1/(1 + e) for n = 3. With D = 1 + e and h = floor(2^63 D), 2^127/h is above 2^64/D by less than 2^127/(h (h + 1)) < 2. So q =
   2^-64 (floor((2^127 - 1)/h) - 2) is at most 1/D, and at most 3 2^-64 below; and x = 1 - q D, exact in four limbs, is in
   [0, 6 2^-64), and 1/D = q (1 + x + x^2 + x^3 + ...). x^4 and higher are left out, below 2^-245 in all. Of 2^60 (x + x^2 + x^3)
   = z + 2^-60 z (z + 2^-60 z z), z = 2^60 x, three limbs are kept: z, two products and two shifts are cut, by less than 2^-189, or
   2^-249 of 1/D. Last, the result is cut to w. */
static void
reciprocal_3(mp_limb_t *r, const mp_limb_t *e)
{
    mp_limb_t x[4], z[3], sum[3], product[6];
    const mp_limb_t q = (mp_limb_t)((~(two_limbs)0 >> 1) / (e[2] >> 1 | (mp_limb_t)1 << (LIMB - 1))) - 2;
    x[3] = q + mpn_mul_1(x, e, 3, q);
    mpn_neg(x, x, 4);
    shifted(z, 3, x, 4, 60 - LIMB);
    mpn_copyi(sum, z, 3);
    for (size_t step = 0; step < 2; step++) {
        exp_fixed_mul_3(product, z, sum);
        shifted(sum, 3, product + 3, 3, -60);
        mpn_add_n(sum, sum, z, 3);
    }
    product[3] = mpn_mul_1(product, sum, 3, q);
    shifted(r, 3, product + 1, 3, -60);
    r[2] += q;
}

void
exp_fixed_reciprocal(mp_limb_t *r, mp_limb_t *e, const mp_limb_t *f, int64_t k, const exp_fixed *t)
{
    mp_limb_t numerator[2 * EXP_MAX_LIMBS + 1], divisor[EXP_MAX_LIMBS + 1], quotient[EXP_MAX_LIMBS + 1];
    mp_limb_t remainder[EXP_MAX_LIMBS + 1];
    const size_t n = t->n;
    shifted(e, n, f, n, -k);
    if (n == 3) {
        reciprocal_3(r, e);
        return;
    }
    mpn_copyi(divisor, e, (mp_size_t)n);
    divisor[n] = 1;
    mpn_zero(numerator, 2 * (mp_size_t)n);
    numerator[2 * n] = 1;
    mpn_tdiv_qr(quotient, remainder, 0, numerator, 2 * (mp_size_t)n + 1, divisor, (mp_size_t)n + 1);
    assert(quotient[n] == 0);
    mpn_copyi(r, quotient, (mp_size_t)n);
}

/* mid = m 2^E is cut by less than its ulp, 2^(E-p), and f 2^-k < 2^E is off by at most 2^-10 ulp: 1 + 2^-8 is above both. */
void
exp_fixed_get(ball *r, bool negative, const mp_limb_t *f, int64_t k, const exp_fixed *t)
{
    mp_limb_t *limb = mpfr_custom_get_significand(&r->mid);
    const size_t n = t->n, limbs = (size_t)(t->bits + LIMB - 1) / LIMB;
    const int zeros = __builtin_clzll(f[n - 1]);
    const int64_t exponent = -k - zeros;
    assert(mpfr_get_prec(&r->mid) == t->bits && f[n - 1] >> (LIMB - 16) != 0);
    for (size_t i = 0, j = n - limbs; i < limbs; i++, j++)
        limb[i] = f[j] << zeros | (j > 0 ? f[j - 1] >> 1 >> (LIMB - 1 - zeros) : 0);
    limb[0] &= ~(mp_limb_t)0 << ((size_t)LIMB * limbs - (size_t)t->bits);
    mpfr_custom_init_set(&r->mid, negative ? -MPFR_REGULAR_KIND : MPFR_REGULAR_KIND, exponent, t->bits, limb);
    r->rad = radius_make(1 + 0x1p-8, exponent - t->bits);
}
