/* SPDX-License-Identifier: Apache-2.0 */
/* panel.c -- see panel.h */
#include "gemm/panel.h"
#include "num/clones.h"

static double
size_of(uint32_t code)
{
    float x;
    memcpy(&x, &code, sizeof x);
    return x;
}

bool
panel_bounded(panel_range s, panel_range a, panel_range b, size_t n, const narrow32 *rules)
{
    const double most = size_of(s.most) + 4 * (double)n * (size_of(a.most) * size_of(b.most));
    return most < rules->bounded &&
           (a.most == 0 || b.most == 0 || size_of(a.least + 1) * size_of(b.least + 1) >= rules->exact);
}

CLONES panel_range
panel_take(float *x, size_t n, const narrow32 *rules)
{
    const narrow32 r = *rules;
    for (size_t i = 0; r.below > 0 && i < n; i++)
        x[i] = narrow_float_in(x[i], &r);
    return panel_range_of(x, n);
}

/* s + product in a format that flushes. Sums of numbers from 2^emin on, and of 0, are multiples of the least subnormal number: what
   is below 2^emin is what is flushed, as a result or as the next sum's operand, and one flush does for both. So s may come with
   that due; last does it for the last one, if it is a result's. */
INLINE float
add_flushed(float s, float product, const narrow32 *rules, bool away)
{
    const float operand = fabsf(s) < rules->least ? copysignf(0, s) : s;
    const float x = operand + narrow_float_product_flushed(product, away, rules);
    return copysignf(narrow_float_sum(x, away, rules), x) + rules->zero;
}

static inline float
last(float s, const narrow32 *rules)
{
    return fabsf(s) < rules->tiny ? copysignf(0, s) + rules->zero : s;
}

INLINE float
add(float s, float product, const narrow32 *rules, bool flushes, bool away)
{
    return flushes ? add_flushed(s, product, rules, away)
                   : narrow_float_sum(s + narrow_float_product(product, away, rules), away, rules);
}

INLINE void
add_panel(float (*restrict sum)[PANEL], const float (*restrict a)[ROWS], const float (*restrict b)[PANEL], size_t n,
          const narrow32 *rules, const bool flushes, const bool away)
{
    const narrow32 r = *rules;
#pragma omp simd
    for (size_t j = 0; j < PANEL; j++) {
        float s0 = sum[0][j], s1 = sum[1][j], s2 = sum[2][j], s3 = sum[3][j];
        size_t k = 0;
        do {
            const float y = b[k][j];
            s0 = add(s0, a[k][0] * y, &r, flushes, away);
            s1 = add(s1, a[k][1] * y, &r, flushes, away);
            s2 = add(s2, a[k][2] * y, &r, flushes, away);
            s3 = add(s3, a[k][3] * y, &r, flushes, away);
        } while (++k < n);
        sum[0][j] = s0, sum[1][j] = s1, sum[2][j] = s2, sum[3][j] = s3;
    }
}

CLONES void
panel_add(float (*restrict sum)[PANEL], const float (*restrict a)[ROWS], const float (*restrict b)[PANEL], size_t n,
          const narrow32 *rules)
{
    const bool flushes = rules->gone > 0, away = rules->even == 0;
    if (flushes && away)
        add_panel(sum, a, b, n, rules, true, true);
    else if (flushes)
        add_panel(sum, a, b, n, rules, true, false);
    else if (away)
        add_panel(sum, a, b, n, rules, false, true);
    else
        add_panel(sum, a, b, n, rules, false, false);
    if (!flushes)
        return;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < PANEL; j++)
            sum[i][j] = last(sum[i][j], rules);
}
