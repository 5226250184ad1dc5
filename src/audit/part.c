/* SPDX-License-Identifier: Apache-2.0 */
/* part.c -- see part.h */
#include <stdlib.h>
#include <string.h>

#include "audit/part_fields.h"
#include "audit/verdict.h"

static void
row_free(part_row *row)
{
    free(row->function);
    free(row->estimator);
}

void
part_free(part *p)
{
    if (p == NULL)
        return;
    for (size_t k = 0; p->function != NULL && p->estimator != NULL && k < part_places(&p->shape); k++) {
        const part_place at = part_place_of(p, k);
        if (at.field->kind == FIELD_HISTOGRAM)
            ga_histogram_free(at.data);
        else if (at.field->kind == FIELD_ALLOCATED)
            free(part_counts(&at));
    }
    for (size_t r = 0; r < p->n_rows; r++)
        row_free(p->row + r);
    for (size_t k = 0; k < p->n_pictures; k++)
        picture_free(p->picture + k);
    free(p->function);
    free(p->estimator);
    free(p->row);
    free(p);
}

part *
part_new(const part_shape *shape, size_t rows)
{
    part *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->shape = *shape;
    p->most_rows = rows;
    p->function = calloc(shape->n_functions, sizeof *p->function);
    p->estimator = calloc(shape->n_estimators, sizeof *p->estimator);
    p->row = calloc(rows + 1, sizeof *p->row); /* not 0 */
    bool ok = p->function != NULL && p->estimator != NULL && p->row != NULL;
    for (size_t k = 0; ok && k < part_places(shape); k++) {
        const part_place at = part_place_of(p, k);
        if (at.field->kind == FIELD_ALLOCATED)
            ok = (*(uint64_t **)at.data = calloc(part_field_size(at.field, shape), sizeof(uint64_t))) != NULL;
    }
    if (!ok) {
        part_free(p);
        return NULL;
    }
    return p;
}

part_row *
part_add_row(part *p, size_t image)
{
    if (p->n_rows == p->most_rows)
        return NULL;
    part_row *row = p->row + p->n_rows;
    *row = (part_row){ .image = image, .function = calloc(p->shape.n_functions, sizeof *row->function),
                       .estimator = calloc(p->shape.n_estimators, sizeof *row->estimator) };
    p->n_rows++;
    return row->function != NULL && row->estimator != NULL ? row : NULL;
}

uint64_t
part_picture_severity(const part_row *row, const part_shape *shape)
{
    const row_estimator *naive = row->estimator + shape->naive;
    uint64_t severity = (uint64_t)(image_fact_of(row, shape) == FACT_ONLY_EXACT) << 32;
    for (ga_cell c = 0; c < GA_CELLS; c++)
        severity += part_fault(c) >= 0 ? naive->cell[c] : 0;
    return severity;
}

bool
picture_alloc(part_picture *picture, size_t n_elements)
{
    bool ok = (picture->pixel = calloc(n_elements, 1)) != NULL;
    for (size_t g = 0; g < N_PICTURE_GRADIENTS; g++) {
        ok = (picture->sign[g] = calloc(n_elements + 1, 1)) != NULL && ok;
        ok = (picture->decade[g] = calloc(n_elements, sizeof **picture->decade)) != NULL && ok;
    }
    return ok;
}

void
picture_free(part_picture *picture)
{
    free(picture->pixel);
    for (size_t g = 0; g < N_PICTURE_GRADIENTS; g++) {
        free(picture->sign[g]);
        free(picture->decade[g]);
    }
    *picture = (part_picture){ 0 };
}

static bool
comes_before(const part_picture *a, const part_picture *b)
{
    return a->severity > b->severity || (a->severity == b->severity && a->image < b->image);
}

void
part_offer_picture(part *p, part_picture *picture)
{
    size_t place = p->n_pictures;
    while (place > 0 && comes_before(picture, p->picture + place - 1))
        place--;
    if (place == PART_PICTURES || picture->severity == 0) {
        picture_free(picture);
        return;
    }
    if (p->n_pictures == PART_PICTURES)
        picture_free(p->picture + --p->n_pictures);
    memmove(p->picture + place + 1, p->picture + place, (p->n_pictures - place) * sizeof *picture);
    p->picture[place] = *picture;
    p->n_pictures++;
    *picture = (part_picture){ 0 };
}

static ga_code
add_fields(part *a, const part *b, ga_status *st)
{
    ga_code code = GA_OK;
    for (size_t k = 0; k < part_places(&a->shape) && code == GA_OK; k++) {
        const part_place to = part_place_of(a, k), from = part_place_of(b, k);
        if (to.field->kind == FIELD_HISTOGRAM)
            code = ga_histogram_merge(to.data, from.data, st);
        else
            for (size_t i = 0; i < part_field_size(to.field, &a->shape); i++)
                part_counts(&to)[i] += part_counts(&from)[i];
    }
    return code;
}

static bool
copy_picture(part_picture *to, const part_picture *from, size_t n)
{
    *to = (part_picture){ .image = from->image, .severity = from->severity };
    if (!picture_alloc(to, n))
        return false;
    memcpy(to->pixel, from->pixel, n);
    for (size_t g = 0; g < N_PICTURE_GRADIENTS; g++) {
        memcpy(to->sign[g], from->sign[g], n);
        memcpy(to->decade[g], from->decade[g], n * sizeof **to->decade);
    }
    return true;
}

static ga_code
add_part(part *a, const part *b, ga_status *st)
{
    const part_shape *shape = &a->shape;
    const ga_code code = add_fields(a, b, st);
    bool ok = true;
    for (size_t r = 0; r < b->n_rows && ok; r++) {
        part_row *row = part_add_row(a, b->row[r].image);
        ok = row != NULL;
        if (!ok)
            break;
        const part_row made = *row;
        *row = b->row[r];
        row->function = made.function;
        row->estimator = made.estimator;
        memcpy(row->function, b->row[r].function, shape->n_functions * sizeof *row->function);
        memcpy(row->estimator, b->row[r].estimator, shape->n_estimators * sizeof *row->estimator);
    }
    for (size_t k = 0; k < b->n_pictures && ok; k++) {
        part_picture picture;
        if ((ok = copy_picture(&picture, b->picture + k, shape->n_elements)))
            part_offer_picture(a, &picture);
        else
            picture_free(&picture);
    }
    return code != GA_OK ? code : ok ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for the results of an audit");
}

static int
by_image(const void *a, const void *b)
{
    const part_row *x = a, *y = b;
    return x->image < y->image ? -1 : x->image > y->image;
}

ga_code
part_merge(part **sum, part *const *parts, size_t n, ga_status *st)
{
    size_t rows = 0;
    for (size_t i = 0; i < n; i++)
        rows += parts[i]->n_rows;
    part *p = *sum = part_new(&parts[0]->shape, rows);
    if (p == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the results of an audit");
    ga_code code = GA_OK;
    for (size_t i = 0; i < n && code == GA_OK; i++)
        code = add_part(p, parts[i], st);
    if (code == GA_OK)
        qsort(p->row, p->n_rows, sizeof *p->row, by_image);
    for (size_t r = 1; r < p->n_rows && code == GA_OK; r++)
        if (p->row[r].image == p->row[r - 1].image)
            code = ga_fail(st, GA_USAGE, "image %zu is in two of the parts", p->row[r].image);
    return code;
}
