/* SPDX-License-Identifier: Apache-2.0 */
/* status.h -- how the program ends. */
#ifndef GRADAUDIT_CLI_STATUS_H
#define GRADAUDIT_CLI_STATUS_H

#include "core/status.h"

/* 0 done, 1 a gate failed, 2 usage, 3 bad input file, 4 out of memory or over a limit, 5 I/O error, 6 undecided elements remain,
   130 and 143 on signals. */
static inline int
exit_status(ga_code code)
{
    switch (code) {
    case GA_OK:
        return 0;
    case GA_GATE_FAILED:
        return 1;
    case GA_USAGE:
        return 2;
    case GA_BAD_FILE:
        return 3;
    case GA_NO_MEMORY:
        return 4;
    case GA_IO_ERROR:
        return 5;
    case GA_UNDECIDED:
        return 6;
    case GA_INTERRUPTED:
        return 130;
    case GA_TERMINATED:
        return 143;
    }
    return 5; /* no such code */
}

#endif
