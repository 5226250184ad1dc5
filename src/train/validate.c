/* SPDX-License-Identifier: Apache-2.0 */
/* validate.c -- how a trained network does on its validation images; see core/train.h */
#include <stdio.h>
#include <stdlib.h>

#include "core/train.h"

#include "num/format.h"

static bool
set_percentage(ga_model *model, const char *key, size_t k, size_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%.4f", 100 * (double)k / (double)n);
    return ga_model_set_meta(model, key, text);
}

ga_code
ga_train_validate(ga_attack_counts *counts, ga_model *model, const ga_recipe *recipe, const ga_dataset *ds, int threads,
                  ga_status *st)
{
    const ga_attack fgsm = { .estimator = { { FORMAT_OF(f32) }, GA_NAIVE, GA_PRODUCT_DEFAULT, 1, 1 }, .eps = recipe->eps };
    const size_t n = recipe->n_validation;
    if (n == 0 || n > ds->n)
        return ga_fail(st, GA_USAGE, "%zu validation images of %zu", n, ds->n);
    const ga_range range = { ds->n - n, ds->n - 1 };
    bool *correct = malloc(n * sizeof *correct);
    if (correct == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the labels");
    ga_code code = ga_classify(correct, model, ds, range, threads, st);
    if (code == GA_OK)
        code = ga_attack_run(counts, &fgsm, correct, model, ds, range, threads, st);
    free(correct);
    if (code != GA_OK)
        return code;
    const bool ok = set_percentage(model, "validation-accuracy", counts->correct, n) &&
                    set_percentage(model, "validation-fgsm", counts->correct_after, n) &&
                    set_percentage(model, "validation-zeros", counts->zero, counts->elements) &&
                    set_percentage(model, "validation-all-zero", counts->all_zero, n);
    return ok ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for metadata");
}
