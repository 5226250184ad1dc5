/* SPDX-License-Identifier: Apache-2.0 */
/* known.c -- what the pass supports; see engine.h */
#include "pass/engine.h"

const char *
pass_unknown(const ga_model *model, const ga_estimator *e)
{
    for (size_t l = 0; l < model->n_layers; l++) {
        const ga_activation f = model->layer[l].activation;
        if (f != GA_LINEAR && (l + 1 == model->n_layers || (f != GA_SIGMOID && f != GA_TANH && f != GA_RELU)))
            return "activation";
    }
    if (e->loss != GA_CROSS_ENTROPY && e->loss != GA_MARGIN)
        return "loss";
    if (e->formulas != GA_NAIVE && e->formulas != GA_REWRITE)
        return "formulas";
    if (e->product != GA_PRODUCT_DEFAULT && e->product != GA_LOOP && e->product != GA_BLAS && e->product != GA_DOT)
        return "product";
    return NULL;
}

bool
pass_saturates(const ga_model *model, size_t l)
{
    return model->layer[l].activation == GA_SIGMOID || model->layer[l].activation == GA_TANH;
}

bool
pass_takes_gain(const ga_model *model)
{
    for (size_t l = 0; l < model->n_layers; l++)
        if (pass_saturates(model, l))
            return true;
    return false;
}

double
pass_gain(const ga_model *model, const ga_estimator *e, size_t l)
{
    return l + 1 == model->n_layers ? e->logit_scale : pass_saturates(model, l) ? e->gain : 1;
}

program *
pass_program(const ga_model *model, const ga_estimator *e, bool weights)
{
    const program_options options = { .loss = e->loss, .gain = e->gain, .logit_scale = e->logit_scale, .input = !weights,
                                      .parameters = weights };
    graph *const g = graph_of_model(model);
    program *const p = g != NULL ? program_new(g, &options) : NULL;
    graph_free(g);
    return p;
}

value_id
engine_value(const program *p, const mlp_layer *layer, engine_tensor which, size_t l)
{
    switch (which) {
    case TENSOR_INPUT:
        return p->input;
    case TENSOR_PREACTIVATION:
        return layer[l].z;
    case TENSOR_ACTIVATION:
        return layer[l].a;
    case TENSOR_DERIVATIVE:
        return layer[l].d;
    case TENSOR_PROBABILITY:
        return p->code[p->n_forward].out[0];
    case TENSOR_DELTA:
        return layer[l].delta;
    case TENSOR_SCALED:
        return layer[l].scaled;
    case TENSOR_BACK_SUM:
        return layer[l].back;
    case TENSOR_INPUT_GRADIENT:
    case N_TENSORS:
        break;
    }
    return p->gradient_of[p->input];
}
