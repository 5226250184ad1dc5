/* SPDX-License-Identifier: Apache-2.0 */
/* doubts.c -- see doubts.h */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/doubts.h"
#include "pass/blocks.h"

/* The sampled images, and each input in terms of its number in the file: x = offset + slope v, in binary64. */
typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    int threads;
    size_t n, inputs, classes;
    bool labelled;
    inputs in;
    double *offset, *slope;
    double least, largest;         /* of the numbers in the file, of all its images */
    double x_least, x_largest;     /* of the inputs */
    bool whole, of_255;            /* numbers are integers; are k/255, as far as their digits go */
    size_t label[GA_MAX_CLASSES];
} sample;

/* One pass over the sample, the file's numbers times a factor; of labels. */
typedef struct {
    const sample *s;
    double factor;
    size_t correct;
    double loss; /* sum of cross-entropies, each at most MOST_LOSS */
} trial;

#define MOST_LOSS 1e6

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

/* ---- the numbers ------------------------------------------------------------------------------------------------ */

/* x of any number v in place of input k; the numbers 0 and 1 give offset and slope. */
static double
input_of(const sample *s, size_t k, double v)
{
    const scaling *const by = s->in.whole != NULL ? s->in.whole : s->ds->scaling;
    return by != NULL ? scaling_apply(by, scaling_channel(by, k), v, GA_F64) : s->ds->value != NULL ? v : v / 255;
}

static void
look(sample *s)
{
    enum { PARTS = 50 }; /* k/255 within a fiftieth of its distance to the next: by chance one number in 25 is */
    s->whole = s->of_255 = true;
    s->least = s->x_least = INFINITY;
    s->largest = s->x_largest = -INFINITY;
    for (size_t k = 0; k < s->inputs; k++) {
        s->offset[k] = input_of(s, k, 0);
        s->slope[k] = input_of(s, k, 1) - s->offset[k];
    }
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->inputs; k++) {
            const double v = number(s, place(s, i), k), x = s->offset[k] + s->slope[k] * v;
            s->least = fmin(s->least, v);
            s->largest = fmax(s->largest, v);
            s->x_least = fmin(s->x_least, x);
            s->x_largest = fmax(s->x_largest, x);
            s->whole = s->whole && v == floor(v);
            s->of_255 = s->of_255 && v >= 0 && v <= 1 && fabs(255 * v - round(255 * v)) * PARTS <= 1;
        }
}

/* ---- a trial ---------------------------------------------------------------------------------------------------- */

static void
scaled_image(void *data, double *x, size_t i)
{
    const trial *t = data;
    const sample *s = t->s;
    const size_t image = place(s, i);
    if (t->factor == 1)
        inputs_image(x, &s->in, image);
    else
        for (size_t k = 0; k < s->inputs; k++)
            x[k] = s->offset[k] + s->slope[k] * (t->factor * number(s, image, k));
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

static ga_code
judge(void *data, const ga_block *b, ga_status *st)
{
    trial *t = data;
    const sample *s = t->s;
    double *z = malloc(s->classes * sizeof *z);
    if (z == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for logits");
    for (size_t i = 0; i < b->n; i++) {
        const size_t y = s->ds->label[place(s, b->first + i)];
        b->ops->preactivation(z, b->engine, s->model->n_layers - 1, b->row + i);
        t->correct += b->ops->predicted(b->engine, b->row + i) == (int)y;
        t->loss += cross_entropy(z, s->classes, y);
    }
    free(z);
    return GA_OK;
}

static ga_code
run_trial(trial *t, const sample *s, double factor, ga_status *st)
{
    *t = (trial){ .s = s, .factor = factor };
    if (!s->labelled)
        return GA_OK;
    blocks_job job = blocks_forward(s->model, s->ds, (ga_range){ 0, s->n - 1 }, s->threads);
    job.image = scaled_image;
    job.sink = (ga_sink){ .ordered = judge, .data = t };
    return blocks_run(&job, st);
}

/* ---- conclusions ------------------------------------------------------------------------------------------------ */

static bool
is_clearly_better(const trial *a, const trial *b)
{
    return a->correct >= b->correct + 5 && a->correct >= b->correct + a->s->n / 10;
}

/* Hardly less accurate, with a loss below a multiple of the other's. */
static bool
is_as_good(const trial *a, const trial *b, double multiple)
{
    return a->correct + a->s->n / 50 >= b->correct && a->loss < multiple * b->loss;
}

static double
percent(size_t part, const sample *s)
{
    return 100 * (double)part / (double)s->n;
}

/* "--scale 1/255": the scale in use times the factor, where it is known. */
static const char *
scale_words(const sample *s, double factor)
{
    const scaling *const by = s->ds->scaling;
    const bool by_255 = by != NULL ? scaling_is(by, "1/255") : s->ds->value == NULL;
    const bool by_1 = by != NULL ? scaling_is(by, "1") : s->ds->value != NULL;
    if (by_255 || by_1)
        return factor > 1 ? by_255 ? "--scale 1" : "--scale 255" : by_1 ? "--scale 1/255" : "--scale 1/65025";
    return factor > 1 ? "a --scale 255 times as large" : "a --scale of a 255th";
}

static void __attribute__((format(printf, 2, 3)))
add(doubts *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (d->n < DOUBTS_MOST)
        vsnprintf(d->text[d->n++], DOUBT_TEXT, format, args);
    va_end(args);
}

/* What is odd about the numbers; and why to try another scale. */
static void
describe(char *text, size_t size, const sample *s, double factor)
{
    if (factor < 1 && s->ds->value != NULL && s->least >= 0 && s->largest <= 255 && s->largest > 1)
        snprintf(text, size, "the data's numbers go up to %.4g and are not divided by 255", s->largest);
    else if (factor > 1 && s->of_255 && s->ds->value != NULL)
        snprintf(text, size, "the data's numbers are bytes that were divided by 255 already, and are scaled again: the inputs lie "
                             "between %.3g and %.3g", s->x_least, s->x_largest);
    else
        snprintf(text, size, "the inputs lie between %.3g and %.3g", s->x_least, s->x_largest);
}

/* Whether the numbers alone say that they should be multiplied by the factor: as a reason to try it; strong: as proof if there are
   no labels. */
static bool
is_suspect(const sample *s, double factor, bool strong)
{
    const double size = fmax(fabs(s->x_least), fabs(s->x_largest)), span = s->x_largest - s->x_least;
    if (!(span > 0))
        return false;
    if (factor < 1)
        return s->ds->value != NULL && s->least >= 0 && s->largest > 1 && s->largest <= 255 && size > (strong ? 64 : 1) &&
               (s->whole || !strong);
    return span * 255 <= 1 + 1e-6 || (span * 32 < 1 && s->ds->value != NULL && s->of_255);
}

/* Adds a doubt if the file's numbers times the factor suit the network better; whether accuracy says so, which always saying the
   commonest label, right on most images, does not reach. */
static ga_code
try_factor(bool *explained, doubts *d, const sample *s, const trial *own, double factor, size_t most, bool inaccurate,
           ga_status *st)
{
    char what[160];
    trial t;
    *explained = false;
    if (!is_suspect(s, factor, !s->labelled) && !inaccurate)
        return GA_OK;
    const ga_code code = run_trial(&t, s, factor, st);
    if (code != GA_OK)
        return code;
    *explained = s->labelled && is_clearly_better(&t, own) && t.correct > most;
    const bool fits = *explained || (is_suspect(s, factor, true) && is_as_good(&t, own, 2)) ||
                      (is_suspect(s, factor, false) && is_as_good(&t, own, 0.5));
    describe(what, sizeof what, s, factor);
    if (!s->labelled)
        add(d, "%s: if the network was made for inputs from 0 to 1, say %s", what, scale_words(s, factor));
    else if (fits)
        add(d, "%s: say %s if the network was made for that. With it the network is right on %.1f %% of %zu images tried, at a "
               "mean cross-entropy of %.3g; without it on %.1f %%, at %.3g", what, scale_words(s, factor),
            percent(t.correct, s), s->n, t.loss / (double)s->n, percent(own->correct, s), own->loss / (double)s->n);
    return GA_OK;
}

static ga_code
conclude(doubts *d, const sample *s, ga_status *st)
{
    enum { LEAST_OTHERS = 5 }; /* images of another label, for an accuracy to say anything */
    size_t common = 0;
    bool explained = false;
    trial own;
    ga_code code = run_trial(&own, s, 1, st);
    for (size_t c = 1; c < s->classes; c++)
        common = s->label[c] > s->label[common] ? c : common;
    const size_t most = s->label[common];
    const bool inaccurate = s->labelled && own.correct <= most &&
                            (s->n >= most + LEAST_OTHERS || (most >= LEAST_OTHERS && 2 * own.correct <= most));
    if (code == GA_OK)
        code = try_factor(&explained, d, s, &own, 1.0 / 255, most, inaccurate, st);
    if (code == GA_OK && !explained)
        code = try_factor(&explained, d, s, &own, 255, most, inaccurate, st);
    if (code == GA_OK && inaccurate && !explained)
        add(d, "the network is right on %.1f %% of %zu images tried; always saying the commonest label, %zu, is right on %.1f %%. "
               "Check that the labels are in the images' order and number the classes as the network does, and --scale, --mean, "
               "--std, --layout and --activation", percent(own.correct, s), s->n, common, percent(most, s));
    return code;
}

ga_code
doubts_find(doubts *d, const ga_model *model, const ga_dataset *ds, int threads, ga_status *st)
{
    sample s = { .model = model, .ds = ds, .threads = threads, .n = ds->n < DOUBTS_IMAGES ? ds->n : DOUBTS_IMAGES,
                 .inputs = ga_model_inputs(model), .classes = ga_model_classes(model),
                 .labelled = ds->label != NULL && ga_model_classes(model) > 1 };
    *d = (doubts){ 0 };
    ga_code code = inputs_open(&s.in, model, ds, st);
    if (code != GA_OK)
        return code;
    s.offset = malloc(2 * s.inputs * sizeof *s.offset);
    s.slope = s.offset != NULL ? s.offset + s.inputs : NULL;
    if (s.offset != NULL) {
        look(&s);
        for (size_t i = 0; i < s.n && s.labelled; i++)
            s.label[ds->label[place(&s, i)]]++;
        code = conclude(d, &s, st);
    } else
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for the inputs");
    free(s.offset);
    inputs_close(&s.in);
    return code;
}
