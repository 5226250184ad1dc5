/* SPDX-License-Identifier: Apache-2.0 */
/* image_tape.h -- one image's tape, of any format, as numbers free of it. */
#ifndef AUDIT_IMAGE_TAPE_H
#define AUDIT_IMAGE_TAPE_H

#include "pass/engine.h"

typedef struct {
    size_t n_layers;
    ga_number **value[N_TENSORS]; /* value[tensor][l][i] */
    size_t **largest;             /* for origin_path, of a true tape: [l][input of layer l]; read anew with the values */
    bool *largest_known;          /* [l] */
    uint64_t readings;            /* how often it was read: what is kept of it elsewhere is of one of them */
} image_tape;

/* NULL when memory is out. */
image_tape *image_tape_new(const ga_model *model);
void image_tape_free(image_tape *t);

/* Copies a row of an engine's tape. */
void image_tape_read(image_tape *t, const engine_ops *ops, const void *engine, size_t row);

#endif
