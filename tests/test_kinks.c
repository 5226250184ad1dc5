/* SPDX-License-Identifier: Apache-2.0 */
/* test_kinks.c -- functions exactly on their kinks and beside them: their derivatives, as PyTorch 1.13 has them (tests/exports.py
   asks it), in the reference and in double, and how many numbers lie on one. The label's logit is the sum of w_i f(x_i), so that
   its gradient is w_i f'(x_i). */
#include <math.h>

#include "exact/reference.h"
#include "model/model.h"
#include "networks.h"
#include "graphs.h"

enum { N = 6 };

/* f(x), with two constants or slopes. */
static graph_operand
with_constants(ga_graph *g, op_id op, const double *c)
{
    return graph_node_of(g, op, graph_input, graph_constant(g, c[0]), graph_constant(g, c[1]), NULL);
}

/* x c_0 and x c_1, of which one is chosen. */
static graph_operand
of_two(ga_graph *g, op_id op, const double *c)
{
    const graph_operand a = graph_node_of(g, OP_scale, graph_input, graph_constant(g, c[0]), graph_input, NULL);
    const graph_operand b = graph_node_of(g, OP_scale, graph_input, graph_constant(g, c[1]), graph_input, NULL);
    return graph_node_of(g, op, a, b, graph_input, NULL);
}

static graph_operand
of_itself(ga_graph *g, op_id op, const double *c)
{
    (void)c;
    return graph_node_of(g, op, graph_input, graph_input, graph_input, NULL);
}

/* A slope for each of two channels. */
static graph_operand
with_slopes(ga_graph *g, op_id op, const double *c)
{
    graph_parameter *p = graph_add_parameter(g, 1, 2, "slopes");
    const graph_operand slopes = { FROM_PARAMETER, g->n_parameters - 1 };
    dtype_set(g->dtype, p->exact, 0, c[0]);
    dtype_set(g->dtype, p->exact, 1, c[1]);
    return graph_node_of(g, op, graph_input, slopes, graph_input, NULL);
}

#define BEYOND (1 + 0x1p-23)
#define LEAST 0x1p-149
static const struct {
    const char *name;
    graph_operand (*make)(ga_graph *g, op_id op, const double *c);
    op_id op;
    double c[2], x[N], slope[N];
    size_t kinks;
} table[] = {
    { "abs", with_constants, OP_abs, { 0, 0 }, { 0, -LEAST, LEAST, 2, -2, -0.0 }, { 0, -1, 1, 1, -1, 0 }, 2 },
    { "relu", with_constants, OP_relu, { 0, 0 }, { 0, -LEAST, LEAST, 2, -2, -0.0 }, { 0, 0, 1, 1, 0, 0 }, 2 },
    { "leaky", with_constants, OP_leaky_relu, { 0.25, 0 }, { 0, -LEAST, LEAST, 2, -2, -0.0 }, { 0.25, 0.25, 1, 1, 0.25, 0.25 }, 2 },
    { "prelu", with_slopes, OP_prelu, { 0.25, -2 }, { 0, -LEAST, LEAST, 0, 1, -3 }, { 0.25, 0.25, 1, -2, 1, -2 }, 2 },
    { "clip", with_constants, OP_clip, { -1, 2 }, { -1, -BEYOND, 2, 2 * BEYOND, 0, -0.5 }, { 1, 0, 1, 0, 1, 1 }, 2 },
    { "hardtanh", with_constants, OP_hardtanh, { -1, 2 }, { -1, -BEYOND, 2, 2 * BEYOND, 0, -0.5 }, { 0, 0, 0, 0, 1, 1 }, 2 },
    { "relu6", with_constants, OP_relu6, { 0, 0 }, { 0, 6, 6 * BEYOND, LEAST, -LEAST, 0 }, { 0, 0, 0, 1, 0, 0 }, 3 },
    { "hard sigmoid", with_constants, OP_hard_sigmoid, { 0, 0 }, { -3, 3, -3 * BEYOND, 3 * BEYOND, -2.5, 0.5 },
      { 0, 0, 0, 0, 1 / 6., 1 / 6. }, 2 },
    { "hard swish", with_constants, OP_hard_swish, { 0, 0 }, { -3, 3, -3 * BEYOND, 3 * BEYOND, -1.5, 1.5 },
      { -0.5, 1.5, 0, 1, 0, 1 }, 2 },
    { "max of a constant", with_constants, OP_maximum, { 2, 0 }, { 2, 2 * BEYOND, 0, -1, 2, 4 }, { 0.5, 1, 0, 0, 0.5, 1 }, 2 },
    { "min of a constant", with_constants, OP_minimum, { 2, 0 }, { 2, 2 * BEYOND, 0, -1, 2, 4 }, { 0.5, 0, 1, 1, 0.5, 0 }, 2 },
    { "max of two", of_two, OP_maximum, { 1, -2 }, { 0, LEAST, -LEAST, 1, -1, -0.0 }, { -0.5, 1, -2, 1, -2, -0.5 }, 2 },
    { "min of two", of_two, OP_minimum, { 1, -2 }, { 0, LEAST, -LEAST, 1, -1, -0.0 }, { -0.5, -2, 1, -2, 1, -0.5 }, 2 },
    { "max of itself", of_itself, OP_maximum, { 0, 0 }, { 0, 1, 0.1, -0.3, -1, 7 }, { 1, 1, 1, 1, 1, 1 }, 0 },
};

static ga_model *
model_of(size_t k, const double *w)
{
    ga_graph *g = graph_new(GA_F32, &(op_shape){ 1, { N } });
    table[k].make(g, table[k].op, table[k].c);
    const graph_operand x = { FROM_NODE, g->n_nodes - 1 };
    uint64_t state = 1;
    graph_affine(g, x, N, 2, &state);
    for (size_t i = 0; i < N; i++)
        dtype_set(GA_F32, g->parameter[g->n_parameters - 2].exact, i, w[i]);
    return model_of_graph(g, NULL);
}

static void
run(const engine_ops *ops, void *engine, const double *x)
{
    ops->set_rows(engine, 1, 0, 1);
    ops->set_image(engine, 0, x, 0);
    ops->forward(engine);
    ASSERT(ops->backward(engine));
}

static void
derivatives(void)
{
    static const double w[N] = { 3, -1, 0.5, 7, -2, 0.25 };
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        ga_model *m = model_of(k, w);
        ga_estimator exact = network_estimator("exact", GA_NAIVE, GA_PRODUCT_DEFAULT), plain = exact;
        exact.loss = plain.loss = GA_LOGIT;
        plain.format = network_estimator("double", GA_NAIVE, GA_PRODUCT_DEFAULT).format;
        plain.product = GA_LOOP;
        void *truth = engine_reference.open(&(engine_key){ m, exact, 1, false, true, false }, NULL);
        void *number = engine_f64.open(&(engine_key){ m, plain, 1, false, true, false }, NULL);
        ASSERT(truth != NULL && number != NULL);
        ga_truth t[N];
        ga_number a[N];
        size_t kinks;
        long bits;
        run(&engine_reference, truth, table[k].x);
        run(&engine_f64, number, table[k].x);
        ASSERT(engine_reference.truth(t, &kinks, &bits, truth, 0), "%s", table[k].name);
        engine_f64.gradient(a, number, 0);
        ASSERT(kinks == table[k].kinks && bits == 128, "%s: %zu kinks, %ld bits", table[k].name, kinks, bits);
        for (size_t i = 0; i < N; i++) {
            const double want = w[i] * table[k].slope[i];
            const double got = t[i].state == GA_TRUE_ZERO ? 0 : ldexp(t[i].mantissa, (int)t[i].exponent);
            ASSERT(t[i].state != GA_UNDECIDED_ELEMENT && fabs(got - want) <= 0x1p-52 * fabs(want), "%s of %a: %a, not %a",
                   table[k].name, table[k].x[i], got, want);
            ASSERT(fabs(engine_double(a + i) - want) <= 0x1p-51 * fabs(want), "%s of %a: %a, not %a in double", table[k].name,
                   table[k].x[i], engine_double(a + i), want);
        }
        engine_reference.close(truth);
        engine_f64.close(number);
        ga_model_free(m);
    }
}

TEST_MAIN("kinks", TEST(derivatives))
