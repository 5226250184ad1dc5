/* SPDX-License-Identifier: Apache-2.0 */
/* test_assemble.c -- a model from the names and shapes of tensors: names of PyTorch, Keras and NumPy, either layout, layers in any
   order; what names and shapes leave open is asked for. */
#include <string.h>

#include <gradaudit/model.h>

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
    float data[1000];
    const size_t dim[2] = { a->rows, a->cols }, n = a->rows * (a->cols > 0 ? a->cols : 1);
    for (size_t i = 0; i < n; i++)
        data[i] = (float)(1000 * place + i);
    ASSERT(tensors_add(t, source, a->name, ELEMENT_F32, a->cols > 0 ? 2 : 1, dim, data) == GA_OK, "%s", source->st->message);
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
    };
    static const char *const in_out[][4] = {
        { "dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "dense_1/bias:0" },
        { "sequential/dense/kernel", "sequential/dense/bias", "sequential/dense_1/kernel", "sequential/dense_1/bias" },
        { "arr_0", "arr_1", "arr_2", "arr_3" },
        { "W0", "b0", "W1", "b1" },
        { "weight_1", "bias_1", "weight_2", "bias_2" },
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
    check_refused(ASSEMBLE(GA_OUT_IN, &st, { "a.weight", 3, 3 }, { "b.weight", 3, 3 }), &st, "in which order its layers are");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "fc1.weight", 3, 4 }, { "fc1.bias", 3, 0 }, { "fc2.weight", 5, 2 },
                           { "fc2.bias", 5, 0 }),
                  &st, "fc2.weight has 2 inputs, but fc1.weight 3 outputs");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "a.weight", 3, 4 }, { "a.bias", 3, 0 }, { "b.weight", 5, 2 }, { "b.bias", 5, 0 }),
                  &st,
                  "do not chain to one network");
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
    ga_model *m = ASSEMBLE(GA_OUT_IN, &st, { "0.weight", 4, 5 });
    ASSERT(m != NULL && ((float *)m->layer[0].bias)[3] == 0, "%s", st.message);
    ga_model_free(m);
}

static void
refused(void)
{
    ga_status st;
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "bn.running_mean", 3, 0 }), &st, "tensor 'bn.running_mean' is no weight or bias");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.bias", 3, 0 }), &st, "'0.bias' has no weight");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.weight", 3, 0 }), &st, "0.weight: its shape is not [outputs, inputs]");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "dense.kernel", 3, 2 }, { "dense.weight", 3, 2 }), &st,
                  "are the same tensor by their names");
}

TEST_MAIN("assemble", TEST(names), TEST(order), TEST(layout), TEST(refused))
