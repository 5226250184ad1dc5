/* SPDX-License-Identifier: Apache-2.0 */
/* pass.h -- whole passes over the test images: what their two files share. */
#ifndef BENCH_PASS_H
#define BENCH_PASS_H

#include "core/gradient.h"

#include "bench.h"

enum { PASS_IMAGES = 10000 };

/* A run of ga_gradient over the first n images. */
typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    ga_estimator e;
    size_t n;
    int threads;
    size_t elements, decided, first_level; /* of the reference: elements it read, proved; images that 128 bits decided */
} pass_job;

double pass_gradient(void *job);

ga_estimator pass_estimator(const char *format, ga_formulas formulas);

/* The certified reference of one network against plain MPFR balls and the rivals; where is the network's name. */
void pass_exact(bench *b, const char *where, const ga_model *model, const ga_dataset *ds);

#endif
