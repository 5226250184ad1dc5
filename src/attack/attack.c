/* SPDX-License-Identifier: Apache-2.0 */
/* attack.c -- see attacks.h and core/attack.h */
#include <stdlib.h>
#include <string.h>

#include "attack/attacks.h"
#include "attack/signs.h"
#include "num/format.h"
#include "run/blocks.h"

/* Attacks whose gradients differ in gain and logit scale alone; mostly one. */
typedef struct {
    attack_deal *all;
    size_t first, n, left; /* their places, and blocks that are still to be added */
    fold fold;
} attack_group;

struct attack_deal {
    const attacks_job *job;
    ga_attack_counts *counts;
    attack_group *group;
    deal_work *work;
    size_t n_groups, block, done;
    engine_pool *gradients, *classifiers;
    bool *correct, *known; /* before an attack, by image, and for which blocks that is known here */
};

/* The images of one block under the attacks of a group. */
typedef struct {
    const attack_deal *all;
    const ga_attack *attack; /* n_attacks */
    size_t n_attacks;
    ga_range range;
    size_t n, n_elements;
    int threads;
    int8_t *sign;           /* attacks x images x elements */
    bool *correct, *before; /* after an attack, and before it */
    ga_attack_counts *counts; /* of each */
} attack_state;

static int8_t *
signs_at(const attack_state *s, size_t which, size_t image)
{
    return s->sign + (which * s->n + image - s->range.first) * s->n_elements;
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

static void
add_counts(ga_attack_counts *sum, const ga_attack_counts *c)
{
    sum->images += c->images;
    sum->correct += c->correct;
    sum->correct_after += c->correct_after;
    sum->fooled += c->fooled;
    sum->all_zero += c->all_zero;
    sum->moved_correct += c->moved_correct;
    sum->moved_wrong += c->moved_wrong;
    sum->moved_fooled += c->moved_fooled;
    sum->elements += c->elements;
    sum->zero += c->zero;
    sum->subnormal += c->subnormal;
    sum->infinite += c->infinite;
    sum->nan += c->nan;
    ga_undecided_add(&sum->undecided, c->undecided);
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
        signs_of(signs_at(s, b->which, b->first + i), g, n);
    }
    free(g);
#pragma omp critical(attack_counts)
    add_counts(&s->counts[b->which], &counts);
    return GA_OK;
}

ga_code
ga_classify(bool *correct, const ga_model *model, const ga_dataset *ds, ga_range range, int threads, ga_status *st)
{
    return signs_classify(correct, NULL, 0, model, ds, range, threads, NULL, st);
}

static void
count_images(attack_state *s, size_t which)
{
    ga_attack_counts *c = &s->counts[which];
    c->images += s->n;
    for (size_t i = 0; i < s->n; i++) {
        const int8_t *const sign = signs_at(s, which, s->range.first + i);
        bool moved = false;
        for (size_t k = 0; k < s->n_elements && !moved; k++)
            moved = sign[k] != 0;
        c->correct += s->before[i];
        c->correct_after += s->correct[i];
        c->fooled += s->before[i] && !s->correct[i];
        c->all_zero += !moved;
        c->moved_correct += moved && s->before[i];
        c->moved_wrong += moved && !s->correct[i];
        c->moved_fooled += moved && s->before[i] && !s->correct[i];
    }
}

static ga_code
find_signs(attack_state *s, ga_status *st)
{
    const attacks_job *const job = s->all->job;
    ga_estimator e = s->attack->estimator;
    e.format.signs = format_is_reference(e.format);
    if (s->attack->random) {
        for (size_t image = s->range.first; image <= s->range.last; image++)
            signs_random(signs_at(s, 0, image), s->n_elements, s->attack->seed, image);
        return GA_OK;
    }
    ga_estimator *const other = malloc(s->n_attacks * sizeof *other);
    if (other == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for %zu attacks", s->n_attacks);
    for (size_t i = 1; i < s->n_attacks; i++)
        other[i - 1] = s->attack[i].estimator;
    const ga_code code = blocks_check_and_run(&(blocks_job){ .model = job->model, .ds = job->ds, .range = s->range, .estimator = e,
                                                             .threads = s->threads, .pool = s->all->gradients, .other = other,
                                                             .n_others = s->n_attacks - 1,
                                                             .sink = { .parallel = keep_signs, .data = s } }, st);
    free(other);
    return code;
}

/* The classes before any attack: given, or kept here once a block was classified. */
static ga_code
find_before(attack_state *s, ga_status *st)
{
    const attack_deal *const all = s->all;
    const attacks_job *const job = all->job;
    const size_t at = s->range.first - job->range.first, block = s->range.first / all->block - job->range.first / all->block;
    bool known;
#pragma omp critical(attack_before)
    if ((known = all->known[block]))
        memcpy(s->before, all->correct + at, s->n * sizeof *s->before);
    if (known)
        return GA_OK;
    const ga_code code = signs_classify(s->before, NULL, 0, job->model, job->ds, s->range, s->threads, all->classifiers, st);
#pragma omp critical(attack_before)
    if (code == GA_OK) {
        memcpy(all->correct + at, s->before, s->n * sizeof *s->before);
        all->known[block] = true;
    }
    return code;
}

static ga_code
attack_block(attack_state *s, ga_status *st)
{
    const attacks_job *const job = s->all->job;
    ga_code code = find_before(s, st);
    if (code == GA_OK)
        code = find_signs(s, st);
    for (size_t i = 0; i < s->n_attacks && code == GA_OK; i++) {
        code = signs_classify(s->correct, signs_at(s, i, s->range.first), s->attack[i].eps, job->model, job->ds, s->range,
                              s->threads, s->all->classifiers, st);
        if (code == GA_OK)
            count_images(s, i);
    }
    return code;
}

static ga_code
make(void *data, deal_bytes *made, ga_range images, int threads, ga_status *st)
{
    const attack_group *const g = data;
    const size_t n = images.last - images.first + 1, n_elements = ga_model_inputs(g->all->job->model);
    attack_state s = { .all = g->all, .attack = g->all->job->attack + g->first, .n_attacks = g->n, .range = images, .n = n,
                       .n_elements = n_elements, .threads = threads, .counts = calloc(g->n, sizeof *s.counts) };
    s.sign = n_elements <= SIZE_MAX / n / g->n ? malloc(g->n * n * n_elements) : NULL;
    s.correct = malloc(2 * n * sizeof *s.correct);
    s.before = s.correct != NULL ? s.correct + n : NULL;
    const ga_code code = s.sign != NULL && s.correct != NULL && s.counts != NULL
                             ? attack_block(&s, st) : ga_fail(st, GA_NO_MEMORY, "out of memory for the signs of %zu images", n);
    *made = (deal_bytes){ (char *)s.counts, g->n * sizeof *s.counts };
    free(s.sign);
    free(s.correct);
    return code;
}

static void
close_pools(attack_deal *all)
{
    engine_pool_free(all->gradients);
    engine_pool_free(all->classifiers);
    all->gradients = all->classifiers = NULL;
}

/* Once every block has been added no thread has an engine. */
static ga_code
add(void *data, const deal_bytes *made, ga_range images, ga_status *st)
{
    attack_group *const g = data;
    attack_deal *const all = g->all;
    (void)images;
    if (made->n != g->n * sizeof *all->counts)
        return ga_fail(st, GA_BAD_FILE, "what another process sent is no attack's counts");
    for (size_t i = 0; i < g->n; i++) {
        ga_attack_counts counts;
        memcpy(&counts, made->bytes + i * sizeof counts, sizeof counts);
        add_counts(all->counts + g->first + i, &counts);
    }
    g->left--;
    for (; all->done < all->n_groups && all->group[all->done].left == 0; all->done++)
        for (size_t i = 0; i < all->group[all->done].n && all->job->done != NULL; i++)
            all->job->done(all->job->data, all->group[all->done].first + i);
    if (all->done == all->n_groups)
        close_pools(all);
    return GA_OK;
}

/* Whether one pass does for both attacks what does not depend on their factors, of which both or neither are 1. */
static bool
belong_together(const ga_attack *a, const ga_attack *b, const ga_model *model)
{
    if (a->random || b->random || format_is_reference(a->estimator.format))
        return false;
    ga_estimator x = engine_estimator(&a->estimator, model), y = engine_estimator(&b->estimator, model);
    const bool alike = (x.gain == 1) == (y.gain == 1) && (x.logit_scale == 1) == (y.logit_scale == 1) && x.backend == y.backend;
    y.gain = x.gain;
    y.logit_scale = x.logit_scale;
    return alike && engine_same_estimator(&x, &y);
}

static void
fill(attack_deal *all, size_t cost)
{
    enum { MOST_SIGNS = 1 << 24 };
    const attacks_job *const job = all->job;
    const size_t signs = all->block * ga_model_inputs(job->model);
    for (size_t i = 0; i < job->n; i++) {
        attack_group *g = all->n_groups > 0 ? all->group + all->n_groups - 1 : NULL;
        all->counts[i] = (ga_attack_counts){ 0 };
        if (g == NULL || (g->n + 1) * signs > MOST_SIGNS || !belong_together(job->attack + g->first, job->attack + i, job->model)) {
            g = all->group + all->n_groups++;
            *g = (attack_group){ .all = all, .first = i, .fold = { job->range, all->block, g, make, add } };
        }
        g->n++;
    }
    for (size_t k = 0; k < all->n_groups; k++) {
        all->work[k] = fold_work(&all->group[k].fold);
        all->work[k].cost = cost * all->group[k].n;
        all->group[k].left = all->work[k].n;
    }
    if (job->correct != NULL) {
        memcpy(all->correct, job->correct, (job->range.last - job->range.first + 1) * sizeof *all->correct);
        memset(all->known, true, all->work[0].n * sizeof *all->known);
    }
}

/* Attacks come one after another: engines of the last are idle by then, and as many are kept as there are threads. */
ga_code
attacks_open(attack_deal **opened, ga_attack_counts *counts, const attacks_job *job, size_t cost, ga_status *st)
{
    *opened = NULL;
    for (size_t i = 0; i < job->n; i++) {
        const ga_code code = signs_check(job->attack[i].eps, job->model, job->ds, job->range, st);
        if (code != GA_OK)
            return code;
    }
    const size_t images = job->range.last - job->range.first + 1;
    attack_deal *const all = calloc(1, sizeof *all);
    if (all == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for %zu attacks", job->n);
    *all = (attack_deal){ .job = job, .counts = counts, .group = calloc(job->n, sizeof *all->group),
                      .work = calloc(job->n, sizeof *all->work), .block = blocks_size(job->model),
                      .correct = calloc(images, 2 * sizeof *all->correct),
                      .gradients = engine_pool_new((size_t)deal_threads(job->way.threads), NULL),
                      .classifiers = engine_pool_new(0, NULL) };
    all->known = all->correct != NULL ? all->correct + images : NULL; /* there are no more blocks than images */
    if (all->group == NULL || all->work == NULL || all->correct == NULL || all->block == 0 || all->gradients == NULL ||
        all->classifiers == NULL) {
        attacks_close(all);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for %zu attacks", job->n);
    }
    fill(all, cost);
    *opened = all;
    return GA_OK;
}

const deal_work *
attacks_work(size_t *n, const attack_deal *all)
{
    *n = all->n_groups;
    return all->work;
}

void
attacks_close(attack_deal *all)
{
    if (all == NULL)
        return;
    close_pools(all);
    free(all->group);
    free(all->work);
    free(all->correct);
    free(all);
}

ga_code
attacks_run(ga_attack_counts *counts, const attacks_job *job, ga_status *st)
{
    attack_deal *all;
    ga_code code = attacks_open(&all, counts, job, 1, st);
    if (code == GA_OK)
        code = deal_run(&(deal){ .work = all->work, .n = all->n_groups, .threads = job->way.threads, .team = job->way.team,
                                 .progress = job->way.progress, .progress_data = job->way.progress_data }, st);
    attacks_close(all);
    return code;
}

ga_code
ga_attack_run(ga_attack_counts *counts, const ga_attack *attack, const bool *correct, const ga_model *model, const ga_dataset *ds,
              ga_range range, int threads, ga_status *st)
{
    return attacks_run(counts, &(attacks_job){ .attack = attack, .n = 1, .correct = correct, .model = model, .ds = ds,
                                               .range = range, .way = { .threads = threads } }, st);
}
