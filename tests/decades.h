/* SPDX-License-Identifier: Apache-2.0 */
/* decades.h -- numbers compared with powers of ten, exactly. */
#ifndef GRADAUDIT_DECADES_H
#define GRADAUDIT_DECADES_H

#include <mpfr.h>

#include "test.h"

/* Whether 10^k <= |a|: for k >= 0 compares with 10^k, for k < 0 compares a 10^-k with 1; all exact. */
static inline bool
reaches_decade(mpfr_srcptr a, long k)
{
    mpfr_t power, product;
    mpfr_init2(power, 3 * labs(k) + 64); /* 5^|k| has 2.33 |k| bits: exact */
    mpfr_init2(product, 3 * labs(k) + 64 + mpfr_get_prec(a));
    ASSERT(mpfr_ui_pow_ui(power, 10, (unsigned long)labs(k), MPFR_RNDN) == 0);
    mpfr_abs(product, a, MPFR_RNDN);
    if (k < 0)
        mpfr_mul(product, product, power, MPFR_RNDN);
    const bool r = k < 0 ? mpfr_cmp_ui(product, 1) >= 0 : mpfr_cmp(product, power) >= 0;
    mpfr_clears(power, product, (mpfr_ptr)0);
    return r;
}

#endif
