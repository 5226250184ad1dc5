/* SPDX-License-Identifier: Apache-2.0 */
/* precision.c -- see precision.h. A search by halves takes what keeps the signs to go on keeping them with more bits or binades;
   where that is not so it finds one of the edges. What the tensors keep together is measured, not assumed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/precision.h"
#include "num/format.h"
#include "pass/engine.h"
#include "run/blocks.h"

typedef struct {
    const precision_job *job;
    precision_result *r;
    int8_t *sign; /* of each element, the true one; 2: not proved */
    ga_format *format; /* [value] */
    size_t done, all;
    ga_status *st;
} search;

/* ---- passes -------------------------------------------------------------------------------------------------------- */

static ga_code
keep_truths(void *data, const ga_block *b, ga_status *st)
{
    search *const s = data;
    const size_t n = b->n_elements;
    ga_number *const g = malloc(n * sizeof *g);
    if (g == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    for (size_t i = 0; i < b->n; i++) {
        int8_t *const sign = s->sign + (b->first + i - s->job->range.first) * n;
        ga_block_row(g, b, i);
        for (size_t k = 0; k < n; k++)
            sign[k] = g[k].klass == GA_UNKNOWN ? 2 : (int8_t)g[k].sign;
    }
    free(g);
    return GA_OK;
}

typedef struct {
    const search *s;
    uint64_t kept;
} counting;

static ga_code
count_signs(void *data, const ga_block *b, ga_status *st)
{
    counting *const c = data;
    const size_t n = b->n_elements;
    uint64_t kept = 0;
    ga_number *const g = malloc(n * sizeof *g);
    if (g == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    for (size_t i = 0; i < b->n; i++) {
        const int8_t *const sign = c->s->sign + (b->first + i - c->s->job->range.first) * n;
        ga_block_row(g, b, i);
        for (size_t k = 0; k < n; k++)
            kept += sign[k] != 2 && g[k].klass != GA_NAN && g[k].sign == sign[k];
    }
    free(g);
#pragma omp atomic
    c->kept += kept;
    return GA_OK;
}

/* How many elements keep their sign with the formats that s has. */
static ga_code
count(uint64_t *kept, search *s)
{
    const precision_job *const job = s->job;
    const ga_stored_formats each = { s->r->p->n_values, s->format };
    counting c = { s, 0 };
    blocks_job pass = { .model = job->model, .ds = job->ds, .range = job->range, .estimator = job->estimator,
                        .threads = job->threads, .sink = { .parallel = count_signs, .data = &c } };
    pass.estimator.format.recipe = (ga_precision_recipe){ .row = 1, .each = &each };
    const ga_code code = blocks_check_and_run(&pass, s->st);
    *kept = c.kept;
    s->done++;
    if (code == GA_OK && job->progress != NULL)
        job->progress(job->progress_data, s->done < s->all ? s->done : s->all, s->all);
    return code;
}

static bool
is_enough(const search *s, uint64_t kept)
{
    return (double)kept >= s->job->keep * (double)s->r->decided;
}

/* ---- one tensor ----------------------------------------------------------------------------------------------------- */

static ga_format
format_with(const precision_tensor *t)
{
    ga_format f = format_f32;
    f.bits = t->bits;
    f.emin = t->emin;
    f.emax = t->emax;
    return f;
}

typedef enum { OF_BITS, OF_EMIN, OF_EMAX } part;

/* The narrowest of steps 0, ..., most, from the narrowest to all of float's, that keeps the signs. */
static ga_code
narrowest(int *found, search *s, const precision_tensor *t, part what, int most)
{
    int low = 0, high = most; /* high keeps them, or is all that there is */
    while (low < high) {
        const int middle = (low + high) / 2;
        precision_tensor tried = { .bits = t->bits, .emin = format_f32.emin, .emax = format_f32.emax };
        uint64_t kept;
        if (what == OF_BITS)
            tried.bits = 2 + middle;
        else if (what == OF_EMIN)
            tried.emin = -middle;
        else
            tried.emax = middle;
        s->format[t->value] = format_with(&tried);
        const ga_code code = count(&kept, s);
        s->format[t->value].bits = 0;
        if (code != GA_OK)
            return code;
        if (is_enough(s, kept))
            high = middle;
        else
            low = middle + 1;
    }
    *found = high;
    return GA_OK;
}

static ga_code
search_tensor(search *s, precision_tensor *t)
{
    int bits = 0, down = 0, up = 0;
    ga_code code = narrowest(&bits, s, t, OF_BITS, (int)format_f32.bits - 2);
    t->bits = 2 + bits;
    if (code == GA_OK)
        code = narrowest(&down, s, t, OF_EMIN, -format_f32.emin);
    if (code == GA_OK)
        code = narrowest(&up, s, t, OF_EMAX, format_f32.emax);
    t->emin = -down;
    t->emax = up;
    return code;
}

/* ---- all of them ---------------------------------------------------------------------------------------------------- */

/* t with so many bits more, and so many binades at each end, as far as float has them. */
static precision_tensor
wider(const precision_tensor *t, int bits, int binades)
{
    precision_tensor w = *t;
    w.bits = t->bits + bits < format_f32.bits ? t->bits + bits : format_f32.bits;
    w.emin = t->emin - binades > format_f32.emin ? t->emin - binades : format_f32.emin;
    w.emax = t->emax + binades < format_f32.emax ? t->emax + binades : format_f32.emax;
    return w;
}

static ga_code
count_wider(search *s, int bits, int binades)
{
    precision_result *const r = s->r;
    for (size_t i = 0; i < r->n; i++) {
        const precision_tensor w = wider(r->tensor + i, bits, binades);
        s->format[r->tensor[i].value] = format_with(&w);
    }
    return count(&r->together, s);
}

/* All at once: with as few bits more for each as keep the signs in float's range, and then as few binades at each end. */
static ga_code
search_together(search *s)
{
    const int most_bits = (int)format_f32.bits - 2, most_binades = format_f32.emax;
    precision_result *const r = s->r;
    ga_code code = GA_OK;
    for (r->added_bits = 0; r->added_bits <= most_bits; r->added_bits++)
        if ((code = count_wider(s, r->added_bits, most_binades)) != GA_OK || is_enough(s, r->together))
            break;
    for (r->added_binades = 0; code == GA_OK && r->added_binades <= most_binades; r->added_binades++)
        if ((code = count_wider(s, r->added_bits, r->added_binades)) != GA_OK || is_enough(s, r->together))
            break;
    for (size_t i = 0; i < r->n; i++)
        r->tensor[i] = wider(r->tensor + i, r->added_bits, r->added_binades);
    return code;
}

static ga_code
find_truths(search *s)
{
    const precision_job *const job = s->job;
    precision_result *const r = s->r;
    blocks_job pass = { .model = job->model, .ds = job->ds, .range = job->range, .estimator = job->estimator,
                        .threads = job->threads, .sink = { .parallel = keep_truths, .data = s } };
    pass.estimator.format = format_of_reference();
    pass.estimator.format.signs = true;
    pass.estimator.product = GA_PRODUCT_DEFAULT;
    const ga_code code = blocks_check_and_run(&pass, s->st);
    for (size_t i = 0; i < r->elements && code == GA_OK; i++)
        r->decided += s->sign[i] != 2;
    return code;
}

static ga_code
list_tensors(search *s)
{
    precision_result *const r = s->r;
    const ga_estimator e = engine_estimator(&s->job->estimator, s->job->model);
    stored_value *const v = (r->p = pass_program(s->job->model, &e, false)) != NULL ? program_storable(&r->n, r->p) : NULL;
    if (v != NULL)
        r->tensor = calloc(r->n + 1, sizeof *r->tensor);
    for (size_t i = 0; r->tensor != NULL && i < r->n; i++)
        r->tensor[i] = (precision_tensor){ .value = v[i].value, .class = v[i].class };
    free(v);
    if (r->tensor != NULL)
        s->format = calloc(r->p->n_values, sizeof *s->format);
    s->sign = malloc(r->elements);
    s->all = 20 * r->n;
    return s->format != NULL && s->sign != NULL ? GA_OK : ga_fail(s->st, GA_NO_MEMORY, "out of memory for a pass's tensors");
}

ga_code
precision_find(precision_result *r, const precision_job *job, ga_status *st)
{
    const uint64_t images = job->range.last - job->range.first + 1;
    *r = (precision_result){ .elements = images * ga_model_inputs(job->model) };
    search s = { .job = job, .r = r, .st = st };
    const ga_format f = job->estimator.format;
    if ((f.kind != GA_FLOAT && f.kind != GA_DOUBLE) || f.recipe.row != 0)
        return ga_fail(st, GA_USAGE, "tensors are stored narrower than float or double: say --format float or double");
    ga_code code = blocks_check(job->model, job->ds, job->range, &job->estimator, st);
    if (code == GA_OK)
        code = list_tensors(&s);
    if (code == GA_OK)
        code = find_truths(&s);
    if (code == GA_OK)
        code = count(&r->plain, &s);
    for (size_t i = 0; i < r->n && code == GA_OK && is_enough(&s, r->plain); i++)
        code = search_tensor(&s, r->tensor + i);
    if (code == GA_OK && is_enough(&s, r->plain))
        code = search_together(&s);
    free(s.sign);
    free(s.format);
    return code;
}

void
precision_free(precision_result *r)
{
    program_free(r->p);
    free(r->tensor);
    *r = (precision_result){ .n = 0 };
}
