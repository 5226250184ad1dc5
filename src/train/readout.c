/* SPDX-License-Identifier: Apache-2.0 */
/* readout.c -- see readout.h */
#include <math.h>
#include <stdlib.h>

#include "train/readout.h"

#include "num/f64.h"
#include "num/format.h"
#include "num/vec_tmpl.h"

struct readout {
    ctx_f64 *ctx;
    float *logits;
    uint32_t *label, *batch_label;
    mat_f64 o, p, r, loss; /* of a batch */
};

readout *
readout_new(size_t n, size_t n_classes, size_t rows)
{
    const ga_estimator estimator = { .format = { FORMAT_OF(f64) }, .formulas = GA_REWRITE, .product = GA_LOOP,
                                     .gain = 1, .logit_scale = 1 };
    readout *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->ctx = ctx_new_f64(&estimator);
    r->logits = malloc(n * n_classes * sizeof *r->logits);
    r->label = malloc(n * sizeof(uint32_t));
    r->batch_label = malloc(rows * sizeof(uint32_t));
    r->o = mat_new_f64(rows, n_classes, 53, r->ctx);
    r->p = mat_new_f64(rows, n_classes, 53, r->ctx);
    r->r = mat_new_f64(rows, n_classes, 53, r->ctx);
    r->loss = mat_new_f64(rows, 1, 53, r->ctx);
    if (r->ctx != NULL)
        r->ctx->common.plain = true;
    if (r->ctx != NULL && r->logits != NULL && r->label != NULL && r->batch_label != NULL && r->o.e != NULL && r->p.e != NULL &&
        r->r.e != NULL && r->loss.e != NULL)
        return r;
    readout_free(r);
    return NULL;
}

void
readout_free(readout *r)
{
    if (r == NULL)
        return;
    mat_f64 *matrix[] = { &r->o, &r->p, &r->r, &r->loss };
    for (size_t i = 0; i < 4; i++)
        mat_free_f64(matrix[i]);
    ctx_free_f64(r->ctx);
    free(r->logits);
    free(r->label);
    free(r->batch_label);
    free(r);
}

void
readout_set(readout *r, size_t image, const float *logits, uint32_t label)
{
    for (size_t c = 0; c < r->o.cols; c++)
        r->logits[image * r->o.cols + c] = logits[c];
    r->label[image] = label;
}

double
readout_step(double *s, readout *r, double gain_lr, const size_t *index, size_t n)
{
    const size_t cols = r->o.cols;
    const double gain = exp(*s);
    double derivative = 0, loss = 0;
    r->o.rows = r->p.rows = r->r.rows = r->loss.rows = n;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < cols; c++)
            r->o.e[i * cols + c] = gain * (double)r->logits[index[i] * cols + c];
        r->batch_label[i] = r->label[index[i]];
    }
    vec_softmax_f64(&r->p, &r->r, &r->loss, &r->o, r->batch_label, r->ctx);
    for (size_t i = 0; i < n; i++)
        loss += r->loss.e[i];
    for (size_t i = 0; i < n * cols; i++)
        derivative += r->r.e[i] * r->o.e[i];
    *s -= gain_lr * ((derivative > 0) - (derivative < 0));
    return loss;
}
