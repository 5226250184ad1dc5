/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c -- see journal.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/journal.h"
#include "audit/plan.h"
#include "core/call.h"
#include "io/digest.h"
#include "io/file.h"
#include "io/json_line.h"
#include "run/agree.h"

enum { DIGITS = DIGEST_TEXT - 1 };

/* "DIGEST TEXT\n", the caller's to free; NULL: out of memory. */
static char *
make_line(const json_t *json)
{
    char digest[DIGEST_TEXT], *line = NULL;
    char *text = json_line(json, JSON_SORT_KEYS);
    if (text != NULL) {
        digest_bytes(digest, text, strlen(text));
        if (asprintf(&line, "%s %s\n", digest, text) < 0)
            line = NULL;
    }
    free(text);
    return line;
}

/* Appends a line and syncs; on failure the file is cut back. */
static ga_code
append_json(journal *j, const json_t *json, ga_status *st)
{
    const off_t start = lseek(j->fd, 0, SEEK_END);
    char *line = make_line(json);
    if (line == NULL || call_ended() == GA_NO_MEMORY) { /* then something may be missing in it */
        free(line);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a line of the journal");
    }
    const size_t size = strlen(line);
    size_t done = 0;
    int error = start < 0 ? errno : 0;
    while (done < size && error == 0) {
        const ssize_t wrote = write(j->fd, line + done, size - done);
        if (wrote > 0)
            done += (size_t)wrote;
        else if (wrote < 0 && errno != EINTR)
            error = errno;
    }
    if (error == 0 && fsync(j->fd) != 0)
        error = errno;
    free(line);
    if (error == 0)
        return GA_OK;
    if (start >= 0 && ftruncate(j->fd, start) != 0)
        return file_fail_errno(st, j->path, "write, nor cut back to what was whole,", error);
    return file_fail_errno(st, j->path, "write", error);
}

/* Locks the file, if the file system has locks, and checks that it is still the one under the name. Only its holder may remove the
   name. */
static ga_code
lock(const journal *j, ga_status *st)
{
    struct stat opened, named;
    if (fstat(j->fd, &opened) != 0)
        return file_fail_errno(st, j->path, "open", errno);
    if (!S_ISREG(opened.st_mode))
        return file_fail(st, GA_BAD_FILE, j->path, "it is not the journal of an audit");
    if ((flock(j->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) || lstat(j->path, &named) != 0 ||
        opened.st_ino != named.st_ino || opened.st_dev != named.st_dev)
        return file_fail(st, GA_USAGE, j->path, "another audit is writing here");
    return GA_OK;
}

static ga_code
open_file(journal *j, const char *directory, int flags, ga_status *st)
{
    *j = (journal){ .fd = -1 };
    if (asprintf(&j->path, "%s/journal", directory) < 0) {
        j->path = NULL;
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a path");
    }
    j->fd = open(j->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags, 0666);
    if (j->fd < 0 && errno == EEXIST)
        return file_fail(st, GA_USAGE, j->path, "an unfinished audit stands here: go on with --resume, or remove it");
    if (j->fd < 0 && errno == ENOENT)
        return file_fail(st, GA_USAGE, j->path, "no unfinished audit is there to resume, and the directory is not empty; choose "
                                                "another");
    if (j->fd < 0)
        return file_fail_errno(st, j->path, "open", errno);
    return lock(j, st);
}

static json_t *
opening(const json_t *head, ga_range range)
{
    json_t *o = json_object();
    json_object_set_new(o, "head", json_deep_copy(head));
    json_object_set_new(o, "first", json_integer((json_int_t)range.first));
    json_object_set_new(o, "last", json_integer((json_int_t)range.last));
    return o;
}

/* The first line of an empty journal, whose name is then on disk; it is removed where that fails. */
static ga_code
begin(journal *j, ga_status *st)
{
    const ga_code code = append_json(j, j->head, st);
    if (code == GA_OK)
        out_sync_directory(j->path);
    else
        unlink(j->path);
    return code;
}

ga_code
journal_create(journal *j, const char *directory, const json_t *head, ga_range range, ga_status *st)
{
    const ga_code code = open_file(j, directory, O_CREAT | O_EXCL, st);
    if (code != GA_OK)
        return code;
    j->head = opening(head, range);
    return begin(j, st);
}

void
journal_close(journal *j)
{
    if (j->fd >= 0)
        close(j->fd);
    free(j->path);
    json_decref(j->head);
    *j = (journal){ .fd = -1 };
}

ga_code
journal_remove(journal *j, ga_status *st)
{
    const ga_code code = unlink(j->path) == 0 ? GA_OK : file_fail_errno(st, j->path, "remove", errno);
    journal_close(j);
    return code;
}

ga_code
journal_append(journal *j, const part *p, ga_status *st)
{
    json_t *const o = part_with_rows_json(p);
    const ga_code code = o != NULL ? append_json(j, o, st) : ga_fail(st, GA_NO_MEMORY, "out of memory for the journal");
    json_decref(o);
    return code;
}

/* The JSON of the line at *at, which moves behind it; NULL: torn, changed, or the end. */
static json_t *
read_line(const file_bytes *bytes, size_t *at)
{
    char digest[DIGEST_TEXT];
    if (*at == bytes->size)
        return NULL; /* an empty file has no data at all */
    const char *line = (const char *)bytes->data + *at;
    const char *end = memchr(line, '\n', bytes->size - *at);
    if (end == NULL || end - line < DIGITS + 2 || line[DIGITS] != ' ')
        return NULL;
    const char *text = line + DIGITS + 1;
    digest_bytes(digest, text, (size_t)(end - text));
    if (memcmp(digest, line, DIGITS) != 0)
        return NULL;
    json_t *json = json_loadb(text, (size_t)(end - text), 0, NULL);
    if (json != NULL)
        *at += (size_t)(end + 1 - line);
    return json;
}

static part *
read_part(const journal *j, const json_t *json, const part_shape *shape, ga_status *st)
{
    ga_status fault = { 0 };
    part *const p = part_with_rows(json, shape, &fault);
    if (p == NULL)
        file_fail(st, fault.code, j->path, "%s", fault.message);
    return p;
}

static ga_code
refuse(const journal *j, const json_t *asked, ga_status *st)
{
    char difference[128];
    agree_difference(difference, sizeof difference, json_object_get(asked, "head"), json_object_get(j->head, "head"));
    return file_fail(st, GA_USAGE, j->path, "it is of an audit that differs in its %s",
                     difference[0] != '\0' ? difference : "images");
}

/* Whether the file is a proper prefix of the line it would have, all that is left of a torn journal. */
static bool
is_torn_head(const json_t *asked, const file_bytes *bytes)
{
    char *line = make_line(asked);
    const bool torn = line != NULL && bytes->size < strlen(line) &&
                      (bytes->size == 0 || memcmp(line, bytes->data, bytes->size) == 0);
    free(line);
    return torn;
}

static ga_code
read_parts(journal *j, part ***parts, size_t *n, const json_t *asked, const part_shape *shape, const file_bytes *bytes,
           ga_status *st)
{
    size_t at = 0;
    json_t *json;
    j->head = read_line(bytes, &at);
    if (j->head == NULL && is_torn_head(asked, bytes)) {
        j->head = json_deep_copy(asked);
        return ftruncate(j->fd, 0) == 0 ? begin(j, st) : file_fail_errno(st, j->path, "cut off what is torn of", errno);
    }
    if (j->head == NULL)
        return file_fail(st, GA_BAD_FILE, j->path, "it is no journal, or its first line is damaged; remove it and start anew");
    if (!json_equal(asked, j->head))
        return refuse(j, asked, st);
    while ((json = read_line(bytes, &at)) != NULL) {
        part **more = realloc(*parts, (*n + 1) * sizeof(part *));
        if (more != NULL) {
            *parts = more;
            (*parts)[*n] = read_part(j, json, shape, st);
        }
        json_decref(json);
        if (more == NULL || (*parts)[*n] == NULL)
            return more == NULL ? ga_fail(st, GA_NO_MEMORY, "out of memory for the journal") : st->code;
        (*n)++;
    }
    if (at < bytes->size && ftruncate(j->fd, (off_t)at) != 0)
        return file_fail_errno(st, j->path, "cut off what is torn of", errno);
    return GA_OK;
}

ga_code
journal_resume(journal *j, part ***parts, size_t *n, const char *directory, const json_t *head, ga_range range,
               const part_shape *shape, ga_status *st)
{
    file_bytes bytes = { 0 };
    *parts = NULL;
    *n = 0;
    ga_code code = open_file(j, directory, 0, st);
    if (code == GA_OK)
        code = file_read(&bytes, j->path, FILE_CAP, FILE_PLAIN, st);
    if (code != GA_OK)
        return code;
    json_t *asked = opening(head, range);
    code = read_parts(j, parts, n, asked, shape, &bytes, st);
    json_decref(asked);
    free(bytes.data);
    return code;
}
