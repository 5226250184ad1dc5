/* SPDX-License-Identifier: Apache-2.0 */
/* pointwise_bound.c -- the bounds of scale, mul and add. What is truly 0 on both sides stays a proved zero. */
#include <math.h>
#include <string.h>

#include "exact/bound.h"

/* A product with an exact number, rounded once. TINY covers what underflows; 0 is exact. */
static void
scale(bound_tape *t, const instruction *i)
{
    const bounded *const from = bound_in(t, i, 0);
    bounded *const to = bound_out(t, i, 0);
    const double f = bound_in(t, i, 1)->v.e[0], size = fabs(f);
    const size_t n = from->v.rows * from->v.cols;
    const double *restrict a = from->v.e, *restrict radius = from->r.e;
    double *restrict v = to->v.e, *restrict r = to->r.e;
#pragma omp simd
    for (size_t k = 0; k < n; k++) {
        v[k] = f * a[k];
        r[k] = a[k] == 0 && radius[k] == 0 ? 0 : (size * radius[k] + 0x1p-52 * fabs(v[k]) + BOUND_TINY) * BOUND_UP;
    }
    memcpy(to->exponent, from->exponent, t->rows * sizeof *from->exponent);
}

/* What a row of a product is made of. */
typedef struct {
    const double *a, *ra, *b, *rb;
    const int32_t *down; /* of b */
    size_t n;
} factors;

/* The power of two of 2 (|a| + ra) |b| in [2^-1000, 2^100), which is no less than (|a| + ra) (|b| + rb); INT64_MIN if the product
   is 0. False if it is neither, or b is not from 2^-4 to 2^4 in size, or not known to within its half. */
static bool
product_exponent(int64_t *exponent, const factors *f, size_t k)
{
    const double b = fabs(f->b[k]), size = (fabs(f->a[k]) + f->ra[k]) * b * 2;
    int e;
    *exponent = INT64_MIN;
    if ((f->a[k] == 0 && f->ra[k] == 0) || (b == 0 && f->rb[k] == 0))
        return true;
    if (!(b >= 0x1p-4 && b <= 0x1p4 && 2 * f->rb[k] <= b && size >= 0x1p-1000 && size < 0x1p100))
        return false;
    frexp(size, &e);
    *exponent = e - (int64_t)f->down[k];
    return true;
}

/* a b, the row divided by the power of two of its largest element, radius included: what is then below 2^LEAST is taken for 0,
   which TINY covers. |a b - a' b'| <= r_a |b| + (|a| + r_a) r_b, and a rounding. b times a power of two of at least 2^(LEAST - 100)
   is no subnormal number, and exact; its radius may be one, which TINY covers too. */
static bool
multiply(double *v, double *r, int64_t *most, const factors *f, int64_t *exponent)
{
    *most = INT64_MIN;
    for (size_t k = 0; k < f->n; k++) {
        if (!product_exponent(exponent + k, f, k))
            return false;
        *most = exponent[k] > *most ? exponent[k] : *most;
    }
    for (size_t k = 0; k < f->n; k++) {
        v[k] = r[k] = 0;
        if (exponent[k] == INT64_MIN)
            continue;
        r[k] = BOUND_TINY * BOUND_UP;
        if (exponent[k] - *most < BOUND_LEAST)
            continue;
        const double unit = bound_power(-(int64_t)f->down[k] - *most), factor = f->b[k] * unit;
        v[k] = f->a[k] * factor;
        r[k] = (f->ra[k] * fabs(factor) + (fabs(f->a[k]) + f->ra[k]) * (f->rb[k] * unit) + 0x1p-51 * fabs(v[k]) + BOUND_TINY) *
               BOUND_UP;
    }
    return true;
}

/* a b of numbers without exponents of their own: |a b - a' b'| <= ra (|b| + rb) + |a| rb, rounded once. The row keeps the unit of
   both unless its largest number is beyond 2^-100 and 2^100; TINY covers what underflows, there too. A gradient's row of zeros says
   nothing of units, but what a network makes of an image has its own. */
static bool
multiply_rows(bounded *to, const bounded *a, const bounded *b, bool forward, size_t row)
{
    const size_t n = to->v.cols, at = row * n;
    double most = 0;
    bool finite = true;
    int e;
    for (size_t k = at; k < at + n; k++) {
        const double x = a->v.e[k], rx = a->r.e[k], y = b->v.e[k], ry = b->r.e[k];
        const bool zero = (x == 0 && rx == 0) || (y == 0 && ry == 0);
        to->v.e[k] = zero ? 0 : x * y;
        to->r.e[k] = zero ? 0 : (rx * (fabs(y) + ry) + fabs(x) * ry + 0x1p-52 * fabs(x * y) + BOUND_TINY) * BOUND_UP;
        most = fmax(most, fabs(to->v.e[k]) + to->r.e[k]);
        finite = finite && isfinite(to->v.e[k]) && isfinite(to->r.e[k]);
    }
    to->exponent[row] = most == 0 && !forward ? BOUND_ZERO_ROW : a->exponent[row] + b->exponent[row];
    if (!finite || most == 0 || (most >= 0x1p-100 && most <= 0x1p100))
        return finite;
    frexp(most, &e);
    for (size_t k = at; k < at + n; k++) {
        const bool zero = to->v.e[k] == 0 && to->r.e[k] == 0;
        to->v.e[k] = ldexp(to->v.e[k], -e);
        to->r.e[k] = zero ? 0 : (ldexp(to->r.e[k], -e) + BOUND_TINY) * BOUND_UP;
    }
    to->exponent[row] += e;
    return true;
}

static void
mul(bound_tape *t, const instruction *i)
{
    const bounded *const a = bound_in(t, i, 0), *const b = bound_in(t, i, 1);
    bounded *const to = bound_out(t, i, 0);
    const size_t n = to->v.cols;
    for (size_t row = 0; row < t->rows; row++) {
        const size_t at = row * n;
        int64_t most;
        if (!t->decided[row])
            continue;
        if (b->down == NULL) {
            t->decided[row] = multiply_rows(to, a, b, i < t->p->code + t->p->n_forward, row);
            continue;
        }
        const factors f = { a->v.e + at, a->r.e + at, b->v.e + at, b->r.e + at, b->down + at, n };
        t->decided[row] = multiply(to->v.e + at, to->r.e + at, &most, &f, t->scratch);
        to->exponent[row] = most == INT64_MIN ? BOUND_ZERO_ROW : a->exponent[row] + b->exponent[row] + most;
    }
}

/* A row of an operand of add, in units of the larger exponent of the two. */
typedef struct {
    const double *v, *r;
    double unit, dropped, tiny;
} addend;

/* Its numbers are multiplied by a power of two; TINY covers what so underflows. If that is below 2^LEAST they are taken for 0, and
   are less than 2^LEAST times their size. */
static addend
align(const bounded *b, size_t row, int64_t exponent)
{
    const int64_t down = b->exponent[row] - exponent;
    const size_t at = row * b->v.cols;
    return (addend){ .v = b->v.e + at,
                     .r = b->r.e + at,
                     .unit = down < BOUND_LEAST ? 0 : bound_power(down),
                     .dropped = down < BOUND_LEAST ? bound_power(BOUND_LEAST) : 0,
                     .tiny = down < 0 ? BOUND_TINY : 0 };
}

/* a + b: the sum is rounded once, and never underflows. What is proved to be 0 adds nothing to the radius. */
static void
add_rows(bounded *to, const bounded *x, const bounded *y, size_t row)
{
    const int64_t ex = x->exponent[row], ey = y->exponent[row], most = ex > ey ? ex : ey;
    const addend a = align(x, row, most), b = align(y, row, most);
    const size_t n = to->v.cols;
    double *restrict v = to->v.e + row * n, *restrict r = to->r.e + row * n;
#pragma omp simd
    for (size_t k = 0; k < n; k++) {
        const double lost_a = a.v[k] == 0 && a.r[k] == 0 ? 0 : (fabs(a.v[k]) + a.r[k]) * a.dropped + a.tiny;
        const double lost_b = b.v[k] == 0 && b.r[k] == 0 ? 0 : (fabs(b.v[k]) + b.r[k]) * b.dropped + b.tiny;
        v[k] = a.v[k] * a.unit + b.v[k] * b.unit;
        r[k] = (a.r[k] * a.unit + b.r[k] * b.unit + 0x1p-52 * fabs(v[k]) + lost_a + lost_b) * BOUND_UP;
    }
    to->exponent[row] = most;
}

static void
add(bound_tape *t, const instruction *i)
{
    for (size_t row = 0; row < t->rows; row++)
        if (t->decided[row])
            add_rows(bound_out(t, i, 0), bound_in(t, i, 0), bound_in(t, i, 1), row);
}

const op_bound op_bound_scale_gain = { 0 };
const op_bound op_bound_scale = { .run = scale, .constant = { false, true } };
const op_bound op_bound_mul = { .run = mul, .takes_exponents = 1 };
const op_bound op_bound_add = { .run = add };
