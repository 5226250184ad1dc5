/* SPDX-License-Identifier: Apache-2.0 */
/* tensors.h -- the named arrays of a model file, whatever its format, and the model made of them.

   file -> bytes -> tensors -> model: a reader of a format checks everything that the file says of itself and makes tensors;
   model_assemble decides from names and shapes which is which. Names are hostile text. */
#ifndef GRADAUDIT_IO_TENSORS_H
#define GRADAUDIT_IO_TENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model.h"

#include "io/source.h"

enum {
    TENSOR_DIMS = 2,
    TENSORS_CAP = 2 * GA_MAX_LAYERS + GA_NORMALISE_STEPS, /* the most tensors of a file */
    TENSOR_NAME_CAP = 512            /* bytes of a name */
};

/* ELEMENT_OTHER: a type that no weight has, such as integers; these numbers are never read. */
typedef enum { ELEMENT_F16, ELEMENT_BF16, ELEMENT_F32, ELEMENT_F64, ELEMENT_OTHER } tensor_element;

static inline size_t
tensor_element_size(tensor_element e) /* of ELEMENT_OTHER none */
{
    return e == ELEMENT_F64 ? 8 : e == ELEMENT_F32 ? 4 : 2;
}

typedef struct npz npz; /* npz.h */

typedef struct {
    char *name;
    tensor_element element;
    size_t n_dims, dim[TENSOR_DIMS]; /* 0 to 2 dimensions, each at least 1 (1 where there are fewer) */
    const uint8_t *data;             /* their product of numbers; NULL until they are fetched */
    bool big_endian, fortran;        /* how they lie: fortran: the first index runs fastest, else the last */
    bool left_out;                   /* no part of the model, and not fetched from an archive */
    file_view own;                   /* that data are in, if it is the tensor's */
} tensor;

/* For the tensor's numbers, or a model of them: binary16 and bfloat16 are widened to binary32. */
static inline ga_dtype
tensor_dtype(const tensor *t)
{
    return t->element == ELEMENT_F64 ? GA_F64 : GA_F32;
}

/* *to = number i, counted with the last index fastest, exactly, in a dtype no narrower than the tensor's; bit for bit if it is the
   same. */
void tensor_get(void *to, ga_dtype dtype, const tensor *t, size_t i);

typedef struct {
    size_t n;
    tensor *tensor; /* room for TENSORS_CAP */
    size_t n_meta;  /* the file's strings beside them */
    ga_meta *meta;
    ga_layout layout; /* of the weights, if the format says it */
    npz *archive;     /* has the numbers of all tensors, each in the entry of its index; NULL: they are here */
    struct ga_graph *graph; /* instead of tensors: a network that is no chain of layers; or NULL */
} tensors;

/* The text common to all refusals of other networks. */
#define TENSORS_READ "only networks of fully connected layers with sigmoid, tanh or relu between them are read"

/* Adds a tensor, whose numbers, little-endian and with the last index fastest, are at data, of the size that shape and type need,
   as long as t is used; own: the memory they are in, for the tensor to own from now on, on failure too, or NULL. GA_BAD_FILE for
   what no layer has: a name that is too long or a duplicate, more than two dimensions, one of 0, more than TENSORS_CAP tensors. */
ga_code tensors_add(tensors *t, tensors_source *source, const char *name, tensor_element element, size_t n_dims, const size_t *dim,
                    const void *data, file_view *own);

/* Reads numbers that are missing or mapped, once names, shapes and metadata are known to make a model. GA_BAD_FILE if names, shapes
   or metadata differ in the bytes now read. */
ga_code tensors_fetch(tensors *t, tensors_source *source);

/* Adds a string; GA_BAD_FILE beyond 4096 of them. */
ga_code tensors_add_meta(tensors *t, tensors_source *source, const char *key, const char *value);

/* The string of a key, or NULL. */
const char *tensors_find_meta(const tensors *t, const char *key);

void tensors_free(tensors *t);

/* GA_BAD_FILE for a file that convert_checkpoint.py of the data directory converts: what it is, and the command. */
ga_code refuse_convertible(tensors_source *source, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* GA_BAD_FILE for another program's file that is not read: what it is, and what to do; GA_OK: it is no known one. data: in the
   place of images or labels; folder: one without .npy files, which always is refused. */
ga_code other_file_refuse(tensors_source *source, const file_bytes *file);
ga_code other_data_refuse(tensors_source *source, const file_bytes *file);
ga_code other_folder_refuse(tensors_source *source);

/* The readers. */
ga_code safetensors_read(tensors *t, tensors_source *source, const file_bytes *file);
ga_code npz_read(tensors *t, tensors_source *source, const file_bytes *file);
ga_code npy_folder_read(tensors *t, tensors_source *source); /* in the order of the names as bytes */
bool onnx_is(const file_bytes *file); /* by how it begins: with the format's version, as all writers do */
ga_code onnx_read(tensors *t, tensors_source *source, const file_bytes *file);

/* The model of fully connected layers that the tensors form. Names tell weights and biases (tensor_names.h). Layers are put in
   order by the numbers and words (input, output, …) in the names if they chain so, else by shapes that chain in one way only. The
   orientation of the weights, one for the whole file, follows from the shapes unless t->layout, the metadata "layout"
   ("out-in", "in-out") or, if the user says nothing, "format" ("pt") gives it. Training records are left out and listed in the
   metadata "left_out".
   Tensors normalise.1.subtract, normalise.2.divide, … are the steps before the first layer; the metadata "activation" and "output"
   are what their names say. If these leave anything open GA_BAD_FILE says which option decides it; an option that contradicts the
   layout or the activation is GA_BAD_FILE. With source->look no model is made. */
ga_code model_assemble(ga_model **model, tensors *t, tensors_source *source);

/* ga_model_load of a file's bytes: the limits of source's options are set. */
ga_code model_parse(ga_model **model, tensors_source *source, const file_bytes *file);

/* ga_model_load of the bytes of a file in memory, which stay the caller's and are copied; name is the path's in messages. */
ga_code model_load_bytes(ga_model **model, const file_bytes *bytes, const char *name, const ga_load *options, ga_status *st);


/* The digest of the file that ga_model_write writes. name: what messages call the model. */
ga_code model_digest(char sha256[GA_SHA256], const ga_model *model, const char *name, ga_status *st);

/* A model of n_layers fully connected layers from arrays, as ga_model_from_arrays says; with options->layout GA_IN_OUT weights are
   inputs x outputs. Messages call an array "weight 2" or "bias 2". */
ga_code model_from_arrays(ga_model **model, const ga_array *weight, const ga_array *bias, size_t n_layers, const ga_load *options,
                          ga_status *st);

/* "normalise.1.subtract" for step 0: its tensor. And back: false for a name that is none. */
enum { NORMALISE_NAME = 64 };
const char *normalise_tensor(char name[NORMALISE_NAME], size_t step, ga_step_kind kind);
bool normalise_tensor_parse(size_t *step, ga_step_kind *kind, const char *name);
bool normalise_is_tensor(const char *name);

/* Whether the steps' tensors have the names of steps, each once, with none left out. */
ga_code steps_check(const tensors *t, tensors_source *source);

/* The steps before the first layer of a model without any, if there are tensors of their names; each has a finite number for each
   input, 0 is no divisor, and none is left out. */
ga_code steps_assemble(ga_model *model, const tensors *t, tensors_source *source);

#endif
