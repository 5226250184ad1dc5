/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_network.c -- a network that is no chain of layers: each node of the file becomes one of the graph; see op_onnx.h */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/op_graph.h"
#include "io/op_onnx.h"
#include "num/dtype.h"
#include "num/format.h"

#define OPERATION(name) &op_onnx_##name,
static const op_onnx *const rows[] = {
#include "op/ops.def"
};
#undef OPERATION

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

static const op_onnx *
find_row(const char *operator)
{
    for (size_t i = 0; i < N_OPS; i++)
        if ((rows[i]->operator != NULL && strcmp(rows[i]->operator, operator) == 0) ||
            (rows[i]->also != NULL && strcmp(rows[i]->also, operator) == 0))
            return rows[i];
    return NULL;
}

op_id
onnx_operation(const char *operator)
{
    const op_onnx *const row = find_row(operator);
    size_t op = 0;
    while (op < N_OPS && rows[op] != row)
        op++;
    return (op_id)op;
}

bool
onnx_is_constant(const Onnx__GraphProto *graph, const char *name, size_t *looks)
{
    do {
        const char *of = NULL;
        *looks += graph->n_initializer + graph->n_node;
        for (size_t i = 0; i < graph->n_initializer; i++)
            if (strcmp(ONNX_TEXT(graph->initializer[i]->name), name) == 0)
                return true;
        for (size_t k = 0; of == NULL && k < graph->n_node; k++) {
            const Onnx__NodeProto *const node = graph->node[k];
            if (node->n_output == 0 || strcmp(ONNX_TEXT(node->output[0]), name) != 0)
                continue;
            if (strcmp(ONNX_TEXT(node->op_type), "Constant") == 0)
                return true;
            if (strcmp(ONNX_TEXT(node->op_type), "Identity") == 0 && node->n_input == 1)
                of = node->input[0];
        }
        name = of;
    } while (name != NULL && *looks < ONNX_MOST_LOOKS);
    return false;
}

tensor_element
onnx_input_element(const Onnx__GraphProto *graph)
{
    size_t looks = 0;
    for (size_t i = 0; i < graph->n_input && looks < ONNX_MOST_LOOKS; i++) {
        const Onnx__TypeProto *const type = graph->input[i]->type;
        tensor_element element;
        if (!onnx_is_constant(graph, ONNX_TEXT(graph->input[i]->name), &looks) && type != NULL &&
            type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE && onnx_element(&element, type->tensor_type->elem_type))
            return element;
    }
    return ELEMENT_OTHER;
}

bool
onnx_narrow(ga_format *format, tensor_element element)
{
    static const struct {
        tensor_element element;
        ga_format format;
    } narrow[] = { { ELEMENT_F16, { FORMAT_OF(f16) } } };
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++)
        if (narrow[i].element == element) {
            *format = narrow[i].format;
            return true;
        }
    return false;
}

bool
onnx_is_network(const Onnx__GraphProto *graph)
{
    for (size_t k = 0; k < graph->n_node; k++) {
        const op_onnx *const row = find_row(ONNX_TEXT(graph->node[k]->op_type));
        if (row != NULL && row->network)
            return true;
    }
    for (size_t i = 0; i < N_OPS; i++)
        if (rows[i]->no_chain != NULL && rows[i]->no_chain(graph))
            return true;
    return false;
}

ga_code
onnx_sizes(size_t *to, const onnx_reading *r, const char *name, size_t n, size_t otherwise)
{
    const Onnx__AttributeProto *const a = onnx_attribute(r->chain->node, name);
    for (size_t i = 0; i < n; i++)
        to[i] = otherwise;
    if (a == NULL)
        return GA_OK;
    if (a->n_ints != n && !(n == 1 && a->has_i))
        return FAULT(r, "attribute '%s' has not %zu integers", name, n);
    for (size_t i = 0; i < n; i++) {
        const int64_t x = n == 1 && a->has_i ? a->i : a->ints[i];
        if (x < 0 || x > 1 << 20)
            return FAULT(r, "attribute '%s' has %" PRId64, name, x);
        to[i] = (size_t)x;
    }
    return GA_OK;
}

ga_code
onnx_number(double *to, const onnx_reading *r, const char *name, double otherwise)
{
    const Onnx__AttributeProto *const a = onnx_attribute(r->chain->node, name);
    *to = a != NULL ? (double)a->f : otherwise;
    return a == NULL || (a->has_f && isfinite(a->f)) ? GA_OK : FAULT(r, "attribute '%s' is not a number", name);
}

ga_code
onnx_need_flow(const onnx_reading *r, size_t input)
{
    return input < r->n_in && r->in[input] != NULL && !r->in[input]->constant
               ? GA_OK : FAULT(r, "its input %zu does not come from the network's input", input + 1);
}

ga_code
onnx_need_constant(const onnx_reading *r, size_t input)
{
    return input < r->n_in && r->in[input] != NULL && r->in[input]->constant && !r->in[input]->array.integers
               ? GA_OK : FAULT(r, "its input %zu is not a constant of the file", input + 1);
}

ga_code
onnx_need_open(const onnx_reading *r)
{
    return r->g->end == OP_identity ? GA_OK
                                    : FAULT(r, "%s comes after %s: a softmax is read at the end of a network only",
                                            r->chain->node->op_type, r->g->end == OP_softmax ? "Softmax" : "LogSoftmax");
}

/* The source's status has the fault, if there is one. */
static ga_code
no_memory(const onnx_reading *r)
{
    return file_fail(r->chain->source->st, GA_NO_MEMORY, r->chain->source->path, "out of memory");
}

enum { NAME_MOST = 200, NAME = NAME_MOST + 64 };

/* Of the node and of what it is, "conv1.weight"; of a long one the first whole characters. */
static void
name_node(char name[NAME], const onnx_reading *r, const char *what)
{
    const char *const node = onnx_node_name(r->chain->node);
    size_t n = strlen(node);
    if (n > NAME_MOST)
        for (n = NAME_MOST; n > NAME_MOST - 4 && ((uint8_t)node[n] & 0xc0) == 0x80; n--)
            ;
    snprintf(name, NAME, "%.*s%s%s", (int)n, node, *what != '\0' ? "." : "", what);
}

/* The second of a name, which files may give to many, is "conv1.weight#2". */
static void
name_parameter(char name[NAME], const onnx_reading *r, const char *what)
{
    size_t same = 1;
    name_node(name, r, what);
    const size_t n = strlen(name);
    for (size_t k = 0; k < r->g->n_parameters; k++) {
        const char *const other = r->g->parameter[k].name;
        same += strncmp(other, name, n) == 0 && (other[n] == '\0' || (other[n] == '#' && strchr(other + n, '.') == NULL));
    }
    if (same > 1)
        snprintf(name + n, NAME - n, "#%zu", same);
}

static ga_code
add_parameter(graph_parameter **p, onnx_reading *r, const onnx_origin *origin, size_t n_rows, size_t n_cols, const char *what)
{
    tensors_source *const source = r->chain->source;
    char name[NAME];
    size_t bytes;
    if (__builtin_mul_overflow(n_rows, n_cols, &bytes) || __builtin_mul_overflow(bytes, sizeof(double), &bytes))
        return file_fail(source->st, GA_NO_MEMORY, source->path, "needs more memory than there can be");
    const ga_code code = source_take(source, bytes);
    if (code != GA_OK)
        return code;
    onnx_origin *const more = realloc(r->origin, (r->g->n_parameters + 1) * sizeof *more);
    if (more == NULL)
        return no_memory(r);
    r->origin = more;
    more[r->g->n_parameters] = *origin;
    name_parameter(name, r, what);
    return (*p = graph_add_parameter(r->g, n_rows, n_cols, name)) != NULL ? GA_OK : no_memory(r);
}

/* The parameter of that origin and size; if there is none, their number. */
static size_t
find_parameter(const onnx_reading *r, const onnx_origin *origin, size_t n_rows, size_t n_cols)
{
    size_t k = 0;
    while (k < r->g->n_parameters &&
           (r->origin[k].from != origin->from || r->origin[k].transposed != origin->transposed || r->origin[k].number ||
            r->g->parameter[k].rows != n_rows || r->g->parameter[k].cols != n_cols))
        k++;
    return k;
}

ga_code
onnx_parameter(graph_operand *to, onnx_reading *r, const onnx_array *from, size_t n_rows, size_t n_cols, bool transposed,
               const char *what)
{
    const onnx_origin origin = { .from = from, .transposed = transposed };
    graph_parameter *p;
    *to = (graph_operand){ FROM_PARAMETER, find_parameter(r, &origin, n_rows, n_cols) };
    if (to->index < r->g->n_parameters)
        return GA_OK;
    if (from != NULL && from->n != n_rows * n_cols && from->n != 1)
        return FAULT(r, "'%s' has %zu numbers, not %zu x %zu", from->name, from->n, n_rows, n_cols);
    const ga_code code = add_parameter(&p, r, &origin, n_rows, n_cols, what);
    if (code != GA_OK)
        return code;
    p->constant = from == NULL;
    for (size_t i = 0; from != NULL && !r->chain->source->look && i < n_rows; i++)
        for (size_t j = 0; j < n_cols; j++)
            dtype_set(r->g->dtype, p->exact, i * n_cols + j, /* exact: the number's type is at most that wide */
                      onnx_array_number(from, from->n == 1 ? 0 : transposed ? j * n_rows + i : i * n_cols + j));
    return GA_OK;
}

ga_code
onnx_bias(graph_operand *to, onnx_reading *r, const onnx_array *from, size_t n)
{
    if (from != NULL && (from->n_dims > 2 || (from->n_dims == 2 && from->dim[0] != 1) || (from->n != n && from->n != 1)))
        return FAULT(r, "'%s' is not a bias of %zu numbers", from->name, n);
    return onnx_parameter(to, r, from, 1, n, false, "bias");
}

ga_code
onnx_constant(graph_operand *to, onnx_reading *r, double number)
{
    graph_parameter *p;
    const ga_code code = add_parameter(&p, r, &(onnx_origin){ .number = true }, 1, 1, "constant");
    if (code != GA_OK)
        return code;
    p->constant = true;
    dtype_set(r->g->dtype, p->exact, 0, number);
    *to = (graph_operand){ FROM_PARAMETER, r->g->n_parameters - 1 };
    return GA_OK;
}

ga_code
onnx_emit(onnx_reading *r, op_id op, const graph_operand *in, const op_attributes *a)
{
    const ga_code open = onnx_need_open(r);
    if (open != GA_OK)
        return open;
    char name[NAME];
    name_node(name, r, "");
    graph_node *const node = graph_add_node(r->g, op, name);
    if (node == NULL)
        return no_memory(r);
    if (r->g->n_nodes > GA_MAX_LAYERS * 4)
        return FAULT(r, "more than %d nodes", GA_MAX_LAYERS * 4);
    for (size_t i = 0; i < op_graph_of(op)->n_in; i++)
        node->in[i] = in[i];
    if (a != NULL)
        node->a = *a;
    const char *const fault = graph_infer(r->g);
    if (fault != NULL)
        return FAULT(r, "%s", fault);
    r->out->at = (graph_operand){ FROM_NODE, r->g->n_nodes - 1 };
    r->out->n_dims = node->shape.n_dims + 1;
    r->out->dim[0] = 0;
    for (size_t d = 0; d < node->shape.n_dims; d++)
        r->out->dim[d + 1] = node->shape.dim[d];
    return GA_OK;
}

ga_code
onnx_emit_same(onnx_reading *r, op_id op, const graph_operand *in, const op_attributes *a)
{
    const onnx_value x = *r->in[0]; /* r->out is another value */
    const ga_code code = onnx_emit(r, op, in, a);
    r->out->n_dims = x.n_dims;
    memcpy(r->out->dim, x.dim, sizeof x.dim);
    return code;
}

ga_code
onnx_read_unary(onnx_reading *r, op_id op)
{
    const ga_code code = onnx_need_flow(r, 0);
    return code == GA_OK ? onnx_emit_same(r, op, &r->in[0]->at, NULL) : code;
}

ga_code
onnx_windows(op_attributes *a, const onnx_reading *r)
{
    const Onnx__AttributeProto *const way = onnx_attribute(r->chain->node, "auto_pad");
    const bool no_way = way == NULL || (way->has_s && way->s.len == 6 && memcmp(way->s.data, "NOTSET", 6) == 0);
    size_t dilations[2];
    ga_code code = onnx_sizes(a->kernel, r, "kernel_shape", 2, 0);
    if (code != GA_OK || (code = onnx_sizes(a->stride, r, "strides", 2, 1)) != GA_OK ||
        (code = onnx_sizes(a->pad, r, "pads", 4, 0)) != GA_OK || (code = onnx_sizes(dilations, r, "dilations", 2, 1)) != GA_OK)
        return code;
    if (r->in[0]->n_dims != 4)
        return FAULT(r, "its input has %zu dimensions, not [images, channels, height, width]", r->in[0]->n_dims);
    return no_way && dilations[0] == 1 && dilations[1] == 1 ? GA_OK : FAULT(r, "auto_pad or dilations are not the usual%s", "");
}

/* ---- operators that compute nothing ----------------------------------------------------------------------------- */

static void
flatten(onnx_value *v)
{
    size_t n = 1;
    for (size_t d = 1; d < v->n_dims; d++)
        n *= v->dim[d];
    v->n_dims = 2;
    v->dim[1] = n;
}

void
onnx_pass_on(const onnx_reading *r)
{
    r->out->at = r->in[0]->at;
    r->out->shared = r->in[0]->shared || r->in[0]->readers > 1;
    r->out->n_dims = r->in[0]->n_dims;
    memcpy(r->out->dim, r->in[0]->dim, sizeof r->out->dim);
}

void
onnx_pass_on_constant(const onnx_reading *r)
{
    r->out->constant = true;
    r->out->of = (onnx_value *)(uintptr_t)r->in[0];
}

/* r->out is the first input, a constant, in another shape. */
static ga_code
shape_constant(const onnx_reading *r, size_t n_dims, const size_t *dim)
{
    onnx_array *const a = &r->out->array;
    size_t n = 1;
    bool fits = n_dims <= ONNX_DIMS;
    *a = r->in[0]->array;
    for (size_t d = 0; fits && d < n_dims; d++)
        fits = dim[d] > 0 && !__builtin_mul_overflow(n, dim[d], &n);
    if (!fits || n != a->n)
        return FAULT(r, "the shape does not fit the %zu numbers of '%s'", a->n, a->name);
    r->out->constant = true;
    a->n_dims = n_dims;
    memcpy(a->dim, dim, n_dims * sizeof *dim);
    return GA_OK;
}

/* One dimension of -1 takes what the others leave; one of 0 is what it was. */
static ga_code
reshape_constant(const onnx_reading *r, const onnx_array *shape)
{
    const onnx_array *const a = &r->in[0]->array;
    size_t dim[ONNX_DIMS], n = 1, open = ONNX_DIMS;
    bool ok = shape != NULL && shape->integers && shape->n_dims == 1 && shape->n <= ONNX_DIMS;
    for (size_t d = 0; ok && d < shape->n; d++) {
        const int64_t size = onnx_array_integer(shape, d);
        ok = size >= -1 && (size != 0 || d < a->n_dims) && (size != -1 || open == ONNX_DIMS);
        dim[d] = size > 0 ? (size_t)size : size == 0 && ok ? a->dim[d] : 1;
        open = size == -1 ? d : open;
        ok = ok && !__builtin_mul_overflow(n, dim[d], &n);
    }
    if (!ok || n == 0 || onnx_attribute(r->chain->node, "allowzero") != NULL)
        return FAULT(r, "its shape is not constants that '%s' fits", a->name);
    if (open < ONNX_DIMS)
        dim[open] = a->n / n;
    return shape_constant(r, shape->n, dim);
}

static ga_code
flatten_constant(const onnx_reading *r)
{
    const onnx_array *const a = &r->in[0]->array;
    size_t axis, dim[2] = { 1, 1 };
    const ga_code code = onnx_sizes(&axis, r, "axis", 1, 1);
    for (size_t d = 0; d < a->n_dims; d++)
        dim[d >= axis] *= a->dim[d]; /* all are a->n */
    return code == GA_OK ? shape_constant(r, 2, dim) : code;
}

static bool
is_constant(const onnx_reading *r)
{
    return r->n_in > 0 && r->in[0] != NULL && r->in[0]->constant;
}

/* [images, all others]. */
static ga_code
read_reshape(onnx_reading *r)
{
    const onnx_array *const shape = r->n_in == 2 && r->in[1] != NULL && r->in[1]->constant ? &r->in[1]->array : NULL;
    if (is_constant(r))
        return reshape_constant(r, shape);
    const ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK)
        return code;
    onnx_pass_on(r);
    flatten(r->out);
    const size_t n = r->out->dim[1];
    if (shape == NULL || !shape->integers || shape->n_dims != 1 || shape->n != 2)
        return FAULT(r, "its shape is not two constants, [images, %zu]", n);
    const int64_t images = onnx_array_integer(shape, 0), inputs = onnx_array_integer(shape, 1);
    const bool all = inputs == -1 || (inputs > 0 && (uint64_t)inputs == n);
    return all && (images != -1 || inputs != -1) && images >= -1 && images <= 1
               ? GA_OK : FAULT(r, "the shape [%" PRId64 ", %" PRId64 "] is not [images, %zu]", images, inputs, n);
}

static ga_code
read_flatten(onnx_reading *r)
{
    size_t axis;
    if (is_constant(r))
        return flatten_constant(r);
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_sizes(&axis, r, "axis", 1, 1)) != GA_OK)
        return code;
    onnx_pass_on(r);
    flatten(r->out);
    return axis == 1 ? GA_OK : FAULT(r, "axis = %zu is not 1", axis);
}

/* And Dropout, whose second input, the ratio, is of no use. */
static ga_code
read_identity(onnx_reading *r)
{
    if (r->n_in > 1 && r->in[1] != NULL && !r->in[1]->constant)
        return FAULT(r, "its input 2 is not a constant of the file%s", "");
    if (is_constant(r)) {
        onnx_pass_on_constant(r);
        return GA_OK;
    }
    const ga_code code = onnx_need_flow(r, 0);
    if (code == GA_OK)
        onnx_pass_on(r);
    return code;
}

static const struct {
    const char *name;
    size_t most;
    const char *attribute;
    ga_code (*read)(onnx_reading *r);
} shapes[] = { { "Flatten", 1, "axis", read_flatten }, { "Reshape", 2, "allowzero", read_reshape },
               { "Identity", 1, NULL, read_identity }, { "Dropout", 2, "ratio", read_identity } };
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

/* ---- the graph -------------------------------------------------------------------------------------------------- */

static bool
takes(const void *operator, const char *attribute)
{
    const op_onnx *const row = operator;
    for (size_t i = 0; i < sizeof row->attributes / sizeof *row->attributes; i++)
        if (row->attributes[i] != NULL && strcmp(row->attributes[i], attribute) == 0)
            return true;
    return false;
}

/* The node's inputs by their names; what flows among them is of one type, which becomes the chain's. */
static ga_code
find_inputs(onnx_reading *r, const onnx_names *names)
{
    const Onnx__NodeProto *const node = r->chain->node;
    bool flows = false;
    r->chain->element = r->own;
    r->n_in = node->n_input;
    for (size_t i = 0; i < node->n_input; i++) {
        r->in[i] = NULL;
        if (*ONNX_TEXT(node->input[i]) == '\0')
            continue;
        onnx_value *const v = onnx_names_find(names, node->input[i]);
        if (v == NULL)
            return FAULT(r, "its input '%s' is nowhere", node->input[i]);
        if (!v->made)
            return FAULT(r, "its input '%s' is made later, or of itself", node->input[i]);
        if (flows && !v->constant && v->element != r->chain->element)
            return FAULT(r, "the numbers of '%s' are of another type than those of its other input", node->input[i]);
        if (!v->constant)
            r->chain->element = v->element;
        flows = flows || !v->constant;
        v->used = true;
        r->in[i] = v->of != NULL ? v->of : v;
    }
    return GA_OK;
}

/* The numbers of its constants are of that type. */
static ga_code
unpack_constants(const onnx_reading *r, const onnx_names *names)
{
    tensors_source *const source = r->chain->source;
    ga_code code = GA_OK;
    bool flows = false;
    for (size_t i = 0; i < r->n_in; i++)
        flows = flows || (r->in[i] != NULL && !r->in[i]->constant);
    for (size_t i = 0; flows && code == GA_OK && i < r->n_in; i++) { /* where none flows, they get another name */
        if (r->in[i] == NULL || !r->in[i]->constant || r->in[i]->array.integers)
            continue;
        onnx_value *const v = onnx_names_find(names, r->in[i]->name);
        if (v->array.element != r->chain->element)
            return FAULT(r, "the numbers of its input '%s' are not of the type of what flows", v->name);
        if (source->look || v->unpacked)
            continue;
        v->unpacked = true;
        code = onnx_array_unpack(&v->array, &v->own, source);
        if (code == GA_OK && !source->options->allow_nonfinite)
            code = onnx_array_finite(&v->array, source);
    }
    return code;
}

static ga_code
check_node(const onnx_chain *c)
{
    const Onnx__NodeProto *const node = c->node;
    const char *const domain = ONNX_TEXT(node->domain), *const name = ONNX_TEXT(node->op_type);
    if (*domain != '\0' && strcmp(domain, "ai.onnx") != 0)
        return NODE_FAULT(c, "operator '%s' is of the domain '%s', not ONNX's own", name, domain);
    if (node->n_output != 1 || *ONNX_TEXT(node->output[0]) == '\0')
        return NODE_FAULT(c, "%s has not one output", name);
    const op_onnx *const row = find_row(name);
    size_t least = 1, most = 0;
    if (row != NULL) {
        least = row->least;
        most = row->most;
    }
    for (size_t i = 0; row == NULL && i < N_SHAPES; i++)
        if (strcmp(shapes[i].name, name) == 0)
            most = shapes[i].most;
    if (strcmp(name, "Constant") == 0)
        return GA_OK;
    if (most == 0)
        return onnx_refuse_operator(c, name);
    if (node->n_input < least || node->n_input > most || node->n_input > ONNX_INPUTS)
        return NODE_FAULT(c, "%s has %zu inputs", name, node->n_input);
    return row != NULL ? onnx_check_attributes(c, takes, row) : GA_OK;
}

/* What a node of a narrow type makes is stored in it: the node itself computes in the format of the pass, as kernels do that sum in
   a wide format and round once. */
static ga_code
store_narrow(onnx_reading *r)
{
    const onnx_value x = *r->out;
    op_attributes a = { .kernel = { 0 } };
    if (!onnx_narrow(&a.format, x.element))
        return FAULT(r, "%s computes in another type than that of the network's input", r->chain->node->op_type);
    const ga_code code = onnx_emit(r, OP_store, &x.at, &a);
    r->out->n_dims = x.n_dims;
    memcpy(r->out->dim, x.dim, sizeof x.dim);
    return code;
}

static ga_code
read_node(onnx_reading *r, const onnx_names *names)
{
    const Onnx__NodeProto *const node = r->chain->node;
    r->out = onnx_names_find(names, node->output[0]);
    if (strcmp(node->op_type, "Constant") == 0) {
        r->out->made = r->out->constant = true;
        return onnx_node_constant(&r->out->array, r->chain);
    }
    ga_code code = find_inputs(r, names);
    r->out->made = true; /* of its inputs, which it is not */
    if (code == GA_OK)
        code = unpack_constants(r, names);
    if (code != GA_OK)
        return code;
    const op_onnx *const row = find_row(node->op_type);
    const size_t before = r->g->n_nodes;
    r->out->element = r->chain->element;
    if (row != NULL) {
        code = row->read(r);
        const bool computes = r->g->n_nodes > before && !row->casts;
        return code == GA_OK && computes && r->chain->element != r->own ? store_narrow(r) : code;
    }
    for (size_t i = 0; i < N_SHAPES; i++)
        if (strcmp(shapes[i].name, node->op_type) == 0)
            return shapes[i].read(r);
    return onnx_refuse_operator(r->chain, node->op_type); /* check_node saw it */
}

/* Channels, height and width, or a row of numbers. */
static ga_code
input_shape(op_shape *shape, const onnx_chain *c)
{
    *shape = (op_shape){ .n_dims = c->n_dims - 1 };
    if (c->n_dims != 2 && c->n_dims != 4)
        return SOURCE_FAULT(c->source, "the shape of its input is neither [images, inputs] nor [images, channels, height, width]");
    size_t n = 1;
    for (size_t d = 1; d < c->n_dims; d++)
        n *= shape->dim[d - 1] = c->dim[d]; /* did not overflow when the input was read */
    return n <= 1 << 28 ? GA_OK : SOURCE_FAULT(c->source, "its input has %zu numbers, more than 2^28", n);
}

/* Logits are no function's values, wherever those are stored. */
static ga_code
check_logits(const onnx_reading *r, const char *input)
{
    const graph_node *node = r->g->node + r->g->n_nodes - 1;
    while (node->op == OP_store && node->in[0].from == FROM_NODE)
        node = r->g->node + node->in[0].index;
    if (op_graph_of(node->op)->differentiate != op_times_derivative)
        return GA_OK;
    return SOURCE_FAULT(r->chain->source, ONNX_NO_LOSS, op_graph_of(node->op)->name,
                        node->in[0].from == FROM_NODE ? r->g->node[node->in[0].index].name : input);
}

/* The output is what the last node makes, which losses take for logits. */
static ga_code
check_end(onnx_reading *r, const onnx_names *names)
{
    const Onnx__GraphProto *const graph = names->graph;
    if (graph->n_output != 1)
        return SOURCE_FAULT(r->chain->source, "its graph has %zu outputs", graph->n_output);
    const onnx_value *const end = onnx_names_find(names, ONNX_TEXT(graph->output[0]->name));
    if (end == NULL || !end->made || end->constant || end->at.from != FROM_NODE || end->at.index + 1 != r->g->n_nodes)
        return SOURCE_FAULT(r->chain->source, "its output '%s' is not what its last node makes",
                            ONNX_TEXT(graph->output[0]->name));
    for (size_t k = 0; k < graph->n_node; k++) {
        const onnx_value *const v = onnx_names_find(names, graph->node[k]->output[0]);
        if (v != end && !v->used && v->made)
            return SOURCE_FAULT(r->chain->source, "'%s' is used by no node", graph->node[k]->output[0]);
    }
    return check_logits(r, names->value[names->n].name);
}

static void
count_readers(const onnx_names *names)
{
    const Onnx__GraphProto *const graph = names->graph;
    for (size_t k = 0; k < graph->n_node; k++)
        for (size_t i = 0; i < graph->node[k]->n_input; i++) {
            onnx_value *const v = onnx_names_find(names, ONNX_TEXT(graph->node[k]->input[i]));
            if (v != NULL)
                v->readers++;
        }
    for (size_t i = 0; i < graph->n_output; i++) {
        onnx_value *const v = onnx_names_find(names, ONNX_TEXT(graph->output[i]->name));
        if (v != NULL)
            v->readers++;
    }
}

ga_code
onnx_network_read(ga_graph **g, onnx_chain *chain, onnx_value **values, const Onnx__GraphProto *graph)
{
    onnx_names names;
    op_shape shape;
    onnx_reading r = { .chain = chain };
    ga_code code = GA_OK;
    *g = NULL;
    for (size_t k = 0; code == GA_OK && k < graph->n_node; k++) {
        chain->node = graph->node[k];
        code = check_node(chain);
    }
    if (code != GA_OK || (code = onnx_names_open(&names, chain, values, graph)) != GA_OK ||
        (code = input_shape(&shape, chain)) != GA_OK)
        return code;
    onnx_value *const input = names.value + names.n;
    count_readers(&names);
    input->n_dims = chain->n_dims;
    memcpy(input->dim, chain->dim, sizeof input->dim);
    input->element = r.own = chain->element;
    input->at = (graph_operand){ FROM_INPUT, 0 };
    if ((r.g = *g = graph_new(chain->element == ELEMENT_F64 ? GA_F64 : GA_F32, &shape)) == NULL)
        return no_memory(&r);
    for (size_t k = 0; code == GA_OK && k < graph->n_node; k++) {
        chain->node = graph->node[k];
        code = read_node(&r, &names);
    }
    free(r.origin);
    if (code == GA_OK)
        code = check_end(&r, &names);
    if (code == GA_OK && !chain->source->look)
        return GA_OK;
    graph_free(*g);
    *g = NULL;
    return code;
}
