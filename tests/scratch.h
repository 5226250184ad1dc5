/* SPDX-License-Identifier: Apache-2.0 */
/* scratch.h -- a directory for a test program's files, removed at exit. */
#ifndef GRADAUDIT_SCRATCH_H
#define GRADAUDIT_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_directory[256];

static inline size_t
scratch_each(void (*visit)(const char *path))
{
    size_t n = 0;
    char path[1024];
    DIR *d = opendir(scratch_directory);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            n++;
            snprintf(path, sizeof path, "%s/%s", scratch_directory, e->d_name);
            if (visit != NULL)
                visit(path);
        }
    if (d != NULL)
        closedir(d);
    return n;
}

static inline void
scratch_remove(const char *path)
{
    if (unlink(path) != 0)
        rmdir(path);
}

static inline void
scratch_clear(void)
{
    scratch_each(scratch_remove);
}

static inline void
scratch_close(void)
{
    scratch_clear();
    rmdir(scratch_directory);
}

/* The path of a name in the directory, made at the first call; valid until eight calls later. */
static inline const char *
scratch_path(const char *name)
{
    static char path[8][1024];
    static unsigned next;

    if (scratch_directory[0] == '\0') {
        const char *tmp = getenv("TMPDIR");
        snprintf(scratch_directory, sizeof scratch_directory, "%s/gradaudit-test-XXXXXX", tmp == NULL ? "/tmp" : tmp);
        if (mkdtemp(scratch_directory) == NULL) {
            perror(scratch_directory);
            exit(99);
        }
        atexit(scratch_close);
    }
    char *p = path[next++ % 8];
    snprintf(p, sizeof path[0], "%s/%s", scratch_directory, name);
    return p;
}

/* How many files are in the directory, temporary ones included. */
static inline size_t
scratch_count(void)
{
    return scratch_each(NULL);
}

static inline const char *
scratch_write(const char *name, const void *data, size_t n)
{
    const char *path = scratch_path(name);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(data, 1, n, f) != n || fclose(f) != 0) {
        perror(path);
        exit(99);
    }
    return path;
}

#endif
