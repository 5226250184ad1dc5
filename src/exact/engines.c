/* SPDX-License-Identifier: Apache-2.0 */
/* engines.c -- the engine of each format; see pass/engine.h. It is here because the reference is built on the pass. */
#include "exact/reference.h"

const engine_ops *
engine_find(ga_format format)
{
    switch (format.kind) {
    case GA_FLOAT:
        return &engine_f32;
    case GA_DOUBLE:
        return &engine_f64;
    case GA_MPFR:
        return format.range != 0 ? &engine_mpr : &engine_mp;
    case GA_EXACT:
        return &engine_reference;
    }
    return NULL;
}
