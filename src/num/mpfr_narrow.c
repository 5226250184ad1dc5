/* SPDX-License-Identifier: Apache-2.0 */
/* mpfr_narrow.c -- see mpfr_narrow.h. Let 2^e <= |a| < 2^(e+1). The format's numbers there are multiples of u = 2^(e-bits+1), at
   least 2^(emin-bits+1) unless it flushes to 0, which is decided after the rounding. |a| = (n + rest) u with an integer n and rest
   < 1; r is n u or (n + 1) u. Numbers of up to MPFR_NARROW_MOST_BITS are exact throughout. */
#include <assert.h>
#include <math.h>

#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/mpfr_vec.h"

/* Numbers on the stack. */
typedef struct {
    mpfr_t x;
    mp_limb_t limb[(MPFR_NARROW_MOST_BITS - 1) / GMP_NUMB_BITS + 1];
} room;

static mpfr_ptr
number(room *m, mpfr_prec_t bits)
{
    mpfr_custom_init(m->limb, bits);
    mpfr_custom_init_set(m->x, MPFR_ZERO_KIND, 0, bits, m->limb);
    return m->x;
}

/* Whether (n + rest) becomes n + 1. */
static bool
goes_up(const ga_format *f, int sign, mpfr_srcptr n, mpfr_srcptr rest, uint32_t draw)
{
    if (mpfr_zero_p(rest))
        return false;
    const bool odd = !mpfr_zero_p(n) && mpfr_get_exp(n) - (mpfr_exp_t)mpfr_min_prec(n) == 0;
    const format_cut cut = format_goes_up(f, sign, odd, draw);
    const int side = mpfr_cmp_ui_2exp(rest, (unsigned long)cut.part, -32);
    return side > 0 || (side == 0 && cut.at);
}

void
mpfr_largest(mpfr_ptr r, const ga_format *f, int sign)
{
    mpz_t n;
    mpz_init_set_ui(n, 1);
    mpz_mul_2exp(n, n, (mp_bitcnt_t)f->bits);
    mpz_sub_ui(n, n, (unsigned long)f->gap);
    mpfr_set_z_2exp(r, n, f->emax - f->bits + 1, MPFR_RNDN);
    mpfr_setsign(r, r, sign < 0, MPFR_RNDN);
    mpz_clear(n);
}

bool
mpfr_is_largest(const ga_number *a, const ga_format *f)
{
    room of_x, of_largest;
    if (a->klass != GA_NORMAL || a->exponent != f->emax)
        return false;
    mpfr_ptr x = number(&of_x, GA_NUMBER_BITS), largest = number(&of_largest, f->bits);
    mpfr_vec_set_number(x, a);
    mpfr_largest(largest, f, 1);
    return mpfr_cmpabs(x, largest) == 0;
}

static bool
is_beyond(mpfr_srcptr r, const ga_format *f)
{
    if (mpfr_get_exp(r) - 1 != f->emax)
        return mpfr_get_exp(r) - 1 > f->emax;
    if (f->gap == 1)
        return false;
    room m;
    mpfr_ptr largest = number(&m, f->bits);
    mpfr_largest(largest, f, 1);
    return mpfr_cmpabs(r, largest) > 0;
}

static void
overflow(mpfr_ptr r, const ga_format *f, int sign, bool infinite)
{
    if (f->overflow == GA_TO_LARGEST || (!infinite && format_stops_at_largest(f, sign)))
        mpfr_largest(r, f, sign);
    else if (f->overflow == GA_TO_NAN)
        mpfr_set_nan(r);
    else
        mpfr_set_inf(r, sign);
}

static void
set_zero(mpfr_ptr r, const ga_format *f, int sign)
{
    mpfr_set_zero(r, f->one_zero ? 1 : sign);
}

/* a is not 0 and finite, r has the format's bits or more. */
static void
narrow_regular(mpfr_ptr r, mpfr_srcptr a, const ga_format *f, uint32_t draw)
{
    const int sign = mpfr_sgn(a);
    const mpfr_prec_t bits = mpfr_get_prec(a);
    assert(bits <= MPFR_NARROW_MOST_BITS);
    const mpfr_exp_t e = mpfr_get_exp(a) - 1, least = f->emin;
    const mpfr_exp_t u = (e < least && !f->flush ? least : e) - f->bits + 1;
    room of_size, of_n, of_rest;
    mpfr_ptr size = number(&of_size, bits), n = number(&of_n, bits), rest = number(&of_rest, bits);
    mpfr_mul_2si(size, a, -u, MPFR_RNDN);
    mpfr_abs(size, size, MPFR_RNDN);
    mpfr_trunc(n, size);
    mpfr_sub(rest, size, n, MPFR_RNDN);
    const bool up = goes_up(f, sign, n, rest, draw);
    if (mpfr_zero_p(n))
        mpfr_set_ui_2exp(r, up, u, MPFR_RNDN);
    else { /* n has at most the format's bits, which r has */
        mpfr_set(r, n, MPFR_RNDN);
        if (up)
            mpfr_add_ui(r, r, 1, MPFR_RNDN);
        mpfr_mul_2si(r, r, u, MPFR_RNDN);
    }
    mpfr_setsign(r, r, sign < 0, MPFR_RNDN);
    if (mpfr_zero_p(r) || (f->flush && mpfr_regular_p(r) && mpfr_get_exp(r) - 1 < f->emin))
        set_zero(r, f, sign);
    else if (mpfr_inf_p(r) || is_beyond(r, f)) /* infinite: beyond MPFR's own range */
        overflow(r, f, sign, false);
}

void
mpfr_narrow(mpfr_ptr r, mpfr_srcptr a, const ga_format *f, uint32_t draw)
{
    room m;
    if (mpfr_get_prec(a) > MPFR_NARROW_MOST_BITS) {
        mpfr_ptr odd = number(&m, MPFR_NARROW_MOST_BITS);
        const int inexact = mpfr_set(odd, a, MPFR_RNDZ);
        mpfr_narrow_odd(r, odd, inexact, f, draw);
        return;
    }
    mpfr_ptr to = mpfr_get_prec(r) < f->bits ? number(&m, f->bits) : r;
    if (mpfr_nan_p(a))
        mpfr_set_nan(to);
    else if (mpfr_zero_p(a))
        set_zero(to, f, mpfr_signbit(a) ? -1 : 1);
    else if (mpfr_inf_p(a))
        overflow(to, f, mpfr_sgn(a), true);
    else
        narrow_regular(to, a, f, draw);
    if (to != r)
        mpfr_set(r, to, MPFR_RNDN);
}

bool
mpfr_narrow_keeps(ga_format f, double x)
{
    if (!(x > 0) || !isfinite(x) || !format_has_range(f))
        return x > 0 && isfinite(x);
    room of_exact, of_r;
    mpfr_ptr exact = number(&of_exact, 53), r = number(&of_r, f.bits > 53 ? f.bits : 53);
    bool kept = x < ldexp(1, f.emax + 1);
    f.overflow = GA_TO_NAN;
    for (int draw = 0; draw < 2; draw++) {
        mpfr_set_d(exact, x, MPFR_RNDN);
        mpfr_narrow(r, exact, &f, draw ? UINT32_MAX : 0);
        kept = kept && mpfr_regular_p(r);
    }
    return kept;
}

/* To nearest, ties away from zero, whatever MPFR's range is (mpfr_round_nearest_away does not take its least exponent): of one bit
   more, cut off, the last says which way. */
static void
set_away(mpfr_ptr to, mpfr_srcptr a)
{
    mpfr_t cut;
    mpfr_init2(cut, mpfr_get_prec(to) + 1);
    mpfr_set(cut, a, MPFR_RNDZ);
    mpfr_set(to, cut, MPFR_RNDA);
    mpfr_clear(cut);
}

/* Likewise of a format of any precision. */
static void
store_any(mpfr_ptr to, mpfr_srcptr a, const ga_format *f, mpfr_rnd_t rounding)
{
    if (f->rounding == GA_NEAREST_AWAY)
        set_away(to, a);
    else
        mpfr_set(to, a, f->rounding == GA_TOWARD_ZERO ? MPFR_RNDZ : rounding);
    if (f->kind == GA_LIMITED)
        mpfr_limit(to, (mpfr_exp_t)format_least_exponent(*f), (mpfr_exp_t)format_emax(*f) + 1);
}

int
mpfr_store(mpfr_ptr r, mpfr_srcptr a, const ga_format *f, long k, mpfr_rnd_t rounding)
{
    mpfr_t x, to;
    mpfr_inits2(mpfr_get_prec(a), x, (mpfr_ptr)0);
    mpfr_init2(to, f->bits > mpfr_get_prec(r) ? f->bits : mpfr_get_prec(r));
    mpfr_mul_2si(x, a, k, MPFR_RNDN); /* exact */
    if (format_has_range(*f)) {
        mpfr_narrow(to, x, f, 0);
    } else {
        mpfr_set_prec(to, f->bits);
        store_any(to, x, f, rounding);
    }
    mpfr_mul_2si(r, to, -k, rounding);
    mpfr_clears(x, to, (mpfr_ptr)0);
    return 0;
}

/* To odd: the last bit of what was cut off stands for all that was. */
static void
set_odd(mpfr_ptr a, const ga_format *f)
{
    if (mpfr_zero_p(a)) /* below MPFR's own range */
        mpfr_set_si_2exp(a, mpfr_signbit(a) ? -1 : 1, f->emin - 2 * f->bits - MPFR_DRAW_BITS, MPFR_RNDN);
    else if (mpfr_regular_p(a) && mpfr_min_prec(a) < mpfr_get_prec(a)) {
        if (mpfr_sgn(a) > 0)
            mpfr_nextabove(a);
        else
            mpfr_nextbelow(a);
    }
}

void
mpfr_narrow_odd(mpfr_ptr r, mpfr_ptr a, int inexact, const ga_format *f, uint32_t draw)
{
    if (inexact != 0)
        set_odd(a, f);
    mpfr_narrow(r, a, f, draw);
}
