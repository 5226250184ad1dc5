/* SPDX-License-Identifier: Apache-2.0 */
/* rounded_libm.h -- exp, expm1, log, log1p, tanh and smooth functions correctly rounded to float, double and formats computed in
   these, by MPFR; after num/nar32.h, num/nar64.h, num/f32.h, num/f64.h and ieee.h. */
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
ROUNDED(erf, mpfr_erf)

/* The functions of num/smooth.h likewise. */
static double
rounded_smooth(smooth_id f, int order, double x, mpfr_prec_t bits)
{
    mpfr_t t, from;
    mpfr_init2(t, bits);
    mpfr_init2(from, bits);
    mpfr_set_d(from, x, MPFR_RNDN);
    mpfr_subnormalize(t, smooth_mpfr(t, f, order, from, MPFR_RNDN), MPFR_RNDN);
    const double r = mpfr_get_d(t, MPFR_RNDN);
    mpfr_clears(t, from, (mpfr_ptr)0);
    return r;
}
static float smooth_24(smooth_id f, int order, float x) { return (float)rounded_smooth(f, order, x, 24); }
static double smooth_53(smooth_id f, int order, double x) { return rounded_smooth(f, order, x, 53); }
static double smooth_own(smooth_id f, int order, double x) { return rounded_smooth(f, order, x, rounded_bits); }

/* And of num/function.h. */
static double
rounded_elementary(function_id f, int order, double x, double c, mpfr_prec_t bits)
{
    mpfr_t t, from, constant;
    mpfr_init2(t, bits);
    mpfr_init2(from, 53);
    mpfr_init2(constant, 53);
    mpfr_set_d(from, x, MPFR_RNDN);
    mpfr_set_d(constant, c, MPFR_RNDN);
    mpfr_subnormalize(t, function_mpfr(t, f, order, from, constant, MPFR_RNDN), MPFR_RNDN);
    const double r = mpfr_get_d(t, MPFR_RNDN);
    mpfr_clears(t, from, constant, (mpfr_ptr)0);
    return r;
}
static float elementary_24(function_id f, int o, float x, float c) { return (float)rounded_elementary(f, o, x, c, 24); }
static double elementary_53(function_id f, int o, double x, double c) { return rounded_elementary(f, o, x, c, 53); }
static double elementary_own(function_id f, int o, double x, double c) { return rounded_elementary(f, o, x, c, rounded_bits); }

static const libm_f32 rounded_libm_f32 = { exp_24, expm1_24, log_24, log1p_24, tanh_24, erf_24, smooth_24, elementary_24 };
static const libm_nar32 rounded_libm_nar32 = { exp_own, expm1_own, log_own, log1p_own, tanh_own, erf_own, smooth_own,
                                              elementary_own };
static const libm_nar64 rounded_libm_nar64 = { exp_own, expm1_own, log_own, log1p_own, tanh_own, erf_own, smooth_own,
                                              elementary_own };
static const libm_f64 rounded_libm_f64 = { exp_53, expm1_53, log_53, log1p_53, tanh_53, erf_53, smooth_53, elementary_53 };

#endif
