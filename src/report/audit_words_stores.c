/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words_stores.c -- which loss scale, and which format to store in, would save it, in sentences; see audit_words.h */
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

static void
say_best(FILE *out, const part_estimator *e, size_t best)
{
    const uint64_t left = zeros(e->scale_cell[best]);
    fprintf(out, " With the loss scale %s, ", amount_count(UINT64_C(1) << best).s);
    if (left == 0)
        fputs("no element is 0 that should not be", out);
    else
        fprintf(out, "the least of those that leave fewest zeros and make nothing infinite, %s %s 0 and should not be",
                amount_nouns(left, "element").s, left == 1 ? "is" : "are");
    fprintf(out, ", instead of %s; %s of the elements are then not right.", amount_count(zeros(e->tally.cell)).s,
            amount_percent(wrong(e->scale_cell[best]), e->tally.elements).s);
}

static void
say_scale(FILE *lead, FILE *more, const audit_damage *d)
{
    const part_estimator *const e = d->e;
    const size_t best = best_scale(e);
    if (zeros(e->tally.cell) == 0)
        return;
    if (best < PART_SCALES)
        say_best(lead, e, best);
    else
        fprintf(lead, " Every loss scale from 1 to %s makes an element infinite or NaN.",
                amount_count(UINT64_C(1) << (PART_SCALES - 1)).s);
    for (size_t s = 0; s < PART_SCALES && best < PART_SCALES && more != NULL; s++)
        if (beyond(e->scale_cell[s]) > 0) {
            fprintf(more, "The least loss scale that makes an element of the %s gradient infinite or NaN: %s. ", d->name,
                    amount_count(UINT64_C(1) << s).s);
            return;
        }
}

/* The narrowest format that keeps so large a share of the signs; NULL: none does. */
static const char *
narrowest(const part_estimator *e, uint64_t few, uint64_t many)
{
    for (size_t i = 0; i < PART_STORES; i++)
        if (e->store_signs[i] * many >= e->tally.elements * few)
            return part_stores[i];
    return NULL;
}

static void
say_format(FILE *lead, FILE *more, const audit_damage *d)
{
    const part_estimator *const e = d->e;
    const char *const all = narrowest(e, 1, 1), *const most = narrowest(e, 999, 1000);
    if (most == NULL)
        fputs(" None of the formats that were tried to store in keeps 99.9 % of the signs.", lead);
    else if (all == NULL)
        fprintf(lead, " Stored in %s, the narrowest that does so, 99.9 %% of the elements keep their sign; in none that was tried "
                      "all do.", most);
    else if (all == most)
        fprintf(lead, " Stored in %s all elements keep their sign; in none that was tried and is narrower 99.9 %% do.", all);
    else
        fprintf(lead, " Stored in %s all elements keep their sign, stored in %s 99.9 %% of them.", all, most);
    if (more == NULL)
        return;
    fprintf(more, "Elements of the %s gradient with the right sign, by what is stored in: ", d->name);
    for (size_t i = 0; i < PART_STORES; i++)
        fprintf(more, "%s%s %s", i == 0 ? "" : ", ", part_stores[i], amount_percent(e->store_signs[i], e->tally.elements).s);
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
    say_scale(lead, more, d);
    say_format(lead, more, d);
}
