/* SPDX-License-Identifier: Apache-2.0 */
/* options.c -- options of any release of the interface, and arguments that are NULL; see api.h */
#include <stdarg.h>
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

ga_code
api_given(ga_status *st, const char *names, ...)
{
    ga_code code = GA_OK;
    va_list arguments;
    va_start(arguments, names);
    for (size_t n; code == GA_OK && *names != '\0'; names += n + (names[n] == ' ')) {
        n = strcspn(names, " ");
        if (va_arg(arguments, const void *) == NULL)
            code = ga_fail(st, GA_USAGE, "the argument %.*s is NULL", (int)n, names);
    }
    va_end(arguments);
    return code;
}
