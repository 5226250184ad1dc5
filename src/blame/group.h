/* SPDX-License-Identifier: Apache-2.0 */
/* group.h -- what is made as a group, functions and losses, from given numbers: by an estimator's formulas at its precision, with
   all exponents. */
#ifndef BLAME_GROUP_H
#define BLAME_GROUP_H

#include "blame/image.h"

typedef struct groups groups; /* a workspace; NULL when memory is out */
groups *groups_new(const blame_net *net, const ga_estimator *e);
void groups_free(groups *g);

/* Runs instruction k on the numbers value[v] of its operands. */
void groups_run(groups *g, size_t k, ga_number *const *value, const uint32_t *label);

/* What it made. */
ga_number groups_made(const groups *g, value_id v, size_t at);

#endif
