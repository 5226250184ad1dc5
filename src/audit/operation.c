/* SPDX-License-Identifier: Apache-2.0 */
/* operation.c -- see operation.h. Exact values of functions are taken at JUDGE_BITS, with formulas that do not cancel: far more
   than the tolerance needs. */
#include <math.h>

#include "audit/operation.h"
#include "num/mpfr_vec.h"

enum { JUDGE_BITS = 256 };

void
operation_set(mpfr_ptr r, const ga_number *a)
{
    mpfr_set_d(r, a->mantissa, MPFR_RNDN);
    if (a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL)
        mpfr_mul_2si(r, r, a->exponent, MPFR_RNDN);
}

static int64_t
least_exponent(const origin_image *image)
{
    return image->e.format.kind == GA_FLOAT ? -149 : -1074;
}

/* Rounds to 0 in the format: at most half the least subnormal. */
static bool
vanishes(const origin_image *image, mpfr_srcptr x)
{
    mpfr_t half;
    mpfr_init2(half, 2);
    mpfr_set_ui_2exp(half, 1, least_exponent(image) - 1, MPFR_RNDN);
    const bool gone = mpfr_cmpabs(x, half) <= 0;
    mpfr_clear(half);
    return gone;
}

/* sum = the exact sum of the computed scaled_l[k] W_l[k][column], rounded to JUDGE_BITS (0 only when it is 0); *small: every
   product rounds to 0 in the format. False when a term is infinite or NaN. Memory is GMP's, as that of all MPFR numbers: who
   allocates it does not return without. */
static bool
exact_sum(mpfr_ptr sum, bool *small, const origin_image *image, size_t l, size_t column)
{
    const ga_layer *layer = image->model->layer + l;
    const size_t size = mpfr_vec_size(layer->n_out, 2 * 53);
    void *(*get)(size_t), (*give)(void *, size_t);
    mp_get_memory_functions(&get, NULL, &give);
    __mpfr_struct *const term = mpfr_vec_at(get(size), layer->n_out, 2 * 53);
    mpfr_ptr *const terms = get(layer->n_out * sizeof *terms);
    size_t n = 0;
    bool finite = true;
    *small = true;
    for (size_t k = 0; finite && k < layer->n_out; k++) {
        const double w = ga_model_get(image->model, layer->weight, k * layer->n_in + column);
        operation_set(term + n, &image->computed->value[TENSOR_SCALED][l][k]);
        mpfr_mul_d(term + n, term + n, w, MPFR_RNDN); /* exact: 53 + 53 bits */
        finite = mpfr_number_p(term + n);
        if (mpfr_zero_p(term + n))
            continue;
        *small = *small && vanishes(image, term + n);
        terms[n] = term + n;
        n++;
    }
    if (finite)
        mpfr_sum(sum, terms, n, MPFR_RNDN);
    give(term, size);
    give(terms, layer->n_out * sizeof *terms);
    return finite;
}

origin_kind
operation_zero_sum(const origin_image *image, size_t l, size_t column)
{
    mpfr_t sum;
    bool small;
    mpfr_init2(sum, JUDGE_BITS);
    const bool finite = exact_sum(sum, &small, image, l, column);
    const bool gone = finite && vanishes(image, sum);
    mpfr_clear(sum);
    return !finite ? ORIGIN_OVERFLOW : small ? ORIGIN_SUM_UNDERFLOW : gone ? ORIGIN_SUM_CANCELLATION : ORIGIN_PRODUCT_INSIDE_BLAS;
}

origin_kind
operation_zero_derivative(const origin_image *image, size_t l, size_t unit)
{
    const ga_activation f = image->model->layer[l].activation;
    if (f == GA_RELU)
        return ORIGIN_RELU_FLIP;
    if (image->e.formulas == GA_REWRITE || image->computed->value[TENSOR_ACTIVATION][l][unit].klass == GA_ZERO)
        return ORIGIN_SIGMA_UNDERFLOW;
    return ORIGIN_SIGMA_ABSORPTION;
}

/* The naive residual of the label is p_y - 1, 0 only when p_y is 1; all others are sums of probabilities that are 0. Of the margin,
   a residual is 0 because another class was chosen. */
origin_kind
operation_zero_residual(const origin_image *image, size_t c)
{
    if (image->e.loss == GA_MARGIN)
        return ORIGIN_CLASS_FLIP;
    return c == image->label && image->e.formulas == GA_NAIVE ? ORIGIN_SOFTMAX_ABSORPTION : ORIGIN_SOFTMAX_UNDERFLOW;
}

/* A true residual of more than one point, where the class is not decided, has the midpoint 1/2. */
bool
operation_class_flip(size_t *c, const origin_image *image)
{
    const size_t last = image->model->n_layers - 1;
    const ga_number *truth = image->truth->value[TENSOR_DELTA][last], *computed = image->computed->value[TENSOR_DELTA][last];
    for (*c = 0; image->e.loss == GA_MARGIN && *c < image->model->layer[last].n_out; ++*c)
        if (truth[*c].sign == 1 && truth[*c].mantissa == 1 && truth[*c].exponent == 0 && computed[*c].klass == GA_ZERO)
            return true;
    return false;
}

/* value differs from the truth in sign or by more than the tolerance. */
static bool
is_off(mpfr_srcptr value, mpfr_srcptr truth, double tolerance)
{
    mpfr_t d;
    if (!mpfr_number_p(value))
        return true;
    if (mpfr_sgn(value) != mpfr_sgn(truth))
        return true;
    if (mpfr_zero_p(truth))
        return false;
    mpfr_init2(d, JUDGE_BITS);
    mpfr_sub(d, value, truth, MPFR_RNDN);
    mpfr_div(d, d, truth, MPFR_RNDN);
    mpfr_abs(d, d, MPFR_RNDN);
    const bool off = mpfr_cmp_d(d, tolerance) > 0;
    mpfr_clear(d);
    return off;
}

/* r = f'(z): e/(1+e)^2 with e = e^-|z|, or 4q/(1+q)^2 with q = e^-2|z|. */
static void
true_derivative(mpfr_ptr r, ga_activation f, const ga_number *z)
{
    mpfr_t q;
    mpfr_init2(q, JUDGE_BITS);
    operation_set(r, z);
    mpfr_abs(r, r, MPFR_RNDN);
    mpfr_neg(r, r, MPFR_RNDN);
    if (f == GA_TANH)
        mpfr_mul_2ui(r, r, 1, MPFR_RNDN);
    mpfr_exp(r, r, MPFR_RNDN);
    mpfr_add_ui(q, r, 1, MPFR_RNDN);
    mpfr_sqr(q, q, MPFR_RNDN);
    if (f == GA_TANH)
        mpfr_mul_2ui(r, r, 2, MPFR_RNDN);
    mpfr_div(r, r, q, MPFR_RNDN);
    mpfr_clear(q);
}

/* r = r_c of the softmax of the computed logits. */
static void
true_residual(mpfr_ptr r, const origin_image *image, size_t c)
{
    const size_t last = image->model->n_layers - 1, n = image->model->layer[last].n_out;
    const ga_number *z = image->computed->value[TENSOR_PREACTIVATION][last];
    mpfr_t e, sum, others, zc;
    mpfr_inits2(JUDGE_BITS, e, sum, others, zc, (mpfr_ptr)0);
    mpfr_set_zero(sum, 1);
    mpfr_set_zero(others, 1);
    operation_set(zc, z + c);
    for (size_t k = 0; k < n; k++) { /* all divided by e^z_c */
        operation_set(e, z + k);
        mpfr_sub(e, e, zc, MPFR_RNDN);
        mpfr_exp(e, e, MPFR_RNDN);
        mpfr_add(sum, sum, e, MPFR_RNDN);
        if (k != c)
            mpfr_add(others, others, e, MPFR_RNDN);
    }
    if (c == image->label) {
        mpfr_div(r, others, sum, MPFR_RNDN);
        mpfr_neg(r, r, MPFR_RNDN);
    } else
        mpfr_ui_div(r, 1, sum, MPFR_RNDN);
    mpfr_clears(e, sum, others, zc, (mpfr_ptr)0);
}

/* A function of a computed argument: is its value fine there? */
static origin_kind
judge_function(const origin_image *image, engine_tensor tensor, size_t l, size_t unit, mpfr_srcptr value)
{
    mpfr_t there;
    mpfr_init2(there, JUDGE_BITS);
    if (tensor == TENSOR_DERIVATIVE)
        true_derivative(there, image->model->layer[l].activation, image->computed->value[TENSOR_PREACTIVATION][l] + unit);
    else
        true_residual(there, image, unit);
    const origin_kind kind = is_off(value, there, image->tolerance) ? ORIGIN_CANCELLATION : ORIGIN_ARGUMENT_ERROR;
    mpfr_clear(there);
    return kind;
}

static origin_kind
judge_sum(const origin_image *image, size_t l, size_t column, mpfr_srcptr truth)
{
    mpfr_t sum;
    bool small;
    mpfr_init2(sum, JUDGE_BITS);
    const bool finite = exact_sum(sum, &small, image, l, column);
    const bool off = finite && is_off(sum, truth, image->tolerance);
    mpfr_clear(sum);
    return !finite ? ORIGIN_OVERFLOW : off ? ORIGIN_SUM_CANCELLATION : ORIGIN_PRODUCT_INSIDE_BLAS;
}

static origin_kind
judge(const origin_image *image, engine_tensor tensor, size_t l, size_t unit, mpfr_srcptr value, mpfr_srcptr truth)
{
    const size_t last = image->model->n_layers - 1;
    const ga_number *computed = &image->computed->value[tensor][l][unit];
    const bool residual = tensor == TENSOR_DELTA && l == last, zero = computed->klass == GA_ZERO;
    const bool sum = tensor == TENSOR_BACK_SUM || tensor == TENSOR_INPUT_GRADIENT;
    const size_t terms = tensor == TENSOR_BACK_SUM ? l + 1 : 0;
    if (tensor == TENSOR_DERIVATIVE && image->model->layer[l].activation == GA_RELU)
        return ORIGIN_RELU_FLIP;
    if (computed->klass == GA_INFINITE || computed->klass == GA_NAN)
        return ORIGIN_OVERFLOW;
    if (zero)
        return sum                           ? operation_zero_sum(image, terms, unit)
               : tensor == TENSOR_DERIVATIVE ? operation_zero_derivative(image, l, unit)
               : residual                    ? operation_zero_residual(image, unit)
                                             : ORIGIN_PRODUCT_UNDERFLOW;
    if (sum)
        return judge_sum(image, terms, unit, truth);
    if (computed->klass == GA_SUBNORMAL)
        return ORIGIN_SUBNORMAL_LOSS;
    return tensor == TENSOR_DERIVATIVE || residual ? judge_function(image, tensor, l, unit, value) : ORIGIN_ACCUMULATION;
}

bool
operation_fault(origin_kind *kind, const origin_image *image, engine_tensor tensor, size_t l, size_t unit)
{
    mpfr_t value, truth;
    mpfr_inits2(JUDGE_BITS, value, truth, (mpfr_ptr)0);
    operation_set(value, &image->computed->value[tensor][l][unit]);
    operation_set(truth, &image->truth->value[tensor][l][unit]);
    const bool off = is_off(value, truth, image->tolerance);
    if (off)
        *kind = judge(image, tensor, l, unit, value, truth);
    mpfr_clears(value, truth, (mpfr_ptr)0);
    return off;
}

/* A pre-activation is infinite, its truth in the format's range. */
static bool
is_overflow(const origin_image *image, size_t l, size_t unit)
{
    if (image->computed->value[TENSOR_PREACTIVATION][l][unit].klass != GA_INFINITE)
        return false;
    mpfr_t truth;
    mpfr_init2(truth, 53);
    operation_set(truth, &image->truth->value[TENSOR_PREACTIVATION][l][unit]);
    const bool finite = isfinite(image->e.format.kind == GA_FLOAT ? mpfr_get_flt(truth, MPFR_RNDN) : mpfr_get_d(truth, MPFR_RNDN));
    mpfr_clear(truth);
    return finite;
}

static bool
any_infinite(const origin_image *image, size_t layers)
{
    for (size_t l = 0; l < layers; l++)
        for (size_t k = 0; k < image->model->layer[l].n_out; k++)
            if (image->computed->value[TENSOR_PREACTIVATION][l][k].klass == GA_INFINITE)
                return true;
    return false;
}

bool
operation_overflowed(size_t *layer, size_t *preactivation, const origin_image *image, engine_tensor tensor, size_t l, size_t unit)
{
    const bool residual = tensor == TENSOR_DELTA && l + 1 == image->model->n_layers;
    const size_t first = residual ? 0 : unit, end = residual ? image->model->layer[l].n_out : unit + 1;
    bool argument_off = false;
    if ((tensor != TENSOR_DERIVATIVE && !residual) || !any_infinite(image, l + 1))
        return false;
    for (size_t k = first; k < end && !argument_off; k++) {
        origin_kind kind;
        argument_off = operation_fault(&kind, image, TENSOR_PREACTIVATION, l, k);
    }
    for (*layer = 0; argument_off && *layer <= l; ++*layer)
        for (size_t k = *layer < l ? 0 : first; k < (*layer < l ? image->model->layer[*layer].n_out : end); k++)
            if (is_overflow(image, *layer, k)) {
                *preactivation = k;
                return true;
            }
    return false;
}
