/* SPDX-License-Identifier: Apache-2.0 */
/* max_pool_tmpl.c -- see max_pool.c */
#include <assert.h>

#include "op/windows.h"

/* A channel's numbers, which are those from `first` on of a row of value v. */
typedef struct {
    const num *e;
    const same *same;
    value_id v;
    size_t row, first;
} NUM(max_pool_channel);

static bool
NUM(max_pool_equal)(const NUM(max_pool_channel) *x, size_t i, size_t j)
{
    return num_equal(x->e + i, x->e + j) || (x->same != NULL && same_are(x->same, x->v, x->row, x->first + i, x->first + j));
}

/* Whether entry k of a window may be its first largest: no entry is proved to be larger, or equal and before it (vec_tmpl.c,
   may_be_chosen); `best`, which is asked first, is likely to be. place[k] is the entry's index in the channel, SIZE_MAX over the
   border. */
static bool
NUM(max_pool_may_be)(const NUM(max_pool_channel) *x, const size_t *place, size_t n, size_t k, size_t best)
{
    if (place[k] == SIZE_MAX)
        return false;
    for (size_t asked = 0; asked <= n; asked++) {
        const size_t c = asked == 0 ? best : asked - 1;
        if (place[c] != SIZE_MAX && c != k &&
            (num_less(x->e + place[k], x->e + place[c]) || (c < k && NUM(max_pool_equal)(x, place[k], place[c]))))
            return false;
    }
    return true;
}

/* Returns the entry's index in the channel that is the largest; SIZE_MAX: that is open. */
static size_t
NUM(max_pool_window)(num *largest, num *mask, const NUM(max_pool_channel) *x, const size_t *place, size_t n, NUM(ctx) *ctx)
{
    num *zero = ctx->t + 1;
    size_t chosen = 0, nan = n, first = SIZE_MAX, best = 0;
    num_set_zero(zero, ctx);
    for (size_t k = n; k-- > 0;) {
        if (place[k] == SIZE_MAX)
            continue;
        if (num_is_nan(x->e + place[k]))
            nan = k; /* the first */
        if (place[best] == SIZE_MAX || !num_less(x->e + place[k], x->e + place[best]))
            best = k;
    }
    for (size_t k = 0; k < n; k++) {
        num_set_zero(mask + k, ctx);
        if (nan < n ? k != nan : !NUM(max_pool_may_be)(x, place, n, k, best))
            continue;
        num_set(mask + k, ctx->one, ctx);
        if (chosen++ == 0) {
            num_set(largest, x->e + place[k], ctx);
            first = place[k];
        } else
            num_hull(largest, largest, x->e + place[k], ctx);
    }
    assert(chosen > 0); /* or the proofs of what is equal are wrong */
    for (size_t k = 0; k < n && chosen > 1; k++)
        num_hull(mask + k, mask + k, zero, ctx); /* {0} stays {0} */
    return chosen == 1 ? first : SIZE_MAX;
}

void
NUM(op_run_max_pool)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    const op_attributes *a = &i->a;
    const size_t n = a->kernel[0] * a->kernel[1], size = a->from.dim[1] * a->from.dim[2];
    const size_t cols = NUM(tape_out)(t, i, 0)->cols;
    num *const made = NUM(tape_out)(t, i, 0)->e, *largest = made, *mask = NUM(tape_out)(t, i, 1)->e;
    for (size_t channel = 0; channel < t->rows * a->from.dim[0]; channel++) {
        const NUM(max_pool_channel) x = { from->e + channel * size, t->same, i->in[0], t->offset + channel / a->from.dim[0],
                                          channel % a->from.dim[0] * size };
        for (size_t y = 0; y < a->to.dim[1]; y++)
            for (size_t c = 0; c < a->to.dim[2]; c++, largest++, mask += n) {
                size_t place[OP_MOST_KERNEL];
                windows_places(place, a, y, c);
                const size_t chosen = NUM(max_pool_window)(largest, mask, &x, place, n, ctx);
                if (t->same != NULL)
                    same_choose(t->same, i->out[0], x.row, (size_t)(largest - made) % cols, i->in[0],
                                chosen == SIZE_MAX ? chosen : x.first + chosen);
            }
    }
}

/* A mask of exactly 0 leaves its term out, whatever the gradient is. A number's terms are added in the order of its windows'
   entries, in which windows come from the last to the first. */
void
NUM(op_run_max_pool_input)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *g = NUM(tape_in)(t, i, 0), *mask = NUM(tape_in)(t, i, 1);
    NUM(mat) *const out = NUM(tape_out)(t, i, 0);
    const op_attributes *a = &i->a;
    const size_t n = a->kernel[0] * a->kernel[1], places = a->to.dim[1] * a->to.dim[2], size = a->from.dim[1] * a->from.dim[2];
    num *zero = ctx->t + 1;
    num_set_zero(zero, ctx);
    for (size_t k = 0; k < t->rows * out->cols; k++)
        num_set_zero(out->e + k, ctx);
    for (size_t channel = 0; channel < t->rows * a->from.dim[0]; channel++)
        for (size_t window = places; window-- > 0;) {
            size_t place[OP_MOST_KERNEL];
            const num *const m = mask->e + (channel * places + window) * n;
            windows_places(place, a, window / a->to.dim[2], window % a->to.dim[2]);
            for (size_t k = 0; k < n; k++)
                if (place[k] != SIZE_MAX && !num_equal(m + k, zero))
                    num_muladd(out->e + channel * size + place[k], m + k, g->e + channel * places + window, ctx);
        }
}
