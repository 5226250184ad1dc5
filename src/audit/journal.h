/* SPDX-License-Identifier: Apache-2.0 */
/* journal.h -- the finished parts of an audit, on disk while it runs.

   directory/journal has a line for the audit, {"head": .., "first": A, "last": B}, and one for each part, {"part": .., "rows":
   [..]}; each line begins with the SHA-256 of the rest of it, and is on disk when journal_append returns. A line that is torn or
   does not match its digest is cut off, with everything after it, when the journal is reopened. A journal torn within its first
   line is started anew. */
#ifndef AUDIT_JOURNAL_H
#define AUDIT_JOURNAL_H

#include "audit/part.h"

typedef struct {
    int fd; /* -1: not open; locked against other processes */
    char *path;
    json_t *head; /* {"head": .., "first": A, "last": B} */
} journal;

/* An empty journal; GA_USAGE if there is one already, GA_IO_ERROR if it cannot be made. */
ga_code journal_create(journal *j, const char *directory, const json_t *head, ga_range range, ga_status *st);

/* Opens an existing journal and returns its parts, which the caller must part_free and free, also after a failure. GA_USAGE if
   there is none, if another audit has it, or, with what differs, if it is of another head or range; GA_BAD_FILE if it is no
   journal. */
ga_code journal_resume(journal *j, part ***parts, size_t *n, const char *directory, const json_t *head, ga_range range,
                       const part_shape *shape, ga_status *st);

/* One part at a time. After a failed write the journal is as before. */
ga_code journal_append(journal *j, const part *p, ga_status *st);

void journal_close(journal *j);

/* Removes it: the audit's results are in its directory. */
ga_code journal_remove(journal *j, ga_status *st);

#endif
