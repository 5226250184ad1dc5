/* SPDX-License-Identifier: Apache-2.0 */
/* tensor_names.h -- which weight or bias a tensor is, by its name:
       PyTorch   fc1.weight fc1.bias, 0.weight, layers.0.linear.weight, …
       Keras     dense/kernel:0 dense/bias:0 dense_1/kernel:0, with or without :0, "." or "_" for "/"; so Flax
       Haiku     linear/w linear/b linear_1/w; so Chainer with W and b
       TensorFlow fully_connected/weights fully_connected/biases; in checkpoints …/kernel/.ATTRIBUTES/VARIABLE_VALUE
       NumPy     W1 b1 W2 b2, weight_1 bias_1; Theta1 Theta2; coefs_0 intercepts_0 coefs_1 of scikit-learn's coefs_, intercepts_;
                 arr_0 arr_1 arr_2 … (numpy.savez of a list), Variable Variable_1: a place, a weight's or a bias' */
#ifndef GRADAUDIT_IO_TENSOR_NAMES_H
#define GRADAUDIT_IO_TENSOR_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { NAME_NUMBERS = 32, NAME_CAP = 512, NAME_PATTERN = NAME_CAP + NAME_NUMBERS };

/* The layer a tensor belongs to: its name without what tells weight from bias, each number, with the "_" before it, replaced by the
   digit 0; and those numbers, each plus 1. If no number comes before a ".", a "/" or the end, it has the number 0 there, so that
   dense comes before dense_1: fc2.out and fc.out2 are fc0.out0 with 3, 0 and 0, 3. */
typedef struct {
    bool bias;
    bool place; /* the name gives the tensor's place, and not its kind */
    int precedence; /* -1: a word says that the layer is one of the first (input, encoder, …); 1: of the last (output, head, …) */
    char pattern[NAME_PATTERN + 1];
    size_t n_numbers;
    unsigned long number[NAME_NUMBERS];
} layer_name;

/* False for a name that is none of these, has more than NAME_CAP bytes, more than NAME_NUMBERS numbers, or one beyond 10^9. */
bool tensor_name_parse(layer_name *parsed, const char *name);

/* Whether both belong to the same layer; and which is first: -1, 0, 1, by their numbers alone. */
bool tensor_name_same_layer(const layer_name *a, const layer_name *b);
int tensor_name_compare(const layer_name *a, const layer_name *b);

#endif
