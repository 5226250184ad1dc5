/* SPDX-License-Identifier: Apache-2.0 */
/** @file audit.h
    An audit: many estimators of the gradient on the same images, each element against the truth, each attack against controls. */
#ifndef GRADAUDIT_AUDIT_H
#define GRADAUDIT_AUDIT_H

#include <stddef.h>

#include <gradaudit/dataset.h>
#include <gradaudit/model.h>
#include <gradaudit/report.h>
#include <gradaudit/run.h>
#include <gradaudit/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An audit that is to be run. The caller frees it with ga_audit_free. */
typedef struct ga_audit ga_audit;

/** What the user says of an audit. Like all options it begins with its size: see ga_run. NULL and 0 stand for the defaults of the
    program. */
typedef struct {
    size_t size;             /**< sizeof(ga_audit_options) */
    const char *images;      /**< "A-B": only these, counted from 0, both included; NULL: all */
    const char *eps;         /**< the attack's step, a decimal or a fraction, rounded once to the model's format; NULL: "0.25" */
    double tolerance;        /**< relative error beyond which an element is inaccurate; 0: 0.01 */
    double verdict_margin;   /**< percentage points: smaller differences of success do not count; 0: 5 */
    size_t seeds;            /**< of random signs; 0: 20 */
    long max_bits;           /**< the limit of the reference's precision; 0: the program's */
    long reference_bits;     /**< the reference's radius is at most 2^-reference_bits; 0: 80 */
    const char *backend;     /**< of the reference's products, "auto" if NULL; no result depends on it */
    int no_remedies;         /**< do not run the remedies */
    int elements;            /**< write every element's gradients, truths, cells and origins as NumPy arrays */
    int batch;               /**< images of a batch, a power of two up to 256, of each precision recipe that scales by batches and
                                  has no "batch=" of its own; 0: 256 */
} ga_audit_options;

/** The defaults: `ga_audit_options o = GA_AUDIT_OPTIONS;` */
#define GA_AUDIT_OPTIONS { sizeof(ga_audit_options), NULL, NULL, 0, 0, 0, 0, 0, NULL, 0, 0, 0 }

/** An audit of the model on the data set, which must live as long and must not be changed. options may be NULL. GA_USAGE,
    GA_BAD_FILE if they do not fit each other. On failure *audit is NULL. */
ga_code ga_audit_new(ga_audit **audit, const ga_model *model, const ga_dataset *ds, const ga_audit_options *options, ga_status *st);

/** Frees an audit. NULL is allowed. */
void ga_audit_free(ga_audit *audit);

/** Adds an estimator in the program's words (see ga_estimator_new; also "gain=auto", "logit-scale=auto"). If none is added, the
    audit has the usual set. */
ga_code ga_audit_add(ga_audit *audit, const char *words, ga_status *st);

/** Adds a gradient that another program computed, an array of images x elements, "<f4" or "<f8"; row i is that of image i.
    Multiplied by scale, a positive decimal or ratio (NULL: 1), it is the gradient of one image's cross-entropy: scale is N if it
    was that of a mean over N images. The array is copied. name is what the report calls it: the report depends on the numbers and
    on the name. */
ga_code ga_audit_add_foreign(ga_audit *audit, const char *name, const ga_array *gradient, const char *scale, ga_status *st);

/** Runs the audit. directory, made if it is missing and else empty, gets report.json, images.tsv, report.html, figures/ and with
    options.elements elements/: the bytes that the program writes for the same inputs. Meanwhile every finished part is in
    directory/journal: resume not 0 goes on from there, or starts if there is nothing; GA_USAGE if it is another audit. directory
    NULL: nothing is kept but the report. *report (or report NULL) is the caller's; NULL on failure. run may be NULL. */
ga_code ga_audit_run(ga_report **report, ga_audit *audit, const char *directory, int resume, const ga_run *run, ga_status *st);

/** Merges finished audits of parts of the same images, each a directory or its report.json, into directory: the same bytes as one
    audit of all. GA_USAGE if parts overlap, leave a gap or differ in anything but the images. *report as above. */
ga_code ga_audit_join(ga_report **report, const char *directory, const char *const *parts, size_t n, ga_status *st);

/** One element's story, as gradaudit explain tells it: what was computed by the estimator of these words and what is true, where
    it went wrong, what would have saved it. Images and elements are counted from 0. tolerance: relative error beyond which a
    value is inaccurate; 0: 0.01. *text is the caller's, to be freed with ga_text_free. GA_UNDECIDED: the text is there, but the
    element remains undecided. GA_USAGE for words that no audit takes, such as "exact" and "mpfr:256", and if there is no such image
    or element; GA_BAD_FILE if the data set does not fit the model or has no labels. run may be NULL; of it only stop is used. */
ga_code ga_explain(char **text, const ga_model *model, const ga_dataset *ds, size_t image, size_t element, const char *words,
                   double tolerance, const ga_run *run, ga_status *st);

#ifdef __cplusplus
}
#endif

#endif
