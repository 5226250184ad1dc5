/* SPDX-License-Identifier: Apache-2.0 */
/* format_round.c -- which of its two neighbours a number is rounded to; see format.h */
#include <stdlib.h>

#include "num/format.h"

format_cut
format_goes_up(const ga_format *f, int sign, bool odd, uint32_t draw)
{
    static const uint64_t one = UINT64_C(1) << 32;
    const format_cut never = { one, true }, always = { 0, false };
    switch (f->rounding) {
    case GA_NEAREST_EVEN:
        return (format_cut){ one / 2, odd };
    case GA_NEAREST_AWAY:
        return (format_cut){ one / 2, true };
    case GA_TOWARD_ZERO:
        return never;
    case GA_UP:
        return sign > 0 ? always : never;
    case GA_DOWN:
        return sign < 0 ? always : never;
    case GA_TO_ODD:
        return odd ? never : always;
    case GA_STOCHASTIC: /* draw < part, which has a probability of part, rounded up to 2^-32 */
        return (format_cut){ draw, false };
    }
    abort(); /* a new rounding */
}

bool
format_stops_at_largest(const ga_format *f, int sign)
{
    return f->overflow == GA_TO_LARGEST || f->rounding == GA_TOWARD_ZERO || f->rounding == GA_TO_ODD ||
           (f->rounding == GA_UP && sign < 0) || (f->rounding == GA_DOWN && sign > 0);
}

bool
format_rounds_to_nearest(ga_format f)
{
    return f.rounding == GA_NEAREST_EVEN || f.rounding == GA_NEAREST_AWAY;
}
