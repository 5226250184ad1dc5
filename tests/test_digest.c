/* SPDX-License-Identifier: Apache-2.0 */
/* test_digest.c -- the digest of a model or data set is that of the bytes its numbers came from: while another process keeps
   changing files in place, each file is rebuilt from what was read, and has the digest. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/digest.h"
#include "io/file.h"
#include "io/npy.h"
#include "networks.h"
#include "scratch.h"

enum { WIDE = 2100 /* WIDE x WIDE floats are more than FILE_SMALL */, AT_ONCE = 1 << 16 };
enum { MOST_ROUNDS = 1000 };

/* Puts one of two bytes at every step-th place of the file from the one numbered from on, again and again while the test lives. */
static pid_t
start_changing(const char *path, size_t from, size_t step, const uint8_t put[2])
{
    const pid_t parent = getpid(), pid = fork();
    if (pid != 0)
        return pid;
    static uint8_t bytes[AT_ONCE];
    const int fd = open(path, O_RDWR);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0)
        _exit(1);
    for (size_t round = 0; getppid() == parent; round++)
        for (off_t at = 0; at < about.st_size; at += AT_ONCE) {
            const ssize_t n = pread(fd, bytes, AT_ONCE, at);
            for (ssize_t i = 0; i < n; i++)
                if ((size_t)(at + i) >= from && ((size_t)(at + i) - from) % step == 0)
                    bytes[i] = put[(round + (size_t)i / 4096) % 2];
            if (n < 0 || pwrite(fd, bytes, (size_t)n, at) != n)
                _exit(1);
        }
    _exit(1);
}

static void
stop_changing(pid_t pid)
{
    int status;
    ASSERT(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status), "it was changing the file");
}

/* The digests that were seen: more than one, or nothing was tried. */
typedef struct {
    char seen[MOST_ROUNDS][DIGEST_TEXT];
    size_t n;
} digests;

/* Whether round i is to be. A file that changes all the time betrays a second reading in nearly every round; where others have the
   processors, it changes only once in many. */
static bool
more_rounds(size_t i, const digests *d)
{
    return i < (test_every() == 1 ? 8 : 3) || (d->n < 2 && i < MOST_ROUNDS);
}

static void
check_digest(digests *d, const char *got, const char *want)
{
    ASSERT(strcmp(got, want) == 0, "%s, not %s", got, want);
    for (size_t i = 0; i < d->n; i++)
        if (strcmp(d->seen[i], got) == 0)
            return;
    strcpy(d->seen[d->n++], got);
}

static void
digest_of_file(char text[DIGEST_TEXT], const char *path)
{
    file_bytes b;
    ASSERT(file_read(&b, path, FILE_CAP, FILE_PLAIN, NULL) == GA_OK);
    digest_bytes(text, b.data, b.size);
    free(b.data);
}

static ga_model *
wide_model(void)
{
    static const size_t sizes[] = { WIDE, WIDE, 2 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    ga_model *m = ga_model_new(GA_F32, 2, sizes, hidden, NULL);
    ASSERT(m != NULL && *m->sha256 == '\0');
    return m;
}

/* ga_model_write makes the same bytes of the same model. The lowest byte of each weight changes. */
static void
safetensors(void)
{
    const char *const path = scratch_path("model"), *const again = scratch_path("again");
    ga_model *m = wide_model();
    char want[DIGEST_TEXT];
    digests d = { .n = 0 };
    ASSERT(ga_model_write(m, path, NULL) == GA_OK);
    ga_model_free(m);
    file_bytes b;
    ASSERT(file_read(&b, path, FILE_CAP, FILE_PLAIN, NULL) == GA_OK && b.size > FILE_SMALL);
    const size_t header = 8 + (size_t)b.data[0] + ((size_t)b.data[1] << 8);
    free(b.data);
    const pid_t pid = start_changing(path, header, 4, (const uint8_t *)"\1\2");
    for (size_t i = 0; more_rounds(i, &d); i++) {
        ga_status st = { 0 };
        if (!ASSERT(ga_model_load(&m, path, NULL, &st) == GA_OK, "%s", st.message))
            continue;
        ASSERT(ga_model_write(m, again, NULL) == GA_OK);
        digest_of_file(want, again);
        check_digest(&d, m->sha256, want);
        ga_model *const copy = ga_model_copy(m, NULL), *const rounded = ga_model_round(m, NULL);
        ASSERT(strcmp(copy->sha256, want) == 0 && strcmp(rounded->sha256, want) == 0);
        ga_model_free(copy);
        ga_model_free(rounded);
        ga_model_free(m);
    }
    stop_changing(pid);
    ASSERT(d.n > 1, "the file did not change");
    scratch_clear();
}

/* A .npy file of the numbers, the caller's to free; NumPy's header is padded to NPY_HEADER bytes. */
static file_bytes
make_npy(const char *dtype, const char *shape, const void *numbers, size_t size)
{
    const file_bytes b = { malloc(NPY_HEADER + size), NPY_HEADER + size };
    memset(b.data, ' ', NPY_HEADER - 1);
    memcpy(b.data, "\x93NUMPY\1\0v\0", 10);
    char text[NPY_HEADER];
    const int n = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", dtype, shape);
    memcpy(b.data + 10, text, (size_t)n);
    b.data[NPY_HEADER - 1] = '\n';
    memcpy(b.data + NPY_HEADER, numbers, size);
    return b;
}

/* The bytes are freed. */
static void
put_file(const char *path, file_bytes b)
{
    FILE *const f = fopen(path, "wb");
    ASSERT(f != NULL && fwrite(b.data, 1, b.size, f) == b.size && fclose(f) == 0);
    free(b.data);
}

static void
digest_made(char text[DIGEST_TEXT], file_bytes b)
{
    digest_bytes(text, b.data, b.size);
    free(b.data);
}

static file_bytes
make_weights(const ga_model *m, size_t l)
{
    char shape[64];
    snprintf(shape, sizeof shape, "(%zu, %zu)", m->layer[l].n_out, m->layer[l].n_in);
    return make_npy("<f4", shape, m->layer[l].weight, sizeof(float) * m->layer[l].n_in * m->layer[l].n_out);
}

/* A folder, one array of which is large and changes: the lines of sha256sum. */
static void
folder(void)
{
    const char *const first = scratch_path("W1.npy"), *const second = scratch_path("W2.npy");
    ga_model *m = wide_model();
    digests d = { .n = 0 };
    put_file(first, make_weights(m, 0));
    put_file(second, make_weights(m, 1));
    ga_model_free(m);
    const pid_t pid = start_changing(first, NPY_HEADER, 4, (const uint8_t *)"\1\2");
    for (size_t i = 0; more_rounds(i, &d); i++) {
        ga_status st = { 0 };
        const ga_load options = { .activation = "sigmoid", .layout = GA_OUT_IN };
        char line[2][DIGEST_TEXT], text[300], want[DIGEST_TEXT];
        if (!ASSERT(ga_model_load(&m, scratch_directory, &options, &st) == GA_OK, "%s", st.message))
            continue;
        for (size_t l = 0; l < 2; l++)
            digest_made(line[l], make_weights(m, l));
        const int n = snprintf(text, sizeof text, "%s  W1.npy\n%s  W2.npy\n", line[0], line[1]);
        digest_bytes(want, text, (size_t)n);
        check_digest(&d, m->sha256, want);
        ga_model_free(m);
    }
    stop_changing(pid);
    ASSERT(d.n > 1, "the array did not change");
    scratch_clear();
}

enum { IMAGES = 1 << 15, SIDE = 32, LINES = 5 << 20 };
#define PIXELS ((size_t)IMAGES * SIDE * SIDE)
typedef enum { AS_NPY, AS_IDX, AS_CSV } data_kind;

/* The file of images that ds was read from. */
static file_bytes
make_data(data_kind kind, const ga_dataset *ds)
{
    static const uint8_t head[16] = { 0, 0, 8, 3, 0, 0, IMAGES >> 8, 0, 0, 0, 0, SIDE, 0, 0, 0, SIDE };
    if (kind == AS_NPY)
        return make_npy("|u1", "(32768, 32, 32)", ds->pixel, PIXELS);
    const size_t size = kind == AS_IDX ? sizeof head + PIXELS : (size_t)LINES * 4;
    const file_bytes b = { malloc(size), size };
    if (kind == AS_IDX) {
        memcpy(b.data, head, sizeof head);
        memcpy(b.data + sizeof head, ds->pixel, PIXELS);
    } else
        for (size_t i = 0; i < LINES; i++) /* a digit, and the label 0 */
            memcpy(b.data + i * 4, (const char[4]){ (char)('0' + (int)ds->value[i]), ',', '0', '\n' }, 4);
    return b;
}

static void
data(void)
{
    uint8_t *const zeros = calloc(PIXELS, 1);
    double *const numbers = calloc(LINES, sizeof *numbers);
    const char *const path = scratch_path("images"), *const labels = scratch_path("labels");
    for (data_kind kind = AS_NPY; kind <= AS_CSV; kind++) {
        const bool csv = kind == AS_CSV;
        const ga_data_options column = { .label_column = csv ? "2" : NULL };
        digests d = { .n = 0 };
        put_file(path, make_data(kind, &(ga_dataset){ .pixel = zeros, .value = numbers }));
        put_file(labels, make_npy("|u1", "(32768,)", zeros, IMAGES));
        const size_t header = kind == AS_NPY ? NPY_HEADER : kind == AS_IDX ? 16 : 0;
        const pid_t pid = start_changing(path, header, csv ? 4 : 1, (const uint8_t *)"12");
        for (size_t i = 0; more_rounds(i, &d); i++) {
            ga_status st = { 0 };
            ga_dataset *ds;
            char want[DIGEST_TEXT] = "";
            if (!ASSERT(ga_dataset_load(&ds, path, csv ? NULL : labels, &column, &st) == GA_OK, "%s", st.message))
                continue;
            digest_made(want, make_data(kind, ds));
            check_digest(&d, ds->images_sha256, want);
            digest_of_file(want, labels);
            ASSERT(strcmp(ds->labels_sha256, csv ? "" : want) == 0, "%s", ds->labels_sha256);
            ga_dataset_free(ds);
        }
        stop_changing(pid);
        ASSERT(d.n > 1, "the file did not change");
        scratch_clear();
    }
    free(zeros);
    free(numbers);
}

/* A foreign gradient. */
static void
array(void)
{
    enum { N = 5 << 20 };
    float *const zeros = calloc(N, sizeof *zeros);
    digests d = { .n = 0 };
    const char *const path = scratch_path("array");
    put_file(path, make_npy("<f4", "(5242880,)", zeros, N * sizeof *zeros));
    free(zeros);
    const pid_t pid = start_changing(path, NPY_HEADER, 1, (const uint8_t *)"\1\2");
    for (size_t i = 0; more_rounds(i, &d); i++) {
        ga_status st = { 0 };
        char want[DIGEST_TEXT];
        npy *a;
        if (!ASSERT(npy_read(&a, path, &st) == GA_OK && a->n == N, "%s", st.message))
            continue;
        digest_made(want, make_npy("<f4", "(5242880,)", a->data, N * sizeof(float)));
        check_digest(&d, a->file.sha256, want);
        npy_free(a);
    }
    stop_changing(pid);
    ASSERT(d.n > 1, "the array did not change");
    scratch_clear();
}

TEST_MAIN("digest", TEST(safetensors), TEST(folder), TEST(data), TEST(array))
