/* SPDX-License-Identifier: Apache-2.0 */
/** @file dataset.h
    Images (or other inputs) and their labels: exact from the moment they are read. */
#ifndef GRADAUDIT_DATASET_H
#define GRADAUDIT_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include <gradaudit/model.h>
#include <gradaudit/run.h>
#include <gradaudit/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Images and labels. The caller frees them with ga_dataset_free. */
typedef struct ga_dataset ga_dataset;

/** What the user says of data. Like all options it begins with its size: see ga_run. NULL and 0 stand for what gradaudit(1)
    says. */
typedef struct {
    size_t size;              /**< sizeof(ga_dataset_options) */
    const char *data_key;     /**< the array of images in a .npz file */
    const char *labels_key;   /**< the array of labels in a .npz file */
    const char *label_column; /**< of a CSV file: a name in its header, or a number, counted from 1 */
    const char *scale;        /**< an input is (value scale - mean) / std, an exact rational, rounded once: a decimal or a ratio; */
    const char *mean;         /**< one number, or one for each channel, with commas */
    const char *std;          /**< likewise. scale is 1/255 for bytes, else 1; mean 0; std 1 */
    const char *clip;         /**< "LOW,HIGH": attacks keep values in that range, before scaling */
    size_t max_file;          /**< bytes of a file; 0: 4 GiB */
    size_t max_memory;        /**< bytes of what is made of it; 0: 4 GiB */
} ga_dataset_options;

/** The defaults: `ga_dataset_options o = GA_DATASET_OPTIONS;` */
#define GA_DATASET_OPTIONS { sizeof(ga_dataset_options), NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0 }

/** Reads images from an IDX, .npy, .npz or CSV file, plain or gzip, and labels from another (NULL: from the same, if it has
    some). options may be NULL. On failure *ds is NULL, and st names the file and the fault. */
ga_code ga_dataset_open(ga_dataset **ds, const char *images, const char *labels, const ga_dataset_options *options, ga_status *st);

/** The same from arrays: images of 2 to 4 dimensions, the first of which counts them; labels as integers, or as rows with a
    single 1 among zeros (NULL: none). The data set is that of the files that numpy.save writes of the two arrays, and has their
    digests. Both are copied. On failure *ds is NULL, and st names the array ("images", "labels") and the fault. */
ga_code ga_dataset_from_arrays(ga_dataset **ds, const ga_array *images, const ga_array *labels, const ga_dataset_options *options,
                               ga_status *st);

/** Gives a data set rows of targets, of ga_model_classes numbers for each image, that losses take instead of labels: the
    cross-entropy and "bce" numbers from 0 to 1, "squared-error" any. With upstream not 0 they are, instead of a loss, its gradient
    with respect to the logits, and may be one row for all images; estimators have no loss of their own then. Images without
    labels need none. The numbers are copied, exactly. Attacks and audits take labels alone. On failure ds is as it was, and st
    says what is wrong. */
ga_code ga_dataset_set_targets(ga_dataset *ds, const ga_array *rows, int upstream, ga_status *st);

/** Frees a data set. NULL is allowed. */
void ga_dataset_free(ga_dataset *ds);

size_t ga_dataset_images(const ga_dataset *ds); /**< how many images there are */
size_t ga_dataset_inputs(const ga_dataset *ds); /**< numbers in one image */
int ga_dataset_has_labels(const ga_dataset *ds);   /**< 1 if it has labels, else 0 */

/** GA_OK if the images and labels fit the model: as many numbers as it has inputs, labels that are its classes, inputs that are
    finite in its format. Else GA_BAD_FILE, and st says what is wrong. */
ga_code ga_dataset_fits(const ga_dataset *ds, const ga_model *model, ga_status *st);

/** What may not be as the user thinks, such as inputs on another scale than the network was made for: sentences, a line each,
    found by trying the network. *text is the caller's, to be freed with ga_text_free; "" if there is no doubt. run may be NULL. */
ga_code ga_dataset_doubts(char **text, const ga_dataset *ds, const ga_model *model, const ga_run *run, ga_status *st);

#ifdef __cplusplus
}
#endif

#endif
