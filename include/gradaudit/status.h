/* SPDX-License-Identifier: Apache-2.0 */
/* status.h -- how a function that touches files, memory or user input reports what went wrong.

   Such a function returns a ga_code and, if that is not GA_OK, leaves one line without a newline in the ga_status it was given
   (which may be NULL). Nothing is printed below the command line. The codes are the program's exit statuses. */
#ifndef GRADAUDIT_STATUS_H
#define GRADAUDIT_STATUS_H

typedef enum {
    GA_OK = 0,
    GA_GATE_FAILED = 1,   /* a gate the user set failed */
    GA_USAGE = 2,         /* an argument outside its domain */
    GA_BAD_FILE = 3,      /* an input file is malformed, or does not fit the others */
    GA_NO_MEMORY = 4,     /* out of memory, or over a limit; OpenBLAS 0.3.29 hangs instead, while it is loaded, if a
                             limit leaves less than 128 MiB for each of its threads (OPENBLAS_NUM_THREADS) */
    GA_IO_ERROR = 5,      /* reading or writing failed */
    GA_UNDECIDED = 6,     /* undecided elements remain */
    GA_INTERRUPTED = 130, /* SIGINT; SIGTERM is 143 */
    GA_TERMINATED = 143
} ga_code;

typedef struct {
    ga_code code;
    char message[512];
} ga_status;

/* Sets *st (if not NULL) to code and the formatted message, cut at its size; returns code. */
ga_code ga_fail(ga_status *st, ga_code code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* Set from a signal handler: reading a file, or a run at its next block boundary, stops with this code. 0: go on. */
extern volatile int ga_stop_requested;

#endif
