/* SPDX-License-Identifier: Apache-2.0 */
/* model.h -- the model of a graph; see core/model.h for the rest. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "graph/graph.h"

/* A model of a graph, which is the model's from then on; NULL, and the graph freed, if memory runs out or g is NULL. */
ga_model *model_of_graph(ga_graph *g, ga_status *st);

/* GA_OK for a chain of fully connected layers; else GA_USAGE: `what` takes no other network. */
ga_code model_need_layers(const ga_model *model, const char *what, ga_status *st);

#endif
