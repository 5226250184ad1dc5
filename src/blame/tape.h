/* SPDX-License-Identifier: Apache-2.0 */
/* tape.h -- what a pass made of an image, or of several whose gradients are summed, from any format, as numbers that do not depend
   on the format; the reference's, as truths. */
#ifndef BLAME_TAPE_H
#define BLAME_TAPE_H

#include "blame/net.h"
#include "pass/engine.h"

typedef struct {
    const blame_net *net;
    ga_number **value;  /* [value][number], of those that are kept; in a true tape rounded, for a direction and no proof */
    ga_truth **truth;   /* of a true tape; else NULL */
    ga_number **scale;  /* [value][number]: of a computed tape, what a scaled store multiplied by, each by its own; else NULL */
    uint32_t **largest; /* of a true tape: where a sum's largest term is, plus 1; 0: nobody has asked */
    const blame_constant *constant; /* [value]: the network's as the pass has them: its own, unless a caller sets others */
    bool infinite;      /* some number is, or was before interventions changed it */
    uint64_t readings;  /* how often it was read: what is kept of it elsewhere is of one of them */
} blame_tape;

/* The binary logarithm of what a stored number was multiplied by. */
long blame_tape_scale(const blame_tape *t, value_id v, size_t at);

/* NULL when memory is out. */
blame_tape *blame_tape_new(const blame_net *net, bool truths);
void blame_tape_free(blame_tape *t);

/* Copies rows of an engine's tape, from `row` on, as many as net has images; into a true tape, of one of balls, whose program is
   the net's without a recipe. An undecided entry, as a rounded number, is its bound with the sign 0, at most 2^(2^61). */
void blame_tape_read(blame_tape *t, const engine_ops *ops, const void *engine, size_t row);

/* Copies a true tape of the same images, whose net has the same program without a recipe. */
void blame_tape_copy(blame_tape *t, const blame_tape *plain);

#endif
