/* SPDX-License-Identifier: Apache-2.0 */
/* out.c -- output files that appear complete or not at all; see file.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/call.h"
#include "io/file.h"

enum { TEMPORARY_TRIES = 1000, MOST_OPEN = 64 };

/* The open temporary files, for out_remove_all: GMP ends the program if memory is out, wherever that is. One beyond MOST_OPEN is
   not noted, and out_sweep removes it some day. */
static _Atomic(char *) open_files[MOST_OPEN];

/* Replaces one `from` by `to`. */
static void
exchange(char *from, char *to)
{
    for (size_t i = 0; i < MOST_OPEN; i++) {
        char *held = from;
        if (atomic_compare_exchange_strong(open_files + i, &held, to))
            return;
    }
}

static void
note_open(char *name)
{
    exchange(NULL, name);
}

static void
note_closed(char *name)
{
    exchange(name, NULL);
}

void
out_remove_all(void)
{
    for (size_t i = 0; i < MOST_OPEN; i++) {
        const char *name = atomic_load(open_files + i);
        if (name != NULL)
            unlink(name);
    }
}

int
out_directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (int)(slash - path) + 1;
}

int
out_find_target(char **target, mode_t *mode, const char *path)
{
    struct stat about;

    *target = NULL;
    *mode = 0;
    if (path[out_directory_length(path)] == '\0')
        return *path == '\0' ? ENOENT : EISDIR;
    if (stat(path, &about) != 0)
        return errno == ENOENT && (*target = strdup(path)) != NULL ? 0 : errno;
    if (access(path, W_OK) != 0)
        return errno;
    if (!S_ISREG(about.st_mode)) /* a directory fails to open */
        return 0;
    *mode = about.st_mode & 0777;
    return (*target = realpath(path, NULL)) != NULL ? 0 : errno;
}

/* Creates a file of a new name beside target; unlike mkstemp's, its mode follows the umask. The descriptor, or -1 with errno
   set. */
static int
open_temporary(char **name, const char *target)
{
    size_t size = strlen(target) + sizeof "/.gradaudit-18446744073709551616-10000.tmp";

    if ((*name = malloc(size)) == NULL)
        return -1;
    for (int i = 0; i < TEMPORARY_TRIES; i++) {
        snprintf(*name, size, "%.*s.gradaudit-%ld-%d.tmp", out_directory_length(target), target, (long)getpid(), i);
        int fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0)
            return fd;
        if (errno != EEXIST)
            break;
    }
    int error = errno;
    free(*name);
    *name = NULL;
    errno = error;
    return -1;
}

static void
release(out_file *out)
{
    if (out->temporary != NULL)
        note_closed(out->temporary);
    free(out->path);
    free(out->target);
    free(out->temporary);
    *out = (out_file){ 0 };
}

ga_code
out_open(out_file *out, const char *path, ga_status *st)
{
    int error, fd;
    mode_t mode;

    *out = (out_file){ .path = strdup(path) };
    if (out->path == NULL)
        return file_fail_errno(st, path, "write", ENOMEM);
    if ((error = out_find_target(&out->target, &mode, path)) != 0)
        goto fail;
    fd = out->target == NULL ? open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC) : open_temporary(&out->temporary, out->target);
    if (fd < 0 || (mode != 0 && fchmod(fd, mode) != 0) || (out->stream = fdopen(fd, "wb")) == NULL) {
        error = errno;
        if (fd >= 0)
            close(fd);
        goto fail;
    }
    if (out->temporary != NULL)
        note_open(out->temporary);
    return GA_OK;
fail:
    if (out->temporary != NULL)
        unlink(out->temporary);
    release(out);
    return file_fail_errno(st, path, "write", error);
}

void
out_sync_directory(const char *target)
{
    int length = out_directory_length(target);
    char *name = length == 0 ? strdup(".") : strndup(target, (size_t)length);
    int fd = name == NULL ? -1 : open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(name);
}

ga_code
out_commit(out_file *out, ga_status *st)
{
    int error = 0;

    if (call_ended() == GA_NO_MEMORY) /* then something may be missing in it */
        error = ENOMEM;
    else if (fflush(out->stream) != 0)
        error = errno;
    else if (ferror(out->stream)) /* an earlier write failed, and its errno is gone */
        error = EIO;
    else if (out->temporary != NULL && fsync(fileno(out->stream)) != 0)
        error = errno;
    if (fclose(out->stream) != 0 && error == 0)
        error = errno;
    if (error == 0 && out->temporary != NULL && rename(out->temporary, out->target) != 0)
        error = errno;
    if (error == 0 && out->temporary != NULL)
        out_sync_directory(out->target);
    if (error != 0 && out->temporary != NULL)
        unlink(out->temporary);
    ga_code code = error == 0 ? GA_OK : file_fail_errno(st, out->path, "write", error);
    release(out);
    return code;
}

void
out_abort(out_file *out)
{
    if (out->stream == NULL)
        return;
    fclose(out->stream);
    if (out->temporary != NULL)
        unlink(out->temporary);
    release(out);
}

/* A scratch directory and the files in it. */
static void
remove_scratch(int parent, const char *name)
{
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        unlinkat(dirfd(d), e->d_name, 0);
    if (d != NULL)
        closedir(d);
    else if (fd >= 0)
        close(fd);
    unlinkat(parent, name, AT_REMOVEDIR);
}

ga_code
out_scratch(char *path, size_t size, const char *directory, ga_status *st)
{
    for (int i = 0; i < INT_MAX; i++) {
        if (snprintf(path, size, "%s/.gradaudit-%ld-%d.tmp", directory, (long)getpid(), i) >= (int)size)
            return file_fail(st, GA_IO_ERROR, directory, "the path is too long");
        if (mkdir(path, 0700) == 0)
            return GA_OK;
        if (errno != EEXIST)
            break;
    }
    return file_fail_errno(st, directory, "make a directory in", errno);
}

void
out_sweep(const char *directory)
{
    DIR *d = opendir(directory);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        long pid;
        int i, end = 0;
        if (sscanf(e->d_name, ".gradaudit-%ld-%d.tmp%n", &pid, &i, &end) == 2 && end > 0 && e->d_name[end] == '\0' && pid > 0 &&
            (pid == (long)getpid() || (kill((pid_t)pid, 0) != 0 && errno == ESRCH)))
            if (unlinkat(dirfd(d), e->d_name, 0) != 0)
                remove_scratch(dirfd(d), e->d_name);
    }
    if (d != NULL)
        closedir(d);
}
