/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words_verdict.c -- the verdict and the attacks behind it, in sentences; see audit_words.h */
#include <math.h>
#include <string.h>

#include "audit/verdict.h"
#include "report/amount.h"
#include "report/audit_words.h"

/* A comparison of the report's verdict: question "R", "C" or "S", against a control, or "" for another attack. NULL: not made. */
static const json_t *
comparison(const audit_view *v, const char *question, const char *control)
{
    size_t i;
    const json_t *o;
    json_array_foreach(json_object_get(json_object_get(v->report, "verdict"), "comparisons"), i, o) {
        const char *against = amount_string(o, "against");
        const bool attack = strcmp(against, "naive") == 0 || strcmp(against, "exact") == 0;
        if (strcmp(amount_string(o, "question"), question) == 0 && (*control == '\0' ? attack : strcmp(against, control) == 0))
            return o;
    }
    return NULL;
}

static bool
answers(const json_t *comparison, verdict_answer answer)
{
    return strcmp(amount_string(comparison, "answer"), reply_names[answer]) == 0;
}

static const json_t *
stable_attack(const audit_view *v)
{
    return v->p->shape.stable < v->p->shape.n_estimators
               ? json_object_get(audit_view_estimator(v, v->p->shape.stable), "attack") : NULL;
}

/* "gain" or "logit scale", whichever is reduced. */
static const char *
reduced(const audit_view *v)
{
    return v->p->shape.stable < v->p->shape.n_estimators &&
                   amount_number(audit_view_estimator(v, v->p->shape.stable), "logit_scale") < 1 ? "logit scale" : "gain";
}

/* "61.0 points (95 % interval 54.3 to 66.7)". */
static amount
points(const json_t *c)
{
    amount a;
    snprintf(a.s, sizeof a.s, "%.20s points (95 %% interval %.60s)", amount_points(amount_number(c, "difference_points"), 1).s,
             amount_between(amount_number(c, "low_points"), amount_number(c, "high_points"), 1).s);
    return a;
}

static verdict_kind
kind_of(const char *name)
{
    size_t kind = 0;
    while (kind < N_VERDICTS && strcmp(verdict_names[kind], name) != 0)
        kind++;
    return (verdict_kind)kind;
}

/* Neither a gradient nor a control fools the network on any image. */
static bool
nothing_works(const audit_subject *s)
{
    const audit_view *v = s->v;
    return amount_integer(s->attack, "fooled") == 0 && audit_view_control(v, "random_signs").greatest == 0 &&
           amount_integer(json_object_get(audit_view_function(v, 0), "attack"), "fooled") == 0 &&
           (stable_attack(v) == NULL || amount_integer(stable_attack(v), "fooled") == 0);
}

/* The weakest answer to a question. */
static verdict_answer
answer_of(const audit_view *v, const char *question)
{
    verdict_answer weakest = REPLY_YES;
    size_t i;
    const json_t *o;
    json_array_foreach(json_object_get(json_object_get(v->report, "verdict"), "comparisons"), i, o)
        for (verdict_answer a = REPLY_NO; strcmp(amount_string(o, "question"), question) == 0 && a < weakest; a++)
            if (answers(o, a))
                weakest = a;
    return weakest;
}

/* What too few images leave open. */
static const char *
open_question(const audit_view *v)
{
    const verdict_answer rounding = answer_of(v, "R");
    if (rounding == REPLY_NOT_DECIDED)
        return "whether the exact gradient fools more of them than the naive one is open";
    if (rounding == REPLY_YES && answer_of(v, "C") == REPLY_NOT_DECIDED)
        return "the exact gradient fools more of them than the naive one; whether it beats chance is open";
    if (answer_of(v, "S") == REPLY_NOT_DECIDED)
        return strcmp(reduced(v), "gain") == 0 ? "whether a reduced gain fools more of them, and beats chance, is open"
                                               : "whether a reduced logit scale fools more of them, and beats chance, is open";
    return "whether the naive gradient fools more of them than the exact one is open";
}

static void
say_kind(FILE *lead, const audit_subject *s, verdict_kind kind)
{
    const audit_view *v = s->v;
    const json_t *judged = json_object_get(v->report, "verdict"), *rounding = comparison(v, "R", "");
    const double margin = amount_number(v->options, "verdict_margin");
    const uint64_t needed = amount_integer(judged, "images_needed");
    switch (kind) {
    case VERDICT_MASKED:
        fputs("Masked: rounding hides a working attack. ", lead);
        break;
    case VERDICT_SMOOTHING:
        fprintf(lead, "Attackable by smoothing: FGSM at reduced %s fools more images than with the network\u2019s own gradient, "
                      "rounded or exact. ", reduced(v));
        break;
    case VERDICT_HARMLESS:
        fputs("Rounding is harmless here: as an attack, the naive gradient does what the exact one does. ", lead);
        break;
    case VERDICT_NO_EVIDENCE:
        if (s->correct > 0 && nothing_works(s))
            fputs("No evidence either way: no attack fooled any image. Look at --eps and --scale. ", lead);
        else if (answers(rounding, REPLY_YES))
            fputs("No evidence that rounding hides an attack: the exact gradient fools more images than the naive one, but it "
                  "is not shown to beat a step without a gradient. ", lead);
        else
            fprintf(lead, "No evidence that rounding hides an attack: it is not shown that the exact gradient fools more images "
                          "than the naive one by over %s points. ", amount_real(margin).s);
        break;
    case VERDICT_FEW_IMAGES:
        if (s->correct == 0)
            fputs("No verdict: no image is classified correctly, so there is nothing to attack. ", lead);
        else if (nothing_works(s))
            fputs("Too few images for a verdict, and no attack fooled any of them: look at --eps and --scale. ", lead);
        else {
            fprintf(lead, "Too few images for a verdict: %s.", open_question(v));
            if (needed > 0)
                fprintf(lead, " Some %s in all would do, if the rates stay as they are.", amount_nouns(needed, "image").s);
            fputs(" ", lead);
        }
        break;
    case VERDICT_FEW_SEEDS:
        fprintf(lead, "No verdict: the random controls had %s, and a verdict needs %d. ", amount_nouns(v->p->shape.seeds, "seed").s,
                VERDICT_LEAST_SEEDS);
        break;
    default:
        fputs("Verdict: none that is known. ", lead);
    }
}

void
audit_words_verdict(FILE *lead, FILE *more, const audit_subject *s)
{
    const audit_view *v = s->v;
    const json_t *rounding = comparison(v, "R", ""), *reduced_wins = comparison(v, "S", "");
    const json_t *exact = json_object_get(audit_view_function(v, 0), "attack");
    const bool broken = s->naive.n_faults > 0 && part_faults[s->naive.order[0]] == GA_CELL_NONFINITE &&
                        2 * s->naive.count[s->naive.order[0]] > s->naive.e->tally.elements;
    if (broken) /* comes before any attack */
        audit_damage_words(lead, s, &s->naive);
    say_kind(broken ? more : lead, s, kind_of(amount_string(json_object_get(v->report, "verdict"), "model")));
    if (s->correct > 0) {
        const uint64_t by_exact = amount_integer(exact, "fooled"), by_naive = amount_integer(s->attack, "fooled");
        const audit_control random = audit_view_control(v, "random_signs");
        fprintf(more, "FGSM at eps %s fools %s of %s with the exact gradient, %s with the %s one",
                amount_real(amount_number(v->options, "eps")).s, amount_count(by_exact).s,
                amount_nouns(s->correct, "correctly classified image").s, amount_count(by_naive).s, s->naive.name);
        if (random.seeds > 0)
            fprintf(more, ", %s with random signs", amount_real(random.mean).s);
        if (rounding != NULL)
            fprintf(more, ". Exact minus naive is %s", points(rounding).s);
        fputs(by_exact == s->correct && by_naive == s->correct
                  ? ". Both fool every image: a smaller --eps would compare them better. " : ". ", more);
    }
    if (s->correct > 0 && stable_attack(v) != NULL) {
        fprintf(more, "With %s it fools %s", v->label[v->p->shape.stable],
                amount_count(amount_integer(stable_attack(v), "fooled")).s);
        if (reduced_wins != NULL)
            fprintf(more, "; minus the better of those two, that is %s", points(reduced_wins).s);
        fputs(". ", more);
    }
    if (!broken)
        audit_damage_words(more, s, &s->naive);
}

/* One against a control, averaged over its seeds. */
static void
control_words(FILE *out, const audit_view *v, const char *key, const char *control, const char *words)
{
    const audit_control c = audit_view_control(v, key);
    const json_t *o = comparison(v, "C", control);
    if (c.seeds == 0)
        return;
    if (c.least == c.greatest)
        fprintf(out, "%s fool %s with %s", words, amount_count(c.least).s, c.seeds == 1 ? "the one seed" : "each seed");
    else
        fprintf(out, "%s fool %s on average, %s to %s over %zu seeds", words, amount_real(c.mean).s, amount_count(c.least).s,
                amount_count(c.greatest).s, c.seeds);
    if (o != NULL)
        fprintf(out, ". %s: a difference of %s",
                answers(o, REPLY_YES) ? "The exact gradient beats them"
                : answers(o, REPLY_NO) ? "That the exact gradient beats them is not shown"
                                       : "Whether the exact gradient beats them is not decided",
                points(o).s);
    fputs(". ", out);
}

void
audit_words_attack(FILE *lead, FILE *more, const audit_subject *s)
{
    const audit_view *v = s->v;
    const json_t *images = json_object_get(json_object_get(v->report, "verdict"), "images");
    if (s->correct == 0) {
        fputs("There was nothing to attack: no image is classified correctly.", lead);
        return;
    }
    if (audit_view_control(v, "random_signs").seeds == 0)
        fputs("There were no random controls.", lead);
    control_words(lead, v, "random_signs", "random signs", "Random signs");
    control_words(more, v, "zeros_filled", "zeros filled", "The naive signs with zeros filled at random");
    fprintf(more, "On %s the naive gradient fails and the exact one works, on %s the reverse. No verdict says that the "
                  "network is robust: only these attacks were tried.",
            amount_nouns(amount_integer(images, image_fact_names[FACT_ONLY_EXACT]), "image").s,
            amount_count(amount_integer(images, image_fact_names[FACT_ONLY_NAIVE])).s);
}
