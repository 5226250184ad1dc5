/* SPDX-License-Identifier: Apache-2.0 */
/* deal.c -- see deal.h

   Messages begin with a letter. From others to process 0: S, what it says (deal_agree); W, a thread wants a piece; R, a piece and
   what was made of it; F, it failed, with the status and why; D, it has done all it will do. From process 0: G, go on; P, a piece;
   E, there are no more, one for each W that gets none. In each process the thread that called sends and receives, if there is a
   team; the others work. */
#include <omp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/deal.h"

typedef struct made_piece {
    struct made_piece *next;
    size_t piece;
    void *made;
} made_piece;

typedef struct {
    const deal *d;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    const size_t *given;     /* of process 0: all pieces, */
    size_t *room, capacity;  /* of another: those that have come, and wait, in a ring */
    size_t n_given, taken;
    size_t wanted, answered; /* of another process: threads that have asked for a piece, and been answered; */
    size_t working;          /* those at work */
    bool no_more;
    made_piece *out; /* of another process: what process 0 has not got yet */
    size_t finished;
    ga_code code;
    ga_status status;
} table;

/* Between looks for messages; how many moments other processes are waited for after a signal, which may have ended them. */
static const struct timespec A_MOMENT = { 0, 500000 };
enum { PATIENCE = 200 };

static bool
is_worker(const deal *d)
{
    return d->team != NULL && d->team->rank > 0;
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

/* ---- threads that work ------------------------------------------------------------------------------------------ */

/* False: there are no more. */
static bool
take(table *t, size_t *piece)
{
    bool got = false;
    pthread_mutex_lock(&t->lock);
    if (is_worker(t->d)) {
        t->wanted++;
        while (!t->no_more && t->taken == t->n_given && ga_stop_requested == 0)
            pthread_cond_wait(&t->changed, &t->lock);
    }
    if (t->code == GA_OK && ga_stop_requested == 0 && t->taken < t->n_given) {
        *piece = is_worker(t->d) ? t->room[t->taken % t->capacity] : t->given[t->taken];
        t->taken++;
        got = true;
    }
    pthread_mutex_unlock(&t->lock);
    return got;
}

/* With the lock: what was made of a piece goes to process 0, which may be this one. */
static void
give(table *t, size_t piece, void *made, ga_status *st)
{
    made_piece *const m = is_worker(t->d) ? malloc(sizeof *m) : NULL;
    if (t->code != GA_OK) {
        t->d->drop(t->d->data, made);
        free(m);
    } else if (!is_worker(t->d)) {
        const ga_code code = t->d->finish(t->d->data, made, piece, st);
        t->finished++;
        if (code != GA_OK)
            fail(t, code, st);
    } else if (m == NULL) {
        t->d->drop(t->d->data, made);
        fail(t, ga_fail(st, GA_NO_MEMORY, "out of memory for a piece of work"), st);
    } else {
        *m = (made_piece){ NULL, piece, made };
        made_piece **last = &t->out;
        while (*last != NULL)
            last = &(*last)->next;
        *last = m;
    }
}

static void
work(table *t, int threads)
{
    size_t piece;
    while (take(t, &piece)) {
        ga_status st = { 0 };
        void *made = NULL;
        const ga_code code = t->d->make(t->d->data, &made, piece, threads, &st);
        pthread_mutex_lock(&t->lock);
        if (code == GA_OK)
            give(t, piece, made, &st);
        else
            fail(t, code, &st);
        pthread_mutex_unlock(&t->lock);
    }
    pthread_mutex_lock(&t->lock);
    t->working--;
    pthread_mutex_unlock(&t->lock);
}

/* ---- messages --------------------------------------------------------------------------------------------------- */

static void
send_letter(ga_team *team, size_t to, char letter)
{
    team->send(team, to, &letter, 1);
}

/* A letter, a number, and bytes. */
static bool
send_number(ga_team *team, size_t to, char letter, uint64_t number, const deal_bytes *more)
{
    const size_t n = 1 + sizeof number + (more != NULL ? more->n : 0);
    char *const bytes = malloc(n);
    if (bytes == NULL)
        return false;
    bytes[0] = letter;
    memcpy(bytes + 1, &number, sizeof number);
    if (more != NULL && more->n > 0)
        memcpy(bytes + 1 + sizeof number, more->bytes, more->n);
    team->send(team, to, bytes, n);
    free(bytes);
    return true;
}

static uint64_t
number_of(const char *bytes, size_t n, deal_bytes *more)
{
    uint64_t number = 0;
    *more = (deal_bytes){ NULL, 0 };
    if (n < 1 + sizeof number)
        return 0;
    memcpy(&number, bytes + 1, sizeof number);
    *more = (deal_bytes){ (char *)(uintptr_t)bytes + 1 + sizeof number, n - 1 - sizeof number };
    return number;
}

static void
send_failure(ga_team *team, const ga_status *st)
{
    deal_bytes text = { (char *)(uintptr_t)st->message, strlen(st->message) };
    send_number(team, 0, 'F', (uint64_t)st->code, &text);
}

static ga_code
failure_of(ga_status *st, size_t from, const char *bytes, size_t n)
{
    deal_bytes text;
    const ga_code code = (ga_code)number_of(bytes, n, &text);
    return ga_fail(st, code, "process %zu: %.*s", from, (int)(text.n < 400 ? text.n : 400), text.n > 0 ? text.bytes : "");
}

/* ---- process 0 -------------------------------------------------------------------------------------------------- */

/* With the lock. */
static void
unpack(table *t, const char *bytes, size_t n)
{
    deal_bytes packed;
    ga_status st = { 0 };
    void *made = NULL;
    const size_t piece = (size_t)number_of(bytes, n, &packed);
    if (t->code != GA_OK)
        return;
    const ga_code code = t->d->unpack(t->d->data, &made, piece, &packed, &st);
    if (code == GA_OK)
        give(t, piece, made, &st);
    else
        fail(t, code, &st);
}

/* A thread of another process wants a piece. */
static void
answer(table *t, size_t to)
{
    size_t piece;
    if (!take(t, &piece))
        send_letter(t->d->team, to, 'E');
    else if (!send_number(t->d->team, to, 'P', piece, NULL)) {
        ga_status st = { 0 };
        pthread_mutex_lock(&t->lock);
        fail(t, ga_fail(&st, GA_NO_MEMORY, "out of memory for a message"), &st);
        pthread_mutex_unlock(&t->lock);
        send_letter(t->d->team, to, 'E');
    }
}

/* Until all others have done. Those that a signal stops may be gone: they are not waited for long. */
static void
serve(table *t)
{
    ga_team *const team = t->d->team;
    size_t done = 0, moments = 0;
    while (done < team->size - 1 && moments < PATIENCE) {
        size_t from, n;
        void *message;
        if (!team->receive(team, &from, &message, &n)) {
            moments += ga_stop_requested != 0;
            nanosleep(&A_MOMENT, NULL);
            continue;
        }
        const char *const bytes = message;
        ga_status st = { 0 };
        if (n > 0 && bytes[0] == 'W')
            answer(t, from);
        pthread_mutex_lock(&t->lock);
        if (n > 0 && bytes[0] == 'R')
            unpack(t, bytes, n);
        if (n > 0 && bytes[0] == 'F')
            fail(t, failure_of(&st, from, bytes, n), &st);
        pthread_mutex_unlock(&t->lock);
        done += n > 0 && bytes[0] == 'D';
        free(message);
    }
}

/* ---- another process -------------------------------------------------------------------------------------------- */

/* Sends what has been made; false: nothing has. */
static bool
send_made(table *t)
{
    pthread_mutex_lock(&t->lock);
    made_piece *const m = t->out;
    if (m != NULL)
        t->out = m->next;
    pthread_mutex_unlock(&t->lock);
    if (m == NULL)
        return false;
    deal_bytes packed = { NULL, 0 };
    ga_status st = { 0 };
    ga_code code = t->d->pack(t->d->data, &packed, m->made, &st);
    if (code == GA_OK && !send_number(t->d->team, 0, 'R', m->piece, &packed))
        code = ga_fail(&st, GA_NO_MEMORY, "out of memory for a message");
    t->d->drop(t->d->data, m->made);
    free(packed.bytes);
    free(m);
    pthread_mutex_lock(&t->lock);
    if (code != GA_OK)
        fail(t, code, &st);
    pthread_mutex_unlock(&t->lock);
    return true;
}

/* With the lock. */
static void
hear(table *t, const char *bytes, size_t n)
{
    deal_bytes more;
    t->answered++;
    if (n > 0 && bytes[0] == 'P' && t->room != NULL) {
        t->room[t->n_given % t->capacity] = (size_t)number_of(bytes, n, &more);
        t->n_given++;
    } else
        t->no_more = true;
    pthread_cond_broadcast(&t->changed);
}

/* Hears all that has come; false: nothing has. */
static bool
listen(table *t)
{
    size_t from, n;
    void *message;
    bool any = false;
    while (t->d->team->receive(t->d->team, &from, &message, &n)) {
        pthread_mutex_lock(&t->lock);
        hear(t, message, n);
        pthread_mutex_unlock(&t->lock);
        free(message);
        any = true;
    }
    return any;
}

/* Until the threads have done, and all is sent. */
static void
ask(table *t)
{
    ga_team *const team = t->d->team;
    size_t asked = 0, wanted, working, answered = 0;
    do {
        pthread_mutex_lock(&t->lock);
        wanted = t->wanted;
        working = t->working;
        answered = t->answered;
        if (ga_stop_requested != 0)
            pthread_cond_broadcast(&t->changed);
        pthread_mutex_unlock(&t->lock);
        for (; asked < wanted; asked++)
            send_letter(team, 0, 'W');
        const bool sent = send_made(t), heard = listen(t);
        if (!sent && !heard)
            nanosleep(&A_MOMENT, NULL);
    } while (working > 0 || (answered < asked && ga_stop_requested == 0));
    while (send_made(t))
        continue;
    if (t->code == GA_OK && ga_stop_requested != 0)
        t->code = ga_fail(&t->status, (ga_code)ga_stop_requested, "stopped by a signal");
    if (t->code != GA_OK)
        send_failure(team, &t->status);
    send_letter(team, 0, 'D');
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static void
lack_of_threads(table *t)
{
    ga_status st = { 0 };
    ga_fail(&st, GA_USAGE, "OpenMP gives it one thread, and one is to talk: OMP_THREAD_LIMIT must be 2 or more");
    pthread_mutex_lock(&t->lock);
    fail(t, GA_USAGE, &st);
    pthread_mutex_unlock(&t->lock);
}

static void
run(table *t, int outer, int inner)
{
    const bool together = t->d->team != NULL && t->d->team->size > 1;
    omp_set_dynamic(0);
    omp_set_max_active_levels(inner > 1 ? 2 : 1);
#pragma omp parallel num_threads(outer + together)
    {
        const bool talks = together && omp_get_thread_num() == 0, by_itself = together && omp_get_num_threads() == 1;
        const bool both = by_itself && !is_worker(t->d); /* process 0 works, and then serves the others */
#pragma omp single
        t->working = (size_t)omp_get_num_threads() - (together && !both);
        if (by_itself && !both)
            lack_of_threads(t);
        if (!talks || both)
            work(t, inner);
        if (talks && is_worker(t->d))
            ask(t);
        else if (talks)
            serve(t);
    }
}

ga_code
deal_run(const deal *d, ga_status *st)
{
    const int threads = d->threads > 0 ? d->threads : omp_get_max_threads();
    const bool alone = d->team == NULL || d->team->size < 2;
    const int outer = !is_worker(d) && d->n < (size_t)threads ? (int)d->n : threads, least = outer > 0 ? outer : 1;
    table t = { .d = d, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .given = d->piece,
                .n_given = is_worker(d) ? 0 : d->n, .capacity = (size_t)least };
    t.room = is_worker(d) ? malloc(t.capacity * sizeof *t.room) : NULL;
    if (is_worker(d) && t.room == NULL) {
        ga_status own = { 0 };
        fail(&t, ga_fail(&own, GA_NO_MEMORY, "out of memory for pieces of work"), &own);
    }
    run(&t, least, alone ? threads / least : 1);
    while (t.out != NULL) { /* process 0 has left */
        made_piece *const m = t.out;
        t.out = m->next;
        d->drop(d->data, m->made);
        free(m);
    }
    free(t.room);
    if (!alone)
        d->team->leave(d->team);
    if (t.code == GA_OK && ga_stop_requested != 0)
        t.code = ga_fail(&t.status, (ga_code)ga_stop_requested, "stopped by a signal");
    if (t.code == GA_OK && !is_worker(d) && t.finished < d->n)
        t.code = ga_fail(&t.status, GA_IO_ERROR, "a process left before it had done its work");
    if (t.code != GA_OK && st != NULL)
        *st = t.status;
    return t.code;
}

/* ---- before it -------------------------------------------------------------------------------------------------- */

/* What each other process says, in turn; text: of this process, or NULL where nobody is compared. The first that differs, or has
   failed, sets st. */
static ga_code
hear_all(ga_team *team, const deal_bytes *said, void (*differs)(char *, size_t, const deal_bytes *, const deal_bytes *),
         ga_status *st)
{
    size_t heard = 0, moments = 0;
    bool *const has_said = calloc(team->size, sizeof *has_said);
    ga_code code = has_said != NULL ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for what %zu processes say", team->size);
    while (has_said != NULL && heard < team->size - 1 && moments < PATIENCE) {
        size_t from, n;
        void *message;
        char how[200] = "";
        if (!team->receive(team, &from, &message, &n)) {
            moments += ga_stop_requested != 0;
            nanosleep(&A_MOMENT, NULL);
            continue;
        }
        const char *const bytes = message;
        heard += !has_said[from];
        has_said[from] = true;
        if (n > 0 && bytes[0] == 'F' && code == GA_OK)
            code = failure_of(st, from, bytes, n);
        else if (n > 0 && bytes[0] == 'S' && code == GA_OK && differs != NULL) {
            differs(how, sizeof how, said, &(deal_bytes){ (char *)(uintptr_t)bytes + 1, n - 1 });
            if (how[0] != '\0')
                code = ga_fail(st, GA_USAGE, "process %zu differs in its %s: all must compute the same", from, how);
        }
        free(message);
    }
    free(has_said);
    if (code == GA_OK && ga_stop_requested != 0)
        code = ga_fail(st, (ga_code)ga_stop_requested, "stopped by a signal");
    return code;
}

static void
tell_all(ga_team *team, char letter)
{
    for (size_t i = 1; i < team->size; i++)
        send_letter(team, i, letter);
}

ga_code
deal_agree(bool *go, ga_team *team, const deal_bytes *said, void (*differs)(char *, size_t, const deal_bytes *, const deal_bytes *),
           ga_status *st)
{
    *go = true;
    if (team == NULL || team->size < 2)
        return GA_OK;
    *go = false;
    if (team->rank == 0) {
        const ga_code code = hear_all(team, said, differs, st);
        tell_all(team, code == GA_OK ? 'G' : 'E');
        *go = code == GA_OK;
        if (code != GA_OK)
            team->leave(team);
        return code;
    }
    size_t from, n;
    void *message = NULL;
    char *const bytes = malloc(1 + said->n);
    if (bytes == NULL) {
        deal_excuse(team, &(ga_status){ .code = GA_NO_MEMORY, .message = "out of memory for a message" });
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a message");
    }
    bytes[0] = 'S';
    memcpy(bytes + 1, said->bytes, said->n);
    team->send(team, 0, bytes, 1 + said->n);
    free(bytes);
    while (ga_stop_requested == 0 && !team->receive(team, &from, &message, &n))
        nanosleep(&A_MOMENT, NULL);
    *go = message != NULL && n > 0 && *(const char *)message == 'G';
    free(message);
    if (*go)
        return GA_OK;
    ga_code code = GA_OK;
    if (message == NULL) { /* process 0 may have heard the others by now */
        ga_status stopped = { 0 };
        code = ga_fail(st, (ga_code)ga_stop_requested, "stopped by a signal");
        ga_fail(&stopped, code, "stopped by a signal");
        send_failure(team, &stopped);
        send_letter(team, 0, 'D');
    }
    team->leave(team);
    return code;
}

void
deal_excuse(ga_team *team, const ga_status *st)
{
    if (team == NULL || team->size < 2)
        return;
    if (team->rank > 0)
        send_failure(team, st);
    else {
        ga_status theirs = { 0 };
        hear_all(team, NULL, NULL, &theirs);
        tell_all(team, 'E'); /* one that has failed does not hear it */
    }
    team->leave(team);
}
