/* SPDX-License-Identifier: Apache-2.0 */
/* test_deal.c -- pieces of work dealt to threads and to processes, which are threads here, with a mailbox each: every piece is made
   and finished once, in order if that is asked for; the first failure ends all, and nothing is lost or kept. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/agree.h"
#include "run/deal.h"
#include "test.h"

enum { MOST_PROCESSES = 7, PIECES = 60, KINDS = 2 };

typedef struct message {
    struct message *next;
    size_t from, n;
    char *bytes;
} message;

typedef struct {
    pthread_mutex_t lock;
    message *first[MOST_PROCESSES];
} mail;

typedef struct {
    mail *post;
    size_t rank;
} mailbox;

static void
post(ga_team *t, size_t to, const void *bytes, size_t n)
{
    const mailbox *const own = t->data;
    message *const m = malloc(sizeof *m), **last;
    *m = (message){ NULL, own->rank, n, malloc(n) };
    memcpy(m->bytes, bytes, n);
    pthread_mutex_lock(&own->post->lock);
    for (last = &own->post->first[to]; *last != NULL; last = &(*last)->next)
        continue;
    *last = m;
    pthread_mutex_unlock(&own->post->lock);
}

static bool
fetch(ga_team *t, size_t *from, void **bytes, size_t *n)
{
    const mailbox *const own = t->data;
    pthread_mutex_lock(&own->post->lock);
    message *const m = own->post->first[own->rank];
    if (m != NULL)
        own->post->first[own->rank] = m->next;
    pthread_mutex_unlock(&own->post->lock);
    if (m == NULL)
        return false;
    *from = m->from;
    *bytes = m->bytes;
    *n = m->n;
    free(m);
    return true;
}

static void
leave(ga_team *t)
{
    t->size = 1;
}

/* A run of several processes: what is asked of it, and what came. */
typedef struct {
    size_t processes, pieces[KINDS], slow; /* a piece of the first kind that takes long */
    int threads;
    bool ordered;
    bool missing;  /* a process fails before it deals: */
    size_t absent;
    size_t bad_make, bad_finish; /* pieces of the second kind that fail; SIZE_MAX: none */
    pthread_mutex_t lock;        /* of the following */
    size_t made[KINDS][PIECES], finished[KINDS][PIECES], n_made, n_finished, n_dropped, farthest, told;
    bool out_of_order, told_badly;
} trial;

typedef struct {
    trial *t;
    size_t kind;
} kind_data;

typedef struct {
    size_t kind, piece, text;
} product;

static size_t
place_of(const trial *t, size_t kind, size_t piece)
{
    return kind * t->pieces[0] + piece;
}

static ga_code
make(void *data, void **made, size_t piece, int threads, ga_status *st)
{
    const kind_data *const k = data;
    trial *const t = k->t;
    (void)threads;
    pthread_mutex_lock(&t->lock);
    t->made[k->kind][piece]++;
    const size_t place = place_of(t, k->kind, piece);
    if (place > t->n_finished && place - t->n_finished > t->farthest)
        t->farthest = place - t->n_finished;
    pthread_mutex_unlock(&t->lock);
    nanosleep(&(struct timespec){ 0, k->kind == 0 && piece == t->slow ? 30000000 : 100000 }, NULL);
    if (k->kind == 1 && piece == t->bad_make)
        return ga_fail(st, GA_BAD_FILE, "piece %zu is bad", piece);
    product *const p = malloc(sizeof *p);
    *p = (product){ k->kind, piece, 7 * piece + k->kind };
    pthread_mutex_lock(&t->lock);
    t->n_made++;
    pthread_mutex_unlock(&t->lock);
    *made = p;
    return GA_OK;
}

static ga_code
finish(void *data, void *made, size_t piece, ga_status *st)
{
    const kind_data *const k = data;
    trial *const t = k->t;
    product *const p = made;
    pthread_mutex_lock(&t->lock);
    t->finished[k->kind][piece] += p->kind == k->kind && p->piece == piece && p->text == 7 * piece + k->kind;
    t->out_of_order = t->out_of_order || place_of(t, k->kind, piece) != t->n_finished;
    t->n_finished++;
    pthread_mutex_unlock(&t->lock);
    free(p);
    return k->kind == 1 && piece == t->bad_finish ? ga_fail(st, GA_IO_ERROR, "piece %zu is not written", piece) : GA_OK;
}

static void
drop(void *data, void *made)
{
    const kind_data *const k = data;
    pthread_mutex_lock(&k->t->lock);
    k->t->n_dropped += made != NULL;
    pthread_mutex_unlock(&k->t->lock);
    free(made);
}

static ga_code
pack(void *data, deal_bytes *packed, const void *made, ga_status *st)
{
    (void)data;
    (void)st;
    *packed = (deal_bytes){ malloc(sizeof(product)), sizeof(product) };
    memcpy(packed->bytes, made, sizeof(product));
    return GA_OK;
}

static ga_code
unpack(void *data, void **made, size_t piece, const deal_bytes *packed, ga_status *st)
{
    const kind_data *const k = data;
    (void)piece;
    if (packed->n != sizeof(product))
        return ga_fail(st, GA_NO_MEMORY, "%zu bytes", packed->n);
    *made = malloc(packed->n);
    memcpy(*made, packed->bytes, packed->n);
    pthread_mutex_lock(&k->t->lock); /* made a second time: what the other process has of it is dropped there */
    k->t->n_made++;
    pthread_mutex_unlock(&k->t->lock);
    return GA_OK;
}

static void
count(void *data, size_t done, size_t pieces)
{
    trial *const t = data;
    t->told_badly = t->told_badly || done != t->told + 1 || pieces != t->pieces[0] + t->pieces[1];
    t->told = done;
}

typedef struct {
    trial *t;
    ga_team team;
    mailbox box;
    ga_code code;
    ga_status st;
} process;

static void *
run_process(void *data)
{
    process *const p = data;
    trial *const t = p->t;
    kind_data kinds[KINDS] = { { t, 0 }, { t, 1 } };
    deal_work work[KINDS];
    if (t->missing && p->box.rank == t->absent) {
        p->code = ga_fail(&p->st, GA_NO_MEMORY, "no memory to begin");
        agree_not(&p->team, &p->st);
        return NULL;
    }
    for (size_t k = 0; k < KINDS; k++)
        work[k] = (deal_work){ .n = t->pieces[k], .data = kinds + k, .make = make, .finish = finish, .drop = drop, .pack = pack,
                               .unpack = unpack };
    p->code = deal_run(&(deal){ .work = work, .n = KINDS, .ordered = t->ordered, .threads = t->threads,
                                .team = t->processes > 1 ? &p->team : NULL, .progress = count, .progress_data = t }, &p->st);
    return NULL;
}

/* Runs the processes; process[0] tells how it ended. */
static void
run(process *all, trial *t)
{
    static mail post_office;
    pthread_t thread[MOST_PROCESSES];
    memset(&post_office, 0, sizeof post_office);
    pthread_mutex_init(&post_office.lock, NULL);
    pthread_mutex_init(&t->lock, NULL);
    for (size_t i = 0; i < t->processes; i++) {
        all[i] = (process){ .t = t, .box = { &post_office, i } };
        all[i].team = (ga_team){ .rank = i, .size = t->processes, .send = post, .receive = fetch, .leave = leave,
                                 .data = &all[i].box };
    }
    for (size_t i = 0; i < t->processes; i++)
        pthread_create(thread + i, NULL, run_process, all + i);
    for (size_t i = 0; i < t->processes; i++) {
        pthread_join(thread[i], NULL);
        ASSERT(post_office.first[i] == NULL || all[0].code != GA_OK, "a message is left for process %zu", i);
        for (message *m = post_office.first[i]; m != NULL;) {
            message *const next = m->next;
            free(m->bytes);
            free(m);
            m = next;
        }
    }
}

static const size_t processes[] = { 1, 2, 4, 7 };
enum { N_PROCESSES = sizeof processes / sizeof *processes };

static void
every_piece_once(void)
{
    process all[MOST_PROCESSES];
    for (size_t p = 0; p < N_PROCESSES; p++)
        for (int threads = 1; threads <= 3; threads++)
            for (int ordered = 0; ordered < 2; ordered++) {
                trial t = { .processes = processes[p], .pieces = { 23, PIECES }, .threads = threads, .ordered = ordered, .slow = 3,
                            .bad_make = SIZE_MAX, .bad_finish = SIZE_MAX };
                run(all, &t);
                for (size_t i = 0; i < t.processes; i++)
                    ASSERT(all[i].code == GA_OK, "process %zu of %zu: %s", i, t.processes, all[i].st.message);
                for (size_t k = 0; k < KINDS; k++)
                    for (size_t i = 0; i < t.pieces[k]; i++)
                        ASSERT(t.made[k][i] == 1 && t.finished[k][i] == 1, "%zu processes, piece %zu: made %zu times", t.processes,
                               i, t.made[k][i]);
                ASSERT(t.n_made == t.n_finished + t.n_dropped, "%zu made, %zu finished, %zu dropped", t.n_made, t.n_finished,
                       t.n_dropped);
                ASSERT(t.told == 23 + PIECES && !t.told_badly, "progress ends at %zu", t.told);
                ASSERT(!ordered || !t.out_of_order, "%zu processes, %d threads: not in order", t.processes, threads);
                ASSERT(!ordered || t.processes > 1 || t.farthest <= (size_t)threads, "%zu pieces ahead of %d threads", t.farthest,
                       threads);
            }
}

static void
no_pieces(void)
{
    process all[MOST_PROCESSES];
    for (size_t p = 0; p < N_PROCESSES; p++) {
        trial t = { .processes = processes[p], .threads = 2, .bad_make = SIZE_MAX, .bad_finish = SIZE_MAX };
        run(all, &t);
        for (size_t i = 0; i < t.processes; i++)
            ASSERT(all[i].code == GA_OK && t.n_made == 0, "%s", all[i].st.message);
    }
}

static void
first_failure_ends_all(void)
{
    process all[MOST_PROCESSES];
    for (size_t p = 0; p < N_PROCESSES; p++)
        for (int which = 0; which < 4; which++) {
            const bool making = which % 2 == 0;
            trial t = { .processes = processes[p], .pieces = { 9, PIECES }, .threads = 2, .ordered = which > 1, .slow = 0,
                        .bad_make = making ? 5 : SIZE_MAX, .bad_finish = making ? SIZE_MAX : 5 };
            run(all, &t);
            ASSERT(all[0].code == (making ? GA_BAD_FILE : GA_IO_ERROR), "status %d: %s", all[0].code, all[0].st.message);
            ASSERT(strstr(all[0].st.message, making ? "piece 5 is bad" : "piece 5 is not written") != NULL, "%s",
                   all[0].st.message);
            ASSERT(t.n_made == t.n_finished + t.n_dropped, "%zu made, %zu finished, %zu dropped", t.n_made, t.n_finished,
                   t.n_dropped);
            ASSERT(t.n_finished < 9 + PIECES, "all was done in spite of it");
            for (size_t i = 1; i < t.processes; i++)
                ASSERT(all[i].code == GA_OK || all[i].code == GA_BAD_FILE, "process %zu: %s", i, all[i].st.message);
        }
}

static void
one_fails_before_it_deals(void)
{
    process all[MOST_PROCESSES];
    for (size_t p = 1; p < N_PROCESSES; p++)
        for (int last = 0; last < 2; last++) {
            trial t = { .processes = processes[p], .pieces = { 9, PIECES }, .threads = 2, .missing = true,
                        .absent = last ? processes[p] - 1 : 0, .bad_make = SIZE_MAX, .bad_finish = SIZE_MAX };
            run(all, &t);
            ASSERT(all[0].code == GA_NO_MEMORY && strstr(all[0].st.message, "no memory to begin") != NULL, "status %d: %s",
                   all[0].code, all[0].st.message);
            ASSERT(t.n_made == t.n_finished + t.n_dropped, "%zu made, %zu finished, %zu dropped", t.n_made, t.n_finished,
                   t.n_dropped);
        }
}

/* ---- agreement -------------------------------------------------------------------------------------------------- */

typedef struct {
    process p;
    const char *says; /* NULL: it cannot take part */
    bool go;
} speaker;

static void *
speak(void *data)
{
    speaker *const s = data;
    if (s->says == NULL) {
        s->p.code = ga_fail(&s->p.st, GA_BAD_FILE, "no such file");
        agree_not(&s->p.team, &s->p.st);
        s->go = false;
    } else
        s->p.code = agree(&s->go, &s->p.team, json_loads(s->says, 0, NULL), &s->p.st);
    return NULL;
}

static void
agreement(void)
{
    enum { SPEAKERS = 4 };
    static const char same[] = "{\"options\": {\"seeds\": 2, \"eps\": 0.25}, \"images\": [0, 63]}";
    static const struct {
        const char *third, *words;
        ga_code code;
        bool leader_fails;
    } cases[] = {
        { same, "", GA_OK, false },
        { "{\"options\": {\"seeds\": 3, \"eps\": 0.25}, \"images\": [0, 63]}", "process 2 differs in its options (seeds)", GA_USAGE,
          false },
        { "{\"options\": {\"seeds\": 2, \"eps\": 0.25}, \"images\": [0, 64]}", "process 2 differs in its images", GA_USAGE, false },
        { "{\"options\": {\"seeds\": 2, \"eps\": 0.25}}", "process 2 differs in its images", GA_USAGE, false },
        { NULL, "process 2: no such file", GA_BAD_FILE, false },
        { same, "no such file", GA_BAD_FILE, true },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        static mail post_office;
        pthread_t thread[SPEAKERS];
        speaker all[SPEAKERS];
        memset(&post_office, 0, sizeof post_office);
        pthread_mutex_init(&post_office.lock, NULL);
        for (size_t i = 0; i < SPEAKERS; i++) {
            all[i] = (speaker){ .p = { .box = { &post_office, i } }, .says = i == 2 ? cases[c].third : same };
            all[i].p.team = (ga_team){ .rank = i, .size = SPEAKERS, .send = post, .receive = fetch, .leave = leave,
                                       .data = &all[i].p.box };
        }
        if (cases[c].leader_fails)
            all[0].says = NULL;
        for (size_t i = 0; i < SPEAKERS; i++)
            pthread_create(thread + i, NULL, speak, all + i);
        for (size_t i = 0; i < SPEAKERS; i++)
            pthread_join(thread[i], NULL);
        ASSERT(all[0].p.code == cases[c].code && strstr(all[0].p.st.message, cases[c].words) != NULL, "case %zu: status %d, %s", c,
               all[0].p.code, all[0].p.st.message);
        for (size_t i = 0; i < SPEAKERS; i++)
            ASSERT(all[i].go == (cases[c].code == GA_OK) && (all[i].go || all[i].p.team.size == 1), "case %zu, process %zu", c, i);
        for (size_t i = 0; i < SPEAKERS; i++)
            for (message *m = post_office.first[i]; m != NULL;) {
                message *const next = m->next;
                free(m->bytes);
                free(m);
                m = next;
            }
    }
}

TEST_MAIN("deal", TEST(every_piece_once), TEST(no_pieces), TEST(first_failure_ends_all), TEST(one_fails_before_it_deals),
          TEST(agreement))
