/* SPDX-License-Identifier: Apache-2.0 */
/* cone.c -- see cone.h */
#include <string.h>

#include "blame/cone.h"
#include "blame/memory.h"

void
cone_open(cone *c, const blame_net *net, blame_place at)
{
    const size_t n_values = net->p->n_values;
    *c = (cone){ .net = net };
    for (size_t v = 0; v < n_values; v++)
        c->all += net->examined[v] ? blame_size(net, v) : 0;
    c->seen = blame_take(n_values * sizeof *c->seen);
    c->n_seen = blame_take(n_values * sizeof *c->n_seen);
    c->number = blame_take((c->all + 1) * sizeof *c->number);
    c->runs = blame_take(net->most_runs * sizeof *c->runs);
    bool *memory = blame_take(c->all + 1);
    memset(memory, 0, c->all + 1);
    memset(c->n_seen, 0, n_values * sizeof *c->n_seen);
    for (size_t v = 0; v < n_values; v++) {
        c->seen[v] = memory;
        memory += net->examined[v] ? blame_size(net, v) : 0;
    }
    cone_add(c, at.value, at.at);
}

void
cone_close(cone *c)
{
    const size_t n_values = c->net->p->n_values;
    blame_give(c->seen[0], c->all + 1); /* where all of them begin */
    blame_give(c->seen, n_values * sizeof *c->seen);
    blame_give(c->n_seen, n_values * sizeof *c->n_seen);
    blame_give(c->number, (c->all + 1) * sizeof *c->number);
    blame_give(c->runs, c->net->most_runs * sizeof *c->runs);
}

void
cone_add(cone *c, value_id v, size_t at)
{
    if (c->seen[v][at])
        return;
    c->seen[v][at] = true;
    c->n_seen[v]++;
    c->number[c->n++] = (blame_place){ v, at };
}
