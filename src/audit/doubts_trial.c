/* SPDX-License-Identifier: Apache-2.0 */
/* doubts_trial.c -- see doubts_trial.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/attack.h"

#include "audit/doubts_trial.h"
#include "num/rational.h"
#include "run/blocks.h"

static size_t
place(const sample *s, size_t i)
{
    return i * s->ds->n / s->n; /* n <= 512 */
}

static double
number(const sample *s, size_t image, size_t k)
{
    const size_t i = image * s->inputs + k;
    return s->ds->value != NULL ? s->ds->value[i] : s->ds->pixel[i];
}

/* ---- the sample ------------------------------------------------------------------------------------------------- */

static void
copy_text(char to[RESCALING_TEXT], const char *from)
{
    snprintf(to, RESCALING_TEXT, "%s", from);
}

static void
find_own(sample *s)
{
    const scaling *const by = s->ds->scaling;
    const char *const said = by != NULL ? scaling_said(by, SCALING_SCALE) : NULL;
    copy_text(s->own.scale, s->ds->value != NULL ? "1" : "1/255");
    if (said != NULL && strlen(said) < RESCALING_TEXT)
        copy_text(s->own.scale, said);
    s->own.mean = by != NULL ? scaling_said(by, SCALING_MEAN) : NULL;
    s->own.std = by != NULL ? scaling_said(by, SCALING_STD) : NULL;
    rescaling_times(&s->own, s, 1, 1); /* in lowest terms, by which it is compared */
}

static void
look(sample *s, const preprocessing *in, double *x)
{
    enum { PARTS = 50 }; /* k/255 within a fiftieth of its distance to the next: by chance one number in 25 is */
    double sum = 0, squares = 0;
    const double count = (double)s->n * (double)s->inputs;
    s->whole = s->of_255 = true;
    s->least = s->x_least = INFINITY;
    s->largest = s->x_largest = -INFINITY;
    for (size_t i = 0; i < s->n; i++) {
        preprocessing_image(x, in, place(s, i));
        for (size_t k = 0; k < s->inputs; k++) {
            const double v = number(s, place(s, i), k);
            s->least = fmin(s->least, v);
            s->largest = fmax(s->largest, v);
            s->x_least = fmin(s->x_least, x[k]);
            s->x_largest = fmax(s->x_largest, x[k]);
            s->whole = s->whole && v == floor(v);
            s->of_255 = s->of_255 && v >= 0 && v <= 1 && fabs(255 * v - round(255 * v)) * PARTS <= 1;
            sum += v;
        }
    }
    s->mean = sum / count;
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->inputs; k++) {
            const double v = number(s, place(s, i), k) - s->mean;
            squares += v * v;
        }
    s->std = sqrt(squares / count);
}

static void
count_labels(sample *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const size_t label = s->ds->label[place(s, i)];
        size_t n = 0;
        for (size_t k = 0; k < s->n; k++)
            n += s->ds->label[place(s, k)] == label;
        if (n > s->n_common || (n == s->n_common && label < s->common)) {
            s->common = label;
            s->n_common = n;
        }
    }
}

ga_code
sample_take(sample *s, const ga_model *model, const ga_dataset *ds, int threads, ga_status *st)
{
    preprocessing in;
    *s = (sample){ .model = model, .ds = ds, .threads = threads, .n = ds->n < DOUBTS_IMAGES ? ds->n : DOUBTS_IMAGES,
                   .inputs = ga_model_inputs(model), .classes = ga_model_classes(model),
                   .labelled = ds->label != NULL && !ds->made_labels && ga_model_classes(model) > 1 };
    find_own(s);
    ga_code code = preprocessing_open(&in, model, ds, st);
    if (code != GA_OK)
        return code;
    double *const x = malloc(s->inputs * sizeof *x);
    if (x != NULL)
        look(s, &in, x);
    else
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for the inputs");
    free(x);
    preprocessing_close(&in);
    if (s->labelled)
        count_labels(s);
    return code;
}

/* ---- a trial ---------------------------------------------------------------------------------------------------- */

typedef struct {
    trial *t;
    const sample *s;
    preprocessing in;
} pass;

static void
scaled_image(void *data, double *x, size_t i)
{
    const pass *p = data;
    preprocessing_image(x, &p->in, place(p->s, i));
}

/* -log softmax(z)_y */
static double
cross_entropy(const double *z, size_t n, size_t y)
{
    double largest = -INFINITY, sum = 0;
    for (size_t c = 0; c < n; c++)
        largest = fmax(largest, z[c]);
    for (size_t c = 0; c < n; c++)
        sum += exp(z[c] - largest);
    const double loss = log(sum) + largest - z[y];
    return loss < MOST_LOSS ? loss : MOST_LOSS; /* NaN too */
}

static bool
all_finite(const double *z, size_t n)
{
    for (size_t c = 0; c < n; c++)
        if (!isfinite(z[c]))
            return false;
    return true;
}

static ga_code
judge(void *data, const ga_block *b, ga_status *st)
{
    const pass *p = data;
    const sample *s = p->s;
    double *z = malloc(s->classes * sizeof *z);
    if (z == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for logits");
    for (size_t i = 0; i < b->n; i++) {
        const size_t y = s->ds->label[place(s, b->first + i)];
        const int predicted = b->ops->predicted(b->engine, b->row + i);
        b->ops->values(z, b->engine, b->ops->program(b->engine)->logits, b->row + i);
        p->t->right[b->first + i] = predicted == (int)y;
        p->t->correct += predicted == (int)y;
        p->t->lost += predicted < 0;
        p->t->nonfinite += predicted < 0 && !all_finite(z, s->classes);
        p->t->loss += cross_entropy(z, s->classes, y);
    }
    free(z);
    return GA_OK;
}

ga_code
trial_run(trial *t, const sample *s, const rescaling *r, ga_status *st)
{
    ga_dataset ds = *s->ds;
    pass p = { .t = t, .s = s };
    ga_code code = GA_OK;
    *t = (trial){ 0 };
    if (!s->labelled)
        return GA_OK;
    if (r != NULL) {
        ds.scaling = NULL;
        code = ga_dataset_scale(&ds, r->scale, r->mean, r->std, st);
        if (code != GA_OK) /* the texts are right */
            code = ga_fail(st, GA_NO_MEMORY, "out of memory for the scaling");
    }
    if (code == GA_OK && (code = preprocessing_open(&p.in, s->model, &ds, st)) == GA_OK) {
        blocks_job job = blocks_forward(s->model, s->ds, (ga_range){ 0, s->n - 1 }, s->threads);
        job.image = scaled_image;
        job.sink = (ga_sink){ .ordered = judge, .data = &p };
        code = blocks_run(&job, st);
        preprocessing_close(&p.in);
    }
    if (r != NULL)
        scaling_free(ds.scaling);
    return code;
}

bool
trial_better(const trial *a, const trial *b, const sample *s, size_t parts, double digits)
{
    size_t only_a = 0, only_b = 0;
    for (size_t i = 0; i < s->n; i++) {
        only_a += a->right[i] && !b->right[i];
        only_b += b->right[i] && !a->right[i];
    }
    return only_a > only_b + s->n / parts && ga_mcnemar(only_a, only_b) <= -digits;
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

void
rescaling_times(rescaling *r, const sample *s, unsigned long a, unsigned long b)
{
    mpq_t q, factor;
    mpq_init(q);
    mpq_init(factor);
    *r = s->own;
    if (rational_parse(q, s->own.scale)) {
        mpq_set_ui(factor, a, b);
        mpq_canonicalize(factor);
        mpq_mul(q, q, factor);
        if (mpz_sizeinbase(mpq_numref(q), 10) + mpz_sizeinbase(mpq_denref(q), 10) + 3 <= RESCALING_TEXT)
            mpq_get_str(r->scale, 10, q);
        else
            snprintf(r->scale, RESCALING_TEXT, "%.17g", rational_round(q, false));
    }
    mpq_clear(q);
    mpq_clear(factor);
}

static bool
same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
rescaling_same(const rescaling *a, const rescaling *b)
{
    return same_text(a->scale, b->scale) && same_text(a->mean, b->mean) && same_text(a->std, b->std);
}

static void
append(char *text, size_t size, const char *what, const char *value)
{
    const size_t length = strlen(text);
    snprintf(text + length, size - length, "%s%s", what, value);
}

void
rescaling_advice(char *text, size_t size, const rescaling *r, const sample *s)
{
    const bool no_mean = s->own.mean != NULL && r->mean == NULL, no_std = s->own.std != NULL && r->std == NULL;
    const char *const dropped = no_mean && no_std ? "--mean and --std" : no_mean ? "--mean" : no_std ? "--std" : NULL;
    snprintf(text, size, "say");
    if (strcmp(r->scale, s->own.scale) != 0)
        append(text, size, " --scale ", r->scale);
    if (r->mean != NULL && !same_text(r->mean, s->own.mean))
        append(text, size, " --mean ", r->mean);
    if (r->std != NULL && !same_text(r->std, s->own.std))
        append(text, size, " --std ", r->std);
    if (dropped != NULL && strcmp(text, "say") != 0)
        append(text, size, " without ", dropped);
    else if (dropped != NULL)
        snprintf(text, size, "leave out %s", dropped);
}
