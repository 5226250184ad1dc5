/* SPDX-License-Identifier: Apache-2.0 */
/* dataset_load.c -- images and labels from files of any known format, detected by their first bytes; see core/dataset.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/data.h"

enum { LONGEST_MARK = 8 /* of those that tell a format */ };

static const char *const image_names[] = { "x_test", "X_test", "test_images", "images", "x", "X", "data", NULL };
static const char *const upstream_names[] = { "upstream", "gradient", "grad", "grad_output", NULL };
static const char *const label_names[] = { "y_test", "Y_test", "test_labels", "labels", "y", "Y", "targets", NULL };

/* What is read from one file. */
typedef struct {
    const ga_data_options *options;
    data_array images, labels;
    bool idx; /* that alone is taken */
    bool upstream; /* instead of labels */
    bool npz_images, npz_labels, csv_images, csv_labels; /* that the naming options refer to */
} reading;

/* ---- labels ----------------------------------------------------------------------------------------------------- */

static double
element(const data_array *a, size_t i)
{
    return a->pixel != NULL ? a->pixel[i] : a->value[i];
}

static size_t
row_width(const data_array *a)
{
    size_t n = 1;
    for (size_t d = 1; d < a->n_dims; d++)
        n *= a->dim[d];
    return n;
}

/* A whole number from 0 to GA_MAX_CLASSES - 1, or the index of the 1 in a row of zeros. */
static ga_code
label_of(uint32_t *label, const data_array *a, size_t row, tensors_source *source)
{
    const size_t width = row_width(a);
    size_t ones = 0;
    if (width == 1) {
        const double v = element(a, row);
        if (v < 0 || v >= GA_MAX_CLASSES || v != floor(v))
            return SOURCE_FAULT(source, "label %.17g of image %zu is no integer from 0 to %d", v, row, GA_MAX_CLASSES - 1);
        *label = (uint32_t)v;
        return GA_OK;
    }
    for (size_t k = 0; k < width; k++) {
        const double v = element(a, row * width + k);
        if (v != 0 && v != 1)
            return SOURCE_FAULT(source, "the label of image %zu, a row of %zu, has %.17g, which is neither 0 nor 1", row, width, v);
        if (v == 1)
            *label = (uint32_t)k;
        ones += v == 1;
    }
    return ones == 1 ? GA_OK : SOURCE_FAULT(source, "the label of image %zu, a row of %zu, has %zu ones, not 1", row, width, ones);
}

static ga_code
labels_of(uint32_t **label, const data_array *a, size_t n, tensors_source *source)
{
    const size_t width = row_width(a);
    if (a->dim[0] != n)
        return SOURCE_FAULT(source, "%zu labels for %zu images", a->dim[0], n);
    if (width > GA_MAX_CLASSES)
        return SOURCE_FAULT(source, "labels of %zu classes are over the limit of %d", width, GA_MAX_CLASSES);
    if ((*label = malloc(n * sizeof(uint32_t))) == NULL)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory for %zu labels", n);
    ga_code code = GA_OK;
    for (size_t i = 0; i < n && code == GA_OK; i++)
        code = label_of(*label + i, a, i, source);
    return code;
}

/* ---- one file --------------------------------------------------------------------------------------------------- */

static ga_code
read_npy(data_array *a, const file_bytes *file, tensors_source *source)
{
    npy array;
    const ga_code code = npy_look(&array, file, file->size, source->path, source->st);
    return code == GA_OK ? data_from_npy(a, source, "", &array) : code;
}

static ga_code
read_npz(reading *r, const file_bytes *file, bool images, bool labels, tensors_source *source)
{
    const ga_data_options *o = r->options;
    size_t images_at = 0, labels_at = 0;
    npz *archive;
    ga_code code = npz_open(&archive, source, file);
    r->npz_images = r->npz_images || images;
    r->npz_labels = r->npz_labels || labels;
    if (code == GA_OK && images && labels && o->labels_optional && o->labels_key == NULL && !data_npz_has(archive, label_names))
        labels = false;
    if (code == GA_OK && images)
        code = data_npz_choose(&images_at, archive, source, o->data_key, image_names, "images", "--data-key");
    if (code == GA_OK && labels)
        code = data_npz_choose(&labels_at, archive, source, r->upstream ? NULL : o->labels_key,
                               r->upstream ? upstream_names : label_names, r->upstream ? "an upstream gradient" : "labels",
                               r->upstream ? "one of these names" : "--labels-key");
    if (code == GA_OK && images)
        code = data_from_npz(&r->images, source, archive, images_at);
    if (code == GA_OK && labels)
        code = data_from_npz(&r->labels, source, archive, labels_at);
    npz_close(archive);
    return code;
}

static ga_code
read_csv(reading *r, const file_bytes *file, bool images, bool labels, tensors_source *source)
{
    r->csv_labels = r->csv_labels || labels;
    r->csv_images = r->csv_images || images;
    return data_from_csv(images ? &r->images : NULL, labels ? &r->labels : NULL, source, file, r->options);
}

static size_t
bound(const uint8_t *bytes, size_t n)
{
    const file_bytes first = { (uint8_t *)(uintptr_t)bytes, n };
    if (n < LONGEST_MARK || file_is_zip(&first))
        return SIZE_MAX;
    return file_is_hdf5(&first) || file_is_pickle(&first) ? 0 : FILE_STARTS(&first, "\x93NUMPY") ? npy_bound(bytes, n) :
           idx_is(&first) ? idx_bound(bytes, n) : csv_bound(bytes, n);
}

/* The images of the file, its labels, or both if it has both. */
static ga_code
read_bytes(reading *r, file_view *view, bool images, bool labels, tensors_source *source)
{
    const file_bytes *const file = &view->bytes;
    if (r->idx || idx_is(file))
        return idx_array(images ? &r->images : &r->labels, source, view, !images);
    const ga_code code = other_data_refuse(source, file);
    if (code != GA_OK)
        return code;
    if (file_is_zip(file))
        return read_npz(r, file, images, labels, source);
    if (FILE_STARTS(file, "\x93NUMPY"))
        return read_npy(images ? &r->images : &r->labels, file, source);
    if (file_is_hdf5(file))
        return SOURCE_FAULT(source, "is an HDF5 file. In Python: numpy.savez('data.npz', x_test=file['x'][:], "
                                    "y_test=file['y'][:])");
    if (file_is_pickle(file))
        return SOURCE_FAULT(source, "is a Python pickle, which runs code when it is read; save with numpy.savez");
    return read_csv(r, file, images, labels, source);
}

/* Refuses what is no data, if that can be told without its numbers. */
static ga_code
look(const reading *r, file_view *file, bool images, bool labels, tensors_source *source)
{
    reading none = { .options = r->options, .idx = r->idx };
    source->look = true;
    const ga_code code = read_bytes(&none, file, images, labels, source);
    source->look = false;
    data_array_free(&none.images);
    data_array_free(&none.labels);
    return code;
}

/* The images or the labels. */
static ga_code
read_array(data_array *a, char sha256[GA_SHA256], const ga_array *numbers, tensors_source *source)
{
    npy array;
    const ga_code code = npy_lend(&array, sha256, numbers, source->path, source->st);
    return code == GA_OK ? data_from_npy(a, source, "", &array) : code;
}

/* sha256: of the file. */
static ga_code
read_file(reading *r, char sha256[GA_SHA256], const data_file *from, bool images, bool labels, const ga_load *limits, ga_status *st)
{
    tensors_source source = { .path = from->path, .options = limits, .st = st };
    if (from->array != NULL)
        return read_array(images ? &r->images : &r->labels, sha256, from->array, &source);
    file_view file;
    ga_code code = source_map(&file, &source, FILE_MAYBE_GZIP, r->idx ? idx_bound : bound);
    if (code == GA_OK && file.mapped && (code = look(r, &file, images, labels, &source)) == GA_OK)
        code = source_own(&file, &source);
    memcpy(sha256, file.sha256, sizeof file.sha256);
    if (code == GA_OK)
        code = read_bytes(r, &file, images, labels, &source);
    file_unmap(&file);
    return code;
}

/* ---- both ------------------------------------------------------------------------------------------------------- */

/* An image's own two dimensions, without those of 1 if there are three; a square; or a row. Its dimensions in the file are kept if
   rows and columns do not say them: those of a colour image, and that a square was a row. */
static void
set_shape(ga_dataset *ds, const data_array *a)
{
    const size_t width = row_width(a), root = (size_t)(sqrt((double)width) + 0.5);
    ds->rows = a->n_dims == 3 ? a->dim[1] : 1;
    ds->cols = width / ds->rows;
    if (a->n_dims == 4 && (a->dim[1] == 1 || a->dim[3] == 1)) {
        ds->rows = a->dim[1] == 1 ? a->dim[2] : a->dim[1];
        ds->cols = a->dim[1] == 1 ? a->dim[3] : a->dim[2];
    } else if (a->n_dims == 2 && root * root == width)
        ds->rows = ds->cols = root;
    for (size_t d = 1; d < a->n_dims; d++)
        if (a->dim[d] > 1)
            ds->dim[ds->n_dims++] = a->dim[d];
    if ((ds->n_dims == 2 && ds->dim[0] == ds->rows) || (ds->n_dims == 1 && ds->rows == 1))
        ds->n_dims = 0;
}

static void
take_images(ga_dataset *ds, data_array *a)
{
    set_shape(ds, a);
    ds->n = a->dim[0];
    ds->pixel = a->pixel;
    ds->value = a->value;
    a->pixel = NULL;
    a->value = NULL;
    if (ds->value == NULL)
        return;
    ds->least = ds->largest = ds->value[0];
    for (size_t i = 0; i < ds->n * ds->rows * ds->cols; i++) {
        ds->least = ds->value[i] < ds->least ? ds->value[i] : ds->least;
        ds->largest = ds->value[i] > ds->largest ? ds->value[i] : ds->largest;
    }
}

static ga_code
read_both(ga_dataset *ds, reading *r, const data_file *images, const data_file *labels, const ga_load *limits, ga_status *st)
{
    tensors_source source = { .path = labels != NULL ? labels->path : images->path, .options = limits, .st = st };
    ga_code code = read_file(r, ds->images_sha256, images, true, labels == NULL, limits, st);
    if (code == GA_OK && r->images.n_dims < 2)
        code = file_fail(st, GA_BAD_FILE, images->path, "1 dimension: images have at least 2, and the first counts them");
    if (code != GA_OK)
        return code;
    take_images(ds, &r->images);
    if (labels != NULL && (code = read_file(r, ds->labels_sha256, labels, false, true, limits, st)) != GA_OK)
        return code;
    if (r->labels.n_dims == 0 && r->options->labels_optional)
        return GA_OK;
    if (r->labels.n_dims == 0)
        return file_fail(st, GA_USAGE, images->path, "has no labels: --labels says where they are");
    ds->classes = row_width(&r->labels) > 1 ? row_width(&r->labels) : 0;
    return labels_of(&ds->label, &r->labels, ds->n, &source);
}

/* An option that no look-up used is a mistake. */
static ga_code
check_used(const reading *r, ga_status *st)
{
    const ga_data_options *o = r->options;
    const char *const unused = o->data_key != NULL && !r->npz_images ? "--data-key is for images in a .npz file" :
                               o->labels_key != NULL && !r->npz_labels ? "--labels-key is for labels in a .npz file" :
                               o->label_column != NULL && !r->csv_labels ? "--label-column is for labels in a CSV file" : NULL;
    return unused == NULL ? GA_OK : ga_fail(st, GA_USAGE, "%s", unused);
}

ga_code
data_load(ga_dataset **ds, const data_file *images, const data_file *labels, const ga_data_options *options, ga_status *st)
{
    const ga_data_options none = { 0 }, *const o = options != NULL ? options : &none;
    const ga_load limits = { .max_file = ga_load_limit(o->max_file), .max_memory = ga_load_limit(o->max_memory) };
    reading r = { .options = o };
    ga_dataset *d = *ds = calloc(1, sizeof *d);
    ga_code code = d != NULL ? read_both(d, &r, images, labels, &limits, st)
                             : file_fail(st, GA_NO_MEMORY, images->path, "out of memory");
    data_array_free(&r.images);
    data_array_free(&r.labels);
    if (code == GA_OK)
        code = check_used(&r, st);
    if (code == GA_OK && (code = ga_dataset_scale(d, o->scale, o->mean, o->std, st)) == GA_OK &&
        (code = ga_dataset_clip(d, o->clip, st)) == GA_OK)
        d->chosen = r.npz_images || r.npz_labels || r.csv_images || r.csv_labels;
    if (code != GA_OK) {
        ga_dataset_free(d);
        *ds = NULL;
    }
    return code;
}

static ga_code
take_targets(ga_dataset *ds, const data_array *a, bool upstream, const char *path, ga_status *st)
{
    const char *const what = upstream ? "upstream gradients" : "targets";
    const size_t rows = a->dim[0], width = row_width(a);
    if (a->n_dims > 2)
        return file_fail(st, GA_BAD_FILE, path, "%zu dimensions: %s are rows, [images, outputs]", a->n_dims, what);
    const bool one = upstream && (rows == 1 || (a->n_dims == 1 && rows != ds->n)); /* of all images */
    if (!one && rows != ds->n)
        return file_fail(st, GA_BAD_FILE, path, "%zu rows of %s for %zu images", rows, what, ds->n);
    const size_t n = rows * width;
    double *const target = malloc(n * sizeof *target);
    uint32_t *const label = ds->label == NULL ? calloc(ds->n, sizeof *label) : NULL;
    if (target == NULL || (ds->label == NULL && label == NULL)) {
        free(target);
        free(label);
        return file_fail(st, GA_NO_MEMORY, path, "out of memory for %zu %s", n, what);
    }
    for (size_t i = 0; i < n; i++)
        target[i] = element(a, i);
    free(ds->target);
    ds->target = target;
    if (label != NULL) {
        ds->label = label;
        ds->made_labels = true;
    }
    ds->one_target = one;
    ds->n_targets = one ? n : width;
    ds->upstream = upstream;
    return GA_OK;
}

ga_code
data_load_targets(ga_dataset *ds, const data_file *from, bool upstream, const ga_data_options *options, ga_status *st)
{
    const ga_data_options none = { 0 }, *const o = options != NULL ? options : &none;
    const ga_load limits = { .max_file = ga_load_limit(o->max_file), .max_memory = ga_load_limit(o->max_memory) };
    reading r = { .options = &none, .upstream = upstream };
    ga_code code = read_file(&r, ds->targets_sha256, from, false, true, &limits, st);
    if (code == GA_OK)
        code = take_targets(ds, &r.labels, upstream, from->path, st);
    data_array_free(&r.images);
    data_array_free(&r.labels);
    return code;
}

ga_code
ga_dataset_load(ga_dataset **ds, const char *images, const char *labels, const ga_data_options *options, ga_status *st)
{
    return data_load(ds, &(data_file){ .path = images }, labels != NULL ? &(data_file){ .path = labels } : NULL, options, st);
}

ga_code
ga_dataset_read(ga_dataset **ds, const char *images, const char *labels, ga_status *st)
{
    const ga_load limits = { .max_file = ga_load_limit(0), .max_memory = ga_load_limit(0) };
    reading r = { .idx = true };
    ga_dataset *d = *ds = calloc(1, sizeof *d);
    ga_code code = d == NULL ? file_fail(st, GA_NO_MEMORY, images, "out of memory") :
                               read_file(&r, d->images_sha256, &(data_file){ .path = images }, true, false, &limits, st);
    if (code == GA_OK)
        take_images(d, &r.images);
    if (code == GA_OK && labels != NULL)
        code = read_file(&r, d->labels_sha256, &(data_file){ .path = labels }, false, true, &limits, st);
    if (code == GA_OK && labels != NULL && r.labels.dim[0] != d->n)
        code = file_fail(st, GA_BAD_FILE, labels, "%zu labels for %zu images", r.labels.dim[0], d->n);
    if (code == GA_OK && labels != NULL && (d->label = malloc((d->n + 1) * sizeof *d->label)) == NULL)
        code = file_fail(st, GA_NO_MEMORY, labels, "out of memory for %zu labels", d->n);
    for (size_t i = 0; code == GA_OK && d->label != NULL && i < d->n; i++)
        d->label[i] = r.labels.pixel[i];
    data_array_free(&r.images);
    data_array_free(&r.labels);
    if (code != GA_OK) {
        ga_dataset_free(d);
        *ds = NULL;
    }
    return code;
}
