/* SPDX-License-Identifier: Apache-2.0 */
/* part_truths.c -- a function's true gradients of a part's images. */
#include <math.h>
#include <string.h>

#include "audit/part_work.h"

static ga_code
keep_truths(void *data, const ga_block *g, ga_status *st)
{
    const part_work *b = data;
    (void)st;
    for (size_t i = 0; i < g->n; i++) {
        const size_t at = g->first + i - b->range.first;
        ga_block_truth(b->truth + at * b->n_elements, g, i);
        ga_block_decades(b->decade + at * b->n_elements, g, i);
        b->kinks[at] = (uint32_t)ga_block_kinks(g, i);
        b->bits[at] = (uint32_t)ga_block_bits(g, i);
        if (b->p->origins)
            blame_tape_read(b->blame.true_tape[at], g->ops, g->engine, g->row + i);
    }
    return GA_OK;
}

static void
take_truths(part_work *b, size_t f)
{
    part_function *sum = b->result->function + f;
    for (size_t i = 0; i < b->n; i++) {
        row_function *row = b->result->row[i].function + f;
        for (size_t k = i * b->n_elements; k < (i + 1) * b->n_elements; k++) {
            const ga_truth *t = b->truth + k;
            b->computed[k] = truth_number(t);
            b->sign[k] = (int8_t)(t->state == GA_TRUE_NONZERO ? t->sign : 0);
            if (f == 0)
                b->base[k] = (int8_t)(t->state == GA_UNDECIDED_ELEMENT ? 3 : b->sign[k] + 1);
            row->zero += t->state == GA_TRUE_ZERO;
            row->undecided += t->state == GA_UNDECIDED_ELEMENT;
        }
        sum->bits[part_level(b->bits[i])]++;
        sum->undecided += row->undecided;
        row->bits = b->bits[i];
        row->moved = part_moves(b, i);
        if (f == 0)
            b->result->row[i].kinks = b->kinks[i];
    }
    if (f > 0)
        return;
    memcpy(b->base_truth, b->truth, b->all * sizeof *b->truth);
    memcpy(b->base_rank, b->rank, b->all * sizeof *b->rank);
    memcpy(b->base_ranked, b->ranked, b->n * sizeof *b->ranked);
}

static void
write_truths(const part_work *b, size_t f)
{
    if (b->out == NULL)
        return;
    for (size_t i = 0; i < b->all; i++) {
        const ga_truth *t = b->truth + i;
        const bool nonzero = t->state == GA_TRUE_NONZERO;
        b->out->mantissa[f * b->all + i] = nonzero ? t->mantissa : t->state == GA_TRUE_ZERO ? 0 : NAN;
        b->out->exponent[f * b->all + i] = nonzero ? t->exponent : t->state == GA_TRUE_ZERO ? 0 : t->bound;
    }
}

/* While the order of an image's true magnitudes is open. Equal ones that cannot be proved equal stay so: the limit bounds their
   cost. */
static ga_code
order_truths(part_work *b, size_t f)
{
    enum { MOST_BITS = 1600 };
    ga_code code = GA_OK;
    for (size_t i = 0; i < b->n && code == GA_OK; i++) {
        long bits = 0;
        part_rank(b, i);
        while (code == GA_OK && b->ranked[i] == COMPARE_UNORDERED && (bits = part_more_bits(b, f, bits, MOST_BITS)) > 0)
            code = part_sharpen(b, f, i, bits);
    }
    return code;
}

ga_code
part_audit_function(part_work *b, size_t f)
{
    const part_sink all = { .keep = keep_truths, .data = b, .tape = b->p->origins, .large = true };
    ga_code code = b->p->origins ? part_open_blame(b, &b->p->function[f].e) : GA_OK;
    if (code != GA_OK || (code = part_run(b, &b->p->function[f].e, all)) != GA_OK)
        return code;
    if ((code = order_truths(b, f)) != GA_OK)
        return code;
    take_truths(b, f);
    write_truths(b, f);
    if (f == 0)
        part_keep_picture(b, PICTURE_EXACT);
    if ((code = ga_histogram_add(&b->result->function[f].decades, b->computed, b->decade, b->all, b->st)) == GA_OK)
        code = part_attack(b);
    for (size_t i = 0; i < b->n && code == GA_OK; i++) {
        row_function *row = b->result->row[i].function + f;
        const size_t at = i * b->n_elements;
        row->errs = b->flag[i];
        row->cosine = compare_cosine(part_rounded(b, 0, b->truth + at), part_rounded(b, 1, b->base_truth + at), b->n_elements);
        row->rank_correlation = b->ranked[i] == COMPARE_RANKED && b->base_ranked[i] == COMPARE_RANKED
                                    ? compare_rank(b->rank + at, b->base_rank + at, b->n_elements) : NAN;
    }
    return code;
}
