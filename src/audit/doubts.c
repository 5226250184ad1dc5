/* SPDX-License-Identifier: Apache-2.0 */
/* doubts.c -- see doubts.h */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/doubts.h"
#include "audit/doubts_trial.h"

static double
percent(size_t part, const sample *s)
{
    return 100 * (double)part / (double)s->n;
}

static void __attribute__((format(printf, 2, 3)))
add(doubts *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (d->n < DOUBTS_MOST)
        vsnprintf(d->text[d->n++], DOUBT_TEXT, format, args);
    va_end(args);
}

/* ---- the numbers alone ------------------------------------------------------------------------------------------ */

/* What numbers that are used as they are seem to have been meant to be divided by: they are from 0 to 100, 255 or 65535, whole, or
   with labels, which will tell, of any kind; and make inputs beyond 64, which few networks are made for. 0: nothing. */
static unsigned long
divisor(const sample *s)
{
    const double largest = s->ds->value != NULL && s->least >= 0 ? s->largest : 0;
    if (!(s->x_largest > s->x_least) || fmax(fabs(s->x_least), fabs(s->x_largest)) <= 64 || (!s->whole && !s->labelled))
        return 0;
    return largest > 95 && largest <= 100      ? 100
           : largest > 1 && largest <= 255     ? 255
           : largest > 32767 && largest <= 65535 ? 65535
                                                 : 0;
}

static bool
is_scaled_twice(const sample *s)
{
    const double span = s->x_largest - s->x_least;
    return span > 0 && (span * 255 <= 1 + 1e-6 || (span * 32 < 1 && s->ds->value != NULL && s->of_255));
}

/* What is odd about the numbers. */
static void
describe(char *text, size_t size, const sample *s)
{
    if (divisor(s) > 0)
        snprintf(text, size, "the data's numbers go up to %.4g and are not divided by %lu", s->largest, divisor(s));
    else if (s->ds->value != NULL && s->of_255 && is_scaled_twice(s))
        snprintf(text, size, "the data's numbers are bytes that were divided by 255 already, and are scaled again: the inputs lie "
                             "between %.3g and %.3g", s->x_least, s->x_largest);
    else
        snprintf(text, size, "the inputs lie between %.3g and %.3g", s->x_least, s->x_largest);
}

/* ---- with other options ----------------------------------------------------------------------------------------- */

/* Better by a tenth of all images, and not by chance. */
static bool
is_clearly_better(const trial *a, const trial *b, const sample *s)
{
    return a->correct >= b->correct + 5 && trial_better(a, b, s, 10, 1.3);
}

static void
advise(doubts *d, const sample *s, const rescaling *r, const trial *t, const trial *own)
{
    char what[160], advice[300];
    describe(what, sizeof what, s);
    rescaling_advice(advice, sizeof advice, r, s);
    add(d, "%s: %s if the network was made for that. Then it is right on %.1f %% of %zu images tried, now on %.1f %%", what, advice,
        percent(t->correct, s), s->n, percent(own->correct, s));
}

static void
ask(doubts *d, const sample *s, const rescaling *r, const trial *t, const trial *own)
{
    char what[160], advice[300];
    describe(what, sizeof what, s);
    rescaling_advice(advice, sizeof advice, r, s);
    add(d, "%s. Which was the network made for? Its accuracy does not tell: right on %.1f %% of %zu images tried, and with %s on "
           "%.1f %%", what, percent(own->correct, s), s->n, advice + strlen("say "), percent(t->correct, s));
}

/* The numbers alone say that they should be divided, or were divided twice: only a network that is clearly less accurate then was
   made for them as they are. A loss is no evidence: it is 0 wherever large inputs make large logits. */
static ga_code
doubt_numbers(bool *said, doubts *d, const sample *s, const trial *own, ga_status *st)
{
    char what[160], advice[300];
    rescaling r;
    trial t;
    if (divisor(s) == 0 && !is_scaled_twice(s))
        return GA_OK;
    rescaling_times(&r, s, 255, 1);
    if (divisor(s) > 0)
        snprintf(r.scale, sizeof r.scale, "1/%lu", divisor(s));
    const ga_code code = trial_run(&t, s, &r, st);
    if (code != GA_OK || trial_better(own, &t, s, 50, 1.3))
        return code;
    *said = true;
    describe(what, sizeof what, s);
    rescaling_advice(advice, sizeof advice, &r, s);
    if (!s->labelled)
        add(d, "%s: if the network was made for inputs from 0 to 1, %s", what, advice);
    else
        (is_clearly_better(&t, own, s) ? advise : ask)(d, s, &r, &t, own);
    return GA_OK;
}

/* ---- what usual options would make of them ---------------------------------------------------------------------- */

enum { MOST_USUAL = 12 };

typedef struct {
    size_t n;
    rescaling r[MOST_USUAL];
} usual;

/* Adds "--scale S", and below "--scale S --mean M --std D". */
static rescaling *
add_scale(usual *u, const char *scale)
{
    rescaling *const r = u->r + u->n;
    if (u->n == MOST_USUAL)
        return NULL;
    *r = (rescaling){ 0 };
    snprintf(r->scale, sizeof r->scale, "%s", scale);
    u->n++;
    return r;
}

static void
add_usual(usual *u, const char *scale, double mean, double std)
{
    rescaling *const r = add_scale(u, scale);
    if (r == NULL || !(std > 0))
        return;
    snprintf(r->own_mean, sizeof r->own_mean, "%.4g", mean);
    snprintf(r->own_std, sizeof r->own_std, "%.4g", std);
    r->mean = r->own_mean;
    r->std = r->own_std;
}

/* To 0..1, -1..1, and mean 0 and standard deviation 1; first what changes least. */
static void
list_usual(usual *u, const sample *s)
{
    const double least = s->ds->value != NULL ? s->ds->least : 0, largest = s->ds->value != NULL ? s->ds->largest : 255;
    const bool signed_unit = least >= -1 && largest <= 1;
    u->n = 0;
    if (least < 0) {
        const double low = signed_unit ? -1 : least, range = signed_unit ? 2 : largest - least;
        add_scale(u, "1");
        add_usual(u, "1", low, range);
        add_usual(u, "1", low + range / 2, range / 2);
        add_usual(u, "1", s->mean, s->std);
        return;
    }
    const bool hundred = largest > 95 && largest <= 100, bytes = largest > 100 && largest <= 255;
    const double most = largest <= 1                        ? 1
                        : hundred                           ? 100
                        : s->whole && largest < 100         ? largest
                        : bytes                             ? 255
                        : largest > 32767 && largest <= 65535 ? 65535
                                                              : 0; /* no usual range */
    char scale[32];
    snprintf(scale, sizeof scale, most > 1 ? "1/%.0f" : "1", most);
    add_scale(u, scale);
    rescaling_times(u->r + u->n++, s, 1, 255);
    rescaling_times(u->r + u->n++, s, 255, 1);
    if (most == 0) {
        add_usual(u, "1", least, largest - least);
        add_usual(u, "1", s->mean, s->std);
        return;
    }
    add_usual(u, scale, 0.5, 0.5);
    add_usual(u, scale, s->mean / most, s->std / most);
}

/* A doubt if one of the usual ways to scale such numbers makes the network right clearly more often; each is tried only where there
   is room for that. */
static ga_code
doubt_scale(bool *said, doubts *d, const sample *s, const trial *own, size_t most, ga_status *st)
{
    usual u;
    trial t, best;
    size_t which = MOST_USUAL;
    ga_code code = GA_OK;
    if (s->n < own->correct + 5 || s->n < own->correct + s->n / 10)
        return GA_OK;
    list_usual(&u, s);
    for (size_t i = 0; i < u.n && code == GA_OK; i++) {
        bool known = rescaling_same(u.r + i, &s->own);
        for (size_t k = 0; k < i; k++)
            known = known || rescaling_same(u.r + i, u.r + k);
        if (known || (code = trial_run(&t, s, u.r + i, st)) != GA_OK)
            continue;
        if (which == MOST_USUAL ? is_clearly_better(&t, own, s) && t.correct > most : trial_better(&t, &best, s, 50, 1.3)) {
            which = i;
            best = t;
        }
    }
    if (code == GA_OK && which < MOST_USUAL) {
        *said = true;
        advise(d, s, u.r + which, &best, own);
    }
    return code;
}

/* ---- conclusions ------------------------------------------------------------------------------------------------ */

static void
tell_lost(doubts *d, const sample *s, const trial *own)
{
    if (2 * own->nonfinite < own->lost)
        add(d, "%zu of %zu images tried have no predicted class, because their largest logits are equal; gradaudit forward prints "
               "them", own->lost, s->n);
    else
        add(d, "%zu of %zu images tried have no predicted class, because logits are infinite or NaN: they overflow in the "
               "network's own format; gradaudit forward --format %s shows what they are there", own->lost, s->n,
            s->model->dtype == GA_F32 ? "double" : "exact");
}

static void
tell_inaccurate(doubts *d, const sample *s, const trial *own)
{
    add(d, "the network is right on %.1f %% of %zu images tried; always saying the commonest label, %zu, is right on %.1f %%. "
           "Check that the labels are in the images' order and number the classes as the network does, and --scale, --mean, --std, "
           "--layout and --activation", percent(own->correct, s), s->n, s->common, percent(s->n_common, s));
}

static ga_code
conclude(doubts *d, const sample *s, ga_status *st)
{
    enum { LEAST_OTHERS = 5 }; /* images of another label, for an accuracy to say anything */
    bool said = false;
    trial own;
    ga_code code = trial_run(&own, s, NULL, st);
    const size_t most = s->n_common;
    const bool inaccurate = s->labelled && own.correct <= most &&
                            (s->n >= most + LEAST_OTHERS || (most >= LEAST_OTHERS && 2 * own.correct <= most));
    const bool lost = own.lost > 0 && 2 * own.lost >= s->n - own.correct && (inaccurate || 10 * own.lost >= s->n);
    if (code == GA_OK)
        code = doubt_numbers(&said, d, s, &own, st);
    if (code == GA_OK && s->labelled && !said && !lost)
        code = doubt_scale(&said, d, s, &own, most, st);
    if (code == GA_OK && lost)
        tell_lost(d, s, &own);
    else if (code == GA_OK && inaccurate && !said)
        tell_inaccurate(d, s, &own);
    return code;
}

ga_code
doubts_find(doubts *d, const ga_model *model, const ga_dataset *ds, int threads, ga_status *st)
{
    sample s;
    *d = (doubts){ 0 };
    const ga_code code = sample_take(&s, model, ds, threads, st);
    return code == GA_OK ? conclude(d, &s, st) : code;
}
