/* SPDX-License-Identifier: Apache-2.0 */
/* deal.c -- see deal.h. In each process the thread that called talks to the others (talk.h), if there are others; the rest work. */
#include <omp.h>

#include "gemm/blas.h"
#include "num/mpfr_vec.h"
#include "run/talk.h"

int
deal_threads(int threads)
{
    return threads > 0 ? threads : omp_get_max_threads();
}

static void
work(table *t, int threads)
{
    table_piece p;
    mpfr_vec_widest_range();
    while (table_take(t, &p)) {
        ga_status st = { 0 };
        void *made = NULL;
        const deal_work *const w = table_work(t, &p);
        const ga_code code = w->make(w->data, &made, (size_t)p.piece, threads, &st);
        if (code == GA_OK)
            table_give(t, &p, made);
        else
            table_fail(t, code, &st);
    }
    mpfr_free_cache();
    pthread_mutex_lock(&t->lock);
    t->working--;
    pthread_mutex_unlock(&t->lock);
}

static void
lack_of_threads(table *t)
{
    ga_status st = { 0 };
    ga_fail(&st, GA_USAGE, "OpenMP gives it one thread, and one is to talk: OMP_THREAD_LIMIT must be 2 or more");
    table_fail(t, GA_USAGE, &st);
}

static void
work_together(table *t, int outer)
{
#pragma omp parallel num_threads(outer + 1)
    {
        const bool talks = omp_get_thread_num() == 0, by_itself = omp_get_num_threads() == 1;
        const bool both = by_itself && !table_is_worker(t); /* process 0 works, and then serves the others */
#pragma omp single
        t->working = (size_t)omp_get_num_threads() - !both;
        if (by_itself && !both)
            lack_of_threads(t);
        if (!talks || both)
            work(t, 1);
        if (talks && table_is_worker(t))
            talk_ask(t);
        else if (talks)
            talk_serve(t);
    }
}

static void
work_alone(table *t, int outer, int inner)
{
    t->working = (size_t)outer;
    if (outer == 1)
        work(t, inner);
    else
#pragma omp parallel num_threads(outer)
        work(t, inner);
}

/* How deep threads may nest is the process's: a run within a piece of another one leaves it. */
static void
allow_levels(int levels)
{
    if (omp_get_level() > 0)
        return;
    omp_set_dynamic(0);
    omp_set_max_active_levels(levels);
}

ga_code
deal_run(const deal *d, ga_status *st)
{
    const bool together = d->team != NULL && d->team->size > 1;
    const int threads = deal_threads(d->threads);
    table t;
    ga_status own = { 0 };
    ga_code code = table_open(&t, d, threads, &own);
    if (code != GA_OK)
        table_fail(&t, code, &own);
    const int most = table_is_worker(&t) || t.n > (size_t)threads ? threads : (int)t.n, outer = most > 0 ? most : 1;
    /* a run within a piece of another multiplies in each of that one's threads at once */
    if (t.code == GA_OK && d->n > 0 && (code = blas_prepare(outer * omp_get_num_threads(), &own)) != GA_OK)
        table_fail(&t, code, &own);
    allow_levels(!together && threads / outer > 1 ? 2 : 1);
    if (together)
        work_together(&t, outer);
    else
        work_alone(&t, outer, threads / outer);
    table_close(&t);
    if (together)
        d->team->leave(d->team);
    if (t.code == GA_OK && ga_stop_requested != 0)
        t.code = ga_fail(&t.status, (ga_code)ga_stop_requested, "stopped by a signal");
    if (t.code == GA_OK && !table_is_worker(&t) && t.finished < t.n)
        t.code = ga_fail(&t.status, GA_IO_ERROR, "a process left before it had done its work");
    if (t.code != GA_OK && st != NULL)
        *st = t.status;
    return t.code;
}
