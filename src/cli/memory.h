/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h -- what happens when memory runs out, and how the heap gives it back. */
#ifndef GRADAUDIT_CLI_MEMORY_H
#define GRADAUDIT_CLI_MEMORY_H

/* Our own allocations fail with a status that is passed up. GMP and MPFR abort the program, and jansson leaves out what it cannot
   store: both get allocators that instead say so in a line, remove what is half written, and end with GA_NO_MEMORY. Journals and
   finished files stay: they are synced when written. To be called before either library is used. */
void memory_guard(void);

#endif
