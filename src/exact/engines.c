/* SPDX-License-Identifier: Apache-2.0 */
/* engines.c -- see engines.h */
#include "exact/engines.h"
#include "exact/reference.h"
#include "num/format.h"

static const engine_ops *const engines[] = {
#define ARITHMETIC(kind, suffix, ...) [kind] = &engine_##suffix,
#include "num/formats.def"
};

const engine_ops *
engine_find(ga_format format)
{
    return format_is_known(format) ? engines[format.kind] : NULL;
}

const engine_ops *
engine_find_for(ga_format format, bool weights)
{
    return weights && format_is_reference(format) ? &engine_ball : engine_find(format);
}
