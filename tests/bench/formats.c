/* SPDX-License-Identifier: Apache-2.0 */
/* formats.c -- gradients of a 784-256-256-10 ReLU network in narrow formats, whose every operation is rounded, and in precision
   recipes, beside float and MPFR's loop. */
#include <math.h>
#include <stdlib.h>

#include "gemm/blas.h"
#include "num/random.h"
#include "pass.h"
#include "../shipped.h"

/* Random weights of a spread that keeps activations about as large in every layer. */
static ga_model *
network(void)
{
    static const size_t size[] = { 784, 256, 256, 10 };
    static const ga_activation activation[] = { GA_RELU, GA_RELU };
    ga_model *const m = ga_model_new(GA_F32, 3, size, activation, NULL);
    random_stream draws = random_start(1, 0);
    if (m == NULL)
        bench_fail("out of memory");
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; i < m->layer[l].n_out * m->layer[l].n_in; i++)
            ga_model_set(m, m->layer[l].weight, i, (2 * random_uniform(&draws) - 1) * sqrt(6 / (double)m->layer[l].n_in));
    return m;
}

void
suite_formats(bench *b)
{
    static const struct {
        const char *format;
        size_t images; /* that it is measured on */
    } way[] = { { "float", PASS_IMAGES }, { "amp-float16", PASS_IMAGES }, { "amp-bfloat16", PASS_IMAGES },
                { "amp-tf32", PASS_IMAGES }, { "fp8-hybrid", PASS_IMAGES }, { "mxfp8", PASS_IMAGES }, { "float16", 2560 },
                { "bfloat16", 2560 }, { "e4m3", 2560 }, { "tf32", 2560 }, { "float16,rounding=nearest-away", 2560 },
                { "bfloat16,rounding=nearest-away", 2560 }, { "tf32,rounding=nearest-away", 2560 },
                { "amp-float16,rounding=nearest-away", PASS_IMAGES }, { "p=18,emin=-126,emax=127", 2560 },
                { "float16,rounding=toward-zero", 8 }, { "x87", 8 }, { "mpfr:11", 8 } };
    enum { WAYS = sizeof way / sizeof *way };
    ga_model *const m = network();
    ga_dataset *const ds = shipped_images(PASS_IMAGES);
    pass_job job[WAYS];
    bench_runner r[WAYS];
    blas_borrow(1, NULL);
    for (size_t i = 0; i < WAYS; i++) {
        const size_t n = b->quick && way[i].images > 512 ? 512 : b->quick ? 1 : way[i].images;
        job[i] = (pass_job){ .model = m, .ds = ds, .e = pass_estimator(way[i].format, GA_NAIVE), .n = n, .threads = 1 };
        if (i + 1 == WAYS)
            job[i].e.product = GA_LOOP;
        r[i] = (bench_runner){ way[i].format, pass_gradient, job + i, (double)n / PASS_IMAGES };
    }
    bench_contest(b, "formats", "784-256-256-10", PASS_IMAGES, r, WAYS);
    ga_dataset_free(ds);
    ga_model_free(m);
}
