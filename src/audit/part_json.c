/* SPDX-License-Identifier: Apache-2.0 */
/* part_json.c -- the counts of a part as JSON, and back; see part.h */
#include <stdlib.h>
#include <string.h>

#include "audit/part_fields.h"

static const char *const picture_names[N_PICTURE_GRADIENTS] = { "naive", "stable", "exact" };

static json_t *
count_json(uint64_t n)
{
    return json_integer((json_int_t)n);
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

/* Adds n counts to an object or array, which may have members of other fields already. */
static void
write_counts(json_t *to, const part_step *step, const uint64_t *count, size_t n, const part_shape *shape)
{
    const size_t members = part_step_size(step, shape), each = n / members;
    for (size_t i = 0; i < members; i++, count += each) {
        const char *const name = part_step_name(step, i);
        uint64_t any = 0;
        for (size_t k = 0; k < each; k++)
            any |= count[k];
        if (step->sparse && any == 0)
            continue;
        json_t *const there = name != NULL ? json_object_get(to, name) : NULL;
        json_t *const member = step[1].n == 0         ? count_json(*count)
                               : there != NULL         ? json_incref(there)
                               : step[1].names != NULL ? json_object() : json_array();
        if (step[1].n > 0)
            write_counts(member, step + 1, count, each, shape);
        if (name != NULL)
            json_object_set_new(to, name, member);
        else
            json_array_append_new(to, member);
    }
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

static json_t *
objects(size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, json_object());
    return array;
}

json_t *
part_json(const part *p)
{
    json_t *o = json_object(), *pictures = json_array();
    json_object_set_new(o, "functions", objects(p->shape.n_functions));
    json_object_set_new(o, "estimators", objects(p->shape.n_estimators));
    for (size_t k = 0; k < part_places(&p->shape); k++) {
        const part_place at = part_place_of(p, k);
        json_t *const sum = json_array_get(json_object_get(o, at.list), at.i);
        if (at.field->kind == FIELD_HISTOGRAM)
            json_object_set_new(sum, part_step_name(at.field->path, 0), histogram_json(at.data));
        else
            write_counts(sum, at.field->path, part_counts(&at), part_field_size(at.field, &p->shape), &p->shape);
    }
    for (size_t k = 0; k < p->n_pictures; k++)
        json_array_append_new(pictures, picture_json(p->picture + k, p->shape.n_elements));
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
read_counts(reading *r, uint64_t *count, size_t n, const json_t *from, const part_step *step, const part_shape *shape,
            const char *what)
{
    if (step->n == 0) {
        *count = read_count(r, from, what);
        return;
    }
    const size_t members = part_step_size(step, shape), each = n / members;
    if (step->names != NULL ? !json_is_object(from) : !json_is_array(from) || json_array_size(from) != members) {
        r->fault = r->fault != NULL ? r->fault : what;
        return;
    }
    for (size_t i = 0; i < members; i++, count += each) {
        const json_t *member = step->names != NULL ? json_object_get(from, part_step_name(step, i)) : json_array_get(from, i);
        if (member != NULL || !step->sparse)
            read_counts(r, count, each, member, step + 1, shape, what);
    }
}

/* No number has an exponent beyond these. */
static int64_t
read_decade(reading *r, const json_t *value)
{
    const json_int_t decade = json_integer_value(value), most = INT64_C(1) << 61; /* log10(2) 2^62 */
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
    for (size_t k = 0; k < part_places(&p->shape); k++) {
        const part_place at = part_place_of(p, k);
        const char *const what = part_step_name(at.field->path, 0);
        const json_t *const sum = json_array_get(json_object_get(json, at.list), at.i);
        if (at.field->kind == FIELD_HISTOGRAM)
            read_histogram(&r, at.data, json_object_get(sum, what));
        else
            read_counts(&r, part_counts(&at), part_field_size(at.field, &p->shape), sum, at.field->path, &p->shape, what);
    }
    for (size_t k = 0; k < json_array_size(pictures); k++) {
        read_picture(&r, p->picture + k, p->shape.n_elements, json_array_get(pictures, k));
        p->n_pictures = k + 1;
    }
    if (r.no_memory)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for \"%s\"", r.fault);
    return r.fault == NULL ? GA_OK : ga_fail(st, GA_BAD_FILE, "\"%s\" is missing or not as an audit writes it", r.fault);
}
