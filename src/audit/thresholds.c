/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.c -- see core/thresholds.h */
#include <stdlib.h>

#include "audit/threshold_search.h"
#include "audit/thresholds.h"
#include "num/format.h"

const threshold_row *
threshold_find(op_id *op, size_t k)
{
    for (int i = 0; i <= N_OPS; i++) {
        const op_thresholds *const rows = threshold_rows_of((op_id)i);
        if (k < rows->n) {
            *op = (op_id)i;
            return rows->row + k;
        }
        k -= rows->n;
    }
    return NULL;
}

/* In the window around middle; nowhere if that is the end. */
static void
scan_around(mpz_ptr first, mpz_ptr last, threshold_search *s, mpz_srcptr middle)
{
    const unsigned long window = s->format.kind == GA_FLOAT ? 1 << 20 : 1 << 12;
    mpz_t from, to;
    mpz_inits(from, to, NULL);
    mpz_set(from, middle);
    if (mpz_cmp(middle, s->end) < 0)
        mpz_sub_ui(from, middle, mpz_cmp_ui(middle, window) < 0 ? mpz_get_ui(middle) : window);
    mpz_add_ui(to, middle, window);
    if (mpz_cmp(to, s->end) > 0)
        mpz_set(to, s->end);
    threshold_scan(first, last, s, from, to);
    mpz_clears(from, to, NULL);
}

/* Where the number becomes so in the arithmetic of s, and from where on it is so for good, unless last is NULL; exact: where the
   true value does. s->end: nowhere. */
static void
find_computed(mpz_ptr first, mpz_ptr last, threshold_search *s, mpz_srcptr exact)
{
    mpz_t zero;
    mpz_init(zero);
    if (s->row->becomes == GA_BECOMES_WRONG) {
        threshold_walk(first, last, s, exact);
        if (mpz_cmp(first, exact) >= 0)
            mpz_set(first, s->end);
        if (last != NULL && mpz_cmp(last, exact) >= 0)
            mpz_set(last, s->end);
    } else if (s->all) {
        threshold_scan(first, last, s, zero, s->end);
    } else {
        threshold_bisect(first, threshold_holds, s);
        if (last != NULL) {
            mpz_set(zero, first);
            scan_around(first, last, s, zero);
        }
    }
    mpz_clear(zero);
}

/* With correctly rounded functions, which the arithmetic in MPFR has; false: out of memory. */
static bool
find_rounded(mpz_ptr rounded, ga_format f, op_id op, const threshold_row *row, mpz_srcptr exact)
{
    f.kind = GA_EMULATED;
    threshold_search *const s = threshold_search_new(f, op, row);
    if (s == NULL)
        return false;
    find_computed(rounded, NULL, s, exact);
    threshold_search_free(s);
    return true;
}

static bool
find(ga_threshold *found, op_id op, const threshold_row *row, ga_format f)
{
    mpz_t exact, rounded, first, last;
    threshold_search *const s = threshold_search_new(f, op, row);
    if (s == NULL)
        return false;
    mpz_inits(exact, rounded, first, last, NULL);
    threshold_bisect(exact, threshold_exactly_holds, s);
    find_computed(first, last, s, exact);
    mpz_set(rounded, first);
    const bool ok = s->all || f.kind == GA_EMULATED || find_rounded(rounded, f, op, row, exact);
    *found = (ga_threshold){ .quantity = row->quantity, .formulas = row->formulas, .becomes = s->becomes };
    const mpz_srcptr place[] = { exact, rounded, first, last };
    const mpfr_ptr argument[] = { found->exact, found->rounded, found->first, found->last };
    for (size_t i = 0; ok && i < sizeof place / sizeof *place; i++) {
        mpfr_init2(argument[i], f.bits);
        threshold_argument(argument[i], s, place[i]);
    }
    mpz_sub(first, first, rounded);
    found->distance = mpz_cmp(rounded, s->end) < 0 && mpz_fits_slong_p(first) ? mpz_get_si(first) : 0;
    mpz_clears(exact, rounded, first, last, NULL);
    threshold_search_free(s);
    return ok;
}

void
ga_thresholds_free(ga_threshold *threshold, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mpfr_clears(threshold[i].exact, threshold[i].rounded, threshold[i].first, threshold[i].last, (mpfr_ptr)0);
    free(threshold);
}

ga_code
ga_thresholds_check(ga_format f, ga_status *st)
{
    char name[FORMAT_NAME];
    format_name(name, sizeof name, f);
    if (!format_has_thresholds(f))
        return ga_fail(st, GA_USAGE, "thresholds are those of formats with a range, such as float16, not of %s", name);
    if (f.rounding == GA_STOCHASTIC)
        return ga_fail(st, GA_USAGE, "what is rounded at random has no thresholds: choose another rounding for %s", name);
    if (f.bits > THRESHOLD_MOST_BITS)
        return ga_fail(st, GA_USAGE, "thresholds are those of formats of at most %d bits, not of %s", THRESHOLD_MOST_BITS, name);
    return GA_OK;
}

ga_code
ga_thresholds_find(ga_threshold **threshold, size_t *n, ga_format format, ga_status *st)
{
    op_id op;
    *threshold = NULL;
    *n = 0;
    const ga_code code = ga_thresholds_check(format, st);
    if (code != GA_OK)
        return code;
    size_t rows = 0;
    while (threshold_find(&op, rows) != NULL)
        rows++;
    ga_threshold *const found = malloc((rows + 1) * sizeof *found);
    for (size_t k = 0; k < rows; k++) {
        const threshold_row *const row = threshold_find(&op, k);
        if (found == NULL || !find(found + k, op, row, format)) {
            ga_thresholds_free(found, found == NULL ? 0 : k);
            return ga_fail(st, GA_NO_MEMORY, "out of memory for a scan");
        }
    }
    *threshold = found;
    *n = rows;
    return GA_OK;
}
