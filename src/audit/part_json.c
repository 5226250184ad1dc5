/* SPDX-License-Identifier: Apache-2.0 */
/* part_json.c -- the counts of a part as JSON, and back; see part.h */
#include <stdlib.h>
#include <string.h>

#include "audit/part.h"

static const char *
fault_name(size_t fault)
{
    return ga_cell_names[part_faults[fault]];
}

static const char *const picture_names[N_PICTURE_GRADIENTS] = { "naive", "stable", "exact" };

static json_t *
count_json(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *
counts_json(const uint64_t *count, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, count_json(count[i]));
    return array;
}

static json_t *
named_json(const uint64_t *count, const char *const *name, size_t n)
{
    json_t *o = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(o, name[i], count_json(count[i]));
    return o;
}

void
part_set_undecided(json_t *o, const ga_undecided *u)
{
    const bool bounded = u->n > 0 && u->bound != INT64_MAX;
    json_object_set_new(o, "undecided", json_integer((json_int_t)u->n));
    json_object_set_new(o, "undecided_bound", bounded ? json_integer(u->bound) : json_null());
}

ga_undecided
part_get_undecided(const json_t *o)
{
    const json_t *bound = json_object_get(o, "undecided_bound");
    const json_int_t n = json_integer_value(json_object_get(o, "undecided"));
    if (n <= 0)
        return (ga_undecided){ 0 };
    return (ga_undecided){ (size_t)n, json_is_integer(bound) ? json_integer_value(bound) : INT64_MAX };
}

static json_t *
histogram_json(const ga_histogram *h)
{
    json_t *o = json_object(), *decade = json_array(), *count = json_array();
    json_object_set_new(o, "elements", count_json(h->elements));
    json_object_set_new(o, "zero", count_json(h->zero));
    json_object_set_new(o, "negative_zero", count_json(h->negative_zero));
    json_object_set_new(o, "subnormal", count_json(h->subnormal));
    json_object_set_new(o, "infinite", count_json(h->infinite));
    json_object_set_new(o, "nan", count_json(h->nan));
    part_set_undecided(o, &h->undecided);
    for (size_t i = 0; i < h->n; i++) {
        json_array_append_new(decade, json_integer(h->decade[i]));
        json_array_append_new(count, count_json(h->count[i]));
    }
    json_object_set_new(o, "first", json_integer(h->n > 0 ? h->decade[0] : 0));
    json_object_set_new(o, "decade", decade);
    json_object_set_new(o, "count", count);
    return o;
}

/* Only what occurs: {"lost": {"sigma-absorption": [per layer]}}. */
static json_t *
origins_json(const part_estimator *e, size_t n_layers)
{
    json_t *o = json_object();
    for (size_t c = 0; c < PART_FAULTS; c++) {
        json_t *kinds = json_object();
        for (size_t k = 0; k < N_ORIGINS; k++) {
            const uint64_t *layer = e->origin[c] + k * n_layers;
            uint64_t any = 0;
            for (size_t l = 0; l < n_layers; l++)
                any += layer[l];
            if (any > 0)
                json_object_set_new(kinds, origin_names[k], counts_json(layer, n_layers));
        }
        json_object_set_new(o, fault_name(c), kinds);
    }
    return o;
}

/* For elements whose origins are not listed: {"lost": {"elements": n, "operations": those at fault, summed over them}}. */
static json_t *
unlisted_json(const part_estimator *e)
{
    json_t *o = json_object();
    for (size_t c = 0; c < PART_FAULTS; c++) {
        json_t *counts = json_object();
        json_object_set_new(counts, "elements", count_json(e->unlisted[c]));
        json_object_set_new(counts, "operations", count_json(e->faults[c]));
        json_object_set_new(o, fault_name(c), counts);
    }
    return o;
}

static json_t *
remedies_json(const part_estimator *e)
{
    json_t *o = json_object();
    for (size_t c = 0; c < PART_FAULTS; c++) {
        json_t *saved = named_json(e->saved[c], remedy_names, N_REMEDIES);
        json_object_set_new(saved, "elements", count_json(e->remedied[c]));
        json_object_set_new(o, fault_name(c), saved);
    }
    return o;
}

static json_t *
estimator_json(const part_estimator *e, size_t n_layers)
{
    json_t *o = json_object(), *matrix = json_object(), *ulp = json_object(), *joint = json_array();
    json_object_set_new(o, "elements", count_json(e->tally.elements));
    json_object_set_new(o, "cells", named_json(e->tally.cell, ga_cell_names, GA_CELLS));
    for (size_t r = 0; r < GA_TRUTH_ROWS; r++)
        json_object_set_new(matrix, ga_truth_row_names[r],
                            named_json(e->tally.matrix[r], ga_computed_column_names, GA_COMPUTED_COLUMNS));
    json_object_set_new(o, "matrix", matrix);
    json_object_set_new(ulp, "count", counts_json(e->tally.ulp, GA_ULP_BINS));
    json_object_set_new(o, "undecided_known", count_json(e->tally.undecided_known));
    json_object_set_new(ulp, "undecided_bin", count_json(e->tally.ulp_undecided));
    json_object_set_new(ulp, "none", count_json(e->tally.ulp_none));
    json_object_set_new(o, "ulp", ulp);
    json_object_set_new(o, "log10_ratio", counts_json(e->ratio, COMPARE_LOG_BINS));
    json_object_set_new(o, "decades", histogram_json(&e->decades));
    json_object_set_new(o, "origins", origins_json(e, n_layers));
    json_object_set_new(o, "origins_not_listed", unlisted_json(e));
    json_object_set_new(o, "remedies", remedies_json(e));
    for (size_t i = 0; i < PART_SIGNS; i++) {
        json_t *table = json_array();
        for (size_t j = 0; j < PART_SIGNS; j++)
            json_array_append_new(table, counts_json(e->joint[i][j], PART_SIGNS));
        json_array_append_new(joint, table);
    }
    json_object_set_new(o, "joint_signs", joint);
    return o;
}

static json_t *
picture_json(const part_picture *p, size_t n)
{
    json_t *o = json_object(), *pixel = json_array();
    json_object_set_new(o, "image", count_json(p->image));
    json_object_set_new(o, "rank", count_json(p->severity));
    for (size_t i = 0; i < n; i++)
        json_array_append_new(pixel, json_integer(p->pixel[i]));
    json_object_set_new(o, "pixels", pixel);
    for (size_t g = 0; g < N_PICTURE_GRADIENTS; g++) {
        json_t *gradient = json_object(), *decade = json_array();
        json_object_set_new(gradient, "signs", json_string(p->sign[g]));
        for (size_t i = 0; i < n; i++)
            json_array_append_new(decade, json_integer(p->decade[g][i]));
        json_object_set_new(gradient, "decades", decade);
        json_object_set_new(o, picture_names[g], gradient);
    }
    return o;
}

json_t *
part_json(const part *p)
{
    json_t *o = json_object(), *functions = json_array(), *estimators = json_array(), *pictures = json_array();
    for (size_t f = 0; f < p->shape.n_functions; f++) {
        json_t *function = json_object();
        json_object_set_new(function, "undecided", count_json(p->function[f].undecided));
        json_object_set_new(function, "images_by_bits", counts_json(p->function[f].bits, PART_LEVELS));
        json_object_set_new(function, "decades", histogram_json(&p->function[f].decades));
        json_array_append_new(functions, function);
    }
    for (size_t e = 0; e < p->shape.n_estimators; e++)
        json_array_append_new(estimators, estimator_json(p->estimator + e, p->shape.n_layers));
    for (size_t k = 0; k < p->n_pictures; k++)
        json_array_append_new(pictures, picture_json(p->picture + k, p->shape.n_elements));
    json_object_set_new(o, "functions", functions);
    json_object_set_new(o, "estimators", estimators);
    json_object_set_new(o, "pictures", pictures);
    return o;
}

/* Reading: fault keeps the first thing that is missing, of the wrong kind or without memory. */
typedef struct {
    const char *fault;
    bool no_memory;
} reading;

static uint64_t
read_count(reading *r, const json_t *value, const char *what)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        r->fault = r->fault != NULL ? r->fault : what;
        return 0;
    }
    return (uint64_t)json_integer_value(value);
}

static void
read_counts(reading *r, uint64_t *count, size_t n, const json_t *array, const char *what)
{
    if (!json_is_array(array) || json_array_size(array) != n) {
        r->fault = r->fault != NULL ? r->fault : what;
        return;
    }
    for (size_t i = 0; i < n; i++)
        count[i] = read_count(r, json_array_get(array, i), what);
}

static void
read_named(reading *r, uint64_t *count, const char *const *name, size_t n, const json_t *o, const char *what)
{
    for (size_t i = 0; i < n; i++)
        count[i] = read_count(r, json_object_get(o, name[i]), what);
}

/* No number has an exponent beyond these. */
static int64_t
read_decade(reading *r, const json_t *value)
{
    const json_int_t decade = json_integer_value(value), most = INT64_C(1) << 60;
    if (!json_is_integer(value) || decade < -most || decade > most)
        r->fault = r->fault != NULL ? r->fault : "decades";
    return decade;
}

static void
read_histogram(reading *r, ga_histogram *h, const json_t *o)
{
    const json_t *count = json_object_get(o, "count"), *decade = json_object_get(o, "decade");
    const json_t *bound = json_object_get(o, "undecided_bound"), *first = json_object_get(o, "first");
    const size_t n = json_array_size(count);
    h->elements = read_count(r, json_object_get(o, "elements"), "decades");
    h->zero = read_count(r, json_object_get(o, "zero"), "decades");
    h->negative_zero = read_count(r, json_object_get(o, "negative_zero"), "decades");
    h->subnormal = read_count(r, json_object_get(o, "subnormal"), "decades");
    h->infinite = read_count(r, json_object_get(o, "infinite"), "decades");
    h->nan = read_count(r, json_object_get(o, "nan"), "decades");
    h->undecided = part_get_undecided(o);
    if (!json_is_array(count) || !json_is_array(decade) || json_array_size(decade) != n ||
        read_count(r, json_object_get(o, "undecided"), "decades") != h->undecided.n ||
        !(json_is_null(bound) || (json_is_integer(bound) && h->undecided.n > 0 && json_integer_value(bound) < INT64_MAX))) {
        r->fault = r->fault != NULL ? r->fault : "decades";
        return;
    }
    h->decade = calloc(n + 1, sizeof *h->decade);
    h->count = calloc(n + 1, sizeof *h->count);
    if (h->decade == NULL || h->count == NULL) {
        *r = (reading){ "decades", true };
        return;
    }
    h->n = n;
    for (size_t i = 0; i < n; i++) {
        h->decade[i] = read_decade(r, json_array_get(decade, i));
        h->count[i] = read_count(r, json_array_get(count, i), "decades");
    }
    if (!json_is_integer(first) || json_integer_value(first) != (n > 0 ? h->decade[0] : 0))
        r->fault = r->fault != NULL ? r->fault : "decades";
}

static void
read_estimator(reading *r, part_estimator *e, size_t n_layers, const json_t *o)
{
    const json_t *matrix = json_object_get(o, "matrix"), *ulp = json_object_get(o, "ulp");
    const json_t *origins = json_object_get(o, "origins"), *remedies = json_object_get(o, "remedies");
    const json_t *not_listed = json_object_get(o, "origins_not_listed");
    const json_t *joint = json_object_get(o, "joint_signs");
    e->tally.elements = read_count(r, json_object_get(o, "elements"), "elements");
    read_named(r, e->tally.cell, ga_cell_names, GA_CELLS, json_object_get(o, "cells"), "cells");
    for (size_t k = 0; k < GA_TRUTH_ROWS; k++)
        read_named(r, e->tally.matrix[k], ga_computed_column_names, GA_COMPUTED_COLUMNS,
                   json_object_get(matrix, ga_truth_row_names[k]), "matrix");
    read_counts(r, e->tally.ulp, GA_ULP_BINS, json_object_get(ulp, "count"), "ulp");
    e->tally.undecided_known = read_count(r, json_object_get(o, "undecided_known"), "undecided_known");
    e->tally.ulp_undecided = read_count(r, json_object_get(ulp, "undecided_bin"), "ulp");
    e->tally.ulp_none = read_count(r, json_object_get(ulp, "none"), "ulp");
    read_counts(r, e->ratio, COMPARE_LOG_BINS, json_object_get(o, "log10_ratio"), "log10_ratio");
    read_histogram(r, &e->decades, json_object_get(o, "decades"));
    for (size_t c = 0; c < PART_FAULTS; c++) {
        const json_t *kinds = json_object_get(origins, fault_name(c)), *saved = json_object_get(remedies, fault_name(c));
        for (size_t k = 0; k < N_ORIGINS; k++) {
            const json_t *layers = json_object_get(kinds, origin_names[k]);
            if (layers != NULL)
                read_counts(r, e->origin[c] + k * n_layers, n_layers, layers, "origins");
        }
        if (!json_is_object(kinds))
            r->fault = r->fault != NULL ? r->fault : "origins";
        const json_t *unlisted = json_object_get(not_listed, fault_name(c));
        e->unlisted[c] = read_count(r, json_object_get(unlisted, "elements"), "origins_not_listed");
        e->faults[c] = read_count(r, json_object_get(unlisted, "operations"), "origins_not_listed");
        e->remedied[c] = read_count(r, json_object_get(saved, "elements"), "remedies");
        read_named(r, e->saved[c], remedy_names, N_REMEDIES, saved, "remedies");
    }
    for (size_t i = 0; i < PART_SIGNS; i++)
        for (size_t j = 0; j < PART_SIGNS; j++)
            read_counts(r, e->joint[i][j], PART_SIGNS, json_array_get(json_array_get(joint, i), j), "joint_signs");
}

static void
read_picture(reading *r, part_picture *p, size_t n, const json_t *o)
{
    const json_t *pixel = json_object_get(o, "pixels");
    p->image = read_count(r, json_object_get(o, "image"), "pictures");
    p->severity = read_count(r, json_object_get(o, "rank"), "pictures");
    if (json_array_size(pixel) != n)
        r->fault = r->fault != NULL ? r->fault : "pictures";
    else if (!picture_alloc(p, n))
        *r = (reading){ "pictures", true };
    for (size_t i = 0; i < n && r->fault == NULL; i++)
        p->pixel[i] = (uint8_t)read_count(r, json_array_get(pixel, i), "pictures");
    for (size_t g = 0; g < N_PICTURE_GRADIENTS && r->fault == NULL; g++) {
        const json_t *gradient = json_object_get(o, picture_names[g]), *decades = json_object_get(gradient, "decades");
        const char *signs = json_string_value(json_object_get(gradient, "signs"));
        const size_t length = signs != NULL ? strlen(signs) : 0;
        if ((length != n && length != 0) || signs == NULL || json_array_size(decades) != n ||
            strspn(signs, "+-0?") != length) {
            r->fault = "pictures";
            return;
        }
        memcpy(p->sign[g], signs, length);
        for (size_t i = 0; i < n; i++)
            p->decade[g][i] = json_integer_value(json_array_get(decades, i));
    }
}

ga_code
part_from_json(part *p, const json_t *json, ga_status *st)
{
    const json_t *functions = json_object_get(json, "functions"), *estimators = json_object_get(json, "estimators");
    const json_t *pictures = json_object_get(json, "pictures");
    reading r = { 0 };
    if (json_array_size(functions) != p->shape.n_functions || json_array_size(estimators) != p->shape.n_estimators ||
        json_array_size(pictures) > PART_PICTURES)
        return ga_fail(st, GA_BAD_FILE, "functions, estimators or pictures are missing or too many");
    for (size_t f = 0; f < p->shape.n_functions; f++) {
        const json_t *o = json_array_get(functions, f);
        p->function[f].undecided = read_count(&r, json_object_get(o, "undecided"), "undecided");
        read_counts(&r, p->function[f].bits, PART_LEVELS, json_object_get(o, "images_by_bits"), "images_by_bits");
        read_histogram(&r, &p->function[f].decades, json_object_get(o, "decades"));
    }
    for (size_t e = 0; e < p->shape.n_estimators; e++)
        read_estimator(&r, p->estimator + e, p->shape.n_layers, json_array_get(estimators, e));
    for (size_t k = 0; k < json_array_size(pictures); k++) {
        read_picture(&r, p->picture + k, p->shape.n_elements, json_array_get(pictures, k));
        p->n_pictures = k + 1;
    }
    if (r.no_memory)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for \"%s\"", r.fault);
    return r.fault == NULL ? GA_OK : ga_fail(st, GA_BAD_FILE, "\"%s\" is missing or not as an audit writes it", r.fault);
}
