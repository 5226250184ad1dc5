/* SPDX-License-Identifier: Apache-2.0 */
/* finding.c -- see gradaudit/finding.h */
#include <math.h>

#include <gradaudit/finding.h>

const char *const ga_cell_names[GA_CELLS] = { "zero", "spurious", "lost", "below-range", "wrong-sign", "inaccurate", "right",
                                              "nonfinite", "undecided" };
const char *const ga_truth_row_names[GA_TRUTH_ROWS] = { "negative", "zero", "positive", "undecided" };
const char *const ga_computed_column_names[GA_COMPUTED_COLUMNS] = { "-infinite", "-normal", "-subnormal", "-0", "+0", "+subnormal",
                                                                    "+normal", "+infinite", "nan" };

/* The exponent of the least normal number, and of the least subnormal one; formats of MPFR have none. */
static bool
range(int64_t *normal, int64_t *least, ga_format format)
{
    *normal = format.kind == GA_FLOAT ? -126 : -1022;
    *least = *normal - (format.bits - 1);
    return format.kind == GA_FLOAT || format.kind == GA_DOUBLE;
}

/* Round to nearest, ties to even, gives 0 up to half the least subnormal, 2^(least-1), itself included. With the truth
   (m + t) 2^e, 1 <= |m| < 2, that is e < least - 1, or m = 1 and e = least - 1 and t <= 0; for a t so small that it could be
   the error of the reference, the truth may lie on either side. 1: rounds to 0; 0: does not; -1: not known. */
static int
rounds_to_zero(const ga_truth *truth, ga_format format)
{
    int64_t normal, least;
    if (!range(&normal, &least, format) || truth->exponent > least - 1)
        return 0;
    if (truth->exponent < least - 1)
        return 1;
    if (fabs(truth->mantissa) != 1)
        return 0;
    const double outward = truth->tail * truth->sign, slack = ldexp(1, -70);
    return outward > slack ? 0 : outward < -slack || truth->tail == 0 ? 1 : -1;
}

/* x 2^k, saturating: exponents are int64. */
static double
scale(double x, int64_t k)
{
    return ldexp(x, k > 5000 ? 5000 : k < -5000 ? -5000 : (int)k);
}

/* computed - truth in units of 2^truth.exponent. The first difference is exact where the numbers are within a factor of 2
   (Sterbenz); elsewhere its rounding is 2^-53 of a difference that is at least half the truth. */
static double
difference(const ga_number *computed, const ga_truth *truth)
{
    return scale(computed->mantissa, computed->exponent - truth->exponent) - truth->mantissa - truth->tail;
}

static void
set_errors(ga_finding *f, const ga_number *computed, const ga_truth *truth, ga_format format)
{
    int64_t normal, least;
    const bool zero = computed->klass == GA_ZERO;
    if (truth->state == GA_TRUE_ZERO)
        return;
    const double d = zero ? -truth->mantissa - truth->tail : difference(computed, truth);
    f->relative_error = fabs(d) / fabs(truth->mantissa + truth->tail);
    f->log10_ratio = zero ? -INFINITY
                          : log10(fabs(computed->mantissa)) - log10(fabs(truth->mantissa)) +
                                (double)(computed->exponent - truth->exponent) * 0.30102999566398119521;
    const int64_t ulp = (range(&normal, &least, format) && truth->exponent < normal ? normal : truth->exponent) - (format.bits - 1);
    f->ulp = scale(d, truth->exponent - ulp);
    f->ulp_slack = scale(ldexp(1, -78) + ldexp(fabs(d), -51), truth->exponent - ulp);
    if (isinf(d)) { /* a truth of less than 2^-1022 of the computed number, which is the difference to within its rounding */
        f->ulp = scale(computed->mantissa, computed->exponent - ulp);
        f->ulp_slack = isinf(f->ulp) ? 0 : ldexp(fabs(f->ulp), -51);
    }
}

static ga_cell
cell(const ga_number *computed, const ga_truth *truth, const ga_finding *f, ga_format format, double tolerance)
{
    const bool zero = computed->klass == GA_ZERO;
    if (truth->state == GA_UNDECIDED_ELEMENT)
        return GA_CELL_UNDECIDED;
    if (computed->klass == GA_INFINITE || computed->klass == GA_NAN)
        return GA_CELL_NONFINITE;
    if (truth->state == GA_TRUE_ZERO)
        return zero ? GA_CELL_ZERO : GA_CELL_SPURIOUS;
    if (zero) {
        const int below = rounds_to_zero(truth, format);
        return below < 0 ? GA_CELL_UNDECIDED : below ? GA_CELL_BELOW_RANGE : GA_CELL_LOST;
    }
    if (computed->sign != truth->sign)
        return GA_CELL_WRONG_SIGN;
    return f->relative_error > tolerance ? GA_CELL_INACCURATE : GA_CELL_RIGHT;
}

ga_finding
ga_find(const ga_number *computed, const ga_truth *truth, ga_format format, double tolerance)
{
    ga_finding f = { .ulp = NAN, .ulp_slack = 0, .relative_error = NAN, .log10_ratio = NAN };
    const bool finite = computed->klass != GA_INFINITE && computed->klass != GA_NAN;
    if (truth->state != GA_UNDECIDED_ELEMENT && finite)
        set_errors(&f, computed, truth, format);
    f.cell = cell(computed, truth, &f, format, tolerance);
    return f;
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

static size_t
ulp_bin(double ulp)
{
    int exponent;
    if (ulp <= 0.5)
        return 0;
    if (isinf(ulp))
        return GA_ULP_BINS - 1;
    const double mantissa = frexp(ulp, &exponent); /* ulp in (2^(exponent-1), 2^exponent], once powers of two step down */
    const int bin = exponent - (mantissa == 0.5) + 1;
    return bin < GA_ULP_BINS ? (size_t)bin : GA_ULP_BINS - 1;
}

void
ga_tally_add(ga_tally *tally, const ga_number *computed, const ga_truth *truth, const ga_finding *finding)
{
    const size_t row = truth->state == GA_UNDECIDED_ELEMENT ? 3 : truth->state == GA_TRUE_ZERO ? 1 : truth->sign < 0 ? 0 : 2;
    tally->elements++;
    tally->cell[finding->cell]++;
    tally->matrix[row][column(computed)]++;
    if (isnan(finding->ulp)) {
        tally->ulp_none++;
        return;
    }
    const double size = fabs(finding->ulp), slack = finding->ulp_slack;
    const size_t low = ulp_bin(size - slack), high = ulp_bin(size + slack);
    if (low == high)
        tally->ulp[low]++;
    else
        tally->ulp_undecided++;
}

void
ga_tally_merge(ga_tally *a, const ga_tally *b)
{
    a->elements += b->elements;
    for (size_t i = 0; i < GA_CELLS; i++)
        a->cell[i] += b->cell[i];
    for (size_t i = 0; i < GA_TRUTH_ROWS; i++)
        for (size_t j = 0; j < GA_COMPUTED_COLUMNS; j++)
            a->matrix[i][j] += b->matrix[i][j];
    for (size_t i = 0; i < GA_ULP_BINS; i++)
        a->ulp[i] += b->ulp[i];
    a->ulp_undecided += b->ulp_undecided;
    a->ulp_none += b->ulp_none;
}
