/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.c -- attacks along a line of gains or logit scales; see core/attack.h */
#include <math.h>
#include <stdlib.h>

#include "attack/attacks.h"

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
    ga_attack *const one = calloc(n, sizeof *one);
    if (one == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a sweep");
    for (size_t i = 0; i < n; i++) {
        one[i] = *attack;
        *(logit_scale ? &one[i].estimator.logit_scale : &one[i].estimator.gain) = value[i];
    }
    const ga_code code = attacks_run(counts, &(attacks_job){ .attack = one, .n = n, .model = model, .ds = ds, .range = range,
                                                             .way = { .threads = threads } }, st);
    free(one);
    return code;
}
