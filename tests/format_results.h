/* SPDX-License-Identifier: Apache-2.0 */
/* format_results.h -- the results of narrow formats, in all ways of computing them, as doubles; and a second oracle, for any number
   of bits: MPFR with the format's range and subnormals. */
#ifndef GRADAUDIT_FORMAT_RESULTS_H
#define GRADAUDIT_FORMAT_RESULTS_H

#include <mpfr.h>

#include "num/mpfr_vec.h"
#include "test.h"

/* a + b, a - b, a b, a / b, and b + a b of two roundings; functions of a. */
enum { N_PAIR_RESULTS = 5, N_FUNCTION_RESULTS = 6, N_SINGLE_RESULTS = 9 };
static const char *const pair_names[N_PAIR_RESULTS] = { "+", "-", "*", "/", "muladd" };
static const char *const single_names[N_SINGLE_RESULTS] = { "exp", "expm1", "log", "log1p", "tanh", "erf", "1 + e^-a", "-a",
                                                             "|a|" };

#include "num/nar32.h"
#include "num/vec_tmpl.h"
#include "format_results_tmpl.c"

#include "num/nar64.h"
#include "num/vec_tmpl.h"
#include "format_results_tmpl.c"

#include "num/emu.h"
#include "num/vec_tmpl.h"
#include "format_results_tmpl.c"

/* A format in the way of its kind. */
typedef struct {
    ga_format f;
    worker_nar32 nar32;
    worker_nar64 nar64;
    worker_emu emu;
} format_worker;

static inline format_worker
format_worker_new(ga_format f)
{
    format_worker w = { .f = f };
    if (f.kind == GA_NARROW32)
        w.nar32 = worker_new_nar32(f);
    else if (f.kind == GA_NARROW64)
        w.nar64 = worker_new_nar64(f);
    else
        w.emu = worker_new_emu(f);
    return w;
}

static inline void
format_worker_free(format_worker *w)
{
    if (w->f.kind == GA_NARROW32)
        worker_free_nar32(&w->nar32);
    else if (w->f.kind == GA_NARROW64)
        worker_free_nar64(&w->nar64);
    else
        worker_free_emu(&w->emu);
}

static inline void
format_pair(double got[N_PAIR_RESULTS], double a, double b, format_worker *w)
{
    if (w->f.kind == GA_NARROW32)
        pair_nar32(got, a, b, &w->nar32);
    else if (w->f.kind == GA_NARROW64)
        pair_nar64(got, a, b, &w->nar64);
    else
        pair_emu(got, a, b, &w->emu);
}

static inline void
format_single(double got[N_SINGLE_RESULTS], double a, format_worker *w)
{
    if (w->f.kind == GA_NARROW32)
        single_nar32(got, a, &w->nar32);
    else if (w->f.kind == GA_NARROW64)
        single_nar64(got, a, &w->nar64);
    else
        single_emu(got, a, &w->emu);
}

static inline ga_class
format_class(double *again, double a, format_worker *w)
{
    return w->f.kind == GA_NARROW32 ? class_of_nar32(again, a, &w->nar32)
           : w->f.kind == GA_NARROW64 ? class_of_nar64(again, a, &w->nar64) : class_of_emu(again, a, &w->emu);
}

/* ---- MPFR with a range; rounding to nearest even, with infinities ---- */

typedef struct {
    const char *words;
    int p, emin, emax;
    bool ftz, daz;
    mpfr_t x, y, r;
} ranged;

static inline void
ranged_begin(ranged *m)
{
    mpfr_inits2(m->p, m->x, m->y, m->r, (mpfr_ptr)0);
}

static inline void
ranged_end(ranged *m)
{
    mpfr_clears(m->x, m->y, m->r, (mpfr_ptr)0);
}

static inline void
ranged_operand(const ranged *m, mpfr_ptr x, double a)
{
    mpfr_set_d(x, m->daz && fabs(a) < ldexp(1, m->emin) ? copysign(0, a) : a, MPFR_RNDN);
}

/* What is in r after MPFR rounded it with that ternary value. */
static inline double
ranged_result(ranged *m, int ternary)
{
    mpfr_set_emin(m->emin - (m->ftz ? 0 : m->p - 1) + 1);
    mpfr_set_emax(m->emax + 1);
    if (m->ftz && mpfr_regular_p(m->r) && mpfr_get_exp(m->r) - 1 < m->emin)
        mpfr_set_zero(m->r, mpfr_sgn(m->r));
    else {
        ternary = mpfr_check_range(m->r, ternary, MPFR_RNDN);
        if (!m->ftz)
            mpfr_subnormalize(m->r, ternary, MPFR_RNDN);
    }
    mpfr_vec_widest_range();
    return mpfr_get_d(m->r, MPFR_RNDN);
}

static inline double
ranged_operation(ranged *m, char o, double a, double b)
{
    ranged_operand(m, m->x, a);
    ranged_operand(m, m->y, b);
    int (*const f)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t) = o == '+' ? mpfr_add : o == '-' ? mpfr_sub
                                                                     : o == '*' ? mpfr_mul : mpfr_div;
    return ranged_result(m, f(m->r, m->x, m->y, MPFR_RNDN));
}

static inline double
ranged_function(ranged *m, int (*f)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t), double a)
{
    ranged_operand(m, m->x, a);
    return ranged_result(m, f(m->r, m->x, MPFR_RNDN));
}

#endif
