/* SPDX-License-Identifier: Apache-2.0 */
/* function.c -- a = f(z), and d = f'(z), for the functions of num/functions.def; their constants are of the model's type, and enter
   every format as they are. */
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "num/dtype.h"
#include "num/function.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_two_of_same_shape(out, in, a);
    return in[1]->rows == 1 && in[0]->cols % in[1]->cols == 0 ? NULL : "the constant does not fit the value";
}

/* An exponent may be an integer. */
static ga_code
read_power(onnx_reading *r)
{
    graph_operand in[2];
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK)
        return code;
    const onnx_value *const c = r->in[1];
    if (c == NULL || !c->constant)
        return NODE_FAULT(r->chain, "its exponent comes from the network's input; %s with a constant exponent is read", "Pow");
    in[0] = r->in[0]->at;
    if (c->array.integers && c->array.n != 1)
        return NODE_FAULT(r->chain, "'%s' has %zu integers, not one", c->array.name, c->array.n);
    code = !c->array.integers ? onnx_spread(in + 1, r, USE_AS_IT_IS)
                              : onnx_constant(in + 1, r, r->chain->source->look ? 1 : (double)onnx_array_integer(&c->array, 0));
    return code == GA_OK ? onnx_emit_same(r, OP_pow, in, NULL) : code;
}

/* CELU of alpha 1 is ELU. */
static ga_code
read_celu(onnx_reading *r)
{
    double alpha;
    graph_operand in[2];
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_number(&alpha, r, "alpha", 1)) != GA_OK)
        return code;
    if (alpha == 1)
        return onnx_read_unary(r, OP_elu);
    if (alpha == 0)
        return NODE_FAULT(r->chain, "attribute '%s' is 0", "alpha");
    in[0] = r->in[0]->at;
    return (code = onnx_constant(in + 1, r, alpha)) == GA_OK ? onnx_emit_same(r, OP_celu, in, NULL) : code;
}

static ga_code
read(onnx_reading *r)
{
    const op_id op = onnx_operation(r->chain->node->op_type);
    return op == OP_pow ? read_power(r) : op == OP_celu ? read_celu(r) : onnx_read_unary(r, op);
}

#define FUNCTION(f, words, onnx, classes, takes)                                                                                   \
    const op_graph op_graph_##f = {                                                                                                \
        .name = words,                                                                                                             \
        .n_in = takes ? 2 : 1,                                                                                                     \
        .n_out = 2,                                                                                                                \
        .out = { "activation", "derivative" },                                                                                     \
        .shape = takes ? shape : op_two_of_same_shape,                                                                             \
        .differentiate = op_times_derivative,                                                                                      \
    };                                                                                                                             \
    const op_ball op_ball_##f = { .enclosed = true, .same = classes };                                                             \
    const op_bound op_bound_##f = { 0 };                                                                                           \
    const op_onnx op_onnx_##f = { .operator = onnx, .least = 1 + (OP_##f == OP_pow), .most = 1 + (OP_##f == OP_pow),               \
                                  .attributes = { OP_##f == OP_celu ? "alpha" : NULL }, .network = true, .read = read };
#include "num/functions.def"
#undef FUNCTION

#define OP_TEMPLATE "op/function_tmpl.c"
#include "op/every_format.h"
