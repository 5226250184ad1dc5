/* SPDX-License-Identifier: Apache-2.0 */
/* directories.h -- whole directories in tests: compared byte for byte, removed; files read and changed. */
#ifndef GRADAUDIT_DIRECTORIES_H
#define GRADAUDIT_DIRECTORIES_H

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static char directories_root[256];

static inline int
directories_remove_one(const char *path, const struct stat *about, int type, struct FTW *walk)
{
    (void)about, (void)type, (void)walk;
    return remove(path);
}

static inline void
directory_remove(const char *path)
{
    nftw(path, directories_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
directories_close(void)
{
    directory_remove(directories_root);
}

/* The path of a name in a directory for this test, removed at exit; valid until 16 calls later. */
static inline const char *
in_root(const char *format, ...)
{
    static char path[16][1024];
    static unsigned next;
    if (directories_root[0] == '\0') {
        const char *tmp = getenv("TMPDIR");
        snprintf(directories_root, sizeof directories_root, "%s/gradaudit-test-XXXXXX", tmp == NULL ? "/tmp" : tmp);
        if (mkdtemp(directories_root) == NULL) {
            perror(directories_root);
            exit(99);
        }
        atexit(directories_close);
    }
    char *p = path[next++ % 16];
    const int n = snprintf(p, sizeof path[0], "%s/", directories_root);
    va_list args;
    va_start(args, format);
    vsnprintf(p + n, sizeof path[0] - (size_t)n, format, args);
    va_end(args);
    return p;
}

/* The bytes of a file, the caller's, with a final NUL; NULL if it is not there. */
static inline char *
file_bytes_of(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    char *data = NULL;
    *size = 0;
    if (f == NULL)
        return NULL;
    for (size_t room = 0, got = 1; got > 0; *size += got) {
        if (*size == room && (data = realloc(data, (room = 2 * room + 65536) + 1)) == NULL)
            exit(99);
        got = fread(data + *size, 1, room - *size, f);
    }
    fclose(f);
    data[*size] = '\0';
    return data;
}

static inline void
file_put(const char *path, const char *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(data, 1, size, f) != size || fclose(f) != 0) {
        perror(path);
        exit(99);
    }
}

static inline bool
same_files(const char *a, const char *b)
{
    size_t n, m;
    char *x = file_bytes_of(a, &n), *y = file_bytes_of(b, &m);
    const bool same = x != NULL && y != NULL && n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

static inline size_t
directory_entries(const char *path)
{
    DIR *d = opendir(path);
    size_t n = 0;
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && strcmp(e->d_name, "provenance.json") != 0;
    if (d != NULL)
        closedir(d);
    return n;
}

/* The first entry of a that b lacks or has otherwise, or "more entries"; NULL if they are the same but for provenance.json. */
static inline const char *
directory_difference(const char *a, const char *b)
{
    static char found[2048];
    const char *result = NULL;
    DIR *d = opendir(a);
    if (d == NULL)
        return "no directory";
    for (struct dirent *e; result == NULL && (e = readdir(d)) != NULL;) {
        char x[2048], y[2048];
        struct stat about;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, "provenance.json") == 0)
            continue;
        snprintf(x, sizeof x, "%s/%s", a, e->d_name);
        snprintf(y, sizeof y, "%s/%s", b, e->d_name);
        if (lstat(x, &about) == 0 && S_ISDIR(about.st_mode))
            result = directory_difference(x, y);
        else if (!same_files(x, y)) {
            snprintf(found, sizeof found, "%s", e->d_name);
            result = found;
        }
    }
    closedir(d);
    return result != NULL ? result : directory_entries(a) != directory_entries(b) ? "more entries" : NULL;
}

#endif
