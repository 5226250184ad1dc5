/* SPDX-License-Identifier: Apache-2.0 */
/* part_check.c -- what must hold between the counts and the rows of a part; see part.h */
#include "audit/part_fields.h"

static bool
row_adds_up(const part_row *row, const part_shape *shape)
{
    bool ok = true;
    for (size_t f = 0; f < shape->n_functions; f++)
        ok = ok && (uint64_t)row->function[f].zero + row->function[f].undecided <= shape->n_elements;
    for (size_t e = 0; e < shape->n_estimators; e++) {
        uint64_t sum = 0;
        for (size_t c = 0; c < GA_CELLS; c++)
            sum += row->estimator[e].cell[c];
        ok = ok && sum == shape->n_elements;
    }
    return ok;
}

ga_code
part_check(const part *p, ga_status *st)
{
    if (p->n_rows == 0)
        return ga_fail(st, GA_BAD_FILE, "it has no images");
    for (size_t r = 0; r < p->n_rows; r++) {
        if (p->row[r].image != p->row[0].image + r)
            return ga_fail(st, GA_BAD_FILE, "its images are not one after the other");
        if (!row_adds_up(p->row + r, &p->shape))
            return ga_fail(st, GA_BAD_FILE, "image %zu has more or fewer elements than there are", p->row[r].image);
    }
    for (size_t k = 0; k < part_places(&p->shape); k++) {
        const part_place at = part_place_of(p, k);
        if (!at.field->holds(p, &at))
            return ga_fail(st, GA_BAD_FILE, "%s[%zu].%s does not add up, or contradicts other counts or the images", at.list, at.i,
                           part_step_name(at.field->path, 0));
    }
    for (size_t k = 0; k < p->n_pictures; k++) {
        const size_t at = p->picture[k].image - p->row[0].image;
        if (at >= p->n_rows || p->picture[k].severity != part_picture_severity(p->row + at, &p->shape))
            return ga_fail(st, GA_BAD_FILE, "a picture is of no image that it has, or of another rank");
    }
    return GA_OK;
}
