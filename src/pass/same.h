/* SPDX-License-Identifier: Apache-2.0 */
/* same.h -- which numbers of an image are proved to be equal: made by equal instructions of equal operands. Balls that overlap
   cannot tell; where they must, as for the largest number of a window, a tie is a tie by this proof alone.

   Every number of a value has a class: two of one class are equal. An operation says in its column how the classes of what it makes
   follow from those of its operands (op_same). */
#ifndef PASS_SAME_H
#define PASS_SAME_H

#include <stdint.h>

#include "graph/program.h"

/* How the numbers of an operation's first output are told apart. ALL_DIFFER: none is known to be equal to another. AS_OPERAND:
   as the operand's in the same place. KEEPS_ZERO: likewise, and 0 where that is 0. AS_OPERANDS: if both operands' are.
   WITH_CONSTANT: if the operand's are, and so are the numbers of a constant, the second operand, which has one for so many
   numbers. ZERO_WITH_CONSTANT: likewise, and 0 where the operand's is 0. AS_EITHER: WITH_CONSTANT if the second operand is
   one, else AS_OPERANDS. AS_WINDOWS: by the windows of the operand that they are made of (op/windows.h), in all channels and
   for each channel of the output apart, with 0 beyond the border. AS_SUMS: by the numbers that each sums (op/spread.h).
   AS_JOINED: those of one of the two operands as there (op/view.h). AS_CHOSEN: the operation says of each which number of the
   operand it is (same_choose). */
typedef enum {
    ALL_DIFFER, AS_OPERAND, KEEPS_ZERO, AS_OPERANDS, WITH_CONSTANT, ZERO_WITH_CONSTANT, AS_EITHER, AS_WINDOWS, AS_SUMS,
    AS_JOINED, AS_CHOSEN
} op_same;

typedef struct same same;

/* *s is NULL if no operation of the program asks. False if memory runs out. */
bool same_new(same **s, const program *p, size_t rows);
void same_free(same *s);

/* Sets the classes of an image's input. */
void same_input(same *s, size_t row, const double *x);

/* Sets those of what an instruction makes, in rows 0, ..., rows - 1. */
void same_step(same *s, const instruction *i, size_t rows);

/* Number i of value v is number `from` of an operand, which the operation is proved to have chosen; SIZE_MAX: which is open. Of
   what is made of gradients nothing is kept. */
void same_choose(same *s, value_id v, size_t row, size_t i, value_id operand, size_t from);

/* Number i of value v is proved to be x, whatever it is made of: what a function is where it is constant. Of the first MOST_POINTS
   such numbers that differ; of others nothing is known. */
void same_point(same *s, value_id v, size_t row, size_t i, double x);

/* Whether memory ran out for one of these, since it was made: then its numbers differ, and what was asked of them is not proved. */
bool same_failed(const same *s);

/* Whether numbers i and j of a value are proved to be equal in a row. */
bool same_are(const same *s, value_id v, size_t row, size_t i, size_t j);

/* Whether number i of a value is proved to be 0 in a row. */
bool same_is_zero(const same *s, value_id v, size_t row, size_t i);

#endif
