/* SPDX-License-Identifier: Apache-2.0 */
/* main.c -- the gradaudit program */
#include <stdio.h>
#include <string.h>

#include <gradaudit/status.h>

#include "cli/version.h"
#include "num/guard.h"

int
main(int argc, char **argv)
{
    const char *fault = guard_fault();

    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        version_print(stdout);
        return fclose(stdout) == 0 ? GA_OK : GA_IO_ERROR;
    }
    if (fault != NULL)
        fprintf(stderr, "gradaudit: %s: no result of this process could be trusted\n", fault);
    fputs("Usage: gradaudit --version\n", stderr);
    return GA_USAGE;
}
