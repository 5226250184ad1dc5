/* SPDX-License-Identifier: Apache-2.0 */
/* part_audit.c -- see part_audit.h

   Function by function: the truths and the true tapes of the part's images; then each estimator of that function against them. */
#include <stdlib.h>
#include <string.h>

#include "attack/signs.h"
#include "audit/part_work.h"
#include "graph/op_graph.h"
#include "num/recipe.h"

/* Each node makes two numbers and takes a gradient, about. */
static double
tape_bytes(const ga_model *m)
{
    size_t numbers = 2 * ga_model_inputs(m);
    for (size_t k = 0; k < m->graph->n_nodes; k++)
        numbers += 3 * op_shape_size(&m->graph->node[k].shape);
    return (double)(numbers * (sizeof(ga_number) + sizeof(ga_truth) / 2)); /* the mean of a computed and a true one */
}

double
part_audit_bytes(const plan *p, size_t images)
{
    const double elements = (double)(images * ga_model_inputs(p->job->model));
    bool recipes = false; /* which have tapes of their own */
    size_t runs = 0; /* remedies shared by estimators are counted with each */
    for (size_t e = 0; e < p->n_estimators; e++) {
        runs += p->estimator[e].remedies ? N_REMEDIES : 0;
        recipes = recipes || recipe_is(p->estimator[e].e.format);
    }
    const double each = 2 * sizeof(ga_truth) + sizeof(ga_number) + sizeof(int64_t) + 2 * sizeof(int32_t) + 4 +
                        N_PICTURE_GRADIENTS * 9 + (double)(runs < MOST_RUNS ? runs : MOST_RUNS);
    const double arrays = p->job->options.elements ? (double)p->n_functions * 16 + (double)p->n_estimators * 10 : 0;
    return elements * (each + arrays) + (recipes ? 5 : 2) * (double)images * tape_bytes(p->job->model);
}

double
part_result_bytes(const plan *p, size_t images)
{
    const double row = (double)(sizeof(part_row) + p->n_functions * sizeof(row_function) + p->n_estimators * sizeof(row_estimator));
    return (double)images * row + PART_PICTURES * (double)(ga_model_inputs(p->job->model) * (1 + N_PICTURE_GRADIENTS * 9));
}

/* Random signs, and the naive signs with zeros filled from them. */
static ga_code
audit_controls(part_work *b)
{
    ga_code code = GA_OK;
    for (size_t s = 0; s < b->p->job->options.seeds; s++)
        for (int filled = 0; filled < 2 && code == GA_OK; filled++) {
            for (size_t i = 0; i < b->n; i++) {
                int8_t *sign = b->sign + i * b->n_elements;
                if (filled) {
                    memcpy(sign, b->naive + i * b->n_elements, b->n_elements);
                    signs_fill(sign, b->n_elements, s + 1, b->range.first + i);
                } else
                    signs_random(sign, b->n_elements, s + 1, b->range.first + i);
            }
            code = part_attack(b);
            for (size_t i = 0; i < b->n && code == GA_OK; i++)
                *(filled ? &b->result->row[i].filled : &b->result->row[i].random) |= (uint64_t)b->flag[i] << s;
        }
    return code;
}

/* The more affected an image, the higher its severity: masked ones first, then by elements that went wrong. */
static ga_code
offer_pictures(part_work *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const part_row *row = b->result->row + i;
        part_picture picture = { .image = row->image, .severity = part_picture_severity(row, &b->result->shape) };
        if (!picture_alloc(&picture, b->n_elements)) {
            picture_free(&picture);
            return ga_fail(b->st, GA_NO_MEMORY, "out of memory for a picture");
        }
        const ga_code code = ga_dataset_levels(picture.pixel, b->p->job->ds, row->image, b->st);
        if (code != GA_OK) {
            picture_free(&picture);
            return code;
        }
        for (size_t g = 0; g < N_PICTURE_GRADIENTS; g++) {
            if (g == PICTURE_STABLE && b->p->stable == b->p->n_estimators)
                continue; /* stays empty */
            memcpy(picture.sign[g], b->picture_sign[g] + i * b->n_elements, b->n_elements);
            memcpy(picture.decade[g], b->picture_decade[g] + i * b->n_elements, b->n_elements * sizeof **picture.decade);
        }
        part_offer_picture(b->result, &picture);
    }
    return GA_OK;
}

static ga_code
audit(part_work *b)
{
    const ga_audit_job *job = b->p->job;
    int predicted[GA_BLOCK];
    ga_code code = signs_predict(predicted, job->model, job->ds, b->range, b->threads, b->p->pool, b->st);
    for (size_t i = 0; i < b->n && code == GA_OK; i++) {
        part_row *const row = b->result->row + i;
        row->predicted = predicted[i];
        row->correct = row->predicted == row->label;
    }
    for (size_t f = 0; f < b->p->n_functions && code == GA_OK; f++) {
        code = part_audit_function(b, f);
        part_done(b, WEIGHT_FUNCTION);
        for (size_t e = 0; e < b->p->n_estimators && code == GA_OK; e++)
            if (b->p->estimator[e].function == f)
                code = part_audit_estimator(b, e);
        part_close_blame(b);
    }
    if (code == GA_OK)
        code = audit_controls(b);
    part_done(b, WEIGHT_CONTROLS);
    return code == GA_OK ? offer_pictures(b) : code;
}

static ga_code
audit_range(part_work *b)
{
    b->n = b->range.last - b->range.first + 1;
    b->n_elements = ga_model_inputs(b->p->job->model);
    b->all = b->n * b->n_elements;
    const ga_code code = part_open_work(b) ? audit(b)
                                           : ga_fail(b->st, GA_NO_MEMORY, "out of memory for a part of %zu images", b->n);
    part_close_work(b);
    return code;
}

ga_code
part_audit(part **result, part_elements *elements, const plan *p, ga_range range, int threads, ga_status *st)
{
    part_work b = { .p = p, .range = range, .threads = threads, .out = elements, .st = st };
    const ga_code code = audit_range(&b);
    *result = b.result;
    return code;
}

ga_code
part_probe(double *alone, double *together, const plan *p, ga_range range, ga_status *st)
{
    part_work b = { .p = p, .range = range, .threads = 1, .st = st };
    const double start = part_seconds();
    const ga_code code = audit_range(&b);
    *together = b.shared_seconds;
    *alone = part_seconds() - start - b.shared_seconds;
    part_free(b.result);
    return code;
}
