/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h -- protobuf's wire format, checked before protobuf-c reads it, whose recursion and memory have no bounds. */
#ifndef GRADAUDIT_IO_WIRE_H
#define GRADAUDIT_IO_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "io/tensors.h"

enum { WIRE_DEPTH = 16, WIRE_MESSAGES = 1 << 16, WIRE_FIELDS = 1 << 18 /* a packed array is one */ };

/* GA_OK when data are a message of the type: every length is within the message around it, messages nest at most WIRE_DEPTH deep,
   there are at most WIRE_MESSAGES of them and WIRE_FIELDS fields, varints have at most 10 bytes, the fields that the type knows
   have its wire types, those that it has once are there at most once, one of each oneof, and strings have no NUL. Asks for no
   memory. Else GA_BAD_FILE with the message and the byte of the file. */
ga_code wire_check(const tensors_source *source, const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t size);

#endif
