/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c -- one element's story as text; see gradaudit/audit.h */
#include <math.h>
#include <stdlib.h>

#include <gradaudit/audit.h>

#include "core/audit.h"

#include "api/api.h"
#include "num/format.h"
#include "num/frozen.h"
#include "pass/engine.h"
#include "report/explain.h"

static ga_code
check_explained(const ga_estimator *e, const char *words, ga_status *st)
{
    return format_has_origins(e->format)
               ? GA_OK : ga_fail(st, GA_USAGE, "elements are explained in " FORMAT_AUDITED_WORDS ", not '%.100s'", words);
}

static ga_code
check_place(const ga_model *model, const ga_dataset *ds, size_t image, size_t element, const ga_estimator *e, ga_status *st)
{
    ga_code code = engine_check_outputs(model, e->loss, st);
    if (code == GA_OK)
        code = ga_dataset_check(ds, model, st);
    if (code == GA_OK)
        code = engine_check_labels(model, e->loss, ds, st);
    if (code == GA_OK && (image >= ds->n || element >= ga_model_inputs(model)))
        code = ga_fail(st, GA_USAGE, "the image is 0 to %zu and the element 0 to %zu here", ds->n - 1, ga_model_inputs(model) - 1);
    return code;
}

static ga_code
tell(char **text, const ga_model *model, const ga_dataset *ds, size_t image, size_t element, const ga_estimator *e,
     double tolerance, ga_status *st)
{
    size_t size;
    FILE *const out = open_memstream(text, &size);
    if (out == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an element's story");
    ga_code code = explain(out, model, ds, image, element, e, tolerance, st);
    const bool whole = ferror(out) == 0;
    if (fclose(out) != 0 || !whole)
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for an element's story");
    if (code != GA_OK && code != GA_UNDECIDED) {
        free(*text);
        *text = NULL;
    }
    return code;
}

ga_code
ga_explain(char **text, const ga_model *model, const ga_dataset *ds, size_t image, size_t element, const char *words,
           double tolerance, const ga_run *run, ga_status *st)
{
    const double least = tolerance != 0 ? tolerance : ga_audit_defaults.tolerance;
    ga_status own = { 0 };
    ga_estimator e = { .gain = 1 };
    api_call call;
    ga_code code = api_given(st, "text", text);
    if (code != GA_OK)
        return code;
    *text = NULL;
    if ((code = api_enter(&call, run, st)) != GA_OK)
        return code;
    if (model == NULL || ds == NULL)
        ga_fail(&own, GA_USAGE, "an element is one of a model on a data set: one of them is NULL");
    else if (!(least > 0) || !isfinite(least))
        ga_fail(&own, GA_USAGE, "the tolerance is a positive number, not %g", tolerance);
    else if (api_estimator(&e, words, model, &own) == GA_OK && check_explained(&e, words, &own) == GA_OK &&
             engine_take_targets(&e, model, ds, &own) == GA_OK && check_place(model, ds, image, element, &e, &own) == GA_OK)
        tell(text, model, ds, image, element, &e, least, &own);
    frozen_drop(&e.format);
    if (api_end(&call, &own, st) == GA_NO_MEMORY) {
        free(*text);
        *text = NULL;
    }
    return own.code;
}
