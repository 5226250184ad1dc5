/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words_remedy.c -- what would save it, in sentences; see audit_words.h */
#include <ctype.h>
#include <string.h>

#include "num/format.h"
#include "num/recipe.h"
#include "report/amount.h"
#include "report/audit_words.h"

/* "all of them", "none of them", "12 of them (3.4 %)"; of one: "it", "nothing". */
static amount
of_them(uint64_t n, uint64_t whole)
{
    amount a;
    if (whole == 1)
        snprintf(a.s, sizeof a.s, n == 0 ? "nothing" : "it");
    else if (n == 0 || n >= whole)
        snprintf(a.s, sizeof a.s, n == 0 ? "none of them" : "all of them");
    else
        snprintf(a.s, sizeof a.s, "%.30s of them (%.12s)", amount_count(n).s, amount_percent(n, whole).s);
    return a;
}

static const char *const remedy_words[N_REMEDIES] = {
    [REMEDY_REWRITE] = "rewritten formulas", [REMEDY_EXPONENT] = "a wider exponent", [REMEDY_SIGNIFICAND] = "a wider significand",
    [REMEDY_BOTH] = "a wider exponent and significand", [REMEDY_REWRITE_EXPONENT] = "rewritten formulas and a wider exponent",
};

/* The first of those that save most. */
static size_t
best_remedy(const uint64_t saved[N_REMEDIES])
{
    size_t best = 0;
    for (size_t r = 0; r < N_REMEDIES; r++)
        best = saved[r] > saved[best] ? r : best;
    return best;
}

/* "12 (3.4 %) of the 350 elements that are not right (5 out of the format's range)". */
static amount
of_wrong(uint64_t n, uint64_t whole, uint64_t out_of_range)
{
    amount a;
    char some[80] = "all of ";
    if (n == 0)
        snprintf(some, sizeof some, "any of ");
    else if (n < whole)
        snprintf(some, sizeof some, "%.30s (%.12s) of ", amount_count(n).s, amount_percent(n, whole).s);
    const int end = snprintf(a.s, sizeof a.s, "%sthe %.40s that %s not right", whole == 1 ? "" : some,
                             whole == 1 ? "one element" : amount_nouns(whole, "element").s, whole == 1 ? "is" : "are");
    if (out_of_range > 0)
        snprintf(a.s + end, sizeof a.s - (size_t)end, " (%.30s out of the format\u2019s range)",
                 whole == 1 ? "it is" : out_of_range == whole ? "all" : amount_count(out_of_range).s);
    return a;
}

/* Other gradients of the same function: what another format or other formulas make of it. */
static void
say_others(FILE *out, const audit_view *v)
{
    bool any = false;
    for (size_t e = 0; e < v->p->shape.n_estimators; e++)
        if (e != v->p->shape.naive && audit_view_function_of(v, e) == 0) {
            const audit_damage other = audit_damage_of(v, e);
            fprintf(out, any ? ", %s %s" : " Elements that are not right in other gradients of the same function: %s %s",
                    other.name, amount_percent(other.wrong, other.e->tally.elements).s);
            any = true;
        }
    fputs(any ? "." : "", out);
}

/* Where the model's own format is float: a gradient in double of the same function that is right in every element; naive formulas
   rather than rewritten ones. n_estimators: none is. */
static size_t
right_in_double(const audit_view *v)
{
    size_t found = v->p->shape.n_estimators;
    if (strcmp(amount_string(audit_view_estimator(v, v->p->shape.naive), "format"), "float") != 0)
        return found;
    for (size_t e = v->p->shape.n_estimators; e-- > 0;) {
        const json_t *o = audit_view_estimator(v, e);
        const ga_tally *t = &v->p->estimator[e].tally;
        if (audit_view_function_of(v, e) == 0 && strcmp(amount_string(o, "format"), "double") == 0 && t->elements > 0 &&
            t->cell[GA_CELL_RIGHT] + t->cell[GA_CELL_ZERO] == t->elements &&
            (found == v->p->shape.n_estimators || strcmp(amount_string(o, "formulas"), "naive") == 0))
            found = e;
    }
    return found;
}

/* What to type for a remedy. A wider significand in the format's own range has no option. */
static void
say_options(FILE *out, const audit_subject *s, size_t r)
{
    const json_t *naive = audit_view_estimator(s->v, s->v->p->shape.naive);
    const ga_format own = audit_view_format(s->v, s->v->p->shape.naive);
    char format[FORMAT_NAME];
    format_name(format, sizeof format, own);
    if (r == REMEDY_SIGNIFICAND || (recipe_is(own) && r != REMEDY_REWRITE && r != REMEDY_BOTH))
        return;
    fputs(" To compute it: gradaudit gradient with --format ", out);
    if (r == REMEDY_REWRITE)
        fprintf(out, "%s --formulas rewrite%s.", format,
                strcmp(amount_string(naive, "product"), "loop") == 0 && format_has_product(own, GA_BLAS) ? " --gemm loop" : "");
    else
        fprintf(out, "mpfr:%ld%s.", r == REMEDY_BOTH ? (long)REMEDY_BITS : own.bits,
                r == REMEDY_REWRITE_EXPONENT ? " --formulas rewrite" : "");
}

/* Rewriting costs nothing: it comes first if it saves nearly as much as the best. */
#define CHEAP_ENOUGH 0.95

/* The remedy that saves most, and rewriting with it; first of all double, if it is right everywhere. */
static void
say_remedy(FILE *out, const audit_subject *s, const uint64_t saved[N_REMEDIES], uint64_t whole, uint64_t beyond)
{
    const size_t best = best_remedy(saved);
    if (saved[best] == 0)
        fprintf(out, "Nothing that was tried would save %s.", of_wrong(0, whole, beyond).s);
    else if (best == REMEDY_REWRITE)
        fprintf(out, "Rewritten formulas would save %s.", of_wrong(saved[best], whole, beyond).s);
    else if ((double)saved[REMEDY_REWRITE] >= CHEAP_ENOUGH * (double)saved[best])
        fprintf(out, "Rewritten formulas would save %s, %s %s.", of_wrong(saved[REMEDY_REWRITE], whole, beyond).s,
                remedy_words[best], of_them(saved[best], whole).s);
    else {
        fputc(toupper((unsigned char)remedy_words[best][0]), out);
        fprintf(out, "%s would save %s; rewritten formulas alone %s.", remedy_words[best] + 1,
                of_wrong(saved[best], whole, beyond).s, of_them(saved[REMEDY_REWRITE], whole).s);
    }
    if (saved[best] > 0)
        say_options(out, s, (double)saved[REMEDY_REWRITE] >= CHEAP_ENOUGH * (double)saved[best] ? REMEDY_REWRITE : best);
}

/* For all elements together that are not right, then for each fault. */
void
audit_words_remedy(FILE *lead, FILE *more, const audit_subject *s)
{
    const part_estimator *e = s->naive.e;
    const size_t in_double = right_in_double(s->v);
    uint64_t whole = 0, beyond = 0, saved[N_REMEDIES] = { 0 };
    for (size_t f = 0; f < PART_FAULTS; f++) {
        whole += e->remedied[f];
        beyond += audit_out_of_range(f) ? e->remedied[f] : 0;
        for (size_t r = 0; r < N_REMEDIES; r++)
            saved[r] += e->saved[f][r];
    }
    if (s->naive.wrong > 0 && in_double < s->v->p->shape.n_estimators)
        fprintf(lead, "In double every element is right%s. ",
                strcmp(amount_string(audit_view_estimator(s->v, in_double), "formulas"), "naive") == 0 ? ""
                                                                                                     : " with rewritten formulas");
    if (whole > 0)
        audit_words_stores(lead, more, &s->naive);
    if (s->naive.wrong == 0)
        fputs(e->tally.cell[GA_CELL_UNDECIDED] > 0 ? "Nothing is proved to need it." : "Nothing needs it.", lead);
    else if (whole == 0)
        fputs("Remedies were not run.", lead);
    else
        say_remedy(lead, s, saved, whole, beyond);
    if (whole == 0)
        return;
    for (size_t i = 0; i < s->naive.n_faults && s->naive.n_faults > 1; i++) {
        const size_t f = s->naive.order[i], r = best_remedy(e->saved[f]);
        fprintf(more, "%s: %s", amount_nouns(e->remedied[f], audit_fault_noun(f)).s,
                e->saved[f][r] == 0 ? "nothing" : remedy_words[r]);
        if (e->saved[f][r] > 0)
            fprintf(more, " %s", amount_percent(e->saved[f][r], e->remedied[f]).s);
        fputs(". ", more);
    }
    fprintf(more, "An element counts as saved if it is then proved to be right, or is 0 where the true value is 0. Share of the %s "
                  "saved by each remedy: ", amount_nouns(whole, "element").s);
    for (size_t r = 0; r < N_REMEDIES; r++)
        fprintf(more, "%s%s %s", r == 0 ? "" : ", ", remedy_words[r],
                amount_percent(saved[r], whole).s);
    fputs(".", more);
    say_others(more, s->v);
}
