/* SPDX-License-Identifier: Apache-2.0 */
/* attack.c -- see gradaudit/attack.h */
#include <math.h>
#include <stdlib.h>

#include <gradaudit/attack.h>

#include "num/random.h"
#include "pass/blocks.h"

/* One attack under way: the signs of all images' perturbations come first, then the network classifies what they make. */
typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    ga_range range;
    size_t n_elements;
    double eps;
    int8_t *sign;    /* images x elements */
    bool *correct;   /* out: after the attack */
    ga_attack_counts counts;
} attack_state;

static void
count_row(ga_attack_counts *counts, const ga_number *g, size_t n)
{
    counts->elements += n;
    for (size_t i = 0; i < n; i++) {
        counts->zero += g[i].klass == GA_ZERO;
        counts->subnormal += g[i].klass == GA_SUBNORMAL;
        counts->infinite += g[i].klass == GA_INFINITE;
        counts->nan += g[i].klass == GA_NAN;
    }
}

static ga_code
keep_signs(void *data, const ga_block *b, ga_status *st)
{
    attack_state *s = data;
    const size_t n = s->n_elements;
    ga_number *g = malloc(n * sizeof *g);
    ga_attack_counts counts = { 0 };
    if (g == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    for (size_t i = 0; i < b->n; i++) {
        int8_t *sign = s->sign + (b->first + i - s->range.first) * n;
        ga_block_row(g, b, i);
        count_row(&counts, g, n);
        for (size_t k = 0; k < n; k++)
            sign[k] = (int8_t)g[k].sign;
    }
    free(g);
#pragma omp critical(attack_counts)
    {
        s->counts.elements += counts.elements;
        s->counts.zero += counts.zero;
        s->counts.subnormal += counts.subnormal;
        s->counts.infinite += counts.infinite;
        s->counts.nan += counts.nan;
    }
    return GA_OK;
}

static void
draw_signs(attack_state *s, uint64_t seed)
{
    for (size_t image = s->range.first; image <= s->range.last; image++) {
        random_stream r = random_start(seed, image);
        int8_t *sign = s->sign + (image - s->range.first) * s->n_elements;
        uint64_t bits = 0;
        for (size_t k = 0; k < s->n_elements; k++, bits >>= 1) {
            if (k % 64 == 0)
                bits = random_next(&r);
            sign[k] = bits & 1 ? 1 : -1;
        }
    }
}

/* One rounding, in the model's dtype; clipping is exact. */
static void
adversarial_image(void *data, double *x, size_t image)
{
    const attack_state *s = data;
    const int8_t *sign = s->sign + (image - s->range.first) * s->n_elements;
    ga_dataset_image(x, s->ds, image, s->model->dtype);
    for (size_t k = 0; k < s->n_elements; k++) {
        double moved = x[k];
        if (sign[k] != 0 && s->model->dtype == GA_F32)
            moved = (float)x[k] + (float)(sign[k] * s->eps);
        else if (sign[k] != 0)
            moved = x[k] + sign[k] * s->eps;
        x[k] = moved < 0 ? 0 : moved > 1 ? 1 : moved;
    }
}

static ga_code
keep_correct(void *data, const ga_block *b, ga_status *st)
{
    attack_state *s = data;
    (void)st;
    for (size_t i = 0; i < b->n; i++)
        s->correct[b->first + i - s->range.first] = ga_block_correct(b, i);
    return GA_OK;
}

static ga_code
classify(attack_state *s, void (*image)(void *, double *, size_t), int threads, ga_status *st)
{
    blocks_job job = blocks_forward(s->model, s->ds, s->range, threads);
    job.image = image;
    job.sink = (ga_sink){ .parallel = keep_correct, .data = s };
    return blocks_run(&job, st);
}

static ga_code
check_range(const ga_model *model, const ga_dataset *ds, ga_range range, ga_status *st)
{
    if (range.first > range.last || range.last >= ds->n)
        return ga_fail(st, GA_USAGE, "images %zu-%zu are not among the %zu there are", range.first, range.last, ds->n);
    return ga_dataset_check(ds, model, st);
}

ga_code
ga_classify(bool *correct, const ga_model *model, const ga_dataset *ds, ga_range range, int threads, ga_status *st)
{
    attack_state s = { .model = model, .ds = ds, .range = range, .correct = correct };
    const ga_code code = check_range(model, ds, range, st);
    return code != GA_OK ? code : classify(&s, NULL, threads, st);
}

static void
count_images(attack_state *s, const bool *correct)
{
    ga_attack_counts *c = &s->counts;
    c->images = s->range.last - s->range.first + 1;
    for (size_t i = 0; i < c->images; i++) {
        bool moved = false;
        for (size_t k = 0; k < s->n_elements && !moved; k++)
            moved = s->sign[i * s->n_elements + k] != 0;
        c->correct += correct[i];
        c->correct_after += s->correct[i];
        c->fooled += correct[i] && !s->correct[i];
        c->all_zero += !moved;
        c->moved_correct += moved && correct[i];
        c->moved_wrong += moved && !s->correct[i];
        c->moved_fooled += moved && correct[i] && !s->correct[i];
    }
}

ga_code
ga_attack_run(ga_attack_counts *counts, const ga_attack *attack, const bool *correct, const ga_model *model, const ga_dataset *ds,
              ga_range range, int threads, ga_status *st)
{
    ga_code code = check_range(model, ds, range, st);
    if (code != GA_OK)
        return code;
    const double eps = model->dtype == GA_F32 ? (float)attack->eps : attack->eps;
    if (!(eps > 0) || !isfinite(eps))
        return ga_fail(st, GA_USAGE, "eps must be positive and finite in the model's type, not %g", attack->eps);
    const size_t n = range.last - range.first + 1;
    attack_state s = { .model = model, .ds = ds, .range = range, .n_elements = ga_model_inputs(model), .eps = eps };
    s.sign = s.n_elements <= SIZE_MAX / n ? malloc(n * s.n_elements) : NULL;
    s.correct = malloc(n * sizeof *s.correct);
    if (s.sign == NULL || s.correct == NULL)
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for the signs of %zu images", n);
    else if (attack->random)
        draw_signs(&s, attack->seed);
    else
        code = ga_gradient(model, ds, range, &attack->estimator, threads,
                           &(ga_sink){ .parallel = keep_signs, .data = &s }, st);
    if (code == GA_OK)
        code = classify(&s, adversarial_image, threads, st);
    if (code == GA_OK) {
        count_images(&s, correct);
        *counts = s.counts;
    }
    free(s.sign);
    free(s.correct);
    return code;
}
