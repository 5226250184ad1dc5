/* SPDX-License-Identifier: Apache-2.0 */
/* judge_sum.c -- see judge_sum.h */
#include "blame/judge_sum.h"
#include "blame/memory.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/mpfr_vec.h"
#include "pass/truth.h"

/* Rounds to 0 in the format; stochastically: it can. */
static bool
vanishes(const blame_image *image, mpfr_srcptr x)
{
    mpfr_t r;
    mpfr_init2(r, blame_bits(&image->e));
    mpfr_narrow(r, x, &image->e.format, UINT32_MAX);
    const bool gone = mpfr_zero_p(r);
    mpfr_clear(r);
    return gone;
}

/* Operands as the pass took them; by their own values, if it takes subnormal ones as 0; and those that no operation makes, the
   model's numbers and the input, unrounded. */
typedef enum { AS_TAKEN, AS_MADE, LEAVES_TRUE } operands;

static ga_number
operand(const blame_image *image, operands o, value_id v, size_t at)
{
    const ga_format *const f = &image->e.format;
    ga_number a = blame_tape_number(o == LEAVES_TRUE && !image->net->examined[v] ? image->truth : image->computed, v, at);
    if (o == AS_TAKEN && f->flush_in && blame_is_finite(&a) && a.exponent < f->emin)
        a = (ga_number){ .klass = GA_ZERO };
    return a;
}

/* sum = the exact sum of the computed operands' terms, rounded to JUDGE_BITS (0 only if it is 0); *small: every term rounds to 0 in
   the format. False if a term is infinite or NaN. */
static bool
exact_sum(mpfr_ptr sum, bool *small, const blame_image *image, operands o, blame_place at)
{
    const blame_net *const net = image->net;
    const size_t room = net->most_runs * sizeof(blame_run);
    blame_run *const runs = blame_take(room);
    const size_t n_runs = blame_runs(runs, net, at.value, at.at), most = blame_terms(runs, n_runs) + 1;
    const mpfr_prec_t bits = blame_bits(&image->e);
    const size_t size = mpfr_vec_size(most, 2 * bits);
    __mpfr_struct *const term = mpfr_vec_at(blame_take(size), most, 2 * bits);
    mpfr_ptr *const terms = blame_take(most * sizeof *terms);
    const bool selects = blame_row(net, at.value)->selects;
    mpfr_t factor;
    size_t n = 0;
    bool finite = true;
    *small = true;
    mpfr_init2(factor, bits);
    for (size_t r = 0; finite && r < n_runs; r++)
        for (size_t k = 0; finite && k < runs[r].n; k++) {
            const ga_number a = operand(image, o, runs[r].a, blame_run_a(runs + r, k));
            mpfr_vec_set_number(term + n, &a);
            if (runs[r].b != NO_VALUE) {
                const ga_number b = operand(image, o, runs[r].b, blame_run_b(runs + r, k));
                if (selects && b.klass == GA_ZERO)
                    continue;
                mpfr_vec_set_number(factor, &b);
                if (runs[r].divided)
                    mpfr_div(term + n, term + n, factor, MPFR_RNDN);
                else
                    mpfr_mul(term + n, term + n, factor, MPFR_RNDN); /* exact */
            }
            if (runs[r].negated)
                mpfr_neg(term + n, term + n, MPFR_RNDN);
            finite = mpfr_number_p(term + n);
            if (mpfr_zero_p(term + n))
                continue;
            *small = *small && vanishes(image, term + n);
            terms[n] = term + n;
            n++;
        }
    if (finite)
        mpfr_sum(sum, terms, n, MPFR_RNDN);
    mpfr_clear(factor);
    blame_give(term, size);
    blame_give(terms, most * sizeof *terms);
    blame_give(runs, room);
    return finite;
}

/* The operands' exact sum is fine: what was made of them is not, by its additions. */
static origin_kind
additions(const blame_image *image, blame_place at)
{
    const bool blas = image->e.product != GA_LOOP && blame_row(image->net, at.value)->gemm;
    return blas ? ORIGIN_PRODUCT_INSIDE_BLAS : ORIGIN_SUM_ROUNDING;
}

/* Whether a sum can be off because of the model's own numbers and the input, which were rounded, or what is made of them. */
static bool
is_rounded_model(const blame_image *image)
{
    const blame_net *const net = image->net;
    const bool holds = format_holds(image->e.format, net->p->input_bits == 24 ? GA_F32 : GA_F64);
    return net->p->stored || blame_computes_constants(net) || !holds;
}

/* With other operands the sum is not gone. */
static bool
is_there_with(const blame_image *image, operands o, blame_place at)
{
    mpfr_t sum;
    bool small;
    mpfr_init2(sum, JUDGE_BITS);
    const bool there = exact_sum(sum, &small, image, o, at) && !vanishes(image, sum);
    mpfr_clear(sum);
    return there;
}

origin_kind
judge_zero_sum(const blame_image *image, blame_place at)
{
    const bool product = blame_row(image->net, at.value)->product;
    mpfr_t sum;
    bool small;
    mpfr_init2(sum, JUDGE_BITS);
    const bool finite = exact_sum(sum, &small, image, AS_TAKEN, at), gone = finite && vanishes(image, sum);
    mpfr_clear(sum);
    if (!finite)
        return ORIGIN_OVERFLOW;
    if (gone && image->e.format.flush_in && is_there_with(image, AS_MADE, at))
        return ORIGIN_OPERAND_FLUSHED;
    if (product)
        return ORIGIN_PRODUCT_UNDERFLOW;
    if (gone && is_rounded_model(image) && is_there_with(image, LEAVES_TRUE, at))
        return ORIGIN_ROUNDED_MODEL;
    return small ? ORIGIN_SUM_UNDERFLOW : gone ? ORIGIN_SUM_CANCELLATION : additions(image, at);
}

bool
judge_beyond(mpfr_srcptr value, mpfr_srcptr low, mpfr_srcptr high, double tolerance)
{
    mpfr_t limit, factor;
    if (!mpfr_number_p(value))
        return true;
    if (mpfr_zero_p(low) && mpfr_zero_p(high))
        return !mpfr_zero_p(value);
    const int sign = mpfr_sgn(low) > 0 ? 1 : mpfr_sgn(high) < 0 ? -1 : 0;
    if (sign == 0 || mpfr_sgn(value) != sign)
        return sign != 0;
    mpfr_inits2(JUDGE_BITS, limit, factor, (mpfr_ptr)0);
    mpfr_set_ui(factor, 1, MPFR_RNDN);
    mpfr_sub_d(factor, factor, tolerance, MPFR_RNDD); /* away from [low, high], as are the products */
    mpfr_mul(limit, sign > 0 ? low : high, factor, sign > 0 ? MPFR_RNDD : MPFR_RNDU);
    bool off = mpfr_sgn(factor) > 0 && mpfr_cmpabs(value, limit) < 0;
    mpfr_set_ui(factor, 1, MPFR_RNDN);
    mpfr_add_d(factor, factor, tolerance, MPFR_RNDU);
    mpfr_mul(limit, sign > 0 ? high : low, factor, sign > 0 ? MPFR_RNDU : MPFR_RNDD);
    off = off || mpfr_cmpabs(value, limit) > 0;
    mpfr_clears(limit, factor, (mpfr_ptr)0);
    return off;
}

origin_kind
judge_sum(const blame_image *image, blame_place at)
{
    static const struct {
        operands o;
        origin_kind kind; /* if the sum is fine with these */
    } others[] = { { AS_MADE, ORIGIN_OPERAND_FLUSHED }, { LEAVES_TRUE, ORIGIN_ROUNDED_MODEL } };
    const bool possible[] = { image->e.format.flush_in, is_rounded_model(image) };
    mpfr_t sum, low, high;
    bool small;
    mpfr_inits2(JUDGE_BITS, sum, low, high, (mpfr_ptr)0);
    const bool finite = exact_sum(sum, &small, image, AS_TAKEN, at);
    truth_ends(low, high, image->truth->truth[at.value] + at.at);
    const bool off = finite && judge_beyond(sum, low, high, image->tolerance);
    origin_kind kind = !finite ? ORIGIN_OVERFLOW : off ? ORIGIN_SUM_CANCELLATION : additions(image, at);
    for (size_t i = 0; off && kind == ORIGIN_SUM_CANCELLATION && i < 2; i++)
        if (possible[i] && exact_sum(sum, &small, image, others[i].o, at) && !judge_beyond(sum, low, high, image->tolerance))
            kind = others[i].kind;
    mpfr_clears(sum, low, high, (mpfr_ptr)0);
    return kind;
}
