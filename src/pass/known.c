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
