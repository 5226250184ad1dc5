/* SPDX-License-Identifier: Apache-2.0 */
/* exp_fixed.h -- e^-a in fixed point, from tables made once for a precision: the basis of elementwise functions of balls.

   A fraction is n limbs f, the number f 2^-64n in [0, 1); w = 2^-64n <= 2^-(p + EXP_GUARD) is its unit, p the precision served,
   eta = 2^-(p+16). */
#ifndef NUM_EXP_FIXED_H
#define NUM_EXP_FIXED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gmp.h>
#include <mpfr.h>

#include "num/ball.h"

enum { EXP_GUARD = 32, EXP_MORE = 64, EXP_MAX_BITS = 1024, EXP_MAX_LIMBS = (EXP_MAX_BITS + EXP_GUARD + 63) / 64,
       EXP_WORK = 2 * EXP_MAX_LIMBS };

typedef struct exp_fixed {
    long bits;
    size_t n;              /* limbs of a fraction */
    size_t terms;          /* of the series, beyond that of 1 */
    mp_limb_t *table;      /* e^-(i 2^-8l) for l = 1, 2, 3 and i < 256, fractions */
    mp_limb_t *reciprocal; /* 1/m! for m <= terms, fractions */
    mp_limb_t *ln2;        /* n + 1 limbs */
} exp_fixed;

/* For results of p = bits; NULL if memory runs out, for more than EXP_MAX_BITS, and if limbs are not of 64 bits. */
exp_fixed *exp_fixed_new(long bits);
void exp_fixed_free(exp_fixed *t);

/* product = a b, of three limbs each, as at the first of the reference's precisions: a call of GMP would take longer. */
static inline void
exp_fixed_mul_3(mp_limb_t *product, const mp_limb_t *a, const mp_limb_t *b)
{
    product[0] = product[1] = product[2] = 0;
#pragma GCC unroll 3
    for (size_t i = 0; i < 3; i++) {
        mp_limb_t carry = 0;
#pragma GCC unroll 3
        for (size_t j = 0; j < 3; j++) {
            const unsigned __int128 x = (unsigned __int128)a[i] * b[j] + product[i + j] + carry;
            product[i + j] = (mp_limb_t)x;
            carry = (mp_limb_t)(x >> 64);
        }
        product[i + 3] = carry;
    }
}

/* The high limbs of a b, below it by less than w; product has room for 2n limbs and is neither a nor b. */
static inline const mp_limb_t *
exp_fixed_mul(mp_limb_t *product, const mp_limb_t *a, const mp_limb_t *b, const exp_fixed *t)
{
    if (t->n == 3)
        exp_fixed_mul_3(product, a, b);
    else
        mpn_mul_n(product, a, b, (mp_size_t)t->n);
    return product + t->n;
}

/* e^-(|a| 2^shift) = (f + error) 2^-k with |error| <= eta and f > 0.49; a regular, |a| 2^shift < 2^32, 0 <= shift <= 1. Returns
   f, in work, EXP_WORK limbs; NULL for other a. */
const mp_limb_t *exp_fixed_minus(mp_limb_t *work, int64_t *k, mpfr_srcptr a, int shift, const exp_fixed *t);

/* e = f 2^-k, below it by less than w, and r = 1/(1 + e) for that e, below it by less than 1.01 w; 0 <= k < p + EXP_GUARD. */
void exp_fixed_reciprocal(mp_limb_t *r, mp_limb_t *e, const mp_limb_t *f, int64_t k, const exp_fixed *t);

/* r = +-f 2^-k cut to p bits, with a radius for that and for a relative error of f of at most 2^-(p+10); f >= 2^-16. r has p
   bits. */
void exp_fixed_get(ball *r, bool negative, const mp_limb_t *f, int64_t k, const exp_fixed *t);

#endif
