/* SPDX-License-Identifier: Apache-2.0 */
/* figure.c -- runs gnuplot in a directory of its own and moves the output to its place; see figure.h */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/file.h"
#include "report/figure.h"

extern char **environ;

/* What gnuplot draws: from the second on where the SVG is ours. */
static const char *const kinds[] = { "svg", "png", "pdf" };

static void
write_preamble(FILE *out, const figure *f)
{
    const char *name = f->name, *kind = f->svg != NULL ? "png" : "svg";
    fprintf(out,
            "# SPDX-License-Identifier: Apache-2.0\n"
            "# gnuplot -e \"kind='%s'\" %s.gp draws %s.%s from %s.tsv; kind may be %spng or pdf.\n"
            "if (!exists('kind')) kind = '%s'\n", kind, name, name, kind, name, f->svg != NULL ? "" : "svg, ", kind);
    if (f->svg == NULL)
        fprintf(out, "if (kind eq 'svg') set terminal svg size %d,%d font 'sans-serif,14' background '#ffffff'\n",
                          f->width, f->height);
    fprintf(out,
            "if (kind eq 'png') set terminal pngcairo size %d,%d font 'sans-serif,22' background '#ffffff'\n"
            "if (kind eq 'pdf') set terminal pdfcairo size %.2fin,%.2fin font 'sans-serif,11' background '#ffffff'\n"
            "table = '%s.tsv'\n"
            "set output '%s.'.kind\n"
            "set border 3 linecolor '#444444'\n"
            "set tics nomirror textcolor '#222222'\n"
            "set grid ytics linetype 1 linecolor '#dddddd' linewidth 1\n"
            "set style fill solid 0.85 noborder\n",
            2 * f->width, 2 * f->height, f->width / 100.0, f->height / 100.0, name, name);
}

/* Runs gnuplot in directory; 127: there is none. */
static int
run_gnuplot(const char *directory, const char *script, const char *kind)
{
    char program[] = "gnuplot", option[] = "-e", choice[32], file[512];
    snprintf(choice, sizeof choice, "kind='%s'", kind);
    snprintf(file, sizeof file, "%s", script);
    char *argv[] = { program, option, choice, file, NULL };
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addchdir_np(&actions, directory);
    const int error = posix_spawnp(&child, "gnuplot", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return error == ENOENT ? 127 : -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A path that is too long becomes empty, which no call accepts. */
static void
file_name(char *path, size_t size, const char *directory, const char *name, const char *kind)
{
    if (snprintf(path, size, "%s/%s.%s", directory, name, kind) >= (int)size)
        path[0] = '\0';
}

static ga_code
write_text(const char *directory, const figure *f, const char *kind, ga_status *st)
{
    char path[8192];
    out_file out;
    file_name(path, sizeof path, directory, f->name, kind);
    const ga_code code = out_open(&out, path, st);
    if (code != GA_OK)
        return code;
    if (strcmp(kind, "gp") == 0) {
        write_preamble(out.stream, f);
        f->gp(out.stream, f->data);
    } else if (strcmp(kind, "svg") == 0)
        f->svg(out.stream, f->data, true);
    else
        f->tsv(out.stream, f->data);
    return out_commit(&out, st);
}

/* gnuplot does not report a full disk: a complete drawing ends as its kind does, up to line ends. */
static bool
is_whole(const file_bytes *bytes, const char *kind)
{
    const char *const end = strcmp(kind, "svg") == 0 ? "</svg>" : strcmp(kind, "png") == 0 ? "IEND\xae" "B`\x82" : "%%EOF";
    const char *const text = (const char *)bytes->data;
    size_t size = bytes->size;
    while (size > 0 && text[size - 1] == '\n')
        size--;
    return size >= strlen(end) && memcmp(text + size - strlen(end), end, strlen(end)) == 0;
}

/* gnuplot's PDF library writes the time: the same figure must be the same bytes. */
static void
strip_date(file_bytes *bytes)
{
    static const char key[] = "/CreationDate (D:", epoch[] = "19700101000000Z";
    char *date = memmem(bytes->data, bytes->size, key, sizeof key - 1);
    char *end = (char *)bytes->data + bytes->size;
    if (date != NULL)
        date += sizeof key - 1;
    for (size_t i = 0; date != NULL && date + i < end && date[i] != ')'; i++)
        date[i] = i < sizeof epoch - 1 ? epoch[i] : ' ';
}

/* What gnuplot made, to its place. */
static ga_code
take(const char *from, const char *to, const char *kind, ga_status *st)
{
    file_bytes bytes;
    out_file out;
    ga_code code = file_read(&bytes, from, FILE_CAP, FILE_PLAIN, st);
    if (code != GA_OK)
        return code;
    if (!is_whole(&bytes, kind))
        code = file_fail(st, GA_IO_ERROR, to, "gnuplot did not write all of it: is the disk full?");
    else if ((code = out_open(&out, to, st)) == GA_OK) {
        if (strcmp(kind, "pdf") == 0)
            strip_date(&bytes);
        fwrite(bytes.data, 1, bytes.size, out.stream);
        code = out_commit(&out, st);
    }
    free(bytes.data);
    return code;
}

static ga_code
draw(const char *scratch, const char *directory, const figure *f, bool *drawn, ga_status *st)
{
    char script[512], from[8192], to[8192];
    snprintf(script, sizeof script, "%s.gp", f->name);
    for (size_t k = f->svg != NULL; k < sizeof kinds / sizeof *kinds; k++) {
        const int status = run_gnuplot(scratch, script, kinds[k]);
        file_name(from, sizeof from, scratch, f->name, kinds[k]);
        file_name(to, sizeof to, directory, f->name, kinds[k]);
        if (status == 127) {
            *drawn = false;
            return GA_OK;
        }
        if (status != 0)
            return file_fail(st, GA_IO_ERROR, to, "gnuplot failed on %s with status %d", script, status);
        const ga_code code = take(from, to, kinds[k], st);
        if (code != GA_OK)
            return code;
    }
    return GA_OK;
}

static void
remove_scratch(const char *scratch, const figure *f)
{
    static const char *const all[] = { "tsv", "gp", "svg", "png", "pdf" };
    char path[8192];
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        file_name(path, sizeof path, scratch, f->name, all[k]);
        unlink(path);
    }
    rmdir(scratch);
}

ga_code
figure_make(const char *directory, const figure *f, bool *drawn, ga_status *st)
{
    char scratch[8192];
    ga_code code = out_scratch(scratch, sizeof scratch, directory, st);
    if (code != GA_OK)
        return code;
    *drawn = true;
    code = write_text(scratch, f, "tsv", st);
    if (code == GA_OK)
        code = write_text(scratch, f, "gp", st);
    if (code == GA_OK)
        code = draw(scratch, directory, f, drawn, st);
    remove_scratch(scratch, f);
    if (code == GA_OK && f->svg != NULL)
        code = write_text(directory, f, "svg", st);
    if (code == GA_OK)
        code = write_text(directory, f, "tsv", st);
    return code == GA_OK ? write_text(directory, f, "gp", st) : code;
}
