/* SPDX-License-Identifier: Apache-2.0 */
/* test_intervene.c -- for any truths put in, the run is what intervene.h says, done here number by number in MPFR; intervene_judge,
   from kept sums, agrees with it. */
#include "audit/examine.h"
#include "blame/group.h"
#include "blame/intervene.h"
#include "blame/judge.h"
#include "networks.h"
#include "graphs.h"
#include "graph/op_graph.h"
#include "model/model.h"
#include "num/mpfr_vec.h"
#include "shipped.h"
#include "test.h"

enum { IMAGES = 6 };

typedef struct {
    size_t judged, open, right;
} counts;

/* The finding's own question, of a tape. */
static bool
is_right(const blame_image *image, const blame_tape *tape, size_t j, ga_cell cell)
{
    const value_id leaf = image->net->leaf;
    const ga_number *now = tape->value[leaf] + j;
    blame_image view = *image;
    origin_kind kind;
    view.computed = tape;
    if (cell == GA_CELL_INACCURATE)
        return !judge_fault(&kind, &view, (blame_place){ leaf, j });
    return now->klass != GA_ZERO && now->klass != GA_NAN && now->klass != GA_INFINITE &&
           now->sign == image->truth->value[leaf][j].sign;
}

/* Any number that the gradient is made of. */
static origin
draw_any(const blame_net *net, uint64_t *state)
{
    value_id v;
    do
        v = test_random(state) % net->p->n_values;
    while (!net->examined[v] || blame_reaches(net, v, net->leaf) == REACHES_NOT);
    return (origin){ .value = v, .at = test_random(state) % blame_size(net, v) };
}

/* The element's origins, some left out, and some operations anywhere. */
static size_t
draw_names(origin *names, const examination *x, size_t j, uint64_t *state)
{
    static const network_tensor tensors[] = { TENSOR_DERIVATIVE, TENSOR_DELTA, TENSOR_SCALED, TENSOR_BACK_SUM };
    origin found[MOST_ORIGINS];
    const ga_model *m = x->model;
    const size_t n = origin_find(found, &(size_t){ 0 }, &x->view, j, x->finding[j].cell);
    size_t used = 0;
    for (size_t i = 0; i < n && i < 8; i++)
        if (test_random(state) % 4 > 0)
            names[used++] = found[i];
    for (size_t more = test_random(state) % 4; more > 0; more--) {
        if (m->n_layers == 0) {
            names[used++] = draw_any(x->view.net, state);
            continue;
        }
        const size_t l = test_random(state) % m->n_layers;
        network_tensor tensor = tensors[test_random(state) % 4];
        if (l + 1 == m->n_layers)
            tensor = TENSOR_DELTA;
        names[used++] = (origin){ .value = network_value(x->view.net->p, m->n_layers, tensor, l),
                                  .at = test_random(state) % m->layer[l].n_out };
    }
    return used;
}

/* Also if one is subnormal in its format and the other is not. */
static bool
same_number(const ga_number *a, const ga_number *b)
{
    return (a->klass == GA_ZERO) == (b->klass == GA_ZERO) && a->exponent == b->exponent &&
           (a->mantissa == b->mantissa || (a->klass == GA_NAN && b->klass == GA_NAN));
}

/* What is run again, and which numbers have changed. */
typedef struct {
    const examination *x;
    const blame_tape *now;
    const origin *names;
    size_t n;
    bool **changed;
    groups *g;
    blame_run *runs;
} rerun;

static bool
is_put(const rerun *r, value_id v, size_t at)
{
    for (size_t i = 0; i < r->n; i++) {
        size_t first;
        const size_t n = r->names[i].value == v ? blame_group(&first, r->x->view.net, v, r->names[i].at) : 0;
        if (n > 0 && at >= first && at < first + n)
            return true;
    }
    return false;
}

/* Whether a number that one is made of has changed; *n_runs: what it is made of. */
static bool
made_of_changed(rerun *r, size_t *n_runs, value_id v, size_t at)
{
    const blame_net *const net = r->x->view.net;
    bool any = false;
    *n_runs = blame_runs(r->runs, net, v, at);
    for (size_t k = 0; k < *n_runs; k++)
        for (size_t i = 0; i < r->runs[k].n; i++) {
            const blame_run *const run = r->runs + k;
            any = any || (net->examined[run->a] && r->changed[run->a][run->a_first + i * run->a_step]) ||
                  (run->b != NO_VALUE && net->examined[run->b] && r->changed[run->b][run->b_first + i * run->b_step]);
        }
    return any;
}

/* The sum of rounded products, exact and then rounded, to 106 bits first; what is stored. */
static ga_number
made_again(rerun *r, value_id v, size_t n_runs)
{
    const blame_net *const net = r->x->view.net;
    const long bits = r->x->view.e.format.bits;
    mpfr_t sum, wide, term, factor, product, rounded;
    ga_number made;
    mpfr_inits2(bits, product, rounded, (mpfr_ptr)0);
    const bool stored = blame_depends(net, v) == DEPENDS_STORED;
    mpfr_init2(term, stored ? GA_NUMBER_BITS : 53); /* a truth is stored with all its bits */
    mpfr_init2(factor, 53);
    mpfr_init2(sum, 20000); /* all exponents that occur */
    mpfr_init2(wide, 106);
    mpfr_set_zero(sum, 1);
    for (size_t k = 0; k < n_runs; k++)
        for (size_t i = 0; i < r->runs[k].n; i++) {
            const blame_run *const run = r->runs + k;
            const ga_number a = blame_tape_number(r->now, run->a, run->a_first + i * run->a_step);
            mpfr_vec_set_number(term, &a);
            if (run->b == NO_VALUE) {
                (run->negated ? mpfr_sub : mpfr_add)(sum, sum, term, MPFR_RNDN);
                continue;
            }
            const ga_number b = blame_tape_number(r->now, run->b, run->b_first + i * run->b_step);
            if (b.klass == GA_ZERO && blame_row(net, v)->selects)
                continue;
            mpfr_vec_set_number(factor, &b);
            (run->divided ? mpfr_div : mpfr_mul)(product, term, factor, MPFR_RNDN);
            (run->negated ? mpfr_sub : mpfr_add)(sum, sum, product, MPFR_RNDN);
        }
    if (stored)
        blame_row(net, v)->store(sum, blame_maker(net, v), 0);
    mpfr_set(wide, sum, MPFR_RNDN);
    mpfr_set(rounded, wide, MPFR_RNDN);
    mpfr_vec_number(&made, rounded);
    mpfr_clears(sum, wide, term, factor, product, rounded, (mpfr_ptr)0);
    return made;
}

static void
check_number(rerun *r, size_t k, value_id v, size_t at, bool *ran)
{
    const blame_net *const net = r->x->view.net;
    const ga_number *const now = r->now->value[v] + at, *want = r->x->view.computed->value[v] + at;
    ga_number made = *want;
    size_t n_runs;
    if (is_put(r, v, at)) {
        want = r->x->view.truth->value[v] + at;
        r->changed[v][at] = true;
    } else if (made_of_changed(r, &n_runs, v, at)) {
        const bool group = blame_depends(net, v) == DEPENDS_GROUP;
        if (group && !*ran)
            groups_run(r->g, k, r->now->value, &r->x->label);
        *ran = *ran || group;
        made = group ? groups_made(r->g, v, at) : made_again(r, v, n_runs);
        r->changed[v][at] = group || !same_number(&made, want);
        want = r->changed[v][at] ? &made : want;
    }
    ASSERT(want->klass == GA_ZERO ? now->klass == GA_ZERO : same_number(now, want),
           "%s %zu of value %zu: %a 2^%ld, not %a 2^%ld", net->p->value[v].what, at, v, now->mantissa, (long)now->exponent,
           want->mantissa, (long)want->exponent);
}

/* Every number that the gradient depends on; of the last ones, only what element j does. */
static void
check_run(const examination *x, const origin *names, size_t n, size_t j)
{
    const blame_net *const net = x->view.net;
    rerun r = { x, intervene_run(x->view.again, &x->view, names, n, j), names, n, calloc(net->p->n_values, sizeof *r.changed),
                groups_new(net, &x->view.e), calloc(net->most_runs, sizeof *r.runs) };
    value_id last = net->leaf;
    while (blame_depends(net, last) == DEPENDS_STORED || blame_row(net, last)->product)
        last = blame_maker(net, last)->in[0];
    for (value_id v = 0; v < net->p->n_values; v++)
        r.changed[v] = calloc(blame_size(net, v) + 1, sizeof **r.changed);
    for (size_t k = net->p->n_once; k < net->p->n_backward; k++) {
        const instruction *const i = net->p->code + k;
        bool ran = false;
        for (size_t o = op_graph_of(i->op)->n_out; o-- > 0;) {
            const value_id v = i->out[o];
            const bool end = k >= net->maker[last];
            if (net->examined[v] && blame_reaches(net, v, net->leaf) != REACHES_NOT)
                for (size_t at = end ? j : 0; at < (end ? j + 1 : blame_size(net, v)); at++)
                    check_number(&r, k, v, at, &ran);
        }
    }
    for (value_id v = 0; v < net->p->n_values; v++)
        free(r.changed[v]);
    free(r.changed);
    groups_free(r.g);
    free(r.runs);
}

/* A workspace that has run nothing yet makes the same of it. */
static void
check_fresh_and_run(const examination *x, const origin *names, size_t n, size_t j)
{
    const value_id leaf = x->view.net->leaf;
    interventions *fresh = intervene_new(x->view.net, &x->view.e);
    if (!ASSERT(fresh != NULL))
        return;
    const ga_number now = intervene_run(fresh, &x->view, names, n, j)->value[leaf][j];
    const ga_number again = intervene_run(x->view.again, &x->view, names, n, j)->value[leaf][j];
    ASSERT(same_number(&now, &again), "element %zu", j);
    intervene_free(fresh);
    check_run(x, names, n, j);
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
        const int judged = intervene_judge(x->view.again, &x->view, names, n, j, cell);
        const bool right = is_right(&x->view, intervene_run(x->view.again, &x->view, names, n, j), j, cell);
        ASSERT(judged < 0 || judged == right, "element %zu, %s, %zu names: %d, not %d", j, ga_cell_names[cell], n, judged, right);
        if (x->model->n_layers == 0)
            check_fresh_and_run(x, names, n, j);
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

/* Also where the last sum is a convolution, a pool or a sum of two. */
static void
judges_other_networks(void)
{
    uint64_t state = test_seed();
    counts c = { 0 };
    mpfr_vec_widest_range(); /* as in audits: true values of this test have exponents that no default range has */
    for (size_t k = 0; k < 40 * (N_GRAPHS + 1); k++) {
        const size_t which = k % (N_GRAPHS + 1);
        const graph_case *const g = which < N_GRAPHS ? graphs + which : &(graph_case){ "pooled", graph_pooled, -1 };
        if (g->loss == GA_UPSTREAM) /* of no audit */
            continue;
        ga_model *m = model_of_graph(g->make(GA_F32, &state), NULL);
        for (size_t p = 0; p < m->graph->n_parameters; p++) {
            const graph_parameter *const w = m->graph->parameter + p;
            for (size_t n = 0; !w->constant && n < w->rows * w->cols; n++)
                ga_model_set(m, w->exact, n, 16 * ga_model_get(m, w->exact, n));
        }
        ga_dataset *ds = network_images(m, 1, &state);
        ga_estimator e = network_estimator(k / (N_GRAPHS + 1) % 4 == 3 ? "double" : "float", GA_NAIVE, GA_LOOP);
        e.loss = g->loss >= 0 ? (ga_loss)g->loss : GA_CROSS_ENTROPY;
        examination x;
        if (ASSERT(examine(&x, m, ds, 0, &e, 0.01, NULL) == GA_OK, "%s", g->name))
            for (int round = 0; round < 8; round++)
                check_image(&c, &x, &state);
        examination_free(&x);
        ga_dataset_free(ds);
        ga_model_free(m);
    }
    printf("\n  %zu judged, %zu left to the run, %zu right\n", c.judged, c.open, c.right);
    ASSERT(c.judged > 100);
}

TEST_MAIN("intervene", TEST(judges_as_it_runs), TEST(judges_other_networks))
