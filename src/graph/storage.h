/* SPDX-License-Identifier: Apache-2.0 */
/* storage.h -- which values of a program share memory: a value that is read by nobody any more gives its room to later ones. */
#ifndef GRAPH_STORAGE_H
#define GRAPH_STORAGE_H

#include "graph/program.h"

/* Room for values, one at a time. */
typedef struct {
    size_t rows, cols; /* rows 0: one for each image */
    bool exact_copy;   /* as its values are */
    value_role role;
} storage_room;

typedef struct {
    size_t n;
    storage_room *room;
    size_t *of; /* [value]: its room; NO_VALUE: a constant, which has none */
} storage;

/* The rooms of all values, run in the order of the program's instructions; some of them may be left out, but not run twice. A value
   that keep[value] says has a room to itself, as inputs, factors and targets do; keep NULL: all, scratch excepted. False if memory
   runs out; storage_free in any case. */
bool storage_plan(storage *s, const program *p, const bool *keep);
void storage_free(storage *s);

#endif
