/* SPDX-License-Identifier: Apache-2.0 */
/* pool_bound.c -- the bounds of sums over windows, of the largest number of each, and of their gradients.

   A sum of at most n numbers a, n those of a window, is off by their radii and n 2^-52 times the sum of |a|, whatever its order
   (exact/bound.h); no sum underflows, and that of proved zeros is one. All is linear, and keeps the unit. */
#include <math.h>
#include <string.h>

#include "exact/bound.h"
#include "op/windows.h"

/* to += from, one of at most n. */
static inline void
add(bounded *to, size_t k, const bounded *from, size_t at, double n)
{
    to->v.e[k] += from->v.e[at];
    to->r.e[k] += from->r.e[at] + n * 0x1p-52 * fabs(from->v.e[at]);
}

static void
begin(bounded *to, size_t n)
{
    memset(to->v.e, 0, n * sizeof *to->v.e);
    memset(to->r.e, 0, n * sizeof *to->r.e);
}

static void
end(bound_tape *t, bounded *to, const bounded *from)
{
    for (size_t k = 0; k < t->rows * to->v.cols; k++)
        to->r.e[k] *= BOUND_UP;
    memcpy(to->exponent, from->exponent, t->rows * sizeof *from->exponent);
}

/* Each window's numbers, or back to them. */
static void
sums(bound_tape *t, const instruction *i, bool back)
{
    const op_attributes *const a = &i->a;
    const bounded *const from = bound_in(t, i, 0);
    bounded *const to = bound_out(t, i, 0);
    const size_t places = a->to.dim[1] * a->to.dim[2], size = a->from.dim[1] * a->from.dim[2];
    const double n = (double)(a->kernel[0] * a->kernel[1]);
    begin(to, t->rows * to->v.cols);
    for (size_t place = 0; place < places; place++)
        for (size_t k = 0; k < a->kernel[0]; k++) {
            const windows_row found = windows_row_at(a, place / a->to.dim[2], place % a->to.dim[2], k);
            for (size_t j = 0; j < found.n; j++)
                for (size_t channel = 0; channel < t->rows * a->from.dim[0]; channel++) {
                    const size_t number = channel * size + found.at + j * found.at_step, window = channel * places + place;
                    add(to, back ? number : window, from, back ? window : number, n);
                }
        }
    end(t, to, from);
}

static void
sum_pool(bound_tape *t, const instruction *i)
{
    sums(t, i, false);
}

static void
sum_pool_input(bound_tape *t, const instruction *i)
{
    sums(t, i, true);
}

/* The first largest entry of a window whose numbers are those from `at` on; n: that is open. */
static size_t
chosen(const bounded *x, size_t at, const size_t *place, size_t n)
{
    size_t best = n;
    for (size_t k = 0; k < n; k++)
        if (place[k] != SIZE_MAX && (best == n || x->v.e[at + place[k]] > x->v.e[at + place[best]]))
            best = k;
    for (size_t k = 0; k < n && best < n; k++)
        if (k != best && place[k] != SIZE_MAX && !bound_is_before(x, at + place[best], at + place[k]))
            return n;
    return best;
}

static void
max_pool(bound_tape *t, const instruction *i)
{
    const op_attributes *const a = &i->a;
    const bounded *const x = bound_in(t, i, 0);
    bounded *const to = bound_out(t, i, 0), *const mask = bound_out(t, i, 1);
    const size_t n = a->kernel[0] * a->kernel[1], size = a->from.dim[1] * a->from.dim[2], places = a->to.dim[1] * a->to.dim[2];
    begin(mask, t->rows * mask->v.cols);
    memcpy(to->exponent, x->exponent, t->rows * sizeof *x->exponent);
    for (size_t window = 0; window < places; window++) {
        size_t place[OP_MOST_KERNEL];
        windows_places(place, a, window / a->to.dim[2], window % a->to.dim[2]);
        for (size_t channel = 0; channel < t->rows * a->from.dim[0]; channel++) {
            const size_t row = channel / a->from.dim[0], out = channel * places + window;
            const size_t k = t->decided[row] ? chosen(x, channel * size, place, n) : n;
            t->decided[row] = k < n;
            if (k == n)
                continue;
            to->v.e[out] = x->v.e[channel * size + place[k]];
            to->r.e[out] = x->r.e[channel * size + place[k]];
            mask->v.e[out * n + k] = 1;
        }
    }
}

static void
max_pool_input(bound_tape *t, const instruction *i)
{
    const op_attributes *const a = &i->a;
    const bounded *const g = bound_in(t, i, 0), *const mask = bound_in(t, i, 1);
    bounded *const to = bound_out(t, i, 0);
    const size_t n = a->kernel[0] * a->kernel[1], size = a->from.dim[1] * a->from.dim[2], places = a->to.dim[1] * a->to.dim[2];
    begin(to, t->rows * to->v.cols);
    for (size_t window = 0; window < places; window++) {
        size_t place[OP_MOST_KERNEL];
        windows_places(place, a, window / a->to.dim[2], window % a->to.dim[2]);
        for (size_t channel = 0; channel < t->rows * a->from.dim[0]; channel++)
            for (size_t k = 0; k < n; k++)
                if (mask->v.e[(channel * places + window) * n + k] != 0)
                    add(to, channel * size + place[k], g, channel * places + window, (double)n);
    }
    end(t, to, g);
}

const op_bound op_bound_sum_pool = { .run = sum_pool };
const op_bound op_bound_sum_pool_input = { .run = sum_pool_input };
const op_bound op_bound_max_pool = { .run = max_pool };
const op_bound op_bound_max_pool_input = { .run = max_pool_input };
