/* SPDX-License-Identifier: Apache-2.0 */
/* version.h -- the build and the libraries at work, for --version. */
#ifndef GRADAUDIT_VERSION_H
#define GRADAUDIT_VERSION_H

#include <stdio.h>

/* Name and version, then "key: value" lines: compiler, flags, libraries with OpenBLAS's core, arithmetic, data directory. */
void version_print(FILE *out);

#endif
