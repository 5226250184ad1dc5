/* SPDX-License-Identifier: Apache-2.0 */
/* weights.h -- the gradient of the parameters of a batch of images: a sum over them, or with estimator.images that of a mean. */
#ifndef RUN_WEIGHTS_H
#define RUN_WEIGHTS_H

#include "run/pool.h"

/* Parameters are those of the graph, in its order, without its constants; `first` is where the numbers of each begin among all. */
typedef struct {
    const engine_ops *ops;
    void *sum;             /* an engine that holds the sums: weight, print_weight */
    size_t n, *first;      /* first[parameter of the graph], and the numbers of all */
    ga_truth *truth;       /* of the reference: n, in that order; else NULL */
    bool settled;          /* of the reference: a higher precision would decide no more, */
    long bits, digits;     /* that of the last level, and the digits that were asked for */
    size_t levels;         /* that are over, */
    const ga_sink *sink;   /* and who is told of blocks, or NULL; while it runs */
} weight_gradient;

/* Numbers of the parameters of a graph; first: room for one for each parameter, or NULL. */
size_t weights_count(size_t *first, const ga_graph *g);

/* The estimator of the mean or the sum of the losses of images; an upstream gradient is what it is, and has no mean. */
ga_estimator weights_estimator(const ga_estimator *e, ga_range range, bool mean);

/* GA_USAGE if sums over images are not rounded as its format says: stochastically. */
ga_code weights_check(const ga_estimator *e, ga_status *st);

/* Runs an estimator that blocks_check has passed over the images of range: sums of blocks (run/blocks.h) in the format, added in
   the order of the blocks. The reference adds balls, level after level (exact/levels.h) of the whole batch, until all is decided or
   at the limit. pool: where engines come from, or NULL. sink: its progress alone is told, whose `all` grows with each level; or
   NULL. On failure *w holds nothing. */
ga_code weights_run(weight_gradient *w, const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e,
                    int threads, engine_pool *pool, const ga_sink *sink, ga_status *st);

/* weights_run if the estimator, the images and the range fit the model; else what is wrong. */
ga_code weights_check_and_run(weight_gradient *w, const ga_model *model, const ga_dataset *ds, ga_range range,
                              const ga_estimator *e, int threads, const ga_sink *sink, ga_status *st);
void weights_free(weight_gradient *w);

/* Number i of a parameter, in decimal, as engine_ops.print_weight has it; of the reference what is proved. */
int weights_decimal(char *text, size_t size, const weight_gradient *w, size_t parameter, size_t i, int digits);
void weights_number(ga_number *number, const weight_gradient *w, size_t parameter, size_t i);

#endif
