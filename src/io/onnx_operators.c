/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_operators.c -- what each operator does to the network so far; see onnx.h and https://onnx.ai/onnx/operators/

   The value that flows is [images, …] until Flatten or Reshape makes it [images, inputs], and flat from there on. On a flat value
   the default axis of Softmax, 1 before operator set 13 and -1 since, is the same, and so is broadcasting since set 7. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "io/onnx.h"

static bool
is_flat(const onnx_chain *c)
{
    return c->n_dims == 2;
}

static size_t
per_image(const onnx_chain *c)
{
    size_t n = 1;
    for (size_t d = 1; d < c->n_dims; d++)
        n *= c->dim[d]; /* did not overflow when the input was read */
    return n;
}

static onnx_layer *
last_layer(const onnx_chain *c)
{
    return c->n_layers > 0 ? c->layer + c->n_layers - 1 : NULL;
}

static ga_code
get_int(int64_t *value, const onnx_chain *c, const char *name, int64_t otherwise)
{
    const Onnx__AttributeProto *const a = onnx_attribute(c->node, name);
    *value = a != NULL ? a->i : otherwise;
    return a == NULL || a->has_i ? GA_OK : NODE_FAULT(c, "attribute '%s' is not an integer", name);
}

/* An attribute that must have its default value. */
static ga_code
need_int(const onnx_chain *c, const char *name, int64_t value)
{
    int64_t i;
    const ga_code code = get_int(&i, c, name, value);
    return code != GA_OK || i == value ? code : NODE_FAULT(c, "%s = %" PRId64 " is not %" PRId64, name, i, value);
}

/* The flat value's only axis but that of the images, counted from the front or the back. */
static ga_code
need_last_axis(const onnx_chain *c, int64_t otherwise)
{
    int64_t axis;
    const ga_code code = get_int(&axis, c, "axis", otherwise);
    return code != GA_OK || axis == !c->single || axis == -1 ? code : NODE_FAULT(c, "axis = %" PRId64 " is not the last one", axis);
}

static ga_code
identity(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    (void)c, (void)in, (void)flow, (void)what;
    return GA_OK;
}

static void
flatten_shape(onnx_chain *c)
{
    c->dim[1] = per_image(c);
    c->n_dims = 2;
}

static ga_code
flatten(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    int64_t axis;
    const ga_code code = get_int(&axis, c, "axis", 1);
    (void)in, (void)flow, (void)what;
    if (code == GA_OK && (c->single ? axis != 0 : axis != 1 && axis != 1 - (int64_t)c->n_dims))
        return NODE_FAULT(c, "axis = %" PRId64 " is not %d", axis, !c->single);
    c->single = false;
    flatten_shape(c);
    return code;
}

/* [images, inputs], either of which may be -1, what the other leaves; or [inputs] of one image. */
static ga_code
reshape(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    const onnx_array *const shape = in[1];
    const size_t n = per_image(c);
    const ga_code code = need_int(c, "allowzero", 0);
    (void)what;
    if (code != GA_OK)
        return code;
    const bool one = shape != NULL && shape->n == 1 && c->dim[0] == 1;
    if (flow != 0 || shape == NULL || !shape->integers || shape->n_dims != 1 || (shape->n != 2 && !one))
        return NODE_FAULT(c, "its shape is not two constants, [images, %zu]", n);
    const int64_t images = one ? 1 : onnx_array_integer(shape, 0), inputs = onnx_array_integer(shape, !one);
    const bool all = images == ONNX_IMAGES || (images == 0 && !c->single) || (images > 0 && (uint64_t)images == c->dim[0]);
    if (!(inputs > 0 && (uint64_t)inputs == n && (all || images == -1)) && !(inputs == -1 && all))
        return NODE_FAULT(c, "the shape [%" PRId64 ", %" PRId64 "] is not [images, %zu]", images, inputs, n);
    c->single = one;
    flatten_shape(c);
    return GA_OK;
}

/* It does nothing outside of training. */
static ga_code
dropout(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    (void)what;
    if (flow != 0)
        return NODE_FAULT(c, "%s does not take what flows as its first input", c->node->op_type);
    const bool said = c->node->n_input > 2 && *c->node->input[2] != '\0';
    if (said && (in[2] == NULL || !in[2]->integers || onnx_array_integer(in[2], 0) != 0))
        return NODE_FAULT(c, "%s in training mode: export the network as it is used (in PyTorch: model.eval())", c->node->op_type);
    return GA_OK;
}

bool
onnx_element(tensor_element *element, int64_t type)
{
    switch (type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
        *element = ELEMENT_F32;
        return true;
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
        *element = ELEMENT_F64;
        return true;
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16:
        *element = ELEMENT_F16;
        return true;
    case ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16:
        *element = ELEMENT_BF16;
        return true;
    default:
        return false;
    }
}

/* Whether every number of the type from is one of to. */
static bool
widens(tensor_element from, tensor_element to)
{
    return from == to || tensor_element_size(from) < tensor_element_size(to);
}

/* Before the first layer another type for the rest; after the last one without loss. */
static ga_code
cast(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    const onnx_layer *const last = last_layer(c);
    tensor_element to = c->element;
    int64_t type;
    const ga_code code = get_int(&type, c, "to", 0);
    (void)in, (void)flow, (void)what;
    if (code != GA_OK)
        return code;
    if (!onnx_element(&to, type))
        return NODE_FAULT(c, "%s to a type that is not FLOAT, DOUBLE, FLOAT16 or BFLOAT16", c->node->op_type);
    if (last != NULL && !widens(c->element, to))
        return NODE_FAULT(c, "%s to a narrower type is known before the first layer only", c->node->op_type);
    c->cast = c->cast || (last != NULL && c->element != to);
    c->element = to;
    return GA_OK;
}

static ga_code
refuse_cast(const onnx_chain *c)
{
    return NODE_FAULT(c, "%s comes after a Cast to another type, which is known at the ends of a network only", c->node->op_type);
}

static ga_code
add_layer(onnx_chain *c, const onnx_array *weight, bool in_out)
{
    if (c->output != GA_LOGITS)
        return NODE_FAULT(c, "%s comes after the end, a softmax", c->node->op_type);
    if (c->cast)
        return refuse_cast(c);
    if (weight == NULL || weight->integers || weight->n_dims != 2)
        return NODE_FAULT(c, "the weights of %s are not a constant matrix", c->node->op_type);
    if (!is_flat(c) || weight->dim[!in_out] != c->dim[1])
        return NODE_FAULT(c, "'%s' takes %zu inputs, which do not fit what it gets, %zu in %zu dimensions", weight->name,
                          weight->dim[!in_out], per_image(c), c->n_dims - 1);
    if (c->n_layers == GA_MAX_LAYERS)
        return NODE_FAULT(c, "more than %d layers", GA_MAX_LAYERS);
    c->dim[1] = weight->dim[in_out];
    c->layer[c->n_layers++] = (onnx_layer){ .name = onnx_node_name(c->node), .weight = weight, .in_out = in_out,
                                            .n_in = weight->dim[!in_out], .n_out = weight->dim[in_out] };
    return GA_OK;
}

static ga_code
add_bias(onnx_chain *c, const onnx_array *bias)
{
    onnx_layer *const layer = last_layer(c);
    if (layer == NULL || layer->activation != GA_LINEAR || c->output != GA_LOGITS)
        return NODE_FAULT(c, "%s does not follow a MatMul or Gemm", c->node->op_type);
    if (c->cast)
        return refuse_cast(c);
    if (layer->bias != NULL)
        return NODE_FAULT(c, "node '%s' has a bias already", layer->name);
    if (bias == NULL || bias->integers || bias->n_dims > 2 || (bias->n_dims == 2 && bias->dim[0] != 1) ||
        (bias->n != layer->n_out && bias->n != 1))
        return NODE_FAULT(c, "'%s' is not a bias of %zu numbers", bias != NULL ? bias->name : "", layer->n_out);
    layer->bias = bias;
    return GA_OK;
}

static ga_code
gemm(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    int64_t transposed = 0;
    ga_code code = onnx_need_one(c, "alpha");
    (void)what;
    if (code == GA_OK)
        code = onnx_need_one(c, "beta");
    if (code == GA_OK)
        code = need_int(c, "transA", 0);
    if (code == GA_OK)
        code = get_int(&transposed, c, "transB", 0);
    if (code == GA_OK && transposed != 0 && transposed != 1)
        code = NODE_FAULT(c, "transB = %" PRId64 " is not 0 or 1", transposed);
    if (code == GA_OK && flow != 0)
        code = NODE_FAULT(c, "%s does not take what flows as its first input", c->node->op_type);
    if (code == GA_OK && c->single)
        code = NODE_FAULT(c, "%s takes a matrix, not the single image that it gets", c->node->op_type);
    if (code == GA_OK)
        code = add_layer(c, in[1], transposed == 0);
    return code != GA_OK || in[2] == NULL ? code : add_bias(c, in[2]);
}

static ga_code
matmul(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    (void)what;
    return flow == 0 ? add_layer(c, in[1], true)
                     : NODE_FAULT(c, "%s does not take what flows as its first input", c->node->op_type);
}

static ga_code
add(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    (void)what;
    return add_bias(c, in[1 - flow]);
}

static ga_code
activate(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    (void)in, (void)flow;
    onnx_layer *const layer = last_layer(c);
    if (layer == NULL || layer->activation != GA_LINEAR || c->output != GA_LOGITS)
        return NODE_FAULT(c, "%s does not follow a fully connected layer", c->node->op_type);
    if (c->cast)
        return refuse_cast(c);
    layer->activation = (ga_activation)what;
    return GA_OK;
}

static ga_code
gelu(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    bool tanh;
    const ga_code code = onnx_gelu(&tanh, c);
    (void)what;
    return code == GA_OK ? activate(c, in, flow, tanh ? GA_GELU_TANH : GA_GELU) : code;
}

static ga_code
swish(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    const ga_code code = onnx_need_one(c, "alpha");
    (void)what;
    return code == GA_OK ? activate(c, in, flow, GA_SILU) : code;
}

static ga_code
end(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    (void)in, (void)flow;
    const ga_code code = need_last_axis(c, -1); /* on a flat value the same as 1 */
    if (code != GA_OK)
        return code;
    if (last_layer(c) == NULL || last_layer(c)->activation != GA_LINEAR || c->output != GA_LOGITS)
        return NODE_FAULT(c, "%s does not follow the last fully connected layer", c->node->op_type);
    c->output = (ga_output)what;
    return GA_OK;
}

/* Whether the constant broadcasts to the value that flows without making it larger. */
static bool
broadcasts(const onnx_chain *c, const onnx_array *a)
{
    if (a->integers || a->n_dims > c->n_dims)
        return false;
    for (size_t d = 1; d <= a->n_dims; d++) {
        const size_t dim = a->dim[a->n_dims - d];
        if (dim != 1 && (d == c->n_dims || dim != c->dim[c->n_dims - d])) /* not along the images */
            return false;
    }
    return true;
}

static ga_code
normalise(onnx_chain *c, const onnx_array *const *in, size_t flow, int what)
{
    const onnx_array *const a = in[1 - flow];
    if (c->n_layers > 0)
        return NODE_FAULT(c, "%s by a constant is known before the first layer only", c->node->op_type);
    if (flow != 0 && what != GA_MULTIPLY)
        return NODE_FAULT(c, "%s does not take what flows as its first input", c->node->op_type);
    if (a == NULL || !broadcasts(c, a))
        return NODE_FAULT(c, "'%s' does not fit the shape of the input", a != NULL ? a->name : "");
    if (c->n_steps == GA_NORMALISE_STEPS)
        return NODE_FAULT(c, "more than %d operations on the input", GA_NORMALISE_STEPS);
    onnx_step *const s = c->step + c->n_steps++;
    *s = (onnx_step){ .name = onnx_node_name(c->node), .kind = (ga_step_kind)what, .array = a, .n_dims = c->n_dims };
    memcpy(s->dim, c->dim, sizeof s->dim);
    return GA_OK;
}

static const onnx_operator operators[] = {
    { "Flatten", flatten, 0, 1, 1, { "axis" } },
    { "Reshape", reshape, 0, 2, 2, { "allowzero" } },
    { "Gemm", gemm, 0, 2, 3, { "alpha", "beta", "transA", "transB" } },
    { "MatMul", matmul, 0, 2, 2, { NULL } },
    { "Add", add, 0, 2, 2, { NULL } },
    { "Sigmoid", activate, GA_SIGMOID, 1, 1, { NULL } },
    { "Tanh", activate, GA_TANH, 1, 1, { NULL } },
    { "Relu", activate, GA_RELU, 1, 1, { NULL } },
    { "Softplus", activate, GA_SOFTPLUS, 1, 1, { NULL } },
    { "Gelu", gelu, 0, 1, 1, { "approximate" } },
    { "Swish", swish, 0, 1, 1, { "alpha" } },
    { "Mish", activate, GA_MISH, 1, 1, { NULL } },
    { "Softmax", end, GA_SOFTMAX, 1, 1, { "axis" } },
    { "LogSoftmax", end, GA_LOG_SOFTMAX, 1, 1, { "axis" } },
    { "Identity", identity, 0, 1, 1, { NULL } },
    { "Dropout", dropout, 0, 1, 3, { "ratio", "seed" } },
    { "Cast", cast, 0, 1, 1, { "to", "saturate" } },
    { "Constant", NULL, ONNX_NO_SHAPE, 0, 0, { "value", "value_float", "value_floats", "value_int", "value_ints" } },
    { "Shape", NULL, ONNX_SHAPE, 1, 1, { NULL } },
    { "Gather", NULL, ONNX_GATHER, 2, 2, { "axis" } },
    { "Unsqueeze", NULL, ONNX_UNSQUEEZE, 1, 2, { "axes" } },
    { "Concat", NULL, ONNX_CONCAT, 1, ONNX_INPUTS, { "axis" } },
    { "Sub", normalise, GA_SUBTRACT, 2, 2, { NULL } },
    { "Mul", normalise, GA_MULTIPLY, 2, 2, { NULL } },
    { "Div", normalise, GA_DIVIDE, 2, 2, { NULL } },
    { .name = NULL }
};

const char *
onnx_chain_operator(size_t i)
{
    return operators[i].name;
}

static bool
chain_takes(const void *operator, const char *attribute)
{
    const onnx_operator *const o = operator;
    for (size_t i = 0; i < ONNX_ATTRIBUTES; i++)
        if (o->attributes[i] != NULL && strcmp(o->attributes[i], attribute) == 0)
            return true;
    return false;
}

ga_code
onnx_node_check(const onnx_operator **o, const onnx_chain *c)
{
    const char *const domain = ONNX_TEXT(c->node->domain), *const name = ONNX_TEXT(c->node->op_type);

    if (*domain != '\0' && strcmp(domain, "ai.onnx") != 0)
        return NODE_FAULT(c, "operator '%s' is of the domain '%s', not ONNX's own", name, domain);
    for (*o = operators; (*o)->name != NULL && strcmp((*o)->name, name) != 0; ++*o)
        ;
    if ((*o)->name == NULL)
        return onnx_refuse_operator(c, name);
    if (c->node->n_input < (*o)->least || c->node->n_input > (*o)->most)
        return NODE_FAULT(c, "%s has %zu inputs", name, c->node->n_input);
    const bool masked = strcmp(name, "Dropout") == 0; /* whose second output, the mask, stays without a name */
    if (c->node->n_output < 1 || c->node->n_output > (masked ? 2 : 1) || *c->node->output[0] == '\0')
        return NODE_FAULT(c, "%s has not one output", name);
    return onnx_check_attributes(c, chain_takes, *o);
}
