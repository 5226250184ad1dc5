/* SPDX-License-Identifier: Apache-2.0 */
/* engines.c -- see engines.h */
#include "exact/engines.h"
#include "exact/reference.h"
#include "num/format.h"

static const engine_ops *const engines[] = {
#define FORMAT(kind, suffix, ...) [kind] = &engine_##suffix,
#include "num/formats.def"
};

/* With another format's exponent range. */
static const engine_ops *const ranged[sizeof engines / sizeof *engines] = {
#define RANGED(kind, suffix) [kind] = &engine_##suffix,
#include "num/formats.def"
};

const engine_ops *
engine_find(ga_format format)
{
    if (format_find(format) == NULL)
        return NULL;
    return format.range != 0 && ranged[format.kind] != NULL ? ranged[format.kind] : engines[format.kind];
}
