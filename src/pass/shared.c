/* SPDX-License-Identifier: Apache-2.0 */
/* shared.c -- see shared.h */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "num/format.h"
#include "pass/shared.h"

typedef struct {
    shared_key key;
    void *object;
    void (*release)(void *object);
} entry;

struct shared {
    entry *entry;
    size_t n;
};

const char shared_integers = 0;

shared *
shared_new(void)
{
    return calloc(1, sizeof(shared));
}

void
shared_free(shared *s)
{
    if (s == NULL)
        return;
    while (s->n > 0) {
        s->n--;
        s->entry[s->n].release(s->entry[s->n].object);
    }
    free(s->entry);
    free(s);
}

static bool
same_key(const shared_key *a, const shared_key *b)
{
    return a->model == b->model && a->kind == b->kind && format_equal(a->format, b->format) &&
           memcmp(a->variant, b->variant, sizeof a->variant) == 0;
}

void *
shared_find(const shared *s, const shared_key *key)
{
    for (size_t i = 0; i < s->n; i++)
        if (same_key(&s->entry[i].key, key))
            return s->entry[i].object;
    return NULL;
}

void *
shared_add(shared *s, const shared_key *key, void *object, void (*release)(void *object))
{
    entry *const more = object != NULL ? realloc(s->entry, (s->n + 1) * sizeof *more) : NULL;
    if (more == NULL) {
        if (object != NULL)
            release(object);
        return NULL;
    }
    s->entry = more;
    s->entry[s->n++] = (entry){ *key, object, release };
    return object;
}
