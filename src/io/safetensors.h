/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors.h -- what reading and writing share of the safetensors format: 8 bytes of little-endian header length, a JSON
   object { "__metadata__": { key: string, … }, name: { "dtype", "shape", "data_offsets": [begin, end] }, … }, the numbers,
   little-endian, without gaps. The format: https://github.com/huggingface/safetensors */
#ifndef GRADAUDIT_IO_SAFETENSORS_H
#define GRADAUDIT_IO_SAFETENSORS_H

#include <stdio.h>

#include "core/model.h"

enum {
    SAFETENSORS_LENGTH = 8,           /* bytes of the header's length */
    SAFETENSORS_HEADER_CAP = 1 << 19, /* the longest we read and write: parsed, {"a":[{},{},...]} takes 77 times as much, 39 MiB */
    SAFETENSORS_KEYS_CAP = 4096,      /* of metadata; ga_model_set_meta is linear in their number */
    SAFETENSORS_NAME = sizeof "fc18446744073709551615.weight"
};

/* Tensors are numbered fc1.weight, fc1.bias, fc2.weight, …, from 0. */
static inline const char *
tensor_name(char name[SAFETENSORS_NAME], size_t index)
{
    snprintf(name, SAFETENSORS_NAME, "fc%zu.%s", index / 2 + 1, index % 2 == 0 ? "weight" : "bias");
    return name;
}

#endif
