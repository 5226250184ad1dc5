/* SPDX-License-Identifier: Apache-2.0 */
/* test_file.c -- whole files read under a cap; output files that appear complete or not at all. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/digest.h"
#include "io/file.h"
#include "pack.h"
#include "scratch.h"
#include "test.h"

/* Reading path gives the code and, on failure, a message of one line that starts with the name and holds the fault. */
static void
check_read(const char *path, size_t cap, file_packing packing, ga_code want, const char *fault)
{
    ga_status st = { 0 };
    file_bytes bytes = { (uint8_t *)"noise", 5 };
    ASSERT(file_read(&bytes, path, cap, packing, &st) == want && st.code == want, "%s", st.message);
    if (want != GA_OK) {
        ASSERT(bytes.data == NULL && bytes.size == 0);
        ASSERT(strncmp(st.message, path, strlen(path)) == 0 && strstr(st.message, fault) != NULL, "%s", st.message);
        ASSERT(strchr(st.message, '\n') == NULL);
    }
    free(bytes.data);
}

static void
plain(void)
{
    uint8_t data[200000];
    uint64_t state = test_seed();
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)test_random(&state);
    const char *path = scratch_write("plain", data, sizeof data);
    file_bytes bytes;
    ASSERT(file_read(&bytes, path, FILE_CAP, FILE_PLAIN, NULL) == GA_OK);
    ASSERT(bytes.size == sizeof data && memcmp(bytes.data, data, sizeof data) == 0);
    free(bytes.data);
    check_read(path, sizeof data, FILE_PLAIN, GA_OK, "");
    check_read(path, sizeof data - 1, FILE_PLAIN, GA_NO_MEMORY, "more than the limit of 199999 bytes");
    check_read(scratch_write("empty", "", 0), 0, FILE_MAYBE_GZIP, GA_OK, "");
    check_read(scratch_write("not-gzip", "\x1f\x8c", 2), 2, FILE_MAYBE_GZIP, GA_OK, "");
    check_read(scratch_path("missing"), 10, FILE_PLAIN, GA_IO_ERROR, "No such file or directory");
    check_read(scratch_directory, 10, FILE_PLAIN, GA_IO_ERROR, "Is a directory");
    check_read("/dev/zero", 1 << 20, FILE_PLAIN, GA_NO_MEMORY, "more than the limit");
    scratch_clear();
}

static void
gzip(void)
{
    size_t n, longer;
    static uint8_t zeros[100000];
    uint8_t *packed = pack_gzip(&n, zeros, sizeof zeros), *again = malloc(2 * n + 1);
    file_bytes bytes;
    const char *path = scratch_write("zeros.gz", packed, n);
    ASSERT(file_read(&bytes, path, sizeof zeros, FILE_MAYBE_GZIP, NULL) == GA_OK && bytes.size == sizeof zeros);
    free(bytes.data);
    ASSERT(file_read(&bytes, path, sizeof zeros, FILE_PLAIN, NULL) == GA_OK && bytes.size == n);
    free(bytes.data);
    check_read(path, sizeof zeros - 1, FILE_MAYBE_GZIP, GA_NO_MEMORY, "more than the limit");
    memcpy(again, packed, n);
    memcpy(again + n, packed, n);
    longer = 2 * n;
    ASSERT(file_read(&bytes, scratch_write("twice", again, longer), FILE_CAP, FILE_MAYBE_GZIP, NULL) == GA_OK);
    ASSERT(bytes.size == 2 * sizeof zeros, "%zu", bytes.size);
    free(bytes.data);
    again[n] = 0;
    check_read(scratch_write("trailing", again, n + 1), FILE_CAP, FILE_MAYBE_GZIP, GA_BAD_FILE, "trailing bytes");
    check_read(scratch_write("trailing", again, longer), FILE_CAP, FILE_MAYBE_GZIP, GA_BAD_FILE, "trailing bytes");
    for (size_t i = 2; i < n; i++)
        check_read(scratch_write("cut", packed, i), FILE_CAP, FILE_MAYBE_GZIP, GA_BAD_FILE, "truncated gzip stream");
    const size_t at_most = FILE_BOMB + 1;
    uint8_t *large = calloc(at_most, 1), *bomb = pack_gzip(&longer, large, at_most);
    check_read(scratch_write("bomb", bomb, longer), FILE_CAP, FILE_MAYBE_GZIP, GA_BAD_FILE, "more than 100 times its size");
    free(bomb);
    bomb = pack_gzip(&longer, large, at_most - 1);
    ASSERT(file_read(&bytes, scratch_write("no-bomb", bomb, longer), FILE_CAP, FILE_MAYBE_GZIP, NULL) == GA_OK);
    free(bytes.data);
    free(bomb);
    free(large);
    packed[n - 5] ^= 1;
    check_read(scratch_write("crc", packed, n), FILE_CAP, FILE_MAYBE_GZIP, GA_BAD_FILE, "incorrect data check");
    packed[n - 5] ^= 1;
    packed[n - 1] ^= 1;
    check_read(scratch_write("length", packed, n), FILE_CAP, FILE_MAYBE_GZIP, GA_BAD_FILE, "incorrect length check");
    packed[2] = 7;
    check_read(scratch_write("method", packed, n), FILE_CAP, FILE_MAYBE_GZIP, GA_BAD_FILE, "damaged gzip stream");
    free(packed);
    free(again);
    scratch_clear();
}

static size_t most, seen; /* what bound says, and the most bytes that it saw */

static size_t
bound(const uint8_t *bytes, size_t n)
{
    (void)bytes;
    seen = n > seen ? n : seen;
    return most;
}

static bool
has_digest(const file_view *view, const void *bytes, size_t n)
{
    char want[DIGEST_TEXT];
    digest_bytes(want, bytes, n);
    return strcmp(view->sha256, want) == 0;
}

/* What is mapped is the file's bytes and nobody asks bound; what is over the cap is read no further than bound needs. What is
   ours is not the file's any more, and has its digest. */
static void
mapped(void)
{
    enum { SIZE = 4 << 20 };
    const file_limits whole = { SIZE, "--option", FILE_MAYBE_GZIP, bound, SIZE - 1 };
    const file_limits less = { SIZE - 1, "--option", FILE_MAYBE_GZIP, bound, SIZE };
    uint8_t *data = malloc(SIZE);
    uint64_t state = test_seed();
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (uint8_t)test_random(&state);
    const char *const path = scratch_write("mapped", data, SIZE);
    file_view view;
    ga_status st;
    size_t n;

    for (size_t from = 0; from < 20; from += 7) {
        seen = most = 0;
        scratch_write("mapped", data, SIZE);
        ASSERT(file_map(&view, path, &whole, NULL) == GA_OK && view.mapped && view.bytes.size == SIZE && *view.sha256 == '\0');
        ASSERT(file_own(&view, path, NULL) == GA_OK && !view.mapped && view.bytes.size == SIZE && has_digest(&view, data, SIZE));
        ASSERT(truncate(path, 0) == 0);
        uint8_t *const own = file_take(&view, from);
        ASSERT(seen == 0 && view.bytes.data == NULL && memcmp(own, data + from, SIZE - from) == 0);
        memset(own, 0, SIZE - from);
        free(own);
    }
    uint8_t *const packed = pack_gzip(&n, data, 1000);
    const file_limits packed_whole = { SIZE, "--option", FILE_MAYBE_GZIP, bound, 0 };
    for (size_t from = 0; from < 20; from += 7) {
        seen = 0;
        most = SIZE_MAX;
        const char *const gz = scratch_write("packed", packed, n);
        ASSERT(file_map(&view, gz, from == 7 ? &less : &packed_whole, NULL) == GA_OK && !view.mapped);
        ASSERT(has_digest(&view, packed, n));
        uint8_t *const own = file_take(&view, from);
        ASSERT(seen == 1000 && view.bytes.data == NULL && memcmp(own, data + from, 1000 - from) == 0);
        free(own);
    }
    free(packed);
    static const struct { size_t most; ga_code code; const char *fault; } cases[] = {
        { SIZE_MAX, GA_NO_MEMORY, "more than the limit of 4194303 bytes (--option)" },
        { SIZE, GA_NO_MEMORY, "more than the limit" },
        { SIZE - 1, GA_BAD_FILE, "does not end after the 4194303 bytes" }, { 100, GA_BAD_FILE, "does not end after the 100 bytes" },
        { 0, GA_OK, "" },
    };
    scratch_write("mapped", data, SIZE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        seen = 0;
        most = cases[i].most;
        st = (ga_status){ 0 };
        ASSERT(file_map(&view, path, &less, &st) == cases[i].code &&
               strstr(st.message, cases[i].fault) != NULL, "%s", st.message);
        ASSERT(seen > 0 && seen < SIZE / 8 && view.bytes.size <= seen, "%zu", seen);
        file_unmap(&view);
    }
    ASSERT(file_map(&view, path, &less, NULL) == GA_OK && !view.mapped);
    file_unmap(&view);
    seen = most = 0;
    const file_limits small = { SIZE, "--option", FILE_PLAIN, bound, SIZE };
    ASSERT(file_map(&view, path, &small, NULL) == GA_OK && !view.mapped && seen == 0 && view.bytes.size == SIZE,
           "what is small is read, whatever bound says");
    ASSERT(memcmp(view.bytes.data, data, SIZE) == 0 && has_digest(&view, data, SIZE));
    file_unmap(&view);
    ASSERT(file_map(&view, scratch_write("empty", "", 0), &small, NULL) == GA_OK && !view.mapped && has_digest(&view, "", 0));
    file_unmap(&view);
    free(data);
    scratch_clear();
}

/* Bytes in memory, as the files of test mapped. */
static void
lent(void)
{
    uint8_t data[] = "some bytes", other[sizeof data];
    const file_bytes bytes = { data, sizeof data };
    const file_limits small = { sizeof data, "--option", FILE_PLAIN, bound, sizeof data },
                      large = { sizeof data, "--option", FILE_PLAIN, bound, sizeof data - 1 },
                      less = { sizeof data - 1, "--option", FILE_PLAIN, bound, sizeof data };
    file_view view;
    ga_status st;
    memcpy(other, data, sizeof data);
    seen = most = 0;
    ASSERT(file_lend(&view, &bytes, "it", &less, &st) == GA_NO_MEMORY &&
               strcmp(st.message, "it: more than the limit of 10 bytes (--option)") == 0 && view.bytes.data == NULL, "%s",
           st.message);
    ASSERT(file_lend(&view, &bytes, "it", &small, NULL) == GA_OK && !view.mapped && view.bytes.data != data);
    ASSERT(has_digest(&view, data, sizeof data));
    file_unmap(&view);
    for (int owned = 0; owned < 2; owned++) {
        ASSERT(file_lend(&view, &bytes, "it", &large, NULL) == GA_OK && view.mapped && view.bytes.data == data);
        ASSERT(*view.sha256 == '\0');
        ASSERT(!owned || (file_own(&view, "it", NULL) == GA_OK && !view.mapped && has_digest(&view, data, sizeof data) &&
                          view.bytes.data != data));
        file_unmap(&view);
        ASSERT(view.bytes.data == NULL && memcmp(other, data, sizeof data) == 0);
    }
    ASSERT(file_lend(&view, &(file_bytes){ 0 }, "it", &small, NULL) == GA_OK && !view.mapped && has_digest(&view, "", 0));
    file_unmap(&view);
    ASSERT(seen == 0);
}

/* A pipe, of which every byte can be read once: bound is asked, and the digest is that of what came. */
static void
piped(void)
{
    static const char text[] = "0123456789";
    const file_limits limits = { 100, "--option", FILE_MAYBE_GZIP, bound, 100 };
    const char *const path = scratch_path("pipe");
    size_t n;
    uint8_t *const packed = pack_gzip(&n, (const uint8_t *)text, 10);
    for (size_t k = 0; k < 2; k++) {
        file_view view;
        most = SIZE_MAX;
        seen = 0;
        ASSERT(mkfifo(path, 0600) == 0);
        const pid_t writer = fork();
        if (writer == 0) {
            const int fd = open(path, O_WRONLY);
            const void *const bytes = k == 0 ? (const void *)text : packed;
            _exit(write(fd, bytes, k == 0 ? 10 : n) < 0);
        }
        ASSERT(file_map(&view, path, &limits, NULL) == GA_OK && !view.mapped && seen == 10 && view.bytes.size == 10);
        ASSERT(memcmp(view.bytes.data, text, 10) == 0 && (k == 0 ? has_digest(&view, text, 10) : has_digest(&view, packed, n)));
        ASSERT(waitpid(writer, NULL, 0) == writer && unlink(path) == 0);
        file_unmap(&view);
    }
    free(packed);
    scratch_clear();
}

static void
messages(void)
{
    ga_status st = { 0 };
    ASSERT(file_fail(&st, GA_BAD_FILE, "a\nb\x1b[2J", "name '%s'", "x\r\n\xff") == GA_BAD_FILE);
    ASSERT(strcmp(st.message, "a\\x0Ab\\x1B[2J: name 'x\\x0D\\x0A\\xFF'") == 0, "%s", st.message);
    char path[4998], fault[500];
    for (size_t i = 0; i < sizeof path; i++)
        path[i] = "\xe2\x86\x92"[i % 3];
    strcpy(path + sizeof path - 9, "/t.model");
    for (size_t i = 0; i < sizeof fault; i++)
        fault[i] = "\xe2\x86\x92"[i % 3];
    fault[498] = '\0';
    for (int shift = 0; shift < 4; shift++) {
        file_fail(&st, GA_BAD_FILE, path, "%.*s%s", shift, "aaaa", fault);
        ASSERT(strncmp(st.message, "...", 3) == 0 && strstr(st.message, "/t.model: ") != NULL, "%s", st.message);
        ASSERT(strstr(st.message, "\\x") == NULL, "%s", st.message);
    }
    ASSERT(file_fail(NULL, GA_IO_ERROR, "x", "y") == GA_IO_ERROR);
}

static bool
holds(const char *path, const char *text)
{
    file_bytes bytes;
    bool same = file_read(&bytes, path, 1000, FILE_PLAIN, NULL) == GA_OK && bytes.size == strlen(text) &&
                memcmp(bytes.data, text, bytes.size) == 0;
    free(bytes.data);
    return same;
}

static void
commit(void)
{
    ga_status st = { 0 };
    out_file out;
    struct stat about;
    const char *path = scratch_path("out");
    mode_t umask_before = umask(027);
    ASSERT(out_open(&out, path, &st) == GA_OK && access(path, F_OK) != 0 && scratch_count() == 1, "%s", st.message);
    fputs("one", out.stream);
    ASSERT(out_commit(&out, &st) == GA_OK && holds(path, "one") && scratch_count() == 1);
    ASSERT(stat(path, &about) == 0 && (about.st_mode & 0777) == 0640);
    umask(umask_before);
    chmod(path, 0600);
    ASSERT(out_open(&out, path, &st) == GA_OK);
    fputs("two", out.stream);
    ASSERT(holds(path, "one"));
    ASSERT(out_commit(&out, &st) == GA_OK && holds(path, "two") && scratch_count() == 1);
    ASSERT(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600);
    ASSERT(out_open(&out, path, &st) == GA_OK);
    fputs("three", out.stream);
    out_abort(&out);
    out_abort(&out);
    ASSERT(holds(path, "two") && scratch_count() == 1);
    ASSERT(symlink("out", scratch_path("link")) == 0 && out_open(&out, scratch_path("link"), &st) == GA_OK);
    fputs("four", out.stream);
    ASSERT(out_commit(&out, &st) == GA_OK && holds(path, "four") && scratch_count() == 2);
    ASSERT(lstat(scratch_path("link"), &about) == 0 && S_ISLNK(about.st_mode));
    scratch_clear();
}

static void
check_open_fails(const char *path, const char *fault)
{
    ga_status st = { 0 };
    out_file out;
    size_t before = scratch_count();
    ASSERT(out_open(&out, path, &st) == GA_IO_ERROR && out.stream == NULL, "%s", path);
    ASSERT(strncmp(st.message, path, strlen(path)) == 0 && strstr(st.message, fault) != NULL, "%s", st.message);
    ASSERT(scratch_count() == before);
    out_abort(&out);
}

static void
cannot_open(void)
{
    check_open_fails("", "No such file");
    check_open_fails(scratch_path("missing/x"), "No such file");
    check_open_fails(scratch_path(""), "Is a directory");
    check_open_fails(scratch_directory, "Is a directory");
    check_open_fails(scratch_path("new/"), "Is a directory");
    if (geteuid() != 0) { /* root may write everything */
        chmod(scratch_write("read-only", "", 0), 0400);
        check_open_fails(scratch_path("read-only"), "Permission denied");
        chmod(scratch_directory, 0500);
        check_open_fails(scratch_path("x"), "Permission denied");
        chmod(scratch_directory, 0700);
    }
    scratch_clear();
}

/* What is not a regular file is written in place, its write error is reported, and it stays. A pipe of our own stands for all:
   a test run by root must not come near the nodes in /dev, which broken code would replace. */
static void
pipe_in_place(void)
{
    ga_status st = { 0 };
    out_file out;
    struct stat about;
    char got[8] = "";
    const char *path = scratch_path("pipe");
    signal(SIGPIPE, SIG_IGN);
    ASSERT(mkfifo(path, 0600) == 0);
    for (size_t n = 1; n <= 1000000; n *= 1000) {
        int reader = open(path, O_RDONLY | O_NONBLOCK);
        ASSERT(out_open(&out, path, &st) == GA_OK && scratch_count() == 1, "%s", st.message);
        if (n == 1) {
            fputs("text", out.stream);
            ASSERT(out_commit(&out, &st) == GA_OK && read(reader, got, sizeof got) == 4 && strcmp(got, "text") == 0, "%s",
                   st.message);
            ASSERT(out_open(&out, path, &st) == GA_OK, "%s", st.message);
        }
        close(reader);
        for (size_t i = 0; i < n; i++)
            putc('x', out.stream);
        ASSERT(out_commit(&out, &st) == GA_IO_ERROR, "%s", st.message);
        ASSERT(strstr(st.message, "/pipe: cannot write: Broken pipe") != NULL, "%s", st.message);
        ASSERT(lstat(path, &about) == 0 && S_ISFIFO(about.st_mode) && scratch_count() == 1);
    }
    scratch_clear();
}

/* The disk full in the middle, played by a limit on the file's size: neither a part of the file nor a temporary is left. */
static void
full_disk(void)
{
    ga_status st = { 0 };
    out_file out;
    struct rlimit before, small;
    const char *path = scratch_write("kept", "before", 6);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){ 10000, before.rlim_max };
    for (size_t n = 10001; n < 3000000; n *= 17) {
        ASSERT(out_open(&out, path, &st) == GA_OK, "%s", st.message);
        setrlimit(RLIMIT_FSIZE, &small);
        for (size_t i = 0; i < n; i++)
            putc('x', out.stream);
        ga_code code = out_commit(&out, &st);
        setrlimit(RLIMIT_FSIZE, &before);
        ASSERT(code == GA_IO_ERROR && strstr(st.message, "kept: cannot write: ") != NULL, "%s", st.message);
        ASSERT(scratch_count() == 1 && holds(path, "before"));
    }
    scratch_clear();
}

/* An error in the middle is not forgotten when the disk has room again at the end. */
static void
full_for_a_while(void)
{
    ga_status st = { 0 };
    out_file out;
    struct rlimit before, small;
    static const char block[100000];
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){ 10000, before.rlim_max };
    ASSERT(out_open(&out, scratch_path("x"), &st) == GA_OK, "%s", st.message);
    setrlimit(RLIMIT_FSIZE, &small);
    ASSERT(fwrite(block, 1, sizeof block, out.stream) < sizeof block);
    setrlimit(RLIMIT_FSIZE, &before);
    ASSERT(out_commit(&out, &st) == GA_IO_ERROR, "%s", st.message);
    ASSERT(scratch_count() == 0);
}

TEST_MAIN("file", TEST(plain), TEST(gzip), TEST(mapped), TEST(lent), TEST(piped), TEST(messages), TEST(commit), TEST(cannot_open),
          TEST(pipe_in_place), TEST(full_disk), TEST(full_for_a_while))
