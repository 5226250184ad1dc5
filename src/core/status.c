/* SPDX-License-Identifier: Apache-2.0 */
/* status.c -- see core/status.h */
#include <stdarg.h>
#include <stdio.h>

#include "core/status.h"

ga_code
ga_fail(ga_status *st, ga_code code, const char *format, ...)
{
    if (st != NULL) {
        va_list args;
        va_start(args, format);
        vsnprintf(st->message, sizeof st->message, format, args);
        va_end(args);
        st->code = code;
    }
    return code;
}
