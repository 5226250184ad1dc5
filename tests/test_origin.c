/* SPDX-License-Identifier: Apache-2.0 */
/* test_origin.c -- networks in which each element is lost in a known way. */
#include <string.h>

#include "audit/examine.h"
#include "networks.h"

/* Three classes; the logits are the readout's biases but for what the units add. */
static ga_model *
planted(ga_dtype dtype, size_t n_layers, size_t n_in, size_t width, ga_activation f)
{
    size_t sizes[8] = { n_in };
    ga_activation hidden[8] = { GA_LINEAR };
    for (size_t l = 1; l < n_layers; l++) {
        sizes[l] = width;
        hidden[l - 1] = f;
    }
    sizes[n_layers] = 3;
    return ga_model_new(dtype, n_layers, sizes, hidden, NULL);
}

static void
set_weight(ga_model *m, size_t l, size_t out, size_t in, double value)
{
    ga_model_set(m, m->layer[l].weight, out * m->layer[l].n_in + in, value);
}

static void
set_bias(ga_model *m, size_t l, size_t out, double value)
{
    ga_model_set(m, m->layer[l].bias, out, value);
}

/* One image of pixels 0 or 255 (x = 0 or 1), label 0. */
static ga_dataset *
image_of(size_t n_in, int on)
{
    ga_dataset *ds = calloc(1, sizeof *ds);
    *ds = (ga_dataset){ .n = 1, .rows = 1, .cols = n_in, .pixel = malloc(n_in), .label = calloc(1, 1) };
    memset(ds->pixel, on ? 255 : 0, n_in);
    return ds;
}

typedef struct {
    ga_cell cell;
    size_t n;
    origin_kind kind[3];
    engine_tensor tensor[3];
    size_t layer[3];
} expectation;

static void
expect(const char *format, ga_formulas formulas, const ga_model *m, int on, const expectation *want)
{
    ga_dataset *ds = image_of(ga_model_inputs(m), on);
    const ga_estimator e = network_estimator(format, formulas, GA_LOOP);
    examination x;
    ga_status st = { 0 };
    if (!ASSERT(examine(&x, m, ds, 0, &e, 0.01, &st) == GA_OK, "%s", st.message))
        return;
    for (size_t j = 0; j < x.n; j++) {
        origin found[MOST_ORIGINS];
        const size_t n = origin_find(found, &x.view, j, x.finding[j].cell);
        ASSERT(x.finding[j].cell == want[j].cell, "%s element %zu: %s, not %s", format, j, ga_cell_names[x.finding[j].cell],
               ga_cell_names[want[j].cell]);
        if (!ASSERT(n == want[j].n, "%s element %zu has %zu origins, the first %s", format, j, n,
                    n > 0 ? origin_names[found[0].kind] : "-"))
            continue;
        for (size_t i = 0; i < n; i++)
            ASSERT(found[i].kind == want[j].kind[i] && found[i].tensor == want[j].tensor[i] && found[i].layer == want[j].layer[i],
                   "%s element %zu origin %zu: %s tensor %d layer %zu, not %s", format, j, i, origin_names[found[i].kind],
                   (int)found[i].tensor, found[i].layer, origin_names[want[j].kind[i]]);
    }
    examination_free(&x);
    ga_dataset_free(ds);
}

#define ONE(cell, kind, tensor, layer) { cell, 1, { kind }, { tensor }, { layer } }
#define TWO(cell, kind0, layer0, kind1, layer1) \
    { cell, 2, { kind0, kind1 }, { TENSOR_DERIVATIVE, TENSOR_DERIVATIVE }, { layer0, layer1 } }

/* Unit j sees input j alone, at weight w, bias b; its readout goes to class 1 with weight v. x = 0, so z = b; the residuals are all
   moderate: dL/dx_j = r_1 v sigma'(b) w. */
static void
set_unit(ga_model *m, size_t j, double w, double b, double v)
{
    set_weight(m, 0, j, j, w);
    set_bias(m, 0, j, b);
    set_weight(m, 1, 1, j, v);
}

/* float: sigma(20) = 1 though sigma' = 2e-9; e^100 overflows though sigma'(100) = 3.7e-44 is a subnormal number; beyond 104 the
   truth rounds to 0. delta = 1e-31 * 4e-18 underflows, and 1e-45/3 does as a product in the sum. */
static void
one_by_one_float(void)
{
    ga_model *m = planted(GA_F32, 2, 8, 8, GA_SIGMOID);
    set_unit(m, 0, 1, 0.5, 1);
    set_unit(m, 1, 1, 20, 1);
    set_unit(m, 2, 1, -100, 1);
    set_unit(m, 3, 1, -200, 1);
    set_unit(m, 4, 1, 200, 1);
    set_unit(m, 5, 1e30, -40, 1e-30);
    set_unit(m, 6, 1e30, 0, 0);
    set_weight(m, 1, 2, 6, 1e-45); /* to class 2, whose probability is below 1/2 */
    set_unit(m, 7, 1, -40, 1e-30);
    const expectation want[] = {
        { GA_CELL_RIGHT, 0, { 0 }, { 0 }, { 0 } },
        ONE(GA_CELL_LOST, ORIGIN_SIGMA_ABSORPTION, TENSOR_DERIVATIVE, 0),
        ONE(GA_CELL_LOST, ORIGIN_SIGMA_UNDERFLOW, TENSOR_DERIVATIVE, 0),
        ONE(GA_CELL_BELOW_RANGE, ORIGIN_SIGMA_UNDERFLOW, TENSOR_DERIVATIVE, 0),
        ONE(GA_CELL_BELOW_RANGE, ORIGIN_SIGMA_ABSORPTION, TENSOR_DERIVATIVE, 0),
        ONE(GA_CELL_LOST, ORIGIN_PRODUCT_UNDERFLOW, TENSOR_DELTA, 0),
        ONE(GA_CELL_LOST, ORIGIN_SUM_UNDERFLOW, TENSOR_BACK_SUM, 0),
        ONE(GA_CELL_BELOW_RANGE, ORIGIN_PRODUCT_UNDERFLOW, TENSOR_DELTA, 0),
    };
    expect("float", GA_NAIVE, m, 0, want);
    ga_model_free(m);
}

/* The same in double: sigma(40) = 1, e^710 overflows (sigma'(720) = 2e-313 is subnormal), 745 is the end. */
static void
one_by_one_double(void)
{
    ga_model *m = planted(GA_F64, 2, 8, 8, GA_SIGMOID);
    set_unit(m, 0, 1, 0.5, 1);
    set_unit(m, 1, 1, 40, 1);
    set_unit(m, 2, 1, -720, 1);
    set_unit(m, 3, 1, -800, 1);
    set_unit(m, 4, 1, 800, 1);
    set_unit(m, 5, 1e300, -100, 1e-300);
    set_unit(m, 6, 1e300, 0, 0);
    set_weight(m, 1, 2, 6, 4e-324);
    set_unit(m, 7, 1, -100, 1e-300);
    const expectation want[] = {
        { GA_CELL_RIGHT, 0, { 0 }, { 0 }, { 0 } },
        ONE(GA_CELL_LOST, ORIGIN_SIGMA_ABSORPTION, TENSOR_DERIVATIVE, 0),
        ONE(GA_CELL_LOST, ORIGIN_SIGMA_UNDERFLOW, TENSOR_DERIVATIVE, 0),
        ONE(GA_CELL_BELOW_RANGE, ORIGIN_SIGMA_UNDERFLOW, TENSOR_DERIVATIVE, 0),
        ONE(GA_CELL_BELOW_RANGE, ORIGIN_SIGMA_ABSORPTION, TENSOR_DERIVATIVE, 0),
        ONE(GA_CELL_LOST, ORIGIN_PRODUCT_UNDERFLOW, TENSOR_DELTA, 0),
        ONE(GA_CELL_LOST, ORIGIN_SUM_UNDERFLOW, TENSOR_BACK_SUM, 0),
        ONE(GA_CELL_BELOW_RANGE, ORIGIN_PRODUCT_UNDERFLOW, TENSOR_DELTA, 0),
    };
    expect("double", GA_NAIVE, m, 0, want);
    ga_model_free(m);
}

/* Rewriting saves what absorption lost and not what the range cannot hold. */
static void
rewritten_float(void)
{
    ga_model *m = planted(GA_F32, 2, 4, 4, GA_SIGMOID);
    set_unit(m, 0, 1, 20, 1);
    set_unit(m, 1, 1, -100, 1);
    set_unit(m, 2, 1, 200, 1);
    set_unit(m, 3, 1e30, 110, 1e30);
    const expectation want[] = {
        { GA_CELL_RIGHT, 0, { 0 }, { 0 }, { 0 } },
        ONE(GA_CELL_INACCURATE, ORIGIN_SUBNORMAL_LOSS, TENSOR_DERIVATIVE, 0),
        ONE(GA_CELL_BELOW_RANGE, ORIGIN_SIGMA_UNDERFLOW, TENSOR_DERIVATIVE, 0),
        ONE(GA_CELL_LOST, ORIGIN_SIGMA_UNDERFLOW, TENSOR_DERIVATIVE, 0),
    };
    expect("float", GA_REWRITE, m, 0, want);
    ga_model_free(m);
}

/* Margin 20 over both others: p_0 = 1, r_0 = 0, r_1 = 2e-9; margin 110: p_1 = 0 as well. Unit 0 is heard by class 0 alone, unit 1
   by class 1. */
static void
softmax(void)
{
    for (int far = 0; far < 2; far++) {
        ga_model *m = planted(GA_F32, 2, 2, 2, GA_SIGMOID);
        set_weight(m, 0, 0, 0, 1e30);
        set_weight(m, 0, 1, 1, 1e30);
        set_weight(m, 1, 0, 0, 1);
        set_weight(m, 1, 1, 1, 1);
        set_bias(m, 1, 0, far ? 110 : 20);
        const expectation near[] = { ONE(GA_CELL_LOST, ORIGIN_SOFTMAX_ABSORPTION, TENSOR_DELTA, 1),
                                     { GA_CELL_RIGHT, 0, { 0 }, { 0 }, { 0 } } };
        const expectation beyond[] = { ONE(GA_CELL_LOST, ORIGIN_SOFTMAX_ABSORPTION, TENSOR_DELTA, 1),
                                       ONE(GA_CELL_LOST, ORIGIN_SOFTMAX_UNDERFLOW, TENSOR_DELTA, 1) };
        expect("float", GA_NAIVE, m, 0, far ? beyond : near);
        const expectation rewritten[] = { ONE(GA_CELL_LOST, ORIGIN_SOFTMAX_UNDERFLOW, TENSOR_DELTA, 1),
                                          ONE(GA_CELL_LOST, ORIGIN_SOFTMAX_UNDERFLOW, TENSOR_DELTA, 1) };
        const expectation fine[] = { { GA_CELL_RIGHT, 0, { 0 }, { 0 }, { 0 } }, { GA_CELL_RIGHT, 0, { 0 }, { 0 }, { 0 } } };
        expect("float", GA_REWRITE, m, 0, far ? rewritten : fine);
        ga_model_free(m);
    }
}

/* z = 2^24 + 1 - 2^24 in float is 0, the unit is off; it is 1. */
static void
relu_flip(void)
{
    ga_model *m = planted(GA_F32, 2, 2, 1, GA_RELU);
    set_weight(m, 0, 0, 0, 0x1p24);
    set_weight(m, 0, 0, 1, 1);
    set_bias(m, 0, 0, -0x1p24);
    set_weight(m, 1, 1, 0, 1);
    const expectation want[] = { ONE(GA_CELL_LOST, ORIGIN_RELU_FLIP, TENSOR_DERIVATIVE, 0),
                                 ONE(GA_CELL_LOST, ORIGIN_RELU_FLIP, TENSOR_DERIVATIVE, 0) };
    expect("float", GA_NAIVE, m, 1, want);
    expect("float", GA_REWRITE, m, 1, want);
    const expectation fine[] = { { GA_CELL_RIGHT, 0, { 0 }, { 0 }, { 0 } }, { GA_CELL_RIGHT, 0, { 0 }, { 0 }, { 0 } } };
    expect("double", GA_NAIVE, m, 1, fine);
    ga_model_free(m);
}

/* Two layers, 128 units in the second, all of them absorbed, unit 77 with the largest true term (ties among the others). Input 0
   goes through an absorbed unit too: two origins, the loss side first. Input 1 through a live one, input 2 through one that
   underflowed. */
static void
several_on_a_path(void)
{
    ga_model *m = planted(GA_F32, 3, 3, 128, GA_SIGMOID);
    static const double first[] = { 25, 0, -120 };
    for (size_t j = 0; j < 3; j++) {
        set_weight(m, 0, j, j, 1e30);
        set_bias(m, 0, j, first[j]);
        for (size_t k = 0; k < 128; k++)
            set_weight(m, 1, k, j, k == 77 ? 2 : 1);
    }
    for (size_t j = 3; j < 128; j++)
        set_bias(m, 0, j, -300); /* silent */
    for (size_t k = 0; k < 128; k++) {
        set_bias(m, 1, k, k == 77 ? 27 : 30);
        set_weight(m, 2, 1, k, k % 2 == 0 ? 1 : -1);
    }
    const expectation want[] = {
        TWO(GA_CELL_LOST, ORIGIN_SIGMA_ABSORPTION, 1, ORIGIN_SIGMA_ABSORPTION, 0),
        ONE(GA_CELL_LOST, ORIGIN_SIGMA_ABSORPTION, TENSOR_DERIVATIVE, 1),
        TWO(GA_CELL_LOST, ORIGIN_SIGMA_ABSORPTION, 1, ORIGIN_SIGMA_UNDERFLOW, 0),
    };
    expect("float", GA_NAIVE, m, 0, want);
    examination x;
    ga_dataset *ds = image_of(3, 0);
    const ga_estimator e = network_estimator("float", GA_NAIVE, GA_LOOP);
    size_t path[3];
    ASSERT(examine(&x, m, ds, 0, &e, 0.01, NULL) == GA_OK);
    origin_path(path, &x.view, 1);
    ASSERT(path[0] == 1 && path[1] == 77 && path[2] == 1, "%zu %zu %zu", path[0], path[1], path[2]);
    examination_free(&x);
    ga_dataset_free(ds);
    ga_model_free(m);
}

#define RIGHT { GA_CELL_RIGHT, 0, { 0 }, { 0 }, { 0 } }

/* Layer 2: unit 0 is absorbed, with the largest true term; unit 1, at -60, is not, and has the other sign: what is left of the sum
   from above at layer 1 is not 0 but of the wrong sign, and the walk goes on behind it. Layer 1 is absorbed too. */
static void
wrong_sign_on_the_path(void)
{
    for (int wide = 0; wide < 2; wide++) {
        const double absorbed = wide ? 40 : 20;
        ga_model *m = planted(wide ? GA_F64 : GA_F32, 3, 1, 2, GA_SIGMOID);
        set_weight(m, 0, 0, 0, 1);
        set_bias(m, 0, 0, absorbed);
        set_weight(m, 1, 0, 0, 1);
        set_weight(m, 1, 1, 0, 1);
        set_bias(m, 1, 0, absorbed - 1);
        set_bias(m, 1, 1, -61);
        set_weight(m, 2, 1, 0, 1);
        set_weight(m, 2, 1, 1, -1);
        const expectation want[] = { TWO(GA_CELL_LOST, ORIGIN_SIGMA_ABSORPTION, 1, ORIGIN_SIGMA_ABSORPTION, 0) };
        expect(wide ? "double" : "float", GA_NAIVE, m, 0, want);
        ga_model_free(m);
    }
}

/* Softmax regression, logits 17, 0, 0 (double: 37): r_1 = r_2 = r, 4e-8 (9e-17), and r_0 = -2r is absorbed. An element is r times
   w_1 + w_2 - 2 w_0. The largest term may be that of class 1, which is right: the softmax is the origin all the same. */
static void
no_hidden_layer(void)
{
    static const double w[6][3] = { { 1, 0, 0 }, { 0, 1, 0 }, { 1, 3, 0 }, { 1.4, 3, -1 }, { 0, 0, 0 }, { 0, 0, 0 } };
    for (int wide = 0; wide < 2; wide++) {
        ga_model *m = planted(wide ? GA_F64 : GA_F32, 1, 6, 0, GA_LINEAR);
        for (size_t j = 0; j < 6; j++)
            for (size_t c = 0; c < 3; c++)
                set_weight(m, 0, c, j, w[j][c]);
        set_weight(m, 0, 2, 4, wide ? 4e-324 : 1e-45);
        set_bias(m, 0, 0, wide ? 37 : 17);
        const expectation want[] = {
            ONE(GA_CELL_LOST, ORIGIN_SOFTMAX_ABSORPTION, TENSOR_DELTA, 0),
            RIGHT,
            ONE(GA_CELL_INACCURATE, ORIGIN_SOFTMAX_ABSORPTION, TENSOR_DELTA, 0),
            ONE(GA_CELL_WRONG_SIGN, ORIGIN_SOFTMAX_ABSORPTION, TENSOR_DELTA, 0),
            ONE(GA_CELL_BELOW_RANGE, ORIGIN_SUM_UNDERFLOW, TENSOR_INPUT_GRADIENT, 0),
            { GA_CELL_ZERO, 0, { 0 }, { 0 }, { 0 } },
        };
        expect(wide ? "double" : "float", GA_NAIVE, m, 0, want);
        const expectation rewritten[] = { RIGHT, RIGHT, RIGHT, RIGHT, want[4], want[5] };
        expect(wide ? "double" : "float", GA_REWRITE, m, 0, rewritten);
        ga_model_free(m);
    }
}

TEST_MAIN("origin", TEST(one_by_one_float), TEST(one_by_one_double), TEST(rewritten_float), TEST(softmax), TEST(relu_flip),
          TEST(several_on_a_path), TEST(wrong_sign_on_the_path), TEST(no_hidden_layer))
