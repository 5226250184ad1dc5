/* SPDX-License-Identifier: Apache-2.0 */
/* csv.c -- numbers from CSV files (RFC 4180); see data.h */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/data.h"

enum { SHOWN = 40, LAST_READ = 1 << 16 };

/* Goes from line to line and from field to field. */
typedef struct {
    tensors_source *source;
    const char *at, *line_end, *end;
    const char *enough; /* no row that begins after it is read, but the first */
    size_t line, column;           /* of the field, counted from 1 */
    char field[CSV_FIELD_CAP + 1]; /* without its quotes */
    bool more;                     /* fields in the line */
    locale_t c;
} reader;

#define FAULT(r, ...) SOURCE_FAULT((r)->source, __VA_ARGS__)
#define FIELD_FAULT(r, format, ...) FAULT(r, "line %zu, column %zu" format, (r)->line, (r)->column, __VA_ARGS__)

void
csv_free(csv *c)
{
    for (size_t i = 0; c->name != NULL && i < c->columns; i++)
        free(c->name[i]);
    free(c->name);
    free(c->value);
    *c = (csv){ 0 };
}

size_t
csv_bound(const uint8_t *bytes, size_t n)
{
    const size_t last = n < LAST_READ ? n : LAST_READ; /* which include all that are new */
    if (n > 0 && memchr(bytes + n - last, '\0', last) != NULL)
        return 0; /* next_line says so */
    return n > CSV_LINE_CAP && memchr(bytes, '\n', CSV_LINE_CAP + 1) == NULL ? CSV_LINE_CAP : SIZE_MAX;
}

/* ---- lines and fields ------------------------------------------------------------------------------------------- */

static ga_code
next_line(reader *r, const char *begin)
{
    const size_t left = (size_t)(r->end - begin), most = left <= CSV_LINE_CAP ? left : CSV_LINE_CAP + 1;
    const char *const newline = memchr(begin, '\n', most);
    r->at = begin;
    r->line_end = newline != NULL ? newline : begin + most;
    r->line++;
    r->column = 0;
    r->more = true;
    if (r->line_end - begin > CSV_LINE_CAP && memchr(begin, '\0', LAST_READ) == NULL)
        return FAULT(r, "line %zu has more than %d bytes", r->line, CSV_LINE_CAP);
    if (memchr(begin, '\0', (size_t)(r->line_end - begin)) != NULL)
        return FAULT(r, "line %zu has a zero byte: this is no CSV file, and none of IDX, .npy or .npz", r->line);
    if (newline != NULL && newline > begin && newline[-1] == '\r')
        r->line_end--;
    return r->at == r->line_end ? FAULT(r, "line %zu is empty", r->line) : GA_OK;
}

/* Where the next line begins; the file's end: there is none. */
static const char *
line_after(const reader *r)
{
    const char *const newline = memchr(r->line_end, '\n', (size_t)(r->end - r->line_end));
    return newline != NULL ? newline + 1 : r->end;
}

static ga_code
next_field(reader *r)
{
    size_t n = 0;
    const bool quoted = r->at < r->line_end && *r->at == '"';
    bool open = quoted;
    r->column++;
    if (r->column > CSV_COLUMN_CAP)
        return FAULT(r, "line %zu has more than %d fields", r->line, CSV_COLUMN_CAP);
    for (r->at += quoted; r->at < r->line_end && (open || *r->at != ','); r->at++) {
        if (*r->at == '"' && open && (r->at + 1 == r->line_end || r->at[1] != '"')) {
            open = false;
            continue;
        }
        if (quoted && !open)
            return FIELD_FAULT(r, ": %s", "something follows the quote");
        if (*r->at == '"' && !open)
            return FIELD_FAULT(r, ": %s", "a quote within the field");
        r->at += *r->at == '"'; /* two of them stand for one */
        if (n == CSV_FIELD_CAP)
            return FIELD_FAULT(r, ": more than %d bytes", CSV_FIELD_CAP);
        r->field[n++] = *r->at;
    }
    if (open)
        return FIELD_FAULT(r, ": %s", "no quote at the end of the field, in its line");
    r->field[n] = '\0';
    r->more = r->at < r->line_end;
    r->at += r->more; /* the comma */
    return GA_OK;
}

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

static bool
is_nonfinite_word(const char *s)
{
    s += *s == '-' || *s == '+';
    return strcasecmp(s, "nan") == 0 || strcasecmp(s, "inf") == 0 || strcasecmp(s, "infinity") == 0;
}

static size_t
digits(const char *s)
{
    return strspn(s, "0123456789");
}

/* [+-] digits [. digits] [e [+-] digits], at least one digit before the e. */
static bool
is_number(const char *s)
{
    s += *s == '-' || *s == '+';
    size_t n = digits(s);
    s += n;
    if (*s == '.') {
        n += digits(s + 1);
        s += 1 + digits(s + 1);
    }
    if (n == 0)
        return false;
    if (*s == 'e' || *s == 'E') {
        s += 1 + (s[1] == '-' || s[1] == '+');
        if (digits(s) == 0)
            return false;
        s += digits(s);
    }
    return *s == '\0';
}

/* The field as a number: glibc's strtod rounds correctly. */
static ga_code
number(double *value, reader *r)
{
    char *text = r->field;
    text += strspn(text, " \t");
    for (size_t n = strlen(text); n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'); n--)
        text[n - 1] = '\0';
    if (*text == '\0')
        return FIELD_FAULT(r, "%s", " is empty");
    if (is_nonfinite_word(text))
        return FIELD_FAULT(r, ": '%.*s' is not finite", SHOWN, text);
    if (!is_number(text))
        return FIELD_FAULT(r, ": '%.*s' is not a number%s", SHOWN, text,
                           strpbrk(text, ";\t") != NULL ? "; commas separate fields, and points decimals" : "");
    *value = strtod_l(text, NULL, r->c) + 0.0; /* -0 becomes 0 */
    return isfinite(*value) ? GA_OK : FIELD_FAULT(r, ": '%.*s' is beyond binary64", SHOWN, text);
}

static bool
begins_name(const char *s)
{
    return ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || *s == '_') && !is_nonfinite_word(s);
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

/* In place, without the blanks around it. */
static void
trim(char *s)
{
    const size_t before = strspn(s, " \t");
    size_t n = strlen(s + before);
    while (n > 0 && (s[before + n - 1] == ' ' || s[before + n - 1] == '\t'))
        n--;
    memmove(s, s + before, n);
    s[n] = '\0';
}

/* Whether the fields of the first line are 0, 1, 2, ... or 1, 2, 3, ...: a header that numbers its columns. */
static bool
is_counting(const csv *c)
{
    for (size_t i = 0; i < c->columns; i++) {
        char number[32];
        snprintf(number, sizeof number, "%zu", i + (c->name[0][0] == '1'));
        if (strcmp(c->name[i], number) != 0)
            return false;
    }
    return c->columns > 3;
}

/* The first line: the number of columns, and their names if any; the reader returns to its start if it has none. */
static ga_code
read_header(csv *c, reader *r)
{
    const char *const begin = r->at;
    bool header = false;
    size_t room = 0;
    ga_code code = next_line(r, begin);
    while (code == GA_OK && r->more) {
        if ((code = next_field(r)) != GA_OK)
            break;
        if (c->columns == room) {
            room = room == 0 ? 64 : 2 * room;
            char **grown = realloc(c->name, room * sizeof *grown);
            if (grown == NULL)
                return file_fail(r->source->st, GA_NO_MEMORY, r->source->path, "out of memory");
            c->name = grown;
        }
        if ((code = source_take(r->source, strlen(r->field) + 1 + sizeof *c->name)) != GA_OK)
            break;
        trim(r->field);
        if ((c->name[c->columns] = strdup(r->field)) == NULL)
            return file_fail(r->source->st, GA_NO_MEMORY, r->source->path, "out of memory");
        c->columns++;
        header = header || begins_name(r->field);
    }
    if (code != GA_OK)
        return code;
    if (header) {
        r->at = line_after(r);
        return GA_OK;
    }
    const bool counting = is_counting(c);
    for (size_t i = 0; i < c->columns; i++)
        free(c->name[i]);
    free(c->name);
    c->name = NULL;
    if (counting)
        return FAULT(r, "its first line counts its columns: remove it, or name them (label, pixel1, ...); where it is an "
                        "image, put such a line before it");
    r->at = begin;
    r->line = 0;
    return GA_OK;
}

static ga_code
grow(csv *c, size_t *room, reader *r)
{
    const size_t more = *room == 0 ? 1 : *room;
    size_t bytes, all;
    if (__builtin_mul_overflow(c->columns * sizeof *c->value, more, &bytes) || __builtin_add_overflow(bytes, bytes, &all))
        return file_fail(r->source->st, GA_NO_MEMORY, r->source->path, "its size in memory overflows");
    const ga_code code = source_take(r->source, bytes);
    if (code != GA_OK)
        return code;
    double *grown = realloc(c->value, (*room + more) * c->columns * sizeof *grown);
    if (grown == NULL)
        return file_fail(r->source->st, GA_NO_MEMORY, r->source->path, "out of memory for %zu bytes", bytes);
    c->value = grown;
    *room += more;
    return GA_OK;
}

static ga_code
read_row(csv *c, reader *r)
{
    double *const row = c->value + c->rows * c->columns;
    ga_code code = next_line(r, r->at);
    while (code == GA_OK && r->more) {
        if ((code = next_field(r)) != GA_OK)
            break;
        if (r->column > c->columns)
            return FAULT(r, "line %zu has more than the %zu fields of the first line", r->line, c->columns);
        code = number(row + r->column - 1, r);
    }
    if (code == GA_OK && r->column < c->columns)
        code = FAULT(r, "line %zu has %zu fields, not the %zu of the first line", r->line, r->column, c->columns);
    c->rows++;
    if (code == GA_OK)
        r->at = line_after(r);
    return code;
}

static ga_code
read_lines(csv *c, reader *r)
{
    size_t room = 0;
    ga_code code = r->at == r->end ? FAULT(r, "%s", "is empty") : read_header(c, r);
    if (code == GA_OK && r->at == r->end)
        code = FAULT(r, "%s", "has a header and no more");
    while (code == GA_OK && r->at < r->end && (r->at < r->enough || c->rows == 0))
        if (c->rows < room || (code = grow(c, &room, r)) == GA_OK)
            code = read_row(c, r);
    return code;
}

ga_code
csv_parse(csv *c, tensors_source *source, const file_bytes *file)
{
    static const char mark[] = "\xef\xbb\xbf"; /* that spreadsheets write before UTF-8 */
    const char *const begin = file->size > 0 ? (const char *)file->data : ""; /* an empty file has no bytes to point to */
    const bool marked = file->size >= 3 && memcmp(begin, mark, 3) == 0;
    reader r = { .source = source, .at = begin + (marked ? 3 : 0), .end = begin + file->size };
    r.enough = source->look && file->size > CSV_LOOK ? begin + CSV_LOOK : r.end;
    *c = (csv){ 0 };
    if (file->size == 0)
        return SOURCE_FAULT(source, "is empty");
    if ((r.c = newlocale(LC_ALL_MASK, "C", (locale_t)0)) == (locale_t)0)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    const ga_code code = read_lines(c, &r);
    freelocale(r.c);
    if (code != GA_OK)
        csv_free(c);
    return code;
}
