/* SPDX-License-Identifier: Apache-2.0 */
/* onnx.c -- the messages of an ONNX file, read by protobuf-c once wire_read has found them sound; see onnx.h */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/onnx.h"
#include "io/wire.h"

enum { OLDEST_SET = 7 /* Add, Sub, Mul and Div broadcast as NumPy since */, NEWEST_SET = 25 };

/* protobuf-c's allocations count against the limit. */
typedef struct {
    tensors_source *source;
    ga_code code;
} account;

static void *
counted_alloc(void *data, size_t size)
{
    account *const a = data;
    if (a->code == GA_OK)
        a->code = source_take(a->source, size);
    void *const memory = a->code == GA_OK ? malloc(size > 0 ? size : 1) : NULL;
    if (memory == NULL && a->code == GA_OK)
        a->code = file_fail(a->source->st, GA_NO_MEMORY, a->source->path, "out of memory for %zu bytes", size);
    return memory;
}

static void
counted_free(void *data, void *memory)
{
    (void)data;
    free(memory);
}

/* The set of ONNX's own operators; there must be exactly one. */
static ga_code
check_set(int64_t *version, const Onnx__ModelProto *model, tensors_source *source)
{
    const Onnx__OperatorSetIdProto *own = NULL;
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const Onnx__OperatorSetIdProto *const set = model->opset_import[i];
        if (*ONNX_TEXT(set->domain) != '\0' && strcmp(set->domain, "ai.onnx") != 0)
            continue; /* of use to nodes of that domain only, which are refused */
        if (own != NULL)
            return SOURCE_FAULT(source, "it names ONNX's operator set twice");
        own = set;
    }
    if (own == NULL)
        return SOURCE_FAULT(source, "it does not name the version of ONNX's operator set");
    if (own->version < OLDEST_SET || own->version > NEWEST_SET)
        return SOURCE_FAULT(source, "operator set %" PRId64 " is not one of %d to %d", own->version, OLDEST_SET, NEWEST_SET);
    *version = own->version;
    return GA_OK;
}

/* Whether the graph's last node is an ArgMax along the outputs, its only output: classes, which are left out. */
static bool
ends_in_classes(const Onnx__GraphProto *graph)
{
    const Onnx__NodeProto *const last = graph->n_node > 1 ? graph->node[graph->n_node - 1] : NULL;
    if (last == NULL || graph->n_output != 1 || strcmp(ONNX_TEXT(last->op_type), "ArgMax") != 0 ||
        *ONNX_TEXT(last->domain) != '\0' || last->n_input != 1 || last->n_output != 1 ||
        strcmp(last->output[0], ONNX_TEXT(graph->output[0]->name)) != 0)
        return false;
    const Onnx__AttributeProto *const axis = onnx_attribute(last, "axis");
    return axis != NULL && axis->has_i && (axis->i == 1 || axis->i == -1);
}

static ga_code
read_graph(tensors *t, tensors_source *source, const Onnx__GraphProto *graph, const file_bytes *file, int64_t set)
{
    onnx_chain chain = { .source = source, .file = file, .set = set };
    onnx_value *values = NULL;
    ga_code code = GA_OK;
    if (onnx_is_network(graph)) {
        code = onnx_network_read(&t->graph, &chain, &values, graph);
        onnx_values_free(values, graph);
        return code;
    }
    if ((chain.layer = calloc(GA_MAX_LAYERS, sizeof *chain.layer)) == NULL)
        code = file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    if (code == GA_OK)
        code = onnx_graph_follow(&chain, &values, graph);
    if (code == GA_OK)
        code = onnx_tensors(t, &chain);
    onnx_values_free(values, graph);
    free(chain.layer);
    return code;
}

/* Without the classes at its end. */
static ga_code
read_logits(tensors *t, tensors_source *source, const Onnx__GraphProto *graph, const file_bytes *file, int64_t set)
{
    Onnx__GraphProto rest = *graph;
    Onnx__ValueInfoProto end = *graph->output[0], *ends[] = { &end };
    end.name = graph->node[graph->n_node - 1]->input[0];
    rest.n_node--;
    rest.output = ends;
    const ga_code code = read_graph(t, source, &rest, file, set);
    return code == GA_OK && !source->look ? tensors_add_meta(t, source, "left_out", "ArgMax") : code;
}

static ga_code
read_model(tensors *t, tensors_source *source, const Onnx__ModelProto *model, const file_bytes *file)
{
    if (model->graph == NULL)
        return SOURCE_FAULT(source, "an ONNX file without a graph");
    if (model->n_functions > 0)
        return SOURCE_FAULT(source, "it has functions of its own, such as '%s'", ONNX_TEXT(model->functions[0]->name));
    if (model->n_training_info > 0)
        return SOURCE_FAULT(source, "it has training information");
    int64_t set = 0;
    const ga_code code = check_set(&set, model, source);
    return code != GA_OK ? code : (ends_in_classes(model->graph) ? read_logits : read_graph)(t, source, model->graph, file, set);
}

bool
onnx_is(const file_bytes *file)
{
    return file->size >= 3 && file->data[0] == 0x08 && file->data[2] != 0;
}

ga_code
onnx_read(tensors *t, tensors_source *source, const file_bytes *file)
{
    account spent = { .source = source };
    ProtobufCAllocator allocator = { counted_alloc, counted_free, &spent };
    file_bytes skeleton;
    ga_code code = wire_read(&skeleton, source, file);

    if (code != GA_OK)
        return code;
    Onnx__ModelProto *const model = onnx__model_proto__unpack(&allocator, skeleton.size, skeleton.data);
    free(skeleton.data);
    if (model == NULL)
        return spent.code != GA_OK ? spent.code : SOURCE_FAULT(source, "not a valid ONNX file");
    code = read_model(t, source, model, file);
    t->layout = GA_OUT_IN; /* as onnx_tensors made them */
    onnx__model_proto__free_unpacked(model, &allocator);
    return code;
}
