/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words_why.c -- where, what would save it, and the attacks, in sentences; see audit_words.h */
#include <math.h>
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

/* A fault and its neighbour, the one behind it, are told of together: lost and below-range, wrong-sign and inaccurate,
   above-range and nonfinite; spurious has none. */
static uint64_t
with_neighbour(const uint64_t count[PART_FAULTS], size_t fault)
{
    return count[fault] + (fault + 1 < PART_FAULTS ? count[fault + 1] : 0);
}

/* The most frequent origin of two neighbouring faults together, but for those taken before; ties: the lowest. n = 0: none is
   left. */
typedef struct {
    size_t index; /* kind * n_layers + layer */
    uint64_t n;
} place;

static place
most_frequent(const audit_subject *s, size_t fault, const place *taken, size_t n_taken)
{
    place best = { 0, 0 };
    for (size_t i = 0; i < N_ORIGINS * s->v->p->shape.n_layers; i++) {
        const uint64_t n = s->naive->origin[fault][i] + (fault + 1 < PART_FAULTS ? s->naive->origin[fault + 1][i] : 0);
        bool free = true;
        for (size_t k = 0; k < n_taken; k++)
            free = free && taken[k].index != i;
        if (free && n > best.n)
            best = (place){ i, n };
    }
    return best;
}

/* Of a fault and its neighbour. */
static void
origins_of(FILE *lead, FILE *more, const audit_subject *s, size_t fault, const char *noun, const char *head)
{
    const size_t n_layers = s->v->p->shape.n_layers;
    const uint64_t whole = with_neighbour(s->fault, fault), unlisted = with_neighbour(s->naive->unlisted, fault);
    place found[3];
    const uint64_t faults = with_neighbour(s->naive->faults, fault);
    if (unlisted > 0)
        fprintf(unlisted == whole ? lead : more, "Behind %s stand %.3g operations%s, too many to list. ",
                amount_of(unlisted, whole, noun).s, (double)faults / (double)unlisted, unlisted > 1 ? " each, on average" : "");
    if (unlisted == whole)
        return;
    for (size_t k = 0; k < 3; k++) {
        found[k] = most_frequent(s, fault, found, k);
        if (found[k].n == 0) {
            fputs(k == 0 ? "No origin is listed. " : k == 1 ? "" : ". ", k == 0 ? lead : more);
            return;
        }
        const char *kind = origin_names[found[k].index / n_layers];
        const size_t layer = found[k].index % n_layers + 1;
        if (k == 0) {
            fprintf(lead, "%s%s in layer %zu, behind %s%s", head, kind, layer, amount_of(found[k].n, whole, noun).s,
                    lead == more ? "" : ".");
            fprintf(more, lead == more ? " (%s: %s). " : "%s: %s. ", kind, audit_origin_words(found[k].index / n_layers));
        } else
            fprintf(more, "%s%s in layer %zu (%s)", k == 1 ? "Also " : ", ", kind, layer, amount_percent(found[k].n, whole).s);
    }
    fputs(". ", more);
}

void
audit_words_where(FILE *lead, FILE *more, const audit_subject *s)
{
    static const struct {
        size_t fault;
        const char *noun, *later;
    } told[] = { { 0, "such zero", "" },
                 { 2, "wrong element", "Elements that are wrong without being 0: most often by " },
                 { 4, "nonfinite element", "Elements that are not finite: most often by " },
                 { 6, "spurious element", "Elements that are 0 in truth: most often by " } };
    bool first = true;
    if (s->faults == 0 && s->naive->tally.cell[GA_CELL_UNDECIDED] > 0)
        fprintf(lead, "Nowhere that is proved: %s %s undecided.",
                amount_of(s->naive->tally.cell[GA_CELL_UNDECIDED], s->elements, "element").s,
                amount_one(s->naive->tally.cell[GA_CELL_UNDECIDED], s->elements) ? "is" : "are");
    else if (s->faults == 0)
        fprintf(lead, "Nowhere: no element of the %s gradient was lost, out of range, of the wrong sign, inaccurate or not finite.",
                s->name);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (with_neighbour(s->fault, told[i].fault) > 0) {
            origins_of(first ? lead : more, more, s, told[i].fault, told[i].noun, first ? "Most often by " : told[i].later);
            first = false;
        }
    if (s->faults > 0)
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

/* The remedies of the faults from first to last together: the first that saves most, and rewriting beside it. */
static void
remedies_of(FILE *lead, FILE *more, const audit_subject *s, size_t first, size_t last, const char *noun)
{
    const part_estimator *e = s->naive;
    uint64_t whole = 0, saved[N_REMEDIES] = { 0 };
    size_t best = 0;
    for (size_t c = first; c <= last; c++)
        whole += e->remedied[c];
    for (size_t r = 0; r < N_REMEDIES; r++) {
        for (size_t c = first; c <= last; c++)
            saved[r] += e->saved[c][r];
        best = saved[r] > saved[best] ? r : best;
    }
    if (saved[best] == 0)
        fprintf(lead, "Nothing that was tried would save any of %s.", amount_nouns(whole, noun).s);
    else if (best == REMEDY_REWRITE)
        fprintf(lead, "Of %s, rewritten formulas would save %s.", amount_nouns(whole, noun).s, of_them(saved[best], whole).s);
    else
        fprintf(lead, "Of %s, %s would save %s; rewritten formulas alone %s.", amount_nouns(whole, noun).s, remedy_words[best],
                of_them(saved[best], whole).s, of_them(saved[REMEDY_REWRITE], whole).s);
    fputs("Saved is what is then proved to be right, within the tolerance: ", more);
    for (size_t r = 0; r < N_REMEDIES; r++)
        fprintf(more, "%s%s %s", r == 0 ? "" : ", ", remedy_words[r], amount_percent(saved[r], whole).s);
    fputs(". ", more);
}

void
audit_words_remedy(FILE *lead, FILE *more, const audit_subject *s)
{
    const uint64_t *remedied = s->naive->remedied, zeros = remedied[0] + remedied[1], wrong = remedied[2] + remedied[3];
    const uint64_t infinite = remedied[4] + remedied[5];
    if (s->faults == 0)
        fputs(s->naive->tally.cell[GA_CELL_UNDECIDED] > 0 ? "Nothing is proved to need it." : "Nothing needs to be saved.", lead);
    else if (zeros + wrong + infinite + remedied[6] == 0)
        fputs("Not examined: the audit ran without remedies.", lead);
    else if (zeros > 0)
        remedies_of(lead, more, s, 0, 1, "such zero");
    else if (wrong > 0)
        remedies_of(lead, more, s, 2, 3, "wrong element");
    else if (infinite > 0)
        remedies_of(lead, more, s, 4, 5, "nonfinite element");
    else
        remedies_of(lead, more, s, 6, 6, "spurious element");
}

/* A paired test, in a sentence. */
static void
test_words(FILE *out, const json_t *test)
{
    const double p = amount_number(test, "log10_p");
    fprintf(out, "Paired with %s of seed %s: the exact gradient alone fools %s, the control alone %s (p = %s). ",
            strcmp(amount_string(test, "control"), "random signs") == 0 ? "random signs" : "the naive signs filled at random",
            amount_count(amount_integer(test, "seed")).s, amount_nouns(amount_integer(test, "only_attack"), "image").s,
            amount_count(amount_integer(test, "only_control")).s, amount_power(p).s);
}

static void
control_words(FILE *out, const audit_view *v, const char *name, const char *words)
{
    const audit_control c = audit_view_control(v, name);
    if (c.seeds == 1)
        fprintf(out, "%s: %s. ", words, amount_count(c.least).s);
    else if (c.seeds > 1 && c.least == c.greatest)
        fprintf(out, "%s: %s with each of %zu seeds. ", words, amount_count(c.least).s, c.seeds);
    else if (c.seeds > 1)
        fprintf(out, "%s: %s on average, %s to %s over %zu seeds. ", words, amount_real(c.mean).s, amount_count(c.least).s,
                amount_count(c.greatest).s, c.seeds);
}

void
audit_words_attack(FILE *lead, FILE *more, const audit_subject *s)
{
    const audit_view *v = s->v;
    const json_t *exact = json_object_get(audit_view_function(v, 0), "attack"), *test;
    const uint64_t correct = amount_integer(s->attack, "correct_before");
    const json_t *level = json_object_get(v->options, "level");
    const audit_control random = audit_view_control(v, "random_signs");
    size_t i;
    if (correct == 0) {
        fputs("There was nothing to attack: no image is classified correctly.", lead);
        return;
    }
    fprintf(lead, "Of %s, FGSM fools %s with the naive gradient, %s with the exact gradient",
            amount_nouns(correct, "correctly classified image").s, amount_count(amount_integer(s->attack, "fooled")).s,
            amount_count(amount_integer(exact, "fooled")).s);
    if (v->p->shape.stable < v->p->shape.n_estimators)
        fprintf(lead, ", %s with %s",
                amount_count(amount_integer(json_object_get(audit_view_estimator(v, v->p->shape.stable), "attack"), "fooled")).s,
                v->label[v->p->shape.stable]);
    if (random.seeds > 0)
        fprintf(lead, ", %s with random signs%s", amount_real(random.mean).s, random.seeds > 1 ? " on average" : "");
    fputs(".", lead);
    control_words(more, v, "random_signs", "Random signs");
    control_words(more, v, "zeros_filled", "The naive signs with zeros filled at random");
    if (random.seeds == 0)
        fputs("There were no random controls. ", more);
    json_array_foreach(json_object_get(json_object_get(v->report, "verdict"), "tests"), i, test)
        if (strcmp(amount_string(test, "attack"), "exact") == 0)
            test_words(more, test);
    if (json_array_size(json_object_get(json_object_get(v->report, "verdict"), "tests")) > 0 && json_is_number(level))
        fprintf(more, "An attack beats a control where p is below %s.", amount_real(json_number_value(level)).s);
}
