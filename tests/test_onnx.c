/* SPDX-License-Identifier: Apache-2.0 */
/* test_onnx.c -- anything but a chain of known operators is refused in one line that says where. tests/test_wire.c has unsound
   messages, tests/onnx.sh files that onnx and PyTorch write. */
#include <math.h>

#include <mpfr.h>

#include "io/onnx_fold.h"
#include "io/op_onnx.h"
#include "onnx_bytes.h"
#include "scratch.h"

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
    const bytes to_double = attribute("to", 3, TYPE_DOUBLE);
    f = plain;
    f.node[3] = (node){ "Dropout", "drop", "d+mask", { "y" }, NULL, { NULL } };
    f.node[4] = (node){ "Cast", "cast", "z", { "d" }, NULL, { &to_double } };
    f.output[0] = "z";
    taken(&f);
    f = plain;
    f.initial[0].dim[1] = f.initial[1].dim[0] = f.initial[2].dim[0] = 2; /* squares: the format says the layout */
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
    EDIT("node 'two': operator 'GRU' (a recurrent layer) is not read; gradaudit inspect --operators lists", f.node[1].op = "GRU");
    EDIT("node 'two': ConvTranspose has 1 inputs", f.node[1].op = "ConvTranspose");
    EDIT("node 'two': Conv has 1 inputs", f.node[1].op = "Conv");
    EDIT("node 'two': its input has 2 dimensions, not [images, channels, height, width]", f.node[1].op = "MaxPool");
    EDIT("node 'h': operator 'Sin' is not read", f.node[1].op = "Sin"; f.node[1].name = "");
    EDIT("is of the domain 'com.microsoft'", f.node[1].domain = "com.microsoft");
    EDIT("node 'two': attribute 'body' is a graph", f.node[1].attribute[0] = &graph);
    EDIT("node 'two': attribute 'speed' of Relu is not known", f.node[1].attribute[0] = &unknown);
    EDIT("node 'two': its input 'q' is nowhere", f.node[1].in[0] = "q");
    EDIT("node 'two': its input 'y' is made later, or of itself", f.node[1].in[0] = "y");
    EDIT("node 'two': its input 'h' is made later, or of itself", f.node[1].in[0] = "h");
    EDIT("node 'three': 'a' is used a second time", f.node[2].in[0] = "a");
    EDIT("node 'three': 'x' is used a second time", f.node[2].in[0] = "x");
    EDIT("node 'three': its two inputs do not fit: MatMul of [images, m, k]", f.node[2].in[1] = "h");
    EDIT("two values of its graph are called 'a'", f.node[1].out = "a");
    EDIT("two values of its graph are called 'w'", f.node[1].out = "w");
    EDIT("two values of its graph are called 'h'", f.input[0] = "h");
    EDIT("two values of its graph are called 'w'", f.initial[1].name = "w");
    EDIT("a value of its graph has no name", f.initial[1].name = "");
    EDIT("its output 'h' is not the end of the chain, 'y'", f.output[0] = "h");
    EDIT("its graph has 2 outputs", f.output[1] = "h");
    EDIT("its graph has 0 outputs", f.output[0] = NULL);
    EDIT("its graph has no input", f.input[0] = NULL);
    EDIT("its graph has more than one input: 'x' and 'z'; export it with one", f.input[1] = "z");
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
    EDIT("node 'three': it multiplies along the images", f.node[2].in[0] = "v"; f.node[2].in[1] = "h");
    EDIT("'v' takes 2 inputs, which do not fit what it gets, 3", f.initial[2].dim[0] = 2; f.initial[2].dim[1] = 2);
    EDIT("the weights of MatMul are not a constant matrix", f.initial[2].dim[1] = 0);
    EDIT("'b' is not a bias of 3 numbers", f.initial[1].dim[0] = 2);
    EDIT("'b' is not a bias of 3 numbers", f.initial[1].dim[1] = 1);
    EDIT("ends in relu after node 'three'", f.node[3] = NODE("Relu", "four", "z", { "y" }, NULL, { NULL }); f.output[0] = "z");
    EDIT("node 'four': Relu does not follow", f.node[2] = NODE("Relu", "four", "y", { "h" }, NULL, { NULL }));
    EDIT("no MatMul or Gemm", f.node[0] = NODE("Identity", "one", "y", { "x" }, NULL, { NULL }); f.node[1].op = NULL);
    EDIT("node 'two': 'b' does not fit the shape of what flows", f.node[0] = NODE("Identity", "one", "a", { "x" }, NULL, { NULL });
         f.node[1] = NODE("Add", "two", "h", { "a", "b" }, NULL, { NULL }));
    EDIT("node 'end': axis = 0 is not the last", f.node[3] = NODE("Softmax", "end", "p", { "y" }, NULL, { &axis });
         f.output[0] = "p");
    EDIT("attribute 'axis' is not an integer", f.node[3] = NODE("Softmax", "end", "p", { "y" }, NULL, { &real });
         f.output[0] = "p");
    EDIT("Softmax does not follow the last", f.node[2] = NODE("Softmax", "end", "y", { "h" }, NULL, { NULL }));
    EDIT("its graph ends in softmax of rows after node 'three'", f.node[3] = NODE("Softmax", "end", "p", { "y" }, NULL, { NULL });
         f.node[4] = NODE("Softmax", "again", "q", { "p" }, NULL, { NULL }); f.output[0] = "q");
    EDIT("node 'one': 'b' does not fit the shape of what flows", f.node[0] = NODE("Sub", "one", "a", { "b", "x" }, NULL, { NULL }));
    EDIT("node 'one': 'b' does not fit the shape", f.node[0] = NODE("Sub", "one", "a", { "x", "b" }, NULL, { NULL }));
    const bytes to_narrow = attribute("to", 3, TYPE_BFLOAT16), to_double = attribute("to", 3, TYPE_DOUBLE),
                to_int = attribute("to", 3, TYPE_INT64);
    EDIT("Cast to a narrower type is known before", f.node[3] = NODE("Cast", "four", "z", { "y" }, NULL, { &to_narrow });
         f.output[0] = "z");
    EDIT("Cast to a type that is not FLOAT", f.node[3] = NODE("Cast", "four", "z", { "y" }, NULL, { &to_int }); f.output[0] = "z");
    EDIT("node 'three': the numbers of its input 'v' are not of the type", f.node[1] = NODE("Cast", "two", "h", { "a" }, NULL,
         { &to_double }));
    EDIT("node 'four': Relu comes after a Cast to another type",
         f.node[3] = NODE("Cast", "cast", "z", { "y" }, NULL, { &to_double });
         f.node[4] = NODE("Relu", "four", "r", { "z" }, NULL, { NULL }); f.output[0] = "r");
    EDIT("node 'two': axis 0 is that of the images, or none of its input",
         f.node[1] = NODE("Gather", "two", "h", { "a", "b" }, NULL, { NULL }));
    EDIT("node 'one': its shape is not 2 to 7 constants", f.node[0] = NODE("Reshape", "one", "a", { "x", "b" }, NULL, { NULL }));
    EDIT("node 'one': Constant has not one value", f.node[0] = NODE("Constant", "one", "a", { NULL }, NULL, { NULL }));
}

/* w is replaced by the tensor. */
static void
refused_tensor(bytes *t, const char *words)
{
    EDIT(words, f.initial[0].whole = t);
}

/* Functions of constants are those of MPFR, rounded once: also beside ties, and below the normal numbers. */
static void
rounds_constants(void)
{
    static const struct {
        const char *operator;
        int (*of)(mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t rounding);
    } functions[] = { { "Exp", mpfr_exp }, { "Log", mpfr_log }, { "Sin", mpfr_sin }, { "Cos", mpfr_cos }, { "Tanh", mpfr_tanh },
                      { "Erf", mpfr_erf } };
    uint64_t state = test_seed();
    mpfr_t r;
    mpfr_init2(r, 400);
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++)
        for (size_t n = 0; n < 400; n++) {
            const float any = ldexpf((float)(test_random(&state) % 65536 + 1), (int)(n % 24) - 20);
            const float x = n < 4 && f == 0 ? -101 - (float)n : any; /* e^-101 to e^-104 are subnormal */
            mpfr_set_flt(r, x, MPFR_RNDN);
            functions[f].of(r, r, MPFR_RNDN);
            ASSERT(onnx_fold_number(functions[f].operator, x, 0, ELEMENT_F32) == mpfr_get_flt(r, MPFR_RNDN) &&
                   onnx_fold_number(functions[f].operator, x, 0, ELEMENT_F64) == mpfr_get_d(r, MPFR_RNDN),
                   "%s of %a", functions[f].operator, (double)x);
        }
    mpfr_clear(r);
    ASSERT(onnx_fold_number("Pow", 1 + 0x1p-12, 2, ELEMENT_F32) == 1 + 0x1p-11); /* 1 + 2^-11 + 2^-24, a tie */
    ASSERT(onnx_fold_number("Pow", 1 + 0x1p-12, 2, ELEMENT_F64) == 1 + 0x1p-11 + 0x1p-24);
    ASSERT(onnx_fold_number("Max", -1, 2, ELEMENT_F32) == 2 && onnx_fold_number("Min", -1, 2, ELEMENT_F32) == -1);
    ASSERT(isnan(onnx_fold_number("Max", (double)NAN, 2, ELEMENT_F32)) && onnx_fold_number("Relu", -3, 0, ELEMENT_F32) == 0);
}

/* What is computed of constants alone fits together, and has no more inputs than are known. */
static void
refuses_constants(void)
{
    static const char *const operators[] = { "Mul", "MatMul" };
    for (size_t k = 0; k < 2; k++)
        EDIT("node 'of': its constants", f.node[3] = NODE(operators[k], "of", "q", { "w", "c" }, NULL, { NULL });
             f.node[4] = NODE("Add", "last", "z", { "y", "q" }, NULL, { NULL }); f.initial[3] = (initial){ "c", { 2, 2 }, NULL };
             f.output[0] = "z");
    EDIT("node 'of': its input 1 does not come from the network's input, nor does another",
         f.node[3] = NODE("Max", "of", "q", { "w", "w", "w" }, NULL, { NULL });
         f.node[4] = NODE("Add", "last", "z", { "y", "q" }, NULL, { NULL }); f.output[0] = "z");
}

/* Images that another dimension than the first counts: nothing goes along it, and two values have it in the same place. */
static void
refuses_moved_images(void)
{
    bytes perm = { 0 };
    const bytes last = attribute("axis", 3, -1);
    put_text(&perm, 1, "perm");
    put_int(&perm, 20, 7);
    put_int(&perm, 8, 1);
    put_int(&perm, 8, 0);
    const node turn = NODE("Transpose", "turn", "t", { "x" }, NULL, { &perm });
    file_parts f = plain; /* v [3, 2] t [2, N] */
    f.node[0] = turn;
    f.node[1] = NODE("MatMul", "one", "a", { "v", "t" }, NULL, { NULL });
    f.node[2] = NODE("Relu", "two", "h", { "a" }, NULL, { NULL });
    f.node[3] = NODE("MatMul", "three", "s", { "w", "h" }, NULL, { NULL });
    f.node[4] = NODE("Transpose", "back", "y", { "s" }, NULL, { &perm });
    f.initial[1].name = NULL;
    f.initial[1] = f.initial[2];
    f.initial[2].name = NULL;
    taken(&f);
    f.output[0] = "s";
    f.node[4].op = NULL;
    refused(&f, "its output 's' does not count the images by its first dimension alone");
    EDIT("node 'one': it multiplies along the images", f.node[0] = turn; f.node[1] = NODE("MatMul", "one", "h", { "t", "w" }, NULL,
         { NULL }); f.initial[0].dim[0] = 4);
    EDIT("node 'two': an axis is that of the images", f.node[0] = turn;
         f.node[1] = NODE("Softmax", "two", "s", { "t" }, NULL, { &last });
         f.node[2] = NODE("Transpose", "back", "y", { "s" }, NULL, { &perm }));
    EDIT("node 'two': its inputs 't' and 'x' have their images in different dimensions", f.node[0] = turn;
         f.node[1] = NODE("Add", "two", "h", { "x", "t" }, NULL, { NULL }));
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
    t = tensor_bytes(TYPE_FLOAT16, 2, 3, 12);
    refused_tensor(&t, "the numbers of its input 'w' are not of the type of the graph's input");
    t = tensor_bytes(TYPE_INT64, 2, 3, 48);
    refused_tensor(&t, "the weights of Gemm are not a constant matrix");
    t = tensor_bytes(TYPE_FLOAT16, 2, 3, 0);
    for (int i = 0; i < 6; i++)
        put_int(&t, TENSOR_INT32S, 0x10000);
    refused_tensor(&t, "element 0 has more than 16 bits");
    static const struct { const char *words; size_t n; uint8_t byte[12]; } packed[] = {
        { "it has 5 numbers of its type, not 6", 5, { 0 } },
        { "it has 5 numbers of its type, not 6", 6, { 0, 0x80, 1, 0, 0, 0 } },
        { "it has 5 numbers of its type, not 6", 7, { 0, 0x80, 1, 0, 0, 0, 0x80 } },
        { "it has more than 6 numbers", 7, { 0 } },
        { "element 5 has more than 16 bits", 8, { 0, 0, 0, 0, 0, 0x80, 0x80, 4 } },
        { "element 0 has more than 16 bits", 12, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1 } },
    };
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
        t = tensor_bytes(TYPE_FLOAT16, 2, 3, 0);
        put_raw(&t, TENSOR_INT32S, packed[i].byte, packed[i].n);
        const bytes b = tensor_bytes(TYPE_FLOAT16, 3, 0, 6), v = tensor_bytes(TYPE_FLOAT16, 3, 2, 12);
        const bytes type = type_bytes(TYPE_FLOAT16, 2, (int64_t[]){ 0, 2 });
        EDIT(packed[i].words, f.initial[0].whole = &t; f.initial[1].whole = &b; f.initial[2].whole = &v; f.input_type = &type);
    }
    t = tensor_bytes(TYPE_FLOAT, 2, 3, 0);
    put_raw(&t, TENSOR_FLOATS, "12345678901234567890", 20);
    refused_tensor(&t, "it has 5 numbers of its type, not 6");
    put_raw(&t, TENSOR_INT32S, "1", 1);
    refused_tensor(&t, "numbers in more than one field");
    t = tensor_bytes(TYPE_DOUBLE, 2, 3, 0);
    put_raw(&t, TENSOR_FLOATS, "123456789012345678901234", 24);
    refused_tensor(&t, "it has 0 numbers of its type, not 6");
    t = tensor_bytes(TYPE_DOUBLE, 2, 3, 0);
    put_raw(&t, TENSOR_INT32S, "123456", 6);
    refused_tensor(&t, "it has 0 numbers of its type, not 6");
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
    EDIT("node 'one': Gemm takes a matrix, not the single image", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 1, (int64_t[]){ 0 });
    EDIT("dimension 0 is not a number", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 0, (int64_t[]){ 0 });
    EDIT("its shape is not [inputs], or [images, ...]", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 2, (int64_t[]){ 0, 0 });
    EDIT("dimension 1 is not a number", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 2, (int64_t[]){ 0, -2 });
    EDIT("dimension 1 is not a number", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 4, (int64_t[]){ 0, INT64_C(1) << 62, 4, 1 });
    EDIT("input 'x': the product of its dimensions overflows", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 3, (int64_t[]){ 0, 2, 1 });
    EDIT("'w' takes 2 inputs, which do not fit what it gets, 2 in 2 dimensions", f.input_type = &t);
    t = type_bytes(TYPE_FLOAT, 2, (int64_t[]){ 0, INT64_C(1) << 60 });
    EDIT("'w' takes 2 inputs", f.input_type = &t; f.node[3] = f.node[2]; f.node[2] = f.node[1]; f.node[1] = f.node[0];
         f.node[1].in[0] = "n"; f.node[0] = NODE("Sub", "zero", "n", { "x", "c" }, NULL, { NULL });
         f.initial[3] = (initial){ "c", { 1, 1 }, NULL });
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
    ASSERT(model->n_layers == 2 && model->layer[0].activation == GA_RELU && ga_model_output(model) == GA_LOGITS);
    ASSERT(ga_model_get(model, model->layer[0].weight, 1) == 0.5); /* w[1, 0] of [in, out] */
    ASSERT(ga_model_get(model, model->layer[0].bias, 2) == -0.5 && ga_model_get(model, model->layer[1].bias, 1) == 0);
    ga_model_free(model);
    ASSERT(ga_model_load(&model, path, &(ga_load){ .layout = GA_IN_OUT }, &st) == GA_BAD_FILE && model == NULL);
    ASSERT(strstr(st.message, "--layout is not for it") != NULL, "%s", st.message);
    ASSERT(ga_model_load(&model, path, &(ga_load){ .activation = "relu" }, &st) == GA_OK, "%s", st.message);
    ga_model_free(model);
    ASSERT(ga_model_load(&model, path, &(ga_load){ .activation = "tanh" }, &st) == GA_BAD_FILE && model == NULL);
    ASSERT(strstr(st.message, "it says itself that hidden layer 1 is relu") != NULL, "%s", st.message);
}

/* The pads along a length of so many numbers, of a node with auto_pad or, where that is NULL, ceil_mode. */
static void
pads_of(op_attributes *a, bool *last, const char *way, size_t side)
{
    Onnx__AttributeProto said = ONNX__ATTRIBUTE_PROTO__INIT, *const all[] = { &said };
    Onnx__NodeProto pool = ONNX__NODE_PROTO__INIT;
    onnx_chain chain = { .node = &pool };
    onnx_value x = { .n_dims = 3, .dim = { 0, 1, side } };
    onnx_reading r = { .chain = &chain, .in = { &x }, .n_in = 1 };
    said.name = (char *)(uintptr_t)(way != NULL ? "auto_pad" : "ceil_mode");
    said.has_s = way != NULL;
    said.s = (ProtobufCBinaryData){ way != NULL ? strlen(way) : 0, (uint8_t *)(uintptr_t)way };
    said.has_i = way == NULL;
    said.i = 1;
    pool.attribute = (Onnx__AttributeProto **)(uintptr_t)all;
    pool.n_attribute = 1;
    ASSERT(onnx_pads(a, last, &r) == GA_OK);
    ASSERT(a->pad[0] == 0 && a->pad[2] == 0, "pads of a height of 1: %zu, %zu", a->pad[0], a->pad[2]);
}

/* The least pads with which there are as many windows as strides begin, halved. */
static void
check_same(op_attributes a, size_t side, size_t size, bool lower)
{
    size_t pad = 0;
    bool last;
    while (side + pad < size || (side + pad - size) / a.stride[1] + 1 < (side + a.stride[1] - 1) / a.stride[1])
        pad++;
    pads_of(&a, &last, lower ? "SAME_LOWER" : "SAME_UPPER", side);
    ASSERT(!last && a.pad[lower ? 3 : 1] == pad / 2 && a.pad[1] + a.pad[3] == pad, "%zu and %zu, not %zu of %zu by %zu", a.pad[1],
           a.pad[3], pad, side, size);
}

/* Windows are counted one by one: those that are whole, and one that is not, where numbers are left and its first is not behind the
   image. */
static void
check_last(op_attributes a, size_t side, size_t size)
{
    const size_t whole = a.pad[1] + side + a.pad[3], end = a.pad[3];
    size_t begin = 0, covered = 0;
    bool last;
    for (; begin + size <= whole; begin += a.stride[1])
        covered = begin + size;
    const bool wanted = covered > 0 && begin < a.pad[1] + side && covered < whole;
    pads_of(&a, &last, NULL, side);
    ASSERT(last == wanted && a.pad[3] == (wanted ? begin + size - a.pad[1] - side : end), "%zu behind %zu by %zu, strides of %zu",
           a.pad[3], side, size, a.stride[1]);
}

static void
pads_windows(void)
{
    for (size_t side = 1; side <= 9; side++)
        for (size_t kernel = 1; kernel <= 5; kernel++)
            for (size_t gap = 0; gap < 3; gap++)
                for (size_t stride = 1; stride <= 4; stride++) {
                    op_attributes a = { .kernel = { 1, kernel }, .stride = { 1, stride }, .gap = { 0, gap } };
                    const size_t size = 1 + (kernel - 1) * (gap + 1);
                    bool last;
                    pads_of(&a, &last, "VALID", side);
                    ASSERT(!last && a.pad[1] == 0 && a.pad[3] == 0);
                    check_same(a, side, size, false);
                    check_same(a, side, size, true);
                    for (size_t pads = 0; pads < 9; pads++) {
                        a.pad[1] = pads % 3;
                        a.pad[3] = pads / 3;
                        check_last(a, side, size);
                    }
                }
}

TEST_MAIN("onnx", TEST(takes_chains), TEST(refuses_graphs), TEST(refuses_chains), TEST(rounds_constants),
          TEST(refuses_constants), TEST(refuses_moved_images), TEST(refuses_tensors), TEST(refuses_inputs),
          TEST(survives_flips), TEST(is_told),
          TEST(pads_windows))
