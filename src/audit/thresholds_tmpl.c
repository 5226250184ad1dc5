/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds_tmpl.c -- the search in float or double. The numbers of one sign are counted from 0: number i is the one whose
   significand and exponent read as the integer i; inward, argument i is the i-th below 1. The operations are those of the pass. */

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

static uint64_t
NUM(count)(num x)
{
    uint64_t i = 0;
    memcpy(&i, &x, sizeof x);
    return i;
}

static double
NUM(argument)(const threshold_row *row, uint64_t i)
{
    return row->direction * (double)NUM(number)(row->inward ? NUM(count)(1) - i : i);
}

/* The argument that ends the search: 0, or 4096, where e^-4096 is below both formats and e^4096 above. */
static uint64_t
NUM(most)(const threshold_row *row)
{
    return NUM(count)(row->inward ? 1 : 4096);
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

/* A quantity at CHUNK arguments, one per row. */
typedef struct {
    const threshold_row *row;
    num constant; /* the value at which NUM(walk) is */
    bool scalar;  /* it is a function of scalars.def, without a program */
    threshold_program program;
    NUM(ctx) *ctx;
    NUM(tape) *tape;
} NUM(search);

/* The quantity at the arguments from, from + 1, …; n at most CHUNK. */
static void
NUM(evaluate)(num *value, NUM(search) *s, uint64_t from, size_t n)
{
    const threshold_row *const row = s->row;
    const instruction *const code = &s->program.code;
    for (size_t i = 0; s->scalar && i < n; i++) {
        num x;
        num_set_d(&x, NUM(argument)(row, from + i), s->ctx);
        NUM(scalar)[row->out](value + i, &x, s->ctx);
    }
    if (s->scalar)
        return;
    NUM(mat) *const x = s->tape->value + code->in[0];
    const NUM(mat) *const y = s->tape->value + code->out[row->out];
    const size_t cols = x->cols;
    NUM(tape_set_rows)(s->tape, n, 0, n);
    for (size_t i = 0; i < n; i++) {
        num_set_zero(x->e + i * cols, s->ctx);
        num_set_d(x->e + i * cols + cols - 1, (cols == 2 ? -1 : 1) * NUM(argument)(row, from + i), s->ctx);
    }
    NUM(pass_step)(s->tape, 0, s->ctx);
    for (size_t i = 0; i < n; i++)
        num_set(value + i, y->e + i * y->cols + row->col, s->ctx);
}

static num
NUM(value)(NUM(search) *s, uint64_t i)
{
    num value;
    NUM(evaluate)(&value, s, i, 1);
    return value;
}

/* Whether v is what the quantity becomes; what becomes wrong ends where the true value becomes 0. */
static bool
NUM(is)(const threshold_row *row, num v)
{
    switch (row->becomes) {
    case GA_BECOMES_ONE: return v == 1;
    case GA_BECOMES_INFINITE: return isinf(v);
    case GA_BECOMES_NAN: return isnan(v);
    default: return v == 0;
    }
}

static bool
NUM(holds)(void *search, uint64_t i)
{
    NUM(search) *const s = search;
    return NUM(is)(s->row, NUM(value)(s, i));
}

/* The true value v at argument i: with p bits |r - v| <= 2^(3-p) |v| (threshold_row), so that v is between r (1 - 2^(4-p)) and
   r (1 + 2^(4-p)). low and high have the same precision, of 53 bits or more. */
static void
NUM(enclose)(mpfr_ptr low, mpfr_ptr high, const threshold_row *row, uint64_t i)
{
    mpfr_t r, error;
    const mpfr_prec_t bits = mpfr_get_prec(low);
    mpfr_inits2(bits, r, error, (mpfr_ptr)0);
    mpfr_set_d(low, NUM(argument)(row, i), MPFR_RNDN); /* exact */
    row->exact(r, low);
    mpfr_mul_2si(error, r, 4 - bits, MPFR_RNDN); /* exact */
    mpfr_abs(error, error, MPFR_RNDN);
    mpfr_sub(low, r, error, MPFR_RNDD);
    mpfr_add(high, r, error, MPFR_RNDU);
    mpfr_clears(r, error, (mpfr_ptr)0);
}

/* The true value, rounded: where both ends round to the same number, so does v. That comes to pass, as v is no tie: the interval
   ends on one side of the nearest one. */
static num
NUM(truth)(const NUM(search) *s, uint64_t i)
{
    num below, above;
    mpfr_prec_t bits = 64;
    do {
        mpfr_t low, high;
        mpfr_inits2(bits, low, high, (mpfr_ptr)0);
        NUM(enclose)(low, high, s->row, i);
        below = NUM(nearest)(low);
        above = NUM(nearest)(high);
        mpfr_clears(low, high, (mpfr_ptr)0);
        bits *= 2;
    } while (below != above);
    return below;
}

/* Whether the true value rounds to what the quantity becomes. */
static bool
NUM(exactly_holds)(void *search, uint64_t i)
{
    const NUM(search) *s = search;
    return NUM(is)(s->row, NUM(truth)(s, i));
}

/* The least i that holds, for a condition that holds at high, not at low, and once it does for all larger i. */
static uint64_t
NUM(between)(bool (*holds)(void *, uint64_t), NUM(search) *s, uint64_t low, uint64_t high)
{
    while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;
        if (holds(s, middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* The same of all numbers: what a row says becomes so is such a condition (op_thresholds). Nothing of the kind is known of the C
   library's functions: there bisection leads to one crossing, and NUM(scan) looks around. */
static uint64_t
NUM(bisect)(bool (*holds)(void *, uint64_t), NUM(search) *s)
{
    return NUM(between)(holds, s, 0, NUM(most)(s->row));
}

/* The first number that holds in the window around middle, and the one after the last that does not. */
static void
NUM(scan)(uint64_t *first, uint64_t *last, NUM(search) *s, uint64_t middle)
{
    num value[NUM(CHUNK)];
    const uint64_t from = middle - NUM(window), to = middle + NUM(window);
    *first = to;
    *last = from;
    for (uint64_t i = from; i < to; i += NUM(CHUNK)) {
        NUM(evaluate)(value, s, i, NUM(CHUNK));
        for (size_t k = 0; k < NUM(CHUNK); k++) {
            const bool holds = NUM(is)(s->row, value[k]);
            if (holds && *first == to)
                *first = i + k;
            if (!holds)
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

/* With the C library's functions; op is N_OPS for a function of scalars.def; NULL when memory is out. */
static NUM(search) *
NUM(search_new)(op_id op, const threshold_row *row)
{
    const ga_estimator e = { .format = NUM(format), .formulas = row->formulas, .product = GA_LOOP, .gain = 1, .logit_scale = 1 };
    NUM(search) *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->row = row;
    s->scalar = op == N_OPS;
    s->ctx = NUM(ctx_new)(&e);
    if (s->ctx != NULL && !s->scalar) {
        threshold_program_set(&s->program, op);
        s->tape = NUM(tape_new)(&s->program.p, NULL, NULL, NUM(CHUNK), s->ctx);
    }
    if (s->ctx != NULL && (s->scalar || s->tape != NULL))
        return s;
    NUM(search_free)(s);
    return NULL;
}

#include "audit/wrong_tmpl.c"

static bool
NUM(find)(ga_threshold *found, op_id op, const threshold_row *row)
{
    uint64_t rounded, first, last;
    NUM(search) *s = NUM(search_new)(op, row);
    if (s == NULL)
        return false;
    const bool wrong = row->becomes == GA_BECOMES_WRONG, ever = NUM(exactly_holds)(s, NUM(most)(row));
    const uint64_t exact = ever ? NUM(bisect)(NUM(exactly_holds), s) : NUM(most)(row);
    if (wrong)
        NUM(walk)(&first, &last, s, exact);
    else
        NUM(scan)(&first, &last, s, NUM(bisect)(NUM(holds), s));
    s->ctx->libm = &NUM(rounded_libm);
    if (wrong)
        NUM(walk)(&rounded, NULL, s, exact);
    else
        rounded = NUM(bisect)(NUM(holds), s);
    *found = (ga_threshold){ row->quantity, row->formulas, row->becomes,
                             ever ? NUM(argument)(row, exact) : (double)INFINITY * row->direction, NUM(argument)(row, rounded),
                             NUM(argument)(row, first), NUM(argument)(row, last), (int64_t)(first - rounded) };
    NUM(search_free)(s);
    return true;
}
