/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c -- see verdict.h */
#include <math.h>
#include <stdlib.h>

#include "core/attack.h"

#include "audit/verdict.h"

const char *const verdict_names[N_VERDICTS] = { "masked", "attackable-by-smoothing", "rounding-harmless", "no-evidence",
                                                "too-few-images", "too-few-seeds" };
const char *const reply_names[N_REPLIES] = { "no", "not decided", "yes" };
const char *const image_fact_names[N_FACTS] = { "misclassified", "naive-and-exact-work", "naive-works-exact-fails",
                                                "naive-fails-exact-works", "only-reduced-works", "none-works" };

static bool
by_naive(const part_row *row, const part_shape *shape)
{
    return row->estimator[shape->naive].errs;
}

static bool
by_exact(const part_row *row, const part_shape *shape)
{
    (void)shape;
    return row->function[0].errs;
}

static bool
by_reduced(const part_row *row, const part_shape *shape)
{
    return shape->stable < shape->n_estimators && row->estimator[shape->stable].errs;
}

typedef bool attack(const part_row *row, const part_shape *shape);

image_fact
image_fact_of(const part_row *row, const part_shape *shape)
{
    const bool naive = by_naive(row, shape), exact = by_exact(row, shape);
    if (!row->correct)
        return FACT_MISCLASSIFIED;
    if (naive || exact)
        return !naive ? FACT_ONLY_EXACT : exact ? FACT_BOTH_WORK : FACT_ONLY_NAIVE;
    return by_reduced(row, shape) ? FACT_ONLY_REDUCED : FACT_NONE;
}

static verdict_answer
answer_to(double low, double high, double threshold)
{
    return low > threshold                              ? REPLY_YES
           : high > threshold && high - low > VERDICT_WIDTH ? REPLY_NOT_DECIDED
                                                            : REPLY_NO;
}

/* One attack against another. */
static void
compare(verdict_comparison *c, const part *p, size_t correct, attack *one, attack *other, double threshold)
{
    *c = (verdict_comparison){ .asked = true, .threshold = threshold };
    for (size_t r = 0; r < p->n_rows; r++)
        if (p->row[r].correct) {
            const bool a = one(p->row + r, &p->shape), b = other(p->row + r, &p->shape);
            c->only_attack += a && !b;
            c->only_other += b && !a;
        }
    c->difference = correct > 0 ? ((double)c->only_attack - (double)c->only_other) / (double)correct : 0;
    ga_tango(&c->low, &c->high, c->only_attack, c->only_other, correct);
    c->answer = answer_to(c->low, c->high, threshold);
}

/* An attack against a control; bits are its seeds that succeed. False: out of memory. */
static bool
compare_control(verdict_comparison *c, const part *p, attack *one, bool filled)
{
    const size_t seeds = p->shape.seeds;
    size_t *count = calloc(2 * seeds + 1, sizeof *count), n = 0;
    double sum = 0;
    if (count == NULL)
        return false;
    *c = (verdict_comparison){ .asked = true };
    for (size_t r = 0; r < p->n_rows; r++)
        if (p->row[r].correct) {
            const uint64_t bits = filled ? p->row[r].filled : p->row[r].random;
            const size_t succeed = (size_t)__builtin_popcountll(bits), own = one(p->row + r, &p->shape) ? seeds : 0;
            count[seeds + own - succeed]++;
            sum += ((double)own - (double)succeed) / (double)seeds;
            n++;
        }
    c->difference = n > 0 ? sum / (double)n : 0;
    ga_mean_difference(&c->low, &c->high, count, seeds);
    c->answer = answer_to(c->low, c->high, 0);
    free(count);
    return true;
}

/* Whether the naive gradient has an element without a sign, for a control to fill. */
static bool
has_gaps(const part *p)
{
    enum { MINUS_ZERO = 3, PLUS_ZERO = 4, NOT_A_NUMBER = 8 };
    const ga_tally *t = &p->estimator[p->shape.naive].tally;
    uint64_t gaps = 0;
    for (size_t i = 0; i < GA_TRUTH_ROWS; i++)
        gaps += t->matrix[i][MINUS_ZERO] + t->matrix[i][PLUS_ZERO] + t->matrix[i][NOT_A_NUMBER];
    return gaps > 0;
}

/* The weakest from first to last of those asked; yes if none was. */
static verdict_answer
weakest(const verdict *v, verdict_question first, verdict_question last)
{
    verdict_answer answer = REPLY_YES;
    for (size_t q = first; q <= last; q++)
        if (v->asked[q].asked && v->asked[q].answer < answer)
            answer = v->asked[q].answer;
    return answer;
}

/* Whether an attack or a control fools the network on any image. */
static bool
any_works(const part *p)
{
    for (size_t r = 0; r < p->n_rows; r++)
        if (p->row[r].correct && (by_naive(p->row + r, &p->shape) || by_exact(p->row + r, &p->shape) ||
                                  by_reduced(p->row + r, &p->shape) || p->row[r].random != 0 || p->row[r].filled != 0))
            return true;
    return false;
}

/* Where nothing works, that the naive gradient does as well as the exact one says nothing. */
static verdict_kind
kind_of(const verdict *v, const part *p, double margin)
{
    const verdict_comparison *rounding = v->asked + ASK_ROUNDING;
    const verdict_answer beats = weakest(v, ASK_RANDOM, ASK_FILLED);
    const verdict_answer reduced = v->asked[ASK_REDUCED].asked ? weakest(v, ASK_REDUCED, ASK_REDUCED_FILLED) : REPLY_NO;
    if (rounding->answer == REPLY_YES && beats == REPLY_YES)
        return VERDICT_MASKED;
    if (rounding->answer == REPLY_NOT_DECIDED || (rounding->answer == REPLY_YES && beats == REPLY_NOT_DECIDED) ||
        reduced == REPLY_NOT_DECIDED)
        return VERDICT_FEW_IMAGES;
    if (reduced == REPLY_YES)
        return VERDICT_SMOOTHING;
    if (rounding->answer == REPLY_YES)
        return VERDICT_NO_EVIDENCE;
    if (rounding->low >= -margin && rounding->high <= margin)
        return any_works(p) ? VERDICT_HARMLESS : VERDICT_NO_EVIDENCE;
    const bool open = rounding->low < -margin && rounding->high > -margin && rounding->high - rounding->low > VERDICT_WIDTH;
    return open ? VERDICT_FEW_IMAGES : VERDICT_NO_EVIDENCE;
}

/* How many times as many images make the interval end before the threshold, or no wider than VERDICT_WIDTH? Of pairs, with their
   shares as they are; a mean's half width falls as the root of their number. */
static double
times_needed(const verdict_comparison *c, bool pairs, size_t correct, double threshold)
{
    const double half = (c->high - c->low) / 2, wanted = fmax(fabs(c->difference - threshold), VERDICT_WIDTH / 2);
    if (!pairs)
        return half / wanted * (half / wanted);
    double times = 1, low = c->low, high = c->high;
    while (low <= threshold && high > threshold && high - low > VERDICT_WIDTH && times < 1e6) {
        times *= 1.02;
        ga_tango(&low, &high, (size_t)round(times * (double)c->only_attack), (size_t)round(times * (double)c->only_other),
                 (size_t)round(times * (double)correct));
    }
    return times;
}

/* Two digits, upwards: an estimate. */
static size_t
round_up(double x)
{
    double unit = 1;
    while (x > 100 * unit)
        unit *= 10;
    return (size_t)(ceil(x / unit) * unit);
}

/* How many times as many images answer the questions from first to last together, if the differences stay as they are: those below
   their threshold will say no, and the soonest of them is enough; without one all must say yes. */
static double
times_of_weakest(const verdict *v, verdict_question first, verdict_question last)
{
    double soonest = INFINITY, latest = 1;
    for (size_t q = first; q <= last; q++)
        if (v->asked[q].asked) {
            const verdict_comparison *c = v->asked + q;
            const double times = c->answer == REPLY_NOT_DECIDED
                                     ? times_needed(c, q == ASK_ROUNDING || q == ASK_REDUCED, v->correct, c->threshold) : 1;
            if (c->difference <= c->threshold)
                soonest = fmin(soonest, times);
            latest = fmax(latest, times);
        }
    return isinf(soonest) ? latest : soonest;
}

static bool
expect_yes(const verdict *v, verdict_question first, verdict_question last)
{
    bool yes = v->asked[first].asked;
    for (size_t q = first; q <= last; q++)
        yes = yes && (!v->asked[q].asked || v->asked[q].difference > v->asked[q].threshold);
    return yes;
}

/* Of the questions that will matter, if the differences stay as they are. */
static size_t
images_needed(const verdict *v, size_t images, double margin)
{
    const bool rounding = expect_yes(v, ASK_ROUNDING, ASK_ROUNDING);
    double times = times_of_weakest(v, ASK_ROUNDING, ASK_ROUNDING);
    if (rounding)
        times = fmax(times, times_of_weakest(v, ASK_RANDOM, ASK_FILLED));
    if (!rounding || !expect_yes(v, ASK_RANDOM, ASK_FILLED)) {
        times = fmax(times, times_of_weakest(v, ASK_REDUCED, ASK_REDUCED_FILLED));
        if (!rounding && !expect_yes(v, ASK_REDUCED, ASK_REDUCED_FILLED) && v->asked[ASK_ROUNDING].low < -margin)
            times = fmax(times, times_needed(v->asked + ASK_ROUNDING, true, v->correct, -margin));
    }
    if (v->correct == 0 || v->kind != VERDICT_FEW_IMAGES)
        return 0;
    return images < VERDICT_GUESS_FROM ? VERDICT_LEAST_GUESS
                                       : round_up(fmax(fmax(times * (double)images, (double)images + 1), VERDICT_LEAST_GUESS));
}

bool
verdict_make(verdict *v, const part *p, double margin)
{
    size_t naive = 0, exact = 0;
    *v = (verdict){ .kind = VERDICT_FEW_SEEDS };
    for (size_t r = 0; r < p->n_rows; r++) {
        v->correct += p->row[r].correct;
        naive += p->row[r].correct && by_naive(p->row + r, &p->shape);
        exact += p->row[r].correct && by_exact(p->row + r, &p->shape);
    }
    v->naive_is_better = naive > exact;
    compare(v->asked + ASK_ROUNDING, p, v->correct, by_exact, by_naive, margin);
    const bool reduced = p->shape.stable < p->shape.n_estimators, gaps = has_gaps(p), seeds = p->shape.seeds > 0;
    if (reduced)
        compare(v->asked + ASK_REDUCED, p, v->correct, by_reduced, v->naive_is_better ? by_naive : by_exact, margin);
    const bool ok = (!seeds || compare_control(v->asked + ASK_RANDOM, p, by_exact, false)) &&
                    (!seeds || !gaps || compare_control(v->asked + ASK_FILLED, p, by_exact, true)) &&
                    (!seeds || !reduced || compare_control(v->asked + ASK_REDUCED_RANDOM, p, by_reduced, false)) &&
                    (!seeds || !reduced || !gaps || compare_control(v->asked + ASK_REDUCED_FILLED, p, by_reduced, true));
    if (ok && p->shape.seeds >= VERDICT_LEAST_SEEDS)
        v->kind = kind_of(v, p, margin);
    v->images_needed = images_needed(v, p->n_rows, margin);
    return ok;
}
