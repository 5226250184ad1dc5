/* SPDX-License-Identifier: Apache-2.0 */
/* blame_check.c -- see blame_check.h */
#include "audit/blame_check.h"
#include "model/model.h"
#include "num/format.h"

ga_code
blame_check(const ga_model *model, const ga_estimator *e, ga_status *st)
{
    if (model_need_layers(model, "blame", st) != GA_OK)
        return GA_USAGE;
    if (!format_has_origins(e->format)) {
        char list[100], ways[100];
        format_list(list, sizeof list, format_has_origins, "and");
        format_list(ways, sizeof ways, format_has_origins, "or --format");
        return ga_fail(st, GA_USAGE, "origins are found in %s only: say --format %s", list, ways);
    }
    for (size_t l = 0; l < model->n_layers; l++) {
        const ga_activation f = model->layer[l].activation;
        if (f != GA_LINEAR && f != GA_SIGMOID && f != GA_TANH && f != GA_RELU)
            return ga_fail(st, GA_USAGE, "layer %zu: origins are not found for %s yet; gradient, forward and attack take it",
                           l + 1, ga_activation_name(f));
    }
    if (e->loss != GA_CROSS_ENTROPY && e->loss != GA_MARGIN)
        return ga_fail(st, GA_USAGE, "origins are not found for this loss yet");
    if (e->formulas != GA_NAIVE && e->formulas != GA_REWRITE)
        return ga_fail(st, GA_USAGE, "origins are not found for these formulas");
    return GA_OK;
}
