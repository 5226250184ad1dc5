/* SPDX-License-Identifier: Apache-2.0 */
/* options.c -- options of any release of the interface; see api.h */
#include <string.h>

#include "api/api.h"

ga_code
api_options(void *own, size_t size, const void *options, const char *type, ga_status *st)
{
    size_t given = size;
    memset(own, 0, size);
    if (options != NULL)
        memcpy(&given, options, sizeof given);
    if (given < sizeof given)
        return ga_fail(st, GA_USAGE, "%s: size is %zu: set it to sizeof(%s)", type, given, type);
    for (size_t i = size; options != NULL && i < given; i++)
        if (((const char *)options)[i] != 0)
            return ga_fail(st, GA_USAGE, "%s: this release of the library has no option at byte %zu of it", type, i);
    if (options != NULL)
        memcpy(own, options, given < size ? given : size);
    memcpy(own, &size, sizeof size);
    return GA_OK;
}
