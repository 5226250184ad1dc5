/* SPDX-License-Identifier: Apache-2.0 */
/* test_data.c -- images and labels from CSV, .npy and IDX files: valid files, a violation of every rule, truncated files, flipped
   bytes. tests/data.sh tests what NumPy writes, with .npz files. */
#include <string.h>

#include "core/dataset.h"

#include "io/data.h"
#include "pack.h"
#include "scratch.h"
#include "test.h"

#define BYTES(text) text, sizeof text - 1

/* ---- CSV -------------------------------------------------------------------------------------------------------- */

static ga_code
parse(csv *c, const char *text, size_t n, ga_status *st)
{
    const ga_load limits = { .max_file = ga_load_limit(0), .max_memory = 100000 };
    tensors_source source = { .path = "t.csv", .options = &limits, .st = st };
    uint8_t *copy = malloc(n + 1); /* of its own, so that a sanitizer sees what lies beyond */
    memcpy(copy, text, n);
    const ga_code code = csv_parse(c, &source, &(file_bytes){ copy, n });
    free(copy);
    return code;
}

static void
csv_good(void)
{
    static const struct {
        const char *text;
        size_t n, rows, columns;
        const char *name; /* of the last column */
        double last;
    } good[] = {
        { BYTES("1,2\n3,4\n"), 2, 2, NULL, 4 },
        { BYTES("1,2\n3,4"), 2, 2, NULL, 4 },
        { BYTES("1,2\r\n3,4\r\n"), 2, 2, NULL, 4 },
        { BYTES("1,2\r\n3,4\n"), 2, 2, NULL, 4 },
        { BYTES("\xef\xbb\xbf" "1,2\n"), 1, 2, NULL, 2 },
        { BYTES("a,b\n1,2\n"), 1, 2, "b", 2 },
        { BYTES("0,_1\n1,2\n"), 1, 2, "_1", 2 },
        { BYTES("x,1\n1,2\n"), 1, 2, "1", 2 },
        { BYTES("\"a,\"\"\",\"b\"\n\"1\",\"-2.5e-1\"\n"), 1, 2, "b", -0.25 },
        { BYTES("a,\"\"\"\"\n1,2\n"), 1, 2, "\"", 2 },
        { BYTES("a,\n1,2\n"), 1, 2, "", 2 },
        { BYTES("infinite,nano\n1,2\n"), 1, 2, "nano", 2 },
        { BYTES(" 1 ,\t2\t\n"), 1, 2, NULL, 2 },
        { BYTES(" a,\tb c \n1,2\n"), 1, 2, "b c", 2 },
        { BYTES("0,1,2\n"), 1, 3, NULL, 2 },
        { BYTES("0,1,2,4\n"), 1, 4, NULL, 4 },
        { BYTES("2,3,4,5\n"), 1, 4, NULL, 5 },
        { BYTES("7"), 1, 1, NULL, 7 },
        { BYTES("-0"), 1, 1, NULL, 0 },
        { BYTES("1e308"), 1, 1, NULL, 1e308 },
        { BYTES("1e-999"), 1, 1, NULL, 0 },
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        csv c;
        ga_status st = { 0 };
        if (!ASSERT(parse(&c, good[i].text, good[i].n, &st) == GA_OK, "%s: %s", good[i].text, st.message))
            continue;
        const double last = c.value[c.rows * c.columns - 1];
        ASSERT(c.rows == good[i].rows && c.columns == good[i].columns && last == good[i].last &&
               !signbit(last) == !(good[i].last < 0), "%s", good[i].text);
        ASSERT(c.name == NULL ? good[i].name == NULL : good[i].name != NULL && strcmp(c.name[c.columns - 1], good[i].name) == 0,
               "%s", good[i].text);
        csv_free(&c);
    }
}

static void
csv_bad(void)
{
    static const struct {
        const char *text;
        size_t n;
        const char *says;
    } bad[] = {
        { BYTES(""), "is empty" },
        { BYTES("\xef\xbb\xbf"), "is empty" },
        { BYTES("\n"), "line 1 is empty" },
        { BYTES("\r\n"), "line 1 is empty" },
        { BYTES("1\n\n"), "line 2 is empty" },
        { BYTES("1\n\n2\n"), "line 2 is empty" },
        { BYTES("a,b\n"), "has a header and no more" },
        { BYTES("a\n1\n\n"), "line 3 is empty" },
        { BYTES("1,2\n3\n"), "line 2 has 1 fields, not the 2" },
        { BYTES("1\n2,3\n"), "line 2 has more than the 1 fields" },
        { BYTES("1,2\n3,\n"), "line 2, column 2 is empty" },
        { BYTES("1,2\n,3\n"), "line 2, column 1 is empty" },
        { BYTES("1,2\n3, \t\n"), "line 2, column 2 is empty" },
        { BYTES("1,2\n3,\"\"\n"), "line 2, column 2 is empty" },
        { BYTES("1,2\n3,4\0\n"), "line 2 has a zero byte" },
        { BYTES("1,\"2\n3\"\n"), "line 1, column 2: no quote" },
        { BYTES("1,\"2"), "line 1, column 2: no quote" },
        { BYTES("1,\""), "line 1, column 2: no quote" },
        { BYTES("1,\"\"\""), "line 1, column 2: no quote" },
        { BYTES("\"1\"2,3\n"), "line 1, column 1: something follows" },
        { BYTES("1,2\"\n"), "line 1, column 2: a quote within" },
        { BYTES("1\r2\n"), "is not a number" },
        { BYTES("1,2;3\n"), "commas separate fields" },
        { BYTES("nan\n1\n"), "'nan' is not finite" },
        { BYTES("1\n-INFINITY\n"), "'-INFINITY' is not finite" },
        { BYTES("1e309\n"), "beyond binary64" },
        { BYTES("-1e309\n"), "beyond binary64" },
        { BYTES("0x1p3\n"), "is not a number" },
        { BYTES("1\n1e\n"), "is not a number" },
        { BYTES("1\n1e+\n"), "is not a number" },
        { BYTES("1\n.\n"), "is not a number" },
        { BYTES("1\n+\n"), "is not a number" },
        { BYTES("1\n1 2\n"), "is not a number" },
        { BYTES("1\nabc\n"), "line 2, column 1: 'abc' is not a number" },
        { BYTES("\x1b[31m\n1\n"), "\\x1B[31m" },
        { BYTES("0,1,2,3\n4,5,6,7\n"), "its first line counts its columns" },
        { BYTES("1,2,3,4\n4,5,6,7\n"), "its first line counts its columns" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        csv c;
        ga_status st = { 0 };
        ASSERT(parse(&c, bad[i].text, bad[i].n, &st) == GA_BAD_FILE && c.value == NULL && c.name == NULL, "%s", bad[i].text);
        ASSERT(strstr(st.message, bad[i].says) != NULL && strncmp(st.message, "t.csv: ", 7) == 0 &&
               strchr(st.message, '\n') == NULL, "got: %s; want: %s",
               st.message, bad[i].says);
    }
}

/* The longest field, line and number of fields, and one more. */
static void
csv_limits(void)
{
    for (int over = 0; over < 2; over++) {
        csv c;
        ga_status st = { 0 };
        const size_t n = CSV_FIELD_CAP + (size_t)over, bytes = CSV_LINE_CAP + (size_t)over;
        char *field = malloc(bytes + 1);
        memset(field, '0', n);
        const ga_code code = parse(&c, field, n, &st);
        ASSERT(over ? code == GA_BAD_FILE && strstr(st.message, "more than 1200 bytes") != NULL : code == GA_OK, "%s", st.message);
        csv_free(&c);
        memset(field, ' ', bytes);
        ASSERT(parse(&c, field, bytes, &st) == GA_BAD_FILE && (strstr(st.message,
                                                                      "more than 16777216 bytes") != NULL) == (over == 1), "%s",
                                                                          st.message);
        field[CSV_LINE_CAP] = over ? '\n' : ' ';
        ASSERT(csv_bound((uint8_t *)field, CSV_LINE_CAP + 1) == (over ? SIZE_MAX : CSV_LINE_CAP));
        ASSERT(csv_bound((uint8_t *)field, CSV_LINE_CAP) == SIZE_MAX);
        free(field);
    }
    csv c;
    ga_status st = { 0 };
    char *many = malloc(20000); /* 10000 numbers, and parse() allows 100,000 bytes */
    for (size_t i = 0; i < 10000; i++)
        memcpy(many + 2 * i, i % 100 == 99 ? "1\n" : "1,", 2);
    ASSERT(parse(&c, many, 10000, &st) == GA_OK && c.rows == 50 && c.columns == 100, "%s", st.message);
    csv_free(&c);
    ASSERT(parse(&c, many, 20000, &st) == GA_NO_MEMORY && strstr(st.message, "--max-mem") != NULL, "%s", st.message);
    for (size_t i = 0; i < 10000; i++)
        many[2 * i + 1] = ',';
    ASSERT(parse(&c, many, 20000, &st) == GA_NO_MEMORY, "%s", st.message); /* names, before it is known that they are numbers */
    free(many);
}

/* ---- data sets -------------------------------------------------------------------------------------------------- */

static const char *
write_npy(const char *name, const char *dtype, const char *shape, const void *data, size_t size)
{
    uint8_t file[4096] = "\x93NUMPY\x01";
    const int n = snprintf((char *)file + 10, 200, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", dtype, shape);
    memset(file + 10 + n, ' ', 118 - (size_t)n);
    file[8] = 118;
    file[127] = '\n';
    memcpy(file + 128, data, size);
    return scratch_write(name, file, 128 + size);
}

static ga_code
load(ga_dataset **ds, const char *images, const char *labels, ga_status *st)
{
    *st = (ga_status){ 0 };
    return ga_dataset_load(ds, images, labels, NULL, st);
}

static void
shapes(void)
{
    static const struct {
        const char *shape;
        size_t n, rows, cols, n_dims, dim[3]; /* the latter where rows x cols is not what the file has */
    } cases[] = { { "1, 4, 6", 1, 4, 6, 0, { 0 } }, { "2, 12", 2, 1, 12, 0, { 0 } }, { "6, 4", 6, 2, 2, 1, { 4 } },
                  { "24, 1", 24, 1, 1, 0, { 0 } }, { "2, 1, 4, 3", 2, 4, 3, 0, { 0 } }, { "2, 4, 3, 1", 2, 4, 3, 0, { 0 } },
                  { "2, 2, 2, 3", 2, 1, 12, 3, { 2, 2, 3 } }, { "2, 1, 12", 2, 1, 12, 0, { 0 } },
                  { "1, 2, 2, 6", 1, 1, 24, 3, { 2, 2, 6 } }, { "2, 4, 1, 3", 2, 1, 12, 2, { 4, 3 } },
                  { "6, 1, 1, 4", 6, 1, 4, 0, { 0 } } };
    uint8_t numbers[24], zero[24] = { 0 };
    for (size_t i = 0; i < 24; i++)
        numbers[i] = (uint8_t)(10 * i);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ga_dataset *ds;
        ga_status st;
        char count[16];
        snprintf(count, sizeof count, "%zu,", cases[i].n);
        const char *images = write_npy("i", "|u1", cases[i].shape, numbers, 24),
            *labels = write_npy("l", "|u1", count, zero, cases[i].n);
        if (!ASSERT(load(&ds, images, labels, &st) == GA_OK, "%s: %s", cases[i].shape, st.message))
            continue;
        ASSERT(ds->n == cases[i].n && ds->rows == cases[i].rows && ds->cols == cases[i].cols, "%s: %zu x %zu", cases[i].shape,
               ds->rows, ds->cols);
        ASSERT(ds->n_dims == cases[i].n_dims && memcmp(ds->dim, cases[i].dim, ds->n_dims * sizeof *ds->dim) == 0, "%s: %zu, of %zu",
               cases[i].shape, ds->n_dims, ds->dim[0]);
        ASSERT(ds->value == NULL && memcmp(ds->pixel, numbers, 24) == 0 && !ds->chosen);
        ga_dataset_free(ds);
    }
    scratch_clear();
}

/* Labels in every form: 2, 0, 1. */
static void
labels_agree(void)
{
    static const uint8_t u1[] = { 2, 0, 1 }, hot[] = { 0, 0, 1, 1, 0, 0, 0, 1, 0 };
    static const int64_t i8[] = { 2, 0, 1 };
    static const double f8[] = { 2, 0, 1 }, hot_f8[] = { 0, 0, 1, 1, 0, 0, 0, 1, 0 };
    static const uint8_t idx[] = { 0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 1 };
    const double values[] = { 0.5, -1, 3 };
    write_npy("i", "<f8", "3, 1", values, sizeof values);
    const char *const label[] = { write_npy("1", "|u1", "3,", u1, 3),    write_npy("2", "|u1", "3, 3", hot, 9),
                                  write_npy("3", "<i8", "3,", i8, 24),   write_npy("4", "<f8", "3, 1", f8, 24),
                                  write_npy("5", "<f8", "3, 3", hot_f8, 72), scratch_write("6", idx, sizeof idx) };
    static const struct {
        const char *text;
        size_t n;
    } tables[] = { { BYTES("2\n0\n1\n") }, { BYTES("id,Label\n7,2\n8,0\n9,1\n") }, { BYTES("a,b,c\n0,0,1\n1,0,0\n0,1,0\n") } };
    const size_t arrays = sizeof label / sizeof *label;
    for (size_t i = 0; i < arrays + sizeof tables / sizeof *tables; i++) {
        ga_dataset *ds;
        ga_status st;
        const char *const path = i < arrays ? label[i] : scratch_write("7", tables[i - arrays].text, tables[i - arrays].n);
        if (!ASSERT(load(&ds, scratch_path("i"), path, &st) == GA_OK, "%s", st.message))
            continue;
        ASSERT(ds->classes == (i == 1 || i == 4 || i == arrays + 2 ? 3 : 0), "%zu: %zu classes", i, ds->classes);
        ASSERT(ds->label[0] == u1[0] && ds->label[1] == u1[1] && ds->label[2] == u1[2]);
        ASSERT(ds->least == -1 && ds->largest == 3 && ds->low == -1 && ds->high == 3);
        ga_dataset_free(ds);
    }
    scratch_clear();
    ga_dataset *ds;
    ga_status st;
    static const char with[] = "1,label,2\n.5,2,-1\n3,0,.25\n";
    const char *const file = scratch_write("c", with, sizeof with - 1);
    if (ASSERT(load(&ds, file, NULL, &st) == GA_OK, "%s", st.message)) {
        ASSERT(ds->n == 2 && ds->cols == 2 && ds->label[0] == 2 && ds->label[1] == 0 && ds->chosen);
        ASSERT(ds->value[0] == 0.5 && ds->value[1] == -1 && ds->value[2] == 3 && ds->value[3] == 0.25);
        ga_dataset_free(ds);
    }
    /* a number that is a name is the name's column, here the third */
    const ga_data_options o = { .label_column = "2" };
    ASSERT(ga_dataset_load(&ds, file, NULL, &o, &st) == GA_BAD_FILE && strstr(st.message, "label -1 of image 0") != NULL &&
           ds == NULL, "%s", st.message);
    scratch_clear();
}

/* What labels may not be. */
static void
labels_bad(void)
{
    static const struct {
        const char *dtype, *shape;
        double value[4];
        const char *says;
    } bad[] = { { "<f8", "2,", { 0, 1 << 20 }, "label 1048576 of image" }, { "<f8", "2,", { -1, 0 }, "label -1 of image 0" },
                { "<f8", "2,", { 0.5, 0 }, "label 0.5 of image 0" },     { "<f8", "2,", { 0, (1 << 20) - 1 }, NULL },
                { "<f8", "2, 2", { 0, 1, 1, 1 }, "has 2 ones" },         { "<f8", "2, 2", { 0, 0, 1, 0 }, "has 0 ones" },
                { "<f8", "2, 2", { 0, 1, 2, 0 }, "neither 0 nor 1" },    { "<f8", "2, 2", { 0, 1, 1, 0 }, NULL },
                { "<f8", "3,", { 0, 1, 0 }, "3 labels for 2 images" },   { "<f8", "1,", { 0 }, "1 labels for 2 images" },
                { "<f8", "2,", { 0, INFINITY }, "is not finite" },       { "<f8", "2,", { NAN, 0 }, "is not finite" } };
    const uint8_t pixels[] = { 1, 2 };
    write_npy("i", "|u1", "2, 1", pixels, 2);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ga_dataset *ds;
        ga_status st;
        const size_t n = bad[i].shape[1] == ',' && bad[i].shape[2] == '\0' ? (size_t)(bad[i].shape[0] - '0') : 4;
        const ga_code code = load(&ds, scratch_path("i"), write_npy("l", bad[i].dtype, bad[i].shape, bad[i].value, 8 * n), &st);
        ASSERT(bad[i].says == NULL ? code == GA_OK : code == GA_BAD_FILE && strstr(st.message, bad[i].says) != NULL && ds == NULL,
               "%s; want %s", st.message,
               bad[i].says);
        ga_dataset_free(code == GA_OK ? ds : NULL);
    }
    scratch_clear();
}

/* Every file cut at each byte, and with each byte changed: refused, or read, and then as large as it says. */
static void
damaged(void)
{
    static const uint8_t idx[] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8, 7, 6 };
    static const char text[] = "label,\"a\"\"\"\r\n1,2.5e0\r\n0,-3\r\n";
    static const uint8_t zero[2] = { 0, 0 };
    uint64_t state = test_seed();
    const double numbers[] = { 0.5, 2, 3, 4 };
    write_npy("l", "|u1", "2,", zero, 2);
    scratch_write("idx", idx, sizeof idx);
    scratch_write("csv", text, sizeof text - 1);
    write_npy("npy", "<f8", "2, 2", numbers, sizeof numbers);
    static const char *const names[] = { "idx", "csv", "npy" };
    for (size_t f = 0; f < 3; f++) {
        file_bytes whole;
        ga_dataset *ds;
        ga_status st;
#define WITH (f == 1 ? NULL : scratch_path("l"))
        ASSERT(file_read(&whole, scratch_path(names[f]), 1 << 20, FILE_PLAIN, NULL) == GA_OK);
        ASSERT(load(&ds, scratch_path(names[f]), WITH, &st) == GA_OK, "%s", st.message);
        ga_dataset_free(ds);
        for (size_t n = 0; n < whole.size; n++) {
            const ga_code code = load(&ds, scratch_write("cut", whole.data, n), WITH, &st);
            ASSERT(f == 1 || (code == GA_BAD_FILE && ds == NULL), "%zu of %s", n, names[f]);
            ASSERT(code == GA_OK || (code == GA_BAD_FILE && strchr(st.message, '\n') == NULL), "%s", st.message);
            ga_dataset_free(ds);
        }
        for (size_t k = 0; k < 20 * whole.size; k++) {
            const size_t at = k % whole.size;
            const uint8_t was = whole.data[at];
            whole.data[at] = (uint8_t)test_random(&state);
            const ga_code code = load(&ds, scratch_write("flipped", whole.data, whole.size), WITH, &st);
            ASSERT(code == GA_OK || ((code == GA_BAD_FILE || code == GA_NO_MEMORY) && ds == NULL &&
                                     strchr(st.message, '\n') == NULL), "%d: %s", code,
                   st.message);
            if (code == GA_OK) {
                double *x = malloc(ds->rows * ds->cols * sizeof *x);
                ga_dataset_image(x, ds, ds->n - 1, GA_F32);
                free(x);
                ga_dataset_free(ds);
            }
            whole.data[at] = was;
        }
        free(whole.data);
    }
    scratch_clear();
}

/* A gzip file that unpacks to much more than its first bytes promise is not unpacked to its end. */
static void
bomb(void)
{
    enum { SIZE = 1 << 24 };
    static const uint8_t head[] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2 };
    uint8_t *bytes = calloc(SIZE, 1);
    ga_dataset *ds;
    ga_status st;
    size_t n;
    memcpy(bytes, head, sizeof head);
    uint8_t *packed = pack_gzip(&n, bytes, SIZE);
    const char *const path = scratch_write("bomb", packed, n);
    ASSERT(load(&ds, path, path, &st) == GA_BAD_FILE && strstr(st.message, "does not end after the 1048596 bytes") != NULL, "%s",
           st.message);
    ASSERT(ga_dataset_read(&ds, path, NULL, &st) == GA_BAD_FILE && strstr(st.message, "does not end after") != NULL, "%s",
           st.message);
    free(packed);
    packed = pack_gzip(&n, bytes, sizeof head + 5);
    ASSERT(load(&ds, scratch_write("bomb", packed, n), path, &st) == GA_BAD_FILE && strstr(st.message, "1 trailing bytes") != NULL,
           "%s", st.message);
    free(packed);
    free(bytes);
    scratch_clear();
}

TEST_MAIN("data", TEST(csv_good), TEST(csv_bad), TEST(csv_limits), TEST(shapes), TEST(labels_agree), TEST(labels_bad),
          TEST(damaged), TEST(bomb))
