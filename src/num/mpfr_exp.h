/* SPDX-License-Identifier: Apache-2.0 */
/* mpfr_exp.h -- e^a correctly rounded, by the tables of exp_fixed.h where those decide the rounding. */
#ifndef NUM_MPFR_EXP_H
#define NUM_MPFR_EXP_H

#include <mpfr.h>

struct exp_fixed;

/* The tables for results of so many bits, which leave about one in 2^28 open; NULL: there are none. */
struct exp_fixed *mpfr_exp_tables(long bits);
void mpfr_exp_tables_free(struct exp_fixed *t);

/* What mpfr_exp(r, a, MPFR_RNDN) does and returns, with the tables of r's precision or without (NULL). r may be a. */
int mpfr_exp_by_tables(mpfr_ptr r, mpfr_srcptr a, const struct exp_fixed *t);

#endif
