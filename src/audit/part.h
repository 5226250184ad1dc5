/* SPDX-License-Identifier: Apache-2.0 */
/* part.h -- what an audit found on a set of images: integers that add, and a row for each image. */
#ifndef AUDIT_PART_H
#define AUDIT_PART_H

#include <jansson.h>

#include "core/finding.h"
#include "core/histogram.h"

#include "audit/compare.h"
#include "audit/remedy.h"
#include "blame/origin_kind.h"

/* Cells that have origins and remedies, in this order: lost, below-range, wrong-sign, inaccurate, above-range, nonfinite,
   spurious. */
enum { PART_FAULTS = 7, PART_SIGNS = 4, PART_LEVELS = 16, PART_PICTURES = 8, PART_SCALES = 25, PART_STORES = 5 };
extern const char *const part_stores[PART_STORES]; /* from the narrowest to what is computed in */
extern const ga_cell part_faults[PART_FAULTS];
int part_fault(ga_cell cell); /* index among them, or -1 */

/* Indices of signs in joint tables: negative, 0, positive, neither (NaN; undecided). */
extern const char *const part_sign_names[PART_SIGNS];

/* Sizes of the arrays below: those of the plan. What a function and an estimator count has a row each in part_fields.c. */
typedef struct {
    size_t n_functions, n_estimators, n_layers, n_elements, seeds, naive, stable;
} part_shape;

typedef struct {
    ga_tally tally;
    ga_histogram decades;                 /* of the computed magnitudes */
    uint64_t ratio[COMPARE_LOG_BINS];     /* log10 |computed / truth| */
    uint64_t *origin;                     /* part_origins of each fault */
    uint64_t unlisted[PART_FAULTS];       /* elements whose origins are not listed */
    uint64_t faults[PART_FAULTS];         /* the sum of their operations at fault */
    uint64_t remedied[PART_FAULTS];       /* elements whose remedies were run */
    uint64_t saved[PART_FAULTS][N_REMEDIES]; /* those then in ZERO or RIGHT */
    /* Of an estimator that stores gradients, whose remedies were run; else 0: cells with the loss scale 2^s, and elements by the
       least s that saves them, the last: none does; and with other formats to store in, elements whose sign is right. */
    uint64_t scale_cell[PART_SCALES][GA_CELLS];
    uint64_t scale_saves[PART_FAULTS][PART_SCALES + 1];
    uint64_t store_signs[PART_STORES];
    uint64_t joint[PART_SIGNS][PART_SIGNS][PART_SIGNS]; /* computed, true of its function, true of function 0 */
} part_estimator;

typedef struct {
    ga_histogram decades;           /* of the true magnitudes; true zeros are its zeros */
    uint64_t undecided;
    uint64_t bits[PART_LEVELS];     /* images by the precision they needed: 128 << level */
} part_function;

/* One image. */
typedef struct {
    uint32_t zero, undecided, bits;
    bool moved, errs;               /* FGSM with it moves the image; and the network then errs: fooled if it was right before */
    double cosine, rank_correlation; /* with function 0 */
} row_function;
typedef struct {
    uint32_t cell[GA_CELLS];
    bool moved, errs;
    double cosine, rank_correlation; /* with its own function */
} row_estimator;
typedef struct {
    size_t image;
    int label, predicted;           /* before any attack; -1: two logits are the largest, or one is NaN */
    bool correct;                   /* the one is the other */
    uint32_t kinks;
    uint64_t random, filled;        /* bit s: errs under random signs of seed s+1; under the naive signs, zeros filled with those */
    row_function *function;
    row_estimator *estimator;
} part_row;

/* An image as it is shown: each gradient's signs ('+', '-', '0', '?') and decades of magnitude. */
enum { PICTURE_NAIVE, PICTURE_STABLE, PICTURE_EXACT, N_PICTURE_GRADIENTS };
typedef struct {
    size_t image;
    uint64_t severity;              /* how affected; the most come first, then lower images */
    uint8_t *pixel;
    char *sign[N_PICTURE_GRADIENTS];
    int64_t *decade[N_PICTURE_GRADIENTS]; /* 0 where there is none */
} part_picture;

typedef struct {
    part_shape shape;
    part_function *function;
    part_estimator *estimator;
    size_t n_rows, most_rows, n_pictures;
    part_row *row;                  /* by image */
    part_picture picture[PART_PICTURES]; /* the most affected */
} part;

/* By [kind * n_layers + layer]: elements; one of several origins counts with each. */
uint64_t *part_origins(const part_estimator *e, size_t fault, size_t n_layers);

/* The least level whose precision, 128 << level, is at least bits, else the last. */
size_t part_level(uint32_t bits);

/* Empty, for at most rows images; NULL: out of memory. */
part *part_new(const part_shape *shape, size_t rows);
void part_free(part *p);

/* The next row, to be filled in; its image above all others. NULL if there are as many as part_new was told, or memory is out. */
part_row *part_add_row(part *p, size_t image);

/* How affected an image is by the naive estimator: 2^32 if that masks it, plus the number of its elements that went wrong. */
uint64_t part_picture_severity(const part_row *row, const part_shape *shape);

/* Takes over the picture (allocated members move) if it is among the most affected, else frees it. */
bool picture_alloc(part_picture *picture, size_t n_elements);
void picture_free(part_picture *picture);
void part_offer_picture(part *p, part_picture *picture);

/* The part of the union of disjoint parts of the same shape, rows sorted by image. GA_USAGE if an image is in two of them. */
ga_code part_merge(part **sum, part *const *parts, size_t n, ga_status *st);

/* GA_BAD_FILE says what is wrong with a part that was read: sums other than the number of elements, rows and counts that contradict
   each other, pictures of images that it does not have. */
ga_code part_check(const part *p, ga_status *st);

/* Members "undecided" and "undecided_bound" of an object, an exponent of 2; null: nothing is undecided, or some of it has no known
   bound. part_get_undecided reads anything else as none. */
void part_set_undecided(json_t *o, const ga_undecided *u);
ga_undecided part_get_undecided(const json_t *o);

/* As JSON: {"functions": [..], "estimators": [..], "pictures": [..]}; the rows apart. */
json_t *part_json(const part *p);

/* Fills p, which is empty, from such an object; GA_BAD_FILE says what is wrong with it. */
ga_code part_from_json(part *p, const json_t *json, ga_status *st);

/* All of it: {"part": .., "rows": [..]}, the rows as lines of the table below; NULL: out of memory. And back. */
json_t *part_with_rows_json(const part *p);
part *part_with_rows(const json_t *json, const part_shape *shape, ga_status *st);

/* A row as a line of a tab-separated table, without the newline: names in the heading, "true" and "false", reals with digits that
   read back the same, "nan" for NaN. The last columns are one for each seed of the controls: merged audits need them, since the
   seed with which a control does best is that of all images. Reading: GA_BAD_FILE says what is wrong with the line; derived columns
   must match the rest. */
void row_heading(FILE *out, const part_shape *shape, const json_t *head);
void row_print(FILE *out, const part_row *row, const part_shape *shape);
ga_code row_parse(part_row *row, char *line, const part_shape *shape, ga_status *st);

#endif
