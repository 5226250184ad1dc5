/* SPDX-License-Identifier: Apache-2.0 */
/* test_idx.c -- images and labels from IDX files: valid files, and every way in which one can be malformed. */
#include <string.h>

#include "core/dataset.h"

#include "pack.h"
#include "scratch.h"
#include "test.h"

#define BYTES(text) text, sizeof text - 1

static const uint8_t images[] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 0, 1, 2, 3, 254, 255, 6, 7, 8, 9, 10, 11 };
static const uint8_t labels[] = { 0, 0, 8, 1, 0, 0, 0, 2, 9, 4 };

/* Reading fails with the code and a message of one line that starts with the path and holds the fault; nothing is left. */
static bool
check_fails(const char *path, const char *label_path, const char *culprit, ga_code want, const char *fault)
{
    ga_status st = { 0 };
    ga_dataset *ds = (ga_dataset *)&st;
    ga_code code = ga_dataset_read(&ds, path, label_path, &st);
    bool good = ASSERT(code == want && ds == NULL, "code %d", code);
    good &= ASSERT(strncmp(st.message, culprit, strlen(culprit)) == 0, "%s", st.message);
    good &= ASSERT(strstr(st.message, fault) != NULL && strchr(st.message, '\n') == NULL, "got: %s; want: %s", st.message,
                   fault);
    return good;
}

static void
check_images(const ga_dataset *ds)
{
    if (!ASSERT(ds != NULL))
        return;
    ASSERT(ds->n == 2 && ds->rows == 3 && ds->cols == 2);
    ASSERT(memcmp(ds->pixel, images + 16, 12) == 0);
    for (size_t i = 0; i < 2 && ds->label != NULL; i++)
        ASSERT(ds->label[i] == labels[8 + i], "label %zu is %u", i, ds->label[i]);
}

static void
valid(void)
{
    ga_dataset *ds = NULL;
    size_t n;
    uint8_t *packed = pack_gzip(&n, images, sizeof images);
    scratch_write("i", images, sizeof images);
    scratch_write("l", labels, sizeof labels);
    scratch_write("i.gz", packed, n);
    free(packed);
    ASSERT(ga_dataset_read(&ds, scratch_path("i"), NULL, NULL) == GA_OK && ds->label == NULL);
    check_images(ds);
    ga_dataset_free(ds);
    ASSERT(ga_dataset_read(&ds, scratch_path("i.gz"), scratch_path("l"), NULL) == GA_OK && ds->label != NULL);
    check_images(ds);
    ga_dataset_free(ds);
    scratch_clear();
}

static void
malformed(void)
{
    static const struct {
        const char *name, *bytes;
        size_t n;
        ga_code code;
        const char *fault;
    } cases[] = {
        { "empty", BYTES(""), GA_BAD_FILE, "truncated: 0 bytes" },
        { "half-magic", BYTES("\0\0\x08"), GA_BAD_FILE, "truncated: 3 bytes" },
        { "text", BYTES("hello, world, this is text"), GA_BAD_FILE, "magic number is 0x68656c6c, not 0x00000803" },
        { "labels", BYTES("\0\0\x08\1\0\0\0\2\x09\4"), GA_BAD_FILE,
          "not an IDX file of images: its magic number is 0x00000801" },
        { "signed-bytes", BYTES("\0\0\x09\3\0\0\0\1\0\0\0\1\0\0\0\1x"), GA_BAD_FILE, "magic number is 0x00000903" },
        { "floats", BYTES("\0\0\x0d\3\0\0\0\1\0\0\0\1\0\0\0\1wxyz"), GA_BAD_FILE, "magic number is 0x00000d03" },
        { "two-dimensions", BYTES("\0\0\x08\2\0\0\0\1\0\0\0\1x"), GA_BAD_FILE, "magic number is 0x00000802" },
        { "four-dimensions", BYTES("\0\0\x08\4\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1x"), GA_BAD_FILE, "is 0x00000804" },
        { "little-endian", BYTES("\3\x08\0\0\1\0\0\0\1\0\0\0\1\0\0\0x"), GA_BAD_FILE, "magic number is 0x03080000" },
        { "first-byte", BYTES("\1\0\x08\3\0\0\0\1\0\0\0\1\0\0\0\1x"), GA_BAD_FILE, "magic number is 0x01000803" },
        { "no-images", BYTES("\0\0\x08\3\0\0\0\0\0\0\0\1\0\0\0\1"), GA_BAD_FILE, "dimension 1 is 0" },
        { "no-rows", BYTES("\0\0\x08\3\0\0\0\1\0\0\0\0\0\0\0\1"), GA_BAD_FILE, "dimension 2 is 0" },
        { "no-columns", BYTES("\0\0\x08\3\0\0\0\1\0\0\0\1\0\0\0\0"), GA_BAD_FILE, "dimension 3 is 0" },
        { "overflow", BYTES("\0\0\x08\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), GA_BAD_FILE, "overflows" },
        /* 2^22 * 2^21 * 2^21 = 2^64 would wrap to the 0 bytes that follow */
        { "wraps-to-zero", BYTES("\0\0\x08\3\0\x40\0\0\0\x20\0\0\0\x20\0\0"), GA_BAD_FILE, "overflows" },
        { "huge", BYTES("\0\0\x08\3\x7f\xff\xff\xff\0\0\0\1\0\0\0\1x"), GA_BAD_FILE, "promises 2147483647 bytes, 1 follow" },
        { "one-short", BYTES("\0\0\x08\3\0\0\0\2\0\0\0\1\0\0\0\2abc"), GA_BAD_FILE, "promises 4 bytes, 3 follow" },
        { "one-trailing", BYTES("\0\0\x08\3\0\0\0\2\0\0\0\1\0\0\0\2abcde"), GA_BAD_FILE, "1 trailing bytes" },
        { "gzip-magic-only", BYTES("\x1f\x8b"), GA_BAD_FILE, "truncated gzip stream" },
        { "gzip-damaged", BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\xff\xff\xff\xff\xff"), GA_BAD_FILE, "damaged gzip stream" },
        { "gzip-bad-method", BYTES("\x1f\x8b\x07\0\0\0\0\0\0\3"), GA_BAD_FILE, "damaged gzip stream" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = scratch_write(cases[i].name, cases[i].bytes, cases[i].n);
        check_fails(path, NULL, path, cases[i].code, cases[i].fault);
    }
    check_fails(scratch_path("missing"), NULL, scratch_path("missing"), GA_IO_ERROR, "No such file");
    check_fails(scratch_directory, NULL, scratch_directory, GA_IO_ERROR, "Is a directory");
    scratch_clear();
}

/* The label file is at fault: its own shape, or its number against the images'. */
static void
malformed_labels(void)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *fault;
    } cases[] = {
        { BYTES(""), "truncated: 0 bytes" },
        { BYTES("\0\0\x08\3\0\0\0\2\0\0\0\1\0\0\0\1ab"), "not an IDX file of labels: its magic number is 0x00000803" },
        { BYTES("\0\0\x08\1\0\0\0\0"), "dimension 1 is 0" },
        { BYTES("\0\0\x08\1\0\0\0\3\1\2"), "promises 3 bytes, 2 follow" },
        { BYTES("\0\0\x08\1\0\0\0\2\1\2\3"), "1 trailing bytes" },
        { BYTES("\0\0\x08\1\0\0\0\1\1"), "1 labels for 2 images" },
        { BYTES("\0\0\x08\1\0\0\0\3\1\2\3"), "3 labels for 2 images" },
    };
    const char *path = scratch_write("i", images, sizeof images);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *label_path = scratch_write("l", cases[i].bytes, cases[i].n);
        check_fails(path, label_path, label_path, GA_BAD_FILE, cases[i].fault);
    }
    scratch_clear();
}

/* A gzip file with bytes after the stream, a second member, a wrong check sum. */
static void
gzip_tail(void)
{
    size_t n;
    uint8_t *packed = pack_gzip(&n, images, sizeof images), tail[1000];
    memcpy(tail, packed, n);
    memcpy(tail + n, packed, n);
    const char *path = scratch_write("twice.gz", tail, 2 * n);
    check_fails(path, NULL, path, GA_BAD_FILE, "28 trailing bytes");
    tail[n] = '\0';
    path = scratch_write("zero.gz", tail, n + 1);
    check_fails(path, NULL, path, GA_BAD_FILE, "trailing bytes after the gzip stream");
    tail[n - 8] ^= 1;
    path = scratch_write("crc.gz", tail, n);
    check_fails(path, NULL, path, GA_BAD_FILE, "incorrect data check");
    free(packed);
    scratch_clear();
}

static void
every_prefix(void)
{
    size_t n;
    uint8_t *packed = pack_gzip(&n, images, sizeof images);
    for (size_t i = 0; i < sizeof images; i++) {
        const char *path = scratch_write("cut", images, i);
        check_fails(path, NULL, path, GA_BAD_FILE, "truncated");
    }
    for (size_t i = 0; i < n; i++) {
        const char *path = scratch_write("cut.gz", packed, i);
        check_fails(path, NULL, path, GA_BAD_FILE, i == 1 ? "truncated: 1 bytes" : "truncated");
    }
    free(packed);
    scratch_clear();
}

/* Bytes flipped at random, in the plain file and in the packed one: read or refused with a message, never worse. */
static void
flipped_bytes(void)
{
    uint64_t state = test_seed();
    size_t n;
    uint8_t *packed = pack_gzip(&n, images, sizeof images), bytes[1000];
    for (int round = 0; round < 2000; round++) {
        bool gz = round % 2 != 0;
        size_t size = gz ? n : sizeof images;
        memcpy(bytes, gz ? packed : images, size);
        for (uint64_t k = test_random(&state) % 3 + 1; k > 0; k--)
            bytes[test_random(&state) % size] ^= (uint8_t)(1u << test_random(&state) % 8);
        ga_status st = { 0 };
        ga_dataset *ds;
        ga_code code = ga_dataset_read(&ds, scratch_write("flipped", bytes, size), NULL, &st);
        if (code == GA_OK)
            ASSERT(ds->n * ds->rows * ds->cols == 12, "round %d", round);
        else
            ASSERT(code == GA_BAD_FILE && ds == NULL && strstr(st.message, "flipped: ") != NULL, "%s", st.message);
        ga_dataset_free(ds);
    }
    free(packed);
    scratch_clear();
}

static void
hostile_name(void)
{
    ga_status st = { 0 };
    ga_dataset *ds;
    const char *path = scratch_write("`id`\n<script>\x1b[31m\"'", "", 0);
    ASSERT(ga_dataset_read(&ds, path, NULL, &st) == GA_BAD_FILE);
    ASSERT(strstr(st.message, "`id`\\x0A<script>\\x1B[31m\"': truncated") != NULL, "%s", st.message);
    scratch_clear();
}

static void
mnist(void)
{
    char directory[1000];
    ga_status st = { 0 };
    ga_dataset *ds = NULL;
    const char *srcdir = getenv("srcdir");
    snprintf(directory, sizeof directory, "%s/data/mnist", srcdir == NULL ? "." : srcdir);
    if (ASSERT(ga_dataset_read_mnist(&ds, directory, "t10k", &st) == GA_OK, "%s", st.message))
        ASSERT(ds->n == 10000 && ds->rows == 28 && ds->cols == 28 && ds->label[0] == 7 && ds->label[9999] == 6);
    ga_dataset_free(ds);
    if (ASSERT(ga_dataset_read_mnist(&ds, directory, "train", &st) == GA_OK, "%s", st.message))
        ASSERT(ds->n == 60000 && ds->rows == 28 && ds->cols == 28 && ds->label[0] == 5 && ds->label[59999] == 8);
    ga_dataset_free(ds);
    ASSERT(ga_dataset_read_mnist(&ds, directory, "test", &st) == GA_USAGE && ds == NULL);
    scratch_write("t10k-images-idx3-ubyte", images, sizeof images); /* not packed */
    scratch_write("t10k-labels-idx1-ubyte", labels, sizeof labels);
    ASSERT(ga_dataset_read_mnist(&ds, scratch_directory, "t10k", &st) == GA_OK, "%s", st.message);
    check_images(ds);
    ga_dataset_free(ds);
    ASSERT(ga_dataset_read_mnist(&ds, scratch_directory, "train", &st) == GA_IO_ERROR && ds == NULL);
    ASSERT(strstr(st.message, "train-images-idx3-ubyte.gz: cannot read: No such file") != NULL, "%s", st.message);
    scratch_clear();
}

TEST_MAIN("idx", TEST(valid), TEST(malformed), TEST(malformed_labels), TEST(gzip_tail), TEST(every_prefix),
          TEST(flipped_bytes), TEST(hostile_name), TEST(mnist))
