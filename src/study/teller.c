/* SPDX-License-Identifier: Apache-2.0 */
/* teller.c -- see teller.h */
#include <stdarg.h>
#include <string.h>

#include "study/teller.h"

enum { MOST_STEPS = 1000000 };

void
teller_fault(teller *t, const char *format, ...)
{
    va_list arguments;
    if (t->fault[0] != '\0')
        return;
    va_start(arguments, format);
    vsnprintf(t->fault, sizeof t->fault, format, arguments);
    va_end(arguments);
}

bool
teller_goes_on(teller *t)
{
    if (++t->steps > MOST_STEPS)
        teller_fault(t, "has too many words");
    return t->fault[0] == '\0';
}

size_t
teller_enter(teller *t, const char *format, ...)
{
    va_list arguments;
    const size_t n = strlen(t->where);
    if (t->fault[0] != '\0')
        return n;
    va_start(arguments, format);
    vsnprintf(t->where + n, sizeof t->where - n, format, arguments);
    va_end(arguments);
    return n;
}

void
teller_leave(teller *t, size_t n)
{
    if (t->fault[0] == '\0')
        t->where[n] = '\0';
}

bool
teller_shows(const teller *t, const json_t *part)
{
    const char *const on = json_string_value(json_object_get(part, "on"));
    return t->check || on == NULL || strcmp(on, t->page ? "page" : "text") == 0;
}
