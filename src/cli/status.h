/* SPDX-License-Identifier: Apache-2.0 */
/* status.h -- how the program ends. */
#ifndef GRADAUDIT_CLI_STATUS_H
#define GRADAUDIT_CLI_STATUS_H

#include "core/status.h"

/* 0 done, 1 a gate failed, 2 usage, 3 bad input file, 4 out of memory or over a limit, 5 I/O error, 6 undecided elements remain,
   130 and 143 on signals. */
int exit_status(ga_code code);

#endif
