/* SPDX-License-Identifier: Apache-2.0 */
/* mpfr_narrow.c -- see mpfr_narrow.h. Let 2^e <= |a| < 2^(e+1). The format keeps `kept` bits of a: all of its own or, if e < emin,
   as many as there are down to its least number u = 2^(emin-bits+1). Rounding to that precision is the one rounding; of a tie
   between u and 2u MPFR takes 2u, which is even. With no bit left u/2 <= |a| < u: a becomes u or, from the tie, 0. */
#include <assert.h>

#include "num/mpfr_narrow.h"
#include "num/narrow.h"

int
mpfr_narrow(mpfr_ptr r, mpfr_srcptr a, int bits, int emin, double beyond)
{
    mp_limb_t limb[1];
    mpfr_t rounded;
    assert(bits <= NARROW_MOST_BITS && NARROW_MOST_BITS <= GMP_NUMB_BITS);
    if (!mpfr_regular_p(a))
        return mpfr_set(r, a, MPFR_RNDN);
    const int sign = mpfr_sgn(a);
    const mpfr_exp_t e = mpfr_get_exp(a) - 1;
    const mpfr_exp_t kept = e < emin ? bits - (emin - e) : bits;
    int ternary = 0;
    if (kept < 0 || (kept == 0 && mpfr_cmp_si_2exp(a, sign, e) == 0))
        mpfr_set_zero(r, sign);
    else if (kept == 0)
        mpfr_set_si_2exp(r, sign, e + 1, MPFR_RNDN);
    else {
        mpfr_custom_init(limb, kept);
        mpfr_custom_init_set(rounded, MPFR_ZERO_KIND, 0, kept, limb);
        mpfr_set(rounded, a, MPFR_RNDN);
        ternary = mpfr_set(r, rounded, MPFR_RNDN);
    }
    if (sign > 0 ? mpfr_cmp_d(r, beyond) >= 0 : mpfr_cmp_d(r, -beyond) <= 0) {
        mpfr_set_inf(r, sign);
        return 0;
    }
    return ternary;
}
