/* SPDX-License-Identifier: Apache-2.0 */
/* stored.c -- see stored.h */
#include <math.h>
#include <stdlib.h>

#include "graph/stored_elementwise.h"
#include "num/recipe.h"

/* Whether operand k is one of the two that a product multiplies. */
static bool
is_factor(const op_graph *row, size_t k)
{
    return row->mixes && row->n_in > 1 && k < 2;
}

static bool
in_blocks(const rewriting *r)
{
    return r->f.recipe.scaling == GA_SCALED_BLOCKS;
}

/* v as operand k of a product is rounded to g: scaled, if the recipe does that. Blocks lie along the product's sum: numbers of an
   image that several sums take are laid out for each. */
static value_id
store_operand(rewriting *r, value_id v, const ga_format *g, const instruction *i, size_t k)
{
    const ga_precision_recipe *const recipe = &r->f.recipe;
    const op_graph *const row = op_graph_of(i->op);
    const bool columns = in_blocks(r) && row->of_columns != 0 && r->b.p->value[v].rows == 0;
    op_attributes a = { .kernel = { 0 } };
    if (columns) {
        a = i->a;
        row->columns(&a, k);
    }
    a.format = *g;
    a.scaling = (ga_scaling)recipe->scaling;
    a.rule = (ga_scale_rule)recipe->rule;
    a.batch = (size_t)recipe->batch;
    a.along_rows = in_blocks(r) && row->down[k];
    a.exponent = r->exponent != NULL ? r->exponent[r->b.p->value[v].plain] : 0;
    return rewriting_store(r, v, recipe->scaling == GA_SCALED_NOT ? OP_store : columns ? OP_store_columns : OP_store_scaled, &a);
}

/* Where a number of the network is that operand k rounds: blocks along its rows are others than those of its columns. */
static value_id *
weight_operand(const rewriting *r, const instruction *i, size_t k)
{
    return r->as_operand + (in_blocks(r) && op_graph_of(i->op)->down[k] ? r->p->n_values : 0) + i->in[k];
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
    return class == GA_WEIGHT ? *weight_operand(r, i, k) : store_operand(r, v, &g, i, k);
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
            if (!is_factor(row, n) || r->class[i->in[n]] != GA_WEIGHT || *weight_operand(r, i, n) != 0)
                continue;
            r->b.node = i->node;
            *weight_operand(r, i, n) = store_operand(r, r->now[i->in[n]], &g, i, n);
        }
    }
}

/* Emits instruction i of p on what its operands are now; its outputs are of a class. */
static void
emit(rewriting *r, const instruction *i, int class)
{
    const op_id own = op_graph_of(i->op)->of_columns, op = in_blocks(r) && own != 0 ? own : i->op;
    const op_graph *const row = op_graph_of(op);
    value_id in[OP_MOST_IN];
    int scaled = 0;
    r->b.node = i->node;
    for (size_t k = 0; k < row->n_in; k++) {
        in[k] = operand(r, i, k);
        if (in[k] != NO_VALUE && r->class[i->in[k]] == GA_GRADIENT)
            scaled = r->b.p->value[in[k]].scaled;
    }
    if (builder_emit(&r->b, op, in, &i->a) == NO_VALUE)
        return;
    const instruction made = r->b.p->code[r->b.p->n - 1];
    for (size_t o = 0; o < row->n_out; o++) {
        r->now[i->out[o]] = made.out[o];
        r->class[i->out[o]] = (unsigned char)class;
        rewriting_copied(r, made.out[o], i->out[o], scaled, false);
    }
}

/* The first output as it is stored. */
static void
keep_first(rewriting *r, const instruction *i, int class)
{
    if (!r->b.failed && !op_graph_of(i->op)->copies && !op_graph_of(i->op)->passes)
        r->now[i->out[0]] = rewriting_stored(r, r->now[i->out[0]], class);
}

static value_id
scaled_by(rewriting *r, value_id v, int scale, const char *what)
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
    r->b.p->value[s].what = what;
    rewriting_copied(r, s, from.plain, from.scaled + scale, true);
    return s;
}

/* The loss, and its residual of a mean over images: they are computed as they are, and the residual is scaled and stored. */
static void
lose(rewriting *r)
{
    const program *const p = r->p;
    value_id residual = p->code[p->n_forward].out[1];
    for (size_t k = p->n_forward; k < p->n_loss && !r->b.failed; k++) {
        emit(r, p->code + k, k == p->n_forward ? GA_ACTIVATION : GA_GRADIENT);
        residual = k == p->n_forward ? residual : p->code[k].out[0];
        r->class[residual] = GA_GRADIENT;
    }
    if (r->b.failed)
        return;
    const value_id scaled = scaled_by(r, r->now[residual], r->f.recipe.loss_scale, "scaled residual");
    r->now[residual] = rewriting_stored(r, scaled, GA_GRADIENT);
}

static void
forward(rewriting *r)
{
    const program *const p = r->p;
    r->b.node = p->n > p->n_once ? p->code[p->n_once].node : 0;
    r->now[p->input] = rewriting_stored(r, r->now[p->input], GA_ACTIVATION);
    for (size_t k = p->n_once; k < p->n_forward && !r->b.failed; k++) {
        emit(r, p->code + k, GA_ACTIVATION);
        keep_first(r, p->code + k, GA_ACTIVATION);
        elementwise_slope(r, p->code + k);
    }
}

static void
backward(rewriting *r)
{
    const program *const p = r->p;
    for (size_t k = p->n_loss; k < p->n_backward && !r->b.failed; k++) {
        if (elementwise_times(r, p->code + k))
            continue;
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
            g = scaled_by(r, g, -r->f.recipe.loss_scale, "unscaled gradient");
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
        if (to->value[v].plain != NO_VALUE && to->value[v].power == 0)
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
            rewriting_copied(r, r->now[v], v, 0, false);
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
            r->now[v] = rewriting_stored(r, r->now[v], GA_WEIGHT);
    }
    for (size_t k = 0; k < p->n_once; k++)
        emit(r, p->code + k, GA_WEIGHT);
    round_weights(r);
    to->n_once = to->n;
    forward(r);
    to->n_forward = to->n;
    lose(r);
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
program_stored(const program *p, ga_format f, ga_formulas formulas, const int *exponent)
{
    rewriting r = { .p = p, .f = f, .formulas = formulas, .exponent = exponent, .now = calloc(p->n_values, sizeof *r.now),
                    .as_operand = calloc(2 * p->n_values, sizeof *r.as_operand),
                    .times = calloc(p->n_values, sizeof *r.times), .class = calloc(p->n_values, sizeof *r.class) };
    r.b.p = calloc(1, sizeof *r.b.p);
    r.b.failed = r.b.p == NULL || r.now == NULL || r.as_operand == NULL || r.times == NULL || r.class == NULL;
    if (!r.b.failed)
        rewrite(&r);
    if (!r.b.failed && !builder_list_constants(r.b.p))
        r.b.failed = true;
    free(r.now);
    free(r.as_operand);
    free(r.times);
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
    program *const s = each != NULL && v != NULL ? program_stored(p, all, GA_REWRITE, NULL) : NULL;
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
