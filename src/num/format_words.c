/* SPDX-License-Identifier: Apache-2.0 */
/* format_words.c -- formats as text: names, spelled-out values, and what may follow either. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "num/decimal.h"
#include "num/format.h"

static const char *const names[] = {
#define FORMAT(id, kind, name, ...) name,
#include "num/formats.def"
};
const word_list format_words = WORD_LIST("format", names);

enum { FORMAT_MOST_EXPONENT = 1 << 20, FORMAT_MOST_BITS = 4096 };

/* Words that set one member each; the first N_KEYS stand before a value. */
typedef enum { KEY_BITS, KEY_EMIN, KEY_EMAX, KEY_MAX, KEY_ROUNDING, N_KEYS } key;
static const char *const modifiers[] = { "p=", "emin=", "emax=", "max=", "rounding=", "inf", "saturate", "nan", "ftz", "daz" };
const word_list format_modifiers = WORD_LIST("modifier", modifiers);
static const word_list keys = { "modifier", modifiers, N_KEYS };

/* What has been said, a bit for each. */
enum { SAID_NAME = 1 << N_KEYS, SAID_OVERFLOW = 2 << N_KEYS, SAID_FLUSH = 4 << N_KEYS, SAID_FLUSH_IN = 8 << N_KEYS };
typedef struct {
    ga_format f;
    double max;
    const char *max_text;
    unsigned said;
} saying;

static int
stem_of(const char *name)
{
    return (int)strcspn(name, ":") + 1;
}

/* The pattern that a word follows, or -1. */
static int
pattern_of(const char *word)
{
    for (size_t i = 0; i < format_words.n; i++)
        if (strchr(names[i], ':') != NULL && strncasecmp(word, names[i], (size_t)stem_of(names[i])) == 0)
            return (int)i;
    return -1;
}

bool
format_is_plain_word(const char *word)
{
    return pattern_of(word) >= 0 || word_begins(&keys, word) >= 0 || word_find(&format_words, word) >= 0 ||
           word_find(&format_modifiers, word) >= 0;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* The nearest word may be a modifier. */
ga_code
format_unknown(const char *word, const word_list *others, const char *after, ga_status *st)
{
    const char *all[64];
    word_list words = { "format", all, 0 };
    char stem[64], list[300], hint[100];
    const word_list *const lists[] = { &format_words, &format_modifiers, others };
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        for (size_t i = 0; lists[l] != NULL && i < lists[l]->n && words.n < sizeof all / sizeof *all; i++)
            all[words.n++] = lists[l]->name[i];
    const size_t n = strcspn(word, "=") + 1;
    snprintf(stem, sizeof stem, "%.*s", (int)(n < sizeof stem ? n : sizeof stem - 1), word);
    word_names(list, sizeof list, &format_words);
    format_hint(hint, sizeof hint, &words, stem);
    return ga_fail(st, GA_USAGE, "no format is called '%.100s': %s%s%s", word, list, after, hint);
}

static ga_code
unknown_word(const char *word, ga_status *st)
{
    return format_unknown(word, NULL, "", st);
}

static ga_code
read_integer(long *n, const char *word, int k, long least, long most, ga_status *st)
{
    const char *const text = word + strlen(modifiers[k]);
    char *end;
    *n = strtol(text, &end, 10);
    if (end == text || *end != '\0' || *n < least || *n > most)
        return ga_fail(st, GA_USAGE, "%.*s is an integer from %ld to %ld, not '%.60s'", (int)strlen(modifiers[k]) - 1, word, least,
                       most, text);
    return GA_OK;
}

static ga_code
read_rounding(ga_format *f, const char *text, ga_status *st)
{
    char word[40];
    const char *const colon = strchr(text, ':');
    snprintf(word, sizeof word, "%.*s", (int)(colon != NULL ? colon - text : 39), text);
    const int place = word_parse(&format_roundings, word, st);
    if (place < 0)
        return GA_USAGE;
    f->rounding = (ga_rounding)place;
    if (colon == NULL)
        return GA_OK;
    char *end;
    errno = 0;
    f->seed = strtoull(colon + 1, &end, 10);
    if (f->rounding != GA_STOCHASTIC || !isdigit((unsigned char)colon[1]) || *end != '\0' || errno != 0)
        return ga_fail(st, GA_USAGE, "only stochastic rounding has a seed, 0 to 2^64 - 1, as in rounding=stochastic:1, not '%.60s'",
                       text);
    return GA_OK;
}

static ga_code
read_key(saying *s, int k, const char *word, ga_status *st)
{
    long n = 0;
    ga_code code = GA_OK;
    switch ((key)k) {
    case KEY_BITS:
        code = read_integer(&n, word, k, 2, FORMAT_MOST_BITS, st);
        s->f.bits = n;
        break;
    case KEY_EMIN:
        code = read_integer(&n, word, k, -FORMAT_MOST_EXPONENT, 0, st);
        s->f.emin = (int)n;
        break;
    case KEY_EMAX:
        code = read_integer(&n, word, k, 0, FORMAT_MOST_EXPONENT, st);
        s->f.emax = (int)n;
        break;
    case KEY_MAX:
        s->max_text = word + strlen(modifiers[k]);
        if (!decimal_read(&s->max, s->max_text, false) || !(s->max > 0) || !isfinite(s->max))
            return ga_fail(st, GA_USAGE, "max is the largest number, such as 448, not '%.60s'", s->max_text);
        break;
    default:
        code = read_rounding(&s->f, word + strlen(modifiers[k]), st);
    }
    return code;
}

static ga_code
read_pattern(saying *s, size_t i, const char *word, ga_status *st)
{
    const int before = stem_of(names[i]);
    char *end;
    const long bits = strtol(word + before, &end, 10);
    if (end == word + before || *end != '\0' || bits < 2 || bits > GA_MAX_BITS)
        return ga_fail(st, GA_USAGE, "a precision is 2 to %d bits, as in %.*s256, not '%.100s'", GA_MAX_BITS, before, names[i],
                       word);
    s->f.bits = bits;
    return GA_OK;
}

/* A name's values under what has been said of overflow and rounding. */
static void
take_name(saying *s, size_t i)
{
    const ga_format said = s->f;
    s->f = format_named(i);
    if ((s->said & SAID_OVERFLOW) != 0)
        s->f.overflow = said.overflow;
    if ((s->said & 1u << KEY_ROUNDING) != 0) {
        s->f.rounding = said.rounding;
        s->f.seed = said.seed;
    }
    s->f.flush = said.flush;
    s->f.flush_in = said.flush_in;
}

/* about: the bit of what it says. */
static ga_code
read_word(saying *s, unsigned *about, const char *word, ga_status *st)
{
    int place;
    if ((place = word_begins(&keys, word)) >= 0) {
        *about = 1u << place;
        return read_key(s, place, word, st);
    }
    if ((place = word_find(&format_overflows, word)) >= 0) {
        *about = SAID_OVERFLOW;
        s->f.overflow = (ga_overflow)place;
    } else if (strcasecmp(word, "ftz") == 0) {
        *about = SAID_FLUSH;
        s->f.flush = true;
    } else if (strcasecmp(word, "daz") == 0) {
        *about = SAID_FLUSH_IN;
        s->f.flush_in = true;
    } else {
        *about = SAID_NAME;
        if ((place = pattern_of(word)) < 0 && (place = word_find(&format_words, word)) < 0)
            return unknown_word(word, st);
        take_name(s, (size_t)place);
        return pattern_of(word) >= 0 ? read_pattern(s, (size_t)place, word, st) : GA_OK;
    }
    return GA_OK;
}

/* The largest number, and emax where nobody said it. */
static ga_code
set_largest(saying *s, ga_status *st)
{
    ga_format *const f = &s->f;
    int e;
    frexp(s->max, &e);
    if ((s->said & 1u << KEY_EMAX) == 0)
        f->emax = e - 1;
    if (f->bits > 53)
        return ga_fail(st, GA_USAGE, "max= is of formats of at most 53 bits, not %ld: say emax=", f->bits);
    const double units = ldexp(s->max, (int)f->bits - 1 - f->emax);
    if (f->emax != e - 1 || f->emax < 0 || units != floor(units))
        return ga_fail(st, GA_USAGE, "max=%.60s is no number of %ld bits from 2^emax to below 2^(emax+1), emax at least 0",
                       s->max_text, f->bits);
    f->gap = (long)(ldexp(1, (int)f->bits) - units);
    return GA_OK;
}

static ga_code
set_values(saying *s, const char *text, ga_status *st)
{
    ga_format *const f = &s->f;
    const unsigned ends = 1u << KEY_EMAX | 1u << KEY_MAX;
    if ((s->said & 1u << KEY_BITS) == 0 || (s->said & ends) == 0)
        return ga_fail(st, GA_USAGE, "'%.100s': which format? name one, or say p= and emax= or max=", text);
    f->gap = 1;
    if ((s->said & 1u << KEY_MAX) != 0 && set_largest(s, st) != GA_OK)
        return GA_USAGE;
    if ((s->said & 1u << KEY_EMIN) == 0)
        f->emin = 1 - f->emax;
    if (f->emin > 0 || f->emin > f->emax)
        return ga_fail(st, GA_USAGE, "'%.100s': emin is at most 0 and emax at least 0, so that 1 is a number in the normal range; "
                                     "without emin= it is 1 - emax", text);
    return GA_OK;
}

static ga_code
finish(ga_format *format, saying *s, const char *text, ga_status *st)
{
    const unsigned spelled = 1u << KEY_BITS | 1u << KEY_EMIN | 1u << KEY_EMAX | 1u << KEY_MAX;
    if ((s->said & SAID_NAME) != 0 && (s->said & spelled) != 0)
        return ga_fail(st, GA_USAGE, "'%.100s': a format has a name, or p=, emin=, emax= and max=", text);
    if ((s->said & SAID_NAME) == 0 && set_values(s, text, st) != GA_OK)
        return GA_USAGE;
    if (!format_has_range(s->f) && (s->said & ~(unsigned)SAID_NAME) != 0)
        return ga_fail(st, GA_USAGE, "'%.100s': only a format with a range of exponents overflows, flushes to zero or rounds "
                                     "otherwise", text);
    if (s->f.flush && s->f.rounding != GA_NEAREST_EVEN && s->f.rounding != GA_TOWARD_ZERO && s->f.rounding != GA_NEAREST_AWAY)
        return ga_fail(st, GA_USAGE, "'%.100s': ftz is of formats that round to nearest or toward zero", text);
    if (format_is_reference(s->f))
        s->f.reference_bits = GA_REFERENCE_BITS;
    format_settle(&s->f);
    *format = s->f;
    return GA_OK;
}

ga_code
format_check_commas(const char *text, ga_status *st)
{
    if (*text == ',' || (*text != '\0' && text[strlen(text) - 1] == ',') || strstr(text, ",,") != NULL)
        return ga_fail(st, GA_USAGE, "'%.100s': there is no word between two commas, or at an end", text);
    return GA_OK;
}

ga_code
format_plain_parse(ga_format *format, const char *text, ga_status *st)
{
    char copy[200], *rest = NULL;
    saying s = { .said = 0 };
    ga_code code = GA_OK;
    snprintf(copy, sizeof copy, "%s", text);
    if (strlen(text) >= sizeof copy || strspn(text, ",") == strlen(text))
        return unknown_word(text, st);
    if ((code = format_check_commas(text, st)) != GA_OK)
        return code;
    for (char *word = strtok_r(copy, ",", &rest); word != NULL && code == GA_OK; word = strtok_r(NULL, ",", &rest)) {
        unsigned about = 0;
        code = read_word(&s, &about, word, st);
        if (code == GA_OK && (s.said & about) != 0)
            code = ga_fail(st, GA_USAGE, "'%.100s': '%.100s' comes after another word of its kind", text, word);
        s.said |= about;
    }
    return code == GA_OK ? finish(format, &s, text, st) : code;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static bool
same_numbers(ga_format f, ga_format g)
{
    return format_has_range(f) == format_has_range(g) && f.bits == g.bits && f.emin == g.emin && f.emax == g.emax &&
           f.gap == g.gap && f.one_zero == g.one_zero;
}

/* What follows a name: what differs from f, which has the name. */
static void
write_rest(char *text, size_t size, ga_format f, ga_format named)
{
    char rounding[40] = "", seed[24] = "";
    if (f.rounding == GA_STOCHASTIC)
        snprintf(seed, sizeof seed, ":%" PRIu64, f.seed);
    if (f.rounding != GA_NEAREST_EVEN)
        snprintf(rounding, sizeof rounding, ",rounding=%s", format_roundings.name[f.rounding]);
    snprintf(text, size, "%s%s%s%s%s%s", f.overflow != named.overflow ? "," : "",
             f.overflow != named.overflow ? format_overflows.name[f.overflow] : "", f.flush ? ",ftz" : "",
             f.flush_in ? ",daz" : "", rounding, seed);
}

void
format_plain_name(char *text, size_t size, ga_format f)
{
    char rest[120], name[120] = "";
    ga_format named = { .overflow = GA_TO_INFINITY };
    if (!format_is_known(f)) {
        snprintf(text, size, "unknown");
        return;
    }
    if (!format_has_range(f)) {
        size_t i = 0;
        while (i + 1 < format_words.n &&
               (format_has_range(format_named(i)) || format_any_precision(format_named(i)) != format_any_precision(f)))
            i++;
        if (format_any_precision(f))
            snprintf(text, size, "%.*s%ld", stem_of(names[i]), names[i], f.bits);
        else
            snprintf(text, size, "%s", names[i]);
        return;
    }
    for (size_t i = 0; i < format_words.n && *name == '\0'; i++)
        if (same_numbers(f, format_named(i))) {
            named = format_named(i);
            snprintf(name, sizeof name, "%s", names[i]);
        }
    if (*name == '\0') {
        const int n = snprintf(name, sizeof name, "p=%ld,emin=%d,emax=%d", f.bits, f.emin, f.emax);
        if (f.gap != 1)
            snprintf(name + n, sizeof name - (size_t)n, ",max=%.17g", ldexp(format_largest(f), f.emax));
    }
    write_rest(rest, sizeof rest, f, named);
    snprintf(text, size, "%s%s", name, rest);
}

/* ---- lists -------------------------------------------------------------------------------------------------------- */

size_t
format_names(const char *name[], bool (*has)(ga_format f))
{
    size_t n = 0;
    for (size_t i = 0; i < N_FORMATS; i++)
        if (has(format_named(i)))
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
