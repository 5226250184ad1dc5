/* SPDX-License-Identifier: Apache-2.0 */
/* normalise.h -- what a network does to each of its inputs before the first layer: x' = (x - c) d / e …, steps with constants that
   are exact binary numbers. No step rounds: x' is the exact value, rounded once to the type of the model's numbers. Gradients are
   those with respect to x'. */
#ifndef GRADAUDIT_MODEL_NORMALISE_H
#define GRADAUDIT_MODEL_NORMALISE_H

#include <stdbool.h>

#include <gmp.h>

#include <gradaudit/model.h>

enum { NORMALISE_NAME = 64 };

/* Steps may be added until it is used; the constants, of each input one, are copied. NULL or false when memory is out. Afterwards
   any number of threads may use it. */
ga_normalise *normalise_new(size_t n_inputs);
bool normalise_add(ga_normalise *n, ga_step_kind kind, const double *constant);
ga_normalise *normalise_copy(const ga_normalise *n);
void normalise_free(ga_normalise *n);

/* "normalise.1.subtract" for step 0: its tensor in a file. And back: false for a name that is none. */
const char *normalise_tensor(char name[NORMALISE_NAME], size_t step, ga_step_kind kind);
bool normalise_tensor_parse(size_t *step, ga_step_kind *kind, const char *name);
bool normalise_is_tensor(const char *name);

/* x = the value of the steps at x, exact: for input i. */
void normalise_exact(mpq_t x, const ga_normalise *n, size_t i);

/* x rounded once to the type (nearest even), subnormal numbers and overflow included. */
double normalise_round(const mpq_t x, ga_dtype type);

/* Both, of a finite binary64 number; of k/255 for a byte k, from a table that is made when it is first asked for. */
double normalise_double(double x, const ga_normalise *n, size_t i, ga_dtype type);
void normalise_bytes(double *x, const uint8_t *k, ga_normalise *n, ga_dtype type);

/* Whether x' grows with x: 1, falls: -1, or does not depend on it: 0. */
int normalise_direction(const ga_normalise *n, size_t i);

#endif
