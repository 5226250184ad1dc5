/* SPDX-License-Identifier: Apache-2.0 */
/* operation.c -- see operation.h. Exact values of functions are computed at JUDGE_BITS, with formulas that do not cancel; that is
   far more than the tolerance needs. */
#include <math.h>

#include "audit/operation.h"
#include "num/format.h"
#include "num/mpfr_vec.h"
#include "pass/truth.h"

enum { JUDGE_BITS = 256 };

void
operation_set(mpfr_ptr r, const ga_number *a)
{
    mpfr_set_d(r, a->mantissa, MPFR_RNDN);
    if (a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL)
        mpfr_mul_2si(r, r, a->exponent, MPFR_RNDN);
}

bool
operation_is_finite(const ga_number *a)
{
    return a->klass == GA_ZERO || a->klass == GA_SUBNORMAL || a->klass == GA_NORMAL;
}

/* Rounds to 0 in the format: at most half the least subnormal. */
static bool
vanishes(const origin_image *image, mpfr_srcptr x)
{
    mpfr_t half;
    mpfr_init2(half, 2);
    mpfr_set_ui_2exp(half, 1, (mpfr_exp_t)format_least_exponent(image->e.format) - 1, MPFR_RNDN);
    const bool gone = mpfr_cmpabs(x, half) <= 0;
    mpfr_clear(half);
    return gone;
}

/* sum = the exact sum of the computed scaled_l[k] W_l[k][column], rounded to JUDGE_BITS (0 only if it is 0); *small: every product
   rounds to 0 in the format. False if a term is infinite or NaN. GMP allocates the memory, as for all MPFR numbers, and does not
   return if there is none. */
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

/* The naive residual of the label is p_y - 1, 0 only if p_y is 1; all others are sums of probabilities that are 0. A margin's
   residual is 0 because another class was chosen. */
origin_kind
operation_zero_residual(const origin_image *image, size_t c)
{
    if (image->e.loss == GA_MARGIN)
        return ORIGIN_CLASS_FLIP;
    return c == image->label && image->e.formulas == GA_NAIVE ? ORIGIN_SOFTMAX_ABSORPTION : ORIGIN_SOFTMAX_UNDERFLOW;
}

/* Under the margin a true residual is a point if the choice of class is decided. */
bool
operation_class_flip(size_t *c, const origin_image *image)
{
    const size_t last = image->model->n_layers - 1;
    const ga_truth *truth = image->truth->truth[TENSOR_DELTA][last];
    const ga_number *computed = image->computed->value[TENSOR_DELTA][last];
    for (*c = 0; image->e.loss == GA_MARGIN && *c < image->model->layer[last].n_out; ++*c)
        if (truth[*c].state == GA_TRUE_NONZERO && truth[*c].sign == 1 && truth_against(truth + *c, 1, 0) == TRUTH_AT &&
            computed[*c].klass == GA_ZERO)
            return true;
    return false;
}

/* Whether a value is proved to differ from every number of [low, high] in sign or by more than the tolerance, relatively. */
static bool
is_off(mpfr_srcptr value, mpfr_srcptr low, mpfr_srcptr high, double tolerance)
{
    mpfr_t limit, factor;
    if (!mpfr_number_p(value))
        return true;
    if (mpfr_zero_p(low) && mpfr_zero_p(high))
        return !mpfr_zero_p(value);
    const int sign = mpfr_sgn(low) > 0 ? 1 : mpfr_sgn(high) < 0 ? -1 : 0;
    if (sign == 0 || mpfr_sgn(value) != sign)
        return sign != 0;
    mpfr_inits2(JUDGE_BITS, limit, factor, (mpfr_ptr)0);
    mpfr_set_ui(factor, 1, MPFR_RNDN);
    mpfr_sub_d(factor, factor, tolerance, MPFR_RNDD); /* away from [low, high], as are the products */
    mpfr_mul(limit, sign > 0 ? low : high, factor, sign > 0 ? MPFR_RNDD : MPFR_RNDU);
    bool off = mpfr_sgn(factor) > 0 && mpfr_cmpabs(value, limit) < 0;
    mpfr_set_ui(factor, 1, MPFR_RNDN);
    mpfr_add_d(factor, factor, tolerance, MPFR_RNDU);
    mpfr_mul(limit, sign > 0 ? high : low, factor, sign > 0 ? MPFR_RNDU : MPFR_RNDD);
    off = off || mpfr_cmpabs(value, limit) > 0;
    mpfr_clears(limit, factor, (mpfr_ptr)0);
    return off;
}

/* r = f'(z): e/(1+e)^2 with e = e^-|z|, or 4q/(1+q)^2 with q = e^-2|z|; six roundings. */
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

/* r = r_c of the softmax of the computed logits: differences are exact, sums are of positive numbers, and there are fewer than 2^22
   roundings (GA_MAX_CLASSES). */
static void
true_residual(mpfr_ptr r, const origin_image *image, size_t c)
{
    enum { DIFFERENCE_BITS = 2200 }; /* of two binary64 numbers */
    const size_t last = image->model->n_layers - 1, n = image->model->layer[last].n_out;
    const ga_number *z = image->computed->value[TENSOR_PREACTIVATION][last];
    mpfr_t e, sum, others, zc, difference;
    mpfr_inits2(JUDGE_BITS, e, sum, others, zc, (mpfr_ptr)0);
    mpfr_init2(difference, DIFFERENCE_BITS);
    mpfr_set_zero(sum, 1);
    mpfr_set_zero(others, 1);
    operation_set(zc, z + c);
    for (size_t k = 0; k < n; k++) { /* all divided by e^z_c */
        operation_set(e, z + k);
        mpfr_sub(difference, e, zc, MPFR_RNDN);
        mpfr_exp(e, difference, MPFR_RNDN);
        mpfr_add(sum, sum, e, MPFR_RNDN);
        if (k != c)
            mpfr_add(others, others, e, MPFR_RNDN);
    }
    if (c == image->label) {
        mpfr_div(r, others, sum, MPFR_RNDN);
        mpfr_neg(r, r, MPFR_RNDN);
    } else
        mpfr_ui_div(r, 1, sum, MPFR_RNDN);
    mpfr_clears(e, sum, others, zc, difference, (mpfr_ptr)0);
}

/* For a function of a computed argument: is its value fine? The truth there is known to 2^(24-JUDGE_BITS) of itself. */
static origin_kind
judge_function(const origin_image *image, engine_tensor tensor, size_t l, size_t unit)
{
    mpfr_t value, low, high;
    mpfr_inits2(JUDGE_BITS, value, low, high, (mpfr_ptr)0);
    operation_set(value, &image->computed->value[tensor][l][unit]);
    if (tensor == TENSOR_DERIVATIVE)
        true_derivative(low, image->model->layer[l].activation, image->computed->value[TENSOR_PREACTIVATION][l] + unit);
    else
        true_residual(low, image, unit);
    mpfr_mul_2si(high, low, 24 - JUDGE_BITS, MPFR_RNDN);
    mpfr_abs(high, high, MPFR_RNDN);
    mpfr_sub(low, low, high, MPFR_RNDD);
    mpfr_mul_2ui(high, high, 1, MPFR_RNDN);
    mpfr_add(high, low, high, MPFR_RNDU);
    const origin_kind kind = is_off(value, low, high, image->tolerance) ? ORIGIN_CANCELLATION : ORIGIN_ARGUMENT_ERROR;
    mpfr_clears(value, low, high, (mpfr_ptr)0);
    return kind;
}

static origin_kind
judge_sum(const origin_image *image, size_t l, size_t column, const ga_truth *truth)
{
    mpfr_t sum, low, high;
    bool small;
    mpfr_inits2(JUDGE_BITS, sum, low, high, (mpfr_ptr)0);
    const bool finite = exact_sum(sum, &small, image, l, column);
    truth_ends(low, high, truth);
    const bool off = finite && is_off(sum, low, high, image->tolerance);
    mpfr_clears(sum, low, high, (mpfr_ptr)0);
    return !finite ? ORIGIN_OVERFLOW : off ? ORIGIN_SUM_CANCELLATION : ORIGIN_PRODUCT_INSIDE_BLAS;
}

static origin_kind
judge(const origin_image *image, engine_tensor tensor, size_t l, size_t unit, const ga_truth *truth)
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
    return tensor == TENSOR_DERIVATIVE || residual ? judge_function(image, tensor, l, unit) : ORIGIN_ACCUMULATION;
}

bool
operation_is_off(const ga_number *computed, const ga_truth *truth, double tolerance)
{
    if (truth->state == GA_UNDECIDED_ELEMENT)
        return false;
    if (!operation_is_finite(computed))
        return true;
    if (computed->klass == GA_ZERO || truth->state == GA_TRUE_ZERO)
        return (computed->klass == GA_ZERO) != (truth->state == GA_TRUE_ZERO);
    return computed->sign != truth->sign || truth_relative_error(truth, computed, tolerance) == TRUTH_ABOVE;
}

bool
operation_fault(origin_kind *kind, const origin_image *image, engine_tensor tensor, size_t l, size_t unit)
{
    const ga_truth *truth = &image->truth->truth[tensor][l][unit];
    const bool off = operation_is_off(&image->computed->value[tensor][l][unit], truth, image->tolerance);
    if (off)
        *kind = judge(image, tensor, l, unit, truth);
    return off;
}

/* A pre-activation is infinite, its truth in the format's range. */
static bool
is_overflow(const origin_image *image, size_t l, size_t unit)
{
    return image->computed->value[TENSOR_PREACTIVATION][l][unit].klass == GA_INFINITE &&
           truth_rounds_to_infinity(&image->truth->truth[TENSOR_PREACTIVATION][l][unit], image->e.format) == TRUTH_BELOW;
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

/* ---- how many operations are at fault ---------------------------------------------------------------------------- */

static bool
off(const origin_image *image, engine_tensor tensor, size_t l, size_t unit)
{
    return operation_is_off(&image->computed->value[tensor][l][unit], &image->truth->truth[tensor][l][unit], image->tolerance);
}

static bool
any_off(const origin_image *image, engine_tensor tensor, size_t l)
{
    for (size_t k = 0; k < image->model->layer[l].n_out; k++)
        if (off(image, tensor, l, k))
            return true;
    return false;
}

/* Whether a gradient element depends on unit k of layer l: for the first layer by its weight. */
static bool
is_heard(const origin_image *image, size_t l, size_t k, size_t j)
{
    const ga_layer *layer = image->model->layer;
    return l > 0 || ga_model_get(image->model, layer->weight, k * layer->n_in + j) != 0;
}

/* Pre-activations, on which every residual depends. */
static size_t
forward_faults(const origin_image *image)
{
    size_t n = 0;
    for (size_t l = 0; l < image->model->n_layers; l++) {
        const bool operands_off = l > 0 && any_off(image, TENSOR_ACTIVATION, l - 1);
        for (size_t k = 0; k < image->model->layer[l].n_out && !operands_off; k++)
            n += off(image, TENSOR_PREACTIVATION, l, k);
    }
    return n;
}

size_t
operation_faults(const origin_image *image, size_t j)
{
    const size_t last = image->model->n_layers - 1;
    size_t n = forward_faults(image) + (any_off(image, TENSOR_DELTA, last) && !any_off(image, TENSOR_PREACTIVATION, last));
    for (size_t l = 0; l <= last; l++) {
        const bool terms_off = l < last && any_off(image, TENSOR_SCALED, l + 1);
        for (size_t k = 0; k < image->model->layer[l].n_out; k++) {
            if (!is_heard(image, l, k, j))
                continue;
            const bool delta = off(image, TENSOR_DELTA, l, k);
            n += !delta && off(image, TENSOR_SCALED, l, k);
            if (l == last)
                continue;
            const bool back = off(image, TENSOR_BACK_SUM, l, k), derivative = off(image, TENSOR_DERIVATIVE, l, k);
            n += derivative && !off(image, TENSOR_PREACTIVATION, l, k);
            n += (back && !terms_off) + (delta && !back && !derivative);
        }
    }
    return n + (!any_off(image, TENSOR_SCALED, 0) && off(image, TENSOR_INPUT_GRADIENT, 0, j));
}
