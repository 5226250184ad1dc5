/* SPDX-License-Identifier: Apache-2.0 */
/* place.c -- see place.h. With p bits and the least exponent l = emin - (p - 1), number m 2^(l + k), 2^(p-1) <= m < 2^p, is at
   m + k 2^(p-1), and m 2^l, m < 2^(p-1), at m. Where these subnormals are flushed, all others are so many places nearer to 0. */
#include <math.h>

#include "num/mpfr_narrow.h"
#include "num/place.h"

/* i = 2^(p-1) - 1, the number of subnormals. */
static void
subnormals(mpz_ptr i, const ga_format *f)
{
    mpz_set_ui(i, 1);
    mpz_mul_2exp(i, i, (mp_bitcnt_t)f->bits - 1);
    mpz_sub_ui(i, i, 1);
}

void
place_number(mpfr_ptr x, mpz_srcptr i, const ga_format *f)
{
    mpz_t m, k;
    mpz_inits(m, k, NULL);
    if (f->flush && mpz_sgn(i) > 0)
        subnormals(m, f);
    mpz_add(m, m, i);
    mpz_fdiv_q_2exp(k, m, (mp_bitcnt_t)f->bits - 1);
    if (mpz_sgn(k) > 0) {
        mpz_fdiv_r_2exp(m, m, (mp_bitcnt_t)f->bits - 1);
        mpz_setbit(m, (mp_bitcnt_t)f->bits - 1);
        mpz_sub_ui(k, k, 1);
    }
    mpfr_set_z_2exp(x, m, f->emin - f->bits + 1 + mpz_get_si(k), MPFR_RNDN); /* exact */
    mpz_clears(m, k, NULL);
}

double
place_double(uint64_t i, const ga_format *f)
{
    const int shift = (int)f->bits - 1;
    const uint64_t one = 1, m = f->flush && i > 0 ? i + (one << shift) - 1 : i, k = m >> shift;
    return k == 0 ? ldexp((double)m, f->emin - shift)
                  : ldexp((double)((m & ((one << shift) - 1)) | one << shift), f->emin - shift + (int)k - 1);
}

/* x > 0 is finite, and not above the largest number. */
static void
place_of_regular(mpz_ptr i, mpfr_srcptr x, const ga_format *f)
{
    const mpfr_exp_t e = mpfr_get_exp(x) - 1;
    const long k = e > f->emin ? e - f->emin : 0;
    mpfr_t m;
    mpfr_init2(m, mpfr_get_prec(x));
    mpfr_mul_2si(m, x, f->bits - 1 - f->emin - k, MPFR_RNDN); /* exact */
    mpfr_get_z(i, m, MPFR_RNDZ);
    mpfr_clear(m);
    mpz_t more;
    mpz_init_set_si(more, k);
    mpz_mul_2exp(more, more, (mp_bitcnt_t)f->bits - 1);
    mpz_add(i, i, more);
    if (f->flush) {
        subnormals(more, f);
        mpz_sub(i, i, more);
        if (mpz_sgn(i) < 0)
            mpz_set_ui(i, 0);
    }
    mpz_clear(more);
}

void
place_of(mpz_ptr i, mpfr_srcptr x, const ga_format *f)
{
    mpfr_t largest;
    mpfr_init2(largest, f->bits);
    mpfr_largest(largest, f, 1);
    if (mpfr_zero_p(x))
        mpz_set_ui(i, 0);
    else
        place_of_regular(i, mpfr_less_p(x, largest) ? x : largest, f);
    mpfr_clear(largest);
}
