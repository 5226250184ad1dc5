/* SPDX-License-Identifier: Apache-2.0 */
/* origin.h -- where an element of a gradient went wrong: a set of operations whose true values make it right, none of which can be
   left out.

   This is proved for each element by intervening: the pass is run again with the truth put in (intervene.h). With the true values
   put in at exactly its origins, the element is right: 0 if it is spurious; within the tolerance if it is inaccurate; otherwise of
   the true sign, finite and not 0, or just finite if the truth is not known. With any one origin left out, it is not right. One
   origin may feed another, as a residual that is 0 feeds a sum that is then off. The truth of the second rests on the first, so
   with the first left out the second is run again, not put in. Sometimes this cannot be shown: MOST_ORIGINS operations do not put
   the element right, or an operation whose truth is undecided would have to be put in. Then origins are not listed, only how many
   operations are at fault. */
#ifndef BLAME_ORIGIN_H
#define BLAME_ORIGIN_H

#include "core/finding.h"

#include "blame/image.h"

/* One number that an operation makes. */
typedef struct {
    origin_kind kind;
    value_id value;
    size_t at;
    bool beside; /* no origin: at fault on the way, but the sign is right without it, if not the magnitude */
} origin;

enum { MOST_ORIGINS = 64, ORIGIN_PATH = 2 * GRAPH_MOST_NODES /* numbers of a path */ };

/* The path to element j of the gradient, from it back: at each sum to the largest true term (ties: the first) and its factors, to
   what is made as a group, such as a residual or a derivative. In computing order, room for ORIGIN_PATH; returns how many. */
size_t origin_path(blame_place path[ORIGIN_PATH], const blame_image *image, size_t j);

/* The origins of element j, whose finding is in any cell but ZERO, RIGHT and UNDECIDED; 0 for these. Returns how many are found, at
   most MOST_ORIGINS; those that are `beside` come last. If they are not listed it returns 0, and *unlisted, else 0, is how many
   operations are at fault.

   The first walk. A computed 0: back along the path, past entries that are 0 or of the wrong sign, to where they began; if both
   factors of a product are, the loss side is first. Not finite: back from one non-finite operand to the next, to the
   first operation whose operands are finite. Others: the earliest operation in computing order that exceeds the tolerance or has
   the wrong sign while its operands on the path do not. A softmax is one operation: its residual of the label counts with that on
   the path; under the margin, so does that of the class truly chosen.
   Further walks, while the element is not yet right with the truth put in at what has been found: for what is not finite as
   before; else from the element back, at each sum to the term whose error is now the largest.
   Then, from the last to the first, whatever can be left out becomes `beside`, until nothing can. */
size_t origin_find(origin *found, size_t *unlisted, const blame_image *image, size_t j, ga_cell cell);

/* Whether b is computed from what is made together with a, directly or not. */
bool origin_feeds(const blame_net *net, const origin *a, const origin *b);

#endif
