/* SPDX-License-Identifier: Apache-2.0 */
/* sign_filter.c -- see sign_filter.h, and bound.h for what is proved of a gradient. */
#include <math.h>
#include <stdlib.h>

#include "exact/sign_filter.h"

#include "exact/bound.h"
#include "pass/engine.h"

struct sign_filter {
    program *p;
    bound_tape *tape;
};

void
sign_filter_free(sign_filter *f)
{
    if (f == NULL)
        return;
    bound_tape_free(f->tape);
    program_free(f->p);
    free(f);
}

sign_filter *
sign_filter_new(const ga_model *model, const ga_estimator *e, size_t rows)
{
    if (pass_unknown(model, e) != NULL || engine_check_outputs(model, e->loss, NULL) != GA_OK)
        return NULL;
    sign_filter *f = calloc(1, sizeof *f);
    if (f != NULL && (f->p = pass_program(model, e, false)) != NULL && (f->tape = bound_tape_new(f->p, rows)) != NULL)
        return f;
    sign_filter_free(f);
    return NULL;
}

/* A row's unit is positive, whatever it is. */
static bool
read_signs(ga_truth *truth, const bounded *gradient, size_t row)
{
    const size_t n = gradient->v.cols;
    const double *v = gradient->v.e + row * n, *r = gradient->r.e + row * n;
    for (size_t j = 0; j < n; j++) {
        if (v[j] == 0 && r[j] == 0)
            truth[j] = (ga_truth){ .state = GA_TRUE_ZERO };
        else if (fabs(v[j]) > r[j] && isfinite(v[j]))
            truth[j] = (ga_truth){ .state = GA_TRUE_NONZERO, .sign = v[j] > 0 ? 1 : -1, .mantissa = v[j] > 0 ? 1 : -1 };
        else
            return false;
    }
    return true;
}

void
sign_filter_run(bool *decided, ga_truth *truth, sign_filter *f, const double *x, const uint32_t *label, size_t n)
{
    const bounded *const gradient = f->tape->value + f->p->gradient_of[f->p->input];
    bound_run(decided, f->tape, x, label, n);
    for (size_t i = 0; i < n; i++)
        decided[i] = decided[i] && read_signs(truth + i * gradient->v.cols, gradient, i);
}
