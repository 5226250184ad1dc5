/* SPDX-License-Identifier: Apache-2.0 */
/* table.c -- see table.h */
#include <stdlib.h>

#include "run/table.h"

/* Alone, pieces ahead of their turn are as few as threads; other processes' threads are not known, and wait longer. */
enum { AHEAD_OF_A_PROCESS = 16 };

bool
table_is_worker(const table *t)
{
    return t->d->team != NULL && t->d->team->rank > 0;
}

const deal_work *
table_work(const table *t, const table_piece *p)
{
    return t->d->work + p->work;
}

static size_t
cost_of(const deal_work *w)
{
    return w->cost > 0 ? w->cost : 1;
}

ga_code
table_open(table *t, const deal *d, int threads, ga_status *st)
{
    const size_t processes = d->team != NULL ? d->team->size : 1;
    *t = (table){ .d = d, .call = call_current(), .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER,
                  .capacity = (size_t)threads };
    t->ahead = !d->ordered || table_is_worker(t) ? 0 : processes > 1 ? AHEAD_OF_A_PROCESS * processes * t->capacity : t->capacity;
    for (size_t w = 0; w < d->n && !table_is_worker(t); w++) {
        t->n += d->work[w].n;
        t->all += d->work[w].n * cost_of(d->work + w);
    }
    if (table_is_worker(t) && (t->room = malloc(t->capacity * sizeof *t->room)) == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for pieces of work");
    return GA_OK;
}

void
table_close(table *t)
{
    while (t->made != NULL) {
        made_piece *const m = t->made;
        t->made = m->next;
        table_work(t, &m->piece)->drop(table_work(t, &m->piece)->data, m->made);
        free(m);
    }
    free(t->room);
}

/* With the lock. */
static void
fail(table *t, ga_code code, const ga_status *st)
{
    if (t->code != GA_OK)
        return;
    t->status = *st;
    t->status.code = t->code = code;
    t->no_more = true;
    pthread_cond_broadcast(&t->changed);
}

void
table_fail(table *t, ga_code code, const ga_status *st)
{
    pthread_mutex_lock(&t->lock);
    fail(t, code, st);
    pthread_mutex_unlock(&t->lock);
}

/* ---- pieces that are taken -------------------------------------------------------------------------------------- */

static table_piece
at_place(const table *t, size_t place)
{
    size_t w = 0, i = place;
    while (i >= t->d->work[w].n)
        i -= t->d->work[w++].n;
    return (table_piece){ place, w, t->d->work[w].piece != NULL ? t->d->work[w].piece[i] : i };
}

/* With the lock. */
static bool
is_over(const table *t)
{
    return t->code != GA_OK || call_ended() != GA_OK;
}

static bool
is_early(const table *t)
{
    return t->ahead > 0 && t->taken >= t->finished + t->ahead;
}

static table_answer
take_now(table *t, table_piece *p)
{
    if (is_over(t) || t->taken >= t->n)
        return TABLE_NONE;
    if (is_early(t))
        return TABLE_LATER;
    *p = table_is_worker(t) ? t->room[t->taken % t->capacity] : at_place(t, t->taken);
    t->taken++;
    return TABLE_GOT;
}

bool
table_take(table *t, table_piece *p)
{
    call_ask();
    pthread_mutex_lock(&t->lock);
    if (table_is_worker(t)) {
        t->wanted++;
        while (!t->no_more && t->taken == t->n && call_ended() == GA_OK)
            pthread_cond_wait(&t->changed, &t->lock);
    }
    table_answer answer;
    while ((answer = take_now(t, p)) == TABLE_LATER && !t->no_more)
        pthread_cond_wait(&t->changed, &t->lock);
    pthread_mutex_unlock(&t->lock);
    return answer == TABLE_GOT;
}

table_answer
table_take_for_another(table *t, table_piece *p)
{
    pthread_mutex_lock(&t->lock);
    const table_answer answer = take_now(t, p);
    pthread_mutex_unlock(&t->lock);
    return answer;
}

/* ---- pieces that were made -------------------------------------------------------------------------------------- */

/* With the lock: takes the one whose turn it is out of the list; NULL: it is not there yet. */
static made_piece *
next_turn(table *t)
{
    made_piece **at = &t->made;
    while (*at != NULL && t->d->ordered && (*at)->piece.place != t->finished)
        at = &(*at)->next;
    made_piece *const m = *at;
    if (m != NULL)
        *at = m->next;
    return m;
}

/* With the lock, which is free while a piece is finished: other threads add to the list meanwhile. */
static void
finish_all(table *t)
{
    made_piece *m;
    t->finishing = true;
    while (t->code == GA_OK && (m = next_turn(t)) != NULL) {
        const deal_work *const w = table_work(t, &m->piece);
        ga_status st = { 0 };
        pthread_mutex_unlock(&t->lock);
        const ga_code code = w->finish(w->data, m->made, (size_t)m->piece.piece, &st);
        t->done += cost_of(w); /* nobody else looks at it */
        if (code == GA_OK && t->d->progress != NULL)
            t->d->progress(t->d->progress_data, t->done, t->all);
        free(m);
        pthread_mutex_lock(&t->lock);
        t->finished++;
        if (code != GA_OK)
            fail(t, code, &st);
        pthread_cond_broadcast(&t->changed);
    }
    t->finishing = false;
}

void
table_give(table *t, const table_piece *p, void *made)
{
    const deal_work *const w = table_work(t, p);
    made_piece *const m = malloc(sizeof *m);
    ga_status st = { 0 };
    pthread_mutex_lock(&t->lock);
    if (m == NULL)
        fail(t, ga_fail(&st, GA_NO_MEMORY, "out of memory for a piece of work"), &st);
    if (t->code != GA_OK) {
        w->drop(w->data, made);
        free(m);
    } else {
        *m = (made_piece){ NULL, *p, made };
        made_piece **last = &t->made;
        while (*last != NULL)
            last = &(*last)->next;
        *last = m;
        if (!table_is_worker(t) && !t->finishing)
            finish_all(t);
    }
    pthread_mutex_unlock(&t->lock);
}

made_piece *
table_next_made(table *t)
{
    pthread_mutex_lock(&t->lock);
    made_piece *const m = t->made;
    if (m != NULL)
        t->made = m->next;
    pthread_mutex_unlock(&t->lock);
    return m;
}
