/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c -- see digest.h */
#include <stdlib.h>

#include <nettle/base16.h>
#include <nettle/sha2.h>

#include "io/digest.h"
#include "io/file.h"

ga_code
digest_file(char text[DIGEST_TEXT], const char *path, ga_status *st)
{
    file_bytes bytes;
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx sha;
    const ga_code code = file_read(&bytes, path, FILE_CAP, FILE_PLAIN, st);
    if (code != GA_OK)
        return code;
    sha256_init(&sha);
    sha256_update(&sha, bytes.size, bytes.data);
    sha256_digest(&sha, sizeof digest, digest);
    base16_encode_update(text, sizeof digest, digest);
    text[DIGEST_TEXT - 1] = '\0';
    free(bytes.data);
    return GA_OK;
}
