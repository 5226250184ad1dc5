/* SPDX-License-Identifier: Apache-2.0 */
/* plan_check.c -- what can be said of parts of an audit before it is planned; see plan.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attack/names.h"
#include "audit/plan.h"
#include "io/file.h"
#include "num/format.h"
#include "num/frozen.h"
#include "num/recipe.h"

ga_code
plan_options(const audit_options *o, ga_status *st)
{
    if (!(o->eps >= 0) || !isfinite(o->eps))
        return ga_fail(st, GA_USAGE, "eps is a finite number that is not negative, not %g", o->eps);
    if (!(o->tolerance > 0) || !(o->tolerance < 1))
        return ga_fail(st, GA_USAGE, "the tolerance is between 0 and 1, not %g", o->tolerance);
    if (!(o->verdict_margin > 0) || !(o->verdict_margin < 100))
        return ga_fail(st, GA_USAGE, "the verdict's margin is between 0 and 100 points, not %g", o->verdict_margin);
    if (o->seeds > GA_AUDIT_MOST_SEEDS)
        return ga_fail(st, GA_USAGE, "at most %d seeds, not %zu", GA_AUDIT_MOST_SEEDS, o->seeds);
    if (o->max_bits < GA_REFERENCE_MIN_BITS || o->max_bits > GA_MAX_BITS)
        return ga_fail(st, GA_USAGE, "max_bits is %d to %d, not %ld", GA_REFERENCE_MIN_BITS, GA_MAX_BITS, o->max_bits);
    if (o->reference_bits < GA_RADIUS_MIN_BITS || o->reference_bits > GA_RADIUS_MAX_BITS)
        return ga_fail(st, GA_USAGE, "reference_bits is %d to %d, not %ld", GA_RADIUS_MIN_BITS, GA_RADIUS_MAX_BITS,
                       o->reference_bits);
    return o->batch == 0 ? GA_OK : recipe_check_batch(o->batch, st);
}

ga_code
plan_words(plan_worded *w, const char *words, const ga_model *model, ga_status *st)
{
    ga_attack attack;
    char *copy = strdup(words);
    if (copy == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an estimator's name");
    w->auto_gain = automatic_take(copy, "gain=auto");
    w->auto_logit_scale = automatic_take(copy, "logit-scale=auto");
    w->auto_loss_scale = automatic_take(copy, "loss-scale=auto");
    const ga_code code = attack_parse(&attack, copy, model, st);
    free(copy);
    if (code != GA_OK)
        return code;
    w->e = attack.estimator;
    const bool scaled = w->auto_loss_scale && (!recipe_is(w->e.format) || w->e.format.recipe.loss_scale != 0);
    if (!scaled && !attack.random && format_is_audited(w->e.format))
        return GA_OK;
    frozen_drop(&w->e.format);
    if (scaled)
        return ga_fail(st, GA_USAGE, "'%.100s': loss-scale=auto is of a precision recipe that has no other loss scale", words);
    return ga_fail(st, GA_USAGE, "an audit is of estimators in " FORMAT_AUDITED_WORDS ", not '%.100s'%s", words,
                   attack.random                        ? "; random signs are in every audit"
                   : format_is_reference(w->e.format) ? "; the exact gradient is in every audit" : "");
}

ga_code
plan_foreign(const npy *array, const char *name, const ga_model *model, const ga_dataset *ds, ga_status *st)
{
    if (array->dtype != NPY_F32 && array->dtype != NPY_F64)
        return file_fail(st, GA_BAD_FILE, name, "a gradient is of float32 or float64, as which it is judged; save a.astype('<f4')");
    if (array->dim[0] != ds->n || array->n / ds->n != ga_model_inputs(model))
        return file_fail(st, GA_BAD_FILE, name, "%zu rows of %zu numbers, not %zu images of %zu elements", array->dim[0],
                         array->n / array->dim[0], ds->n, ga_model_inputs(model));
    return GA_OK;
}
