/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h -- many estimators of the gradient on the same images, each element against the truth, each attack against controls.

   An audit is a fold: what it finds on a set of images is a sum over the images, and finished sums of disjoint sets merge into that
   of their union, byte for byte. */
#ifndef CORE_AUDIT_H
#define CORE_AUDIT_H

#include "core/attack.h"
#include "core/team.h"

enum { GA_AUDIT_SCHEMA = 2, GA_AUDIT_MOST_SEEDS = 64, GA_AUDIT_MOST_ESTIMATORS = 64 };

struct npy; /* io/npy.h */

/* A foreign gradient: a NumPy array of images x elements, float32 or float64, in a file or, with path NULL, in memory; row i is
   that of image i. Multiplied by scale, a positive decimal or ratio ("1000", "1/3"; NULL: 1), it is the gradient of one image's
   loss; scale is N if it was that of a mean over N images. Each product is rounded once, to the array's type. The gradient is
   classified against the exact gradient of the cross-entropy at gain 1. */
typedef struct {
    const char *name, *path, *scale;
    const struct npy *array;
} ga_foreign;

typedef struct {
    const char *const *estimators; /* words as in ga_attack_parse, and gain=auto, logit-scale=auto; NULL: the usual set */
    size_t n_estimators;
    const ga_foreign *foreign;
    size_t n_foreign;
    double eps;              /* the attack's step */
    double tolerance;        /* relative error beyond which an element is inaccurate */
    double verdict_margin;   /* percentage points: smaller differences of success do not count */
    size_t seeds;            /* of random signs, numbers 1 to seeds */
    long max_bits, reference_bits; /* of the reference */
    bool remedies;           /* run the remedies of the naive estimators of the cross-entropy at gain 1 */
    bool elements;           /* write every element's gradients, truths, cells and origins as NumPy arrays */
    int threads;             /* 0: all cores */
    ga_backend backend;      /* of the reference's products; the results do not depend on it */
    int batch;               /* of recipes that scale by batches and whose words say none; 0: the recipes' own */
} audit_options;
extern const audit_options ga_audit_defaults;

/* Called when a part of the images is finished. */
typedef void (*ga_audit_progress)(void *data, size_t images_done, size_t images);

/* Called now and then within parts, from one thread at a time. images_done counts the images of an unfinished part by the share of
   its work done. */
typedef void (*ga_audit_work)(void *data, double images_done, size_t images, size_t parts_done, size_t parts);

typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    ga_range range;
    audit_options options;
    ga_audit_progress progress;
    ga_audit_work work;
    void *progress_data;
    ga_team *team; /* of processes that all call ga_audit_into with this job, and share its work; NULL: this one is alone. Process 0
                      alone has the directory. Who computes what changes no result. */
} ga_audit_job;

/* Audits the job's images into directory: report.json, images.tsv, and with options.elements elements/NAME.npy. directory is made
   if it is missing; else it must be empty or, to resume, hold the same audit, finished or not. Meanwhile every finished part, of
   at most 64 images, is on disk in directory/journal, with its digest. resume: continues from there, or starts if directory is
   missing or empty; GA_USAGE if inputs, options, build or OpenBLAS's core type differ. Stopped by a signal, it returns
   GA_INTERRUPTED or GA_TERMINATED and leaves the journal to resume from. */
ga_code ga_audit_into(const char *directory, const ga_audit_job *job, bool resume, ga_status *st);

/* Merges finished audits of parts of the same images into directory: the same bytes as one audit of all. A part is the directory of
   an audit, or its report.json. GA_USAGE if parts overlap, leave a gap between them, or differ in anything but the images;
   GA_BAD_FILE if one is not an audit. */
ga_code ga_audit_merge(const char *directory, const char *const *parts, size_t n, ga_status *st);

/* A remark on an estimator of the usual set: that it cannot be formed and is left out, or what it rests on. */
typedef struct {
    char estimator[160], text[256];
} ga_audit_remark;

/* The cost of an audit, measured on the first images of its range. */
typedef struct {
    double seconds; /* of wall time with the job's threads */
    double bytes;   /* of memory */
    double disk_bytes; /* of the arrays of elements */
    size_t functions, estimators;
    size_t n_remarks;
    ga_audit_remark remark[GA_AUDIT_MOST_ESTIMATORS];
} ga_audit_estimate;

#endif
