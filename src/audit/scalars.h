/* SPDX-License-Identifier: Apache-2.0 */
/* scalars.h -- the names of scalars.def */
#ifndef AUDIT_SCALARS_H
#define AUDIT_SCALARS_H

#define SCALAR(name) SCALAR_##name,
typedef enum {
#include "audit/scalars.def"
    N_SCALARS
} scalar_id;
#undef SCALAR

#endif
