/* SPDX-License-Identifier: Apache-2.0 */
/* ieee.h -- selects an IEEE format emulated in MPFR for the templates included next: the precision of the context, and the exponent
   range and subnormals of the format after every operation. The range is MPFR's global one: ieee_select sets it, so this lives in a
   process of its own. */
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
#include "num/mpfr_ops.h"

/* MPFR's significand lies in [1/2, 1), so its exponents are IEEE 754's plus 1; the least subnormal is 2^-149, 2^-1074 or 2^-24. */
static inline void
ieee_select(ga_format_kind kind)
{
    mpfr_set_emin(kind == GA_FLOAT ? -148 : kind == GA_FLOAT16 ? -23 : -1073);
    mpfr_set_emax(kind == GA_FLOAT ? 128 : kind == GA_FLOAT16 ? 16 : 1024);
}
#endif
