/* SPDX-License-Identifier: Apache-2.0 */
/* format.c -- see format.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "num/format.h"

static const format_row rows[] = {
#define FORMAT(kind, suffix, name_, bits, ...) [kind] = { .name = name_, __VA_ARGS__ },
#include "num/formats.def"
};

#define FORMAT(kind, suffix, name, bits, ...) const ga_format format_##suffix = { FORMAT_OF(suffix) };
#include "num/formats.def"

/* In the order of formats.def, which is that of words. */
static const ga_format values[] = {
#define FORMAT(kind, suffix, name, bits, ...) { FORMAT_OF(suffix) },
#include "num/formats.def"
};
static const char *const names[] = {
#define FORMAT(kind, suffix, name, bits, ...) name,
#include "num/formats.def"
};
_Static_assert(sizeof rows / sizeof *rows == N_FORMATS, "one row for each of ga_format_kind, from 0 on");

const word_list format_words = WORD_LIST("format", names);

const format_row *
format_find(ga_format f)
{
    return (size_t)f.kind < N_FORMATS ? rows + f.kind : NULL;
}

static const format_row none;

/* The row, or one that allows nothing. */
static const format_row *
row_of(ga_format f)
{
    const format_row *row = format_find(f);
    return row != NULL ? row : &none;
}

bool
format_is_reference(ga_format f)
{
    return row_of(f)->reference;
}

bool
format_any_precision(ga_format f)
{
    return row_of(f)->any_precision;
}

bool
format_has_range(ga_format f)
{
    return row_of(f)->largest > 0;
}

bool
format_is_audited(ga_format f)
{
    return row_of(f)->audited;
}

bool
format_has_origins(ga_format f)
{
    return row_of(f)->origins;
}

bool
format_has_thresholds(ga_format f)
{
    return row_of(f)->thresholds;
}

int64_t
format_emin(ga_format f)
{
    return row_of(f)->emin;
}

int64_t
format_least_exponent(ga_format f)
{
    return row_of(f)->emin - (f.bits - 1);
}

int64_t
format_emax(ga_format f)
{
    return row_of(f)->emax;
}

int64_t
format_ulp_exponent(ga_format f, int64_t binade)
{
    const int64_t least = row_of(f)->emin;
    return (format_has_range(f) && binade < least ? least : binade) - (f.bits - 1);
}

ga_product
format_product(ga_format f)
{
    return row_of(f)->product;
}

bool
format_has_product(ga_format f, ga_product product)
{
    return (unsigned)product < 8 * sizeof(unsigned) && (row_of(f)->products & FORMAT_PRODUCT(product)) != 0;
}

bool
format_dtype(ga_dtype *dtype, ga_format f)
{
    const format_place held = row_of(f)->held;
    if (held != HELD_NOWHERE)
        *dtype = held == HELD_BINARY32 ? GA_F32 : GA_F64;
    return held != HELD_NOWHERE;
}

ga_format
format_of_dtype(ga_dtype dtype)
{
    return dtype == GA_F32 ? (ga_format){ FORMAT_OF(f32) } : (ga_format){ FORMAT_OF(f64) };
}

/* A format without a range has all exponents, and rounds what enters a pass to no fewer bits than a model has. */
bool
format_holds(ga_format f, ga_dtype dtype)
{
    const ga_format own = format_of_dtype(dtype);
    if (format_find(f) == NULL)
        return false;
    return !format_has_range(f) || (f.bits >= own.bits && format_emin(f) <= format_emin(own) && format_emax(f) >= format_emax(own));
}

bool
format_admits(ga_format f, ga_dtype dtype)
{
    return row_of(f)->rounds_model || format_holds(f, dtype);
}

double
format_beyond(ga_format f)
{
    return ldexp(2 - ldexp(1, -(int)f.bits), (int)format_emax(f));
}

bool
format_keeps(ga_format f, double x)
{
    return x > 0 && isfinite(x) &&
           (!format_has_range(f) || (x > ldexp(1, (int)format_least_exponent(f) - 1) && x < format_beyond(f)));
}

/* The first of a property. */
static ga_format
first(bool (*has)(ga_format f))
{
    size_t i = 0;
    while (i + 1 < N_FORMATS && !has(values[i]))
        i++;
    return values[i];
}

ga_format
format_of_reference(void)
{
    ga_format f = first(format_is_reference);
    f.reference_bits = GA_REFERENCE_BITS;
    return f;
}

ga_format
format_with_bits(ga_format f, long bits, bool own_range)
{
    return (ga_format){ .kind = first(format_any_precision).kind, .bits = bits, .range = own_range ? f.bits : 0 };
}

ga_format
format_of_range(long range)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (format_has_range(values[i]) && values[i].bits == range)
            return values[i];
    return (ga_format){ FORMAT_OF(f64) };
}

/* How much of a pattern stands before its bits. */
static int
stem(const format_row *row)
{
    return (int)strcspn(row->name, ":") + 1;
}

void
format_name(char *text, size_t size, ga_format f)
{
    const format_row *row = format_find(f);
    if (row == NULL)
        snprintf(text, size, "unknown");
    else if (row->any_precision)
        snprintf(text, size, "%.*s%ld", stem(row), row->name, f.bits);
    else
        snprintf(text, size, "%s", row->name);
}

/* The pattern that a word follows, or NULL. */
static const ga_format *
pattern_of(const char *word)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (format_any_precision(values[i]) && strncasecmp(word, names[i], (size_t)stem(row_of(values[i]))) == 0)
            return values + i;
    return NULL;
}

bool
format_is_pattern(const char *word)
{
    return pattern_of(word) != NULL;
}

ga_code
ga_format_parse(ga_format *format, const char *text, ga_status *st)
{
    const ga_format *pattern = pattern_of(text);
    if (pattern != NULL) {
        const int before = stem(row_of(*pattern));
        char *end;
        const long bits = strtol(text + before, &end, 10);
        if (end == text + before || *end != '\0' || bits < 2 || bits > GA_MAX_BITS)
            return ga_fail(st, GA_USAGE, "a precision is 2 to %d bits, as in %.*s256, not '%s'", GA_MAX_BITS, before,
                           row_of(*pattern)->name, text);
        *format = *pattern;
        format->bits = bits;
        return GA_OK;
    }
    const int place = word_parse(&format_words, text, st);
    if (place < 0)
        return GA_USAGE;
    *format = format_is_reference(values[place]) ? format_of_reference() : values[place];
    return GA_OK;
}

size_t
format_names(const char *name[], bool (*has)(ga_format f))
{
    size_t n = 0;
    for (size_t i = 0; i < N_FORMATS; i++)
        if (has(values[i]))
            name[n++] = names[i];
    return n;
}

void
format_list(char *text, size_t size, bool (*has)(ga_format f), const char *conjunction)
{
    const char *name[N_FORMATS];
    const size_t n = format_names(name, has);
    size_t end = 0;
    if (size > 0)
        *text = '\0';
    for (size_t i = 0; i < n && end < size; end = strlen(text), i++)
        if (i == 0 || i + 1 < n)
            snprintf(text + end, size - end, "%s%s", i == 0 ? "" : ", ", name[i]);
        else
            snprintf(text + end, size - end, " %s %s", conjunction, name[i]);
}
