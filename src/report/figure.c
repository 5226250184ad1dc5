/* SPDX-License-Identifier: Apache-2.0 */
/* figure.c -- runs gnuplot in a directory of its own and moves its output to its place; see figure.h */
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
enum { KINDS = sizeof kinds / sizeof *kinds, MOST_AT_ONCE = 8 };

/* A figure in one kind, by a gnuplot of its own. */
typedef struct {
    const figure *f;
    const char *kind;
    pid_t child;
    int error;
} drawing;

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

/* Starts gnuplot in directory. */
static void
start(drawing *d, const char *directory)
{
    char program[] = "gnuplot", option[] = "-e", choice[32], file[512];
    snprintf(choice, sizeof choice, "kind='%s'", d->kind);
    snprintf(file, sizeof file, "%s.gp", d->f->name);
    char *argv[] = { program, option, choice, file, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addchdir_np(&actions, directory);
    d->error = posix_spawnp(&d->child, "gnuplot", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
}

/* Waits for it; 127: there is none. */
static int
status_of(const drawing *d)
{
    int status = -1;
    if (d->error != 0)
        return d->error == ENOENT ? 127 : -1;
    pid_t waited;
    while ((waited = waitpid(d->child, &status, 0)) < 0 && errno == EINTR)
        continue;
    if (waited < 0) /* the host ignores SIGCHLD, or waits for all children: whether there is a figure has to tell */
        return 0;
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

/* Waits for a drawing and moves it to its place. */
static ga_code
finish(const drawing *d, const char *scratch, const char *directory, bool *drawn, ga_status *st)
{
    char from[8192], to[8192];
    const int status = status_of(d);
    file_name(from, sizeof from, scratch, d->f->name, d->kind);
    file_name(to, sizeof to, directory, d->f->name, d->kind);
    if (status == 127) {
        *drawn = false;
        return GA_OK;
    }
    if (status != 0)
        return file_fail(st, GA_IO_ERROR, to, "gnuplot failed on %s.gp with status %d", d->f->name, status);
    return take(from, to, d->kind, st);
}

/* As many at once as there are processors: most of the time goes into one process of gnuplot for each. */
static ga_code
draw(const char *scratch, const char *directory, const figure *f, size_t n, bool *drawn, ga_status *st)
{
    drawing queue[MOST_AT_ONCE];
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t room = processors < 1 ? 1 : processors < MOST_AT_ONCE ? (size_t)processors : MOST_AT_ONCE;
    size_t started = 0, done = 0;
    ga_code code = GA_OK;
    for (size_t k = 0; k < n * KINDS; k++) {
        if (k % KINDS == 0 && f[k / KINDS].svg != NULL)
            continue;
        if (code == GA_OK && started - done == room)
            code = finish(queue + done++ % room, scratch, directory, drawn, st);
        if (code != GA_OK || !*drawn)
            break;
        drawing *const d = queue + started++ % room;
        *d = (drawing){ .f = f + k / KINDS, .kind = kinds[k % KINDS] };
        start(d, scratch);
    }
    for (; done < started; done++)
        if (code == GA_OK)
            code = finish(queue + done % room, scratch, directory, drawn, st);
        else
            status_of(queue + done % room);
    return code;
}

static void
remove_scratch(const char *scratch, const figure *f, size_t n)
{
    static const char *const all[] = { "tsv", "gp", "svg", "png", "pdf" };
    char path[8192];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
            file_name(path, sizeof path, scratch, f[i].name, all[k]);
            unlink(path);
        }
    rmdir(scratch);
}

/* The table and the script, for gnuplot and for the reader. */
static ga_code
write_texts(const char *directory, const figure *f, ga_status *st)
{
    const ga_code code = write_text(directory, f, "tsv", st);
    return code == GA_OK ? write_text(directory, f, "gp", st) : code;
}

ga_code
figures_make(const char *directory, const figure *f, size_t n, bool *drawn, ga_status *st)
{
    char scratch[8192];
    ga_code code = out_scratch(scratch, sizeof scratch, directory, st);
    if (code != GA_OK)
        return code;
    *drawn = true;
    for (size_t i = 0; i < n && code == GA_OK; i++)
        code = write_texts(scratch, f + i, st);
    if (code == GA_OK)
        code = draw(scratch, directory, f, n, drawn, st);
    remove_scratch(scratch, f, n);
    for (size_t i = 0; i < n && code == GA_OK; i++) {
        if (f[i].svg != NULL)
            code = write_text(directory, f + i, "svg", st);
        if (code == GA_OK)
            code = write_texts(directory, f + i, st);
    }
    return code;
}
