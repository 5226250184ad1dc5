/* SPDX-License-Identifier: Apache-2.0 */
/* mpfr_vec.c -- see mpfr_vec.h */
#include <stdint.h>
#include <stdlib.h>

#include "num/mpfr_vec.h"

/* The significands start behind the last struct, at a multiple of a limb. */
static char *
significands(__mpfr_struct *v, size_t n)
{
    _Static_assert(sizeof(__mpfr_struct) % sizeof(mp_limb_t) == 0, "significands follow the structs");
    return (char *)(v + n);
}

static void
init(__mpfr_struct *v, size_t n, char *limbs, size_t stride, mpfr_prec_t bits)
{
    for (size_t i = 0; i < n; i++) {
        mpfr_custom_init(limbs + i * stride, bits);
        mpfr_custom_init_set(v + i, MPFR_ZERO_KIND, 0, bits, limbs + i * stride);
    }
}

__mpfr_struct *
mpfr_vec_new(size_t n, mpfr_prec_t bits)
{
    if (n > SIZE_MAX / 2 / (sizeof(__mpfr_struct) + mpfr_custom_get_size(bits)))
        return NULL;
    void *const memory = malloc(mpfr_vec_size(n, bits));
    return memory != NULL ? mpfr_vec_at(memory, n, bits) : NULL;
}

size_t
mpfr_vec_size(size_t n, mpfr_prec_t bits)
{
    return n * (sizeof(__mpfr_struct) + mpfr_custom_get_size(bits)) + 1;
}

__mpfr_struct *
mpfr_vec_at(void *memory, size_t n, mpfr_prec_t bits)
{
    __mpfr_struct *const v = memory;
    init(v, n, significands(v, n), mpfr_custom_get_size(bits), bits);
    return v;
}

void
mpfr_vec_reuse(__mpfr_struct *v, size_t n, mpfr_prec_t made_bits, mpfr_prec_t bits)
{
    const size_t stride = mpfr_custom_get_size(made_bits);
    char *limbs = mpfr_custom_get_significand(v);
    init(v, n, limbs, stride, bits);
}

void
mpfr_vec_number(ga_number *r, mpfr_srcptr a)
{
    *r = (ga_number){ .klass = mpfr_nan_p(a) ? GA_NAN : mpfr_inf_p(a) ? GA_INFINITE : mpfr_zero_p(a) ? GA_ZERO : GA_NORMAL };
    if (r->klass == GA_NORMAL) {
        long exponent;
        r->mantissa = 2 * mpfr_get_d_2exp(&exponent, a, MPFR_RNDZ);
        r->exponent = (int64_t)exponent - 1;
    } else
        r->mantissa = mpfr_get_d(a, MPFR_RNDZ);
    r->sign = r->klass == GA_NAN ? 0 : mpfr_sgn(a);
}

void
mpfr_vec_whole_number(ga_number *r, mpfr_srcptr a)
{
    mpfr_vec_number(r, a);
    if (r->klass != GA_NORMAL || mpfr_min_prec(a) <= 53)
        return;
    mpfr_t left; /* of a, in units of 2^exponent */
    mpfr_init2(left, mpfr_get_prec(a));
    mpfr_mul_2si(left, a, -(long)r->exponent, MPFR_RNDN);
    mpfr_sub_d(left, left, r->mantissa, MPFR_RNDN);
    for (size_t i = 0; i < sizeof r->rest / sizeof *r->rest; i++) {
        r->rest[i] = mpfr_get_d(left, MPFR_RNDZ);
        mpfr_sub_d(left, left, r->rest[i], MPFR_RNDN);
    }
    mpfr_clear(left);
}

void
mpfr_vec_set_number(mpfr_ptr r, const ga_number *a)
{
    if (a->rest[0] == 0)
        mpfr_set_d(r, a->mantissa, MPFR_RNDN);
    else {
        mp_limb_t limb[(GA_NUMBER_BITS - 1) / GMP_NUMB_BITS + 1];
        mpfr_t sum;
        mpfr_custom_init(limb, GA_NUMBER_BITS);
        mpfr_custom_init_set(sum, MPFR_ZERO_KIND, 0, GA_NUMBER_BITS, limb);
        mpfr_set_d(sum, a->mantissa, MPFR_RNDN);
        mpfr_add_d(sum, sum, a->rest[0], MPFR_RNDN);
        mpfr_add_d(sum, sum, a->rest[1], MPFR_RNDN);
        mpfr_set(r, sum, MPFR_RNDN);
    }
    if (a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL)
        mpfr_mul_2si(r, r, (long)a->exponent, MPFR_RNDN);
}

void
mpfr_vec_widest_range(void)
{
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
}
