/* SPDX-License-Identifier: Apache-2.0 */
/* origin.c -- the walk along the largest true terms; see origin.h */
#include <math.h>

#include "audit/operation.h"
#include "audit/origin.h"

const char *const origin_names[N_ORIGINS] = {
    "sigma-absorption", "sigma-underflow", "softmax-absorption", "softmax-underflow", "product-underflow", "sum-underflow",
    "sum-cancellation", "product (inside BLAS)", "relu-flip", "overflow", "subnormal-loss", "cancellation", "argument-error",
    "accumulation", "class-flip"
};

/* |a| |b| = mantissa 2^exponent, 1/2 <= mantissa < 1; false for 0. */
static bool
magnitude(double *mantissa, int64_t *exponent, const ga_number *a, double b)
{
    int ea, eb;
    if (a->klass == GA_ZERO || b == 0)
        return false;
    *mantissa = frexp(fabs(a->mantissa * frexp(b, &eb)), &ea);
    *exponent = a->exponent + ea + eb;
    return true;
}

/* The index of the largest |scaled_l[k] W_l[k][column]|; ties: the lowest. */
static size_t
largest_term(const origin_image *image, size_t l, size_t column)
{
    const ga_layer *layer = image->model->layer + l;
    const ga_number *scaled = image->truth->value[TENSOR_SCALED][l];
    size_t best = 0;
    double best_mantissa = 0;
    int64_t best_exponent = INT64_MIN;
    for (size_t k = 0; k < layer->n_out; k++) {
        double mantissa;
        int64_t exponent;
        if (!magnitude(&mantissa, &exponent, scaled + k, ga_model_get(image->model, layer->weight, k * layer->n_in + column)))
            continue;
        if (exponent > best_exponent || (exponent == best_exponent && mantissa > best_mantissa)) {
            best = k;
            best_mantissa = mantissa;
            best_exponent = exponent;
        }
    }
    return best;
}

void
origin_path(size_t *path, const origin_image *image, size_t j)
{
    size_t column = j;
    for (size_t l = 0; l < image->model->n_layers; l++)
        column = path[l] = largest_term(image, l, column);
}

/* The walk of a computed 0 from an element back to where its zeros began. An entry of the wrong sign on the way is what other terms
   left of a sum that lost its largest one: it is gone as a 0 is, and the walk goes on behind it. */
typedef struct {
    const origin_image *image;
    const size_t *path;
    origin *found;
    size_t n;
} walk;

static void
add(walk *w, origin_kind kind, engine_tensor tensor, size_t l, size_t unit)
{
    if (w->n < MOST_ORIGINS)
        w->found[w->n++] = (origin){ kind, tensor, l, unit };
}

static bool
is_zero(const walk *w, engine_tensor tensor, size_t l, size_t unit)
{
    return w->image->computed->value[tensor][l][unit].klass == GA_ZERO;
}

static bool
is_gone(const walk *w, engine_tensor tensor, size_t l, size_t unit)
{
    return is_zero(w, tensor, l, unit) ||
           w->image->computed->value[tensor][l][unit].sign * w->image->truth->value[tensor][l][unit].sign < 0;
}

/* A sum over the outputs of layer l is gone, its largest true term is not. */
static void
add_sum(walk *w, engine_tensor tensor, size_t tensor_layer, size_t l, size_t unit)
{
    origin_kind kind = ORIGIN_SUM_CANCELLATION;
    if (is_zero(w, tensor, tensor_layer, unit))
        kind = operation_zero_sum(w->image, l, unit);
    else
        operation_fault(&kind, w->image, tensor, tensor_layer, unit);
    add(w, kind, tensor, tensor_layer, unit);
}

/* Of a sum over the outputs of layer l (the back-sum of layer l-1, or the input gradient) that is gone; then of each tensor behind
   it. The loss side comes first. The sign of a derivative, of a residual and of a product are never wrong by themselves. */
static void
walk_from_sum(walk *w, engine_tensor tensor, size_t tensor_layer, size_t l, size_t unit)
{
    for (;; tensor = TENSOR_BACK_SUM, tensor_layer = l, unit = w->path[l], l++) {
        const size_t k = w->path[l];
        if (!is_gone(w, TENSOR_SCALED, l, k)) {
            size_t c;
            if (l + 1 == w->image->model->n_layers && operation_class_flip(&c, w->image))
                add(w, ORIGIN_CLASS_FLIP, TENSOR_DELTA, l, c);
            else
                add_sum(w, tensor, tensor_layer, l, unit);
            return;
        }
        if (!is_gone(w, TENSOR_DELTA, l, k)) {
            add(w, ORIGIN_PRODUCT_UNDERFLOW, TENSOR_SCALED, l, k);
            return;
        }
        if (l + 1 == w->image->model->n_layers) {
            add(w, operation_zero_residual(w->image, k), TENSOR_DELTA, l, k);
            return;
        }
        if (!is_gone(w, TENSOR_BACK_SUM, l, k)) {
            if (is_zero(w, TENSOR_DERIVATIVE, l, k))
                add(w, operation_zero_derivative(w->image, l, k), TENSOR_DERIVATIVE, l, k);
            else
                add(w, ORIGIN_PRODUCT_UNDERFLOW, TENSOR_DELTA, l, k);
            return;
        }
    }
}

/* Where both factors of a delta are gone, the derivative is an origin of its own. */
static void
add_derivatives(walk *w)
{
    const size_t last = w->image->model->n_layers - 1;
    for (size_t l = last; l-- > 0;) {
        const size_t k = w->path[l];
        bool reached = true; /* by the walk: everything nearer to the input is gone by its back-sum */
        for (size_t m = 0; m <= l && reached; m++)
            reached = is_gone(w, TENSOR_SCALED, m, w->path[m]) && is_gone(w, TENSOR_DELTA, m, w->path[m]) &&
                      is_gone(w, TENSOR_BACK_SUM, m, w->path[m]);
        if (reached && is_zero(w, TENSOR_DERIVATIVE, l, k))
            add(w, operation_zero_derivative(w->image, l, k), TENSOR_DERIVATIVE, l, k);
    }
}

/* The first operation in computing order whose result is off while its operands on the path are not. Softmax is one operation. */
static size_t
first_fault(origin *found, const origin_image *image, const size_t *path, size_t j)
{
    const size_t last = image->model->n_layers - 1;
    origin_kind kind;
    for (size_t l = 0; l < last; l++)
        if (operation_fault(&kind, image, TENSOR_DERIVATIVE, l, path[l])) {
            *found = (origin){ kind, TENSOR_DERIVATIVE, l, path[l] };
            return 1;
        }
    size_t c;
    if (operation_class_flip(&c, image)) {
        *found = (origin){ ORIGIN_CLASS_FLIP, TENSOR_DELTA, last, c };
        return 1;
    }
    const size_t residual[] = { path[last], image->label }; /* the largest of all by itself, if not times its weight */
    for (size_t i = 0; i < 2 && image->e.loss != GA_MARGIN; i++)
        if (operation_fault(&kind, image, TENSOR_DELTA, last, residual[i])) {
            *found = (origin){ kind, TENSOR_DELTA, last, residual[i] };
            return 1;
        }
    for (size_t l = last + 1; l-- > 0;) {
        static const engine_tensor order[] = { TENSOR_BACK_SUM, TENSOR_DELTA, TENSOR_SCALED };
        for (size_t t = l == last ? 2 : 0; t < 3; t++)
            if (operation_fault(&kind, image, order[t], l, path[l])) {
                *found = (origin){ kind, order[t], l, path[l] };
                return 1;
            }
    }
    if (!operation_fault(&kind, image, TENSOR_INPUT_GRADIENT, 0, j))
        return 0;
    *found = (origin){ kind, TENSOR_INPUT_GRADIENT, 0, j };
    return 1;
}

size_t
origin_find(origin *found, const origin_image *image, size_t j, ga_cell cell)
{
    size_t path[GA_MAX_LAYERS];
    origin_path(path, image, j);
    if (cell == GA_CELL_WRONG_SIGN || cell == GA_CELL_INACCURATE)
        return first_fault(found, image, path, j);
    if (cell != GA_CELL_LOST && cell != GA_CELL_BELOW_RANGE)
        return 0;
    walk w = { image, path, found, 0 };
    walk_from_sum(&w, TENSOR_INPUT_GRADIENT, 0, 0, j);
    add_derivatives(&w);
    return w.n;
}
