/* SPDX-License-Identifier: Apache-2.0 */
/* cone.h -- the numbers that one depends on, each once. */
#ifndef BLAME_CONE_H
#define BLAME_CONE_H

#include "blame/image.h"

typedef struct {
    const blame_net *net;
    bool **seen;         /* [value][number] of those that are examined */
    size_t *n_seen;      /* [value] */
    blame_place *number; /* in the order in which they were seen */
    size_t n;
    blame_run *runs; /* room for those of one number */
    size_t all;
} cone;

/* With one number in it. */
void cone_open(cone *c, const blame_net *net, blame_place at);
void cone_close(cone *c);

/* Adds a number, unless it is there. */
void cone_add(cone *c, value_id v, size_t at);

/* Whether all numbers of a value are there. */
static inline bool
cone_has_all(const cone *c, value_id v)
{
    return c->n_seen[v] == blame_size(c->net, v);
}

#endif
