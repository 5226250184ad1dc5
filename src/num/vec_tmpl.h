/* SPDX-License-Identifier: Apache-2.0 */
/* vec_tmpl.h -- the matrix type of a format and the elementwise vocabulary of the pass. Included once for each format, after the
   format's header. A matrix holds one image per row; outputs come first and may alias neither inputs nor each other; inputs may be
   the same. No argument may be NULL unless its function says so; a NULL output leaves the others the same bit for bit. Outputs need
   not hold numbers, except an r on the right of its formula. Labels are columns of o. tests/vocabulary.def has a line for each
   function. `naive` and `rewrite` are two sets of formulas, chosen by ctx->common.formulas. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "num/function.h"
#include "num/smooth.h"

typedef struct {
    num *e; /* row-major; NULL: the numbers are in prepared */
    size_t rows, cols;
    struct crt_weights *prepared; /* for products as their second operand (gemm/crt.h), which somebody else owns; or NULL */
} NUM(mat);

/* Zeros of the given precision; e is NULL if memory runs out. */
NUM(mat) NUM(mat_new)(size_t rows, size_t cols, long bits, NUM(ctx) *ctx);
void NUM(mat_free)(NUM(mat) *m);

/* A context for this thread; NULL if memory runs out. */
NUM(ctx) *NUM(ctx_new)(const ga_estimator *e);
void NUM(ctx_free)(NUM(ctx) *ctx);

/* z = g u. */
void NUM(vec_scale)(NUM(mat) *z, const NUM(mat) *u, const num *g, NUM(ctx) *ctx);

/* r = a b, element by element. */
void NUM(vec_mul)(NUM(mat) *r, const NUM(mat) *a, const NUM(mat) *b, NUM(ctx) *ctx);

/* s = sigma(z) and d = sigma'(z). naive: s = 1/(1+e^-z), d = s(1-s). rewrite: e = e^-|z|, s = 1/(1+e) or e/(1+e) by the sign
   of z, d = e/(1+e)^2. */
void NUM(vec_sigmoid)(NUM(mat) *s, NUM(mat) *d, const NUM(mat) *z, NUM(ctx) *ctx);

/* t = tanh(z) and d = 1-t^2. rewrite: q = e^-2|z|, t = -+expm1(-2|z|)/(1+q), e = e^-|z|, d = (4e/(1+q)^2) e. */
void NUM(vec_tanh)(NUM(mat) *t, NUM(mat) *d, const NUM(mat) *z, NUM(ctx) *ctx);

/* a = max(z, 0) and d = [z > 0]; NaN stays NaN in both. */
void NUM(vec_relu)(NUM(mat) *a, NUM(mat) *d, const NUM(mat) *z, NUM(ctx) *ctx);

/* a = z and d = 1. */
void NUM(vec_linear)(NUM(mat) *a, NUM(mat) *d, const NUM(mat) *z, NUM(ctx) *ctx);

/* a = f(z) and d = f'(z) of a function of num/smooth.h. rewrite: each is one function, rounded once. naive:
   softplus: a = ln(1 + e^z), d = e^z / (1 + e^z).
   silu: s = 1/(1 + e^-z), a = z s, d = s (1 + z (1 - s)).
   gelu: c = (1 + erf(z/sqrt 2))/2, a = z c, d = c + z e^(-z^2/2)/sqrt(2 pi); by the reciprocals of both square roots.
   gelu_tanh: u = sqrt(2/pi) (z + 0.044715 z^3), t = tanh u, a = z/2 (1 + t), d = (1 + t)/2 + z/2 (1 - t^2) u',
   u' = sqrt(2/pi) (1 + 0.134145 z^2).
   elu: a = z, d = 1 for z > 0; else a = e^z - 1, d = e^z.
   mish: t = tanh(ln(1 + e^z)), a = z t, d = t + z (1 - t^2)/(1 + e^-z).
   softsign: a = z/(1 + |z|), d = 1/(1 + |z|)^2.
   erf: a = erf z, d = 2/sqrt(pi) e^(-z^2). */
void NUM(vec_smooth)(NUM(mat) *a, NUM(mat) *d, const NUM(mat) *z, smooth_id f, NUM(ctx) *ctx);

/* a = f(z) and d = f'(z) of a function of num/function.h; c has one row of constants, each for so many columns of z, or is NULL.
   rewrite: each is one function, rounded once. naive:
   exp: a = e^z, d = a.
   log: a = ln z, d = 1/z.
   sqrt: a = sqrt z, d = 1/(a + a).
   reciprocal: a = 1/z, d = -(a a).
   pow: a = z^c, d = c z^(c-1), 0 for c = 0; powers rounded once.
   over: a = c/z, d = -(a/z).
   celu: a = z, d = 1 for z > 0; else a = c (e^(z/c) - 1), d = e^(z/c). */
void NUM(vec_function)(NUM(mat) *a, NUM(mat) *d, const NUM(mat) *z, function_id f, const NUM(mat) *c, NUM(ctx) *ctx);

/* Row by row, with m = max o: p_c = e^(o_c-m) / sum e^(o_c-m); the residual r = dL/do of L = -log p_y for label y; loss (one
   column) in nats. naive: r = p - y, L = -log p_y. rewrite: r_y = -sum_{c != y} p_c, L = (m - o_y) + log1p(sum of the
   exponentials but the first largest); such sums have a factor e^(o_k-m) taken out, o_k the largest of theirs, and what additions
   lose added at last; an e^x that is subnormal is twice a factor e^(x/2). r or loss may be NULL. */
void NUM(vec_softmax)(NUM(mat) *p, NUM(mat) *r, NUM(mat) *loss, const NUM(mat) *o, const uint32_t *label, NUM(ctx) *ctx);

/* p = log softmax(o), row by row, in nats. With m = max o: naive: p_c = (o_c - m) - log(sum e^(o_c - m)). rewrite: the same with
   log1p(sum of the exponentials but the first largest), whose own p is minus that. */
void NUM(vec_log_softmax)(NUM(mat) *p, const NUM(mat) *o, NUM(ctx) *ctx);

/* Row by row, with c the class other than the label y with the largest logit o_c, the first of several: p = e_c, the residual
   r = dL/do = e_c - e_y of the margin L = o_c - o_y, and L (one column), one rounding; all NaN if a logit is. In balls more than
   one class may be c: then p_k is in [0, 1] for each, and L the hull of theirs. o has two columns or more. r or loss may be
   NULL. */
void NUM(vec_margin)(NUM(mat) *p, NUM(mat) *r, NUM(mat) *loss, const NUM(mat) *o, const uint32_t *label, NUM(ctx) *ctx);

/* s = sigma(z), the residual r = dL/dz and L (one column), the sum over a row of the binary cross-entropies
   -(y log s + (1-y) log(1-s)) of targets y, in nats; a term whose factor is 0 is left out. naive: s = 1/(1+e^-z), r = s - y; where
   they are composed, of a loss that takes s: ((s-y)/d) d with d = s(1-s). rewrite: with e = e^-|z|, s and s_ = sigma(-z) are
   1/(1+e) and e/(1+e) by the sign of z, r = (1-y) s - y s_, which does not cancel for y = 0 and y = 1, and L the sum of
   (max(z, 0) - y z) + log1p(e). */
void NUM(vec_bce)(NUM(mat) *s, NUM(mat) *r, NUM(mat) *loss, const NUM(mat) *z, const NUM(mat) *y, bool composed, NUM(ctx) *ctx);

/* s (one row) = the sums of the columns of a, every addition rounded, in increasing row. */
void NUM(vec_column_sums)(NUM(mat) *s, const NUM(mat) *a, NUM(ctx) *ctx);

/* r = r + a. */
void NUM(vec_add)(NUM(mat) *r, const NUM(mat) *a, NUM(ctx) *ctx);

/* Sets the rows outside first to end - 1 to +0. */
void NUM(vec_keep_rows)(NUM(mat) *r, size_t first, size_t end, NUM(ctx) *ctx);

/* The index of the one largest element of a row; -1 on a tie or a NaN; -2 if balls leave it open. A row of one element is the logit
   of two classes: 1 if it is positive, 0 if it is negative, -1 if it is 0. */
int NUM(vec_argmax)(const NUM(mat) *a, size_t row);
