/* SPDX-License-Identifier: Apache-2.0 */
/* datadir.c -- where the models and images that come with the program are; see datadir.h */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/datadir.h"

static char *
join(const char *directory, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s%s", directory, name) < 0 ? NULL : path;
}

char *
datadir_of(const char *bin, ga_status *st)
{
    static const char *const beside[] = { "/../share/gradaudit", "/data" };
    const char *set = getenv("GRADAUDIT_DATADIR");
    char *path = NULL;

    if (set != NULL && *set != '\0') {
        path = strdup(set);
    } else {
        for (size_t i = 0; bin != NULL && i < sizeof beside / sizeof *beside; i++) {
            struct stat status;
            path = join(bin, beside[i]);
            if (path == NULL || (stat(path, &status) == 0 && S_ISDIR(status.st_mode)))
                goto done;
            free(path);
        }
        path = strdup(PKGDATADIR);
    }
done:
    if (path == NULL)
        ga_fail(st, GA_NO_MEMORY, "out of memory for a path");
    return path;
}

char *
datadir(ga_status *st)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program);
    if (length <= 0 || length == sizeof program)
        return datadir_of(NULL, st); /* no /proc */
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    return datadir_of(program, st);
}
