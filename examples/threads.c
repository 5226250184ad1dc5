/* SPDX-License-Identifier: Apache-2.0 */
/* threads.c -- two audits from arrays, in two threads.

   One layer multiplies both inputs by w: at (1, 0) the logits are w and 0. The first element of the gradient is w (p - 1), where
   p = 1 / (1 + e^-w). For w = 60 float rounds p to 1: half of the gradient is lost. For w = 1 all of it is right. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

#include <gradaudit/gradaudit.h>

enum { IMAGES = 32 };
typedef struct { /* what a thread is given, and what it found */
    float w;
    uint64_t lost, right;
    ga_status st;
} job;

static int
audit(void *data)
{
    job *const j = data;
    const float weight[2][2] = { { j->w, 0 }, { 0, j->w } };
    const size_t square[2] = { 2, 2 }, rows[2] = { IMAGES, 2 };
    float image[IMAGES][2] = { { 0 } }; /* (1, 0), all of class 0 */
    uint8_t label[IMAGES] = { 0 };
    for (size_t i = 0; i < IMAGES; i++)
        image[i][0] = 1;
    const ga_array w = { "<f4", 2, square, weight }, x = { "<f4", 2, rows, image }, y = { "|u1", 1, rows, label };
    const ga_run run = { .size = sizeof run, .threads = 1 }; /* an audit may have threads of its own; here two are enough */
    ga_model *model = NULL;
    ga_dataset *ds = NULL;
    ga_audit *a = NULL;
    ga_report *report = NULL;
    if (ga_model_from_arrays(&model, &w, NULL, 1, NULL, &j->st) == GA_OK &&
        ga_dataset_from_arrays(&ds, &x, &y, NULL, &j->st) == GA_OK && ga_audit_new(&a, model, ds, NULL, &j->st) == GA_OK &&
        ga_audit_add(a, "float,naive", &j->st) == GA_OK &&
        ga_audit_run(&report, a, NULL, 0, &run, &j->st) == GA_OK) { /* NULL: no directory, the report alone */
        j->lost = ga_report_count(report, 0, GA_CELL_LOST);
        j->right = ga_report_count(report, 0, GA_CELL_RIGHT);
    }
    return ga_report_free(report), ga_audit_free(a), ga_dataset_free(ds), ga_model_free(model), 0;
}

int
main(void)
{
    job j[2] = { { .w = 1 }, { .w = 60 } };
    thrd_t thread[2];
    for (int i = 0; i < 2; i++)
        if (thrd_create(&thread[i], audit, &j[i]) != thrd_success)
            abort();
    for (int i = 0; i < 2; i++) {
        thrd_join(thread[i], NULL);
        if (j[i].st.code != GA_OK)
            return fprintf(stderr, "threads: %s\n", j[i].st.message), EXIT_FAILURE;
        printf("weight %g: %" PRIu64 " lost, %" PRIu64 " right\n", (double)j[i].w, j[i].lost, j[i].right);
    }
}
