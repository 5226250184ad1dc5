/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c -- see wire.h; https://protobuf.dev/programming-guides/encoding/ */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "io/onnx.pb-c.h"
#include "io/wire.h"

enum { TAG_BYTES = 5, LENGTH_BYTES = 5 /* protobuf-c reads no more */ };

typedef struct {
    tensors_source *source;
    const uint8_t *start;
    size_t messages, fields;
    file_bytes skeleton;
    size_t room;
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

/* ---- the skeleton ----------------------------------------------------------------------------------------------- */

typedef enum { KEPT, DROPPED, NUMBERS } fate;

static fate
fate_of(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field, unsigned wire)
{
    if (field == NULL || strcmp(field->name, "doc_string") == 0 || strcmp(field->name, "metadata_props") == 0)
        return DROPPED;
    return type == &onnx__tensor_proto__descriptor && wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
           (field->id == WIRE_RAW_DATA || field->id == WIRE_FLOAT_DATA || field->id == WIRE_DOUBLE_DATA ||
            field->id == WIRE_INT32_DATA) ? NUMBERS : KEPT;
}

static ga_code
put(checker *c, const void *bytes, size_t n)
{
    if (n > c->room - c->skeleton.size) {
        const size_t more = c->room + n + 4096;
        const ga_code code = source_take(c->source, more);
        uint8_t *const grown = code == GA_OK ? realloc(c->skeleton.data, c->room + more) : NULL;
        if (code != GA_OK)
            return code;
        if (grown == NULL)
            return file_fail(c->source->st, GA_NO_MEMORY, c->source->path, "out of memory for %zu bytes", c->room + more);
        c->skeleton.data = grown;
        c->room += more;
    }
    memcpy(c->skeleton.data + c->skeleton.size, bytes, n);
    c->skeleton.size += n;
    return GA_OK;
}

/* In LENGTH_BYTES bytes, whatever it is. */
static void
write_length(uint8_t *to, size_t length)
{
    for (int i = 0; i < LENGTH_BYTES; i++)
        to[i] = (uint8_t)((length >> 7 * i & 0x7f) | (i + 1 < LENGTH_BYTES ? 0x80 : 0));
}

static ga_code
put_numbers(checker *c, unsigned field, const uint8_t *at, size_t size)
{
    const uint8_t head[] = { WIRE_RAW_DATA << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, sizeof(wire_numbers) };
    const wire_numbers numbers = { field, (size_t)(at - c->start), size };
    const ga_code code = put(c, head, sizeof head);
    return code == GA_OK ? put(c, &numbers, sizeof numbers) : code;
}

/* ---- the check -------------------------------------------------------------------------------------------------- */

int
wire_varint(uint64_t *value, const uint8_t *at, const uint8_t *end, int most)
{
    *value = 0;
    for (int i = 0; i < most; i++) {
        if (at == end)
            return WIRE_TRUNCATED;
        const uint8_t byte = *at++;
        if (i == WIRE_VARINT_BYTES - 1 && byte > 1)
            return WIRE_WIDE;
        *value |= (uint64_t)(byte & 0x7f) << 7 * i;
        if (byte < 0x80)
            return i + 1;
    }
    return WIRE_LONG;
}

/* Moves past a varint of at most most bytes, of 64 bits or fewer. */
static ga_code
read_varint(uint64_t *value, checker *c, message *m, int most)
{
    const int n = wire_varint(value, m->at, m->end, most);
    m->at = n > 0 ? m->at + n : n == WIRE_TRUNCATED ? m->end : m->at + most;
    return n > 0             ? GA_OK :
           n == WIRE_TRUNCATED ? FAULT(c, m, "%s", "truncated") :
           n == WIRE_WIDE      ? FAULT(c, m, "%s", "a number of more than 64 bits") :
                                 FAULT(c, m, "a number of more than %d bytes", most);
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

static ga_code
count_field(checker *c, const message *m)
{
    return ++c->fields > WIRE_FIELDS ? FAULT(c, m, "more than %d fields", WIRE_FIELDS) : GA_OK;
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
        if ((code = read_varint(&value, c, m, WIRE_VARINT_BYTES)) == GA_OK)
            code = count_field(c, m);
    return code;
}

/* A message within another: its length is known once it is written. */
static ga_code
check_inside(checker *c, message *m, const ProtobufCFieldDescriptor *field)
{
    static const uint8_t none[LENGTH_BYTES];
    ga_code code = put(c, none, sizeof none);
    const size_t start = c->skeleton.size;
    m->type = field->descriptor;
    m->depth++;
    if (code == GA_OK && (code = check_message(c, m)) == GA_OK)
        write_length(c->skeleton.data + start - LENGTH_BYTES, c->skeleton.size - start);
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
    return GA_OK;
}

#define HAS_NUMBERS (UINT64_C(1) << 63)

/* The bit of a field that may occur once, the same for all of a oneof; 0 for a repeated one. */
static uint64_t
single(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
    size_t i = 0;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return 0;
    while (type->fields + i != field && !(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF & type->fields[i].flags &&
                                          type->fields[i].quantifier_offset == field->quantifier_offset))
        i++;
    return UINT64_C(1) << i; /* no message of onnx.proto has 63 fields */
}

/* Checks the payload of a field that is kept, whose tag starts at begin, and copies it to the skeleton. */
static ga_code
keep(checker *c, const message *m, const uint8_t *begin, size_t tag_bytes, message *inside, const ProtobufCFieldDescriptor *field,
     unsigned wire)
{
    const bool is_message = field->type == PROTOBUF_C_TYPE_MESSAGE && wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    const size_t n = is_message ? tag_bytes : (size_t)(m->at - begin);
    if (n > WIRE_SKELETON || c->skeleton.size > WIRE_SKELETON - n)
        return FAULT(c, m, "more than %d bytes beside the numbers of tensors", WIRE_SKELETON);
    ga_code code = check_payload(c, inside, field, wire);
    if (code == GA_OK)
        code = put(c, begin, n);
    return code == GA_OK && is_message ? check_inside(c, inside, field) : code;
}

static ga_code
check_field(checker *c, message *m, uint64_t *seen)
{
    const uint8_t *const begin = m->at;
    uint64_t tag, length;
    ga_code code = read_varint(&tag, c, m, TAG_BYTES);
    if (code != GA_OK)
        return code;
    const size_t tag_bytes = (size_t)(m->at - begin);
    const unsigned wire = tag & 7;
    const ProtobufCFieldDescriptor *const field =
        tag <= UINT_MAX ? protobuf_c_message_descriptor_get_field(m->type, (unsigned)tag >> 3) : NULL;
    message inside = *m;

    if ((code = count_field(c, m)) != GA_OK)
        return code;
    if (tag >> 3 == 0 || tag > UINT_MAX)
        return FAULT(c, m, "%" PRIu64 " is no field", tag >> 3);
    if (wire == PROTOBUF_C_WIRE_TYPE_VARINT)
        code = read_varint(&length, c, m, WIRE_VARINT_BYTES);
    else if (wire == PROTOBUF_C_WIRE_TYPE_64BIT || wire == PROTOBUF_C_WIRE_TYPE_32BIT)
        code = skip(c, m, wire == PROTOBUF_C_WIRE_TYPE_32BIT ? 4 : 8);
    else if (wire != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
        code = FAULT(c, m, "wire type %u", wire);
    else if ((code = read_varint(&length, c, m, LENGTH_BYTES)) == GA_OK) {
        inside.at = m->at;
        code = length > INT32_MAX ? FAULT(c, m, "a length of %" PRIu64 " is beyond protobuf's 2 GiB", length) : skip(c, m, length);
    }
    const fate what = fate_of(m->type, field, wire);
    if (code != GA_OK || what == DROPPED)
        return code;
    const uint64_t bit = single(m->type, field);
    if (*seen & bit)
        return FAULT(c, m, "%s is there twice", field->name);
    *seen |= bit;
    inside.end = m->at;
    if (what == KEPT)
        return keep(c, m, begin, tag_bytes, &inside, field, wire);
    const uint8_t *const numbers = inside.at;
    if (field->id != WIRE_INT32_DATA)
        code = check_payload(c, &inside, field, wire);
    if (code != GA_OK || (numbers == m->at && field->id != WIRE_RAW_DATA))
        return code; /* an empty array is none */
    if (*seen & HAS_NUMBERS)
        return FAULT(c, m, "%s", "numbers in more than one field");
    *seen |= HAS_NUMBERS;
    return put_numbers(c, field->id, numbers, (size_t)(m->at - numbers));
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
wire_read(file_bytes *skeleton, tensors_source *source, const file_bytes *data)
{
    checker c = { .source = source, .start = data->data };
    message all = { .type = &onnx__model_proto__descriptor, .at = data->data, .end = data->data + data->size, .depth = 1 };
    const ga_code code = check_message(&c, &all);
    if (code != GA_OK) {
        free(c.skeleton.data);
        c.skeleton = (file_bytes){ 0 };
    }
    *skeleton = c.skeleton;
    return code;
}
