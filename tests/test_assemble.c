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
    };
    static const char *const in_out[][4] = {
        { "dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "dense_1/bias:0" },
        { "sequential/dense/kernel", "sequential/dense/bias", "sequential/dense_1/kernel", "sequential/dense_1/bias" },
        { "arr_0", "arr_1", "arr_2", "arr_3" },
        { "W0", "b0", "W1", "b1" },
        { "dense_0_kernel", "dense_0_bias", "dense_1_kernel", "dense_1_bias" },
        { "fc1_weight", "fc1_bias", "fc2_weight", "fc2_bias" },
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
    tensor_name_parts a, b;
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
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_1", 4, 3 }, { "arr_0", 4, 0 }), &st, "'arr_0' has no weight");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "arr_0", 4, 3 }, { "arr_1", 4, 0 }, { "arr_2", 4, 0 }), &st,
                  "'arr_2' has no weight");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "0.weight", 3, 0 }), &st, "0.weight: its shape is not [outputs, inputs]");
    check_refused(ASSEMBLE(GA_ANY_LAYOUT, &st, { "dense.kernel", 3, 2 }, { "dense.weight", 3, 2 }), &st,
                  "are the same tensor by their names");
}

TEST_MAIN("assemble", TEST(names), TEST(order), TEST(places), TEST(sizes), TEST(called_fc1), TEST(layout), TEST(refused))
