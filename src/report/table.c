/* SPDX-License-Identifier: Apache-2.0 */
/* table.c -- see table.h */
#include "report/table.h"

void
table_attack_head(FILE *out)
{
    fputs("#estimator\tproduct\timages\tcorrect\tcorrect_after\taccuracy_percent\tfooled\tsuccess_percent\tlow\thigh\t"
          "all_zero_images\tmoved_correct\tmoved_fooled\telements\tzero\tsubnormal\tinfinite\tnan\tundecided\n", out);
}

static double
percent(size_t part, size_t whole)
{
    return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

void
table_attack_row(FILE *out, const ga_attack *attack, const ga_attack_counts *c)
{
    char name[128];
    double low, high;
    ga_attack_name(name, sizeof name, attack);
    ga_wilson(&low, &high, c->fooled, c->correct);
    fprintf(out, "%s\t%s\t%zu\t%zu\t%zu\t%.9g\t%zu\t%.9g\t%.9g\t%.9g\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\n", name,
            attack->random ? "-" : ga_product_name(&attack->estimator), c->images, c->correct, c->correct_after,
            percent(c->correct_after, c->images), c->fooled, percent(c->fooled, c->correct), 100 * low, 100 * high, c->all_zero,
            c->moved_correct, c->moved_fooled, c->elements, c->zero, c->subnormal, c->infinite, c->nan,
            c->undecided.n);
}
