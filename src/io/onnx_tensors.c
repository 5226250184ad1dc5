/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_tensors.c -- a chain of layers as the tensors and metadata that ga_model_write writes; see onnx.h */
#include <stdlib.h>
#include <string.h>

#include "io/onnx.h"
#include "io/safetensors.h"
#include "model/names.h"

/* How many file sizes the numbers may take if every layer has its own; binary16 becomes binary32. */
enum { SHARED = 8 };

/* Room for rows x cols numbers of the element, zeros. */
static ga_code
new_numbers(file_view *numbers, tensors_source *source, size_t rows, size_t cols, tensor_element element)
{
    size_t bytes;
    *numbers = (file_view){ 0 };
    if (__builtin_mul_overflow(rows, cols, &bytes) || __builtin_mul_overflow(bytes, tensor_element_size(element), &bytes))
        return file_fail(source->st, GA_NO_MEMORY, source->path, "needs more memory than there can be");
    const ga_code code = source_take(source, bytes);
    if (code != GA_OK)
        return code;
    numbers->bytes = (file_bytes){ calloc(bytes, 1), bytes };
    return numbers->bytes.data != NULL ? GA_OK :
                                         file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory for %zu bytes", bytes);
}

static ga_code
add_weight(tensors *t, const onnx_chain *c, const onnx_layer *l, const char *name)
{
    const size_t size = tensor_element_size(l->weight->element), dim[2] = { l->n_out, l->n_in };
    file_view numbers;
    ga_code code = new_numbers(&numbers, c->source, l->n_out, l->n_in, l->weight->element);
    for (size_t i = 0; code == GA_OK && i < l->n_out; i++)
        for (size_t j = 0; j < l->n_in; j++)
            memcpy(numbers.bytes.data + (i * l->n_in + j) * size,
                   l->weight->data + (l->in_out ? j * l->n_out + i : i * l->n_in + j) * l->weight->stride, size);
    if (code == GA_OK)
        code = tensors_add(t, c->source, name, l->weight->element, 2, dim, numbers.bytes.data, &numbers);
    return code;
}

/* One number is the bias of every output; none: zeros, of the weight's type. */
static ga_code
add_bias(tensors *t, const onnx_chain *c, const onnx_layer *l, const char *name)
{
    const tensor_element element = l->bias != NULL ? l->bias->element : l->weight->element;
    const size_t size = tensor_element_size(element);
    file_view numbers;
    ga_code code = new_numbers(&numbers, c->source, 1, l->n_out, element);
    for (size_t i = 0; code == GA_OK && l->bias != NULL && i < l->n_out; i++)
        memcpy(numbers.bytes.data + i * size, l->bias->data + (l->bias->n == 1 ? 0 : i) * l->bias->stride, size);
    if (code == GA_OK)
        code = tensors_add(t, c->source, name, element, 1, &l->n_out, numbers.bytes.data, &numbers);
    return code;
}

/* The index in the constant of the number that meets element i of an image. */
static size_t
broadcast_index(const onnx_step *s, size_t i)
{
    size_t index = 0, stride = 1;
    for (size_t d = 1; d <= s->array->n_dims && d < s->n_dims; d++) { /* from the last dimension, images apart */
        const size_t dim = s->array->dim[s->array->n_dims - d];
        if (dim != 1)
            index += i % s->dim[s->n_dims - d] * stride;
        stride *= dim;
        i /= s->dim[s->n_dims - d];
    }
    return index;
}

static ga_code
add_step(tensors *t, const onnx_chain *c, size_t k)
{
    const onnx_step *const s = c->step + k;
    const size_t n = c->layer[0].n_in; /* the shape of the input has as many numbers */
    char name[NORMALISE_NAME];
    file_view numbers;
    ga_code code = new_numbers(&numbers, c->source, 1, n, ELEMENT_F64);
    for (size_t i = 0; code == GA_OK && i < n; i++) {
        const double x = onnx_array_number(s->array, broadcast_index(s, i));
        memcpy(numbers.bytes.data + i * sizeof x, &x, sizeof x);
    }
    if (code == GA_OK)
        code = tensors_add(t, c->source, normalise_tensor(name, k, s->kind), ELEMENT_F64, 1, &n, numbers.bytes.data, &numbers);
    return code;
}

/* "relu,sigmoid,…" of the hidden layers. */
static ga_code
add_activations(tensors *t, const onnx_chain *c)
{
    char text[ACTIVATION_NAME * GA_MAX_LAYERS] = "";
    size_t n = 0;
    for (size_t l = 0; l + 1 < c->n_layers; l++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", l > 0 ? "," : "", ga_activation_name(c->layer[l].activation));
    return c->n_layers > 1 ? tensors_add_meta(t, c->source, "activation", text) : GA_OK;
}

/* The numbers if every layer and step has its own; in the file many may share them. */
static ga_code
check_expansion(const onnx_chain *c)
{
    uintmax_t bytes = (uintmax_t)c->n_steps * c->layer[0].n_in * sizeof(double);
    for (size_t l = 0; l < c->n_layers; l++) /* at most GA_MAX_LAYERS times the memory of the file's numbers */
        bytes += ((uintmax_t)c->layer[l].weight->n + c->layer[l].n_out) * (c->layer[l].weight->element == ELEMENT_F64 ? 8 : 4);
    return bytes <= FILE_BOMB || bytes / SHARED <= c->file->size
               ? GA_OK
               : SOURCE_FAULT(c->source, "its layers share numbers: apart they are more than %d times the file's size", SHARED);
}

ga_code
onnx_tensors(tensors *t, const onnx_chain *c)
{
    char name[SAFETENSORS_NAME];
    ga_code code = check_expansion(c);
    if (code != GA_OK || c->source->look)
        return code;
    if (code == GA_OK)
        code = add_activations(t, c);
    if (code == GA_OK && c->output != GA_LOGITS)
        code = tensors_add_meta(t, c->source, "output", ga_output_name(c->output));
    for (size_t k = 0; code == GA_OK && k < c->n_steps; k++)
        code = add_step(t, c, k);
    for (size_t l = 0; code == GA_OK && l < c->n_layers; l++)
        if ((code = add_weight(t, c, c->layer + l, tensor_name(name, 2 * l))) == GA_OK)
            code = add_bias(t, c, c->layer + l, tensor_name(name, 2 * l + 1));
    return code;
}
