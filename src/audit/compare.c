/* SPDX-License-Identifier: Apache-2.0 */
/* compare.c -- see audit/compare.h */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/compare.h"
#include "num/power.h"

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
    return a->klass == GA_ZERO || down > 400 ? 0 : times_power(a->mantissa, -(int64_t)down);
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

/* The sum of two numbers, the first the larger, as the nearest double and what is left. */
static double
nearest_sum(double *left, double a, double b)
{
    const double sum = a + b;
    *left = b - (sum - a);
    return sum;
}

ga_truth
compare_point(const ga_number *a)
{
    if (a->klass == GA_ZERO)
        return (ga_truth){ .state = GA_TRUE_ZERO };
    if (a->klass != GA_NORMAL && a->klass != GA_SUBNORMAL)
        return (ga_truth){ .state = GA_UNDECIDED_ELEMENT, .bound = INT64_MAX };
    ga_truth t = { .state = GA_TRUE_NONZERO, .sign = a->sign, .mantissa = a->mantissa, .exponent = a->exponent };
    if (a->rest[0] == 0)
        return t;
    double tail, rest;
    t.mantissa = nearest_sum(&tail, a->mantissa, a->rest[0]);
    t.tail = (ga_scaled){ nearest_sum(&rest, tail, a->rest[1]), a->exponent };
    t.rest = (ga_scaled){ rest, a->exponent };
    if (fabs(t.mantissa) == 2) {
        t.mantissa /= 2;
        t.exponent++;
    }
    return t;
}

/* Sets keys in the order of 53-bit magnitudes: exponents, from 1 for the least, in as many bits as they take, and then as much of
   the fractions as there is room for; 0 for zeros. Equal keys, and those alone, leave the order to truth_sort. */
static void
set_keys(compare_place *place, size_t n)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (size_t i = 0; i < n; i++)
        if (place[i].truth->state == GA_TRUE_NONZERO) {
            const int64_t e = place[i].truth->exponent;
            least = e < least ? e : least;
            most = e > most ? e : most;
        }
    int bits = 12;
    while (bits < 64 && (uint64_t)most - (uint64_t)least >= (UINT64_C(1) << bits) - 1)
        bits++;
    for (size_t i = 0; i < n; i++) {
        const ga_truth *const t = place[i].truth;
        uint64_t fraction;
        memcpy(&fraction, &t->mantissa, sizeof fraction);
        fraction = (fraction & ((UINT64_C(1) << 52) - 1)) >> (bits - 12);
        const uint64_t exponent = (uint64_t)t->exponent - (uint64_t)least + 1;
        place[i].key = t->state != GA_TRUE_NONZERO ? 0 : exponent << (64 - bits) | fraction;
    }
}

/* Sorts by keys, least first, and returns where the result is: in one of two arrays of n places. */
static compare_place *
sort_by_key(compare_place *place, compare_place *other, size_t n)
{
    enum { DIGITS = 8 };
    uint32_t count[DIGITS][256] = { { 0 } };
    for (size_t i = 0; i < n; i++)
        for (int d = 0; d < DIGITS; d++)
            count[d][place[i].key >> 8 * d & 255]++;
    for (int d = 0; d < DIGITS && n > 0; d++) {
        uint32_t at = 0;
        if (count[d][place->key >> 8 * d & 255] == n)
            continue;
        for (int v = 0; v < 256; v++) {
            const uint32_t here = count[d][v];
            count[d][v] = at;
            at += here;
        }
        for (size_t i = 0; i < n; i++)
            other[count[d][place[i].key >> 8 * d & 255]++] = place[i];
        compare_place *const sorted = other;
        other = place;
        place = sorted;
    }
    return place;
}

static int
by_truth(const void *x, const void *y)
{
    const ga_truth *const a = ((const compare_place *)x)->truth, *const b = ((const compare_place *)y)->truth;
    const int order = truth_sort(a, b);
    return order != 0 ? order : (a > b) - (a < b);
}

static void
sort_equal_keys(compare_place *place, size_t n)
{
    for (size_t first = 0, last; first < n; first = last) {
        for (last = first + 1; last < n && place[last].key == place[first].key; last++)
            continue;
        if (last - first > 1 && place[first].key != 0)
            qsort(place + first, last - first, sizeof *place, by_truth);
    }
}

/* Of neighbours. Different 53-bit magnitudes are those of truths in the same order. */
static truth_side
order_of(const compare_place *x, const compare_place *y, const ga_truth *a, const size_t *twin)
{
    if ((twin != NULL && twin[x->truth - a] == twin[y->truth - a]) || (x->key == 0 && y->key == 0))
        return TRUTH_AT;
    return x->key < y->key ? TRUTH_BELOW : truth_order(x->truth, y->truth);
}

compare_ranked
compare_ranks(int32_t *rank, const ga_truth *a, const size_t *twin, size_t n, compare_place *work)
{
    assert(n <= (size_t)1 << 20);
    for (size_t i = 0; i < n; i++) {
        if (a[i].state == GA_UNDECIDED_ELEMENT)
            return COMPARE_UNDECIDED;
        work[i].truth = a + i;
    }
    set_keys(work, n);
    compare_place *const sorted = sort_by_key(work, work + n, n);
    sort_equal_keys(sorted, n);
    for (size_t first = 0, last; first < n; first = last) {
        truth_side order = TRUTH_AT;
        for (last = first + 1; last < n && order == TRUTH_AT; last += order == TRUTH_AT)
            order = order_of(sorted + last - 1, sorted + last, a, twin);
        if (order != TRUTH_AT && order != TRUTH_BELOW)
            return COMPARE_UNORDERED;
        for (size_t i = first; i < last; i++) /* places first, …, last-1, from 0, share the rank (first + 1 + last)/2 */
            rank[sorted[i].truth - a] = (int32_t)(first + last) - (int32_t)n;
    }
    return COMPARE_RANKED;
}

double
compare_rank(const int32_t *a, const int32_t *b, size_t n)
{
    int64_t ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ab += (int64_t)a[i] * b[i];
        aa += (int64_t)a[i] * a[i];
        bb += (int64_t)b[i] * b[i];
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
