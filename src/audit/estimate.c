/* SPDX-License-Identifier: Apache-2.0 */
/* estimate.c -- see estimate.h */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/estimate.h"
#include "audit/part_audit.h"
#include "num/memory.h"

/* Bytes in memory; 0 if the system does not say. */
static double
resident(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f != NULL && fscanf(f, "%*d %ld", &pages) != 1)
        pages = 0;
    if (f != NULL)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* A part of n images in one thread: seconds in passes that threads share, and in the rest, fixed + n each. */
typedef struct {
    double shared, fixed, each;
} cost;

/* n images from the first on, of one part and of the job. */
static ga_range
images_from(const plan *p, size_t first, size_t n)
{
    ga_range r = { first, first + n - 1 };
    const size_t part_end = (first / p->part_images + 1) * p->part_images - 1, last = p->job->range.last;
    r.last = r.last < part_end ? r.last : part_end;
    r.last = r.last < last ? r.last : last;
    return r;
}

static double
n_images(ga_range r)
{
    return (double)(r.last - r.first + 1);
}

/* Runs of some images and of fewer separate what a part costs however few it has (blas always computes whole blocks) from the cost
   of each image; others are from the middle, as images that went wrong take longer. */
static ga_code
probe(cost *c, size_t *most, const plan *p, ga_status *st)
{
    const ga_audit_job *job = p->job;
    const size_t middle = job->range.first + (job->range.last - job->range.first) / 2;
    const ga_range range[] = { images_from(p, job->range.first, 3), images_from(p, job->range.first, 10),
                               images_from(p, middle, 10) };
    double alone[3], together[3];
    ga_code code = GA_OK;
    for (size_t i = 0; i < 3 && code == GA_OK; i++)
        code = part_probe(alone + i, together + i, p, range[i], st);
    if (code != GA_OK)
        return code;
    const double few = n_images(range[0]), more = n_images(range[1]) + n_images(range[2]);
    c->shared = (together[1] + together[2]) / more;
    c->each = more > 2 * few ? fmax(0, alone[1] + alone[2] - 2 * alone[0]) / (more - 2 * few) : 0;
    c->fixed = fmax(0, alone[0] - few * c->each);
    *most = (size_t)fmax(n_images(range[1]), n_images(range[2]));
    return GA_OK;
}

/* The bytes of an image's row in the arrays of --elements: mantissa and exponent; gradient, cell and origin. */
static double
elements_bytes(const plan *p)
{
    double bytes = 16 * (double)p->n_functions;
    for (size_t e = 0; e < p->n_estimators; e++)
        bytes += 2 + (double)npy_dtype_size(npy_dtype_of(p->estimator[e].e.format));
    return bytes * (double)ga_model_inputs(p->job->model);
}

static void
estimate_all(ga_audit_estimate *e, const plan *p, const cost *c, double before, double engines)
{
    const ga_range all = p->job->range;
    const size_t images = all.last - all.first + 1, parts = all.last / p->part_images - all.first / p->part_images + 1;
    const size_t cores = (size_t)(p->job->options.threads > 0 ? p->job->options.threads : sysconf(_SC_NPROCESSORS_ONLN));
    const size_t at_once = parts < cores ? parts : cores, sharing = cores / at_once; /* as in audit/run.c */
    const double n = (double)images / (double)parts, passes = (double)((parts + at_once - 1) / at_once);
    const double shares = fmin((double)sharing, ceil(n / 16));
    e->seconds += passes * (c->fixed + n * (c->each + c->shared / shares));
    e->bytes = before + (double)at_once * (part_audit_bytes(p, (size_t)ceil(n)) + shares * engines) +
               2 * (double)parts * part_result_bytes(p, (size_t)ceil(n));
    e->bytes *= 1.25; /* what the heap leaves between them, and parts as text; 1.2 was seen */
    e->disk_bytes = p->job->options.elements ? (double)images * elements_bytes(p) : 0;
    e->functions = p->n_functions;
    e->estimators = p->n_estimators;
    for (size_t i = 0; i < p->n_remarks; i++) {
        ga_audit_remark *const to = e->remark + e->n_remarks++;
        snprintf(to->estimator, sizeof to->estimator, "%s", p->remark[i].words);
        snprintf(to->text, sizeof to->text, "%s", p->remark[i].text);
    }
}

ga_code
plan_estimate(ga_audit_estimate *estimate, const plan *p, ga_status *st)
{
    cost c;
    size_t most;
    const double before = resident();
    *estimate = (ga_audit_estimate){ .seconds = p->seconds };
    const ga_code code = probe(&c, &most, p, st);
    if (code == GA_OK) {
        const double engines = memory_peak() - before - part_audit_bytes(p, most);
        estimate_all(estimate, p, &c, before, engines > 0 ? engines : 0);
    }
    return code;
}
