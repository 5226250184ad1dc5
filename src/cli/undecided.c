/* SPDX-License-Identifier: Apache-2.0 */
/* undecided.c -- --accept-below, and how a run ends if something is left undecided; see command.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mpfr.h>

#include "cli/command.h"
#include "num/mpfr_vec.h"

/* The largest k with 2^k <= B, a positive decimal number of any exponent, or 2^k. */
static ga_code
read_exponent(void *into, const option_row *row, const char *text, ga_status *st)
{
    char *end;
    mpfr_t b;
    if (strncmp(text, "2^", 2) == 0 && text[2] != '\0') {
        const long k = strtol(text + 2, &end, 10);
        *(int64_t *)into = k;
        if (*end == '\0')
            return GA_OK;
    }
    mpfr_vec_widest_range();
    mpfr_init2(b, 64);
    const bool positive = mpfr_set_str(b, text, 10, MPFR_RNDD) == 0 && mpfr_regular_p(b) && mpfr_sgn(b) > 0;
    if (positive)
        *(int64_t *)into = mpfr_get_exp(b) - 1;
    mpfr_clear(b);
    return positive ? GA_OK : ga_fail(st, GA_USAGE, "--%s must be a positive number, not '%s'", row->name, text);
}

static const option_row rows[] = {
    HEADING("Undecided elements:"),
    { "accept-below", 0, "B", "those that exact proves to be at most B, e.g. 1e-400 or 2^-1329, are no failure",
      BY(read_exponent) },
    { 0 }
};
const option_set accept_set = { rows, PLACE_ACCEPT, NULL, NULL };

/* MPFR has no numbers below this: no precision decides what is there. */
#define RANGE_ENDS (-(INT64_C(1) << 61))

/* "3 elements remain undecided, at most 2^-99 (raise --max-bits, or use --accept-below)". */
static void
say_elements(char *text, size_t size, const undecided_count *count, bool raise)
{
    const ga_undecided *const u = &count->elements;
    char of[64] = "";
    if (count->functions > 1)
        snprintf(of, sizeof of, " of the gradients of %zu functions together", count->functions);
    const bool bounded = u->bound != INT64_MAX;
    raise = raise && u->bound > RANGE_ENDS;
    char bound[64] = "of some nothing is known";
    if (bounded)
        snprintf(bound, sizeof bound, "at most 2^%lld", (long long)u->bound);
    snprintf(text, size, "%zu element%s%s %s undecided, %s%s%s%s%s", u->n, u->n == 1 ? "" : "s", of,
             u->n == 1 ? "remains" : "remain", bound,
             raise || bounded ? " (" : "", raise ? "raise --max-bits" : "", raise && bounded ? ", or use --accept-below"
                                                                              : bounded ? "use --accept-below" : "",
             raise || bounded ? ")" : "");
}

bool
undecided_can_rise(long max_bits, const ga_model *model)
{
    return max_bits < GA_MAX_BITS && ga_model_nonfinite(model) == 0;
}

ga_code
undecided_check(const undecided_count *u, int64_t accept, bool raise, const char *where, ga_status *st)
{
    char elements[200] = "", cells[120] = "";
    if (u->elements.n > 0 && u->elements.bound > accept)
        say_elements(elements, sizeof elements, u, raise);
    if (u->cells > 0)
        snprintf(cells, sizeof cells, "%zu cell%s undecided, though the true value is known", u->cells,
                 u->cells == 1 ? " remains" : "s remain");
    if (elements[0] == '\0' && cells[0] == '\0')
        return GA_OK;
    return ga_fail(st, GA_UNDECIDED, "%s%s%s%s%s", elements, elements[0] != '\0' && cells[0] != '\0' ? "; " : "", cells,
                   where != NULL ? "; the results are in " : "", where != NULL ? where : "");
}
