/* SPDX-License-Identifier: Apache-2.0 */
/* quantities.h -- what weights, pre-activations and activations look like, for gradaudit inspect. */
#ifndef CLI_QUANTITIES_H
#define CLI_QUANTITIES_H

#include "cli/command.h"
#include "report/table.h"

/* A row for each layer's weights and, if there are images, for its pre-activations and activations; or for each parameter of a
   graph. */
ga_code quantities_add(table *t, const sources *in, ga_status *st);

#endif
