/* SPDX-License-Identifier: Apache-2.0 */
/* sign_filter.c -- see sign_filter.h

   A matrix v of doubles has one of radii r beside it: the true element, times a positive factor shared by its row, is within r of
   v. A row's factor is what was divided out: e^(largest logit) / sum of the softmax, and a power of two that keeps the largest
   element of a row near 1, because products of derivatives leave the range of double.

   u = 2^-53. A sum of n products, in any order, fused or not, is within gamma_(n+1) sum |a_k| |b_k| of its value, also with a bias
   among the terms (Higham, Accuracy and Stability, sec. 3.1), and gamma_(n+1) <= (n + 4) 2u =: gamma for n < 2^20. Hence, for exact
   weights w and elements within r_k of a_k, |sum computed - sum true| <= sum (r_k + gamma (|a_k| + r_k)) |w_k|. Radii are computed
   in double too: each is a few sums and products of non-negative numbers, low by less than a factor 1 - 2^-21 in all, which UP
   makes up for. TINY = 2^-800, added to each factor of a weight, covers what underflows: weights of binary32 are 0 or at least
   2^-149, so that TINY |w| >= 2^-949, more than n < 2^20 errors of 2^-1075, and than numbers below 2^-900 of their row, taken for
   0. A sum whose weights are all 0 keeps r = 0 and v = 0, and is a proved zero.

   Infinities and NaN fail every comparison that would prove something. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exact/sign_filter.h"

#include "num/f64.h"
#include "num/format.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/engine.h"

#define UP (1 + 0x1p-20)
#define TINY 0x1p-800
#define LEAST_KEPT (-900)

/* A matrix and its radii. */
typedef struct {
    mat_f64 v, r;
} pair;

typedef struct {
    mat_f64 w, b, absolute, absolute_bias; /* W, b, |W|, |b| */
    double gain;
    mat_f64 in_factor, out_factor;   /* what multiplies |w| in the radius of a product, of the layer's width on that side */
    pair z, delta, back;             /* back: W^T delta, of the width of the layer's input */
    pair a;                          /* of hidden layers, like the next */
    mat_f64 d, d_error;              /* sigma' = d 2^-d_down, to within d_error of itself */
    int32_t *d_down;
} filter_layer;

struct sign_filter {
    ctx_f64 *ctx;
    const ga_model *model;
    filter_layer *layer;
    size_t n_layers;
    mat_f64 x;
    int64_t *exponent; /* of the elements of a row */
    int32_t *down;     /* of the logits of a row */
};

static bool
make(bool *ok, mat_f64 *m, size_t rows, size_t cols, ctx_f64 *ctx)
{
    *m = mat_new_f64(rows, cols, 53, ctx);
    return *ok = *ok && m->e != NULL;
}

static void
make_pair(bool *ok, pair *p, size_t rows, size_t cols, ctx_f64 *ctx)
{
    make(ok, &p->v, rows, cols, ctx);
    make(ok, &p->r, rows, cols, ctx);
}

void
sign_filter_free(sign_filter *f)
{
    if (f == NULL)
        return;
    for (size_t l = 0; l < f->n_layers; l++) {
        filter_layer *layer = f->layer + l;
        mat_f64 *const single[] = { &layer->w, &layer->b, &layer->absolute, &layer->absolute_bias, &layer->in_factor,
                                    &layer->out_factor, &layer->d, &layer->d_error };
        pair *const pairs[] = { &layer->z, &layer->delta, &layer->back, &layer->a };
        for (size_t i = 0; i < sizeof single / sizeof *single; i++)
            mat_free_f64(single[i]);
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
            mat_free_f64(&pairs[i]->v);
            mat_free_f64(&pairs[i]->r);
        }
        free(layer->d_down);
    }
    mat_free_f64(&f->x);
    free(f->layer);
    free(f->exponent);
    free(f->down);
    ctx_free_f64(f->ctx);
    free(f);
}

/* The list of what has bounds: another activation or loss has none until it is named here. */
static bool
has_bounds(const ga_model *model, const ga_estimator *e)
{
    bool ok = model->n_layers > 0 && model->dtype == GA_F32 && ga_model_classes(model) > 1 && e->loss == GA_CROSS_ENTROPY &&
              e->gain > 0 && e->logit_scale > 0;
    for (size_t l = 0; l < model->n_layers; l++) {
        const ga_layer *layer = model->layer + l;
        ok = ok && layer->n_in < 1 << 20 && layer->n_out < 1 << 20 &&
             (l + 1 == model->n_layers ? layer->activation == GA_LINEAR
                                       : layer->activation == GA_SIGMOID || layer->activation == GA_RELU);
    }
    return ok;
}

static void
make_weights(bool *ok, mat_f64 *to, const ga_model *model, const void *from, size_t rows, size_t cols, ctx_f64 *ctx)
{
    if (make(ok, to, rows, cols, ctx))
        for (size_t i = 0; i < rows * cols; i++)
            to->e[i] = ga_model_get(model, from, i);
}

static void
make_absolute(bool *ok, mat_f64 *to, const mat_f64 *from, ctx_f64 *ctx)
{
    if (make(ok, to, from->rows, from->cols, ctx))
        for (size_t i = 0; i < from->rows * from->cols; i++)
            to->e[i] = fabs(from->e[i]);
}

sign_filter *
sign_filter_new(const ga_model *model, const ga_estimator *e, size_t rows)
{
    ga_estimator own = { .format = { FORMAT_OF(f64) }, .product = GA_BLAS, .gain = e->gain,
                         .logit_scale = e->logit_scale };
    sign_filter *f = has_bounds(model, e) ? calloc(1, sizeof *f) : NULL;
    if (f == NULL)
        return NULL;
    const size_t n = model->n_layers;
    size_t widest = 0;
    f->model = model;
    bool ok = (f->layer = calloc(n, sizeof *f->layer)) != NULL && (f->ctx = ctx_new_f64(&own)) != NULL;
    f->n_layers = f->layer != NULL ? n : 0;
    for (size_t l = 0; l < n && ok; l++) {
        const size_t n_in = model->layer[l].n_in, n_out = model->layer[l].n_out;
        filter_layer *layer = f->layer + l;
        widest = n_out > widest ? n_out : widest;
        layer->gain = pass_gain(model, &own, l);
        make_weights(&ok, &layer->w, model, model->layer[l].weight, n_out, n_in, f->ctx);
        make_weights(&ok, &layer->b, model, model->layer[l].bias, 1, n_out, f->ctx);
        if (ok) {
            make_absolute(&ok, &layer->absolute, &layer->w, f->ctx);
            make_absolute(&ok, &layer->absolute_bias, &layer->b, f->ctx);
        }
        make(&ok, &layer->in_factor, rows, n_in, f->ctx);
        make(&ok, &layer->out_factor, rows, n_out, f->ctx);
        make_pair(&ok, &layer->z, rows, n_out, f->ctx);
        make_pair(&ok, &layer->delta, rows, n_out, f->ctx);
        make_pair(&ok, &layer->back, rows, n_in, f->ctx);
        make_pair(&ok, &layer->a, rows, n_out, f->ctx);
        make(&ok, &layer->d, rows, n_out, f->ctx);
        make(&ok, &layer->d_error, rows, n_out, f->ctx);
        ok = ok && (layer->d_down = calloc(rows * n_out, sizeof *layer->d_down)) != NULL;
    }
    make(&ok, &f->x, rows, ga_model_inputs(model), f->ctx);
    if (ok && (f->exponent = calloc(widest, sizeof *f->exponent)) != NULL && (f->down = calloc(widest, sizeof *f->down)) != NULL)
        return f;
    sign_filter_free(f);
    return NULL;
}

static void
set_rows(sign_filter *f, size_t n)
{
    f->x.rows = n;
    for (size_t l = 0; l < f->n_layers; l++) {
        filter_layer *layer = f->layer + l;
        pair *const pairs[] = { &layer->z, &layer->delta, &layer->back, &layer->a };
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
            pairs[i]->v.rows = pairs[i]->r.rows = n;
        layer->in_factor.rows = layer->out_factor.rows = n;
    }
}

/* r + gamma (|v| + r) + TINY, for terms of sums of n; r NULL: v is exact. */
static void
set_factor(mat_f64 *factor, const mat_f64 *v, const mat_f64 *r, size_t n)
{
    const double gamma = (double)(n + 4) * 0x1p-52;
    const size_t size = v->rows * v->cols;
    double *restrict to = factor->e;
    const double *restrict from = v->e, *restrict radius = r != NULL ? r->e : NULL;
    if (radius == NULL)
#pragma omp simd
        for (size_t i = 0; i < size; i++)
            to[i] = gamma * fabs(from[i]) + TINY;
    else
#pragma omp simd
        for (size_t i = 0; i < size; i++)
            to[i] = radius[i] + gamma * (fabs(from[i]) + radius[i]) + TINY;
}

/* z_l = g (W a + b): the product by the gain is rounded once. */
static void
preactivations(sign_filter *f, size_t l)
{
    const mat_f64 *in = l > 0 ? &f->layer[l - 1].a.v : &f->x;
    pair *z = &f->layer[l].z;
    const size_t cols = z->v.cols;
    const double g = f->layer[l].gain, gamma = (double)(in->cols + 4) * 0x1p-52;
    gemm_f64(&z->v, in, false, &f->layer[l].w, true, &f->layer[l].b, f->ctx);
    set_factor(&f->layer[l].in_factor, in, l > 0 ? &f->layer[l - 1].a.r : NULL, in->cols);
    gemm_f64(&z->r, &f->layer[l].in_factor, false, &f->layer[l].absolute, true, NULL, f->ctx);
    for (size_t i = 0; i < z->v.rows; i++)
        for (size_t k = 0; k < cols; k++) {
            double *v = z->v.e + i * cols + k, *r = z->r.e + i * cols + k;
            *v *= g;
            *r = (g * (*r + gamma * f->layer[l].absolute_bias.e[k]) + 0x1p-52 * fabs(*v) + TINY) * UP;
        }
}

/* e^-y = m 2^-k to within 2^-46 of itself, 1/2 < m < 2, for 0 <= y < 2^20: with k = y / ln 2 rounded, k times the first 32 bits of
   ln 2 is exact; the difference and its correction are off by less than 2^-50 in all, which e^-x makes a relative error, and libm
   adds at most 2^-50 (glibc: below 1 ulp). */
static double
exp_minus(int32_t *k, double y)
{
    const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33, n = rint(y * 0x1.71547652b82fep0);
    *k = (int32_t)n;
    return exp(-((y - n * ln2_high) - n * ln2_low));
}

static double
power(int64_t k)
{
    return k < -1000 ? 0 : ldexp(1, (int)k);
}

/* sigma and sigma' from z within r of the truth, r <= 1/16. |sigma(z) - sigma(z')| <= |z - z'| times the largest sigma' between, at
   most 1/4 and e^(r - |z|) <= 1.07 e^-|z|; sigma itself is off by 4 roundings and libm, together below 2^-49. sigma' changes by a
   factor of at most e^r, for |(log sigma')'| = |1 - 2 sigma| <= 1: e^r - 1 <= 1.04 r; the computed one is off by at most 2^-45. */
static bool
sigmoid(sign_filter *f, size_t l, size_t at)
{
    const double z = f->layer[l].z.v.e[at], r = f->layer[l].z.r.e[at], y = fabs(z);
    if (!(r <= 0x1p-4) || !(y < 0x1p20))
        return false;
    const double m = exp_minus(&f->layer[l].d_down[at], y), e = m * power(-f->layer[l].d_down[at]), q = 1 + e;
    f->layer[l].a.v.e[at] = z < 0 ? e / q : 1 / q;
    f->layer[l].a.r.e[at] = (fmin(0.25, 1.125 * e + TINY) * r + 0x1p-48) * UP;
    f->layer[l].d.e[at] = m / (q * q);
    f->layer[l].d_error.e[at] = 1.125 * r + 0x1p-44;
    return true;
}

static bool
relu(sign_filter *f, size_t l, size_t at)
{
    const double z = f->layer[l].z.v.e[at], r = f->layer[l].z.r.e[at];
    if (!(fabs(z) > r))
        return false;
    f->layer[l].a.v.e[at] = z > 0 ? z : 0;
    f->layer[l].a.r.e[at] = z > 0 ? r : 0;
    f->layer[l].d.e[at] = z > 0;
    f->layer[l].d_error.e[at] = 0;
    f->layer[l].d_down[at] = 0;
    return true;
}

static void
activations(bool *decided, sign_filter *f, size_t l)
{
    const size_t cols = f->layer[l].z.v.cols;
    for (size_t i = 0; i < f->layer[l].z.v.rows; i++)
        for (size_t k = 0; k < cols; k++)
            if (!(f->model->layer[l].activation == GA_RELU ? relu : sigmoid)(f, l, i * cols + k)) {
                decided[i] = false;
                f->layer[l].a.v.e[i * cols + k] = f->layer[l].a.r.e[i * cols + k] = 0; /* in a row that proves nothing any more */
                f->layer[l].d.e[i * cols + k] = f->layer[l].d_error.e[i * cols + k] = 0;
                f->layer[l].d_down[i * cols + k] = 0;
            }
}

/* The residual times sum e^z_c / e^(largest z): e^-(m - z_c) for c other than the label y, less their sum for y; scaled so that the
   largest of them has exponent 0. An exponent is off by both radii and a rounding, at most 1/16: e^x - 1 <= 1.04 x. */
static bool
residual(sign_filter *f, size_t row, size_t y)
{
    const size_t last = f->n_layers - 1, n = f->layer[last].z.v.cols;
    const double *z = f->layer[last].z.v.e + row * n, *rz = f->layer[last].z.r.e + row * n;
    double *v = f->layer[last].delta.v.e + row * n, *r = f->layer[last].delta.r.e + row * n;
    int32_t *const k = f->down;
    size_t top = 0;
    int32_t least = INT32_MAX;
    for (size_t c = 1; c < n; c++)
        top = z[c] > z[top] ? c : top;
    for (size_t c = 0; c < n; c++) {
        const double down = z[top] - z[c], off = rz[top] + rz[c] + 0x1p-52 * down;
        if (!(off <= 0x1p-4) || !(down >= 0 && down < 0x1p20))
            return false;
        v[c] = exp_minus(k + c, down);
        r[c] = 1.125 * off + 0x1p-44;
        least = c != y && k[c] < least ? k[c] : least;
    }
    v[y] = r[y] = 0;
    for (size_t c = 0; c < n; c++)
        if (c != y) {
            const int64_t e = (int64_t)least - k[c];
            v[c] = e < LEAST_KEPT ? 0 : v[c] * power(e);
            r[c] = (v[c] * r[c] + TINY) * UP;
            v[y] -= v[c];
            r[y] += r[c];
        }
    r[y] = (r[y] + (double)n * 0x1p-52 * fabs(v[y])) * UP;
    return true;
}

/* back_l = (g delta_l) W_l; the product by the gain is rounded once. */
static void
back_sum(sign_filter *f, size_t l)
{
    pair *delta = &f->layer[l].delta, *back = &f->layer[l].back;
    const double g = f->layer[l].gain;
    for (size_t i = 0; i < delta->v.rows * delta->v.cols; i++) {
        delta->v.e[i] *= g;
        delta->r.e[i] = (g * delta->r.e[i] + 0x1p-52 * fabs(delta->v.e[i]) + TINY) * UP;
    }
    set_factor(&f->layer[l].out_factor, &delta->v, &delta->r, delta->v.cols);
    gemm_f64(&back->v, &delta->v, false, &f->layer[l].w, false, NULL, f->ctx);
    gemm_f64(&back->r, &f->layer[l].out_factor, false, &f->layer[l].absolute, false, NULL, f->ctx);
    for (size_t i = 0; i < back->r.rows * back->r.cols; i++)
        back->r.e[i] *= UP;
}

/* delta_l = back_{l+1} sigma'_l, the row divided by the power of two of its largest element, radius included: what is then below
   2^LEAST_KEPT is taken for 0, which TINY covers. |a b - a' b'| <= r_a |b| + (|a| + r_a) error_b, and a rounding. */
static bool
hadamard(sign_filter *f, size_t l, size_t row)
{
    const size_t n = f->layer[l].d.cols;
    const double *v = f->layer[l + 1].back.v.e + row * n, *r = f->layer[l + 1].back.r.e + row * n;
    const double *d = f->layer[l].d.e + row * n, *d_error = f->layer[l].d_error.e + row * n;
    const int32_t *down = f->layer[l].d_down + row * n;
    int64_t most = INT64_MIN;
    for (size_t k = 0; k < n; k++) {
        const double size = (fabs(v[k]) + r[k]) * d[k] * 2;
        int exponent;
        f->exponent[k] = INT64_MIN;
        if (!(size < 0x1p100))
            return false;
        if (size == 0)
            continue;
        frexp(size, &exponent);
        f->exponent[k] = exponent - (int64_t)down[k];
        most = f->exponent[k] > most ? f->exponent[k] : most;
    }
    for (size_t k = 0; k < n; k++) {
        double *to = f->layer[l].delta.v.e + row * n + k, *radius = f->layer[l].delta.r.e + row * n + k;
        const bool kept = f->exponent[k] != INT64_MIN && f->exponent[k] - most >= LEAST_KEPT;
        const int64_t scale = kept ? -(int64_t)down[k] - most : 0; /* not below LEAST_KEPT - 101: no subnormal */
        const double factor = !kept ? 0 : scale > 1000 ? NAN : d[k] * ldexp(1, (int)scale);
        *to = v[k] * factor;
        *radius = (r[k] * factor + (fabs(v[k]) + r[k]) * factor * d_error[k] + 0x1p-51 * fabs(*to) + TINY) * UP;
    }
    return true;
}

static bool
read_signs(ga_truth *truth, const sign_filter *f, size_t row)
{
    const size_t n = f->x.cols;
    const double *v = f->layer[0].back.v.e + row * n, *r = f->layer[0].back.r.e + row * n;
    for (size_t j = 0; j < n; j++) {
        if (v[j] == 0 && r[j] == 0)
            truth[j] = (ga_truth){ .state = GA_TRUE_ZERO };
        else if (fabs(v[j]) > r[j] && isfinite(v[j]))
            truth[j] = (ga_truth){ .state = GA_TRUE_NONZERO, .sign = v[j] > 0 ? 1 : -1, .mantissa = v[j] > 0 ? 1 : -1 };
        else
            return false;
    }
    return true;
}

void
sign_filter_run(bool *decided, ga_truth *truth, sign_filter *f, const double *x, const uint32_t *label, size_t n)
{
    const size_t last = f->n_layers - 1;
    set_rows(f, n);
    memcpy(f->x.e, x, n * f->x.cols * sizeof *x);
    for (size_t i = 0; i < n; i++)
        decided[i] = true;
    for (size_t l = 0; l <= last; l++) {
        preactivations(f, l);
        if (l < last)
            activations(decided, f, l);
    }
    for (size_t i = 0; i < n; i++)
        decided[i] = decided[i] && residual(f, i, label[i]);
    back_sum(f, last);
    for (size_t l = last; l-- > 0;) {
        for (size_t i = 0; i < n; i++)
            decided[i] = decided[i] && hadamard(f, l, i);
        back_sum(f, l);
    }
    for (size_t i = 0; i < n; i++)
        decided[i] = decided[i] && read_signs(truth + i * f->x.cols, f, i);
}
