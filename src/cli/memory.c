/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c -- see memory.h */
#include <malloc.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gmp.h>
#include <jansson.h>

#include "core/status.h"

#include "cli/memory.h"
#include "cli/status.h"
#include "gemm/blas.h"
#include "io/file.h"

/* Runs in any thread and state: nothing here allocates or waits. */
static _Noreturn void
out_of_memory(void)
{
    static const char message[] = "gradaudit: out of memory\n";
    const ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    out_remove_all();
    _exit(exit_status(GA_NO_MEMORY));
}

/* The number of threads of OpenBLAS: as many as there are CPUs, or fewer if the first of these that is set asks for fewer. */
static int
openblas_threads(char **environment)
{
    static const char *const variables[] = { "OPENBLAS_NUM_THREADS=", "GOTO_NUM_THREADS=", "OMP_NUM_THREADS=" };
    cpu_set_t cpus;
    const int most = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        for (char **e = environment; *e != NULL; e++) {
            const size_t length = strlen(variables[i]);
            int asked = 0;
            if (strncmp(*e, variables[i], length) == 0)
                for (const char *digit = *e + length; *digit >= '0' && *digit <= '9' && asked < most; digit++)
                    asked = 10 * asked + *digit - '0';
            if (asked > 0)
                return asked < most ? asked : most;
        }
    return most;
}

/* OpenBLAS 0.3.29 allocates a buffer for each of its threads while it is loaded, before main, and retries for ever if there is no
   memory for one; 0.3.21 does so in the threads, and the program's end waits for them. A function in .preinit_array runs before any
   library is initialised, so this one calls the system and nothing else. */
static void
before_openblas(int argc, char **argv, char **environment)
{
    static const char message[] = "gradaudit: out of memory for OpenBLAS, which takes 128 MiB for each of its threads: "
                                  "raise the limit (ulimit -v), or ask for one thread (OPENBLAS_NUM_THREADS=1)\n";
    (void)argc, (void)argv;
    if (!blas_have_buffers(openblas_threads(environment))) {
        const ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
        (void)written;
        _exit(exit_status(GA_NO_MEMORY));
    }
}
__attribute__((section(".preinit_array"), used)) static void (*const preinit)(int, char **, char **) = before_openblas;

static void *
allocate(size_t size)
{
    void *p = malloc(size > 0 ? size : 1);
    if (p == NULL)
        out_of_memory();
    return p;
}

static void *
reallocate(void *old, size_t old_size, size_t size)
{
    (void)old_size;
    void *p = realloc(old, size > 0 ? size : 1);
    if (p == NULL)
        out_of_memory();
    return p;
}

static void
release(void *p, size_t size)
{
    (void)size;
    free(p);
}

/* Tapes come and go with every part of an audit. The heap would keep the room of those of a large network, and not find it again
   between what was allocated since. */
static void
return_tapes(void)
{
    enum { TAPE = 1 << 19, KEEP = 1 << 26 };
    mallopt(M_MMAP_THRESHOLD, TAPE);
    mallopt(M_TRIM_THRESHOLD, KEEP);
}

void
memory_guard(void)
{
    return_tapes();
    mp_set_memory_functions(allocate, reallocate, release);
    json_set_alloc_funcs(allocate, free);
}
