/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words_why.c -- where it goes wrong, and what would save it, in sentences; see audit_words.h */
#include <string.h>

#include "report/amount.h"
#include "report/audit_words.h"

static const char *const origin_words[N_ORIGINS] = {
    [ORIGIN_SIGMA_ABSORPTION] = "the activation is rounded to 1 (tanh: to 1 or -1), so that its derivative is computed as 0",
    [ORIGIN_SIGMA_UNDERFLOW] = "the activation, or e^-|z|, is below the format\u2019s range",
    [ORIGIN_SOFTMAX_ABSORPTION] = "the probability of the label is rounded to 1, so that its residual is computed as 0",
    [ORIGIN_SOFTMAX_UNDERFLOW] = "the probability of another class is below the format\u2019s range",
    [ORIGIN_PRODUCT_UNDERFLOW] = "a product of two factors that are not 0 is below the format\u2019s range",
    [ORIGIN_SUM_UNDERFLOW] = "a matrix product is below the format\u2019s range, as is each of its terms",
    [ORIGIN_SUM_CANCELLATION] = "the terms of a matrix product cancel, or errors in them, each tolerable, add up",
    [ORIGIN_PRODUCT_INSIDE_BLAS] = "the sum of the terms is fine, what the library\u2019s product made of it is not",
    [ORIGIN_RELU_FLIP] = "rounding changed the sign of a ReLU\u2019s argument",
    [ORIGIN_OVERFLOW] = "a result, or a partial sum, is beyond the format\u2019s range",
    [ORIGIN_SUBNORMAL_LOSS] = "a result is subnormal and has lost digits",
    [ORIGIN_CANCELLATION] = "a subtraction of nearly equal numbers (1 - s, 1 - t^2, p - 1) lost the digits",
    [ORIGIN_ARGUMENT_ERROR] = "the argument\u2019s rounding error, small as it is, is amplified by an exponential",
    [ORIGIN_ACCUMULATION] = "errors of two factors, each tolerable, add up",
    [ORIGIN_CLASS_FLIP] = "rounding chose another class than the true logits do",
    [ORIGIN_INVALID] = "a weight, a bias or an input is not finite itself",
};

const char *
audit_origin_words(size_t kind)
{
    return kind < N_ORIGINS ? origin_words[kind] : "";
}

/* In the last layer the argument has its own name. */
static const char *
words_at(const audit_subject *s, size_t kind, size_t layer)
{
    return kind == ORIGIN_ARGUMENT_ERROR && layer == s->v->p->shape.n_layers
               ? "the rounding error of the logits, small as it is, is amplified by the softmax\u2019s exponential"
               : audit_origin_words(kind);
}

/* The most frequent origin of a fault, except those already taken; ties: the lowest. n = 0: none is left. */
typedef struct {
    size_t index; /* kind * n_layers + layer */
    uint64_t n;
} place;

static place
most_frequent(const audit_subject *s, size_t fault, const place *taken, size_t n_taken)
{
    place best = { 0, 0 };
    for (size_t i = 0; i < N_ORIGINS * s->v->p->shape.n_layers; i++) {
        const uint64_t n = s->naive.e->origin[fault][i];
        bool free = true;
        for (size_t k = 0; k < n_taken; k++)
            free = free && taken[k].index != i;
        if (free && n > best.n)
            best = (place){ i, n };
    }
    return best;
}

/* The most frequent fault's origins, with what they mean, or another's in brief. */
static void
origins_of(FILE *lead, FILE *more, const audit_subject *s, size_t fault, bool first)
{
    const size_t n_layers = s->v->p->shape.n_layers, shown = first ? 3 : 1;
    const uint64_t whole = s->naive.count[fault], unlisted = s->naive.e->unlisted[fault];
    const char *const noun = audit_fault_noun(fault);
    place found[3];
    if (unlisted > 0)
        fprintf(unlisted == whole && first ? lead : more, "Behind %s stand %.3g operations%s, too many to list. ",
                amount_of(unlisted, whole, noun).s, (double)s->naive.e->faults[fault] / (double)unlisted,
                unlisted > 1 ? " each, on average" : "");
    if (unlisted == whole)
        return;
    for (size_t k = 0; k < shown; k++) {
        found[k] = most_frequent(s, fault, found, k);
        const char *const kind = origin_names[found[k].index / n_layers];
        const size_t layer = found[k].index % n_layers + 1;
        const char *const words = words_at(s, found[k].index / n_layers, layer);
        if (found[k].n == 0 && k == 0)
            fprintf(first ? lead : more, "Of %s no origin is listed. ", amount_nouns(whole, noun).s);
        if (found[k].n == 0)
            break;
        if (k == 0 && first) {
            fprintf(lead, "Most often through %s in layer %zu, which is behind %s.", kind, layer, amount_of(found[k].n, whole,
                                                                                                            noun).s);
            fprintf(more, "%s: %s. ", kind, words);
        } else if (k == 0)
            fprintf(more, "%s: most often %s in layer %zu, which is behind %s (%s). ", amount_nouns(whole, noun).s, kind, layer,
                    amount_count(found[k].n).s, words);
        else
            fprintf(more, "%s%s in layer %zu (%s)", k == 1 ? "Also " : ", ", kind, layer, amount_percent(found[k].n, whole).s);
        if (k > 0 && (k + 1 == shown || most_frequent(s, fault, found, k + 1).n == 0))
            fputs(". ", more);
    }
}

void
audit_words_where(FILE *lead, FILE *more, const audit_subject *s)
{
    const uint64_t undecided = s->naive.e->tally.cell[GA_CELL_UNDECIDED], elements = s->naive.e->tally.elements;
    if (s->naive.wrong == 0 && undecided > 0)
        fprintf(lead, "Nowhere that is proved: %s %s undecided.", amount_of(undecided, elements, "element").s,
                amount_one(undecided, elements) ? "is" : "are");
    else if (s->naive.wrong == 0)
        fprintf(lead, "Nowhere: no element of the %s gradient was lost, out of range, of the wrong sign, inaccurate or not finite.",
                s->naive.name);
    for (size_t i = 0; i < s->naive.n_faults; i++)
        origins_of(lead, more, s, s->naive.order[i], i == 0);
    if (s->naive.wrong > 0)
        fputs("An element can have several origins.", more);
}

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
    [REMEDY_BOTH] = "a wider exponent and significand", [REMEDY_REWRITE_EXPONENT] = "rewritten formulas with a wider exponent",
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

/* "12 elements that are not right". */
static amount
not_right(uint64_t n)
{
    amount a;
    snprintf(a.s, sizeof a.s, "%.60s that %s not right", n == 1 ? "one element" : amount_nouns(n, "element").s,
             n == 1 ? "is" : "are");
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
            fprintf(out, any ? ", %s %s" : " Not right in other gradients of the same function, in %% of their elements: %s %s",
                    other.name, amount_percent(other.wrong, other.e->tally.elements).s);
            any = true;
        }
    fputs(any ? "." : "", out);
}

/* Rewriting costs nothing: it comes first if it saves nearly as much as the best. */
#define CHEAP_ENOUGH 0.95

/* For all wrong elements together: the remedy that saves most, and rewriting with it. Then for each fault. */
void
audit_words_remedy(FILE *lead, FILE *more, const audit_subject *s)
{
    const part_estimator *e = s->naive.e;
    uint64_t whole = 0, saved[N_REMEDIES] = { 0 };
    for (size_t f = 0; f < PART_FAULTS; f++) {
        whole += e->remedied[f];
        for (size_t r = 0; r < N_REMEDIES; r++)
            saved[r] += e->saved[f][r];
    }
    const size_t best = best_remedy(saved);
    if (s->naive.wrong == 0)
        fputs(e->tally.cell[GA_CELL_UNDECIDED] > 0 ? "Nothing is proved to need it." : "Nothing needs it.", lead);
    else if (whole == 0)
        fputs("Not examined: the audit ran without remedies.", lead);
    else if (saved[best] == 0)
        fprintf(lead, "Nothing that was tried would save any of the %s.", not_right(whole).s);
    else if (best == REMEDY_REWRITE)
        fprintf(lead, "Of the %s, rewritten formulas would save %s.", not_right(whole).s, of_them(saved[best], whole).s);
    else if ((double)saved[REMEDY_REWRITE] >= CHEAP_ENOUGH * (double)saved[best])
        fprintf(lead, "Of the %s, rewritten formulas would save %s, %s %s.", not_right(whole).s,
                of_them(saved[REMEDY_REWRITE], whole).s, remedy_words[best], of_them(saved[best], whole).s);
    else
        fprintf(lead, "Of the %s, %s would save %s; rewritten formulas alone %s.", not_right(whole).s, remedy_words[best],
                of_them(saved[best], whole).s, of_them(saved[REMEDY_REWRITE], whole).s);
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
    fputs("An element counts as saved if it is then proved to be right, or is 0 where the true value is 0. Of all: ", more);
    for (size_t r = 0; r < N_REMEDIES; r++)
        fprintf(more, "%s%s %s", r == 0 ? "" : ", ", remedy_words[r], amount_percent(saved[r], whole).s);
    fputs(".", more);
    say_others(more, s->v);
}
