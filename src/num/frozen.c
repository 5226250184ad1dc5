/* SPDX-License-Identifier: Apache-2.0 */
/* frozen.c -- see frozen.h */
#include <stdlib.h>
#include <string.h>

#include "num/frozen.h"

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const frozen_scale *)a)->tensor, ((const frozen_scale *)b)->tensor);
}

const frozen_scale *
frozen_find(const ga_frozen *f, const char *tensor)
{
    const frozen_scale key = { .tensor = (char *)(uintptr_t)tensor };
    return f->n > 0 ? bsearch(&key, f->scale, f->n, sizeof key, by_name) : NULL;
}

const char *
frozen_sort(ga_frozen *f)
{
    if (f->n > 0)
        qsort(f->scale, f->n, sizeof *f->scale, by_name);
    for (size_t i = 1; i < f->n; i++)
        if (strcmp(f->scale[i].tensor, f->scale[i - 1].tensor) == 0)
            return f->scale[i].tensor;
    return NULL;
}

bool
frozen_equal(const ga_frozen *a, const ga_frozen *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a->sha256, b->sha256) == 0);
}

void
frozen_free(const ga_frozen *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->n; i++)
        free(f->scale[i].tensor);
    free(f->scale);
    free(f->path);
    free((void *)(uintptr_t)f);
}

void
frozen_drop(ga_format *f)
{
    frozen_free(f->recipe.frozen);
    f->recipe.frozen = NULL;
}
