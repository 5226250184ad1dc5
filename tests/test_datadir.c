/* SPDX-License-Identifier: Apache-2.0 */
/* test_datadir.c -- the data directory: the environment, a moved prefix, a build tree, configure's. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/datadir.h"
#include "test.h"

static char root[] = "/tmp/test_datadir.XXXXXX";

/* Whether a program in bin, below root, finds want; below root unless it is absolute. */
static void
expect(const char *bin, const char *want)
{
    char directory[256], path[256];
    snprintf(directory, sizeof directory, "%s%s", root, bin);
    snprintf(path, sizeof path, "%s%s", want[0] == '/' ? "" : root, want[0] == '/' ? want : want + 1);
    char *got = datadir_of(directory, NULL);
    ASSERT(got != NULL && strcmp(got, path) == 0, "got %s, want %s", got, path);
    free(got);
}

static void
make(const char *directory)
{
    char path[256];
    snprintf(path, sizeof path, "%s%s", root, directory);
    ASSERT(mkdir(path, 0777) == 0, "%s", path);
}

static void
places(void)
{
    unsetenv("GRADAUDIT_DATADIR");
    if (!ASSERT(mkdtemp(root) != NULL))
        return;
    make("/bin");
    expect("/bin", PKGDATADIR);
    make("/bin/data");
    expect("/bin", "~/bin/data");
    make("/share");
    expect("/bin", "~/bin/data");
    make("/share/gradaudit");
    expect("/bin", "~/bin/../share/gradaudit");
    setenv("GRADAUDIT_DATADIR", "/nowhere/at all", 1);
    expect("/bin", "/nowhere/at all");
    setenv("GRADAUDIT_DATADIR", "", 1);
    expect("/bin", "~/bin/../share/gradaudit");
    unsetenv("GRADAUDIT_DATADIR");

    static const char *const made[] = { "/share/gradaudit", "/share", "/bin/data", "/bin", "" };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s%s", root, made[i]);
        ASSERT(rmdir(path) == 0, "%s", path);
    }
}

static void
unknown_program(void)
{
    unsetenv("GRADAUDIT_DATADIR");
    char *got = datadir_of(NULL, NULL);
    ASSERT(got != NULL && strcmp(got, PKGDATADIR) == 0);
    free(got);
}

static void
this_program(void)
{
    setenv("GRADAUDIT_DATADIR", "/from the environment", 1);
    char *got = datadir(NULL);
    ASSERT(got != NULL && strcmp(got, "/from the environment") == 0);
    free(got);
}

TEST_MAIN("datadir", TEST(places), TEST(unknown_program), TEST(this_program))
