/* SPDX-License-Identifier: Apache-2.0 */
/* test_safetensors.c -- models written and read back bit for bit, and every way in which a model file can be malformed. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "core/model.h"

#include "hostile.h"
#include "io/file.h"
#include "scratch.h"
#include "test.h"

/* A file of this header, its ' turned into ", and data[0..n-1]; the length in the file is what the header has. */
static const char *
write_file(const char *name, const char *header, const void *data, size_t n)
{
    static uint8_t bytes[1 << 20];
    size_t length = strlen(header);
    if (!ASSERT(8 + length + n <= sizeof bytes))
        exit(99);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)length >> 8 * i);
    for (size_t i = 0; i < length; i++)
        bytes[8 + i] = (uint8_t)(header[i] == '\'' ? '"' : header[i]);
    memcpy(bytes + 8 + length, data, n);
    return scratch_write(name, bytes, 8 + length + n);
}

/* Reading fails with the code and a message of one line that starts with the path and holds the fault. */
static void
check_fails(const char *path, ga_code want, const char *fault)
{
    ga_status st = { 0 };
    ga_model *model = (ga_model *)&st;
    ga_code code = ga_model_load(&model, path, NULL, &st);
    ASSERT(code == want && st.code == want && model == NULL, "%s: code %d", path, code);
    ASSERT(strncmp(st.message, path, strlen(path)) == 0 && strncmp(st.message + strlen(path), ": ", 2) == 0, "%s", st.message);
    ASSERT(strstr(st.message, fault) != NULL && strchr(st.message, '\n') == NULL, "got: %s; want: %s", st.message, fault);
}

#define META "'__metadata__':{'activation':'sigmoid'}"
#define T(name, dtype, shape, offsets) ",'" name "':{'dtype':'" dtype "','shape':[" shape "],'data_offsets':[" offsets "]}"
#define ALL "linear, sigmoid, tanh, relu, softplus, silu, gelu, gelu-tanh, mish, elu, softsign, hardsigmoid, hardswish, " \
            "relu6 or prelu"
#define W1 T("fc1.weight", "F32", "2,3", "0,24")
#define B1 T("fc1.bias", "F32", "2", "24,32")
#define W2 T("fc2.weight", "F32", "2,2", "32,48")
#define B2 T("fc2.bias", "F32", "2", "48,56")
#define VALID "{" META W1 B1 W2 B2 "}"
enum { DATA = 56 };

static void
malformed(void)
{
    static const struct {
        const char *name, *header;
        size_t n;
        const char *fault;
    } cases[] = {
        { "no-brace", " {" META W1 B1 W2 B2 "}", DATA, "header does not begin with {" },
        { "array", "[]", DATA, "header does not begin with {" },
        { "empty-header", "", DATA, "header does not begin with {" },
        { "not-json", "{'fc1.weight'", DATA, "malformed header" },
        { "two-objects", VALID "{}", DATA, "malformed header" },
        { "not-utf8", "{'__metadata__':{'activation':'\xff'}" W1 B1 W2 B2 "}", DATA, "malformed header" },
        { "nul-in-string", "{'__metadata__':{'activation':'a\\u0000'}" W1 B1 W2 B2 "}", DATA, "malformed header" },
        { "duplicate-tensor", "{" META W1 W1 B1 W2 B2 "}", DATA, "malformed header: duplicate" },
        { "duplicate-escaped", "{" META W1 B1 W2 B2 T("fc2\\u002ebias", "F32", "2", "48,56") "}", DATA, "duplicate" },
        { "duplicate-metadata", "{" META "," META W1 B1 W2 B2 "}", DATA, "malformed header: duplicate" },
        { "huge-integer", "{" META T("fc1.weight", "F32", "2,3", "0,99999999999999999999999") "}", DATA, "malformed header" },
        { "no-tensors", "{" META "}", 0, "no tensors" },
        { "nothing", "{}", 0, "no tensors" },
        { "layer-0", "{" META T("fc0.weight", "F32", "2,3", "0,24") "}", 24, "say --layout" },
        { "layer-01", "{" META W1 T("fc01.weight", "F32", "2,3", "24,48") "}", 48, "are the same tensor by their names" },
        { "layer-plus", "{" META T("fc+1.weight", "F32", "2,3", "0,24") "}", 24, "say --layout" },
        { "layer-minus", "{" META T("fc-1.weight", "F32", "2,3", "0,24") "}", 24, "say --layout" },
        { "layer-1025", "{" META T("fc1025.weight", "F32", "2,3", "0,24") "}", 24, "say --layout" },
        { "layer-huge", "{" META T("fc18446744073709551617.weight", "F32", "2,3", "0,24") "}", 24, "is no weight or bias" },
        { "conv", "{" META W1 B1 W2 B2 T("conv1.weight", "F32", "1", "56,60") "}", 60,
          "conv1.weight: its shape is not [outputs, inputs]" },
        { "scale", "{" META W1 B1 W2 B2 T("fc1.scale", "F32", "1", "56,60") "}", 60, "tensor 'fc1.scale' is no weight or bias" },
        { "i32", "{" META T("fc1.weight", "I32", "2,3", "0,24") B1 W2 B2 "}", DATA,
          "fc1.weight: integers are no weights" },
        { "dtype-number", "{" META ",'fc1.weight':{'dtype':32,'shape':[2,3],'data_offsets':[0,24]}}", 24,
          "not an object of dtype" },
        { "mixed", "{" META W1 B1 T("fc2.weight", "F64", "2,1", "32,48") B2 "}", DATA,
          "fc2.weight has 1 inputs, but fc1.weight 2 outputs" },
        { "tensor-number", "{" META ",'fc1.weight':7}", 0, "fc1.weight: not an object of dtype" },
        { "extra-field", "{" META ",'fc1.weight':{'dtype':'F32','shape':[2,3],'data_offsets':[0,24],'order':'F'}}", 24,
          "fc1.weight: not an object of dtype" },
        { "no-offsets", "{" META ",'fc1.weight':{'dtype':'F32','shape':[2,3],'size':24}}", 24, "data_offsets are not within" },
        { "weight-1d", "{" META T("fc1.weight", "F32", "6", "0,24") "}", 24, "shape is not [outputs, inputs]" },
        { "bias-2d", "{" META W1 T("fc1.bias", "F32", "2,2", "24,40") "}", 40, "shape is not [outputs]" },
        { "shape-real", "{" META T("fc1.weight", "F32", "2.0,3", "0,24") "}", 24, "shape is not an array of at most 8 sizes" },
        { "shape-negative", "{" META T("fc1.weight", "F32", "-2,-3", "0,24") "}", 24, "shape is not an array of at most 8 sizes" },
        { "shape-zero", "{" META T("fc1.weight", "F32", "0,3", "0,0") "}", 0, "fc1.weight: a dimension is 0" },
        { "shape-overflow", "{" META T("fc1.weight", "F32", "4294967296,4294967296", "0,0") "}", 0,
          "product of its dimensions overflows" },
        /* 2^62 elements of 4 bytes would wrap to 0 bytes */
        { "bytes-overflow", "{" META T("fc1.weight", "F32", "2147483648,2147483648", "0,0") "}", 0,
          "product of its dimensions overflows" },
        { "shape-too-large", "{" META T("fc1.weight", "F32", "2,4", "0,24") "}", 24, "do not need the 24 bytes" },
        { "offset-beyond", "{" META T("fc1.weight", "F32", "2,3", "40,64") "}", DATA, "not within the 56 bytes" },
        { "offset-negative", "{" META T("fc1.weight", "F32", "2,3", "-24,0") "}", DATA, "not within the 56 bytes" },
        { "offset-reversed", "{" META T("fc1.weight", "F32", "2,3", "24,0") "}", DATA, "not within the 56 bytes" },
        { "offset-three", "{" META T("fc1.weight", "F32", "2,3", "0,24,24") "}", DATA, "not within the 56 bytes" },
        { "overlap", "{" META W1 T("fc1.bias", "F32", "2", "20,28") W2 B2 "}", DATA, "fc1.bias: its data overlap" },
        { "same-bytes", "{" META W1 B1 T("fc2.weight", "F32", "2,2", "0,16") B2 "}", DATA, "overlap" },
        { "hole-first", "{" META T("fc1.weight", "F32", "2,1", "4,12") T("fc1.bias", "F32", "2", "12,20") "}", 20,
          "4 bytes before fc1.weight belong to no tensor" },
        { "hole", "{" META W1 T("fc1.bias", "F32", "2", "28,36") "}", 36, "4 bytes before fc1.bias belong to no tensor" },
        { "trailing", VALID, DATA + 1, "1 trailing bytes" },
        { "chain", "{" META W1 B1 T("fc2.weight", "F32", "2,3", "32,56") T("fc2.bias", "F32", "2", "56,64") "}", 64,
          "fc2.weight has 3 inputs, but fc1.weight 2 outputs" },
        { "bias-length", "{" META W1 T("fc1.bias", "F32", "4", "24,40") "}", 40, "fc1.bias has 4 elements, but fc1.weight 2" },
        { "no-metadata", "{'fc1.weight':{'dtype':'F32','shape':[2,3],'data_offsets':[0,24]}" B1 W2 B2 "}", DATA,
          "does not say the activation" },
        { "no-activation", "{'__metadata__':{'seed':'1'}" W1 B1 W2 B2 "}", DATA, "say --activation" },
        { "metadata-string", "{'__metadata__':'sigmoid'" W1 B1 W2 B2 "}", DATA, "__metadata__ is not an object" },
        { "metadata-array", "{'__metadata__':[]" W1 B1 "}", 32, "__metadata__ is not an object" },
        { "metadata-number", "{'__metadata__':{'activation':'tanh','seed':1}" W1 B1 W2 B2 "}", DATA,
          "value of 'seed' is not a string" },
        { "activation-number", "{'__metadata__':{'activation':1}" W1 B1 W2 B2 "}", DATA,
          "the metadata value of 'activation' is not a string" },
        { "activation-unknown", "{'__metadata__':{'activation':'swish'}" W1 B1 W2 B2 "}", DATA,
          "no activation of hidden layers is called 'swish': " ALL },
        { "activation-empty", "{'__metadata__':{'activation':''}" W1 B1 W2 B2 "}", DATA,
          "no activation of hidden layers is called ''" },
        { "activation-space", "{'__metadata__':{'activation':'t anh'}" W1 B1 W2 B2 "}", DATA,
          "'t anh': " ALL "; did you mean 'tanh'?" },
        { "activation-comma", "{'__metadata__':{'activation':'tanh,'}" W1 B1 W2 B2 "}", DATA,
          "no activation of hidden layers is called ''" },
        { "activation-count", "{'__metadata__':{'activation':'tanh,relu'}" W1 B1 W2 B2 "}", DATA,
          "2 activations for 1 hidden" },
    };
    static const uint8_t zeros[3000];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_fails(write_file(cases[i].name, cases[i].header, zeros, cases[i].n), GA_BAD_FILE, cases[i].fault);
    check_fails(scratch_path("missing"), GA_IO_ERROR, "No such file");
    check_fails(scratch_directory, GA_BAD_FILE, "a folder without .npy files is no model");
    check_fails(scratch_write("short", "\1\0\0\0\0\0\0", 7), GA_BAD_FILE, "truncated: 7 bytes");
    check_fails(scratch_write("huge-header", "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10), GA_BAD_FILE, "over the limit");
    check_fails(scratch_write("text", "This is not a model.", 20), GA_BAD_FILE, "not a safetensors file");
    check_fails(scratch_write("header-cut", "\3\0\0\0\0\0\0\0{}", 10), GA_BAD_FILE, "header has 3 bytes, 2 follow");
    scratch_clear();
}

/* Numbers that are none, in either type and at either end. */
static void
not_finite(void)
{
    float data[14] = { 0 };
    data[5] = NAN;
    check_fails(write_file("nan", VALID, data, sizeof data), GA_BAD_FILE, "fc1.weight: element 5 is NaN");
    data[5] = 0;
    data[13] = -INFINITY;
    check_fails(write_file("infinity", VALID, data, sizeof data), GA_BAD_FILE, "fc2.bias: element 1 is infinite");
    double wide[2] = { 1, INFINITY };
    check_fails(write_file("f64", "{'__metadata__':{'layout':'out-in'}" T("fc1.weight", "F64", "1,1", "0,8")
                           T("fc1.bias", "F64", "1", "8,16") "}", wide, sizeof wide),
                GA_BAD_FILE, "fc1.bias: element 0 is infinite");
    scratch_clear();
}

static file_bytes
read_bytes(const char *name)
{
    file_bytes b;
    ga_status st = { 0 };
    ASSERT(file_read(&b, scratch_path(name), FILE_CAP, FILE_PLAIN, &st) == GA_OK, "%s", st.message);
    return b;
}

/* Such numbers, when they are allowed, are written as they were read: infinities, signs and payloads of NaNs, signalling or not. */
static void
not_finite_kept(void)
{
    static const uint64_t wide[] = { 0x7ff0000000000001, 0xfff8dead0000beef, 0x7ff0000000000000, 0xfff0000000000000 };
    static const uint32_t narrow[] = { 0x7f800001, 0xffc0beef, 0x7f800000, 0xff800000 };
    static const char *const headers[] = {
        "{" META T("fc1.weight", "F32", "2,1", "0,8") T("fc1.bias", "F32", "2", "8,16") "}",
        "{" META T("fc1.weight", "F64", "2,1", "0,16") T("fc1.bias", "F64", "2", "16,32") "}",
    };
    for (int f64 = 0; f64 < 2; f64++) {
        const void *data = f64 ? (const void *)wide : narrow;
        const size_t n = f64 ? sizeof wide : sizeof narrow;
        const char *path = write_file("kept", headers[f64], data, n);
        ga_status st = { 0 };
        ga_model *model;
        check_fails(path, GA_BAD_FILE, "fc1.weight: element 0 is NaN");
        if (!ASSERT(ga_model_load(&model, path, &(ga_load){ .allow_nonfinite = true }, &st) == GA_OK, "%s", st.message))
            continue;
        ASSERT(ga_model_write(model, scratch_path("again"), &st) == GA_OK, "%s", st.message);
        check_fails(scratch_path("again"), GA_BAD_FILE, "fc1.weight: element 0 is NaN");
        file_bytes b = read_bytes("again");
        ASSERT(b.size > n && memcmp(b.data + b.size - n, data, n) == 0, "other bytes");
        free(b.data);
        ga_model_free(model);
    }
    scratch_clear();
}

/* The metadata may say the layout, which squares leave open; nothing else does, the names and metadata of our own files neither. */
#define SQUARE "'fc1.weight':{'dtype':'F32','shape':[2,2],'data_offsets':[0,16]}" T("fc1.bias", "F32", "2", "16,24") "}"
static void
said_layout(void)
{
    static const float weight[6] = { 1, 2, 3, 4, 5, 6 };
    static const struct {
        const char *name, *header;
        ga_layout asked;
        float element; /* 1 of the weight; 0: refused with the fault */
        const char *fault;
    } cases[] = {
        { "unsaid", "{'__metadata__':{'activation':'relu','command':'gradaudit'}," SQUARE, GA_ANY_LAYOUT, 0, "say --layout" },
        { "asked", "{'__metadata__':{'activation':'relu'}," SQUARE, GA_IN_OUT, 3, NULL },
        { "out-in", "{'__metadata__':{'layout':'out-in'}," SQUARE, GA_ANY_LAYOUT, 2, NULL },
        { "upper", "{'__metadata__':{'layout':'IN-OUT'}," SQUARE, GA_ANY_LAYOUT, 3, NULL },
        { "in-out", "{'__metadata__':{'layout':'in-out'}," SQUARE, GA_ANY_LAYOUT, 3, NULL },
        { "same", "{'__metadata__':{'layout':'in-out'}," SQUARE, GA_IN_OUT, 3, NULL },
        { "other", "{'__metadata__':{'layout':'in-out'}," SQUARE, GA_OUT_IN, 0,
          "it says itself that its weights are in-out: --layout cannot make them out-in" },
        { "another", "{'__metadata__':{'layout':'out-in'}," SQUARE, GA_IN_OUT, 0,
          "it says itself that its weights are out-in: --layout cannot make them in-out" },
        { "neither", "{'__metadata__':{'layout':'C'}," SQUARE, GA_ANY_LAYOUT, 0, "no layout is called 'C': out-in or in-out" },
        { "wrong", "{'__metadata__':{'layout':'in-out'},'fc1.weight':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]}"
                   T("fc1.bias", "F32", "1", "8,12") "}", GA_ANY_LAYOUT, 0, "fc1.bias has 1 elements, but fc1.weight 2 outputs" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = write_file(cases[i].name, cases[i].header, weight, strcmp(cases[i].name, "wrong") == 0 ? 12 : 24);
        const ga_load options = { .layout = cases[i].asked };
        ga_status st = { 0 };
        ga_model *model = NULL;
        const ga_code code = ga_model_load(&model, path, &options, &st);
        if (cases[i].element == 0)
            ASSERT(code == GA_BAD_FILE && strstr(st.message, cases[i].fault) != NULL, "%s: %s", cases[i].name, st.message);
        else if (ASSERT(code == GA_OK, "%s", st.message))
            ASSERT(ga_model_get(model, model->layer[0].weight, 1) == cases[i].element, "%s", cases[i].name);
        ga_model_free(model);
    }
    scratch_clear();
}

/* Squares that we wrote are read back without a question, and what was [inputs, outputs] is written [outputs, inputs]. */
static void
written_layout(void)
{
    static const float weight[6] = { 1, 2, 3, 4, 5, 6 }, transposed[4] = { 1, 3, 2, 4 };
    const char *path = write_file("in-out", "{'__metadata__':{'layout':'in-out'}," SQUARE, weight, 24);
    ga_status st = { 0 };
    ga_model *model = NULL, *back = NULL;
    ASSERT(ga_model_load(&model, path, NULL, &st) == GA_OK, "%s", st.message);
    ASSERT(ga_model_write(model, scratch_path("w"), &st) == GA_OK, "%s", st.message);
    ASSERT(ga_model_load(&back, scratch_path("w"), NULL, &st) == GA_OK, "%s", st.message);
    for (size_t i = 0; back != NULL && i < 4; i++)
        ASSERT(ga_model_get(back, back->layer[0].weight, i) == transposed[i], "element %zu", i);
    ga_model_free(model);
    ga_model_free(back);
    scratch_clear();
}

/* Whatever the length of its header begins with: the marks of a pickle (640 is 0x0280), of gzip, zip and ONNX. */
static void
header_lengths(void)
{
    static const size_t more[] = { 0x8b1f, 0x4b50, 0x10708, 0x20708, 0x0a7d, 0x7d28 };
    static const uint8_t data[DATA];
    static char header[0x20708 + 1];
    for (size_t i = strlen(VALID); i < 1500 + sizeof more / sizeof *more; i++) {
        const size_t length = i < 1500 ? i : more[i - 1500];
        ga_status st = { 0 };
        ga_model *model = NULL;
        memset(header, ' ', length);
        memcpy(header, VALID, strlen(VALID));
        header[length] = '\0';
        ASSERT(ga_model_load(&model, write_file("padded", header, data, DATA), NULL, &st) == GA_OK, "%zu: %s", length, st.message);
        ga_model_free(model);
    }
    scratch_clear();
}

/* --activation is for what the file leaves open: it may repeat it, not contradict it. */
static void
asked_activation(void)
{
    static const float data[14];
    static const struct {
        const char *asked, *fault;
        ga_code code;
    } cases[] = {
        { "sigmoid", NULL, GA_OK }, { "Sigmoid", NULL, GA_OK }, { "SIGMOID", NULL, GA_OK }, { " sigmoid ", NULL, GA_OK },
        { "sigmod", "'sigmod': " ALL "; did you mean 'sigmoid'?", GA_USAGE },
        { "relu", "it says itself that hidden layer 1 is sigmoid: --activation cannot make it relu", GA_BAD_FILE },
        { "tanh,tanh", "2 activations for 1 hidden", GA_USAGE },
        { "swish", "no activation of hidden layers is called 'swish': " ALL, GA_USAGE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ga_status st = { 0 };
        ga_model *model;
        const ga_code code = ga_model_load(&model, write_file("asked", VALID, data, sizeof data),
                                           &(ga_load){ .activation = cases[i].asked }, &st);
        if (cases[i].fault == NULL)
            ASSERT(code == GA_OK && model->layer[0].activation == GA_SIGMOID, "%s", st.message);
        else
            ASSERT(code == cases[i].code && strstr(st.message, cases[i].fault) != NULL, "%s", st.message);
        ga_model_free(model);
    }
    scratch_clear();
}

/* What the file says is a name in any case too, and is written in small letters. */
static void
activation_in_any_case(void)
{
    static const float data[14];
    static const struct { const char *said; ga_activation activation; } cases[] = {
        { "ReLU", GA_RELU }, { "RELU", GA_RELU }, { "Sigmoid", GA_SIGMOID }, { "Tanh", GA_TANH }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[600];
        ga_status st = { 0 };
        ga_model *model, *again;
        snprintf(header, sizeof header, "{'__metadata__':{'activation':'%s'}" W1 B1 W2 B2 "}", cases[i].said);
        ga_code code = ga_model_load(&model, write_file("case", header, data, sizeof data), NULL, &st);
        if (!ASSERT(code == GA_OK && model->layer[0].activation == cases[i].activation, "%s: %s", cases[i].said, st.message))
            continue;
        const char *const copy = scratch_path("case-again");
        ASSERT(ga_model_write(model, copy, &st) == GA_OK && ga_model_load(&again, copy, NULL, &st) == GA_OK, "%s", st.message);
        ASSERT(strcmp(ga_model_meta(again, "activation"), ga_activation_name(cases[i].activation)) == 0, "%s",
               ga_model_meta(again, "activation"));
        ga_model_free(again);
        ga_model_free(model);
    }
    scratch_clear();
}

/* Softmax regression: no hidden layer, so no activation, or an empty one; a name would be of no layer but is one for all there
   are. */
static void
no_hidden_layer(void)
{
    static const char *const headers[] = { "{'__metadata__':{'seed':'1'}" W1 B1 "}", "{'__metadata__':{'activation':''}" W1 B1 "}",
                                           "{'__metadata__':{'activation':'tanh'}" W1 B1 "}" };
    static const float data[8];
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        ga_status st = { 0 };
        ga_model *model;
        const char *path = write_file("regression", headers[i], data, sizeof data);
        if (ASSERT(ga_model_load(&model, path, NULL, &st) == GA_OK, "%s", st.message))
            ASSERT(model->n_layers == 1 && model->layer[0].activation == GA_LINEAR);
        ga_model_free(model);
    }
    scratch_clear();
}

/* PyTorch's users save with format: pt, whose weights are [outputs, inputs] unless the user says otherwise. */
static void
format_pt(void)
{
    static const float data[] = { 1, 2, 3, 4, 5, 6 };
    static const char square[] = "{'__metadata__':{'format':'pt'}" T("fc1.bias", "F32", "2", "16,24")
                                 T("fc1.weight", "F32", "2,2", "0,16") "}",
                      wide[] = "{'__metadata__':{'format':'pt'}" T("fc1.weight", "F32", "2,3", "0,24") "}",
                      tf[] = "{'__metadata__':{'format':'tf'}" T("fc1.weight", "F32", "2,2", "0,16") "}";
    ga_status st = { 0 };
    ga_model *model;
    if (ASSERT(ga_model_load(&model, write_file("pt", square, data, 24), NULL, &st) == GA_OK, "%s", st.message))
        ASSERT(((float *)model->layer[0].weight)[1] == 2);
    ga_model_free(model);
    const ga_load in_out = { .layout = GA_IN_OUT };
    if (ASSERT(ga_model_load(&model, write_file("pt", square, data, 24), &in_out, &st) == GA_OK, "%s", st.message))
        ASSERT(((float *)model->layer[0].weight)[1] == 3);
    ga_model_free(model);
    if (ASSERT(ga_model_load(&model, write_file("pt", wide, data, 24), NULL, &st) == GA_OK, "%s", st.message))
        ASSERT(model->layer[0].n_in == 3);
    ga_model_free(model);
    ASSERT(ga_model_load(&model, write_file("tf", tf, data, 16), NULL, &st) == GA_BAD_FILE);
    ASSERT(strstr(st.message, "say --layout") != NULL, "%s", st.message);
    scratch_clear();
}

/* As the reference library writes a model: names sorted, so that biases come first. */
static void
foreign_order(void)
{
    float data[14];
    ga_status st = { 0 };
    ga_model *model;
    for (size_t i = 0; i < 14; i++)
        data[i] = (float)i;
    const char *path = write_file("foreign",
                                  "{'__metadata__':{'format':'pt','activation':'tanh'}"
                                  T("fc1.bias", "F32", "2", "0,8") T("fc1.weight", "F32", "2,3", "8,32")
                                  T("fc2.bias", "F32", "2", "32,40") T("fc2.weight", "F32", "2,2", "40,56") "}  \n",
                                  data, sizeof data);
    if (ASSERT(ga_model_load(&model, path, NULL, &st) == GA_OK, "%s", st.message)) {
        ASSERT(model->n_layers == 2 && model->layer[0].activation == GA_TANH && model->layer[1].activation == GA_LINEAR);
        ASSERT(model->layer[0].n_in == 3 && model->layer[0].n_out == 2 && strcmp(ga_model_meta(model, "format"), "pt") == 0);
        ASSERT(memcmp(model->layer[0].bias, data, 8) == 0 && memcmp(model->layer[0].weight, data + 2, 24) == 0);
        ASSERT(memcmp(model->layer[1].bias, data + 8, 8) == 0 && memcmp(model->layer[1].weight, data + 10, 16) == 0);
    }
    ga_model_free(model);
    scratch_clear();
}

static ga_model *
random_model(ga_dtype dtype, uint64_t *state)
{
    ga_model *model = ga_model_new(dtype, 3, (size_t[]){ 5, 4, 3, 2 }, (ga_activation[]){ GA_SIGMOID, GA_RELU }, NULL);
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < model->layer[l].n_in * model->layer[l].n_out; i++) { /* of all sizes,
                                                                                    subnormals and -0 included */
            int range = dtype == GA_F32 ? 270 : 2090, low = dtype == GA_F32 ? -150 : -1076;
            double x = ldexp((double)(test_random(state) >> 11) * 0x1p-53, (int)(test_random(state) % (uint64_t)range) + low);
            ga_model_set(model, model->layer[l].weight, i, test_random(state) % 2 ? x : -x);
        }
    ga_model_set_meta(model, "seed", "1");
    ga_model_set_meta(model, "recipe", "");
    return model;
}

static void
round_trip(void)
{
    uint64_t state = test_seed();
    for (ga_dtype dtype = GA_F32; dtype <= GA_F64; dtype++) {
        ga_status st = { 0 };
        ga_model *model = random_model(dtype, &state), *back;
        ASSERT(ga_model_write(model, scratch_path("a"), &st) == GA_OK && scratch_count() == 1, "%s", st.message);
        if (!ASSERT(ga_model_load(&back, scratch_path("a"), NULL, &st) == GA_OK, "%s", st.message))
            return;
        ASSERT(back->dtype == dtype && back->n_layers == 3 && back->n_meta == 3);
        ASSERT(strcmp(ga_model_meta(back, "activation"), "sigmoid,relu") == 0 && strcmp(ga_model_meta(back, "recipe"),
                                                                                        "") == 0);
        for (size_t l = 0; l < 3; l++) {
            const ga_layer *was = model->layer + l, *is = back->layer + l;
            size_t size = dtype == GA_F32 ? 4 : 8;
            ASSERT(is->n_in == was->n_in && is->n_out == was->n_out && is->activation == was->activation);
            ASSERT(memcmp(is->weight, was->weight, is->n_in * is->n_out * size) == 0);
            ASSERT(memcmp(is->bias, was->bias, is->n_out * size) == 0);
        }
        ASSERT(ga_model_write(back, scratch_path("b"), &st) == GA_OK, "%s", st.message);
        file_bytes a = read_bytes("a"), b = read_bytes("b");
        ASSERT(a.size == b.size && memcmp(a.data, b.data, a.size) == 0);
        free(a.data);
        free(b.data);
        ga_model_free(model);
        ga_model_free(back);
        scratch_clear();
    }
}

/* The bytes of a small file, written down by hand. */
static void
exact_bytes(void)
{
    static const char want[] =
        "\xb8\0\0\0\0\0\0\0"
        "{\"__metadata__\":{\"A\":\"\\n\\\"\",\"activation\":\"\",\"z\":\"σ\"},\"fc1.weight\":"
        "{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
        "\"fc1.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}     "
        "\0\0\x80\x3f\0\0\0\xc0\0\0\0\x3f";
    ga_model *model = ga_model_new(GA_F32, 1, (size_t[]){ 2, 1 }, NULL, NULL);
    ga_model_set_meta(model, "z", "σ");
    ga_model_set_meta(model, "A", "\n\"");
    ga_model_set(model, model->layer[0].weight, 0, 1);
    ga_model_set(model, model->layer[0].weight, 1, -2);
    ga_model_set(model, model->layer[0].bias, 0, 0.5);
    ASSERT(ga_model_write(model, scratch_path("m"), NULL) == GA_OK);
    file_bytes b = read_bytes("m");
    ASSERT(b.size == sizeof want - 1 && memcmp(b.data, want, b.size) == 0, "%zu bytes: %.*s", b.size, (int)b.size - 8,
           b.data + 8);
    free(b.data);
    ga_model_free(model);
    scratch_clear();
}

static void
every_prefix(void)
{
    uint64_t state = test_seed();
    ga_model *model = random_model(GA_F32, &state);
    ga_model_write(model, scratch_path("whole"), NULL);
    file_bytes b = read_bytes("whole");
    for (size_t i = 0; i < b.size; i++)
        check_fails(scratch_write("cut", b.data, i), GA_BAD_FILE, i < 64 ? "truncated" : "");
    free(b.data);
    ga_model_free(model);
    scratch_clear();
}

/* Bits flipped, bytes replaced, removed or doubled at random: read as a valid model or refused with a message. */
static void
flipped_bytes(void)
{
    uint64_t state = test_seed();
    ga_model *model = random_model(GA_F32, &state);
    ga_model_write(model, scratch_path("whole"), NULL);
    file_bytes b = read_bytes("whole");
    uint8_t *bytes = malloc(2 * b.size);
    size_t accepted = 0;
    for (int round = 0; round < 4000; round++) {
        size_t n = b.size;
        memcpy(bytes, b.data, n);
        for (uint64_t k = test_random(&state) % 4; k < 4; k++) {
            size_t header = n - n / 3, at = test_random(&state) % (round % 4 == 0 ? n : header); /* rather in the header */
            uint64_t r = test_random(&state);
            switch (r % 4) {
            case 0: bytes[at] ^= (uint8_t)(1u << (r >> 8) % 8); break;
            case 1: bytes[at] = (uint8_t)"0123456789\"{}[],:-e\\\xff"[(r >> 8) % 21]; break;
            case 2: memmove(bytes + at, bytes + at + 1, --n - at); break;
            default: memmove(bytes + at + 1, bytes + at, n++ - at);
            }
        }
        ga_status st = { 0 };
        ga_model *got;
        ga_code code = ga_model_load(&got, scratch_write("flipped", bytes, n), NULL, &st);
        if (code == GA_OK) {
            accepted++;
            ASSERT(ga_model_check(got, false, NULL) == GA_OK && ga_model_parameters(got) == ga_model_parameters(model), "round %d",
                   round);
        } else
            ASSERT(code == GA_BAD_FILE && got == NULL && strstr(st.message, "flipped: ") != NULL && strchr(st.message,
                                                                                                           '\n') == NULL,
                   "round %d: %s", round, st.message);
        ga_model_free(got);
    }
    ASSERT(accepted < 2000, "%zu", accepted);
    free(bytes);
    free(b.data);
    ga_model_free(model);
    scratch_clear();
}

static void
hostile(void)
{
    uint64_t state = test_seed();
    ga_status st = { 0 };
    ga_model *model = random_model(GA_F32, &state), *back = NULL;
    const char *path = scratch_path(HOSTILE_NAME);
    ga_model_set_meta(model, HOSTILE_TEXT, HOSTILE_TEXT);
    ga_model_set_meta(model, "not UTF-8", "a\xff" "b");
    ASSERT(ga_model_write(model, path, &st) == GA_OK && scratch_count() == 1, "%s", st.message);
    if (ASSERT(ga_model_load(&back, path, NULL, &st) == GA_OK, "%s", st.message)) {
        ASSERT(strcmp(ga_model_meta(back, HOSTILE_TEXT), HOSTILE_TEXT) == 0);
        ASSERT(strcmp(ga_model_meta(back, "not UTF-8"), "a\\xFFb") == 0);
    }
    ga_model_free(back);
    ga_model_free(model);
    write_file(HOSTILE_NAME, "{'`id`\\n<b>\\u001b[2J\\u202e':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}", "1234", 4);
    ASSERT(ga_model_load(&back, path, NULL, &st) == GA_BAD_FILE);
    ASSERT(strstr(st.message, "tensor '`id`\\x0A<b>\\x1B[2J\\xE2\\x80\\xAE'") != NULL, "%s", st.message);
    for (const char *s = st.message; *s != '\0'; s++)
        ASSERT((unsigned char)*s >= 0x20 && (unsigned char)*s < 0x7f, "%s", st.message);
    scratch_clear();
}

static void
cannot_write(void)
{
    uint64_t state = test_seed();
    ga_status st = { 0 };
    ga_model *model = random_model(GA_F32, &state);
    ASSERT(ga_model_write(model, scratch_path("no/where"), &st) == GA_IO_ERROR, "%s", st.message);
    struct rlimit before, small;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){ 100, before.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    ga_code code = ga_model_write(model, scratch_path("m"), &st);
    setrlimit(RLIMIT_FSIZE, &before);
    ASSERT(code == GA_IO_ERROR && strstr(st.message, "m: cannot write: ") != NULL, "%s", st.message);
    ga_model_free(model);
    model = ga_model_new(GA_F32, 1, (size_t[]){ 1, GA_MAX_CLASSES + 1 }, NULL, NULL);
    ASSERT(ga_model_write(model, scratch_path("m"), &st) == GA_BAD_FILE, "%s", st.message);
    ASSERT(strstr(st.message, "m: not written: 1048577 classes are more than") != NULL, "%s", st.message);
    ASSERT(scratch_count() == 0);
    ga_model_free(model);
}

/* At the limits, and one beyond: layers, metadata keys, the length of the header. */
static void
limits(void)
{
    size_t sizes[GA_MAX_LAYERS + 1];
    ga_activation activation[GA_MAX_LAYERS];
    ga_status st = { 0 };
    ga_model *back = NULL;
    for (size_t l = 0; l <= GA_MAX_LAYERS; l++) {
        sizes[l] = 1;
        activation[l % GA_MAX_LAYERS] = l % 2 ? GA_TANH : GA_SIGMOID;
    }
    ga_model *model = ga_model_new(GA_F64, GA_MAX_LAYERS, sizes, activation, NULL);
    ASSERT(ga_model_write(model, scratch_path("deep"), &st) == GA_OK, "%s", st.message);
    ASSERT(ga_model_load(&back, scratch_path("deep"), NULL, &st) == GA_OK && back->n_layers == GA_MAX_LAYERS, "%s", st.message);
    ASSERT(back != NULL && back->layer[1022].activation == activation[1022]);
    ga_model_free(back);
    for (int i = 0; i < 4095; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        if (i == 4094)
            ASSERT(ga_model_write(model, scratch_path("keys"), &st) == GA_OK, "%s", st.message);
        ga_model_set_meta(model, key, "");
    }
    ASSERT(ga_model_load(&back, scratch_path("keys"), NULL, &st) == GA_OK && back->n_meta == 4096, "%s", st.message);
    ga_model_free(back);
    ASSERT(ga_model_write(model, scratch_path("keys"), &st) == GA_NO_MEMORY, "%s", st.message);
    ga_model_free(model);
    model = ga_model_new(GA_F32, 1, (size_t[]){ 1, 1 }, NULL, NULL);
    char *text = malloc((1 << 19) + 1);
    memset(text, 'x', 1 << 19);
    text[1 << 19] = '\0';
    ga_model_set_meta(model, "text", text);
    ASSERT(ga_model_write(model, scratch_path("text"), &st) == GA_NO_MEMORY && strstr(st.message, "over the limit") != NULL,
           "%s",
           st.message);
    text[(1 << 19) - 1000] = '\0';
    ga_model_set_meta(model, "text", text);
    ASSERT(ga_model_write(model, scratch_path("text"), &st) == GA_OK, "%s", st.message);
    ASSERT(ga_model_load(&back, scratch_path("text"), NULL, &st) == GA_OK, "%s", st.message);
    free(text);
    ga_model_free(back);
    ga_model_free(model);
    scratch_clear();
}

TEST_MAIN("safetensors", TEST(malformed), TEST(not_finite), TEST(not_finite_kept), TEST(said_layout), TEST(written_layout),
          TEST(header_lengths), TEST(asked_activation), TEST(activation_in_any_case), TEST(foreign_order), TEST(format_pt),
          TEST(no_hidden_layer), TEST(round_trip),
          TEST(exact_bytes), TEST(every_prefix), TEST(flipped_bytes), TEST(hostile), TEST(cannot_write), TEST(limits))
