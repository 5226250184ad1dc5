/* SPDX-License-Identifier: Apache-2.0 */
/* weights.h -- gradients of the weights, tensor by tensor, for gradaudit gradient. */
#ifndef CLI_WEIGHTS_H
#define CLI_WEIGHTS_H

#include "cli/document.h"

/* Prints them as lines, or with json as a document with this head, which is consumed; counts what is not decided. */
ga_code weights_print(ga_undecided *undecided, const sources *in, const ga_estimator *e, int digits, bool json, json_t *head,
                      ga_status *st);

#endif
