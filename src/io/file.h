/* SPDX-License-Identifier: Apache-2.0 */
/* file.h -- reads whole files under a cap, writes files so that they appear complete or not at all, and reports what goes wrong:
   one line, "FILE: fault", with everything hostile in it escaped. */
#ifndef GRADAUDIT_IO_FILE_H
#define GRADAUDIT_IO_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "core/status.h"

#include "io/digest.h"

/* A bomb unpacks to more than FILE_BOMB bytes and to more than FILE_EXPANSION times its size. Weights and images, which are mostly
   noise, pack to a half or a tenth; deflate can pack zeros to a thousandth. */
#define FILE_BOMB ((size_t)16 << 20)
enum { FILE_EXPANSION = 100 };

/* The largest file we read, unpacked: 4 GiB. */
#define FILE_CAP (SIZE_MAX / 4 < UINT64_C(1) << 32 ? SIZE_MAX / 4 : (size_t)(UINT64_C(1) << 32))

typedef struct {
    uint8_t *data; /* the caller's to free */
    size_t size;
} file_bytes;

/* Whether a file begins with the literal, and as files of these formats do. */
#define FILE_STARTS(file, literal)                                                                                                 \
    ((file)->size >= sizeof(literal) - 1 && memcmp((file)->data, literal, sizeof(literal) - 1) == 0)

static inline bool
file_is_zip(const file_bytes *file)
{
    return FILE_STARTS(file, "PK\003\004") || FILE_STARTS(file, "PK\005\006");
}

static inline bool
file_is_gzip(const file_bytes *file)
{
    return FILE_STARTS(file, "\x1f\x8b");
}

static inline bool
file_is_hdf5(const file_bytes *file)
{
    return FILE_STARTS(file, "\x89HDF\r\n\x1a\n");
}

static inline bool
file_is_pickle(const file_bytes *file) /* of the protocols 2 to 5 */
{
    return FILE_STARTS(file, "\x80\002") || FILE_STARTS(file, "\x80\003") || FILE_STARTS(file, "\x80\004") ||
           FILE_STARTS(file, "\x80\005");
}

typedef enum { FILE_PLAIN, FILE_MAYBE_GZIP } file_packing;

/* Reads a file of at most cap bytes. FILE_MAYBE_GZIP unpacks what starts with gzip's two magic bytes; cap then holds for the
   unpacked bytes too. GA_IO_ERROR when it cannot be read; GA_BAD_FILE when the gzip stream is truncated, damaged, followed
   by other bytes or a bomb; GA_NO_MEMORY when it is over the cap or memory is out. On failure *bytes is empty. */
ga_code file_read(file_bytes *bytes, const char *path, size_t cap, file_packing packing, ga_status *st);

/* The digest of a file as it stands on disk. */
ga_code file_digest(char sha256[DIGEST_TEXT], const char *path, ga_status *st);

/* Upper bound on the size of a file that starts with these n bytes (more each time, all from the start); SIZE_MAX: none; 0: no
   accepted file begins so, and the reader says why. */
typedef size_t file_bound_function(const uint8_t *bytes, size_t n);

typedef struct {
    size_t cap;
    const char *option; /* that sets it, for messages */
    file_packing packing;
    file_bound_function *bound;
    size_t small; /* a regular file of at most so many bytes is read at once */
} file_limits;

/* Sets *st to "PATH: fault", long paths cut at the front, and returns code. The arguments may be hostile text. */
ga_code file_fail(ga_status *st, ga_code code, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for a failed system call: "PATH: cannot ACTION: why". GA_NO_MEMORY if that is why, else GA_IO_ERROR. */
ga_code file_fail_errno(ga_status *st, const char *path, const char *action, int error);

/* The contents of a file: its bytes in our own memory, which nobody else changes, with the digest of what was read of the file
   (packed, if it is); or mapped bytes, which may change as long as anybody can write to the file: to look at, not to take for its
   contents. Bytes that are lent, somebody else's in memory, are like mapped ones. */
typedef struct {
    file_bytes bytes;
    bool mapped, lent; /* lent ones count as mapped too */
    char sha256[DIGEST_TEXT]; /* "" when mapped */
} file_view;

/* The most bytes of files that limits->small lets take memory before anybody has examined them. */
#define FILE_SMALL FILE_BOMB

/* Opens a file once and reads it as file_read does; GA_BAD_FILE as soon as there are more bytes than bound allows: no more is
   unpacked, and a larger file is not read on. After a 0 *view is what was read so far. A device other than a terminal is
   GA_BAD_FILE. bound is not asked about a regular file that is not packed; if that is not small it is mapped: its bytes take memory
   only where they are looked at, so that refusing a large file for its first bytes costs nothing. Shortening a file while it is
   mapped ends the program. */
ga_code file_map(file_view *view, const char *path, const file_limits *limits, ga_status *st);

/* The same for the bytes of such a file in memory, which is not packed: small ones are copied, others are lent and stay as they are
   until file_own. name is the path's in messages. */
ga_code file_lend(file_view *view, const file_bytes *bytes, const char *name, const file_limits *limits, ga_status *st);

/* Reads what is mapped into our own memory: from then on these bytes are the file's, and their digest is known. They need not be
   those seen in the mapping. On GA_NO_MEMORY the view is as it was. */
ga_code file_own(file_view *view, const char *path, ga_status *st);

/* The bytes from position `from` on, the caller's to free and to change. The view, which is not mapped, is given up. */
uint8_t *file_take(file_view *view, size_t from);
void file_unmap(file_view *view);

/* A file being written. Write to stream, then out_commit or out_abort; neither stream nor the rest is valid after that. Output goes
   to a temporary file in the same directory. A path that is a device or a pipe is written in place; a symbolic link stays, and its
   target is replaced. */
typedef struct {
    FILE *stream;
    char *path;      /* as the user named it, for messages */
    char *target;    /* links resolved; NULL when written in place */
    char *temporary; /* NULL when written in place */
} out_file;

ga_code out_open(out_file *out, const char *path, ga_status *st);

/* Flushes, checks the stream for any write error since out_open, syncs, renames. On failure nothing is left behind, and the old
   file of that name is kept. */
ga_code out_commit(out_file *out, ga_status *st);

/* Gives the file up and removes the temporary file; does nothing after out_commit or a failed out_open. */
void out_abort(out_file *out);

/* Removes all temporary files being written, for a program that ends at once; calls nothing that allocates. */
void out_remove_all(void);

/* Makes an empty directory in directory, for files on their way to it; the caller removes it. path is its name. */
ga_code out_scratch(char *path, size_t size, const char *directory, ga_status *st);

/* Removes from directory what killed programs left there by out_open and out_scratch. */
void out_sweep(const char *directory);

/* For other ways to write a file that appears complete or not at all. *target (the caller's) is where the bytes finally go: a file
   to create, or to replace keeping its *mode (0: it is new); NULL if path is a device or a pipe. Returns 0 or an errno. */
int out_find_target(char **target, mode_t *mode, const char *path);

/* The length of path's directory part, its slash included; 0 without one. */
int out_directory_length(const char *path);

/* Syncs the directory, so that a new name in it is on disk. Not every file system can: that is no error. */
void out_sync_directory(const char *target);

#endif
