/* SPDX-License-Identifier: Apache-2.0 */
/* builder.h -- a program under construction: what operations use to write their derivatives. Whatever fails is remembered, and
   program_new returns NULL in the end. */
#ifndef GRAPH_BUILDER_H
#define GRAPH_BUILDER_H

#include "graph/op_graph.h"
#include "graph/program.h"

struct builder {
    program *p;
    size_t room_values, room_code;
    size_t node;    /* that instructions emitted now belong to */
    bool *wanted;   /* [value]: its gradient is needed */
    bool failed;    /* memory ran out, or shapes do not fit */
};

/* Adds a value; or an instruction, with values for its outputs, of which the first is returned. NO_VALUE if memory runs out; a
   NO_VALUE among the operands is passed on. a NULL: no attributes. */
value_id builder_value(builder *b, op_value v);
value_id builder_emit(builder *b, op_id op, const value_id *in, const op_attributes *a);

/* Whether the gradient of a value is needed: then builder_contribute is due for it. */
bool builder_wants(const builder *b, value_id v);

/* Adds a gradient to that of v, by an instruction if it is not the first: every use of a value contributes one. */
void builder_contribute(builder *b, value_id v, value_id gradient);

/* Lists what belongs to the network alone, and what of it products prepare: once all instructions are there. */
bool builder_list_constants(program *p);

/* For a pointwise operation whose second output is its derivative: in[0]'s gradient is gradient times that. */
void op_times_derivative(builder *b, const instruction *i, value_id gradient);

#endif
