/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c -- see digest.h */
#include <nettle/base16.h>

#include "io/digest.h"

void
digest_end(char text[DIGEST_TEXT], struct sha256_ctx *sha)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(sha, sizeof digest, digest);
    base16_encode_update(text, sizeof digest, digest);
    text[DIGEST_TEXT - 1] = '\0';
}

void
digest_bytes(char text[DIGEST_TEXT], const void *data, size_t size)
{
    struct sha256_ctx sha;
    sha256_init(&sha);
    sha256_update(&sha, size, data);
    digest_end(text, &sha);
}
