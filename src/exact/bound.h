/* SPDX-License-Identifier: Apache-2.0 */
/* bound.h -- the bound run: a program's instructions in double, with an error bound beside every number.

   A value is a matrix v of doubles with one of radii r beside it, both in units of a power of two for each row, and for some values
   in one more for each number: the true element is within r 2^(exponent - down) of v 2^(exponent - down), times a positive factor
   that all gradients of an image share. It is what was divided out of the residual: a gradient is linear in that. Values of the
   forward pass have the factor 1 and exponents 0. The exponents of gradients keep the largest element of a row near 1, because
   products of derivatives leave the range of double. A number with v = r = 0 is a proved zero.

   u = 2^-53. A sum of n products, in any order, fused or not, is within gamma_(n+1) sum |a_k| |b_k| of its value, also with a
   bias among the terms (Higham, Accuracy and Stability, sec. 3.1), and gamma_(n+1) <= (n + 4) 2u =: gamma for n < 2^20. Hence,
   for exact weights w and elements within r_k of a_k, |sum computed - sum true| <= sum (r_k + gamma (|a_k| + r_k)) |w_k|, which
   is at most the product of the norms of these factors and of w (Cauchy, Schwarz): the factors' norm is computed once for an
   image, that of w once for a network, and all radii of a product cost no second product. Radii are computed in double too: each
   is a few sums, products and roots of non-negative numbers, low by less than a factor 1 - 2^-21 in all, which BOUND_UP makes up
   for. BOUND_TINY = 2^-800, added to each factor of a weight, covers what underflows: weights of binary32 are 0 or at least
   2^-149, so that TINY |w| >= 2^-949, more than n < 2^20 errors of 2^-1075, and than numbers below 2^-900 of their row, taken for
   0. The squares of such weights neither over- nor underflow. A sum whose weights are all 0 keeps r = 0 and v = 0, and is a
   proved zero.

   Infinities and NaN fail every comparison that would prove something. */
#ifndef EXACT_BOUND_H
#define EXACT_BOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "graph/program.h"
#include "exact/op_bound.h"

#define BOUND_UP (1 + 0x1p-20)
#define BOUND_TINY 0x1p-800
#define BOUND_LEAST (-900)                     /* what is that many binary digits below its row is taken for 0 */
#define BOUND_ZERO_ROW (-(INT64_C(1) << 40)) /* the exponent of a row of proved zeros: any is right */

typedef struct {
    mat_f64 v, r;      /* a parameter has no r: it is exact */
    double *row_norm, *col_norm; /* of the rows and columns of an exact constant; others have none */
    int64_t *exponent; /* [row]; constants have none */
    int32_t *down;     /* [row cols + k]; NULL: 0 */
} bounded;

typedef struct bound_tape {
    const program *p;
    bounded *value;        /* constants have matrices of their own; others those of a room: */
    bounded *room;
    size_t n_rooms, rows;
    const uint32_t *label; /* [row] */
    bool *decided;         /* [row]: nothing has kept it from being proved */
    double *factor;        /* room for a row of factors of weights, */
    int64_t *scratch;      /* for a row of integers */
    ctx_f64 *ctx;
} bound_tape;

/* For up to so many images. NULL if memory runs out, and for a program without bounds: an instruction up to the gradients has none,
   or takes what its row does not say, parameters are of binary64 (a product with one could underflow), or sums may have 2^20 terms.
   The program must live as long; its parameters are copied. */
bound_tape *bound_tape_new(const program *p, size_t rows);
void bound_tape_free(bound_tape *t);

/* Runs the program up to its gradients, on inputs x[row n_inputs ..]. decided[row]: what the run has of the row's gradients is
   proved; else it may be anything. */
void bound_run(bool *decided, bound_tape *t, const double *x, const uint32_t *label, size_t rows);

/* By how much number k of a constant is off. */
static inline double
bound_off(const bounded *constant, size_t k)
{
    return constant->r.e != NULL ? constant->r.e[k] : 0;
}

/* Sets a constant's norms. */
void bound_norms(bounded *constant);

static inline const bounded *
bound_in(const bound_tape *t, const instruction *i, size_t k)
{
    return t->value + i->in[k];
}

static inline bounded *
bound_out(bound_tape *t, const instruction *i, size_t k)
{
    return t->value + i->out[k];
}

/* c = op(a) op(w) + bias with its radii, for constants w and bias (NULL: none), where w is transposed if tw says so. */
void bound_product(bounded *c, const bounded *a, const bounded *w, bool tw, const bounded *bias, bound_tape *t);

/* An output that nobody reads: no bound. */
void bound_nothing(bounded *b);

/* Whether a row's numbers are what they are, without a power of two: what is not linear in them needs that. */
static inline bool
bound_is_plain(const bounded *b, size_t row)
{
    return b->exponent[row] == 0;
}

/* Whether of two numbers of a row i is proved to be larger; or they are equal, and i comes first. */
static inline bool
bound_is_before(const bounded *b, size_t i, size_t k)
{
    const double above = b->v.e[i] - b->v.e[k], off = b->r.e[i] + b->r.e[k];
    return above > off * BOUND_UP || (i < k && above == 0 && off == 0);
}

/* 2^k, 0 for k < -1000; k <= 1000. */
double bound_power(int64_t k);

/* e^-y = m 2^-k to within 2^-46 of itself, 1/2 < m < 2, for 0 <= y < 2^20; returns m. */
double bound_exp_minus(int32_t *k, double y);

#endif
