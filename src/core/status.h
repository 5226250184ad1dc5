/* SPDX-License-Identifier: Apache-2.0 */
/* status.h -- how a function that touches files, memory or user input reports what went wrong: see gradaudit/status.h. Nothing is
   printed below the command line. */
#ifndef CORE_STATUS_H
#define CORE_STATUS_H

#include <gradaudit/status.h>

/* Sets *st (if not NULL) to code and the formatted message, cut at its size; returns code. */
ga_code ga_fail(ga_status *st, ga_code code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* Of the program, set from its signal handlers: reading a file, or a run at its next block boundary, stops with this code. 0: go
   on. No call of the library looks at it (core/call.h). */
extern volatile int ga_stop_requested;

#endif
