/* SPDX-License-Identifier: Apache-2.0 */
/* dataset.h -- images and labels, exact from the moment they are read: pixel k stands for the rational k/255. */
#ifndef GRADAUDIT_DATASET_H
#define GRADAUDIT_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include <gradaudit/model.h>
#include <gradaudit/status.h>

typedef struct {
    size_t n, rows, cols;
    uint8_t *pixel; /* n x rows x cols */
    uint8_t *label; /* n, or NULL */
} ga_dataset;

/* Images A to B, both included. */
typedef struct {
    size_t first, last;
} ga_range;

/* Reads IDX files (unsigned bytes; 3 dimensions for images, 1 for labels), plain or gzip. labels may be NULL. *ds is the
   caller's; on failure it is NULL and st names the file and the fault: magic, dimensions, counts, truncation, trailing bytes,
   more than 4 GiB unpacked, or as many labels as images. */
ga_code ga_dataset_read(ga_dataset **ds, const char *images, const char *labels, ga_status *st);

/* The training (part "train") or test (part "t10k") files of MNIST's names in a directory, with or without .gz. */
ga_code ga_dataset_read_mnist(ga_dataset **ds, const char *directory, const char *part, ga_status *st);
void ga_dataset_free(ga_dataset *ds);

/* GA_OK when an image has as many pixels as the model has inputs, there are labels, and every label is a class of the model. */
ga_code ga_dataset_check(const ga_dataset *ds, const ga_model *model, ga_status *st);

/* x[0..rows*cols-1] = pixel/255 of image i, rounded once to the given type (to nearest even), exact in binary64. */
void ga_dataset_image(double *x, const ga_dataset *ds, size_t i, ga_dtype type);

/* One number of it: pixel k of image i. */
double ga_dataset_pixel(const ga_dataset *ds, size_t i, size_t k, ga_dtype type);

/* Image i as the model's first layer takes it: ga_dataset_image in the model's dtype, or, where the model has steps before that
   layer (ga_model_steps), their exact value at pixel/255, rounded once. */
void ga_model_image(double *x, const ga_model *model, const ga_dataset *ds, size_t i);

/* Parses "17" or "0-9" (NULL: all images) against ds; GA_USAGE when it is no range or reaches beyond the last image. */
ga_code ga_range_parse(ga_range *range, const char *text, const ga_dataset *ds, ga_status *st);

#endif
