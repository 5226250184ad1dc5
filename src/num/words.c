/* SPDX-License-Identifier: Apache-2.0 */
/* words.c -- see words.h */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "num/words.h"

enum { LONGEST = 60 };

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether the first n letters are the same, whatever their case. */
static bool
same(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

int
word_find(const word_list *w, const char *text)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i < w->n; i++)
        if (strlen(w->name[i]) == length && same(w->name[i], text, length))
            return (int)i;
    return -1;
}

int
word_begins(const word_list *w, const char *text)
{
    for (size_t i = 0; i < w->n; i++) {
        const size_t length = strlen(w->name[i]);
        if (strnlen(text, length) == length && same(w->name[i], text, length))
            return (int)i;
    }
    return -1;
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The distance of words.h between texts of n and m letters, at most LONGEST: d[i][j] is that of their first i and j. */
static size_t
distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t d[LONGEST + 1][LONGEST + 1];
    if (n >= 3 && n < m && same(a, b, n))
        return 1;
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            d[i][j] = i == 0 ? j : i;
            if (i == 0 || j == 0)
                continue;
            const bool equal = same(a + i - 1, b + j - 1, 1);
            d[i][j] = d[i - 1][j - 1] + (equal ? 0 : i == 1 && j == 1 ? 2 : 1);
            d[i][j] = least(d[i][j], least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && same(a + i - 1, b + j - 2, 1) && same(a + i - 2, b + j - 1, 1))
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

/* Whether the text has the first letters of a name of several words, joined by hyphens. */
static bool
is_initials(const char *text, const char *name)
{
    size_t n = 0;
    for (const char *word = name; word != NULL; word = strchr(word, '-')) {
        word += *word == '-';
        if (text[n] == '\0' || !same(text + n, word, 1))
            return false;
        n++;
    }
    return n > 1 && text[n] == '\0';
}

const char *
word_nearest(const word_list *w, const char *text)
{
    const size_t length = strlen(text);
    size_t nearest = length / 3 > 1 ? length / 3 + 1 : 2; /* the first beyond */
    const char *name = NULL;
    for (size_t i = 0; i < w->n; i++)
        if (is_initials(text, w->name[i]))
            return w->name[i];
    for (size_t i = 0; length <= LONGEST && i < w->n; i++) {
        const size_t m = strlen(w->name[i]), d = m <= LONGEST ? distance(text, length, w->name[i], m) : nearest;
        if (d < nearest && d < length) {
            nearest = d;
            name = w->name[i];
        }
    }
    return name;
}

void
word_names(char *text, size_t size, const word_list *w)
{
    if (size > 0)
        *text = '\0';
    for (size_t i = 0; i < w->n; i++) {
        const size_t end = strlen(text);
        snprintf(text + end, size - end, "%s%s", i == 0 ? "" : i + 1 < w->n ? ", " : " or ", w->name[i]);
    }
}

void
word_hint(char *text, size_t size, const word_list *w, const char *said)
{
    const char *const nearest = word_nearest(w, said);
    if (nearest != NULL)
        snprintf(text, size, "; did you mean '%s'?", nearest);
    else if (size > 0)
        *text = '\0';
}

int
word_parse(const word_list *w, const char *text, ga_status *st)
{
    char list[300], hint[100];
    const int place = word_find(w, text);
    if (place >= 0)
        return place;
    word_names(list, sizeof list, w);
    word_hint(hint, sizeof hint, w, text);
    ga_fail(st, GA_USAGE, "no %s is called '%.100s': %s%s", w->what, text, list, hint);
    return -1;
}
