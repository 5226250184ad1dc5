/* SPDX-License-Identifier: Apache-2.0 */
/* compare.c -- see audit/compare.h */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit/compare.h"

static bool
is_finite(const ga_number *a)
{
    return a->klass == GA_ZERO || a->klass == GA_SUBNORMAL || a->klass == GA_NORMAL;
}

/* ---- angle ------------------------------------------------------------------------------------------------------ */

/* The largest exponent of a non-zero element. False if there is none, or an element is not finite. */
static bool
largest_exponent(int64_t *largest, const ga_number *a, size_t n)
{
    bool any = false;
    *largest = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_finite(a + i))
            return false;
        if (a[i].klass != GA_ZERO && (!any || a[i].exponent > *largest)) {
            *largest = a[i].exponent;
            any = true;
        }
    }
    return any;
}

/* a 2^-largest, or 0 if that is below 2^-400. */
static double
scaled(const ga_number *a, int64_t largest)
{
    const uint64_t down = (uint64_t)largest - (uint64_t)a->exponent;
    return a->klass == GA_ZERO || down > 400 ? 0 : ldexp(a->mantissa, -(int)down);
}

/* Dot2: high is the rounded sum; low adds up what each product and each sum lost, which TwoProduct (one fma) and TwoSum (Knuth)
   give exactly. */
typedef struct {
    double high, low;
} dot2;

static void
dot2_add(dot2 *s, double x, double y)
{
    const double product = x * y, product_lost = fma(x, y, -product);
    const double sum = s->high + product, back = sum - s->high;
    const double sum_lost = (s->high - (sum - back)) + (product - back);
    s->high = sum;
    s->low += sum_lost + product_lost;
}

double
compare_cosine(const ga_number *a, const ga_number *b, size_t n)
{
    int64_t largest_a, largest_b;
    if (!largest_exponent(&largest_a, a, n) || !largest_exponent(&largest_b, b, n))
        return NAN;
    dot2 ab = { 0 }, aa = { 0 }, bb = { 0 };
    for (size_t i = 0; i < n; i++) {
        const double x = scaled(a + i, largest_a), y = scaled(b + i, largest_b);
        dot2_add(&ab, x, y);
        dot2_add(&aa, x, x);
        dot2_add(&bb, y, y);
    }
    const double cosine = (ab.high + ab.low) / sqrt((aa.high + aa.low) * (bb.high + bb.low));
    return cosine < -1 ? -1 : cosine > 1 ? 1 : cosine;
}

/* ---- order ------------------------------------------------------------------------------------------------------ */

ga_truth
compare_point(const ga_number *a)
{
    if (a->klass == GA_ZERO)
        return (ga_truth){ .state = GA_TRUE_ZERO };
    if (a->klass != GA_NORMAL && a->klass != GA_SUBNORMAL)
        return (ga_truth){ .state = GA_UNDECIDED_ELEMENT, .bound = INT64_MAX };
    return (ga_truth){ .state = GA_TRUE_NONZERO, .sign = a->sign, .mantissa = a->mantissa, .exponent = a->exponent };
}

static int
by_a(const void *x, const void *y)
{
    return truth_sort(((const compare_pair *)x)->truth[0], ((const compare_pair *)y)->truth[0]);
}

static int
by_b(const void *x, const void *y)
{
    return truth_sort(((const compare_pair *)x)->truth[1], ((const compare_pair *)y)->truth[1]);
}

/* Sorts by one side and sets its ranks, 2 rank - (n + 1): places first, …, last-1, counted from 0, share the rank (first + 1 +
   last)/2. False if neighbours are neither proved to be equal nor in this order. */
static bool
set_ranks(compare_pair *pair, size_t n, int side)
{
    qsort(pair, n, sizeof *pair, side == 0 ? by_a : by_b);
    for (size_t first = 0, last; first < n; first = last) {
        truth_side order = TRUTH_AT;
        for (last = first + 1; last < n && order == TRUTH_AT; last += order == TRUTH_AT)
            order = pair[last - 1].twin[side] == pair[last].twin[side]
                        ? TRUTH_AT : truth_order(pair[last - 1].truth[side], pair[last].truth[side]);
        if (order != TRUTH_AT && order != TRUTH_BELOW)
            return false;
        for (size_t i = first; i < last; i++)
            pair[i].rank[side] = (int64_t)(first + last) - (int64_t)n;
    }
    return true;
}

bool
compare_is_ordered(const ga_truth *a, const size_t *twin, size_t n, compare_pair *work)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i].state == GA_UNDECIDED_ELEMENT)
            return true;
        work[i] = (compare_pair){ .truth = { a + i, a + i }, .twin = { twin != NULL ? twin[i] : i, i } };
    }
    return set_ranks(work, n, 0);
}

double
compare_rank(const ga_truth *a, const size_t *twin_a, const ga_truth *b, const size_t *twin_b, size_t n, compare_pair *work)
{
    assert(n <= (size_t)1 << 20);
    for (size_t i = 0; i < n; i++) {
        if (a[i].state == GA_UNDECIDED_ELEMENT || b[i].state == GA_UNDECIDED_ELEMENT)
            return NAN;
        work[i] =
            (compare_pair){ .truth = { a + i, b + i }, .twin = { twin_a != NULL ? twin_a[i] : i, twin_b != NULL ? twin_b[i] : i } };
    }
    if (!set_ranks(work, n, 0) || !set_ranks(work, n, 1))
        return NAN;
    int64_t ab = 0, aa = 0, bb = 0; /* whatever the order of the pairs */
    for (size_t i = 0; i < n; i++) {
        ab += work[i].rank[0] * work[i].rank[1];
        aa += work[i].rank[0] * work[i].rank[0];
        bb += work[i].rank[1] * work[i].rank[1];
    }
    if (aa == 0 || bb == 0)
        return NAN;
    const double rho = (double)ab / sqrt((double)((unsigned __int128)aa * (unsigned __int128)bb));
    return rho < -1 ? -1 : rho > 1 ? 1 : rho;
}

/* ---- ratio ------------------------------------------------------------------------------------------------------ */

/* The edges below 1; from there they are 1, 2, …, 40. */
static const double fine_edge[] = { 1e-12, 1e-9, 1e-6, 1e-3, 0.1 };
enum { FINE = sizeof fine_edge / sizeof *fine_edge };
_Static_assert(FINE + 40 == COMPARE_LOG_EDGES, "edges up to 40 decades");

size_t
compare_log_bin(double r)
{
    if (isnan(r))
        return COMPARE_LOG_NONE;
    if (r == -INFINITY)
        return COMPARE_LOG_ZERO;
    const double size = fabs(r);
    size_t edges = 0; /* at or below size */
    if (size >= 1)
        edges = FINE + (size < 40 ? (size_t)size : 40);
    else
        while (edges < FINE && size >= fine_edge[edges])
            edges++;
    return r < 0 ? COMPARE_LOG_MIDDLE - edges : COMPARE_LOG_MIDDLE + edges;
}

/* The k-th edge from the middle up, counted from 1; for 0 and beyond, below the middle bin and above the last. */
static double
edge(size_t k)
{
    return k == 0 ? -fine_edge[0] : k <= FINE ? fine_edge[k - 1] : k <= COMPARE_LOG_EDGES ? (double)(k - FINE) : INFINITY;
}

void
compare_log_edges(double *low, double *high, size_t bin)
{
    assert(bin < COMPARE_LOG_BINS);
    const bool below = bin < COMPARE_LOG_MIDDLE;
    const size_t edges = below ? COMPARE_LOG_MIDDLE - bin : bin - COMPARE_LOG_MIDDLE;
    *low = below ? -edge(edges + 1) : edge(edges);
    *high = below ? -edge(edges) : edge(edges + 1);
    if (bin == COMPARE_LOG_ZERO || bin >= COMPARE_LOG_NONE)
        *low = *high = bin == COMPARE_LOG_ZERO ? -INFINITY : NAN;
}

/* r, made of three roundings and a truth rounded to 53 bits, is off by less than 2e-15 + 1e-15 |r|: within one edge at most. */
size_t
compare_ratio_bin(const ga_number *computed, const ga_truth *truth, double r)
{
    if (!isfinite(r))
        return compare_log_bin(r);
    const double slack = 2e-15 + 1e-15 * fabs(r);
    const size_t below = compare_log_bin(r - slack), above = compare_log_bin(r + slack);
    if (below == above)
        return below;
    double between, end;
    compare_log_edges(&between, &end, above);
    const truth_side side = truth_log10_ratio(truth, computed, between);
    if (side == TRUTH_OPEN)
        return COMPARE_LOG_OPEN;
    return side == TRUTH_ABOVE || (side == TRUTH_AT && between > 0) ? above : below;
}

int
compare_log_name(char *text, size_t size, size_t bin)
{
    double low, high;
    compare_log_edges(&low, &high, bin);
    if (bin == COMPARE_LOG_ZERO || bin >= COMPARE_LOG_NONE)
        return snprintf(text, size, "%s", bin == COMPARE_LOG_ZERO ? "zero" : bin == COMPARE_LOG_NONE ? "none" : "undecided");
    const char open = bin > COMPARE_LOG_MIDDLE ? '[' : '(', close = bin < COMPARE_LOG_MIDDLE ? ']' : ')';
    return snprintf(text, size, "%c%g, %g%c", open, low, high, close);
}
