/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit_run.c -- gradaudit audit as a process: killed, interrupted, out of disk, resumed; the results are the same. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "directories.h"
#include "shipped.h"

enum { MOST_ARGUMENTS = 32 };

static char err[4096]; /* what the last process said */
static char images[4096], labels[4096];
static const char *program;

typedef struct {
    const char *model, *directory, *range, *core;
    bool resume, mnist, elements;
    rlim_t most_file; /* 0: no limit */
} audit_run_of;

static void
prepare(void)
{
    if (program != NULL)
        return;
    program = "./gradaudit";
    char command[2048];
    snprintf(command, sizeof command, "tests/make_inputs %s", in_root(""));
    if (access(program, X_OK) != 0 || system(command) != 0)
        exit(99);
    shipped_path(images, sizeof images, "mnist/t10k-images-idx3-ubyte.gz");
    shipped_path(labels, sizeof labels, "mnist/t10k-labels-idx1-ubyte.gz");
}

static pid_t
start(const audit_run_of *r)
{
    const char *a[MOST_ARGUMENTS];
    size_t n = 0;
    a[n++] = program;
    a[n++] = "audit";
    a[n++] = in_root("%s.safetensors", r->model);
    a[n++] = "--data";
    a[n++] = r->mnist ? images : in_root("images-many");
    a[n++] = "--labels";
    a[n++] = r->mnist ? labels : in_root("labels-many");
    a[n++] = "--images";
    a[n++] = r->range;
    a[n++] = "-o";
    a[n++] = in_root("%s", r->directory);
    a[n++] = "--seeds";
    a[n++] = "2";
    a[n++] = "-efloat,naive";
    a[n++] = "-edouble,rewrite";
    a[n++] = "-q";
    a[n++] = "--no-remedies";
    a[n++] = "--threads";
    a[n++] = "1";
    if (r->elements)
        a[n++] = "--elements";
    if (r->resume)
        a[n++] = "--resume";
    a[n] = NULL;
    const char *said = in_root("said");
    const pid_t pid = fork();
    if (pid == 0) {
        const int fd = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (fd < 0 || dup2(fd, 2) < 0)
            _exit(98);
        if (r->core != NULL)
            setenv("OPENBLAS_CORETYPE", r->core, 1);
        if (r->most_file != 0) {
            const struct rlimit limit = { r->most_file, r->most_file };
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &limit);
        }
        execv(program, (char *const *)(uintptr_t)a);
        _exit(98);
    }
    return pid;
}

/* Its exit status, or -signal. */
static int
end(pid_t pid)
{
    int status;
    size_t size;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    char *text = file_bytes_of(in_root("said"), &size);
    snprintf(err, sizeof err, "%s", text != NULL ? text : "");
    free(text);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int
run(const audit_run_of *r)
{
    return end(start(r));
}

static bool
is_there(const char *directory, const char *name)
{
    return access(in_root("%s/%s", directory, name), F_OK) == 0;
}

static void
wait_for(double seconds)
{
    struct timespec t = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
}

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* An audit killed at random moments, and the resumed one again, 10 times in all, 50 with GRADAUDIT_TEST_LONG; every fifth moment is
   near the end. */
static void
killed(void)
{
    audit_run_of r = { .model = "model", .directory = "whole", .range = "100-1490", .elements = true };
    uint64_t state = test_seed();
    prepare();
    const double begun = now();
    if (!ASSERT(run(&r) == 0, "%s", err))
        return;
    const double whole = now() - begun;
    const int most = test_every() == 1 ? 50 : 10;
    int kills = 0, finished = 0, resumed = 0;
    r.directory = "killed";
    while (kills < most) {
        const char *difference;
        int status;
        directory_remove(in_root("killed"));
        r.resume = false;
        do {
            const double u = (double)(test_random(&state) >> 11) * 0x1p-53;
            const pid_t pid = start(&r);
            wait_for(whole * (test_random(&state) % 5 == 0 ? 0.85 + 0.25 * u : 1.05 * u));
            kill(pid, SIGKILL);
            status = end(pid);
            kills += status == -SIGKILL;
            ASSERT(status == 0 || status == -SIGKILL, "status %d: %s", status, err);
            r.resume = is_there("killed", "journal") || is_there("killed", "report.json");
            resumed += r.resume;
        } while (status == -SIGKILL && kills < most && test_random(&state) % 2 == 0);
        status = run(&r);
        ASSERT(status == 0, "resumed: status %d: %s", status, err);
        difference = directory_difference(in_root("whole"), in_root("killed"));
        if (!ASSERT(difference == NULL, "after %d kills: %s", kills, difference))
            return;
        finished++;
    }
    printf("%d kills, %d of them resumed, %d audits of %.2f s; ", kills, resumed, finished, whole);
    ASSERT(2 * resumed >= most);
}

/* SIGINT and SIGTERM: a journal, and nothing that is half there. */
static void
interrupted(void)
{
    static const struct { int signal, status; } ends[] = { { SIGINT, 130 }, { SIGTERM, 143 } };
    audit_run_of r = { .model = "model", .directory = "whole", .range = "100-1490", .elements = true };
    prepare();
    if (!is_there("whole", "report.json"))
        ASSERT(run(&r) == 0, "%s", err);
    r.directory = "stopped";
    for (size_t i = 0; i < 2; i++)
        for (size_t blocks = 0; blocks < 3; blocks += 2) {
            directory_remove(in_root("stopped"));
            r.resume = false;
            const pid_t pid = start(&r);
            struct stat about = { 0 };
            size_t begun = 0;
            while (waitpid(pid, NULL, WNOHANG) == 0 && begun <= blocks) { /* its journal has grown so often */
                const off_t before = about.st_size;
                begun += stat(in_root("stopped/journal"), &about) == 0 && about.st_size > before;
                wait_for(1e-3);
            }
            kill(pid, ends[i].signal);
            const int status = end(pid);
            if (!ASSERT(status == ends[i].status, "status %d: %s", status, err))
                continue;
            ASSERT(strstr(err, "--resume") != NULL && strchr(err, '\n') == strrchr(err, '\n'), "%s", err);
            ASSERT(is_there("stopped", "journal") && directory_entries(in_root("stopped")) == 2, "journal and elements alone");
            ASSERT(run(&r) == 2 && strstr(err, "--resume") != NULL, "an unfinished audit is not overwritten: %s", err);
            r.resume = true;
            ASSERT(run(&r) == 0, "%s", err);
            const char *difference = directory_difference(in_root("whole"), in_root("stopped"));
            ASSERT(difference == NULL, "%s", difference);
        }
}

/* A write beyond the limit fails as on a full disk: wherever it comes, the audit says so and goes on afterwards. */
static void
full(void)
{
    audit_run_of r = { .model = "model", .directory = "whole", .range = "100-1490", .elements = true };
    size_t size, failed = 0;
    prepare();
    if (!is_there("whole", "report.json"))
        ASSERT(run(&r) == 0, "%s", err);
    r.directory = "full";
    for (rlim_t limit = 64; limit < 1 << 21; limit *= test_every() == 1 ? 2 : 4) {
        directory_remove(in_root("full"));
        r.resume = false;
        r.most_file = limit;
        int status = run(&r);
        failed += status != 0;
        ASSERT(status == 5 || status == 0, "limit %lu: status %d: %s", (unsigned long)limit, status, err);
        if (status != 5)
            continue;
        ASSERT(strchr(err, '\n') == strrchr(err, '\n'), "one line: %s", err);
        ASSERT(!is_there("full", "report.json"));
        char *journal = file_bytes_of(in_root("full/journal"), &size);
        ASSERT(journal == NULL || (size > 0 && journal[size - 1] == '\n'), "the journal is whole at limit %lu",
               (unsigned long)limit);
        r.resume = journal != NULL;
        free(journal);
        r.most_file = 0;
        status = run(&r);
        ASSERT(status == 0, "limit %lu, resumed: status %d: %s", (unsigned long)limit, status, err);
        const char *difference = directory_difference(in_root("whole"), in_root("full"));
        ASSERT(difference == NULL, "limit %lu: %s", (unsigned long)limit, difference);
    }
    ASSERT(failed >= (test_every() == 1 ? 8 : 4), "%zu", failed);
}

/* Another core type of OpenBLAS, another model, other images: the journal is not theirs, and stays. */
static void
refused(void)
{
    audit_run_of r = { .model = "model", .directory = "refused", .range = "0-600" };
    struct stat before, after;
    prepare();
    r.most_file = 40000; /* the journal's head and no more */
    r.elements = false;
    ASSERT(run(&r) == 5, "%s", err);
    r.most_file = 0;
    r.resume = true;
    ASSERT(stat(in_root("refused/journal"), &before) == 0);
    static const char *const cores[] = { "Nehalem", "Haswell" };
    size_t other = 0;
    for (size_t i = 0; i < 2; i++) {
        r.core = cores[i];
        const int status = run(&r);
        other += status == 2 && strstr(err, "arithmetic (openblas") != NULL;
        ASSERT(status == 2 || status == 0, "%s: status %d: %s", cores[i], status, err);
        if (status == 0)
            break;
    }
    ASSERT(other >= 1, "at least one of them is another: %s", err);
    r.core = NULL;
    if (!is_there("refused", "journal"))
        return; /* it was the other one's */
    r.model = "hostile";
    ASSERT(run(&r) == 2 && strstr(err, "model (sha256)") != NULL, "%s", err);
    r.model = "model";
    r.range = "0-601";
    ASSERT(run(&r) == 2 && strstr(err, "images") != NULL, "%s", err);
    r.range = "0-600";
    r.elements = true;
    ASSERT(run(&r) == 2 && strstr(err, "options (elements)") != NULL, "%s", err);
    r.elements = false;
    ASSERT(stat(in_root("refused/journal"), &after) == 0 && after.st_size == before.st_size && after.st_ino == before.st_ino);
    ASSERT(run(&r) == 0, "%s", err);
    ASSERT(run(&r) == 0, "a finished audit has nothing to do: %s", err);
    r.model = "hostile";
    ASSERT(run(&r) == 2 && strstr(err, "model (sha256)") != NULL, "finished: %s", err);
    r.model = "model";
    r.resume = false;
    ASSERT(run(&r) == 2, "a result is not overwritten: %s", err);
}

/* Two at once: the second is told, the first ends as if it were alone. Real images. */
static void
locked(void)
{
    audit_run_of r = { .model = "mnist", .directory = "locked", .range = "200-330", .mnist = true }, other = r;
    prepare();
    other.resume = true;
    const pid_t pid = start(&r);
    while (!is_there("locked", "journal") && waitpid(pid, NULL, WNOHANG) == 0)
        wait_for(1e-3);
    const int status = run(&other);
    ASSERT(status == 2 && strstr(err, "another audit is writing here") != NULL, "status %d: %s", status, err);
    ASSERT(end(pid) == 0, "%s", err);
    ASSERT(is_there("locked", "report.json") && is_there("locked", "report.html") && !is_there("locked", "journal"));
}

TEST_MAIN("audit: processes", TEST(killed), TEST(interrupted), TEST(full), TEST(refused), TEST(locked))
