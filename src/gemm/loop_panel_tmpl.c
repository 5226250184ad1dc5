/* SPDX-License-Identifier: Apache-2.0 */
/* loop_panel_tmpl.c -- the reference product of formats in C types: PANEL sums side by side, each in the order of its terms, so
   that compilers make vectors of them. The second operand is copied, CHUNK terms of a panel at a time; a sum waits in c. */
#include "core/call.h"
#include "num/clones.h"

enum { PANEL = 32, CHUNK = 256 };

/* sum[j] += sum_k a_k b_kj, a's terms at a stride; kind: see num/narrow.h. */
CLONES static void
NUM(panel)(num *restrict sum, const num *a, size_t sa, const num (*restrict b)[PANEL], size_t n, const NUM(ctx) *rounding,
           narrow_kind kind)
{
    const NUM(ctx) own = *rounding, *const ctx = &own; /* what may be read whether a condition holds or not, as vectors do */
    num s[PANEL];
    for (size_t j = 0; j < PANEL; j++)
        s[j] = sum[j];
    if (kind == NARROW_WIDE)
        for (size_t k = 0; k < n; k++) {
            const num x = a[k * sa];
#pragma omp simd
            for (size_t j = 0; j < PANEL; j++)
                s[j] = OP(round_wide)(s[j] + OP(round_wide)(x * b[k][j], ctx), ctx);
        }
    else if (kind == NARROW_PLAIN)
        for (size_t k = 0; k < n; k++) {
            const num x = a[k * sa];
#pragma omp simd
            for (size_t j = 0; j < PANEL; j++)
                s[j] = OP(round_plain)(s[j] + OP(round_plain)(x * b[k][j], ctx), ctx);
        }
    else
        for (size_t k = 0; k < n; k++) {
            const num x = a[k * sa];
#pragma omp simd
            for (size_t j = 0; j < PANEL; j++) {
                const num product = OP(round)(OP(take)(x, ctx) * OP(take)(b[k][j], ctx), ctx);
                s[j] = OP(round)(OP(take)(s[j], ctx) + OP(take)(product, ctx), ctx);
            }
        }
    for (size_t j = 0; j < PANEL; j++)
        sum[j] = s[j];
}

/* Panel `first` of op(b), terms k, ..., k + n - 1; columns beyond the matrix are 0. */
static void
NUM(pack)(num (*to)[PANEL], const NUM(mat) *b, bool tb, size_t first, size_t k, size_t n)
{
    const size_t cols = tb ? b->rows : b->cols, used = cols - first < PANEL ? cols - first : PANEL;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < PANEL; j++)
            to[i][j] = j >= used ? 0 : tb ? b->e[(first + j) * b->cols + k + i] : b->e[(k + i) * b->cols + first + j];
}

static void
NUM(gemm_loop)(NUM(mat) *c, const NUM(mat) *a, bool ta, const NUM(mat) *b, bool tb, const NUM(mat) *bias, NUM(ctx) *ctx)
{
    const size_t n = ta ? a->rows : a->cols, row_a = ta ? 1 : a->cols, term_a = ta ? a->cols : 1;
    num panel[CHUNK][PANEL], sum[PANEL];
    for (size_t k = 0; k < c->rows * c->cols; k++)
        num_set_zero(c->e + k, ctx);
    for (size_t first = 0; first < c->cols && call_ask() == GA_OK; first += PANEL) {
        const size_t used = c->cols - first < PANEL ? c->cols - first : PANEL;
        for (size_t k = 0; k < n; k += CHUNK) {
            const size_t terms = n - k < CHUNK ? n - k : CHUNK;
            NUM(pack)(panel, b, tb, first, k, terms);
            for (size_t i = 0; i < c->rows; i++) {
                num *const to = c->e + i * c->cols + first;
                for (size_t j = 0; j < PANEL; j++)
                    sum[j] = j < used ? to[j] : 0;
                NUM(panel)(sum, a->e + i * row_a + k * term_a, term_a, (const num (*)[PANEL])panel, terms, ctx,
                           OP(kind)(ctx));
                for (size_t j = 0; j < used; j++)
                    to[j] = sum[j];
            }
        }
    }
    for (size_t i = 0; bias != NULL && i < c->rows; i++)
        for (size_t j = 0; j < c->cols; j++)
            num_add(c->e + i * c->cols + j, c->e + i * c->cols + j, bias->e + j, ctx);
}
