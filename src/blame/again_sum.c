/* SPDX-License-Identifier: Apache-2.0 */
/* again_sum.c -- a sum run again: in double with what the additions lose, and by MPFR where that does not decide the rounding. */
#include <math.h>
#include <string.h>

#include "blame/again.h"
#include "blame/memory.h"
#include "num/mpfr_vec.h"

/* ---- in double --------------------------------------------------------------------------------------------------- */

/* x, not subnormal, rounded to so many bits, to nearest and even. */
static double
rounded_to(double x, int bits)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    const uint64_t last = UINT64_C(1) << (53 - bits);
    u = (u + (last / 2 - (bits < 53)) + (bits < 53 ? u / last & 1 : 0)) & ~(last - 1);
    memcpy(&x, &u, sizeof u);
    return x;
}

/* The sum of rounded terms so far, 2^exponent (sum + rest), where rest has what additions lost, and the sum of magnitudes. */
typedef struct {
    int64_t exponent;
    double sum, rest, magnitude;
    int bits;
} quick;

/* Adds a w 2^shift, that product rounded if it is one of two; false: not exactly. The size of w is from 2^-160 to 2^160, so that
   nothing leaves the range. */
enum { QUICK_SPAN = 500 };
static inline bool
quick_add(quick *q, const ga_number *a, double w, int64_t shift, bool product)
{
    if (!blame_is_finite(a) || !(fabs(w) < 0x1p160))
        return false;
    if (a->klass == GA_ZERO || w == 0)
        return true;
    const int64_t down = a->exponent + shift - q->exponent;
    if (fabs(w) < 0x1p-160 || down < -QUICK_SPAN)
        return false;
    double x = a->mantissa * w;
    const double lost = fma(a->mantissa, w, -x);
    if (product && q->bits < 53) {
        uint64_t u;
        memcpy(&u, &x, sizeof u);
        const uint64_t last = UINT64_C(1) << (53 - q->bits);
        if (lost != 0 && (u & (last - 1)) == last / 2)
            return false; /* a tie of x, not of the product */
        x = rounded_to(x, q->bits);
    }
    const uint64_t power = (uint64_t)(1023 + down) << 52;
    double scale;
    memcpy(&scale, &power, sizeof scale);
    x *= scale;
    const double sum = q->sum + x, part = sum - x;
    q->rest += (x - (sum - part)) + (q->sum - part);
    q->sum = sum;
    q->magnitude += fabs(x);
    return true;
}

/* The sum, rounded as mpfr_sum rounds it; false: not known. n additions of what was lost, each at most 2^-53 of the magnitudes, err
   by at most n 2^-106 of n magnitudes. */
static bool
quick_end(ga_number *to, const quick *q, size_t n)
{
    const double error = q->magnitude * (double)n * (double)n * 0x1p-104;
    const double sum = q->sum + q->rest, rest = q->rest - (sum - q->sum);
    int exponent;
    if (q->magnitude == 0) {
        *to = (ga_number){ .klass = GA_ZERO };
        return true;
    }
    if (!(fabs(sum) > 0x1p-900))
        return false;
    if (q->bits == 53 ? sum + (rest + error) != sum || sum + (rest - error) != sum
                      : rounded_to(sum - (fabs(rest) + error) * 2 - fabs(sum) * 0x1p-52, q->bits) !=
                            rounded_to(sum + (fabs(rest) + error) * 2 + fabs(sum) * 0x1p-52, q->bits))
        return false;
    const double m = 2 * frexp(rounded_to(sum, q->bits), &exponent);
    *to = (ga_number){ .klass = GA_NORMAL, .sign = sum > 0 ? 1 : -1, .mantissa = m, .exponent = q->exponent + exponent - 1 };
    return true;
}

/* What `sum` and `finish` make, in doubles; false: not known. */
static bool
quick_sum(ga_number *to, const interventions *r, value_id v, size_t n_runs)
{
    const bool selects = blame_row(r->net, v)->selects;
    quick q = { .exponent = INT64_MIN, .bits = (int)r->image->e.format.bits };
    size_t n = 0;
    for (size_t k = 0; k < n_runs; k++) {
        const blame_run *const run = r->runs + k;
        const ga_number *const a = r->at->now.value[run->a], *const b = run->b != NO_VALUE ? r->at->now.value[run->b] : NULL;
        n += run->n;
        for (size_t i = 0; a != NULL && i < run->n; i++) {
            const ga_number *const x = a + blame_run_a(run, i);
            const int64_t e = x->exponent + (b != NULL ? b[blame_run_b(run, i)].exponent : 0);
            if (x->klass != GA_ZERO && e > q.exponent)
                q.exponent = e;
        }
        for (size_t i = 0; a == NULL && i < run->n; i++) {
            const ga_number x = blame_tape_number(&r->at->now, run->a, blame_run_a(run, i));
            if (x.klass != GA_ZERO && x.exponent > q.exponent)
                q.exponent = x.exponent;
        }
    }
    if (q.exponent == INT64_MIN)
        q.exponent = 0;
    for (size_t k = 0; k < n_runs; k++) {
        const blame_run *const run = r->runs + k;
        const ga_number *const a = r->at->now.value[run->a], *const b = run->b != NO_VALUE ? r->at->now.value[run->b] : NULL;
        const blame_constant *const c = run->b != NO_VALUE && b == NULL ? r->constant + run->b : NULL;
        if (run->divided)
            return false;
        for (size_t i = 0; i < run->n; i++) {
            const size_t from = blame_run_a(run, i), with = blame_run_b(run, i);
            ga_number x = a != NULL ? a[from] : blame_tape_number(&r->at->now, run->a, from);
            if (run->negated) {
                x.mantissa = -x.mantissa;
                x.sign = -x.sign;
            }
            if (c != NULL ? !quick_add(&q, &x, blame_number(c, with), 0, true)
                : b == NULL ? !quick_add(&q, &x, 1, 0, false)
                            : !(selects && b[with].klass == GA_ZERO) &&
                                  (!blame_is_finite(b + with) || !quick_add(&q, &x, b[with].mantissa, b[with].exponent, true)))
                return false;
        }
    }
    return quick_end(to, &q, n);
}

/* ---- in MPFR ----------------------------------------------------------------------------------------------------- */

/* to = t, rounded to the format's precision, which is at most that of to. */
static void
finish(mpfr_ptr to, const interventions *r)
{
    mp_limb_t limb[(GA_NUMBER_BITS - 1) / GMP_NUMB_BITS + 1];
    __mpfr_struct own;
    mpfr_custom_init_set(&own, MPFR_ZERO_KIND, 0, r->image->e.format.bits, limb);
    mpfr_set(&own, r->t, MPFR_RNDN);
    mpfr_set(to, &own, MPFR_RNDN);
}

void
again_round(ga_number *to, interventions *r)
{
    finish(r->rounded, r);
    mpfr_vec_whole_number(to, r->rounded);
}

void
again_free_terms(interventions *r)
{
    blame_give(r->term, mpfr_vec_size(r->n_terms, r->bits));
    blame_give(r->terms, r->n_terms * sizeof *r->terms);
}

static void
make_terms(interventions *r, size_t n)
{
    if (n <= r->n_terms)
        return;
    again_free_terms(r);
    r->n_terms = 2 * n;
    r->term = mpfr_vec_at(blame_take(mpfr_vec_size(r->n_terms, r->bits)), r->n_terms, r->bits);
    r->terms = blame_take(r->n_terms * sizeof *r->terms);
}

/* t = the sum of a value's rounded terms, now. */
static void
sum(interventions *r, value_id v, size_t n_runs)
{
    const bool selects = blame_row(r->net, v)->selects;
    size_t used = 0;
    make_terms(r, blame_terms(r->runs, n_runs));
    for (size_t k = 0; k < n_runs; k++) {
        const blame_run *const run = r->runs + k;
        const bool constant = run->b != NO_VALUE && !r->net->kept[run->b];
        for (size_t i = 0; i < run->n; i++) {
            const ga_number a = blame_tape_number(&r->at->now, run->a, blame_run_a(run, i));
            if (a.klass == GA_ZERO && (constant || run->b == NO_VALUE))
                continue;
            if (run->b == NO_VALUE) {
                mpfr_vec_set_number(r->term + used, &a);
            } else {
                mpfr_vec_set_number(r->factor, &a);
                if (constant) {
                    const double with = blame_number(r->constant + run->b, blame_run_b(run, i));
                    if (run->divided)
                        mpfr_div_d(r->t, r->factor, with, MPFR_RNDN);
                    else
                        mpfr_mul_d(r->t, r->factor, with, MPFR_RNDN);
                } else {
                    const ga_number b = r->at->now.value[run->b][blame_run_b(run, i)];
                    if (selects && b.klass == GA_ZERO)
                        continue;
                    mpfr_vec_set_number(r->rounded, &b);
                    (run->divided ? mpfr_div : mpfr_mul)(r->t, r->factor, r->rounded, MPFR_RNDN);
                } /* exact; or a quotient to so many bits that rounding it once more is right */
                finish(r->term + used, r);
            }
            if (run->negated)
                mpfr_neg(r->term + used, r->term + used, MPFR_RNDN);
            r->terms[used] = r->term + used;
            used++;
        }
    }
    mpfr_sum(r->t, r->terms, used, MPFR_RNDN);
}

void
again_sum(ga_number *to, interventions *r, value_id v, size_t n_runs)
{
    if (r->bits == 53 && quick_sum(to, r, v, n_runs))
        return;
    sum(r, v, n_runs);
    again_round(to, r);
}
