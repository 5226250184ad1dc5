/* SPDX-License-Identifier: Apache-2.0 */
/* spread_onnx.c -- operators of ONNX that are spread.c's: Expand, ReduceSum, ReduceLogSumExp, and Resize by whole factors. */
#include <string.h>

#include "io/op_onnx.h"
#include "op/spread.h"

/* A constant in a larger shape has as many numbers as before, or is one number, or is the same for all images. */
static ga_code
expand_constant(onnx_reading *r, const onnx_array *shape)
{
    onnx_array *const a = &r->out->array;
    size_t n = 1;
    *a = r->in[0]->array;
    const onnx_array of = *a;
    bool fits = shape->n >= of.n_dims && shape->n <= ONNX_DIMS;
    a->n_dims = shape->n;
    for (size_t d = 0; fits && d < shape->n; d++) {
        const size_t behind = shape->n - d, own = behind <= of.n_dims ? of.dim[of.n_dims - behind] : 1;
        const int64_t size = onnx_array_integer(shape, d);
        a->dim[d] = size == ONNX_IMAGES && d == 0 ? own : size < 1 ? 0 : own > 1 && size == 1 ? own : (size_t)size;
        fits = a->dim[d] > 0 && (own == 1 || a->dim[d] == own) && !__builtin_mul_overflow(n, a->dim[d], &n) && n <= 1 << 28;
    }
    if (!fits || (n != of.n && of.n != 1))
        return NODE_FAULT(r->chain, "the constant '%s' becomes larger otherwise than for all images: expand it before the export",
                          of.name);
    if (n != of.n) {
        a->stride = 0;
        a->n = n;
    }
    r->out->constant = true;
    return GA_OK;
}

static ga_code
read_expand(onnx_reading *r)
{
    const onnx_value *const x = r->in[0], *const given = r->in[1];
    size_t dim[ONNX_DIMS] = { 0 };
    if (x == NULL || given == NULL || !given->constant || !given->array.integers || given->array.n_dims != 1)
        return NODE_FAULT(r->chain, "its shape is not constant integers%s", "");
    if (x->constant)
        return expand_constant(r, &given->array);
    ga_code code = onnx_need_dims(r, x);
    if (code != GA_OK)
        return code;
    const size_t n = given->array.n;
    bool fits = n <= x->n_dims;
    for (size_t d = 0; fits && d < x->n_dims; d++) {
        const int64_t size = d + n >= x->n_dims ? onnx_array_integer(&given->array, d + n - x->n_dims) : 1;
        dim[d] = size > 1 ? (size_t)size : x->dim[d];
        fits = d == 0 ? size == ONNX_IMAGES || size == 1 || size == (int64_t)r->chain->dim[0]
                      : size >= 1 && (x->dim[d] == 1 || size == 1 || dim[d] == x->dim[d]);
    }
    if (!fits)
        return NODE_FAULT(r->chain, "its shape is not [images, ...] that its input of %zu dimensions fits", x->n_dims);
    if ((code = onnx_expand(r, 0, dim)) == GA_OK)
        onnx_pass_on(r);
    return code;
}

const op_onnx op_onnx_expand = { .operator = "Expand", .least = 2, .most = 2, .network = true, .read = read_expand };

static ga_code
root(onnx_reading *r)
{
    const onnx_value sum = *r->out;
    const ga_code code = onnx_emit(r, OP_sqrt, &sum.at, NULL);
    r->out->n_dims = sum.n_dims;
    memcpy(r->out->dim, sum.dim, sizeof sum.dim);
    return code;
}

static ga_code
read_sum(onnx_reading *r)
{
    const ga_code code = onnx_need_flow(r, 0);
    return code == GA_OK ? onnx_reduce(r, false) : code;
}

/* log sum e^x, as it is written: e^x overflows where x is large. */
static ga_code
read_log_sum(onnx_reading *r)
{
    const onnx_value *const x = r->in[0];
    ga_code code = onnx_read_unary(r, OP_exp);
    if (code != GA_OK)
        return code;
    onnx_value so_far = *r->out;
    r->in[0] = &so_far;
    if ((code = onnx_reduce(r, false)) == GA_OK) {
        so_far = *r->out;
        code = onnx_emit_same(r, OP_log, &so_far.at, NULL);
    }
    r->in[0] = x;
    return code;
}

/* The root of the sum of squares, or that sum. */
static ga_code
read_norm(onnx_reading *r)
{
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK)
        return code;
    onnx_value squares = *r->in[0];
    const graph_operand both[2] = { squares.at, squares.at };
    if ((code = onnx_emit_same(r, OP_mul, both, NULL)) != GA_OK)
        return code;
    squares.at = r->out->at;
    r->in[0] = &squares;
    code = onnx_reduce(r, false);
    return code != GA_OK || strcmp(r->chain->node->op_type, "ReduceSumSquare") == 0 ? code : root(r);
}

static bool
is_word(const onnx_reading *r, const char *name, const char *word, bool otherwise)
{
    const Onnx__AttributeProto *const a = onnx_attribute(r->chain->node, name);
    return a == NULL ? otherwise : a->has_s && a->s.len == strlen(word) && memcmp(a->s.data, word, a->s.len) == 0;
}

/* Sides are whole factors longer: from factors, or from sizes. */
static ga_code
read_factors(size_t factor[ONNX_DIMS], const onnx_reading *r)
{
    const size_t second = r->n_in > 2 ? 2 : 1; /* without regions of interest in old sets */
    const onnx_value *const x = r->in[0], *const by = r->in[second], *const to = r->n_in > 3 ? r->in[3] : NULL;
    const onnx_value *const given = to != NULL ? to : by;
    if (given == NULL || !given->constant || given->array.integers != (to != NULL) || given->array.n != x->n_dims ||
        given->array.packed != 0)
        return NODE_FAULT(r->chain, "its scales or sizes are not %zu constants", x->n_dims);
    for (size_t d = 0; d < x->n_dims; d++) {
        const int64_t size = to != NULL ? onnx_array_integer(&to->array, d) : 0;
        double f = to == NULL ? onnx_array_number(&by->array, d) : d == 0 ? 1 : (double)size / (double)x->dim[d];
        if (d == 0 && to != NULL && size != ONNX_IMAGES && size != 1 && size != (int64_t)r->chain->dim[0])
            f = 0;
        if (!(f >= 1 && f <= 1 << 20) || f != (double)(size_t)f || (d == 0 && f != 1))
            return NODE_FAULT(r->chain, "dimension %zu does not become a whole number of times as long: %s by whole factors is "
                              "read", d, r->chain->node->op_type);
        factor[d] = (size_t)f;
    }
    return GA_OK;
}

/* With the nearest number, which for whole factors is the same by either of two ways to count. */
static ga_code
read_resize(onnx_reading *r)
{
    const onnx_value x = *r->in[0];
    op_attributes a = { .kernel = { 0 } };
    size_t factor[ONNX_DIMS], n = 0;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_need_dims(r, &x)) != GA_OK)
        return code;
    const bool old = r->chain->set < 11; /* asymmetric, with floor */
    const bool half = !old && is_word(r, "coordinate_transformation_mode", "half_pixel", true);
    const bool none = is_word(r, "coordinate_transformation_mode", "asymmetric", false);
    const bool round = is_word(r, "nearest_mode", "round_prefer_floor", true) ||
                       is_word(r, "nearest_mode", "round_prefer_ceil", false);
    if (!is_word(r, "mode", "nearest", true) || !(old || (half && round) || (none && is_word(r, "nearest_mode", "floor", false))))
        return NODE_FAULT(r->chain, "it computes new numbers, or takes others than the nearest: mode nearest of %s is read, "
                                    "asymmetric with floor, or half_pixel", r->chain->node->op_type);
    if ((code = read_factors(factor, r)) != GA_OK)
        return code;
    for (size_t d = 1; d < x.n_dims; d++) {
        a.from.dim[n] = a.to.dim[n] = x.dim[d];
        n++;
        if (factor[d] > 1 && n < OP_DIMS) {
            a.from.dim[n] = 1;
            a.to.dim[n++] = factor[d];
        } else if (n >= OP_DIMS && (factor[d] > 1 || d + 1 < x.n_dims))
            return NODE_FAULT(r->chain, "more than %d dimensions become longer", OP_DIMS / 2);
    }
    if (n == 2) /* no shape of a node has two */
        a.from.dim[n] = a.to.dim[n] = 1;
    a.from.n_dims = a.to.n_dims = n == 2 ? 3 : n;
    code = onnx_emit(r, OP_expand, &x.at, &a);
    r->out->n_dims = x.n_dims;
    for (size_t d = 1; d < x.n_dims; d++)
        r->out->dim[d] = x.dim[d] * factor[d];
    return code;
}

const op_onnx onnx_spreads[] = {
    { .operator = "Resize", .least = 2, .most = 4,
      .attributes = { "coordinate_transformation_mode", "cubic_coeff_a", "mode", "nearest_mode" }, .network = true,
      .read = read_resize },
    { .operator = "ReduceLogSumExp", .least = 1, .most = 2, .attributes = { "axes", "keepdims", "noop_with_empty_axes" },
      .network = true, .read = read_log_sum },
    { .operator = "Upsample", .least = 2, .most = 2, .attributes = { "mode" }, .network = true, .read = read_resize },
    { .operator = "ReduceL2", .least = 1, .most = 2, .attributes = { "axes", "keepdims", "noop_with_empty_axes" }, .network = true,
      .read = read_norm },
    { .operator = "ReduceSumSquare", .least = 1, .most = 2, .attributes = { "axes", "keepdims", "noop_with_empty_axes" },
      .network = true, .read = read_norm },
    { .operator = NULL },
};

const op_onnx op_onnx_sum_over = {
    .operator = "ReduceSum", .least = 1, .most = 2, .attributes = { "axes", "keepdims", "noop_with_empty_axes" }, .network = true,
    .read = read_sum,
};
