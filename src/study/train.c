/* SPDX-License-Identifier: Apache-2.0 */
/* train.c -- see train.h */
#include <string.h>

#include "report/amount.h"
#include "run/deal.h"
#include "study/train.h"

enum { MOST_JOBS = STUDY_MOST_SEEDS * STUDY_MOST_NETWORKS };

/* A training: networks that are ends of its stages go to `to`. */
typedef struct {
    trained_networks *to;
    const ga_recipe *recipe;
    uint64_t seed;
    const ga_dataset *ds;
    struct shared *shared;
} training;

typedef struct shared {
    const study_inputs *in;
    ga_dataset *const *ds; /* of each network */
    size_t done, total;    /* epochs */
} shared;

static uint64_t
own_seed(const json_t *network)
{
    return (uint64_t)json_integer_value(json_object_get(network, "seed"));
}

static void
count_epoch(void *data, const ga_training_progress *p)
{
    const training *t = data;
    char what[128];
    snprintf(what, sizeof what, "%s seed %llu, stage %s epoch %zu/%zu, loss %.4f, validation %.2f %%", t->recipe->name,
             (unsigned long long)t->seed, p->stage, p->epoch, p->epochs, p->loss, 100 * p->accuracy);
#pragma omp critical(train_progress)
    {
        t->shared->done++;
        if (t->shared->in->progress != NULL)
            t->shared->in->progress(t->shared->in->progress_data, what, t->shared->done, t->shared->total);
    }
}

/* Whether the k-th network is the end of a training's stage. */
static bool
is_end(const training *t, size_t k, const char *end)
{
    const json_t *const network = study_network_at(t->shared->in->study->json, k);
    const char *const of = json_string_value(json_object_get(network, "ends"));
    return json_object_get(network, "recipe") != NULL && (own_seed(network) == 0 || own_seed(network) == t->seed) &&
           t->ds == t->shared->ds[k] && end != NULL && strcmp(end, of != NULL ? of : amount_string(network, "name")) == 0;
}

/* As gradaudit train writes it: with its results on the validation images. */
static ga_code
keep_stage(void *data, const ga_recipe *recipe, size_t stage, const ga_model *model, ga_status *st)
{
    const training *t = data;
    const json_t *const study = t->shared->in->study->json;
    ga_attack_counts counts;
    for (size_t k = 0; k < study_networks(study); k++) {
        if (!is_end(t, k, recipe->ends[stage]))
            continue;
        if ((t->to->model[k] = ga_model_copy(model, st)) == NULL)
            return st->code;
        return ga_train_validate(&counts, t->to->model[k], recipe, t->ds, 1, st);
    }
    return GA_OK;
}

static ga_code
train_one(const training *t, ga_status *st)
{
    size_t sizes[GA_MAX_LAYERS + 1], n_layers;
    ga_model *model = NULL;
    const ga_training_watch watch = { .epoch = count_epoch, .stage = keep_stage, .data = (void *)(uintptr_t)t };
    ga_code code = ga_arch_parse(sizes, &n_layers, t->recipe->arch, st);
    if (code == GA_OK)
        code = ga_train(&model, t->recipe, n_layers, sizes, t->recipe->activation, t->seed, t->ds, &watch, st);
    ga_model_free(model);
    return code;
}

/* One training for each recipe, seed and images that a network comes from. */
static ga_code
add_jobs(training *job, size_t *n, trained_networks *to, bool first, shared *all, ga_status *st)
{
    const json_t *const study = all->in->study->json;
    const size_t before = *n;
    for (size_t k = study_networks(study); k-- > 0;) {
        const json_t *const network = study_network_at(study, k);
        const char *const name = amount_string(network, "recipe");
        const ga_recipe *const recipe = ga_recipe_find(name);
        const uint64_t seed = own_seed(network) > 0 ? own_seed(network) : to->seed;
        if (json_object_get(network, "from") != NULL || (own_seed(network) > 0 && !first))
            continue;
        if (recipe == NULL)
            return ga_fail(st, GA_USAGE, "network %s of this study has no recipe '%s' to be trained by",
                           amount_string(network, "name"), name);
        bool is_there = false;
        for (size_t i = before; i < *n; i++)
            is_there = is_there || (job[i].recipe == recipe && job[i].seed == seed && job[i].ds == all->ds[k]);
        if (is_there)
            continue;
        job[(*n)++] = (training){ to, recipe, seed, all->ds[k], all };
        for (size_t s = 0; s < recipe->n_stages; s++)
            all->total += recipe->stage[s].epochs;
    }
    return GA_OK;
}

/* A recipe need not have the end that a network should be. */
static ga_code
check_trained(const trained_networks *networks, bool first, const json_t *study, ga_status *st)
{
    for (size_t k = 0; k < study_networks(study); k++) {
        const json_t *const network = study_network_at(study, k);
        if (networks->model[k] == NULL && json_object_get(network, "from") == NULL && (first || own_seed(network) == 0))
            return ga_fail(st, GA_USAGE, "network %s of this study is no end of the recipe %s, or another is the same",
                           amount_string(network, "name"), amount_string(network, "recipe"));
    }
    return GA_OK;
}

static ga_code
make(void *data, void **made, size_t i, int threads, ga_status *st)
{
    (void)made;
    (void)threads;
    return train_one((const training *)data + i, st);
}

/* Its networks are where they belong already. */
static ga_code
finish(void *data, void *made, size_t i, ga_status *st)
{
    (void)data;
    (void)made;
    (void)i;
    (void)st;
    return GA_OK;
}

static void
drop(void *data, void *made)
{
    (void)data;
    (void)made;
}

ga_code
study_train(trained_networks *networks, size_t n, const study_inputs *in, ga_dataset *const *ds, ga_status *st)
{
    training job[MOST_JOBS];
    shared all = { in, ds, 0, 0 };
    size_t n_jobs = 0;
    st->code = GA_OK;
    for (size_t i = 0; i < n; i++) {
        networks[i].seed = in->seed[i];
        if (add_jobs(job, &n_jobs, networks + i, i == 0, &all, st) != GA_OK)
            return st->code;
    }
    const deal_work work = { .n = n_jobs, .data = job, .make = make, .finish = finish, .drop = drop };
    deal_run(&(deal){ .work = &work, .n = 1, .threads = in->threads }, st);
    for (size_t i = 0; i < n && st->code == GA_OK; i++)
        if (check_trained(networks + i, i == 0, in->study->json, st) == GA_OK)
            study_inputs_derive(networks[i].model, in->study, st);
    return st->code;
}
