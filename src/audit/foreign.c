/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.c -- see foreign.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mpfr.h>

#include "audit/foreign.h"
#include "num/rational.h"

bool
foreign_is_name(const char *text, size_t n)
{
    return n > 0 && n <= 64 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") >= n;
}

struct foreign_scale {
    mpq_t exact;
    double nearest;
    bool is_double; /* nearest is exact */
};

ga_code
foreign_scale_new(foreign_scale **scale, const char *text, ga_status *st)
{
    foreign_scale *const s = *scale = calloc(1, sizeof *s);
    if (s == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a factor");
    mpq_init(s->exact);
    if (!rational_parse(s->exact, text != NULL ? text : "1") || mpq_sgn(s->exact) <= 0) {
        foreign_scale_free(s);
        *scale = NULL;
        return ga_fail(st, GA_USAGE, "the factor on a gradient must be a positive number or ratio, not '%.100s'", text);
    }
    s->nearest = rational_round(s->exact, false);
    if (isfinite(s->nearest)) {
        mpq_t back;
        mpq_init(back);
        mpq_set_d(back, s->nearest);
        s->is_double = mpq_equal(back, s->exact);
        mpq_clear(back);
    }
    return GA_OK;
}

void
foreign_scale_free(foreign_scale *scale)
{
    if (scale == NULL)
        return;
    mpq_clear(scale->exact);
    free(scale);
}

/* A product of two binary64 numbers is rounded once by itself; so is it to binary32 if it is exact in binary64, which fma tells as
   long as its remainder does not underflow. */
double
foreign_product(double value, const foreign_scale *scale, bool binary32)
{
    if (!isfinite(value) || value == 0)
        return value;
    const double product = value * scale->nearest;
    if (scale->is_double && !binary32)
        return product;
    if (scale->is_double && fabs(product) > 0x1p-900 && fma(value, scale->nearest, -product) == 0)
        return (float)product;
    mpq_t q;
    mpq_init(q);
    mpq_set_d(q, value);
    mpq_mul(q, q, scale->exact);
    const double x = rational_round(q, binary32);
    mpq_clear(q);
    return x;
}

json_t *
foreign_scale_json(const foreign_scale *scale)
{
    if (scale->is_double)
        return json_real(scale->nearest);
    char *text = mpq_get_str(NULL, 10, scale->exact);
    json_t *json = json_string(text);
    mpfr_free_str(text); /* by the function that GMP was given */
    return json;
}
