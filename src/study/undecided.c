/* SPDX-License-Identifier: Apache-2.0 */
/* undecided.c -- what a study's report leaves undecided; see audit.h */
#include "study/audit.h"

static void
add(undecided_count *sum, const json_t *object)
{
    ga_undecided_add(&sum->elements, part_get_undecided(object));
    sum->cells += (size_t)json_integer_value(json_object_get(object, "cells"));
}

static void
add_networks(undecided_count *sum, const json_t *networks)
{
    const char *name;
    json_t *network;
    json_object_foreach((json_t *)(uintptr_t)networks, name, network)
        add(sum, json_object_get(network, "undecided"));
}

/* The networks of the first seed are those of the report. */
undecided_count
undecided_of_study(const json_t *report)
{
    undecided_count sum = { 0 };
    size_t i, k;
    const json_t *each, *point;
    add_networks(&sum, json_object_get(report, "networks"));
    json_array_foreach(json_object_get(report, "seeds"), i, each)
        if (i > 0)
            add_networks(&sum, json_object_get(each, "networks"));
    json_array_foreach(json_object_get(report, "sweeps"), i, each)
        json_array_foreach(json_object_get(each, "points"), k, point)
            add(&sum, point);
    return sum;
}

void
undecided_set(json_t *network, const undecided_count *u)
{
    json_t *o = json_object();
    part_set_undecided(o, &u->elements);
    json_object_set_new(o, "cells", json_integer((json_int_t)u->cells));
    json_object_set_new(network, "undecided", o);
}
