/* SPDX-License-Identifier: Apache-2.0 */
/* engines.h -- the engine of each format, the reference among them, and what there is one for. */
#ifndef EXACT_ENGINES_H
#define EXACT_ENGINES_H

#include "pass/engine.h"

/* NULL: no engine is of that format. */
const engine_ops *engine_find(ga_format format);

/* The same for gradients of weights: their truth is of sums over a batch, in balls of the format's bits (run/weights.h). */
const engine_ops *engine_find_for(ga_format format, bool weights);

/* ga_estimator_check for a pass that computes no loss: a model may have one output. */
ga_code engine_check_forward(const ga_estimator *e, const ga_model *model, ga_status *st);

#endif
