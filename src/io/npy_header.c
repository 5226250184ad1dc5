/* SPDX-License-Identifier: Apache-2.0 */
/* npy_header.c -- what a NumPy array says of itself; see npy.h

   The header is not Python here but this grammar, with spaces between any two tokens; nothing in it nests:
       header = "{" entry { "," entry } [ "," ] "}" { " " } "\n"          each of the three keys once, in any order
       entry  = "'descr'" ":" string | "'fortran_order'" ":" ( "True" | "False" ) | "'shape'" ":" shape
       shape  = "(" size "," [ size { "," size } [ "," ] ] ")"            size: decimal digits, no leading zero
       string = "'" { printable ASCII but ' and \ } "'" */
#include <string.h>

#include "io/file.h"
#include "io/npy.h"

/* Characters of a string in a message; trailing bytes that are counted before reading stops. */
enum { MAGIC_LENGTH = 6, QUOTED = 100, NPY_MORE = 1 << 20 };

enum { DESCR, FORTRAN_ORDER, SHAPE, N_KEYS };
static const char *const keys[N_KEYS] = { [DESCR] = "descr", [FORTRAN_ORDER] = "fortran_order", [SHAPE] = "shape" };

typedef struct {
    const char *path;
    ga_status *st;
    const uint8_t *file; /* up to the header's end */
    size_t at, end;
    const char *descr; /* not terminated */
    size_t descr_length;
    bool fortran;
    size_t n_dims, dim[NPY_DIMS];
    bool seen[N_KEYS];
} parser;

#define FAULT(p, ...) file_fail((p)->st, GA_BAD_FILE, (p)->path, __VA_ARGS__)
#define EXPECTED(p, what) FAULT(p, "malformed header: %s expected at byte %zu", what, (p)->at)
#define QUOTE(text, length) (int)((length) < QUOTED ? (length) : QUOTED), text /* for %.*s */

/* ---- the header ------------------------------------------------------------------------------------------------- */

static bool
next_is(const parser *p, char c)
{
    return p->at < p->end && p->file[p->at] == (uint8_t)c;
}

static void
skip_spaces(parser *p)
{
    while (next_is(p, ' '))
        p->at++;
}

static bool
accept(parser *p, char c)
{
    skip_spaces(p);
    if (!next_is(p, c))
        return false;
    p->at++;
    return true;
}

static bool
accept_word(parser *p, const char *word)
{
    size_t n = strlen(word);

    skip_spaces(p);
    if (p->end - p->at < n || memcmp(p->file + p->at, word, n) != 0)
        return false;
    p->at += n;
    return true;
}

static ga_code
parse_string(const char **text, size_t *length, parser *p)
{
    if (!accept(p, '\''))
        return EXPECTED(p, "a string in single quotes");
    size_t begin = p->at;
    while (p->at < p->end && p->file[p->at] >= ' ' && p->file[p->at] <= '~' && !next_is(p, '\'') && !next_is(p, '\\'))
        p->at++;
    *text = (const char *)p->file + begin;
    *length = p->at - begin;
    return accept(p, '\'') ? GA_OK : EXPECTED(p, "printable ASCII, and a quote at the end,");
}

static ga_code
parse_size(size_t *size, parser *p)
{
    skip_spaces(p);
    size_t begin = p->at;
    bool overflow = false;

    if (next_is(p, '-'))
        return FAULT(p, "dimension %zu is negative", p->n_dims + 1);
    for (*size = 0; p->at < p->end && p->file[p->at] >= '0' && p->file[p->at] <= '9'; p->at++) {
        overflow |= __builtin_mul_overflow(*size, 10, size);
        overflow |= __builtin_add_overflow(*size, p->file[p->at] - '0', size);
    }
    if (p->at == begin)
        return EXPECTED(p, "a size");
    if (p->file[begin] == '0' && p->at - begin > 1)
        return FAULT(p, "malformed header: dimension %zu has a leading zero", p->n_dims + 1);
    return overflow ? FAULT(p, "dimension %zu is too large", p->n_dims + 1) : GA_OK;
}

static ga_code
parse_shape(parser *p)
{
    if (!accept(p, '('))
        return EXPECTED(p, "'('");
    if (accept(p, ')'))
        return GA_OK; /* a single number */
    for (;;) {
        if (p->n_dims == NPY_DIMS)
            return FAULT(p, "more than %d dimensions; save a.reshape(len(a), -1)", NPY_DIMS);
        ga_code code = parse_size(p->dim + p->n_dims, p);
        if (code != GA_OK)
            return code;
        p->n_dims++;
        bool comma = accept(p, ',');
        if (!comma && (p->n_dims == 1 || !accept(p, ')')))
            return EXPECTED(p, p->n_dims == 1 ? "','" : "',' or ')'");
        if (!comma || accept(p, ')'))
            return GA_OK;
    }
}

static ga_code
parse_value(parser *p, int key)
{
    if (key == SHAPE)
        return parse_shape(p);
    if (key == FORTRAN_ORDER) {
        p->fortran = accept_word(p, "True");
        return p->fortran || accept_word(p, "False") ? GA_OK : EXPECTED(p, "True or False");
    }
    skip_spaces(p);
    if (next_is(p, '['))
        return FAULT(p, "an array of records; save one field: np.ascontiguousarray(a['NAME'])");
    return parse_string(&p->descr, &p->descr_length, p);
}

static ga_code
parse_entry(parser *p)
{
    const char *name;
    size_t length;
    int key = 0;
    ga_code code = parse_string(&name, &length, p);

    if (code != GA_OK)
        return code;
    while (key < N_KEYS && (length != strlen(keys[key]) || memcmp(name, keys[key], length) != 0))
        key++;
    if (key == N_KEYS)
        return FAULT(p, "malformed header: unknown key '%.*s'", QUOTE(name, length));
    if (p->seen[key])
        return FAULT(p, "malformed header: '%s' is there twice", keys[key]);
    p->seen[key] = true;
    return accept(p, ':') ? parse_value(p, key) : EXPECTED(p, "':'");
}

static ga_code
parse_header(parser *p)
{
    if (!next_is(p, '{'))
        return EXPECTED(p, "'{'");
    p->at++;
    for (bool open = true; open;) {
        ga_code code = parse_entry(p);
        if (code != GA_OK)
            return code;
        bool comma = accept(p, ',');
        open = !accept(p, '}');
        if (open && !comma)
            return EXPECTED(p, "',' or '}'");
    }
    for (int key = 0; key < N_KEYS; key++)
        if (!p->seen[key])
            return FAULT(p, "malformed header: '%s' is missing", keys[key]);
    skip_spaces(p);
    return next_is(p, '\n') && p->at + 1 == p->end ? GA_OK : EXPECTED(p, "nothing but spaces and a newline at the end");
}

/* What precedes the header: p->at is where it begins, p->end where it ends. */
static ga_code
parse_preamble(parser *p, const file_bytes *b)
{
    size_t known = b->size < MAGIC_LENGTH ? b->size : MAGIC_LENGTH, length = 0;

    if (memcmp(b->data == NULL ? (const uint8_t *)"" : b->data, "\x93NUMPY", known) != 0)
        return FAULT(p, "not a .npy file: it does not begin with \\x93NUMPY");
    if (b->size < MAGIC_LENGTH + 2)
        return FAULT(p, "truncated: %zu bytes are no .npy file", b->size);
    unsigned major = b->data[MAGIC_LENGTH], minor = b->data[MAGIC_LENGTH + 1];
    if (major < 1 || major > 3 || minor != 0)
        return FAULT(p, "version %u.%u of the .npy format is not 1.0, 2.0 or 3.0", major, minor);
    size_t digits = major == 1 ? 2 : 4;
    p->at = MAGIC_LENGTH + 2 + digits;
    if (b->size < p->at)
        return FAULT(p, "truncated: %zu bytes are no .npy file", b->size);
    for (size_t i = digits; i-- > 0;)
        length = length << 8 | b->data[MAGIC_LENGTH + 2 + i];
    if (length > NPY_HEADER_CAP)
        return FAULT(p, "a header of %zu bytes is over the limit of %d", length, NPY_HEADER_CAP);
    if (length > b->size - p->at)
        return FAULT(p, "truncated: its header has %zu bytes, %zu follow", length, b->size - p->at);
    p->file = b->data;
    p->end = p->at + length;
    return GA_OK;
}

/* ---- what it says ----------------------------------------------------------------------------------------------- */

/* NumPy writes '<', '>' and, for one byte, '|'; '=' is its word for this machine's order, which is little-endian (configure.ac). It
   has no bfloat16: to NumPy the numbers of ml_dtypes and JAX are two untyped bytes, V2. */
static ga_code
find_dtype(npy *a, const parser *p)
{
    static const struct {
        char kind_size[3];
        npy_dtype dtype;
    } known[] = {
        { "f2", NPY_F16 }, { "f4", NPY_F32 }, { "f8", NPY_F64 }, { "i1", NPY_I8 },  { "i2", NPY_I16 }, { "i4", NPY_I32 },
        { "i8", NPY_I64 }, { "u1", NPY_U8 },  { "u2", NPY_U16 }, { "u4", NPY_U32 }, { "b1", NPY_BOOL },
        { "V2", NPY_BF16 },
    };
    const char *s = p->descr;
    size_t n = p->descr_length;
    char order = n > 0 ? s[0] : '\0', kind = n > 1 ? s[1] : '\0';

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (n == 3 && memcmp(s + 1, known[i].kind_size, 2) == 0 &&
            (order == '<' || order == '=' || order == '>' || (order == '|' && (s[2] == '1' || kind == 'V')))) {
            a->dtype = known[i].dtype;
            a->big_endian = order == '>';
            return GA_OK;
        }
    if ((a->objects = kind == 'O'))
        return FAULT(p, "dtype '%.*s': Python objects; save a.astype('<f8')", QUOTE(s, n));
    if (kind == 'c')
        return FAULT(p, "dtype '%.*s': complex numbers; save a.real", QUOTE(s, n));
    if (kind == 'U' || kind == 'S')
        return FAULT(p, "dtype '%.*s' is text, not numbers: leave it out of a model, and make numbers of labels' names by "
                        "np.unique(a, return_inverse=True)[1]; if it is written numbers, save a.astype('<f4')", QUOTE(s, n));
    if (kind == 'f' && n == 4 && s[2] == '1')
        return FAULT(p, "dtype '%.*s' is wider than double and has to be rounded; save a.astype('<f8')", QUOTE(s, n));
    return FAULT(p, "dtype '%.*s' is not f2, f4, f8, i1 to i8, u1 to u4 or b1; save a.astype('%s')", QUOTE(s, n),
                 kind == 'i' || kind == 'u' ? "<i8" : "<f4");
}

/* The dimensions fit the size bytes of the file. */
static ga_code
check_size(npy *a, const parser *p, size_t size)
{
    size_t bytes;

    a->n = 1;
    a->n_dims = p->n_dims;
    for (size_t d = 0; d < p->n_dims; d++) {
        a->dim[d] = p->dim[d];
        if (a->dim[d] == 0)
            return FAULT(p, "dimension %zu is 0", d + 1);
        if (__builtin_mul_overflow(a->n, a->dim[d], &a->n))
            return FAULT(p, "the product of its dimensions overflows");
    }
    if (__builtin_mul_overflow(a->n, npy_dtype_size(a->dtype), &bytes))
        return FAULT(p, "its size in bytes overflows");
    if (size - p->end < bytes)
        return FAULT(p, "truncated: its header promises %zu bytes, %zu follow", bytes, size - p->end);
    if (size - p->end > bytes)
        return FAULT(p, "%zu trailing bytes", size - p->end - bytes);
    return GA_OK;
}

/* A string without dimensions, as U (UTF-32) or S, padded with zeros; it may be anything, and what is not plain text stays "". */
static void
take_text(npy *a, const parser *p, const file_bytes *first)
{
    size_t n = 0;
    const bool wide = p->descr_length > 2 && p->descr[1] == 'U', big = p->descr_length > 0 && p->descr[0] == '>';
    const size_t size = wide ? 4 : 1;
    if (p->descr_length < 3 || p->descr_length > 5 || (!wide && p->descr[1] != 'S'))
        return;
    for (size_t i = 2; i < p->descr_length; i++) {
        if (p->descr[i] < '0' || p->descr[i] > '9')
            return;
        n = 10 * n + (size_t)(p->descr[i] - '0');
    }
    if (n >= NPY_TEXT || first->size - p->end != n * size)
        return;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *const at = first->data + p->end + i * size;
        const uint8_t c = at[wide && big ? 3 : 0];
        const bool plain = !wide || (at[1] == 0 && at[2] == 0 && at[big ? 0 : 3] == 0);
        if (!plain || (c != 0 && (c < ' ' || c > '~'))) {
            a->text[0] = '\0';
            return;
        }
        a->text[i] = (char)c;
    }
}

/* What the first bytes of a file of size bytes say; *end: where the numbers begin. */
static ga_code
parse_first(npy *a, size_t *end, const file_bytes *first, size_t size, const char *name, ga_status *st)
{
    parser p = { .path = name, .st = st };
    ga_code code;

    if ((code = parse_preamble(&p, first)) != GA_OK || (code = parse_header(&p)) != GA_OK)
        return code;
    *end = p.end;
    a->scalar = p.n_dims == 0;
    if (a->scalar && (p.descr_length < 2 || strchr("Of", p.descr[1]) == NULL)) {
        take_text(a, &p, first);
        return GA_OK;
    }
    if ((code = find_dtype(a, &p)) != GA_OK)
        return code;
    a->fortran = p.fortran;
    return check_size(a, &p, size);
}

size_t
npy_bound(const uint8_t *bytes, size_t n)
{
    const file_bytes first = { (uint8_t *)(uintptr_t)bytes, n };
    npy a = { 0 };
    size_t end = 0;
    if (n < NPY_FIRST)
        return SIZE_MAX;
    parse_first(&a, &end, &first, SIZE_MAX, "", NULL); /* which fails for the size at the latest */
    size_t size = npy_dtype_size(a.dtype);
    bool good = end > 0;
    for (size_t d = 0; d < a.n_dims; d++)
        good = good && a.dim[d] > 0 && !__builtin_mul_overflow(size, a.dim[d], &size);
    return good && !__builtin_add_overflow(size, end + NPY_MORE, &size) ? size : 0;
}

ga_code
npy_look(npy *array, const file_bytes *first, size_t size, const char *name, ga_status *st)
{
    size_t end = 0;
    *array = (npy){ 0 };
    const ga_code code = parse_first(array, &end, first, size, name, st);
    array->data = code == GA_OK ? first->data + end : NULL;
    return code;
}
