/* SPDX-License-Identifier: Apache-2.0 */
/* threshold_search.h -- the search for the arguments at which a row's number becomes so; see core/thresholds.h. Argument i is the
   format's number i places from that of argument 0 on, with the row's sign; of an inward row i places below 1 (num/place.h). */
#ifndef AUDIT_THRESHOLD_SEARCH_H
#define AUDIT_THRESHOLD_SEARCH_H

#include "audit/threshold_values.h"

typedef struct {
    const threshold_row *row;
    ga_becomes becomes; /* see ga_threshold */
    ga_format format;
    const threshold_arithmetic *arithmetic;
    void *values;
    bool all;        /* all arguments are tried */
    mpz_t origin;    /* the place of argument 0; of an inward row that of 1 or of the largest number below */
    mpz_t end;       /* arguments are from 0 on, and before this */
    mpfr_t constant; /* the value at which threshold_walk is */
    mpz_t from;      /* of the arguments whose values there are, */
    size_t n;        /* and how many */
} threshold_search;

/* NULL: out of memory. */
threshold_search *threshold_search_new(ga_format f, op_id op, const threshold_row *row);
void threshold_search_free(threshold_search *s);

/* x = argument i, exact; x has the format's bits or more. Infinite, with the row's sign, from s->end on. */
void threshold_argument(mpfr_ptr x, const threshold_search *s, mpz_srcptr i);

/* Which value of s->values is that at argument i: it is there, and, if all are tried, those after it. */
size_t threshold_value(threshold_search *s, mpz_srcptr i);

/* The true value v at argument i: low <= v <= high, both of the same precision, of 53 bits or more and the format's. */
void threshold_enclose(mpfr_ptr low, mpfr_ptr high, const threshold_search *s, mpz_srcptr i);

/* r = v rounded to the format; r has its bits. */
void threshold_truth(mpfr_ptr r, const threshold_search *s, mpz_srcptr i);

/* Of an argument: whether the number is so; whether the true value rounds to that, or, of what becomes wrong, to 0. */
typedef bool threshold_condition(threshold_search *s, mpz_srcptr i);
threshold_condition threshold_holds, threshold_exactly_holds;

/* The least i that holds, for a condition that holds at high, not at low, and once it does for all larger i. */
void threshold_between(mpz_ptr i, threshold_condition *holds, threshold_search *s, mpz_srcptr low, mpz_srcptr high);

/* The first argument at which it holds, s->end for none: of all. Of a condition that holds for all larger i once it does. */
void threshold_bisect(mpz_ptr i, threshold_condition *holds, threshold_search *s);

/* Of the arguments from, ..., to - 1: the first at which the number is so, to if there is none, and the one after the last at which
   it is not. */
void threshold_scan(mpz_ptr first, mpz_ptr last, threshold_search *s, mpz_srcptr from, mpz_srcptr to);

/* threshold_wrong.c: the first argument at which the number is wrong, and, unless last is NULL, the one after the last at which it
   is not, before end, from which on the true value is 0. end if there is none. */
void threshold_walk(mpz_ptr first, mpz_ptr last, threshold_search *s, mpz_srcptr end);

/* Whether the value s->constant is wrong at argument i. */
threshold_condition threshold_wrong;

#endif
