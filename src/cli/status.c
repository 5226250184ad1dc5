/* SPDX-License-Identifier: Apache-2.0 */
/* status.c -- see status.h */
#include "cli/status.h"

int
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
