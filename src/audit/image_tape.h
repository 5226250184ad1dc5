/* SPDX-License-Identifier: Apache-2.0 */
/* image_tape.h -- one image's tape, from any format, as numbers that do not depend on the format; the reference's, as truths. */
#ifndef AUDIT_IMAGE_TAPE_H
#define AUDIT_IMAGE_TAPE_H

#include "pass/engine.h"

typedef struct {
    size_t n_layers;
    ga_number **value[N_TENSORS]; /* value[tensor][l][i]; rounded in a true tape, for what needs a direction and no proof */
    ga_truth **truth[N_TENSORS];  /* of a true tape; else NULL */
    size_t **largest;             /* for origin_path, of a true tape: [l][input of layer l]; read anew with the values */
    bool *largest_known;          /* [l] */
    uint64_t readings;            /* how often it was read: what is kept of it elsewhere is of one of them */
} image_tape;

/* NULL when memory is out. A true tape is one of the reference's. */
image_tape *image_tape_new(const ga_model *model);
image_tape *image_tape_new_true(const ga_model *model);
void image_tape_free(image_tape *t);

/* Copies a row of an engine's tape; into a true tape, of the reference's. An undecided entry, as a rounded number, is its bound
   with the sign 0, at most 2^(2^61). */
void image_tape_read(image_tape *t, const engine_ops *ops, const void *engine, size_t row);

#endif
