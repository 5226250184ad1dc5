/* SPDX-License-Identifier: Apache-2.0 */
/* ball.h -- selects balls for the templates that are included next: the element [mid - rad, mid + rad], with mid an MPFR number of
   the context's precision and rad >= 0 a radius (radius.h), rounded up, with its own exponent.

   Every operation returns a ball that contains the exact result for all points of its operands; rad = 0 if the operands are exact
   and no bit was dropped. If nothing is known, as beyond MPFR's exponent range, rad is infinite: such a ball, or one made of it,
   proves no sign and no zero. There are rewrite formulas only. */
#undef num
#undef NUM
#undef OP
#define num ball
#define NUM(name) name##_ball
#define OP(name) ball_##name

#ifndef NUM_BALL_H
#define NUM_BALL_H

#include <stdbool.h>
#include <stddef.h>

#include <mpfr.h>

#include "num/context.h"
#include "num/ops.h"
#include "num/radius.h"

typedef struct {
    __mpfr_struct mid;
    radius rad;
} ball;

typedef struct {
    context common;
    ball *t;          /* temporaries */
    ball *one;
    __mpfr_struct *m; /* midpoint temporaries */
    __mpfr_struct *r; /* ends of radii, RADIUS_BITS */
    __mpfr_struct *term; /* exact products for the rounded sum, and pointers to them */
    mpfr_ptr *terms;
    size_t n_term;
    long term_bits;
    struct exp_fixed *exp, *exp_more; /* the latter with EXP_MORE bits more; NULL: exponentials by MPFR */
    size_t by_tables, by_mpfr; /* exponentials, of elements other than 0 */
    void *product; /* what products need, and how it is freed */
    void (*product_free)(void *product);
} ctx_ball;

ball *ball_vec_new(size_t n, long bits);
void ball_vec_free(ball *v);

void ball_set_zero(ball *r, ctx_ball *ctx);
void ball_set(ball *r, const ball *a, ctx_ball *ctx);
void ball_set_d(ball *r, double a, ctx_ball *ctx); /* exact if the precision holds it, else with a radius */
void ball_neg(ball *r, const ball *a, ctx_ball *ctx);
void ball_add(ball *r, const ball *a, const ball *b, ctx_ball *ctx);
void ball_sub(ball *r, const ball *a, const ball *b, ctx_ball *ctx);
void ball_mul(ball *r, const ball *a, const ball *b, ctx_ball *ctx);

/* At least |xy - ab| for points x of a, y of b. */
radius ball_product_radius(const ball *a, const ball *b);

void ball_muladd(ball *r, const ball *a, const ball *b, ctx_ball *ctx); /* uses ctx->t[0] */
void ball_dot(ball *r, const ball *a, const ball *b, size_t n, ctx_ball *ctx); /* the same */

/* The quotient; the whole line if b is not proved to have a sign. r may alias a or b. */
void ball_div(ball *r, const ball *a, const ball *b, ctx_ball *ctx);

/* The root; the whole line if a is neither {0} nor proved positive. r may be a. */
void ball_sqrt(ball *r, const ball *a, ctx_ball *ctx);
void ball_exp(ball *r, const ball *a, ctx_ball *ctx);
void ball_expm1(ball *r, const ball *a, ctx_ball *ctx); /* not in place */

/* r = a: a number that is stored in a narrower format is truly what it was. */
void ball_store(ga_format f, int k, ctx_ball *ctx);
void ball_narrow(ball *r, const ball *a, ctx_ball *ctx);
void ball_narrow_all(ball *r, const ball *a, size_t n, ctx_ball *ctx);

/* For a >= 0: points of a below 0 are taken as 0. */
void ball_log1p(ball *r, const ball *a, ctx_ball *ctx);

/* Contains all points of a and b; the least such interval up to rounding. r may alias a or b. */
void ball_hull(ball *r, const ball *a, const ball *b, ctx_ball *ctx);

/* Never called: neither naive formulas nor scales of stores exist in balls. */
void ball_log(ball *r, const ball *a, ctx_ball *ctx);
void ball_abs(ball *r, const ball *a, ctx_ball *ctx);

/* +1 or -1: the sign of every point; 0: {0} or not decided, in which case 53 bits of mid are looked at. */
int ball_sgn(const ball *a);
bool ball_less(const ball *a, const ball *b);  /* proved for all points */
bool ball_equal(const ball *a, const ball *b); /* likewise: both are one point */
static inline bool ball_is_nan(const ball *a) { (void)a; return false; }
bool ball_is_zero(const ball *a);     /* exactly {0} */
bool ball_contains_zero(const ball *a); /* or is not proved not to */

/* mid of the ball, for reading: the midpoint's class and value; NaN never occurs. */
double ball_get_d(const ball *a);
void ball_get_number(ga_number *r, const ball *a, const ctx_ball *ctx);
int64_t ball_decade(const ball *a);

/* digits, if all points of the ball, which does not contain 0, round to the same so many; else digits + 1, if they do to one more,
   as around a tie, which no precision decides; else 0. ball_print takes as many, or, of 0, digits of the midpoint. */
int ball_digits(const ball *a, int digits);
int ball_print(char *text, size_t size, const ball *a, int digits, const ctx_ball *ctx);

/* The whole line: midpoint 0, radius infinite. */
void ball_set_line(ball *r);

/* [0, 2^-k]. */
void ball_set_up_to(ball *r, long k);

/* rad += x. */
static inline void ball_widen(ball *r, radius x) { r->rad = radius_add(r->rad, x); }

/* rad += the error of a result rounded to nearest into mid, if ternary says there is one; the whole line if mid is not finite. */
void ball_round(ball *r, int ternary);

#endif
