/* SPDX-License-Identifier: Apache-2.0 */
/* directory.h -- an output directory that appears complete or not at all. */
#ifndef GRADAUDIT_IO_DIRECTORY_H
#define GRADAUDIT_IO_DIRECTORY_H

#include "core/status.h"

typedef struct {
    char *path;      /* where it will be */
    char *temporary; /* where to write: a new directory beside it */
} out_directory;

/* GA_OK if the directory, which is not empty, is a former output and holds nothing else, and so may be lost; GA_USAGE with what it
   is, and the way out. */
typedef ga_code out_former(const char *directory, ga_status *st);

/* Prepares to make or replace path. An existing directory is replaced only if it is empty, or if former, unless NULL, says so. */
ga_code out_directory_open(out_directory *out, const char *path, out_former *former, ga_status *st);

/* Puts the new directory in path's place, in one step if the file system can, and removes the old one. */
ga_code out_directory_commit(out_directory *out, ga_status *st);

/* Removes what was written; does nothing after a commit or a failed open. */
void out_directory_abort(out_directory *out);

/* A new directory of its own in $TMPDIR, else in /tmp, that nobody else may read. The caller gives it to out_temporary_remove. NULL
   with st set on failure. */
char *out_temporary(ga_status *st);

/* Removes it with all that is in it; NULL is allowed. */
void out_temporary_remove(char *path);

#endif
