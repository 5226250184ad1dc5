/* SPDX-License-Identifier: Apache-2.0 */
/* bound.c -- see bound.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exact/bound.h"

#include "graph/op_graph.h"
#include "graph/storage.h"
#include "num/format.h"

enum { MOST_TERMS = 1 << 20 };

static bool
is_constant(const op_value *v)
{
    return v->role == VALUE_PARAMETER || v->role == VALUE_FACTOR || (v->role == VALUE_COMPUTED && v->rows > 0);
}

static bool
is_of_images(const op_value *v)
{
    return (v->role == VALUE_INPUT || v->role == VALUE_COMPUTED) && v->rows == 0;
}

/* What is known of a value before a run. */
typedef struct {
    bool own; /* it has exponents of its own */
    bool off; /* a constant that is not exact */
} known;

/* The list of what has bounds. */
static bool
has_bounds(known *of, const program *p)
{
    bool ok = p->input_bits == 24;
    for (size_t v = 0; v < p->n_values; v++)
        ok = ok && p->value[v].rows < MOST_TERMS && p->value[v].cols < MOST_TERMS;
    for (size_t k = 0; k < p->n_backward && ok; k++) {
        const instruction *const i = p->code + k;
        const op_bound *const row = op_bound_of(i->op);
        ok = row->run != NULL;
        for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++)
            ok = ok && (row->constant[o] ? is_constant(p->value + i->in[o]) : is_of_images(p->value + i->in[o])) &&
                 (!of[i->in[o]].own || (o > 0 && o == row->takes_exponents)) && (!of[i->in[o]].off || row->takes_radii);
        if (row->makes_exponents > 0)
            of[i->out[row->makes_exponents]].own = true;
        of[i->out[0]].off = row->makes_radii;
    }
    return ok;
}

static bool
make(mat_f64 *m, size_t rows, size_t cols, ctx_f64 *ctx)
{
    *m = mat_new_f64(rows, cols, 53, ctx);
    return m->e != NULL;
}

void
bound_norms(bounded *constant)
{
    const mat_f64 *const v = &constant->v;
    memset(constant->row_norm, 0, v->rows * sizeof *constant->row_norm);
    memset(constant->col_norm, 0, v->cols * sizeof *constant->col_norm);
    for (size_t i = 0; i < v->rows; i++)
        for (size_t k = 0; k < v->cols; k++) {
            const double x = v->e[i * v->cols + k];
            constant->row_norm[i] += x * x;
            constant->col_norm[k] += x * x;
        }
    for (size_t i = 0; i < v->rows; i++)
        constant->row_norm[i] = sqrt(constant->row_norm[i]);
    for (size_t k = 0; k < v->cols; k++)
        constant->col_norm[k] = sqrt(constant->col_norm[k]);
}

/* Numbers of the network; of what is made of them once, there is room. */
static bool
make_constant(bounded *b, const op_value *v, bool off, ctx_f64 *ctx)
{
    if (!make(&b->v, v->rows, v->cols, ctx) || (b->row_norm = calloc(v->rows, sizeof *b->row_norm)) == NULL ||
        (b->col_norm = calloc(v->cols, sizeof *b->col_norm)) == NULL)
        return false;
    if (v->role == VALUE_COMPUTED)
        return !off || make(&b->r, v->rows, v->cols, ctx);
    for (size_t at = 0; at < v->rows * v->cols; at++)
        b->v.e[at] = v->role == VALUE_FACTOR ? v->factor : (double)((const float *)v->exact)[at];
    bound_norms(b);
    return true;
}

/* Constants, and values and scratch in their rooms. */
static bool
make_values(bound_tape *t, const storage *s, const known *of, size_t rows)
{
    const program *const p = t->p;
    if ((t->room = calloc(s->n + 1, sizeof *t->room)) == NULL)
        return false;
    t->n_rooms = s->n;
    for (size_t r = 0; r < s->n; r++) {
        const size_t n = s->room[r].rows == 0 ? rows : s->room[r].role == VALUE_SCRATCH ? s->room[r].rows : 0;
        if (n > 0 && (!make(&t->room[r].v, n, s->room[r].cols, t->ctx) || !make(&t->room[r].r, n, s->room[r].cols, t->ctx)))
            return false;
    }
    for (size_t v = 0; v < p->n_values; v++) {
        const op_value *const value = p->value + v;
        bounded *const b = t->value + v;
        const size_t n = value->role == VALUE_SCRATCH ? value->rows : rows;
        if (is_constant(value) && !make_constant(b, value, of[v].off, t->ctx))
            return false;
        if (!is_of_images(value) && value->role != VALUE_SCRATCH)
            continue;
        b->v = (mat_f64){ t->room[s->of[v]].v.e, n, value->cols, NULL };
        b->r = (mat_f64){ t->room[s->of[v]].r.e, n, value->cols, NULL };
        if (value->role != VALUE_SCRATCH && ((b->exponent = calloc(rows, sizeof *b->exponent)) == NULL ||
            (of[v].own && (b->down = calloc(rows * value->cols, sizeof *b->down)) == NULL)))
            return false;
    }
    return true;
}

static bool
make_room(bound_tape *t, const known *of, size_t rows)
{
    const program *const p = t->p;
    const ga_estimator e = { .format = { FORMAT_OF(f64) }, .product = GA_BLAS };
    storage s = { 0 };
    size_t widest = 1;
    for (size_t v = 0; v < p->n_values; v++)
        widest = !is_constant(p->value + v) && p->value[v].cols > widest ? p->value[v].cols : widest;
    bool *const keep = calloc(p->n_values, sizeof *keep);
    if (keep != NULL)
        keep[p->gradient_of[p->input]] = true;
    const bool ok = keep != NULL && (t->value = calloc(p->n_values, sizeof *t->value)) != NULL &&
                    (t->scratch = calloc(widest, sizeof *t->scratch)) != NULL && (t->ctx = ctx_new_f64(&e)) != NULL &&
                    (t->factor = calloc(widest, sizeof *t->factor)) != NULL && storage_plan(&s, p, keep) &&
                    make_values(t, &s, of, rows);
    storage_free(&s);
    free(keep);
    return ok;
}

bound_tape *
bound_tape_new(const program *p, size_t rows)
{
    known *const of = calloc(p->n_values, sizeof *of);
    bound_tape *t = of != NULL && p->gradient_of[p->input] != NO_VALUE && has_bounds(of, p) ? calloc(1, sizeof *t) : NULL;
    if (t != NULL) {
        t->p = p;
        if (!make_room(t, of, rows)) {
            bound_tape_free(t);
            t = NULL;
        }
    }
    for (size_t k = 0; t != NULL && k < p->n_once; k++)
        op_bound_of(p->code[k].op)->run(t, p->code + k);
    free(of);
    return t;
}

void
bound_tape_free(bound_tape *t)
{
    if (t == NULL)
        return;
    for (size_t v = 0; t->value != NULL && v < t->p->n_values; v++) {
        if (is_constant(t->p->value + v)) {
            mat_free_f64(&t->value[v].v);
            mat_free_f64(&t->value[v].r);
        }
        free(t->value[v].row_norm);
        free(t->value[v].col_norm);
        free(t->value[v].exponent);
        free(t->value[v].down);
    }
    for (size_t r = 0; r < t->n_rooms; r++) {
        mat_free_f64(&t->room[r].v);
        mat_free_f64(&t->room[r].r);
    }
    free(t->factor);
    free(t->value);
    free(t->room);
    free(t->scratch);
    ctx_free_f64(t->ctx);
    free(t);
}

void
bound_run(bool *decided, bound_tape *t, const double *x, const uint32_t *label, size_t rows)
{
    const program *const p = t->p;
    t->rows = rows;
    t->label = label;
    t->decided = decided;
    for (size_t v = 0; v < p->n_values; v++)
        if (is_of_images(p->value + v))
            t->value[v].v.rows = t->value[v].r.rows = rows;
    for (size_t i = 0; i < rows; i++)
        decided[i] = true;
    memcpy(t->value[p->input].v.e, x, rows * p->value[p->input].cols * sizeof *x);
    for (size_t k = p->n_once; k < p->n_backward; k++)
        op_bound_of(p->code[k].op)->run(t, p->code + k);
}

/* The norm of f, f_k = r_k + gamma (|a_k| + r_k) + TINY, for a row a of n operands with their radii; 0 if all are proved zeros,
   whose products are exact. It neither over- nor underflows, and an infinity or NaN makes it NaN. */
static double
factor_norm(double *restrict f, const double *restrict a, const double *restrict r, size_t n, double gamma)
{
    double most = BOUND_TINY, sum = 0;
    size_t zeros = 0;
    while (zeros < n && a[zeros] == 0 && r[zeros] == 0)
        zeros++;
    if (zeros == n)
        return 0;
#pragma omp simd
    for (size_t k = 0; k < n; k++)
        f[k] = r[k] + gamma * (fabs(a[k]) + r[k]) + BOUND_TINY;
#pragma omp simd reduction(max : most)
    for (size_t k = 0; k < n; k++)
        most = f[k] > most ? f[k] : most;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < n; k++) {
        const double part = f[k] / most;
        sum += part * part;
    }
    return most * sqrt(sum);
}

void
bound_product(bounded *c, const bounded *a, const bounded *w, bool tw, const bounded *bias, bound_tape *t)
{
    const double gamma = (double)(a->v.cols + 4) * 0x1p-52;
    const size_t n = a->v.cols, cols = c->r.cols;
    const double *restrict norm = tw ? w->row_norm : w->col_norm;
    gemm_f64(&c->v, &a->v, false, &w->v, tw, bias != NULL ? &bias->v : NULL, t->ctx);
    for (size_t i = 0; i < c->r.rows; i++) {
        const double factor = factor_norm(t->factor, a->v.e + i * n, a->r.e + i * n, n, gamma);
        double *restrict r = c->r.e + i * cols;
        const double *restrict b = bias != NULL ? bias->v.e : NULL;
        if (b != NULL)
#pragma omp simd
            for (size_t k = 0; k < cols; k++)
                r[k] = factor == 0 ? 0 : (factor * norm[k] + gamma * fabs(b[k])) * BOUND_UP; /* 0: it is the bias */
        else
#pragma omp simd
            for (size_t k = 0; k < cols; k++)
                r[k] = factor * norm[k] * BOUND_UP;
    }
}

void
bound_nothing(bounded *b)
{
    for (size_t i = 0; i < b->v.rows * b->v.cols; i++) {
        b->v.e[i] = 0;
        b->r.e[i] = INFINITY;
    }
}

double
bound_power(int64_t k)
{
    return k < -1000 ? 0 : ldexp(1, (int)k);
}

/* With k = y / ln 2 rounded, k times the first 32 bits of ln 2 is exact; the difference and its correction are off by less than
   2^-50 in all, which e^-x makes a relative error, and libm adds at most 2^-50 (glibc: below 1 ulp). */
double
bound_exp_minus(int32_t *k, double y)
{
    const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33, n = rint(y * 0x1.71547652b82fep0);
    *k = (int32_t)n;
    return exp(-((y - n * ln2_high) - n * ln2_low));
}
