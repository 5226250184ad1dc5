/* SPDX-License-Identifier: Apache-2.0 */
/* wrong_tmpl.c -- where a number is wrong: NaN; 0 or infinite where the true value, rounded, is not; or off by more than 1 % and by
   more than an ulp. An ulp is more than 1 % of subnormal numbers alone, where it is the least number eta.

   The walk goes from one value of the formulas to the next. Each is taken on one interval, where the true value t is monotone
   (op_thresholds). So what is right there is an interval, and if both ends are right, all is. */

/* end = t - margin or t + margin, margin the larger of t/100 and eta, from below (MPFR_RNDD) or above (MPFR_RNDU); t > 0. Both grow
   with t. */
static void
NUM(limit)(mpfr_ptr end, mpfr_srcptr t, int sign, mpfr_rnd_t direction)
{
    const double eta = (double)NUM(number)(1);
    const mpfr_rnd_t opposite = direction == MPFR_RNDD ? MPFR_RNDU : MPFR_RNDD;
    mpfr_div_ui(end, t, 100, sign < 0 ? opposite : direction);
    if (mpfr_cmp_d(end, eta) < 0)
        mpfr_set_d(end, eta, MPFR_RNDN); /* exact */
    (sign < 0 ? mpfr_sub : mpfr_add)(end, t, end, direction);
}

/* Whether c is off by more than 1 % and by more than eta. That is decided at last: t is transcendental, and at a limit rational. */
static bool
NUM(far_off)(const NUM(search) *s, uint64_t i, double c)
{
    bool far = false, near = false;
    for (mpfr_prec_t bits = 64; !far && !near; bits *= 2) {
        mpfr_t low, high, end;
        mpfr_inits2(bits, low, high, end, (mpfr_ptr)0);
        NUM(enclose)(low, high, s->row, i);
        const bool negative = mpfr_sgn(low) < 0;
        const double at = negative ? -c : c;
        if (negative)
            mpfr_swap(low, high);
        mpfr_abs(low, low, MPFR_RNDN);
        mpfr_abs(high, high, MPFR_RNDN);
        NUM(limit)(end, low, -1, MPFR_RNDD);
        far = mpfr_cmp_d(end, at) > 0;
        NUM(limit)(end, high, 1, MPFR_RNDU);
        far = far || mpfr_cmp_d(end, at) < 0;
        NUM(limit)(end, high, -1, MPFR_RNDU);
        near = mpfr_cmp_d(end, at) <= 0;
        NUM(limit)(end, low, 1, MPFR_RNDD);
        near = near && mpfr_cmp_d(end, at) >= 0;
        mpfr_clears(low, high, end, (mpfr_ptr)0);
    }
    return far;
}

/* Whether the value at which the walk is is wrong at argument i. */
static bool
NUM(wrong)(void *search, uint64_t i)
{
    const NUM(search) *const s = search;
    const num c = s->constant, t = NUM(truth)(s, i);
    return isnan(c) || (c != t && (c == 0 || isinf(c) || NUM(far_off)(s, i, c)));
}

static bool
NUM(departed)(void *search, uint64_t i)
{
    NUM(search) *const s = search;
    return NUM(value)(s, i) != s->constant;
}

/* The true value falls below that of the formulas. */
static bool
NUM(overtaken)(void *search, uint64_t i)
{
    const NUM(search) *const s = search;
    return LIBM(fabs)(NUM(truth)(s, i)) <= LIBM(fabs)(s->constant);
}

static bool
NUM(small)(void *search, uint64_t i)
{
    const int bits = sizeof(num) == sizeof(float) ? 24 : 53;
    return fabs((double)NUM(truth)(search, i)) <= ldexp(1, 9 - bits);
}

/* From low to high, where one value is taken that is wrong at high: the first number from which on it is. What is right ends where
   the true value falls below it, or later. */
static uint64_t
NUM(wrong_from)(NUM(search) *s, uint64_t low, uint64_t high)
{
    if (NUM(wrong)(s, low)) {
        if (NUM(overtaken)(s, low) || !NUM(overtaken)(s, high))
            return low;
        const uint64_t middle = NUM(between)(NUM(overtaken), s, low, high);
        if (NUM(wrong)(s, middle))
            return NUM(wrong)(s, middle - 1) ? low : middle;
        low = middle;
    }
    return NUM(between)(NUM(wrong), s, low, high);
}

/* The first number that is wrong, and, unless last is NULL, the one after the last that is not, up to end, from which on the true
   value is 0: where it is above 2^(9-p) nothing is wrong (op_thresholds). */
static void
NUM(walk)(uint64_t *first, uint64_t *last, NUM(search) *s, uint64_t end)
{
    uint64_t next;
    *first = end;
    for (uint64_t i = NUM(between)(NUM(small), s, 0, end); i < end && (*first == end || last != NULL); i = next) {
        s->constant = NUM(value)(s, i);
        next = NUM(departed)(s, end - 1) ? NUM(between)(NUM(departed), s, i, end - 1) : end;
        const bool at_once = NUM(wrong)(s, i), at_last = NUM(wrong)(s, next - 1);
        const uint64_t from = at_last ? NUM(wrong_from)(s, i, next - 1) : next;
        if (*first == end && (at_once || at_last))
            *first = at_once ? i : from;
        if (last != NULL && from > i)
            *last = from;
    }
}
