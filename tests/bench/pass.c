/* SPDX-License-Identifier: Apache-2.0 */
/* pass.c -- gradients of 10,000 images in float and double, against PyTorch and against the cblas calls alone; and the reference */
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "exact/engines.h"
#include "gemm/blas.h"
#include "pass.h"
#include "pass/engine.h"
#include "torch.h"
#include "../shipped.h"

ga_estimator
pass_estimator(const char *format, ga_formulas formulas)
{
    ga_estimator e = { .formulas = formulas, .gain = 1, .logit_scale = 1 };
    if (ga_format_parse(&e.format, format, NULL) != GA_OK)
        bench_fail("%s is no format", format);
    return e;
}

/* Of the reference every element is asked for; of other formats nothing is read, as nothing is of PyTorch's. */
static ga_code
read_block(void *data, const ga_block *block, ga_status *st)
{
    pass_job *job = data;
    const size_t n = ga_block_elements(block);
    ga_truth *truth = malloc(n * sizeof *truth);
    (void)st;
    for (size_t i = 0; truth != NULL && job->e.format.kind == GA_EXACT && i < ga_block_images(block); i++) {
        ga_block_truth(truth, block, i);
        job->first_level += ga_block_bits(block, i) <= GA_REFERENCE_MIN_BITS;
        job->elements += n;
        for (size_t k = 0; k < n; k++)
            job->decided += truth[k].state != GA_UNDECIDED_ELEMENT;
    }
    free(truth);
    return GA_OK;
}

double
pass_gradient(void *data)
{
    pass_job *job = data;
    ga_status st = { 0 };
    const ga_sink sink = { .ordered = read_block, .data = job };
    job->elements = job->decided = job->first_level = 0;
    if (ga_gradient(job->model, job->ds, (ga_range){ 0, job->n - 1 }, &job->e, job->threads, &sink, &st) != GA_OK)
        bench_fail("%s", st.message);
    return 0;
}

/* The pass of as many blocks as n images take, without reading images: one block again and again. */
typedef struct {
    const engine_ops *ops;
    void *engine;
    size_t blocks;
} bare;

static double
run_bare(void *data)
{
    bare *p = data;
    for (size_t i = 0; i < p->blocks; i++) {
        p->ops->forward(p->engine);
        p->ops->backward(p->engine);
    }
    return 0;
}

/* The products of that pass and nothing else: forward a W^T, backward delta W. */
typedef struct {
    const ga_model *model;
    void *a, *w, *c;
    bool single;
    size_t blocks;
} calls;

static void
call(const calls *p, bool transposed, size_t n_out, size_t n_in)
{
    const int m = GA_BLOCK, n = (int)(transposed ? n_out : n_in), k = (int)(transposed ? n_in : n_out);
    const CBLAS_TRANSPOSE t = transposed ? CblasTrans : CblasNoTrans;
    if (p->single)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, t, m, n, k, 1, p->a, k, p->w, (int)n_in, 0, p->c, n);
    else
        cblas_dgemm(CblasRowMajor, CblasNoTrans, t, m, n, k, 1, p->a, k, p->w, (int)n_in, 0, p->c, n);
}

static double
run_calls(void *data)
{
    const calls *p = data;
    const ga_model *m = p->model;
    for (size_t i = 0; i < p->blocks; i++) {
        for (size_t l = 0; l < m->n_layers; l++)
            call(p, true, m->layer[l].n_out, m->layer[l].n_in);
        for (size_t l = m->n_layers; l-- > 0;)
            call(p, false, m->layer[l].n_out, m->layer[l].n_in);
    }
    return 0;
}

static double
pass_work(const ga_model *m, size_t rows)
{
    double sum = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        sum += 2 * (double)m->layer[l].n_in * (double)m->layer[l].n_out;
    return sum * (double)rows;
}

static void
open_bare(bare *p, const ga_model *model, const ga_dataset *ds, const ga_estimator *e)
{
    double *x = bench_alloc(ga_model_inputs(model), sizeof *x);
    const ga_estimator resolved = engine_estimator(e, model);
    p->ops = engine_find(e->format);
    if ((p->engine = p->ops->open(&(engine_key){ model, resolved, GA_BLOCK, false, true, false }, NULL)) == NULL)
        bench_fail("out of memory");
    p->ops->set_rows(p->engine, GA_BLOCK, 0, GA_BLOCK);
    for (size_t i = 0; i < GA_BLOCK; i++) {
        ga_dataset_image(x, ds, i, model->dtype);
        p->ops->set_image(p->engine, i, x, ds->label[i]);
    }
    free(x);
}

static void
pass_native(bench *b, const char *where, const char *format, const ga_model *model, const ga_dataset *ds, torch *t)
{
    const bool single = strcmp(format, "float") == 0;
    const size_t n = b->quick ? 512 : PASS_IMAGES, blocks = (n + GA_BLOCK - 1) / GA_BLOCK, space = (size_t)1024 * 1024;
    const double share = (double)n / PASS_IMAGES;
    char name[BENCH_NAME];
    pass_job whole = { .model = model, .ds = ds, .e = pass_estimator(format, GA_NAIVE), .n = n, .threads = 1 };
    bare alone = { .blocks = blocks };
    open_bare(&alone, model, ds, &whole.e);
    calls products = { model, bench_alloc(space, 8), bench_alloc(space, 8), bench_alloc(space, 8), single, blocks };
    for (size_t i = 0; i < space; i++) {
        single ? (((float *)products.a)[i] = ((float *)products.w)[i] = 0.25f) : 0;
        single ? 0 : (((double *)products.a)[i] = ((double *)products.w)[i] = 0.25);
    }
    torch_job python[] = { { t, single ? "float32" : "float64", false, n }, { t, single ? "float32" : "float64", true, n } };
    const bench_runner r[] = { { "gradaudit, from bytes to gradients", pass_gradient, &whole, share },
                               { "gradaudit, the pass alone", run_bare, &alone, share },
                               { "cblas calls alone", run_calls, &products, share },
                               { "PyTorch, from bytes to gradients", torch_pass, python, share },
                               { "PyTorch, the pass alone", torch_pass, python + 1, share } };
    snprintf(name, sizeof name, "%s, %s", where, format);
    bench_row *row = bench_contest(b, "pass", name, PASS_IMAGES, r, t != NULL ? 5 : 3);
    for (size_t i = 0; i < 3; i++)
        row[i].work = pass_work(model, blocks * GA_BLOCK) / share;
    alone.ops->close(alone.engine);
    free(products.a);
    free(products.w);
    free(products.c);
}

void
suite_pass(bench *b)
{
    static const char *const models[] = { "saturated-sigmoid", "vanilla-sigmoid" };
    ga_dataset *ds = shipped_images(PASS_IMAGES);
    blas_borrow(1, NULL);
    for (size_t i = 0; i < (b->quick ? 1 : sizeof models / sizeof *models); i++) {
        char model[4096], images[4096], labels[4096], file[128];
        ga_model *m = shipped_model(models[i]);
        snprintf(file, sizeof file, "models/%s.safetensors", models[i]);
        shipped_path(model, sizeof model, file);
        shipped_path(images, sizeof images, "mnist/t10k-images-idx3-ubyte.gz");
        shipped_path(labels, sizeof labels, "mnist/t10k-labels-idx1-ubyte.gz");
        torch *t = torch_open(b->source, model, images, labels);
        if (t != NULL)
            snprintf(b->torch, sizeof b->torch, "%s", torch_version(t));
        pass_native(b, models[i], "float", m, ds, t);
        pass_native(b, models[i], "double", m, ds, t);
        torch_close(t);
        pass_exact(b, models[i], m, ds);
        ga_model_free(m);
    }
    ga_dataset_free(ds);
}
