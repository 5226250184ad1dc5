/* SPDX-License-Identifier: Apache-2.0 */
/* format.c -- see format.h */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "num/format.h"
#include "num/frozen.h"

static const format_arithmetic rows[] = {
#define ARITHMETIC(kind, suffix, ...) [kind] = { __VA_ARGS__ },
#include "num/formats.def"
};
_Static_assert(sizeof rows / sizeof *rows == N_ARITHMETICS, "one row for each of ga_format_kind, from 0 on");

#define FORMAT(id, ...) const ga_format format_##id = { FORMAT_OF(id) };
#include "num/formats.def"

static const char *const overflows[] = { [GA_TO_INFINITY] = "inf", [GA_TO_LARGEST] = "saturate", [GA_TO_NAN] = "nan" };
static const char *const roundings[] = { [GA_NEAREST_EVEN] = "nearest-even", [GA_NEAREST_AWAY] = "nearest-away",
                                         [GA_TOWARD_ZERO] = "toward-zero", [GA_UP] = "up", [GA_DOWN] = "down", [GA_TO_ODD] = "odd",
                                         [GA_STOCHASTIC] = "stochastic" };
const word_list format_overflows = WORD_LIST("overflow", overflows), format_roundings = WORD_LIST("rounding", roundings);

/* In the order of formats.def, which is that of words. */
static const struct {
    ga_format f;
    double band[2]; /* {0}: computed */
} values[] = {
#define FORMAT(id, kind, name, bits, emin, emax, gap, overflow, one_zero, ...) { { FORMAT_OF(id) }, { __VA_ARGS__ } },
#include "num/formats.def"
};

static const format_arithmetic none;

const format_arithmetic *
format_find(ga_format f)
{
    return format_is_known(f) ? rows + f.kind : &none;
}

bool
format_is_known(ga_format f)
{
    return (size_t)f.kind < N_ARITHMETICS;
}

ga_format
format_named(size_t i)
{
    return values[i].f;
}

static bool
same_recipe(const ga_precision_recipe *r, const ga_precision_recipe *s)
{
    bool same = r->row == s->row && r->rounding == s->rounding && r->overflow == s->overflow && r->loss_scale == s->loss_scale &&
                r->scaling == s->scaling && r->rule == s->rule && r->elementwise == s->elementwise && r->batch == s->batch &&
                r->each == s->each && frozen_equal(r->frozen, s->frozen);
    for (int class = 0; class < GA_CLASSES; class++)
        same = same && r->stored[class] == s->stored[class] && r->operand[class] == s->operand[class];
    return same;
}

bool
format_equal(ga_format f, ga_format g)
{
    return f.kind == g.kind && f.bits == g.bits && f.emin == g.emin && f.emax == g.emax && f.gap == g.gap &&
           f.overflow == g.overflow && f.rounding == g.rounding && f.flush == g.flush && f.flush_in == g.flush_in &&
           f.one_zero == g.one_zero && f.seed == g.seed && f.reference_bits == g.reference_bits && f.digits == g.digits &&
           f.signs == g.signs && same_recipe(&f.recipe, &g.recipe);
}

bool
format_is_reference(ga_format f)
{
    return format_find(f)->reference;
}

bool
format_any_precision(ga_format f)
{
    return format_find(f)->any_precision;
}

bool
format_has_range(ga_format f)
{
    return f.gap > 0 && format_is_known(f) && !format_any_precision(f);
}

bool
format_has_thresholds(ga_format f)
{
    return format_has_range(f) && f.recipe.row == 0;
}

int64_t
format_emin(ga_format f)
{
    return f.emin;
}

int64_t
format_least_exponent(ga_format f)
{
    return f.flush ? f.emin : f.emin - (f.bits - 1);
}

int64_t
format_emax(ga_format f)
{
    return f.emax;
}

int64_t
format_ulp_exponent(ga_format f, int64_t binade)
{
    return (format_has_range(f) && binade < f.emin ? f.emin : binade) - (f.bits - 1);
}

ga_product
format_product(ga_format f)
{
    return format_find(f)->product;
}

bool
format_has_product(ga_format f, ga_product product)
{
    return (unsigned)product < 8 * sizeof(unsigned) && (format_find(f)->products & FORMAT_PRODUCT(product)) != 0;
}

double
format_largest(ga_format f)
{
    return 2 - ldexp((double)f.gap, 1 - (int)f.bits);
}

int
format_digits(ga_format f)
{
    return format_has_range(f) ? (int)ceil(1 + (double)f.bits * log10(2)) : 0;
}

void
format_plain_band(double band[2], ga_format f)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (values[i].band[0] != 0 && values[i].f.kind == f.kind && values[i].f.bits == f.bits && values[i].f.emin == f.emin &&
            values[i].f.emax == f.emax && !f.flush && f.gap == 1) {
            band[0] = values[i].band[0];
            band[1] = values[i].band[1];
            return;
        }
    band[0] = (double)(format_least_exponent(f) - 1) * log10(2);
    band[1] = log10(format_largest(f)) + (double)f.emax * log10(2);
}

/* Whether all numbers of f are numbers of g. */
static bool
is_within(ga_format f, ga_format g)
{
    return f.bits <= g.bits && f.emax <= g.emax && f.emin - f.bits >= g.emin - g.bits;
}

bool
format_dtype(ga_dtype *dtype, ga_format f)
{
    if (!format_has_range(f) || !is_within(f, format_f64))
        return false;
    *dtype = is_within(f, format_f32) ? GA_F32 : GA_F64;
    return true;
}

ga_format
format_of_dtype(ga_dtype dtype)
{
    return dtype == GA_F32 ? (ga_format){ FORMAT_OF(f32) } : (ga_format){ FORMAT_OF(f64) };
}

/* A format without a range has all exponents, and rounds what enters a pass to no fewer bits than a model has. */
bool
format_holds(ga_format f, ga_dtype dtype)
{
    const ga_format own = format_of_dtype(dtype);
    if (!format_is_known(f))
        return false;
    return !format_has_range(f) || (f.bits >= own.bits && f.emin <= own.emin && f.emax >= own.emax && !f.flush && !f.flush_in &&
                                    !f.one_zero);
}

bool
format_admits(ga_format f, ga_dtype dtype)
{
    return format_find(f)->rounds_model || format_holds(f, dtype);
}

/* The tie between the largest number, n units, and n + 1: it is one unit below 2^(emax+1) less gap and a half. Ties go to even. */
double
format_beyond(bool *itself, ga_format f)
{
    *itself = f.rounding == GA_NEAREST_AWAY || f.gap % 2 != 0;
    return ldexp(2 - ldexp((double)(2 * f.gap - 1), -(int)f.bits), f.emax);
}

double
format_vanishes(bool *itself, ga_format f)
{
    *itself = !f.flush && f.rounding == GA_NEAREST_EVEN;
    return f.flush ? ldexp(1 - ldexp(1, -(int)f.bits - 1), f.emin) : ldexp(1, (int)format_least_exponent(f) - 1);
}

/* The first of a property. */
static ga_format
first(bool (*has)(ga_format f))
{
    size_t i = 0;
    while (i + 1 < N_FORMATS && !has(values[i].f))
        i++;
    return values[i].f;
}

ga_format
format_of_reference(void)
{
    ga_format f = first(format_is_reference);
    f.reference_bits = GA_REFERENCE_BITS;
    return f;
}

ga_format
format_with_bits(ga_format f, long bits, bool own_range)
{
    ga_format wide = first(format_any_precision);
    wide.bits = bits;
    wide.recipe = f.recipe;
    if (own_range) {
        wide.kind = GA_LIMITED;
        wide.emin = (int)(format_least_exponent(f) + bits - 1); /* so that its least number is that of f */
        wide.emax = f.emax;
        wide.gap = 1;
    }
    return wide;
}

/* See num/nar32.h and num/nar64.h for the conditions. */
void
format_settle(ga_format *f)
{
    const int64_t least = f->emin - (f->bits - 1);
    if (!format_has_range(*f))
        return;
    for (size_t i = 0; i < 2; i++) {
        const ga_format own = i == 0 ? format_f32 : format_f64;
        f->kind = own.kind;
        if (format_equal(*f, own))
            return;
    }
    f->kind = GA_EMULATED;
    if (format_rounds_to_nearest(*f) && f->bits <= 11 && f->emin >= format_f32.emin && least >= 2 * f->bits - 149 &&
        f->emax <= format_f32.emax)
        f->kind = GA_NARROW32;
    else if (format_rounds_to_nearest(*f) && f->bits <= 25 && 2 * least >= -1074 && f->emax <= 1000)
        f->kind = GA_NARROW64;
}
