/* SPDX-License-Identifier: Apache-2.0 */
/* retrain.c -- see retrain.h */
#include <omp.h>
#include <string.h>

#include "gemm/blas.h"
#include "report/retrain.h"

/* Every network of the report is an end of a stage of one of these. */
static const char *const families[] = { "saturated-relu", "saturated-sigmoid" }; /* the longer first */
enum { N_FAMILIES = 2 };

/* What all trainings of a call share. */
typedef struct {
    void (*progress)(void *, const char *, size_t, size_t);
    void *data;
    size_t done, total; /* epochs */
} shared_progress;

typedef struct {
    trained_networks *to;
    const ga_recipe *recipe;
    const ga_dataset *ds;
    shared_progress *shared;
} training;

static void
count_epoch(void *data, const ga_training_progress *p)
{
    const training *t = data;
    char what[128];
    snprintf(what, sizeof what, "%s seed %llu, stage %s epoch %zu/%zu, loss %.4f, validation %.2f %%", t->recipe->name,
             (unsigned long long)t->to->seed, p->stage, p->epoch, p->epochs, p->loss, 100 * p->accuracy);
#pragma omp critical(retrain_progress)
    {
        t->shared->done++;
        if (t->shared->progress != NULL)
            t->shared->progress(t->shared->data, what, t->shared->done, t->shared->total);
    }
}

/* As gradaudit train writes it: with its results on the validation images. */
static ga_code
keep_stage(void *data, const ga_recipe *recipe, size_t stage, const ga_model *model, ga_status *st)
{
    const training *t = data;
    ga_attack_counts counts;
    for (size_t k = 0; k < N_NETWORKS; k++) {
        if (recipe->ends[stage] == NULL || strcmp(recipe->ends[stage], network_names[k]) != 0)
            continue;
        if ((t->to->model[k] = ga_model_copy(model, st)) == NULL)
            return st->code;
        return ga_train_validate(&counts, t->to->model[k], recipe, t->ds, 1, st);
    }
    return GA_OK;
}

static ga_code
train_family(const training *t, ga_status *st)
{
    size_t sizes[GA_MAX_LAYERS + 1], n_layers;
    ga_model *model = NULL;
    const ga_training_watch watch = { .epoch = count_epoch, .stage = keep_stage, .data = (void *)(uintptr_t)t };
    ga_code code = ga_arch_parse(sizes, &n_layers, t->recipe->arch, st);
    if (code == GA_OK)
        code = ga_train(&model, t->recipe, n_layers, sizes, t->recipe->activation, t->to->seed, t->ds, &watch, st);
    ga_model_free(model);
    return code;
}

ga_code
retrain(trained_networks *networks, size_t n, const ga_dataset *ds, int threads,
        void (*progress)(void *, const char *, size_t, size_t), void *data, ga_status *st)
{
    shared_progress shared = { progress, data, 0, 0 };
    for (size_t f = 0; f < N_FAMILIES; f++) {
        const ga_recipe *recipe = ga_recipe_find(families[f]);
        for (size_t s = 0; s < recipe->n_stages; s++)
            shared.total += n * recipe->stage[s].epochs;
    }
    st->code = GA_OK;
    threads = threads > 0 ? threads : omp_get_max_threads();
    if (blas_prepare(threads, st) != GA_OK)
        return st->code;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t i = 0; i < n * N_FAMILIES; i++) {
        ga_status own = { 0 };
        const training t = { networks + i / N_FAMILIES, ga_recipe_find(families[i % N_FAMILIES]), ds, &shared };
        const ga_code code = train_family(&t, &own);
#pragma omp critical(retrain_failure)
        if (code != GA_OK && st->code == GA_OK)
            *st = own;
    }
    return st->code;
}
