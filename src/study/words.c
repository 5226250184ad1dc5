/* SPDX-License-Identifier: Apache-2.0 */
/* words.c -- texts; see words.h */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"
#include "study/words.h"

/* Whether the character stands within one of the study's terms. */
static bool
is_in_term(const json_t *study, const char *text, const char *at)
{
    size_t i;
    const json_t *term;
    json_array_foreach(json_object_get(study, "terms"), i, term) {
        const char *const name = json_string_value(term), *found = text;
        while (name != NULL && *name != '\0' && (found = strstr(found, name)) != NULL && found <= at)
            if (at < found++ + strlen(name))
                return true;
    }
    return false;
}

static void
check_digits(teller *t, const char *text)
{
    bool within = false;
    for (const char *at = text; *at != '\0'; at++) {
        within = *at == '{' || (within && *at != '}');
        if (!t->digits && !within && isdigit((unsigned char)*at) && !is_in_term(t->study, text, at)) {
            teller_fault(t, "the number at '%.30s' comes from nowhere: make it {path|format}, or a term", at);
            return;
        }
    }
}

/* Words that a name stands for. */
static void
tell_within(teller *t, const json_t *scope, const json_t *words)
{
    enum { DEEPEST = 16 };
    if (++t->deep > DEEPEST)
        teller_fault(t, "words stand for words that stand for words, without end");
    else if (words != NULL)
        words_tell(t, scope, words);
    t->deep--;
}

/* "path|format", without its braces. */
static void
tell_number(teller *t, const json_t *scope, const char *inside, size_t n)
{
    char path[512];
    if (n >= sizeof path || n == 0) {
        teller_fault(t, "'{%.60s' is too long, or empty", inside);
        return;
    }
    snprintf(path, sizeof path, "%.*s", (int)n, inside);
    char *const bar = strchr(path, '|');
    if (bar != NULL)
        *bar = '\0';
    char *const format = words_expand(t, scope, bar != NULL ? bar + 1 : "");
    if (format != NULL && !format_pattern_known(format))
        teller_fault(t, "'%.40s' is no format of a number", format);
    const bool blind = t->blind;
    t->blind = blind || (format != NULL && *format == '['); /* what may be missing */
    const value v = words_value(t, scope, path);
    t->blind = blind;
    if (format != NULL && strcmp(format, "words") == 0)
        tell_within(t, scope, v.json);
    else if (format != NULL && !t->check && t->fault[0] == '\0')
        format_print(t->out, &v, format, json_object_get(json_object_get(t->study, "answer"), "answers"));
    free(format);
}

static void
tell_text(teller *t, const json_t *scope, const char *text)
{
    if (t->check)
        check_digits(t, text);
    while (*text != '\0' && t->fault[0] == '\0') {
        const size_t n = strcspn(text, "{}");
        if (!t->check)
            fprintf(t->out, "%.*s", (int)n, text);
        text += n;
        if (*text == '\0')
            return;
        const size_t end = strcspn(text + 1, "{}");
        if (*text == '}' || text[1 + end] != '}')
            teller_fault(t, "a brace has no other at '%.40s'", text);
        else
            tell_number(t, scope, text + 1, end);
        text += 1 + end + (text[1 + end] != '\0');
    }
}

typedef struct {
    const json_t *words;
    const char *between;
} repeated;

static void
tell_one(teller *t, const json_t *scope, size_t i, void *data)
{
    const repeated *r = data;
    if (r->between != NULL && t->check)
        check_digits(t, r->between);
    if (i > 0 && r->between != NULL && !t->check)
        fputs(r->between, t->out);
    words_tell(t, scope, r->words);
}

static void
tell_choice(teller *t, const json_t *scope, const json_t *words)
{
    if (json_object_get(words, "if") != NULL) {
        teller_members(t, words, "if:array! then:words! else:words");
        const bool holds = words_hold(t, scope, json_object_get(words, "if"));
        if (t->check || holds)
            words_tell(t, scope, json_object_get(words, "then"));
        if ((t->check || !holds) && json_object_get(words, "else") != NULL)
            words_tell(t, scope, json_object_get(words, "else"));
        return;
    }
    teller_members(t, words, "each:list! do:words! where:array between:text none:words");
    repeated r = { json_object_get(words, "do"), json_string_value(json_object_get(words, "between")) };
    const size_t n = words_each(t, scope, json_object_get(words, "each"), json_object_get(words, "where"), tell_one, &r);
    if ((n == 0 || t->check) && json_object_get(words, "none") != NULL)
        words_tell(t, scope, json_object_get(words, "none"));
}

void
words_tell(teller *t, const json_t *scope, const json_t *words)
{
    size_t i;
    const json_t *one;
    if (!teller_goes_on(t))
        return;
    if (json_is_string(words))
        tell_text(t, scope, json_string_value(words));
    else if (json_is_object(words))
        tell_choice(t, scope, words);
    else if (!json_is_array(words))
        teller_fault(t, "words are a text, a list, or an object with 'if' or 'each'");
    json_array_foreach(words, i, one)
        words_tell(t, scope, one);
}

char *
words_text(teller *t, const json_t *scope, const json_t *words)
{
    char *text = NULL;
    size_t size;
    FILE *const out = t->out;
    t->out = open_memstream(&text, &size);
    if (t->out != NULL) {
        words_tell(t, scope, words);
        fclose(t->out);
    }
    t->out = out;
    if (t->page || text == NULL)
        return text;
    char *const escaped = escape_copy(escape_terminal, text);
    free(text);
    return escaped;
}
