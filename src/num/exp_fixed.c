/* SPDX-License-Identifier: Apache-2.0 */
/* exp_fixed.c -- e^-a in fixed point; see exp_fixed.h. a = k ln 2 + r; r = i1 2^-8 + i2 2^-16 + i3 2^-24 + t with bytes i; e^-a is
   2^-k times three table entries times the series of e^-t. */
#include <assert.h>
#include <stdlib.h>

#include <gmp.h>

#include "num/exp_fixed.h"

enum { LEVELS = 3, ENTRIES = 256, LIMB = 64 };

/* r = floor(a 2^s), which fits. */
static inline void
shifted(mp_limb_t *r, size_t nr, const mp_limb_t *a, size_t na, int64_t s)
{
    const int64_t words = s >> 6, last = (int64_t)na;
    const unsigned bits = (unsigned)(s - words * LIMB);
    for (size_t i = 0; i < nr; i++) {
        const int64_t j = (int64_t)i - words;
        const mp_limb_t high = j >= 0 && j < last ? a[j] << bits : 0;
        r[i] = high | (bits != 0 && j > 0 && j <= last ? a[j - 1] >> (LIMB - bits) : 0);
    }
}

/* r = floor(|x| 2^s 2^64n), which fits, x regular. */
static inline void
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
    for (size_t i = 0; i < n && mpfr_cmp_ui(x, 1) >= 0; i++)
        r[i] = ~(mp_limb_t)0;
}

/* Of a chain of at most 256 products of n + 1 limbs the relative error is below 2^9 2^-64 w, and each entry below its value by less
   than 1.01 w. */
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
    for (size_t m = 1; m <= t->terms; m++) {
        mpfr_div_ui(x, x, (unsigned long)m, MPFR_RNDN);
        fraction_of(t->reciprocal + m * t->n, t->n, x);
    }
    mpfr_const_log2(x, MPFR_RNDZ);
    fixed_of(t->ln2, t->n + 1, t->n + 1, x, 0);
    mpfr_clears(x, power, (mpfr_ptr)0);
}

/* The rest of the series, below t^(m+1)/(m+1)! < 2^-24(m+1)/(m+1)!, is at most delta. */
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

/* The limbs that the m-th step of the series needs: 2^-24m times their unit is at most 2^-16 w for m > 0. */
static inline size_t
limbs_of_step(size_t m, size_t n)
{
    return m == 0 ? n : n - (24 * m - 16) / LIMB;
}

/* q = e^-x, x < 2^-24, by q_M = 1/M!, q_m = 1/m! - x q_(m+1), q = q_0. A step m > 1 is off by three units of its limbs (1/m! cut,
   x cut, the product cut), the steps 0 and 1, whose 1 is 1 - w, by two; each counts x^m times, hence in all for 2 w, M 3 2^-16 w
   < 0.05 w for M < 1000, and the rest of the series, delta. */
static void
series(mp_limb_t *q, const mp_limb_t *x, const exp_fixed *t)
{
    mp_limb_t product[2 * EXP_MAX_LIMBS];
    const size_t n = t->n;
    size_t had = limbs_of_step(t->terms, n);
    mpn_copyi(q, t->reciprocal + t->terms * n + n - had, (mp_size_t)had);
    for (size_t m = t->terms; m-- > 0;) {
        const size_t limbs = limbs_of_step(m, n);
        mpn_mul(product, x + n - limbs, (mp_size_t)limbs, q, (mp_size_t)had);
        if (m > 1)
            mpn_sub_n(q, t->reciprocal + m * n + n - limbs, product + had, (mp_size_t)limbs);
        else
            mpn_com(q, product + had, (mp_size_t)limbs);
        had = limbs;
    }
}

void
exp_fixed_mul(mp_limb_t *r, const mp_limb_t *a, const mp_limb_t *b, const exp_fixed *t)
{
    mp_limb_t product[2 * EXP_MAX_LIMBS];
    mpn_mul_n(product, a, b, (mp_size_t)t->n);
    mpn_copyi(r, product + t->n, (mp_size_t)t->n);
}

/* r = a - k ln 2 in [0, ln 2 + 2^-18), n fraction limbs, k from the quotient in double, which is off by less than 2^-18 and by at
   most one after it is cut; |a| 2^shift and k ln 2 have n + 1 fraction limbs, k < 2^33: r is off by less than (2^-30 + 1) w.
   False outside of the domain. */
static bool
reduce(mp_limb_t *r, int64_t *k, mpfr_srcptr a, int shift, const exp_fixed *t)
{
    mp_limb_t x[EXP_MAX_LIMBS + 2], product[EXP_MAX_LIMBS + 2];
    const size_t n = t->n;
    if (!mpfr_regular_p(a) || mpfr_get_exp(a) + shift > 32)
        return false;
    fixed_of(x, n + 2, n + 1, a, shift);
    *k = (int64_t)(((double)x[n + 1] + (double)x[n] * 0x1p-64) * 0x1.71547652b82fep0);
    product[n + 1] = mpn_mul_1(product, t->ln2, (mp_size_t)n + 1, (mp_limb_t)*k);
    if (mpn_sub_n(x, x, product, (mp_size_t)n + 2) != 0) {
        (*k)--;
        mpn_add_n(x, x, t->ln2, (mp_size_t)n + 1);
    }
    mpn_copyi(r, x + 1, (mp_size_t)n);
    return true;
}

/* In w: r 1.01; three entries 1.01 each; three products 1 each; the series 2.05, and delta. The factors are at most 1, so errors
   add: below 9.1 w + delta < 11 delta. */
bool
exp_fixed_minus(mp_limb_t *f, int64_t *k, mpfr_srcptr a, int shift, const exp_fixed *t)
{
    mp_limb_t r[EXP_MAX_LIMBS], q[EXP_MAX_LIMBS];
    const size_t n = t->n;
    if (!reduce(r, k, a, shift, t))
        return false;
    const mp_limb_t high = r[n - 1], *entry[LEVELS];
    for (size_t l = 0; l < LEVELS; l++)
        entry[l] = t->table + (l * ENTRIES + (high >> (56 - 8 * l)) % ENTRIES) * n;
    r[n - 1] = high & (UINT64_MAX >> 24);
    series(q, r, t);
    exp_fixed_mul(r, entry[0], entry[1], t);
    exp_fixed_mul(f, r, entry[2], t);
    exp_fixed_mul(r, f, q, t);
    mpn_copyi(f, r, (mp_size_t)n);
    return true;
}

void
exp_fixed_reciprocal(mp_limb_t *r, mp_limb_t *e, const mp_limb_t *f, int64_t k, const exp_fixed *t)
{
    mp_limb_t numerator[2 * EXP_MAX_LIMBS + 1] = { 0 }, divisor[EXP_MAX_LIMBS + 1], quotient[EXP_MAX_LIMBS + 1];
    mp_limb_t remainder[EXP_MAX_LIMBS + 1];
    const size_t n = t->n;
    shifted(e, n, f, n, -k);
    mpn_copyi(divisor, e, (mp_size_t)n);
    divisor[n] = 1;
    numerator[2 * n] = 1;
    mpn_tdiv_qr(quotient, remainder, 0, numerator, 2 * (mp_size_t)n + 1, divisor, (mp_size_t)n + 1);
    assert(quotient[n] == 0);
    mpn_copyi(r, quotient, (mp_size_t)n);
}

/* mid = m 2^E is cut by less than its ulp, 2^(E-p), and the relative error is below 2^-16 ulp: 1 + 2^-8 is above both. */
void
exp_fixed_get(ball *r, bool negative, const mp_limb_t *f, int64_t k, const exp_fixed *t)
{
    mp_limb_t *limb = mpfr_custom_get_significand(&r->mid);
    const size_t n = t->n, limbs = (size_t)(t->bits + LIMB - 1) / LIMB;
    const int zeros = __builtin_clzll(f[n - 1]);
    const int64_t exponent = -k - zeros;
    assert(mpfr_get_prec(&r->mid) == t->bits && f[n - 1] >> (LIMB - 1 - EXP_GUARD / 2) != 0);
    shifted(limb, limbs, f, n, zeros - (int64_t)(n - limbs) * LIMB);
    limb[0] &= ~(mp_limb_t)0 << ((size_t)LIMB * limbs - (size_t)t->bits);
    mpfr_custom_init_set(&r->mid, negative ? -MPFR_REGULAR_KIND : MPFR_REGULAR_KIND, exponent, t->bits, limb);
    r->rad = radius_make(1 + 0x1p-8, exponent - t->bits);
}
