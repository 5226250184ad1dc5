/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.h -- what the two formats of the search have in common; see core/thresholds.h */
#ifndef AUDIT_THRESHOLDS_H
#define AUDIT_THRESHOLDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <mpfr.h>

#include "core/thresholds.h"

#include "audit/op_thresholds.h"
#include "graph/program.h"

typedef int mpfr_function(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

/* Row k of all operations', in the order of ops.def, and whose it is; behind them those of scalars.def, of N_OPS. NULL: there are
   fewer. */
const threshold_row *threshold_find(op_id *op, size_t k);

/* A program of one operation: of one number, or of two logits. */
typedef struct {
    program p;
    op_value value[1 + OP_MOST_OUT];
    instruction code;
    value_id gradient_of[1 + OP_MOST_OUT];
} threshold_program;
void threshold_program_set(threshold_program *t, op_id op);

#endif
