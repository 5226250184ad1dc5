/* SPDX-License-Identifier: Apache-2.0 */
/* main.c -- the gradaudit program */
#include <stdio.h>
#include <string.h>

#include <gradaudit/status.h>

#include "cli/version.h"

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        version_print(stdout);
        return fclose(stdout) == 0 ? GA_OK : GA_IO_ERROR;
    }
    fputs("Usage: gradaudit --version\n", stderr);
    return GA_USAGE;
}
