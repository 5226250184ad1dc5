/* SPDX-License-Identifier: Apache-2.0 */
/* attack.c -- see gradaudit/attack.h */
#include <stdlib.h>

#include <gradaudit/attack.h>

#include "attack/signs.h"
#include "pass/blocks.h"

/* One attack under way: the signs of all images' perturbations come first, then the network classifies what they make. */
typedef struct {
    ga_range range;
    size_t n_elements;
    int8_t *sign;    /* images x elements */
    bool *correct;   /* out: after the attack */
    ga_attack_counts counts;
} attack_state;

static int8_t *
signs_at(const attack_state *s, size_t image)
{
    return s->sign + (image - s->range.first) * s->n_elements;
}

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
        ga_block_row(g, b, i);
        count_row(&counts, g, n);
        signs_of(signs_at(s, b->first + i), g, n);
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

ga_code
ga_classify(bool *correct, const ga_model *model, const ga_dataset *ds, ga_range range, int threads, ga_status *st)
{
    return signs_classify(correct, NULL, 0, model, ds, range, threads, st);
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
    ga_code code = signs_check(attack->eps, model, ds, range, st);
    if (code != GA_OK)
        return code;
    const size_t n = range.last - range.first + 1;
    attack_state s = { .range = range, .n_elements = ga_model_inputs(model) };
    s.sign = s.n_elements <= SIZE_MAX / n ? malloc(n * s.n_elements) : NULL;
    s.correct = malloc(n * sizeof *s.correct);
    if (s.sign == NULL || s.correct == NULL)
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for the signs of %zu images", n);
    else if (attack->random)
        for (size_t image = range.first; image <= range.last; image++)
            signs_random(signs_at(&s, image), s.n_elements, attack->seed, image);
    else
        code = ga_gradient(model, ds, range, &attack->estimator, threads,
                           &(ga_sink){ .parallel = keep_signs, .data = &s }, st);
    if (code == GA_OK)
        code = signs_classify(s.correct, s.sign, attack->eps, model, ds, range, threads, st);
    if (code == GA_OK) {
        count_images(&s, correct);
        *counts = s.counts;
    }
    free(s.sign);
    free(s.correct);
    return code;
}
