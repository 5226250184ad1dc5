/* SPDX-License-Identifier: Apache-2.0 */
/* weights.h -- gradients of the weights, tensor by tensor, for gradaudit gradient. */
#ifndef CLI_WEIGHTS_H
#define CLI_WEIGHTS_H

#include "cli/document.h"

/* Prints them as lines, or with json as a document with this head, which is consumed; counts what is not decided. */
ga_code weights_print(ga_undecided *undecided, const sources *in, const ga_estimator *e, int digits, bool json, json_t *head,
                      ga_status *st);

/* Writes them as arrays of a .npz file, each with its parameter's name and shape: of float32 or float64 if these hold the format's
   numbers, else four arrays, NAME.sign, .mantissa, .exponent and .state, as ga_numbers has them. Counts what is not decided. */
ga_code weights_save(ga_undecided *undecided, const sources *in, const ga_estimator *e, const char *path, ga_status *st);

#endif
