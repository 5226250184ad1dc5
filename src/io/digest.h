/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h -- SHA-256 of bytes, and of a file as it stands on disk. */
#ifndef GRADAUDIT_IO_DIGEST_H
#define GRADAUDIT_IO_DIGEST_H

#include <stddef.h>

#include <nettle/sha2.h>

#include <gradaudit/model.h>
#include <gradaudit/status.h>

enum { DIGEST_TEXT = GA_SHA256 };

/* 64 hexadecimal digits; those of all that sha was given. */
void digest_end(char text[DIGEST_TEXT], struct sha256_ctx *sha);
void digest_bytes(char text[DIGEST_TEXT], const void *data, size_t size);
ga_code digest_file(char text[DIGEST_TEXT], const char *path, ga_status *st);

#endif
