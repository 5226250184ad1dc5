/* SPDX-License-Identifier: Apache-2.0 */
/* file.c -- reading whole files, plain or gzip; see file.h */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "core/call.h"
#include "io/escape.h"
#include "io/file.h"

enum { CHUNK = 1 << 16, FIRST = 1 << 18 /* bytes, of which bound has said what it can */, PATH_SHOWN = 240 };

static bool
is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

ga_code
file_fail(ga_status *st, ga_code code, const char *path, const char *format, ...)
{
    char fault[sizeof ((ga_status *)0)->message];
    va_list args;

    if (st == NULL)
        return code;
    va_start(args, format);
    vsnprintf(fault, sizeof fault, format, args);
    va_end(args);
    char *where = escape_copy(escape_terminal, path), *what = escape_copy(escape_terminal, fault);
    if (where == NULL || what == NULL)
        ga_fail(st, GA_NO_MEMORY, "out of memory for a message");
    else {
        const char *shown = *where != '\0' ? where : "'' (no name)";
        if (strlen(where) > PATH_SHOWN)
            for (shown += strlen(where) - PATH_SHOWN; is_continuation(*shown); shown++)
                ;
        ga_fail(st, code, "%s%s: %s", strlen(where) <= PATH_SHOWN ? "" : "...", shown, what);
        size_t end = sizeof st->message - 4; /* a longer message was cut: end it between two characters */
        if (strlen(st->message) == sizeof st->message - 1) {
            while (is_continuation(st->message[end]))
                end--;
            strcpy(st->message + end, "...");
        }
    }
    free(where);
    free(what);
    return code;
}

ga_code
file_fail_errno(ga_status *st, const char *path, const char *action, int error)
{
    if (error == EINTR && call_ended() != GA_OK)
        return file_fail(st, call_ended(), path, "%s", call_reason());
    return file_fail(st, error == ENOMEM ? GA_NO_MEMORY : GA_IO_ERROR, path, "cannot %s: %s", action, strerror(error));
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

typedef struct {
    file_bytes bytes;
    size_t room, cap;
    size_t total; /* of a regular file that is not packed, else 0 */
    size_t small; /* such a file of at most so many bytes is read whatever bound says */
    const char *option;         /* that sets the cap, or NULL */
    file_bound_function *bound; /* or NULL */
    struct sha256_ctx *sha;     /* of what is read, or NULL */
    bool enough;                /* bound wants no more */
    const char *path;
    ga_status *st;
} sink;

static ga_code
over_cap(const sink *s, const char *how)
{
    const bool named = s->option != NULL;
    return file_fail(s->st, GA_NO_MEMORY, s->path, "more than the limit of %zu bytes%s%s%s%s", s->cap, how, named ? " (" : "",
                     named ? s->option : "", named ? ")" : "");
}

static ga_code
append(sink *s, const uint8_t *data, size_t n)
{
    if (n > s->cap - s->bytes.size || (s->bytes.size > FIRST && s->total > s->cap))
        return over_cap(s, "");
    if (n > s->room - s->bytes.size) {
        size_t room = s->room > s->cap / 2 ? s->cap : 2 * s->room;
        room = room < s->bytes.size + n ? s->bytes.size + n : room;
        uint8_t *grown = realloc(s->bytes.data, room);
        if (grown == NULL)
            return file_fail(s->st, GA_NO_MEMORY, s->path, "out of memory for %zu bytes", room);
        s->bytes.data = grown;
        s->room = room;
    }
    if (n > 0)
        memcpy(s->bytes.data + s->bytes.size, data, n);
    s->bytes.size += n;
    const size_t most = s->bound != NULL ? s->bound(s->bytes.data, s->bytes.size) : SIZE_MAX;
    if (most == 0) {
        s->enough = true;
        return GA_OK;
    }
    if (most != SIZE_MAX && most / 2 > s->cap && s->bytes.size > FILE_BOMB) /* no valid file, however it goes on */
        return over_cap(s, " by its beginning");
    if (s->bytes.size > most || (most != SIZE_MAX && s->total > most))
        return file_fail(s->st, GA_BAD_FILE, s->path, "does not end after the %zu bytes that it can have by its beginning", most);
    return GA_OK;
}

/* fread, with faults told from the file's end (*n = 0). */
static ga_code
read_chunk(size_t *n, uint8_t *chunk, FILE *f, sink *s)
{
    errno = 0;
    *n = fread(chunk, 1, CHUNK, f);
    if (s->sha != NULL)
        sha256_update(s->sha, *n, chunk);
    return ferror(f) || call_ask() != GA_OK ? file_fail_errno(s->st, s->path, "read", ferror(f) ? errno : EINTR) : GA_OK;
}

/* Unpacks a gzip file of one or more members (RFC 1952, 2.2); its first n bytes are in chunk. */
static ga_code
unpack(sink *s, z_stream *z, uint8_t *chunk, size_t n, FILE *f)
{
    uint8_t unpacked[CHUNK];
    size_t packed = 0;
    bool at_end = false; /* of a member */
    ga_code code = GA_OK;

    for (; code == GA_OK && n > 0 && !s->enough; code = code != GA_OK ? code : read_chunk(&n, chunk, f, s)) {
        z->next_in = chunk;
        z->avail_in = (uInt)n;
        packed += n;
        do {
            if (at_end && *z->next_in != 0x1f)
                return file_fail(s->st, GA_BAD_FILE, s->path, "trailing bytes after the gzip stream");
            if (at_end)
                inflateReset(z);
            z->next_out = unpacked;
            z->avail_out = sizeof unpacked;
            int result = inflate(z, Z_NO_FLUSH);
            at_end = result == Z_STREAM_END;
            if (result == Z_MEM_ERROR)
                return file_fail(s->st, GA_NO_MEMORY, s->path, "out of memory to unpack");
            if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
                return file_fail(s->st, GA_BAD_FILE, s->path, "damaged gzip stream: %s",
                                 z->msg == NULL ? "zlib fails" : z->msg);
            code = append(s, unpacked, sizeof unpacked - z->avail_out);
            if (code == GA_OK && s->bytes.size > FILE_BOMB && s->bytes.size / FILE_EXPANSION > packed)
                code = file_fail(s->st, GA_BAD_FILE, s->path, "unpacks to more than %d times its size: a gzip bomb",
                                 FILE_EXPANSION);
        } while (code == GA_OK && z->avail_in > 0 && !s->enough); /* output held back comes with the check sum still to be read */
    }
    if (code == GA_OK && !at_end && !s->enough)
        code = file_fail(s->st, GA_BAD_FILE, s->path, "truncated gzip stream");
    return code;
}

static ga_code
read_stream(sink *s, FILE *f, file_packing packing)
{
    struct stat about;
    uint8_t chunk[CHUNK];
    size_t n;
    ga_code code = read_chunk(&n, chunk, f, s);

    if (code == GA_OK && packing == FILE_MAYBE_GZIP && file_is_gzip(&(file_bytes){ chunk, n })) {
        z_stream z = { 0 };
        if (inflateInit2(&z, MAX_WBITS + 16) != Z_OK) /* + 16: gzip, with its check sum */
            return file_fail(s->st, GA_NO_MEMORY, s->path, "out of memory to unpack");
        code = unpack(s, &z, chunk, n, f);
        inflateEnd(&z);
        return code;
    }
    if (fstat(fileno(f), &about) == 0 && S_ISREG(about.st_mode))
        s->total = (size_t)about.st_size;
    if (s->total > 0 && s->total <= s->small && s->total <= s->cap)
        s->bound = NULL;
    while (code == GA_OK && n > 0 && !s->enough)
        if ((code = append(s, chunk, n)) == GA_OK)
            code = read_chunk(&n, chunk, f, s);
    return code;
}

/* That is no terminal: it may never end. */
static bool
is_device(int fd)
{
    struct stat about;
    return fstat(fd, &about) == 0 && (S_ISBLK(about.st_mode) || (S_ISCHR(about.st_mode) && !isatty(fd)));
}

static ga_code
read_all(file_bytes *bytes, sink *s, FILE *f, file_packing packing)
{
    const ga_code code = read_stream(s, f, packing);
    if (code != GA_OK) {
        free(s->bytes.data);
        s->bytes = (file_bytes){ 0 };
    }
    *bytes = s->bytes;
    return code;
}

ga_code
file_read(file_bytes *bytes, const char *path, size_t cap, file_packing packing, ga_status *st)
{
    sink s = { .cap = cap, .path = path, .st = st };
    FILE *const f = fopen(path, "rbe");
    *bytes = (file_bytes){ 0 };
    if (f == NULL)
        return file_fail_errno(st, path, "read", errno);
    const ga_code code = read_all(bytes, &s, f, packing);
    fclose(f);
    return code;
}

/* Maps a regular file that is not packed, of more than limits->small bytes and at most limits->cap; none in a call of the library:
   a file that is shortened meanwhile would end the host (SIGBUS). */
static bool
map(file_view *view, FILE *f, const file_limits *limits)
{
    struct stat about;
    if (call_current() != NULL || fstat(fileno(f), &about) != 0 || !S_ISREG(about.st_mode) || about.st_size <= 0 ||
        (uintmax_t)about.st_size <= limits->small || (uintmax_t)about.st_size > limits->cap)
        return false;
    void *const mapped = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fileno(f), 0);
    if (mapped == MAP_FAILED)
        return false;
    *view = (file_view){ .bytes = { mapped, (size_t)about.st_size }, .mapped = true };
    if (limits->packing == FILE_PLAIN || !file_is_gzip(&view->bytes))
        return true;
    file_unmap(view);
    return false;
}

ga_code
file_map(file_view *view, const char *path, const file_limits *limits, ga_status *st)
{
    struct sha256_ctx sha;
    sink s = { .cap = limits->cap, .option = limits->option, .bound = limits->bound, .small = limits->small, .sha = &sha,
               .path = path, .st = st };
    FILE *const f = fopen(path, "rbe");
    ga_code code = GA_OK;
    *view = (file_view){ 0 };
    if (f == NULL)
        return file_fail_errno(st, path, "read", errno);
    sha256_init(&sha);
    if (is_device(fileno(f)))
        code = file_fail(st, GA_BAD_FILE, path, "is a device, not a file");
    else if (!map(view, f, limits) && (code = read_all(&view->bytes, &s, f, limits->packing)) == GA_OK)
        digest_end(view->sha256, &sha);
    fclose(f);
    return code;
}

ga_code
file_lend(file_view *view, const file_bytes *bytes, const char *name, const file_limits *limits, ga_status *st)
{
    const sink s = { .cap = limits->cap, .option = limits->option, .path = name, .st = st };
    *view = (file_view){ 0 };
    if (bytes->size > limits->cap)
        return over_cap(&s, "");
    *view = (file_view){ .bytes = *bytes, .mapped = true, .lent = true };
    return bytes->size <= limits->small ? file_own(view, name, st) : GA_OK;
}

ga_code
file_own(file_view *view, const char *path, ga_status *st)
{
    const size_t size = view->bytes.size;
    uint8_t *const own = malloc(size > 0 ? size : 1);
    if (own == NULL)
        return file_fail(st, GA_NO_MEMORY, path, "out of memory for %zu bytes", size);
    if (size > 0)
        memcpy(own, view->bytes.data, size);
    file_unmap(view);
    view->bytes = (file_bytes){ own, size };
    digest_bytes(view->sha256, own, size);
    return GA_OK;
}

uint8_t *
file_take(file_view *view, size_t from)
{
    uint8_t *const bytes = view->bytes.data;
    if (view->bytes.size > from)
        memmove(bytes, bytes + from, view->bytes.size - from);
    *view = (file_view){ 0 };
    return bytes;
}

void
file_unmap(file_view *view)
{
    if (view->mapped && !view->lent)
        munmap(view->bytes.data, view->bytes.size);
    else if (!view->mapped)
        free(view->bytes.data);
    *view = (file_view){ 0 };
}

ga_code
file_digest(char sha256[DIGEST_TEXT], const char *path, ga_status *st)
{
    file_bytes bytes;
    const ga_code code = file_read(&bytes, path, FILE_CAP, FILE_PLAIN, st);
    if (code != GA_OK)
        return code;
    digest_bytes(sha256, bytes.data, bytes.size);
    free(bytes.data);
    return GA_OK;
}
