/* SPDX-License-Identifier: Apache-2.0 */
/* json.c -- counts as objects of report.json; see audit.h */
#include <math.h>

#include "study/audit.h"

void
set_count(json_t *object, const char *key, size_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

void
set_real(json_t *object, const char *key, double value)
{
    json_object_set_new(object, key, isfinite(value) ? json_real(value) : json_null());
}

double
percent(size_t some, size_t whole)
{
    return whole > 0 ? 100 * (double)some / (double)whole : NAN;
}

json_t *
counts_json(const ga_attack_counts *c)
{
    double low, high;
    json_t *o = json_object();
    set_count(o, "images", c->images);
    set_count(o, "correct", c->correct);
    set_count(o, "correct_after", c->correct_after);
    set_real(o, "accuracy_percent", percent(c->correct_after, c->images));
    set_count(o, "fooled", c->fooled);
    ga_wilson(&low, &high, c->fooled, c->correct);
    set_real(o, "success_percent", percent(c->fooled, c->correct));
    set_real(o, "success_low_percent", 100 * low);
    set_real(o, "success_high_percent", 100 * high);
    set_count(o, "all_zero_images", c->all_zero);
    set_real(o, "all_zero_percent", percent(c->all_zero, c->images));
    set_count(o, "moved_correct", c->moved_correct);
    set_count(o, "moved_wrong", c->moved_wrong);
    set_count(o, "moved_fooled", c->moved_fooled);
    set_real(o, "moved_wrong_percent", percent(c->moved_wrong, c->images - c->all_zero));
    set_real(o, "moved_fooled_percent", percent(c->moved_fooled, c->moved_correct));
    set_count(o, "elements", c->elements);
    set_count(o, "zero", c->zero);
    set_real(o, "zero_percent", percent(c->zero, c->elements));
    set_count(o, "subnormal", c->subnormal);
    set_count(o, "infinite", c->infinite);
    set_count(o, "nan", c->nan);
    part_set_undecided(o, &c->undecided);
    return o;
}

void
set_attack(json_t *attacks, const char *role, const ga_attack_counts *c, const char *estimator, const char *product)
{
    json_t *o = counts_json(c);
    json_object_set_new(o, "estimator", json_string(estimator));
    json_object_set_new(o, "product", product != NULL ? json_string(product) : json_null());
    json_object_set_new(attacks, role, o);
}

json_t *
histogram_json(const ga_histogram *h, const char *network, const char *format)
{
    json_t *o = json_pack("{s:s,s:s}", "network", network, "format", format), *decades = json_array(), *counts = json_array();
    set_count(o, "elements", h->elements);
    set_count(o, "zero", h->zero);
    set_count(o, "negative_zero", h->negative_zero);
    set_count(o, "subnormal", h->subnormal);
    set_count(o, "infinite", h->infinite);
    set_count(o, "nan", h->nan);
    part_set_undecided(o, &h->undecided);
    set_real(o, "zero_percent", percent(h->zero, h->elements));
    set_real(o, "median_log10", h->n > 0 ? h->median : NAN);
    for (size_t i = 0; i < h->n; i++) {
        json_array_append_new(decades, json_integer(h->decade[i]));
        json_array_append_new(counts, json_integer((json_int_t)h->count[i]));
    }
    json_object_set_new(o, "decades", decades);
    json_object_set_new(o, "counts", counts);
    return o;
}
