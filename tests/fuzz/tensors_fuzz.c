/* SPDX-License-Identifier: Apache-2.0 */
/* tensors_fuzz.c -- names, shapes and metadata, to the model. The bytes are lines: a name, its shape and type in three letters. */
#include "fuzz.h"
#include "io/tensor_names.h"

/* "NAME\n" and three bytes: rows (0: one dimension), columns, and type; or a metadata line "=activation". */
static ga_code
add_line(tensors *t, tensors_source *source, const uint8_t *line, size_t length, const uint8_t *shape)
{
    static const uint8_t numbers[16 * 16 * 8];
    char name[1024];
    layer_name layer;
    const size_t dim[] = { shape[0] % 16, shape[1] % 16 }, n_dims = dim[0] == 0 ? 1 : 2;

    snprintf(name, sizeof name, "%.*s", (int)length, (const char *)line);
    if (name[0] == '=')
        return tensors_add_meta(t, source, "activation", name + 1);
    if (tensor_name_parse(&layer, name)) {
        fuzz_demand(strlen(layer.pattern) <= strlen(name) + layer.n_numbers && layer.n_numbers <= NAME_NUMBERS,
                    "parts that are not the name's");
        fuzz_demand(tensor_name_same_layer(&layer, &layer) && tensor_name_compare(&layer, &layer) == 0, "a name unlike itself");
    }
    return tensors_add(t, source, name, (tensor_element)(shape[2] % 4), n_dims, dim + (n_dims == 1), numbers, NULL);
}

static ga_code
add_lines(tensors *t, tensors_source *source, const file_bytes *file)
{
    ga_code code = GA_OK;
    for (size_t at = 0; code == GA_OK && at < file->size;) {
        const uint8_t *const line = file->data + at, *const end = memchr(line, '\n', file->size - at);
        if (end == NULL || file->size - at - (size_t)(end - line) < 4)
            break;
        code = add_line(t, source, line, (size_t)(end - line), end + 1);
        at += (size_t)(end - line) + 4;
    }
    return code;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const activations[] = { NULL, "relu", "sigmoid,tanh", "" };
    if (size == 0)
        return 0;
    const ga_load options = { .layout = (ga_layout)(data[0] % 3), .activation = activations[data[0] / 4 % 4] };
    fuzz_tensors(add_lines, data + 1, size - 1, &options);
    return 0;
}
