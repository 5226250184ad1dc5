/* SPDX-License-Identifier: Apache-2.0 */
/* known.c -- what the pass supports; see engine.h */
#include <stdlib.h>

#include "graph/op_graph.h"
#include "graph/stored.h"
#include "num/recipe.h"
#include "pass/engine.h"
#include "pass/op_ball.h"
#include "pass/operands.h"

bool
pass_all_ops(const ga_model *model, ga_loss loss, bool (*has)(op_id op), bool *loss_has)
{
    const op_id losing = program_loss(model->graph, loss);
    *loss_has = losing != N_OPS && has(losing);
    for (size_t k = 0; k < model->graph->n_nodes; k++)
        if (model->graph->node[k].op >= N_OPS || !has(model->graph->node[k].op))
            return false;
    return true;
}

static bool
any(op_id op)
{
    (void)op;
    return true;
}

const char *
pass_unknown(const ga_model *model, const ga_estimator *e)
{
    bool loss;
    if (!pass_all_ops(model, e->loss, any, &loss))
        return "activation";
    if (!loss)
        return "loss";
    if (e->formulas != GA_NAIVE && e->formulas != GA_REWRITE)
        return "formulas";
    if (e->product != GA_PRODUCT_DEFAULT && e->product != GA_LOOP && e->product != GA_BLAS && e->product != GA_DOT)
        return "product";
    return NULL;
}

static bool
saturates_not(op_id op)
{
    return op_graph_of(op)->saturates == 0;
}

bool
pass_takes_gain(const ga_model *model)
{
    bool loss;
    return !pass_all_ops(model, GA_CROSS_ENTROPY, saturates_not, &loss);
}

ga_code
pass_check_gain(const ga_model *model, const char *instead, ga_status *st)
{
    if (pass_takes_gain(model))
        return GA_OK;
    return ga_fail(st, GA_USAGE, "a gain is a factor on what goes into sigmoid and tanh, and there is none in this network; %s is "
                                 "one on the logits", instead);
}

ga_code
engine_check_outputs(const ga_model *model, ga_loss loss, ga_status *st)
{
    const op_id op = program_loss(model->graph, loss);
    const op_graph *const row = op != N_OPS ? op_graph_of(op) : NULL;
    const ga_output end = ga_model_output(model);
    if (row == NULL || (ga_model_classes(model) >= row->least_cols && (row->ends >> end & 1) != 0))
        return GA_OK;
    if ((row->ends >> end & 1) == 0 && end == GA_LOGITS)
        return ga_fail(st, GA_USAGE, "the loss %s takes probabilities or their logarithms, and this network ends in logits: say "
                                     "--loss cross-entropy, which takes their softmax first", loss_words.name[loss]);
    if ((row->ends >> end & 1) == 0)
        return ga_fail(st, GA_USAGE, "the loss %s is of the network's outputs, and this network ends in %s: export it without that "
                                     "end", loss_words.name[loss], ga_output_name(end));
    return ga_fail(st, GA_USAGE, "this network has one output: %s. Say --loss bce if labels are 0 and 1 (audit, attack: -e "
                                 "float,naive,bce), or --loss squared-error", row->fewer);
}

ga_code
engine_check_attacked(const ga_model *model, ga_loss loss, ga_status *st)
{
    const ga_code code = engine_check_outputs(model, loss, st);
    const op_id op = program_loss(model->graph, loss);
    if (code != GA_OK || op == N_OPS)
        return code;
    if (op_graph_of(op)->toward)
        return ga_fail(st, GA_USAGE, "the %s of the label's class is no loss: attacks and audits go up a loss, away from the "
                                     "label; its gradient is one of the commands gradient, histogram and explain",
                       loss_words.name[loss]);
    if (ga_model_classes(model) > 1 || op_graph_of(op)->binary)
        return GA_OK;
    return ga_fail(st, GA_USAGE, "this network has one output, and the loss %s takes it for no class: attacks and audits are of "
                                 "classes; gradients are not", loss_words.name[loss]);
}

/* Of rows of targets. */
static ga_code
check_targets(const op_graph *row, ga_loss loss, const ga_dataset *ds, ga_status *st)
{
    if (ds->target == NULL)
        return ga_fail(st, GA_USAGE, "an upstream gradient is a file's: --upstream FILE");
    if (row->target == 0 || ds->upstream != row->rows)
        return ga_fail(st, GA_USAGE, "the loss %s takes no %s", loss_words.name[loss],
                       ds->upstream ? "upstream gradient" : "targets: cross-entropy, bce and squared-error do, of gradients");
    for (size_t i = 0; row->shares && i < (ds->one_target ? 1 : ds->n) * ds->n_targets; i++)
        if (!(ds->target[i] >= 0 && ds->target[i] <= 1))
            return ga_fail(st, GA_BAD_FILE, "target %zu of image %zu is %g: those of the loss %s are from 0 to 1, those of "
                           "squared-error any", i % ds->n_targets, i / ds->n_targets, ds->target[i], loss_words.name[loss]);
    return GA_OK;
}

ga_code
engine_check_labels(const ga_model *model, ga_loss loss, const ga_dataset *ds, ga_status *st)
{
    const op_id op = program_loss(model->graph, loss);
    if (op == N_OPS)
        return GA_OK;
    if (ds->target != NULL || op_graph_of(op)->rows)
        return check_targets(op_graph_of(op), loss, ds, st);
    if (!op_graph_of(op)->binary || ga_model_classes(model) > 1 || ds->label == NULL)
        return GA_OK;
    for (size_t i = 0; i < ds->n; i++)
        if (ds->label[i] > 1)
            return ga_fail(st, GA_BAD_FILE, "label %d of image %zu is neither 0 nor 1, which the loss %s of one output takes",
                           ds->label[i], i, loss_words.name[loss]);
    return GA_OK;
}

program *
pass_program(const ga_model *model, const ga_estimator *e, bool weights)
{
    const program_options options = { .loss = e->loss, .gain = e->gain, .logit_scale = e->logit_scale, .number = e->number,
                                      .images = e->images, .input = !weights, .parameters = weights };
    program *const plain = program_new(model->graph, &options);
    if (plain == NULL || !recipe_is(e->format))
        return plain;
    const bool frozen = e->format.recipe.rule == GA_SCALE_FILE;
    int *const exponent = frozen ? program_exponents(plain, model->graph, e->format) : NULL;
    program *const p = frozen && exponent == NULL ? NULL : program_stored(plain, e->format, e->formulas, exponent);
    free(exponent);
    program_free(plain);
    return p;
}

size_t
pass_first_factor(const program *p)
{
    size_t k = p->n_once;
    while (k < p->n_forward && (p->code[k].op != OP_scale || p->value[p->code[k].in[1]].role != VALUE_FACTOR))
        k++;
    return k;
}

bool
pass_same_but_factors(const program *p, const program *q)
{
    bool alike = p->n_values == q->n_values && p->n == q->n && p->n_once == q->n_once && p->n_forward == q->n_forward;
    for (size_t k = 0; alike && k < p->n; k++) {
        alike = p->code[k].op == q->code[k].op;
        for (size_t i = 0; alike && i < op_graph_of(p->code[k].op)->n_in; i++)
            alike = p->code[k].in[i] == q->code[k].in[i];
        for (size_t o = 0; alike && o < op_graph_of(p->code[k].op)->n_out; o++)
            alike = p->code[k].out[o] == q->code[k].out[o];
    }
    return alike;
}

/* What instructions before the first factor make, and later ones read. */
static void
keep_for_again(bool *keep, const program *p)
{
    const size_t first = pass_first_factor(p);
    for (size_t k = p->n_once; k < first; k++)
        for (size_t o = 0; o < op_graph_of(p->code[k].op)->n_out; o++)
            for (size_t later = first; later < p->n; later++)
                for (size_t i = 0; i < op_graph_of(p->code[later].op)->n_in; i++)
                    keep[p->code[k].out[o]] = keep[p->code[k].out[o]] || p->code[later].in[i] == p->code[k].out[o];
}

void
engine_keep(bool *keep, const program *p, bool again)
{
    if (again)
        keep_for_again(keep, p);
    keep[p->logits] = keep[p->end] = keep[p->loss] = true;
    for (size_t v = 0; v < p->n_values; v++)
        if ((p->value[v].role == VALUE_INPUT || p->value[v].role == VALUE_PARAMETER) && p->gradient_of[v] != NO_VALUE)
            keep[p->gradient_of[v]] = true;
    for (size_t o = 0; o < op_graph_of(p->code[p->n_forward].op)->n_out; o++)
        keep[p->code[p->n_forward].out[o]] = true; /* what the loss chose */
    for (size_t k = p->n_once; k < p->n_forward; k++)
        for (size_t i = 0; op_ball_of(p->code[k].op)->n_kinks > 0 && i < op_graph_of(p->code[k].op)->n_in; i++)
            keep[p->code[k].in[i]] = true;
}
