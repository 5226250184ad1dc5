/* SPDX-License-Identifier: Apache-2.0 */
/* dataset.h -- images and labels, exact from the moment they are read: bytes, where pixel k stands for the rational k/255, or
   numbers of another kind, which binary64 holds exactly. */
#ifndef CORE_DATASET_H
#define CORE_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gradaudit/dataset.h>

#include "core/model.h"
#include "core/status.h"

struct ga_dataset {
    size_t n, rows, cols;
    uint8_t *pixel; /* n x rows x cols; NULL if value is not */
    uint32_t *label; /* n, or NULL */
    size_t classes; /* the width of one-hot labels; 0: they were integers */
    double *value;  /* n x rows x cols, finite */
    double least, largest;      /* of the values */
    struct ga_scaling *scaling; /* how a pixel or value becomes an input; NULL: pixel/255, the value itself */
    double low, high;           /* the range of a pixel or value, for attacks; both 0: 0 to 255 for pixels, 0 to 1 for values */
    bool chosen;                /* from named arrays or columns of its files */
    char images_sha256[GA_SHA256], labels_sha256[GA_SHA256]; /* of the files as read, before unpacking; "": none */
    double *target;             /* rows of n_targets numbers that losses take instead of labels, finite; or NULL */
    size_t n_targets;
    bool one_target;            /* one row, of all images; else one for each */
    bool upstream;              /* they are the gradient to the logits, instead of a loss */
    bool made_labels;           /* labels are all 0: targets came without */
    char targets_sha256[GA_SHA256];
    size_t n_dims, dim[3];      /* an image's own dimensions, unless they are rows x cols; n_dims 0: they are */
};

/* The user's options for data files. ga_dataset_load says what NULL and 0 stand for. */
typedef struct {
    const char *data_key, *labels_key; /* names of arrays in .npz files */
    const char *label_column;          /* of a CSV file: a name in its header, or a number, counted from 1 */
    const char *scale, *mean, *std;    /* as ga_dataset_scale takes them */
    const char *clip;                  /* as ga_dataset_clip takes it */
    size_t max_file, max_memory;       /* as in ga_load */
    bool labels_optional;              /* in the images' own file; without them ds->label is NULL */
} ga_data_options;

/* Reads images, plain or gzip. The format is detected from the contents:
   - IDX, unsigned bytes of 3 dimensions;
   - .npy of 2 to 4 dimensions, the first of which counts the images: |u1 are bytes; <f8, <f4, <f2, |i1, <i2, <i4, <u2, <u4, |b1
   and <i8 (if binary64 holds it) are values;
   - .npz with such an array: data_key, or else the one called x_test, X_test, test_images, images, x, X or data;
   - CSV: numbers separated by commas, one image a line, each rounded once to binary64. The first line is a header if it has
     a field that begins with a letter; one that counts its columns is refused. The labels are in the column label_column, or
     else in the one that the header calls label, class, target or y.
   and labels (path NULL: those of the images' own .npz or CSV file): IDX of 1 dimension, or .npy, .npz (labels_key, else y_test,
   Y_test, test_labels, labels, y, Y or targets) or CSV, as integers from 0 to GA_MAX_CLASSES - 1, or as rows with a single 1 among
   zeros. With labels_optional and path NULL there may be none: a CSV file without such a column (all columns are then images) or a
   .npz file without such an array. options may be NULL. *ds is the caller's; on failure it is NULL and st names the file and the
   fault: GA_BAD_FILE, also if several arrays or columns, or none, could be meant; GA_NO_MEMORY over a limit; GA_IO_ERROR; GA_USAGE
   for options that are not numbers. rows x cols is an image's shape if it has two dimensions other than 1, else square if
   possible, else 1 x n; if the file's dimensions differ from that, n_dims and dim have them: {3, 32, 32}, {784}. Each file is
   opened and read once and may be a pipe; its digest is that of the bytes read. */
ga_code ga_dataset_load(ga_dataset **ds, const char *images, const char *labels, const ga_data_options *options, ga_status *st);

/* Scales pixels and values k to inputs (k scale - mean) / std: exact rationals, rounded once when asked for. scale: a decimal
   number or a ratio such as "1/255" (NULL: 1/255 for pixels, 1 for values); mean (NULL: 0) and std (NULL: 1): one number, or one
   for each channel with commas; the channels divide an image, channels first. GA_USAGE for anything else. */
ga_code ga_dataset_scale(ga_dataset *ds, const char *scale, const char *mean, const char *std, ga_status *st);

/* The row of targets of an image; NULL: there are none. */
static inline const double *
dataset_target(const ga_dataset *ds, size_t i)
{
    return ds->target != NULL ? ds->target + (ds->one_target ? 0 : i * ds->n_targets) : NULL;
}

/* "LOW,HIGH": the range of pixels and values before scaling. NULL: 0 to 255 for pixels; for values 0 to 1 if all are in that range,
   else from the least to the largest of them. */
ga_code ga_dataset_clip(ga_dataset *ds, const char *clip, ga_status *st);

/* Images A to B, both included. */
typedef struct {
    size_t first, last;
} ga_range;

/* Reads IDX files (unsigned bytes; 3 dimensions for images, 1 for labels), plain or gzip. labels may be NULL. *ds is the caller's;
   on failure it is NULL and st names the file and the fault: magic, dimensions, counts, truncation, trailing bytes, over 4 GiB
   unpacked, or not as many labels as images. */
ga_code ga_dataset_read(ga_dataset **ds, const char *images, const char *labels, ga_status *st);

/* The training (part "train") or test (part "t10k") files in a directory, named as MNIST's, with or without .gz. */
ga_code ga_dataset_read_mnist(ga_dataset **ds, const char *directory, const char *part, ga_status *st);

/* GA_OK when an image has as many pixels as the model has inputs, there are labels, every label is a class of the model, and every
   input is finite in the model's type. */
ga_code ga_dataset_check(const ga_dataset *ds, const ga_model *model, ga_status *st);

/* x[0..rows*cols-1] = the inputs of image i, pixel/255 unless it is scaled otherwise, rounded once to the given type (to nearest
   even), exact in binary64. */
void ga_dataset_image(double *x, const ga_dataset *ds, size_t i, ga_dtype type);

/* low[j], high[j]: the bounds of input j: ds->low and ds->high scaled and rounded, the lesser first. Attacks clip to these. */
void ga_dataset_bounds(double *low, double *high, const ga_dataset *ds, ga_dtype type);

/* level[0..rows*cols-1]: image i for display, from 0 at an input's lower bound to 255 at its upper. GA_NO_MEMORY. */
ga_code ga_dataset_levels(uint8_t *level, const ga_dataset *ds, size_t i, ga_status *st);

/* Parses "17" or "0-9" (NULL: all images) against ds; GA_USAGE if it is not a range or reaches beyond the last image. */
ga_code ga_range_parse(ga_range *range, const char *text, const ga_dataset *ds, ga_status *st);

#endif
