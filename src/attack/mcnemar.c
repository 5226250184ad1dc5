/* SPDX-License-Identifier: Apache-2.0 */
/* mcnemar.c -- do two attacks on the same images differ? See core/attack.h. */
#include <gmp.h>
#include <mpfr.h>

#include "core/attack.h"

/* C(n,0) + … + C(n,terms-1), exactly. */
static void
binomial_sum(mpz_t sum, size_t n, size_t terms)
{
    mpz_t c;
    mpz_init_set_ui(c, 1);
    mpz_set_ui(sum, 0);
    for (size_t k = 0; k < terms; k++) {
        mpz_add(sum, sum, c);
        mpz_mul_ui(c, c, n - k);
        mpz_divexact_ui(c, c, k + 1);
    }
    mpz_clear(c);
}

/* P(X >= b) is 1 - P(X < b), and by symmetry P(X <= c): the shorter of the two sums is taken, and neither cancels. */
double
ga_mcnemar(size_t b, size_t c)
{
    enum { BITS = 192 };
    const size_t n = b + c;
    mpz_t sum;
    mpfr_t p, ln10;
    mpz_init(sum);
    mpfr_inits2(BITS, p, ln10, (mpfr_ptr)0);
    binomial_sum(sum, n, b <= c ? b : c + 1);
    mpfr_set_z(p, sum, MPFR_RNDN);
    mpfr_div_2ui(p, p, n, MPFR_RNDN);
    if (b <= c) {
        mpfr_neg(p, p, MPFR_RNDN);
        mpfr_log1p(p, p, MPFR_RNDN);
        mpfr_log_ui(ln10, 10, MPFR_RNDN);
        mpfr_div(p, p, ln10, MPFR_RNDN);
    } else
        mpfr_log10(p, p, MPFR_RNDN);
    const double log10_p = mpfr_get_d(p, MPFR_RNDN) + 0.0; /* +0, not -0, for P = 1 */
    mpfr_clears(p, ln10, (mpfr_ptr)0);
    mpz_clear(sum);
    return log10_p;
}
