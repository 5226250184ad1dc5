/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words_why.c -- where it goes wrong, and what would save it, in sentences; see audit_words.h */
#include <string.h>

#include "report/amount.h"
#include "report/audit_words.h"

static const char *const origin_words[N_ORIGINS] = {
    [ORIGIN_SIGMA_ABSORPTION] = "the activation is rounded to 1 (tanh: to 1 or -1), so that its derivative is computed as 0",
    [ORIGIN_SIGMA_UNDERFLOW] = "the activation, or e^-|z|, is computed as 0",
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

/* "sigma-underflow in layer 2"; of terms that cancel, why that matters. */
static void
say_place(FILE *out, const audit_subject *s, const place *p, bool explained)
{
    const size_t n_layers = s->v->p->shape.n_layers, kind = p->index / n_layers;
    fprintf(out, "%s in layer %zu%s", origin_names[kind], p->index % n_layers + 1,
            explained && kind == ORIGIN_SUM_CANCELLATION ? " (terms cancel, their small errors do not)" : "");
}

/* The most frequent fault's origins, those that tie together, with what they mean. */
static void
first_origins(FILE *lead, FILE *more, const audit_subject *s, const place *found, size_t n, const char *of)
{
    size_t ties = 1;
    while (ties < n && found[ties].n == found[0].n)
        ties++;
    fputs("Most often through ", lead);
    for (size_t k = 0; k < ties; k++) {
        fputs(k == 0 ? "" : k + 1 < ties ? ", " : " and ", lead);
        say_place(lead, s, found + k, true);
    }
    fprintf(lead, ties > 1 ? ", each behind %s." : ", which is behind %s.", of);
    for (size_t k = 0; k < ties; k++) {
        const size_t kind = found[k].index / s->v->p->shape.n_layers;
        bool said = false;
        for (size_t i = 0; i < k; i++)
            said = said || found[i].index / s->v->p->shape.n_layers == kind;
        if (!said)
            fprintf(more, "%s: %s. ", origin_names[kind], words_at(s, kind, found[k].index % s->v->p->shape.n_layers + 1));
    }
    for (size_t k = ties; k < n; k++) {
        fputs(k == ties ? "Also " : ", ", more);
        say_place(more, s, found + k, false);
        fprintf(more, " (%s)%s", amount_percent(found[k].n, s->naive.count[s->naive.order[0]]).s, k + 1 < n ? "" : ". ");
    }
}

/* The most frequent fault's origins, or another's in brief. */
static void
origins_of(FILE *lead, FILE *more, const audit_subject *s, size_t fault, bool first)
{
    enum { SHOWN = 3 };
    const uint64_t whole = s->naive.count[fault], unlisted = s->naive.e->unlisted[fault];
    const char *const noun = audit_fault_noun(fault);
    place found[SHOWN];
    size_t n = 0;
    char of[300];
    if (unlisted > 0)
        fprintf(unlisted == whole && first ? lead : more, "Behind %s stand %.3g operations%s, too many to list. ",
                amount_of(unlisted, whole, noun).s, (double)s->naive.e->faults[fault] / (double)unlisted,
                unlisted > 1 ? " each, on average" : "");
    if (unlisted == whole)
        return;
    while (n < SHOWN && (found[n] = most_frequent(s, fault, found, n)).n > 0)
        n++;
    if (n == 0) {
        fprintf(first ? lead : more, "Of %s no origin is listed. ", amount_nouns(whole, noun).s);
    } else if (first) {
        snprintf(of, sizeof of, "%s of the %s gradient", amount_of(found[0].n, whole, noun).s, s->naive.name);
        first_origins(lead, more, s, found, n, of);
    } else {
        fprintf(more, "%s: most often ", amount_nouns(whole, noun).s);
        say_place(more, s, found, false);
        fprintf(more, ", which is behind %s (%s). ", amount_count(found[0].n).s,
                words_at(s, found[0].index / s->v->p->shape.n_layers, found[0].index % s->v->p->shape.n_layers + 1));
    }
}

void
audit_words_where(FILE *lead, FILE *more, const audit_subject *s)
{
    const uint64_t undecided = s->naive.e->tally.cell[GA_CELL_UNDECIDED], elements = s->naive.e->tally.elements;
    const uint64_t all = amount_integer(s->attack, "all_zero_images");
    if (s->naive.wrong == 0 && undecided > 0)
        fprintf(lead, "Nowhere that is proved: %s %s undecided.", amount_of(undecided, elements, "element").s,
                amount_one(undecided, elements) ? "is" : "are");
    else if (s->naive.wrong == 0)
        fprintf(lead, "Nowhere: no element of the %s gradient was lost, out of range, of the wrong sign, inaccurate or not finite.",
                s->naive.name);
    for (size_t i = 0; i < s->naive.n_faults; i++)
        origins_of(lead, more, s, s->naive.order[i], i == 0);
    if (s->naive.wrong > 0)
        fputs("An element can have several origins. ", more);
    if (all > 0)
        fprintf(more, "On %s every element of the %s gradient is 0 or NaN, and FGSM changes nothing.",
                amount_of(all, s->images, "image").s, s->naive.name);
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
    uint64_t whole = 0, out = 0, saved[N_REMEDIES] = { 0 };
    for (size_t f = 0; f < PART_FAULTS; f++) {
        whole += e->remedied[f];
        out += part_faults[f] == GA_CELL_BELOW_RANGE || part_faults[f] == GA_CELL_ABOVE_RANGE ? e->remedied[f] : 0;
        for (size_t r = 0; r < N_REMEDIES; r++)
            saved[r] += e->saved[f][r];
    }
    const size_t best = best_remedy(saved);
    if (s->naive.wrong == 0)
        fputs(e->tally.cell[GA_CELL_UNDECIDED] > 0 ? "Nothing is proved to need it." : "Nothing needs it.", lead);
    else if (whole == 0)
        fputs("Not examined: the audit ran without remedies.", lead);
    else if (saved[best] == 0)
        fprintf(lead, "Nothing that was tried would save %s.", of_wrong(0, whole, out).s);
    else if (best == REMEDY_REWRITE)
        fprintf(lead, "Rewritten formulas would save %s.", of_wrong(saved[best], whole, out).s);
    else if ((double)saved[REMEDY_REWRITE] >= CHEAP_ENOUGH * (double)saved[best])
        fprintf(lead, "Rewritten formulas would save %s, %s %s.", of_wrong(saved[REMEDY_REWRITE], whole, out).s,
                remedy_words[best], of_them(saved[best], whole).s);
    else
        fprintf(lead, "%s would save %s; rewritten formulas alone %s.", remedy_words[best],
                of_wrong(saved[best], whole, out).s, of_them(saved[REMEDY_REWRITE], whole).s);
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
    fputs("An element counts as saved if it is then proved to be right, or is 0 where the true value is 0. Their shares of all "
          "that are not right: ", more);
    for (size_t r = 0; r < N_REMEDIES; r++)
        fprintf(more, "%s%s %s", r == 0 ? "" : ", ", remedy_words[r],
                amount_percent(saved[r], whole).s);
    fputs(".", more);
    say_others(more, s->v);
}
