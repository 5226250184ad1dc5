/* SPDX-License-Identifier: Apache-2.0 */
/* functions.c -- see functions.h */
#include <math.h>

#include "audit/functions.h"
#include "num/format.h"
#include "num/mp.h"
#include "num/mpfr_vec.h"
#include "num/vec_tmpl.h"

/* One row in, two out. */
typedef struct {
    ctx_mp *ctx;
    mat_mp in, first, second;
} rows;

static bool
rows_open(rows *r, const ga_number *z, size_t n, const ga_estimator *e)
{
    const ga_estimator wide = { .format = format_with_bits(e->format, e->format.bits, false), .formulas = e->formulas,
                                .product = GA_LOOP };
    *r = (rows){ .ctx = ctx_new_mp(&wide) };
    if (r->ctx == NULL)
        return false;
    r->in = mat_new_mp(1, n, wide.format.bits, r->ctx);
    r->first = mat_new_mp(1, n, wide.format.bits, r->ctx);
    r->second = mat_new_mp(1, n, wide.format.bits, r->ctx);
    for (size_t i = 0; r->in.e != NULL && i < n; i++)
        mp_set_d(r->in.e + i, isfinite(z[i].mantissa) ? ldexp(z[i].mantissa, (int)z[i].exponent) : z[i].mantissa, r->ctx);
    return r->in.e != NULL && r->first.e != NULL && r->second.e != NULL;
}

static void
rows_close(ga_number *first, ga_number *second, rows *r, bool ok)
{
    for (size_t i = 0; ok && i < r->in.cols; i++) {
        mpfr_vec_number(first + i, r->first.e + i);
        mpfr_vec_number(second + i, r->second.e + i);
    }
    if (r->ctx == NULL)
        return;
    mat_free_mp(&r->in);
    mat_free_mp(&r->first);
    mat_free_mp(&r->second);
    ctx_free_mp(r->ctx);
}

bool
functions_activate(ga_number *a, ga_number *d, const ga_number *z, ga_activation f, const ga_estimator *e)
{
    rows r;
    bool ok = rows_open(&r, z, 1, e);
    if (ok && f == GA_SIGMOID)
        vec_sigmoid_mp(&r.first, &r.second, &r.in, r.ctx);
    else if (ok && f == GA_TANH)
        vec_tanh_mp(&r.first, &r.second, &r.in, r.ctx);
    else if (ok && f == GA_RELU)
        vec_relu_mp(&r.first, &r.second, &r.in, r.ctx);
    else if (ok && f == GA_LINEAR)
        vec_linear_mp(&r.first, &r.second, &r.in, r.ctx);
    else
        ok = false;
    rows_close(a, d, &r, ok);
    return ok;
}

bool
functions_softmax(ga_number *p, ga_number *r, const ga_number *z, size_t n, uint32_t label, const ga_estimator *e)
{
    rows row;
    bool ok = rows_open(&row, z, n, e);
    if (ok && e->loss == GA_MARGIN)
        vec_margin_mp(&row.first, &row.second, NULL, &row.in, &label, row.ctx);
    else if (ok && e->loss == GA_CROSS_ENTROPY)
        vec_softmax_mp(&row.first, &row.second, NULL, &row.in, &label, row.ctx);
    else
        ok = false;
    rows_close(p, r, &row, ok);
    return ok;
}
