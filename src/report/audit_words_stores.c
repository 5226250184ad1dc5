/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words_stores.c -- which loss scale, and which format to store in, would save it, in sentences; see audit_words.h */
#include <math.h>

#include "report/amount.h"
#include "report/audit_words.h"

/* Not right, and not 0 as the true value is. */
static uint64_t
wrong(const uint64_t cell[GA_CELLS])
{
    uint64_t n = 0;
    for (size_t c = 0; c < GA_CELLS; c++)
        n += remedy_saves((ga_cell)c) ? 0 : cell[c];
    return n;
}

/* Zeros that are not true. */
static uint64_t
zeros(const uint64_t cell[GA_CELLS])
{
    return cell[GA_CELL_LOST] + cell[GA_CELL_BELOW_RANGE];
}

static uint64_t
beyond(const uint64_t cell[GA_CELLS])
{
    return cell[GA_CELL_ABOVE_RANGE] + cell[GA_CELL_NONFINITE];
}

/* The first of the scales that leave fewest zeros among those that make nothing infinite or NaN; PART_SCALES: none. */
static size_t
best_scale(const part_estimator *e)
{
    size_t best = PART_SCALES;
    for (size_t s = 0; s < PART_SCALES; s++)
        if (beyond(e->scale_cell[s]) == 0 && (best == PART_SCALES || zeros(e->scale_cell[s]) < zeros(e->scale_cell[best])))
            best = s;
    return best;
}

/* What the scale does to zeros, and to what overflows. */
static void
say_effect(FILE *out, const part_estimator *e, const uint64_t cell[GA_CELLS])
{
    const uint64_t before = zeros(e->tally.cell), left = zeros(cell), over = beyond(e->tally.cell);
    if (left == 0)
        fputs("no element is 0 that truly is not", out);
    else
        fprintf(out, "%s %s 0 and truly %s not", amount_nouns(left, "element").s, left == 1 ? "is" : "are",
                left == 1 ? "is" : "are");
    if (left != before)
        fprintf(out, ", instead of %s", amount_count(before).s);
    if (over > 0)
        fprintf(out, ", and none is infinite or NaN, instead of %s", amount_count(over).s);
}

static void
say_best(FILE *out, const audit_damage *d, size_t best)
{
    const part_estimator *const e = d->e;
    const uint64_t now = wrong(e->tally.cell), then = wrong(e->scale_cell[best]), n = e->tally.elements;
    if ((int)best == d->loss_scale) {
        fprintf(out, " Its loss scale, %s, is the least of those that leave fewest zeros and make nothing infinite or NaN.",
                amount_count(UINT64_C(1) << best).s);
        return;
    }
    fprintf(out, " With the loss scale %s, the least of those that leave fewest zeros and make nothing infinite or NaN, ",
            amount_count(UINT64_C(1) << best).s);
    say_effect(out, e, e->scale_cell[best]);
    fprintf(out, ". Then %s of the elements are not right, now %s", amount_percent(then, n).s, amount_percent(now, n).s);
    fputs(then > now ? ": an error of one ulp counts as right, and fewer are then below the normal range, where an ulp is coarse."
                     : ".", out);
}

static void
say_scale(FILE *lead, const audit_damage *d)
{
    const part_estimator *const e = d->e;
    const size_t best = best_scale(e);
    size_t over = 0;
    if (zeros(e->tally.cell) == 0 && beyond(e->tally.cell) == 0)
        return;
    while (over < PART_SCALES && beyond(e->scale_cell[over]) == 0)
        over++;
    if (best < PART_SCALES)
        say_best(lead, d, best);
    if (best < PART_SCALES && over < PART_SCALES)
        fprintf(lead, " The least loss scale that makes an element infinite or NaN is %s.", amount_count(UINT64_C(1) << over).s);
    if (best == PART_SCALES)
        fprintf(lead, " Every loss scale from 1 to %s makes an element infinite or NaN.",
                amount_count(UINT64_C(1) << (PART_SCALES - 1)).s);
}

/* The narrowest format that keeps so large a share of the signs; PART_STORES: none does. */
static size_t
narrowest(const part_estimator *e, uint64_t few, uint64_t many)
{
    size_t i = 0;
    while (i < PART_STORES && e->store_signs[i] * many < e->tally.elements * few)
        i++;
    return i;
}

/* Cut off, not rounded: what keeps less than 99.9 % does not look as if it did. */
static amount
share(const part_estimator *e, size_t store)
{
    amount a;
    const double percent = floor(1e4 * (double)e->store_signs[store] / (double)e->tally.elements) / 100;
    snprintf(a.s, sizeof a.s, e->store_signs[store] == e->tally.elements ? "all" : "%.2f %%", percent);
    return a;
}

static void
say_format(FILE *lead, FILE *more, const audit_damage *d)
{
    enum { WIDEST = PART_STORES - 1 };
    const part_estimator *const e = d->e;
    const size_t all = narrowest(e, 1, 1), most = narrowest(e, 999, 1000);
    if (most == PART_STORES)
        fprintf(lead, " No format to store in, of those tried, keeps the sign of 99.9 %% of the elements: stored in %s, as they "
                      "are computed, %s keep it.", part_stores[WIDEST], share(e, WIDEST).s);
    else
        fprintf(lead, " The narrowest format to store in, of those tried, that keeps the sign of 99.9 %% of the elements is %s, "
                      "with %s of them.", part_stores[most], share(e, most).s);
    if (all != most && all < PART_STORES)
        fprintf(lead, " The narrowest that keeps all is %s.", part_stores[all]);
    if (more == NULL)
        return;
    fprintf(more, "Elements of the %s gradient with the right sign, by the format in which everything is stored: ", d->name);
    for (size_t i = 0; i < PART_STORES; i++)
        fprintf(more, "%s%s %s", i == 0 ? "" : ", ", part_stores[i], share(e, i).s);
    fputs(". ", more);
}

void
audit_words_stores(FILE *lead, FILE *more, const audit_damage *d)
{
    uint64_t any = 0;
    for (size_t i = 0; i < PART_STORES; i++)
        any += d->e->store_signs[i];
    if (any == 0)
        return;
    say_scale(lead, d);
    say_format(lead, more, d);
}
