/* SPDX-License-Identifier: Apache-2.0 */
/* agree.c -- see agree.h */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnu/libc-version.h>
#include <mpfr.h>

#include "core/call.h"
#include "gemm/blas.h"
#include "io/json_line.h"
#include "run/agree.h"
#include "run/talk.h"

json_t *
agree_arithmetic(bool blas)
{
    json_t *o = json_object();
    json_object_set_new(o, "program", json_string(PACKAGE_STRING));
    json_object_set_new(o, "compiler", json_string(__VERSION__));
    json_object_set_new(o, "flags", json_string(GA_BUILD_FLAGS));
    if (blas) {
        json_object_set_new(o, "openblas", json_string(blas_config()));
        json_object_set_new(o, "openblas_core", json_string(blas_core()));
    }
    json_object_set_new(o, "libc", json_string(gnu_get_libc_version()));
    json_object_set_new(o, "mpfr", json_string(mpfr_get_version()));
    return o;
}

/* The first key of a whose value differs from b's, or of b that a lacks; NULL: none. */
static const char *
differing_key(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)a, key, value)
        if (!json_equal(value, json_object_get(b, key)))
            return key;
    json_object_foreach((json_t *)(uintptr_t)b, key, value)
        if (json_object_get(a, key) == NULL)
            return key;
    return NULL;
}

void
agree_difference(char *text, size_t size, const json_t *a, const json_t *b)
{
    const char *key = differing_key(a, b);
    const char *inner = key != NULL ? differing_key(json_object_get(a, key), json_object_get(b, key)) : NULL;
    if (inner != NULL)
        snprintf(text, size, "%s (%s)", key, inner);
    else
        snprintf(text, size, "%s", key != NULL ? key : "");
}

/* What process `from` says, against what this one does. */
static ga_code
compare(const char *said, size_t from, const char *message, size_t n, ga_status *st)
{
    char how[200] = "";
    json_t *const own = json_loads(said, 0, NULL), *const other = json_loadb(message, n, 0, NULL);
    agree_difference(how, sizeof how, own, other);
    json_decref(own);
    json_decref(other);
    if (how[0] == '\0')
        return GA_OK;
    return ga_fail(st, GA_USAGE, "process %zu differs in its %s: all must compute the same", from, how);
}

/* Hears each other process in turn, against what this one says. The first that differs, or has failed, sets st. */
static ga_code
hear_all(ga_team *team, const char *said, ga_status *st)
{
    size_t heard = 0, moments = 0;
    bool *const has_said = calloc(team->size, sizeof *has_said);
    ga_code code = has_said != NULL ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for what %zu processes say", team->size);
    while (has_said != NULL && heard < team->size - 1 && moments < TALK_PATIENCE) {
        size_t from, n;
        char *const message = talk_hear(team, &from, &n);
        moments += message == NULL && call_ended() != GA_OK;
        if (message != NULL && n > 0) {
            heard += !has_said[from];
            has_said[from] = true;
            if (code == GA_OK && *message == 'F')
                code = talk_failure_of(st, from, message, n);
            else if (code == GA_OK && *message == 'S')
                code = compare(said, from, message + 1, n - 1, st);
        }
        free(message);
    }
    free(has_said);
    if (code == GA_OK && call_ended() != GA_OK)
        code = call_fail(st);
    return code;
}

static ga_code
lead(bool *go, ga_team *team, const char *said, ga_status *st)
{
    const ga_code code = hear_all(team, said, st);
    *go = code == GA_OK;
    for (size_t i = 1; i < team->size; i++)
        talk_letter(team, i, *go ? 'G' : 'E'); /* one that has failed does not hear it */
    if (!*go)
        team->leave(team);
    return code;
}

static ga_code
follow(bool *go, ga_team *team, const char *said, ga_status *st)
{
    size_t from, n;
    char *message = NULL;
    if (!talk_bytes(team, 0, 'S', NULL, 0, said, strlen(said)))
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a message");
    while (call_ended() == GA_OK && (message = talk_hear(team, &from, &n)) == NULL)
        continue;
    *go = message != NULL && n > 0 && *message == 'G';
    if (message == NULL) { /* process 0 may have heard the others by now */
        call_fail(st);
        talk_failure(team, st);
        talk_letter(team, 0, 'D');
    }
    const ga_code code = message != NULL ? GA_OK : call_ended();
    free(message);
    if (!*go)
        team->leave(team);
    return code;
}

ga_code
agree(bool *go, ga_team *team, json_t *said, ga_status *st)
{
    ga_status own = { 0 };
    *go = team == NULL || team->size < 2;
    if (*go) {
        json_decref(said);
        return GA_OK;
    }
    char *const text = json_line(said, 0);
    json_decref(said);
    ga_code code = text == NULL ? ga_fail(&own, GA_NO_MEMORY, "out of memory for what this process says")
                   : team->rank == 0 ? lead(go, team, text, &own) : follow(go, team, text, &own);
    if (code == GA_NO_MEMORY)
        agree_not(team, &own);
    free(text);
    if (code != GA_OK && st != NULL)
        *st = own;
    return code;
}

/* Process 0: each other one is told that there is nothing to do, whether it asks to begin or for a piece, until it has left. */
static void
dismiss(ga_team *team)
{
    size_t gone = 0, moments = 0;
    while (gone < team->size - 1 && moments < TALK_PATIENCE) {
        size_t from, n;
        char *const message = talk_hear(team, &from, &n);
        moments += message == NULL && call_ended() != GA_OK;
        if (message != NULL && n > 0 && (*message == 'S' || *message == 'W'))
            talk_letter(team, from, 'E');
        gone += message != NULL && n > 0 && (*message == 'S' || *message == 'D');
        free(message);
    }
}

void
agree_not(ga_team *team, const ga_status *st)
{
    if (team == NULL || team->size < 2)
        return;
    if (team->rank == 0)
        dismiss(team);
    else {
        talk_failure(team, st);
        talk_letter(team, 0, 'D');
    }
    team->leave(team);
}
