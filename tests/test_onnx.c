/* SPDX-License-Identifier: Apache-2.0 */
/* test_onnx.c -- ONNX files made byte by byte: what is no chain of the known operators is refused in one line that says where, and nothing
   that a file can do asks for memory before it is refused. tests/onnx.sh has those that onnx and PyTorch write. */
#include <string.h>

#include "io/tensors.h"
#include "scratch.h"
#include "test.h"

/* ---- an encoder of protobuf's wire format ------------------------------------------------------------------------- */

enum { MOST_BYTES = 1 << 13 };
typedef struct {
    size_t n;
    uint8_t byte[MOST_BYTES];
} bytes;

static void
put_varint(bytes *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        b->byte[b->n++] = (uint8_t)(v | 0x80);
    b->byte[b->n++] = (uint8_t)v;
}

static void
put_raw(bytes *b, unsigned field, const void *data, size_t n)
{
    put_varint(b, field << 3 | 2);
    put_varint(b, n);
    memcpy(b->byte + b->n, data, n);
    b->n += n;
}

static void
put_text(bytes *b, unsigned field, const char *text)
{
    put_raw(b, field, text, strlen(text));
}

static void
put_int(bytes *b, unsigned field, int64_t v)
{
    put_varint(b, field << 3);
    put_varint(b, (uint64_t)v);
}

static void
put_message(bytes *b, unsigned field, const bytes *inside)
{
    put_raw(b, field, inside->byte, inside->n);
}

static void
put_float(bytes *b, unsigned field, float f)
{
    put_varint(b, field << 3 | 5);
    memcpy(b->byte + b->n, &f, sizeof f);
    b->n += sizeof f;
}

/* ---- the network of the tests, x[N, 2] -> Gemm w[3, 2] -> Relu -> Gemm v[2, 3], and ways to spoil it ------------------ */

enum { MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_TRAINING = 20, MODEL_FUNCTIONS = 25 };
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12, GRAPH_ANNOTATION = 14, GRAPH_SPARSE = 15 };
enum { TENSOR_DIMENSION = 1, TENSOR_TYPE, TENSOR_SEGMENT, TENSOR_FLOATS, TENSOR_INT32S, TENSOR_NAME = 8, TENSOR_RAW, TENSOR_EXTERNAL = 13,
       TENSOR_LOCATION };
enum { TYPE_FLOAT = 1, TYPE_INT32 = 6, TYPE_INT64, TYPE_FLOAT16 = 10 };

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

static bytes
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

static bytes
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

static void
put_value(bytes *graph, unsigned field, const char *name, const bytes *type)
{
    bytes value = { 0 };
    put_text(&value, 1, name);
    put_message(&value, 2, type);
    put_message(graph, field, &value);
}

static bytes
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

static bytes
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

static ga_code
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

static void
refused_bytes(const bytes *b, const char *words)
{
    ga_status st;
    const ga_code code = read_bytes(b->byte, b->n, 1 << 20, &st);
    ASSERT(code == GA_BAD_FILE && strstr(st.message, words) != NULL && strchr(st.message, '\n') == NULL, "%d, '%s', not '%s'", code,
           st.message, words);
}

static void
refused(const file_parts *f, const char *words)
{
    const bytes b = model_bytes(f);
    refused_bytes(&b, words);
}

static void
taken(const file_parts *f)
{
    ga_status st;
    const bytes b = model_bytes(f);
    ASSERT(read_bytes(b.byte, b.n, 1 << 20, &st) == GA_OK, "%s", st.message);
}

static bytes
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

/* ---- the tests ---------------------------------------------------------------------------------------------------- */

static void
takes_chains(void)
{
    file_parts f = plain;
    const bytes one = attribute("alpha", 2, 1), axis = attribute("axis", 3, -1);
    taken(&f);
    f.node[0].attribute[0] = &one;
    f.node[3] = (node){ "Softmax", "end", "p", { "y" }, "ai.onnx", { &axis, NULL } };
    f.output[0] = "p";
    taken(&f);
    f = plain;
    f.input[1] = "w"; /* an initializer */
    taken(&f);
    f = plain;
    f.node[3] = (node){ "Add", "bias", "s", { "c", "y" }, NULL, { NULL } };
    f.initial[3] = (initial){ "c", { 1, 2 }, NULL };
    f.output[0] = "s";
    taken(&f);
}

#define EDIT(words, ...)                                                                                                           \
    do {                                                                                                                           \
        file_parts f = plain;                                                                                                      \
        __VA_ARGS__;                                                                                                               \
        refused(&f, words);                                                                                                        \
    } while (0)
#define NODE(...) ((node){ __VA_ARGS__ })

static void
refuses_graphs(void)
{
    const bytes graph = attribute("body", 6, 0), unknown = attribute("speed", 3, 1);
    EDIT("node 'two': operator 'Conv' is not one of Flatten, Reshape, Gemm", f.node[1].op = "Conv");
    EDIT("node 'h': operator 'Sin' is not one", f.node[1].op = "Sin"; f.node[1].name = "");
    EDIT("is of the domain 'com.microsoft'", f.node[1].domain = "com.microsoft");
    EDIT("node 'two': attribute 'body' is a graph", f.node[1].attribute[0] = &graph);
    EDIT("node 'two': attribute 'speed' of Relu is not known", f.node[1].attribute[0] = &unknown);
    EDIT("node 'two': its input 'q' is nowhere", f.node[1].in[0] = "q");
    EDIT("node 'two': its input 'y' is made later, or of itself", f.node[1].in[0] = "y");
    EDIT("node 'two': its input 'h' is made later, or of itself", f.node[1].in[0] = "h");
    EDIT("node 'three': 'a' is used a second time", f.node[2].in[0] = "a");
    EDIT("node 'three': 'x' is used a second time", f.node[2].in[0] = "x");
    EDIT("node 'three': 'h' is used a second time", f.node[2].op = "Add"; f.node[2].in[1] = "h");
    EDIT("two values of its graph are called 'a'", f.node[1].out = "a");
    EDIT("two values of its graph are called 'w'", f.node[1].out = "w");
    EDIT("two values of its graph are called 'h'", f.input[0] = "h");
    EDIT("two values of its graph are called 'w'", f.initial[1].name = "w");
    EDIT("a value of its graph has no name", f.initial[1].name = "");
    EDIT("its output 'h' is not the end of the chain, 'y'", f.output[0] = "h");
    EDIT("its graph has 2 outputs", f.output[1] = "h");
    EDIT("its graph has 0 outputs", f.output[0] = NULL);
    EDIT("its graph has no input", f.input[0] = NULL);
    EDIT("its graph has more than one input: 'x' and 'z'", f.input[1] = "z");
    EDIT("node 'two': Relu has not one output", f.node[1].out = "h+extra");
    EDIT("node 'two': Relu has 2 inputs", f.node[1].in[1] = "w");
    EDIT("'c' is used by no node", f.node[3] = NODE("Identity", "spare", "c", { "w" }, NULL, { NULL }));
    EDIT("node 'four': Relu has only constants", f.node[3] = NODE("Relu", "four", "c", { "w" }, NULL, { NULL }));
    EDIT("sparse initializers", f.extra_graph_field = GRAPH_SPARSE);
    EDIT("quantized", f.extra_graph_field = GRAPH_ANNOTATION);
    EDIT("functions of its own", f.extra_field = MODEL_FUNCTIONS);
    EDIT("training information", f.extra_field = MODEL_TRAINING);
    EDIT("operator set 6 is not", f.opset = 6);
    EDIT("operator set 26 is not", f.opset = 26);
    EDIT("operator set twice", f.sets = 2);
    EDIT("does not name the version", f.sets = 0);
    bytes empty = { 0 };
    put_int(&empty, 1, 8);
    refused_bytes(&empty, "without a graph");
}

static void
refuses_chains(void)
{
    const bytes two = attribute("alpha", 2, 2), beta = attribute("beta", 2, 2), yes = attribute("transA", 3, 1),
                transposed = attribute("transB", 3, 2), axis = attribute("axis", 3, 0), real = attribute("axis", 2, 1);
    EDIT("node 'one': alpha is not 1", f.node[0].attribute[0] = &two);
    EDIT("node 'one': beta is not 1", f.node[0].attribute[0] = &beta);
    EDIT("node 'one': transA = 1 is not 0", f.node[0].attribute[0] = &yes);
    EDIT("node 'one': transB = 2 is not 0 or 1", f.node[0].attribute[0] = &transposed);
    EDIT("node 'one': two attributes are called 'alpha'", f.node[0].attribute[0] = f.node[0].attribute[1] = &two);
    EDIT("node 'three': MatMul does not take what flows as its first input", f.node[2].in[0] = "v"; f.node[2].in[1] = "h");
    EDIT("node 'three': no activation is between it and node 'one'", f.node[1].op = "Identity");
    EDIT("'v' takes 2 inputs, which do not fit what it gets, 3", f.initial[2].dim[0] = 2; f.initial[2].dim[1] = 2);
    EDIT("the weights of MatMul are not a constant matrix", f.initial[2].dim[1] = 0);
    EDIT("'b' is not a bias of 3 numbers", f.initial[1].dim[0] = 2);
    EDIT("'b' is not a bias of 3 numbers", f.initial[1].dim[1] = 1);
    EDIT("ends in relu after node 'three'", f.node[3] = NODE("Relu", "four", "z", { "y" }, NULL, { NULL }); f.output[0] = "z");
    EDIT("node 'four': Relu does not follow", f.node[2] = NODE("Relu", "four", "y", { "h" }, NULL, { NULL }));
    EDIT("no MatMul or Gemm", f.node[0] = NODE("Identity", "one", "y", { "x" }, NULL, { NULL }); f.node[1].op = NULL);
    EDIT("node 'one' has a bias already", f.node[1] = NODE("Add", "two", "h", { "a", "b" }, NULL, { NULL }));
    EDIT("node 'two': Add does not follow", f.node[0] = NODE("Identity", "one", "a", { "x" }, NULL, { NULL });
         f.node[1] = NODE("Add", "two", "h", { "a", "b" }, NULL, { NULL }));
    EDIT("node 'end': axis = 0 is not the last", f.node[3] = NODE("Softmax", "end", "p", { "y" }, NULL, { &axis }); f.output[0] = "p");
    EDIT("attribute 'axis' is not an integer", f.node[3] = NODE("Softmax", "end", "p", { "y" }, NULL, { &real }); f.output[0] = "p");
    EDIT("Softmax does not follow the last", f.node[2] = NODE("Softmax", "end", "y", { "h" }, NULL, { NULL }));
    EDIT("node 'again': Softmax does not follow", f.node[3] = NODE("Softmax", "end", "p", { "y" }, NULL, { NULL });
         f.node[4] = NODE("Softmax", "again", "q", { "p" }, NULL, { NULL }); f.output[0] = "q");
    EDIT("node 'three': MatMul comes after the end", f.node[1].op = "Softmax");
    EDIT("Sub by a constant is known before the first layer only", f.node[1] = NODE("Sub", "two", "h", { "a", "b" }, NULL, { NULL }));
    EDIT("node 'one': Sub does not take what flows", f.node[0] = NODE("Sub", "one", "a", { "b", "x" }, NULL, { NULL }));
    EDIT("node 'one': 'b' does not fit the shape", f.node[0] = NODE("Sub", "one", "a", { "x", "b" }, NULL, { NULL }));
    EDIT("node 'one': its shape is not two constants", f.node[0] = NODE("Reshape", "one", "a", { "x", "b" }, NULL, { NULL }));
    EDIT("node 'one': Constant has not one value", f.node[0] = NODE("Constant", "one", "a", { NULL }, NULL, { NULL }));
}

/* w is replaced by the tensor. */
static void
refused_tensor(bytes *t, const char *words)
{
    EDIT(words, f.initial[0].whole = t);
}

static void
refuses_tensors(void)
{
    bytes t = tensor_bytes(TYPE_FLOAT, -2, 3, 24);
    refused_tensor(&t, "tensor 'w': a dimension is -2");
    t = tensor_bytes(TYPE_FLOAT, 0, 3, 24);
    refused_tensor(&t, "a dimension is 0");
    t = tensor_bytes(TYPE_FLOAT, INT64_C(1) << 62, 8, 24);
    refused_tensor(&t, "the product of its dimensions overflows");
    t = tensor_bytes(TYPE_FLOAT, INT64_C(1) << 61, 4, 24); /* fits; its bytes do not */
    refused_tensor(&t, "its 24 bytes of raw_data are not");
    t = tensor_bytes(TYPE_FLOAT, 2, 3, 23);
    refused_tensor(&t, "its 23 bytes of raw_data are not 6 numbers of 4 bytes");
    t = tensor_bytes(TYPE_FLOAT, 2, 3, 28);
    refused_tensor(&t, "its 28 bytes of raw_data are not 6 numbers of 4 bytes");
    t = tensor_bytes(TYPE_FLOAT, 2, 3, 0);
    refused_tensor(&t, "it has 0 numbers of its type, not 6");
    put_raw(&t, TENSOR_FLOATS, "", 0);
    for (int i = 0; i < 5; i++)
        put_float(&t, TENSOR_FLOATS, 1);
    refused_tensor(&t, "it has 5 numbers of its type, not 6");
    put_raw(&t, TENSOR_RAW, "123456789012345678901234", 24);
    refused_tensor(&t, "numbers in more than one field");
    t = tensor_bytes(TYPE_INT32, 2, 3, 24);
    refused_tensor(&t, "tensor 'w': its type INT32 is not FLOAT");
    t = tensor_bytes(99, 2, 3, 24);
    refused_tensor(&t, "its type unknown is not FLOAT");
    t = tensor_bytes(TYPE_INT64, 2, 3, 48);
    refused_tensor(&t, "the weights of Gemm are not a constant matrix");
    t = tensor_bytes(TYPE_FLOAT16, 2, 3, 0);
    for (int i = 0; i < 6; i++)
        put_int(&t, TENSOR_INT32S, 0x10000);
    refused_tensor(&t, "element 0 has more than 16 bits");
    t = tensor_bytes(TYPE_FLOAT, 2, 3, 24);
    put_int(&t, TENSOR_LOCATION, 1);
    refused_tensor(&t, "its numbers are in another file");
    t = tensor_bytes(TYPE_FLOAT, 2, 3, 24);
    put_raw(&t, TENSOR_EXTERNAL, "", 0);
    refused_tensor(&t, "its numbers are in another file");
    t = tensor_bytes(TYPE_FLOAT, 2, 3, 24);
    put_raw(&t, TENSOR_SEGMENT, "", 0);
    refused_tensor(&t, "a segment");
    t = tensor_bytes(TYPE_FLOAT, 2, 3, 24);
    for (int i = 0; i < 7; i++)
        put_int(&t, TENSOR_DIMENSION, 1);
    refused_tensor(&t, "more than 8 dimensions");
}

static void
refuses_inputs(void)
{
    bytes t = type_bytes(TYPE_INT32, 2, (int64_t[]){ 0, 2 });
    EDIT("input 'x': not a tensor of FLOAT", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 1, (int64_t[]){ 2 });
    EDIT("its shape is not [images, ...]", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 2, (int64_t[]){ 0, 0 });
    EDIT("dimension 1 is not a number", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 2, (int64_t[]){ 0, -2 });
    EDIT("dimension 1 is not a number", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 4, (int64_t[]){ 0, INT64_C(1) << 62, 4, 1 });
    EDIT("input 'x': the product of its dimensions overflows", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 3, (int64_t[]){ 0, 1, 2 });
    EDIT("'w' takes 2 inputs, which do not fit what it gets, 2 in 2 dimensions", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 2, (int64_t[]){ 0, INT64_C(1) << 60 });
    EDIT("'w' takes 2 inputs", f.input_type = &t; f.node[3] = f.node[2]; f.node[2] = f.node[1]; f.node[1] = f.node[0];
         f.node[1].in[0] = "n"; f.node[0] = NODE("Sub", "zero", "n", { "x", "c" }, NULL, { NULL });
         f.initial[3] = (initial){ "c", { 1, 1 }, NULL });
}

/* ---- the wire ----------------------------------------------------------------------------------------------------- */

static void
refuses_wires(void)
{
    bytes b;
#define WIRE(words, ...)                                                                                                           \
    do {                                                                                                                           \
        static const uint8_t data[] = { __VA_ARGS__ };                                                                             \
        memcpy(b.byte, data, b.n = sizeof data);                                                                                   \
        refused_bytes(&b, words);                                                                                                  \
    } while (0)
    WIRE("2147483647 bytes are more than the 1 left", 0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 0);
    WIRE("2 bytes are more than the 1 left", 0x08, 8, 0x3a, 2, 0);
    WIRE("beyond protobuf's 2 GiB", 0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f);
    WIRE("a number of more than 5 bytes", 0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
    WIRE("a number of more than 64 bits", 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02);
    WIRE("truncated", 0x08, 0xff, 0xff);
    WIRE("wire type 3", 0x08, 8, 0x3b);
    WIRE("wire type 4", 0x08, 8, 0x3c);
    WIRE("wire type 6", 0x08, 8, 0x3e);
    WIRE("wire type 7", 0x08, 8, 0x3f);
    WIRE("graph has wire type 0, not 2", 0x08, 8, 0x38, 1);
    WIRE("ir_version has wire type 2, not 0", 0x0a, 1, 1);
    WIRE("0 is no field", 0x08, 8, 0x00, 0);
    WIRE("is no field", 0x08, 8, 0x80, 0x80, 0x80, 0x80, 0x10, 0);
    WIRE("ir_version is there twice", 0x08, 8, 0x08, 8);
    WIRE("producer_name has a NUL character", 0x08, 8, 0x12, 2, 'a', 0);
    WIRE("dims has wire type 1, not 0", 0x08, 8, 0x3a, 11, 0x2a, 9, 0x09, 0, 0, 0, 0, 0, 0, 0, 0);
    WIRE("TensorProto at byte 9: truncated", 0x08, 8, 0x3a, 5, 0x2a, 3, 0x0a, 1, 0x80); /* packed dims */
    WIRE("no array of numbers of 4 bytes", 0x08, 8, 0x3a, 7, 0x2a, 5, 0x22, 3, 0, 0, 0);
    WIRE("8 bytes are more than the 2 left", 0x08, 8, 0xf9, 0x3f, 0, 0); /* a field that is not known */
    WIRE("sequence_type is there twice", 0x08, 8, 0x3a, 10, 0x5a, 8, 0x12, 6, 0x0a, 0, 0x22, 0, 0x0a, 0); /* of a oneof */
}

/* AttributeProto.g and GraphProto.node turn by turn. */
static void
refuses_depth(void)
{
    static bytes b[2];
    for (int depth = 0; depth < 60; depth++) {
        static const unsigned fields[] = { 6, 5, 1 }; /* the graph of an attribute of a node of the graph */
        bytes *const outer = b + depth % 2;
        outer->n = 0;
        put_message(outer, fields[depth % 3], b + (depth + 1) % 2);
    }
    bytes model = { 0 };
    put_int(&model, 1, 8);
    put_message(&model, MODEL_GRAPH, &b[1]);
    refused_bytes(&model, "messages nest more than 16 deep");
}

static void
refuses_many(void)
{
    ga_status st;
    const size_t n = 2 << 20;
    uint8_t *const data = malloc(n + 16);
    struct { const char *words; unsigned tag; } many[] = {
        { "more than 65536 messages", GRAPH_NODE << 3 | 2 }, { "more than 262144 fields", 99 << 3 & 0x7f }
    };
    for (size_t k = 0; k < 2; k++) {
        bytes head = { 0 };
        put_int(&head, 1, 8);
        put_varint(&head, MODEL_GRAPH << 3 | 2);
        put_varint(&head, n);
        memcpy(data, head.byte, head.n);
        for (size_t i = 0; i < n; i += 2) {
            data[head.n + i] = (uint8_t)many[k].tag;
            data[head.n + i + 1] = 0;
        }
        ASSERT(read_bytes(data, head.n + n, 1 << 20, &st) == GA_BAD_FILE && strstr(st.message, many[k].words) != NULL, "%s", st.message);
    }
    free(data);
}

/* What protobuf-c is given is counted, and so are names and arrays: each limit below the least that is enough is refused. */
static void
counts_memory(void)
{
    ga_status st;
    const bytes b = model_bytes(&plain);
    size_t enough = 0;
    for (size_t memory = 1; enough == 0 && memory < 1 << 20; memory += 97) {
        const ga_code code = read_bytes(b.byte, b.n, memory, &st);
        ASSERT(code == GA_OK || (code == GA_NO_MEMORY && strstr(st.message, "--max-mem") != NULL), "%d, %s", code, st.message);
        enough = code == GA_OK ? memory : 0;
    }
    ASSERT(enough > 2000 && enough < 20000, "%zu", enough);
}

static void
refuses_prefixes(void)
{
    ga_status st;
    const bytes b = model_bytes(&plain);
    for (size_t n = 0; n < b.n; n++)
        ASSERT(read_bytes(b.byte, n, 1 << 20, &st) == GA_BAD_FILE, "the first %zu bytes of %zu", n, b.n);
}

/* Whatever bits are flipped: refused, or a model. */
static void
survives_flips(void)
{
    ga_status st;
    uint64_t state = test_seed();
    const bytes good = model_bytes(&plain);
    for (size_t i = 0; i < 8 * good.n; i++) {
        bytes b = good;
        b.byte[i / 8] ^= (uint8_t)(1 << i % 8);
        read_bytes(b.byte, b.n, 1 << 20, &st);
    }
    for (int i = 0; i < 20000; i++) {
        bytes b = good;
        for (int k = 0; k < 1 + i % 4; k++)
            b.byte[test_random(&state) % b.n] = (uint8_t)test_random(&state);
        const ga_code code = read_bytes(b.byte, b.n, 1 << 20, &st);
        ASSERT(code == GA_OK || code == GA_BAD_FILE || code == GA_NO_MEMORY, "%d", code);
    }
}

/* By its content among the other formats, whatever its name. */
static void
is_told(void)
{
    ga_status st = { 0 };
    ga_model *model;
    const bytes b = model_bytes(&plain);
    const char *path = scratch_path("network.npz");
    FILE *f = fopen(path, "wb");
    ASSERT(f != NULL && fwrite(b.byte, 1, b.n, f) == b.n && fclose(f) == 0);
    ASSERT(ga_model_load(&model, path, NULL, &st) == GA_OK, "%s", st.message);
    if (model == NULL)
        return;
    ASSERT(model->n_layers == 2 && model->layer[0].activation == GA_RELU && model->output == GA_LOGITS);
    ASSERT(ga_model_get(model, model->layer[0].weight, 1) == 0.5); /* w[1, 0] of [in, out] */
    ASSERT(ga_model_get(model, model->layer[0].bias, 2) == -0.5 && ga_model_get(model, model->layer[1].bias, 1) == 0);
    ga_model_free(model);
    ASSERT(ga_model_load(&model, path, &(ga_load){ .layout = GA_IN_OUT }, &st) == GA_BAD_FILE && model == NULL);
    ASSERT(strstr(st.message, "--layout and --activation are not for it") != NULL, "%s", st.message);
}

TEST_MAIN("onnx", TEST(takes_chains), TEST(refuses_graphs), TEST(refuses_chains), TEST(refuses_tensors), TEST(refuses_inputs),
          TEST(refuses_wires), TEST(refuses_depth), TEST(refuses_many), TEST(counts_memory), TEST(refuses_prefixes), TEST(survives_flips),
          TEST(is_told))
