/* SPDX-License-Identifier: Apache-2.0 */
/* tape_tmpl.c -- see tape_tmpl.h */
#include <assert.h>
#include <stdlib.h>

#include "gemm/crt.h"
#include "graph/op_graph.h"
#include "graph/storage.h"

/* Number i of a parameter. */
static inline double
NUM(exact)(const program *p, const op_value *v, size_t i)
{
    return p->input_bits == 24 ? (double)((const float *)v->exact)[i] : ((const double *)v->exact)[i];
}

/* Of a model's numbers its own bits, of targets those of binary64; where these are rounded first, all bits of the format, whose
   largest number has them. */
static NUM(mat)
NUM(value_new)(const program *p, const op_value *v, size_t rows, NUM(ctx) *ctx)
{
    const long most = ctx->common.bits > p->input_bits ? ctx->common.bits : p->input_bits;
    const long given = v->role == VALUE_TARGET ? 53 : p->input_bits, own = ctx->common.rounds_model ? most : given;
    const bool made = v->role == VALUE_COMPUTED || v->role == VALUE_SCRATCH;
    const long bits = v->exact_copy ? (v->role == VALUE_SCRATCH ? most : own) : made ? ctx->common.bits : own;
    return NUM(mat_new)(v->rows > 0 ? v->rows : rows, v->cols, bits, ctx);
}

/* ---- constants -------------------------------------------------------------------------------------------------- */

static void
NUM(constants_free)(void *constants)
{
    NUM(constants) *const c = constants;
    for (size_t k = 0; c->value != NULL && k < c->n; k++)
        NUM(mat_free)(c->value + k);
    free(c->value);
    free(c);
}

static void
NUM(free_weights)(void *weights)
{
    crt_weights_free(weights);
}

/* The numbers of a constant in doubles, from its matrix or, if that has no elements, as the model has them. *kept: that is as the
   model has them. NULL if memory runs out or one is no double. */
static double *
NUM(as_doubles)(bool *kept, const program *p, const op_value *v, const NUM(mat) *m, NUM(ctx) *ctx)
{
    const size_t n = v->rows * v->cols;
    double *const d = malloc((n + 1) * sizeof *d);
    num *const x = num_vec_new(1, p->input_bits);
    bool ok = d != NULL && x != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        if (m->e == NULL) {
            num_set_d(x, NUM(exact)(p, v, i), ctx); /* which is a double still, if it leaves the format's range another */
            d[i] = num_get_d(x);
        } else {
            d[i] = num_get_d(m->e + i);
            num_set_d(x, d[i], ctx);
            ok = num_equal(m->e + i, x);
        }
        *kept = *kept && (v->role != VALUE_PARAMETER || d[i] == NUM(exact)(p, v, i));
    }
    num_vec_free(x);
    if (ok)
        return d;
    free(d);
    return NULL;
}

/* The instruction that takes a constant, if there is one alone after those that are run once; NULL: there is none. */
static const instruction *
NUM(sole_taker)(const program *p, value_id v)
{
    const instruction *taker = NULL;
    size_t n = 0;
    for (size_t k = p->n_once; k < p->n; k++)
        for (size_t i = 0; i < op_graph_of(p->code[k].op)->n_in; i++)
            if (p->code[k].in[i] == v) {
                taker = p->code + k;
                n++;
            }
    return n == 1 ? taker : NULL;
}

/* Integers of a constant's numbers d; spread: of what its product takes instead. */
static struct crt_weights *
NUM(integers)(const double *d, const op_value *v, const instruction *taker, bool spread)
{
    size_t rows, cols;
    if (!spread)
        return crt_weights_new(d, v->rows, v->cols);
    op_graph_of(taker->op)->spreads(&rows, &cols, &taker->a);
    double *const more = malloc((rows * cols + 1) * sizeof *more);
    crt_weights *w = NULL;
    if (more != NULL) {
        op_graph_of(taker->op)->spread(more, d, &taker->a);
        w = crt_weights_new(more, rows, cols);
    }
    free(more);
    return w;
}

/* The integers of constant k, which formats share whose numbers they are. */
static struct crt_weights *
NUM(prepare)(bool *kept, const program *p, size_t k, const NUM(mat) *m, const shared_key *key, shared *s, NUM(ctx) *ctx)
{
    const op_value *const v = p->value + p->constant[k];
    double *const d = NUM(as_doubles)(kept, p, v, m, ctx);
    if (d == NULL)
        return NULL;
    const instruction *const taker = NUM(sole_taker)(p, p->constant[k]);
    size_t size[2];
    const bool spread = NUM(gemm_spreads) && taker != NULL && op_graph_of(taker->op)->spreads != NULL &&
                        op_graph_of(taker->op)->spreads(size, size + 1, &taker->a);
    shared_key own = { key->model, key->kind, key->format, { key->variant[0], (long)k + 1 } };
    if (*kept && !spread) {
        own.kind = &shared_integers;
        own.format = (ga_format){ GA_FLOAT }; /* whatever the format */
    }
    crt_weights *w = shared_find(s, &own);
    if (w == NULL)
        w = shared_add(s, &own, NUM(integers)(d, v, taker, spread), NUM(free_weights));
    free(d);
    return w;
}

/* Whether the parameters that a `once` instruction arranges are as the model has them; kept[k]: of constant k. With a recipe they
   are others, and in other places. */
static bool
NUM(arranges_same)(const bool *kept, const program *p, const instruction *i)
{
    if (p->stored)
        return false;
    for (size_t k = 0; k < p->n_constants; k++)
        for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++)
            if (p->constant[k] == i->in[o] && !kept[k])
                return false;
    return true;
}

static bool
NUM(is_arranged)(const program *p, value_id v)
{
    for (size_t k = 0; k < p->n_once; k++)
        for (size_t i = 0; i < op_graph_of(p->code[k].op)->n_in; i++)
            if (p->code[k].in[i] == v)
                return true;
    return false;
}

/* Fills c: the parameters, then what is made of them; what products prepare has elements only while they are needed. */
static bool
NUM(fill_constants)(NUM(constants) *c, bool *kept, NUM(tape) *t, const shared_key *key, shared *s, NUM(ctx) *ctx)
{
    const program *const p = t->p;
    const bool prepares = NUM(gemm_prepares) && ctx->common.product != GA_LOOP;
    for (size_t k = 0; k < p->n_constants; k++) {
        const op_value *const v = p->value + p->constant[k];
        NUM(mat) *const m = c->value + k;
        *m = (NUM(mat)){ NULL, v->rows, v->cols, NULL };
        kept[k] = true;
        if (prepares && v->prepared && v->role == VALUE_PARAMETER && !NUM(is_arranged)(p, p->constant[k]))
            m->prepared = NUM(prepare)(kept + k, p, k, m, key, s, ctx);
        if (m->prepared == NULL && (*m = NUM(value_new)(p, v, 0, ctx)).e == NULL)
            return false;
        context_draws(&ctx->common, p->n + 1 + k, 0);
        for (size_t i = 0; m->prepared == NULL && v->role == VALUE_PARAMETER && i < v->rows * v->cols; i++) {
            num_set_d(m->e + i, NUM(exact)(p, v, i), ctx);
            kept[k] = kept[k] && num_get_d(m->e + i) == NUM(exact)(p, v, i);
        }
        t->value[p->constant[k]] = *m;
    }
    for (size_t k = 0; k < p->n_once; k++)
        NUM(pass_step)(t, k, ctx);
    for (size_t k = 0; k < p->n_constants; k++) {
        const size_t maker = program_maker(p, p->constant[k]);
        NUM(mat) *const m = c->value + k;
        if (!prepares || !p->value[p->constant[k]].prepared || m->prepared != NULL)
            continue;
        if (maker < p->n)
            kept[k] = NUM(arranges_same)(kept, p, p->code + maker);
        if ((m->prepared = NUM(prepare)(kept + k, p, k, m, key, s, ctx)) != NULL)
            NUM(mat_free)(m);
    }
    return true;
}

NUM(constants) *
NUM(constants_new)(const program *p, const ga_model *model, const ga_format *format, shared *s, NUM(ctx) *ctx)
{
    static const char kind = 0;
    const shared_key key = { model, &kind, *format, { 2 * (p->gradient_of[p->input] != NO_VALUE) + (ctx->common.product == GA_LOOP),
                                                      0 } };
    NUM(constants) *c = shared_find(s, &key);
    if (c != NULL)
        return c;
    NUM(tape) t = { .p = p, .value = calloc(p->n_values, sizeof *t.value) };
    bool *const kept = calloc(p->n_constants + 1, sizeof *kept);
    bool ok = (c = calloc(1, sizeof *c)) != NULL && (c->value = calloc(p->n_constants + 1, sizeof *c->value)) != NULL;
    if (ok) {
        c->n = p->n_constants;
        ok = t.value != NULL && kept != NULL && NUM(fill_constants)(c, kept, &t, &key, s, ctx);
    }
    free(t.value);
    free(kept);
    if (ok)
        return shared_add(s, &key, c, NUM(constants_free));
    if (c != NULL)
        NUM(constants_free)(c);
    return NULL;
}

/* ---- tapes ------------------------------------------------------------------------------------------------------ */

/* The rooms of the values that are no constants, and the values in them. */
static bool
NUM(make_rooms)(NUM(tape) *t, const storage *s, size_t rows, NUM(ctx) *ctx)
{
    const program *const p = t->p;
    if ((t->room = calloc(s->n + 1, sizeof *t->room)) == NULL)
        return false;
    t->n_rooms = s->n;
    for (size_t r = 0; r < s->n; r++) {
        const op_value room = { .rows = s->room[r].rows, .cols = s->room[r].cols, .exact_copy = s->room[r].exact_copy,
                                .role = s->room[r].role };
        if ((t->room[r] = NUM(value_new)(p, &room, rows, ctx)).e == NULL)
            return false;
    }
    for (size_t v = 0; v < p->n_values; v++) {
        if (s->of[v] == NO_VALUE)
            continue;
        t->value[v] = (NUM(mat)){ t->room[s->of[v]].e, p->value[v].rows > 0 ? p->value[v].rows : rows, p->value[v].cols, NULL };
        context_draws(&ctx->common, p->n + 1 + p->n_constants + v, 0);
        for (size_t i = 0; p->value[v].role == VALUE_FACTOR && i < t->value[v].rows * t->value[v].cols; i++)
            num_set_d(t->value[v].e + i, p->value[v].factor, ctx);
    }
    return true;
}

static NUM(tape) *
NUM(view_new)(const NUM(tape) *t)
{
    NUM(tape) *const view = malloc(sizeof *view);
    if (view == NULL)
        return NULL;
    *view = *t;
    view->images = view->some = NULL;
    view->value = malloc((t->p->n_values + 1) * sizeof *t->value);
    return view;
}

static bool
NUM(make_views)(NUM(tape) *t)
{
    const program *const p = t->p;
    t->some = NUM(view_new)(t);
    if (t->some == NULL || t->some->value == NULL)
        return false;
    for (size_t k = 0; k < p->n_constants; k++)
        if (p->gradient_of[p->constant[k]] != NO_VALUE)
            return true; /* none: sums over images go over the padding too */
    t->images = NUM(view_new)(t);
    return t->images != NULL && t->images->value != NULL;
}

NUM(tape) *
NUM(tape_new)(const program *p, const NUM(constants) *constants, const bool *keep, size_t rows, NUM(ctx) *ctx)
{
    NUM(tape) *tape = calloc(1, sizeof *tape);
    storage s = { 0 };
    if (tape == NULL)
        return NULL;
    tape->p = p;
    tape->rows = tape->end = rows;
    tape->label = calloc(rows, sizeof *tape->label);
    tape->value = calloc(p->n_values, sizeof *tape->value);
    if (constants == NULL && (tape->own = shared_new()) != NULL)
        constants = NUM(constants_new)(p, NULL, &(ga_format){ .kind = 0 }, tape->own, ctx);
    bool ok = tape->label != NULL && tape->value != NULL && constants != NULL && storage_plan(&s, p, keep);
    for (size_t k = 0; ok && k < p->n_constants; k++)
        tape->value[p->constant[k]] = constants->value[k];
    ok = ok && NUM(make_rooms)(tape, &s, rows, ctx) && NUM(make_views)(tape);
    storage_free(&s);
    if (ok) {
        NUM(tape_set_rows)(tape, rows, 0, rows);
        return tape;
    }
    NUM(tape_free)(tape);
    return NULL;
}

static void
NUM(view_free)(NUM(tape) *view)
{
    if (view != NULL)
        free(view->value);
    free(view);
}

void
NUM(tape_free)(NUM(tape) *tape)
{
    if (tape == NULL)
        return;
    for (size_t r = 0; r < tape->n_rooms; r++)
        NUM(mat_free)(tape->room + r);
    NUM(view_free)(tape->images);
    NUM(view_free)(tape->some);
    free(tape->room);
    free(tape->value);
    shared_free(tape->own);
    free(tape->label);
    free(tape);
}

void
NUM(tape_set_rows)(NUM(tape) *tape, size_t rows, size_t first, size_t end)
{
    assert(first <= end && end <= rows);
    for (size_t k = 0; k < tape->p->n_values; k++)
        if (tape->p->value[k].rows == 0)
            tape->value[k].rows = rows;
    tape->rows = rows;
    tape->first = first;
    tape->end = end;
    NUM(tape) *const view = tape->images;
    if (view == NULL)
        return;
    view->rows = view->end = end - first;
    view->first = 0;
    view->label = tape->label + first;
    view->offset = first;
    for (size_t k = 0; k < tape->p->n_values; k++) {
        view->value[k] = tape->value[k];
        if (tape->p->value[k].rows > 0)
            continue;
        view->value[k].e += first * tape->value[k].cols;
        view->value[k].rows = end - first;
    }
}
