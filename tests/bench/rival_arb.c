/* SPDX-License-Identifier: Apache-2.0 */
/* rival_arb.c -- products and elementwise functions in Arb, or in FLINT 3, which has it inside; see rival.h */
#include <stdlib.h>

#include "rival_arb.h"

static const char *
version(void)
{
#ifdef RIVAL_FLINT
    return "FLINT " FLINT_VERSION;
#else
    return arb_version;
#endif
}

typedef struct {
    arb_mat_t a, w, transposed, c; /* w: n x k; transposed: k x n */
    slong bits;
    void *floats;
} product;

static void *
product_open(const __mpfr_struct *a, const double *w, size_t m, size_t k, size_t n, long bits, bool radii)
{
    product *p = malloc(sizeof *p);
    if (p == NULL)
        abort();
    p->bits = bits;
    arb_mat_init(p->a, (slong)m, (slong)k);
    arb_mat_init(p->w, (slong)n, (slong)k);
    arb_mat_init(p->transposed, (slong)k, (slong)n);
    arb_mat_init(p->c, (slong)m, (slong)n);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < k; j++) {
            arb_ptr x = arb_mat_entry(p->a, i, j);
            arf_set_mpfr(arb_midref(x), a + i * k + j);
            if (radii)
                arb_add_error_2exp_si(x, (slong)mpfr_get_exp(a + i * k + j) - 1 - bits);
        }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < k; i++) {
            arb_set_d(arb_mat_entry(p->w, j, i), w[j * k + i]);
            arb_set_d(arb_mat_entry(p->transposed, i, j), w[j * k + i]);
        }
    p->floats = radii ? NULL : rival_floats_open(p->a, p->transposed, p->bits);
    return p;
}

static bool
product_has_floats(void *data)
{
    const product *p = data;
    return p->floats != NULL;
}

static void
product_floats(void *data)
{
    const product *p = data;
    rival_floats_run(p->floats);
}

static void
product_whole(void *data)
{
    product *p = data;
    arb_mat_mul(p->c, p->a, p->transposed, p->bits);
}

static void
product_dots(void *data, size_t rows)
{
    product *p = data;
    rival_dots(p->c, p->a, p->w, rows, p->bits);
}

static bool
product_holds(void *data, size_t i, mpfr_srcptr c)
{
    product *p = data;
    const slong n = arb_mat_ncols(p->c);
    return arb_contains_mpfr(arb_mat_entry(p->c, (slong)i / n, (slong)i % n), c) != 0;
}

static void
product_close(void *data)
{
    product *p = data;
    rival_floats_close(p->floats);
    arb_mat_clear(p->a);
    arb_mat_clear(p->w);
    arb_mat_clear(p->transposed);
    arb_mat_clear(p->c);
    free(p);
}

typedef struct {
    arb_ptr z, s, d;
    slong n, bits;
} sigmoid;

static void *
sigmoid_open(const __mpfr_struct *z, size_t n, long bits)
{
    sigmoid *p = malloc(sizeof *p);
    if (p == NULL)
        abort();
    *p = (sigmoid){ _arb_vec_init((slong)n), _arb_vec_init((slong)n), _arb_vec_init((slong)n), (slong)n, bits };
    for (size_t i = 0; i < n; i++)
        arf_set_mpfr(arb_midref(p->z + i), z + i);
    return p;
}

/* e = e^-|z|, q = 1/(1 + e); sigma = q or e q by the sign of z, sigma' = e q^2: one exponential, one division, two products. */
void
rival_sigmoid(arb_t s, arb_t d, const arb_t z, arb_t e, slong bits)
{
    arb_abs(e, z);
    arb_neg(e, e);
    arb_exp(e, e, bits);
    arb_add_ui(d, e, 1, bits);
    arb_inv(d, d, bits);
    arb_mul(e, e, d, bits);
    arb_set(s, arb_is_negative(z) ? e : d);
    arb_mul(d, d, e, bits);
}

static void
sigmoid_run(void *data)
{
    sigmoid *p = data;
    arb_t e;
    arb_init(e);
    for (slong i = 0; i < p->n; i++)
        rival_sigmoid(p->s + i, p->d + i, p->z + i, e, p->bits);
    arb_clear(e);
}

static void
sigmoid_close(void *data)
{
    sigmoid *p = data;
    _arb_vec_clear(p->z, p->n);
    _arb_vec_clear(p->s, p->n);
    _arb_vec_clear(p->d, p->n);
    free(p);
}

const rival_ops rival_table = {
    .version = version,
    .product_open = product_open,
    .product_whole = product_whole,
    .product_dots = product_dots,
    .product_has_floats = product_has_floats,
    .product_floats = product_floats,
    .product_holds = product_holds,
    .product_close = product_close,
    .sigmoid_open = sigmoid_open,
    .sigmoid_run = sigmoid_run,
    .sigmoid_close = sigmoid_close,
    .pass_open = rival_pass_open,
    .pass_run = rival_pass_run,
    .pass_close = rival_pass_close,
};
