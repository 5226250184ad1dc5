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
#include "io/digest.h"
#include "io/file.h"

enum { DIGITS = DIGEST_TEXT - 1 };

/* Writes "DIGEST TEXT\n" at the end, and syncs; the file is cut back where that fails. */
static ga_code
append_line(journal *j, const char *text, ga_status *st)
{
    char digest[DIGEST_TEXT];
    const size_t length = strlen(text), size = DIGITS + 1 + length + 1;
    const off_t start = lseek(j->fd, 0, SEEK_END);
    char *line = malloc(size + 1);
    if (line == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a line of the journal");
    digest_bytes(digest, text, length);
    snprintf(line, size + 1, "%s %s\n", digest, text);
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

static ga_code
append_json(journal *j, const json_t *json, ga_status *st)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17) | JSON_SORT_KEYS);
    const ga_code code = text != NULL ? append_line(j, text, st) : ga_fail(st, GA_NO_MEMORY, "out of memory for the journal");
    free(text);
    return code;
}

static ga_code
open_file(journal *j, const char *directory, int flags, ga_status *st)
{
    *j = (journal){ .fd = -1 };
    if (asprintf(&j->path, "%s/journal", directory) < 0) {
        j->path = NULL;
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a path");
    }
    j->fd = open(j->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0666);
    if (j->fd < 0 && errno == EEXIST)
        return file_fail(st, GA_USAGE, j->path, "an unfinished audit stands here: go on with --resume, or remove it");
    if (j->fd < 0 && errno == ENOENT)
        return file_fail(st, GA_USAGE, j->path, "there is no unfinished audit to resume");
    if (j->fd < 0)
        return file_fail_errno(st, j->path, "open", errno);
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0)
        return file_fail(st, GA_USAGE, j->path, "another audit is writing here");
    return GA_OK;
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

ga_code
journal_create(journal *j, const char *directory, const json_t *head, ga_range range, ga_status *st)
{
    const ga_code code = open_file(j, directory, O_CREAT | O_EXCL, st);
    if (code != GA_OK)
        return code;
    j->head = opening(head, range);
    return append_json(j, j->head, st);
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
    json_t *o = json_object(), *rows = json_array();
    bool ok = true;
    for (size_t r = 0; r < p->n_rows && ok; r++) {
        char *text = NULL;
        size_t size;
        FILE *line = open_memstream(&text, &size);
        ok = line != NULL;
        if (ok)
            row_print(line, p->row + r, &p->shape);
        ok = ok && fclose(line) == 0 && json_array_append_new(rows, json_string(text)) == 0;
        free(text);
    }
    json_object_set_new(o, "part", part_json(p));
    json_object_set_new(o, "rows", rows);
    const ga_code code = ok ? append_json(j, o, st) : ga_fail(st, GA_NO_MEMORY, "out of memory for the journal");
    json_decref(o);
    return code;
}

/* The JSON of the line at *at, which moves behind it; NULL: torn, changed, or the end. */
static json_t *
read_line(const file_bytes *bytes, size_t *at)
{
    char digest[DIGEST_TEXT];
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
read_part(const json_t *json, const part_shape *shape, ga_status *st)
{
    const json_t *rows = json_object_get(json, "rows");
    const size_t n = json_array_size(rows);
    part *p = part_new(shape, n);
    ga_code code = p != NULL ? part_from_json(p, json_object_get(json, "part"), st) : ga_fail(st, GA_NO_MEMORY, "out of memory");
    for (size_t r = 0; r < n && code == GA_OK; r++) {
        const char *text = json_string_value(json_array_get(rows, r));
        char *line = strdup(text != NULL ? text : "");
        part_row *row = part_add_row(p, 0);
        code = line != NULL && row != NULL ? row_parse(row, line, shape, st) : ga_fail(st, GA_NO_MEMORY, "out of memory");
        free(line);
    }
    if (code == GA_OK)
        return p;
    part_free(p);
    return NULL;
}

/* Which of the head's parts differ, by name. */
static ga_code
refuse(const journal *j, const json_t *asked, ga_status *st)
{
    const json_t *a = json_object_get(asked, "head"), *b = json_object_get(j->head, "head");
    const char *key = "images";
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)a, key, value)
        if (!json_equal(value, json_object_get(b, key)))
            return file_fail(st, GA_USAGE, j->path, "it is of an audit that differs in its %s", key);
    return file_fail(st, GA_USAGE, j->path, "it is of an audit that differs in its images");
}

static ga_code
read_parts(journal *j, part ***parts, size_t *n, const json_t *asked, const part_shape *shape, const file_bytes *bytes, ga_status *st)
{
    size_t at = 0;
    json_t *json;
    j->head = read_line(bytes, &at);
    if (j->head == NULL)
        return file_fail(st, GA_BAD_FILE, j->path, "the journal has no whole first line; remove it and start anew");
    if (!json_equal(asked, j->head))
        return refuse(j, asked, st);
    while ((json = read_line(bytes, &at)) != NULL) {
        part **more = realloc(*parts, (*n + 1) * sizeof(part *));
        if (more != NULL) {
            *parts = more;
            (*parts)[*n] = read_part(json, shape, st);
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
