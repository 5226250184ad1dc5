/* SPDX-License-Identifier: Apache-2.0 */
/* ieee.h -- selects a format with infinities that rounds to nearest even, emulated in MPFR for the templates included next: the
   precision of the context, and the exponent range and subnormals of the format after every operation. The range is MPFR's global
   one: ieee_select sets it, so this lives in a process of its own. */
#undef num
#undef NUM
#undef OP
#undef MPFR_FINISH
#define num __mpfr_struct
#define NUM(name) name##_ieee
#define OP(name) ieee_##name
#define MPFR_FINISH(r, ternary, ctx) ((void)mpfr_subnormalize(r, ternary, MPFR_RNDN), (void)(ctx))

#ifndef GRADAUDIT_IEEE_H
#define GRADAUDIT_IEEE_H
#include "num/mpfr_narrow.h"

/* What a store makes of a times 2^k, by MPFR's own subnormals in the range of f, in any range. */
static inline int
stored_in_range(mpfr_ptr r, mpfr_srcptr a, const ga_format *f, long k, mpfr_rnd_t rounding)
{
    const mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_t stored;
    mpfr_init2(stored, f->bits);
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    const int ternary = mpfr_mul_2si(stored, a, k, rounding);
    mpfr_set_emin(f->emin - f->bits + 2);
    mpfr_set_emax(f->emax + 1);
    mpfr_subnormalize(stored, mpfr_check_range(stored, ternary, rounding), rounding);
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
    const int again = mpfr_mul_2si(r, stored, -k, rounding);
    mpfr_clear(stored);
    return again;
}

#define mpfr_store stored_in_range
#include "num/mpfr_ops.h"
#undef mpfr_store

/* MPFR's significand lies in [1/2, 1), so its exponents are IEEE 754's plus 1; the least subnormal is 2^(emin-bits+1). */
static inline void
ieee_select(ga_format f)
{
    mpfr_set_emin(f.emin - f.bits + 2);
    mpfr_set_emax(f.emax + 1);
}
#endif
