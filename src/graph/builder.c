/* SPDX-License-Identifier: Apache-2.0 */
/* builder.c -- see builder.h */
#include <stdlib.h>

#include "graph/builder.h"

/* array[0..n] of elements of that size, with room for one more. False if memory runs out. */
static bool
make_room(void **array, size_t *room, size_t n, size_t size)
{
    if (n < *room)
        return true;
    void *const more = realloc(*array, (2 * n + 16) * size);
    if (more == NULL)
        return false;
    *array = more;
    *room = 2 * n + 16;
    return true;
}

value_id
builder_value(builder *b, op_value v)
{
    program *const p = b->p;
    void *values = p->value, *gradients = p->gradient_of, *wanted = b->wanted;
    size_t room[3] = { b->room_values, b->room_values, b->room_values };
    const bool ok = make_room(&values, room, p->n_values, sizeof *p->value) &&
                    make_room(&gradients, room + 1, p->n_values, sizeof *p->gradient_of) &&
                    make_room(&wanted, room + 2, p->n_values, sizeof *b->wanted);
    p->value = values;
    p->gradient_of = gradients;
    b->wanted = wanted;
    if (!ok) {
        b->failed = true;
        return NO_VALUE;
    }
    b->room_values = room[0];
    v.node = b->node;
    v.of = NO_VALUE;
    v.plain = p->n_values;
    v.other = NO_VALUE;
    p->value[p->n_values] = v;
    p->gradient_of[p->n_values] = NO_VALUE;
    b->wanted[p->n_values] = false;
    return p->n_values++;
}

value_id
builder_emit(builder *b, op_id op, const value_id *in, const op_attributes *a)
{
    program *const p = b->p;
    const op_graph *const row = op_graph_of(op);
    instruction i = { .op = op, .node = b->node };
    if (a != NULL)
        i.a = *a;
    void *code = p->code;
    bool wanted = false, ok = make_room(&code, &b->room_code, p->n, sizeof *p->code);
    p->code = code;
    for (size_t k = 0; k < row->n_in && ok; k++) {
        i.in[k] = in[k];
        ok = in[k] != NO_VALUE;
        wanted = wanted || (ok && b->wanted[in[k]]);
    }
    for (size_t k = 0; k < row->n_out && ok; k++)
        ok = (i.out[k] = builder_value(b, (op_value){ .role = VALUE_COMPUTED, .what = row->out[k] })) != NO_VALUE;
    if (!ok) {
        b->failed = true;
        return NO_VALUE;
    }
    op_value *out[OP_MOST_OUT];
    const op_value *from[OP_MOST_IN];
    for (size_t k = 0; k < row->n_in; k++)
        from[k] = p->value + i.in[k];
    for (size_t k = 0; k < row->n_out; k++)
        out[k] = p->value + i.out[k];
    if (row->shape(out, from, &i.a) != NULL) { /* graph_infer says why */
        b->failed = true;
        return NO_VALUE;
    }
    b->wanted[i.out[0]] = wanted && row->differentiate != NULL;
    p->code[p->n++] = i;
    return i.out[0];
}

bool
builder_wants(const builder *b, value_id v)
{
    return b->wanted[v];
}

void
builder_contribute(builder *b, value_id v, value_id gradient)
{
    program *const p = b->p;
    if (gradient == NO_VALUE)
        return;
    const value_id before = p->gradient_of[v];
    const value_id sum = before == NO_VALUE ? gradient : builder_emit(b, OP_add, (value_id[]){ before, gradient }, NULL);
    const value_id made[] = { gradient, sum };
    for (size_t i = 0; i < 2 && sum != NO_VALUE; i++)
        if (p->value[made[i]].of == NO_VALUE)
            p->value[made[i]].of = v;
    p->gradient_of[v] = sum;
}

void
op_times_derivative(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, OP_mul, (value_id[]){ gradient, i->out[1] }, NULL));
}
