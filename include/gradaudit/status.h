/* SPDX-License-Identifier: Apache-2.0 */
/** @file status.h
    How a function reports what went wrong.

    A function that can fail returns a ga_code. If that is not GA_OK, it leaves one line without a newline in the ga_status it was
    given, which may be NULL. The library prints nothing and never ends the process. The codes are not the exit statuses of the
    program.

    Any function that reads, computes or writes may return GA_NO_MEMORY, one that is given a path GA_IO_ERROR, and one that is given
    a ga_run GA_INTERRUPTED. GA_USAGE is for arguments: NULL where something is needed, options of the wrong size, words that are
    unknown, images that are not there. GA_BAD_FILE is for what files and arrays contain. A function's own comment says what else.
    Handles must be those that the library made, and not yet freed; functions that return no ga_code need one, unless they free
    it. */
#ifndef GRADAUDIT_STATUS_H
#define GRADAUDIT_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/** What a function returns. */
typedef enum {
    GA_OK = 0,
    GA_USAGE = -1,       /**< an argument is outside its domain, or does not fit the others */
    GA_BAD_FILE = -2,    /**< a file or array is malformed, or does not fit the others */
    GA_NO_MEMORY = -3,   /**< out of memory, or over a limit that the caller set */
    GA_IO_ERROR = -4,    /**< reading or writing failed */
    GA_INTERRUPTED = -5, /**< the caller stopped it (ga_run, run.h), or SIGINT stopped the program */
    GA_TERMINATED = -6,  /**< SIGTERM stopped the program; no function of the library returns it */
    GA_GATE_FAILED = -7, /**< a gate failed: a condition on a report that the user set */
    GA_UNDECIDED = -8    /**< what was asked for could not be proved within the limit of precision */
} ga_code;

/** A code and its message: one line of UTF-8, cut at the size of the array. Control characters in names and text, and bytes that
    are no UTF-8, stand in it as \\xNN. */
typedef struct {
    ga_code code;      /**< of the last failure; a success leaves it as it was */
    char message[512]; /**< what went wrong then */
} ga_status;

#ifdef __cplusplus
}
#endif

#endif
