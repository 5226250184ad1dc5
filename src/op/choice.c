/* SPDX-License-Identifier: Apache-2.0 */
/* choice.c -- the larger or the smaller of two numbers, element by element, and for each two masks: 1 for the one that it is and 0
   for the other; of equal numbers 1/2 for both, and of NaN 1, as PyTorch's maximum and minimum have it. The second operand is a
   value of the same shape, or a constant of the network with one number for so many of an image's, which takes no gradient: a tie
   with it halves all the same. In balls that overlap either may be chosen, unless both are one value: then the masks are [0, 1],
   and the number is the hull of both. The gradient of an operand is that of the choice times its mask, and 0 where that is 0.

   The largest of several is that of the first two, and then of it and each of the others. */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const bool constant = in[1]->rows == 1;
    op_same_shape(out, in, a);
    op_set_shape(out[1], &(op_shape){ 2, { in[0]->cols, 2 } });
    return in[0]->rows == 0 && in[0]->cols % in[1]->cols == 0 && (constant || in[0]->cols == in[1]->cols)
               ? NULL : "the two do not have the same shape";
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    for (size_t k = 0; k < 2; k++)
        if (builder_wants(b, i->in[k]))
            builder_contribute(b, i->in[k], builder_emit(b, OP_choice_input, (value_id[]){ gradient, i->out[1] },
                                                         &(op_attributes){ .side = k }));
}

const op_graph op_graph_maximum = {
    .name = "maximum", .n_in = 2, .n_out = 2, .out = { "larger", "masks" }, .shape = shape, .differentiate = differentiate,
};
const op_graph op_graph_minimum = {
    .name = "minimum", .n_in = 2, .n_out = 2, .out = { "smaller", "masks" }, .shape = shape, .differentiate = differentiate,
};
const op_graph op_graph_choice_input = {
    .name = "choice input", .n_in = 2, .n_out = 1, .out = { "chosen gradient" }, .shape = op_same_shape,
};

const op_ball op_ball_maximum = { .enclosed = true, .same = AS_EITHER, .n_kinks = 1, .kink = { { .minus = 1 } } };
const op_ball op_ball_minimum = { .enclosed = true, .same = AS_EITHER, .n_kinks = 1, .kink = { { .minus = 1 } } };
const op_ball op_ball_choice_input = { .enclosed = true };
const op_bound op_bound_maximum = { 0 };
const op_bound op_bound_minimum = { 0 };
const op_bound op_bound_choice_input = { 0 };

/* Of r->in[0], a value, and r->in[1]. */
static ga_code
choose(onnx_reading *r, op_id op)
{
    bool swapped;
    const ga_code code = onnx_two(&swapped, r);
    if (code != GA_OK)
        return code;
    graph_operand in[2] = { r->in[0]->at };
    if (!r->in[1]->constant) {
        in[1] = r->in[1]->at;
        return onnx_emit_same(r, op, in, NULL);
    }
    const ga_code constant = onnx_spread(in + 1, r, USE_AS_IT_IS);
    return constant == GA_OK ? onnx_emit_same(r, op, in, NULL) : constant;
}

static ga_code
read(onnx_reading *r)
{
    const op_id op = onnx_operation(r->chain->node->op_type);
    const onnx_value *all[ONNX_INPUTS];
    const size_t n = r->n_in;
    ga_code code = GA_OK;
    size_t first = 0;
    for (size_t k = 0; k < n; k++)
        all[k] = r->in[k];
    while (first + 1 < n && all[first] != NULL && all[first]->constant)
        first++; /* a value that flows comes first */
    if (n == 1) {
        if ((code = onnx_need_flow(r, 0)) == GA_OK)
            onnx_pass_on(r);
        return code;
    }
    r->in[0] = all[first];
    onnx_value so_far;
    for (size_t k = 0; code == GA_OK && k < n; k++) {
        if (k == first)
            continue;
        r->in[1] = all[k];
        code = choose(r, op);
        so_far = *r->out; /* what it makes is the first input of the next */
        r->in[0] = &so_far;
    }
    r->in[0] = all[0];
    r->in[1] = all[1];
    return code;
}

const op_onnx op_onnx_maximum = { .operator = "Max", .least = 1, .most = ONNX_INPUTS, .network = true, .read = read };
const op_onnx op_onnx_minimum = { .operator = "Min", .least = 1, .most = ONNX_INPUTS, .network = true, .read = read };
const op_onnx op_onnx_choice_input = { 0 };
const op_thresholds op_thresholds_maximum = { 0 };
const op_thresholds op_thresholds_minimum = { 0 };
const op_thresholds op_thresholds_choice_input = { 0 };

#define OP_TEMPLATE "op/choice_tmpl.c"
#include "op/every_format.h"
