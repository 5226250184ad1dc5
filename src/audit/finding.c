/* SPDX-License-Identifier: Apache-2.0 */
/* finding.c -- see core/finding.h */
#include <math.h>

#include "core/finding.h"

#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/power.h"
#include "num/recipe.h"
#include "pass/truth.h"

const char *const ga_cell_names[GA_CELLS] = { "zero", "spurious", "lost", "below-range", "above-range", "wrong-sign",
                                              "inaccurate", "right", "nonfinite", "undecided" };
const char *const ga_truth_row_names[GA_TRUTH_ROWS] = { "negative", "zero", "positive", "undecided" };
const char *const ga_computed_column_names[GA_COMPUTED_COLUMNS] = { "-infinite", "-normal", "-subnormal", "-0", "+0", "+subnormal",
                                                                    "+normal", "+infinite", "nan" };

static bool
is_finite(const ga_number *a)
{
    return a->klass == GA_ZERO || a->klass == GA_SUBNORMAL || a->klass == GA_NORMAL;
}

/* Whether what is beyond the largest number becomes that one, with that sign. */
static bool
saturates(ga_format format, int sign)
{
    return format_has_range(format) && format_stops_at_largest(&format, sign);
}

/* One computed number and a decided non-zero truth, with their truth_difference. */
typedef struct {
    const ga_number *computed;
    const ga_truth *truth;
    ga_format format;
    double difference, slack;
    int64_t ulp; /* exponent of an ulp at the truth */
    bool binade; /* it is known; else 2^ulp is the smaller of two, and the other is twice as large unless it is the least subnormal
                  */
} pair;

/* The bin of a finite ulp that is no edge: it is in (2^(exponent-1), 2^exponent). */
static int
ulp_bin(double ulp)
{
    int exponent;
    frexp(ulp, &exponent);
    return ulp <= 0.5 ? 0 : exponent + 1 < GA_ULP_BINS ? exponent + 1 : GA_ULP_BINS - 1;
}

/* The bin by its upper edges: bin i ends with 2^(i-1) ulp, each 2^ulp. */
static int
exact_ulp_bin(const pair *p, int64_t ulp)
{
    for (int i = 0; i + 1 < GA_ULP_BINS; i++) {
        const truth_side side = truth_distance(p->truth, p->computed, ulp + i - 1);
        if (side != TRUTH_ABOVE)
            return side == TRUTH_OPEN ? GA_ULP_OPEN : i;
    }
    return GA_ULP_BINS - 1;
}

/* If times_power makes a difference subnormal, or 0, it is below 2^-1000 ulp. */
static void
set_ulp(ga_finding *f, const pair *p)
{
    if (!p->binade) {
        const int less = exact_ulp_bin(p, p->ulp);
        f->ulp_bin = less == exact_ulp_bin(p, p->ulp + 1) ? less : GA_ULP_OPEN;
        return;
    }
    const int64_t k = p->truth->exponent - p->ulp;
    f->ulp = times_power(p->difference, k);
    f->ulp_slack = times_power(p->slack, k) + 0x1p-1000;
    if (isinf(p->slack)) {
        const bool computed = p->computed->exponent > p->truth->exponent;
        f->ulp = computed ? times_power(p->computed->mantissa, p->computed->exponent - p->ulp)
                          : times_power(-p->truth->mantissa, k);
        f->ulp_slack = isinf(f->ulp) ? 0 : ldexp(fabs(f->ulp), -51) + 0x1p-1000;
    }
    if (isinf(f->ulp)) {
        f->ulp_bin = GA_ULP_BINS - 1;
        return;
    }
    const double size = fabs(f->ulp); /* the exact quotient lies strictly between these, of which neither is infinite */
    const int low = ulp_bin(nextafter(size - f->ulp_slack, 0)), high = ulp_bin(nextafter(size + f->ulp_slack, INFINITY));
    f->ulp_bin = low == high ? low : exact_ulp_bin(p, p->ulp);
}

static void
set_errors(ga_finding *f, const pair *p)
{
    const ga_truth *t = p->truth;
    const ga_number *c = p->computed;
    const bool zero = c->klass == GA_ZERO;
    f->relative_error = zero ? 1 : isinf(p->slack) ? fabs(times_power(c->mantissa, c->exponent - t->exponent) / t->mantissa - 1)
                                                   : fabs(p->difference) / fabs(t->mantissa);
    f->log10_ratio = zero ? -INFINITY
                          : log10(fabs(c->mantissa)) - log10(fabs(t->mantissa)) +
                                (double)(c->exponent - t->exponent) * 0.30102999566398119521;
    set_ulp(f, p);
}

/* Off by more than one ulp; if the binade is open, by that of either. */
static truth_side
beyond_ulp(const pair *p)
{
    const truth_side less = truth_distance(p->truth, p->computed, p->ulp);
    const truth_side more = p->binade ? less : truth_distance(p->truth, p->computed, p->ulp + 1);
    return less == TRUTH_OPEN || more == TRUTH_OPEN || (less == TRUTH_ABOVE) != (more == TRUTH_ABOVE) ? TRUTH_OPEN : less;
}

static ga_cell
infinite_cell(const ga_number *computed, const ga_truth *truth, ga_format format)
{
    const truth_side rounds = saturates(format, signbit(computed->mantissa) ? -1 : 1)
                                  ? TRUTH_BELOW : truth_rounds_beyond(truth, format, computed->draw);
    const bool sign = truth->state != GA_TRUE_NONZERO || signbit(computed->mantissa) == (truth->sign < 0);
    if (truth->state == GA_TRUE_ZERO || !sign || rounds == TRUTH_BELOW)
        return GA_CELL_NONFINITE;
    return truth->state == GA_TRUE_NONZERO && rounds == TRUTH_AT ? GA_CELL_ABOVE_RANGE : GA_CELL_UNDECIDED;
}

/* The largest number, where that is what results beyond it become. */
static bool
is_saturated(const ga_number *computed, ga_format format)
{
    return saturates(format, computed->sign) && mpfr_is_largest(computed, &format);
}

/* For a non-zero truth and a finite number. */
static ga_cell
finite_cell(const pair *p, double tolerance)
{
    if (p->computed->klass == GA_ZERO) {
        const truth_side rounds = truth_rounds_to_zero(p->truth, p->format, p->computed->draw);
        return rounds == TRUTH_OPEN ? GA_CELL_UNDECIDED : rounds == TRUTH_AT ? GA_CELL_BELOW_RANGE : GA_CELL_LOST;
    }
    if (p->computed->sign != p->truth->sign)
        return GA_CELL_WRONG_SIGN;
    if (is_saturated(p->computed, p->format)) {
        const truth_side rounds = truth_rounds_beyond(p->truth, p->format, p->computed->draw);
        if (rounds == TRUTH_AT || rounds == TRUTH_OPEN)
            return rounds == TRUTH_AT ? GA_CELL_ABOVE_RANGE : GA_CELL_UNDECIDED;
    }
    const truth_side error = truth_relative_error(p->truth, p->computed, tolerance);
    if (error == TRUTH_BELOW || error == TRUTH_AT)
        return GA_CELL_RIGHT;
    const truth_side ulps = beyond_ulp(p);
    if (ulps == TRUTH_BELOW || ulps == TRUTH_AT)
        return GA_CELL_RIGHT;
    return error == TRUTH_ABOVE && ulps == TRUTH_ABOVE ? GA_CELL_INACCURATE : GA_CELL_UNDECIDED;
}

/* A computed number and a truth against a format's rounding. */
static ga_finding
find(const ga_number *computed, const ga_truth *truth, ga_format format, double tolerance)
{
    ga_finding f = { .ulp = NAN, .ulp_bin = GA_ULP_NONE, .relative_error = NAN, .log10_ratio = NAN };
    pair p = { .computed = computed, .truth = truth, .format = format };
    if (computed->klass == GA_INFINITE)
        f.cell = infinite_cell(computed, truth, format);
    else if (!is_finite(computed))
        f.cell = GA_CELL_NONFINITE;
    else if (truth->state == GA_UNDECIDED_ELEMENT)
        f.cell = GA_CELL_UNDECIDED;
    else if (truth->state == GA_TRUE_ZERO)
        f.cell = computed->klass == GA_ZERO ? GA_CELL_ZERO : GA_CELL_SPURIOUS;
    else {
        int64_t binade;
        p.binade = truth_binade(&binade, truth);
        if (!p.binade) /* the mantissa is a power of two, and the truth may be less */
            binade = truth->exponent - 1;
        p.ulp = format_ulp_exponent(format, binade);
        p.binade = p.binade || format_ulp_exponent(format, binade + 1) == p.ulp;
        truth_difference(&p.difference, &p.slack, truth, computed);
        set_errors(&f, &p);
        f.cell = finite_cell(&p, tolerance);
    }
    return f;
}

/* With a recipe: at the last store that can lose the element, where both are multiplied by a power of two. */
ga_finding
ga_find(const ga_number *computed, const ga_truth *truth, ga_format format, double tolerance)
{
    int scale;
    const ga_format last = recipe_last(&scale, format);
    const ga_truth t = truth_scaled(truth, scale);
    ga_number c = *computed;
    if (c.klass == GA_NORMAL || c.klass == GA_SUBNORMAL)
        c.exponent += scale;
    return find(&c, &t, last, tolerance);
}

static size_t
column(const ga_number *c)
{
    const bool negative = signbit(c->mantissa);
    switch (c->klass) {
    case GA_INFINITE:
        return negative ? 0 : 7;
    case GA_NORMAL:
        return negative ? 1 : 6;
    case GA_SUBNORMAL:
        return negative ? 2 : 5;
    case GA_ZERO:
        return negative ? 3 : 4;
    case GA_NAN:
    case GA_UNKNOWN: /* no computed number is */
        break;
    }
    return 8;
}

void
ga_tally_add(ga_tally *tally, const ga_number *computed, const ga_truth *truth, const ga_finding *finding)
{
    const size_t row = truth->state == GA_UNDECIDED_ELEMENT ? 3 : truth->state == GA_TRUE_ZERO ? 1 : truth->sign < 0 ? 0 : 2;
    tally->elements++;
    tally->cell[finding->cell]++;
    tally->undecided_known += finding->cell == GA_CELL_UNDECIDED && truth->state != GA_UNDECIDED_ELEMENT;
    tally->matrix[row][column(computed)]++;
    if (finding->ulp_bin >= 0)
        tally->ulp[finding->ulp_bin]++;
    else
        (*(finding->ulp_bin == GA_ULP_OPEN ? &tally->ulp_undecided : &tally->ulp_none))++;
}

void
ga_tally_merge(ga_tally *a, const ga_tally *b)
{
    uint64_t *const to = (uint64_t *)a;
    for (size_t i = 0; i < sizeof *a / sizeof *to; i++)
        to[i] += ((const uint64_t *)b)[i];
}
