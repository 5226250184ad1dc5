/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors_fuzz.c -- safetensors files, to the model */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ga_load options = { .activation = "relu" };
    fuzz_tensors(safetensors_read, data, size, &options);
    return 0;
}
