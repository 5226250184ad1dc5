/* SPDX-License-Identifier: Apache-2.0 */
/* deal.c -- see deal.h. In each process the thread that called talks to the others (talk.h), if there are others; the rest work. */
#include <pthread.h>

#include <omp.h>

#include "gemm/blas.h"
#include "num/thread_state.h"
#include "run/talk.h"

int
deal_threads(int threads)
{
    return threads > 0 ? threads : omp_get_max_threads();
}

/* Whether the thread is at a piece already, so that its products have been counted. */
static _Thread_local __attribute__((tls_model("initial-exec"))) bool at_work;

static void
take_pieces(table *t, int threads)
{
    table_piece p;
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
}

/* The thread may be one of a pool that the host uses too. */
static void
work(table *t, int threads)
{
    thread_state host;
    call_state *const before = call_work_for(t->call);
    const bool was_at_work = at_work;
    thread_borrow(&host);
    at_work = true;
    take_pieces(t, threads);
    at_work = was_at_work;
    mpfr_free_cache();
    thread_give_back(&host);
    call_work_for(before);
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

/* In the child of a fork() the one thread that is left has libgomp's pool of the parent, whose threads are not there: it would wait
   for them for ever. A new thread has none. */
static _Thread_local __attribute__((tls_model("initial-exec"))) bool pool_is_lost;

static void
lose_pool(void)
{
    pool_is_lost = true;
}

static __attribute__((constructor)) void
watch_forks(void)
{
    pthread_atfork(NULL, NULL, lose_pool); /* may lack memory: then children are as they would be without it */
}

/* How deep threads may nest, and that there are as many as were asked for, are settings of the thread that begins: its host gets
   them back. A run within a parallel region leaves them. */
typedef struct {
    bool set;
    int dynamic, levels;
} openmp_state;

static openmp_state
borrow_openmp(int levels)
{
    const openmp_state host = { omp_get_level() == 0, omp_get_dynamic(), omp_get_max_active_levels() };
    if (host.set) {
        omp_set_dynamic(0);
        omp_set_max_active_levels(levels);
    }
    return host;
}

static void
give_back_openmp(openmp_state host)
{
    if (host.set) {
        omp_set_dynamic(host.dynamic);
        omp_set_max_active_levels(host.levels);
    }
}

static void
share_out(table *t, int threads, bool together)
{
    const int most = table_is_worker(t) || t->n > (size_t)threads ? threads : (int)t->n, outer = most > 0 ? most : 1;
    const int products = t->code == GA_OK && t->d->n > 0 ? outer - at_work : 0;
    const openmp_state host = borrow_openmp(!together && threads / outer > 1 ? 2 : 1);
    ga_status own = { 0 };
    const ga_code code = blas_borrow(products, &own);
    if (code != GA_OK)
        table_fail(t, code, &own);
    if (together)
        work_together(t, outer);
    else
        work_alone(t, outer, threads / outer);
    if (code == GA_OK)
        blas_give_back(products);
    give_back_openmp(host);
}

typedef struct {
    table *t;
    int threads;
    bool together, at_work;
} sharing;

static void *
share_out_anew(void *data)
{
    const sharing *const s = data;
    call_work_for(s->t->call);
    at_work = s->at_work;
    share_out(s->t, s->threads, s->together);
    return NULL;
}

static void
share_out_elsewhere(table *t, int threads, bool together)
{
    sharing s = { t, threads, together, at_work };
    pthread_t thread;
    ga_status st = { 0 };
    if (pthread_create(&thread, NULL, share_out_anew, &s) == 0)
        pthread_join(thread, NULL);
    else {
        ga_fail(&st, GA_NO_MEMORY, "out of memory for a thread");
        table_fail(t, GA_NO_MEMORY, &st);
    }
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
    (pool_is_lost ? share_out_elsewhere : share_out)(&t, threads, together);
    table_close(&t);
    if (together)
        d->team->leave(d->team);
    if (t.code == GA_OK && call_ended() != GA_OK)
        t.code = call_fail(&t.status);
    if (t.code == GA_OK && !table_is_worker(&t) && t.finished < t.n)
        t.code = ga_fail(&t.status, GA_IO_ERROR, "a process left before it had done its work");
    if (t.code != GA_OK && st != NULL)
        *st = t.status;
    return t.code;
}
