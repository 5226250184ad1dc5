/* SPDX-License-Identifier: Apache-2.0 */
/* file_map.c -- files of which only what is looked at takes memory; see file.h */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"

/* Maps a regular file of 1 to cap bytes. */
static bool
map(file_view *view, const char *path, size_t cap)
{
    struct stat about;
    void *mapped = MAP_FAILED;
    int fd = -1;

    *view = (file_view){ 0 };
    if (stat(path, &about) == 0 && !S_ISFIFO(about.st_mode)) /* opening a pipe would take it from its writer */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0 && (uintmax_t)about.st_size <= cap)
        mapped = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        close(fd);
    if (mapped == MAP_FAILED)
        return false;
    view->bytes = (file_bytes){ mapped, (size_t)about.st_size };
    view->mapped = true;
    return true;
}

ga_code
file_map(file_view *view, const char *path, const file_limits *limits, ga_status *st)
{
    if (map(view, path, limits->cap) && (limits->packing == FILE_PLAIN || !file_is_gzip(&view->bytes)))
        return GA_OK;
    file_unmap(view);
    return file_read_bounded(&view->bytes, path, limits, st);
}

uint8_t *
file_take(file_view *view, size_t from)
{
    const size_t size = view->bytes.size - from;
    uint8_t *bytes = view->mapped ? malloc(size > 0 ? size : 1) : view->bytes.data;
    if (bytes != NULL && size > 0)
        memmove(bytes, view->bytes.data + from, size);
    if (!view->mapped)
        view->bytes.data = NULL;
    file_unmap(view);
    return bytes;
}

void
file_unmap(file_view *view)
{
    if (view->mapped)
        munmap(view->bytes.data, view->bytes.size);
    else
        free(view->bytes.data);
    *view = (file_view){ 0 };
}
