/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.h -- the rows of all thresholds; see core/thresholds.h */
#ifndef AUDIT_THRESHOLDS_H
#define AUDIT_THRESHOLDS_H

#include <stddef.h>

#include "core/thresholds.h"

#include "audit/op_thresholds.h"

/* Row k of all operations', in the order of ops.def, and whose it is; behind them those of scalars.def, of N_OPS. NULL: there are
   fewer. */
const threshold_row *threshold_find(op_id *op, size_t k);

#endif
