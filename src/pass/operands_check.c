/* SPDX-License-Identifier: Apache-2.0 */
/* operands_check.c -- whether a file's scales are those of a network; see operands.h */
#include <stdlib.h>

#include "io/file.h"
#include "pass/engine.h"
#include "pass/operands.h"

/* One of the programs: what it takes has a scale; that is noted of the file's. */
static ga_code
check_program(bool *used, const ga_estimator *e, const ga_model *model, bool weights, ga_status *st)
{
    const ga_frozen *const frozen = e->format.recipe.frozen;
    ga_estimator plain = *e;
    size_t n = 0;
    plain.format.recipe = (ga_precision_recipe){ .row = 0 };
    program *const p = pass_program(model, &plain, weights);
    operand *const o = p != NULL ? program_operands(&n, p, model->graph, e->format) : NULL;
    ga_code code = o != NULL ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for the program of a gradient");
    for (size_t i = 0; i < n && code == GA_OK; i++) {
        const frozen_scale *const found = frozen_find(frozen, o[i].name);
        if (found != NULL)
            used[found - frozen->scale] = true;
        else
            code = file_fail(st, GA_BAD_FILE, frozen->path, "it has no scale for '%s': gradaudit scales writes one for each tensor",
                             o[i].name);
    }
    free(o);
    program_free(p);
    return code;
}

ga_code
operands_check(const ga_estimator *e, const ga_model *model, ga_status *st)
{
    const ga_frozen *const frozen = e->format.recipe.frozen;
    if (e->format.recipe.rule != GA_SCALE_FILE || e->format.recipe.row == 0)
        return GA_OK;
    if (frozen == NULL)
        return ga_fail(st, GA_USAGE, "scale= names no file here: say scale=batch, or the path of one, such as scale=./scales.json");
    const ga_estimator resolved = engine_estimator(e, model);
    bool *const used = calloc(frozen->n + 1, sizeof *used);
    if (used == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the scales of tensors");
    ga_code code = check_program(used, &resolved, model, false, st);
    if (code == GA_OK)
        code = check_program(used, &resolved, model, true, st);
    for (size_t i = 0; i < frozen->n && code == GA_OK; i++)
        if (!used[i])
            code = file_fail(st, GA_BAD_FILE, frozen->path, "no product of this network takes '%s'", frozen->scale[i].tensor);
    free(used);
    return code;
}
