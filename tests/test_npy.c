/* SPDX-License-Identifier: Apache-2.0 */
/* test_npy.c -- NumPy arrays: valid files, every way in which a file can be malformed, rows written in any order, resumed, and on a
   failing disk. tests/numpy.sh compares both with NumPy. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "hostile.h"
#include "io/file.h"
#include "io/npy.h"
#include "scratch.h"
#include "test.h"

/* ---- a disk that fails: these stand before the C library's ------------------------------------------------------ */

static struct {
    size_t short_writes;           /* the most bytes that a write takes; 0: all */
    bool interrupts;               /* every second call returns EINTR */
    atomic_int write_error;        /* of every write that does not begin in the header */
    int reserve_error, sync_error; /* 0: none */
    atomic_size_t calls;
} disk;

static bool
interrupted(void)
{
    errno = EINTR;
    return atomic_fetch_add(&disk.calls, 1) % 2 == 0 && disk.interrupts;
}

ssize_t
pwrite(int fd, const void *data, size_t n, off_t offset)
{
    if (interrupted())
        return -1;
    if (disk.write_error != 0 && offset > 0) {
        errno = disk.write_error;
        return errno == EIO ? 0 : -1; /* EIO: nothing written, and no reason given */
    }
    return pwrite64(fd, data, disk.short_writes > 0 && n > disk.short_writes ? disk.short_writes : n, offset);
}

int
fallocate(int fd, int mode, off_t offset, off_t n)
{
    if (interrupted())
        return -1;
    errno = disk.reserve_error;
    return disk.reserve_error != 0 ? -1 : fallocate64(fd, mode, offset, n);
}

/* Nothing is at stake here but the time that a real one takes. */
int
fsync(int fd)
{
    if (interrupted())
        return -1;
    errno = disk.sync_error;
    return disk.sync_error != 0 || fd < 0 ? -1 : 0;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

#define D "'descr': '<f4'"
#define F "'fortran_order': False"
#define S "'shape': (2, 3)"
#define VALID "{" D ", " F ", " S ", }"
enum { DATA = 24 };

static uint8_t bytes[1 << 20];

/* A file of this version with header[0..length-1] and a newline, and n bytes 0, 1, 2, …; its size in bytes[]. */
static size_t
compose(int version, const char *header, size_t length, size_t n)
{
    size_t at = version == 1 ? 10 : 12, promised = length + 1;
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (uint8_t)version;
    bytes[7] = 0;
    for (size_t i = 8; i < at; i++, promised >>= 8)
        bytes[i] = (uint8_t)promised;
    memcpy(bytes + at, header, length);
    bytes[at + length] = '\n';
    at += length + 1;
    for (size_t i = 0; i < n; i++)
        bytes[at + i] = (uint8_t)i;
    return at + n;
}

static const char *
write_file(const char *name, int version, const char *header, size_t n)
{
    return scratch_write(name, bytes, compose(version, header, strlen(header), n));
}

/* Reading fails with the code and a message of one line of printable ASCII that starts with the path and holds the fault. */
static bool
check_fails(const char *path, ga_code want, const char *fault)
{
    ga_status st = { 0 };
    npy *a = (npy *)&st;
    ga_code code = npy_read(&a, path, &st);
    bool good = ASSERT(code == want && st.code == want && a == NULL, "%s: code %d", path, code);
    good &= ASSERT(strncmp(st.message, path, strlen(path)) == 0 && strncmp(st.message + strlen(path), ": ", 2) == 0, "%s",
                   st.message);
    good &= ASSERT(strstr(st.message, fault) != NULL, "got: %s; want: %s", st.message, fault);
    for (const char *s = st.message; *s != '\0'; s++)
        good &= ASSERT(*s >= ' ' && *s <= '~', "%s", st.message);
    return good;
}

static npy *
read_well(const char *path)
{
    ga_status st = { 0 };
    npy *a = NULL;
    if (!ASSERT(npy_read(&a, path, &st) == GA_OK, "%s", st.message))
        exit(99);
    return a;
}

/* Whatever order, spaces and commas a Python dict may have, and every version. */
static void
valid(void)
{
    static const struct {
        const char *header;
        npy_dtype dtype;
        size_t n_dims, dim[NPY_DIMS];
    } cases[] = {
        { VALID, NPY_F32, 2, { 2, 3 } },
        { "{" D ", " F ", " S "}", NPY_F32, 2, { 2, 3 } },
        { "{" S "," F "," D "}", NPY_F32, 2, { 2, 3 } },
        { "{  'shape'  :  (  2  ,  3  )  ,  " F "  ,  " D "  ,  }   ", NPY_F32, 2, { 2, 3 } },
        { "{'descr':'<f8','fortran_order':False,'shape':(3,),}", NPY_F64, 1, { 3 } },
        { "{'descr':'|u1','fortran_order':False,'shape':(1,2,3,4,)}", NPY_U8, 4, { 1, 2, 3, 4 } },
        { "{'descr':'<i8','fortran_order':False,'shape':(1,3,1)}", NPY_I64, 3, { 1, 3, 1 } },
        { "{'descr':'=f4','fortran_order':False,'shape':(6,)}", NPY_F32, 1, { 6 } },
        { "{'descr':'=f8','fortran_order':False,'shape':(3,)}", NPY_F64, 1, { 3 } },
        { "{'descr':'=i8','fortran_order':False,'shape':(3,)}", NPY_I64, 1, { 3 } },
        { "{'descr':'<u1','fortran_order':False,'shape':(24,)}", NPY_U8, 1, { 24 } },
        { "{'descr':'=u1','fortran_order':False,'shape':(24,)}", NPY_U8, 1, { 24 } },
        { "{'descr':'<f2','fortran_order':False,'shape':(12,)}", NPY_F16, 1, { 12 } },
        { "{'descr':'|i1','fortran_order':False,'shape':(24,)}", NPY_I8, 1, { 24 } },
        { "{'descr':'<i2','fortran_order':False,'shape':(12,)}", NPY_I16, 1, { 12 } },
        { "{'descr':'=i4','fortran_order':False,'shape':(6,)}", NPY_I32, 1, { 6 } },
        { "{'descr':'<u2','fortran_order':False,'shape':(12,)}", NPY_U16, 1, { 12 } },
        { "{'descr':'<u4','fortran_order':False,'shape':(6,)}", NPY_U32, 1, { 6 } },
        { "{'descr':'|b1','fortran_order':False,'shape':(24,)}", NPY_BOOL, 1, { 24 } },
        { "{'descr':'|V2','fortran_order':False,'shape':(12,)}", NPY_BF16, 1, { 12 } },
        { "{'descr':'>f4','fortran_order':True,'shape':(2,3)}", NPY_F32, 2, { 2, 3 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int version = 1; version <= 3; version++) {
            uint8_t want[DATA];
            npy *a = read_well(write_file("valid", version, cases[i].header, DATA));
            size_t n = 1;
            ASSERT(a->dtype == cases[i].dtype && a->n_dims == cases[i].n_dims, "case %zu", i);
            for (size_t d = 0; d < a->n_dims; n *= a->dim[d++])
                ASSERT(a->dim[d] == cases[i].dim[d], "case %zu", i);
            for (size_t k = 0; k < DATA; k++)
                want[k] = (uint8_t)k;
            ASSERT(a->n == n && n * npy_dtype_size(a->dtype) == DATA && memcmp(a->data, want, DATA) == 0, "case %zu", i);
            ASSERT((uintptr_t)a->data % npy_dtype_size(a->dtype) == 0, "case %zu", i);
            npy_free(a);
        }
    npy_free(NULL);
    scratch_clear();
}

/* Element i of the big-endian array, of dimensions 2 x 3 x 2 in Fortran order, is 100 i0 + 10 i1 + i2. */
static void
orders(void)
{
    static const char header[] = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3, 2)}";
    static const char half[] = "{'descr': '<V2', 'fortran_order': False, 'shape': (2,)}";
    size_t n = compose(1, header, strlen(header), DATA);
    uint8_t *to = bytes + n - DATA;
    double x;
    for (size_t k = 0; k < 2; k++)
        for (size_t j = 0; j < 3; j++)
            for (size_t i = 0; i < 2; i++, to += 2)
                to[0] = (uint8_t)((100 * i + 10 * j + k) >> 8), to[1] = (uint8_t)(100 * i + 10 * j + k);
    npy *a = read_well(scratch_write("v", bytes, n));
    for (size_t i = 0; i < 12; i++)
        ASSERT(npy_get(&x, a, i) && x == (double)(100 * (i / 6) + 10 * (i / 2 % 3) + i % 2), "%zu: %a", i, x);
    npy_free(a);
    n = compose(1, half, strlen(half), 4);
    memcpy(bytes + n - 4, (const uint8_t[]){ 0xc0, 0x3f, 0x01, 0x80 }, 4);
    a = read_well(scratch_write("v", bytes, n));
    ASSERT(npy_get(&x, a, 0) && x == 1.5 && npy_get(&x, a, 1) && x == -0x1p-133); /* the least bfloat16 */
    npy_free(a);
    scratch_clear();
}

static void
values(void)
{
    static const float f32[] = { 1.5f, -0.f, 0x1p-149f, INFINITY, NAN, -FLT_MAX };
    static const double f64[] = { 0.1, 5e-324, -INFINITY };
    static const int64_t i64[] = { -1, (INT64_C(1) << 53) + 1, INT64_MAX, INT64_MIN, INT64_MAX - 1023, -(INT64_C(1) << 60) };
    static const bool exact[] = { true, false, false, true, true, true };
    static const uint8_t u8[] = { 0, 1, 127, 128, 254, 255 };
    double x;
    size_t n = compose(1, VALID, strlen(VALID), DATA);
    memcpy(bytes + n - DATA, f32, sizeof f32);
    npy *a = read_well(scratch_write("v", bytes, n));
    for (size_t i = 0; i < 6; i++)
        ASSERT(npy_get(&x, a, i) && (x == (double)f32[i] || (i == 4 && isnan(x))) && !signbit(x) == !signbit(f32[i]), "%zu", i);
    ASSERT(memcmp(a->data, f32, sizeof f32) == 0);
    npy_free(a);
    static const char f64_header[] = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}";
    n = compose(1, f64_header, strlen(f64_header), DATA);
    memcpy(bytes + n - DATA, f64, sizeof f64);
    a = read_well(scratch_write("v", bytes, n));
    for (size_t i = 0; i < 3; i++)
        ASSERT(npy_get(&x, a, i) && x == f64[i], "%zu", i);
    npy_free(a);
    static const char i64_header[] = "{'descr': '<i8', 'fortran_order': False, 'shape': (6,)}";
    n = compose(1, i64_header, strlen(i64_header), sizeof i64);
    memcpy(bytes + n - sizeof i64, i64, sizeof i64);
    a = read_well(scratch_write("v", bytes, n));
    for (size_t i = 0; i < 6; i++)
        ASSERT(npy_get(&x, a, i) == exact[i] && x == (double)i64[i], "%zu: %a", i, x);
    npy_free(a);
    static const char u8_header[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (6,)}";
    n = compose(1, u8_header, strlen(u8_header), sizeof u8);
    memcpy(bytes + n - sizeof u8, u8, sizeof u8);
    a = read_well(scratch_write("v", bytes, n));
    for (size_t i = 0; i < 6; i++)
        ASSERT(npy_get(&x, a, i) && x == u8[i], "%zu", i);
    npy_free(a);
    scratch_clear();
}

#define H400 "1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define SHAPE(shape) "{" D ", " F ", 'shape': " shape ", }"
#define DESCR(descr) "{'descr': " descr ", " F ", " S ", }"

static void
malformed(void)
{
    static const struct {
        const char *name, *header;
        size_t n;
        const char *fault;
    } cases[] = {
        { "empty-header", "", DATA, "malformed header: '{' expected at byte 10" },
        { "space-first", " " VALID, DATA, "'{' expected at byte 10" },
        { "list", "[]", DATA, "'{' expected at byte 10" },
        { "empty-dict", "{}", DATA, "a string in single quotes expected at byte 11" },
        { "comma-first", "{, " D ", " F ", " S "}", DATA, "a string in single quotes expected at byte 11" },
        { "two-commas", "{" D ",, " F ", " S "}", DATA, "a string in single quotes expected" },
        { "no-comma", "{" D " " F ", " S "}", DATA, "',' or '}' expected at byte 26" },
        { "no-colon", "{'descr' '<f4', " F ", " S "}", DATA, "':' expected at byte 19" },
        { "not-closed", "{" D ", " F ", " S ",", DATA, "a string in single quotes expected" },
        { "never-closed", "{" D ", " F ", " S, DATA, "',' or '}' expected" },
        { "key-not-closed", "{" D ", " F ", 'shape: (2, 3)", DATA, "printable ASCII, and a quote at the end, expected" },
        { "double-quotes", "{\"descr\": '<f4', " F ", " S "}", DATA, "a string in single quotes expected at byte 11" },
        { "raw-string", "{r'descr': '<f4', " F ", " S "}", DATA, "a string in single quotes expected at byte 11" },
        { "escape", "{'\\x64escr': '<f4', " F ", " S "}", DATA, "printable ASCII" },
        { "second-dict", VALID VALID, DATA, "nothing but spaces and a newline at the end expected" },
        { "text-behind", VALID "   x", DATA, "nothing but spaces" },
        { "two-newlines", VALID "\n", DATA, "nothing but spaces" },
        { "tab", "{\t" D ", " F ", " S "}", DATA, "a string in single quotes expected at byte 11" },
        { "newline-inside", "{" D ",\n" F ", " S "}", DATA, "a string in single quotes expected" },
        { "comment", "{" D ", # x" F ", " S "}", DATA, "a string in single quotes expected" },
        { "no-descr", "{" F ", " S "}", DATA, "'descr' is missing" },
        { "no-order", "{" D ", " S "}", DATA, "'fortran_order' is missing" },
        { "no-shape", "{" D ", " F "}", DATA, "'shape' is missing" },
        { "descr-twice", "{" D ", " F ", " S ", " D "}", DATA, "'descr' is there twice" },
        { "order-twice", "{" D ", " F ", " F ", " S "}", DATA, "'fortran_order' is there twice" },
        { "shape-twice", "{" D ", " F ", " S ", 'shape': (1,)}", 4, "'shape' is there twice" },
        { "unknown-key", "{" D ", " F ", " S ", 'x': 1}", DATA, "unknown key 'x'" },
        { "long-key", "{" D ", '" H400 H400 "': 1}", DATA, "unknown key '1000000000" },
        { "key-prefix", "{'descr': '<f4', " F ", 'shap': (2, 3)}", DATA, "unknown key 'shap'" },
        { "key-longer", "{'descr': '<f4', " F ", 'shapes': (2, 3)}", DATA, "unknown key 'shapes'" },
        { "not-ascii-key", "{'\xc3\xa9': 1}", DATA, "printable ASCII" },
        { "not-utf8", "{'\xff': 1}", DATA, "printable ASCII" },
        { "order-number", "{" D ", 'fortran_order': 0, " S "}", DATA, "True or False expected" },
        { "order-string", "{" D ", 'fortran_order': 'False', " S "}", DATA, "True or False expected" },
        { "order-lower", "{" D ", 'fortran_order': false, " S "}", DATA, "True or False expected" },
        { "order-longer", "{" D ", 'fortran_order': Falsey, " S "}", DATA, "',' or '}' expected" },
        { "order-cut", "{" D ", " S ", 'fortran_order': Fals", DATA, "True or False expected" },
        { "shape-list", SHAPE("[2, 3]"), DATA, "'(' expected" },
        { "shape-number", SHAPE("6"), DATA, "'(' expected" },
        { "shape-none", SHAPE("None"), DATA, "'(' expected" },
        { "shape-string", SHAPE("'(2, 3)'"), DATA, "'(' expected" },
        { "no-tuple", SHAPE("(6)"), DATA, "',' expected" },
        { "scalar", SHAPE("()"), 4, "a single number, not an array" },
        { "comma-tuple", SHAPE("(,)"), DATA, "a size expected" },
        { "comma-twice", SHAPE("(2,, 3)"), DATA, "a size expected" },
        { "comma-end", SHAPE("(2, 3,,)"), DATA, "a size expected" },
        { "shape-no-comma", SHAPE("(2, 3 1)"), DATA, "',' or ')' expected" },
        { "not-closed-shape", SHAPE("(2, 3"), DATA, "a size expected" },
        { "five", SHAPE("(1, 1, 1, 2, 3)"), DATA, "more than 4 dimensions" },
        { "nested", SHAPE("((2, 3))"), DATA, "a size expected" },
        { "negative", SHAPE("(-2, -3)"), DATA, "dimension 1 is negative" },
        { "negative-2", SHAPE("(2, -1)"), DATA, "dimension 2 is negative" },
        { "plus", SHAPE("(+2, 3)"), DATA, "a size expected" },
        { "sum", SHAPE("(1+1, 3)"), DATA, "',' expected" },
        { "underscore", SHAPE("(2_0, 3)"), DATA, "',' expected" },
        { "long", SHAPE("(2L, 3L)"), DATA, "',' expected" },
        { "float", SHAPE("(2.0, 3)"), DATA, "',' expected" },
        { "exponent", SHAPE("(2, 3e0)"), DATA, "',' or ')' expected" },
        { "hex", SHAPE("(0x2, 3)"), DATA, "',' expected" },
        { "leading-zero", SHAPE("(2, 03)"), DATA, "dimension 2 has a leading zero" },
        { "zeros", SHAPE("(00, 3)"), 0, "dimension 1 has a leading zero" },
        { "digits-arabic", SHAPE("(\xd9\xa2, 3)"), DATA, "a size expected" },
        { "digits-wide", SHAPE("(2, \xef\xbc\x93)"), DATA, "a size expected" },
        { "superscript", SHAPE("(2\xb2, 3)"), DATA, "',' expected" },
        { "empty-array", SHAPE("(0, 3)"), 0, "dimension 1 is 0" },
        { "empty-columns", SHAPE("(3, 0)"), 0, "dimension 2 is 0" },
        { "huge", SHAPE("(9223372036854775807, 1)"), DATA, "its size in bytes overflows" },
        { "most", SHAPE("(18446744073709551615,)"), DATA, "its size in bytes overflows" },
        { "2^64", SHAPE("(18446744073709551616,)"), 0, "dimension 1 is too large" },
        { "2^64+6", SHAPE("(18446744073709551622,)"), DATA, "dimension 1 is too large" },
        { "400-digits", SHAPE("(" H400 H400 H400 H400 ", 3)"), DATA, "dimension 1 is too large" },
        { "400-zeros", SHAPE("(2, 0" H400 H400 H400 H400 ")"), DATA, "dimension 2 has a leading zero" },
        { "wraps-to-0", SHAPE("(4294967296, 4294967296)"), 0, "the product of its dimensions overflows" },
        { "wraps-to-6", SHAPE("(6, 3074457345618258603, 1, 4)"), DATA, "the product of its dimensions overflows" },
        { "bytes-wrap", SHAPE("(4611686018427387904,)"), 0, "its size in bytes overflows" },
        { "bytes-wrap-24", SHAPE("(4611686018427387910,)"), DATA, "its size in bytes overflows" },
        { "large", SHAPE("(1000000, 1000000)"), DATA, "truncated: its header promises 4000000000000 bytes, 24 follow" },
        { "one-short", VALID, DATA - 1, "truncated: its header promises 24 bytes, 23 follow" },
        { "one-trailing", VALID, DATA + 1, ": 1 trailing bytes" },
        { "no-data", VALID, 0, "promises 24 bytes, 0 follow" },
        { "objects", DESCR("'|O'"), DATA, "dtype '|O': Python objects; save a.astype('<f8')" },
        { "scalar-object", "{'descr': '|O', " F ", 'shape': ()}", 4, "dtype '|O': Python objects" },
        { "long-double", DESCR("'<f16'"), 96, "dtype '<f16' is wider than double and has to be rounded; save a.astype('<f8')" },
        { "complex", DESCR("'<c8'"), 48, "dtype '<c8': complex numbers; save a.real" },
        { "complex-16", DESCR("'<c16'"), 96, "save a.real" },
        { "uint64", DESCR("'<u8'"), 48, "dtype '<u8' is not f2, f4, f8, i1 to i8, u1 to u4 or b1; save a.astype('<i8')" },
        { "big-short", DESCR("'>f4'"), DATA - 1, "truncated: its header promises 24 bytes, 23 follow" },
        { "no-order", DESCR("'|i4'"), DATA, "dtype '|i4' is not" },
        { "bool-long", DESCR("'<b4'"), DATA, "dtype '<b4' is not" },
        { "unicode", DESCR("'<U1'"), DATA, "dtype '<U1' is text, not numbers" },
        { "void", DESCR("'|V4'"), DATA, "dtype '|V4' is not" },
        { "descr-empty", DESCR("''"), DATA, "dtype '' is not" },
        { "descr-one", DESCR("'<'"), DATA, "dtype '<' is not" },
        { "descr-name", DESCR("'float32'"), DATA, "dtype 'float32' is not" },
        { "descr-longer", DESCR("'<f4 '"), DATA, "dtype '<f4 ' is not" },
        { "descr-two", DESCR("'<f4', '<f4'"), DATA, "unknown key '<f4'" },
        { "descr-joined", DESCR("'<f4' ''"), DATA, "',' or '}' expected" },
        { "descr-long", DESCR("'<" H400 H400 "'"), DATA, "dtype '<1000000000" },
        { "descr-none", DESCR("None"), DATA, "a string in single quotes expected" },
        { "records", DESCR("[('x', '<f4')]"), DATA, "an array of records; save one field: np.ascontiguousarray(a['NAME'])" },
        { "subarray", DESCR("('<f4', (2,))"), DATA, "a string in single quotes expected" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int version = 1; version <= 2; version++) {
            char fault[200];
            const char *at = strstr(cases[i].fault, "at byte ");
            snprintf(fault, sizeof fault, "%s", cases[i].fault);
            if (at != NULL && version == 2) /* the header begins two bytes later */
                snprintf(fault + (at - cases[i].fault), 20, "at byte %d", atoi(at + 8) + 2);
            check_fails(write_file(cases[i].name, version, cases[i].header, cases[i].n), GA_BAD_FILE, fault);
        }
    check_fails(scratch_path("missing"), GA_IO_ERROR, "No such file");
    check_fails(scratch_directory, GA_IO_ERROR, "Is a directory");
    scratch_clear();
}

/* What no text of a header says: its length, the version, NUL bytes, the newline, depth. */
static void
malformed_bytes(void)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *fault;
    } cases[] = {
        { "", 0, "truncated: 0 bytes" },
        { "\x93NUMP", 5, "truncated: 5 bytes" },
        { "\x93NUMPX\1\0\1\0{", 11, "not a .npy file" },
        { "\x94", 1, "not a .npy file" },
        { "PK\3\4", 4, "not a .npy file: it does not begin with \\x93NUMPY" },
        { "\x93NUMPY\1", 7, "truncated: 7 bytes" },
        { "\x93NUMPY\1\0\1", 9, "truncated: 9 bytes" },
        { "\x93NUMPY\2\0\1\0\0", 11, "truncated: 11 bytes" },
        { "\x93NUMPY\0\0\1\0\n", 11, "version 0.0 of the .npy format" },
        { "\x93NUMPY\1\1\1\0\n", 11, "version 1.1 of the .npy format" },
        { "\x93NUMPY\4\0\1\0\0\0\n", 13, "version 4.0 of the .npy format is not 1.0, 2.0 or 3.0" },
        { "\x93NUMPY\xff\xff\1\0\0\0\n", 13, "version 255.255 of the .npy format" },
        { "\x93NUMPY\1\0\0\0", 10, "'{' expected at byte 10" },
        { "\x93NUMPY\1\0\xff\xff{", 11, "truncated: its header has 65535 bytes, 1 follow" },
        { "\x93NUMPY\2\0\0\0\1\0{", 13, "truncated: its header has 65536 bytes, 1 follow" },
        { "\x93NUMPY\2\0\1\0\1\0{", 13, "a header of 65537 bytes is over the limit of 65536" },
        { "\x93NUMPY\3\0\xff\xff\xff\xff{", 13, "a header of 4294967295 bytes is over the limit" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_fails(scratch_write("x", cases[i].bytes, cases[i].n), GA_BAD_FILE, cases[i].fault);

    static const char nul[] = "{" D ", " F ", 'sha\0pe': (2, 3)}", nul_key[] = "{" D ", " F ", 'shape\0': (2, 3)}",
                      nul_end[] = VALID "\0";
    check_fails(scratch_write("x", bytes, compose(1, nul, sizeof nul - 1, DATA)), GA_BAD_FILE, "printable ASCII");
    check_fails(scratch_write("x", bytes, compose(1, nul_key, sizeof nul_key - 1, DATA)), GA_BAD_FILE, "printable ASCII");
    check_fails(scratch_write("x", bytes, compose(1, nul_end, sizeof nul_end - 1, DATA)), GA_BAD_FILE, "nothing but spaces");

    size_t n = compose(1, VALID, strlen(VALID), DATA);
    bytes[n - DATA - 1] = ' ';
    check_fails(scratch_write("x", bytes, n), GA_BAD_FILE, "nothing but spaces and a newline");
    bytes[8]--; /* one byte less of header: the space is data then */
    check_fails(scratch_write("x", bytes, n), GA_BAD_FILE, "nothing but spaces and a newline");

    static char deep[NPY_HEADER_CAP];
    for (int i = 0; i < 4; i++) {
        memset(deep, "({[ "[i], sizeof deep);
        memcpy(deep, SHAPE(""), strlen(SHAPE("")) - 4);
        check_fails(scratch_write("x", bytes, compose(2, deep, sizeof deep - 1, DATA)), GA_BAD_FILE,
                    i == 0 ? "a size expected" : "'(' expected");
    }
    memset(deep, ' ', sizeof deep); /* the longest header */
    memcpy(deep, VALID, strlen(VALID));
    npy_free(read_well(scratch_write("x", bytes, compose(2, deep, sizeof deep - 1, DATA))));
    check_fails(scratch_write("x", bytes, compose(2, deep, sizeof deep, DATA)), GA_BAD_FILE, "over the limit of 65536");
    scratch_clear();
}

static void
every_prefix(void)
{
    for (int version = 1; version <= 3; version++) {
        size_t n = compose(version, VALID "      ", strlen(VALID "      "), DATA);
        for (size_t i = 0; i < n; i++)
            check_fails(scratch_write("cut", bytes, i), GA_BAD_FILE, "truncated");
    }
    scratch_clear();
}

/* Bits flipped, bytes replaced, removed or doubled at random: read as an array of this size or refused with a message. */
static void
flipped_bytes(void)
{
    uint64_t state = test_seed();
    uint8_t changed[1000];
    size_t size = compose(1, VALID, strlen(VALID), DATA), accepted = 0;
    for (int round = 0; round < 10000; round++) {
        size_t n = size;
        memcpy(changed, bytes, n);
        for (uint64_t k = test_random(&state) % 3; k < 3; k++) {
            size_t at = test_random(&state) % n;
            uint64_t r = test_random(&state);
            switch (r % 4) {
            case 0: changed[at] ^= (uint8_t)(1u << (r >> 8) % 8); break;
            case 1: changed[at] = (uint8_t)"0123456789'{}(),:- <>|=fui\\\xff"[(r >> 8) % 28]; break;
            case 2: memmove(changed + at, changed + at + 1, --n - at); break;
            default: memmove(changed + at + 1, changed + at, n++ - at);
            }
        }
        ga_status st = { 0 };
        npy *a;
        ga_code code = npy_read(&a, scratch_write("flipped", changed, n), &st);
        if (code == GA_OK) {
            accepted++;
            ASSERT(a->n * npy_dtype_size(a->dtype) <= n, "round %d", round);
        } else
            ASSERT(code == GA_BAD_FILE && a == NULL && strstr(st.message, "flipped: ") != NULL && strchr(st.message, '\n') == NULL,
                   "round %d: %s", round, st.message);
        npy_free(a);
    }
    ASSERT(accepted > 100 && accepted < 5000, "%zu", accepted);
    scratch_clear();
}

static void
hostile(void)
{
    ga_status st = { 0 };
    npy *a;
    write_file(HOSTILE_NAME, 3, "{'`id`$(id)<b>%s%n': '<f4'}", 0);
    ASSERT(npy_read(&a, scratch_path(HOSTILE_NAME), &st) == GA_BAD_FILE && a == NULL);
    ASSERT(strstr(st.message, "unknown key '`id`$(id)<b>%s%n'") != NULL, "%s", st.message);
    for (const char *s = st.message; *s != '\0'; s++)
        ASSERT(*s >= ' ' && *s <= '~', "%s", st.message);
    check_fails(write_file("x", 3, DESCR("'<f4\x1b[2J\n'"), DATA), GA_BAD_FILE, "printable ASCII");
    ASSERT(npy_read(&a, scratch_path("x"), NULL) == GA_BAD_FILE && a == NULL);
    scratch_clear();
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static const double rows[4][3] = { { 1, 2, 3 }, { 4, -0.0, 6 }, { 7, 5e-324, 9 }, { INFINITY, 11, 12 } };

static npy_writer *
open_well(const char *name, bool resume)
{
    ga_status st = { 0 };
    npy_writer *w = NULL;
    if (!ASSERT(npy_writer_open(&w, scratch_path(name), NPY_F64, 4, 3, resume, &st) == GA_OK, "%s", st.message))
        exit(99);
    return w;
}

static void
put_rows(npy_writer *w, size_t row, size_t n)
{
    ga_status st = { 0 };
    ASSERT(npy_writer_put(w, row, n, rows[row], &st) == GA_OK, "%s", st.message);
}

static void
check_rows(const char *name)
{
    npy *a = read_well(scratch_path(name));
    ASSERT(a->dtype == NPY_F64 && a->n_dims == 2 && a->dim[0] == 4 && a->dim[1] == 3);
    ASSERT(memcmp(a->data, rows, sizeof rows) == 0);
    npy_free(a);
}

static void
check_finish(npy_writer *w)
{
    ga_status st = { 0 };
    ASSERT(npy_writer_finish(w, &st) == GA_OK, "%s", st.message);
}

static bool
check_open_fails(const char *path, size_t n_rows, size_t n_cols, bool resume, ga_code want, const char *fault)
{
    ga_status st = { 0 };
    npy_writer *w = (npy_writer *)&st;
    size_t before = scratch_count();
    ga_code code = npy_writer_open(&w, path, NPY_F64, n_rows, n_cols, resume, &st);
    bool good = ASSERT(code == want && w == NULL, "code %d, %s", code, st.message);
    good &= ASSERT(strncmp(st.message, path, strlen(path)) == 0 && strstr(st.message, fault) != NULL, "%s", st.message);
    return good & ASSERT(scratch_count() == before);
}

/* The bytes of a small file, written down by hand, for each dtype. */
static void
exact_bytes(void)
{
    static const char *const descr[] = { "<f4", "<f8", "|u1", "<i8" };
    static const char header[] = "\x93NUMPY\1\0\x76\0{'descr': '%s', 'fortran_order': False, 'shape': (2, 1), }";
    for (npy_dtype dtype = NPY_F32; dtype <= NPY_I64; dtype++) {
        char want[NPY_HEADER + 1];
        ga_status st = { 0 };
        npy_writer *w;
        file_bytes b;
        memset(want, ' ', sizeof want);
        memcpy(want, header, 10);
        int n = snprintf(want + 10, sizeof want - 10, header + 10, descr[dtype]);
        want[10 + n] = ' ';
        want[NPY_HEADER - 1] = '\n';
        uint8_t data[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
        ASSERT(npy_writer_open(&w, scratch_path("a"), dtype, 2, 1, false, &st) == GA_OK, "%s", st.message);
        ASSERT(npy_writer_put(w, 0, 2, data, &st) == GA_OK);
        check_finish(w);
        size_t size = 2 * npy_dtype_size(dtype);
        ASSERT(file_read(&b, scratch_path("a"), FILE_CAP, FILE_PLAIN, &st) == GA_OK && b.size == NPY_HEADER + size);
        ASSERT(memcmp(b.data, want, NPY_HEADER) == 0 && memcmp(b.data + NPY_HEADER, data, size) == 0, "%.*s", NPY_HEADER - 10,
               (char *)b.data + 10);
        free(b.data);
        npy *a = read_well(scratch_path("a"));
        ASSERT(a->dtype == dtype && a->n == 2 && memcmp(a->data, data, size) == 0);
        npy_free(a);
    }
    scratch_clear();
}

static void
any_order(void)
{
    struct stat about;
    mode_t umask_before = umask(027);
    npy_writer *w = open_well("a", false);
    ASSERT(access(scratch_path("a"), F_OK) != 0 && access(scratch_path(".gradaudit-a.partial"), F_OK) == 0);
    put_rows(w, 3, 1);
    put_rows(w, 1, 2);
    put_rows(w, 0, 1);
    put_rows(w, 1, 1);
    put_rows(w, 4, 0);
    check_finish(w);
    ASSERT(scratch_count() == 1 && stat(scratch_path("a"), &about) == 0 && (about.st_mode & 0777) == 0640);
    umask(umask_before);
    check_rows("a");

    chmod(scratch_path("a"), 0600);
    w = open_well("a", false); /* again: the old one stays until the end, and its mode */
    check_rows("a");
    npy_writer_discard(w);
    check_rows("a");
    ASSERT(scratch_count() == 1);
    npy_writer_discard(NULL);
    w = open_well("a", false);
    put_rows(w, 0, 4);
    check_finish(w);
    check_rows("a");
    ASSERT(stat(scratch_path("a"), &about) == 0 && (about.st_mode & 0777) == 0600 && scratch_count() == 1);

    ASSERT(symlink("b", scratch_path("link")) == 0);
    scratch_write("b", "before", 6);
    w = open_well("link", false);
    put_rows(w, 0, 4);
    check_finish(w);
    check_rows("b");
    ASSERT(lstat(scratch_path("link"), &about) == 0 && S_ISLNK(about.st_mode) && scratch_count() == 3);
    scratch_clear();
}

static void
beyond_the_end(void)
{
    static const struct {
        size_t row, n;
    } cases[] = { { 0, 5 }, { 4, 1 }, { 5, 0 }, { 1, 4 }, { SIZE_MAX, 1 }, { 1, SIZE_MAX }, { SIZE_MAX, SIZE_MAX } };
    ga_status st = { 0 };
    npy_writer *w = open_well("a", false);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ASSERT(npy_writer_put(w, cases[i].row, cases[i].n, rows, &st) == GA_USAGE && strstr(st.message, "a: ") != NULL, "%zu: %s",
               i, st.message);
    put_rows(w, 0, 4);
    check_finish(w);
    check_rows("a");
    scratch_clear();
}

static void
resume(void)
{
    ga_status st = { 0 };
    const char *path = scratch_path("a");
    check_open_fails(path, 4, 3, true, GA_USAGE, "there is no partial file to resume");
    npy_writer *w = open_well("a", false);
    put_rows(w, 0, 1);
    put_rows(w, 2, 1);
    ASSERT(npy_writer_sync(w, &st) == GA_OK && npy_writer_suspend(w, &st) == GA_OK, "%s", st.message);
    ASSERT(scratch_count() == 1 && access(path, F_OK) != 0);
    check_open_fails(path, 3, 4, true, GA_USAGE, "cannot resume: its partial file is another array's");
    check_open_fails(path, 4, 4, true, GA_USAGE, "cannot resume: its partial file has 224 bytes, not 256");
    check_open_fails(path, 3, 3, true, GA_USAGE, "cannot resume: its partial file has 224 bytes, not 200");
    npy_writer *other = (npy_writer *)&st;
    ASSERT(npy_writer_open(&other, path, NPY_I64, 4, 3, true, &st) == GA_USAGE && other == NULL);
    w = open_well("a", true); /* those that failed have changed nothing */
    put_rows(w, 1, 1);
    put_rows(w, 3, 1);
    check_finish(w);
    check_rows("a");
    ASSERT(scratch_count() == 1);
    check_open_fails(path, 4, 3, true, GA_USAGE, "there is no partial file to resume");

    w = open_well("b", false);
    put_rows(w, 0, 4);
    npy_writer_suspend(w, NULL);
    check_finish(open_well("b", false)); /* not resumed: nothing of it is left */
    npy *a = read_well(scratch_path("b"));
    for (size_t i = 0; i < a->n; i++)
        ASSERT(((const double *)a->data)[i] == 0);
    npy_free(a);

    truncate(scratch_write(".gradaudit-c.partial", "x", 1), 224); /* the size is right, and the first bytes are not */
    check_open_fails(scratch_path("c"), 4, 3, true, GA_USAGE, "another array's");
    truncate(scratch_path(".gradaudit-c.partial"), 100);
    check_open_fails(scratch_path("c"), 4, 3, true, GA_USAGE, "has 100 bytes, not 224");
    scratch_clear();
}

/* A program that is killed leaves its rows, and no lock. */
static void
killed(void)
{
    int status;
    scratch_path("a"); /* the directory is the parent's */
    pid_t pid = fork();
    if (pid == 0) {
        put_rows(open_well("a", false), 0, 3);
        raise(SIGKILL);
    }
    ASSERT(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && scratch_count() == 1);
    npy_writer *w = open_well("a", true);
    put_rows(w, 3, 1);
    check_finish(w);
    check_rows("a");
    scratch_clear();
}

/* Of two writers of one file the second is refused, and leaves the first alone. */
static void
two_writers(void)
{
    const char *path = scratch_path("a");
    npy_writer *w = open_well("a", false);
    put_rows(w, 0, 2);
    check_open_fails(path, 4, 3, false, GA_USAGE, "another program is writing it");
    check_open_fails(path, 4, 3, true, GA_USAGE, "another program is writing it");
    put_rows(w, 2, 2);
    check_finish(w);
    check_rows("a");
    npy_writer_discard(open_well("a", false));
    scratch_clear();
}

/* What somebody else has laid where the partial file goes is neither followed nor overwritten. */
static void
planted_partial(void)
{
    const char *path = scratch_path("a"), *partial = scratch_path(".gradaudit-a.partial");
    const char *victim = scratch_write("v", "victim", 6);
    file_bytes b;
    for (int kind = 0; kind < 4; kind++)
        for (int again = 0; again <= 1; again++) {
            if (again == 0)
                ASSERT((kind == 0   ? symlink(victim, partial) :
                        kind == 1   ? link(victim, partial) :
                        kind == 2   ? mkfifo(partial, 0600) :
                                      mkdir(partial, 0700)) == 0);
            check_open_fails(path, 4, 3, again != 0, GA_IO_ERROR, "a: cannot write: ");
            ASSERT(file_read(&b, victim, 100, FILE_PLAIN, NULL) == GA_OK && b.size == 6 && memcmp(b.data, "victim", 6) == 0);
            free(b.data);
            if (again == 1)
                scratch_remove(partial);
        }
    scratch_clear();
}

static void
cannot_open(void)
{
    const char *path = scratch_path("a");
    check_open_fails("", 4, 3, false, GA_IO_ERROR, "No such file");
    check_open_fails(scratch_path("no/where"), 4, 3, false, GA_IO_ERROR, "No such file");
    check_open_fails(scratch_directory, 4, 3, false, GA_IO_ERROR, "Is a directory");
    check_open_fails(path, 0, 3, false, GA_USAGE, "0 rows of 3 numbers");
    check_open_fails(path, 3, 0, false, GA_USAGE, "3 rows of 0 numbers");
    check_open_fails(path, SIZE_MAX, 1, false, GA_USAGE, "no array that can be written");
    check_open_fails(path, 1, SIZE_MAX / 8 + 1, false, GA_USAGE, "no array that can be written"); /* 0 bytes modulo 2^64 */
    check_open_fails(path, SIZE_MAX / 8 + 1, 8, false, GA_USAGE, "no array that can be written");
    check_open_fails(path, SIZE_MAX / 16, 1, false, GA_USAGE, "no array that can be written"); /* no off_t with the header */
    disk.reserve_error = ENOSPC;
    check_open_fails(path, 4, 3, false, GA_IO_ERROR, "a: cannot write: No space left on device");
    disk.reserve_error = 0;
    ASSERT(scratch_count() == 0);

    npy_writer *w = open_well("a", false); /* what was there to be resumed stays */
    put_rows(w, 0, 4);
    npy_writer_suspend(w, NULL);
    disk.reserve_error = ENOSPC;
    check_open_fails(path, 4, 3, true, GA_IO_ERROR, "No space left on device");
    disk.reserve_error = 0;
    check_finish(open_well("a", true));
    check_rows("a");
    scratch_clear();
}

/* Writes of a few bytes, calls that are interrupted, and a file system that cannot reserve. */
static void
slow_disk(void)
{
    for (int kind = 0; kind < 8; kind++) {
        disk.short_writes = kind & 1 ? 7 : 0;
        disk.interrupts = kind & 2;
        disk.reserve_error = kind & 4 ? EOPNOTSUPP : 0;
        npy_writer *w = open_well("a", false);
        put_rows(w, 2, 2);
        npy_writer_suspend(w, NULL);
        w = open_well("a", true);
        put_rows(w, 0, 2);
        check_finish(w);
        check_rows("a");
        scratch_clear();
    }
    memset(&disk, 0, sizeof disk);
}

/* The disk full at some row, or failing: the file does not appear, what was there stays, and the rest can be written later. */
static void
full_disk(void)
{
    static const int errors[] = { ENOSPC, EDQUOT, EIO };
    ga_status st = { 0 };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        scratch_write("a", "before", 6);
        npy_writer *w = open_well("a", false);
        put_rows(w, 0, 2);
        disk.write_error = errors[i];
        ASSERT(npy_writer_put(w, 2, 1, rows[2], &st) == GA_IO_ERROR, "%s", st.message);
        ASSERT(strstr(st.message, "a: cannot write: ") != NULL && strstr(st.message, strerror(errors[i])) != NULL, "%s",
               st.message);
        disk.write_error = 0;
        put_rows(w, 3, 1); /* room again: the row that failed is not forgotten */
        st = (ga_status){ 0 };
        ASSERT(npy_writer_finish(w, &st) == GA_IO_ERROR && strstr(st.message, strerror(errors[i])) != NULL, "%s", st.message);
        check_fails(scratch_path("a"), GA_BAD_FILE, "not a .npy file");
        ASSERT(npy_writer_suspend(w, &st) == GA_OK && scratch_count() == 2, "%s", st.message);
        w = open_well("a", true);
        put_rows(w, 2, 1);
        check_finish(w);
        check_rows("a");
        scratch_clear();
    }
    for (int how = 0; how < 2; how++) { /* the kernel says at fsync, once, what it could not write */
        npy_writer *w = open_well("a", false);
        put_rows(w, 0, 4);
        disk.sync_error = EIO;
        ASSERT((how == 0 ? npy_writer_sync(w, &st) : npy_writer_finish(w, &st)) == GA_IO_ERROR, "%s", st.message);
        disk.sync_error = 0;
        ASSERT(npy_writer_finish(w, &st) == GA_IO_ERROR && access(scratch_path("a"), F_OK) != 0, "%s", st.message);
        npy_writer_discard(w);
        ASSERT(scratch_count() == 0);
    }
    npy_writer *w = open_well("a", false);
    ASSERT(mkdir(scratch_path("a"), 0700) == 0 && npy_writer_finish(w, &st) == GA_IO_ERROR && scratch_count() == 2);
    ASSERT(rmdir(scratch_path("a")) == 0);
    check_finish(w);
    scratch_clear();
}

/* No space to reserve, and then none to write, played by a limit on the file's size. */
static void
limited_disk(void)
{
    ga_status st = { 0 };
    struct rlimit before, small;
    const char *path = scratch_path("a");
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){ 200, before.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    check_open_fails(path, 4, 3, false, GA_IO_ERROR, "a: cannot write: ");
    disk.reserve_error = EOPNOTSUPP;
    check_open_fails(path, 4, 3, false, GA_IO_ERROR, "a: cannot write: ");
    setrlimit(RLIMIT_FSIZE, &before);
    npy_writer *w = open_well("a", false);
    disk.reserve_error = 0;
    setrlimit(RLIMIT_FSIZE, &small);
    put_rows(w, 0, 3);
    ga_code code = npy_writer_put(w, 3, 1, rows[3], &st);
    setrlimit(RLIMIT_FSIZE, &before);
    ASSERT(code == GA_IO_ERROR && npy_writer_finish(w, &st) == GA_IO_ERROR, "%s", st.message);
    npy_writer_discard(w);
    ASSERT(scratch_count() == 0);
    scratch_clear();
}

/* What is not a regular file is written in place, and stays: a device like /dev/full and one like /dev/null. Root makes nodes
   of its own: a test run by root must not come near those in /dev, which broken code would replace. A pipe has no offsets. */
static void
devices(void)
{
    ga_status st = { 0 };
    npy_writer *w;
    struct stat about;
    bool root = geteuid() == 0;
    const char *full = root ? scratch_path("full") : "/dev/full", *null = root ? scratch_path("null") : "/dev/null";
    int fd = -1;
    if (root && (mknod(full, S_IFCHR | 0600, makedev(1, 7)) != 0 || mknod(null, S_IFCHR | 0600, makedev(1, 3)) != 0 ||
                 (fd = open(full, O_WRONLY)) < 0))
        printf("(no device nodes: %s) ", strerror(errno));
    else {
        ASSERT(npy_writer_open(&w, full, NPY_F64, 4, 3, false, &st) == GA_IO_ERROR && w == NULL, "%s", st.message);
        ASSERT(strstr(st.message, "full: cannot write: No space left on device") != NULL, "%s", st.message);
        ASSERT(npy_writer_open(&w, null, NPY_F64, 4, 3, true, &st) == GA_USAGE && w == NULL, "%s", st.message);
        if (ASSERT(npy_writer_open(&w, null, NPY_F64, 4, 3, false, &st) == GA_OK, "%s", st.message)) {
            put_rows(w, 0, 4);
            check_finish(w);
        }
        if (npy_writer_open(&w, null, NPY_F64, 4, 3, false, &st) == GA_OK)
            npy_writer_discard(w);
        ASSERT(lstat(full, &about) == 0 && S_ISCHR(about.st_mode) && lstat(null, &about) == 0 && S_ISCHR(about.st_mode));
        ASSERT(scratch_directory[0] == '\0' || scratch_count() == (root ? 2 : 0));
    }
    if (fd >= 0)
        close(fd);
    const char *pipe_path = scratch_path("pipe");
    ASSERT(mkfifo(pipe_path, 0600) == 0);
    int reader = open(pipe_path, O_RDONLY | O_NONBLOCK);
    check_open_fails(pipe_path, 4, 3, false, GA_IO_ERROR, "pipe: cannot write: ");
    ASSERT(lstat(pipe_path, &about) == 0 && S_ISFIFO(about.st_mode));
    close(reader);
    scratch_clear();
}

/* Rows from several threads, in an order of chance. */
static void
threads(void)
{
    enum { ROWS = 500, COLS = 131 };
    uint64_t state = test_seed();
    ga_status st = { 0 };
    npy_writer *w;
    int order[ROWS], failures = 0;
    int64_t *data = malloc(ROWS * COLS * sizeof *data);
    for (int i = 0; i < ROWS * COLS; i++)
        data[i] = (int64_t)test_random(&state);
    for (int i = 0; i < ROWS; i++) {
        int k = (int)(test_random(&state) % (uint64_t)(i + 1));
        order[i] = order[k];
        order[k] = i;
    }
    if (!ASSERT(npy_writer_open(&w, scratch_path("a"), NPY_I64, ROWS, COLS, false, &st) == GA_OK, "%s", st.message))
        exit(99);
#pragma omp parallel for num_threads(4) schedule(dynamic) reduction(+ : failures)
    for (int i = 0; i < ROWS; i++)
        failures += npy_writer_put(w, (size_t)order[i], 1, data + (size_t)order[i] * COLS, NULL) != GA_OK;
    ASSERT(failures == 0);
    check_finish(w);
    npy *a = read_well(scratch_path("a"));
    ASSERT(a->dtype == NPY_I64 && a->dim[0] == ROWS && a->dim[1] == COLS && memcmp(a->data, data, a->n * sizeof *data) == 0);
    npy_free(a);
    free(data);
    scratch_clear();
}

TEST_MAIN("npy", TEST(valid), TEST(values), TEST(orders), TEST(malformed), TEST(malformed_bytes), TEST(every_prefix),
          TEST(flipped_bytes),
          TEST(hostile), TEST(exact_bytes), TEST(any_order), TEST(beyond_the_end), TEST(resume), TEST(killed),
          TEST(two_writers), TEST(planted_partial), TEST(cannot_open), TEST(slow_disk), TEST(full_disk), TEST(limited_disk),
          TEST(devices), TEST(threads))
