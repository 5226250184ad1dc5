/* SPDX-License-Identifier: Apache-2.0 */
/* two_audits.c -- two audits and two exact gradients in two threads of a host, each on two threads of its own, give the bytes that
   they give alone. With the argument "race" the callbacks of both add to one variable, which a race detector must find. Run by
   tests/races.sh. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradaudit/gradaudit.h>

enum { IMAGES = 70, INPUTS = 9, HIDDEN = 6, CLASSES = 3 };

static ga_model *model;
static ga_dataset *ds;
static int asked_by_both;

static void
must(ga_code code, const ga_status *st)
{
    if (code == GA_OK)
        return;
    fprintf(stderr, "%s\n", st->message);
    exit(99);
}

static void
open_inputs(void)
{
    static const size_t d1[] = { HIDDEN, INPUTS }, d2[] = { CLASSES, HIDDEN }, dx[] = { IMAGES, INPUTS };
    static float w1[HIDDEN * INPUTS], w2[CLASSES * HIDDEN], x[IMAGES * INPUTS];
    static uint8_t label[IMAGES];
    const ga_array weight[] = { { "<f4", 2, d1, w1 }, { "<f4", 2, d2, w2 } }, images = { "<f4", 2, dx, x },
                   labels = { "|u1", 1, dx, label };
    ga_model_options o = GA_MODEL_OPTIONS;
    ga_status st = { 0 };
    srand(1);
    for (size_t i = 0; i < HIDDEN * INPUTS; i++)
        w1[i] = (float)(rand() % 81 - 40);
    for (size_t i = 0; i < CLASSES * HIDDEN; i++)
        w2[i] = (float)(rand() % 81 - 40);
    for (size_t i = 0; i < IMAGES * INPUTS; i++)
        x[i] = (float)(rand() % 257) / 256;
    for (size_t i = 0; i < IMAGES; i++)
        label[i] = (uint8_t)(rand() % CLASSES);
    o.activation = "sigmoid";
    must(ga_model_from_arrays(&model, weight, NULL, 2, &o, &st), &st);
    must(ga_dataset_from_arrays(&ds, &images, &labels, NULL, &st), &st);
}

typedef struct {
    int *asked; /* or NULL */
    double mantissa[IMAGES * INPUTS];
    int64_t exponent[IMAGES * INPUTS];
    char *report;
} job;

static int
count(void *data)
{
    job *const j = data;
    if (j->asked != NULL)
        ++*j->asked;
    return 0;
}

static void
show(void *data, double done, double all)
{
    (void)data;
    if (done > all)
        fprintf(stderr, "%g of %g pieces are done\n", done, all);
}

static void *
compute(void *data)
{
    job *const j = data;
    ga_run run = GA_RUN;
    ga_numbers out = GA_NUMBERS;
    ga_estimator *e;
    ga_audit *a;
    ga_report *report;
    ga_status st = { 0 };
    run.threads = 2;
    run.stop = count;
    run.progress = show;
    run.data = j;
    out.mantissa = j->mantissa;
    out.exponent = j->exponent;
    must(ga_estimator_new(&e, "exact", model, &st), &st);
    must(ga_gradient_compute(&out, NULL, model, ds, 0, IMAGES - 1, e, NULL, &run, &st), &st);
    ga_estimator_free(e);
    must(ga_audit_new(&a, model, ds, NULL, &st), &st);
    must(ga_audit_add(a, "float,naive", &st), &st);
    must(ga_audit_add(a, "double,rewrite", &st), &st);
    must(ga_audit_run(&report, a, NULL, 0, &run, &st), &st);
    j->report = strdup(ga_report_json(report));
    ga_report_free(report);
    ga_audit_free(a);
    return NULL;
}

static int
differ(const job *a, const job *b)
{
    return memcmp(a->mantissa, b->mantissa, sizeof a->mantissa) != 0 || memcmp(a->exponent, b->exponent, sizeof a->exponent) != 0 ||
           strcmp(a->report, b->report) != 0;
}

int
main(int argc, char **argv)
{
    static job both[2], alone;
    pthread_t thread[2];
    int failed = 0;
    (void)argv;
    open_inputs();
    for (size_t i = 0; i < 2; i++) {
        both[i].asked = argc > 1 ? &asked_by_both : NULL;
        pthread_create(thread + i, NULL, compute, both + i);
    }
    for (size_t i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    compute(&alone);
    for (size_t i = 0; i < 2; i++) {
        if (differ(both + i, &alone)) {
            printf("thread %zu has other bytes than alone\n", i);
            failed = 1;
        }
        free(both[i].report);
    }
    free(alone.report);
    ga_dataset_free(ds);
    ga_model_free(model);
    return failed;
}
