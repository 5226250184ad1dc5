/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c -- what a study asks of its networks, over all seeds of their training; see compute.h */
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "study/compute.h"
#include "study/words.h"

/* The networks of each seed. */
typedef struct {
    const json_t *study, *spec, *of[STUDY_MOST_SEEDS];
    size_t n;
} trainings;

/* A network of one seed, with what else the study calls by a name there; the caller's. */
static json_t *
scope_of(const trainings *all, size_t seed, const char *network, json_t *aliases)
{
    const char *alias;
    json_t *name, *own = json_object_get(all->of[seed], network), *scope = words_scope(all->study, own);
    json_object_foreach(aliases, alias, name)
        json_object_set(scope, alias, json_object_get(all->of[seed], json_string_value(name)));
    return scope;
}

/* The first answer that holds, or the last. */
static const json_t *
answer_of(const trainings *all, const json_t *scope)
{
    size_t i;
    const json_t *answer = NULL;
    teller t = { .study = all->study };
    json_array_foreach(json_object_get(all->spec, "answers"), i, answer)
        if (words_hold(&t, scope, json_object_get(answer, "if")))
            return json_object_get(answer, "name");
    return json_object_get(answer, "name");
}

/* Success among the images classified correctly before, with its interval, for the first seed. */
static json_t *
successes(const trainings *all, const char *network)
{
    static const char *const key[] = { "success_percent", "success_low_percent", "success_high_percent" };
    size_t r;
    const json_t *role, *const attacks = json_object_get(json_object_get(all->of[0], network), "attacks");
    json_t *o = json_object();
    json_array_foreach(json_object_get(all->spec, "success"), r, role) {
        json_t *one = json_object();
        for (size_t i = 0; i < sizeof key / sizeof *key; i++)
            json_object_set(one, key[i], json_object_get(json_object_get(attacks, json_string_value(role)), key[i]));
        json_object_set_new(o, json_string_value(role), one);
    }
    return o;
}

static json_t *
network_answer(const trainings *all, const char *network, json_t *aliases)
{
    size_t q, i;
    const json_t *quantity;
    double x[STUDY_MOST_SEEDS];
    json_t *o = json_object(), *answers = json_array(), *scope[STUDY_MOST_SEEDS];
    for (i = 0; i < all->n; i++)
        scope[i] = scope_of(all, i, network, aliases);
    json_array_foreach(json_object_get(all->spec, "quantities"), q, quantity) {
        if (json_object_get(quantity, "key") == NULL)
            continue;
        for (i = 0; i < all->n; i++)
            x[i] = value_of(scope[i], amount_string(quantity, "path")).x;
        json_object_set_new(o, amount_string(quantity, "key"), value_spread(x, all->n));
    }
    for (i = 0; i < all->n; i++)
        json_array_append(answers, (json_t *)(uintptr_t)answer_of(all, scope[i]));
    json_object_set_new(o, "answers", answers);
    json_object_set_new(o, "success", successes(all, network));
    for (i = 0; i < all->n; i++)
        json_decref(scope[i]);
    return o;
}

json_t *
study_answer(const json_t *study, const json_t *report)
{
    const char *network;
    json_t *aliases, *o = json_object(), *seeds = json_array();
    const json_t *const spread = json_object_get(report, "seeds");
    trainings all = { study, json_object_get(study, "answer"), { json_object_get(report, "networks") }, 1 };
    if (json_array_size(spread) == 0 && json_object_get(json_object_get(report, "settings"), "seed") != NULL)
        json_array_append(seeds, json_object_get(json_object_get(report, "settings"), "seed"));
    for (size_t i = 0; i < json_array_size(spread) && i < STUDY_MOST_SEEDS; all.n = ++i) {
        all.of[i] = json_object_get(json_array_get(spread, i), "networks");
        json_array_append(seeds, json_object_get(json_array_get(spread, i), "seed"));
    }
    json_object_set_new(o, "seeds", seeds);
    json_object_foreach(json_object_get(all.spec, "networks"), network, aliases)
        json_object_set_new(o, network, network_answer(&all, network, aliases));
    if (all.spec != NULL)
        return o;
    json_decref(o);
    return NULL;
}
