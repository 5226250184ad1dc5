/* SPDX-License-Identifier: Apache-2.0 */
/* version.c -- see gradaudit/version.h */
#include <gradaudit/version.h>

#include "config.h"

const char *
ga_version(void)
{
    return PACKAGE_VERSION;
}
