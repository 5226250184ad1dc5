/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_bytes.h -- makes ONNX files byte by byte, and reads them. */
#ifndef GRADAUDIT_ONNX_BYTES_H
#define GRADAUDIT_ONNX_BYTES_H

#include <string.h>

#include "io/tensors.h"
#include "test.h"

/* ---- an encoder of protobuf's wire format ------------------------------------------------------------------------- */

enum { MOST_BYTES = 1 << 13 };
typedef struct {
    size_t n;
    uint8_t byte[MOST_BYTES];
} bytes;

static inline void
put_varint(bytes *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        b->byte[b->n++] = (uint8_t)(v | 0x80);
    b->byte[b->n++] = (uint8_t)v;
}

static inline void
put_raw(bytes *b, unsigned field, const void *data, size_t n)
{
    put_varint(b, field << 3 | 2);
    put_varint(b, n);
    memcpy(b->byte + b->n, data, n);
    b->n += n;
}

static inline void
put_text(bytes *b, unsigned field, const char *text)
{
    put_raw(b, field, text, strlen(text));
}

static inline void
put_int(bytes *b, unsigned field, int64_t v)
{
    put_varint(b, field << 3);
    put_varint(b, (uint64_t)v);
}

static inline void
put_message(bytes *b, unsigned field, const bytes *inside)
{
    put_raw(b, field, inside->byte, inside->n);
}

static inline void
put_float(bytes *b, unsigned field, float f)
{
    put_varint(b, field << 3 | 5);
    memcpy(b->byte + b->n, &f, sizeof f);
    b->n += sizeof f;
}

/* ---- the network of the tests, x[N, 2] -> Gemm w[3, 2] -> Relu -> Gemm v[2, 3], and ways to spoil it ------------------ */

enum { MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_TRAINING = 20, MODEL_FUNCTIONS = 25 };
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12, GRAPH_ANNOTATION = 14, GRAPH_SPARSE = 15 };
enum { TENSOR_DIMENSION = 1, TENSOR_TYPE, TENSOR_SEGMENT, TENSOR_FLOATS, TENSOR_INT32S, TENSOR_NAME = 8, TENSOR_RAW,
       TENSOR_EXTERNAL = 13, TENSOR_LOCATION };
enum { TYPE_FLOAT = 1, TYPE_INT32 = 6, TYPE_INT64, TYPE_FLOAT16 = 10, TYPE_DOUBLE, TYPE_BFLOAT16 = 16 };

typedef struct {
    const char *op, *name, *out, *in[3], *domain;
    const bytes *attribute[2]; /* AttributeProto */
} node;

typedef struct {
    const char *name;
    int64_t dim[2];
    const bytes *whole; /* instead: the tensor, its name apart */
} initial;

typedef struct {
    node node[8];
    initial initial[6];
    const char *input[3], *output[2];
    const bytes *input_type;      /* TypeProto */
    unsigned extra_field, extra_graph_field; /* an empty message there */
    int64_t opset;
    unsigned sets;
} file_parts;

static const file_parts plain = {
    .node = { { "Gemm", "one", "a", { "x", "w", "b" }, NULL, { NULL } }, { "Relu", "two", "h", { "a" }, NULL, { NULL } },
              { "MatMul", "three", "y", { "h", "v" }, NULL, { NULL } } },
    .initial = { { "w", { 2, 3 }, NULL }, { "b", { 3 }, NULL }, { "v", { 3, 2 }, NULL } },
    .input = { "x" }, .output = { "y" }, .opset = 13, .sets = 1
};

static inline bytes
tensor_bytes(int type, int64_t rows, int64_t cols, size_t raw)
{
    bytes t = { 0 };
    float data[64];
    for (size_t i = 0; i < 64; i++)
        data[i] = (float)i - 2.5f;
    put_int(&t, TENSOR_DIMENSION, rows);
    if (cols != 0)
        put_int(&t, TENSOR_DIMENSION, cols);
    put_int(&t, TENSOR_TYPE, type);
    if (raw > 0)
        put_raw(&t, TENSOR_RAW, data, raw);
    return t;
}

static inline bytes
type_bytes(int element, size_t n, const int64_t *dim)
{
    bytes shape = { 0 }, of = { 0 }, type = { 0 };
    for (size_t d = 0; d < n; d++) {
        bytes dimension = { 0 };
        if (dim[d] == 0)
            put_text(&dimension, 2, "N");
        else
            put_int(&dimension, 1, dim[d]);
        put_message(&shape, 1, &dimension);
    }
    put_int(&of, 1, element);
    put_message(&of, 2, &shape);
    put_message(&type, 1, &of);
    return type;
}

static inline void
put_value(bytes *graph, unsigned field, const char *name, const bytes *type)
{
    bytes value = { 0 };
    put_text(&value, 1, name);
    put_message(&value, 2, type);
    put_message(graph, field, &value);
}

static inline bytes
graph_bytes(const file_parts *f)
{
    bytes graph = { 0 };
    const bytes type = f->input_type != NULL ? *f->input_type : type_bytes(TYPE_FLOAT, 2, (int64_t[]){ 0, 2 });
    for (const node *n = f->node; n < f->node + 8 && n->op != NULL; n++) {
        bytes b = { 0 };
        for (size_t i = 0; i < 3 && n->in[i] != NULL; i++)
            put_text(&b, 1, n->in[i]);
        for (const char *out = n->out; out != NULL; out = strchr(out, '+') != NULL ? strchr(out, '+') + 1 : NULL)
            put_raw(&b, 2, out, strcspn(out, "+"));
        put_text(&b, 3, n->name);
        put_text(&b, 4, n->op);
        if (n->domain != NULL)
            put_text(&b, 7, n->domain);
        for (size_t i = 0; i < 2 && n->attribute[i] != NULL; i++)
            put_message(&b, 5, n->attribute[i]);
        put_message(&graph, GRAPH_NODE, &b);
    }
    for (const initial *i = f->initial; i < f->initial + 6 && i->name != NULL; i++) {
        bytes t = i->whole != NULL ? *i->whole
                                   : tensor_bytes(TYPE_FLOAT, i->dim[0], i->dim[1],
                                                  (size_t)(4 * i->dim[0] * (i->dim[1] != 0 ? i->dim[1] : 1)));
        put_text(&t, TENSOR_NAME, i->name);
        put_message(&graph, GRAPH_INITIALIZER, &t);
    }
    for (size_t i = 0; i < 3 && f->input[i] != NULL; i++)
        put_value(&graph, GRAPH_INPUT, f->input[i], &type);
    for (size_t i = 0; i < 2 && f->output[i] != NULL; i++)
        put_value(&graph, GRAPH_OUTPUT, f->output[i], &type);
    if (f->extra_graph_field != 0)
        put_raw(&graph, f->extra_graph_field, "", 0);
    return graph;
}

static inline bytes
model_bytes(const file_parts *f)
{
    bytes model = { 0 }, set = { 0 };
    const bytes graph = graph_bytes(f);
    put_int(&set, 2, f->opset);
    put_int(&model, 1, 8);
    put_message(&model, MODEL_GRAPH, &graph);
    for (unsigned i = 0; i < f->sets; i++)
        put_message(&model, MODEL_OPSET, &set);
    if (f->extra_field != 0)
        put_raw(&model, f->extra_field, "", 0);
    return model;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static inline ga_code
read_bytes(const uint8_t *data, size_t n, size_t memory, ga_status *st)
{
    const ga_load options = { .max_file = 1 << 20, .max_memory = memory };
    tensors_source source = { .path = "file", .options = &options, .st = st };
    tensors t = { 0 };
    ga_model *model = NULL;
    uint8_t *const copy = malloc(n > 0 ? n : 1); /* of its very size: a sanitizer sees one byte more */
    *st = (ga_status){ 0 };
    memcpy(copy, data, n);
    ga_code code = onnx_read(&t, &source, &(file_bytes){ copy, n });
    if (code == GA_OK)
        code = model_assemble(&model, &t, &source);
    ASSERT(code == st->code && (code == GA_OK || *st->message != '\0'), "%d, %s", code, st->message);
    free(copy);
    tensors_free(&t);
    ga_model_free(model);
    return code;
}

static inline void
refused_bytes(const bytes *b, const char *words)
{
    ga_status st;
    const ga_code code = read_bytes(b->byte, b->n, 1 << 20, &st);
    ASSERT(code == GA_BAD_FILE && strstr(st.message, words) != NULL && strchr(st.message, '\n') == NULL, "%d, '%s', not '%s'", code,
           st.message, words);
}

static inline void
refused(const file_parts *f, const char *words)
{
    const bytes b = model_bytes(f);
    refused_bytes(&b, words);
}

static inline void
taken(const file_parts *f)
{
    ga_status st;
    const bytes b = model_bytes(f);
    ASSERT(read_bytes(b.byte, b.n, 1 << 20, &st) == GA_OK, "%s", st.message);
}

static inline bytes
attribute(const char *name, unsigned field, int64_t i)
{
    bytes a = { 0 };
    put_text(&a, 1, name);
    if (field == 2)
        put_float(&a, field, (float)i);
    else if (field == 3)
        put_int(&a, field, i);
    else
        put_raw(&a, field, "", 0);
    return a;
}

#endif
