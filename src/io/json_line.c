/* SPDX-License-Identifier: Apache-2.0 */
/* json_line.c -- see json_line.h */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/json_line.h"

char *
json_line(const json_t *json, size_t flags)
{
    char *text = NULL;
    size_t size;
    FILE *const out = open_memstream(&text, &size);
    const bool ok = out != NULL && json_dumpf(json, out, JSON_COMPACT | JSON_REAL_PRECISION(17) | flags) == 0;
    if (out != NULL && fclose(out) == 0 && ok)
        return text;
    free(text);
    return NULL;
}
