/* SPDX-License-Identifier: Apache-2.0 */
/* rounded_libm.h -- exp, expm1, log, log1p and tanh correctly rounded to float, double and float16, by MPFR; after num/f16.h,
   num/f32.h, num/f64.h and ieee.h. */
#ifndef GRADAUDIT_ROUNDED_LIBM_H
#define GRADAUDIT_ROUNDED_LIBM_H

/* The correctly rounded functions, in the range that ieee_select set. */
static double
rounded(int (*f)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t), double x, mpfr_prec_t bits)
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
    static double name##_11(double x) { return rounded(f, x, 11); }
ROUNDED(exp, mpfr_exp)
ROUNDED(expm1, mpfr_expm1)
ROUNDED(log, mpfr_log)
ROUNDED(log1p, mpfr_log1p)
ROUNDED(tanh, mpfr_tanh)

static const libm_f32 rounded_libm_f32 = { exp_24, expm1_24, log_24, log1p_24, tanh_24 };
static const libm_f16 rounded_libm_f16 = { exp_11, expm1_11, log_11, log1p_11, tanh_11 };
static const libm_f64 rounded_libm_f64 = { exp_53, expm1_53, log_53, log1p_53, tanh_53 };

#endif
