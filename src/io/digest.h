/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h -- SHA-256 of bytes. */
#ifndef GRADAUDIT_IO_DIGEST_H
#define GRADAUDIT_IO_DIGEST_H

#include <stddef.h>

#include <nettle/sha2.h>

#include "core/model.h"

enum { DIGEST_TEXT = GA_SHA256 };

/* 64 hexadecimal digits; those of all that sha was given. */
void digest_end(char text[DIGEST_TEXT], struct sha256_ctx *sha);
void digest_bytes(char text[DIGEST_TEXT], const void *data, size_t size);

#endif
