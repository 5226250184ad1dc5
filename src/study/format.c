/* SPDX-License-Identifier: Apache-2.0 */
/* format.c -- numbers in sentences and tables; see value.h */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "study/value.h"

static bool
is_range(const value *v)
{
    return v->least < v->greatest;
}

/* "%+.2f points": the conversion, and the unit behind it; the unit of "[%.4g]" is its end. */
static bool
conversion(char c[16], const char **unit, const char *format)
{
    enum { MOST_DIGITS = 17 };
    const char *at = format + 1;
    char *end;
    if (*format != '%')
        return false;
    at += *at == '+';
    if (*at == '.' && isdigit((unsigned char)at[1])) {
        if (strtol(at + 1, &end, 10) > MOST_DIGITS)
            return false;
        at = end;
    }
    if (*at == '\0' || strchr("efg", *at) == NULL || at - format > 8)
        return false;
    snprintf(c, 16, "%.*s", (int)(++at - format), format);
    *unit = at;
    return *at == '\0' || (*at == ' ' && at[1] != '\0') || strcmp(at, "]") == 0;
}

/* The conversion has been checked. */
static void
print(FILE *out, const char *c, double x)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    fprintf(out, c, x);
#pragma GCC diagnostic pop
}

static void
print_number(FILE *out, const value *v, const char *c, const char *unit)
{
    if (isnan(v->x)) {
        fprintf(out, *unit != '\0' ? "an unknown number of%s" : "-", unit);
        return;
    }
    print(out, c, v->x);
    fputs(unit, out);
    if (!is_range(v))
        return;
    fputs(" (", out);
    print(out, c, v->least);
    fputs(" to ", out);
    print(out, c, v->greatest);
    fputc(')', out);
}

/* Two decimals; what only rounds to 0 or 100 says so. */
static void
print_share(FILE *out, const value *v)
{
    if (isnan(v->x))
        fputs("an unknown share", out);
    else if (v->x > 0 && v->x < 0.005)
        fputs("less than 0.01 %", out);
    else if (v->x < 100 && v->x >= 99.995)
        fputs("more than 99.99 %", out);
    else
        fprintf(out, v->x == 0 || v->x == 100 ? "%.0f %%" : "%.2f %%", v->x);
    if (is_range(v))
        fprintf(out, " (%.2f to %.2f)", v->least, v->greatest);
}

/* power: "1e" before the range's exponents too. */
static void
print_decade(FILE *out, const value *v, const char *power)
{
    if (isnan(v->x)) {
        fputc('-', out);
        return;
    }
    fprintf(out, "1e%.0f", floor(v->x));
    if (is_range(v) && floor(v->least) < floor(v->greatest))
        fprintf(out, " (%s%.0f to %s%.0f)", power, floor(v->least), power, floor(v->greatest));
}

/* Of several tests the weakest. */
static void
print_p(FILE *out, const value *v)
{
    if (isnan(v->greatest))
        fputs("p unknown", out);
    else if (v->greatest < -3)
        fprintf(out, "p < 1e%.0f", fmax(ceil(v->greatest), -9999));
    else
        fprintf(out, "p = %.2g", pow(10, v->greatest));
}

static void
print_count(FILE *out, const value *v, const char *noun)
{
    const uint64_t n = v->x >= 0 && v->x < 0x1p53 ? (uint64_t)v->x : 0;
    if (isnan(v->x))
        fputc('-', out);
    else
        fputs(*noun != '\0' ? amount_nouns(n, noun).s : amount_count(n).s, out);
}

/* "in part", or "yes for 2 of 3 seeds, in part for 1 of 3 seeds"; the first answer for an empty list. */
static void
print_votes(FILE *out, const json_t *list, const json_t *votes)
{
    size_t i, j, said = 0;
    const size_t all = json_array_size(list);
    const json_t *vote, *one;
    json_array_foreach(votes, i, vote) {
        size_t n = 0;
        json_array_foreach(list, j, one)
            n += json_equal(one, json_object_get(vote, "name"));
        if (n == all && (all > 0 || i == 0))
            fputs(amount_string(vote, "word"), out);
        else if (n > 0)
            fprintf(out, "%s%s for %zu of %zu seeds", said++ > 0 ? ", " : "", amount_string(vote, "word"), n, all);
    }
}

bool
format_pattern_known(const char *format)
{
    char c[16];
    const char *unit;
    if (*format == '\0' || value_is_one_of(format, "share decade exponent p count votes words"))
        return true;
    if (*format == '[')
        return conversion(c, &unit, format + 1) && *unit == ']';
    return (conversion(c, &unit, format) && *unit != ']') || (strncmp(format, "count ", 6) == 0 && format[6] != '\0');
}

void
format_print(FILE *out, const value *v, const char *format, const json_t *votes)
{
    char c[16];
    const char *unit;
    if (*format == '[') {
        if (!isnan(v->x) && conversion(c, &unit, format + 1)) {
            fputs(" [", out);
            print(out, c, v->x);
            fputc(']', out);
        }
    } else if (strcmp(format, "share") == 0)
        print_share(out, v);
    else if (strcmp(format, "decade") == 0)
        print_decade(out, v, "1e");
    else if (strcmp(format, "exponent") == 0)
        print_decade(out, v, "");
    else if (strcmp(format, "p") == 0)
        print_p(out, v);
    else if (strncmp(format, "count", 5) == 0)
        print_count(out, v, format + 5 + (format[5] == ' '));
    else if (strcmp(format, "votes") == 0)
        print_votes(out, v->json, votes);
    else if (conversion(c, &unit, format))
        print_number(out, v, c, unit);
    else if (json_is_string(v->json))
        fputs(json_string_value(v->json), out);
    else if (!isnan(v->x))
        fprintf(out, "%.17g", v->x);
    else
        fputc('-', out);
}
