/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_fuzz.c -- ONNX files, to the model */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ga_load options[] = { { 0 }, { .fuse = true } };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        fuzz_tensors(onnx_read, data, size, options + i);
    return 0;
}
