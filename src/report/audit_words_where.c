/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words_where.c -- where it goes wrong and why, in sentences; see audit_words.h */

#include "report/amount.h"
#include "report/audit_words.h"

static const char *const origin_words[N_ORIGINS] = {
    [ORIGIN_SIGMA_ABSORPTION] = "the activation is rounded to 1 (tanh: to 1 or -1), so that its derivative is computed as 0",
    [ORIGIN_SIGMA_UNDERFLOW] = "the value of a function, or e^-|z| in it, is computed as 0",
    [ORIGIN_SOFTMAX_ABSORPTION] = "a probability, as that of the label, is rounded to 1, so that its residual or derivative is "
                                  "computed as 0",
    [ORIGIN_SOFTMAX_UNDERFLOW] = "a probability, as that of another class, is below the format\u2019s range",
    [ORIGIN_PRODUCT_UNDERFLOW] = "a product of two factors that are not 0 is below the format\u2019s range",
    [ORIGIN_SUM_UNDERFLOW] = "a sum of products is below the format\u2019s range, as is each of its terms",
    [ORIGIN_SUM_CANCELLATION] = "terms of a sum cancel and their errors stay, or small errors of many terms add up",
    [ORIGIN_PRODUCT_INSIDE_BLAS] = "the matrix library (BLAS) went wrong: the same terms, added exactly, give a sum that is fine",
    [ORIGIN_RELU_FLIP] = "rounding moved an argument across a kink, as of ReLU at 0",
    [ORIGIN_OVERFLOW] = "a result, or a partial sum, is beyond the format\u2019s range",
    [ORIGIN_SUBNORMAL_LOSS] = "a result is subnormal and has lost digits",
    [ORIGIN_CANCELLATION] = "a subtraction of nearly equal numbers, as in 1 - sigma, 1 - tanh^2 or p - 1, lost the digits",
    [ORIGIN_ARGUMENT_ERROR] = "the argument\u2019s error (from rounding, or from being stored in few bits), small as it is, is "
                              "amplified by the function, as by an exponential",
    [ORIGIN_ACCUMULATION] = "the errors of two factors, each within the tolerance, add up beyond it",
    [ORIGIN_CLASS_FLIP] = "rounding chose another class than the true logits do",
    [ORIGIN_POOL_FLIP] = "rounding chose another number than the largest, or the smallest of Min",
    [ORIGIN_STORE] = "a number was stored in a format that lacks the digits or the range for it",
    [ORIGIN_SUM_ROUNDING] = "the additions of a sum are rounded one by one: added exactly, the same terms give a sum that is fine",
    [ORIGIN_ROUNDED_MODEL] = "weights, biases or inputs, rounded to the format before the pass: with the model\u2019s own the sum "
                             "is fine",
    [ORIGIN_OPERAND_FLUSHED] = "subnormal operands count as 0 in the format: with their own values the result is fine",
    [ORIGIN_INVALID] = "a weight, a bias or an input is not finite, or became so when it was rounded to the format",
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
               ? "the error of the logits (from rounding, or from being stored in few bits), small as it is, is amplified by the "
                 "softmax\u2019s exponential"
               : audit_origin_words(kind);
}

/* One fault, or all of a kind, wrong or out of range, as one. */
typedef struct {
    bool has[PART_FAULTS];
    size_t n, first; /* the most frequent */
    uint64_t count, unlisted, operations;
    const char *noun;
} faults;

static void
add_fault(faults *f, const audit_subject *s, size_t fault)
{
    f->has[fault] = true;
    f->first = f->n == 0 ? fault : f->first;
    f->n++;
    f->count += s->naive.count[fault];
    f->unlisted += s->naive.e->unlisted[fault];
    f->operations += s->naive.e->faults[fault];
    f->noun = f->n == 1 ? audit_fault_noun(fault) : audit_out_of_range(fault) ? "out-of-range element" : "wrong element";
}

static faults
one_fault(const audit_subject *s, size_t fault)
{
    faults f = { .n = 0 };
    add_fault(&f, s, fault);
    return f;
}

static faults
all_faults(const audit_subject *s, bool out)
{
    faults f = { .n = 0 };
    for (size_t i = 0; i < s->naive.n_faults; i++)
        if (audit_out_of_range(s->naive.order[i]) == out)
            add_fault(&f, s, s->naive.order[i]);
    return f;
}

/* The most frequent origin of faults, except those already taken; ties: the lowest. n = 0: none is left. */
typedef struct {
    size_t index; /* kind * n_layers + layer */
    uint64_t n;
} place;

static place
most_frequent(const audit_subject *s, const faults *f, const place *taken, size_t n_taken)
{
    place best = { 0, 0 };
    for (size_t i = 0; i < N_ORIGINS * s->v->p->shape.n_layers; i++) {
        uint64_t n = 0;
        for (size_t k = 0; k < PART_FAULTS; k++)
            n += f->has[k] ? part_origins(s->naive.e, k, s->v->p->shape.n_layers)[i] : 0;
        bool free = true;
        for (size_t k = 0; k < n_taken; k++)
            free = free && taken[k].index != i;
        if (free && n > best.n)
            best = (place){ i, n };
    }
    return best;
}

void
audit_layer_words(FILE *out, const audit_view *v, size_t layer, escape_function *escape)
{
    const json_t *const layers = json_object_get(json_object_get(v->head, "model"), "layers");
    const char *const name = amount_string(json_array_get(layers, layer), "name");
    if (*name != '\0')
        escape(out, name);
    else
        fprintf(out, "layer %zu", layer + 1);
}

/* "sigma-underflow in layer 2"; of names that do not say it, what they mean. */
static void
say_place(FILE *out, const audit_subject *s, const place *p, bool explained)
{
    const size_t n_layers = s->v->p->shape.n_layers, kind = p->index / n_layers;
    fprintf(out, "%s in ", origin_names[kind]);
    audit_layer_words(out, s->v, p->index % n_layers, escape_terminal);
    fprintf(out, "%s",
            explained && kind == ORIGIN_SUM_CANCELLATION     ? " (terms cancel, their small errors do not)"
            : explained && kind == ORIGIN_PRODUCT_INSIDE_BLAS ? " (the library\u2019s sum is off, its terms are not)"
                                                              : "");
}

/* The origins of the faults that come first, those that tie together, with what they mean. */
static void
first_origins(FILE *lead, FILE *more, const audit_subject *s, const faults *f, const place *found, size_t n)
{
    const bool out = audit_out_of_range(f->first), zeros = part_faults[f->first] == GA_CELL_BELOW_RANGE;
    size_t ties = 1;
    while (ties < n && found[ties].n == found[0].n)
        ties++;
    fputs(out ? "Out of range most often through " : "Wrong most often through ", lead);
    for (size_t k = 0; k < ties; k++) {
        fputs(k == 0 ? "" : k + 1 < ties ? ", " : " and ", lead);
        say_place(lead, s, found + k, true);
    }
    fprintf(lead, "%s behind %s of the %s gradient.", ties > 1 ? ", each" : ", which is",
            amount_of(found[0].n, f->count, f->noun).s, s->naive.name);
    if (out)
        fprintf(lead, " %s correctly rounded, not wrong.",
                f->n > 1 ? "These zeros and infinities are" : zeros ? "These zeros are" : "These infinities are");
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
        fprintf(more, " (%s)%s", amount_percent(found[k].n, f->count).s, k + 1 < n ? "" : ". ");
    }
}

/* Of faults that do not come first, in brief. leads: they are the other kind, wrong or out of range. */
static void
brief_origins(FILE *out, const audit_subject *s, const faults *f, const place *found, bool leads)
{
    if (leads)
        fputs(audit_out_of_range(f->first) ? " Out of range: " : " Wrong: ", out);
    fprintf(out, "%s%s most often ", amount_nouns(f->count, leads && f->n > 1 ? "element" : f->noun).s, leads ? "," : ":");
    say_place(out, s, found, leads);
    if (found[0].n == f->count)
        fprintf(out, ", which is behind %s.%s", f->count == 1 ? "it" : "all", leads ? "" : " ");
    else
        fprintf(out, ", which is behind %s (%s).%s", amount_count(found[0].n).s, amount_percent(found[0].n, f->count).s,
                leads ? "" : " ");
}

/* What comes first, the other kind, or what is said besides. */
typedef enum { FIRST, OTHER_KIND, BESIDES } place_of_faults;

static void
origins_of(FILE *lead, FILE *more, const audit_subject *s, const faults *f, place_of_faults rank)
{
    enum { SHOWN = 3 };
    place found[SHOWN];
    size_t n = 0;
    if (f->unlisted > 0)
        fprintf(f->unlisted == f->count && rank == FIRST ? lead : more,
                "Behind %s stand %.3g operations%s; the search for those that suffice to make it right gave up. ",
                amount_of(f->unlisted, f->count, f->noun).s, (double)f->operations / (double)f->unlisted,
                f->unlisted > 1 ? " each, on average" : "");
    if (f->unlisted == f->count)
        return;
    while (n < SHOWN && (found[n] = most_frequent(s, f, found, n)).n > 0)
        n++;
    if (n == 0)
        fprintf(rank == FIRST ? lead : more, "Of %s no origin is listed. ", amount_nouns(f->count, f->noun).s);
    else if (rank == FIRST)
        first_origins(lead, more, s, f, found, n);
    else
        brief_origins(rank == OTHER_KIND ? lead : more, s, f, found, rank == OTHER_KIND);
}

/* Whether an element of the gradient was computed as NaN. */
static bool
has_nan(const part_estimator *e)
{
    uint64_t n = 0;
    for (size_t r = 0; r < GA_TRUTH_ROWS; r++)
        n += e->tally.matrix[r][GA_COMPUTED_COLUMNS - 1];
    return n > 0;
}

void
audit_words_most(FILE *out, const audit_subject *s, const audit_damage *d)
{
    audit_subject of = *s;
    of.naive = *d;
    faults all = { .n = 0 };
    for (size_t i = 0; i < d->n_faults; i++)
        add_fault(&all, &of, d->order[i]);
    const place most = most_frequent(&of, &all, NULL, 0);
    if (most.n == 0)
        return;
    fputs(" Those that are not right came about most often through ", out);
    say_place(out, &of, &most, false);
    fprintf(out, ", which is behind %s (%s) of them.", amount_count(most.n).s, amount_percent(most.n, all.count).s);
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
    for (int other = 0; other < 2 && s->naive.n_faults > 0; other++) {
        const faults kind = all_faults(s, audit_out_of_range(s->naive.order[0]) == (other == 0));
        if (kind.n > 0)
            origins_of(lead, more, s, &kind, other == 0 ? FIRST : OTHER_KIND);
        for (size_t i = 0; kind.n > 1 && i < s->naive.n_faults; i++) {
            const faults one = one_fault(s, s->naive.order[i]);
            if (kind.has[one.first])
                origins_of(lead, more, s, &one, BESIDES);
        }
    }
    if (s->naive.wrong > 0)
        fputs("An element can have several origins. ", more);
    if (all > 0)
        fprintf(more, "On %s every element of the %s gradient is 0%s, and FGSM changes nothing.",
                amount_of(all, s->images, "image").s, s->naive.name, has_nan(s->naive.e) ? " or NaN" : "");
}
