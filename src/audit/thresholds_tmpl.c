/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds_tmpl.c -- the search in float or double. The numbers of one sign are counted from 0: number i is the one whose
   significand and exponent read as the integer i. The operations are those of the pass. */

#include "num/format.h"

enum { NUM(CHUNK) = 4096 };
static const uint64_t NUM(window) = sizeof(num) == sizeof(float) ? 1 << 20 : 1 << 12;

static num
NUM(number)(uint64_t i)
{
    num x;
    memcpy(&x, &i, sizeof x); /* little-endian: configure has looked */
    return x;
}

static double
NUM(argument)(const threshold_row *row, uint64_t i)
{
    return row->direction * (double)NUM(number)(i);
}

static num
NUM(nearest)(mpfr_srcptr r)
{
    return sizeof(num) == sizeof(float) ? (num)mpfr_get_flt(r, MPFR_RNDN) : (num)mpfr_get_d(r, MPFR_RNDN);
}

/* f(x) correctly rounded, subnormals and overflow included: it lies between low, f rounded towards zero, and the next number; if
   both round alike, so does f(x) (Ziv, ACM Trans. Math. Softw. 17, 1991). */
static num
NUM(rounded)(mpfr_function *f, num x)
{
    num low, high;
    for (mpfr_prec_t bits = 64;; bits *= 2) {
        mpfr_t r;
        mpfr_init2(r, bits);
        mpfr_set_d(r, x, MPFR_RNDN);
        const int inexact = f(r, r, MPFR_RNDZ);
        low = high = NUM(nearest)(r);
        if (inexact < 0)
            mpfr_nextabove(r);
        else if (inexact > 0)
            mpfr_nextbelow(r);
        if (inexact != 0)
            high = NUM(nearest)(r);
        mpfr_clear(r);
        if (low == high)
            return low;
    }
}

static num NUM(rounded_exp)(num x) { return NUM(rounded)(mpfr_exp, x); }
static num NUM(rounded_expm1)(num x) { return NUM(rounded)(mpfr_expm1, x); }
static num NUM(rounded_log)(num x) { return NUM(rounded)(mpfr_log, x); }
static num NUM(rounded_log1p)(num x) { return NUM(rounded)(mpfr_log1p, x); }
static num NUM(rounded_tanh)(num x) { return NUM(rounded)(mpfr_tanh, x); }
static const NUM(libm) NUM(rounded_libm) = { NUM(rounded_exp), NUM(rounded_expm1), NUM(rounded_log), NUM(rounded_log1p),
                                             NUM(rounded_tanh) };

/* An operation at CHUNK arguments, one per row. */
typedef struct {
    const threshold_row *row;
    threshold_program program;
    NUM(ctx) *ctx;
    NUM(tape) *tape;
} NUM(search);

/* Whether the quantity is what it becomes at the numbers from, from + 1, …; n at most CHUNK. */
static void
NUM(evaluate)(bool *holds, NUM(search) *s, uint64_t from, size_t n)
{
    const threshold_row *const row = s->row;
    const instruction *const code = &s->program.code;
    NUM(mat) *const x = s->tape->value + code->in[0];
    const NUM(mat) *const y = s->tape->value + code->out[row->out];
    const size_t cols = x->cols;
    NUM(tape_set_rows)(s->tape, n, 0, n);
    for (size_t i = 0; i < n; i++) {
        num_set_zero(x->e + i * cols, s->ctx);
        num_set_d(x->e + i * cols + cols - 1, (cols == 2 ? -1 : 1) * NUM(argument)(row, from + i), s->ctx);
    }
    NUM(pass_run)(s->tape, 0, 1, s->ctx);
    for (size_t i = 0; i < n; i++)
        holds[i] = y->e[i * y->cols + row->col] == (num)row->becomes;
}

static bool
NUM(holds)(void *search, uint64_t i)
{
    bool holds;
    NUM(evaluate)(&holds, search, i, 1);
    return holds;
}

/* Whether the true value v rounds to what the quantity becomes; i > 0. With p bits |r - v| <= 2^(3-p) v (threshold_row), so that v
   is between r (1 - 2^(4-p)) and r (1 + 2^(4-p)); where both round to the same number, so does v. That comes to pass, as v is no
   tie: the interval ends on one side of the nearest one. */
static bool
NUM(exactly_holds)(void *search, uint64_t i)
{
    const NUM(search) *s = search;
    num low, high;
    mpfr_prec_t bits = 64;
    do {
        mpfr_t end, r, error;
        mpfr_inits2(bits, end, r, error, (mpfr_ptr)0);
        mpfr_set_d(end, NUM(argument)(s->row, i), MPFR_RNDN); /* exact */
        s->row->exact(r, end);
        mpfr_mul_2si(error, r, 4 - bits, MPFR_RNDN); /* exact */
        mpfr_sub(end, r, error, MPFR_RNDD);
        low = NUM(nearest)(end);
        mpfr_add(end, r, error, MPFR_RNDU);
        high = NUM(nearest)(end);
        mpfr_clears(end, r, error, (mpfr_ptr)0);
        bits *= 2;
    } while (low != high);
    return low == (num)s->row->becomes;
}

/* The least i that holds, for a condition that, where it holds, holds for all larger i (op_thresholds). All hold at 4096, where
   e^-4096 is below both formats. Nothing of the kind is known of the C library's functions: there bisection leads to one crossing,
   and NUM(scan) looks around. */
static uint64_t
NUM(bisect)(bool (*holds)(void *, uint64_t), NUM(search) *s)
{
    const num most = 4096;
    uint64_t low = 0, high = 0;
    memcpy(&high, &most, sizeof most);
    while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;
        if (holds(s, middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* The first number that holds in the window around middle, and the one after the last that does not. */
static void
NUM(scan)(uint64_t *first, uint64_t *last, NUM(search) *s, uint64_t middle)
{
    bool holds[NUM(CHUNK)];
    const uint64_t from = middle - NUM(window), to = middle + NUM(window);
    *first = to;
    *last = from;
    for (uint64_t i = from; i < to; i += NUM(CHUNK)) {
        NUM(evaluate)(holds, s, i, NUM(CHUNK));
        for (size_t k = 0; k < NUM(CHUNK); k++) {
            if (holds[k] && *first == to)
                *first = i + k;
            if (!holds[k])
                *last = i + k + 1;
        }
    }
}

static void
NUM(search_free)(NUM(search) *s)
{
    NUM(tape_free)(s->tape);
    NUM(ctx_free)(s->ctx);
    free(s);
}

/* With the C library's functions; NULL when memory is out. */
static NUM(search) *
NUM(search_new)(op_id op, const threshold_row *row)
{
    const ga_estimator e = { .format = NUM(format), .formulas = row->formulas, .product = GA_LOOP, .gain = 1, .logit_scale = 1 };
    NUM(search) *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->row = row;
    threshold_program_set(&s->program, op);
    s->ctx = NUM(ctx_new)(&e);
    s->tape = s->ctx != NULL ? NUM(tape_new)(&s->program.p, NULL, NULL, NUM(CHUNK), s->ctx) : NULL;
    if (s->tape != NULL)
        return s;
    NUM(search_free)(s);
    return NULL;
}

static bool
NUM(find)(ga_threshold *found, op_id op, const threshold_row *row)
{
    uint64_t first, last;
    NUM(search) *s = NUM(search_new)(op, row);
    if (s == NULL)
        return false;
    const uint64_t exact = NUM(bisect)(NUM(exactly_holds), s);
    NUM(scan)(&first, &last, s, NUM(bisect)(NUM(holds), s));
    s->ctx->libm = &NUM(rounded_libm);
    const uint64_t rounded = NUM(bisect)(NUM(holds), s);
    *found = (ga_threshold){ row->quantity, row->formulas, row->becomes, NUM(argument)(row, exact), NUM(argument)(row, rounded),
                             NUM(argument)(row, first), NUM(argument)(row, last), (int64_t)(first - rounded) };
    NUM(search_free)(s);
    return true;
}
