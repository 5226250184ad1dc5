/* SPDX-License-Identifier: Apache-2.0 */
/* explain_run.c -- an element's story from a model and data; see explain.h */
#include <stdlib.h>

#include "report/explain.h"

static ga_code
tell(FILE *out, const examination *x, const ga_dataset *ds, size_t image, size_t element, const ga_estimator *e, ga_status *st)
{
    ga_number *rescued[N_REMEDIES] = { NULL };
    bool ok = true;
    for (remedy r = 0; r < N_REMEDIES; r++)
        ok = (rescued[r] = malloc(x->n * sizeof *rescued[r])) != NULL && ok;
    ga_code code = ok ? remedy_run(rescued, x->model, ds, image, e, st)
                      : ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradients");
    if (code == GA_OK)
        explain_element(out, x, image, element, rescued);
    for (remedy r = 0; r < N_REMEDIES; r++)
        free(rescued[r]);
    return code;
}

ga_code
explain(FILE *out, const ga_model *model, const ga_dataset *ds, size_t image, size_t element, const ga_estimator *e,
        double tolerance, ga_status *st)
{
    examination x;
    ga_code code = examine(&x, model, ds, image, e, tolerance, st);
    if (code == GA_OK)
        code = tell(out, &x, ds, image, element, e, st);
    if (code == GA_OK && x.truth[element].state == GA_UNDECIDED_ELEMENT)
        code = ga_fail(st, GA_UNDECIDED, "the element remains undecided");
    examination_free(&x);
    return code;
}
