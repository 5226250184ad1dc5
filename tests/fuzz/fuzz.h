/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h -- what the fuzz targets share: each reads one kind of file from bytes in memory, whatever they are, and says a fault of
   one line, or gives what every user of the reader relies on. libFuzzer runs them (tests/fuzz.sh), and make check on their seeds
   (replay.c). */
#ifndef GRADAUDIT_FUZZ_H
#define GRADAUDIT_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>
#include <unistd.h>

#include "io/tensors.h"

/* A little less than libFuzzer lets one allocation have. */
#define FUZZ_MEMORY ((size_t)48 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
fuzz_demand(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz: %s\n", what);
        abort();
    }
}

/* A failure says one line, which begins with the file's name; nothing hostile is left in it. */
static inline void
fuzz_check_status(ga_code code, const ga_status *st)
{
    fuzz_demand((code == GA_OK) == (*st->message == '\0'), "a message without a failure, or a failure without a message");
    fuzz_demand(code == GA_OK || code == GA_BAD_FILE || code == GA_NO_MEMORY || code == GA_USAGE, /* options that do not fit */
                "another code than those for files, limits and options");
    fuzz_demand(code == st->code, "a code that is not the status'");
    for (const char *c = st->message; *c != '\0'; c++)
        fuzz_demand((unsigned char)*c >= ' ' && *c != 0x7f, "a control character in a message");
}

/* What every user of a model relies on: shapes that chain, memory for each number, no weight that is not finite. */
static inline void
fuzz_check_model(const ga_model *m, bool nonfinite)
{
    ga_status st = { 0 };
    volatile double sum = 0; /* every number is read */
    fuzz_demand(ga_model_check(m, nonfinite, &st) == GA_OK, st.message);
    for (size_t l = 0; l < m->n_layers; l++) {
        for (size_t i = 0; i < m->layer[l].n_in * m->layer[l].n_out; i++)
            sum += ga_model_get(m, m->layer[l].weight, i);
        for (size_t i = 0; i < m->layer[l].n_out; i++)
            sum += ga_model_get(m, m->layer[l].bias, i);
    }
}

/* A reader of tensors, and what they are put together to. */
static inline void
fuzz_tensors(ga_code (*read)(tensors *, tensors_source *, const file_bytes *), const uint8_t *data, size_t size,
             const ga_load *asked)
{
    ga_load options = *asked;
    ga_status st = { 0 };
    tensors t = { 0 };
    ga_model *m = NULL;
    tensors_source source = { .path = "file", .options = &options, .st = &st };
    const file_bytes file = { (uint8_t *)(uintptr_t)data, size };

    options.max_file = options.max_memory = FUZZ_MEMORY;
    ga_code code = read(&t, &source, &file);
    if (code == GA_OK)
        code = model_assemble(&m, &t, &source);
    fuzz_check_status(code, &st);
    fuzz_demand(source.used <= FUZZ_MEMORY, "more memory than the limit");
    if (code == GA_OK && ga_model_check(m, true, NULL) == GA_OK)
        fuzz_check_model(m, true);
    tensors_free(&t);
    ga_model_free(m);
}

/* The bytes under a path, for readers that take no other: a file in memory. slot: 0 or 1, for two at a time. */
static inline const char *
fuzz_path(int slot, const uint8_t *data, size_t size)
{
    static int file[2] = { -1, -1 };
    static char path[2][32];
    if (file[slot] < 0) {
        file[slot] = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(path[slot], sizeof path[slot], "/proc/self/fd/%d", file[slot]);
    }
    const bool written = file[slot] >= 0 && ftruncate(file[slot], 0) == 0 && pwrite(file[slot], data, size, 0) == (ssize_t)size;
    fuzz_demand(written, "no file in memory");
    return path[slot];
}

#endif
