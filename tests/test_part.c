/* SPDX-License-Identifier: Apache-2.0 */
/* test_part.c -- every field of a part, by the table of them: it is written and read back, it adds, and a value that it cannot have
   is noticed. No field is named here. */
#include "audit/part_audit.h"
#include "audit/part_fields.h"
#include "networks.h"

/* Members of the structures that no row has, or two. */
static void
table(void)
{
    static const part_shape shape = { .n_functions = 1, .n_estimators = 1, .n_layers = 2 };
    part *p = part_new(&shape, 0);
    size_t bytes = 0;
    for (size_t k = 0; k < part_places(&shape); k++) {
        const part_place at = part_place_of(p, k);
        const size_t size = at.field->kind == FIELD_COUNTS      ? part_field_size(at.field, &shape) * sizeof(uint64_t)
                            : at.field->kind == FIELD_HISTOGRAM ? sizeof(ga_histogram) : sizeof(uint64_t *);
        bytes += size;
        for (size_t j = 0; j < k; j++) {
            const part_place other = part_place_of(p, j);
            ASSERT((char *)other.data < (char *)at.data || (char *)other.data >= (char *)at.data + size, "rows %zu and %zu", j, k);
        }
    }
    ASSERT(bytes == sizeof(part_function) + sizeof(part_estimator), "%zu bytes of %zu", bytes,
           sizeof(part_function) + sizeof(part_estimator));
    part_free(p);
}

static const part_shape any_shape = { .n_functions = 2, .n_estimators = 3, .n_layers = 4, .n_elements = 5 };

/* Any counts, most origins 0; a histogram of one decade. */
static part *
random_part(uint64_t *state)
{
    part *p = part_new(&any_shape, 0);
    for (size_t k = 0; k < part_places(&any_shape); k++) {
        const part_place at = part_place_of(p, k);
        ga_histogram *h = at.data;
        if (at.field->kind == FIELD_HISTOGRAM) {
            *h = (ga_histogram){ .n = 1, .decade = malloc(sizeof *h->decade), .count = malloc(sizeof *h->count),
                                 .elements = test_random(state) >> 8, .zero = test_random(state) >> 8 };
            h->decade[0] = -7;
            h->count[0] = test_random(state) >> 8;
            continue;
        }
        for (size_t i = 0; i < part_field_size(at.field, &any_shape); i++)
            part_counts(&at)[i] = at.field->kind == FIELD_COUNTS || test_random(state) % 8 == 0 ? test_random(state) >> 8 : 0;
    }
    return p;
}

/* Whether a field of sum is that of a plus that of b; b NULL: that of a. */
static bool
adds(const part *sum, const part *a, const part *b, size_t k)
{
    const part_place at = part_place_of(sum, k), x = part_place_of(a, k), y = b != NULL ? part_place_of(b, k) : x;
    const ga_histogram *h = at.data, *g = x.data, *f = y.data;
    bool same = true;
    if (at.field->kind == FIELD_HISTOGRAM)
        return h->n == 1 && h->decade[0] == g->decade[0] && h->count[0] == g->count[0] + (b != NULL ? f->count[0] : 0) &&
               h->elements == g->elements + (b != NULL ? f->elements : 0) && h->zero == g->zero + (b != NULL ? f->zero : 0);
    for (size_t i = 0; i < part_field_size(at.field, &any_shape); i++)
        same = same && part_counts(&at)[i] == part_counts(&x)[i] + (b != NULL ? part_counts(&y)[i] : 0);
    return same;
}

static void
reads_and_adds(void)
{
    uint64_t state = test_seed();
    ga_status st = { 0 };
    part *pair[2] = { random_part(&state), random_part(&state) }, *sum, *back = part_new(&any_shape, 0);
    json_t *json = part_json(pair[0]);
    ASSERT(part_from_json(back, json, &st) == GA_OK, "%s", st.message);
    ASSERT(part_merge(&sum, pair, 2, &st) == GA_OK, "%s", st.message);
    for (size_t k = 0; k < part_places(&any_shape); k++) {
        const part_place at = part_place_of(sum, k);
        ASSERT(adds(back, pair[0], NULL, k), "%s of %s is not read as it was written", part_step_name(at.field->path, 0), at.list);
        ASSERT(adds(sum, pair[0], pair[1], k), "%s of %s does not add", part_step_name(at.field->path, 0), at.list);
        json_t *const cut = json_deep_copy(json);
        part *const none = part_new(&any_shape, 0);
        json_object_del(json_array_get(json_object_get(cut, at.list), at.i), part_step_name(at.field->path, 0));
        const ga_code code = part_from_json(none, cut, &st);
        if (at.field->path[0].sparse)
            ASSERT(code == GA_OK, "%s", st.message); /* where all is 0 it is left out */
        else
            ASSERT(code == GA_BAD_FILE && strstr(st.message, part_step_name(at.field->path, 0)) != NULL, "%s", st.message);
        json_decref(cut);
        part_free(none);
    }
    json_decref(json);
    part_free(pair[0]);
    part_free(pair[1]);
    part_free(sum);
    part_free(back);
}

/* The part is refused while *count is value, with the field's name. */
static bool
refused(const part *p, const part_place *at, uint64_t *count, uint64_t value)
{
    const uint64_t kept = *count;
    char name[64];
    ga_status st = { 0 };
    *count = value;
    const ga_code code = part_check(p, &st);
    *count = kept;
    snprintf(name, sizeof name, "%s[%zu].%s does", at->list, at->i, part_step_name(at->field->path, 0));
    return code == GA_BAD_FILE && strstr(st.message, name) != NULL;
}

/* The counts of the fields that stand under the same key as this one. */
static uint64_t
sum_of_key(const part *p, const part_place *at)
{
    uint64_t sum = 0;
    for (size_t k = 0; k < part_places(&p->shape); k++) {
        const part_place other = part_place_of(p, k);
        const bool same = strcmp(other.list, at->list) == 0 && other.i == at->i && other.field->kind != FIELD_HISTOGRAM &&
                          strcmp(part_step_name(other.field->path, 0), part_step_name(at->field->path, 0)) == 0;
        for (size_t i = 0; same && i < part_field_size(other.field, &p->shape); i++)
            sum += part_counts(&other)[i];
    }
    return sum;
}

/* Of an audit's part, more than all elements in a count is noticed, or else 0 in it; and one fewer where counts add up to all. */
static void
checks(void)
{
    static const size_t sizes[] = { 16, 7, 5 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    static const char *words[] = { "float,naive", "double,rewrite", "float,naive,gain=auto" };
    static plan plans;
    uint64_t state = test_seed();
    ga_status st = { 0 };
    ga_model *model = network_new(GA_F32, 2, sizes, hidden, 150, &state);
    ga_dataset *ds = network_images(model, 40, &state);
    ga_audit_job job = { .model = model, .ds = ds, .range = { 0, 19 }, .options = ga_audit_defaults };
    job.options.estimators = words;
    job.options.n_estimators = 3;
    part *p = NULL;
    ASSERT(plan_make(&plans, &job, &st) == GA_OK && part_audit(&p, NULL, &plans, job.range, 1, &st) == GA_OK, "%s", st.message);
    ASSERT(part_check(p, &st) == GA_OK, "%s", st.message);
    const uint64_t all = 20 * 16, more = all + 1;
    size_t sums = 0, places = 0; /* of what every audit has */
    for (size_t k = 0; k < part_places(&p->shape); k++) {
        const part_place at = part_place_of(p, k);
        ga_histogram *h = at.data;
        uint64_t *const count = at.field->kind == FIELD_HISTOGRAM ? h->count : part_counts(&at);
        const size_t n = at.field->kind == FIELD_HISTOGRAM ? h->n : part_field_size(at.field, &p->shape);
        const bool adds_up = at.field->kind == FIELD_HISTOGRAM || sum_of_key(p, &at) == all;
        sums += adds_up;
        places += !at.field->path[0].sparse;
        for (size_t i = 0; i < n; i++)
            ASSERT(!adds_up || count[i] == 0 || refused(p, &at, count + i, count[i] - 1), "%s of %s: %zu",
                   part_step_name(at.field->path, 0), at.list, i);
        for (size_t i = 0; i < n; i++)
            ASSERT(refused(p, &at, count + i, more) || (count[i] > 0 && refused(p, &at, count + i, 0)), "%s of %s: %zu",
                   part_step_name(at.field->path, 0), at.list, i);
        if (at.field->kind == FIELD_HISTOGRAM) {
            size_t *const others[] = { &h->elements, &h->zero, &h->negative_zero, &h->subnormal, &h->infinite, &h->nan,
                                       &h->undecided.n };
            for (size_t i = 0; i < sizeof others / sizeof *others; i++)
                ASSERT(refused(p, &at, others[i], more), "%s of %s: member %zu", part_step_name(at.field->path, 0), at.list, i);
        }
    }
    ASSERT(sums > places / 2, "%zu of %zu", sums, places);
    ASSERT(part_check(p, &st) == GA_OK, "%s", st.message);
    part_free(p);
    plan_free(&plans);
    ga_dataset_free(ds);
    ga_model_free(model);
}

TEST_MAIN("part", TEST(table), TEST(reads_and_adds), TEST(checks))
