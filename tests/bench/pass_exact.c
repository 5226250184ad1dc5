/* SPDX-License-Identifier: Apache-2.0 */
/* pass_exact.c -- the certified reference on all images, against the pass in plain MPFR balls and in Arb: those at the bits with
   which the reference begins, once, without asking whether that decides everything */
#include <omp.h>
#include <stdlib.h>

#include "product.h"
#include "pass/engine.h"
#include "pass/tape_tmpl.h"
#include "backend.h"
#include "pass.h"
#include "rival.h"

/* The ball pass without what makes its products fast: the sum of exact terms, or GA_LOOP. */
typedef struct {
    ctx_ball *ctx;
    program *program;
    tape_ball *tape;
    size_t rows;
} plain;

static void
open_plain(plain *p, const ga_model *model, const ga_dataset *ds, ga_product way, size_t rows)
{
    const ga_estimator e = { .format = { .kind = GA_EXACT, .bits = GA_REFERENCE_MIN_BITS }, .product = way, .gain = 1,
                             .logit_scale = 1 };
    size_t longest = rows;
    double *x = bench_alloc(ga_model_inputs(model), sizeof *x);
    for (size_t l = 0; l < model->n_layers; l++) {
        longest = model->layer[l].n_in > longest ? model->layer[l].n_in : longest;
        longest = model->layer[l].n_out > longest ? model->layer[l].n_out : longest;
    }
    p->rows = rows;
    if ((p->ctx = ctx_new_ball(&e)) == NULL || (p->program = pass_program(model, &e, false)) == NULL ||
        !gemm_reserve_ball(longest, GA_REFERENCE_MIN_BITS, 53, p->ctx) ||
        (p->tape = tape_new_ball(p->program, NULL, NULL, rows, p->ctx)) == NULL)
        bench_fail("out of memory");
    if (p->ctx->product != NULL) { /* without the engine of the fast products */
        p->ctx->product_free(p->ctx->product);
        p->ctx->product = NULL;
    }
    tape_set_rows_ball(p->tape, rows, 0, rows);
    for (size_t i = 0; i < rows; i++) {
        ga_dataset_image(x, ds, i, model->dtype);
        const mat_ball *input = p->tape->value + p->program->input;
        for (size_t k = 0; k < input->cols; k++)
            ball_set_d(input->e + i * input->cols + k, x[k], p->ctx);
        p->tape->label[i] = ds->label[i];
    }
    free(x);
}

static double
run_plain(void *data)
{
    plain *p = data;
    pass_run_ball(p->tape, 0, p->program->n_backward, p->ctx);
    return 0;
}

static void
close_plain(plain *p)
{
    tape_free_ball(p->tape);
    program_free(p->program);
    ctx_free_ball(p->ctx);
}

typedef struct {
    const rival_ops *ops;
    void *pass;
    double *x;
    const uint32_t *label;
    size_t rows, decided;
} rival_job;

static double
run_rival(void *data)
{
    rival_job *job = data;
    job->decided = job->ops->pass_run(job->pass, job->x, job->label, job->rows);
    return 0;
}

static void
open_rival(rival_job *job, const rival *r, const ga_model *model, const ga_dataset *ds, size_t rows, bool dots)
{
    const size_t n = ga_model_inputs(model);
    *job = (rival_job){ r->ops, r->ops->pass_open(model, rows, GA_REFERENCE_MIN_BITS, dots), bench_alloc(rows * n, sizeof(double)),
                        ds->label, rows, 0 };
    for (size_t i = 0; i < rows; i++)
        ga_dataset_image(job->x + i * n, ds, i, model->dtype);
}

/* Modular products of all images at the first level by the usual back end. */
static double
modular_work(const ga_model *m)
{
    double sum = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        const ga_layer *layer = m->layer + l;
        const size_t n = layer->n_in * layer->n_out;
        double *w = bench_alloc(n, sizeof *w);
        for (size_t i = 0; i < n; i++)
            w[i] = ga_model_get(m, layer->weight, i);
        const long width = product_width(w, n);
        sum += product_work(PASS_IMAGES, layer->n_in, layer->n_out, GA_REFERENCE_MIN_BITS, width, backend_usual()->prime_bits) +
               product_work(PASS_IMAGES, layer->n_out, layer->n_in, GA_REFERENCE_MIN_BITS, width, backend_usual()->prime_bits);
        free(w);
    }
    return sum;
}

/* All images if that takes less than a quarter of a minute, else a sample of whole blocks. */
static size_t
choose_images(const bench *b, pass_job *job)
{
    enum { LONGEST = 15 };
    const size_t trial = b->quick ? 16 : 128;
    job->n = trial;
    const double start = bench_clock();
    pass_gradient(job);
    const double all = (bench_clock() - start) * PASS_IMAGES / (double)trial;
    return b->quick ? trial : all < LONGEST ? PASS_IMAGES : (size_t)(LONGEST / all * PASS_IMAGES / GA_BLOCK + 1) * GA_BLOCK;
}

void
pass_exact(bench *b, const char *where, const ga_model *model, const ga_dataset *ds)
{
    enum { MOST = 4 + 2 * RIVALS };
    const size_t few = b->quick ? 1 : 4, block = b->quick ? 8 : GA_BLOCK, some = b->quick ? 2 : 16;
    const double cores = omp_get_num_procs() < 2 ? 1 : 2;
    char name[BENCH_NAME], threads[BENCH_NAME], text[2 * RIVALS][BENCH_NAME];
    pass_job job = { .model = model, .ds = ds, .e = pass_estimator("exact", GA_REWRITE), .threads = 1 }, two;
    job.n = choose_images(b, &job);
    two = job;
    two.threads = (int)cores;
    plain plain_sum, plain_loop;
    rival_job rivals_job[2 * RIVALS];
    size_t n = 4, used = 0;
    open_plain(&plain_sum, model, ds, GA_DOT, few);
    open_plain(&plain_loop, model, ds, GA_LOOP, few);
    snprintf(threads, sizeof threads, "gradaudit exact, %g threads", cores);
    bench_runner r[MOST] = { { "gradaudit exact, one thread", pass_gradient, &job, (double)job.n / PASS_IMAGES },
                             { threads, pass_gradient, &two, (double)job.n / PASS_IMAGES },
                             { "MPFR balls, mul + sum", run_plain, &plain_sum, (double)few / PASS_IMAGES },
                             { "MPFR balls, mul + add", run_plain, &plain_loop, (double)few / PASS_IMAGES } };
    for (size_t i = 0; i < 2 * RIVALS; i++) {
        const bool dots = i % 2 != 0;
        const size_t rows = dots ? some : block;
        if (rivals[i / 2].ops == NULL)
            continue;
        open_rival(rivals_job + used, rivals + i / 2, model, ds, rows, dots);
        if (rivals_job[used].pass == NULL)
            bench_fail("%s has no such pass", rivals[i / 2].name);
        snprintf(text[used], BENCH_NAME, "%s %s", rivals[i / 2].name, dots ? "arb_dot" : "arb_mat_mul");
        r[n++] = (bench_runner){ text[used], run_rival, rivals_job + used, (double)rows / PASS_IMAGES };
        used++;
    }
    snprintf(name, sizeof name, "%s, reference", where);
    bench_row *row = bench_contest(b, "pass", name, PASS_IMAGES, r, n);
    row[0].work = modular_work(model);
    row[0].note = (double)job.decided / (double)job.elements; /* part of the elements that is proved */
    row[1].note = (double)job.first_level / (double)job.n;    /* part of the images for which the first level was enough */
    for (size_t i = 0; i < used; i++) {
        const rival_job *done = rivals_job + i;
        row[4 + i].note = (double)done->decided / (double)(done->rows * ga_model_inputs(model)); /* of proved sign */
        done->ops->pass_close(done->pass);
        free(done->x);
    }
    close_plain(&plain_sum);
    close_plain(&plain_loop);
}
