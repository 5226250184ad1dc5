/* SPDX-License-Identifier: Apache-2.0 */
/* intervals.c -- 95 % intervals of shares and of their differences on the same images. See core/attack.h. */
#include <math.h>

#include "core/attack.h"

#define Z 1.959963984540054 /* the normal quantile at 0.975 */

void
ga_wilson(double *low, double *high, size_t k, size_t n)
{
    *low = 0;
    *high = 1;
    if (n == 0)
        return;
    const double p = (double)k / (double)n, m = (double)n;
    const double centre = (p + Z * Z / (2 * m)) / (1 + Z * Z / m);
    const double half = Z / (1 + Z * Z / m) * sqrt(p * (1 - p) / m + Z * Z / (4 * m * m));
    *low = k == 0 ? 0 : centre - half;
    *high = k == n ? 1 : centre + half;
}

/* Observed differences: count[i] of the value (i - steps)/steps, i = 0, …, 2 steps; n in all. */
typedef struct {
    const size_t *count;
    size_t steps;
    double n;
} sample;

static double
value_at(const sample *s, size_t i)
{
    return ((double)i - (double)s->steps) / (double)s->steps;
}

/* The sum of n_i t_i / (n + nu t_i), t_i = x_i - mean: falls as nu grows. Infinite if a denominator is 0. */
static double
tilt(const sample *s, double mean, double nu)
{
    double sum = 0;
    for (size_t i = 0; i <= 2 * s->steps; i++) {
        const double t = value_at(s, i) - mean;
        if (s->count[i] > 0)
            sum += (double)s->count[i] * t / (s->n + nu * t);
    }
    return sum;
}

/* The variance of the likeliest distribution on [-1, 1] that has this mean, |mean| < 1. Its weights are p_i = n_i / (n + nu t_i)
   (Lagrange), nu the zero of tilt; if that is beyond the nu at which a weight at -1 or 1 becomes free, nu is that one, and the
   remaining probability lies there. */
static double
variance_at(const sample *s, double mean)
{
    double low = -s->n / (1 - mean), high = s->n / (1 + mean), rest = 1, variance = 0;
    const double least = low, most = high;
    for (int k = 0; k < 60; k++) {
        const double nu = low + (high - low) / 2;
        if (tilt(s, mean, nu) > 0)
            low = nu;
        else
            high = nu;
    }
    const double nu = low + (high - low) / 2;
    const bool above = s->count[2 * s->steps] == 0 && nu - least < 1e-14 * (most - least);
    const bool below = s->count[0] == 0 && most - nu < 1e-14 * (most - least);
    for (size_t i = 0; i <= 2 * s->steps; i++) {
        const double t = value_at(s, i) - mean;
        if (s->count[i] == 0)
            continue;
        const double p = (double)s->count[i] / (s->n + nu * t);
        rest -= p;
        variance += p * t * t;
    }
    const double end = (above ? 1 : -1) - mean;
    return variance + (above || below ? fmax(rest, 0) * end * end : 0);
}

/* Whether the score test at 5 % rejects this mean: |observed - mean| - continuity > Z sqrt(variance / n). */
static bool
rejects(const sample *s, double observed, double mean, double continuity)
{
    const double off = fabs(observed - mean) - continuity;
    return off > 0 && (fabs(mean) >= 1 || off * off * s->n > Z * Z * variance_at(s, mean));
}

static void
score_interval(double *low, double *high, const sample *s, double continuity)
{
    double observed = 0;
    for (size_t i = 0; i <= 2 * s->steps; i++)
        observed += (double)s->count[i] * value_at(s, i) / s->n;
    for (int side = -1; side <= 1; side += 2) {
        double in = observed, out = side;
        for (int k = 0; k < 40; k++) {
            const double mean = in + (out - in) / 2;
            if (rejects(s, observed, mean, continuity))
                out = mean;
            else
                in = mean;
        }
        *(side < 0 ? low : high) = in;
    }
}

void
ga_tango(double *low, double *high, size_t b, size_t c, size_t n)
{
    *low = -1;
    *high = 1;
    if (n == 0 || b > n || c > n - b)
        return;
    const size_t count[] = { c, n - b - c, b };
    const sample s = { count, 1, (double)n };
    score_interval(low, high, &s, 0);
}

/* Sums of observed values and of -1 and 1 differ by multiples of this divisor, in units of 1/steps. */
static size_t
common_divisor(const sample *s)
{
    size_t divisor = 2 * s->steps;
    for (size_t i = 1; i < 2 * s->steps; i++)
        for (size_t b = s->count[i] > 0 ? i : 0; b > 0;) {
            const size_t rest = divisor % b;
            divisor = b;
            b = rest;
        }
    return divisor;
}

void
ga_mean_difference(double *low, double *high, const size_t *count, size_t steps)
{
    sample s = { count, steps, 0 };
    for (size_t i = 0; i <= 2 * steps; i++)
        s.n += (double)count[i];
    *low = -1;
    *high = 1;
    if (s.n > 0 && steps > 0)
        score_interval(low, high, &s, (double)common_divisor(&s) / (double)(2 * steps) / s.n);
}
