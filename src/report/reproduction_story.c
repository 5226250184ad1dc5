/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_story.c -- see reproduction_story.h */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "report/reproduction_story.h"

void
story_begin(story *s, bool heading)
{
    s->out = s->n < ANSWER_PARAGRAPHS ? open_memstream(&s->text, &s->size) : NULL;
    if (s->out != NULL)
        s->paragraph[s->n].heading = heading;
}

void
story_end(story *s)
{
    if (s->out == NULL)
        return;
    fclose(s->out);
    if (s->text != NULL)
        s->paragraph[s->n++].text = s->text;
    s->text = NULL;
}

__attribute__((format(printf, 2, 3))) void
story_say(const story *s, const char *format, ...)
{
    va_list arguments;
    if (s->out == NULL)
        return;
    va_start(arguments, format);
    vfprintf(s->out, format, arguments);
    va_end(arguments);
}

const json_t *
story_value(const story *s, const char *key)
{
    return json_object_get(s->network, key);
}

double
story_mean(const story *s, const char *key)
{
    return report_number(story_value(s, key), "mean");
}

double
story_least(const story *s, const char *key)
{
    return report_number(story_value(s, key), "least");
}

double
story_greatest(const story *s, const char *key)
{
    return report_number(story_value(s, key), "greatest");
}

/* Two decimals; a value that only rounds to 0 or 100 says so. */
static void
say_number(const story *s, double x, const char *unit)
{
    const bool share = strcmp(unit, " %") == 0;
    if (isnan(x))
        story_say(s, "an unknown number of%s", share ? " per cent" : " points");
    else if (share && x > 0 && x < 0.005)
        story_say(s, "less than 0.01%s", unit);
    else if (share && x < 100 && x >= 99.995)
        story_say(s, "more than 99.99%s", unit);
    else
        story_say(s, share && (x == 0 || x == 100) ? "%.0f%s" : "%.2f%s", x, unit);
}

void
story_say_value(const story *s, const char *key, const char *unit)
{
    say_number(s, story_mean(s, key), unit);
    if (s->seeds > 1 && story_least(s, key) < story_greatest(s, key))
        story_say(s, " (%.2f to %.2f)", story_least(s, key), story_greatest(s, key));
}

void
story_say_share(const story *s, const char *before, const char *key)
{
    story_say(s, "%s", before);
    story_say_value(s, key, " %");
}

void
story_say_points(const story *s, const char *before, const char *key)
{
    story_say(s, "%s", before);
    story_say_value(s, key, " points");
}

void
story_say_p(const story *s, const char *before, const char *key)
{
    const double log10_p = story_greatest(s, key);
    if (isnan(log10_p))
        story_say(s, "%sp unknown", before);
    else if (log10_p < -3)
        story_say(s, "%sp < 1e%.0f", before, fmax(ceil(log10_p), -9999));
    else
        story_say(s, "%sp = %.2g", before, pow(10, log10_p));
}

void
story_look_at(story *s, network_index k)
{
    s->k = k;
    s->network = json_object_get(s->answer, network_names[k]);
}

size_t
story_answers(const story *s, answer_kind kind)
{
    size_t n = 0, i;
    json_t *answer;
    json_array_foreach(story_value(s, "answers"), i, answer)
        n += json_is_string(answer) && strcmp(json_string_value(answer), answer_names[kind]) == 0;
    return n;
}
