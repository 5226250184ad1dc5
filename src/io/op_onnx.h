/* SPDX-License-Identifier: Apache-2.0 */
/* op_onnx.h -- the column of the ONNX reader: which operator an operation is, and how its node is read. */
#ifndef IO_OP_ONNX_H
#define IO_OP_ONNX_H

#include "core/gradient.h"

#include "io/onnx.h"

/* What a parameter of the graph is made of. */
typedef struct {
    const onnx_array *from; /* NULL: zeros */
    bool transposed;
    bool number; /* it is made of an attribute, or of a constant in a way of its own */
} onnx_origin;

/* A node being read into a graph. */
typedef struct {
    onnx_chain *chain; /* its node, and what faults need */
    ga_graph *g;
    const onnx_names *names;
    const onnx_value *in[ONNX_INPUTS]; /* NULL: left out; never another name of a constant */
    size_t n_in;
    onnx_value *out;
    onnx_origin *origin; /* of each parameter */
    tensor_element own; /* of the network's input */
    onnx_value made[2]; /* what has been made of in[k] for the node alone */
} onnx_reading;

typedef struct {
    const char *operator, *also; /* its names there; NULL: none */
    size_t least, most;   /* inputs */
    const char *attributes[ONNX_ATTRIBUTES + 3];
    bool network;         /* no chain of layers has it; */
    bool (*no_chain)(const Onnx__GraphProto *graph); /* or whether it is where those of this graph do not have it; NULL: no */
    bool casts;           /* it takes and makes other types than that of the network's input */
    ga_code (*read)(onnx_reading *r);
} op_onnx;

#define OPERATION(name) extern const op_onnx op_onnx_##name;
#include "op/ops.def"
#undef OPERATION

/* Operators that compute nothing, up to one without a name: their output is their input, perhaps in another shape. */
extern const op_onnx onnx_renames[];

/* The same of those that put numbers in other places, and are no operation's own. */
extern const op_onnx onnx_views[], onnx_spreads[];

/* And those of a condition, and of a sum of many. */
extern const op_onnx onnx_choices[], onnx_sums[];

/* An operator's row, of an operation or of those; NULL: it is not read. */
const op_onnx *onnx_row(const char *operator);

/* Whether a node only gives what it takes another name, shape or type. */
bool onnx_is_rename(const Onnx__NodeProto *node);

/* The operation that an operator is; N_OPS: none. */
op_id onnx_operation(const char *operator);

/* Whether a name is that of an initializer, of a node Constant, or of Identity of one; *looks counts what it takes to see that, */
enum { ONNX_MOST_LOOKS = 1000000 }; /* of which a graph that has not been checked is allowed so many */
bool onnx_is_constant(const Onnx__GraphProto *graph, const char *name, size_t *looks);

/* The type of the graph's input; ELEMENT_OTHER: none that flows. */
tensor_element onnx_input_element(const Onnx__GraphProto *graph);

/* The format of the numbers of a type that is no model's own; false for other types. */
#define ONNX_NARROW "FLOAT16"
bool onnx_narrow(ga_format *format, tensor_element element);

/* Attributes of the node: n integers of at least 0; a number, a float or one in a tensor. What is not there is `otherwise`. */
ga_code onnx_sizes(size_t *to, const onnx_reading *r, const char *name, size_t n, size_t otherwise);
ga_code onnx_number(double *to, const onnx_reading *r, const char *name, double otherwise);

/* *n integers, at most `most`: of a constant input, or of an attribute where there is no such input; 0 if neither is there. */
ga_code onnx_integers(int64_t *to, size_t *n, size_t most, const onnx_reading *r, size_t input, const char *name);

/* Fails unless the input flows, or is a constant. */
ga_code onnx_need_flow(const onnx_reading *r, size_t input);
ga_code onnx_need_constant(const onnx_reading *r, size_t input);

/* Fails if the network has ended in a softmax: nothing is computed after it. */
ga_code onnx_need_open(const onnx_reading *r);

/* A parameter rows x cols of the graph with the numbers of a constant, which it must have, or one for all; transposed: it has them
   as cols x rows. from NULL: zeros, which nobody trains. What is made of the same in the same way is the same parameter. */
ga_code onnx_parameter(graph_operand *to, onnx_reading *r, const onnx_array *from, size_t rows, size_t cols, bool transposed,
                       const char *what);

/* The same for the bias of n outputs: its shape is [n] or [1, n], or it is one number. */
ga_code onnx_bias(graph_operand *to, onnx_reading *r, const onnx_array *from, size_t n);

/* A parameter that is nobody else's, as a leaf; as none; and as none of one number. */
ga_code onnx_own_weights(graph_parameter **p, graph_operand *to, onnx_reading *r, size_t rows, size_t cols);
ga_code onnx_own_constant(graph_parameter **p, graph_operand *to, onnx_reading *r, size_t rows, size_t cols);
ga_code onnx_constant(graph_operand *to, onnx_reading *r, double number);

/* Whether the graph has a node of an operator on two values that no chain of layers has: of two that flow, or one with a constant
   that is neither a bias nor before the first product. */
bool onnx_is_inner(const Onnx__GraphProto *graph, const char *operator);

/* r->in[0] flows, and r->in[1] is a value of the same shape or a constant: they are swapped for that if need be. */
ga_code onnx_two(bool *swapped, onnx_reading *r);

/* The constant r->in[1], or minus it, as a row for r->in[0], to which it broadcasts, or as one number if it is one. Its numbers are
   finite, and divisors not 0. */
typedef enum { USE_AS_IT_IS, USE_SUBTRACT, USE_DIVIDE } onnx_use;
ga_code onnx_spread(graph_operand *to, onnx_reading *r, onnx_use use);

/* Whether the constant broadcasts to the value without making it larger; where number k of an image's is in it. */
bool onnx_broadcasts(const onnx_value *x, const onnx_array *c);
size_t onnx_place_in(const onnx_value *x, const onnx_array *c, size_t k);

/* The places from `first` on, `by` apart, n of them, of so many of a dimension; false: there are none. */
typedef struct {
    int64_t first, by;
    size_t n;
} onnx_range;
bool onnx_slice(onnx_range *range, int64_t start, int64_t end, int64_t by, size_t size);

/* Whether a node is known of constants alone; whether it is of such, and not of a shape; what becomes of it then. */
bool onnx_folds(const Onnx__NodeProto *node);
bool onnx_is_folded(const onnx_reading *r);
ga_code onnx_fold(onnx_reading *r);

/* Whether a node may take a constant that is -infinity in places; whether this one is; adds such a one, r->in[1], to r->in[0]. */
bool onnx_may_mask(const Onnx__NodeProto *node);
bool onnx_has_mask(const onnx_reading *r, const onnx_array *a);
ga_code onnx_add_mask(onnx_reading *r);

/* Fails if what flows has a mask and the node is none that it goes on to; if a row of n numbers has none but masked ones. */
ga_code onnx_check_masks(const onnx_reading *r);
ga_code onnx_check_rows(const onnx_reading *r, const graph_operand *mask, size_t n);

/* The name of what a node becomes, or of a parameter of it, "conv1.weight"; of a long one the first whole characters. */
enum { ONNX_NAME_MOST = 200, ONNX_NAME = ONNX_NAME_MOST + 64 };
void onnx_name(char name[ONNX_NAME], const onnx_reading *r, const char *what);

/* The source's status has the fault, if there is one. */
ga_code onnx_no_memory(const onnx_reading *r);

/* Adds a node; r->out becomes what it makes, of its shape. */
ga_code onnx_emit(onnx_reading *r, op_id op, const graph_operand *in, const op_attributes *a);

/* The same for an operation whose output has the shape of its first input, flat or not. */
ga_code onnx_emit_same(onnx_reading *r, op_id op, const graph_operand *in, const op_attributes *a);

/* r->out is what the first input is, which flows; which is a constant. */
void onnx_pass_on(const onnx_reading *r);
void onnx_pass_on_constant(const onnx_reading *r);

/* Fails if the network's input has no dimension for images, so that the dimensions of the file are others than here. */
ga_code onnx_need_images(const onnx_reading *r);

/* A dimension of what flows, or of the first input, counted from the end if below 0: not that of the images. */
ga_code onnx_axis_of(size_t *d, const onnx_reading *r, const onnx_value *x, int64_t axis);
ga_code onnx_axis(size_t *d, const onnx_reading *r, int64_t axis);

/* How many dimensions a value has in the file; which of its own the file's dimension d begins with, 0 if it counts images alone. */
size_t onnx_rank(const onnx_value *x);
size_t onnx_place(const onnx_value *x, size_t d);

/* The file's dimensions, of which dim[x->images] is without the images; r->out gets such, where `before` of that dimension's
   numbers stand before the images, as its slower part, and `behind` behind them. */
void onnx_file_dims(size_t dim[ONNX_DIMS], const onnx_value *x);
ga_code onnx_set_file_dims(onnx_reading *r, const size_t *dim, size_t rank, size_t images, size_t before, size_t behind);

/* Whether some of what flows has its images elsewhere than in the first dimension alone; and a node of such. */
bool onnx_is_moved(const onnx_value *x);
bool onnx_moves(const onnx_reading *r);
ga_code onnx_read_moved(onnx_reading *r, const op_onnx *row);

/* Reshape of what flows to any shape in which the images are one dimension, or a part of it. */
ga_code onnx_reshape_moved(onnx_reading *r, const onnx_array *shape, bool zero_stays);

/* The shape of an image's numbers of what flows: a length is a width of a height of 1. Which of its dimensions dimension d is. */
op_shape onnx_shape_of(const onnx_value *x);
size_t onnx_side(const onnx_value *x, size_t d);

/* Fails unless what flows has a dimension for images, and as many others as operations take. */
ga_code onnx_need_dims(const onnx_reading *r, const onnx_value *x);

/* in[k], which flows, becomes a value of those dimensions, of which dim[0] does not count; it has each, or 1 there. */
ga_code onnx_expand(onnx_reading *r, size_t k, const size_t *dim);

/* Adds the sums of what flows over the node's axes, none of them that of the images; or the means. */
ga_code onnx_reduce(onnx_reading *r, bool mean);

/* in[k], which flows, becomes a value whose node makes that shape: others may have made it of another one, which counts for
   windows alone. */
ga_code onnx_settle(onnx_reading *r, size_t k);

/* Whether the graph has a node of an operator on what flows, and not on shapes that it computes. */
bool onnx_takes_values(const Onnx__GraphProto *graph, const char *operator);

/* How many integers a constant has, or a Concat of single ones makes; 0: not known. */
size_t onnx_integers_made(const Onnx__GraphProto *graph, const char *name, size_t *looks);

/* The windows of convolutions and pooling, of [images, channels, height, width] or [images, channels, length]: kernel_shape (0: it
   is not there), strides, pads, dilations. The input is settled. */
ga_code onnx_windows(op_attributes *a, onnx_reading *r);

/* Then, for a kernel of any origin, what auto_pad and ceil_mode make of the pads; *last: the last windows were not whole, and the
   pads behind the image are more than the file says. */
ga_code onnx_pads(op_attributes *a, bool *last, const onnx_reading *r);

/* Adds a node whose output has as many dimensions as its first input. */
ga_code onnx_emit_windows(onnx_reading *r, op_id op, const graph_operand *in, const op_attributes *a);

/* ELU of alpha `slope`, times `scale`, of the first input. */
ga_code onnx_scaled_elu(onnx_reading *r, double slope, double scale);

/* MatMul of two that flow, matrix by matrix: of [images, ..., m, k] and [images, ..., k, n] (op/matmul.c). */
ga_code onnx_read_matmul(onnx_reading *r);

/* The same of what flows and a constant, in any order, that is not [inputs, outputs] alone behind it. */
ga_code onnx_read_constant_matmul(onnx_reading *r);

/* An operator of one flowing input, without attributes. */
ga_code onnx_read_unary(onnx_reading *r, op_id op);

#endif
