/* SPDX-License-Identifier: Apache-2.0 */
/* directory.c -- see directory.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/directory.h"
#include "io/file.h"

enum { PARTIAL_TRIES = 1000 };

static int
remove_entry(const char *path, const struct stat *about, int type, struct FTW *walk)
{
    (void)about, (void)type, (void)walk;
    return remove(path);
}

static void
remove_tree(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static bool
is_empty(const char *path)
{
    DIR *d = opendir(path);
    size_t entries = 0;
    if (d == NULL)
        return false;
    while (readdir(d) != NULL)
        entries++;
    closedir(d);
    return entries <= 2;
}

/* A directory beside path under a name of its own, which name has room for. Unlike mkdtemp's its mode follows the umask, which
   belongs to the process. Returns 0 or an errno. */
static int
make_partial(char *name, const char *path)
{
    for (int i = 0; i < PARTIAL_TRIES; i++) {
        sprintf(name, "%s.partial-%ld-%d", path, (long)getpid(), i);
        if (mkdir(name, 0777) == 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    return errno;
}

ga_code
out_directory_open(out_directory *out, const char *path, out_former *former, ga_status *st)
{
    struct stat about;
    size_t length = strlen(path);
    *out = (out_directory){ NULL, NULL };
    while (length > 1 && path[length - 1] == '/')
        length--;
    const bool exists = stat(path, &about) == 0;
    if (length == 0 || (exists && !S_ISDIR(about.st_mode)))
        return file_fail(st, GA_USAGE, path, "is no directory");
    if (exists && !is_empty(path)) {
        const ga_code code = former != NULL ? former(path, st) : file_fail(st, GA_USAGE, path, "the directory is not empty");
        if (code != GA_OK)
            return code;
    }
    out->path = strndup(path, length);
    out->temporary = malloc(length + sizeof ".partial-18446744073709551616-10000");
    if (out->path == NULL || out->temporary == NULL) {
        out_directory_abort(out);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a path");
    }
    const int error = make_partial(out->temporary, out->path);
    if (error != 0) {
        free(out->temporary);
        out->temporary = NULL;
        out_directory_abort(out);
        return file_fail(st, GA_IO_ERROR, path, "%s", strerror(error));
    }
    return GA_OK;
}

ga_code
out_directory_commit(out_directory *out, ga_status *st)
{
    /* An empty or missing target is replaced by rename; a full one is exchanged, so that the name always has a directory. */
    if (rename(out->temporary, out->path) != 0 &&
        ((errno != ENOTEMPTY && errno != EEXIST) ||
         renameat2(AT_FDCWD, out->temporary, AT_FDCWD, out->path, RENAME_EXCHANGE) != 0)) {
        const ga_code code = file_fail(st, GA_IO_ERROR, out->path, "%s", strerror(errno));
        out_directory_abort(out);
        return code;
    }
    remove_tree(out->temporary); /* the old one, if they were exchanged */
    free(out->temporary);
    out->temporary = NULL;
    out_directory_abort(out);
    return GA_OK;
}

char *
out_temporary(ga_status *st)
{
    const char *const asked = getenv("TMPDIR"), *const in = asked != NULL && *asked != '\0' ? asked : "/tmp";
    char *const path = malloc(strlen(in) + sizeof "/gradaudit-XXXXXX");
    if (path == NULL) {
        ga_fail(st, GA_NO_MEMORY, "out of memory for a path");
        return NULL;
    }
    sprintf(path, "%s/gradaudit-XXXXXX", in);
    if (mkdtemp(path) != NULL)
        return path;
    file_fail(st, GA_IO_ERROR, in, "cannot make a temporary directory: %s; set TMPDIR to one that can be written to",
              strerror(errno));
    free(path);
    return NULL;
}

void
out_temporary_remove(char *path)
{
    if (path != NULL)
        remove_tree(path);
    free(path);
}

void
out_directory_abort(out_directory *out)
{
    if (out->temporary != NULL)
        remove_tree(out->temporary);
    free(out->temporary);
    free(out->path);
    *out = (out_directory){ NULL, NULL };
}
