/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h -- how much memory the process has used. */
#ifndef NUM_MEMORY_H
#define NUM_MEMORY_H

#include <sys/resource.h>

/* The peak resident set size in bytes, as the kernel counts it (Linux: in KiB). */
static inline double
memory_peak(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? 1024 * (double)usage.ru_maxrss : 0;
}

#endif
