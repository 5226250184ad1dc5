/* SPDX-License-Identifier: Apache-2.0 */
/** @file model.h
    A network; its weights are the binary numbers of its file or arrays, never rounded. */
#ifndef GRADAUDIT_MODEL_H
#define GRADAUDIT_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include <gradaudit/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A network. The caller frees it with ga_model_free. */
typedef struct ga_model ga_model;

/** Numbers in memory, as NumPy describes them: in C order, without gaps. Read during the call only. */
typedef struct {
    const char *type;  /**< NumPy's: "<f4", "<f8", "<f2", "|u1", "<i8", ... */
    size_t n_dims;     /**< how many dimensions there are */
    const size_t *dim; /**< n_dims sizes */
    const void *data;  /**< NULL: no array */
} ga_array;

/** What the user says of a model. Like all options it begins with its size: see ga_run. NULL and 0 stand for what the file and its
    shapes say. */
typedef struct {
    size_t size;            /**< sizeof(ga_model_options) */
    const char *activation; /**< "sigmoid", "tanh", "relu", "softplus", "silu", "gelu", "gelu-tanh", "mish", "elu", "softsign",
                               "hardsigmoid", "hardswish", "relu6" or "linear", in any case, or one for each hidden layer, with
                               commas */
    const char *layout;     /**< "out-in" as in PyTorch, or "in-out" as in Keras, where shapes leave it open */
    int allow_nonfinite;    /**< take NaN and infinite weights */
    int round;              /**< round binary64 weights to binary32 first, to nearest even */
    size_t max_file;        /**< bytes of a file; 0: 4 GiB */
    size_t max_memory;      /**< bytes of what is made of it; 0: 4 GiB */
    int fuse;               /**< read compositions in an ONNX file as the functions that they are, as --fuse does */
} ga_model_options;

/** The defaults: `ga_model_options o = GA_MODEL_OPTIONS;` */
#define GA_MODEL_OPTIONS { sizeof(ga_model_options), NULL, NULL, 0, 0, 0, 0, 0 }

/** Reads the file at path, which may be safetensors, ONNX, .npz or a folder of .npy files, as gradaudit(1) says; its name is
    ignored. options may be NULL. On failure *model is NULL, and st names the file and the fault: GA_BAD_FILE, GA_NO_MEMORY over a
    limit, GA_IO_ERROR, GA_USAGE. */
ga_code ga_model_open(ga_model **model, const char *path, const ga_model_options *options, ga_status *st);

/** The same for the n bytes of such a file (not a folder) in memory, which are copied. name is what messages call it. */
ga_code ga_model_open_bytes(ga_model **model, const void *bytes, size_t n, const char *name, const ga_model_options *options,
                            ga_status *st);

/** A multi-layer perceptron from arrays: layer l of n_layers has weight[l], of outputs x inputs (or the other way round if
    options->layout says so), and bias[l], of outputs (bias or a bias's data NULL: zeros). The numbers are "<f8", "<f4" or "<f2",
    widened exactly to the widest of them, at least binary32. options->activation names the hidden layers' (needed where there is
    one). The model's digest is that of the file that ga_model_save writes of it. GA_BAD_FILE, with the array's name ("weight 2"),
    for shapes that do not chain, other types, and numbers that are not finite; GA_USAGE for a number of layers other than 1 to
    1024. */
ga_code ga_model_from_arrays(ga_model **model, const ga_array *weight, const ga_array *bias, size_t n_layers,
                             const ga_model_options *options, ga_status *st);

/** Writes the model as safetensors, atomically: the file appears under its name when it is complete. Same model, same bytes.
    GA_USAGE for a network that is not a chain of fully connected layers. */
ga_code ga_model_save(const ga_model *model, const char *path, ga_status *st);

/** Frees a model. NULL is allowed. Data sets, estimators and audits of the model must be freed before it. */
void ga_model_free(ga_model *model);

size_t ga_model_inputs(const ga_model *model);     /**< numbers in one input */
size_t ga_model_classes(const ga_model *model);    /**< outputs; 1 of a network that computes a value */
size_t ga_model_parameters(const ga_model *model); /**< weights and biases */
int ga_model_bits(const ga_model *model);          /**< 32 or 64: the binary format of its numbers */

size_t ga_model_tensors(const ga_model *model); /**< arrays that the parameters are in, one after the other */

/** The name of tensor i, counted from 0, such as "fc1.weight"; no two have the same. It is the model's. NULL: there is none. */
const char *ga_model_tensor_name(const ga_model *model, size_t i);

/** How many dimensions tensor i has; dim[0..room-1] are set to the first sizes, those beyond to 1. Their product is how many
    numbers it has. dim may be NULL if room is 0. 0: there is no tensor i. */
size_t ga_model_tensor_shape(size_t *dim, size_t room, const ga_model *model, size_t i);

/** SHA-256 of the bytes that its numbers were made of, as 64 hexadecimal digits; the model's. */
const char *ga_model_sha256(const ga_model *model);

#ifdef __cplusplus
}
#endif

#endif
