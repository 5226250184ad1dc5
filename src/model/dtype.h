/* SPDX-License-Identifier: Apache-2.0 */
/* dtype.h -- the types of a model's numbers. */
#ifndef GRADAUDIT_MODEL_DTYPE_H
#define GRADAUDIT_MODEL_DTYPE_H

#include <gradaudit/model.h>

static inline size_t
dtype_size(ga_dtype dtype)
{
    return dtype == GA_F32 ? sizeof(float) : sizeof(double);
}

#endif
