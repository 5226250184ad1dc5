/* SPDX-License-Identifier: Apache-2.0 */
/* arb_oracle.h -- the gradient to the input in Arb (Johansson, IEEE Trans. Comput. 66, 2017), written anew: it takes only the
   model's numbers from src/. One image at a time, and other formulas than the template's, so that no mistake is made twice.

   With E(x) = e^x: sigma = 1/(1 + E(-z)), sigma' = 1/(E(z) + E(-z) + 2), tanh = 1 - 2/(E(2z) + 1), tanh' = 4/(E(2z) + E(-2z) + 2),
   p_c = 1/sum_k E(o_k - o_c), r_y = -1/(1 + 1/sum_{c != y} E(o_c - o_y)); margin: r = e_c - e_y, c by comparing balls. */
#ifndef GRADAUDIT_ARB_ORACLE_H
#define GRADAUDIT_ARB_ORACLE_H

#include <stdlib.h>

#include <mpfr.h> /* first, or FLINT leaves out what takes its numbers */
#ifdef ARB_IN_FLINT
#include <flint/arb.h>
#else
#include <arb.h>
#endif

#include "core/model.h"

typedef struct {
    const ga_model *model;
    double gain, logit_scale; /* already rounded to the model's type */
    slong bits;
    bool margin;   /* the loss; else the cross-entropy */
    size_t kinks;  /* ReLU pre-activations that are {0} */
    bool decided;  /* the sign of every other one, and the class of the margin */
} oracle;

static inline double
oracle_weight(const oracle *o, size_t l, size_t unit, size_t input)
{
    const ga_layer *layer = o->model->layer + l;
    return ga_model_get(o->model, layer->weight, unit * layer->n_in + input);
}

/* r += w x. */
static inline void
oracle_add_term(arb_t r, double w, const arb_t x, slong bits)
{
    arf_t exact;
    arf_init(exact);
    arf_set_d(exact, w);
    arb_addmul_arf(r, x, exact, bits);
    arf_clear(exact);
}

/* e^(k x), and e^(k x) + e^(-k x) + 2. */
static inline void
oracle_exponentials(arb_t e, arb_t sum, const arb_t x, slong k, slong bits)
{
    arb_mul_si(sum, x, -k, bits);
    arb_exp(sum, sum, bits);
    arb_mul_si(e, x, k, bits);
    arb_exp(e, e, bits);
    arb_add(sum, sum, e, bits);
    arb_add_ui(sum, sum, 2, bits);
}

/* z becomes f(z), slope f'(z). */
static inline void
oracle_activate(arb_t z, arb_t slope, ga_activation activation, oracle *o)
{
    arb_t e, sum;
    arb_init(e);
    arb_init(sum);
    if (activation == GA_RELU) {
        o->kinks += arb_is_zero(z) != 0;
        o->decided = o->decided && (arb_is_zero(z) || !arb_contains_zero(z));
        arb_set_si(slope, arb_is_positive(z) != 0);
        if (!arb_is_positive(z))
            arb_zero(z);
    } else if (activation == GA_SIGMOID) {
        oracle_exponentials(e, sum, z, 1, o->bits);
        arb_ui_div(slope, 1, sum, o->bits);
        arb_inv(e, e, o->bits);
        arb_add_ui(e, e, 1, o->bits);
        arb_inv(z, e, o->bits);
    } else if (activation == GA_LINEAR) {
        arb_one(slope);
    } else {
        oracle_exponentials(e, sum, z, 2, o->bits);
        arb_ui_div(slope, 4, sum, o->bits);
        arb_add_ui(e, e, 1, o->bits);
        arb_ui_div(e, 2, e, o->bits);
        arb_sub_ui(z, e, 1, o->bits);
        arb_neg(z, z);
    }
    arb_clear(e);
    arb_clear(sum);
}

/* r = sum over k != skip of e^(o_k - o_c). */
static inline void
oracle_odds(arb_t r, arb_srcptr logit, size_t n, size_t c, size_t skip, slong bits)
{
    arb_t t;
    arb_init(t);
    arb_zero(r);
    for (size_t k = 0; k < n; k++) {
        if (k == skip)
            continue;
        arb_sub(t, logit + k, logit + c, bits);
        if (k == c)
            arb_zero(t);
        arb_exp(t, t, bits);
        arb_add(r, r, t, bits);
    }
    arb_clear(t);
}

static inline void
oracle_residual(arb_ptr r, arb_srcptr logit, size_t n, size_t label, slong bits)
{
    for (size_t c = 0; c < n; c++) {
        oracle_odds(r + c, logit, n, c, c == label ? c : n, bits);
        if (c == label) {
            arb_inv(r + c, r + c, bits);
            arb_add_ui(r + c, r + c, 1, bits);
            arb_neg(r + c, r + c);
        }
        arb_inv(r + c, r + c, bits);
    }
}

/* The larger of o_a and o_b, a < b; a if equal. Clears decided if their balls do not tell. */
static inline size_t
oracle_larger(arb_srcptr logit, size_t a, size_t b, bool *decided)
{
    const bool same = arb_is_exact(logit + a) && arb_is_exact(logit + b) && arb_eq(logit + a, logit + b);
    *decided = *decided && (same || arb_ne(logit + a, logit + b));
    return arb_lt(logit + a, logit + b) ? b : a;
}

static inline void
oracle_margin(arb_ptr r, arb_srcptr logit, size_t n, size_t label, bool *decided)
{
    size_t best = label == 0;
    for (size_t c = best + 1; c < n; c++)
        best = c == label ? best : oracle_larger(logit, best, c, decided);
    for (size_t c = 0; c < n; c++)
        arb_set_si(r + c, (c == best) - (c == label));
}

/* The factor on layer l's pre-activations. */
static inline double
oracle_factor(const oracle *o, size_t l)
{
    if (l + 1 == o->model->n_layers)
        return o->logit_scale;
    return o->model->layer[l].activation == GA_RELU || o->model->layer[l].activation == GA_LINEAR ? 1 : o->gain;
}

/* z = g (W a + b). */
static inline void
oracle_layer(arb_ptr z, arb_srcptr a, size_t l, const oracle *o)
{
    const ga_layer *layer = o->model->layer + l;
    for (size_t i = 0; i < layer->n_out; i++) {
        arb_t u;
        arb_init(u);
        arb_set_d(u, ga_model_get(o->model, layer->bias, i));
        for (size_t j = 0; j < layer->n_in; j++)
            oracle_add_term(u, oracle_weight(o, l, i, j), a + j, o->bits);
        arb_zero(z + i);
        oracle_add_term(z + i, oracle_factor(o, l), u, o->bits);
        arb_clear(u);
    }
}

/* back = g W^T delta. */
static inline void
oracle_back(arb_ptr back, arb_srcptr delta, size_t l, const oracle *o)
{
    const ga_layer *layer = o->model->layer + l;
    for (size_t j = 0; j < layer->n_in; j++) {
        arb_t sum;
        arb_init(sum);
        for (size_t i = 0; i < layer->n_out; i++)
            oracle_add_term(sum, oracle_weight(o, l, i, j), delta + i, o->bits);
        arb_zero(back + j);
        oracle_add_term(back + j, oracle_factor(o, l), sum, o->bits);
        arb_clear(sum);
    }
}

/* dx = the gradient of -log p_label, or of the margin, at x, n_in balls the caller has made. */
static inline void
oracle_gradient(arb_ptr dx, oracle *o, const double *x, size_t label)
{
    const ga_model *m = o->model;
    const size_t n = m->n_layers;
    arb_ptr *a = malloc((n + 1) * sizeof *a), *slope = malloc(n * sizeof *slope);
    o->kinks = 0;
    o->decided = true;
    a[0] = _arb_vec_init((slong)ga_model_inputs(m));
    for (size_t j = 0; j < ga_model_inputs(m); j++)
        arb_set_d(a[0] + j, x[j]);
    for (size_t l = 0; l < n; l++) {
        a[l + 1] = _arb_vec_init((slong)m->layer[l].n_out);
        slope[l] = _arb_vec_init((slong)m->layer[l].n_out);
        oracle_layer(a[l + 1], a[l], l, o);
        for (size_t i = 0; l + 1 < n && i < m->layer[l].n_out; i++)
            oracle_activate(a[l + 1] + i, slope[l] + i, m->layer[l].activation, o);
    }
    if (o->margin)
        oracle_margin(slope[n - 1], a[n], ga_model_classes(m), label, &o->decided);
    else
        oracle_residual(slope[n - 1], a[n], ga_model_classes(m), label, o->bits);
    for (size_t l = n; l-- > 0;) { /* slope[l] holds delta_l by now */
        oracle_back(l > 0 ? a[l] : dx, slope[l], l, o);
        for (size_t j = 0; l > 0 && j < m->layer[l].n_in; j++)
            arb_mul(slope[l - 1] + j, slope[l - 1] + j, a[l] + j, o->bits);
    }
    _arb_vec_clear(a[0], (slong)ga_model_inputs(m));
    for (size_t l = 0; l < n; l++) {
        _arb_vec_clear(a[l + 1], (slong)m->layer[l].n_out);
        _arb_vec_clear(slope[l], (slong)m->layer[l].n_out);
    }
    free(a);
    free(slope);
}

#endif
