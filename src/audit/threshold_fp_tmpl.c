/* SPDX-License-Identifier: Apache-2.0 */
/* threshold_fp_tmpl.c -- what threshold_values_tmpl.c asks of numbers of C types. */

static void
NUM(number)(num *x, mpz_srcptr place, const ga_format *f, NUM(ctx) *ctx)
{
    num_set_d(x, place_double(mpz_get_ui(place), f), ctx);
}

static bool
NUM(is)(const num *v, ga_becomes becomes)
{
    switch (becomes) {
    case GA_BECOMES_ONE: return *v == 1;
    case GA_BECOMES_INFINITE: return isinf(*v);
    case GA_BECOMES_NAN: return isnan(*v);
    default: return *v == 0;
    }
}

static void
NUM(get)(mpfr_ptr r, const num *v)
{
    mpfr_set_d(r, (double)*v, MPFR_RNDN);
}
