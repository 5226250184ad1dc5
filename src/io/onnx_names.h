/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_names.h -- the names of the operators that are read of ONNX files, for those who do not read one. */
#ifndef IO_ONNX_NAMES_H
#define IO_ONNX_NAMES_H

#include <stddef.h>

/* Sorted, each once, of chains of layers, graphs and shapes; *n: how many. The array is the caller's, to free; NULL: no memory. */
const char **onnx_operator_names(size_t *n);

#endif
