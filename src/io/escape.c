/* SPDX-License-Identifier: Apache-2.0 */
/* escape.c -- see escape.h */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"

/* The code point at the start of text (not empty) and its length in bytes; length 0 if it is not valid UTF-8 (Unicode 15, table
   3-7: no overlong forms, no surrogates, nothing beyond U+10FFFF). */
static size_t
decode(uint32_t *code, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t length = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;

    *code = length == 1 ? s[0] : s[0] & 0x7fu >> length;
    for (size_t i = 1; i < length; i++) {
        if (s[i] >> 6 != 2) /* also the terminating NUL */
            return 0;
        *code = *code << 6 | (s[i] & 0x3f);
    }
    bool valid = *code >= least[length] && *code <= 0x10ffff && *code >> 11 != 0xd800 >> 11;
    return valid ? length : 0;
}

static bool
is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == 0xfffe || c == 0xffff;
}

/* The bytes of the first piece of text (not empty): a code point, printable or not, or one invalid byte, never printable. */
static size_t
piece(bool *printable, const char *text)
{
    uint32_t code;
    size_t length = decode(&code, text);

    *printable = length > 0 && !is_control(code);
    return length > 0 ? length : 1;
}

static void
put_hex(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        fprintf(out, "\\x%02X", (unsigned)(unsigned char)text[i]);
}

void
escape_html(FILE *out, const char *text)
{
    bool printable;

    for (size_t length; *text != '\0'; text += length) {
        length = piece(&printable, text);
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        case '\t': case '\n': putc(*text, out); break;
        default:
            if (printable)
                fwrite(text, 1, length, out);
            else
                fputs("\xef\xbf\xbd", out);
        }
    }
}

void
escape_terminal(FILE *out, const char *text)
{
    bool printable;

    for (size_t length; *text != '\0'; text += length) {
        length = piece(&printable, text);
        if (printable)
            fwrite(text, 1, length, out);
        else
            put_hex(out, text, length);
    }
}

void
escape_tsv(FILE *out, const char *text)
{
    bool printable;

    for (size_t length; *text != '\0'; text += length) {
        length = piece(&printable, text);
        switch (*text) {
        case '\t': fputs("\\t", out); break;
        case '\n': fputs("\\n", out); break;
        case '\r': fputs("\\r", out); break;
        case '\\': fputs("\\\\", out); break;
        default:
            if (printable)
                fwrite(text, 1, length, out);
            else
                put_hex(out, text, length);
        }
    }
}

void
escape_gnuplot(FILE *out, const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._:=+,()%/-";

    for (; *text != '\0'; text++)
        putc(strchr(allowed, *text) != NULL ? *text : '_', out);
}

char *
escape_copy(escape_function *escape, const char *text)
{
    char *copy = NULL;
    size_t size;
    FILE *out = open_memstream(&copy, &size);

    if (out == NULL)
        return NULL;
    escape(out, text);
    int failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(copy);
        return NULL;
    }
    return copy;
}
