/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.c -- attacks along a line of gains or logit scales; see gradaudit/attack.h */
#include <math.h>
#include <stdlib.h>

#include <gradaudit/attack.h>

void
ga_log_space(double *value, size_t n, double first, double last)
{
    for (size_t i = 0; i < n; i++)
        value[i] = i == 0 ? first : i + 1 == n ? last : first * pow(last / first, (double)i / (double)(n - 1));
}

ga_code
ga_sweep(ga_attack_counts *counts, const double *value, size_t n, bool logit_scale, const ga_attack *attack,
         const ga_model *model, const ga_dataset *ds, ga_range range, int threads, ga_status *st)
{
    bool *correct = malloc((range.last - range.first + 1) * sizeof *correct);
    if (correct == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a sweep");
    ga_code code = ga_classify(correct, model, ds, range, threads, st);
    for (size_t i = 0; i < n && code == GA_OK; i++) {
        ga_attack one = *attack;
        *(logit_scale ? &one.estimator.logit_scale : &one.estimator.gain) = value[i];
        code = ga_attack_run(counts + i, &one, correct, model, ds, range, threads, st);
    }
    free(correct);
    return code;
}
