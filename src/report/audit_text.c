/* SPDX-License-Identifier: Apache-2.0 */
/* audit_text.c -- an audit's words for the terminal; see audit.h */
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"
#include "report/audit.h"
#include "report/audit_page.h"
#include "report/text.h"

static void
print_line(FILE *out, const char *text, size_t used)
{
    char *const safe = escape_copy(escape_terminal, text);
    text_wrapped(out, safe != NULL ? safe : "out of memory", used, 2);
    free(safe);
}

/* Paragraph k of an answer, after `used` columns, its further words with it or below it; false: there is none. */
static bool
print_paragraph(FILE *out, const audit_answer *a, size_t k, size_t used, bool below)
{
    char *const lead = audit_paragraph(a->lead, k), *const more = audit_paragraph(a->more, k);
    char *both = NULL;
    const bool is = lead != NULL && lead[0] != '\0';
    const bool joined = is && a->whole && more != NULL && asprintf(&both, "%s %s", lead, more) >= 0;
    if (is && k > 0) {
        fputc(' ', out);
        used = 1;
    }
    if (is)
        print_line(out, joined ? both : lead, used);
    if (is && below)
        print_line(out, more != NULL ? more : "out of memory", 0);
    if (joined)
        free(both);
    free(lead);
    free(more);
    return is;
}

void
audit_text(FILE *out, const json_t *report)
{
    audit_view v;
    audit_answer answer[AUDIT_ANSWERS] = { { .question = NULL } };
    const json_t *warning, *warnings = json_object_get(report, "warnings");
    size_t w;
    json_array_foreach((json_t *)(uintptr_t)warnings, w, warning) {
        char *text = escape_copy(escape_terminal, json_is_string(warning) ? json_string_value(warning) : "");
        fputs("Warning.", out);
        text_wrapped(out, text != NULL ? text : "out of memory", strlen("Warning."), 2);
        free(text);
    }
    if (audit_view_make(&v, report, NULL) == GA_OK && audit_words_make(answer, &v, NULL) == GA_OK)
        for (size_t i = 0; i < AUDIT_ANSWERS; i++) {
            if (answer[i].lead[0] == '\0')
                continue;
            if (i > 0)
                fputs(answer[i].question, out);
            for (size_t k = 0; print_paragraph(out, answer + i, k, i > 0 ? strlen(answer[i].question) : 0, i == 0); k++)
                continue;
        }
    audit_words_free(answer);
    audit_view_free(&v);
}
