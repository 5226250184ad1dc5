/* SPDX-License-Identifier: Apache-2.0 */
/* talk.c -- see talk.h */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/call.h"
#include "run/talk.h"

static const struct timespec A_MOMENT = { 0, 500000 };

void
talk_letter(ga_team *team, size_t to, char letter)
{
    team->send(team, to, &letter, 1);
}

bool
talk_bytes(ga_team *team, size_t to, char letter, const void *head, size_t n_head, const void *bytes, size_t n)
{
    char *const all = malloc(1 + n_head + n);
    if (all == NULL)
        return false;
    all[0] = letter;
    if (n_head > 0)
        memcpy(all + 1, head, n_head);
    if (n > 0)
        memcpy(all + 1 + n_head, bytes, n);
    team->send(team, to, all, 1 + n_head + n);
    free(all);
    return true;
}

char *
talk_hear(ga_team *team, size_t *from, size_t *n)
{
    void *message = NULL;
    if (team->receive(team, from, &message, n))
        return message;
    nanosleep(&A_MOMENT, NULL);
    return NULL;
}

void
talk_failure(ga_team *team, const ga_status *st)
{
    const uint64_t code = (uint64_t)st->code;
    talk_bytes(team, 0, 'F', &code, sizeof code, st->message, strlen(st->message));
}

ga_code
talk_failure_of(ga_status *st, size_t from, const char *message, size_t n)
{
    enum { HEAD = 1 + sizeof(uint64_t), LONGEST = 400 };
    uint64_t code = GA_IO_ERROR;
    if (n < HEAD)
        return ga_fail(st, (ga_code)code, "process %zu failed", from);
    memcpy(&code, message + 1, sizeof code);
    return ga_fail(st, (ga_code)code, "process %zu: %.*s", from, (int)(n - HEAD < LONGEST ? n - HEAD : LONGEST), message + HEAD);
}

static ga_code
no_message(ga_status *st)
{
    return ga_fail(st, GA_NO_MEMORY, "out of memory for a message");
}

/* ---- process 0 -------------------------------------------------------------------------------------------------- */

static void
unpack(table *t, const char *message, size_t n)
{
    table_piece p;
    ga_status st = { 0 };
    void *made = NULL;
    if (n < 1 + sizeof p)
        return;
    memcpy(&p, message + 1, sizeof p);
    const deal_bytes packed = { (char *)(uintptr_t)message + 1 + sizeof p, n - 1 - sizeof p };
    const ga_code code = table_work(t, &p)->unpack(table_work(t, &p)->data, &made, (size_t)p.piece, &packed, &st);
    if (code == GA_OK)
        table_give(t, &p, made);
    else
        table_fail(t, code, &st);
}

/* A thread of another process wants a piece; false: it has to wait. */
static bool
answer(table *t, size_t to)
{
    table_piece p;
    const table_answer a = table_take_for_another(t, &p);
    if (a == TABLE_LATER)
        return false;
    if (a == TABLE_NONE)
        talk_letter(t->d->team, to, 'E');
    else if (!talk_bytes(t->d->team, to, 'P', &p, sizeof p, NULL, 0)) {
        ga_status st = { 0 };
        table_fail(t, no_message(&st), &st);
        talk_letter(t->d->team, to, 'E');
    }
    return true;
}

/* waiting[i]: so many threads of process i. */
static void
answer_all(table *t, size_t *waiting)
{
    for (size_t i = 1; i < t->d->team->size; i++)
        while (waiting[i] > 0 && answer(t, i))
            waiting[i]--;
}

static void
serve(table *t, size_t *waiting)
{
    ga_team *const team = t->d->team;
    size_t done = 0, moments = 0;
    while (done < team->size - 1 && moments < TALK_PATIENCE) {
        size_t from, n;
        char *const message = talk_hear(team, &from, &n);
        ga_status st = { 0 };
        if (message == NULL)
            moments += call_ended() != GA_OK;
        else if (n > 0 && *message == 'W')
            waiting[from]++;
        else if (n > 0 && *message == 'R')
            unpack(t, message, n);
        else if (n > 0 && *message == 'F')
            table_fail(t, talk_failure_of(&st, from, message, n), &st);
        else
            done++;
        answer_all(t, waiting);
        free(message);
    }
}

/* Processes that a signal stops may be gone: they are not waited for long. */
void
talk_serve(table *t)
{
    size_t *const waiting = calloc(t->d->team->size, sizeof *waiting);
    if (waiting == NULL) {
        ga_status st = { 0 };
        table_fail(t, no_message(&st), &st);
        return;
    }
    serve(t, waiting);
    free(waiting);
    pthread_mutex_lock(&t->lock); /* no other piece comes that a thread here could wait for */
    t->no_more = true;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

/* ---- another process -------------------------------------------------------------------------------------------- */

/* Sends what has been made; false: nothing has. */
static bool
send_made(table *t)
{
    made_piece *const m = table_next_made(t);
    if (m == NULL)
        return false;
    const deal_work *const w = table_work(t, &m->piece);
    deal_bytes packed = { NULL, 0 };
    ga_status st = { 0 };
    ga_code code = w->pack(w->data, &packed, m->made, &st);
    if (code == GA_OK && !talk_bytes(t->d->team, 0, 'R', &m->piece, sizeof m->piece, packed.bytes, packed.n))
        code = no_message(&st);
    w->drop(w->data, m->made);
    free(packed.bytes);
    free(m);
    if (code != GA_OK)
        table_fail(t, code, &st);
    return true;
}

/* A piece, or that there are no more. */
static void
take_message(table *t, const char *message, size_t n)
{
    pthread_mutex_lock(&t->lock);
    t->answered++;
    if (n == 1 + sizeof *t->room && *message == 'P' && t->room != NULL) {
        memcpy(t->room + t->n % t->capacity, message + 1, sizeof *t->room);
        t->n++;
    } else
        t->no_more = true;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

/* Hears all that has come. */
static void
listen(table *t)
{
    size_t from, n;
    char *message;
    while ((message = talk_hear(t->d->team, &from, &n)) != NULL) {
        take_message(t, message, n);
        free(message);
    }
}

void
talk_ask(table *t)
{
    ga_team *const team = t->d->team;
    size_t asked = 0, wanted, working, answered = 0;
    do {
        pthread_mutex_lock(&t->lock);
        wanted = t->wanted;
        working = t->working;
        answered = t->answered;
        if (call_ended() != GA_OK)
            pthread_cond_broadcast(&t->changed);
        pthread_mutex_unlock(&t->lock);
        for (; asked < wanted; asked++)
            talk_letter(team, 0, 'W');
        while (send_made(t))
            continue;
        listen(t);
    } while (working > 0 || (answered < asked && call_ended() == GA_OK));
    while (send_made(t))
        continue;
    if (t->code == GA_OK && call_ended() != GA_OK)
        t->code = call_fail(&t->status);
    if (t->code != GA_OK)
        talk_failure(team, &t->status);
    talk_letter(team, 0, 'D');
}
