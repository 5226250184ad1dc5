/* SPDX-License-Identifier: Apache-2.0 */
/* test_wire.c -- unsound messages are refused before memory is allocated, and allocations for sound ones are counted. */
#include "io/wire.h"
#include "onnx_bytes.h"

static void
refuses_wires(void)
{
    bytes b;
#define WIRE(words, ...)                                                                                                           \
    do {                                                                                                                           \
        static const uint8_t data[] = { __VA_ARGS__ };                                                                             \
        memcpy(b.byte, data, b.n = sizeof data);                                                                                   \
        refused_bytes(&b, words);                                                                                                  \
    } while (0)
    WIRE("2147483647 bytes are more than the 1 left", 0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 0);
    WIRE("2 bytes are more than the 1 left", 0x08, 8, 0x3a, 2, 0);
    WIRE("beyond protobuf's 2 GiB", 0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f);
    WIRE("a number of more than 5 bytes", 0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
    WIRE("a number of more than 64 bits", 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02);
    WIRE("truncated", 0x08, 0xff, 0xff);
    WIRE("wire type 3", 0x08, 8, 0x3b);
    WIRE("wire type 4", 0x08, 8, 0x3c);
    WIRE("wire type 6", 0x08, 8, 0x3e);
    WIRE("wire type 7", 0x08, 8, 0x3f);
    WIRE("graph has wire type 0, not 2", 0x08, 8, 0x38, 1);
    WIRE("ir_version has wire type 2, not 0", 0x0a, 1, 1);
    WIRE("0 is no field", 0x08, 8, 0x00, 0);
    WIRE("is no field", 0x08, 8, 0x80, 0x80, 0x80, 0x80, 0x10, 0);
    WIRE("ir_version is there twice", 0x08, 8, 0x08, 8);
    WIRE("producer_name has a NUL character", 0x08, 8, 0x12, 2, 'a', 0);
    WIRE("dims has wire type 1, not 0", 0x08, 8, 0x3a, 11, 0x2a, 9, 0x09, 0, 0, 0, 0, 0, 0, 0, 0);
    WIRE("TensorProto at byte 9: truncated", 0x08, 8, 0x3a, 5, 0x2a, 3, 0x0a, 1, 0x80); /* packed dims */
    WIRE("no array of numbers of 4 bytes", 0x08, 8, 0x3a, 7, 0x2a, 5, 0x22, 3, 0, 0, 0);
    WIRE("8 bytes are more than the 2 left", 0x08, 8, 0xf9, 0x3f, 0, 0); /* a field that is not known */
    WIRE("sequence_type is there twice", 0x08, 8, 0x3a, 10, 0x5a, 8, 0x12, 6, 0x0a, 0, 0x22, 0, 0x0a, 0); /* of a oneof */
}

/* AttributeProto.g and GraphProto.node turn by turn. */
static void
refuses_depth(void)
{
    static bytes b[2];
    for (int depth = 0; depth < 60; depth++) {
        static const unsigned fields[] = { 6, 5, 1 }; /* the graph of an attribute of a node of the graph */
        bytes *const outer = b + depth % 2;
        outer->n = 0;
        put_message(outer, fields[depth % 3], b + (depth + 1) % 2);
    }
    bytes model = { 0 };
    put_int(&model, 1, 8);
    put_message(&model, MODEL_GRAPH, &b[1]);
    refused_bytes(&model, "messages nest more than 16 deep");
}

static void
refuses_many(void)
{
    ga_status st;
    const size_t n = 2 << 20;
    uint8_t *const data = malloc(n + 16);
    struct { const char *words; unsigned tag; } many[] = {
        { "more than 65536 messages", GRAPH_NODE << 3 | 2 }, { "more than 262144 fields", 99 << 3 & 0x7f }
    };
    for (size_t k = 0; k < 2; k++) {
        bytes head = { 0 };
        put_int(&head, 1, 8);
        put_varint(&head, MODEL_GRAPH << 3 | 2);
        put_varint(&head, n);
        memcpy(data, head.byte, head.n);
        for (size_t i = 0; i < n; i += 2) {
            data[head.n + i] = (uint8_t)many[k].tag;
            data[head.n + i + 1] = 0;
        }
        ASSERT(read_bytes(data, head.n + n, 1 << 20, &st) == GA_BAD_FILE && strstr(st.message, many[k].words) != NULL, "%s",
               st.message);
    }
    free(data);
}

/* Documentation and what is not known may be as long as it likes, and is not looked at; the rest has a bound. */
static void
refuses_long(void)
{
    static const struct { unsigned field; const char *words; } cases[] = {
        { 2, "more than 16777216 bytes beside the numbers of tensors" }, { 10, "without a graph" }, { 99, "without a graph" },
        { 6, "without a graph" }, { 14, "without a graph" },
    };
    const size_t n = WIRE_SKELETON;
    uint8_t *const data = malloc(n + 32);
    ga_status st;
    memset(data, 'a', n + 32);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        bytes head = { 0 };
        put_int(&head, 1, 8);
        put_varint(&head, cases[k].field << 3 | 2);
        put_varint(&head, n);
        memcpy(data, head.byte, head.n);
        ASSERT(read_bytes(data, head.n + n, 1 << 20, &st) == GA_BAD_FILE && strstr(st.message, cases[k].words) != NULL, "%u: %s",
               cases[k].field, st.message);
    }
    free(data);
}

/* What protobuf-c is given is counted, and so are names and arrays: each limit below the least that is enough is refused. */
static void
counts_memory(void)
{
    ga_status st;
    const bytes b = model_bytes(&plain);
    size_t enough = 0;
    for (size_t memory = 1; enough == 0 && memory < 1 << 20; memory += 97) {
        const ga_code code = read_bytes(b.byte, b.n, memory, &st);
        ASSERT(code == GA_OK || (code == GA_NO_MEMORY && strstr(st.message, "--max-mem") != NULL), "%d, %s", code, st.message);
        enough = code == GA_OK ? memory : 0;
    }
    ASSERT(enough > 7000 && enough < 20000, "%zu", enough); /* without protobuf-c's share it is below */
}

static void
refuses_prefixes(void)
{
    ga_status st;
    const bytes b = model_bytes(&plain);
    for (size_t n = 0; n < b.n; n++)
        ASSERT(read_bytes(b.byte, n, 1 << 20, &st) == GA_BAD_FILE, "the first %zu bytes of %zu", n, b.n);
}

TEST_MAIN("wire", TEST(refuses_wires), TEST(refuses_depth), TEST(refuses_many), TEST(refuses_long), TEST(counts_memory),
          TEST(refuses_prefixes))
