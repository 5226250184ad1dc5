/* SPDX-License-Identifier: Apache-2.0 */
/* rival_pass.c -- forward and backward pass of a block of images in Arb or FLINT 3: matrices of balls, images in rows; see
   rival.h */
#include <stdlib.h>

#include "rival_arb.h"

typedef struct {
    arb_mat_t w, transposed;   /* n_out x n_in, n_in x n_out */
    arb_ptr bias;
    arb_mat_t a, d, delta;     /* rows x n_out: z, then f(z); f'(z); dL/dz */
    slong n_in, n_out;
} layer;

typedef struct {
    layer *l;
    size_t n;
    arb_mat_t x, dx;
    slong bits;
    bool dots;
} pass;

void
rival_dots(arb_mat_t c, const arb_mat_t a, const arb_mat_t w, size_t rows, slong bits)
{
    for (slong i = 0; i < (slong)rows; i++)
        for (slong j = 0; j < arb_mat_ncols(c); j++)
            arb_dot(arb_mat_entry(c, i, j), NULL, 0, arb_mat_entry(a, i, 0), 1, arb_mat_entry(w, j, 0), 1, arb_mat_ncols(a), bits);
}

static void
multiply(arb_mat_t c, const arb_mat_t a, const arb_mat_t b, const arb_mat_t transposed, const pass *p)
{
    if (p->dots)
        rival_dots(c, a, transposed, (size_t)arb_mat_nrows(a), p->bits);
    else
        arb_mat_mul(c, a, b, p->bits);
}

static double
number(const ga_model *model, const void *array, slong i)
{
    return model->dtype == GA_F32 ? (double)((const float *)array)[i] : ((const double *)array)[i];
}

static void
layer_open(layer *l, const ga_model *model, const ga_layer *from, slong rows)
{
    l->n_in = (slong)from->n_in;
    l->n_out = (slong)from->n_out;
    arb_mat_init(l->w, l->n_out, l->n_in);
    arb_mat_init(l->transposed, l->n_in, l->n_out);
    arb_mat_init(l->a, rows, l->n_out);
    arb_mat_init(l->d, rows, l->n_out);
    arb_mat_init(l->delta, rows, l->n_out);
    l->bias = _arb_vec_init(l->n_out);
    for (slong j = 0; j < l->n_out; j++) {
        arb_set_d(l->bias + j, number(model, from->bias, j));
        for (slong i = 0; i < l->n_in; i++)
            arb_set_d(arb_mat_entry(l->w, j, i), number(model, from->weight, j * l->n_in + i));
    }
    arb_mat_transpose(l->transposed, l->w);
}

void *
rival_pass_open(const ga_model *model, size_t rows, long bits, bool dots)
{
    for (size_t k = 0; k + 1 < model->n_layers; k++)
        if (model->layer[k].activation != GA_SIGMOID)
            return NULL;
    pass *p = malloc(sizeof *p);
    if (p == NULL || (p->l = malloc(model->n_layers * sizeof *p->l)) == NULL)
        abort();
    p->n = model->n_layers;
    p->bits = bits;
    p->dots = dots;
    for (size_t k = 0; k < p->n; k++)
        layer_open(p->l + k, model, model->layer + k, (slong)rows);
    arb_mat_init(p->x, (slong)rows, p->l[0].n_in);
    arb_mat_init(p->dx, (slong)rows, p->l[0].n_in);
    return p;
}

static void
activate(layer *l, slong rows, slong bits)
{
    arb_t e, z;
    arb_init(e);
    arb_init(z);
    for (slong i = 0; i < rows; i++)
        for (slong j = 0; j < l->n_out; j++) {
            arb_set(z, arb_mat_entry(l->a, i, j));
            rival_sigmoid(arb_mat_entry(l->a, i, j), arb_mat_entry(l->d, i, j), z, e, bits);
        }
    arb_clear(e);
    arb_clear(z);
}

/* p = softmax(o) in place of o, with the largest midpoint taken off; delta = p - e_y, at y minus the sum of the others. */
static void
residual(layer *l, slong i, slong label, slong bits)
{
    arb_t sum, most;
    arb_init(sum);
    arb_init(most);
    arb_ptr o = arb_mat_entry(l->a, i, 0), r = arb_mat_entry(l->delta, i, 0);
    slong best = 0;
    for (slong c = 1; c < l->n_out; c++)
        if (arf_cmp(arb_midref(o + c), arb_midref(o + best)) > 0)
            best = c;
    arb_set(most, o + best);
    for (slong c = 0; c < l->n_out; c++) {
        arb_sub(o + c, o + c, most, bits);
        if (c == best)
            arb_zero(o + c);
        arb_exp(o + c, o + c, bits);
        arb_add(sum, sum, o + c, bits);
    }
    arb_zero(r + label);
    for (slong c = 0; c < l->n_out; c++)
        if (c != label) {
            arb_div(r + c, o + c, sum, bits);
            arb_sub(r + label, r + label, r + c, bits);
        }
    arb_clear(sum);
    arb_clear(most);
}

size_t
rival_pass_run(void *data, const double *x, const uint32_t *label, size_t n_rows)
{
    pass *p = data;
    const slong rows = (slong)n_rows, inputs = p->l[0].n_in;
    size_t decided = 0;
    for (slong i = 0; i < rows; i++)
        for (slong j = 0; j < inputs; j++)
            arb_set_d(arb_mat_entry(p->x, i, j), x[i * inputs + j]);
    for (size_t k = 0; k < p->n; k++) {
        layer *l = p->l + k;
        multiply(l->a, k > 0 ? p->l[k - 1].a : p->x, l->transposed, l->w, p);
        for (slong i = 0; i < rows; i++)
            for (slong j = 0; j < l->n_out; j++)
                arb_add(arb_mat_entry(l->a, i, j), arb_mat_entry(l->a, i, j), l->bias + j, p->bits);
        if (k + 1 < p->n)
            activate(l, rows, p->bits);
    }
    for (slong i = 0; i < rows; i++)
        residual(p->l + p->n - 1, i, label[i], p->bits);
    for (size_t k = p->n; k-- > 1;) {
        layer *to = p->l + k - 1;
        multiply(to->delta, p->l[k].delta, p->l[k].w, p->l[k].transposed, p);
        for (slong i = 0; i < rows; i++)
            for (slong j = 0; j < to->n_out; j++)
                arb_mul(arb_mat_entry(to->delta, i, j), arb_mat_entry(to->delta, i, j), arb_mat_entry(to->d, i, j), p->bits);
    }
    multiply(p->dx, p->l[0].delta, p->l[0].w, p->l[0].transposed, p);
    for (slong i = 0; i < rows; i++)
        for (slong j = 0; j < inputs; j++)
            decided += !arb_contains_zero(arb_mat_entry(p->dx, i, j)) || arb_is_zero(arb_mat_entry(p->dx, i, j));
    return decided;
}

void
rival_pass_close(void *data)
{
    pass *p = data;
    for (size_t k = 0; k < p->n; k++) {
        layer *l = p->l + k;
        _arb_vec_clear(l->bias, l->n_out);
        arb_mat_clear(l->w);
        arb_mat_clear(l->transposed);
        arb_mat_clear(l->a);
        arb_mat_clear(l->d);
        arb_mat_clear(l->delta);
    }
    arb_mat_clear(p->x);
    arb_mat_clear(p->dx);
    free(p->l);
    free(p);
}
