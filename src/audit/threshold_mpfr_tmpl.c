/* SPDX-License-Identifier: Apache-2.0 */
/* threshold_mpfr_tmpl.c -- what threshold_values_tmpl.c asks of MPFR's numbers. */

static void
NUM(number)(num *x, mpz_srcptr place, const ga_format *f, NUM(ctx) *ctx)
{
    (void)ctx;
    place_number(x, place, f);
}

static bool
NUM(is)(const num *v, ga_becomes becomes)
{
    return threshold_is(v, becomes);
}

static void
NUM(get)(mpfr_ptr r, const num *v)
{
    mpfr_set(r, v, MPFR_RNDN);
}
