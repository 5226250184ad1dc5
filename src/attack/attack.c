/* SPDX-License-Identifier: Apache-2.0 */
/* attack.c -- see gradaudit/attack.h */
#include <omp.h>
#include <stdlib.h>

#include <gradaudit/attack.h>

#include "attack/signs.h"
#include "num/format.h"
#include "run/blocks.h"

/* An attack under way: the signs of some images' perturbations, then the network classifies what they make. */
typedef struct {
    const ga_attack *attack;
    const ga_model *model;
    const ga_dataset *ds;
    int threads;
    engine_pool *gradients, *classifiers;
    ga_range range;  /* of the images at hand */
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
        if (g[i].klass == GA_UNKNOWN)
            ga_undecided_add(&counts->undecided, (ga_undecided){ 1, g[i].exponent });
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
        ga_undecided_add(&s->counts.undecided, counts.undecided);
    }
    return GA_OK;
}

ga_code
ga_classify(bool *correct, const ga_model *model, const ga_dataset *ds, ga_range range, int threads, ga_status *st)
{
    return signs_classify(correct, NULL, 0, model, ds, range, threads, NULL, st);
}

/* correct: before the attack. */
static void
count_images(attack_state *s, const bool *correct)
{
    ga_attack_counts *c = &s->counts;
    const size_t n = s->range.last - s->range.first + 1;
    c->images += n;
    for (size_t i = 0; i < n; i++) {
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

static ga_code
find_signs(attack_state *s, ga_status *st)
{
    const ga_attack *a = s->attack;
    ga_estimator e = a->estimator;
    e.format.signs = format_is_reference(e.format);
    if (!a->random)
        return blocks_check_and_run(&(blocks_job){ .model = s->model, .ds = s->ds, .range = s->range, .estimator = e,
                                                   .threads = s->threads, .pool = s->gradients,
                                                   .sink = { .parallel = keep_signs, .data = s } }, st);
    const int threads = s->threads > 0 ? s->threads : omp_get_max_threads();
#pragma omp parallel for num_threads(threads)
    for (size_t image = s->range.first; image <= s->range.last; image++)
        signs_random(signs_at(s, image), s->n_elements, a->seed, image);
    return GA_OK;
}

static ga_code
run(attack_state *s, const bool *correct, ga_range range, size_t at_once, ga_status *st)
{
    ga_code code = GA_OK;
    for (size_t first = range.first; first <= range.last && code == GA_OK; first = s->range.last + 1) {
        const size_t last = (first / at_once + 1) * at_once - 1;
        s->range = (ga_range){ first, last < range.last ? last : range.last };
        if ((code = find_signs(s, st)) == GA_OK)
            code = signs_classify(s->correct, s->sign, s->attack->eps, s->model, s->ds, s->range, s->threads, s->classifiers, st);
        if (code == GA_OK)
            count_images(s, correct + (first - range.first));
    }
    return code;
}

/* Signs are kept for eight blocks per thread, however many images there are. */
ga_code
signs_attack(ga_attack_counts *counts, const ga_attack *attack, const bool *correct, const ga_model *model, const ga_dataset *ds,
             ga_range range, int threads, engine_pool *pool, ga_status *st)
{
    enum { BLOCKS_OF_A_THREAD = 8 };
    ga_code code = signs_check(attack->eps, model, ds, range, st);
    if (code != GA_OK)
        return code;
    const size_t at_once = BLOCKS_OF_A_THREAD * GA_BLOCK * (size_t)(threads > 0 ? threads : omp_get_max_threads());
    const size_t images = range.last - range.first + 1, n = images < at_once ? images : at_once;
    attack_state s = { .attack = attack, .model = model, .ds = ds, .threads = threads, .n_elements = ga_model_inputs(model),
                       .gradients = engine_pool_new(0, NULL), .classifiers = pool };
    s.sign = s.n_elements <= SIZE_MAX / n ? malloc(n * s.n_elements) : NULL;
    s.correct = malloc(n * sizeof *s.correct);
    code = s.sign != NULL && s.correct != NULL ? run(&s, correct, range, at_once, st)
                                               : ga_fail(st, GA_NO_MEMORY, "out of memory for the signs of %zu images", n);
    if (code == GA_OK)
        *counts = s.counts;
    engine_pool_free(s.gradients);
    free(s.sign);
    free(s.correct);
    return code;
}

ga_code
ga_attack_run(ga_attack_counts *counts, const ga_attack *attack, const bool *correct, const ga_model *model, const ga_dataset *ds,
              ga_range range, int threads, ga_status *st)
{
    engine_pool *pool = engine_pool_new(0, NULL);
    const ga_code code = signs_attack(counts, attack, correct, model, ds, range, threads, pool, st);
    engine_pool_free(pool);
    return code;
}
