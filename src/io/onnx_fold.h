/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_fold.h -- what nodes of constants alone share: room for what they make, and those that put numbers in other places. */
#ifndef IO_ONNX_FOLD_H
#define IO_ONNX_FOLD_H

#include "io/op_onnx.h"

/* Whether the numbers are looked at: where only the file is, few that may be of a shape. */
bool onnx_fold_known(const onnx_reading *r, const onnx_array *a);

/* Counts n times so many bytes of constants, or work that counts as that; fails where the graph computes too much. */
ga_code onnx_fold_count(onnx_reading *r, size_t n, size_t bytes);

/* Room for the node's numbers, of the type of `like`, in those dimensions; the constants that a graph computes have a limit. */
ga_code onnx_fold_make(onnx_reading *r, const onnx_array *like, size_t n_dims, const size_t *dim);

/* Where number k of an array of those dimensions is in one that is broadcast to it. */
size_t onnx_fold_place(const onnx_array *a, const onnx_array *to, size_t k);

/* Number `to` of what the node makes is number `from` of a, if it is known. */
void onnx_fold_copy(onnx_reading *r, size_t to, const onnx_array *a, size_t from);

/* Number k of what the node makes is x, as its type has it; false: as no number of it. */
bool onnx_fold_put(onnx_reading *r, size_t k, double x);

/* What the operator makes of the numbers x, and y if it takes two, rounded once to that type. */
double onnx_fold_number(const char *operator, double x, double y, tensor_element type);
bool onnx_fold_is_function(const char *operator); /* which takes microseconds for each */

/* Products of matrices of one type, with the sums rounded once. */
ga_code onnx_fold_matmul(onnx_reading *r);
ga_code onnx_fold_gemm(onnx_reading *r);

/* Transpose, Slice, Gather, Concat, Expand; a: the first input. */
ga_code onnx_fold_places(onnx_reading *r, const onnx_array *a);

#endif
