/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h -- SHA-256 of a file as it stands on disk. */
#ifndef GRADAUDIT_IO_DIGEST_H
#define GRADAUDIT_IO_DIGEST_H

#include <gradaudit/status.h>

enum { DIGEST_TEXT = 65 };

/* 64 hexadecimal digits. */
ga_code digest_file(char text[DIGEST_TEXT], const char *path, ga_status *st);

#endif
