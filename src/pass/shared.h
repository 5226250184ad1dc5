/* SPDX-License-Identifier: Apache-2.0 */
/* shared.h -- what the engines of a network have in common, made once: its numbers in a format, and as integers for products. */
#ifndef PASS_SHARED_H
#define PASS_SHARED_H

#include <stddef.h>

#include "core/gradient.h"

/* Objects by what they were made of; each address stands for itself. */
typedef struct {
    const void *model, *kind;
    ga_format format;
    long variant[2];
} shared_key;

typedef struct shared shared;

/* The kind of a matrix of the model's own numbers as integers (gemm/crt.h), which formats share. */
extern const char shared_integers;

/* NULL if memory runs out. Freeing it frees the objects, the last added first: nobody may use them any more. */
shared *shared_new(void);
void shared_free(shared *s); /* or NULL */

/* The object with a key; NULL: it is not there. Adding takes the object over, and frees it where memory runs out: then NULL. Only
   within a critical section `shared`. */
void *shared_find(const shared *s, const shared_key *key);
void *shared_add(shared *s, const shared_key *key, void *object, void (*release)(void *object));

#endif
