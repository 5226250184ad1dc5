/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_network.c -- a network that is no chain of layers: each node of the file becomes one of the graph; see op_onnx.h */
#include <stdlib.h>
#include <string.h>

#include "graph/builder.h"
#include "graph/fuse.h"
#include "io/op_onnx.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

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
        v->used = true;
        const bool none = v->constant && v->of == NULL && v->array.n == 0;
        if (none && strcmp(node->op_type, "Resize") == 0)
            continue; /* as if left out */
        if (none)
            return FAULT(r, "its input '%s' has no numbers", node->input[i]);
        if (flows && !v->constant && v->element != r->chain->element)
            return FAULT(r, "the numbers of '%s' are of another type than those of its other input", node->input[i]);
        if (!v->constant)
            r->chain->element = v->element;
        flows = flows || !v->constant;
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
        const char *const operator = r->chain->node->op_type;
        if (strcmp(operator, "Resize") == 0 || strcmp(operator, "Upsample") == 0) /* whose factors are of a type of their own */
            continue;
        if (v->array.element != r->chain->element)
            return FAULT(r, "the numbers of its input '%s' are not of the type of what flows", v->name);
        if (source->look || v->unpacked)
            continue;
        v->unpacked = true;
        code = onnx_array_unpack(&v->array, &v->own, source);
        const bool may = onnx_may_mask(r->chain->node) && onnx_has_mask(r, &v->array); /* then they are checked there */
        if (code == GA_OK && !source->options->allow_nonfinite && !may)
            code = onnx_array_finite(&v->array, source);
    }
    return code;
}

/* What a node makes of shapes: of what flows, or of integers that have been made so. */
static onnx_shape_operation
shape_operation(const char *operator)
{
    static const struct {
        const char *name;
        onnx_shape_operation what;
    } all[] = { { "Shape", ONNX_SHAPE }, { "Gather", ONNX_GATHER }, { "Unsqueeze", ONNX_UNSQUEEZE }, { "Concat", ONNX_CONCAT },
                { "Cast", ONNX_CAST_SHAPE }, { "Squeeze", ONNX_SQUEEZE }, { "Slice", ONNX_SLICE_SHAPE },
                { "Reshape", ONNX_RESHAPE_SHAPE }, { "Transpose", ONNX_TRANSPOSE_SHAPE }, { "Add", ONNX_ADD },
                { "Sub", ONNX_SUB }, { "Mul", ONNX_MUL }, { "Div", ONNX_DIV },
                { "Equal", ONNX_EQUAL }, { "Where", ONNX_WHERE }, { "ConstantOfShape", ONNX_CONSTANT_OF } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, operator) == 0)
            return all[i].what;
    return ONNX_NO_SHAPE;
}

/* Whether the node of r is one of those here. */
static bool
is_shape(const onnx_reading *r, onnx_shape_operation what)
{
    const onnx_value *const first = r->n_in > 0 ? r->in[0] : NULL;
    const bool folded = what == ONNX_UNSQUEEZE || what == ONNX_SQUEEZE; /* as other constants */
    const bool table = what == ONNX_RESHAPE_SHAPE || what == ONNX_TRANSPOSE_SHAPE;
    const bool chooses = what == ONNX_WHERE && r->n_in == 3 && r->in[1] != NULL && r->in[2] != NULL &&
                         !(r->in[1]->constant && r->in[2]->constant); /* among values */
    return what != ONNX_NO_SHAPE && first != NULL && !chooses &&
           (what == ONNX_SHAPE || (first->constant && first->array.integers && (!folded || first->array.n_dims < 2) &&
                                   (!table || first->array.n <= ONNX_DIMS)));
}

static ga_code
read_shape(onnx_reading *r, onnx_shape_operation what)
{
    const onnx_array *in[ONNX_INPUTS] = { NULL };
    onnx_chain of = *r->chain;
    for (size_t i = 0; i < r->n_in; i++)
        in[i] = r->in[i] != NULL && r->in[i]->constant ? &r->in[i]->array : NULL;
    if (what == ONNX_SHAPE) { /* of what flows here, or of a constant */
        const bool constant = r->in[0]->constant;
        of.n_dims = constant ? r->in[0]->array.n_dims : r->in[0]->n_dims;
        memcpy(of.dim, constant ? r->in[0]->array.dim : r->in[0]->dim, sizeof of.dim);
        of.dim[0] = constant ? of.dim[0] : r->chain->dim[0];
        if (!constant && onnx_is_moved(r->in[0])) {
            const size_t images = r->in[0]->images;
            of.n_dims = onnx_rank(r->in[0]);
            onnx_file_dims(of.dim, r->in[0]);
            of.dim[images] = r->chain->dim[0] > 0 ? of.dim[images] * r->chain->dim[0]
                                                  : (size_t)(ONNX_IMAGES + (int64_t)of.dim[images] - 1);
        }
        of.single = of.single && !constant;
    }
    r->out->constant = true;
    return onnx_shape(&r->out->array, &r->out->own, &of, in, what);
}

static ga_code
check_node(const onnx_chain *c)
{
    const Onnx__NodeProto *const node = c->node;
    const char *const domain = ONNX_TEXT(node->domain), *const name = ONNX_TEXT(node->op_type);
    if (*domain != '\0' && strcmp(domain, "ai.onnx") != 0)
        return NODE_FAULT(c, "operator '%s' is of the domain '%s', not ONNX's own", name, domain);
    static const op_onnx of_shapes[] = { { .operator = "Equal", .least = 2, .most = 2 },
                                         { .operator = "ConstantOfShape", .least = 1, .most = 1, .attributes = { "value" } } };
    const op_onnx *row = onnx_row(name);
    for (size_t i = 0; i < sizeof of_shapes / sizeof *of_shapes; i++)
        if (strcmp(of_shapes[i].operator, name) == 0)
            row = of_shapes + i;
    const onnx_operator *of_chains;
    if (strcmp(name, "Constant") == 0 || (row == NULL && shape_operation(name) != ONNX_NO_SHAPE))
        return onnx_node_check(&of_chains, c); /* which have them too */
    if (row == NULL && !onnx_folds(node))
        return onnx_refuse_operator(c, name);
    const bool several = onnx_n_outputs(node) > 1;
    for (size_t i = 0; i < node->n_output; i++)
        if (*ONNX_TEXT(node->output[i]) == '\0')
            return NODE_FAULT(c, "output %zu of %s has no name", i + 1, name);
    if (node->n_output != 1 && !several)
        return NODE_FAULT(c, "%s has not one output", name);
    if (row == NULL)
        return GA_OK;
    if (node->n_input < row->least || node->n_input > row->most || node->n_input > ONNX_INPUTS)
        return NODE_FAULT(c, "%s has %zu inputs", name, node->n_input);
    return onnx_check_attributes(c, takes, row);
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
    if ((code = onnx_check_masks(r)) != GA_OK)
        return code;
    const op_onnx *const row = onnx_row(node->op_type);
    const onnx_shape_operation shape = shape_operation(node->op_type);
    if (onnx_is_folded(r))
        return onnx_fold(r);
    if (is_shape(r, shape))
        return read_shape(r, shape);
    if (row == NULL)
        return onnx_folds(node) ? onnx_refuse_operator(r->chain, node->op_type)
                                : FAULT(r, "%s is known of shapes only", node->op_type);
    const size_t before = r->g->n_nodes;
    r->out->element = r->chain->element;
    if ((code = onnx_moves(r) ? onnx_read_moved(r, row) : row->read(r)) != GA_OK)
        return code;
    return r->g->n_nodes > before && !row->casts && r->chain->element != r->own ? store_narrow(r) : GA_OK;
}

/* Channels, height and width, a height of 1 if there is a length only; or a row of numbers. */
static ga_code
input_shape(op_shape *shape, const onnx_chain *c)
{
    if (c->n_dims < 2 || c->n_dims > 4)
        return SOURCE_FAULT(c->source, "the shape of its input is not [images, inputs], [images, channels, length] or [images, "
                                       "channels, height, width]%s", "");
    size_t n = 1;
    for (size_t d = 1; d < c->n_dims; d++)
        n *= c->dim[d]; /* did not overflow when the input was read */
    *shape = c->n_dims == 2   ? (op_shape){ 1, { c->dim[1] } }
             : c->n_dims == 3 ? (op_shape){ 3, { c->dim[1], 1, c->dim[2] } }
                              : (op_shape){ 3, { c->dim[1], c->dim[2], c->dim[3] } };
    return n <= 1 << 28 ? GA_OK : SOURCE_FAULT(c->source, "its input has %zu numbers, more than 2^28", n);
}

/* Of numbers of a type that flows. */
static long
bits_of(tensor_element element)
{
    return element == ELEMENT_F64 ? 53 : element == ELEMENT_F32 ? 24 : element == ELEMENT_F16 ? 11 : 8;
}

/* A last sigmoid of what the node before makes is the network's end, and no node of it. */
static void
take_end(ga_graph *g)
{
    graph_node *const last = g->node + g->n_nodes - 1;
    if (g->end != OP_identity || last->op != OP_sigmoid || last->in[0].from != FROM_NODE || last->in[0].index + 2 != g->n_nodes)
        return;
    g->end = OP_sigmoid;
    g->end_fused = last->fused;
    free(last->name);
    g->n_nodes--;
}

/* Logits are no function's values, wherever those are stored or have gone, but for logarithms of a softmax. */
static ga_code
check_logits(const onnx_reading *r, const char *input)
{
    const bool fuses = r->chain->source->options->fuse;
    const op_id composed = r->g->end == OP_identity ? graph_composed_end(r->g) : OP_identity;
    const graph_node *node = r->g->node + r->g->n_nodes - 1;
    r->g->composed = composed == OP_log_softmax;
    while ((node->op == OP_store || node->op == OP_view) && node->in[0].from == FROM_NODE)
        node = r->g->node + node->in[0].index;
    const bool logits = op_graph_of(node->op)->differentiate != op_times_derivative && node->op != OP_softmax_rows;
    if ((logits && composed == OP_identity) || r->g->composed || (r->chain->source->look && fuses))
        return GA_OK;
    if (composed != OP_identity)
        return SOURCE_FAULT(r->chain->source, "its graph ends in a %s that is composed of several nodes, for which no loss is "
                            "known here: --fuse reads it as one", op_graph_of(composed)->name);
    const char *const before = node->in[0].from == FROM_NODE ? r->g->node[node->in[0].index].name : input;
    const char *const name = op_graph_of(node->op)->name;
    return SOURCE_FAULT(r->chain->source, ONNX_NO_LOSS, name, before);
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
    if (end->masked)
        return SOURCE_FAULT(r->chain->source, "its output '%s' is -infinity in places", end->name);
    if (onnx_is_moved(end))
        return SOURCE_FAULT(r->chain->source, "its output '%s' does not count the images by its first dimension alone", end->name);
    for (size_t k = 0; k < graph->n_node; k++) {
        bool used = false;
        for (size_t i = 0; i < onnx_n_outputs(graph->node[k]); i++) {
            const onnx_value *const v = onnx_names_find(names, graph->node[k]->output[i]);
            used = used || v == end || v->used || !v->made;
        }
        if (!used)
            return SOURCE_FAULT(r->chain->source, "'%s' is used by no node", graph->node[k]->output[0]);
    }
    if (r->chain->source->options->fuse && !r->chain->source->look && !graph_fuse(r->g, bits_of(r->own)))
        return onnx_no_memory(r);
    take_end(r->g);
    return check_logits(r, names->value[names->n].name);
}

static void
count_readers(const onnx_names *names)
{
    const Onnx__GraphProto *const graph = names->graph;
    for (size_t k = graph->n_node; k-- > 0;) {
        const onnx_value *const made = onnx_names_find(names, graph->node[k]->output[0]);
        for (size_t i = 0; i < graph->node[k]->n_input; i++) {
            onnx_value *const v = onnx_names_find(names, ONNX_TEXT(graph->node[k]->input[i]));
            if (v != NULL)
                v->goes_on = v->goes_on || made->goes_on || !onnx_is_rename(graph->node[k]);
        }
    }
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
    onnx_reading r = { .chain = chain, .names = &names };
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
        return onnx_no_memory(&r);
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
