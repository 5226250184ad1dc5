/* SPDX-License-Identifier: Apache-2.0 */
/* threshold_values.h -- the numbers of threshold_rows as a format's arithmetic makes them, from one argument to the next. */
#ifndef AUDIT_THRESHOLD_VALUES_H
#define AUDIT_THRESHOLD_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include <gmp.h>
#include <mpfr.h>

#include "audit/op_thresholds.h"
#include "graph/program.h"

enum { THRESHOLD_CHUNK = 4096 };

/* What an arithmetic can do; values are what open made, for a format and a row. */
typedef struct {
    void *(*open)(ga_format f, op_id op, const threshold_row *row); /* op is N_OPS for a function of scalars.def. NULL: no memory */
    void (*close)(void *values);
    /* Makes n values, at most THRESHOLD_CHUNK: at the numbers of places from, from + step, ... (num/place.h), of the row's sign. */
    void (*run)(void *values, mpz_srcptr from, int step, size_t n);
    bool (*is)(const void *values, size_t k, ga_becomes becomes); /* not GA_BECOMES_WRONG */
    void (*get)(mpfr_ptr r, const void *values, size_t k);        /* r has the format's bits */
} threshold_arithmetic;

/* That of a format with a range. */
const threshold_arithmetic *threshold_arithmetic_of(ga_format f);

/* Whether v is so. */
bool threshold_is(mpfr_srcptr v, ga_becomes becomes);

/* A program of one operation: of one number, or of two logits. */
typedef struct {
    program p;
    op_value value[1 + OP_MOST_OUT];
    instruction code;
    value_id gradient_of[1 + OP_MOST_OUT];
} threshold_program;
void threshold_program_set(threshold_program *t, op_id op, long bits); /* of its input */

#endif
