/* SPDX-License-Identifier: Apache-2.0 */
/* model_fuzz.c -- models of any format, told by their content; a last byte of its own says what the user asked for. */
#include "fuzz.h"
#include "zip_mutator.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const activations[] = { NULL, "relu", "sigmoid,tanh", "" };
    if (size == 0)
        return 0;
    const uint8_t how = data[--size];
    const ga_load options = { .layout = (ga_layout)(how % 3), .activation = activations[how / 4 % 4], .allow_nonfinite = how & 64,
                              .fuse = how & 128, .max_file = FUZZ_MEMORY, .max_memory = FUZZ_MEMORY };
    ga_status st = { 0 };
    ga_model *m;
    tensors_source source = { .path = "file", .options = &options, .st = &st };
    const file_bytes file = { (uint8_t *)(uintptr_t)data, size };
    const ga_code code = model_parse(&m, &source, &file);

    fuzz_check_status(code, &st);
    fuzz_demand((code == GA_OK) == (m != NULL), "a model after a failure, or none");
    if (m != NULL)
        fuzz_check_model(m, options.allow_nonfinite);
    ga_model_free(m);
    return 0;
}
