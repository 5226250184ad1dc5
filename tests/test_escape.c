/* SPDX-License-Identifier: Apache-2.0 */
/* test_escape.c -- what each way of escaping lets through, byte by byte. */
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"
#include "test.h"

static void
check(escape_function *escape, const char *text, const char *want)
{
    char *got = escape_copy(escape, text);
    ASSERT(got != NULL && strcmp(got, want) == 0, "got %s, want %s", got, want);
    free(got);
}

static void
html(void)
{
    check(escape_html, "", "");
    check(escape_html, "<script>alert(\"1\" & '2')</script>",
          "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;");
    check(escape_html, "a\tb\nc", "a\tb\nc");
    check(escape_html, "\x1b[2J\r\xff\xef\xbf\xbe", "�[2J���");
    check(escape_html, "σ → 𝛼 é", "σ → 𝛼 é");
}

static void
terminal(void)
{
    check(escape_terminal, "plain σ → 𝛼 `\\'\"<>", "plain σ → 𝛼 `\\'\"<>");
    check(escape_terminal, "\x1b]0;title\a\r\n\t\x7f", "\\x1B]0;title\\x07\\x0D\\x0A\\x09\\x7F");
    check(escape_terminal, "\xc2\x9b" "2J", "\\xC2\\x9B2J");                     /* C1: control sequence introducer */
    check(escape_terminal, "\xe2\x80\xae" "txt", "\\xE2\\x80\\xAEtxt");          /* right-to-left override */
    check(escape_terminal, "\xe2\x80\xa8", "\\xE2\\x80\\xA8");                   /* line separator */
    check(escape_terminal, "\xc0\xaf\xe0\x80\xaf", "\\xC0\\xAF\\xE0\\x80\\xAF"); /* overlong / */
    check(escape_terminal, "\xed\xa0\x80", "\\xED\\xA0\\x80");                   /* surrogate */
    check(escape_terminal, "\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80");          /* U+110000 */
    check(escape_terminal, "\xe2\x86", "\\xE2\\x86");                            /* cut short */
    check(escape_terminal, "\xff\x80z", "\\xFF\\x80z");
}

static void
tsv(void)
{
    check(escape_tsv, "a\tb\nc\rd\\e", "a\\tb\\nc\\rd\\\\e");
    check(escape_tsv, "\x1b σ \xff", "\\x1B σ \\xFF");
}

static void
gnuplot(void)
{
    check(escape_gnuplot, "Az09 ._:=+,()%/-", "Az09 ._:=+,()%/-");
    check(escape_gnuplot, "`rm -rf /`", "_rm -rf /_");
    for (int c = 1; c < 256; c++) {
        char text[] = { (char)c, '\0' };
        check(escape_gnuplot, text, (c < 128 && strchr(" ._:=+,()%/-", c) != NULL) || (c >= '0' && c <= '9') ||
                                            (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ? text : "_");
    }
}

/* Whatever the bytes: one line of printable text, no markup, and the same text again when escaped again. */
static void
random_bytes(void)
{
    uint64_t state = test_seed();
    for (int round = 0; round < 3000; round++) {
        char text[17] = "";
        for (size_t i = 0, n = test_random(&state) % sizeof text; i < n; i++) {
            uint64_t r = test_random(&state);
            text[i] = r % 4 == 0 ? "<\n\x1b\xe2\x80\xae\xc2`"[r / 4 % 8] : (char)(r / 4);
        }
        char *line = escape_copy(escape_terminal, text), *field = escape_copy(escape_tsv, text);
        char *page = escape_copy(escape_html, text);
        for (const char *s = line; *s != '\0'; s++)
            ASSERT((unsigned char)*s >= 0x20 && *s != 0x7f);
        ASSERT(strpbrk(field, "\t\n\r\x1b") == NULL);
        ASSERT(strpbrk(page, "<>\"'\x1b\r") == NULL);
        check(escape_terminal, line, line);
        free(line);
        free(field);
        free(page);
    }
}

TEST_MAIN("escape", TEST(html), TEST(terminal), TEST(tsv), TEST(gnuplot), TEST(random_bytes))
