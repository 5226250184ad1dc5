/* SPDX-License-Identifier: Apache-2.0 */
/* blocks.h -- runs an engine over blocks of images, in parallel: the one place that decides which images share a product. */
#ifndef RUN_BLOCKS_H
#define RUN_BLOCKS_H

#include "model/preprocessing.h"
#include "run/pool.h"

/* A block under way, in one thread. */
struct ga_block {
    const engine_ops *ops;
    void *engine;
    size_t first, n;   /* images of the range, absolute */
    size_t row;        /* the row of the first */
    size_t n_elements; /* inputs of the model */
    const uint32_t *label; /* of the first, or NULL */
    size_t which;          /* 0: by the job's estimator; i: by the i-th of the others */
};

typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    ga_range range;
    ga_estimator estimator;
    int threads; /* 0: all cores */
    bool weights; /* weight gradients too: sums over the rows of whole blocks */
    bool tape; /* the sink asks for tensors, pre-activations or activations */
    bool forward_only; /* no loss and no gradients, */
    bool end;          /* but the network's own end */
    engine_pool *pool; /* where its engines come from; NULL: they are the run's own */
    bool large;        /* engines are closed after the run, and only what they share stays in the pool */
    /* The same images by these too, each a call of the parallel sink: they differ from the estimator in gain and logit scale, both
       or neither 1, and what does not depend on those is computed once. GA_USAGE if they differ in more. */
    const ga_estimator *other;
    size_t n_others;
    ga_sink sink;
    const preprocessing *preprocessing; /* blocks_run's own, */
    size_t size;                        /* the images of a block, */
    program **program;                  /* and the programs of the estimator and of the others, if there are others */
    /* Sets the input of an image, all n_elements of x; NULL: what the model makes of the dataset's. */
    void (*image)(void *data, double *x, size_t image);
} blocks_job;

/* Images are computed in blocks of blocks_size, aligned to their absolute index and padded with zeros, because OpenBLAS gives other
   bits for other shapes; if every row is computed by itself (loop, dot), in blocks that may be smaller, without padding. */
ga_code blocks_run(const blocks_job *job, ga_status *st);

/* How many images a block of that run has, if there are enough; its size does not matter. 0: memory ran out. */
size_t blocks_images(const blocks_job *job);

/* GA_BLOCK, halved while the tape of the cross-entropy's gradient would have more than 2^21 numbers, 256 MiB at 128 bytes for
   each, as balls of a few hundred bits take. 0: memory ran out. */
size_t blocks_size(const ga_model *model);

/* The same of an estimator's own program, to the input or to weights. */
size_t blocks_size_for(const ga_model *model, const ga_estimator *e, bool weights);

/* GA_OK, or GA_USAGE if images are missing. */
ga_code blocks_check_range(const ga_dataset *ds, ga_range range, ga_status *st);

/* GA_OK if the estimator, the images and the range fit the model; else what is wrong. */
ga_code blocks_check(const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, ga_status *st);

/* blocks_run if the estimator, the images and the range fit the model; else what is wrong. */
ga_code blocks_check_and_run(const blocks_job *job, ga_status *st);

/* A forward pass over the images of range by the network itself: in its dtype's format, at gain and logit scale 1. */
blocks_job blocks_forward(const ga_model *model, const ga_dataset *ds, ga_range range, int threads);

#endif
