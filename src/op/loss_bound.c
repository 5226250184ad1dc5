/* SPDX-License-Identifier: Apache-2.0 */
/* loss_bound.c -- the bounds of the cross-entropy's residual, of which gradients are made. Times the sum of e^(z_c - m), for the
   largest logit m, which is the factor that they share, it is e^-(m - z_c) for c other than the label y, less their sum for y;
   scaled so that the largest of them has exponent 0. An exponent is off by both radii and a rounding, at most 1/16:
   e^x - 1 <= 1.04 x. Probabilities and loss, which no gradient is made of, have no bound.
   The margin's residual is exact, where its class is proved. */
#include <math.h>

#include "exact/bound.h"

static bool
residual(bounded *out, const bounded *logits, bound_tape *t, size_t row)
{
    const size_t n = logits->v.cols, y = t->label[row];
    const double *z = logits->v.e + row * n, *rz = logits->r.e + row * n;
    double *v = out->v.e + row * n, *r = out->r.e + row * n;
    int64_t *const k = t->scratch, least = INT32_MAX;
    size_t top = 0;
    for (size_t c = 1; c < n; c++)
        top = z[c] > z[top] ? c : top;
    for (size_t c = 0; c < n; c++) {
        const double down = z[top] - z[c], off = rz[top] + rz[c] + 0x1p-52 * down;
        int32_t power;
        if (!(off <= 0x1p-4) || !(down >= 0 && down < 0x1p20))
            return false;
        v[c] = bound_exp_minus(&power, down);
        r[c] = 1.125 * off + 0x1p-44;
        k[c] = power;
        least = c != y && k[c] < least ? k[c] : least;
    }
    v[y] = r[y] = 0;
    for (size_t c = 0; c < n; c++)
        if (c != y) {
            const int64_t e = least - k[c];
            v[c] = e < BOUND_LEAST ? 0 : v[c] * bound_power(e);
            r[c] = (v[c] * r[c] + BOUND_TINY) * BOUND_UP;
            v[y] -= v[c];
            r[y] += r[c];
        }
    r[y] = (r[y] + (double)n * 0x1p-52 * fabs(v[y])) * BOUND_UP;
    return true;
}

static void
cross_entropy(bound_tape *t, const instruction *i)
{
    const bounded *const logits = bound_in(t, i, 0);
    bound_nothing(bound_out(t, i, 0));
    bound_nothing(bound_out(t, i, 2));
    for (size_t row = 0; row < t->rows; row++)
        t->decided[row] = t->decided[row] && bound_is_plain(logits, row) && residual(bound_out(t, i, 1), logits, t, row);
}

/* e_c - e_y, for the class c that is proved to be the first with the largest logit but y. */
static bool
difference(bounded *out, const bounded *logits, size_t y, size_t row)
{
    const size_t n = logits->v.cols, first = row * n;
    size_t c = first + (y == 0);
    for (size_t k = first; k < first + n; k++)
        c = k != first + y && logits->v.e[k] > logits->v.e[c] ? k : c;
    for (size_t k = first; k < first + n; k++) {
        if (k != c && k != first + y && !bound_is_before(logits, c, k))
            return false;
        out->v.e[k] = k == c ? 1 : k == first + y ? -1 : 0;
        out->r.e[k] = 0;
    }
    return true;
}

static void
margin(bound_tape *t, const instruction *i)
{
    bound_nothing(bound_out(t, i, 0));
    bound_nothing(bound_out(t, i, 2));
    for (size_t row = 0; row < t->rows; row++)
        t->decided[row] = t->decided[row] && difference(bound_out(t, i, 1), bound_in(t, i, 0), t->label[row], row);
}

const op_bound op_bound_cross_entropy = { .run = cross_entropy };
const op_bound op_bound_nll = { .run = cross_entropy };         /* their true values are the same */
const op_bound op_bound_nll_softmax = { .run = cross_entropy };
const op_bound op_bound_nll_outputs = { 0 };
const op_bound op_bound_margin = { .run = margin };
