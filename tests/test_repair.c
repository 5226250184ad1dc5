/* SPDX-License-Identifier: Apache-2.0 */
/* test_repair.c -- repair_judge, from kept sums, agrees with the run for any truths put in. */
#include "audit/examine.h"
#include "audit/operation.h"
#include "audit/repair.h"
#include "networks.h"
#include "shipped.h"
#include "test.h"

enum { IMAGES = 6 };

typedef struct {
    size_t judged, open, right;
} counts;

/* The finding's own question, of a tape. */
static bool
is_right(const origin_image *image, const image_tape *tape, size_t j, ga_cell cell)
{
    const ga_number *now = &tape->value[TENSOR_INPUT_GRADIENT][0][j];
    origin_image view = *image;
    origin_kind kind;
    view.computed = tape;
    if (cell == GA_CELL_INACCURATE)
        return !operation_fault(&kind, &view, TENSOR_INPUT_GRADIENT, 0, j);
    return now->klass != GA_ZERO && now->klass != GA_NAN && now->klass != GA_INFINITE &&
           now->sign == image->truth->value[TENSOR_INPUT_GRADIENT][0][j].sign;
}

/* The element's origins, some left out, and some operations anywhere. */
static size_t
draw_names(origin *names, const examination *x, size_t j, uint64_t *state)
{
    static const engine_tensor tensors[] = { TENSOR_DERIVATIVE, TENSOR_DELTA, TENSOR_SCALED, TENSOR_BACK_SUM };
    origin found[MOST_ORIGINS];
    const ga_model *m = x->view.model;
    const size_t n = origin_find(found, &(size_t){ 0 }, &x->view, j, x->finding[j].cell);
    size_t used = 0;
    for (size_t i = 0; i < n && i < 8; i++)
        if (test_random(state) % 4 > 0)
            names[used++] = found[i];
    for (size_t more = test_random(state) % 4; more > 0; more--) {
        const size_t l = test_random(state) % m->n_layers;
        engine_tensor tensor = tensors[test_random(state) % 4];
        if (l + 1 == m->n_layers)
            tensor = TENSOR_DELTA;
        names[used++] = (origin){ .tensor = tensor, .layer = l, .unit = test_random(state) % m->layer[l].n_out };
    }
    return used;
}

static void
check_image(counts *c, const examination *x, uint64_t *state)
{
    for (size_t j = 0; j < x->n; j += 1 + test_random(state) % 7) {
        const ga_cell cell = x->finding[j].cell;
        origin names[MOST_ORIGINS];
        if (cell != GA_CELL_LOST && cell != GA_CELL_BELOW_RANGE && cell != GA_CELL_WRONG_SIGN && cell != GA_CELL_INACCURATE)
            continue;
        const size_t n = draw_names(names, x, j, state);
        if (n == 0)
            continue;
        const int judged = repair_judge(x->view.again, &x->view, names, n, j, cell);
        const bool right = is_right(&x->view, repair_run(x->view.again, &x->view, names, n, j), j, cell);
        ASSERT(judged < 0 || judged == right, "element %zu, %s, %zu names: %d, not %d", j, ga_cell_names[cell], n, judged, right);
        c->open += judged < 0;
        c->judged += judged >= 0;
        c->right += right;
    }
}

static void
check_network(const char *name, const char *format, double gain, double logit_scale, ga_loss loss)
{
    ga_model *m = shipped_model(name);
    ga_dataset *ds = shipped_images(IMAGES);
    ga_estimator e = network_estimator(format, GA_NAIVE, GA_PRODUCT_DEFAULT);
    uint64_t state = test_seed();
    counts c = { 0 };
    e.gain = gain;
    e.logit_scale = logit_scale;
    e.loss = loss;
    for (size_t i = 0; i < IMAGES; i++) {
        examination x;
        if (test_every() > 1 && i % 3 != test_seed() % 3)
            continue;
        if (ASSERT(examine(&x, m, ds, i, &e, 0.01, NULL) == GA_OK))
            check_image(&c, &x, &state);
        examination_free(&x);
    }
    printf("\n  %s %s gain %g logit scale %g%s: %zu judged, %zu left to the run, %zu right\n", name, format, gain, logit_scale,
           loss == GA_MARGIN ? " margin" : "", c.judged, c.open, c.right);
    ASSERT(c.judged > 4 * c.open && c.judged > 100);
    ga_dataset_free(ds);
    ga_model_free(m);
}

static void
judges_as_it_runs(void)
{
    check_network("saturated-sigmoid", "float", 1, 1, GA_CROSS_ENTROPY);
    check_network("saturated-sigmoid", "double", 1, 1, GA_CROSS_ENTROPY);
    check_network("saturated-sigmoid", "double", 1, 1, GA_MARGIN);
    check_network("saturated-sigmoid", "float", 0x1p-7, 1, GA_CROSS_ENTROPY);
    check_network("vanilla-sigmoid", "float", 4, 8, GA_CROSS_ENTROPY);
    check_network("saturated-relu", "float", 1, 1, GA_CROSS_ENTROPY);
    check_network("saturated-relu", "float", 0x1p-7, 0x1p-6, GA_CROSS_ENTROPY); /* no function that takes a gain */
}

TEST_MAIN("repair", TEST(judges_as_it_runs))
