/* SPDX-License-Identifier: Apache-2.0 */
/* mpfr_exp.c -- see mpfr_exp.h */
#include "num/exp_fixed.h"
#include "num/mpfr_exp.h"

struct exp_fixed *
mpfr_exp_tables(long bits)
{
    return exp_fixed_new((bits > 48 ? bits : 48) + 16);
}

void
mpfr_exp_tables_free(struct exp_fixed *t)
{
    exp_fixed_free(t);
}

/* x = f 2^-k, which has its limbs in work; f > 0.49. */
static void
set_fraction(mpfr_ptr x, mp_limb_t *work, const mp_limb_t *f, int64_t k, size_t n)
{
    const int zeros = f[n - 1] >> 63 == 0;
    if (zeros == 0)
        mpn_copyi(work, f, (mp_size_t)n);
    else
        mpn_lshift(work, f, (mp_size_t)n, 1);
    mpfr_custom_init_set(x, MPFR_REGULAR_KIND, (mpfr_exp_t)(-k - zeros), (mpfr_prec_t)(64 * n), work);
}

/* t serves at least q + 16 bits, q those of r: f is off by at most 2^-(q+32), of f > 0.49 by less than 2^-(q+30.9), relatively. A
   quotient adds 2^-64n, less than 2^-(q+48): in all e^a is within 2^-(q+30) of itself. That is less than 2^(E-q-30), E the
   exponent of what is rounded or, if e^a is just beyond a power of two, one more: hence 29. With RNDZ and one more bit, what can
   be rounded is on the same side of its rounding as e^a, which makes the ternary value right. */
int
mpfr_exp_by_tables(mpfr_ptr r, mpfr_srcptr a, const struct exp_fixed *t)
{
    enum { BEYOND = 29 };
    mp_limb_t work[EXP_WORK], limbs[EXP_MAX_LIMBS], quotient[EXP_MAX_LIMBS];
    int64_t k;
    const mp_limb_t *const f = t != NULL ? exp_fixed_minus(work, &k, a, 0, t) : NULL;
    const mpfr_prec_t bits = mpfr_get_prec(r);
    __mpfr_struct x, y;
    if (f == NULL)
        return mpfr_exp(r, a, MPFR_RNDN);
    set_fraction(&x, limbs, f, k, t->n);
    if (mpfr_sgn(a) > 0) {
        mpfr_custom_init_set(&y, MPFR_ZERO_KIND, 0, (mpfr_prec_t)(64 * t->n), quotient);
        mpfr_ui_div(&y, 1, &x, MPFR_RNDN);
    }
    mpfr_srcptr e = mpfr_sgn(a) > 0 ? &y : &x;
    if (!mpfr_regular_p(e) || !mpfr_can_round(e, bits + BEYOND, MPFR_RNDN, MPFR_RNDZ, bits + 1))
        return mpfr_exp(r, a, MPFR_RNDN);
    return mpfr_check_range(r, mpfr_set(r, e, MPFR_RNDN), MPFR_RNDN);
}
