/* SPDX-License-Identifier: Apache-2.0 */
/* onnx.h -- the graph of an ONNX file as a chain of fully connected layers.

   onnx.c reads the messages, onnx_graph.c resolves names and follows the chain, onnx_node.c reads one node, onnx_operators.c has
   the operators, onnx_shape.c those that compute a shape for Reshape, onnx_array.c the numbers of a constant wherever they are in
   the messages; onnx_tensors.c makes tensors of the result, under the names that ga_model_write uses. */
#ifndef GRADAUDIT_IO_ONNX_H
#define GRADAUDIT_IO_ONNX_H

#include "graph/graph.h"
#include "io/onnx.pb-c.h"
#include "io/tensors.h"

enum { ONNX_DIMS = 8, ONNX_INPUTS = 64 /* of a node */, ONNX_ATTRIBUTES = 5 };

/* Of a shape that the graph computes: as many as there are images; from there on twice, three times as many, and so on. No
   file has such a number: that of an end beyond all is near INT64_MIN. */
#define ONNX_IMAGES (INT64_MIN / 2)
enum { ONNX_MOST_IMAGES = 1 << 28 };

/* How many times as many as there are images; 0: a number of its own. */
static inline size_t
onnx_times_images(int64_t size)
{
    return size >= ONNX_IMAGES && size < ONNX_IMAGES + ONNX_MOST_IMAGES ? (size_t)(size - ONNX_IMAGES) + 1 : 0;
}

/* A constant: n numbers, dim[0] x ... x dim[n_dims - 1], the i-th at data + i stride; no dimensions: one number. */
typedef struct {
    const char *name;
    bool integers; /* int64, or bytes that are truth values where the stride is 1; else of the element */
    bool finite;   /* has been checked, and is */
    tensor_element element;
    size_t n_dims, dim[ONNX_DIMS], n, stride;
    const uint8_t *data;
    size_t packed; /* bytes at data, where they are the numbers' bits as varints: until onnx_array_unpack; else 0 */
} onnx_array;

/* Checks all that a tensor says of itself: type, dimensions, and that all its numbers are in the file, once each. */
ga_code onnx_array_make(onnx_array *a, const Onnx__TensorProto *t, const char *name, const file_bytes *file,
                        const tensors_source *source);
/* Makes the numbers readable; *own, the caller's: memory that then holds them, or NULL. */
ga_code onnx_array_unpack(onnx_array *a, uint8_t **own, tensors_source *source);
/* Checks each number once, however often it is called: GA_BAD_FILE if one is NaN or infinite; not for integers. */
ga_code onnx_array_finite(onnx_array *a, const tensors_source *source);
double onnx_array_number(const onnx_array *a, size_t i);  /* not of integers */
int64_t onnx_array_integer(const onnx_array *a, size_t i);

/* A value of the graph, by its name: a constant, or what becomes of the input. */
typedef struct onnx_value {
    const char *name;
    bool made, constant, used, unpacked;
    size_t readers; /* in a graph that is no chain: inputs of nodes, and outputs, of this name; */
    bool shared;    /* others read what it is under another name */
    bool goes_on;   /* a node computes with it, under whatever name */
    struct onnx_value *of; /* a constant that it is another name of, and which has none; NULL: none */
    onnx_array array; /* of a constant; to be unpacked when the chain has been followed */
    uint8_t *own;     /* memory that the array is in, if it is the value's */
    graph_operand at; /* what makes it, */
    size_t n_dims, dim[ONNX_DIMS]; /* its shape, of which dim[0] is the number of images, */
    tensor_element element;        /* and its type; */
    bool masked;                   /* a Softmax is to take only the part where the mask, a parameter of 0 and 1, has 1; */
    graph_operand mask;
    size_t images, before, behind; /* in the file another dimension may count the images, with others: onnx_moved.c */
} onnx_value;

/* Of a graph that ends in an activation: its name, and of the node before. */
#define ONNX_NO_LOSS "its graph ends in %s after node '%s', not in logits or their softmax: no loss of such a network is known here"

typedef struct {
    const char *name; /* of the node */
    const onnx_array *weight, *bias; /* bias may be NULL */
    bool in_out;                     /* the weight is [inputs, outputs] */
    size_t n_in, n_out;
    ga_activation activation;
} onnx_layer;

typedef struct {
    const char *name; /* of the node */
    ga_step_kind kind;
    const onnx_array *array;
    size_t n_dims, dim[ONNX_DIMS]; /* of what it applies to */
} onnx_step;

/* The network as far as the chain has been followed. */
typedef struct {
    tensors_source *source;
    const file_bytes *file;
    const Onnx__NodeProto *node; /* the one looked at */
    int64_t set;                 /* the version of ONNX's operator set */
    size_t folded;               /* bytes of constants that nodes of constants have made */
    tensor_element element;      /* of the value that flows, and so of every number that it meets */
    size_t n_dims, dim[ONNX_DIMS]; /* shape of the value; dim[0] is the number of images, 0 if it is left open */
    bool single;                 /* it is one image without dim[0]: [inputs] */
    bool cast;                   /* to another type, after the last layer */
    size_t n_steps, n_layers;
    onnx_step step[GA_NORMALISE_STEPS];
    onnx_layer *layer; /* room for GA_MAX_LAYERS */
    ga_output output;
} onnx_chain;

const char *onnx_node_name(const Onnx__NodeProto *node);
const Onnx__AttributeProto *onnx_attribute(const Onnx__NodeProto *node, const char *name);
#define ONNX_TEXT(s) ((s) != NULL ? (s) : "")
#define NODE_FAULT(chain, format, ...)                                                                                             \
    SOURCE_FAULT((chain)->source, "node '%s': " format, onnx_node_name((chain)->node), __VA_ARGS__)

/* Follows the chain through the node: in[0..ONNX_INPUTS-1] are its inputs, NULL the one that flows, of index flow, and any left
   out; what is the operator's. */
typedef ga_code onnx_follow(onnx_chain *chain, const onnx_array *const *in, size_t flow, int what);

typedef struct {
    const char *name;
    onnx_follow *follow; /* NULL: a constant, which does not flow */
    int what;            /* of a constant an onnx_shape_operation */
    size_t least, most; /* inputs */
    const char *attributes[ONNX_ATTRIBUTES];
} onnx_operator;

/* The node's operator and its attributes are known, it has as many inputs as it may, and one output. */
ga_code onnx_node_check(const onnx_operator **o, const onnx_chain *chain);

/* How many outputs of a node have names here: of Split all, of the others the first. Of all nodes, and initializers. */
size_t onnx_n_outputs(const Onnx__NodeProto *node);
size_t onnx_n_named(const Onnx__GraphProto *graph);

/* The i-th operator's name; NULL behind the last one. */
const char *onnx_chain_operator(size_t i);

/* The node's attributes are plain, each is there once, and the operator takes it. */
ga_code onnx_check_attributes(const onnx_chain *c, bool (*takes)(const void *operator, const char *attribute),
                              const void *operator);

/* Fails unless a number is 1, as it is where it is not there. */
ga_code onnx_need_one(const onnx_chain *c, const char *name);

/* Whether a Gelu is that by tanh. */
ga_code onnx_gelu(bool *tanh, const onnx_chain *c);

#define ONNX_READ "gradaudit inspect --operators lists what is read of ONNX files"

/* An operator that is not read, by the name that users know. */
ga_code onnx_refuse_operator(const onnx_chain *c, const char *name);

/* The type of a flowing number; false for other types. */
bool onnx_element(tensor_element *element, int64_t type);

/* What a node makes of shapes: Shape of the flowing value, and Gather, Unsqueeze, Concat and Cast of integers; and in networks that
   are no chains Squeeze, Slice, Reshape, Transpose, arithmetic, Equal, Where and ConstantOfShape of them. *own: the memory of the
   array's numbers. */
typedef enum { ONNX_NO_SHAPE, ONNX_SHAPE, ONNX_GATHER, ONNX_UNSQUEEZE, ONNX_CONCAT, ONNX_CAST_SHAPE, ONNX_SQUEEZE, ONNX_SLICE_SHAPE,
               ONNX_RESHAPE_SHAPE, ONNX_TRANSPOSE_SHAPE, ONNX_ADD, ONNX_SUB, ONNX_MUL, ONNX_DIV, ONNX_EQUAL, ONNX_WHERE,
               ONNX_CONSTANT_OF } onnx_shape_operation;
ga_code onnx_shape(onnx_array *a, uint8_t **own, const onnx_chain *chain, const onnx_array *const *in, onnx_shape_operation what);

/* The constant of a node Constant. */
ga_code onnx_node_constant(onnx_array *a, const onnx_chain *chain);

/* All named values of the graph, sorted by name but for the input. */
typedef struct {
    onnx_chain *chain;
    const Onnx__GraphProto *graph;
    size_t n;
    onnx_value *value; /* those of initializers and nodes; after them the input's */
    onnx_value *flow;  /* the value that the nodes so far have made of the input */
} onnx_names;

/* Names, initializers and the input; *values are the caller's, to free as below. */
ga_code onnx_names_open(onnx_names *g, onnx_chain *chain, onnx_value **values, const Onnx__GraphProto *graph);
onnx_value *onnx_names_find(const onnx_names *g, const char *name); /* NULL: none */

/* Whether the graph is no chain of layers: it has an operator that those do not have, or adds what two nodes make. */
bool onnx_is_network(const Onnx__GraphProto *graph);

/* Then: the graph of it, which is the caller's; NULL with source->look. */
ga_code onnx_network_read(ga_graph **g, onnx_chain *chain, onnx_value **values, const Onnx__GraphProto *graph);

/* Follows the whole graph, and then checks its numbers, except with source->look. The caller frees the values, to which the chain
   points. */
ga_code onnx_graph_follow(onnx_chain *chain, onnx_value **values, const Onnx__GraphProto *graph);
void onnx_values_free(onnx_value *values, const Onnx__GraphProto *graph); /* or NULL */

/* Tensors and metadata as ga_model_write names them; with source->look none. */
ga_code onnx_tensors(tensors *t, const onnx_chain *chain);

#endif
