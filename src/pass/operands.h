/* SPDX-License-Identifier: Apache-2.0 */
/* operands.h -- the tensors of a gradient's pass by name, and the scales of those that products take. */
#ifndef PASS_OPERANDS_H
#define PASS_OPERANDS_H

#include "graph/stored.h"
#include "num/frozen.h"

enum { TENSOR_NAME = 280, OPERAND_NAME = 4 * TENSOR_NAME + 24 };

/* "fc1: sum"; "gradient of fc1: product"; "input"; "fc1.weight"; cut to fit. p: a program of the graph without a recipe. */
void tensor_name(char text[TENSOR_NAME], const program *p, const ga_graph *g, const stored_value *t);

/* "activation", "gradient", "parameter": a tensor's class in words. */
extern const char *const tensor_classes[GA_CLASSES];

typedef struct {
    stored_value of;
    char name[OPERAND_NAME]; /* in UTF-8, escaped as for a terminal; the second of a name has " (2)" behind it */
} operand;

/* Those that a recipe which scales tensors (GA_SCALED_BATCH) rounds for products, each once, in the order of the pass; to be freed.
   NULL: out of memory. */
operand *program_operands(size_t *n, const program *p, const ga_graph *g, ga_format f);

/* The exponent of each value of p by the recipe's file of scales, 0 where it names none; to be freed. NULL: out of memory. */
int *program_exponents(const program *p, const ga_graph *g, ga_format f);

/* GA_OK unless the estimator's scales are of a file: they have been read, and are of all operands of its programs and of no other
   tensor. GA_BAD_FILE if not, with the file's name. */
ga_code operands_check(const ga_estimator *e, const ga_model *model, ga_status *st);

#endif
