/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words_damage.c -- what is wrong with a gradient, counted and in a sentence; see audit_words.h */
#include "num/recipe.h"
#include "report/amount.h"
#include "report/audit_words.h"

static const char *const fault_nouns[GA_CELLS] = {
    [GA_CELL_LOST] = "lost zero", [GA_CELL_BELOW_RANGE] = "below-range zero", [GA_CELL_WRONG_SIGN] = "wrong sign",
    [GA_CELL_INACCURATE] = "inaccurate element", [GA_CELL_ABOVE_RANGE] = "above-range element",
    [GA_CELL_NONFINITE] = "infinite or NaN element", [GA_CELL_SPURIOUS] = "spurious element",
};

const char *
audit_fault_noun(size_t fault)
{
    return fault_nouns[part_faults[fault]];
}

audit_damage
audit_damage_of(const audit_view *v, size_t estimator)
{
    const part_estimator *e = v->p->estimator + estimator;
    audit_damage d = { .e = e, .name = v->label[estimator] };
    const ga_format format = audit_view_format(v, estimator);
    recipe_last_name(d.format, sizeof d.format, format);
    d.loss_scale = format.recipe.loss_scale;
    d.narrow = recipe_last(&(int){ 0 }, format).bits < 24;
    for (size_t f = 0; f < PART_FAULTS; f++) {
        d.wrong += d.count[f] = e->tally.cell[part_faults[f]];
        if (d.count[f] > 0) {
            size_t at = d.n_faults++;
            for (; at > 0 && d.count[d.order[at - 1]] < d.count[f]; at--)
                d.order[at] = d.order[at - 1];
            d.order[at] = f;
        }
    }
    return d;
}

/* "310 (48.4 %)", "all". */
static amount
counted(uint64_t n, uint64_t whole)
{
    amount a;
    if (n == whole)
        snprintf(a.s, sizeof a.s, whole == 1 ? "it" : "all");
    else
        snprintf(a.s, sizeof a.s, "%.30s (%.12s)", amount_count(n).s, amount_percent(n, whole).s);
    return a;
}

static void
say_cell(FILE *out, const audit_subject *s, const audit_damage *d, ga_cell cell, bool one)
{
    const char *const be = one ? "is" : "are";
    switch (cell) {
    case GA_CELL_LOST:
        fprintf(out, "%s 0 although %s could represent a better value", be, d->format);
        break;
    case GA_CELL_BELOW_RANGE:
        fprintf(out, one ? "is 0, as is its true value rounded to %s" : "are 0, as are their true values rounded to %s", d->format);
        break;
    case GA_CELL_WRONG_SIGN:
        fprintf(out, "%s the wrong sign", one ? "has" : "have");
        break;
    case GA_CELL_INACCURATE:
        fprintf(out, "%s off by more than %s %%%s", be, amount_real(100 * amount_number(s->v->options, "tolerance")).s,
                d->narrow ? " and an ulp" : "");
        break;
    case GA_CELL_ABOVE_RANGE:
        fprintf(out, one ? "is infinite, as is its true value rounded to %s"
                         : "are infinite, as are their true values rounded to %s", d->format);
        break;
    case GA_CELL_NONFINITE:
        fprintf(out, "%s infinite or NaN", be);
        break;
    case GA_CELL_SPURIOUS:
        fprintf(out, "%s not 0 although the true value is", be);
        break;
    case GA_CELL_ZERO:
        fprintf(out, "%s 0 like the true value", be);
        break;
    case GA_CELL_UNDECIDED:
        fprintf(out, "%s undecided", be);
        break;
    default:
        fprintf(out, "%s right", be);
    }
}

void
audit_damage_words(FILE *out, const audit_subject *s, const audit_damage *d)
{
    const ga_tally *t = &d->e->tally;
    ga_cell cell[GA_CELLS];
    size_t n = 0;
    for (size_t i = 0; i < d->n_faults; i++)
        cell[n++] = part_faults[d->order[i]];
    static const ga_cell rest[] = { GA_CELL_UNDECIDED, GA_CELL_ZERO, GA_CELL_RIGHT };
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        if (t->cell[rest[i]] > 0)
            cell[n++] = rest[i];
    if (n == 1) {
        fprintf(out, "%s element of the %s gradient ", t->elements == 1 ? "The one" : "Every", d->name);
        say_cell(out, s, d, cell[0], true);
        fputs(".", out);
        return;
    }
    fprintf(out, "The %s gradient has %s: ", d->name, amount_nouns(t->elements, "element").s);
    for (size_t i = 0; i < n; i++) {
        fputs(i == 0 ? "" : i + 1 < n ? ", " : ", and ", out);
        fprintf(out, "%s ", counted(t->cell[cell[i]], t->elements).s);
        say_cell(out, s, d, cell[i], t->cell[cell[i]] == 1);
    }
    fputs(".", out);
}

bool
audit_out_of_range(size_t fault)
{
    return part_faults[fault] == GA_CELL_BELOW_RANGE || part_faults[fault] == GA_CELL_ABOVE_RANGE;
}
