/* SPDX-License-Identifier: Apache-2.0 */
/* audit_text.c -- an audit's words for the terminal; see audit.h */
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"
#include "report/audit.h"
#include "report/audit_page.h"
#include "report/text.h"

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
        text_wrapped(out, text != NULL ? text : "out of memory", strlen("Warning."), 2);
        free(text);
    }
    if (audit_view_make(&v, report, NULL) == GA_OK && audit_words_make(answer, &v, NULL) == GA_OK)
        for (size_t i = 0; i < AUDIT_ANSWERS; i++) {
            if (answer[i].lead[0] == '\0')
                continue;
            char *lead = escape_copy(escape_terminal, answer[i].lead), *more = escape_copy(escape_terminal, answer[i].more);
            if (i > 0)
                fputs(answer[i].question, out);
            text_wrapped(out, lead != NULL ? lead : "out of memory", i > 0 ? strlen(answer[i].question) : 0, 2);
            if (i == 0)
                text_wrapped(out, more != NULL ? more : "out of memory", 0, 2);
            free(lead);
            free(more);
        }
    audit_words_free(answer);
    audit_view_free(&v);
}
