/* SPDX-License-Identifier: Apache-2.0 */
/* part_work.h -- what the steps of a part's audit share: arrays for its images, and passes over them. */
#ifndef AUDIT_PART_WORK_H
#define AUDIT_PART_WORK_H

#include "audit/compare.h"
#include "audit/part_audit.h"
#include "blame/intervene.h"
#include "run/blocks.h"

enum { MOST_RUNS = 64 };

/* A remedy that was run: each element's new cell, against function 0. */
typedef struct {
    ga_estimator e;
    uint8_t *cell;
} remedied_run;

/* The program of a gradient, and each image's tapes. */
typedef struct {
    blame_net *net;
    blame_tape **true_tape, **tape;
} part_blame;

typedef struct {
    const plan *p;
    ga_range range;
    int threads;
    size_t n, n_elements, all; /* images; elements of one; of all */
    part *result;
    part_elements *out;
    ga_truth *truth;       /* of the function at hand */
    int8_t *base;          /* index of the true sign of function 0 */
    ga_number *computed;   /* of the estimator at hand, or the truths as numbers */
    ga_truth *base_truth;  /* of function 0 */
    int32_t *rank, *base_rank; /* of truth's magnitudes, of those of function 0; */
    compare_ranked *ranked, *base_ranked; /* of an image: whether they are */
    size_t *twin;          /* the first element with the same weights, or their negatives: magnitudes are equal */
    ga_truth *point;       /* the computed numbers of one image */
    ga_truth *sharp;       /* its truths, better known */
    ga_finding *finding;   /* its findings */
    ga_number *number[2];  /* truths of one image, rounded */
    int64_t *decade;
    part_blame blame;      /* of the function at hand, where origins are looked for; or of an estimator with a recipe */
    interventions *again;  /* of the estimator */
    size_t *layer;         /* of a node of the graph */
    uint32_t *kinks, *bits;
    int8_t *sign, *naive;
    uint8_t *cell;
    bool *flag;
    int32_t *point_rank;   /* of the computed numbers of one image */
    compare_place *places; /* two for each element of one image */
    char *picture_sign[N_PICTURE_GRADIENTS];
    int64_t *picture_decade[N_PICTURE_GRADIENTS];
    remedied_run run[MOST_RUNS];
    size_t n_runs;
    double shared_seconds; /* in passes whose images are computed one by one */
    ga_status *st;
} part_work;

/* Takes and frees the arrays; false: memory is out. */
bool part_open_work(part_work *b);
void part_close_work(part_work *b);

/* What origins of a function's gradients need. */
ga_code part_open_blame(part_work *b, const ga_estimator *e);
void part_close_blame(part_work *b);

/* The same of an estimator with a recipe, whose truths are those of its function; that function's are in *plain until they are put
   back. */
ga_code part_open_recipe(part_work *b, part_blame *plain, const ga_estimator *e);
void part_close_recipe(part_work *b, const part_blame *plain);

double part_seconds(void);

/* What takes the results of a pass, and whether it reads tensors, for origins; large: engines are closed afterwards. */
typedef struct {
    ga_code (*keep)(void *data, const ga_block *g, ga_status *st); /* of several threads at once */
    void *data;
    bool tape, large;
} part_sink;

/* Runs an estimator over the images. */
ga_code part_run(part_work *b, const ga_estimator *e, part_sink sink);

/* part_cells.c: what the elements are by another estimator, against the truths at hand; and how many signs are right. */
ga_code part_cells(uint8_t *cell, part_work *b, const ga_estimator *e);
ga_code part_right_signs(uint64_t *n, part_work *b, const ga_estimator *e);

/* The attack by the signs in b->sign; flag[i]: the network then errs. Whether those of image i move it. */
ga_code part_attack(const part_work *b);
bool part_moves(const part_work *b, size_t i);

/* Ranks the truths of image i. */
void part_rank(part_work *b, size_t i);

/* Asks for the truths of image i of function f at so many bits, takes those that are then decided, and ranks them. */
ga_code part_sharpen(part_work *b, size_t f, size_t i, long bits);

/* The bits to ask for next, four times as many as before, up to a limit; 0: no more. */
long part_more_bits(const part_work *b, size_t f, long bits, long most);

/* An image's truths, rounded; b has room for two. */
const ga_number *part_rounded(const part_work *b, size_t which, const ga_truth *t);

/* The numbers in b->computed, for the pages that show images. */
void part_keep_picture(part_work *b, size_t gradient);

/* A step is done, of so much weight in the audit's progress: roughly its time. */
enum { WEIGHT_FUNCTION = 6, WEIGHT_ESTIMATOR = 2, WEIGHT_REMEDIES = 6, WEIGHT_CONTROLS = 4 };
void part_done(const part_work *b, size_t weight);

/* The cells of estimator e, whose own are in b->cell, with other loss scales, and the signs in other formats to store in; where it
   stores gradients. */
ga_code part_try_stores(part_work *b, size_t e);

/* The truths of function f; then the findings of estimator e, which is one of that function's. */
ga_code part_audit_function(part_work *b, size_t f);
ga_code part_audit_estimator(part_work *b, size_t e);

#endif
