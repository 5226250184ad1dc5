/* SPDX-License-Identifier: Apache-2.0 */
/* program.c -- see program.h */
#include <stdlib.h>

#include "graph/builder.h"

/* ---- the forward pass ------------------------------------------------------------------------------------------- */

static value_id
scaled(builder *b, value_id v, double factor, bool always, bool leaf)
{
    if (factor == 1 && !always)
        return v;
    const op_value value = { .role = VALUE_FACTOR, .rows = 1, .cols = 1, .what = "factor", .factor = factor };
    const value_id f = builder_value(b, value);
    if (f != NO_VALUE)
        b->wanted[f] = leaf;
    return builder_emit(b, OP_scale, (value_id[]){ v, f }, NULL);
}

/* What the last instruction, a function of z, makes, with dropout. */
static value_id
dropped(builder *b, value_id z)
{
    if (b->failed)
        return NO_VALUE;
    const instruction i = b->p->code[b->p->n - 1];
    op_value mask = { .role = VALUE_FACTOR, .what = "dropout", .factor = 1 };
    op_set_shape(&mask, &b->p->value[i.out[0]].shape);
    return builder_emit(b, OP_drop, (value_id[]){ z, i.out[0], i.out[1], builder_value(b, mask) }, NULL);
}

static value_id
operand(const graph_operand *o, const program *p, const value_id *parameter, const value_id *made)
{
    return o->from == FROM_INPUT ? p->input : o->from == FROM_NODE ? made[o->index] : parameter[o->index];
}

/* The scale of a layer stands between its sum and its function. What no function follows is scaled where it is used as an
   operand of the next sum: training alone asks for that. */
static void
forward(builder *b, const ga_graph *g, const program_options *o, const value_id *parameter, value_id *made)
{
    for (size_t k = 0; k < g->n_nodes && !b->failed; k++) {
        const graph_node *node = g->node + k;
        const op_graph *row = op_graph_of(node->op);
        value_id in[OP_MOST_IN];
        b->node = k;
        for (size_t i = 0; i < row->n_in; i++)
            in[i] = operand(node->in + i, b->p, parameter, made);
        const bool function = row->differentiate == op_times_derivative;
        if (function)
            in[0] = scaled(b, in[0], row->saturates > 0 ? o->gain : 1, o->every_gain, o->every_gain && o->parameters);
        if (row->prepare != NULL)
            row->prepare(b, in);
        made[k] = builder_emit(b, node->op, in, &node->a);
        if (function && o->dropout)
            made[k] = dropped(b, in[0]);
    }
    b->p->logits = scaled(b, made[g->n_nodes - 1], o->logit_scale, o->every_gain, false);
}

/* ---- gradients -------------------------------------------------------------------------------------------------- */

static void
backward(builder *b)
{
    program *const p = b->p;
    for (size_t k = p->n_loss; k-- > 0 && !b->failed;) {
        const instruction i = p->code[k]; /* a copy: emitting moves them */
        const op_graph *row = op_graph_of(i.op);
        const value_id gradient = p->gradient_of[i.out[0]];
        b->node = i.node;
        if ((gradient != NO_VALUE || row->term) && b->wanted[i.out[0]])
            row->differentiate(b, &i, gradient);
    }
}

op_id
program_loss(const ga_graph *g, ga_loss loss)
{
#define LOSS(value, op, name) [value] = OP_##op,
    static const op_id op[] = {
#include "op/losses.def"
    };
#undef LOSS
    const op_id any = (size_t)loss < sizeof op / sizeof *op ? op[loss] : N_OPS;
    const op_id own = any != N_OPS ? op_graph_of(any)->of_end[graph_output_of(g)] : 0;
    return own != 0 ? own : any;
}

/* The penalties of what nodes make in the end, at those that have one. */
static void
penalise(builder *b, const ga_graph *g, const value_id *made)
{
    const op_value lambda = { .role = VALUE_FACTOR, .rows = 1, .cols = 1, .what = "penalty", .factor = 1 };
    const value_id factor = builder_value(b, lambda);
    for (size_t k = 0; k < g->n_nodes && !b->failed; k++) {
        const op_id penalty = op_graph_of(g->node[k].op)->penalty;
        b->node = k;
        if (penalty != 0)
            builder_emit(b, penalty, (value_id[]){ made[k], b->p->code[program_maker(b->p, made[k])].out[1], factor }, NULL);
    }
}

/* A residual of an image's loss as one of the mean over so many images. */
static value_id
averaged(builder *b, value_id residual, size_t images)
{
    if (images <= 1)
        return residual;
    const value_id n = builder_value(b, (op_value){ .role = VALUE_FACTOR, .rows = 1, .cols = 1, .what = "images of the mean",
                                                    .factor = (double)images });
    return builder_emit(b, OP_constant_div, (value_id[]){ residual, n }, NULL);
}

/* The loss, whose outputs are what it chose (probabilities, or the margin's class), its gradient to the logits, and itself. */
static void
lose(builder *b, const ga_graph *g, const program_options *o, const value_id *made)
{
    program *const p = b->p;
    const op_id loss = program_loss(g, o->loss);
    p->n_forward = p->n;
    if (b->failed)
        return;
    const op_graph *const row = op_graph_of(loss);
    value_id in[OP_MOST_IN] = { p->logits };
    if (row->target != 0) {
        op_value target = { .role = VALUE_TARGET, .what = "target" };
        op_set_shape(&target, &p->value[p->logits].shape);
        in[row->target] = p->target = builder_value(b, target);
    }
    if (row->number != 0)
        in[row->number] = builder_value(b, (op_value){ .role = VALUE_FACTOR, .rows = 1, .cols = 1, .what = "number of the loss",
                                                       .factor = o->number });
    if (builder_emit(b, loss, in, NULL) == NO_VALUE)
        return;
    const instruction i = p->code[p->n - 1];
    if (o->penalty)
        penalise(b, g, made);
    const value_id residual = averaged(b, i.out[1], o->images);
    p->n_loss = p->n;
    p->loss = i.out[2];
    builder_contribute(b, p->logits, residual);
    backward(b);
    p->n_backward = p->n;
}

/* Moves what only arranges parameters anew to the front, to be run once: code[0..n_once-1]. */
static bool
move_to_front(program *p)
{
    instruction *const code = malloc((p->n + 1) * sizeof *code);
    size_t n = 0, before[3] = { 0 }, rest;
    if (code == NULL)
        return false;
    for (size_t k = 0; k < p->n; k++)
        if (op_graph_of(p->code[k].op)->once) {
            code[n++] = p->code[k];
            before[0] += k >= p->n_forward;
            before[1] += k >= p->n_loss;
            before[2] += k >= p->n_backward;
        }
    p->n_once = rest = n;
    for (size_t k = 0; k < p->n; k++)
        if (!op_graph_of(p->code[k].op)->once)
            code[rest++] = p->code[k];
    p->n_forward += before[0];
    p->n_loss += before[1];
    p->n_backward += before[2];
    free(p->code);
    p->code = code;
    return true;
}

bool
builder_list_constants(program *p)
{
    size_t n_parameters = 0;
    while (p->parameter + n_parameters < p->n_values && p->value[p->parameter + n_parameters].role == VALUE_PARAMETER)
        n_parameters++;
    if ((p->constant = calloc(n_parameters + OP_MOST_OUT * p->n_once + 1, sizeof *p->constant)) == NULL)
        return false;
    for (size_t k = 0; k < n_parameters; k++)
        p->constant[p->n_constants++] = p->parameter + k;
    for (size_t k = 0; k < p->n_once; k++)
        for (size_t o = 0; o < op_graph_of(p->code[k].op)->n_out; o++)
            p->constant[p->n_constants++] = p->code[k].out[o];
    for (size_t k = 0; k < p->n_constants; k++)
        p->value[p->constant[k]].prepared = true;
    for (size_t k = p->n_once; k < p->n; k++) {
        const op_graph *const row = op_graph_of(p->code[k].op);
        for (size_t i = 0; i < row->n_in; i++)
            if (row->prepared == 0 || i != row->prepared || p->code[k].a.groups > 1) /* groups have parts of it */
                p->value[p->code[k].in[i]].prepared = false;
    }
    return true;
}

static void
build(builder *b, const ga_graph *g, const program_options *o, value_id *parameter, value_id *made)
{
    program *const p = b->p;
    op_value input = { .role = VALUE_INPUT, .what = "input" };
    op_set_shape(&input, &g->input);
    p->input = builder_value(b, input);
    p->parameter = p->input + 1;
    p->target = NO_VALUE;
    for (size_t k = 0; k < g->n_parameters; k++) {
        const graph_parameter *from = g->parameter + k;
        parameter[k] = builder_value(b, (op_value){ .role = VALUE_PARAMETER, .rows = from->rows, .cols = from->cols,
                                                 .what = "parameter", .exact = from->exact,
                                                 .constant = from->constant });
    }
    if (b->failed)
        return;
    b->wanted[p->input] = o->input;
    for (size_t k = 0; k < g->n_parameters; k++)
        b->wanted[parameter[k]] = o->parameters && !g->parameter[k].constant;
    forward(b, g, o, parameter, made);
    lose(b, g, o, made);
    b->node = g->n_nodes - 1;
    p->end = g->end == OP_identity || b->failed ? p->logits : builder_emit(b, g->end, &p->logits, NULL);
    if (!b->failed && (!move_to_front(p) || !builder_list_constants(p)))
        b->failed = true;
}

program *
program_new(const ga_graph *g, const program_options *o)
{
    if (program_loss(g, o->loss) == N_OPS)
        return NULL;
    program *p = calloc(1, sizeof *p);
    value_id *const parameter = calloc(g->n_parameters, sizeof *parameter), *const made = calloc(g->n_nodes, sizeof *made);
    builder b = { .p = p, .failed = p == NULL || parameter == NULL || made == NULL };
    if (!b.failed) {
        p->input_bits = g->dtype == GA_F32 ? 24 : 53;
        build(&b, g, o, parameter, made);
    }
    free(parameter);
    free(made);
    free(b.wanted);
    if (!b.failed)
        return p;
    program_free(p);
    return NULL;
}

void
program_free(program *p)
{
    if (p == NULL)
        return;
    free(p->value);
    free(p->code);
    free(p->gradient_of);
    free(p->constant);
    free(p);
}

size_t
program_numbers(const program *p)
{
    size_t n = 0;
    for (size_t k = 0; k < p->n_values; k++)
        n += p->value[k].rows == 0 ? p->value[k].cols : 0;
    return n;
}

size_t
program_maker(const program *p, value_id v)
{
    for (size_t k = 0; k < p->n; k++)
        for (size_t i = 0; i < op_graph_of(p->code[k].op)->n_out; i++)
            if (p->code[k].out[i] == v)
                return k;
    return p->n;
}

/* The last forward instruction of a node; but for those that a recipe adds. */
static const instruction *
last_of(const program *p, size_t node)
{
    size_t k = p->n_forward;
    while (k-- > p->n_once && (p->code[k].node != node || p->value[p->code[k].out[0]].stored))
        ;
    return p->code + k;
}

value_id
program_argument(const program *p, size_t node)
{
    return last_of(p, node)->in[0];
}

value_id
program_made(const program *p, size_t node)
{
    return last_of(p, node)->out[0];
}
