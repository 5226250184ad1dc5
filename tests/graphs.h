/* SPDX-License-Identifier: Apache-2.0 */
/* graphs.h -- small networks that are no chains of layers, one or more for each operation. */
#ifndef GRADAUDIT_GRAPHS_H
#define GRADAUDIT_GRAPHS_H

#include <stdlib.h>

#include "graph/program.h"
#include "num/dtype.h"
#include "num/format.h"

static inline void
graph_random(const ga_graph *g, graph_parameter *p, double scale, uint64_t *state)
{
    for (size_t i = 0; i < p->rows * p->cols; i++)
        dtype_set(g->dtype, p->exact, i, scale * network_uniform(state));
}

static inline graph_operand
graph_random_parameter(ga_graph *g, size_t rows, size_t cols, double scale, uint64_t *state)
{
    graph_random(g, graph_add_parameter(g, rows, cols, "p"), scale, state);
    return (graph_operand){ FROM_PARAMETER, g->n_parameters - 1 };
}

static inline graph_operand
graph_constant(ga_graph *g, double x)
{
    graph_parameter *p = graph_add_parameter(g, 1, 1, "c");
    p->constant = true;
    dtype_set(g->dtype, p->exact, 0, x);
    return (graph_operand){ FROM_PARAMETER, g->n_parameters - 1 };
}

/* Adds a node; what it makes. */
static inline graph_operand
graph_node_of(ga_graph *g, op_id op, graph_operand a, graph_operand b, graph_operand c, const op_attributes *attributes)
{
    graph_node *node = graph_add_node(g, op, "n");
    node->in[0] = a;
    node->in[1] = b;
    node->in[2] = c;
    if (attributes != NULL)
        node->a = *attributes;
    if (graph_infer(g) != NULL)
        exit(99);
    return (graph_operand){ FROM_NODE, g->n_nodes - 1 };
}

static const graph_operand graph_input = { FROM_INPUT, 0 };

static inline graph_operand
graph_affine(ga_graph *g, graph_operand x, size_t n_in, size_t n_out, uint64_t *state)
{
    const graph_operand w = graph_random_parameter(g, n_out, n_in, 2, state);
    return graph_node_of(g, OP_affine, x, w, graph_random_parameter(g, 1, n_out, 1, state), NULL);
}

static inline graph_operand
graph_unary(ga_graph *g, op_id op, graph_operand x)
{
    return graph_node_of(g, op, x, graph_input, graph_input, NULL);
}

/* z = W x + b, tanh z + z, twice. */
static inline ga_graph *
graph_residual(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    graph_operand x = graph_affine(g, graph_input, 6, 5, state);
    for (int k = 0; k < 2; k++) {
        const graph_operand z = graph_affine(g, x, 5, 5, state);
        x = graph_node_of(g, OP_add, graph_unary(g, k == 0 ? OP_tanh : OP_sigmoid, z), k == 0 ? z : x, graph_input, NULL);
    }
    graph_affine(g, graph_unary(g, OP_tanh, x), 5, 4, state);
    return g;
}

static inline ga_graph *
graph_sigmoid_end(ga_dtype dtype, uint64_t *state)
{
    ga_graph *const g = graph_residual(dtype, state);
    g->end = OP_sigmoid;
    return g;
}

/* The label 1 has the largest logit, or the smallest of four: of the third the difference of logits ratio is constant. */
static inline ga_graph *
graph_label_first(ga_dtype dtype, uint64_t *state)
{
    ga_graph *const g = graph_residual(dtype, state);
    dtype_set(dtype, g->parameter[g->n_parameters - 1].exact, 1, 64);
    return g;
}

static inline ga_graph *
graph_label_last(ga_dtype dtype, uint64_t *state)
{
    ga_graph *const g = graph_residual(dtype, state);
    dtype_set(dtype, g->parameter[g->n_parameters - 1].exact, 1, -64);
    return g;
}

static inline ga_graph *
graph_softmax_end(ga_dtype dtype, uint64_t *state)
{
    ga_graph *const g = graph_residual(dtype, state);
    g->end = OP_softmax;
    return g;
}

static inline ga_graph *
graph_log_softmax_end(ga_dtype dtype, uint64_t *state)
{
    ga_graph *const g = graph_residual(dtype, state);
    g->end = OP_log_softmax;
    return g;
}

/* As if the last sums were what composes a log-softmax: its loss takes them as they are. */
static inline ga_graph *
graph_composed_log_softmax(ga_dtype dtype, uint64_t *state)
{
    ga_graph *const g = graph_residual(dtype, state);
    g->composed = true;
    return g;
}

/* Of slope 0.1, between two sums. */
static inline ga_graph *
graph_leaky_relu(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand z = graph_affine(g, graph_input, 6, 7, state), slope = graph_constant(g, 0.1f);
    graph_affine(g, graph_node_of(g, OP_leaky_relu, z, slope, graph_input, NULL), 7, 4, state);
    return g;
}

/* A smooth function twice, the second time of a sum that comes from the first. */
static inline ga_graph *
graph_smooth(op_id op, ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand z = graph_affine(g, graph_input, 6, 7, state), a = graph_unary(g, op, z);
    graph_affine(g, graph_unary(g, op, graph_affine(g, a, 7, 5, state)), 5, 4, state);
    return g;
}

#define SMOOTH(f, ...)                                                                                                             \
    static inline ga_graph *graph_##f(ga_dtype dtype, uint64_t *state) { return graph_smooth(OP_##f, dtype, state); }
#include "num/smooth.def"
#undef SMOOTH

/* exp, log, sqrt and reciprocal where they are defined, behind sums that come from each other: with t = tanh y, e^t, log(1 + t^2),
   sqrt(1 + t^2), 1/(1 + t^2), e^t. */
static inline ga_graph *
graph_functions(ga_dtype dtype, uint64_t *state)
{
    static const op_id ops[] = { OP_log, OP_sqrt, OP_reciprocal };
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand one = graph_constant(g, 1);
    const graph_operand first = graph_unary(g, OP_tanh, graph_affine(g, graph_input, 6, 7, state));
    graph_operand y = graph_affine(g, graph_unary(g, OP_exp, first), 7, 5, state);
    for (size_t k = 0; k < 3; k++) {
        const graph_operand t = graph_unary(g, OP_tanh, y), square = graph_node_of(g, OP_mul, t, t, graph_input, NULL);
        const graph_operand a = graph_node_of(g, OP_constant_add, square, one, graph_input, NULL);
        y = graph_affine(g, graph_node_of(g, OP_add, graph_unary(g, ops[k], a), k == 0 ? a : t, graph_input, NULL), 5, 5, state);
    }
    graph_affine(g, graph_unary(g, OP_exp, graph_unary(g, OP_tanh, y)), 5, 4, state);
    return g;
}

/* Integer powers of numbers of any sign, 2 at most; others, a constant for each number, of positive ones, and c/x; CELU of two. */
static inline ga_graph *
graph_powers(ga_dtype dtype, uint64_t *state)
{
    static const double integers[] = { 2, 3, 4, 5, 1 };
    static const double others[] = { 0.5, -0.5, 1.75, -3, 0 };
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand tanh = graph_unary(g, OP_tanh, graph_affine(g, graph_input, 6, 5, state));
    const graph_operand z = graph_node_of(g, OP_constant_mul, tanh, graph_constant(g, 2), graph_input, NULL);
    const graph_operand row = graph_random_parameter(g, 1, 5, 1, state);
    for (size_t k = 0; k < 5; k++)
        dtype_set(dtype, g->parameter[row.index].exact, k, integers[k]);
    g->parameter[row.index].constant = true;
    const graph_operand y = graph_node_of(g, OP_pow, z, row, graph_input, NULL);
    const graph_operand small = graph_unary(g, OP_tanh, graph_affine(g, y, 5, 5, state));
    const graph_operand square = graph_node_of(g, OP_pow, small, graph_constant(g, 2), graph_input, NULL);
    const graph_operand positive = graph_node_of(g, OP_constant_add, square, graph_constant(g, 0.75), graph_input, NULL);
    const graph_operand own = graph_random_parameter(g, 1, 5, 1, state);
    for (size_t k = 0; k < 5; k++)
        dtype_set(dtype, g->parameter[own.index].exact, k, others[k]);
    g->parameter[own.index].constant = true;
    const graph_operand a = graph_node_of(g, OP_pow, positive, own, graph_input, NULL);
    const graph_operand b = graph_node_of(g, OP_over, positive, graph_constant(g, -0.3f), graph_input, NULL);
    const graph_operand sum = graph_node_of(g, OP_add, a, b, graph_input, NULL);
    const graph_operand w = graph_affine(g, sum, 5, 5, state), c = graph_constant(g, 0.3f), large = graph_constant(g, 2.5f);
    const graph_operand celu = graph_node_of(g, OP_celu, w, c, graph_input, NULL);
    const graph_operand other = graph_node_of(g, OP_celu, graph_affine(g, celu, 5, 5, state), large, graph_input, NULL);
    graph_affine(g, graph_node_of(g, OP_add, other, sum, graph_input, NULL), 5, 4, state);
    return g;
}

/* z/(1 + z^2), y/(2 + tanh y), and a quotient of a value and itself, which is 1. */
static inline ga_graph *
graph_quotients(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand z = graph_affine(g, graph_input, 6, 5, state), square = graph_node_of(g, OP_mul, z, z, graph_input, NULL);
    const graph_operand b = graph_node_of(g, OP_constant_add, square, graph_constant(g, 1), graph_input, NULL);
    const graph_operand y = graph_affine(g, graph_node_of(g, OP_div, z, b, graph_input, NULL), 5, 5, state);
    const graph_operand c = graph_node_of(g, OP_constant_add, graph_unary(g, OP_tanh, y), graph_constant(g, 2), graph_input, NULL);
    const graph_operand q = graph_node_of(g, OP_div, y, c, graph_input, NULL);
    const graph_operand one = graph_node_of(g, OP_div, b, b, graph_input, NULL);
    graph_affine(g, graph_node_of(g, OP_add, q, one, graph_input, NULL), 5, 4, state);
    return g;
}

/* SELU twice, of a sum that comes from the first; and ELU of another alpha. */
static inline ga_graph *
graph_selu(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand slope = graph_constant(g, 1.67326324f), scale = graph_constant(g, 1.05070102f);
    const graph_operand z = graph_affine(g, graph_input, 6, 7, state), a = graph_node_of(g, OP_selu, z, slope, scale, NULL);
    const graph_operand y = graph_affine(g, a, 7, 5, state), other = graph_constant(g, 0.3f), one = graph_constant(g, 1);
    const graph_operand b = graph_node_of(g, OP_selu, y, slope, scale, NULL);
    graph_affine(g, graph_node_of(g, OP_selu, b, other, one, NULL), 5, 4, state);
    return g;
}

static inline graph_operand
graph_conv2d(ga_graph *g, graph_operand x, size_t from, size_t to, const op_attributes *a, uint64_t *state)
{
    const size_t each = from / (a->groups > 1 ? a->groups : 1);
    const graph_operand w = graph_random_parameter(g, to, each * a->kernel[0] * a->kernel[1], 1, state);
    return graph_node_of(g, OP_conv2d, x, w, graph_random_parameter(g, 1, to, 1, state), a);
}

/* Two convolutions: of two channels, with uneven strides and padding; and of three, its input added to what it makes. */
static inline ga_graph *
graph_convolutions(ga_dtype dtype, uint64_t *state)
{
    const op_attributes first = { .kernel = { 3, 2 }, .stride = { 2, 1 }, .pad = { 1, 0, 0, 1 } };
    const op_attributes second = { .kernel = { 3, 3 }, .stride = { 1, 1 }, .pad = { 1, 1, 1, 1 } };
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 2, 5, 4 } });
    const graph_operand a = graph_unary(g, OP_sigmoid, graph_conv2d(g, graph_input, 2, 3, &first, state)); /* 3 x 2 x 4 */
    const graph_operand sum = graph_node_of(g, OP_add, graph_conv2d(g, a, 3, 3, &second, state), a, graph_input, NULL);
    graph_affine(g, graph_unary(g, OP_relu, sum), 24, 4, state);
    return g;
}

static inline graph_operand
graph_store(ga_graph *g, graph_operand x, ga_format format)
{
    return graph_node_of(g, OP_store, x, graph_input, graph_input, &(op_attributes){ .format = format });
}

/* Windows that overlap, with padding, behind the sum, stored, of two convolutions, one of which sees more; and ties, of the zeros
   that a ReLU makes. */
static inline ga_graph *
graph_max_pools(ga_dtype dtype, uint64_t *state)
{
    const op_attributes conv = { .kernel = { 2, 2 }, .stride = { 1, 1 } };
    const op_attributes first = { .kernel = { 3, 2 }, .stride = { 2, 1 }, .pad = { 1, 1, 0, 0 } };
    const op_attributes second = { .kernel = { 2, 2 }, .stride = { 2, 2 } };
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 1, 6, 6 } });
    const op_attributes wide = { .kernel = { 4, 4 }, .stride = { 1, 1 }, .pad = { 1, 1, 1, 1 } };
    const graph_operand small = graph_conv2d(g, graph_input, 1, 2, &conv, state); /* 2 x 5 x 5 */
    const graph_operand large = graph_conv2d(g, graph_input, 1, 2, &wide, state);
    const graph_operand a = graph_store(g, graph_node_of(g, OP_add, small, large, graph_input, NULL), format_f16);
    const graph_operand b = graph_unary(g, OP_relu, graph_node_of(g, OP_max_pool, a, graph_input, graph_input, &first));
    graph_affine(g, graph_node_of(g, OP_max_pool, b, graph_input, graph_input, &second), 4, 4, state); /* 2 x 2 x 5, 2 x 1 x 2 */
    return g;
}

/* What is beyond a border is 0 for sums, which sigmoid(0) is not; for the largest of a window it is nothing, not even 0. */
static inline ga_graph *
graph_borders(ga_dtype dtype, uint64_t *state)
{
    const op_attributes conv = { .kernel = { 2, 2 }, .stride = { 1, 1 }, .pad = { 1, 1, 1, 1 } };
    const op_attributes first = { .kernel = { 2, 2 }, .stride = { 2, 2 }, .pad = { 1, 1, 1, 1 } };
    const op_attributes second = { .kernel = { 1, 2 }, .stride = { 1, 2 }, .pad = { 0, 1, 0, 1 } };
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 1, 5, 5 } });
    const graph_operand x = graph_unary(g, OP_tanh, graph_input);
    const graph_operand a = graph_node_of(g, OP_max_pool, x, graph_input, graph_input, &first);         /* 1 x 3 x 3 */
    const graph_operand b = graph_node_of(g, OP_max_pool, a, graph_input, graph_input, &second);        /* 1 x 3 x 2 */
    const graph_operand c = graph_conv2d(g, graph_unary(g, OP_sigmoid, b), 1, 2, &conv, state);         /* 2 x 4 x 3 */
    graph_affine(g, graph_node_of(g, OP_max_pool, c, graph_input, graph_input, &second), 16, 4, state); /* 2 x 4 x 2 */
    return g;
}

/* The input and sums stored in binary16, some of which are subnormal there, and in binary32. */
static inline ga_graph *
graph_stores(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand x = graph_store(g, graph_input, format_f16);
    const graph_operand a = graph_unary(g, OP_tanh, graph_store(g, graph_affine(g, x, 6, 5, state), format_f16));
    const graph_operand w = graph_random_parameter(g, 5, 5, 0x1p-16, state), b = graph_random_parameter(g, 1, 5, 0x1p-16, state);
    const graph_operand small = graph_store(g, graph_node_of(g, OP_affine, a, w, b, NULL), format_f16);
    const graph_operand sum = graph_node_of(g, OP_add, graph_store(g, a, format_f32), small, graph_input, NULL);
    graph_affine(g, graph_unary(g, OP_relu, sum), 5, 4, state);
    return g;
}

/* A convolution whose windows step over numbers, and begin beyond the border; its last sum's gradient comes from windows alone. */
static inline ga_graph *
graph_pooled(ga_dtype dtype, uint64_t *state)
{
    const op_attributes conv = { .kernel = { 2, 3 }, .stride = { 1, 2 }, .pad = { 0, 2, 1, 0 } };
    const op_attributes pool = { .kernel = { 3, 2 }, .stride = { 2, 1 } };
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 2, 6, 8 } });
    const graph_operand a = graph_conv2d(g, graph_input, 2, 2, &conv, state);                         /* 2 x 6 x 4 */
    const graph_operand b = graph_node_of(g, OP_max_pool, a, graph_input, graph_input, &pool);         /* 2 x 2 x 3 */
    graph_affine(g, graph_unary(g, OP_tanh, b), 12, 4, state);
    return g;
}

/* Products of two values, one of which is a square, and of sums; a difference as a sum with -1 times a value. */
static inline ga_graph *
graph_products(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand z = graph_affine(g, graph_input, 6, 5, state), minus = graph_constant(g, -1);
    const graph_operand swish = graph_node_of(g, OP_mul, z, graph_unary(g, OP_sigmoid, z), graph_input, NULL);
    const graph_operand square = graph_node_of(g, OP_mul, swish, swish, graph_input, NULL);
    const graph_operand less = graph_node_of(g, OP_scale, square, minus, graph_input, NULL);
    const graph_operand difference = graph_node_of(g, OP_add, z, less, graph_input, NULL);
    const graph_operand y = graph_affine(g, graph_unary(g, OP_tanh, difference), 5, 5, state);
    const graph_operand t = graph_unary(g, OP_tanh, y);
    const graph_operand again = graph_node_of(g, OP_mul, graph_unary(g, OP_sigmoid, swish), t, graph_input, NULL);
    graph_affine(g, graph_node_of(g, OP_mul, t, again, graph_input, NULL), 5, 4, state);
    return g;
}

/* A row of constants, a power of two, 1/3 and their negatives in turn, and for channels of so many numbers. */
static inline graph_operand
graph_constants(ga_graph *g, size_t channels, size_t each)
{
    static const double numbers[] = { 0.5, -0.33333334f, 3, -2 };
    graph_parameter *p = graph_add_parameter(g, 1, channels * each, "c");
    p->constant = true;
    for (size_t i = 0; i < channels * each; i++)
        dtype_set(g->dtype, p->exact, i, numbers[i / each % 4]);
    return (graph_operand){ FROM_PARAMETER, g->n_parameters - 1 };
}

/* Times, plus and divided by constants, of a channel and of a number each, before windows of which some are equal. */
static inline ga_graph *
graph_by_constants(ga_dtype dtype, uint64_t *state)
{
    const op_attributes conv = { .kernel = { 2, 2 }, .stride = { 1, 1 } }, pool = { .kernel = { 2, 2 }, .stride = { 2, 2 } };
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 2, 5, 5 } });
    const graph_operand moved = graph_node_of(g, OP_constant_add, graph_input, graph_constants(g, 2, 25), graph_input, NULL);
    const graph_operand normal = graph_node_of(g, OP_constant_div, moved, graph_constants(g, 2, 25), graph_input, NULL);
    const graph_operand a = graph_conv2d(g, normal, 2, 2, &conv, state); /* 2 x 4 x 4 */
    const graph_operand b = graph_node_of(g, OP_constant_mul, a, graph_constants(g, 2, 16), graph_input, NULL);
    const graph_operand c = graph_node_of(g, OP_max_pool, b, graph_input, graph_input, &pool); /* 2 x 2 x 2 */
    const graph_operand d = graph_node_of(g, OP_constant_div, c, graph_constant(g, -0.7f), graph_input, NULL);
    const graph_operand t = graph_unary(g, OP_tanh, d);
    const graph_operand e = graph_node_of(g, OP_constant_add, t, graph_constants(g, 4, 2), graph_input, NULL);
    const graph_operand f = graph_node_of(g, OP_constant_mul, e, graph_constants(g, 8, 1), graph_input, NULL);
    const graph_operand more = graph_node_of(g, OP_constant_add, c, graph_constant(g, 0.3f), graph_input, NULL);
    const graph_operand sum = graph_node_of(g, OP_add, f, more, graph_input, NULL);
    const graph_operand last = graph_node_of(g, OP_constant_div, sum, graph_constants(g, 2, 4), graph_input, NULL);
    graph_affine(g, graph_unary(g, OP_tanh, last), 8, 4, state);
    return g;
}

/* Convolutions in groups, of which one is depthwise, with dilations beside strides and padding; pooling with one. */
static inline ga_graph *
graph_groups(ga_dtype dtype, uint64_t *state)
{
    const op_attributes first = { .kernel = { 3, 2 }, .stride = { 2, 1 }, .pad = { 2, 0, 0, 3 }, .gap = { 0, 2 }, .groups = 2 };
    const op_attributes second = { .kernel = { 2, 4 }, .stride = { 1, 3 }, .pad = { 1, 2, 1, 1 }, .gap = { 1, 0 }, .groups = 6 };
    const op_attributes third = { .kernel = { 2, 3 }, .stride = { 2, 4 }, .pad = { 0, 2, 1, 1 }, .gap = { 2, 1 }, .groups = 3 };
    const op_attributes pool = { .kernel = { 2, 2 }, .stride = { 1, 1 }, .gap = { 1, 2 } };
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 4, 5, 7 } });
    const graph_operand a = graph_unary(g, OP_sigmoid, graph_conv2d(g, graph_input, 4, 6, &first, state)); /* 6 x 3 x 7 */
    const graph_operand b = graph_node_of(g, OP_max_pool, a, graph_input, graph_input, &pool);              /* 6 x 1 x 4 */
    const graph_operand c = graph_conv2d(g, a, 6, 12, &second, state);                                      /* 12 x 3 x 3 */
    const graph_operand d = graph_conv2d(g, graph_unary(g, OP_tanh, c), 12, 3, &third, state);              /* 3 x 1 x 1 */
    const graph_operand z = graph_affine(g, b, 24, 3, state);
    graph_affine(g, graph_node_of(g, OP_add, graph_unary(g, OP_relu, d), z, graph_input, NULL), 3, 4, state);
    return g;
}

/* Sums of windows that overlap, or lie over the border, and of whole images, divided by their counts. */
static inline ga_graph *
graph_means(ga_dtype dtype, uint64_t *state)
{
    const op_attributes conv = { .kernel = { 2, 2 }, .stride = { 1, 1 } }, largest = { .kernel = { 2, 2 }, .stride = { 1, 1 } };
    const op_attributes first = { .kernel = { 3, 2 }, .stride = { 2, 1 }, .pad = { 1, 0, 0, 1 } };
    const op_attributes second = { .kernel = { 2, 2 }, .stride = { 1, 2 }, .gap = { 0, 1 } };
    const op_attributes all = { .kernel = { 6, 6 }, .stride = { 1, 1 } };
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 2, 7, 7 } });
    const graph_operand z = graph_conv2d(g, graph_input, 2, 3, &conv, state);                       /* 3 x 6 x 6 */
    const graph_operand a = graph_node_of(g, OP_sum_pool, z, graph_input, graph_input, &first);      /* 3 x 3 x 6 */
    const graph_operand b = graph_node_of(g, OP_constant_div, a, graph_constants(g, 3, 1), graph_input, NULL);
    const graph_operand c = graph_node_of(g, OP_max_pool, b, graph_input, graph_input, &largest);    /* 3 x 2 x 5 */
    const graph_operand d = graph_node_of(g, OP_sum_pool, c, graph_input, graph_input, &second);     /* 3 x 1 x 2 */
    const graph_operand e = graph_node_of(g, OP_sum_pool, z, graph_input, graph_input, &all);        /* 3 x 1 x 1 */
    const graph_operand mean = graph_node_of(g, OP_constant_div, e, graph_constant(g, 36), graph_input, NULL);
    const graph_operand y = graph_affine(g, graph_unary(g, OP_tanh, d), 6, 3, state);
    graph_affine(g, graph_node_of(g, OP_add, y, mean, graph_input, NULL), 3, 4, state);
    return g;
}

/* Rows of weights, terms, means and positive variances for channels. */
static inline graph_operand
graph_batch_norm(ga_graph *g, graph_operand x, size_t channels, uint64_t *state)
{
    const graph_operand rows = graph_random_parameter(g, 4, channels, 1, state);
    graph_parameter *const p = g->parameter + rows.index;
    for (size_t c = 0; c < channels; c++)
        dtype_set(g->dtype, p->exact, 3 * channels + c, (float)fabs(dtype_get(g->dtype, p->exact, 3 * channels + c)) + 0.25);
    p->constant = true;
    return graph_node_of(g, OP_batch_norm, x, rows, graph_constant(g, 1e-5f), NULL);
}

/* Of an image's channels, before windows of which some are equal, and of a row. */
static inline ga_graph *
graph_batch_norms(ga_dtype dtype, uint64_t *state)
{
    const op_attributes conv = { .kernel = { 2, 2 }, .stride = { 1, 1 } }, pool = { .kernel = { 2, 2 }, .stride = { 2, 2 } };
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 2, 5, 5 } });
    const graph_operand a = graph_batch_norm(g, graph_conv2d(g, graph_input, 2, 3, &conv, state), 3, state); /* 3 x 4 x 4 */
    const graph_operand b = graph_node_of(g, OP_max_pool, graph_unary(g, OP_tanh, a), graph_input, graph_input, &pool);
    const graph_operand z = graph_affine(g, b, 12, 5, state);
    const graph_operand sum = graph_node_of(g, OP_add, graph_unary(g, OP_relu, z), z, graph_input, NULL);
    graph_affine(g, graph_unary(g, OP_tanh, graph_batch_norm(g, sum, 5, state)), 5, 4, state);
    return g;
}

/* Slices, every other number and backward, over the border too, sides in another order, and parts side by side. */
static inline ga_graph *
graph_views(ga_dtype dtype, uint64_t *state)
{
    const op_shape whole = { 3, { 2, 5, 4 } }, row = { 1, { 30 } };
    const op_attributes padded = { .from = whole, .to = { 3, { 2, 6, 7 } }, .axis = { 0, 1, 2 }, .first = { 0, -1, -2 },
                                   .step = { 1, 1, 1 } };
    const op_attributes turned = { .from = whole, .to = { 3, { 4, 3, 2 } }, .axis = { 2, 1, 0 }, .first = { 3, 0, 0 },
                                   .step = { -1, 2, 1 } };
    const op_attributes cut = { .from = row, .to = { 1, { 9 } }, .axis = { 0 }, .first = { 28 }, .step = { -3 } };
    const op_attributes conv = { .kernel = { 2, 2 }, .stride = { 1, 1 } }, pool = { .kernel = { 2, 2 }, .stride = { 2, 2 } };
    const op_attributes other = { .kernel = { 2, 1 }, .stride = { 1, 1 }, .pad = { 0, 1, 0, 0 } };
    const op_attributes channels = { .from = { 3, { 3, 2, 3 } }, .to = { 3, { 5, 2, 3 } }, .axis = { 0 } };
    const op_attributes rows = { .from = { 1, { 9 } }, .to = { 1, { 33 } } };
    ga_graph *g = graph_new(dtype, &whole);
    const graph_operand x = graph_unary(g, OP_tanh, graph_input);
    const graph_operand a = graph_conv2d(g, graph_node_of(g, OP_view, x, graph_input, graph_input, &padded), 2, 3, &conv, state);
    const graph_operand b = graph_node_of(g, OP_max_pool, a, graph_input, graph_input, &pool); /* 3 x 5 x 6, 3 x 2 x 3 */
    const graph_operand t = graph_node_of(g, OP_view, graph_input, graph_input, graph_input, &turned);
    const graph_operand c = graph_conv2d(g, t, 4, 2, &other, state); /* 2 x 2 x 3 */
    const graph_operand d = graph_node_of(g, OP_concat, b, c, graph_input, &channels); /* 5 x 2 x 3 */
    const graph_operand e = graph_node_of(g, OP_view, d, graph_input, graph_input, &cut);
    const graph_operand f = graph_node_of(g, OP_concat, e, t, graph_input, &rows);
    graph_affine(g, graph_unary(g, OP_sigmoid, graph_node_of(g, OP_mul, f, f, graph_input, NULL)), 33, 4, state);
    return g;
}

/* A convolution of an image with 0 between and around its numbers, each channel times a function of its sum, where windows are
   equal; dimensions in another order, of which some are summed, and parts side by side along the second; a number at several
   places. */
static inline ga_graph *
graph_spreads(ga_dtype dtype, uint64_t *state)
{
    const op_shape whole = { 3, { 2, 3, 3 } }, made = { 3, { 3, 5, 5 } }, one = { 3, { 3, 1, 1 } };
    const op_attributes apart = { .from = { 3, { 2, 6, 6 } }, .to = whole, .axis = { 0, 1, 2 }, .first = { 0, 1, -1 },
                                  .step = { 1, 2, 3 } };
    const op_attributes conv = { .kernel = { 2, 2 }, .stride = { 1, 1 } }, pool = { .kernel = { 2, 2 }, .stride = { 2, 2 } };
    const op_attributes sum = { .from = made, .to = one }, copy = { .from = one, .to = made };
    const op_attributes turn = { .from = { 4, { 3, 1, 2, 2 } }, .to = { 4, { 2, 1, 3, 2 } }, .axis = { 3, 1, 0, 2 },
                                 .first = { 1, 0, 0, 0 }, .step = { -1, 1, 1, 1 } };
    const op_attributes over = { .from = { 4, { 2, 1, 3, 2 } }, .to = { 4, { 1, 1, 1, 2 } } };
    const op_attributes cut = { .from = made, .to = { 3, { 2, 2, 1 } }, .axis = { 0, 1, 2 }, .first = { 1, 0, 1 },
                                .step = { 1, 3, 1 } };
    const op_attributes rows = { .from = { 3, { 2, 1, 1 } }, .to = { 3, { 2, 3, 1 } }, .axis = { 1 } };
    const op_attributes longer = { .from = { 4, { 2, 3, 1, 1 } }, .to = { 4, { 2, 3, 2, 2 } } };
    ga_graph *g = graph_new(dtype, &whole);
    const graph_operand x = graph_node_of(g, OP_view_input, graph_unary(g, OP_tanh, graph_input), graph_input, graph_input, &apart);
    const graph_operand z = graph_conv2d(g, x, 2, 3, &conv, state);
    const graph_operand s = graph_unary(g, OP_sigmoid, graph_node_of(g, OP_sum_over, z, graph_input, graph_input, &sum));
    const graph_operand f = graph_node_of(g, OP_expand, s, graph_input, graph_input, &copy);
    const graph_operand y = graph_node_of(g, OP_mul, z, f, graph_input, NULL);
    const graph_operand p = graph_node_of(g, OP_max_pool, y, graph_input, graph_input, &pool); /* 3 x 2 x 2 */
    const graph_operand t = graph_node_of(g, OP_view, p, graph_input, graph_input, &turn);
    const graph_operand a = graph_node_of(g, OP_sum_over, t, graph_input, graph_input, &over);
    const graph_operand b = graph_node_of(g, OP_view, y, graph_input, graph_input, &cut);
    const graph_operand c = graph_node_of(g, OP_concat, a, b, graph_input, &rows);
    const graph_operand e = graph_node_of(g, OP_expand, c, graph_input, graph_input, &longer);
    graph_affine(g, graph_unary(g, OP_tanh, e), 24, 4, state);
    return g;
}

/* Clipped at both sides, at 0 and one side, and so that nothing is; one behind a sum. */
static inline ga_graph *
graph_clips(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand z = graph_affine(g, graph_input, 6, 7, state);
    const graph_operand a = graph_node_of(g, OP_clip, z, graph_constant(g, -0.4f), graph_constant(g, 0.9f), NULL);
    const graph_operand b = graph_node_of(g, OP_clip, z, graph_constant(g, 0), graph_constant(g, 0x1p100), NULL);
    const graph_operand sum = graph_node_of(g, OP_add, a, b, graph_input, NULL);
    const graph_operand c = graph_node_of(g, OP_clip, sum, graph_constant(g, -0x1p100), graph_constant(g, 0.5), NULL);
    graph_affine(g, graph_node_of(g, OP_add, c, sum, graph_input, NULL), 7, 4, state);
    return g;
}

/* A slope for each channel, and one for all; the larger and the smaller of two values, of a value and constants, and of itself. */
static inline ga_graph *
graph_choices(ga_dtype dtype, uint64_t *state)
{
    const op_attributes conv = { .kernel = { 2, 2 }, .stride = { 1, 1 } }, pool = { .kernel = { 2, 2 }, .stride = { 2, 2 } };
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 2, 5, 5 } });
    const graph_operand z = graph_conv2d(g, graph_input, 2, 3, &conv, state); /* 3 x 4 x 4 */
    const graph_operand a = graph_node_of(g, OP_prelu, z, graph_random_parameter(g, 1, 3, 1, state), graph_input, NULL);
    const graph_operand b = graph_node_of(g, OP_maximum, a, graph_conv2d(g, graph_input, 2, 3, &conv, state), graph_input, NULL);
    const graph_operand low = graph_random_parameter(g, 1, 3, 2, state);
    g->parameter[low.index].constant = true;
    const graph_operand high = graph_node_of(g, OP_maximum, b, low, graph_input, NULL);
    const graph_operand c = graph_node_of(g, OP_minimum, high, z, graph_input, NULL);
    const graph_operand d = graph_node_of(g, OP_max_pool, c, graph_input, graph_input, &pool); /* 3 x 2 x 2 */
    const graph_operand row = graph_affine(g, d, 12, 6, state), most = graph_constant(g, 0.75);
    const graph_operand e = graph_node_of(g, OP_minimum, row, most, graph_input, NULL);
    const graph_operand own = graph_node_of(g, OP_maximum, e, e, graph_input, NULL);
    const graph_operand slope = graph_random_parameter(g, 1, 1, 1, state);
    const graph_operand f = graph_node_of(g, OP_prelu, own, slope, graph_input, NULL);
    graph_affine(g, graph_node_of(g, OP_add, f, e, graph_input, NULL), 6, 4, state);
    return g;
}

/* |z|, hard sigmoid and swish, hardtanh and ReLU6, each behind a sum. */
static inline ga_graph *
graph_hard(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand z = graph_affine(g, graph_input, 6, 7, state);
    const graph_operand y = graph_unary(g, OP_abs, z), w = graph_unary(g, OP_hard_swish, z);
    const graph_operand b = graph_affine(g, graph_node_of(g, OP_add, y, w, graph_input, NULL), 7, 6, state);
    const graph_operand s = graph_unary(g, OP_hard_sigmoid, b), r = graph_unary(g, OP_relu6, b);
    const graph_operand c = graph_affine(g, graph_node_of(g, OP_add, s, r, graph_input, NULL), 6, 6, state);
    const graph_operand d = graph_node_of(g, OP_hardtanh, c, graph_constant(g, -0.4f), graph_constant(g, 3.25), NULL);
    const graph_operand t = graph_unary(g, OP_abs, d), u = graph_unary(g, OP_relu6, c);
    const graph_operand e = graph_unary(g, OP_hard_sigmoid, graph_node_of(g, OP_add, t, u, graph_input, NULL));
    const graph_operand f = graph_node_of(g, OP_add, graph_unary(g, OP_hard_swish, c), e, graph_input, NULL);
    graph_affine(g, graph_node_of(g, OP_hardtanh, f, graph_constant(g, -0x1p100), graph_constant(g, 4), NULL), 6, 4, state);
    return g;
}

/* Rows of an image's numbers, each by the same matrix. */
static inline graph_operand
graph_rows(ga_graph *g, graph_operand x, size_t rows, size_t n_in, size_t n_out, double scale, uint64_t *state)
{
    const graph_operand w = graph_random_parameter(g, n_out, n_in, scale, state);
    return graph_node_of(g, OP_affine, x, w, graph_random_parameter(g, 1, n_out, 1, state), &(op_attributes){ .rows = rows });
}

static inline graph_operand
graph_matmul(ga_graph *g, graph_operand x, graph_operand y, size_t n, size_t rows, size_t inner, size_t cols)
{
    const op_attributes a = { .from = { 3, { n, rows, inner } }, .to = { 3, { n, rows, cols } } };
    return graph_node_of(g, OP_matmul, x, y, graph_input, &a);
}

/* Of 2 matrices each, of which one is a sum that the other comes from; one matrix, times itself. */
static inline ga_graph *
graph_matmuls(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 4, 1, 3 } });
    const graph_operand x = graph_rows(g, graph_input, 4, 3, 6, 1, state);        /* as 2 of 3 x 4 */
    const graph_operand y = graph_rows(g, graph_unary(g, OP_tanh, x), 4, 6, 4, 1, state); /* as 2 of 4 x 2 */
    const graph_operand z = graph_matmul(g, x, y, 2, 3, 4, 2), s = graph_unary(g, OP_sigmoid, z); /* 2 of 3 x 2 */
    const graph_operand square = graph_matmul(g, y, y, 1, 4, 4, 4);
    const graph_operand a = graph_affine(g, square, 16, 3, state), b = graph_affine(g, s, 12, 3, state);
    graph_affine(g, graph_node_of(g, OP_add, a, b, graph_input, NULL), 3, 4, state);
    return g;
}

/* Of rows, one of which is nearly one class, and of all numbers, of a sum that comes from the first. */
static inline ga_graph *
graph_softmaxes(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand z = graph_affine(g, graph_input, 6, 8, state);
    dtype_set(dtype, g->parameter[1].exact, 5, 12);
    const graph_operand s = graph_node_of(g, OP_softmax_rows, z, graph_input, graph_input, &(op_attributes){ .rows = 2 });
    const graph_operand t = graph_node_of(g, OP_softmax_rows, graph_affine(g, s, 8, 5, state), graph_input, graph_input, NULL);
    graph_affine(g, graph_node_of(g, OP_mul, t, t, graph_input, NULL), 5, 4, state);
    return g;
}

/* Of parts of 3 rows, one of which is one number and the largest of another of which is left out. */
static inline ga_graph *
graph_masked_softmaxes(ga_dtype dtype, uint64_t *state)
{
    static const char mask[] = "110110000101";
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand z = graph_affine(g, graph_input, 6, 12, state);
    dtype_set(dtype, g->parameter[1].exact, 2, 12);
    graph_parameter *const p = graph_add_parameter(g, 1, 12, "mask");
    p->constant = true;
    for (size_t k = 0; k < 12; k++)
        dtype_set(dtype, p->exact, k, mask[k] == '1');
    const graph_operand m = { FROM_PARAMETER, g->n_parameters - 1 };
    const graph_operand s = graph_node_of(g, OP_masked_softmax, z, m, graph_input, &(op_attributes){ .rows = 3 });
    graph_affine(g, graph_node_of(g, OP_mul, s, z, graph_input, NULL), 12, 4, state);
    return g;
}

/* Largest numbers of values side by side, the input among them, and of sums over channels, which are pooled too. */
static inline ga_graph *
graph_ties(ga_dtype dtype, uint64_t *state)
{
    const op_attributes conv = { .kernel = { 1, 1 }, .stride = { 1, 1 } }, pool = { .kernel = { 2, 2 }, .stride = { 2, 2 } };
    const op_attributes join = { .from = { 3, { 1, 4, 4 } }, .to = { 3, { 3, 4, 4 } } };
    const op_attributes sum = { .from = { 3, { 3, 4, 4 } }, .to = { 3, { 1, 4, 4 } } };
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 1, 4, 4 } });
    const graph_operand a = graph_unary(g, OP_relu, graph_conv2d(g, graph_input, 1, 2, &conv, state));
    const graph_operand both = graph_node_of(g, OP_concat, graph_input, a, graph_input, &join);
    const graph_operand all = graph_node_of(g, OP_sum_over, both, graph_input, graph_input, &sum);
    const graph_operand top = graph_node_of(g, OP_max_pool, both, graph_input, graph_input, &pool); /* 3 x 2 x 2 */
    const graph_operand other = graph_node_of(g, OP_max_pool, all, graph_input, graph_input, &pool); /* 1 x 2 x 2 */
    const graph_operand first = graph_affine(g, top, 12, 3, state), second = graph_affine(g, other, 4, 3, state);
    graph_affine(g, graph_node_of(g, OP_add, first, second, graph_input, NULL), 3, 4, state);
    return g;
}

/* The same of log-softmaxes. */
static inline ga_graph *
graph_log_softmaxes(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand z = graph_affine(g, graph_input, 6, 8, state);
    dtype_set(dtype, g->parameter[1].exact, 5, 12);
    const graph_operand l = graph_node_of(g, OP_log_softmax_rows, z, graph_input, graph_input, &(op_attributes){ .rows = 2 });
    const graph_operand t = graph_node_of(g, OP_log_softmax_rows, graph_affine(g, l, 8, 5, state), graph_input, graph_input, NULL);
    graph_affine(g, graph_node_of(g, OP_mul, t, t, graph_input, NULL), 5, 4, state);
    return g;
}

/* Of rows and of all numbers; after the first a sum joins what it was made of. */
static inline ga_graph *
graph_layer_norms(ga_dtype dtype, uint64_t *state)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { 6 } });
    const graph_operand eps = graph_constant(g, 1e-5f), four = graph_constant(g, 4), eight = graph_constant(g, 8);
    const graph_operand z = graph_affine(g, graph_input, 6, 8, state);
    const graph_operand y = graph_node_of(g, OP_layer_norm, z, eps, four, &(op_attributes){ .rows = 2 });
    const graph_operand sum = graph_node_of(g, OP_add, graph_unary(g, OP_tanh, y), z, graph_input, NULL);
    graph_affine(g, graph_node_of(g, OP_layer_norm, sum, eps, eight, NULL), 8, 4, state);
    return g;
}

/* Softmax(x W x^T) x of the rows of an image, whose sum with x is normalised. */
static inline ga_graph *
graph_attention(ga_dtype dtype, uint64_t *state)
{
    const op_attributes turn = { .from = { 3, { 4, 1, 3 } }, .to = { 3, { 3, 1, 4 } }, .axis = { 2, 1, 0 }, .step = { 1, 1, 1 } };
    ga_graph *g = graph_new(dtype, &(op_shape){ 3, { 4, 1, 3 } });
    const graph_operand eps = graph_constant(g, 1e-5f), three = graph_constant(g, 3);
    const graph_operand x = graph_rows(g, graph_input, 4, 3, 3, 1, state), q = graph_rows(g, x, 4, 3, 3, 2, state);
    const graph_operand k = graph_node_of(g, OP_view, x, graph_input, graph_input, &turn);
    const graph_operand scores = graph_matmul(g, q, k, 1, 4, 3, 4);
    const graph_operand p = graph_node_of(g, OP_softmax_rows, scores, graph_input, graph_input, &(op_attributes){ .rows = 4 });
    const graph_operand sum = graph_node_of(g, OP_add, graph_matmul(g, p, x, 1, 4, 4, 3), x, graph_input, NULL);
    const graph_operand y = graph_node_of(g, OP_layer_norm, sum, eps, three, &(op_attributes){ .rows = 4 });
    graph_affine(g, graph_unary(g, OP_gelu, y), 12, 4, state);
    return g;
}

typedef struct {
    const char *name;
    ga_graph *(*make)(ga_dtype dtype, uint64_t *state);
    int loss; /* -1: cross-entropy and margin */
} graph_case;

static const graph_case graphs[] = {
    { "residual", graph_residual, -1 },
    { "leaky ReLU", graph_leaky_relu, -1 },
#define SMOOTH(f, words, ...) { words, graph_##f, -1 },
#include "num/smooth.def"
#undef SMOOTH
    { "scaled ELU", graph_selu, -1 },
    { "functions", graph_functions, -1 },
    { "powers", graph_powers, -1 },
    { "quotients", graph_quotients, -1 },
    { "convolutions", graph_convolutions, -1 },
    { "max pools", graph_max_pools, -1 },
    { "borders", graph_borders, -1 },
    { "stores", graph_stores, -1 },
    { "products", graph_products, -1 },
    { "by constants", graph_by_constants, -1 },
    { "groups", graph_groups, -1 },
    { "means", graph_means, -1 },
    { "clips", graph_clips, -1 },
    { "choices", graph_choices, -1 },
    { "hard functions", graph_hard, -1 },
    { "views", graph_views, -1 },
    { "spreads", graph_spreads, -1 },
    { "batch norms", graph_batch_norms, -1 },
    { "matmuls", graph_matmuls, -1 },
    { "softmaxes", graph_softmaxes, -1 },
    { "softmaxes of parts", graph_masked_softmaxes, -1 },
    { "layer norms", graph_layer_norms, -1 },
    { "attention", graph_attention, -1 },
    { "squared error", graph_residual, GA_SQUARED_ERROR },
    { "binary cross-entropy", graph_residual, GA_BCE },
    { "binary cross-entropy of a sigmoid", graph_sigmoid_end, GA_BCE },
    { "logit", graph_residual, GA_LOGIT },
    { "probability", graph_residual, GA_PROBABILITY },
    { "probability of a sigmoid", graph_sigmoid_end, GA_PROBABILITY },
    { "negative log-likelihood of a log-softmax", graph_log_softmax_end, GA_NLL },
    { "negative log-likelihood of a softmax", graph_softmax_end, GA_NLL },
    { "negative log-likelihood of a composed log-softmax", graph_composed_log_softmax, GA_NLL },
    { "soft cross-entropy", graph_residual, GA_SOFT_CROSS_ENTROPY },
    { "hinge of Carlini and Wagner", graph_residual, GA_CW },
    { "upstream gradient", graph_residual, GA_UPSTREAM },
    { "difference of logits ratio", graph_label_first, GA_DLR },
    { "difference of logits ratio, label last", graph_label_last, GA_DLR },
    { "log-softmaxes", graph_log_softmaxes, -1 },
    { "ties", graph_ties, -1 },
};
enum { N_GRAPHS = sizeof graphs / sizeof *graphs };

/* Label smoothing, and a kappa that no margin is beyond. */
static inline double
graph_number(ga_loss loss)
{
    return loss == GA_SOFT_CROSS_ENTROPY ? 0.125 : loss == GA_CW ? 1024 : 0;
}

static inline program *
graph_program(const ga_graph *g, ga_loss loss)
{
    const program_options o = { .loss = loss, .gain = 1, .logit_scale = 1, .number = graph_number(loss), .input = true,
                                .parameters = true };
    program *p = program_new(g, &o);
    if (p == NULL)
        exit(99);
    return p;
}

/* With what training adds to functions: gains, and dropout or penalties. */
static inline program *
graph_training(const ga_graph *g, ga_loss loss, bool dropout)
{
    const program_options o = { .loss = loss, .gain = 1, .logit_scale = 1, .number = graph_number(loss), .input = true,
                                .parameters = true, .every_gain = true, .dropout = dropout, .penalty = !dropout };
    program *p = program_new(g, &o);
    if (p == NULL)
        exit(99);
    for (size_t v = 0; v < p->n_values; v++)
        if (p->value[v].role == VALUE_FACTOR && p->value[v].rows == 1 && p->value[v].factor != graph_number(loss))
            p->value[v].factor = 0.75 + 0.0625 * (double)(v % 4);
    return p;
}

/* rows x inputs numbers of binary32 from -1 to 1, of which most are 0, so that windows are equal. */
static inline double *
graph_inputs(const ga_graph *g, size_t rows, uint64_t *state)
{
    const size_t n = rows * g->input.dim[0] * (g->input.n_dims > 1 ? g->input.dim[1] * g->input.dim[2] : 1);
    double *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = test_random(state) % 4 == 0 ? (float)network_uniform(state) : test_random(state) % 8 == 0 ? 0.5 : 0;
    return x;
}

#endif
