/* SPDX-License-Identifier: Apache-2.0 */
/* growth_child.c -- FORMAT IMAGES WIDTH DEPTH BITS THREADS: one pass, alone in its process; prints its seconds and the process's
   peak memory in MiB. FORMAT ball: balls of BITS, one pass without the reference's question whether that was enough. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "num/random.h"
#include "pass.h"
#include "pass/engine.h"
#include "../shipped.h"

/* 784 - width ... width - 10, depth hidden layers; weights uniform times 3 / sqrt(inputs). */
static ga_model *
random_network(size_t width, size_t depth)
{
    size_t sizes[GA_MAX_LAYERS + 1];
    ga_activation activation[GA_MAX_LAYERS];
    random_stream r = random_start(width, depth);
    sizes[0] = 784;
    for (size_t l = 1; l <= depth; l++) {
        sizes[l] = width;
        activation[l - 1] = GA_SIGMOID;
    }
    sizes[depth + 1] = 10;
    ga_model *m = ga_model_new(GA_F32, depth + 1, sizes, activation, NULL);
    if (m == NULL)
        bench_fail("out of memory");
    for (size_t l = 0; l <= depth; l++) {
        const ga_layer *layer = m->layer + l;
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
            ga_model_set(m, layer->weight, i, (2 * random_uniform(&r) - 1) * 3 / sqrt((double)layer->n_in));
    }
    return m;
}

/* The 60,000 training images only where they are needed. */
static ga_dataset *
images_for(size_t n)
{
    char directory[4096];
    ga_dataset *ds;
    ga_status st = { 0 };
    shipped_path(directory, sizeof directory, "mnist");
    if (ga_dataset_read_mnist(&ds, directory, n > PASS_IMAGES ? "train" : "t10k", &st) != GA_OK)
        bench_fail("%s", st.message);
    return ds;
}

static void
run_balls(const ga_model *m, const ga_dataset *ds, size_t n, long bits)
{
    enum { ROWS = 64 };
    const ga_estimator e = { .format = { .kind = GA_EXACT, .bits = bits }, .product = GA_DOT, .gain = 1, .logit_scale = 1 };
    double *x = bench_alloc(ga_model_inputs(m), sizeof *x);
    void *engine = engine_ball.open(&(engine_key){ m, e, ROWS, false, true, false }, NULL);
    if (engine == NULL)
        bench_fail("out of memory");
    for (size_t first = 0; first < n; first += ROWS) {
        const size_t rows = n - first < ROWS ? n - first : ROWS;
        engine_ball.set_rows(engine, rows, 0, rows);
        for (size_t i = 0; i < rows; i++) {
            ga_dataset_image(x, ds, first + i, m->dtype);
            engine_ball.set_image(engine, i, x, ds->label[first + i]);
        }
        engine_ball.forward(engine);
        engine_ball.backward(engine);
    }
    engine_ball.close(engine);
    free(x);
}

/* Of this program since it began, unlike ru_maxrss, which a child takes over from its parent. */
static double
peak_megabytes(void)
{
    char line[256];
    double kilobytes = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kilobytes = strtod(line + 6, NULL);
    if (f != NULL)
        fclose(f);
    return kilobytes / 1024;
}

int
growth_child(int argc, char **argv)
{
    if (argc != 6)
        bench_fail("six arguments are needed");
    const size_t n = strtoul(argv[1], NULL, 10), width = strtoul(argv[2], NULL, 10), depth = strtoul(argv[3], NULL, 10);
    const long bits = strtol(argv[4], NULL, 10);
    ga_model *m = width == 0 ? shipped_model("saturated-sigmoid") : random_network(width, depth);
    ga_dataset *ds = images_for(n);
    const bool balls = strcmp(argv[0], "ball") == 0;
    pass_job job = { .model = m, .ds = ds, .n = n, .threads = (int)strtol(argv[5], NULL, 10) };
    if (!balls)
        job.e = pass_estimator(argv[0], strcmp(argv[0], "exact") == 0 ? GA_REWRITE : GA_NAIVE);
    const double start = bench_clock();
    if (balls)
        run_balls(m, ds, n, bits);
    else
        pass_gradient(&job);
    printf("%.9g %.9g\n", bench_clock() - start, peak_megabytes());
    ga_dataset_free(ds);
    ga_model_free(m);
    return 0;
}
