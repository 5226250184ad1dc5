/* SPDX-License-Identifier: Apache-2.0 */
/* narrow.c -- see narrow.h */
#include "num/format.h"
#include "num/narrow.h"

/* What overflow gives; 0 if a double does not hold it. */
static double
over(ga_format f)
{
    return f.overflow == GA_TO_INFINITY ? (double)INFINITY : f.overflow == GA_TO_NAN ? (double)NAN
                                                           : ldexp(format_largest(f), f.emax);
}

static bool
goes_away(ga_format f)
{
    return f.rounding == GA_NEAREST_AWAY;
}

/* With libm's errors below a fifth: e^-a is above (5/4) 2^(emax+1) for a <= low, and below (4/5) 2^-bits for a >= high; then what
   it is rounded to is at most 2^-bits, and 1 and that are a tie or less. Where ties go away from zero, half of that: what it is
   rounded to is at most 2^(-bits-1), or 0 where that is below the least number. */
static double
low_end(ga_format f)
{
    return floor(-(f.emax + 1.33) * M_LN2);
}

static double
high_end(ga_format f)
{
    return ceil(((double)f.bits + goes_away(f) + 0.33) * M_LN2);
}

/* M for numbers of the last binade is 2^(emax + own bits - bits) times 1.5. */
static bool
is_plain(ga_format f, ga_format own)
{
    return !goes_away(f) && !f.one_zero && !f.flush && !f.flush_in && f.emax + own.bits - f.bits <= own.emax;
}

bool
narrow_in_floats(ga_format f)
{
    return format_rounds_to_nearest(f) && f.bits <= 11 && f.emin >= format_f32.emin && f.emax <= format_f32.emax;
}

/* M of 2^(103 + bits) is 1.5 2^127. */
static double
bounded(ga_format f)
{
    return narrow_in_floats(f) ? fmin(ldexp(format_largest(f), f.emax), ldexp(1, 103 + (int)f.bits)) : 0;
}

static double
exact(ga_format f)
{
    const int from = 2 * (int)f.bits - 150;
    return f.emin - (int)f.bits + 1 > from ? 0 : ldexp(1, from);
}

/* Of the products: what rounds to less than 2^emin is flushed as a result, or as an operand. A tie goes to 2^emin. */
static double
gone(ga_format f)
{
    return f.flush ? format_vanishes(&(bool){ false }, f) : f.flush_in ? ldexp(1, f.emin) - ldexp(1, f.emin - (int)f.bits) : 0;
}

narrow64
narrow64_of(ga_format f)
{
    const uint64_t one = 1, shift = (uint64_t)(53 - f.bits);
    bool itself;
    const double beyond = format_beyond(&itself, f);
    const double unit = ldexp(1, f.emin - (int)f.bits + 1);
    const bool away = goes_away(f);
    return (narrow64){ .shift = shift, .half = (one << (shift - 1)) - !away, .even = !away, .mask = ~((one << shift) - 1),
                       .tie = away ? unit / 2 : (double)INFINITY,
                       .least = ldexp(1, f.emin), .m = ldexp(1.5, f.emin - (int)f.bits + 1 + 52),
                       .tiny = f.flush ? format_vanishes(&(bool){ false }, f) : 0,
                       .beyond = itself ? beyond : nextafter(beyond, INFINITY), .over = over(f), .zero = f.one_zero ? 0.0 : -0.0,
                       .largest = ldexp(format_largest(f), f.emax), .plain = is_plain(f, format_f64),
                       .below = f.flush_in ? ldexp(1, f.emin) : 0, .low = low_end(f), .high = high_end(f),
                       .digits = format_digits(f), .unit = unit,
                       .per_power = ldexp(1.5, 53 - (int)f.bits), .step = ldexp(1, 1 - (int)f.bits) };
}

narrow32
narrow32_of(ga_format f)
{
    const uint32_t one = 1, shift = (uint32_t)(24 - f.bits);
    bool itself;
    const float beyond = (float)format_beyond(&itself, f);
    const float unit = ldexpf(1, f.emin - (int)f.bits + 1);
    const bool away = goes_away(f);
    return (narrow32){ .shift = shift, .half = (one << (shift - 1)) - !away, .even = !away, .mask = ~((one << shift) - 1),
                       .tie = away ? unit / 2 : INFINITY,
                       .least = ldexpf(1, f.emin), .m = ldexpf(1.5f, f.emin - (int)f.bits + 1 + 23),
                       .tiny = f.flush ? (float)format_vanishes(&(bool){ false }, f) : 0,
                       .beyond = itself ? beyond : nextafterf(beyond, INFINITY), .over = (float)over(f),
                       .zero = f.one_zero ? 0.0f : -0.0f, .largest = ldexpf((float)format_largest(f), f.emax),
                       .plain = is_plain(f, format_f32), .below = f.flush_in ? ldexpf(1, f.emin) : 0,
                       .unit = unit, .per_power = ldexpf(1.5f, 24 - (int)f.bits),
                       .low = (float)low_end(f), .high = (float)high_end(f),
                       .digits = format_digits(f), .bounded = (float)bounded(f), .exact = (float)exact(f),
                       .gone = (float)gone(f) };
}
