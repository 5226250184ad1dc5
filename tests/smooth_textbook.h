/* SPDX-License-Identifier: Apache-2.0 */
/* smooth_textbook.h -- the functions of num/smooth.h by textbook formulas in MPFR, with so many bits that nothing is lost: an
   oracle that has nothing in common with num/smooth_mpfr.c. */
#ifndef GRADAUDIT_SMOOTH_TEXTBOOK_H
#define GRADAUDIT_SMOOTH_TEXTBOOK_H

#include <mpfr.h>

#include "num/smooth.h"

/* s = 1/(1 + e^-x), by way of q. */
static inline void
textbook_sigma(mpfr_ptr s, mpfr_srcptr x)
{
    mpfr_neg(s, x, MPFR_RNDN);
    mpfr_exp(s, s, MPFR_RNDN);
    mpfr_add_ui(s, s, 1, MPFR_RNDN);
    mpfr_ui_div(s, 1, s, MPFR_RNDN);
}

/* r = k e^(-c x^2) / sqrt pi, k a square root: of 4 or 1/2. */
static inline void
textbook_gaussian(mpfr_ptr r, mpfr_srcptr x, double c, double square)
{
    mpfr_t pi;
    mpfr_init2(pi, mpfr_get_prec(r));
    mpfr_const_pi(pi, MPFR_RNDN);
    mpfr_d_div(pi, square, pi, MPFR_RNDN);
    mpfr_sqrt(pi, pi, MPFR_RNDN);
    mpfr_sqr(r, x, MPFR_RNDN);
    mpfr_mul_d(r, r, -c, MPFR_RNDN);
    mpfr_exp(r, r, MPFR_RNDN);
    mpfr_mul(r, r, pi, MPFR_RNDN);
    mpfr_clear(pi);
}

/* u = sqrt(2/pi) (x + 0.044715 x^3), or its derivative. */
static inline void
textbook_cubic(mpfr_ptr u, int order, mpfr_srcptr x)
{
    mpfr_t c;
    mpfr_init2(c, mpfr_get_prec(u));
    mpfr_set_ui(c, order == 0 ? 44715 : 3 * 44715, MPFR_RNDN);
    mpfr_div_ui(c, c, 1000000, MPFR_RNDN);
    mpfr_sqr(u, x, MPFR_RNDN);
    mpfr_mul(u, u, c, MPFR_RNDN);
    mpfr_add_ui(u, u, 1, MPFR_RNDN);
    if (order == 0)
        mpfr_mul(u, u, x, MPFR_RNDN);
    mpfr_const_pi(c, MPFR_RNDN);
    mpfr_ui_div(c, 2, c, MPFR_RNDN);
    mpfr_sqrt(c, c, MPFR_RNDN);
    mpfr_mul(u, u, c, MPFR_RNDN);
    mpfr_clear(c);
}

/* r = g(x) or its derivative: x g for SiLU, GELU and Mish, whose g is sigma, Phi, (1 + tanh u)/2 or tanh softplus. */
static inline void
textbook_factor(mpfr_ptr r, smooth_id f, int order, mpfr_srcptr x)
{
    mpfr_t t;
    mpfr_init2(t, mpfr_get_prec(r));
    if (f == SMOOTH_silu) {
        textbook_sigma(r, x);
        if (order == 1) {
            mpfr_ui_sub(t, 1, r, MPFR_RNDN);
            mpfr_mul(r, r, t, MPFR_RNDN);
        }
    } else if (f == SMOOTH_gelu && order == 1) {
        textbook_gaussian(r, x, 0.5, 0.5);
    } else if (f == SMOOTH_gelu) {
        mpfr_set_d(t, 0.5, MPFR_RNDN);
        mpfr_sqrt(t, t, MPFR_RNDN);
        mpfr_mul(t, t, x, MPFR_RNDN);
        mpfr_erf(r, t, MPFR_RNDN);
        mpfr_add_ui(r, r, 1, MPFR_RNDN);
        mpfr_div_ui(r, r, 2, MPFR_RNDN);
    } else { /* tanh of u, or of softplus */
        if (f == SMOOTH_gelu_tanh) {
            textbook_cubic(t, 0, x);
        } else {
            mpfr_exp(t, x, MPFR_RNDN);
            mpfr_add_ui(t, t, 1, MPFR_RNDN);
            mpfr_log(t, t, MPFR_RNDN);
        }
        mpfr_tanh(r, t, MPFR_RNDN);
        if (order == 1) {
            mpfr_sqr(r, r, MPFR_RNDN);
            mpfr_ui_sub(r, 1, r, MPFR_RNDN);
            (f == SMOOTH_gelu_tanh ? textbook_cubic(t, 1, x) : textbook_sigma(t, x));
            mpfr_mul(r, r, t, MPFR_RNDN);
        } else if (f == SMOOTH_gelu_tanh) {
            mpfr_add_ui(r, r, 1, MPFR_RNDN);
        }
        if (f == SMOOTH_gelu_tanh)
            mpfr_div_ui(r, r, 2, MPFR_RNDN);
    }
    mpfr_clear(t);
}

/* r = f(x) or f'(x), x finite. */
static inline void
textbook(mpfr_ptr r, smooth_id f, int order, mpfr_srcptr x)
{
    mpfr_t t;
    if (f == SMOOTH_softplus && order == 0) {
        mpfr_exp(r, x, MPFR_RNDN);
        mpfr_add_ui(r, r, 1, MPFR_RNDN);
        mpfr_log(r, r, MPFR_RNDN);
    } else if (f == SMOOTH_softplus) {
        textbook_sigma(r, x);
    } else if (f == SMOOTH_elu && mpfr_sgn(x) > 0) {
        mpfr_set_ui(r, 1, MPFR_RNDN);
        if (order == 0)
            mpfr_set(r, x, MPFR_RNDN);
    } else if (f == SMOOTH_elu) {
        mpfr_exp(r, x, MPFR_RNDN);
        mpfr_sub_ui(r, r, order == 0, MPFR_RNDN);
    } else if (f == SMOOTH_softsign) {
        mpfr_abs(r, x, MPFR_RNDN);
        mpfr_add_ui(r, r, 1, MPFR_RNDN);
        mpfr_ui_div(r, 1, r, MPFR_RNDN);
        mpfr_mul(r, r, order == 0 ? x : r, MPFR_RNDN);
    } else if (f == SMOOTH_erf && order == 0) {
        mpfr_erf(r, x, MPFR_RNDN);
    } else if (f == SMOOTH_erf) {
        textbook_gaussian(r, x, 1, 4);
    } else {
        mpfr_init2(t, mpfr_get_prec(r));
        textbook_factor(r, f, order, x);
        mpfr_mul(r, r, x, MPFR_RNDN);
        if (order == 1) {
            textbook_factor(t, f, 0, x);
            mpfr_add(r, r, t, MPFR_RNDN);
        }
        mpfr_clear(t);
    }
}

#endif
