/* SPDX-License-Identifier: Apache-2.0 */
/* storage.c -- see storage.h */
#include <stdlib.h>

#include "graph/op_graph.h"
#include "graph/storage.h"

/* last[v]: the instruction that reads v last, or makes it if nobody does; p->n: it is kept. */
static void
find_last(size_t *last, const program *p, const bool *keep)
{
    for (size_t v = 0; v < p->n_values; v++) {
        const op_value *const value = p->value + v;
        const bool shares = value->role == VALUE_SCRATCH || (value->role == VALUE_COMPUTED && keep != NULL && !keep[v]);
        last[v] = shares ? 0 : p->n;
    }
    for (size_t k = 0; k < p->n_constants; k++)
        last[p->constant[k]] = p->n;
    for (size_t k = p->n_once; k < p->n; k++) {
        const instruction *const i = p->code + k;
        const op_graph *const row = op_graph_of(i->op);
        for (size_t o = 0; o < row->n_out; o++)
            last[i->out[o]] = last[i->out[o]] == p->n ? p->n : k;
        for (size_t o = 0; o < row->n_in; o++)
            last[i->in[o]] = last[i->in[o]] == p->n ? p->n : k;
    }
}

/* Numbers, of an image if they are of images. */
static size_t
size_of(size_t rows, size_t cols)
{
    return (rows > 0 ? rows : 1) * cols;
}

/* Whether what is in a room has the precision of a value, and as many rows. */
static bool
fits(const storage_room *room, const op_value *v)
{
    return room->exact_copy == v->exact_copy && (room->rows == 0) == (v->rows == 0) && (!v->exact_copy || room->role == v->role);
}

/* A free room for v, the smallest that is large enough, or else the largest, which grows; or a new one. */
static size_t
take_room(storage *s, bool *is_free, const op_value *v)
{
    size_t best = s->n, has = 0;
    const size_t need = size_of(v->rows, v->cols);
    for (size_t r = 0; r < s->n; r++) {
        const size_t size = size_of(s->room[r].rows, s->room[r].cols);
        if (is_free[r] && fits(s->room + r, v) && (best == s->n || (has < need ? size > has : size >= need && size < has))) {
            best = r;
            has = size;
        }
    }
    if (has < need)
        s->room[best] = (storage_room){ v->rows, v->cols, v->exact_copy, v->role };
    s->n += best == s->n;
    is_free[best] = false;
    return best;
}

static void
give_rooms(bool *is_free, const storage *s, const program *p, const size_t *last, size_t k)
{
    const instruction *const i = p->code + k;
    const op_graph *const row = op_graph_of(i->op);
    for (size_t o = 0; o < row->n_in; o++)
        if (last[i->in[o]] == k)
            is_free[s->of[i->in[o]]] = true;
    for (size_t o = 0; o < row->n_out; o++)
        if (last[i->out[o]] == k)
            is_free[s->of[i->out[o]]] = true;
}

/* Outputs take their rooms before operands give theirs: they must not be the same. */
static void
place(storage *s, const program *p, const size_t *last, bool *is_free)
{
    for (size_t v = 0; v < p->n_values; v++)
        s->of[v] = NO_VALUE;
    for (size_t k = p->n_once; k < p->n; k++) {
        const op_graph *const row = op_graph_of(p->code[k].op);
        for (size_t o = 0; o < row->n_out; o++) {
            const value_id v = p->code[k].out[o];
            if (last[v] < p->n)
                s->of[v] = take_room(s, is_free, p->value + v);
        }
        give_rooms(is_free, s, p, last, k);
    }
}

bool
storage_plan(storage *s, const program *p, const bool *keep)
{
    *s = (storage){ .room = calloc(p->n_values + 1, sizeof *s->room), .of = calloc(p->n_values + 1, sizeof *s->of) };
    size_t *const last = calloc(p->n_values + 1, sizeof *last);
    bool *const is_free = calloc(p->n_values + 1, sizeof *is_free);
    const bool ok = s->room != NULL && s->of != NULL && last != NULL && is_free != NULL;
    if (ok) {
        find_last(last, p, keep);
        place(s, p, last, is_free);
        for (size_t k = 0; k < p->n_constants; k++)
            last[p->constant[k]] = NO_VALUE;
        for (size_t v = 0; v < p->n_values; v++)
            if (last[v] == p->n) {
                s->of[v] = s->n;
                s->room[s->n++] = (storage_room){ p->value[v].rows, p->value[v].cols, p->value[v].exact_copy, p->value[v].role };
            }
    }
    free(last);
    free(is_free);
    return ok;
}

void
storage_free(storage *s)
{
    free(s->room);
    free(s->of);
    *s = (storage){ 0 };
}
