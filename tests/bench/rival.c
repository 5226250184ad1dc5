/* SPDX-License-Identifier: Apache-2.0 */
/* rival.c -- loads the modules; see rival.h */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "rival.h"

rival rivals[RIVALS] = { { "Arb", "rival_arb.so", NULL }, { "FLINT 3", "rival_flint.so", NULL } };

void
rivals_load(const char *program)
{
    const char *slash = strrchr(program, '/');
    char path[4096];
    for (size_t i = 0; i < RIVALS; i++) {
        snprintf(path, sizeof path, "%.*s.libs/%s", slash != NULL ? (int)(slash - program + 1) : 0, program, rivals[i].module);
        void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        rivals[i].ops = module != NULL ? dlsym(module, "rival_table") : NULL;
        if (rivals[i].ops == NULL)
            printf("%s: not found\n", rivals[i].name);
    }
}
