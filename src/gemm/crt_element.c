/* SPDX-License-Identifier: Apache-2.0 */
/* crt_element.c -- puts the elements of a product together; see crt.h */
#include <assert.h>

#include "gemm/crt_engine.h"

/* Carries n_digits digits of any sign in base 2^base, modulo 2^(base n_digits), |x| < 2^(base n_digits - 1), into limbs of |x|;
   gives x's sign. limbs > base n_digits / 64; digits are stride apart. For a constant base. */
static inline __attribute__((always_inline)) int
crt_carry(uint64_t *limb, size_t limbs, const double *digit, size_t stride, size_t n_digits, size_t base)
{
    const uint64_t mask = (UINT64_C(1) << base) - 1;
    uint64_t word = 0, any = 0;
    int64_t top = 0;
    size_t i = 0, filled = 0;
    for (size_t d = 0; d < n_digits; d++) {
        const int64_t sum = (int64_t)digit[d * stride] + top;
        const uint64_t low = (uint64_t)sum & mask;
        top = sum >> base; /* arithmetic: floor */
        word |= low << filled;
        filled += base;
        if (filled >= 64) {
            limb[i++] = word;
            filled -= 64;
            word = low >> (base - filled);
        }
    }
    /* Higher digits were left out, so this is x modulo 2^(base n_digits), |x| less than half of it: its highest bit is the sign. */
    const bool negative = (filled > 0 ? word >> (filled - 1) : limb[i - 1] >> 63) & 1;
    limb[i++] = word | (negative ? UINT64_MAX << filled : 0);
    for (; i < limbs; i++)
        limb[i] = negative ? UINT64_MAX : 0;
    for (i = 0; i < limbs; i++) { /* -x = ~x + 1, the carry going on through limbs of 0 */
        limb[i] = negative ? any == 0 ? -limb[i] : ~limb[i] : limb[i];
        any |= limb[i];
    }
    return negative ? -1 : any != 0;
}

/* A slice's integer as a number times 2^exponent. Its digits are those of the row that assemble_row made last; j is below the
   row's length, n_digits at most what was made. */
static mpfr_srcptr
slice_element(crt_slice_product *p, size_t j, int64_t exponent)
{
    const size_t limbs = p->n_digits * p->backend->digit / 64 + 2;
    mp_limb_t *limb = p->limbs.p;
    const size_t lanes = p->backend->lanes;
    const double *digit = (const double *)p->digits.p + (j - j % lanes) * p->made + j % lanes;
    const int sign = lanes == 1 ? crt_carry(limb, limbs, digit, 1, p->n_digits, CRT_DGEMM_DIGIT)
                                : crt_carry(limb, limbs, digit, lanes, p->n_digits, CRT_INT16_DIGIT);
    size_t used = limbs;
    while (used > 0 && limb[used - 1] == 0)
        used--;
    assert((used == 0) == (sign == 0));
    if (used == 0) {
        mpfr_custom_init_set(&p->element, MPFR_ZERO_KIND, 0, 64, limb);
        return &p->element;
    }
    const int zeros = __builtin_clzll(limb[used - 1]);
    if (zeros > 0)
        mpn_lshift(limb, limb, (mp_size_t)used, (unsigned)zeros);
    mpfr_custom_init_set(&p->element, sign * MPFR_REGULAR_KIND, (mpfr_exp_t)(exponent + (int64_t)(64 * used) - zeros),
                         (mpfr_prec_t)(64 * used), limb);
    return &p->element;
}

/* The digits of a row's results. If memory runs out, there is no row any more: some slices may have lost theirs. */
static bool
assemble_row(crt *c, size_t row)
{
    c->row = SIZE_MAX;
    for (size_t i = 0; i < c->n_slices; i++) {
        crt_slice_product *p = c->slice + i;
        const size_t padded = (c->n + p->backend->lanes - 1) / p->backend->lanes * p->backend->lanes;
        const int32_t *remainder = (const int32_t *)c->remainder.p + (p->first * c->rows + row) * c->n;
        double *digit = buffer_grow(&p->digits, padded * p->made, sizeof *digit);
        if (digit == NULL || !p->backend->assemble(digit, p->made, remainder, c->rows * c->n, c->n, p->basis,
                                                   crt_family_of(c, p->backend)->prime, c->scratch))
            return false;
    }
    c->row = row;
    return true;
}

/* The exponent of a slice's integers in a column of the product. */
static int64_t
exponent_of(const crt *c, size_t row, size_t j, size_t slice)
{
    return crt_cut(c, row) + (c->weights != NULL ? c->weights->slices[slice].scale : crt_second_cut(c, j));
}

mpfr_srcptr
crt_element(crt *c, size_t row, size_t j)
{
    if (c->row != row && !assemble_row(c, row))
        return NULL;
    if (c->n_slices == 1)
        return slice_element(c->slice, j, exponent_of(c, row, j, 0));
    mpfr_ptr term[CRT_MOST_SLICES];
    for (size_t p = 0; p < c->n_slices; p++) {
        slice_element(c->slice + p, j, exponent_of(c, row, j, p));
        term[p] = &c->slice[p].element;
    }
    const int rounded = mpfr_sum(c->sum, term, c->n_slices, MPFR_RNDN);
    assert(rounded == 0);
    (void)rounded;
    return c->sum;
}
