/* SPDX-License-Identifier: Apache-2.0 */
/* plan.h -- what an audit computes: its functions (a loss, a gain, a logit scale), whose gradient is known exactly, and its
   estimators, each of one function. */
#ifndef AUDIT_PLAN_H
#define AUDIT_PLAN_H

#include <jansson.h>

#include "core/audit.h"

#include "audit/foreign.h"
#include "audit/part.h"
#include "audit/plan_auto.h"
#include "io/npy.h"
#include "run/pool.h"

enum { PLAN_NAME = GA_ESTIMATOR_NAME, MOST_PART_IMAGES = 64 };

typedef struct {
    char name[PLAN_NAME];
    ga_estimator e; /* the reference's */
} plan_function;

typedef struct {
    char name[PLAN_NAME];
    ga_estimator e;      /* of a foreign gradient: its format only */
    size_t function;     /* whose gradient it is meant to be */
    const npy *foreign;  /* or NULL */
    const foreign_scale *scale; /* of a foreign gradient */
    bool remedies;       /* its remedies are run */
} plan_estimator;

/* An automatic estimator that cannot be formed, or that is not of all that was computed. */
typedef struct {
    char words[PLAN_NAME], text[256];
    bool left_out;
} plan_remark;

/* function[0] is the cross-entropy of the network itself, or its binary ones (bce). naive, stable, exact: the subjects of the
   verdict and the pictures: the naive estimator in the model's own format, and the one with a reduced gain or logit scale there;
   n_estimators if there is none. */
typedef struct {
    const ga_audit_job *job;
    size_t n_functions, n_estimators, naive, stable;
    size_t block;       /* images whose products are computed together: blocks_size */
    size_t part_images; /* that are audited at once, and then in the journal: half a block, of any estimator, at most 64 */
    bool batches; /* a recipe of an estimator scales by batches */
    bool origins; /* look for where each fault began; true unless the caller says otherwise */
    plan_function function[GA_AUDIT_MOST_ESTIMATORS];
    plan_estimator estimator[GA_AUDIT_MOST_ESTIMATORS];
    npy *foreign[GA_AUDIT_MOST_ESTIMATORS]; /* those of files */
    foreign_scale *scale[GA_AUDIT_MOST_ESTIMATORS];
    size_t n_remarks;
    plan_remark remark[GA_AUDIT_MOST_ESTIMATORS];
    automatic_scales automatic;
    json_t *head;       /* plan_head, once it was asked for */
    double seconds;     /* that it took to make the plan */
    engine_pool *pool; /* of estimators and classifiers, which are small; NULL where there was no memory */
    void (*work)(void *data, double images); /* or NULL: so many images' worth of work are done; from any thread */
    void *work_data;
} plan;

/* Resolves the job's options, which may take passes over all images: once for a command. The caller frees it with plan_free, also
   after a failure. */
ga_code plan_make(plan *p, const ga_audit_job *job, ga_status *st);
void plan_free(plan *p);

/* What can be said of parts of a job before it is planned. Whether its numbers are what they may be: GA_USAGE. */
ga_code plan_options(const audit_options *o, ga_status *st);

/* An estimator's words, with "auto" of gain, logit scale and loss scale taken out. The scales of scale=FILE, which are
   read, are the caller's (frozen_drop). GA_USAGE if an audit has no such estimator, or what reading the file says. */
typedef struct {
    ga_estimator e;
    bool auto_gain, auto_logit_scale, auto_loss_scale;
} plan_worded;
ga_code plan_words(plan_worded *w, const char *words, const ga_model *model, ga_status *st);

/* GA_BAD_FILE unless the array has as many numbers as a foreign gradient needs, of its types; name: the file's or its own. */
ga_code plan_foreign(const npy *array, const char *name, const ga_model *model, const ga_dataset *ds, ga_status *st);

part_shape plan_part_shape(const plan *p);

/* All that the results depend on, images apart: the inputs' digests, the options, functions and estimators, the arithmetic. Two
   parts belong to the same audit exactly if their heads are equal. A reference of the caller's; NULL with st set on failure. */
json_t *plan_head(plan *p, ga_status *st);

/* The part of it that is about the inputs, "model" and "data"; only the job's model and dataset are looked at, and there may be no
   dataset. False with st set on failure. */
bool plan_head_inputs(json_t *head, const ga_audit_job *job, ga_status *st);

/* The stem of file names: the name, characters but letters, digits and "._-" as "-". */
void plan_file_name(char *text, size_t size, const char *name);

#endif
