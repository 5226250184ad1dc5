/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c -- see wire.h; https://protobuf.dev/programming-guides/encoding/ */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "io/wire.h"

enum { VARINT_BYTES = 10, TAG_BYTES = 5, LENGTH_BYTES = 5 /* protobuf-c reads no more */ };

typedef struct {
    const tensors_source *source;
    const uint8_t *start;
    size_t messages, fields;
} checker;

typedef struct {
    const ProtobufCMessageDescriptor *type;
    const uint8_t *at, *end;
    unsigned depth;
} message;

#define FAULT(c, m, format, ...)                                                                                                   \
    SOURCE_FAULT((c)->source, "not a valid ONNX file: %s at byte %zu: " format, (m)->type->short_name,                            \
                 (size_t)((m)->at - (c)->start), __VA_ARGS__)

static ga_code check_message(checker *c, message *m);

/* Moves past a varint of at most most bytes, of 64 bits or fewer. */
static ga_code
read_varint(uint64_t *value, checker *c, message *m, int most)
{
    *value = 0;
    for (int i = 0; i < most; i++) {
        if (m->at == m->end)
            return FAULT(c, m, "%s", "truncated");
        const uint8_t byte = *m->at++;
        if (i == VARINT_BYTES - 1 && byte > 1)
            return FAULT(c, m, "%s", "a number of more than 64 bits");
        *value |= (uint64_t)(byte & 0x7f) << 7 * i;
        if (byte < 0x80)
            return GA_OK;
    }
    return FAULT(c, m, "a number of more than %d bytes", most);
}

static ga_code
skip(checker *c, message *m, uint64_t n)
{
    const size_t left = (size_t)(m->end - m->at);
    if (n > left)
        return FAULT(c, m, "%" PRIu64 " bytes are more than the %zu left", n, left);
    m->at += n;
    return GA_OK;
}

static unsigned
wire_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_STRING: case PROTOBUF_C_TYPE_BYTES: case PROTOBUF_C_TYPE_MESSAGE:
        return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    case PROTOBUF_C_TYPE_FLOAT: case PROTOBUF_C_TYPE_FIXED32: case PROTOBUF_C_TYPE_SFIXED32:
        return PROTOBUF_C_WIRE_TYPE_32BIT;
    case PROTOBUF_C_TYPE_DOUBLE: case PROTOBUF_C_TYPE_FIXED64: case PROTOBUF_C_TYPE_SFIXED64:
        return PROTOBUF_C_WIRE_TYPE_64BIT;
    default:
        return PROTOBUF_C_WIRE_TYPE_VARINT;
    }
}

/* All numbers of a repeated field, one after the other. */
static ga_code
check_packed(checker *c, message *m, unsigned wire)
{
    const size_t size = (size_t)(m->end - m->at), each = wire == PROTOBUF_C_WIRE_TYPE_32BIT ? 4 : 8;
    uint64_t value;
    ga_code code = GA_OK;
    if (wire != PROTOBUF_C_WIRE_TYPE_VARINT)
        return size % each == 0 ? GA_OK : FAULT(c, m, "%zu bytes are no array of numbers of %zu bytes", size, each);
    while (code == GA_OK && m->at < m->end)
        code = read_varint(&value, c, m, VARINT_BYTES);
    return code;
}

/* The payload of a field that the type knows, from at to end. */
static ga_code
check_payload(checker *c, message *m, const ProtobufCFieldDescriptor *field, unsigned wire)
{
    const unsigned own = wire_of(field->type);
    if (own != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
        field->label == PROTOBUF_C_LABEL_REPEATED)
        return check_packed(c, m, own);
    if (wire != own)
        return FAULT(c, m, "%s has wire type %u, not %u", field->name, wire, own);
    if (field->type == PROTOBUF_C_TYPE_STRING && memchr(m->at, 0, (size_t)(m->end - m->at)) != NULL)
        return FAULT(c, m, "%s has a NUL character", field->name);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        m->type = field->descriptor;
        m->depth++;
        return check_message(c, m);
    }
    return GA_OK;
}

/* The bit of a field that is there at most once, of all of a oneof the same; 0 for a repeated one. */
static uint64_t
single(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
    size_t i = 0;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return 0;
    while (type->fields + i != field && !(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF & type->fields[i].flags &&
                                          type->fields[i].quantifier_offset == field->quantifier_offset))
        i++;
    return UINT64_C(1) << i; /* no message of onnx.proto has 64 fields */
}

static ga_code
check_field(checker *c, message *m, uint64_t *seen)
{
    uint64_t tag, length;
    ga_code code = read_varint(&tag, c, m, TAG_BYTES);
    if (code != GA_OK)
        return code;
    const unsigned wire = tag & 7;
    const ProtobufCFieldDescriptor *const field =
        tag <= UINT_MAX ? protobuf_c_message_descriptor_get_field(m->type, (unsigned)tag >> 3) : NULL;
    message inside = *m;

    if (++c->fields > WIRE_FIELDS)
        return FAULT(c, m, "more than %d fields", WIRE_FIELDS);
    if (tag >> 3 == 0 || tag > UINT_MAX)
        return FAULT(c, m, "%" PRIu64 " is no field", tag >> 3);
    if (wire == PROTOBUF_C_WIRE_TYPE_VARINT)
        code = read_varint(&length, c, m, VARINT_BYTES);
    else if (wire == PROTOBUF_C_WIRE_TYPE_64BIT || wire == PROTOBUF_C_WIRE_TYPE_32BIT)
        code = skip(c, m, wire == PROTOBUF_C_WIRE_TYPE_32BIT ? 4 : 8);
    else if (wire != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
        code = FAULT(c, m, "wire type %u", wire);
    else if ((code = read_varint(&length, c, m, LENGTH_BYTES)) == GA_OK) {
        inside.at = m->at;
        code = length > INT32_MAX ? FAULT(c, m, "a length of %" PRIu64 " is beyond protobuf's 2 GiB", length) : skip(c, m, length);
    }
    if (code != GA_OK || field == NULL)
        return code;
    const uint64_t bit = single(m->type, field);
    if (*seen & bit)
        return FAULT(c, m, "%s is there twice", field->name);
    *seen |= bit;
    inside.end = m->at;
    return check_payload(c, &inside, field, wire);
}

static ga_code
check_message(checker *c, message *m)
{
    uint64_t seen = 0;
    ga_code code = GA_OK;
    if (m->depth > WIRE_DEPTH)
        return FAULT(c, m, "messages nest more than %d deep", WIRE_DEPTH);
    if (++c->messages > WIRE_MESSAGES)
        return FAULT(c, m, "more than %d messages", WIRE_MESSAGES);
    while (code == GA_OK && m->at < m->end)
        code = check_field(c, m, &seen);
    return code;
}

ga_code
wire_check(const tensors_source *source, const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t size)
{
    checker c = { .source = source, .start = data };
    return check_message(&c, &(message){ .type = type, .at = data, .end = data + size, .depth = 1 });
}
