/* SPDX-License-Identifier: Apache-2.0 */
/* test_assemble.c -- a model from the names and shapes of tensors: names of PyTorch, Keras and NumPy, either layout, layers in any
   order; questions that names and shapes leave open. */
#include <string.h>

#include "core/model.h"

#include "io/tensor_names.h"
#include "io/tensors.h"
#include "test.h"

typedef struct {
    const char *name;
    size_t rows, cols; /* cols = 0: a bias */
} array;

/* Element i of an array is 1000 times its place in the list, plus i. */
static void
add(tensors *t, tensors_source *source, const array *a, size_t place)
{
    file_view own = { .bytes = { malloc(1000 * sizeof(float)), 1000 * sizeof(float) } };
    float *const data = (float *)(void *)own.bytes.data;
    const size_t dim[2] = { a->rows, a->cols }, n = a->rows * (a->cols > 0 ? a->cols : 1);
    for (size_t i = 0; i < n; i++)
        data[i] = (float)(1000 * place + i);
    ASSERT(tensors_add(t, source, a->name, ELEMENT_F32, a->cols > 0 ? 2 : 1, dim, data, &own) == GA_OK, "%s", source->st->message);
}

static ga_model *
assemble(const array *a, size_t n, ga_layout layout, ga_status *st)
{
    const ga_load options = { .layout = layout, .activation = "tanh", .max_file = 1 << 20, .max_memory = 1 << 20 };
    tensors_source source = { .path = "file", .options = &options, .st = st };
    tensors t = { 0 };
    ga_model *model = NULL;
    *st = (ga_status){ 0 };
    for (size_t i = 0; i < n; i++)
        add(&t, &source, a + i, i);
    const ga_code code = model_assemble(&model, &t, &source);
    ASSERT((code == GA_OK) == (model != NULL) && code == st->code, "%s", st->message);
    tensors_free(&t);
    return model;
}

#define ASSEMBLE(layout, st, ...) \
    assemble((const array[]){ __VA_ARGS__ }, sizeof((const array[]){ __VA_ARGS__ }) / sizeof(array), layout, st)

/* The weight of layer l came from the array at that place of the list, as it is or transposed, its bias from the other. */
static void
check_layer(const ga_model *m, size_t l, size_t weight, size_t bias, bool transposed)
{
    const ga_layer *layer = m->layer + l;
    bool good = true;
    for (size_t i = 0; i < layer->n_out; i++) {
        for (size_t j = 0; j < layer->n_in; j++) {
            const size_t from = transposed ? j * layer->n_out + i : i * layer->n_in + j;
            good = good && ((float *)layer->weight)[i * layer->n_in + j] == (float)(1000 * weight + from);
        }
        good = good && ((float *)layer->bias)[i] == (float)(1000 * bias + i);
    }
    ASSERT(good, "layer %zu", l);
}

static void
check_refused(ga_model *m, const ga_status *st, const char *fault)
{
    ASSERT(m == NULL && st->code == GA_BAD_FILE && strstr(st->message, fault) != NULL, "got: %s; want: %s", st->message, fault);
    ga_model_free(m);
}

static void
check_two_layers(ga_model *m, const ga_status *st, bool transposed)
{
    if (!ASSERT(m != NULL, "%s", st->message))
        return;
    ASSERT(m->n_layers == 2 && ga_model_inputs(m) == 5 && m->layer[0].n_out == 4 && ga_model_classes(m) == 3);
    check_layer(m, 0, 0, 1, transposed);
    check_layer(m, 1, 2, 3, transposed);
    ga_model_free(m);
}

static void
names(void)
{
    ga_status st;
    static const char *const out_in[][4] = {
        { "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias" },
        { "0.weight", "0.bias", "2.weight", "2.bias" },
        { "layers.0.linear.weight", "layers.0.linear.bias", "layers.11.linear.weight", "layers.11.linear.bias" },
        { "net.9.weight", "net.9.bias", "net.10.weight", "net.10.bias" },
        { "hidden.weight", "hidden.bias", "out.weight", "out.bias" },
        { "W1", "b1", "W2", "b2" },
        { "l1/W", "l1/b", "l2/W", "l2/b" },
        { "_orig_mod.module.model.0.weight", "_orig_mod.module.model.0.bias", "_orig_mod.module.model.2.weight",
          "_orig_mod.module.model.2.bias" },
    };
    static const char *const in_out[][4] = {
        { "dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "dense_1/bias:0" },
        { "sequential/dense/kernel", "sequential/dense/bias", "sequential/dense_1/kernel", "sequential/dense_1/bias" },
        { "arr_0", "arr_1", "arr_2", "arr_3" },
        { "W0", "b0", "W1", "b1" },
        { "dense_0_kernel", "dense_0_bias", "dense_1_kernel", "dense_1_bias" },
        { "fc1_weight", "fc1_bias", "fc2_weight", "fc2_bias" },
        { "weight_1", "bias_1", "weight_2", "bias_2" },
        { "params/Dense_0/kernel", "params/Dense_0/bias", "params/Dense_1/kernel", "params/Dense_1/bias" },
        { "mlp/~/linear_0/w", "mlp/~/linear_0/b", "mlp/~/linear_1/w", "mlp/~/linear_1/b" },
        { "linear/w", "linear/b", "linear_1/w", "linear_1/b" },
        { "fc/weights:0", "fc/biases:0", "fc_1/weights:0", "fc_1/biases:0" },
        { "layer-0/kernel/.ATTRIBUTES/VARIABLE_VALUE", "layer-0/bias/.ATTRIBUTES/VARIABLE_VALUE",
          "layer-1/kernel/.ATTRIBUTES/VARIABLE_VALUE", "layer-1/bias/.ATTRIBUTES/VARIABLE_VALUE" },
        { "Variable:0", "Variable_1:0", "Variable_2:0", "Variable_3:0" },
        { "coefs_0", "intercepts_0", "coefs_1", "intercepts_1" },
        { "coefs_.0", "intercepts_.0", "coefs_.1", "intercepts_.1" },
        { "W1:0", "b1:0", "W2:0", "b2:0" },
    };
    for (size_t i = 0; i < sizeof out_in / sizeof *out_in; i++) {
        const char *const *n = out_in[i];
        check_two_layers(ASSEMBLE(GA_ANY_LAYOUT, &st, { n[0], 4, 5 }, { n[1], 4, 0 }, { n[2], 3, 4 }, { n[3], 3, 0 }), &st, false);
    }
    for (size_t i = 0; i < sizeof in_out / sizeof *in_out; i++) {
        const char *const *n = in_out[i];
        check_two_layers(ASSEMBLE(GA_ANY_LAYOUT, &st, { n[0], 5, 4 }, { n[1], 4, 0 }, { n[2], 4, 3 }, { n[3], 3, 0 }), &st, true);
    }
}

/* The order in the file is none: numbers are read as numbers, and shapes order what has none. */
static void
order(void)
{
    ga_status st;
    ga_model *m = ASSEMBLE(GA_ANY_LAYOUT, &st, { "l10.weight", 2, 2 }, { "l10.bias", 2, 0 }, { "l9.weight", 2, 3 },
                           { "l9.bias", 2, 0 });
    if (ASSERT(m != NULL, "%s", st.message)) {
        check_layer(m, 0, 2, 3, false);
        check_layer(m, 1, 0, 1, false);
    }
    ga_model_free(m);
    m = ASSEMBLE(GA_ANY_LAYOUT, &st, { "out.weight", 2, 3 }, { "out.bias", 2, 0 }, { "in.weight", 4, 5 }, { "in.bias", 4, 0 },
                 { "between.weight", 3, 4 }, { "between.bias", 3, 0 });
    if (ASSERT(m != NULL, "%s", st.message)) {
        check_layer(m, 0, 2, 3, false);
        check_layer(m, 1, 4, 5, false);
        check_layer(m, 2, 0, 1, false);
    }
    ga_model_free(m);
    /* places alone: what a tensor is its shape says */
    m = ASSEMBLE(GA_IN_OUT, &st, { "arr_10", 3, 2 }, { "arr_2", 4, 3 }, { "arr_0", 5, 4 }, { "arr_3", 3, 0 });
    if (ASSERT(m != NULL && m->n_layers == 3, "%s", st.message)) {
        ASSERT(((float *)m->layer[0].weight)[1] == 2004 && ((float *)m->layer[0].bias)[3] == 0);
        check_layer(m, 1, 1, 3, true);
        ASSERT(((float *)m->layer[2].weight)[1] == 2 && ((float *)m->layer[2].bias)[1] == 0);
    }
    ga_model_free(m);
    check_refused(ASSEMBLE(GA_OUT_IN, &st, { "a.weight", 3, 3 }, { "b.weight", 3, 3 }), &st, "in which order its layers are");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "fc1.weight", 3, 4 }, { "fc1.bias", 3, 0 }, { "fc2.weight", 5, 2 },
                           { "fc2.bias", 5, 0 }),
                  &st, "fc2.weight has 2 inputs, but fc1.weight 3 outputs");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "a.weight", 3, 4 }, { "a.bias", 3, 0 }, { "b.weight", 5, 2 }, { "b.bias", 5, 0 }),
                  &st,
                  "do not chain to one network");
}

/* fc1 is 5 -> 4, fc2 4 -> 3, and output 3 -> 5: the shapes leave three orders. */
static void
words(void)
{
    static const char *const last[] = { "output", "out", "classifier", "model.head" }, *const first[] = { "input", "encoder.in" };
    ga_status st;
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s.weight", last[i]);
        ga_model *m = ASSEMBLE(GA_OUT_IN, &st, { name, 5, 3 }, { "fc2.weight", 3, 4 }, { "fc1.weight", 4, 5 });
        if (ASSERT(m != NULL && ga_model_inputs(m) == 5 && ga_model_classes(m) == 5, "%s: %s", name, st.message))
            ASSERT(((float *)m->layer[0].weight)[0] == 2000 && ((float *)m->layer[2].weight)[0] == 0);
        ga_model_free(m);
    }
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s.weight", first[i]);
        ga_model *m = ASSEMBLE(GA_OUT_IN, &st, { "fc2.weight", 3, 4 }, { name, 5, 3 }, { "fc1.weight", 4, 5 });
        if (ASSERT(m != NULL && ga_model_inputs(m) == 3, "%s: %s", name, st.message))
            ASSERT(((float *)m->layer[0].weight)[0] == 1000 && ((float *)m->layer[1].weight)[0] == 2000);
        ga_model_free(m);
    }
    check_refused(ASSEMBLE(GA_OUT_IN, &st, { "other.weight", 5, 3 }, { "fc2.weight", 3, 4 }, { "fc1.weight", 4, 5 }), &st,
                  "in which order its layers are; an ONNX file does");
}

/* All biases after all weights, as in numpy.savez(file, *coefs_, *intercepts_), and biases of two dimensions. */
static void
biases(void)
{
    ga_status st;
    ga_model *m = ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 5, 4 }, { "arr_1", 4, 3 }, { "arr_2", 4, 0 }, { "arr_3", 3, 0 });
    if (ASSERT(m != NULL && m->n_layers == 2, "%s", st.message)) {
        check_layer(m, 0, 0, 2, true);
        check_layer(m, 1, 1, 3, true);
    }
    ga_model_free(m);
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 5, 4 }, { "arr_1", 4, 3 }, { "arr_2", 4, 0 }, { "arr_3", 3, 0 },
                           { "arr_4", 3, 0 }),
                  &st, "'arr_3' has no weight");
    check_two_layers(ASSEMBLE(GA_ANY_LAYOUT, &st, { "W1", 4, 5 }, { "b1", 4, 1 }, { "W2", 3, 4 }, { "b2", 3, 1 }), &st, false);
    check_two_layers(ASSEMBLE(GA_ANY_LAYOUT, &st, { "W1", 5, 4 }, { "b1", 1, 4 }, { "W2", 4, 3 }, { "b2", 1, 3 }), &st, true);
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "W1", 5, 4 }, { "b1", 2, 2 }), &st, "b1: its shape is not [outputs]");
    check_refused(ASSEMBLE(GA_OUT_IN, &st, { "W1", 5, 4 }, { "b1", 1, 4 }), &st, "b1 has 4 elements, but W1 5 outputs");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "Theta1", 6, 5 }, { "Theta2", 3, 7 }), &st,
                  "Theta2 has 7 columns for the 6 outputs of Theta1: one seems to be the bias");
}

/* Biases of two dimensions, of arrays that have only places, are known by what chains. */
static void
placed_biases(void)
{
    ga_status st;
    check_two_layers(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 5 }, { "arr_1", 4, 1 }, { "arr_2", 3, 4 }, { "arr_3", 3, 1 }), &st,
                     false);
    check_two_layers(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 5, 4 }, { "arr_1", 1, 4 }, { "arr_2", 4, 3 }, { "arr_3", 1, 3 }), &st,
                     true);
    check_two_layers(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 5 }, { "arr_1", 1, 4 }, { "arr_2", 3, 4 }, { "arr_3", 1, 3 }), &st,
                     false);
    ga_model *m = ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 5, 4 }, { "arr_1", 4, 3 }, { "arr_2", 1, 4 }, { "arr_3", 1, 3 });
    if (ASSERT(m != NULL && m->n_layers == 2, "%s", st.message)) {
        check_layer(m, 0, 0, 2, true);
        check_layer(m, 1, 1, 3, true);
    }
    ga_model_free(m);
    m = ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 5 }, { "arr_1", 4, 1 }); /* a column is no layer after it */
    if (ASSERT(m != NULL && m->n_layers == 1, "%s", st.message))
        check_layer(m, 0, 0, 1, false);
    ga_model_free(m);
    m = ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 5 }, { "arr_1", 7, 4 }, { "arr_2", 1, 7 }); /* no biases */
    ASSERT(m != NULL && m->n_layers == 3, "%s", st.message);
    ga_model_free(m);
    m = ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 5 }, { "arr_1", 1, 4 }, { "arr_2", 4, 0 }, { "arr_3", 1, 0 }); /* biases */
    if (ASSERT(m != NULL && m->n_layers == 2, "%s", st.message))
        check_layer(m, 1, 1, 3, false);
    ga_model_free(m);
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 5 }, { "arr_1", 1, 4 }), &st,
                  "may be weights or biases here: save them by");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 5 }, { "arr_1", 1, 4 }, { "arr_2", 1, 4 }, { "arr_3", 1, 1 }), &st,
                  "may be weights or biases here: save them by name: numpy.savez('model.npz', W1=...");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 5 }, { "arr_1", 2, 2 }, { "arr_2", 1, 4 }, { "arr_3", 1, 1 }), &st,
                  "arr_1 has 2 inputs, but arr_0 4 outputs"); /* which is no bias of 4 */
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 5 }, { "arr_1", 2, 1 }), &st,
                  "arr_1 has 1 inputs, but arr_0 4 outputs; if this is not the order");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 0 }, { "arr_1", 4, 5 }), &st,
                  "'arr_0' has no weight before it: save them by");
}

/* What computes nothing is left out and named; nothing else is. */
static void
records(void)
{
    const ga_load options = { .activation = "tanh", .max_file = 1 << 20, .max_memory = 1 << 20 };
    static const struct {
        const char *name;
        tensor_element element;
        size_t n_dims, dim;
        const char *fault; /* NULL: left out */
    } cases[] = {
        { "epoch", ELEMENT_OTHER, 0, 1, NULL },          { "dropout", ELEMENT_OTHER, 0, 1, NULL },
        { "train_loss", ELEMENT_F64, 1, 9, NULL },       { "best/val_acc", ELEMENT_F32, 0, 1, NULL },
        { "lr", ELEMENT_F64, 0, 1, NULL },               { "temperature", ELEMENT_F32, 0, 1, "may change what" },
        { "closs", ELEMENT_F32, 1, 9, "is no weight" },  { "loss", ELEMENT_F32, 2, 3, "is no weight or bias" },
        { "labels", ELEMENT_OTHER, 1, 4, "is no weight" }, { "fc2.bias", ELEMENT_OTHER, 1, 4, "integers are no weights" },
        { "lr.bias", ELEMENT_F32, 1, 9, "'lr.bias' has no weight" },
        { "fc1.bias", ELEMENT_F32, 0, 1, "a single number; its shape is not [outputs]" },
        { "temperature", ELEMENT_OTHER, 0, 1, "may change what the network computes" },
        { "head.logit_scale", ELEMENT_OTHER, 0, 1, "save the file without it if the network does not use it" },
        { "temperature", ELEMENT_F32, 1, 4, "computes nothing from it, save the file without it" },
        { "pixel_mean", ELEMENT_F32, 1, 2, "and say --mean and --std" },
        { "threshold", ELEMENT_F32, 0, 1, "tensor 'threshold' is no weight or bias" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const double numbers[16] = { 1 };
        ga_status st = { 0 };
        tensors_source source = { .path = "file", .options = &options, .st = &st };
        tensors t = { 0 };
        ga_model *m = NULL;
        const size_t dim[2] = { cases[i].dim, cases[i].dim };
        add(&t, &source, &(array){ "fc1.weight", 3, 2 }, 0);
        add(&t, &source, &(array){ "fc2.weight", 4, 3 }, 1);
        ASSERT(tensors_add(&t, &source, cases[i].name, cases[i].element, cases[i].n_dims, dim, numbers, NULL) == GA_OK);
        if (model_assemble(&m, &t, &source) == GA_OK) {
            const char *const left_out = ga_model_meta(m, "left_out");
            ASSERT(cases[i].fault == NULL && left_out != NULL && strcmp(left_out, cases[i].name) == 0, "%s", cases[i].name);
            ASSERT(m->dtype == GA_F32, "%s", cases[i].name);
        } else
            ASSERT(cases[i].fault != NULL && strstr(st.message, cases[i].fault) != NULL, "%s: %s", cases[i].name, st.message);
        ga_model_free(m);
        tensors_free(&t);
    }
}

/* Where a number stands in a name is part of the name, and what has none comes before what has one there. */
static void
places(void)
{
    static const struct {
        const char *a, *b;
        bool same;
        int order;
    } cases[] = {
        { "a1b.weight", "a1b.bias", true, 0 },
        { "a1b.weight", "ab1.bias", false, 0 },
        { "fc2_out.weight", "fc_out2.bias", false, 0 },
        { "x1.y.weight", "x.y1.bias", false, 1 },
        { "x1/y/kernel:0", "x/y1/bias:0", false, 1 },
        { "dense_1/dense/kernel:0", "dense/dense_1/bias:0", false, 1 },
        { "dense/kernel:0", "dense_0/bias:0", false, -1 },
        { "dense_9/kernel:0", "dense_10/bias:0", false, -1 },
        { "a0b.weight", "ab.bias", false, 1 },
        { "W7", "b7", true, 0 },
        { "arr_6", "arr_7", false, -1 },
        { "arr_7", "arr_8", false, -1 },
        { "a.b.c.d.e.f.g.h.i.j.1.weight", "a.b.c.d.e.f.g.h.i.j.1.bias", true, 0 },
    };
    layer_name a, b;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (ASSERT(tensor_name_parse(&a, cases[i].a) && tensor_name_parse(&b, cases[i].b), "%s", cases[i].a))
            ASSERT(tensor_name_same_layer(&a, &b) == cases[i].same && tensor_name_compare(&a, &b) == cases[i].order, "%s",
                   cases[i].a);
    ASSERT(!tensor_name_parse(&a, "1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1.weight"));
    ASSERT(tensor_name_parse(&a, "1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1.weight"));
    ASSERT(!tensor_name_parse(&a, ".................................weight"));
    ASSERT(tensor_name_parse(&a, "................................weight"));
    ga_status st;
    check_refused(ASSEMBLE(GA_OUT_IN, &st, { "a1b.weight", 3, 3 }, { "ab1.bias", 3, 0 }), &st, "'ab1.bias' has no weight");
    ga_model *m = ASSEMBLE(GA_ANY_LAYOUT, &st, { "fc2_out.weight", 4, 5 }, { "fc2_out.bias", 4, 0 }, { "fc_out2.weight", 3, 4 },
                           { "fc_out2.bias", 3, 0 });
    check_two_layers(m, &st, false);
}

/* Numbers that are no order: the shapes have one, or none; but numbers that chain are the order, in whatever layout. */
static void
sizes(void)
{
    ga_status st;
    check_two_layers(ASSEMBLE(GA_ANY_LAYOUT, &st, { "dense_4.weight", 4, 5 }, { "dense_4.bias", 4, 0 }, { "dense_3.weight", 3, 4 },
                              { "dense_3.bias", 3, 0 }), &st, false);
    check_two_layers(ASSEMBLE(GA_ANY_LAYOUT, &st, { "dense_4.weight", 5, 4 }, { "dense_4.bias", 4, 0 }, { "dense_3.weight", 4, 3 },
                              { "dense_3.bias", 3, 0 }), &st, true);
    /* 5 -> 4 -> 3 is what the numbers say; the reverse chains in the other layout, and is not taken even if that is asked for */
    ga_model *m = ASSEMBLE(GA_ANY_LAYOUT, &st, { "l1.weight", 4, 5 }, { "l2.weight", 3, 4 });
    ASSERT(m != NULL && ga_model_inputs(m) == 5, "%s", st.message);
    ga_model_free(m);
    check_refused(ASSEMBLE(GA_IN_OUT, &st, { "l1.weight", 4, 5 }, { "l2.weight", 3, 4 }), &st,
                  "l2.weight has 3 inputs, but l1.weight 5");
    /* 2, 3, 1 chains in one way; its reverse, too, in the other layout, unless there are biases */
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "l1.weight", 2, 3 }, { "l2.weight", 4, 5 }, { "l3.weight", 3, 4 }), &st,
                  "say --layout");
    m = ASSEMBLE(GA_OUT_IN, &st, { "l1.weight", 2, 3 }, { "l2.weight", 4, 5 }, { "l3.weight", 3, 4 });
    if (ASSERT(m != NULL && ga_model_inputs(m) == 5 && ga_model_classes(m) == 2, "%s", st.message))
        ASSERT(((float *)m->layer[0].weight)[0] == 1000 && ((float *)m->layer[1].weight)[0] == 2000);
    ga_model_free(m);
    m = ASSEMBLE(GA_IN_OUT, &st, { "l1.weight", 2, 3 }, { "l2.weight", 4, 5 }, { "l3.weight", 3, 4 });
    ASSERT(m != NULL && ga_model_inputs(m) == 2 && ga_model_classes(m) == 5, "%s", st.message);
    ga_model_free(m);
    /* l1, l3 and the squares l2, l4 chain in more than one order */
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "l1.weight", 3, 4 }, { "l1.bias", 3, 0 }, { "l2.weight", 3, 3 },
                           { "l2.bias", 3, 0 }, { "l3.weight", 4, 3 }, { "l3.bias", 4, 0 }, { "l4.weight", 3, 3 },
                           { "l4.bias", 3, 0 }),
                  &st, "l4.weight has 3 inputs, but l3.weight 4 outputs");
}

/* The layer may be called fc1: what Keras calls so is a Keras layer. */
static void
called_fc1(void)
{
    ga_status st;
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "fc1/kernel:0", 4, 4 }, { "fc1/bias:0", 4, 0 }), &st, "say --layout");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "fc1.weight", 4, 4 }, { "fc1.bias", 4, 0 }), &st, "say --layout");
    ga_model *m = ASSEMBLE(GA_ANY_LAYOUT, &st, { "fc1/kernel:0", 16, 4 }, { "fc1/bias:0", 4, 0 });
    if (ASSERT(m != NULL && ga_model_inputs(m) == 16, "%s", st.message))
        check_layer(m, 0, 0, 1, true);
    ga_model_free(m);
}

/* Square matrices leave the layout open, unless another matrix of the file decides it; a missing bias is zeros. */
static void
layout(void)
{
    ga_status st;
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.weight", 3, 3 }, { "0.bias", 3, 0 }), &st,
                  "say --layout out-in or --layout in-out");
    for (int transposed = 0; transposed < 2; transposed++) {
        ga_model *m = ASSEMBLE(transposed ? GA_IN_OUT : GA_OUT_IN, &st, { "0.weight", 3, 3 }, { "0.bias", 3, 0 });
        if (ASSERT(m != NULL, "%s", st.message))
            check_layer(m, 0, 0, 1, transposed);
        ga_model_free(m);
        m = transposed ? ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.weight", 3, 3 }, { "0.bias", 3, 0 }, { "1.weight", 3, 2 },
                                  { "1.bias", 2, 0 })
                       : ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.weight", 3, 3 }, { "0.bias", 3, 0 }, { "1.weight", 2, 3 },
                                  { "1.bias", 2, 0 });
        if (ASSERT(m != NULL, "%s", st.message))
            check_layer(m, 0, 0, 1, transposed);
        ga_model_free(m);
    }
    check_refused(ASSEMBLE(GA_IN_OUT, &st, { "0.weight", 4, 5 }, { "0.bias", 4, 0 }), &st,
                  "0.bias has 4 elements, but 0.weight 5 outputs");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.weight", 4, 5 }), &st, "say --layout");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.weight", 2, 1 }, { "1.weight", 1, 2 }), &st, "say --layout");
    ga_model *single = ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.weight", 1, 1 }, { "0.bias", 1, 0 }, { "1.weight", 1, 1 });
    ASSERT(single != NULL && single->n_layers == 2 && *(float *)single->layer[1].weight == 2000, "%s", st.message);
    ga_model_free(single);
    ga_model *m = ASSEMBLE(GA_OUT_IN, &st, { "0.weight", 4, 5 });
    ASSERT(m != NULL && ((float *)m->layer[0].bias)[3] == 0, "%s", st.message);
    ga_model_free(m);
}

/* Weights of 4 -> 3 and 3 -> 4 in turns, which chain: their names say whether they are of one network. */
static void
one_network(void)
{
    static const struct {
        const char *name[4];
        bool one;
    } cases[] = {
        { { "actor.0.weight", "actor.2.weight", "critic.0.weight", "critic.2.weight" }, false },
        { { "policy_net.0.weight", "policy_net.2.weight", "value_net.0.weight", "value_net.2.weight" }, false },
        { { "G.fc1.weight", "G.fc2.weight", "D.fc1.weight", "D.fc2.weight" }, false },
        { { "models.0.fc1.weight", "models.0.fc2.weight", "models.1.fc1.weight", "models.1.fc2.weight" }, false },
        { { "0.fc1.weight", "0.fc2.weight", "1.fc1.weight", "1.fc2.weight" }, false },
        { { "one/dense/kernel:0", "one/dense_1/kernel:0", "two/dense/kernel:0", "two/dense_1/kernel:0" }, false },
        { { "fc1.weight", "fc2.weight", "ema.fc1.weight", "ema.fc2.weight" }, false },
        { { "input.weight", "between.weight", "head_a.weight", "head_b.weight" }, false },
        { { "input.weight", "between.weight", "student.fc.weight", "teacher.fc.weight" }, false },
        { { "encoder.0.weight", "encoder.2.weight", "decoder.0.weight", "decoder.2.weight" }, true },
        { { "backbone.fc1.weight", "backbone.fc2.weight", "head.fc1.weight", "head.fc2.weight" }, true },
        { { "features.0.weight", "features.2.weight", "classifier.0.weight", "classifier.2.weight" }, true },
        { { "layers.0.linear.weight", "layers.1.linear.weight", "layers.2.linear.weight", "layers.3.linear.weight" }, true },
        { { "blocks.0.fc1.weight", "blocks.0.fc2.weight", "blocks.1.fc1.weight", "blocks.1.fc2.weight" }, true },
        { { "actor.0.weight", "actor.2.weight", "actor.4.weight", "actor.6.weight" }, true },
        { { "dense/dense/kernel:0", "dense_1/dense_1/kernel:0", "dense_2/dense_2/kernel:0", "dense_3/dense_3/kernel:0" }, true },
        { { "fc_1_weight", "fc_2_weight", "fc_3_weight", "fc_4_weight" }, true },
        { { "W1", "W2", "W11", "W12" }, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const *n = cases[i].name;
        ga_status st;
        ga_model *m = ASSEMBLE(GA_OUT_IN, &st, { n[0], 3, 4 }, { n[1], 4, 3 }, { n[2], 3, 4 }, { n[3], 4, 3 });
        if (cases[i].one)
            ASSERT(m != NULL && m->n_layers == 4 && ((float *)m->layer[2].weight)[0] == 2000, "%s: %s", n[0], st.message);
        else
            check_refused(m, &st, "look like layers of two networks by their names: save one network alone");
        if (cases[i].one)
            ga_model_free(m);
    }
}

/* What PyTorch keeps of a weight or a bias that is pruned, in the order of a state_dict. */
static void
pruned(void)
{
    ga_status st;
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.bias", 3, 0 }, { "0.weight_orig", 3, 2 }, { "0.weight_mask", 3, 2 }), &st,
                  "torch.nn.utils.prune.remove(LAYER, 'weight')");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.weight", 3, 2 }, { "0.bias_orig", 3, 0 }, { "0.bias_mask", 3, 0 }), &st,
                  "torch.nn.utils.prune.remove(LAYER, 'bias')");
}

static void
refused(void)
{
    ga_status st;
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "bn.running_mean", 3, 0 }), &st,
                  "'bn.running_mean' is of a batch normalisation (BatchNorm)");
    static const struct {
        const char *name, *fault;
    } others[] = {
        { "dense/batch_normalization/moving_variance:0", "BatchNorm" }, { "1.num_batches_tracked", "BatchNorm" },
        { "norm.gamma", "LayerNorm or BatchNorm" },                      { "0.weight_g", "remove_weight_norm" },
        { "0.weight_orig", "remove_spectral_norm" },                     { "0.parametrizations.weight.original1", "is no weight" },
        { "0.parametrizations.weight.original0", "remove_parametrizations" },
        { "0.parametrizations.weight.original", "remove_parametrizations" },
        { "rnn.weight_hh_l0", "recurrent" },                             { "x_train", "of a data set, which is for --data" },
        { "alphabeta", "is no weight or bias" },                         { "0.lora_A.default.weight", "merge_and_unload" },
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.weight", 3, 2 }, { others[i].name, 3, 0 }), &st, others[i].fault);
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.bias", 3, 0 }), &st, "'0.bias' has no weight");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_1", 4, 3 }, { "arr_0", 4, 0 }), &st, "'arr_0' has no weight");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 3 }, { "arr_1", 4, 0 }, { "arr_2", 4, 0 }), &st,
                  "'arr_2' has no weight");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.weight", 3, 0 }), &st, "0.weight: its shape is not [outputs, inputs]");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "dense.kernel", 3, 2 }, { "dense.weight", 3, 2 }), &st,
                  "are the same tensor by their names");
}

TEST_MAIN("assemble", TEST(names), TEST(order), TEST(words), TEST(biases), TEST(records), TEST(places), TEST(placed_biases),
          TEST(sizes), TEST(called_fc1), TEST(layout), TEST(one_network), TEST(pruned), TEST(refused))
