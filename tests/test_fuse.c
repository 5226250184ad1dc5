/* SPDX-License-Identifier: Apache-2.0 */
/* test_fuse.c -- compositions of one operation, and graphs that nearly are one; tests/fuse.py has what exporters write. */
#include <math.h>
#include <string.h>

#include "graph/fuse.h"
#include "graph/op_graph.h"
#include "networks.h"
#include "graphs.h"

static const graph_operand none = { FROM_INPUT, 0 };

static graph_operand
with(ga_graph *g, op_id op, graph_operand x, double c)
{
    return graph_node_of(g, op, x, graph_constant(g, c), none, NULL);
}

/* A network of 4 inputs; what its first layer makes. */
static ga_graph *
open_graph(ga_dtype dtype, graph_operand *x)
{
    uint64_t state = test_seed();
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 4 } });
    *x = graph_affine(g, graph_input, 4, 4, &state);
    return g;
}

static void
close_graph(ga_graph *g, graph_operand x)
{
    uint64_t state = test_seed();
    graph_affine(g, x, 4, 3, &state);
}

/* Whether that is fused, with so many nodes left; frees it. */
static bool
gives(ga_graph *g, long bits, const char *words, size_t nodes)
{
    char text[GRAPH_FUSED];
    bool ok = graph_fuse(g, bits);
    graph_fused(text, sizeof text, g);
    ok = ok && strcmp(text, words) == 0 && (nodes == 0 || g->n_nodes == nodes);
    for (size_t k = 0; k < g->n_nodes; k++)
        for (size_t i = 0; i < op_graph_of(g->node[k].op)->n_in; i++)
            ok = ok && g->node[k].in[i].index < (g->node[k].in[i].from == FROM_NODE ? k : g->n_parameters + 1);
    graph_free(g);
    return ok;
}

/* half x (1 + erf(x / root)); shared: of which others take nothing, the erf, or the sum. */
static ga_graph *
gelu(ga_dtype dtype, double half, double one, double root, int shared)
{
    graph_operand x;
    ga_graph *g = open_graph(dtype, &x);
    const graph_operand e = graph_unary(g, OP_erf, with(g, OP_constant_div, x, root)), s = with(g, OP_constant_add, e, one);
    graph_operand y = with(g, OP_scale, graph_node_of(g, OP_mul, x, s, none, NULL), half);
    if (shared > 0)
        y = graph_node_of(g, OP_add, y, shared == 1 ? e : s, none, NULL);
    close_graph(g, y);
    return g;
}

static void
constants(void)
{
    const double root = (double)sqrtf(2), up = 1 + 0x1p-23;
    ASSERT(gives(gelu(GA_F32, 0.5, 1, root, 0), 24, "1 GELU", 3));
    ASSERT(gives(gelu(GA_F64, 0.5, 1, sqrt(2), 0), 53, "1 GELU", 3));
    ASSERT(gives(gelu(GA_F64, 0.5, 1, root, 0), 53, "", 7));
    ASSERT(gives(gelu(GA_F32, 0.5 * up, 1, root, 0), 24, "", 7) && gives(gelu(GA_F32, 0.5, up, root, 0), 24, "", 7));
    ASSERT(gives(gelu(GA_F32, 0.5, 1, root * up, 0), 24, "", 7) && gives(gelu(GA_F32, 0.5, 1, root / up, 0), 24, "", 7));
    ASSERT(gives(gelu(GA_F32, 0.5, 1, 1.4140625, 0), 11, "1 GELU", 3) && gives(gelu(GA_F32, 0.5, 1, 1.4140625, 0), 24, "", 7));
    ASSERT(gives(gelu(GA_F32, 0.5, 1, root, 1), 24, "", 8) && gives(gelu(GA_F32, 0.5, 1, root, 2), 24, "", 8));
    ga_graph *const g = gelu(GA_F32, 0.5, 1, root, 0);
    ASSERT(graph_fuse(g, 24) && g->n_parameters == 4 && g->node[1].op == OP_gelu && g->node[1].in[0].index == 0 &&
           g->node[2].in[0].index == 1 && g->node[2].in[1].index == 2 && g->n_outputs == 3);
    ga_graph *const copy = graph_copy(g, GA_F32);
    graph_free(g);
    ASSERT(gives(copy, 24, "1 GELU", 3));
}

/* Divisors and factors are told apart, and signs. */
static void
quotients(void)
{
    for (int way = 0; way < 4; way++) {
        graph_operand x;
        ga_graph *const g = open_graph(GA_F32, &x);
        const graph_operand e = graph_unary(g, OP_exp, with(g, OP_scale, x, way == 1 ? 1 : -1)), s = with(g, OP_constant_add, e, 1);
        close_graph(g, way == 2 ? graph_node_of(g, OP_div, s, x, none, NULL) : way == 3 ? graph_node_of(g, OP_mul, x, s, none, NULL)
                                                                             : graph_node_of(g, OP_div, x, s, none, NULL));
        ASSERT(gives(g, 24, way == 0 ? "1 SiLU" : "", way == 0 ? 3 : 6), "%d", way);
    }
}

/* (x - mean) / sqrt(mean (x - mean)^2 + eps), along the dimensions in which the two shapes differ. */
static ga_graph *
norm(const op_shape *large, const op_shape *small, double eps, double count)
{
    ga_graph *const g = graph_new(GA_F32, large);
    const op_attributes down = { .from = *large, .to = *small }, up = { .from = *small, .to = *large };
    const graph_operand x = graph_unary(g, OP_tanh, graph_input);
    const graph_operand m = with(g, OP_constant_div, graph_node_of(g, OP_sum_over, x, none, none, &down), count);
    const graph_operand minus = with(g, OP_scale, graph_node_of(g, OP_expand, m, none, none, &up), -1);
    const graph_operand d = graph_node_of(g, OP_add, x, minus, none, NULL), square = with(g, OP_pow, d, 2);
    const graph_operand v = with(g, OP_constant_div, graph_node_of(g, OP_sum_over, square, none, none, &down), count);
    const graph_operand s = graph_unary(g, OP_sqrt, with(g, OP_constant_add, v, eps));
    uint64_t state = test_seed();
    graph_affine(g, graph_node_of(g, OP_div, d, graph_node_of(g, OP_expand, s, none, none, &up), none, NULL), 12, 3, &state);
    return g;
}

static void
layer_norms(void)
{
    const op_shape large = { 3, { 2, 2, 3 } }, last = { 3, { 2, 2, 1 } }, both = { 3, { 2, 1, 1 } }, first = { 3, { 1, 2, 3 } },
                   middle = { 3, { 2, 1, 3 } }, all = { 3, { 1, 1, 1 } };
    ASSERT(gives(norm(&large, &last, 0.5, 3), 24, "1 layer norm", 3) && gives(norm(&large, &both, 0.5, 6), 24, "1 layer norm", 3));
    ASSERT(gives(norm(&large, &all, 0.5, 12), 24, "1 layer norm", 3));
    ASSERT(gives(norm(&large, &first, 0.5, 2), 24, "", 14) && gives(norm(&large, &middle, 0.5, 2), 24, "", 14));
    ASSERT(gives(norm(&large, &last, 0, 3), 24, "", 14) && gives(norm(&large, &last, 0.5, 2), 24, "", 14));
    ga_graph *const g = norm(&large, &last, 0.5, 3);
    ASSERT(graph_fuse(g, 24) && g->node[1].op == OP_layer_norm && g->node[1].a.rows == 4 && g->node[1].a.row == 3);
    ASSERT(dtype_get(GA_F32, g->parameter[g->node[1].in[1].index].exact, 0) == 0.5 &&
           dtype_get(GA_F32, g->parameter[g->node[1].in[2].index].exact, 0) == 3);
    graph_free(g);
}

/* log softmax(x) of so many rows, with something behind it, or added to x. */
static ga_graph *
log_softmax(size_t rows, bool behind, bool shared)
{
    const op_attributes a = { .rows = rows };
    graph_operand x;
    ga_graph *const g = open_graph(GA_F32, &x);
    graph_operand y = graph_unary(g, OP_log, graph_node_of(g, OP_softmax_rows, x, none, none, &a));
    if (behind || shared)
        y = graph_node_of(g, OP_add, y, behind ? y : x, none, NULL);
    return g;
}

static void
ends(void)
{
    ASSERT(gives(log_softmax(1, false, false), 24, "1 log-softmax", 1));
    ASSERT(gives(log_softmax(2, false, false), 24, "1 log-softmax of rows", 2));
    ASSERT(gives(log_softmax(1, true, false), 24, "1 log-softmax of rows", 3));
    ASSERT(gives(log_softmax(1, false, true), 24, "1 log-softmax of rows", 3));
    ga_graph *const g = log_softmax(1, false, false), *const other = log_softmax(2, false, false);
    ASSERT(graph_composed_end(g) == OP_log_softmax && graph_composed_end(other) == OP_identity);
    ASSERT(graph_fuse(g, 24) && g->end == OP_log_softmax && g->n_outputs == 4 && graph_composed_end(g) == OP_identity);
    ASSERT(graph_fuse(other, 24) && other->node[1].op == OP_log_softmax_rows && op_rows(&other->node[1].a) == 2);
    graph_free(g);
    graph_free(other);
}

TEST_MAIN("fuse", TEST(constants), TEST(quotients), TEST(layer_norms), TEST(ends))
