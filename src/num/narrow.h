/* SPDX-License-Identifier: Apache-2.0 */
/* narrow.h -- one rounding of a float or double to a format of fewer bits whose numbers the C type holds: to nearest, ties to even
   or away from zero. NaN stays NaN, the usual one.

   From 2^emin on a number keeps the first bits of its significand. As an unsigned integer its code is rounded by adding half a unit
   of the last bit that stays, less one if ties go to even and that bit is 0, and cutting off what follows: a carry goes into the
   exponent. Below 2^emin the format's numbers are multiples of u = 2^(emin-bits+1). Let M = 1.5 2^k with the k for which u is an
   ulp of the C type at M: |x| is below M/2, so that |x| + M is rounded, once and to nearest, to a multiple of u, and subtracting M
   is exact; M is an even multiple of u, so that ties go to even. How far |x| is above that is exact; if it is u/2, and ties go
   away, u is added. There are no branches, so that compilers make vectors of it. */
#ifndef NUM_NARROW_H
#define NUM_NARROW_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/gradient.h"

#include "num/guard.h"

enum { NARROW_MOST_BITS = 51 /* of narrow_double; of narrow_float 22 */ };

/* The format as these functions need it. */
typedef struct {
    uint32_t shift, half, even, mask; /* bits that go; what is added: half, and the last bit that stays if even is 1, not 0 */
    float least, m;                  /* 2^emin, M */
    float tie;                       /* u/2 if ties go away from zero, else infinite: no number is so far from its rounding */
    float tiny;                      /* results below become 0; 0: none */
    float beyond, over;              /* results from here on overflow, and become this or its negative */
    float zero;                      /* +0 if there is no -0, else -0: x + zero is x */
    float largest;
    bool plain;                      /* to even, there is -0, nothing is flushed, and so on (narrow_float_plain) */
    float below;                     /* operands below count as 0; 0: none */
    float unit, per_power;           /* the least number; M of x >= 2^emin is so many times the power of two of x */
    float low, high;                 /* 1 + e^-a overflows for a <= low and is 1 for a >= high */
    int digits;
    float bounded, exact;            /* of narrow_float_product; bounded 0: not for this format */
    float gone;                      /* products below become 0, or count as 0 in their sum; 0: none */
} narrow32;
typedef struct {
    uint64_t shift, half, even, mask;
    double least, m, tie, tiny, beyond, over, zero, largest, below, low, high;
    bool plain;
    int digits;
    double unit, step, per_power; /* the least number; an ulp of 1; as above */
} narrow64;

/* Of a format with a range; of one that does not round to nearest, as if it did, to even. narrow32_of: of at most 22 bits, emin and
   emax within float's. narrow64_of: at most NARROW_MOST_BITS, within double's. (Numbers from 2^emin on have to be normal in the C
   type: others have fewer bits.) */
narrow32 narrow32_of(ga_format f);
narrow64 narrow64_of(ga_format f);

/* Whether the format's numbers are floats of at most 11 bits, rounded to nearest: float computes its sums, and products of a
   certain size. */
bool narrow_in_floats(ga_format f);

/* size >= 0 rounded to the format's bits or multiples of its least number, with all exponents above. */
static inline float
narrow_float_size(float size, const narrow32 *n)
{
    const float near = (size + n->m) - n->m, low = size - near == n->tie ? near + n->unit : near;
    uint32_t code;
    float r;
    memcpy(&code, &size, sizeof code);
    code = (code + n->half + (code >> n->shift & n->even)) & n->mask;
    memcpy(&r, &code, sizeof r);
    return size < n->least ? low : r;
}

static inline float
narrow_float(float x, const narrow32 *n)
{
    const float size = fabsf(x);
    float r = narrow_float_size(size, n);
    r = size < n->tiny ? 0 : r;
    r = size < n->beyond ? r : n->over;
    r = copysignf(r, x) + n->zero;
    return x == x ? r : (float)NAN;
}

static inline double
narrow_double_size(double size, const narrow64 *n)
{
    const double near = (size + n->m) - n->m, low = size - near == n->tie ? near + n->unit : near;
    uint64_t code;
    double r;
    memcpy(&code, &size, sizeof code);
    code = (code + n->half + (code >> n->shift & n->even)) & n->mask;
    memcpy(&r, &code, sizeof r);
    return size < n->least ? low : r;
}

static inline double
narrow_double(double x, const narrow64 *n)
{
    const double size = fabs(x);
    double r = narrow_double_size(size, n);
    r = size < n->tiny ? 0 : r;
    r = size < n->beyond ? r : n->over;
    r = copysign(r, x) + n->zero;
    return x == x ? r : (double)NAN;
}

/* Likewise toward zero; the format flushes nothing. size/u, u an ulp of the format at size, is exact, and below 2^bits. */
static inline double
narrow_double_toward_zero(double x, const narrow64 *n)
{
    const double size = fabs(x);
    uint64_t code;
    double u;
    if (!(size < (double)INFINITY))
        return x == x ? copysign(n->over, x) + n->zero : (double)NAN;
    memcpy(&code, &size, sizeof code);
    code &= UINT64_C(0x7ff) << 52;
    memcpy(&u, &code, sizeof u);
    u = size < n->least ? n->unit : u * n->step;
    const double r = floor(size / u) * u;
    return copysign(r > n->largest ? n->largest : r, x) + n->zero;
}

/* The largest power of two up to |x|; 0 below float's least normal number. */
static inline float
narrow_float_power(float x)
{
    uint32_t code;
    float power;
    memcpy(&code, &x, sizeof code);
    code &= UINT32_C(0x7f800000);
    memcpy(&power, &code, sizeof power);
    return power;
}

/* The same of a plain format, for a result of operands that are numbers of it, and so have no NaN but the usual one. M for |x| >=
   2^emin is 1.5 2^k with the k for which an ulp of the format at x is an ulp of the C type at M, the larger of that and the M above
   for all x; it is infinite for an infinite x, which overflows, and else must be finite for all x that do not. x + M has the sign
   of M, and x's is put back. */
static inline float
narrow_float_plain(float x, const narrow32 *n)
{
    uint32_t code, rounded;
    float m = narrow_float_power(x) * n->per_power, r;
    m = m > n->m ? m : n->m;
    r = (x + m) - m;
    r = fabsf(x) >= n->beyond ? n->over : r;
    memcpy(&code, &x, sizeof code);
    memcpy(&rounded, &r, sizeof rounded);
    rounded |= code & UINT32_C(0x80000000);
    memcpy(&r, &rounded, sizeof r);
    return r;
}

static inline double
narrow_double_plain(double x, const narrow64 *n)
{
    uint64_t code, power, rounded;
    double m, r;
    memcpy(&code, &x, sizeof code);
    power = code & UINT64_C(0x7ff0000000000000);
    memcpy(&m, &power, sizeof m);
    m *= n->per_power;
    m = m > n->m ? m : n->m;
    r = (x + m) - m;
    r = fabs(x) >= n->beyond ? n->over : r;
    memcpy(&rounded, &r, sizeof rounded);
    rounded |= code & UINT64_C(0x8000000000000000);
    memcpy(&r, &rounded, sizeof r);
    return r;
}

/* x = a b in float, for numbers a and b of a format of at most 11 bits with |x| <= bounded, and 0 or at least exact: it is exact
   (num/nar32.h), does not overflow once rounded, and M is finite. The rounded number; if that is 0, perhaps of the other sign.
   away is n->even == 0. */
static inline float
narrow_float_product(float x, bool away, const narrow32 *n)
{
    if (away)
        return copysignf(narrow_float_size(fabsf(x), n), x);
    const float m = narrow_float_power(x) * n->per_power, above = m > n->m ? m : n->m;
    return (x + above) - above;
}

/* x = s + r in float, for numbers of it with |x| <= bounded, s not -0: the rounded number, which is not -0 either. Below 2^emin
   s + r is a multiple of the least number, a number of the format itself, and with the M of its own power of two it stays as it is;
   it has no bits that go. A sum is -0 only if both are; nothing else becomes 0. */
static inline float
narrow_float_sum(float x, bool away, const narrow32 *n)
{
    if (away) {
        uint32_t code;
        memcpy(&code, &x, sizeof code);
        code = (code + n->half) & n->mask;
        memcpy(&x, &code, sizeof x);
        return x;
    }
    const float m = narrow_float_power(x) * n->per_power;
    return (x + m) - m;
}

/* The same where small numbers are flushed, as results or as operands, which a and b are already: as an operand of its sum, and of
   the right sign. */
static inline float
narrow_float_product_flushed(float x, bool away, const narrow32 *n)
{
    const float r = narrow_float_product(x, away, n);
    return fabsf(x) < n->gone ? copysignf(0, x) : r;
}

/* An operand. */
static inline float
narrow_float_in(float x, const narrow32 *n)
{
    return fabsf(x) < n->below ? copysignf(0, x) : x;
}

static inline double
narrow_double_in(double x, const narrow64 *n)
{
    return fabs(x) < n->below ? copysign(0, x) : x;
}

#endif
