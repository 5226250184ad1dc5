/* SPDX-License-Identifier: Apache-2.0 */
/* readers.c -- what an option's text becomes; see options.h */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack/names.h"
#include "cli/options.h"
#include "num/decimal.h"

void *
option_field(void *into, const option_row *row)
{
    return (char *)into + row->offset;
}

ga_code
option_named(const option_row *row, ga_code code, ga_status *st)
{
    const ga_status fault = *st;
    return code == GA_OK ? code : ga_fail(st, code, "--%s: %s", row->name, fault.message);
}

static ga_code
store(void *into, const option_row *row, long value)
{
    void *const field = option_field(into, row);
    assert(row->size == sizeof(bool) || row->size == sizeof(int) || row->size == sizeof(long));
    if (row->size == sizeof(bool))
        *(bool *)field = value;
    else if (row->size == sizeof(int))
        *(int *)field = (int)value;
    else
        *(long *)field = value;
    return GA_OK;
}

ga_code
read_flag(void *into, const option_row *row, const char *text, ga_status *st)
{
    (void)text, (void)st;
    return store(into, row, row->least);
}

ga_code
read_count(void *into, const option_row *row, const char *text, ga_status *st)
{
    char *end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < row->least || value > row->most)
        return ga_fail(st, GA_USAGE, "--%s must be a number from %ld to %ld, not '%s'", row->name, row->least, row->most, text);
    return store(into, row, value);
}

ga_code
read_plain_word(void *into, const option_row *row, const char *text, ga_status *st)
{
    const int place = word_parse(row->words, text, st);
    return place >= 0 ? store(into, row, row->least + place) : GA_USAGE;
}

ga_code
read_word(void *into, const option_row *row, const char *text, ga_status *st)
{
    return option_named(row, read_plain_word(into, row, text, st), st);
}

ga_code
read_text(void *into, const option_row *row, const char *text, ga_status *st)
{
    (void)st;
    *(const char **)option_field(into, row) = text;
    return GA_OK;
}

ga_code
read_once(void *into, const option_row *row, const char *text, ga_status *st)
{
    if (*(const char **)option_field(into, row) != NULL)
        return ga_fail(st, GA_USAGE, "one %s only, not also '%s'", row->value, text);
    return read_text(into, row, text, st);
}

ga_code
read_positive(void *into, const option_row *row, const char *text, ga_status *st)
{
    double value;
    assert(row->size == sizeof value);
    if (!decimal_read(&value, text, false) || !(value > 0))
        return ga_fail(st, GA_USAGE, "--%s must be a positive number, not '%s'", row->name, text);
    *(double *)option_field(into, row) = value;
    return GA_OK;
}

ga_code
read_fraction(void *into, const option_row *row, const char *text, ga_status *st)
{
    const ga_code code = read_positive(into, row, text, st);
    if (code == GA_OK && *(double *)option_field(into, row) >= 1)
        return ga_fail(st, GA_USAGE, "--%s must be below 1, not '%s'", row->name, text);
    return code;
}

ga_code
read_decimal(void *into, const option_row *row, const char *text, ga_status *st)
{
    decimal *const x = option_field(into, row);
    assert(row->size == sizeof *x);
    if (!decimal_read(&x->binary64, text, false) || !(x->binary64 > 0))
        return ga_fail(st, GA_USAGE, "--%s must be a positive number, not '%s'", row->name, text);
    decimal_read(&x->binary32, text, true);
    return GA_OK;
}

ga_code
read_step(void *into, const option_row *row, const char *text, ga_status *st)
{
    decimal x;
    char name[32];
    assert(row->size == sizeof x);
    snprintf(name, sizeof name, "--%s", row->name);
    if (attack_step(&x.binary64, text, GA_F64, name, st) != GA_OK || attack_step(&x.binary32, text, GA_F32, name, st) != GA_OK)
        return GA_USAGE;
    *(decimal *)option_field(into, row) = x;
    return GA_OK;
}

double
decimal_of(decimal x, const ga_model *model)
{
    return model->dtype == GA_F32 ? x.binary32 : x.binary64;
}
