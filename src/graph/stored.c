/* SPDX-License-Identifier: Apache-2.0 */
/* stored.c -- see stored.h */
#include <math.h>
#include <stdlib.h>

#include "graph/builder.h"
#include "graph/stored.h"
#include "num/format.h"
#include "num/recipe.h"

/* From p, value by value: where each is now, and of which class. */
typedef struct {
    builder b;
    const program *p;
    ga_format f;
    ga_formulas formulas;
    value_id *now, *as_operand; /* as_operand: of what belongs to the network; 0: not yet */
    unsigned char *class;
} rewriting;

static void
copied(rewriting *r, value_id v, value_id plain, int scaled, bool stored)
{
    op_value *const to = r->b.p->value + v;
    to->plain = plain;
    to->scaled = scaled;
    to->stored = stored;
}

/* v as it is stored in g; its name, node and gradient are those of v. */
static value_id
emit_store(rewriting *r, value_id v, op_id op, const op_attributes *a)
{
    const value_id s = builder_emit(&r->b, op, &v, a);
    if (s == NO_VALUE)
        return s;
    const op_value from = r->b.p->value[v];
    r->b.p->value[s].what = from.what;
    copied(r, s, from.plain, from.scaled, true);
    if (op == OP_store_scaled)
        r->b.p->value[r->b.p->code[r->b.p->n - 1].out[1]].plain = NO_VALUE;
    return s;
}

static value_id
store(rewriting *r, value_id v, const ga_format *g)
{
    return emit_store(r, v, OP_store, &(op_attributes){ .format = *g });
}

/* The format that a value is stored in; false: as it is computed. */
static bool
format_of(ga_format *g, const rewriting *r, value_id plain, int class)
{
    const ga_stored_formats *const each = r->f.recipe.each;
    if (each == NULL)
        return recipe_stored(g, r->f, class);
    *g = plain < each->n ? each->format[plain] : (ga_format){ .bits = 0 };
    return g->bits > 0;
}

static value_id
stored(rewriting *r, value_id v, int class)
{
    ga_format g;
    return v != NO_VALUE && format_of(&g, r, r->b.p->value[v].plain, class) ? store(r, v, &g) : v;
}

/* Whether operand k is one of the two that a product multiplies. */
static bool
is_factor(const op_graph *row, size_t k)
{
    return row->mixes && row->n_in > 1 && k < 2;
}

/* v as an operand is rounded to g: scaled, if the recipe does that; along_rows: the product's reduction is. */
static value_id
store_operand(rewriting *r, value_id v, const ga_format *g, bool along_rows)
{
    const ga_precision_recipe *const recipe = &r->f.recipe;
    const op_attributes a = { .format = *g, .scaling = (ga_scaling)recipe->scaling, .rule = (ga_scale_rule)recipe->rule,
                              .batch = (size_t)recipe->batch, .along_rows = along_rows };
    return emit_store(r, v, recipe->scaling == GA_SCALED_NOT ? OP_store : OP_store_scaled, &a);
}

/* Operand k of instruction i, which a product rounds if it is one of its two. */
static value_id
operand(rewriting *r, const instruction *i, size_t k)
{
    const op_graph *const row = op_graph_of(i->op);
    const int class = r->class[i->in[k]];
    const value_id v = r->now[i->in[k]];
    ga_format g;
    if (!is_factor(row, k) || v == NO_VALUE || !recipe_operand(&g, r->f, class))
        return v;
    if (class == GA_WEIGHT && r->f.recipe.scaling != GA_SCALED_BLOCKS)
        return r->as_operand[i->in[k]];
    if (class == GA_WEIGHT)
        return r->as_operand[i->op == OP_affine ? i->in[k] : r->p->n_values + i->in[k]];
    return store_operand(r, v, &g, false);
}

/* Rounds what belongs to the network and is an operand of products, once. */
static void
round_weights(rewriting *r)
{
    ga_format g;
    if (!recipe_operand(&g, r->f, GA_WEIGHT))
        return;
    for (size_t k = r->p->n_once; k < r->p->n && !r->b.failed; k++) {
        const instruction *const i = r->p->code + k;
        const op_graph *const row = op_graph_of(i->op);
        for (size_t n = 0; n < row->n_in; n++) {
            const value_id v = i->in[n];
            /* of blocks another one for the product backward, whose reduction is along rows */
            const bool back = r->f.recipe.scaling == GA_SCALED_BLOCKS && i->op != OP_affine;
            if (!is_factor(row, n) || r->class[v] != GA_WEIGHT || r->as_operand[back * r->p->n_values + v] != 0)
                continue;
            r->b.node = i->node;
            r->as_operand[back * r->p->n_values + v] = store_operand(r, r->now[v], &g, back);
        }
    }
}

/* Emits instruction i of p on what its operands are now; its outputs are of a class. */
static void
emit(rewriting *r, const instruction *i, int class)
{
    const op_graph *const row = op_graph_of(i->op);
    value_id in[OP_MOST_IN];
    int scaled = 0;
    r->b.node = i->node;
    for (size_t k = 0; k < row->n_in; k++) {
        in[k] = operand(r, i, k);
        if (in[k] != NO_VALUE && r->class[i->in[k]] == GA_GRADIENT)
            scaled = r->b.p->value[in[k]].scaled;
    }
    if (builder_emit(&r->b, i->op, in, &i->a) == NO_VALUE)
        return;
    const instruction made = r->b.p->code[r->b.p->n - 1];
    for (size_t o = 0; o < row->n_out; o++) {
        r->now[i->out[o]] = made.out[o];
        r->class[i->out[o]] = (unsigned char)class;
        copied(r, made.out[o], i->out[o], scaled, false);
    }
}

/* The first output as it is stored. */
static void
keep_first(rewriting *r, const instruction *i, int class)
{
    if (!r->b.failed && !op_graph_of(i->op)->copies)
        r->now[i->out[0]] = stored(r, r->now[i->out[0]], class);
}

/* A function's derivative, of its stored value. */
static void
keep_slope(rewriting *r, const instruction *i)
{
    const op_graph *const row = op_graph_of(i->op);
    ga_format g;
    if (r->b.failed || row->slope == 0 || r->formulas != GA_NAIVE ||
        !format_of(&g, r, i->out[0], GA_ACTIVATION))
        return;
    const value_id slope = builder_emit(&r->b, row->slope, &r->now[i->out[0]], NULL);
    if (slope == NO_VALUE)
        return;
    copied(r, slope, i->out[1], 0, true);
    r->now[i->out[1]] = slope;
}

static value_id
scaled_by(rewriting *r, value_id v, int scale)
{
    if (scale == 0 || v == NO_VALUE)
        return v;
    const op_value one = { .role = VALUE_FACTOR, .rows = 1, .cols = 1, .what = "factor", .factor = ldexp(1, scale) };
    const value_id f = builder_value(&r->b, one);
    if (f == NO_VALUE)
        return f;
    r->b.p->value[f].plain = NO_VALUE;
    const value_id s = builder_emit(&r->b, OP_scale, (value_id[]){ v, f }, NULL);
    if (s == NO_VALUE)
        return s;
    const op_value from = r->b.p->value[v];
    r->b.p->value[s].of = from.of;
    r->b.p->value[s].what = scale > 0 ? "scaled residual" : "unscaled gradient";
    copied(r, s, from.plain, from.scaled + scale, true);
    return s;
}

/* The loss: it is computed as it is, and its residual is scaled and stored. */
static void
lose(rewriting *r, const instruction *i)
{
    emit(r, i, GA_ACTIVATION);
    if (r->b.failed)
        return;
    r->class[i->out[1]] = GA_GRADIENT;
    const value_id scaled = scaled_by(r, r->now[i->out[1]], r->f.recipe.loss_scale);
    r->now[i->out[1]] = stored(r, scaled, GA_GRADIENT);
}

static void
forward(rewriting *r)
{
    const program *const p = r->p;
    r->b.node = p->n > p->n_once ? p->code[p->n_once].node : 0;
    r->now[p->input] = stored(r, r->now[p->input], GA_ACTIVATION);
    for (size_t k = p->n_once; k < p->n_forward && !r->b.failed; k++) {
        emit(r, p->code + k, GA_ACTIVATION);
        keep_first(r, p->code + k, GA_ACTIVATION);
        keep_slope(r, p->code + k);
    }
}

static void
backward(rewriting *r)
{
    const program *const p = r->p;
    for (size_t k = p->n_loss; k < p->n_backward && !r->b.failed; k++) {
        emit(r, p->code + k, GA_GRADIENT);
        keep_first(r, p->code + k, GA_GRADIENT);
    }
}

/* The gradients, those of leaves divided by the loss scale. */
static void
set_gradients(rewriting *r)
{
    const program *const p = r->p;
    program *const to = r->b.p;
    for (size_t v = 0; v < p->n_values && !r->b.failed; v++) {
        const op_value *const value = p->value + v;
        if (p->gradient_of[v] == NO_VALUE)
            continue;
        value_id g = r->now[p->gradient_of[v]];
        r->b.node = value->node;
        if (value->role == VALUE_INPUT || value->role == VALUE_PARAMETER)
            g = scaled_by(r, g, -r->f.recipe.loss_scale);
        if (g != NO_VALUE)
            to->gradient_of[value->role == VALUE_COMPUTED ? r->now[v] : v] = g;
    }
}

/* What the gradients of p are of, as values of the new program: the first that is one of p's. */
static void
set_sources(rewriting *r)
{
    program *const to = r->b.p;
    value_id *const first = r->now; /* not needed any more */
    for (size_t v = to->n_values; v-- > 0;)
        if (to->value[v].plain != NO_VALUE)
            first[to->value[v].plain] = v;
    for (size_t v = 0; v < to->n_values; v++) {
        const value_id plain = to->value[v].plain, of = plain != NO_VALUE ? r->p->value[plain].of : NO_VALUE;
        to->value[v].of = of == NO_VALUE ? NO_VALUE : first[of];
    }
}

static void
rewrite(rewriting *r)
{
    const program *const p = r->p;
    program *const to = r->b.p;
    for (size_t v = 0; v < p->n_values; v++) /* leaves and factors come first; parameters one after the other */
        if (p->value[v].role != VALUE_COMPUTED && p->value[v].role != VALUE_SCRATCH) {
            r->b.node = p->value[v].node;
            r->now[v] = builder_value(&r->b, p->value[v]);
            if (r->b.failed)
                return;
            copied(r, r->now[v], v, 0, false);
            r->class[v] = p->value[v].role == VALUE_PARAMETER && !p->value[v].constant ? GA_WEIGHT : GA_ACTIVATION;
        }
    to->input = r->now[p->input];
    to->parameter = p->parameter;
    to->target = p->target == NO_VALUE ? NO_VALUE : r->now[p->target];
    to->input_bits = p->input_bits;
    to->stored = true;
    for (size_t v = p->parameter; v < p->n_values && p->value[v].role == VALUE_PARAMETER; v++) {
        r->b.node = p->value[v].node;
        if (!p->value[v].constant)
            r->now[v] = stored(r, r->now[v], GA_WEIGHT);
    }
    for (size_t k = 0; k < p->n_once; k++)
        emit(r, p->code + k, GA_WEIGHT);
    round_weights(r);
    to->n_once = to->n;
    forward(r);
    to->n_forward = to->n;
    for (size_t k = p->n_forward; k < p->n_loss && !r->b.failed; k++)
        lose(r, p->code + k);
    to->n_loss = to->n;
    backward(r);
    set_gradients(r);
    to->n_backward = to->n;
    for (size_t k = p->n_backward; k < p->n && !r->b.failed; k++)
        emit(r, p->code + k, GA_ACTIVATION);
    if (r->b.failed)
        return;
    to->logits = r->now[p->logits];
    to->loss = r->now[p->loss];
    to->end = r->now[p->end];
    set_sources(r);
}

program *
program_stored(const program *p, ga_format f, ga_formulas formulas)
{
    rewriting r = { .p = p, .f = f, .formulas = formulas, .now = calloc(p->n_values, sizeof *r.now),
                    .as_operand = calloc(2 * p->n_values, sizeof *r.as_operand),
                    .class = calloc(p->n_values, sizeof *r.class) };
    r.b.p = calloc(1, sizeof *r.b.p);
    r.b.failed = r.b.p == NULL || r.now == NULL || r.as_operand == NULL || r.class == NULL;
    if (!r.b.failed)
        rewrite(&r);
    if (!r.b.failed && !builder_list_constants(r.b.p))
        r.b.failed = true;
    free(r.now);
    free(r.as_operand);
    free(r.class);
    free(r.b.wanted);
    if (!r.b.failed)
        return r.b.p;
    program_free(r.b.p);
    return NULL;
}

stored_value *
program_storable(size_t *n, const program *p)
{
    ga_format all = { .kind = GA_FLOAT, .recipe = { .row = 1 } };
    ga_format *const each = calloc(p->n_values + 1, sizeof *each);
    stored_value *const v = calloc(p->n_values + 1, sizeof *v);
    for (size_t i = 0; each != NULL && i < p->n_values; i++)
        each[i] = (ga_format){ FORMAT_OF(f16) };
    all.recipe.each = &(ga_stored_formats){ p->n_values, each };
    program *const s = each != NULL && v != NULL ? program_stored(p, all, GA_REWRITE) : NULL;
    *n = 0;
    for (size_t k = 0; s != NULL && k < s->n; k++) {
        const op_value *const to = s->value + s->code[k].out[0];
        if (s->code[k].op == OP_store && to->stored)
            v[(*n)++] = (stored_value){ to->plain, p->value[to->plain].role == VALUE_PARAMETER ? GA_WEIGHT
                                                   : k >= s->n_forward                        ? GA_GRADIENT
                                                                                              : GA_ACTIVATION };
    }
    program_free(s);
    free(each);
    if (s != NULL)
        return v;
    free(v);
    return NULL;
}
