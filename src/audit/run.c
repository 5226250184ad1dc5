/* SPDX-License-Identifier: Apache-2.0 */
/* run.c -- see run.h */
#include <omp.h>
#include <stdlib.h>

#include "audit/elements.h"
#include "audit/run.h"

typedef struct {
    plan p;
    const ga_audit_job *job;
    audit_run *r;
    elements_writer *elements;
    part **parts;   /* the finished ones */
    size_t n_parts, n_all, images_done;
    double work_done; /* images, parts under way included */
    ga_range *todo; /* parts that are not in the journal */
    size_t n_todo;
    ga_code code;
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
    const size_t n = s->p.part_images, start = (all.first / n + i) * n, end = start + n - 1;
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
            s->todo[s->n_todo++] = part_range(s, i);
    if (s->n_parts + s->n_todo != s->n_all)
        return ga_fail(s->st, GA_BAD_FILE, "%s: it has parts that are none of this audit's", s->r->journal.path);
    return GA_OK;
}

static void
fail(state *s, ga_code code, const ga_status *st)
{
    if (s->code != GA_OK)
        return;
    *s->st = *st;
    s->st->code = code;
#pragma omp atomic write
    s->code = code;
}

/* The elements of a part are on disk before the journal says that the part is done. */
static ga_code
finish_part(state *s, part *result, const part_elements *b, ga_range range, ga_status *st)
{
    ga_code code = s->elements != NULL ? elements_put(s->elements, b, range, st) : GA_OK;
    if (code == GA_OK)
        code = journal_append(&s->r->journal, result, st);
    if (code != GA_OK)
        return code;
    s->parts[s->n_parts] = result;
#pragma omp atomic update
    s->n_parts++;
    s->images_done += result->n_rows;
    if (s->job->progress != NULL)
        s->job->progress(s->job->progress_data, s->images_done, s->job->range.last - s->job->range.first + 1);
    return GA_OK;
}

static void
count_work(void *data, double images)
{
    state *s = data;
#pragma omp critical(audit_work)
    {
        size_t parts;
#pragma omp atomic read
        parts = s->n_parts;
        s->work_done += images;
        s->job->work(s->job->progress_data, s->work_done, s->job->range.last - s->job->range.first + 1, parts,
                     s->n_all);
    }
}

static void
audit_one(state *s, ga_range range, int threads)
{
    part *result = NULL;
    part_elements b = { 0 };
    ga_status st = { 0 };
    ga_code code = s->elements != NULL ? part_elements_new(&b, &s->p, range.last - range.first + 1, &st) : GA_OK;
    if (code == GA_OK)
        code = part_audit(&result, s->elements != NULL ? &b : NULL, &s->p, range, threads, &st);
#pragma omp critical(audit_finish)
    {
        if (code == GA_OK)
            code = finish_part(s, result, &b, range, &st);
        if (code != GA_OK)
            fail(s, code, &st);
    }
    if (code != GA_OK)
        part_free(result);
    else if (s->p.work != NULL)
        count_work(s, 0);
    part_elements_free(&b);
}

/* Parts in parallel; if there are fewer than threads, threads share a part. No result depends on either. */
static ga_code
compute(state *s)
{
    const int threads = s->job->options.threads > 0 ? s->job->options.threads : omp_get_max_threads();
    const int outer = s->n_todo < (size_t)threads ? (int)s->n_todo : threads, inner = outer > 0 ? threads / outer : 1;
    omp_set_max_active_levels(inner > 1 ? 2 : 1);
    if (s->job->progress != NULL && s->n_todo > 0)
        s->job->progress(s->job->progress_data, s->images_done, s->job->range.last - s->job->range.first + 1);
    s->work_done = (double)s->images_done;
    s->p.work_data = s;
    if (s->job->work != NULL && s->n_todo > 0) {
        s->p.work = count_work;
        count_work(s, 0);
    }
#pragma omp parallel for schedule(dynamic, 1) num_threads(outer > 0 ? outer : 1)
    for (size_t i = 0; i < s->n_todo; i++) {
        ga_code code;
#pragma omp atomic read
        code = s->code;
        if (code == GA_OK && ga_stop_requested == 0)
            audit_one(s, s->todo[i], inner);
    }
    if (s->code == GA_OK && ga_stop_requested != 0)
        s->code = ga_fail(s->st, (ga_code)ga_stop_requested, "stopped by a signal");
    if (s->code == GA_INTERRUPTED || s->code == GA_TERMINATED)
        ga_fail(s->st, s->code, "stopped by a signal; %zu of %zu parts are done: --resume goes on from there", s->n_parts,
                s->n_all);
    return s->code;
}

static ga_code
run(state *s, const char *directory, bool resume)
{
    audit_run *r = s->r;
    ga_code code = plan_make(&s->p, s->job, s->st);
    if (code != GA_OK || (r->head = plan_head(&s->p, s->st)) == NULL)
        return s->st->code;
    s->n_all = s->job->range.last / s->p.part_images - s->job->range.first / s->p.part_images + 1;
    const part_shape shape = plan_part_shape(&s->p);
    if (resume)
        code = journal_resume(&r->journal, &s->parts, &s->n_parts, directory, r->head, s->job->range, &shape, s->st);
    else
        code = journal_create(&r->journal, directory, r->head, s->job->range, s->st);
    if (code == GA_OK)
        code = list_parts(s);
    if (code == GA_OK && s->job->options.elements)
        code = elements_open(&s->elements, directory, &s->p, s->job->range, s->n_parts > 0, s->st);
    if (code == GA_OK)
        code = compute(s);
    if (code == GA_OK)
        code = part_merge(&r->result, s->parts, s->n_parts, s->st);
    if (code == GA_OK && s->elements != NULL) {
        code = elements_finish(s->elements, s->st);
        s->elements = NULL;
    }
    return code;
}

ga_code
audit_run_parts(audit_run *r, const char *directory, const ga_audit_job *job, bool resume, ga_status *st)
{
    ga_status own = { 0 };
    state s = { .job = job, .r = r, .st = &own };
    *r = (audit_run){ .journal = { .fd = -1 } };
    const ga_code code = run(&s, directory, resume);
    elements_suspend(s.elements);
    for (size_t i = 0; i < s.n_parts; i++)
        part_free(s.parts[i]);
    free(s.parts);
    free(s.todo);
    plan_free(&s.p);
    if (code != GA_OK && st != NULL)
        *st = own;
    return code;
}
