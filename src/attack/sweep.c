/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.c -- attacks along a line of gains or logit scales; see gradaudit/attack.h */
#include <math.h>
#include <stdlib.h>

#include "attack/signs.h"

void
ga_log_space(double *value, size_t n, double first, double last)
{
    const double ratio = last / first;
    const bool wide = ratio == 0 || !isfinite(ratio);
    for (size_t i = 0; i < n; i++) {
        const double t = (double)i / (double)(n - 1);
        value[i] = i == 0 ? first : i + 1 == n ? last : wide ? pow(first, 1 - t) * pow(last, t) : first * pow(ratio, t);
    }
}

ga_code
ga_sweep(ga_attack_counts *counts, const double *value, size_t n, bool logit_scale, const ga_attack *attack,
         const ga_model *model, const ga_dataset *ds, ga_range range, int threads, ga_status *st)
{
    bool *correct = malloc((range.last - range.first + 1) * sizeof *correct);
    if (correct == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a sweep");
    engine_pool *pool = engine_pool_new(0, NULL);
    ga_code code = signs_classify(correct, NULL, 0, model, ds, range, threads, pool, st);
    for (size_t i = 0; i < n && code == GA_OK; i++) {
        ga_attack one = *attack;
        *(logit_scale ? &one.estimator.logit_scale : &one.estimator.gain) = value[i];
        code = signs_attack(counts + i, &one, correct, model, ds, range, threads, pool, st);
    }
    engine_pool_free(pool);
    free(correct);
    return code;
}
