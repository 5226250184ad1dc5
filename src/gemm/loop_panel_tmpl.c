/* SPDX-License-Identifier: Apache-2.0 */
/* loop_panel_tmpl.c -- the reference product of formats in C types: ROWS times PANEL sums, each in the order of its terms, so that
   compilers make vectors of them that stay in registers. Operands are copied, CHUNK terms at a time; meanwhile sums wait in c. What
   gemm/panel.h says is bounded it adds in float; NUM(panel) gives the same bits, and takes any numbers. */
#include "core/call.h"
#include "gemm/panel.h"
#include "num/clones.h"

enum { BLOCK = 128 /* rows */, GROUPS = BLOCK / ROWS };

/* s + x y, both rounded; plain: see num/narrow.h. */
INLINE num
NUM(muladd)(num s, num x, num y, const NUM(ctx) *ctx, bool plain)
{
    if (plain)
        return OP(round_plain)(s + OP(round_plain)(x * y, ctx), ctx);
    const num product = OP(round)(OP(take)(x, ctx) * OP(take)(y, ctx), ctx);
    return OP(round)(OP(take)(s, ctx) + OP(take)(product, ctx), ctx);
}

INLINE void
NUM(panel_of)(num (*restrict sum)[PANEL], const num (*restrict a)[ROWS], const num (*restrict b)[PANEL], size_t n,
              const NUM(ctx) *rounding, const bool plain)
{
    const NUM(ctx) own = *rounding, *const ctx = &own; /* what may be read whether a condition holds or not, as vectors do */
#pragma omp simd
    for (size_t j = 0; j < PANEL; j++) {
        num s0 = sum[0][j], s1 = sum[1][j], s2 = sum[2][j], s3 = sum[3][j];
        size_t k = 0;
        do {
            const num y = b[k][j];
            s0 = NUM(muladd)(s0, a[k][0], y, ctx, plain);
            s1 = NUM(muladd)(s1, a[k][1], y, ctx, plain);
            s2 = NUM(muladd)(s2, a[k][2], y, ctx, plain);
            s3 = NUM(muladd)(s3, a[k][3], y, ctx, plain);
        } while (++k < n);
        sum[0][j] = s0, sum[1][j] = s1, sum[2][j] = s2, sum[3][j] = s3;
    }
    num *const all = sum[0];
#pragma omp simd
    for (size_t i = 0; i < ROWS * PANEL; i++)
        all[i] = OP(round)(all[i], ctx); /* NaN becomes the usual one, of no sign that operands' order decides */
}

/* sum[i][j] += sum_k a[k][i] b[k][j] of n > 0 terms. */
CLONES static void
NUM(panel)(num (*restrict sum)[PANEL], const num (*restrict a)[ROWS], const num (*restrict b)[PANEL], size_t n, const NUM(ctx) *ctx)
{
    if (OP(is_plain)(ctx))
        NUM(panel_of)(sum, a, b, n, ctx, true);
    else
        NUM(panel_of)(sum, a, b, n, ctx, false);
}

/* An operand's terms k, ..., k + n - 1; the same in float, if the format has rules for that, as they count. */
typedef struct {
    num of_a[GROUPS][CHUNK][ROWS], of_b[CHUNK][PANEL];
    float floats_a[GROUPS][CHUNK][ROWS], floats_b[CHUNK][PANEL];
    panel_range range_a[GROUPS], range_b;
    const narrow32 *rules; /* or NULL */
    size_t k, n;
} NUM(copies);

static void
NUM(as_floats)(float *to, const num *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)x[i];
}

/* Rows from, ..., to - 1 of op(a); behind them there are zeros. */
static void
NUM(copy_rows)(NUM(copies) *p, const NUM(mat) *a, bool ta, size_t from, size_t to)
{
    const size_t row = ta ? 1 : a->cols, term = ta ? a->cols : 1;
    for (size_t g = 0, i = from; i < to; g++, i += ROWS) {
        for (size_t k = 0; k < p->n; k++)
            for (size_t r = 0; r < ROWS; r++)
                p->of_a[g][k][r] = i + r < to ? a->e[(i + r) * row + (p->k + k) * term] : 0;
        if (p->rules != NULL) {
            NUM(as_floats)(p->floats_a[g][0], p->of_a[g][0], p->n * ROWS);
            p->range_a[g] = panel_take(p->floats_a[g][0], p->n * ROWS, p->rules);
        }
    }
}

/* `used` columns of op(b) from `first` on; behind them there are zeros. */
static void
NUM(copy_columns)(NUM(copies) *p, const NUM(mat) *b, bool tb, size_t first, size_t used)
{
    const size_t column = tb ? b->cols : 1, term = tb ? 1 : b->cols;
    for (size_t k = 0; k < p->n; k++)
        for (size_t j = 0; j < PANEL; j++)
            p->of_b[k][j] = j < used ? b->e[(first + j) * column + (p->k + k) * term] : 0;
    if (p->rules != NULL) {
        NUM(as_floats)(p->floats_b[0], p->of_b[0], p->n * PANEL);
        p->range_b = panel_take(p->floats_b[0], p->n * PANEL, p->rules);
    }
}

/* Whether group g was added to the sums in float: it was bounded. */
static bool
NUM(add_floats)(num (*sum)[PANEL], const NUM(copies) *p, size_t g)
{
    float s[ROWS][PANEL];
    NUM(as_floats)(s[0], sum[0], ROWS * PANEL);
    if (!panel_bounded(panel_range_of(s[0], ROWS * PANEL), p->range_a[g], p->range_b, p->n, p->rules))
        return false;
    panel_add(s, p->floats_a[g], p->floats_b, p->n, p->rules);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t j = 0; j < PANEL; j++)
            sum[r][j] = s[r][j];
    return true;
}

/* Adds the copied terms of rows from, ..., to - 1. */
static void
NUM(gemm_terms)(NUM(mat) *c, size_t from, size_t to, NUM(copies) *p, const NUM(mat) *b, bool tb, const NUM(ctx) *ctx)
{
    num sum[ROWS][PANEL];
    for (size_t first = 0; first < c->cols; first += PANEL) {
        const size_t used = c->cols - first < PANEL ? c->cols - first : PANEL;
        NUM(copy_columns)(p, b, tb, first, used);
        for (size_t g = 0, i = from; i < to; g++, i += ROWS) {
            const size_t rows = to - i < ROWS ? to - i : ROWS;
            num *const at = c->e + i * c->cols + first;
            if (rows < ROWS || used < PANEL)
                memset(sum, 0, sizeof sum);
            for (size_t r = 0; r < rows; r++)
                memcpy(sum[r], at + r * c->cols, used * sizeof *at);
            if (p->rules == NULL || !NUM(add_floats)(sum, p, g))
                NUM(panel)(sum, p->of_a[g], p->of_b, p->n, ctx);
            for (size_t r = 0; r < rows; r++)
                memcpy(at + r * c->cols, sum[r], used * sizeof *at);
        }
    }
}

static void
NUM(gemm_loop)(NUM(mat) *c, const NUM(mat) *a, bool ta, const NUM(mat) *b, bool tb, const NUM(mat) *bias, NUM(ctx) *ctx)
{
    const size_t n = ta ? a->rows : a->cols;
    NUM(copies) p;
    p.rules = ctx->floats.bounded > 0 ? &ctx->floats : NULL;
    for (size_t i = 0; i < c->rows * c->cols; i++)
        num_set_zero(c->e + i, ctx);
    for (size_t from = 0; from < c->rows; from += BLOCK)
        for (p.k = 0; p.k < n && call_ask() == GA_OK; p.k += CHUNK) {
            const size_t to = c->rows - from < BLOCK ? c->rows : from + BLOCK;
            p.n = n - p.k < CHUNK ? n - p.k : CHUNK;
            NUM(copy_rows)(&p, a, ta, from, to);
            NUM(gemm_terms)(c, from, to, &p, b, tb, ctx);
        }
    for (size_t i = 0; bias != NULL && i < c->rows; i++)
        for (size_t j = 0; j < c->cols; j++)
            num_add(c->e + i * c->cols + j, c->e + i * c->cols + j, bias->e + j, ctx);
}
