/* SPDX-License-Identifier: Apache-2.0 */
/* amount.h -- numbers as people read them. A text is returned by value: printf("%s", amount_count(n).s). */
#ifndef GRADAUDIT_REPORT_AMOUNT_H
#define GRADAUDIT_REPORT_AMOUNT_H

#include <stdint.h>

#include <jansson.h>

enum { AMOUNT = 160 };
typedef struct {
    char s[AMOUNT];
} amount;

/* 50,176 */
amount amount_count(uint64_t n);

/* "64.1 %"; never 0 or 100 by rounding: "<0.1 %", ">99.9 %"; a dash if whole is 0. */
amount amount_percent(uint64_t some, uint64_t whole);
amount amount_share(double percent);

/* "no image", "1 of 64 images (1.6 %)", "every image"; of 1: "the one image". "element of a kind": "elements of a kind". */
amount amount_of(uint64_t some, uint64_t whole, const char *noun);

/* Whether its verb is singular: "is". */
int amount_one(uint64_t some, uint64_t whole);

/* "1 image", "12 images". */
amount amount_nouns(uint64_t n, const char *noun);

/* A mean of counts of the whole: "149", "5.3"; never 0 or the whole by rounding: "<0.1", "62.7", ">62.9". */
amount amount_mean(double mean, uint64_t whole);

/* A real at 4 significant digits; a dash if it is none. */
amount amount_real(double x);

/* A cosine or correlation: 1 only if it is exactly that. */
amount amount_correlation(double x);

/* An interval in per cent: "57.0\u201368.8 %". */
amount amount_range(double low, double high);

/* Percentage points with a number of decimals, "61.2"; their interval, "59.0 to 63.4". */
amount amount_points(double points, int decimals);
amount amount_between(double low, double high, int decimals);

/* A value given by its log10: "0.0034", "3.4 10^-9", "10^-847"; a dash if it is none. */
amount amount_power(double log10_value);

/* The decade that it is in: "between 10^-4 and 10^-3". */
amount amount_decade(double log10_value);

/* An object's number; NaN, 0 or "" if it has none. A count is at most 2^53. */
double amount_number(const json_t *object, const char *key);
uint64_t amount_integer(const json_t *object, const char *key);
const char *amount_string(const json_t *object, const char *key);

#endif
