/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c -- where and with what the numbers were made */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <gmp.h>
#include <gnu/libc-version.h>
#include <mpfr.h>
#include <omp.h>

#include "gemm/blas.h"
#include "report.h"
#include "rival.h"

/* What follows "KEY : " in /proc/cpuinfo, first core. */
static void
processor(char *text, size_t size, const char *key)
{
    static char line[16384];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(text, size, "unknown");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char *colon = strchr(line, ':');
        if (strncmp(line, key, strlen(key)) != 0 || colon == NULL)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(text, size, "%s", colon + 1 + strspn(colon + 1, " "));
        break;
    }
    if (f != NULL)
        fclose(f);
}

static void
print_flags(FILE *out)
{
    static const char *const matter[] = { "avx2", "fma", "bmi2", "adx", "avx_vnni", "avx512f", "avx512bw", "avx512ifma",
                                          "avx512_vnni" };
    static char flags[16384];
    processor(flags, sizeof flags - 2, "flags");
    memmove(flags + 1, flags, strlen(flags) + 1);
    flags[0] = ' ';
    strcat(flags, " ");
    fputs("- flags that matter, with:", out);
    for (int have = 1; have >= 0; have--) {
        bool any = false;
        for (size_t i = 0; i < sizeof matter / sizeof *matter; i++) {
            char word[32];
            snprintf(word, sizeof word, " %s ", matter[i]);
            if ((strstr(flags, word) != NULL) == (have != 0))
                fprintf(out, "%s%s", any ? ", " : " ", matter[i]), any = true;
        }
        fprintf(out, "%s%s", any ? "" : " none", have ? "; without:" : "\n");
    }
}

const char *
machine_warning(void)
{
    const char *core = getenv("OPENBLAS_CORETYPE");
    return core != NULL && core[0] != '\0'
               ? "OPENBLAS_CORETYPE is set: OpenBLAS may not run the kernels of this CPU, and what multiplies with it is not as "
                 "fast as it would be."
               : NULL;
}

void
machine_print(FILE *out, const char *torch)
{
    const char *core = getenv("OPENBLAS_CORETYPE");
    char name[256], cache[64];
    processor(name, sizeof name, "model name");
    processor(cache, sizeof cache, "cache size");
    fprintf(out, "- CPU: %s, %d cores, cache of a core %s\n", name, omp_get_num_procs(), cache);
    print_flags(out);
    fprintf(out, "- OPENBLAS_CORETYPE: %s; OpenBLAS runs its kernels for %s\n",
            core != NULL && core[0] != '\0' ? core : "not set (native)", blas_core());
    fprintf(out, "- %s, compiled by GCC %s: `%s`\n", PACKAGE_STRING, __VERSION__, GA_BUILD_FLAGS);
    fprintf(out, "- MPFR %s, GMP %s, libc %s, %s\n", mpfr_get_version(), gmp_version, gnu_get_libc_version(), blas_config());
    for (size_t i = 0; i < RIVALS; i++)
        fprintf(out, "- %s: %s\n", rivals[i].name, rivals[i].ops != NULL ? rivals[i].ops->version() : "not found");
    fprintf(out, "- %s\n", torch != NULL ? torch : "PyTorch: not found");
}
