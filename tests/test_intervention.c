/* SPDX-License-Identifier: Apache-2.0 */
/* test_intervention.c -- are the origins the causes? True values are put in where origin_find says, and the rest is run again.

   The claim, for an element whose computed value is 0 though its truth is not: with the true values at all its origins the element
   is not 0 and has the right sign; with those at all of them but one it is 0 or of the wrong sign.

   The intervention. The backward pass of the image starts from its computed tape, and the origins' values are replaced by the true
   ones, rounded to the format's precision. An entry is run again, from the operands as they now are, if and only if one of them has
   changed; every other entry keeps its computed value, its 0 if it is one. So 0 stays wherever no named operation reaches, and
   every path is open to the change, not only the one that origin_find walked.

   What is put in at an operation: the entry it names; of a softmax all residuals, because softmax is one operation: a residual is
   minus the sum of the others, and one true entry among computed ones is the residual of no distribution. How often a single entry
   would do is printed as well.

   Arithmetic. Products are rounded, a sum is exact and then rounded (which sum BLAS would form is not known). OWN rounds as the
   format does, its range included. WIDE rounds to the format's precision and has all exponents. A `lost` element is run in OWN. The
   truth of a `below-range` element rounds to 0, so no run in OWN can get it: it is run in WIDE, where the question is whether the
   computed zeros that stay, all but those named, are harmless.

   Exceptions, which are counted:
     another path      with one origin left out, what was put in reaches the element on another path, of far smaller true terms,
                       whose sign happens to be right. The value is not: it is at most FAR_SMALLER of the truth.
     a path of like    the same, but the other path carries more than that, an appreciable part of the truth.
     size              For both it is asserted that the value is not within the tolerance, and, as for all elements, that the claim
                       holds when nothing but the path is run again, every entry off it keeping its computed value (else: NOT
                       NEEDED).
     second underflow  a lost element: the claim holds in WIDE, in OWN the path underflows again behind the origin, which was not to
                       be seen while that product had a factor 0.
     outvoted          at a sum on the path the largest true term does not have the sign of the true sum: no single path has the
                       right sign.
     many units        the named operation went wrong at other units too, and together they outweigh the path: with the truth at all
                       units of the named tensor the element is right.
   The last four are at most RARE of all on the networks as they are; at the edge of the range, where a network is put by its gain
   and logit scale, everything is subnormal and they are only counted. INSUFFICIENT and NOT NEEDED are failures.

   A wrong-sign or inaccurate element has one origin. The same intervention in OWN should give the right sign, or the right value
   within the tolerance. Errors on other paths remain, and so does the format's range: SAVED_SIGNS and SAVED_VALUES are the least
   shares asserted, but not at the edge of the range. */
#include <string.h>

#include "audit/examine.h"
#include "networks.h"
#include "num/mpfr_vec.h"
#include "shipped.h"

enum { OWN, WIDE };
enum { ENTRY, WHOLE_SOFTMAX, WHOLE_TENSOR };
enum { EVERYWHERE, ON_PATH };
enum { SAMPLE = 1000, PER_IMAGE = 30, TERM_BITS = 2 * 53, MOST_LAYERS = 4, SLOTS = 7 };
static const double FAR_SMALLER = 0x1p-40, RARE = 0.05, SAVED_SIGNS = 0.95, SAVED_VALUES = 0.75;

/* The operations whose truth is put in. */
typedef struct {
    origin list[MOST_ORIGINS];
    size_t n, without; /* without: the one left out; n: none */
    int softmax, where, arithmetic;
} named;

/* What is now on one image's tape: for the tensors of the backward pass, values of the format's precision and whether they differ
   from the computed ones. */
typedef struct {
    const origin_image *view;
    named names;
    bool ready; /* up to the input gradient */
    __mpfr_struct *value[N_TENSORS][MOST_LAYERS];
    bool *changed[N_TENSORS][MOST_LAYERS];
    __mpfr_struct *term, *rounded, *t; /* t: of TERM_BITS */
    mpfr_ptr *terms;
} now;

static const engine_tensor tensors[] = { TENSOR_DERIVATIVE, TENSOR_DELTA, TENSOR_SCALED, TENSOR_BACK_SUM, TENSOR_INPUT_GRADIENT };
enum { N_BACKWARD = sizeof tensors / sizeof *tensors };

static size_t
entries(const ga_model *m, engine_tensor tensor, size_t l)
{
    return tensor == TENSOR_INPUT_GRADIENT ? m->layer[0].n_in : m->layer[l].n_out;
}

static void
now_open(now *x, const ga_model *m, long bits)
{
    size_t width = 0;
    *x = (now){ .ready = false };
    for (size_t l = 0; l < m->n_layers; l++) {
        width = m->layer[l].n_out > width ? m->layer[l].n_out : width;
        for (size_t t = 0; t < N_BACKWARD; t++) {
            x->value[tensors[t]][l] = mpfr_vec_new(entries(m, tensors[t], l), bits);
            x->changed[tensors[t]][l] = calloc(entries(m, tensors[t], l), sizeof(bool));
        }
    }
    x->term = mpfr_vec_new(width, bits);
    x->rounded = mpfr_vec_new(1, bits);
    x->t = mpfr_vec_new(1, TERM_BITS);
    x->terms = malloc(width * sizeof *x->terms);
}

static void
now_close(now *x)
{
    for (size_t l = 0; l < MOST_LAYERS; l++)
        for (size_t t = 0; t < N_BACKWARD; t++) {
            free(x->value[tensors[t]][l]);
            free(x->changed[tensors[t]][l]);
        }
    free(x->term);
    free(x->rounded);
    free(x->t);
    free(x->terms);
}

static void
set_number(mpfr_ptr r, const ga_number *a)
{
    mpfr_set_d(r, a->mantissa, MPFR_RNDN);
    if (a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL)
        mpfr_mul_2si(r, r, a->exponent, MPFR_RNDN);
}

/* r = t, rounded; r has the format's precision. */
static void
finish(mpfr_ptr r, const now *x)
{
    if (x->names.arithmetic == WIDE)
        mpfr_set(r, x->t, MPFR_RNDN);
    else
        mpfr_set_d(r, x->view->e.format.kind == GA_FLOAT ? mpfr_get_flt(x->t, MPFR_RNDN) : mpfr_get_d(x->t, MPFR_RNDN), MPFR_RNDN);
}

/* The entry becomes t, rounded. */
static void
replace(now *x, engine_tensor tensor, size_t l, size_t unit)
{
    mpfr_ptr r = &x->value[tensor][l][unit];
    finish(x->rounded, x);
    x->changed[tensor][l][unit] = !mpfr_equal_p(x->rounded, r);
    mpfr_set(r, x->rounded, MPFR_RNDN);
}

/* The computed tape again. */
static void
now_reset(now *x)
{
    const ga_model *m = x->view->model;
    for (size_t t = 0; t < N_BACKWARD; t++)
        for (size_t l = 0; l < m->n_layers; l++) {
            const ga_number *computed = x->view->computed->value[tensors[t]][l];
            const size_t n = computed != NULL ? entries(m, tensors[t], l) : 0;
            for (size_t i = 0; i < n; i++)
                set_number(&x->value[tensors[t]][l][i], computed + i);
            if (n > 0)
                memset(x->changed[tensors[t]][l], 0, n * sizeof(bool));
        }
}

static bool
is_residual(const now *x, engine_tensor tensor, size_t l)
{
    return tensor == TENSOR_DELTA && l + 1 == x->view->model->n_layers;
}

/* Puts the truth in where the entry is named. */
static bool
put(now *x, engine_tensor tensor, size_t l, size_t unit)
{
    for (size_t i = 0; i < x->names.n; i++) {
        const origin *o = x->names.list + i;
        if (i != x->names.without && o->tensor == tensor && o->layer == l &&
            (o->unit == unit || x->names.softmax == WHOLE_TENSOR ||
             (is_residual(x, tensor, l) && x->names.softmax == WHOLE_SOFTMAX))) {
            set_number(x->t, &x->view->truth->value[tensor][l][unit]);
            replace(x, tensor, l, unit);
            return true;
        }
    }
    return false;
}

/* An entry that is a sum over the outputs of layer l. */
static void
sum_again(now *x, engine_tensor tensor, size_t tensor_layer, size_t l, size_t unit)
{
    const ga_layer *layer = x->view->model->layer + l;
    const __mpfr_struct *scaled = x->value[TENSOR_SCALED][l];
    size_t n = 0;
    bool any = false;
    for (size_t k = 0; k < layer->n_out; k++)
        any = any || x->changed[TENSOR_SCALED][l][k];
    if (!any)
        return;
    for (size_t k = 0; k < layer->n_out; k++) {
        if (mpfr_zero_p(scaled + k))
            continue;
        mpfr_mul_d(x->t, scaled + k, ga_model_get(x->view->model, layer->weight, k * layer->n_in + unit), MPFR_RNDN); /* exact */
        finish(x->term + n, x);
        x->terms[n] = x->term + n;
        n++;
    }
    mpfr_sum(x->t, x->terms, n, MPFR_RNDN);
    replace(x, tensor, tensor_layer, unit);
}

static void
unit_again(now *x, size_t l, size_t k)
{
    const ga_model *m = x->view->model;
    const bool readout = l + 1 == m->n_layers;
    const double gain = readout ? x->view->e.logit_scale : m->layer[l].activation == GA_RELU ? 1 : x->view->e.gain;
    if (!readout) {
        put(x, TENSOR_DERIVATIVE, l, k);
        if (!put(x, TENSOR_BACK_SUM, l, k))
            sum_again(x, TENSOR_BACK_SUM, l, l + 1, k);
    }
    if (!put(x, TENSOR_DELTA, l, k) && !readout && (x->changed[TENSOR_BACK_SUM][l][k] || x->changed[TENSOR_DERIVATIVE][l][k])) {
        mpfr_mul(x->t, &x->value[TENSOR_BACK_SUM][l][k], &x->value[TENSOR_DERIVATIVE][l][k], MPFR_RNDN);
        replace(x, TENSOR_DELTA, l, k);
    }
    if (!put(x, TENSOR_SCALED, l, k) && x->changed[TENSOR_DELTA][l][k]) {
        mpfr_mul_d(x->t, &x->value[TENSOR_DELTA][l][k], gain, MPFR_RNDN);
        replace(x, TENSOR_SCALED, l, k);
    }
}

static bool
same_names(const named *a, const named *b)
{
    bool same = a->n == b->n && a->without == b->without && a->softmax == b->softmax && a->where == b->where &&
                a->arithmetic == b->arithmetic && a->where == EVERYWHERE;
    for (size_t i = 0; same && i < a->n; i++)
        same = a->list[i].tensor == b->list[i].tensor && a->list[i].layer == b->list[i].layer && a->list[i].unit == b->list[i].unit;
    return same;
}

/* Runs the entries behind the input gradient again, unless the last run of this slot was the same. */
static void
run_behind(now *x, const origin_image *view, const size_t *path, const named *names)
{
    if (x->ready && same_names(&x->names, names))
        return;
    x->view = view;
    x->names = *names;
    now_reset(x);
    for (size_t l = view->model->n_layers; l-- > 0;)
        for (size_t k = 0; k < view->model->layer[l].n_out; k++)
            if (names->where == EVERYWHERE || k == path[l] || l + 1 == view->model->n_layers)
                unit_again(x, l, k);
    x->ready = true;
}

/* One element of one image, and how it is run. */
typedef struct {
    now *slot;
    const examination *ex;
    size_t j;
    size_t path[GA_MAX_LAYERS];
} element;

/* The element with the named truths put in, divided by its truth; NaN and infinities give NaN. */
static double
run_again(element *e, const named *names)
{
    const size_t one = names->without == names->n ? 0 : names->without == 0 ? 1 : 2, set = names->softmax == ENTRY ? 3 : 0;
    now *x = e->slot + (names->where == ON_PATH ? SLOTS - 1 : one + set);
    const ga_truth *truth = e->ex->truth + e->j;
    mpfr_ptr r = &x->value[TENSOR_INPUT_GRADIENT][0][e->j];
    run_behind(x, &e->ex->view, e->path, names);
    set_number(r, e->ex->view.computed->value[TENSOR_INPUT_GRADIENT][0] + e->j);
    if (!put(x, TENSOR_INPUT_GRADIENT, 0, e->j))
        sum_again(x, TENSOR_INPUT_GRADIENT, 0, 0, e->j);
    if (!mpfr_number_p(r))
        return NAN;
    if (mpfr_zero_p(r))
        return 0;
    mpfr_div_2si(x->t, r, truth->exponent, MPFR_RNDN);
    const double q = mpfr_get_d(x->t, MPFR_RNDN) / truth->mantissa;
    return q != 0 ? q : mpfr_sgn(r) == truth->sign ? DBL_TRUE_MIN : -DBL_TRUE_MIN; /* only the sign counts */
}

static bool
is_right(double q, double tolerance)
{
    return fabs(q - 1) <= tolerance;
}

typedef enum { HOLDS, ANOTHER_PATH, LIKE_PATH, SECOND_UNDERFLOW, OUTVOTED, MANY_UNITS, INSUFFICIENT, NOT_NEEDED,
               N_OUTCOMES } outcome;
static const char *const outcome_names[N_OUTCOMES] = { "holds", "another path", "a path of like size", "second underflow",
                                                       "outvoted", "many units", "INSUFFICIENT", "NOT NEEDED" };

/* Whether, at a sum on the path, the largest true term does not have the sign of the true sum. */
static bool
is_outvoted(const element *e)
{
    const origin_image *v = &e->ex->view;
    for (size_t l = 0; l < v->model->n_layers; l++) {
        const ga_layer *layer = v->model->layer + l;
        const size_t column = l == 0 ? e->j : e->path[l - 1], k = e->path[l];
        const ga_number *sum = l == 0 ? v->truth->value[TENSOR_INPUT_GRADIENT][0] : v->truth->value[TENSOR_BACK_SUM][l - 1];
        const double w = ga_model_get(v->model, layer->weight, k * layer->n_in + column);
        if (v->truth->value[TENSOR_SCALED][l][k].sign * (w > 0 ? 1 : -1) != sum[column].sign)
            return true;
    }
    return false;
}

/* With one left out. */
static outcome
judge_without(element *e, named names)
{
    const double q = run_again(e, &names);
    names.where = ON_PATH;
    if (run_again(e, &names) > 0 || is_right(q, e->ex->view.tolerance))
        return NOT_NEEDED;
    return q > FAR_SMALLER ? LIKE_PATH : q > 0 ? ANOTHER_PATH : HOLDS;
}

/* *right: with all put in, the value is right within the tolerance. */
static outcome
judge(bool *right, element *e, const origin *found, size_t n, int softmax)
{
    const bool lost = e->ex->finding[e->j].cell == GA_CELL_LOST;
    named names = { .n = n, .without = n, .softmax = softmax, .where = EVERYWHERE, .arithmetic = lost ? OWN : WIDE };
    memcpy(names.list, found, n * sizeof *found);
    for (size_t i = 0; i < n; i++) /* a whole softmax is the same by any of its residuals */
        if (softmax == WHOLE_SOFTMAX && found[i].tensor == TENSOR_DELTA && found[i].layer + 1 == e->ex->view.model->n_layers)
            names.list[i].unit = 0;
    const double q = run_again(e, &names);
    *right = is_right(q, e->ex->view.tolerance);
    if (!(q > 0)) {
        names.arithmetic = WIDE;
        if (lost && run_again(e, &names) > 0)
            return SECOND_UNDERFLOW;
        if (is_outvoted(e))
            return OUTVOTED;
        names.softmax = WHOLE_TENSOR;
        return run_again(e, &names) > 0 ? MANY_UNITS : INSUFFICIENT;
    }
    outcome worst = HOLDS;
    for (names.without = 0; names.without < n; names.without++) {
        const outcome o = judge_without(e, names);
        worst = o > worst ? o : worst;
    }
    return worst;
}

/* Counted for each origin kind; an element of several origins counts with each. */
typedef struct {
    size_t available[GA_CELLS], zeros, zeros_in_image, wrong_in_image;
    size_t several;                /* tested zeros of several origins */
    size_t by_entry;               /* where the claim holds for single residuals too */
    size_t right;                  /* zeros that become right within the tolerance */
    size_t outcome[N_OUTCOMES];
    size_t wrong_sign, sign_right; /* wrong-sign elements tested, and saved; zeros are the zeros tested */
    size_t inaccurate, within;
} count;

static void
check_zero(count *counts, element *e, const origin *found, size_t n)
{
    bool right, right_by_entry;
    const outcome whole = judge(&right, e, found, n, WHOLE_SOFTMAX);
    const size_t last = e->ex->view.model->n_layers - 1;
    const bool softmax = found[0].tensor == TENSOR_DELTA && found[0].layer == last; /* the loss side is the first */
    const outcome entry = softmax ? judge(&right_by_entry, e, found, n, ENTRY) : whole;
    for (size_t i = 0; i < n; i++) {
        count *c = counts + found[i].kind;
        c->zeros++;
        c->zeros_in_image++;
        c->several += n > 1;
        c->outcome[whole]++;
        c->by_entry += entry == HOLDS;
        c->right += right;
    }
}

static void
check_wrong(count *c, element *e, const origin *found)
{
    const named names = { .list = { *found }, .n = 1, .without = 1, .softmax = WHOLE_SOFTMAX, .where = EVERYWHERE,
                          .arithmetic = OWN };
    const bool wrong = e->ex->finding[e->j].cell == GA_CELL_WRONG_SIGN;
    const double q = run_again(e, &names);
    c->wrong_in_image++;
    c->wrong_sign += wrong;
    c->sign_right += wrong && q > 0;
    c->inaccurate += !wrong;
    c->within += !wrong && is_right(q, e->ex->view.tolerance);
}

static void
check_image(count *counts, now *slot, const examination *ex)
{
    for (size_t s = 0; s < SLOTS; s++)
        slot[s].ready = false;
    for (origin_kind k = 0; k < N_ORIGINS; k++)
        counts[k].zeros_in_image = counts[k].wrong_in_image = 0;
    for (size_t i = 0; i < ex->n; i++) {
        element e = { .slot = slot, .ex = ex, .j = i * 401 % ex->n }; /* all, in an order that is all over the image */
        origin found[MOST_ORIGINS];
        const ga_cell cell = ex->finding[e.j].cell;
        const size_t n = origin_find(found, &ex->view, e.j, cell);
        const bool zero = cell == GA_CELL_LOST || cell == GA_CELL_BELOW_RANGE;
        bool wanted = false;
        for (size_t o = 0; o < n; o++) {
            count *c = counts + found[o].kind;
            c->available[cell]++;
            wanted = wanted || (zero ? c->zeros_in_image : c->wrong_in_image) < PER_IMAGE;
        }
        if (!wanted)
            continue;
        origin_path(e.path, &ex->view, e.j);
        if (zero)
            check_zero(counts, &e, found, n);
        else
            check_wrong(counts + found[0].kind, &e, found);
    }
}

static void
print_count(const count *c, const char *name)
{
    printf("    %s: %zu lost, %zu below-range, %zu wrong-sign, %zu inaccurate\n", name, c->available[GA_CELL_LOST],
           c->available[GA_CELL_BELOW_RANGE], c->available[GA_CELL_WRONG_SIGN], c->available[GA_CELL_INACCURATE]);
    if (c->zeros > 0) {
        printf("        zeros: of %zu tested, %zu of several origins:", c->zeros, c->several);
        for (outcome o = 0; o < N_OUTCOMES; o++)
            if (c->outcome[o] > 0)
                printf(" %s %zu (%.2f %%),", outcome_names[o], c->outcome[o], 100.0 * (double)c->outcome[o] / (double)c->zeros);
        printf(" value right %zu, holds with single entries %zu\n", c->right, c->by_entry);
    }
    if (c->wrong_sign + c->inaccurate > 0)
        printf("        wrong-sign: %zu of %zu saved; inaccurate: %zu of %zu\n", c->sign_right, c->wrong_sign, c->within,
               c->inaccurate);
}

static void
check_count(const count *c, const char *name, bool edge)
{
    print_count(c, name);
    ASSERT(c->outcome[INSUFFICIENT] == 0, "%s: %zu elements", name, c->outcome[INSUFFICIENT]);
    ASSERT(c->outcome[NOT_NEEDED] == 0, "%s: %zu elements", name, c->outcome[NOT_NEEDED]);
    if (edge)
        return;
    const size_t exceptions = c->outcome[LIKE_PATH] + c->outcome[SECOND_UNDERFLOW] + c->outcome[OUTVOTED] + c->outcome[MANY_UNITS];
    ASSERT((double)exceptions <= RARE * (double)c->zeros, "%s: %zu elements", name, exceptions);
    ASSERT((double)c->sign_right >= SAVED_SIGNS * (double)c->wrong_sign, "%s", name);
    ASSERT((double)c->within >= SAVED_VALUES * (double)c->inaccurate, "%s", name);
}

static bool
enough(const count *counts)
{
    bool all = true, any = false;
    for (origin_kind k = 0; k < N_ORIGINS; k++) {
        const size_t wrong = counts[k].wrong_sign + counts[k].inaccurate;
        any = any || counts[k].zeros + wrong > 0;
        all = all && (counts[k].zeros == 0 || counts[k].zeros >= SAMPLE) && (wrong == 0 || wrong >= SAMPLE);
    }
    return all && any;
}

static void
check_network(const char *name, const char *format, double gain, double logit_scale, size_t most_images)
{
    ga_model *m = shipped_model(name);
    ga_dataset *ds = shipped_images(most_images);
    ga_estimator e = network_estimator(format, GA_NAIVE, GA_PRODUCT_DEFAULT);
    count counts[N_ORIGINS] = { 0 };
    now slot[SLOTS];
    char text[128];
    size_t i = 0;
    e.gain = gain;
    e.logit_scale = logit_scale;
    for (size_t s = 0; s < SLOTS; s++)
        now_open(slot + s, m, e.format.bits);
    for (; i < most_images && !enough(counts); i++) {
        examination ex;
        const bool ok = ASSERT(examine(&ex, m, ds, i, &e, 0.01, NULL) == GA_OK);
        if (ok)
            check_image(counts, slot, &ex);
        examination_free(&ex);
    }
    ga_estimator_name(text, sizeof text, &e);
    printf("\n  %s, %s, %zu images:\n", name, text, i);
    for (origin_kind k = 0; k < N_ORIGINS; k++)
        if (counts[k].zeros + counts[k].wrong_sign + counts[k].inaccurate > 0)
            check_count(counts + k, origin_names[k], gain * logit_scale > 8);
    for (size_t s = 0; s < SLOTS; s++)
        now_close(slot + s);
    ga_dataset_free(ds);
    ga_model_free(m);
}

static void
saturated_sigmoid(void)
{
    check_network("saturated-sigmoid", "float", 1, 1, 60);
    check_network("saturated-sigmoid", "double", 1, 1, 110);
}

/* Logits 8 times as large: softmax saturates too; with the gain as well, residuals are at the edge of the range. */
static void
vanilla_sigmoid(void)
{
    check_network("vanilla-sigmoid", "float", 1, 1, 30);
    check_network("vanilla-sigmoid", "double", 1, 1, 5);
    check_network("vanilla-sigmoid", "float", 1, 8, 15);
    check_network("vanilla-sigmoid", "float", 4, 8, 40);
}

/* Logits 64 times as small: most elements are inaccurate, not 0. */
static void
saturated_relu(void)
{
    check_network("saturated-relu", "float", 1, 1, 40);
    check_network("saturated-relu", "float", 1, 0x1p-6, 10);
}

TEST_MAIN("intervention", TEST(saturated_sigmoid), TEST(vanilla_sigmoid), TEST(saturated_relu))
