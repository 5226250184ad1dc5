/* SPDX-License-Identifier: Apache-2.0 */
/* test_figure.c -- figures by a stand-in for gnuplot, which draws all, or half without saying so, as the real one does when the
   disk is full. */
#include <sys/stat.h>

#include "report/figure.h"
#include "scratch.h"
#include "test.h"

static void
text(FILE *out, const void *data)
{
    fputs(data, out);
}

static void
set_gnuplot(const char *commands)
{
    char script[1024];
    snprintf(script, sizeof script,
             "#!/bin/sh\nkind=${2#kind=\\'} kind=${kind%%\\'}\n"
             "svg='<svg></svg>\n\n' png='IEND\256B`\202' pdf='/CreationDate (D:20261123021500Z)\n%%%%EOF\n'\n%s\n", commands);
    if (mkdir(scratch_path("bin"), 0777) != 0)
        exit(99);
    if (chmod(scratch_write("bin/gnuplot", script, strlen(script)), 0777) != 0)
        exit(99);
    char path[4096];
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", scratch_path("bin"));
    setenv("PATH", path, 1);
}

/* Makes a figure with that gnuplot; kinds that came out, of "svg png pdf tsv gp". */
static ga_code
make(const char *commands, ga_status *st, char *made, size_t size)
{
    static const char *const kinds[] = { "svg", "png", "pdf", "tsv", "gp" };
    const figure f = { .name = "f", .width = 100, .height = 100, .tsv = text, .gp = text, .data = "# nothing\n" };
    bool drawn = true;
    set_gnuplot(commands);
    const char *directory = scratch_path("figures");
    if (mkdir(directory, 0777) != 0)
        exit(99);
    const ga_code code = figures_make(directory, &f, 1, &drawn, st);
    ASSERT(drawn);
    made[0] = '\0';
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        char name[64];
        snprintf(name, sizeof name, "figures/f.%s", kinds[k]);
        if (access(scratch_path(name), F_OK) == 0)
            snprintf(made + strlen(made), size - strlen(made), "%s%s", made[0] == '\0' ? "" : " ", kinds[k]);
        unlink(scratch_path(name));
    }
    ASSERT(rmdir(scratch_path("figures")) == 0, "something else is left");
    unlink(scratch_path("bin/gnuplot"));
    rmdir(scratch_path("bin"));
    return code;
}

static void
whole(void)
{
    char made[64];
    ga_status st = { 0 };
    ASSERT(make("eval \"printf '%s' \\\"\\$$kind\\\"\" >f.$kind", &st, made, sizeof made) == GA_OK, "%s", st.message);
    ASSERT(strcmp(made, "svg png pdf tsv gp") == 0, "%s", made);
}

static void
half(void)
{
    static const char *const cut[] = { "svg", "png", "pdf" }, *const want[] = { "", "svg", "svg png" };
    for (size_t k = 0; k < 3; k++)
        for (int empty = 0; empty <= 1; empty++) {
            char made[64], commands[256];
            ga_status st = { 0 };
            snprintf(commands, sizeof commands,
                     "eval \"text=\\$$kind\"\n[ $kind = %s ] && text=%s\nprintf '%%s' \"$text\" >f.$kind", cut[k],
                     empty ? "" : "${text%?????}");
            ASSERT(make(commands, &st, made, sizeof made) == GA_IO_ERROR);
            ASSERT(strstr(st.message, "did not write all of it") != NULL, "%s", st.message);
            ASSERT(strcmp(made, want[k]) == 0, "%s: %s", cut[k], made);
        }
}

static void
failing(void)
{
    char made[64];
    ga_status st = { 0 };
    ASSERT(make("exit 3", &st, made, sizeof made) == GA_IO_ERROR);
    ASSERT(strstr(st.message, "with status 3") != NULL, "%s", st.message);
    ASSERT(made[0] == '\0', "%s", made);
}

/* Of several the third fails: those before it are there, those behind it, which may have been drawn, are not. */
static void
several(void)
{
    static const char *const names[] = { "a", "b", "c", "d", "e" }, *const kinds[] = { "svg", "png", "pdf" };
    figure f[5];
    bool drawn;
    ga_status st = { 0 };
    for (size_t i = 0; i < 5; i++)
        f[i] = (figure){ .name = names[i], .width = 100, .height = 100, .tsv = text, .gp = text, .data = "# nothing\n" };
    set_gnuplot("[ $3 = c.gp ] && exit 3\neval \"printf '%s' \\\"\\$$kind\\\"\" >${3%.gp}.$kind");
    const char *directory = scratch_path("figures");
    if (mkdir(directory, 0777) != 0)
        exit(99);
    ASSERT(figures_make(directory, f, 5, &drawn, &st) == GA_IO_ERROR);
    ASSERT(strstr(st.message, "gnuplot failed on c.gp with status 3") != NULL, "%s", st.message);
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 3; k++) {
            char name[64];
            snprintf(name, sizeof name, "figures/%s.%s", names[i], kinds[k]);
            ASSERT((unlink(scratch_path(name)) == 0) == (i < 2), "%s", name);
        }
    ASSERT(rmdir(scratch_path("figures")) == 0, "something else is left");
    unlink(scratch_path("bin/gnuplot"));
    rmdir(scratch_path("bin"));
}

TEST_MAIN("figure", TEST(whole), TEST(half), TEST(failing), TEST(several))
