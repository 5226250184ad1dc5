/* SPDX-License-Identifier: Apache-2.0 */
/* part_fields.h -- the table of what a part counts, beside its rows and pictures: where each field stands in JSON, and what must
   hold of it. Parts are made, merged, written, read and checked by it. All fields add. */
#ifndef AUDIT_PART_FIELDS_H
#define AUDIT_PART_FIELDS_H

#include <limits.h>

#include "audit/part.h"

/* A step of the way to a field's counts in JSON: an object of named members, or an array. */
enum { PART_EACH_LAYER = INT_MAX };
typedef struct {
    size_t n;                 /* members or elements; PART_EACH_LAYER: as many as the network has layers; 0: the way ends */
    const char *const *names; /* of members; NULL: an array */
    const ga_cell *cells;     /* names[cells[i]] is that of member i; NULL: names[i] */
    bool sparse;              /* members whose counts are all 0 are left out */
} part_step;

typedef enum { FIELD_COUNTS, FIELD_ALLOCATED, FIELD_HISTOGRAM } part_field_kind; /* uint64_t [n], uint64_t *, ga_histogram */

typedef struct part_place part_place;
typedef struct {
    part_field_kind kind;
    size_t offset;      /* in part_function or part_estimator */
    part_step path[5];  /* counts in the order of its steps, the last one's fastest; a histogram has one key */
    bool (*holds)(const part *p, const part_place *at); /* what must be true of it in a whole part */
} part_field;

/* One field of one function or estimator of a part. */
struct part_place {
    const part_field *field;
    const char *list; /* "functions", "estimators" */
    size_t i;         /* in that list */
    void *data;
};

/* A part's places: functions first, each with its fields in the order of the table. */
size_t part_places(const part_shape *shape);
part_place part_place_of(const part *p, size_t k);

/* The counts of a field, unless it is a histogram, and how many they are. */
uint64_t *part_counts(const part_place *at);
size_t part_field_size(const part_field *field, const part_shape *shape);

/* How many members or elements a step has; the name of one, or NULL. */
size_t part_step_size(const part_step *step, const part_shape *shape);
const char *part_step_name(const part_step *step, size_t i);

#endif
