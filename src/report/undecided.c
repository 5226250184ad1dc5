/* SPDX-License-Identifier: Apache-2.0 */
/* undecided.c -- see undecided.h */
#include "audit/part.h"
#include "report/undecided.h"

static uint64_t
count(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

undecided_count
undecided_of_audit(const json_t *report)
{
    undecided_count sum = { 0 };
    size_t i;
    const json_t *each;
    json_array_foreach(json_object_get(report, "functions"), i, each) {
        const ga_undecided own = part_get_undecided(json_object_get(each, "decades"));
        ga_undecided_add(&sum.elements, own);
        sum.functions += own.n > 0;
    }
    json_array_foreach(json_object_get(report, "estimators"), i, each)
        sum.cells += count(each, "undecided_known");
    return sum;
}
