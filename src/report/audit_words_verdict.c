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

const char *
audit_words_reduced(const audit_view *v)
{
    return strcmp(reduced(v), "gain") == 0 ? "reduced gain" : "reduced logit scale";
}

/* "61.0"; "<0.1" for what would be 0 by rounding. */
static amount
size_of(double points)
{
    const double size = fabs(points);
    amount a = amount_points(size, 1);
    if (size > 0 && size < 0.05)
        snprintf(a.s, sizeof a.s, "<0.1");
    return a;
}

/* "61.0 points more than X (95 % interval 54.3 to 66.7)", "0.8 points fewer than X (95 % interval from 3.1 fewer to 1.4 more)",
   "as many as X (...)"; unit: "points". */
static void
say_difference(FILE *out, const json_t *c, const char *unit, const char *other)
{
    const double difference = amount_number(c, "difference_points"), low = amount_number(c, "low_points"),
                 high = amount_number(c, "high_points");
    if (difference == 0)
        fprintf(out, "as many as %s", other);
    else
        fprintf(out, "%s %s %s than %s", size_of(difference).s, unit, difference < 0 ? "fewer" : "more", other);
    if (low < 0 && high > 0)
        fprintf(out, " (95 %% interval from %s%s%s fewer to %s more)", size_of(low).s, difference == 0 ? " " : "",
                difference == 0 ? unit : "", size_of(high).s);
    else
        fprintf(out, " (95 %% interval %s to %s%s)", size_of(low < 0 ? high : low).s, size_of(low < 0 ? low : high).s,
                difference != 0 && (difference < 0) == (low < 0) ? "" : low < 0 ? " fewer" : " more");
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

/* The naive and the exact gradient fool the network on every image. */
static bool
all_fooled(const audit_subject *s)
{
    return s->correct > 0 && amount_integer(s->attack, "fooled") == s->correct &&
           amount_integer(json_object_get(audit_view_function(s->v, 0), "attack"), "fooled") == s->correct;
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

/* C matters if R is yes; S unless those two, or R alone, settle it. */
void
audit_words_rests(FILE *out, const audit_view *v)
{
    const verdict_kind kind = kind_of(amount_string(json_object_get(v->report, "verdict"), "model"));
    const verdict_answer rounding = answer_of(v, "R"), beats = answer_of(v, "C");
    if (kind >= VERDICT_FEW_SEEDS || comparison(v, "R", "") == NULL)
        return;
    const bool settled = rounding == REPLY_NOT_DECIDED || (rounding == REPLY_YES && beats != REPLY_NO);
    const bool has_c = rounding == REPLY_YES, has_s = !settled && comparison(v, "S", "") != NULL;
    fprintf(out, "This verdict rests on R%s%s.", has_c && has_s ? ", C" : has_c ? " and C" : "", has_s ? " and S" : "");
}

/* What too few images leave open. */
static void
say_open_question(FILE *out, const audit_view *v)
{
    const verdict_answer rounding = answer_of(v, "R");
    const amount margin = amount_real(amount_number(v->options, "verdict_margin"));
    if (rounding == REPLY_NOT_DECIDED)
        fprintf(out, "whether the exact gradient fools over %s percentage points more of them than the naive one is open",
                margin.s);
    else if (rounding == REPLY_YES && answer_of(v, "C") == REPLY_NOT_DECIDED)
        fputs("the exact gradient fools more of them than the naive one; whether it beats chance is open", out);
    else if (answer_of(v, "S") == REPLY_NOT_DECIDED)
        fprintf(out, "whether a reduced %s fools over %s percentage points more of them, and beats chance, is open", reduced(v),
                margin.s);
    else
        fprintf(out, "whether the naive gradient fools over %s percentage points more of them than the exact one is open",
                margin.s);
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
        fprintf(lead, "Attackable by smoothing: FGSM at a reduced %s fools more images than with the network\u2019s own gradient, "
                      "rounded or exact. ", reduced(v));
        break;
    case VERDICT_HARMLESS:
        if (all_fooled(s))
            fprintf(lead, "Rounding is harmless at eps %s: FGSM fools every image with the naive gradient as with the exact one. "
                          "That cannot tell the two apart: a smaller --eps may. ",
                    amount_real(amount_number(v->options, "eps")).s);
        else
            fprintf(lead, "Rounding is harmless here: as an attack, the naive gradient does what the exact one does, within %s "
                          "percentage points of success. ", amount_real(margin).s);
        break;
    case VERDICT_NO_EVIDENCE:
        if (s->correct > 0 && nothing_works(s))
            fputs("No evidence either way: no attack fooled any image. Look at --eps and --scale. ", lead);
        else if (answers(rounding, REPLY_YES))
            fputs("No evidence that rounding hides an attack: the exact gradient fools more images than the naive one, but it "
                  "is not shown to beat a step without a gradient. ", lead);
        else
            fprintf(lead, "No evidence that rounding hides an attack: it is not shown that the exact gradient fools more images "
                          "than the naive one by over %s percentage points. ", amount_real(margin).s);
        break;
    case VERDICT_FEW_IMAGES:
        if (s->correct == 0)
            fputs("No verdict: no image is classified correctly, so there is nothing to attack. ", lead);
        else if (nothing_works(s))
            fputs("Too few images for a verdict, and no attack fooled any of them: look at --eps and --scale. ", lead);
        else {
            fputs("Too few images for a verdict: ", lead);
            say_open_question(lead, v);
            fputs(".", lead);
            if (needed > 0 && (s->images < VERDICT_GUESS_FROM || needed <= VERDICT_LEAST_GUESS))
                fprintf(lead, " At least %d images are needed.", VERDICT_LEAST_GUESS);
            else if (needed > 0)
                fprintf(lead, " Roughly %s or more: a guess from the rates of these %s.", amount_nouns(needed, "image").s,
                        amount_count(s->images).s);
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

/* "none", "12". */
static amount
counted(uint64_t n)
{
    amount none = { "none" };
    return n == 0 ? none : amount_count(n);
}

/* The network's own gradients against each other and against random signs. */
static void
say_attacks(FILE *out, const audit_subject *s, verdict_kind kind)
{
    const audit_view *v = s->v;
    const json_t *rounding = comparison(v, "R", "");
    const uint64_t by_exact = amount_integer(json_object_get(audit_view_function(v, 0), "attack"), "fooled");
    const uint64_t by_naive = amount_integer(s->attack, "fooled");
    const audit_control random = audit_view_control(v, "random_signs");
    const double gained = random.mean - (double)by_naive;
    char unit[64];
    fprintf(out, "FGSM at eps %s fools %s of %s with the exact gradient", amount_real(amount_number(v->options, "eps")).s,
            amount_count(by_exact).s, amount_nouns(s->correct, "correctly classified image").s);
    if (random.seeds > 0)
        fprintf(out, ", %s on average with random signs (%s),", amount_mean(random.mean, s->correct).s,
                amount_nouns(random.seeds, "seed").s);
    fprintf(out, " and %s with the %s one", counted(by_naive).s, s->naive.name);
    if (rounding != NULL) {
        snprintf(unit, sizeof unit, "percentage points (of the %.30s)", amount_count(s->correct).s);
        fputs(". The exact one fools ", out);
        say_difference(out, rounding, unit, "the naive one");
    }
    fputs(". ", out);
    if (kind == VERDICT_MASKED && random.seeds > 0 && 2 * gained > (double)by_exact - (double)by_naive)
        fprintf(out, "Most of that takes no gradient: random signs alone fool %s points more than the naive gradient does. ",
                amount_points(100 * gained / (double)s->correct, 1).s);
    if (kind != VERDICT_HARMLESS && all_fooled(s))
        fputs("Both fool every image: a smaller --eps would compare them better. ", out);
}

static void
say_reduced(FILE *out, const audit_subject *s)
{
    const audit_view *v = s->v;
    const json_t *c = comparison(v, "S", "");
    const char *const stable = v->label[v->p->shape.stable];
    fprintf(out, "With %s, the gradient of %s, it fools %s", stable,
            strcmp(reduced(v), "gain") == 0 ? "a smoothed version of the network" : "the network with its logits scaled down",
            counted(amount_integer(stable_attack(v), "fooled")).s);
    if (c != NULL) {
        fputs(": ", out);
        say_difference(out, c, "points", strcmp(amount_string(c, "against"), "naive") == 0 ? "with the naive gradient"
                                                                                         : "with the exact gradient");
    }
    fputs(". ", out);
}

void
audit_words_verdict(FILE *lead, FILE *more, const audit_subject *s)
{
    const verdict_kind kind = kind_of(amount_string(json_object_get(s->v->report, "verdict"), "model"));
    const bool broken = s->naive.n_faults > 0 && part_faults[s->naive.order[0]] == GA_CELL_NONFINITE &&
                        2 * s->naive.count[s->naive.order[0]] > s->naive.e->tally.elements;
    if (broken) /* comes before any attack */
        audit_damage_words(lead, s, &s->naive);
    say_kind(broken ? more : lead, s, kind);
    if (s->correct > 0 && 2 * s->correct < s->images)
        fprintf(more, "Before any attack the network is right on %s. ", amount_of(s->correct, s->images, "image").s);
    if (s->correct > 0)
        say_attacks(more, s, kind);
    if (s->correct > 0 && stable_attack(s->v) != NULL)
        say_reduced(more, s);
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
    fprintf(out, "%s fool ", words);
    if (c.least == c.greatest)
        fprintf(out, "%s of the %s with %s", counted(c.least).s, amount_count(c.correct).s,
                c.seeds == 1 ? "the one seed" : "each seed");
    else
        fprintf(out, "%s of the %s on average, %s to %s over %zu seeds", amount_mean(c.mean, c.correct).s,
                amount_count(c.correct).s, amount_count(c.least).s, amount_count(c.greatest).s, c.seeds);
    if (o != NULL) {
        fputs(". The exact gradient fools ", out);
        say_difference(out, o, "points", "they do");
        fputs(answers(o, REPLY_YES)  ? ": it beats them"
              : answers(o, REPLY_NO) ? ": that it beats them is not shown"
                                     : ": whether it beats them is not decided", out);
    }
    fputs(". ", out);
}

void
audit_words_attack(FILE *lead, FILE *more, const audit_subject *s)
{
    const audit_view *v = s->v;
    const json_t *images = json_object_get(json_object_get(v->report, "verdict"), "images");
    const uint64_t exact = amount_integer(images, image_fact_names[FACT_ONLY_EXACT]);
    if (s->correct == 0) {
        fputs("There was nothing to attack: no image is classified correctly.", lead);
        return;
    }
    if (audit_view_control(v, "random_signs").seeds == 0)
        fputs("There were no random controls.", lead);
    control_words(lead, v, "random_signs", "random signs", "Random signs");
    control_words(more, v, "zeros_filled", "zeros filled", "The naive signs with zeros filled at random");
    fprintf(more, "The exact gradient alone fools %s, the naive one alone %s. No verdict says that the network is robust: only "
                  "these attacks were tried.",
            exact == 0 ? "no image" : amount_nouns(exact, "image").s,
            counted(amount_integer(images, image_fact_names[FACT_ONLY_NAIVE])).s);
}
