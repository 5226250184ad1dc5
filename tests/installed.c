/* SPDX-License-Identifier: Apache-2.0 */
/* installed.c -- another program, built by make installcheck with the installed headers and library. */
#include <string.h>

#include <gradaudit/gradaudit.h>

int
main(void)
{
    return strcmp(ga_version(), GA_VERSION) != 0;
}
