/* SPDX-License-Identifier: Apache-2.0 */
/* narrow_all.c -- see narrow_all.h. The rules are copied, so that a vector may read them whatever a condition says. */
#include "num/clones.h"
#include "num/format.h"
#include "num/narrow_all.h"

bool
narrow_has_floats(ga_format f)
{
    return (format_rounds_to_nearest(f) || f.rounding == GA_TOWARD_ZERO) && !f.flush && !f.flush_in && f.bits <= 22 &&
           f.emin >= format_f32.emin && f.emax <= format_f32.emax;
}

/* Of x = from times a power of two, which may have overflowed. The nearest multiple of the least number is the one below, or the
   one above. */
static inline float
float_toward_zero(float x, float from, const narrow32 *n)
{
    const float size = fabsf(x), near = (size + n->m) - n->m, low = near > size ? near - n->unit : near;
    uint32_t code;
    float r;
    memcpy(&code, &size, sizeof code);
    code &= n->mask;
    memcpy(&r, &code, sizeof r);
    r = size < n->least ? low : r;
    r = r > n->largest ? n->largest : r;
    r = size < INFINITY ? r : isinf(from) ? n->over : n->largest; /* infinite: as if to nearest */
    return x == x ? copysignf(r, x) + n->zero : (float)NAN;
}

CLONES void
narrow_floats(float *to, const float *from, size_t n, const narrow32 *r, ga_rounding rounding, float up, float down)
{
    const narrow32 rules = *r;
    if (rounding == GA_TOWARD_ZERO)
#pragma omp simd
        for (size_t i = 0; i < n; i++)
            to[i] = float_toward_zero(from[i] * up, from[i], &rules) * down;
    else
#pragma omp simd
        for (size_t i = 0; i < n; i++)
            to[i] = narrow_float(from[i] * up, &rules) * down;
}
