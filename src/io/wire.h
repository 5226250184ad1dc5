/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h -- protobuf's wire format, checked before protobuf-c reads it, whose recursion and memory are unbounded: it gets the
   skeleton of an ONNX file, without what nobody reads, and the numbers of tensors stay where they are. */
#ifndef GRADAUDIT_IO_WIRE_H
#define GRADAUDIT_IO_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "io/tensors.h"

enum {
    WIRE_DEPTH = 16,
    WIRE_MESSAGES = 1 << 16,
    WIRE_FIELDS = 1 << 18, /* an integer of a packed array is one */
    WIRE_SKELETON = 1 << 24
};

/* The raw_data of a TensorProto in the skeleton, whichever field has its numbers: that field, RAW_DATA or packed FLOAT_DATA,
   DOUBLE_DATA or INT32_DATA, and its bytes in the file. INT32_DATA is not checked. */
typedef struct {
    unsigned field;
    size_t at, size;
} wire_numbers;
enum { WIRE_FLOAT_DATA = 4, WIRE_INT32_DATA = 5, WIRE_INT64_DATA = 7, WIRE_RAW_DATA = 9, WIRE_DOUBLE_DATA = 10 };

/* A number of at most `most` bytes: how many it has; WIRE_TRUNCATED, WIRE_LONG if it has more, WIRE_WIDE if it has more than 64
   bits. */
enum { WIRE_TRUNCATED = 0, WIRE_LONG = -1, WIRE_WIDE = -2 };
int wire_varint(uint64_t *value, const uint8_t *at, const uint8_t *end, int most);
enum { WIRE_VARINT_BYTES = 10 };

/* GA_OK if data are an onnx.ModelProto: every length is within the message around it, messages nest at most WIRE_DEPTH deep, there
   are at most WIRE_MESSAGES of them and WIRE_FIELDS fields, varints have at most 10 bytes, known fields have their wire types,
   non-repeated ones occur at most once, as does one of each oneof, a tensor's numbers are in one field except for numbers that are
   not packed, strings have no NUL, and all but numbers is at most WIRE_SKELETON bytes. Else GA_BAD_FILE with the message and the
   byte of the file. *skeleton, the caller's to free: the same ModelProto, without unknown fields, documentation and metadata, with
   wire_numbers for numbers. On failure *skeleton is empty. */
ga_code wire_read(file_bytes *skeleton, tensors_source *source, const file_bytes *data);

#endif
