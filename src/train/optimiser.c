/* SPDX-License-Identifier: Apache-2.0 */
/* optimiser.c -- see optimiser.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/optimiser.h"

void
optimiser_sgd(float *restrict w, float *restrict m, const float *restrict g, size_t n, const optimiser_step *step)
{
    const float mu = (float)step->momentum, scale = (float)step->scale, lr = (float)step->lr;
    const float keep = (float)(1 - step->lr * step->decay);
    for (size_t i = 0; i < n; i++) {
        m[i] = mu * m[i] + scale * g[i];
        w[i] = keep * w[i] - lr * m[i];
    }
}

void
optimiser_adam(float *restrict w, float *restrict m, float *restrict v, const float *restrict g, size_t n,
               const optimiser_step *step)
{
    const float b1 = 0.9f, b2 = 0.999f, scale = (float)step->scale, eps = (float)step->eps;
    const float lr = (float)(step->lr / (1 - pow(0.9, (double)step->count)));
    const float unbias = (float)(1 / (1 - pow(0.999, (double)step->count)));
    const float keep = (float)(1 - step->lr * step->decay);
    for (size_t i = 0; i < n; i++) {
        const float gi = scale * g[i];
        m[i] = b1 * m[i] + (1 - b1) * gi;
        v[i] = b2 * v[i] + (1 - b2) * gi * gi;
        w[i] = keep * w[i] - lr * m[i] / (sqrtf(unbias * v[i]) + eps);
    }
}

bool
optimiser_new(optimiser_state *state, size_t n)
{
    *state = (optimiser_state){ calloc(n, sizeof *state->m), calloc(n, sizeof *state->v), n };
    return state->m != NULL && state->v != NULL;
}

void
optimiser_clear(optimiser_state *state)
{
    memset(state->m, 0, state->n * sizeof *state->m);
    memset(state->v, 0, state->n * sizeof *state->v);
}

void
optimiser_free(optimiser_state *state)
{
    free(state->m);
    free(state->v);
}

void
optimiser_update(float *w, optimiser_state *state, const float *g, ga_optimiser optimiser, const optimiser_step *step)
{
    if (optimiser == GA_SGD)
        optimiser_sgd(w, state->m, g, state->n, step);
    else
        optimiser_adam(w, state->m, state->v, g, state->n, step);
}
