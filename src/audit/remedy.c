/* SPDX-License-Identifier: Apache-2.0 */
/* remedy.c -- see remedy.h */
#include <math.h>

#include "audit/remedy.h"
#include "num/format.h"

const char *const remedy_names[N_REMEDIES] = { "rewritten formulas", "wider exponent", "wider significand",
                                               "wider exponent and significand", "rewritten formulas and wider exponent" };

ga_estimator
remedy_estimator(const ga_estimator *e, remedy r)
{
    ga_estimator changed = *e;
    const bool wide_exponent = r == REMEDY_EXPONENT || r == REMEDY_BOTH || r == REMEDY_REWRITE_EXPONENT;
    const bool wide_significand = r == REMEDY_SIGNIFICAND || r == REMEDY_BOTH;
    if (r == REMEDY_REWRITE || r == REMEDY_REWRITE_EXPONENT)
        changed.formulas = GA_REWRITE;
    if (r == REMEDY_REWRITE)
        return changed;
    changed.product = GA_DOT;
    changed.format = format_with_bits(e->format, wide_significand ? REMEDY_BITS : e->format.bits, !wide_exponent);
    return changed;
}

static ga_code
keep_row(void *data, const ga_block *b, ga_status *st)
{
    (void)st;
    ga_block_row(data, b, 0);
    return GA_OK;
}

ga_code
remedy_run(ga_number *const gradient[N_REMEDIES], const ga_model *model, const ga_dataset *ds, size_t image,
                   const ga_estimator *e, ga_status *st)
{
    for (remedy r = 0; r < N_REMEDIES; r++) {
        const ga_estimator changed = remedy_estimator(e, r);
        const ga_code code = ga_gradient(model, ds, (ga_range){ image, image }, &changed, 1,
                                         &(ga_sink){ .parallel = keep_row, .data = gradient[r] }, st);
        if (code != GA_OK)
            return code;
    }
    return GA_OK;
}

ga_cell
remedy_cell(const ga_number *computed, const ga_truth *truth, const ga_estimator *e, double tolerance)
{
    const ga_cell cell = ga_find(computed, truth, e->format, tolerance).cell;
    ga_number next = *computed;
    if (e->format.bits <= 53 || (computed->klass != GA_NORMAL && computed->klass != GA_SUBNORMAL))
        return cell;
    next.mantissa += copysign(0x1p-52, next.mantissa);
    return ga_find(&next, truth, e->format, tolerance).cell == cell ? cell : GA_CELL_UNDECIDED;
}

bool
remedy_saves(ga_cell cell)
{
    return cell == GA_CELL_ZERO || cell == GA_CELL_RIGHT;
}
