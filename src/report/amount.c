/* SPDX-License-Identifier: Apache-2.0 */
/* amount.c -- see amount.h */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/amount.h"

static const char dash[] = "\u2013";

amount
amount_count(uint64_t n)
{
    amount a;
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%" PRIu64, n);
    char *to = a.s;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return a;
}

/* "57.0", "<0.1", ">99.9". */
static amount
share_digits(double percent)
{
    amount a;
    if (percent <= 0 || percent >= 100)
        snprintf(a.s, sizeof a.s, "%.4g", percent);
    else if (percent < 0.05 || percent >= 99.95)
        snprintf(a.s, sizeof a.s, percent < 50 ? "<0.1" : ">99.9");
    else
        snprintf(a.s, sizeof a.s, "%.1f", percent);
    return a;
}

amount
amount_percent(uint64_t some, uint64_t whole)
{
    const double percent = 100 * ((double)some / (double)whole);
    return some > 0 && some < whole ? amount_share(fmin(fmax(percent, 1e-9), 100 - 1e-9)) : amount_share(percent);
}

amount
amount_share(double percent)
{
    amount a;
    if (isnan(percent))
        return amount_real(percent);
    snprintf(a.s, sizeof a.s, "%.60s %%", share_digits(percent).s);
    return a;
}

amount
amount_nouns(uint64_t n, const char *noun)
{
    amount a;
    const char *of = strstr(noun, " of ");
    const int first = of != NULL ? (int)(of - noun) : (int)strlen(noun);
    snprintf(a.s, sizeof a.s, "%.30s %.*s%s%.60s", amount_count(n).s, first < 60 ? first : 60, noun, n == 1 ? "" : "s",
             noun + first);
    return a;
}

amount
amount_of(uint64_t some, uint64_t whole, const char *noun)
{
    amount a;
    if (some == 0)
        snprintf(a.s, sizeof a.s, "no %.80s", noun);
    else if (some >= whole)
        snprintf(a.s, sizeof a.s, "%s %.80s", whole == 1 ? "the one" : "every", noun);
    else
        snprintf(a.s, sizeof a.s, "%.30s of %.100s (%.12s)", amount_count(some).s, amount_nouns(whole, noun).s,
                 amount_percent(some, whole).s);
    return a;
}

int
amount_one(uint64_t some, uint64_t whole)
{
    return some <= 1 || some >= whole;
}

amount
amount_mean(double mean, uint64_t whole)
{
    amount a;
    const double last = (double)whole;
    if (!(mean >= 0 && mean <= last))
        return amount_real(NAN);
    if (mean > 0 && mean < 0.05)
        snprintf(a.s, sizeof a.s, "<0.1");
    else if (mean < last && last - mean < 0.05)
        snprintf(a.s, sizeof a.s, ">%.1f", last - 0.1);
    else if (floor(mean) < mean && (mean < 9.95 || round(mean) == last))
        snprintf(a.s, sizeof a.s, "%.1f", mean);
    else
        return amount_count((uint64_t)round(mean));
    return a;
}

amount
amount_real(double x)
{
    amount a;
    if (isnan(x))
        snprintf(a.s, sizeof a.s, "%s", dash);
    else
        snprintf(a.s, sizeof a.s, "%.4g", x);
    return a;
}

amount
amount_correlation(double x)
{
    amount a = amount_real(x);
    if (fabs(x) != 1 && fabs(x) >= 0.99995)
        snprintf(a.s, sizeof a.s, x > 0 ? ">0.9999" : "<\u22120.9999");
    return a;
}

amount
amount_range(double low, double high)
{
    amount a;
    if (isnan(low) || isnan(high))
        return amount_real(NAN);
    if (low < high)
        snprintf(a.s, sizeof a.s, "%.20s\u2013%.20s %%", share_digits(low).s, share_digits(high).s);
    else
        snprintf(a.s, sizeof a.s, "%.20s %%", share_digits(low).s);
    return a;
}

amount
amount_points(double points, int decimals)
{
    amount a;
    const double unit = pow(10, -decimals), rounded = fabs(points) < unit / 2 ? 0 : points;
    if (isnan(points))
        return amount_real(NAN);
    snprintf(a.s, sizeof a.s, "%s%.*f", rounded < 0 ? "\u2212" : "", decimals, fabs(rounded));
    return a;
}

amount
amount_between(double low, double high, int decimals)
{
    amount a;
    snprintf(a.s, sizeof a.s, "%.60s to %.60s", amount_points(low, decimals).s, amount_points(high, decimals).s);
    return a;
}

amount
amount_power(double log10_value)
{
    amount a;
    if (isnan(log10_value))
        return amount_real(log10_value);
    if (log10_value >= 1 && log10_value < 15)
        return amount_count((uint64_t)(pow(10, log10_value) + 0.5));
    if (log10_value > -4 && log10_value < 1)
        snprintf(a.s, sizeof a.s, "%.2g", pow(10, log10_value));
    else if (log10_value > -15 && log10_value < 15)
        snprintf(a.s, sizeof a.s, "%.1f \u00b7 10^%.0f", pow(10, log10_value - floor(log10_value)), floor(log10_value));
    else
        snprintf(a.s, sizeof a.s, "10^%.0f", floor(log10_value));
    return a;
}

amount
amount_decade(double log10_value)
{
    amount a, end[2];
    if (isnan(log10_value))
        return amount_real(log10_value);
    for (int i = 0; i < 2; i++) {
        const double power = floor(log10_value) + i;
        snprintf(end[i].s, sizeof end[i].s, power == 0 ? "1" : power == 1 ? "10" : "10^%.0f", power);
    }
    snprintf(a.s, sizeof a.s, "between %.60s and %.60s", end[0].s, end[1].s);
    return a;
}

double
amount_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

uint64_t
amount_integer(const json_t *object, const char *key)
{
    const json_int_t n = json_integer_value(json_object_get(object, key));
    const json_int_t most = (json_int_t)1 << 53;
    return n < 0 ? 0 : (uint64_t)(n < most ? n : most);
}

const char *
amount_string(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}
