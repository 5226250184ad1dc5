/* SPDX-License-Identifier: Apache-2.0 */
/* test_pass.c -- the pass: the same operations in every format; gradients against twice the precision within an error bound, and
   against central differences of a loss written here. */
#include <string.h>

#include "networks.h"
#include "shipped.h"
#include "pass/engine.h"

#include "num/nar32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "tape_run_tmpl.c"
static bool num_same_nar32(const float *a, const float *b) { return isnan(*a) ? isnan(*b) : memcmp(a, b, sizeof *a) == 0; }
#include "pass_check_tmpl.c"

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "tape_run_tmpl.c"
static bool num_same_f32(const float *a, const float *b) { return isnan(*a) ? isnan(*b) : memcmp(a, b, sizeof *a) == 0; }
#include "pass_check_tmpl.c"

#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "tape_run_tmpl.c"
static bool num_same_f64(const double *a, const double *b) { return isnan(*a) ? isnan(*b) : memcmp(a, b, sizeof *a) == 0; }
#include "pass_check_tmpl.c"

#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "tape_run_tmpl.c"
static bool
num_same_mp(mpfr_srcptr a, mpfr_srcptr b)
{
    return mpfr_nan_p(a) ? mpfr_nan_p(b) : mpfr_equal_p(a, b) && !mpfr_signbit(a) == !mpfr_signbit(b);
}
#include "pass_check_tmpl.c"

#include "ieee.h"
#include "num/vec_tmpl.h"
#include "num/vec_tmpl.c"
#include "num/softmax_tmpl.c"
#include "num/activation_tmpl.c"
#include "num/smooth_tmpl.c"
#include "num/function_tmpl.c"
#include "num/mpfr_context_tmpl.c"
#include "gemm/gemm_tmpl.h"
#include "gemm/dot_tmpl.c"
#include "gemm/loop_scalar_tmpl.c"
#include "gemm/gemm_tmpl.c"
#include "pass/tape_tmpl.h"
#include "pass/tape_tmpl.c"
#include "pass/pass_tmpl.c"
#include "op_templates.h"
#include "tape_run_tmpl.c"
#define num_same_ieee num_same_mp
#include "pass_check_tmpl.c"

static void
noise_is_ignored_by(ga_formulas f, ga_loss loss)
{
    ignores_noise_nar32("float16", f, GA_LOOP, loss);
    ignores_noise_f32("float", f, GA_LOOP, loss);
    ignores_noise_f32("float", f, GA_BLAS, loss);
    ignores_noise_f64("double", f, GA_LOOP, loss);
    ignores_noise_f64("double", f, GA_BLAS, loss);
    ignores_noise_mp("mpfr:100", f, GA_LOOP, loss);
    ignores_noise_mp("mpfr:100", f, GA_DOT, loss);
    ieee_select(format_f32);
    ignores_noise_ieee("float", f, GA_LOOP, loss);
    mpfr_vec_widest_range();
}

static void
noise_is_ignored(void)
{
    for (ga_formulas f = GA_NAIVE; f <= GA_REWRITE; f++)
        for (ga_loss loss = GA_CROSS_ENTROPY; loss <= GA_MARGIN; loss++)
            noise_is_ignored_by(f, loss);
}

/* ---- operations ------------------------------------------------------------------------------------------------- */

static size_t
count_operation(const trace *t, const char *operation)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        n += strcmp(t->entry[i].operation, operation) == 0;
    return n;
}

static void
same_trace(const trace *a, const trace *b, const char *format)
{
    if (!ASSERT(a->n == b->n && a->n > 0, "float has %zu operations, %s %zu", a->n, format, b->n))
        return;
    for (size_t i = 0; i < a->n; i++) {
        const trace_entry *x = a->entry + i, *y = b->entry + i;
        ASSERT(strcmp(x->operation, y->operation) == 0 && x->node == y->node && x->rows == y->rows && x->cols == y->cols,
               "operation %zu: float has %s of node %zu, %zu x %zu, %s %s of node %zu, %zu x %zu", i, x->operation, x->node,
               x->rows, x->cols, format, y->operation, y->node, y->rows, y->cols);
    }
}

static void
operations_are_the_same_in_all_formats(void)
{
    static trace t[8];
    static const size_t sizes[] = { 9, 8, 7, 6, 5 };
    static const ga_activation hidden[] = { GA_SIGMOID, GA_TANH, GA_RELU };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F32, 4, sizes, hidden, 2, &state);
    ga_dataset *ds = network_images(m, 3, &state);
    for (int k = 0; k < 4; k++) {
        const ga_formulas f = k % 2 == 0 ? GA_NAIVE : GA_REWRITE;
        const ga_loss loss = k < 2 ? GA_CROSS_ENTROPY : GA_MARGIN;
        ga_estimator e[8];
        static const char *const formats[] = { "float", "float", "double", "double", "mpfr:256", "mpfr:256", "double",
                                              "float16" };
        for (size_t i = 0; i < 8; i++) {
            e[i] = network_estimator(formats[i], f, i % 2 == 0 || i == 7 ? GA_LOOP : i < 4 ? GA_BLAS : GA_DOT);
            e[i].loss = loss;
        }
        trace_of_f32(&t[0], m, ds, &e[0]);
        trace_of_f32(&t[1], m, ds, &e[1]);
        trace_of_f64(&t[2], m, ds, &e[2]);
        trace_of_f64(&t[3], m, ds, &e[3]);
        trace_of_mp(&t[4], m, ds, &e[4]);
        trace_of_mp(&t[5], m, ds, &e[5]);
        ieee_select(format_f64);
        trace_of_ieee(&t[6], m, ds, &e[6]);
        mpfr_vec_widest_range();
        trace_of_nar32(&t[7], m, ds, &e[7]);
        for (size_t i = 1; i < 8; i++)
            same_trace(&t[0], &t[i], i == 6 ? "the emulation" : formats[i]);
        /* 4 layers: forward 4, backward 3, weights 4 and input 1 products; no factor but 1; 3 derivatives multiplied in */
        ASSERT(count_operation(&t[0], "gemm") == 12 && count_operation(&t[0], "vec_scale") == 0);
        ASSERT(count_operation(&t[0], "vec_sigmoid") == 1 && count_operation(&t[0], "vec_tanh") == 1);
        ASSERT(count_operation(&t[0], "vec_relu") == 1);
        ASSERT(count_operation(&t[0], "vec_softmax") == (loss == GA_CROSS_ENTROPY));
        ASSERT(count_operation(&t[0], "vec_margin") == (loss == GA_MARGIN));
        ASSERT(count_operation(&t[0], "vec_mul") == 3 && count_operation(&t[0], "vec_column_sums") == 4);
        ASSERT(count_operation(&t[0], "vec_keep_rows") == 1 && t[0].n == 24, "%zu operations", t[0].n);
    }
    ga_model_free(m);
    ga_dataset_free(ds);
}

/* ---- networks of every kind ------------------------------------------------------------------------------------- */

typedef struct {
    size_t n_layers;
    ga_activation hidden[4];
    double scale, gain, logit_scale;
    ga_dtype dtype;
} network_case;

static const network_case network_cases[] = {
    { 1, { 0 }, 3, 1, 1, GA_F32 },
    { 1, { 0 }, 500, 1, 0.375, GA_F64 },
    { 2, { GA_SIGMOID }, 2, 1, 1, GA_F32 },
    { 2, { GA_TANH }, 2, 0.7, 1.3, GA_F64 },
    { 2, { GA_RELU }, 2, 0.7, 0.01, GA_F32 }, /* the gain is not a ReLU layer's */
    { 2, { GA_SIGMOID }, 300, 1, 1, GA_F32 },
    { 3, { GA_TANH, GA_TANH }, 200, 0.1, 1, GA_F32 },
    { 3, { GA_SIGMOID, GA_SIGMOID }, 300, 1, 0.01, GA_F64 },
    { 3, { GA_SIGMOID, GA_SIGMOID }, 300, 3e-4, 1, GA_F32 },
    { 3, { GA_RELU, GA_RELU }, 5, 1, 1, GA_F64 },
    { 5, { GA_SIGMOID, GA_TANH, GA_RELU, GA_SIGMOID }, 4, 1.5, 0.25, GA_F32 },
    { 5, { GA_TANH, GA_SIGMOID, GA_SIGMOID, GA_TANH }, 60, 1, 1, GA_F32 },
    { 5, { GA_RELU, GA_RELU, GA_RELU, GA_RELU }, 3, 1, 1, GA_F32 },
    { 4, { GA_SIGMOID, GA_LINEAR, GA_LINEAR }, 3, 0.7, 0.25, GA_F32 }, /* nor a linear layer's */
};
enum { N_CASES = sizeof network_cases / sizeof *network_cases };

static ga_model *
case_model(const network_case *c, uint64_t *state)
{
    static const size_t sizes[] = { 5, 4, 3, 4, 3 };
    size_t n[6];
    memcpy(n, sizes, sizeof sizes);
    n[c->n_layers] = 3;
    return network_new(c->dtype, c->n_layers, n, c->hidden, c->scale, state);
}

static ga_estimator
case_estimator(const network_case *c, ga_loss loss, long bits)
{
    ga_estimator e = { .format = { GA_MPFR, bits }, .formulas = GA_REWRITE, .product = GA_DOT, .loss = loss };
    e.gain = c->dtype == GA_F32 ? (float)c->gain : c->gain;
    e.logit_scale = c->dtype == GA_F32 ? (float)c->logit_scale : c->logit_scale;
    return e;
}

static tape_mp *
run_mp(const ga_model *m, const ga_dataset *ds, const ga_estimator *e)
{
    ctx_mp *ctx = context_mp(m, ds, e);
    tape_mp *tape = tape_run_mp(m, ds, e, ctx);
    ctx_free_mp(ctx);
    return tape;
}

/* ---- p bits against 2p ------------------------------------------------------------------------------------------ */

/* Under the margin, products and sums of dyadic numbers alone round nothing once the precision is high enough. */
static bool
is_dyadic(const network_case *c)
{
    bool dyadic = true;
    for (size_t l = 0; l + 1 < c->n_layers; l++)
        dyadic = dyadic && c->hidden[l] == GA_RELU;
    return dyadic;
}

/* A first-order error analysis, in units of u = 2^-p, of row 0. The pre-activation z = g (W a + b), the sum correctly rounded, errs
   by ez = g |W| ea + 2|z|; the activation by ea = f'(z) ez + 4|a|; f'(z) relatively by c ez + 8, c = max |f''/f'|: 1 for sigmoid,
   2 for tanh (ReLU: exactly); the residual (not the margin's, which is exact) as in test_vec.c by 2 max ez + 2 max |z - m| + 3n
   + 8; every layer back by 4 more. kappa is the sum. An element g = sum over paths of products of such factors then errs by at most
   u kappa B, where B is the same sum of absolute values; a weight's, delta_i a_k, by what a_k errs besides. */
static double
relative_error(double ea[][8], const ga_model *m, const ga_estimator *e, const tape_mp *t)
{
    double kappa = 4;
    memset(ea[0], 0, sizeof ea[0]); /* the input; ea[l + 1] is of layer l */
    for (size_t l = 0; l < m->n_layers; l++) {
        const ga_layer *layer = m->layer + l;
        const bool last = l + 1 == m->n_layers;
        const double g = last ? e->logit_scale : layer->activation == GA_RELU ? 1 : e->gain;
        double ez[8], worst = 0, spread = 0;
        for (size_t j = 0; j < layer->n_out; j++) {
            const double z = mpfr_get_d(LAYER(t, m, l, z)->e + j, MPFR_RNDN);
            ez[j] = 2 * fabs(z);
            for (size_t k = 0; k < layer->n_in; k++)
                ez[j] += g * fabs(ga_model_get(m, layer->weight, j * layer->n_in + k)) * ea[l][k];
            worst = fmax(worst, ez[j]);
            spread = fmax(spread, 2 * fabs(z)); /* at least |z - m| */
        }
        for (size_t j = 0; j < layer->n_out && !last; j++)
            ea[l + 1][j] = mpfr_get_d(LAYER(t, m, l, d)->e + j, MPFR_RNDN) * ez[j] +
                           4 * fabs(mpfr_get_d(LAYER(t, m, l, a)->e + j, MPFR_RNDN));
        if (last)
            kappa += 2 * worst + 2 * spread + 3 * (double)layer->n_out + 8;
        else if (layer->activation != GA_RELU)
            kappa += (layer->activation == GA_TANH ? 2 : 1) * worst + 8;
        kappa += 4;
    }
    return kappa;
}

/* v = |W|^T v, elementwise times d where there is one, times g; all of it positive. */
static void
magnitudes_back(mpfr_t *v, const ga_model *m, size_t l, const mat_mp *d, double g)
{
    const ga_layer *layer = m->layer + l;
    mpfr_t w[8], term;
    mpfr_init2(term, 64);
    for (size_t k = 0; k < layer->n_in; k++) {
        mpfr_init2(w[k], 64);
        mpfr_set_zero(w[k], 1);
        for (size_t j = 0; j < layer->n_out; j++) {
            mpfr_mul_d(term, v[j], fabs(ga_model_get(m, layer->weight, j * layer->n_in + k)), MPFR_RNDU);
            mpfr_add(w[k], w[k], term, MPFR_RNDU);
        }
        if (d != NULL)
            mpfr_mul(w[k], w[k], d->e + k, MPFR_RNDU);
        mpfr_mul_d(w[k], w[k], g, MPFR_RNDU);
    }
    for (size_t k = 0; k < layer->n_in; k++) {
        mpfr_set(v[k], w[k], MPFR_RNDU);
        mpfr_clear(w[k]);
    }
    mpfr_clear(term);
}

static size_t
within_bound(const mpfr_t magnitude, mpfr_srcptr got, mpfr_srcptr want, double kappa, long bits, const char *what, size_t i)
{
    mpfr_t bound, error;
    mpfr_inits2(64, bound, error, (mpfr_ptr)0);
    mpfr_mul_d(bound, magnitude, 1.01 * kappa, MPFR_RNDU);
    mpfr_div_2si(bound, bound, bits, MPFR_RNDU);
    mpfr_sub(error, got, want, MPFR_RNDA);
    if (!ASSERT(mpfr_cmpabs(error, bound) <= 0, "%s[%zu] at %ld bits", what, i, bits))
        mpfr_printf("\n    error %.3Rg, bound %.3Rg", error, bound);
    const size_t differs = !mpfr_zero_p(error);
    mpfr_clears(bound, error, (mpfr_ptr)0);
    return differs;
}

static size_t
compare_precisions(const ga_model *m, const ga_dataset *ds, const network_case *c, ga_loss loss, long bits)
{
    const ga_estimator e = case_estimator(c, loss, bits), e2 = case_estimator(c, loss, 2 * bits);
    tape_mp *t = run_mp(m, ds, &e), *t2 = run_mp(m, ds, &e2);
    double ea[6][8];
    const double kappa = relative_error(ea, m, &e, t2);
    const size_t last = m->n_layers - 1;
    size_t differ = 0;
    mpfr_t v[8], product;
    mpfr_init2(product, 64);
    for (size_t k = 0; k < 8; k++)
        mpfr_init2(v[k], 64);
    for (size_t j = 0; j < m->layer[last].n_out; j++)
        mpfr_abs(v[j], LAYER(t2, m, last, scaled)->e + j, MPFR_RNDU);
    for (size_t l = last;; l--) {
        const ga_layer *layer = m->layer + l;
        const mat_mp *before = l > 0 ? LAYER(t2, m, l - 1, a) : INPUT(t2);
        for (size_t i = 0; i < layer->n_out * layer->n_in; i++) {
            mpfr_abs(product, before->e + i % layer->n_in, MPFR_RNDU);
            mpfr_add_d(product, product, ea[l][i % layer->n_in] / kappa, MPFR_RNDU);
            mpfr_mul(product, product, v[i / layer->n_in], MPFR_RNDU);
            differ += within_bound(product, WEIGHT_GRADIENT(t, m, l)->e + i, WEIGHT_GRADIENT(t2, m, l)->e + i, kappa, bits,
                                   "weight", i);
        }
        for (size_t i = 0; i < layer->n_out; i++)
            within_bound(v[i], BIAS_GRADIENT(t, m, l)->e + i, BIAS_GRADIENT(t2, m, l)->e + i, kappa, bits, "bias", i);
        if (l == 0)
            break;
        magnitudes_back(v, m, l, LAYER(t2, m, l - 1, d), layer[-1].activation == GA_RELU ? 1 : e.gain);
    }
    magnitudes_back(v, m, 0, NULL, 1);
    for (size_t i = 0; i < ds->cols; i++)
        differ += within_bound(v[i], GRADIENT(t, t->p->input)->e + i, GRADIENT(t2, t2->p->input)->e + i, kappa, bits, "input", i);
    for (size_t k = 0; k < 8; k++)
        mpfr_clear(v[k]);
    mpfr_clear(product);
    tape_end_mp(t);
    tape_end_mp(t2);
    return differ;
}

static void
agrees_with_twice_the_precision(ga_loss loss)
{
    static const long precisions[] = { 53, 64, 113, 256, 1000 };
    uint64_t state = test_seed();
    for (size_t i = 0; i < N_CASES; i++)
        for (size_t p = 0; p < 5; p++) {
            size_t differ = 0;
            for (int again = 0; again < 4; again++) {
                ga_model *m = case_model(&network_cases[i], &state);
                ga_dataset *ds = network_images(m, 2, &state);
                differ += compare_precisions(m, ds, &network_cases[i], loss, precisions[p]);
                ga_model_free(m);
                ga_dataset_free(ds);
            }
            ASSERT(differ > 0 || (loss == GA_MARGIN && is_dyadic(&network_cases[i])), "case %zu rounds nothing at %ld bits", i,
                   precisions[p]);
        }
}

static void
rewrite_agrees_with_twice_the_precision(void)
{
    agrees_with_twice_the_precision(GA_CROSS_ENTROPY);
}

static void
margin_agrees_with_twice_the_precision(void)
{
    agrees_with_twice_the_precision(GA_MARGIN);
}

/* ---- central differences ---------------------------------------------------------------------------------------- */

enum { DIFFERENCE_BITS = 2000, MAX_VARIABLES = 128 };

/* The loss of one image by definition, L = log sum e^(s o_c) - s o_y, or s max_{c != y} o_c - s o_y. variable: the input, then each
   layer's weight and bias. */
static void
plain_loss(mpfr_ptr loss, const ga_model *m, const ga_estimator *e, mpfr_t *variable, size_t y)
{
    mpfr_t a[8], z[8], term;
    mpfr_t *next = variable;
    mpfr_init2(term, DIFFERENCE_BITS);
    for (size_t k = 0; k < 8; k++) {
        mpfr_inits2(DIFFERENCE_BITS, a[k], z[k], (mpfr_ptr)0);
        if (k < m->layer[0].n_in)
            mpfr_set(a[k], *next++, MPFR_RNDN);
    }
    for (size_t l = 0; l < m->n_layers; l++) {
        const ga_layer *layer = m->layer + l;
        for (size_t j = 0; j < layer->n_out; j++) {
            mpfr_set(z[j], next[layer->n_in * layer->n_out + j], MPFR_RNDN);
            for (size_t k = 0; k < layer->n_in; k++) {
                mpfr_mul(term, next[j * layer->n_in + k], a[k], MPFR_RNDN);
                mpfr_add(z[j], z[j], term, MPFR_RNDN);
            }
        }
        for (size_t j = 0; j < layer->n_out; j++) {
            if (layer->activation == GA_SIGMOID) {
                mpfr_mul_d(z[j], z[j], -e->gain, MPFR_RNDN);
                mpfr_exp(a[j], z[j], MPFR_RNDN);
                mpfr_add_ui(a[j], a[j], 1, MPFR_RNDN);
                mpfr_ui_div(a[j], 1, a[j], MPFR_RNDN);
            } else if (layer->activation == GA_TANH) {
                mpfr_mul_d(z[j], z[j], e->gain, MPFR_RNDN);
                mpfr_tanh(a[j], z[j], MPFR_RNDN);
            } else if (layer->activation == GA_RELU) {
                mpfr_set_ui(a[j], 0, MPFR_RNDN);
                mpfr_max(a[j], a[j], z[j], MPFR_RNDN);
            } else
                mpfr_mul_d(a[j], z[j], l + 1 < m->n_layers ? 1 : e->logit_scale, MPFR_RNDN);
        }
        next += (layer->n_in + 1) * layer->n_out;
    }
    const bool margin = e->loss == GA_MARGIN;
    margin ? mpfr_set_inf(loss, -1) : mpfr_set_zero(loss, 1);
    for (size_t c = 0; c < ga_model_classes(m) && margin; c++)
        if (c != y)
            mpfr_max(loss, loss, a[c], MPFR_RNDN);
    for (size_t c = 0; c < ga_model_classes(m) && !margin; c++) {
        mpfr_sub(term, a[c], a[y], MPFR_RNDN);
        mpfr_exp(term, term, MPFR_RNDN);
        mpfr_add(loss, loss, term, MPFR_RNDN);
    }
    margin ? mpfr_sub(loss, loss, a[y], MPFR_RNDN) : mpfr_log(loss, loss, MPFR_RNDN);
    for (size_t k = 0; k < 8; k++)
        mpfr_clears(a[k], z[k], (mpfr_ptr)0);
    mpfr_clear(term);
}

/* d = (L(v + h) - L(v - h)) / 2h with h = 2^-log_h. */
static void
central_difference(mpfr_ptr d, const ga_model *m, const ga_estimator *e, mpfr_t *variable, size_t v, size_t y, long log_h)
{
    mpfr_t h, low;
    mpfr_inits2(DIFFERENCE_BITS, h, low, (mpfr_ptr)0);
    mpfr_set_ui_2exp(h, 1, -log_h, MPFR_RNDN);
    mpfr_add(variable[v], variable[v], h, MPFR_RNDN);
    plain_loss(d, m, e, variable, y);
    mpfr_sub(variable[v], variable[v], h, MPFR_RNDN);
    mpfr_sub(variable[v], variable[v], h, MPFR_RNDN);
    plain_loss(low, m, e, variable, y);
    mpfr_add(variable[v], variable[v], h, MPFR_RNDN);
    mpfr_sub(d, d, low, MPFR_RNDN);
    mpfr_mul_2si(d, d, log_h - 1, MPFR_RNDN);
    mpfr_clears(h, low, (mpfr_ptr)0);
}

/* D(h) = g + C h^2 + O(h^4): with h = 2^-100, (4 D(h/2) - D(h))/3 is g up to O(h^4), relatively 2^-400 times the fifth derivative
   over the first, some power of the weights (below 2^100 here); and (D(h) - g)/(D(h/2) - g) is 4 up to O(h^2). */
static bool
agrees_with_differences(mpfr_srcptr g, const ga_model *m, const ga_estimator *e, mpfr_t *variable, size_t v, size_t y)
{
    mpfr_t d, half, r;
    mpfr_inits2(DIFFERENCE_BITS, d, half, r, (mpfr_ptr)0);
    central_difference(d, m, e, variable, v, y, 100);
    central_difference(half, m, e, variable, v, y, 101);
    mpfr_mul_2ui(r, half, 2, MPFR_RNDN);
    mpfr_sub(r, r, d, MPFR_RNDN);
    mpfr_div_ui(r, r, 3, MPFR_RNDN);
    mpfr_sub(r, r, g, MPFR_RNDN);
    bool agrees = mpfr_zero_p(r) || (mpfr_regular_p(g) && mpfr_get_exp(r) < mpfr_get_exp(g) - 300);
    mpfr_sub(d, d, g, MPFR_RNDN);
    mpfr_sub(half, half, g, MPFR_RNDN);
    if (mpfr_regular_p(half) && mpfr_get_exp(half) > mpfr_get_exp(g) - 280) { /* else C is next to 0: linear there */
        mpfr_div(r, d, half, MPFR_RNDN);
        agrees = agrees && fabs(mpfr_get_d(r, MPFR_RNDN) - 4) < 1e-6;
    }
    mpfr_clears(d, half, r, (mpfr_ptr)0);
    return agrees;
}

static size_t
check_differences(const network_case *c, ga_loss loss, size_t number, uint64_t *state)
{
    ga_model *m = case_model(c, state);
    ga_dataset *ds = network_images(m, 2, state);
    const ga_estimator e = case_estimator(c, loss, 1000);
    tape_mp *t = run_mp(m, ds, &e);
    mpfr_t variable[MAX_VARIABLES];
    mpfr_srcptr gradient[MAX_VARIABLES];
    size_t n = 0, nonzero = 0;
    for (size_t k = 0; k < ds->cols; k++) {
        mpfr_init2(variable[n], DIFFERENCE_BITS);
        mpfr_set(variable[n], INPUT(t)->e + k, MPFR_RNDN);
        gradient[n++] = GRADIENT(t, t->p->input)->e + k;
    }
    for (size_t l = 0; l < m->n_layers; l++) {
        const ga_layer *layer = m->layer + l;
        const size_t weights = layer->n_in * layer->n_out;
        for (size_t k = 0; k < weights + layer->n_out; k++) {
            mpfr_init2(variable[n], DIFFERENCE_BITS);
            const double value = k < weights ? ga_model_get(m, layer->weight, k) : ga_model_get(m, layer->bias, k - weights);
            mpfr_set_d(variable[n], value, MPFR_RNDN);
            gradient[n++] = k < weights ? WEIGHT_GRADIENT(t, m, l)->e + k : BIAS_GRADIENT(t, m, l)->e + (k - weights);
        }
    }
    for (size_t v = 0; v < n; v++) {
        ASSERT(agrees_with_differences(gradient[v], m, &e, variable, v, ds->label[0]), "case %zu, variable %zu of %zu", number, v,
               n);
        nonzero += mpfr_regular_p(gradient[v]);
    }
    for (size_t v = 0; v < n; v++)
        mpfr_clear(variable[v]);
    tape_end_mp(t);
    ga_model_free(m);
    ga_dataset_free(ds);
    return nonzero;
}

static void
gradients_are_limits_of_differences(void)
{
    uint64_t state = test_seed();
    for (size_t i = 0; i < N_CASES; i++)
        for (int again = 0; again < 2; again++)
            for (ga_loss loss = GA_CROSS_ENTROPY; loss <= GA_MARGIN; loss++)
                ASSERT(check_differences(&network_cases[i], loss, i, &state) > 1, "case %zu has no gradient", i);
}

/* ---- naive at 256 bits ------------------------------------------------------------------------------------------ */

/* sigma(z) is 1 to 256 bits from z = 177 on. Where that takes the largest term of a sum the sign is that of another, or lost: on
   the saturated network for more than a tenth of the elements. */
static void
naive_at_256_bits_is_not_the_truth(void)
{
    ga_model *m = shipped_model("saturated-sigmoid");
    ga_dataset *ds = shipped_images(21);
    const ga_estimator naive = network_estimator("mpfr:256", GA_NAIVE, GA_DOT);
    const ga_estimator rewrite = network_estimator("mpfr:256", GA_REWRITE, GA_DOT);
    tape_mp *a = run_mp(m, ds, &naive), *b = run_mp(m, ds, &rewrite);
    size_t lost = 0, reversed = 0;
    const size_t n = 20 * ga_model_inputs(m);
    for (size_t i = 0; i < n; i++) {
        const int x = mpfr_sgn(GRADIENT(a, a->p->input)->e + i), y = mpfr_sgn(GRADIENT(b, b->p->input)->e + i);
        ASSERT(y != 0, "[%zu]", i);
        lost += x == 0;
        reversed += x * y < 0;
    }
    printf("\n    naive mpfr:256: of %zu elements %zu are 0 and %zu have the wrong sign", n, lost, reversed);
    ASSERT(10 * (lost + reversed) >= n, "%zu lost, %zu reversed of %zu", lost, reversed, n);
    tape_end_mp(a);
    tape_end_mp(b);
    ga_model_free(m);
    ga_dataset_free(ds);
}

/* Gain and logit scale enter every format with their value in the model's dtype. */
static void
factors_are_rounded_once(void)
{
    static const size_t sizes[] = { 3, 2 };
    uint64_t state = test_seed();
    const volatile float gain = 0.1f, scale = 0.7f;
    ga_estimator e = network_estimator("double", GA_NAIVE, GA_LOOP);
    e.gain = 0.1;
    e.logit_scale = 0.7;
    for (ga_dtype dtype = GA_F32; dtype <= GA_F64; dtype++) {
        ga_model *m = network_new(dtype, 1, sizes, NULL, 1, &state);
        const ga_estimator r = engine_estimator(&e, m);
        ASSERT(r.gain == (dtype == GA_F32 ? gain : 0.1), "%.17g", r.gain);
        ASSERT(r.logit_scale == (dtype == GA_F32 ? scale : 0.7), "%.17g", r.logit_scale);
        ga_model_free(m);
    }
}

TEST_MAIN("pass", TEST(factors_are_rounded_once), TEST(noise_is_ignored), TEST(operations_are_the_same_in_all_formats),
          TEST(rewrite_agrees_with_twice_the_precision), TEST(margin_agrees_with_twice_the_precision),
          TEST(gradients_are_limits_of_differences),
          TEST(naive_at_256_bits_is_not_the_truth))
