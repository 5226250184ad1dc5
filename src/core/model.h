/* SPDX-License-Identifier: Apache-2.0 */
/* model.h -- a network; its weights are the file's binary numbers.

   A network is a graph. One that is a chain of fully connected layers, a multi-layer perceptron, is seen as layers too: layer l
   maps a in R^{n_in} to f(g (W a + b)) in R^{n_out}; W is n_out x n_in, row-major (PyTorch's orientation). Hidden layers use
   a function of op/activations.def or nothing (linear), the readout is linear. Weights are never rounded or converted in place. */
#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gradaudit/model.h>

#include "core/status.h"

/* Size of a SHA-256 as text: 64 hexadecimal digits and the NUL. */
enum { GA_SHA256 = 65 };

typedef enum { GA_LINEAR, GA_SIGMOID, GA_TANH, GA_RELU, GA_SOFTPLUS, GA_SILU, GA_GELU, GA_GELU_TANH, GA_MISH,
               GA_ELU, GA_SOFTSIGN, GA_HARD_SIGMOID, GA_HARD_SWISH, GA_RELU6,
               GA_PRELU /* of a file alone: with slopes, it is no ga_layer's */ } ga_activation;
typedef enum { GA_F32, GA_F64 } ga_dtype;

typedef struct {
    size_t n_in, n_out;
    ga_activation activation; /* the readout is GA_LINEAR */
    void *weight;             /* n_out x n_in numbers of the model's dtype */
    void *bias;               /* n_out numbers of the model's dtype */
} ga_layer;

typedef struct {
    char *key, *value;
} ga_meta;

/* What a network does to its logits at its end. Our losses take the logits: with a softmax the cross-entropy is that of its
   probabilities, once. A composed log-softmax is nodes of the network, whose outputs losses take as they are. */
typedef enum { GA_LOGITS, GA_SOFTMAX, GA_LOG_SOFTMAX, GA_SIGMOID_OUTPUT, GA_COMPOSED_LOG_SOFTMAX } ga_output;

/* What a network does to each input before its first layer: x - c, x c or x / c, c an exact binary number for each input. */
typedef enum { GA_SUBTRACT, GA_MULTIPLY, GA_DIVIDE } ga_step_kind;
typedef struct {
    ga_step_kind kind;
    double *constant; /* one for each input */
} ga_step;

struct ga_graph; /* private */

struct ga_model {
    ga_dtype dtype;
    struct ga_graph *graph; /* the network, and its numbers */
    size_t n_layers;        /* if it is a chain of fully connected layers; else 0. They are seen, not kept: */
    const ga_layer *layer;  /* weight and bias are the graph's numbers, and may be set there */
    size_t n_steps; /* before the first layer, which takes their exact result, rounded once to dtype */
    ga_step *step;
    size_t n_meta;
    ga_meta *meta; /* strings of the file's __metadata__, "activation" included; hostile text */
    char sha256[GA_SHA256]; /* of the file that ga_model_load read it from, even if changed or copied since; "": none */
    bool rounded;           /* by ga_model_round since, which may have changed nothing */
};

enum { GA_MAX_LAYERS = 1024, GA_MAX_CLASSES = 1 << 20, GA_NORMALISE_STEPS = 8 };

/* The name of an activation ("sigmoid", …; "unknown"). */
const char *ga_activation_name(ga_activation activation);

/* The name of an output ("logits", "softmax", "log-softmax", "sigmoid"), and the output with a name, case-insensitive, -1 if there
   is none; the name of a step ("subtract", …). */
const char *ga_output_name(ga_output output);
int ga_output_parse(const char *name);
const char *ga_step_name(ga_step_kind kind);

/* What to know of a network with this output, as sentences; NULL for logits. */
const char *ga_output_note(ga_output output);

/* A model of zero weights: sizes[0..n_layers], activation[0..n_layers-2] for the hidden layers. The caller frees it with
   ga_model_free. NULL, with st set, if a size is 0, a product overflows, an activation is unknown or memory runs out. */
ga_model *ga_model_new(ga_dtype dtype, size_t n_layers, const size_t *sizes, const ga_activation *activation, ga_status *st);
ga_model *ga_model_copy(const ga_model *model, ga_status *st);

/* Its output, and the setter: false if there is no such output. */
ga_output ga_model_output(const ga_model *model);
bool ga_model_set_output(ga_model *model, ga_output output);

/* Element i of a layer's weight or bias, exact in binary64; and its setter, which rounds to the model's dtype. */
double ga_model_get(const ga_model *model, const void *array, size_t i);
void ga_model_set(const ga_model *model, void *array, size_t i, double value);

/* The metadata string of key, or NULL; and its setter (a copy is stored; false if out of memory). */
const char *ga_model_meta(const ga_model *model, const char *key);
bool ga_model_set_meta(ga_model *model, const char *key, const char *value);

/* Adds a last step before the first layer; the constants, one for each input, are copied. False if memory runs out, there are
   GA_NORMALISE_STEPS, a constant is not finite, or a divisor is 0. */
bool ga_model_add_step(ga_model *model, ga_step_kind kind, const double *constant);

/* GA_OK when there are at most GA_MAX_CLASSES classes, and every weight is finite unless allow_nonfinite; else GA_BAD_FILE with the
   weight's name and the fault. */
ga_code ga_model_check(const ga_model *model, bool allow_nonfinite, ga_status *st);

/* A copy with every weight rounded to binary32 (to nearest, ties to even); GA_F32 models are copied as they are. A weight
   that overflows is a GA_BAD_FILE. */
ga_model *ga_model_round(const ga_model *model, ga_status *st);

/* How a file lays out weights: [outputs, inputs] as in PyTorch, or [inputs, outputs] as in Keras. */
typedef enum { GA_ANY_LAYOUT, GA_OUT_IN, GA_IN_OUT } ga_layout;

/* "out-in" or "in-out"; -1: neither. */
int ga_layout_parse(const char *name);

/* The user's options for a model file. Zeros and NULL stand for what the file and its shapes say, the limits below, finite
   weights. */
typedef struct {
    ga_layout layout;
    const char *activation; /* as the metadata string: one name, or one for each hidden layer, with commas */
    bool allow_nonfinite;   /* take NaN and infinite weights */
    size_t max_file;        /* bytes of a file, as it is on the disk */
    size_t max_memory;      /* bytes of the file, of data unpacked, and of what is made of it */
    bool fuse;              /* read compositions in an ONNX file as the functions that they are (graph/fuse.h) */
} ga_load;

/* The limit asked for; for 0 the default: 4 GiB, less if size_t is small. */
size_t ga_load_limit(size_t asked);

/* What was fused: "3 GELU, 1 log-softmax", or ""; cut at size. */
void ga_model_fused(char *text, size_t size, const ga_model *model);

/* Reads a model, its format detected from its content; its name is ignored:
   - safetensors; numbers of F64, F32, F16 or BF16, widened exactly to the widest of them, at least binary32;
   - ONNX, of the operators that fully connected networks are made of (man gradaudit); FLOAT, DOUBLE, FLOAT16 or BFLOAT16;
   - .npz (NumPy's, stored or deflated), or a folder of .npy files: f8, f4, f2 and bfloat16 (V2), in either order and byte order;
   names and shapes as man gradaudit says; training records (epoch, loss, …) are left out and listed in the metadata "left_out".
   Other files (pickles, Keras, TensorFlow, JSON) are GA_BAD_FILE with their kind in the message, and what to do.
   options may be NULL. Checks everything ga_model_check does. Each file is opened and read once, and path may be a pipe: sha256 is
   the digest of the bytes that the numbers were made of. For a folder it is that of the lines "DIGEST  NAME.npy\n" of its arrays,
   sorted by bytes: what sha256sum *.npy prints there in the C locale. *model is the caller's; on failure it is NULL and st
   names the file and the fault: GA_BAD_FILE, GA_NO_MEMORY over a limit, GA_IO_ERROR. */
ga_code ga_model_load(ga_model **model, const char *path, const ga_load *options, ga_status *st);

/* Weights and biases that are NaN or infinite. */
size_t ga_model_nonfinite(const ga_model *model);

/* Writes the model, its metadata sorted by key, atomically: the file appears under its name when it is complete. If all weights are
   square, the metadata say that the layout is out-in. Same model, same bytes. Numbers that are not finite are written as they
   are. */
ga_code ga_model_write(const ga_model *model, const char *path, ga_status *st);

#endif
