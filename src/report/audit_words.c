/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words.c -- what an audit found, in sentences; see audit_page.h */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "report/audit_words.h"

static const char *
is_are(uint64_t some, uint64_t whole)
{
    return amount_one(some, whole) ? "is" : "are";
}

static void
verdict(FILE *lead, FILE *more, const audit_subject *s)
{
    const audit_view *v = s->v;
    const json_t *o = json_object_get(v->report, "verdict"), *images = json_object_get(o, "images");
    const char *model = amount_string(o, "model");
    const uint64_t masked = amount_integer(images, "masked"), smoothed = amount_integer(images, "attackable-by-smoothing");
    const uint64_t correct = amount_integer(json_object_get(v->report, "images"), "correct");
    if (strcmp(model, "masked") == 0)
        fputs("Rounding hides an attack: FGSM with the exact gradient beats both controls.", lead);
    else if (strcmp(model, "attackable-by-smoothing") == 0)
        fprintf(lead, "Attackable by smoothing: FGSM beats both controls with the gradient of %s, and does not with the exact "
                         "gradient of the network itself.",
                v->p->shape.stable < v->p->shape.n_estimators ? v->label[v->p->shape.stable] : "a smoothed network");
    else if (strncmp(model, "no evidence", 11) == 0)
        fputs("No evidence that rounding hides an attack: FGSM with the exact gradient is not shown to beat both controls.", lead);
    else if (strncmp(model, "undecided", 9) == 0)
        fprintf(lead, "No verdict: the controls had %s, and a verdict needs 20.", amount_nouns(v->p->shape.seeds, "seed").s);
    else
        fprintf(lead, "Verdict: %s.", *model != '\0' ? model : "none");
    if (masked > 0)
        fprintf(more, "On %s the naive attack fails and the exact one succeeds. ",
                amount_of(masked, correct, "correctly classified image").s);
    if (smoothed > 0)
        fprintf(more, "On %s only the gradient of reduced scale succeeds. ",
                amount_of(smoothed, correct, "correctly classified image").s);
    fputs("No verdict says that the network is robust: only these attacks were tried.", more);
}

static void
computed(FILE *lead, FILE *more, const audit_subject *s)
{
    const audit_view *v = s->v;
    const uint64_t all = amount_integer(s->attack, "all_zero_images");
    bool any = false;
    fprintf(lead, "%s of the %s gradient %s 0.", amount_of(s->zeros, s->elements, "element").s, s->name,
            is_are(s->zeros, s->elements));
    if (all > 0)
        fprintf(more, "On %s every element is 0 or not a number, and FGSM changes nothing. ", amount_of(all, s->images, "image").s);
    for (size_t e = 0; e < v->p->shape.n_estimators; e++) {
        const part_estimator *other = v->p->estimator + e;
        if (e == v->p->shape.naive || audit_view_function_of(v, e) != 0)
            continue;
        fprintf(more, "%s%s %s", any ? ", " : "Zeros in other gradients of the same function: ", v->label[e],
                amount_percent(other->decades.zero, other->decades.elements).s);
        any = true;
    }
    fputs(any ? "." : "", more);
}

/* "a, b and c": parts that are 0 left out. */
typedef struct {
    uint64_t n;
    const char *text;
} clause;

static void
clauses(FILE *out, uint64_t whole, const clause *c, size_t n)
{
    size_t left = 0;
    bool first = true;
    for (size_t i = 0; i < n; i++)
        left += c[i].n > 0;
    for (size_t i = 0; i < n; i++)
        if (c[i].n > 0) {
            fprintf(out, "%s%s %s %s", first ? "" : left == 1 ? " and " : ", ",
                    c[i].n == whole && whole > 1 ? "all" : amount_count(c[i].n).s, c[i].n == 1 ? "is" : "are", c[i].text);
            first = false;
            left--;
        }
}

static void
truth(FILE *lead, FILE *more, const audit_subject *s)
{
    const uint64_t *cell = s->naive->tally.cell, other = s->elements - (s->zeros < s->elements ? s->zeros : s->elements);
    const double median = amount_number(audit_view_function(s->v, 0), "log10_median");
    const double tolerance = amount_number(s->v->options, "tolerance");
    char below[64], above[64], off[96];
    if (s->true_zeros == 0 && s->undecided == 0)
        fprintf(lead, "%s no element of the exact gradient is 0.", s->zeros > 0 ? "No:" : "Nor in truth:");
    else if (s->true_zeros == s->elements)
        fputs("Yes: every element of the exact gradient is 0, as is proved.", lead);
    else
        fprintf(lead, "%s of the exact gradient %s %s0%s.", amount_of(s->true_zeros, s->elements, "element").s,
                is_are(s->true_zeros, s->elements), s->undecided > 0 ? "proved to be " : "",
                s->undecided == 0 ? ", as is proved, and no other one is" : "");
    if (s->undecided > 0)
        fprintf(lead, " Undecided: %s.", amount_of(s->undecided, s->elements, "element").s);
    snprintf(below, sizeof below, "below %s\u2019s range", s->format);
    snprintf(above, sizeof above, "above %s\u2019s range", s->format);
    snprintf(off, sizeof off, "off by more than %.30s %%", amount_real(100 * tolerance).s);
    if (s->zeros > 0) {
        const uint64_t known = cell[GA_CELL_LOST] + cell[GA_CELL_BELOW_RANGE] + cell[GA_CELL_ZERO];
        const clause zeros[] = { { cell[GA_CELL_LOST], "lost" },
                                 { cell[GA_CELL_BELOW_RANGE], below },
                                 { cell[GA_CELL_ZERO], "truly 0" },
                                 { s->zeros > known ? s->zeros - known : 0, "undecided" } };
        fprintf(lead, " Of %s, ", amount_nouns(s->zeros, "computed zero").s);
        clauses(lead, s->zeros, zeros, sizeof zeros / sizeof *zeros);
        fputs(".", lead);
        if (cell[GA_CELL_LOST] > 0)
            fputs("Lost is a zero where the format can hold the true value. ", more);
        if (cell[GA_CELL_BELOW_RANGE] > 0)
            fputs("Below range, 0 is the correct rounding of the true value, and no rewriting of formulas alone helps. ", more);
    }
    const clause others[] = { { cell[GA_CELL_RIGHT], "right" }, { cell[GA_CELL_WRONG_SIGN], "of the wrong sign" },
                              { cell[GA_CELL_INACCURATE], off }, { cell[GA_CELL_ABOVE_RANGE], above },
                              { cell[GA_CELL_NONFINITE], "infinite or NaN" },
                              { cell[GA_CELL_SPURIOUS], "0 in truth" } };
    if (other > 0) {
        fprintf(more, "Of %s%s: ", amount_nouns(other, "element").s, s->zeros > 0 ? " computed as other than 0" : "");
        clauses(more, other, others, sizeof others / sizeof *others);
        fputs(". ", more);
    }
    if (!isnan(median))
        fprintf(more, "The median magnitude of the exact gradient%s is %s.", s->undecided > 0 ? ", where it is decided," : "",
                amount_power(median).s);
}

/* An answer begins with a capital letter, and no blank stands at its end. */
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
answer_make(audit_answer *a, const char *question, write_answer *write, const audit_subject *s)
{
    size_t size[2];
    *a = (audit_answer){ .question = question };
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
    const part_estimator *naive = v->p->estimator + v->p->shape.naive;
    const json_t *estimator = audit_view_estimator(v, v->p->shape.naive);
    audit_subject s = { .v = v, .naive = naive, .attack = json_object_get(estimator, "attack"), .name = v->label[v->p->shape.naive],
                        .format = strcmp(amount_string(estimator, "format"), "double") == 0 ? "double" : "float",
                        .elements = naive->tally.elements, .zeros = naive->decades.zero,
                        .true_zeros = v->p->function[0].decades.zero, .undecided = v->p->function[0].undecided,
                        .images = amount_integer(json_object_get(v->report, "images"), "n") };
    for (size_t c = 0; c < PART_FAULTS; c++)
        s.faults += s.fault[c] = naive->tally.cell[part_faults[c]];
    const bool failed = amount_integer(s.attack, "fooled") < amount_integer(s.attack, "correct_before");
    const struct {
        const char *question;
        write_answer *write;
    } written[AUDIT_ANSWERS] = {
        { "The verdict", verdict },
        { "Is the gradient zero?", computed },
        { "Is it truly?", truth },
        { s.zeros > 0 ? "Where was it lost, and why?" : "Where did it go wrong, and why?", audit_words_where },
        { "What would save it?", audit_words_remedy },
        { failed ? "Would the attack that failed have worked?" : "Do attacks work?", audit_words_attack },
    };
    bool ok = true;
    for (size_t i = 0; i < AUDIT_ANSWERS; i++) /* each, so that all can be freed */
        ok = answer_make(answer + i, written[i].question, written[i].write, &s) && ok;
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
