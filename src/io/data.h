/* SPDX-License-Identifier: Apache-2.0 */
/* data.h -- the numbers of a data file, whatever its format, and what is made of them.

   file -> bytes -> data_array -> images or labels: a reader of a format checks everything that the file says of itself and makes
   an array, whose first index is the image; dataset_load.c makes a data set of two. Names in a file are hostile text. */
#ifndef GRADAUDIT_IO_DATA_H
#define GRADAUDIT_IO_DATA_H

#include "core/dataset.h"

#include "io/npz.h"

/* Bytes or finite numbers, exact in binary64. */
typedef struct {
    size_t n_dims, dim[NPY_DIMS]; /* 1 dimension or more, each at least 1; the last index runs fastest */
    uint8_t *pixel;               /* their product of numbers, the array's, or NULL */
    double *value;                /* else these */
} data_array;

void data_array_free(data_array *a);

/* With source->look an array is left empty, or holds the first rows of a CSV file. */

/* A copy of a .npy array's numbers; name precedes faults unless it is "". Integers that no binary64 equals, NaN and infinities are
   GA_BAD_FILE. */
ga_code data_from_npy(data_array *a, tensors_source *source, const char *name, const npy *array);

/* Where images or labels come from: the file at path, or numbers in memory, which path is only the name of. */
typedef struct {
    const char *path;
    const ga_array *array; /* or NULL */
} data_file;

/* ga_dataset_load of either. The data set of an array is that of the .npy file that numpy.save writes of it. */
ga_code data_load(ga_dataset **ds, const data_file *images, const data_file *labels, const ga_data_options *options, ga_status *st);

/* Sets the data set's rows of targets, or an upstream gradient: one for each image, or of the latter one for all. Images without
   labels get labels 0. */
ga_code data_load_targets(ga_dataset *ds, const data_file *from, bool upstream, const ga_data_options *options, ga_status *st);

/* The entry called key, else the only one whose name is in usual (which ends with NULL). what: "images"; option: the one that gives
   the key. If there is none, or more than one, GA_BAD_FILE lists the names. */
ga_code data_npz_choose(size_t *entry, const npz *archive, tensors_source *source, const char *key, const char *const *usual,
                        const char *what, const char *option);

/* Whether an entry's name is in usual. */
bool data_npz_has(const npz *archive, const char *const *usual);

/* Its numbers, as data_from_npy. */
ga_code data_from_npz(data_array *a, tensors_source *source, npz *archive, size_t entry);

/* ---- IDX -------------------------------------------------------------------------------------------------------- */

bool idx_is(const file_bytes *file);
size_t idx_bound(const uint8_t *bytes, size_t n); /* a file_bound_function */

/* The array of images, or of labels, that is the whole file; it takes the file's bytes. */
ga_code idx_array(data_array *a, tensors_source *source, file_view *file, bool labels);

/* ---- CSV -------------------------------------------------------------------------------------------------------- */

enum {
    CSV_LINE_CAP = 1 << 24,   /* bytes of a line */
    CSV_COLUMN_CAP = 1 << 20, /* fields of a line */
    CSV_FIELD_CAP = 1200,     /* bytes of a field: more than any binary64 number has digits */
    CSV_LOOK = 1 << 24        /* bytes that source->look examines */
};

typedef struct {
    size_t rows, columns;
    char **name;   /* of the columns; NULL without a header */
    double *value; /* rows x columns, finite */
} csv;

size_t csv_bound(const uint8_t *bytes, size_t n); /* a file_bound_function */

/* RFC 4180 but for fields with line breaks, which are refused: lines that end in LF or CRLF, the last perhaps in neither, fields
   separated by commas, perhaps in double quotes, with blanks around numbers allowed. The first line is a header if one of its
   fields begins with a letter or an underscore and is no word for NaN or infinity. All else must be numbers: [+-] digits [. digits]
   [e [+-] digits], in any locale, each rounded once to binary64. GA_BAD_FILE, with line and column, for other text, NaN, infinity
   and what rounds to it, empty fields and lines, lines of another number of fields, NUL bytes; GA_NO_MEMORY over a limit. */
ga_code csv_parse(csv *c, tensors_source *source, const file_bytes *file);
void csv_free(csv *c);

/* The labels: the column that options->label_column names, else the one called label, class, target or y; of a file that has labels
   alone all columns, if none is called so. The images: all other columns. NULL: not wanted. Where the options allow images without
   labels *labels may be left empty; else GA_BAD_FILE if it is open which column holds them. */
ga_code data_from_csv(data_array *images, data_array *labels, tensors_source *source, const file_bytes *file,
                      const ga_data_options *options);

#endif
