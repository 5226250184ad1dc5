/* SPDX-License-Identifier: Apache-2.0 */
/* npz_fuzz.c -- .npz files, to the model */
#include "fuzz.h"
#include "zip_mutator.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ga_load options = { .activation = "relu" };
    fuzz_tensors(npz_read, data, size, &options);
    return 0;
}
