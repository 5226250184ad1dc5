/* SPDX-License-Identifier: Apache-2.0 */
/* format_last.c -- what audits ask of a format, or of the last one that a recipe stores in; see format.h */
#include <math.h>

#include "num/recipe.h"

/* A ga_number holds what a pass computed. */
static bool
rounds_as_audits_know(ga_format f)
{
    return f.bits <= GA_NUMBER_BITS;
}

static bool
is_known_to_audits(ga_format f)
{
    int scale;
    return rounds_as_audits_know(f) && rounds_as_audits_know(recipe_last(&scale, f));
}

bool
format_is_audited(ga_format f)
{
    return format_find(f)->audited && is_known_to_audits(f);
}

bool
format_has_origins(ga_format f)
{
    return format_find(f)->origins && is_known_to_audits(f);
}

/* For the element as it is without the loss scale. */
void
format_band(double band[2], ga_format f)
{
    int scale;
    format_plain_band(band, recipe_last(&scale, f));
    band[0] -= scale * log10(2);
    band[1] -= scale * log10(2);
}
