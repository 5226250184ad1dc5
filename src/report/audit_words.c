/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words.c -- what an audit found, in sentences; see audit_page.h */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/recipe.h"
#include "report/amount.h"
#include "report/audit_words.h"

/* "no element is", "12 of 640 elements (1.9 %) are": of the exact gradient's. */
static void
say_of(FILE *out, uint64_t some, uint64_t whole, const char *what)
{
    fprintf(out, "%s %s %s", amount_of(some, whole, "element").s, amount_one(some, whole) ? "is" : "are", what);
}

static void
truth(FILE *lead, FILE *more, const audit_subject *s)
{
    const audit_view *v = s->v;
    const uint64_t elements = s->naive.e->tally.elements;
    const uint64_t zeros = v->p->function[0].decades.zero, undecided = v->p->function[0].undecided;
    const double median = amount_number(audit_view_function(v, 0), "log10_median");
    if (zeros > 0 || undecided == 0)
        say_of(lead, zeros, elements, "0 in the true gradient (proved)");
    if (undecided > 0) {
        fputs(zeros > 0 ? "; " : "", lead);
        say_of(lead, undecided, elements, "undecided at the greatest precision");
    }
    if (!isnan(median))
        fprintf(lead, ". The median magnitude%s%s is %s", zeros > 0 ? " of the others" : "",
                undecided > 0 ? ", where it is decided," : "", amount_decade(median).s);
    fputs(".", lead);
    (void)more;
}

/* Of naive formulas too, in a precision recipe, or in a format of fewer bits or a smaller range. */
static bool
is_lower(const audit_view *v, size_t e)
{
    const ga_format f = audit_view_format(v, e), own = audit_view_format(v, v->p->shape.naive);
    return e != v->p->shape.naive && audit_view_function_of(v, e) == 0 &&
           strcmp(amount_string(audit_view_estimator(v, e), "formulas"), "naive") == 0 &&
           (recipe_is(f) || f.bits < own.bits || f.emin > own.emin || f.emax < own.emax);
}

static void
lower(FILE *lead, FILE *more, const audit_subject *s)
{
    size_t n = 0;
    for (size_t e = 0; e < s->v->p->shape.n_estimators; e++) {
        if (!is_lower(s->v, e))
            continue;
        const audit_damage d = audit_damage_of(s->v, e);
        fputs(n > 0 ? "\n" : "", lead);
        fputs(n > 0 ? "\n" : "", more);
        audit_damage_words(lead, s, &d);
        if (d.wrong > 0)
            audit_words_most(more, s, &d);
        audit_words_stores(more, NULL, &d); /* beside the table of its loss scales there is more */
        n++;
    }
}

/* Gradients made elsewhere: an estimator without formulas. */
static void
foreign(FILE *lead, FILE *more, const audit_subject *s)
{
    size_t n = 0;
    for (size_t e = 0; e < s->v->p->shape.n_estimators; e++) {
        if (!json_is_null(json_object_get(audit_view_estimator(s->v, e), "formulas")))
            continue;
        const audit_damage d = audit_damage_of(s->v, e);
        fputs(n++ > 0 ? " " : "", lead);
        audit_damage_words(lead, s, &d);
        if (d.wrong > 0)
            fprintf(more, "%s was computed elsewhere, so where it went wrong is not known. For the %s gradient, which has %s "
                          "elements that are not right, it stands above. ",
                    d.name, s->naive.name, s->naive.wrong > 0 ? amount_count(s->naive.wrong).s : "no");
    }
}

/* An answer begins with a capital letter and ends without a blank. */
static void
trim(char *text)
{
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == ' ')
        text[--n] = '\0';
    text[0] = (char)toupper((unsigned char)text[0]);
}

typedef void write_answer(FILE *lead, FILE *more, const audit_subject *s);

static bool
answer_make(audit_answer *a, const char *question, write_answer *write, bool whole, const audit_subject *s)
{
    size_t size[2];
    *a = (audit_answer){ .question = question, .whole = whole };
    FILE *lead = open_memstream(&a->lead, &size[0]), *more = open_memstream(&a->more, &size[1]);
    if (lead != NULL && more != NULL)
        write(lead, more, s);
    const bool led = lead != NULL && fclose(lead) == 0, done = more != NULL && fclose(more) == 0;
    if (!led || !done || a->lead == NULL || a->more == NULL)
        return false;
    trim(a->lead);
    trim(a->more);
    return true;
}

ga_code
audit_words_make(audit_answer answer[AUDIT_ANSWERS], const audit_view *v, ga_status *st)
{
    const json_t *images = json_object_get(v->report, "images");
    const audit_subject s = { .v = v, .naive = audit_damage_of(v, v->p->shape.naive),
                              .attack = json_object_get(audit_view_estimator(v, v->p->shape.naive), "attack"),
                              .images = amount_integer(images, "n"), .correct = amount_integer(images, "correct") };
    static const struct {
        const char *question;
        write_answer *write;
        bool whole;
    } written[AUDIT_ANSWERS] = {
        { "The verdict", audit_words_verdict, false },
        { "What is the true gradient?", truth, false },
        { "Where does it go wrong or out of range, and why?", audit_words_where, false },
        { "What would save it?", audit_words_remedy, false },
        { "And in lower precision?", lower, true },
        { "Does the attack beat chance?", audit_words_attack, false },
        { "And the gradients made elsewhere?", foreign, false },
    };
    bool ok = true;
    for (size_t i = 0; i < AUDIT_ANSWERS; i++) /* each, so that all can be freed */
        ok = answer_make(answer + i, written[i].question, written[i].write, written[i].whole, &s) && ok;
    return ok ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for the words of an audit");
}

void
audit_words_free(audit_answer answer[AUDIT_ANSWERS])
{
    for (size_t i = 0; i < AUDIT_ANSWERS; i++) {
        free(answer[i].lead);
        free(answer[i].more);
        answer[i] = (audit_answer){ .question = "" };
    }
}

char *
audit_paragraph(const char *text, size_t k)
{
    const char *end;
    for (; k > 0 && (end = strchr(text, '\n')) != NULL; k--)
        text = end + 1;
    if (k > 0)
        text = "";
    text += strspn(text, " ");
    return strndup(text, strcspn(text, "\n"));
}
