/* SPDX-License-Identifier: Apache-2.0 */
/* run.c -- see run.h */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "audit/elements.h"
#include "audit/part_bytes.h"
#include "audit/run.h"
#include "core/call.h"
#include "run/agree.h"
#include "run/deal.h"

typedef struct {
    plan *p;
    const ga_audit_job *job;
    audit_run *r;
    elements_writer *elements;
    part **parts;   /* the finished ones */
    size_t n_parts, n_all, images_done;
    double work_done; /* images, parts under way included */
    pthread_mutex_t work_lock; /* one call at a time, of this audit */
    size_t *todo; /* parts that are not in the journal */
    size_t n_todo;
    ga_status *st;
} state;

void
audit_run_free(audit_run *r)
{
    part_free(r->result);
    json_decref(r->head);
    journal_close(&r->journal);
}

static ga_range
part_range(const state *s, size_t i)
{
    const ga_range all = s->job->range;
    const size_t n = s->p->part_images, start = (all.first / n + i) * n, end = start + n - 1;
    return (ga_range){ start > all.first ? start : all.first, end < all.last ? end : all.last };
}

static bool
is_done(const state *s, ga_range range)
{
    for (size_t i = 0; i < s->n_parts; i++)
        if (s->parts[i]->n_rows == range.last - range.first + 1 && s->parts[i]->row[0].image == range.first)
            return true;
    return false;
}

static ga_code
list_parts(state *s)
{
    part **parts = realloc(s->parts, s->n_all * sizeof(part *));
    s->todo = malloc(s->n_all * sizeof *s->todo);
    if (parts == NULL || s->todo == NULL)
        return ga_fail(s->st, GA_NO_MEMORY, "out of memory for a list of parts");
    s->parts = parts;
    for (size_t i = 0; i < s->n_parts; i++)
        s->images_done += s->parts[i]->n_rows;
    for (size_t i = 0; i < s->n_all; i++)
        if (!is_done(s, part_range(s, i)))
            s->todo[s->n_todo++] = i;
    if (s->n_parts + s->n_todo != s->n_all)
        return ga_fail(s->st, GA_BAD_FILE, "%s: it has parts that are none of this audit's", s->r->journal.path);
    return GA_OK;
}

static void
count_work(void *data, double images)
{
    state *s = data;
    size_t parts;
#pragma omp atomic read
    parts = s->n_parts;
    pthread_mutex_lock(&s->work_lock);
    s->work_done += images;
    s->job->work(s->job->progress_data, s->work_done, s->job->range.last - s->job->range.first + 1, parts, s->n_all);
    pthread_mutex_unlock(&s->work_lock);
}

/* A part with its elements. */
typedef struct {
    part *result;
    part_elements elements;
    bool foreign; /* another process has made it */
} made_part;

static void
drop(void *data, void *made)
{
    made_part *const m = made;
    (void)data;
    if (m == NULL)
        return;
    part_free(m->result);
    part_elements_free(&m->elements);
    free(m);
}

static ga_code
new_part(made_part **m, const state *s, ga_range range, ga_status *st)
{
    if ((*m = calloc(1, sizeof **m)) == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a part");
    return s->job->options.elements ? part_elements_new(&(*m)->elements, s->p, range.last - range.first + 1, st) : GA_OK;
}

static ga_code
make(void *data, void **made, size_t piece, int threads, ga_status *st)
{
    state *const s = data;
    const ga_range range = part_range(s, piece);
    made_part *m;
    ga_code code = new_part(&m, s, range, st);
    if (code == GA_OK)
        code = part_audit(&m->result, s->job->options.elements ? &m->elements : NULL, s->p, range, threads, st);
    if (code == GA_OK)
        *made = m;
    else
        drop(s, m);
    return code;
}

/* The elements of a part are on disk before the journal says that the part is done. */
static ga_code
finish(void *data, void *made, size_t piece, ga_status *st)
{
    state *const s = data;
    made_part *const m = made;
    const ga_range range = part_range(s, piece);
    const bool foreign = m->foreign;
    ga_code code = s->elements != NULL ? elements_put(s->elements, &m->elements, range, st) : GA_OK;
    if (code == GA_OK)
        code = journal_append(&s->r->journal, m->result, st);
    if (code == GA_OK) {
        s->parts[s->n_parts] = m->result;
        m->result = NULL;
#pragma omp atomic update
        s->n_parts++;
        s->images_done += range.last - range.first + 1;
        if (s->job->progress != NULL)
            s->job->progress(s->job->progress_data, s->images_done, s->job->range.last - s->job->range.first + 1);
    }
    drop(s, m);
    if (code == GA_OK && s->p->work != NULL)
        count_work(s, foreign ? (double)(range.last - range.first + 1) : 0);
    return code;
}

/* The arrays of a part's elements: what they are, and their bytes. */
enum { N_ARRAYS = 5 };
static void
arrays_of(void *array[N_ARRAYS], size_t size[N_ARRAYS], const part_elements *b, const state *s, ga_range range)
{
    const size_t all = (range.last - range.first + 1) * ga_model_inputs(s->job->model);
    void *const arrays[] = { b->mantissa, b->exponent, b->gradient, b->cell, b->origin };
    const size_t sizes[] = { s->p->n_functions * all * sizeof *b->mantissa, s->p->n_functions * all * sizeof *b->exponent,
                             s->p->n_estimators * all * sizeof *b->gradient, s->p->n_estimators * all, s->p->n_estimators * all };
    memcpy(array, arrays, sizeof arrays);
    memcpy(size, sizes, sizeof sizes);
}

/* The part, and the arrays, if there are some. */
static ga_code
pack(void *data, deal_bytes *packed, const void *made, ga_status *st)
{
    const state *const s = data;
    const made_part *const m = made;
    const ga_range range = { m->result->row[0].image, m->result->row[m->result->n_rows - 1].image };
    void *array[N_ARRAYS];
    size_t size[N_ARRAYS], n = 0;
    char *at;
    arrays_of(array, size, &m->elements, s, range);
    for (size_t i = 0; i < N_ARRAYS; i++)
        n += array[i] != NULL ? size[i] : 0;
    const ga_code code = part_pack(packed, &at, m->result, n, st);
    for (size_t i = 0; i < N_ARRAYS && code == GA_OK; i++)
        if (array[i] != NULL) {
            memcpy(at, array[i], size[i]);
            at += size[i];
        }
    return code;
}

/* What comes after the part must be all arrays. */
static ga_code
unpack_arrays(const state *s, made_part *m, ga_range range, const char *at, size_t behind, ga_status *st)
{
    void *array[N_ARRAYS];
    size_t size[N_ARRAYS];
    arrays_of(array, size, &m->elements, s, range);
    for (size_t i = 0; i < N_ARRAYS; i++)
        if (array[i] != NULL && size[i] <= behind) {
            memcpy(array[i], at, size[i]);
            at += size[i];
            behind -= size[i];
        } else if (array[i] != NULL)
            behind = SIZE_MAX;
    return behind == 0 ? GA_OK : ga_fail(st, GA_BAD_FILE, "what another process sent has not all elements");
}

static ga_code
unpack(void *data, void **made, size_t piece, const deal_bytes *packed, ga_status *st)
{
    const state *const s = data;
    const part_shape shape = plan_part_shape(s->p);
    const ga_range range = part_range(s, piece);
    size_t behind;
    made_part *m;
    ga_code code = new_part(&m, s, range, st);
    if (code == GA_OK)
        code = part_unpack(&m->result, &behind, packed, &shape, range, st);
    if (code == GA_OK)
        code = unpack_arrays(s, m, range, packed->bytes + packed->n - behind, behind, st);
    if (code != GA_OK) {
        drop(NULL, m);
        return code;
    }
    m->foreign = true;
    *made = m;
    return GA_OK;
}

static ga_code
compute(state *s)
{
    const size_t images = s->job->range.last - s->job->range.first + 1;
    if (s->job->progress != NULL && s->n_todo > 0)
        s->job->progress(s->job->progress_data, s->images_done, images);
    s->work_done = (double)s->images_done;
    s->p->work_data = s;
    if (s->job->work != NULL) {
        s->p->work = count_work;
        count_work(s, 0);
    }
    const deal_work work = { .piece = s->todo, .n = s->n_todo, .data = s, .make = make, .finish = finish, .drop = drop,
                             .pack = pack, .unpack = unpack };
    const deal all = { .work = &work, .n = 1, .threads = s->job->options.threads, .team = s->job->team };
    const ga_code code = deal_run(&all, s->st);
    if (code == GA_INTERRUPTED || code == GA_TERMINATED)
        ga_fail(s->st, code, "%s; %zu of %zu parts are done: --resume goes on from there", call_reason(), s->n_parts, s->n_all);
    return code;
}

/* All processes compute the same: what says so is the head, with the digests of model and data, and the images. */
static json_t *
said(const state *s)
{
    json_t *const all = json_copy(s->r->head);
    json_object_set_new(all, "images", json_pack("[II]", (json_int_t)s->job->range.first, (json_int_t)s->job->range.last));
    return all;
}

static bool
writes(const ga_audit_job *job)
{
    return job->team == NULL || job->team->rank == 0;
}

/* The journal, the arrays of elements and what is still to do: process 0 has them. */
static ga_code
open_files(state *s, const char *directory, bool resume)
{
    audit_run *r = s->r;
    const part_shape shape = plan_part_shape(s->p);
    ga_code code = resume ? journal_resume(&r->journal, &s->parts, &s->n_parts, directory, r->head, s->job->range, &shape, s->st)
                          : journal_create(&r->journal, directory, r->head, s->job->range, s->st);
    if (code == GA_OK)
        code = list_parts(s);
    if (code == GA_OK && s->job->options.elements)
        code = elements_open(&s->elements, directory, s->p, s->job->range, s->n_parts > 0, s->st);
    return code;
}

static ga_code
run(state *s, const char *directory, bool resume)
{
    audit_run *r = s->r;
    bool go = false;
    if ((r->head = plan_head(s->p, s->st)) == NULL) {
        agree_not(s->job->team, s->st);
        return s->st->code;
    }
    s->n_all = s->job->range.last / s->p->part_images - s->job->range.first / s->p->part_images + 1;
    ga_code code = agree(&go, s->job->team, s->job->team != NULL ? said(s) : NULL, s->st);
    if (!go)
        return code;
    if (writes(s->job) && (code = open_files(s, directory, resume)) != GA_OK) {
        deal_run(&(deal){ .team = s->job->team }, NULL); /* the others have nothing to do */
        return code;
    }
    code = compute(s);
    if (code != GA_OK || !writes(s->job))
        return code;
    code = part_merge(&r->result, s->parts, s->n_parts, s->st);
    if (code == GA_OK && s->elements != NULL) {
        code = elements_finish(s->elements, s->st);
        s->elements = NULL;
    }
    return code;
}

ga_code
audit_run_parts(audit_run *r, const char *directory, plan *p, bool resume, ga_status *st)
{
    ga_status own = { 0 };
    state s = { .p = p, .job = p->job, .r = r, .st = &own, .work_lock = PTHREAD_MUTEX_INITIALIZER };
    *r = (audit_run){ .journal = { .fd = -1 } };
    const ga_code code = run(&s, directory, resume);
    elements_suspend(s.elements);
    for (size_t i = 0; i < s.n_parts; i++)
        part_free(s.parts[i]);
    free(s.parts);
    free(s.todo);
    p->work = NULL;
    if (code != GA_OK && st != NULL)
        *st = own;
    return code;
}
