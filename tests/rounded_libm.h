/* SPDX-License-Identifier: Apache-2.0 */
/* rounded_libm.h -- exp, expm1, log, log1p and tanh correctly rounded to float, double and formats computed in these, by MPFR;
   after num/nar32.h, num/nar64.h, num/f32.h, num/f64.h and ieee.h. */
#ifndef GRADAUDIT_ROUNDED_LIBM_H
#define GRADAUDIT_ROUNDED_LIBM_H

typedef int rounded_function(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

/* Likewise its bits, of formats computed in others. */
static mpfr_prec_t rounded_bits = MPFR_PREC_MIN;

static inline void
rounded_select(ga_format f)
{
    ieee_select(f);
    rounded_bits = f.bits;
}

/* The correctly rounded functions, in the range that ieee_select set. */
static double
rounded(rounded_function *f, double x, mpfr_prec_t bits)
{
    mpfr_t t;
    mpfr_init2(t, bits);
    mpfr_set_d(t, x, MPFR_RNDN);
    mpfr_subnormalize(t, f(t, t, MPFR_RNDN), MPFR_RNDN);
    const double r = mpfr_get_d(t, MPFR_RNDN);
    mpfr_clear(t);
    return r;
}

#define ROUNDED(name, f)                                                 \
    static float name##_24(float x) { return (float)rounded(f, x, 24); } \
    static double name##_53(double x) { return rounded(f, x, 53); }     \
    static double name##_own(double x) { return rounded(f, x, rounded_bits); }
ROUNDED(exp, mpfr_exp)
ROUNDED(expm1, mpfr_expm1)
ROUNDED(log, mpfr_log)
ROUNDED(log1p, mpfr_log1p)
ROUNDED(tanh, mpfr_tanh)

static const libm_f32 rounded_libm_f32 = { exp_24, expm1_24, log_24, log1p_24, tanh_24 };
static const libm_nar32 rounded_libm_nar32 = { exp_own, expm1_own, log_own, log1p_own, tanh_own };
static const libm_nar64 rounded_libm_nar64 = { exp_own, expm1_own, log_own, log1p_own, tanh_own };
static const libm_f64 rounded_libm_f64 = { exp_53, expm1_53, log_53, log1p_53, tanh_53 };

#endif
