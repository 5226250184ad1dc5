/* SPDX-License-Identifier: Apache-2.0 */
/** @file run.h
    What a long call is given: threads, progress, a way to stop it; and what the library does with the process it is in.

    Threads: functions may be called from several threads at once. A handle may be read by several calls at once; a call that
    changes or frees it must be the only one.

    What the library borrows it gives back before a call returns. In the caller's thread, and in threads of OpenMP's pool while they
    work for it: the rounding mode, flush-to-zero and the rest of the floating-point environment, MPFR's exponent range and flags,
    the thread's locale (C meanwhile), errno; callbacks are called in that state. In the caller's thread OpenMP's settings. The
    number of OpenBLAS's threads belongs to the process: it is 1 while any call is under way, also for the host's own products, and
    what it was once the last of them has returned, unless the host has set another number meanwhile; a host that does that can
    change the bits of results. The library installs no signal handlers, and maps no files: one that is shortened while it is read
    is a fault of the file.

    The child of a fork() may call the library, also where its parent did, unless another thread of the parent was in a call at that
    moment. (OpenMP of GCC cannot do as much: a parallel region of the child's own may wait for ever.)

    One thing stays: from the first call on, jansson has memory functions that call those it had before; in a call of the library
    they notice that memory is out. A host that sets jansson's memory functions does so before. */
#ifndef GRADAUDIT_RUN_H
#define GRADAUDIT_RUN_H

#include <stddef.h>

#include <gradaudit/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a long call is given. This and all options begin with their size, which says which release the caller was built for: set it
    to sizeof, or begin with GA_RUN and its like, and leave what you do not know zero. Members are only added at the end, and 0 in
    them means what was before. A function returns GA_USAGE for a size of 0, and for one that it does not know unless what is beyond
    is 0. */
typedef struct {
    size_t size; /**< sizeof(ga_run) */
    int threads; /**< 0 or less: all cores. No result depends on it. */
    /** Called now and then, by one thread at a time, but not always the same: `done` of `all` pieces of work are done, in units of
        the call. An audit calls it at least once, also if it finds everything done. Or NULL. */
    void (*progress)(void *data, double done, double all);
    /** Called before each piece of work and often within one, down to the row of a matrix product, from several threads at once:
        anything but 0 ends the call, which then returns GA_INTERRUPTED. Or NULL. An audit in a directory can go on from there. */
    int (*stop)(void *data);
    void *data; /**< for both */
} ga_run;

/** The defaults: `ga_run run = GA_RUN;` */
#define GA_RUN { sizeof(ga_run), 0, NULL, NULL, NULL }

/** GMP and MPFR end the process when they lack memory. After this call, a library function in which they do returns GA_NO_MEMORY
    instead, and the process can go on: they get the memory from 16 MiB that the library keeps for that (and that nobody touches
    before), and the function ends before its next piece of work. Nothing is cut short, and so nothing is lost. It replaces GMP's
    memory functions (mp_set_memory_functions) by some that use malloc, realloc and free: call it before the process uses GMP or
    MPFR, and not if the process sets them itself. Outside the library's functions, and if the 16 MiB are used up, GMP and MPFR end
    the process as before; so does OpenMP, with or without this call, where it lacks memory for a thread. Calling it again does
    nothing. GA_USAGE if somebody else has replaced them. */
ga_code ga_own_gmp_memory(ga_status *st);

/** Frees text that a function of the library handed over; NULL is allowed. */
void ga_text_free(char *text);

#ifdef __cplusplus
}
#endif

#endif
