/* SPDX-License-Identifier: Apache-2.0 */
/* npy_write.c -- large NumPy arrays written row by row at fixed offsets; see npy.h */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/npy.h"

enum { LOCK_TRIES = 10 };

struct npy_writer {
    int fd;
    size_t rows, row_bytes;
    char *path;       /* as the user named it, for messages */
    char *target;     /* links resolved; NULL when written in place */
    char *partial;    /* NULL when written in place */
    atomic_int error; /* the errno of a row that could not be written */
};

/* ---- system calls until they are done --------------------------------------------------------------------------- */

/* All n bytes, or an errno. */
static int
write_at(int fd, const void *data, size_t n, off_t offset)
{
    const char *at = data;

    while (n > 0) {
        ssize_t done = pwrite(fd, at, n, offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done == 0 ? EIO : errno;
        at += done;
        n -= (size_t)done;
        offset += done;
    }
    return 0;
}

/* The same for reading; EIO if the file ends early. */
static int
read_at(int fd, void *data, size_t n, off_t offset)
{
    char *at = data;

    while (n > 0) {
        ssize_t done = pread(fd, at, n, offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done == 0 ? EIO : errno;
        at += done;
        n -= (size_t)done;
        offset += done;
    }
    return 0;
}

/* At least size bytes of file, on the disk if the file system can promise them: a full disk is found before the work is done.
   fallocate and not posix_fallocate, which writes into every block if the file system cannot. Keeps what is there. */
static int
reserve(int fd, off_t size)
{
    int result;

    while ((result = fallocate(fd, 0, 0, size)) != 0 && errno == EINTR)
        ;
    if (result == 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
        return result == 0 ? 0 : errno;
    while ((result = ftruncate(fd, size)) != 0 && errno == EINTR)
        ;
    return result == 0 ? 0 : errno;
}

static int
sync_data(const npy_writer *w)
{
    int result = 0;

    if (w->partial != NULL) /* a device cannot always */
        while ((result = fsync(w->fd)) != 0 && errno == EINTR)
            ;
    return result == 0 ? 0 : errno;
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

/* w->partial, beside w->target; false when memory is out. */
static bool
name_partial(npy_writer *w)
{
    int directory = out_directory_length(w->target);
    size_t size = strlen(w->target) + sizeof ".gradaudit-.partial";

    w->partial = malloc(size);
    if (w->partial != NULL)
        snprintf(w->partial, size, "%.*s.gradaudit-%s.partial", directory, w->target, w->target + directory);
    return w->partial != NULL;
}

/* *fd is the partial file under the name, and locked; -1, with GA_OK, if somebody made, renamed or removed it meanwhile. Only the
   holder of the lock on the file under the name may remove or rename it. */
static ga_code
try_partial(int *fd, const npy_writer *w, int flags, ga_status *st)
{
    struct stat opened, named;

    if ((*fd = open(w->partial, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags, 0666)) < 0)
        return errno == (flags == 0 ? ENOENT : EEXIST) ? GA_OK : file_fail_errno(st, w->path, "write", errno);
    bool locked = flock(*fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; /* not every file system can */
    bool same = fstat(*fd, &opened) == 0 && lstat(w->partial, &named) == 0 && opened.st_ino == named.st_ino &&
                opened.st_dev == named.st_dev;
    if (locked && same && S_ISREG(opened.st_mode) && opened.st_nlink == 1)
        return GA_OK;
    close(*fd);
    *fd = -1;
    if (!locked)
        return file_fail(st, GA_USAGE, w->path, "another program is writing it");
    return same ? file_fail(st, GA_IO_ERROR, w->path, "cannot write: '%s' is not a file of its own", w->partial) : GA_OK;
}

/* w->fd is the partial file: a new one, with an earlier writer's removed, or the one to be resumed. */
static ga_code
open_partial(npy_writer *w, bool resume, ga_status *st)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        int left = -1;
        ga_code code = try_partial(&w->fd, w, resume ? 0 : O_CREAT | O_EXCL, st);
        if (code != GA_OK || w->fd >= 0)
            return code;
        if (resume)
            return file_fail(st, GA_USAGE, w->path, "there is no partial file to resume");
        if ((code = try_partial(&left, w, 0, st)) != GA_OK)
            return code;
        if (left >= 0 && unlink(w->partial) != 0)
            code = file_fail_errno(st, w->path, "write", errno);
        if (left >= 0)
            close(left);
        if (code != GA_OK)
            return code;
    }
    return file_fail(st, GA_USAGE, w->path, "another program is writing it");
}

/* Whether the open file is the partial file of this array. */
static ga_code
check_partial(const npy_writer *w, const char header[NPY_HEADER], off_t size, ga_status *st)
{
    char there[NPY_HEADER];
    struct stat about;

    if (fstat(w->fd, &about) != 0)
        return file_fail_errno(st, w->path, "resume", errno);
    if (about.st_size != size)
        return file_fail(st, GA_USAGE, w->path, "cannot resume: its partial file has %jd bytes, not %jd",
                         (intmax_t)about.st_size, (intmax_t)size);
    int error = read_at(w->fd, there, NPY_HEADER, 0);
    if (error != 0)
        return file_fail_errno(st, w->path, "resume", error);
    return memcmp(there, header, NPY_HEADER) == 0 ? GA_OK :
               file_fail(st, GA_USAGE, w->path, "cannot resume: its partial file is another array's");
}

static void
release(npy_writer *w)
{
    if (w->fd >= 0)
        close(w->fd);
    free(w->path);
    free(w->target);
    free(w->partial);
    free(w);
}

static ga_code
open_writer(npy_writer *w, const char header[NPY_HEADER], off_t size, bool resume, ga_status *st)
{
    mode_t mode;
    int error = out_find_target(&w->target, &mode, w->path);

    if (error != 0)
        return file_fail_errno(st, w->path, "write", error);
    if (w->target == NULL) {
        if (resume)
            return file_fail(st, GA_USAGE, w->path, "cannot resume: not a regular file");
        w->fd = open(w->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
        error = w->fd < 0 ? errno : write_at(w->fd, header, NPY_HEADER, 0);
        return error == 0 ? GA_OK : file_fail_errno(st, w->path, "write", error);
    }
    if (!name_partial(w))
        return file_fail_errno(st, w->path, "write", ENOMEM);
    ga_code code = open_partial(w, resume, st);
    if (code != GA_OK || (resume && (code = check_partial(w, header, size, st)) != GA_OK))
        return code;
    error = mode != 0 && fchmod(w->fd, mode) != 0 ? errno : reserve(w->fd, size);
    if (error == 0)
        error = write_at(w->fd, header, NPY_HEADER, 0);
    if (error != 0 && !resume)
        unlink(w->partial);
    return error == 0 ? GA_OK : file_fail_errno(st, w->path, "write", error);
}

ga_code
npy_writer_open(npy_writer **writer, const char *path, npy_dtype dtype, size_t rows, size_t cols, bool resume, ga_status *st)
{
    static const char *const type[] = { [NPY_F32] = "<f4", [NPY_F64] = "<f8", [NPY_U8] = "|u1", [NPY_I64] = "<i8" };
    char header[NPY_HEADER_ROOM];
    size_t row_bytes, bytes;
    off_t size;

    *writer = NULL;
    if (rows == 0 || cols == 0 || __builtin_mul_overflow(cols, npy_dtype_size(dtype), &row_bytes) ||
        __builtin_mul_overflow(rows, row_bytes, &bytes) || __builtin_add_overflow(bytes, NPY_HEADER, &size))
        return file_fail(st, GA_USAGE, path, "%zu rows of %zu numbers are no array that can be written", rows, cols);
    npy_make_header(header, type[dtype], 2, (const size_t[]){ rows, cols }); /* of NPY_HEADER bytes, whatever the sizes */
    npy_writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return file_fail_errno(st, path, "write", ENOMEM);
    *w = (npy_writer){ .fd = -1, .rows = rows, .row_bytes = row_bytes, .path = strdup(path) };
    ga_code code = w->path == NULL ? file_fail_errno(st, path, "write", ENOMEM) : open_writer(w, header, size, resume, st);
    if (code != GA_OK) {
        release(w);
        return code;
    }
    *writer = w;
    return GA_OK;
}

/* ---- rows, and the end ------------------------------------------------------------------------------------------ */

ga_code
npy_writer_put(npy_writer *w, size_t row, size_t n_rows, const void *data, ga_status *st)
{
    if (row > w->rows || n_rows > w->rows - row)
        return file_fail(st, GA_USAGE, w->path, "%zu rows from row %zu on are not in an array of %zu", n_rows, row, w->rows);
    int error = write_at(w->fd, data, n_rows * w->row_bytes, (off_t)(NPY_HEADER + row * w->row_bytes));
    if (error == 0)
        return GA_OK;
    atomic_store(&w->error, error);
    return file_fail_errno(st, w->path, "write", error);
}

ga_code
npy_writer_sync(npy_writer *w, ga_status *st)
{
    int error = sync_data(w);

    if (error == 0)
        return GA_OK;
    atomic_store(&w->error, error); /* the kernel reports lost rows once */
    return file_fail_errno(st, w->path, "write", error);
}

ga_code
npy_writer_finish(npy_writer *w, ga_status *st)
{
    int error = atomic_load(&w->error);

    if (error != 0)
        return file_fail_errno(st, w->path, "write", error);
    ga_code code = npy_writer_sync(w, st);
    if (code != GA_OK)
        return code;
    if (w->partial != NULL && rename(w->partial, w->target) != 0)
        return file_fail_errno(st, w->path, "write", errno);
    if (w->partial != NULL)
        out_sync_directory(w->target);
    release(w);
    return GA_OK;
}

ga_code
npy_writer_suspend(npy_writer *w, ga_status *st)
{
    ga_code code = npy_writer_sync(w, st);

    release(w);
    return code;
}

void
npy_writer_discard(npy_writer *w)
{
    if (w == NULL)
        return;
    if (w->partial != NULL)
        unlink(w->partial);
    release(w);
}
