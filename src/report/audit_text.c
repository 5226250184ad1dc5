/* SPDX-License-Identifier: Apache-2.0 */
/* audit_text.c -- an audit's words for the terminal; see audit.h */
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"
#include "report/audit.h"
#include "report/audit_page.h"

/* Wraps text, after `used` columns of the first line, in lines of at most 80 columns, the later ones indented by two. */
static void
print_wrapped(FILE *out, const char *text, size_t used)
{
    while (*text != '\0') {
        size_t n = strcspn(text, " ");
        n += strncmp(text + n, " %", 2) == 0 ? 1 + strcspn(text + n + 1, " ") : 0;
        size_t columns = 0;
        for (size_t i = 0; i < n; i++)
            columns += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (used + 1 + columns > 80) {
            fputs("\n ", out);
            used = 1;
        }
        fprintf(out, "%s%.*s", used > 0 ? " " : "", (int)n, text);
        used += (used > 0) + columns;
        text += n + (text[n] == ' ');
    }
    fputc('\n', out);
}

void
audit_text(FILE *out, const json_t *report)
{
    audit_view v;
    audit_answer answer[AUDIT_ANSWERS] = { { NULL, NULL, NULL } };
    const json_t *warning, *warnings = json_object_get(report, "warnings");
    size_t w;
    json_array_foreach((json_t *)(uintptr_t)warnings, w, warning) {
        char *text = escape_copy(escape_terminal, json_is_string(warning) ? json_string_value(warning) : "");
        fputs("Warning.", out);
        print_wrapped(out, text != NULL ? text : "out of memory", strlen("Warning."));
        free(text);
    }
    if (audit_view_make(&v, report, NULL) == GA_OK && audit_words_make(answer, &v, NULL) == GA_OK)
        for (size_t i = 0; i < AUDIT_ANSWERS; i++) {
            if (answer[i].lead[0] == '\0')
                continue;
            char *lead = escape_copy(escape_terminal, answer[i].lead), *more = escape_copy(escape_terminal, answer[i].more);
            if (i > 0)
                fputs(answer[i].question, out);
            print_wrapped(out, lead != NULL ? lead : "out of memory", i > 0 ? strlen(answer[i].question) : 0);
            if (i == 0)
                print_wrapped(out, more != NULL ? more : "out of memory", 0);
            free(lead);
            free(more);
        }
    audit_words_free(answer);
    audit_view_free(&v);
}
