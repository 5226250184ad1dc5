/* SPDX-License-Identifier: Apache-2.0 */
/* assemble.h -- from tensors to layers: which tensors belong to which layer (assemble_layers.c), how weights lie and in which order
   the layers come (assemble_order.c); assemble.c makes a model of the results. */
#ifndef GRADAUDIT_IO_ASSEMBLE_H
#define GRADAUDIT_IO_ASSEMBLE_H

#include "io/tensor_names.h"
#include "io/tensors.h"

typedef struct {
    const tensor *weight, *bias; /* no bias: zeros */
    layer_name name;
} layer;

typedef struct {
    tensors_source *source;
    size_t n;
    layer *layer;
    bool numbered; /* the names of all layers differ only in their numbers, which increase */
    bool named;    /* what the names say of the order holds */
    ga_layout layout;
    size_t order[GA_MAX_LAYERS];
    size_t n_slopes;
    const tensor **slopes; /* of PReLU: by the numbers in their names */
} assembly;

/* For arrays that have only places. */
#define PLACES_WAY_OUT "save them by name: numpy.savez('model.npz', W1=..., b1=..., W2=..., b2=...)"

#define FILE_FAULT(p, ...) SOURCE_FAULT((p)->source, __VA_ARGS__)

/* The layers that the tensors form, sorted as far as their numbers say. Tensors that are no part of a network are marked left_out
   and listed in the metadata string "left_out". GA_BAD_FILE if a tensor is of another kind of layer, or of none. */
ga_code assembly_find_layers(assembly *p, tensors *t);

/* The layout and the order of the layers; if names and shapes leave them open, GA_BAD_FILE says what decides. */
ga_code assembly_find_order(assembly *p, const tensors *t);

/* GA_BAD_FILE if the names of the weights are those of several networks: actor and critic, or
   models.0.fc1, models.0.fc2, models.1.fc1, ... */
ga_code one_network_check(const assembly *p);

/* GA_BAD_FILE for the name of a layer that is not fully connected, or of a data set, whose arrays are no weights. */
ga_code other_layers_check(const tensors *t, tensors_source *source);

/* activation[0..hidden-1] of the hidden layers, from a text: one name for all, or one for each, with commas. GA_USAGE. */
ga_code activations_parse(ga_activation *activation, size_t hidden, const char *text, ga_status *st);

/* Whether a name is that of PReLU's slopes: prelu1.weight, p_re_lu/alpha. */
bool names_slopes(const char *name);

/* A training record, which computes nothing: a non-floating-point number, or a few numbers called loss, epoch, ... */
bool is_training_record(const tensor *t);

/* Whether a number of this name may change what a network computes: temperature, gain, logit_scale, ...; or is a mean or a standard
   deviation of inputs. */
bool names_a_factor(const char *name);
bool names_normalisation(const char *name);

/* The length of a bias of shape [outputs], [outputs, 1] or [1, outputs]. */
static inline size_t
bias_size(const tensor *bias)
{
    return bias->dim[0] * bias->dim[1];
}

#endif
