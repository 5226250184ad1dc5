/* SPDX-License-Identifier: Apache-2.0 */
/* origin.c -- the walks, along the largest true terms and the largest errors; see origin.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/operation.h"
#include "audit/origin.h"
#include "audit/repair.h"
#include "pass/truth.h"

/* What is not finite has origins in the forward pass, all of which is run again for each set of names: repair.h keeps 32. */
enum { WALK_BITS = 256, MOST_NOT_FINITE = 28 };

const char *const origin_names[N_ORIGINS] = {
    "sigma-absorption", "sigma-underflow", "softmax-absorption", "softmax-underflow", "product-underflow", "sum-underflow",
    "sum-cancellation", "product (inside BLAS)", "relu-flip", "overflow", "subnormal-loss", "cancellation", "argument-error",
    "accumulation", "class-flip", "invalid"
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

/* The same for every column of layer l at once, in doubles: scaled_l over its largest power of 2; what is then below 2^-500 is left
   out. A weight of binary64 can take a product below 2^-1000, or make one so small that what was left out might be larger: such
   columns are done singly. */
static void
find_largest(size_t *largest, const origin_image *image, size_t l)
{
    const ga_layer *layer = image->model->layer + l;
    const ga_number *scaled = image->truth->value[TENSOR_SCALED][l];
    double *most = calloc(layer->n_in, sizeof *most);
    int64_t exponent = INT64_MIN;
    for (size_t k = 0; k < layer->n_out; k++)
        if (scaled[k].klass != GA_ZERO && scaled[k].exponent > exponent)
            exponent = scaled[k].exponent;
    memset(largest, 0, layer->n_in * sizeof *largest);
    for (size_t k = 0; most != NULL && k < layer->n_out; k++) {
        if (scaled[k].klass == GA_ZERO || scaled[k].exponent - exponent < -500)
            continue;
        const double x = ldexp(fabs(scaled[k].mantissa), (int)(scaled[k].exponent - exponent));
        for (size_t j = 0; j < layer->n_in; j++) {
            const double term = x * fabs(ga_model_get(image->model, layer->weight, k * layer->n_in + j));
            if (term > most[j]) {
                most[j] = term;
                largest[j] = k;
            }
        }
    }
    for (size_t j = 0; j < layer->n_in; j++)
        if (most == NULL || !(most[j] > 0x1p-300 && most[j] < 0x1p900))
            largest[j] = largest_term(image, l, j);
    free(most);
}

void
origin_path(size_t *path, const origin_image *image, size_t j)
{
    const image_tape *t = image->truth;
    size_t column = j;
    for (size_t l = 0; l < image->model->n_layers; l++) {
        if (!t->largest_known[l])
            find_largest(t->largest[l], image, l);
        t->largest_known[l] = true;
        column = path[l] = t->largest[l][column];
    }
}

/* The walk of a computed 0 from an element back to where its zeros began. On the way, an entry of the wrong sign is what is left of
   a sum that lost its largest term: it counts as a 0, and the walk goes on behind it. */
typedef struct {
    const origin_image *image;
    const size_t *path;
    origin *found;
    size_t n;
} walk;

/* A function behind an overflow is not to blame. */
static void
add(walk *w, origin_kind kind, engine_tensor tensor, size_t l, size_t unit)
{
    origin o = { .kind = kind, .tensor = tensor, .unit = unit };
    if (operation_overflowed(&o.layer, &o.unit, w->image, tensor, l, unit)) {
        o.kind = ORIGIN_OVERFLOW;
        o.tensor = TENSOR_PREACTIVATION;
    } else {
        o.layer = l;
        o.unit = unit;
    }
    if (w->n < MOST_ORIGINS)
        w->found[w->n++] = o;
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

/* Follows a sum over the outputs of layer l (the back-sum of layer l-1, or the input gradient) that is gone; then each tensor
   behind it. The loss side comes first. The signs of a derivative, a residual and a product are never wrong by themselves. */
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

/* If both factors of a delta are gone, the derivative is an origin of its own. */
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
static void
walk_to_first_fault(walk *w, size_t j)
{
    const origin_image *image = w->image;
    const size_t *path = w->path, last = image->model->n_layers - 1;
    origin_kind kind;
    for (size_t l = 0; l < last; l++)
        if (operation_fault(&kind, image, TENSOR_DERIVATIVE, l, path[l])) {
            add(w, kind, TENSOR_DERIVATIVE, l, path[l]);
            return;
        }
    size_t c;
    if (operation_class_flip(&c, image)) {
        add(w, ORIGIN_CLASS_FLIP, TENSOR_DELTA, last, c);
        return;
    }
    const size_t residual[] = { path[last], image->label }; /* the largest of all by itself, if not times its weight */
    for (size_t i = 0; i < 2 && image->e.loss != GA_MARGIN; i++)
        if (operation_fault(&kind, image, TENSOR_DELTA, last, residual[i])) {
            add(w, kind, TENSOR_DELTA, last, residual[i]);
            return;
        }
    for (size_t l = last + 1; l-- > 0;) {
        static const engine_tensor order[] = { TENSOR_BACK_SUM, TENSOR_DELTA, TENSOR_SCALED };
        for (size_t t = l == last ? 2 : 0; t < 3; t++)
            if (operation_fault(&kind, image, order[t], l, path[l])) {
                add(w, kind, order[t], l, path[l]);
                return;
            }
    }
    if (operation_fault(&kind, image, TENSOR_INPUT_GRADIENT, 0, j))
        add(w, kind, TENSOR_INPUT_GRADIENT, 0, j);
}

/* ---- what is not finite ------------------------------------------------------------------------------------------ */

static bool
is_finite(const walk *w, engine_tensor tensor, size_t l, size_t unit)
{
    return operation_is_finite(&w->image->computed->value[tensor][l][unit]);
}

/* The first unit of layer l whose entry is not finite; n_out if all are. */
static size_t
first_not_finite(const walk *w, engine_tensor tensor, size_t l)
{
    size_t k = 0;
    while (k < w->image->model->layer[l].n_out && is_finite(w, tensor, l, k))
        k++;
    return k;
}

/* An operation that is not finite though its operands are; those of the model and the input need not be. */
static void
add_not_finite(walk *w, engine_tensor tensor, size_t l, size_t unit, bool operands)
{
    if (w->n < MOST_ORIGINS)
        w->found[w->n++] =
            (origin){ .kind = operands ? ORIGIN_OVERFLOW : ORIGIN_INVALID, .tensor = tensor, .layer = l, .unit = unit };
}

static bool
are_finite(const ga_model *m, const void *array, size_t first, size_t n, size_t stride)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(ga_model_get(m, array, first + i * stride)))
            return false;
    return true;
}

/* From a non-finite pre-activation back to the earliest one. */
static void
walk_to_preactivation(walk *w, size_t l, size_t k)
{
    const ga_model *m = w->image->model;
    for (; l > 0; l--) {
        const size_t i = first_not_finite(w, TENSOR_ACTIVATION, l - 1);
        if (i == m->layer[l - 1].n_out)
            break;
        k = i;
    }
    const ga_layer *layer = m->layer + l;
    bool operands = are_finite(m, layer->weight, k * layer->n_in, layer->n_in, 1) && are_finite(m, layer->bias, k, 1, 1);
    for (size_t i = 0; l == 0 && i < layer->n_in; i++)
        operands = operands && is_finite(w, TENSOR_INPUT, 0, i);
    add_not_finite(w, TENSOR_PREACTIVATION, l, k, operands);
}

/* From a sum over the outputs of layer l, at a column of its weights. */
static void
walk_to_not_finite(walk *w, size_t j)
{
    const ga_model *m = w->image->model;
    engine_tensor tensor = TENSOR_INPUT_GRADIENT;
    for (size_t l = 0, tensor_layer = 0, unit = j;; tensor = TENSOR_BACK_SUM, tensor_layer = l++) {
        const ga_layer *layer = m->layer + l;
        const bool readout = l + 1 == m->n_layers;
        const size_t k = first_not_finite(w, TENSOR_SCALED, l);
        if (k == layer->n_out) {
            add_not_finite(w, tensor, tensor_layer, unit, are_finite(m, layer->weight, unit, layer->n_out, layer->n_in));
            return;
        }
        if (is_finite(w, TENSOR_DELTA, l, k)) {
            add_not_finite(w, TENSOR_SCALED, l, k, true);
            return;
        }
        const size_t z = readout ? first_not_finite(w, TENSOR_PREACTIVATION, l) : k;
        if (readout ? z < layer->n_out : !is_finite(w, TENSOR_DERIVATIVE, l, k)) {
            walk_to_preactivation(w, l, z);
            return;
        }
        if (readout || is_finite(w, TENSOR_BACK_SUM, l, k)) {
            add_not_finite(w, TENSOR_DELTA, l, k, true);
            return;
        }
        unit = k;
    }
}

/* ---- the largest errors ------------------------------------------------------------------------------------------ */

/* The index of the largest error |true scaled_l[k] - computed| |W_l[k][column]|; ties: the lowest. */
static size_t
largest_error(const origin_image *image, size_t l, size_t column)
{
    const ga_layer *layer = image->model->layer + l;
    mpfr_t error, truth, most;
    size_t best = 0;
    mpfr_inits2(WALK_BITS, error, truth, most, (mpfr_ptr)0);
    mpfr_set_zero(most, 1);
    for (size_t k = 0; k < layer->n_out; k++) {
        operation_set(error, &image->computed->value[TENSOR_SCALED][l][k]);
        operation_set(truth, &image->truth->value[TENSOR_SCALED][l][k]);
        mpfr_sub(error, truth, error, MPFR_RNDN);
        mpfr_mul_d(error, error, ga_model_get(image->model, layer->weight, k * layer->n_in + column), MPFR_RNDN);
        if (mpfr_cmpabs(error, most) > 0) { /* false for NaN */
            best = k;
            mpfr_set(most, error, MPFR_RNDN);
        }
    }
    mpfr_clears(error, truth, most, (mpfr_ptr)0);
    return best;
}

/* Adds the operation if its result is off. */
static bool
add_fault(walk *w, engine_tensor tensor, size_t l, size_t unit)
{
    origin_kind kind;
    if (!operation_fault(&kind, w->image, tensor, l, unit))
        return false;
    add(w, kind, tensor, l, unit);
    return true;
}

static bool
is_off(const walk *w, engine_tensor tensor, size_t l, size_t unit)
{
    origin_kind kind;
    return operation_fault(&kind, w->image, tensor, l, unit);
}

/* From the input gradient, which is off, along the largest errors to operations whose operands there are not off. */
static void
walk_to_errors(walk *w, size_t j)
{
    engine_tensor sum = TENSOR_INPUT_GRADIENT;
    for (size_t l = 0, sum_layer = 0, unit = j;; sum = TENSOR_BACK_SUM, sum_layer = l++) {
        const size_t k = largest_error(w->image, l, unit);
        if (!is_off(w, TENSOR_SCALED, l, k)) {
            add_fault(w, sum, sum_layer, unit);
            return;
        }
        if (!is_off(w, TENSOR_DELTA, l, k)) {
            add_fault(w, TENSOR_SCALED, l, k);
            return;
        }
        if (l + 1 == w->image->model->n_layers) {
            size_t c;
            if (operation_class_flip(&c, w->image))
                add(w, ORIGIN_CLASS_FLIP, TENSOR_DELTA, l, c);
            else
                add_fault(w, TENSOR_DELTA, l, k);
            return;
        }
        const bool derivative = add_fault(w, TENSOR_DERIVATIVE, l, k);
        if (!is_off(w, TENSOR_BACK_SUM, l, k)) {
            if (!derivative)
                add_fault(w, TENSOR_DELTA, l, k);
            return;
        }
        unit = k;
    }
}

/* An element, and the tape that its origins are to put right. */
typedef struct {
    const origin_image *image;
    size_t j;
    ga_cell cell;
    origin *found;
    size_t n;
} search;

/* How far on its way back an operation is. */
static size_t
stage(const origin *o, size_t n_layers)
{
    static const size_t within[N_TENSORS] = { [TENSOR_BACK_SUM] = 0, [TENSOR_DERIVATIVE] = 0, [TENSOR_DELTA] = 1,
                                              [TENSOR_SCALED] = 2 };
    if (o->tensor == TENSOR_INPUT_GRADIENT)
        return 3 * n_layers;
    return 3 * (n_layers - 1 - o->layer) + within[o->tensor];
}

bool
origin_feeds(const origin *a, const origin *b, size_t n_layers)
{
    const bool readout = a->layer + 1 == n_layers;
    if (a->tensor == TENSOR_PREACTIVATION && (b->tensor == TENSOR_PREACTIVATION || b->tensor == TENSOR_DERIVATIVE))
        return b->layer > a->layer || (b->tensor == TENSOR_DERIVATIVE && b->layer == a->layer && b->unit == a->unit);
    if (b->tensor == TENSOR_PREACTIVATION || b->tensor == TENSOR_DERIVATIVE)
        return false;
    if (a->tensor == TENSOR_PREACTIVATION)
        return true; /* by the residuals */
    if (stage(a, n_layers) >= stage(b, n_layers))
        return false;
    return a->layer != b->layer || b->tensor == TENSOR_INPUT_GRADIENT || a->unit == b->unit ||
           (readout && a->tensor == TENSOR_DELTA);
}

/* What has been found, except those beside, the one left out and what it feeds; without = n: none is. */
static size_t
names_of(origin *names, const search *s, size_t without)
{
    const size_t n_layers = s->image->model->n_layers;
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        const bool out = i == without || (without < s->n && origin_feeds(s->found + without, s->found + i, n_layers));
        if (!out && !s->found[i].beside)
            names[n++] = s->found[i];
    }
    return n;
}

/* The tape with the truth at all that has been found. */
static const image_tape *
run(const search *s)
{
    origin names[MOST_ORIGINS];
    return repair_run(s->image->again, s->image, names, names_of(names, s, s->n), s->j);
}

static bool
is_right(const search *s, const image_tape *tape)
{
    const ga_number *now = &tape->value[TENSOR_INPUT_GRADIENT][0][s->j];
    const ga_truth *truth = &s->image->truth->truth[TENSOR_INPUT_GRADIENT][0][s->j];
    if (!operation_is_finite(now) || truth->state == GA_UNDECIDED_ELEMENT)
        return operation_is_finite(now); /* only for an element that was not finite: no other gets a finding without the truth */
    if (now->sign != (truth->state == GA_TRUE_ZERO ? 0 : truth->sign))
        return false;
    if (s->cell != GA_CELL_INACCURATE)
        return true;
    const truth_side error = truth_relative_error(truth, now, s->image->tolerance);
    return error == TRUTH_BELOW || error == TRUTH_AT;
}

/* Run again with the truth at names. An undecided truth cannot be put in: nothing is shown then. */
static bool
is_right_with(const search *s, const origin *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s->image->truth->truth[names[i].tensor][names[i].layer][names[i].unit].state == GA_UNDECIDED_ELEMENT)
            return false;
    return is_right(s, repair_run(s->image->again, s->image, names, n, s->j));
}

/* Whether the element is right with the truth at what has been found, one left out. */
static bool
is_right_without(const search *s, size_t without)
{
    origin names[MOST_ORIGINS];
    const size_t n = names_of(names, s, without);
    if (n == 0)
        return is_right(s, s->image->computed);
    const int judged = repair_judge(s->image->again, s->image, names, n, s->j, s->cell);
    return judged >= 0 ? judged : is_right_with(s, names, n);
}

/* Walks on until the element is right, which it returns, or no more is found. */
static bool
find_more(search *s)
{
    const size_t most = s->cell == GA_CELL_NONFINITE || s->cell == GA_CELL_ABOVE_RANGE ? MOST_NOT_FINITE : MOST_ORIGINS;
    bool right = is_right_without(s, s->n);
    for (size_t before = 0; before < s->n && s->n < most && !right; right = is_right_without(s, s->n)) {
        origin_image view = *s->image;
        view.computed = run(s);
        walk w = { &view, NULL, s->found, s->n };
        if (operation_is_finite(&view.computed->value[TENSOR_INPUT_GRADIENT][0][s->j]))
            walk_to_errors(&w, s->j);
        else
            walk_to_not_finite(&w, s->j);
        before = s->n;
        s->n = w.n;
    }
    return right;
}

static void
drop_what_is_not_needed(search *s)
{
    for (bool dropped = true; dropped;) {
        dropped = false;
        for (size_t i = s->n; i-- > 0;) {
            if (s->found[i].beside || !is_right_without(s, i))
                continue;
            s->found[i].beside = dropped = true;
            for (size_t k = 0; k < s->n; k++)
                s->found[k].beside = s->found[k].beside || origin_feeds(s->found + i, s->found + k, s->image->model->n_layers);
        }
    }
}

static void
put_beside_last(search *s)
{
    for (size_t i = 1; i < s->n; i++)
        for (size_t k = i; k > 0 && s->found[k - 1].beside && !s->found[k].beside; k--) {
            const origin o = s->found[k];
            s->found[k] = s->found[k - 1];
            s->found[k - 1] = o;
        }
}

/* If the model or the input is itself not finite, there is no truth to put in. */
static bool
is_invalid(const search *s)
{
    return s->n == 1 && s->found[0].kind == ORIGIN_INVALID;
}

size_t
origin_find(origin *found, size_t *unlisted, const origin_image *image, size_t j, ga_cell cell)
{
    size_t path[GA_MAX_LAYERS];
    walk w = { image, path, found, 0 };
    *unlisted = 0;
    origin_path(path, image, j);
    switch (cell) {
    case GA_CELL_WRONG_SIGN:
    case GA_CELL_INACCURATE:
    case GA_CELL_SPURIOUS:
        walk_to_first_fault(&w, j);
        break;
    case GA_CELL_LOST:
    case GA_CELL_BELOW_RANGE:
        walk_from_sum(&w, TENSOR_INPUT_GRADIENT, 0, 0, j);
        add_derivatives(&w);
        break;
    case GA_CELL_NONFINITE:
    case GA_CELL_ABOVE_RANGE:
        walk_to_not_finite(&w, j);
        break;
    case GA_CELL_ZERO:
    case GA_CELL_RIGHT:
    case GA_CELL_UNDECIDED:
    case GA_CELLS:
        return 0;
    }
    search s = { image, j, cell, found, w.n };
    if (is_invalid(&s))
        return 1;
    if (s.n > 0 && find_more(&s)) {
        drop_what_is_not_needed(&s);
        put_beside_last(&s);
        return s.n;
    }
    const size_t faults = operation_faults(image, j);
    *unlisted = faults > s.n ? faults : s.n > 0 ? s.n : 1;
    return 0;
}
