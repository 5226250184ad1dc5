/* SPDX-License-Identifier: Apache-2.0 */
/* test_blame.c -- are the origins the causes, in networks that are graphs? As test_intervention.c asks it of chains of layers: with
   the true values at exactly its origins an element is right, with any one left out, and what that feeds, it is not. No exceptions.

   Convolutions, max pooling, residual sums, leaky ReLU, squared errors, float16 stores, precision recipes and gradients of weights
   over several images; random weights, on some dials so large, small or nearly equal that every kind of origin occurs. SAMPLE
   elements of each are tested, or all that there are but for PER_IMAGE.

   The intervention is written here a second time, apart from src/blame/intervene.c, as plainly as it can be: all instructions in
   order, all numbers of each. What a number is made of is the column's (blame_runs), which test_terms.c compares with the pass.
   Products are rounded to the format's precision, sums are exact and then rounded, everything has all exponents. What is made as a
   group is made by the pass itself, in MPFR, and has changed if one of its operands has. */
#include <string.h>

#include "blame/intervene.h"
#include "exact/engines.h"
#include "graph/op_graph.h"
#include "networks.h"
#include "graphs.h"
#include "model/model.h"
#include "num/narrow.h"
#include "num/mpfr_vec.h"
#include "pass/ball_engine.h"
#include "pass/operands.h"
#include "pass/truth.h"

#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"

#define SAMPLE (1000 / test_every())
enum { PER_IMAGE = 24, TRUTH_BITS = 512, MOST_IMAGES = 4 };
static const double TOLERANCE = 0.01;

/* ---- one gradient, and its truth --------------------------------------------------------------------------------- */

typedef struct {
    const ga_model *model;
    blame_net *net;
    blame_tape *computed, *truth;
    uint32_t label[MOST_IMAGES];
    blame_image image;
    size_t n; /* elements */
} gradient;

/* A tape of balls has truths of its values. */
static void
run_engine(const engine_ops *ops, blame_tape *t, const ga_model *m, ga_estimator e, bool weights, const double *x,
           const uint32_t *label, size_t images)
{
    void *const engine = ops->open(&(engine_key){ m, e, 1 + images, weights, true, false }, NULL);
    if (!ASSERT(engine != NULL))
        return;
    for (size_t i = 0; i <= images; i++) /* the first row is padding */
        ops->set_image(engine, i, x + (i > 0 ? i - 1 : 0) * ga_model_inputs(m), i > 0 ? label[i - 1] : 0);
    ops->set_rows(engine, 1 + images, 1, 1 + images);
    ops->forward(engine);
    ASSERT(ops->backward(engine));
    blame_tape_read(t, ops, engine, 1);
    ops->close(engine);
}

/* parameter SIZE_MAX: of the input of one image. */
static void
gradient_open(gradient *g, const ga_model *m, ga_estimator e, size_t parameter, const double *x, const uint32_t *label,
              size_t images)
{
    engine_ops balls = engine_ball;
    ga_estimator exact = e = engine_estimator(&e, m);
    balls.truths = ball_engine_truths;
    exact.format = (ga_format){ .kind = GA_EXACT, .bits = TRUTH_BITS };
    exact.product = GA_DOT;
    *g = (gradient){ .model = m, .net = blame_net_new(m, &e, parameter, images) };
    if (!ASSERT(g->net != NULL))
        exit(99);
    g->computed = blame_tape_new(g->net, false);
    g->truth = blame_tape_new(g->net, true);
    g->n = blame_size(g->net, g->net->leaf);
    memcpy(g->label, label, images * sizeof *label);
    g->image = (blame_image){ .net = g->net, .shape = g->net->shape, .e = e, .label = g->label,
                              .tolerance = blame_tolerance(TOLERANCE, e.format), .computed = g->computed, .truth = g->truth,
                              .again = intervene_new(g->net, &e) };
    if (!ASSERT(g->computed != NULL && g->truth != NULL && g->image.again != NULL))
        exit(99);
    g->computed->constant = intervene_constants(g->image.again);
    run_engine(engine_find(e.format), g->computed, m, e, parameter != SIZE_MAX, x, label, images);
    run_engine(&balls, g->truth, m, exact, parameter != SIZE_MAX, x, label, images);
}

static void
gradient_close(gradient *g)
{
    intervene_free(g->image.again);
    blame_tape_free(g->computed);
    blame_tape_free(g->truth);
    blame_net_free(g->net);
}

static ga_cell
cell_of(const gradient *g, size_t j)
{
    const value_id leaf = g->net->leaf;
    return ga_find(g->computed->value[leaf] + j, g->truth->truth[leaf] + j, g->image.e.format, TOLERANCE).cell;
}

static bool
is_faulty(ga_cell cell)
{
    return cell != GA_CELL_ZERO && cell != GA_CELL_RIGHT && cell != GA_CELL_UNDECIDED;
}

/* ---- the intervention, a second time ----------------------------------------------------------------------------- */

typedef struct {
    const gradient *g;
    const program *p;
    ga_number **value; /* [value][number], now */
    bool **changed;
    bool *any; /* [value] */
    blame_run *runs;
    ctx_mp *ctx;
    tape_mp *tape; /* groups are made here */
    bool ready;    /* the names that the last run was with */
    origin names[MOST_ORIGINS];
    size_t n_names;
} redo;

static void
redo_open(redo *r, const gradient *g)
{
    const blame_net *const net = g->net;
    ga_estimator wide = g->image.e;
    wide.format = (ga_format){ .kind = GA_MPFR, .bits = g->image.e.format.bits };
    wide.product = GA_LOOP;
    wide.gain = wide.logit_scale = 1;
    *r = (redo){ .g = g, .p = net->p, .runs = malloc(net->most_runs * sizeof *r->runs), .ctx = ctx_new_mp(&wide) };
    r->value = calloc(net->p->n_values, sizeof *r->value);
    r->changed = calloc(net->p->n_values, sizeof *r->changed);
    r->any = calloc(net->p->n_values, sizeof *r->any);
    r->tape = tape_new_mp(net->p, NULL, NULL, net->shape.rows, r->ctx);
    memcpy(r->tape->label, g->label, net->shape.rows * sizeof *g->label);
    for (size_t v = 0; v < net->p->n_values; v++)
        if (net->kept[v]) {
            r->value[v] = malloc(blame_size(net, v) * sizeof **r->value);
            r->changed[v] = malloc(blame_size(net, v) * sizeof **r->changed);
        }
}

static void
redo_close(redo *r)
{
    for (size_t v = 0; v < r->p->n_values; v++) {
        free(r->value[v]);
        free(r->changed[v]);
    }
    free(r->value);
    free(r->changed);
    free(r->any);
    free(r->runs);
    tape_free_mp(r->tape);
    ctx_free_mp(r->ctx);
}

static void
set_mpfr(mpfr_ptr r, const ga_number *a)
{
    mpfr_t sum;
    mpfr_init2(sum, 200);
    mpfr_set_d(sum, a->mantissa, MPFR_RNDN);
    mpfr_add_d(sum, sum, a->rest[0], MPFR_RNDN);
    mpfr_add_d(sum, sum, a->rest[1], MPFR_RNDN);
    if (a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL)
        mpfr_mul_2si(sum, sum, a->exponent, MPFR_RNDN);
    mpfr_set(r, sum, MPFR_RNDN);
    mpfr_clear(sum);
}

/* Bits for what the pass computed, and the model's numbers. */
static mpfr_prec_t
bits_of(const redo *x)
{
    const long bits = x->g->image.e.format.bits;
    return bits > 53 ? (mpfr_prec_t)bits : 53;
}

/* r = number i of a value, now. */
static void
get_now(mpfr_ptr r, const redo *x, value_id v, size_t i)
{
    if (x->value[v] != NULL)
        set_mpfr(r, x->value[v] + i);
    else
        mpfr_set_d(r, blame_number(x->g->computed->constant + v, i), MPFR_RNDN);
}

static ga_number
sum_of(const redo *x, value_id v, size_t n_runs)
{
    const mpfr_prec_t bits = x->g->image.e.format.bits;
    size_t all = 0, n = 0;
    for (size_t r = 0; r < n_runs; r++)
        all += x->runs[r].n;
    __mpfr_struct *const term = mpfr_vec_new(all + 1, bits_of(x));
    mpfr_ptr *const terms = malloc((all + 1) * sizeof *terms);
    mpfr_t b, product, sum;
    ga_number made;
    mpfr_init2(b, bits_of(x));
    mpfr_init2(product, bits);
    mpfr_init2(sum, bits);
    for (size_t r = 0; r < n_runs; r++)
        for (size_t k = 0; k < x->runs[r].n; k++) {
            const blame_run *const run = x->runs + r;
            get_now(term + n, x, run->a, run->a_first + k * run->a_step);
            if (run->b != NO_VALUE) {
                get_now(b, x, run->b, run->b_first + k * run->b_step);
                if (blame_row(x->g->net, v)->selects && mpfr_zero_p(b))
                    continue;
                (run->divided ? mpfr_div : mpfr_mul)(product, term + n, b, MPFR_RNDN);
                mpfr_set(term + n, product, MPFR_RNDN);
            }
            if (x->runs[r].negated)
                mpfr_neg(term + n, term + n, MPFR_RNDN);
            terms[n] = term + n;
            n++;
        }
    mpfr_sum(sum, terms, n, MPFR_RNDN);
    mpfr_vec_whole_number(&made, sum);
    mpfr_clears(b, product, sum, (mpfr_ptr)0);
    free(term);
    free(terms);
    return made;
}

/* As a narrower format, or float, holds it, with the scale that the pass had. */
static ga_number
stored_of(const redo *x, value_id v, size_t at)
{
    mpfr_t from;
    ga_number made;
    mpfr_init2(from, 53);
    get_now(from, x, x->runs->a, x->runs->a_first);
    const int k = (int)blame_tape_scale(x->g->computed, v, at);
    const double d = ldexp(mpfr_get_d(from, MPFR_RNDN), k);
    const ga_format to = blame_maker(x->g->net, v)->a.format;
    const narrow64 rules = narrow64_of(to);
    const double r = to.bits == 24 ? (double)(float)d
                     : to.rounding == GA_TOWARD_ZERO ? narrow_double_toward_zero(d, &rules) : narrow_double(d, &rules);
    mpfr_set_d(from, ldexp(r, -k), MPFR_RNDN);
    mpfr_vec_number(&made, from);
    mpfr_clear(from);
    return made;
}

/* Instruction k on the tape, from all its operands. */
static void
make_group(redo *x, size_t k)
{
    const instruction *const i = x->p->code + k;
    for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++)
        for (size_t n = 0; x->value[i->in[o]] != NULL && n < blame_size(x->g->net, i->in[o]); n++)
            get_now(x->tape->value[i->in[o]].e + n, x, i->in[o], n);
    pass_run_mp(x->tape, k, k + 1, x->ctx);
}

static bool
is_named(const redo *x, value_id v, size_t at)
{
    for (size_t i = 0; i < x->n_names; i++) {
        size_t first;
        if (x->names[i].value != v)
            continue;
        const size_t n = blame_group(&first, x->g->net, v, x->names[i].at);
        if (at - first < n)
            return true;
    }
    return false;
}

/* Whether the number is made of one that is marked; its runs are x's then. A mask is a choice, as a derivative is: what it chose,
   which is made by the same instruction, stays while its window does. */
static bool
any_marked(redo *x, size_t *n_runs, value_id v, size_t at)
{
    bool any = false;
    *n_runs = blame_runs(x->runs, x->g->net, v, at);
    for (size_t r = 0; r < *n_runs && !any; r++)
        for (size_t k = 0; k < x->runs[r].n && !any; k++) {
            const blame_run *const run = x->runs + r;
            const bool *const a = x->changed[run->a], *const b = run->b != NO_VALUE ? x->changed[run->b] : NULL;
            any = (a != NULL && a[run->a_first + k * run->a_step]) ||
                  (b != NULL && x->g->net->maker[run->b] != x->g->net->maker[v] && b[run->b_first + k * run->b_step]);
        }
    return any;
}

/* Number `at`, which instruction k makes; *made: its group is on the tape. */
static void
number_again(redo *x, size_t k, bool *made, value_id v, size_t at)
{
    const ga_number was = x->g->computed->value[v][at];
    ga_number now = was;
    size_t n_runs;
    bool changed = true;
    if (is_named(x, v, at)) {
        now = x->g->truth->value[v][at];
    } else if (any_marked(x, &n_runs, v, at)) {
        const dependence depends = blame_depends(x->g->net, v);
        if (depends == DEPENDS_GROUP) {
            if (!*made)
                make_group(x, k);
            *made = true;
            mpfr_vec_whole_number(&now, x->tape->value[v].e + at);
        } else {
            now = depends == DEPENDS_SUM ? sum_of(x, v, n_runs) : stored_of(x, v, at);
            changed = !(engine_double(&now) == engine_double(&was) && now.exponent == was.exponent && now.rest[0] == was.rest[0] &&
                        now.rest[1] == was.rest[1]);
        }
    } else
        changed = false;
    x->value[v][at] = now;
    x->changed[v][at] = changed;
    x->any[v] = x->any[v] || changed;
}

static bool
same_names(const redo *x, const origin *names, size_t n)
{
    bool all = x->ready && n == x->n_names;
    for (size_t i = 0; all && i < n; i++)
        all = names[i].value == x->names[i].value && names[i].at == x->names[i].at;
    return all;
}

static bool
names_any(const redo *x, value_id v)
{
    bool any = false;
    for (size_t i = 0; i < x->n_names; i++)
        any = any || x->names[i].value == v;
    return any;
}

static void
reset(redo *x)
{
    for (size_t v = 0; v < x->p->n_values; v++) {
        x->any[v] = false;
        if (x->value[v] == NULL)
            continue;
        memcpy(x->value[v], x->g->computed->value[v], blame_size(x->g->net, v) * sizeof **x->value);
        memset(x->changed[v], 0, blame_size(x->g->net, v) * sizeof **x->changed);
    }
}

static bool
operands_marked(const redo *x, const instruction *i)
{
    bool any = false;
    for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++)
        any = any || x->any[i->in[o]];
    return any;
}

/* Masks, which are second, are made before what they choose. */
static void
run_again(redo *x, const origin *names, size_t n)
{
    const blame_net *const net = x->g->net;
    if (same_names(x, names, n))
        return;
    memcpy(x->names, names, n * sizeof *names);
    x->n_names = n;
    x->ready = true;
    reset(x);
    for (size_t k = x->p->n_once; k < x->p->n_backward; k++) {
        const instruction *const i = x->p->code + k;
        bool made = false;
        for (size_t o = op_graph_of(i->op)->n_out; o-- > 0;)
            if (net->examined[i->out[o]] && i->out[o] != net->leaf &&
                (operands_marked(x, i) || names_any(x, i->out[o])))
                for (size_t at = 0; at < blame_size(net, i->out[o]); at++)
                    number_again(x, k, &made, i->out[o], at);
    }
}

/* Of a number of the true sign: within the tolerance, or an ulp of the last format that it is stored in. */
static bool
is_near(const gradient *g, const ga_number *now, const ga_truth *truth)
{
    int scale;
    const long bits = recipe_last(&scale, g->image.e.format).bits;
    const int64_t apart = now->exponent - truth->exponent;
    const double off = apart >= -2 && apart <= 2 ? fabs(ldexp(now->mantissa, (int)apart) / truth->mantissa - 1) : INFINITY;
    return off <= g->image.tolerance || (bits < 24 && off * fabs(truth->mantissa) <= ldexp(1, 1 - (int)bits));
}

static bool
is_right_with(redo *x, const origin *names, size_t n, size_t j, ga_cell cell)
{
    const value_id leaf = x->g->net->leaf;
    const ga_truth *const truth = x->g->truth->truth[leaf] + j;
    bool made = true; /* the leaf is no group */
    run_again(x, names, n);
    number_again(x, x->g->net->maker[leaf], &made, leaf, j);
    const ga_number *const now = x->value[leaf] + j;
    if (now->klass == GA_INFINITE || now->klass == GA_NAN)
        return false;
    if (truth->state == GA_UNDECIDED_ELEMENT)
        return true;
    if (now->sign != (truth->state == GA_TRUE_ZERO ? 0 : truth->sign))
        return false;
    return cell != GA_CELL_INACCURATE || is_near(x->g, now, truth);
}

/* Sets feeds[k] where origin k depends on what is made together with origin i. */
static void
find_fed(bool *feeds, redo *x, const origin *found, size_t n, size_t i)
{
    const blame_net *const net = x->g->net;
    size_t first, n_runs;
    const size_t n_group = blame_group(&first, net, found[i].value, found[i].at);
    x->ready = false;
    reset(x);
    memset(x->changed[found[i].value] + first, true, n_group * sizeof(bool));
    x->any[found[i].value] = true;
    for (size_t k = net->maker[found[i].value]; k < x->p->n_backward; k++) {
        const instruction *const code = x->p->code + k;
        for (size_t o = op_graph_of(code->op)->n_out; o-- > 0;) {
            const value_id v = code->out[o];
            for (size_t at = 0; net->examined[v] && v != found[i].value && at < blame_size(net, v); at++)
                if (any_marked(x, &n_runs, v, at))
                    x->any[v] = x->changed[v][at] = true;
        }
    }
    for (size_t k = 0; k < n; k++)
        feeds[k] = found[k].value != found[i].value && x->changed[found[k].value][found[k].at];
}

/* ---- the claim --------------------------------------------------------------------------------------------------- */

typedef struct {
    size_t cell[GA_CELLS], in_image, tested, holds, several, in_a_row;
} count;
static count total[N_ORIGINS];
static size_t judged, judged_not, unlisted_all, faulty_all;
static const char *current;

/* What intervene.c answers: by a run, and by the quick judgement, which may say nothing. */
static bool
intervene_says(const gradient *g, const origin *names, size_t n, size_t j, ga_cell cell)
{
    const blame_tape *const t = intervene_run(g->image.again, &g->image, names, n, j);
    const ga_number *const now = t->value[g->net->leaf] + j;
    const ga_truth *const truth = g->truth->truth[g->net->leaf] + j;
    if (!blame_is_finite(now) || truth->state == GA_UNDECIDED_ELEMENT)
        return blame_is_finite(now);
    if (now->sign != (truth->state == GA_TRUE_ZERO ? 0 : truth->sign))
        return false;
    return cell != GA_CELL_INACCURATE || is_near(g, now, truth);
}

static bool
right(redo *x, const origin *names, size_t n, size_t j, ga_cell cell)
{
    const bool is = is_right_with(x, names, n, j, cell);
    if (n == 0)
        return is;
    const int quick = intervene_judge(x->g->image.again, &x->g->image, names, n, j, cell);
    const bool run = intervene_says(x->g, names, n, j, cell);
    ASSERT(run == is, "%s, element %zu, %s, %zu names", current, j, ga_cell_names[cell], n);
    ASSERT(quick < 0 || quick == run, "%s, element %zu, %s, %zu names: %d", current, j, ga_cell_names[cell], n, quick);
    judged += quick >= 0;
    judged_not += quick < 0;
    return is;
}

static void
print_origins(const gradient *g, const origin *found, size_t n)
{
    for (size_t i = 0; i < n; i++)
        printf("  %s at %s of node %zu [%zu] made by %s\n", origin_names[found[i].kind], g->net->p->value[found[i].value].what,
               blame_node(g->net, found[i].value), found[i].at, op_graph_of(blame_maker(g->net, found[i].value)->op)->name);
}

/* n origins, none beside. */
static void
check_element(redo *x, const origin *found, size_t n, size_t j, ga_cell cell)
{
    bool feeds[MOST_ORIGINS] = { false }, in_a_row = false;
    bool holds = right(x, found, n, j, cell);
    if (!ASSERT(holds, "%s, element %zu, %s: not right with %zu origins", current, j, ga_cell_names[cell], n))
        print_origins(x->g, found, n);
    for (size_t i = 0; i < n; i++) {
        origin names[MOST_ORIGINS];
        size_t n_names = 0;
        if (n > 1)
            find_fed(feeds, x, found, n, i);
        for (size_t k = 0; k < n; k++) {
            in_a_row = in_a_row || feeds[k];
            if (!ASSERT(k == i || origin_feeds(x->g->net, found + i, found + k) == feeds[k], "%s, element %zu: %zu and %zu: %d",
                        current, j, i, k, feeds[k]))
                print_origins(x->g, found, n);
            if (k != i && !feeds[k])
                names[n_names++] = found[k];
        }
        const bool without = right(x, names, n_names, j, cell);
        if (!ASSERT(!without, "%s, element %zu, %s: origin %zu of %zu is not needed", current, j, ga_cell_names[cell], i, n))
            print_origins(x->g, found, n);
        holds = holds && !without;
    }
    for (size_t i = 0; i < n; i++) {
        bool again = false; /* a kind counts once */
        for (size_t k = 0; k < i; k++)
            again = again || found[k].kind == found[i].kind;
        count *const c = total + found[i].kind;
        c->in_image += !again;
        c->tested += !again;
        c->holds += !again && holds;
        c->several += !again && n > 1;
        c->in_a_row += !again && in_a_row;
    }
}

static void
check_gradient(const gradient *g)
{
    redo x;
    redo_open(&x, g);
    for (origin_kind k = 0; k < N_ORIGINS; k++)
        total[k].in_image = 0;
    for (size_t i = 0; i < g->n; i++) {
        const size_t j = i * 401 % g->n; /* all, if 401 is no factor */
        const ga_cell cell = cell_of(g, j);
        origin found[MOST_ORIGINS];
        size_t unlisted, n = origin_find(found, &unlisted, &g->image, j, cell);
        bool wanted = false;
        ASSERT((n > 0 || unlisted > 0) == is_faulty(cell) && (n == 0 || unlisted == 0), "%s, element %zu, %s", current, j,
               ga_cell_names[cell]);
        faulty_all += is_faulty(cell);
        unlisted_all += unlisted > 0;
        while (n > 0 && found[n - 1].beside)
            n--;
        for (size_t o = 0; o < n; o++) {
            count *const c = total + found[o].kind;
            c->cell[cell]++;
            wanted = wanted || (c->tested < SAMPLE && c->in_image < PER_IMAGE);
        }
        if (wanted && found[0].kind != ORIGIN_INVALID)
            check_element(&x, found, n, j, cell);
    }
    redo_close(&x);
}

/* ---- random networks --------------------------------------------------------------------------------------------- */

/* What is random: weights are uniform times a scale and 1 / sqrt(terms). `high`: every bias of the first sum, whose numbers come in
   pairs that the second subtracts, so that their differences are roundings; `alike`: the last weights of all classes are that plus
   the random ones. */
typedef struct {
    op_id function;
    double first, second, last, high, alike;
    bool store;
} dials;

static void
scale_parameter(ga_graph *g, size_t k, double scale, uint64_t *state)
{
    graph_random(g, g->parameter + k, scale / sqrt((double)g->parameter[k].cols), state);
}

/* The weights of the second sum: of pairs of n numbers, each but for its sign. */
static void
subtract_pairs(ga_graph *g, size_t k, size_t n)
{
    graph_parameter *const p = g->parameter + k;
    for (size_t i = 0; i < p->rows * p->cols; i++)
        if (i / n % 2 == 1)
            dtype_set(g->dtype, p->exact, i, -dtype_get(g->dtype, p->exact, i - n));
}

static void
turn(ga_graph *g, const dials *d, size_t pair, uint64_t *state)
{
    const size_t last = g->n_parameters - 2;
    scale_parameter(g, 0, d->first, state);
    scale_parameter(g, 2, d->second, state);
    for (size_t i = 0; d->high != 0 && i < g->parameter[1].cols; i++)
        dtype_set(g->dtype, g->parameter[1].exact, i, d->high);
    if (d->high != 0)
        subtract_pairs(g, 2, pair);
    scale_parameter(g, last, d->last, state);
    for (size_t i = 0; i < g->parameter[last].rows * g->parameter[last].cols; i++)
        dtype_set(g->dtype, g->parameter[last].exact, i, dtype_get(g->dtype, g->parameter[last].exact, i) + d->alike);
}

static graph_operand
store_if(ga_graph *g, graph_operand x, const dials *d)
{
    return d->store ? graph_store(g, x, format_f16) : x;
}

/* Convolutions with strides and padding, pooling in windows that overlap. */
static ga_graph *
lenet(const dials *d, uint64_t *state)
{
    const op_attributes first = { .kernel = { 3, 3 }, .stride = { 1, 1 }, .pad = { 1, 1, 1, 1 } };
    const op_attributes pool = { .kernel = { 3, 2 }, .stride = { 2, 2 }, .pad = { 0, 0, 1, 0 } };
    const op_attributes second = { .kernel = { 2, 3 }, .stride = { 1, 2 }, .pad = { 0, 1, 1, 0 } };
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 3, { 1, 7, 6 } });
    graph_operand x = store_if(g, graph_conv2d(g, graph_input, 1, 4, &first, state), d);        /* 4 x 7 x 6 */
    x = graph_node_of(g, OP_max_pool, graph_unary(g, d->function, x), graph_input, graph_input, &pool); /* 4 x 3 x 3 */
    x = store_if(g, graph_conv2d(g, x, 4, 3, &second, state), d);                               /* 3 x 3 x 1 */
    graph_affine(g, graph_unary(g, d->function, x), op_shape_size(&g->node[g->n_nodes - 1].shape), 4, state);
    turn(g, d, 6, state);
    return g;
}

/* Pooling of sums, behind pairs of channels. */
static ga_graph *
pooled_late(const dials *d, uint64_t *state)
{
    const op_attributes first = { .kernel = { 2, 2 }, .stride = { 1, 1 } };
    const op_attributes second = { .kernel = { 1, 1 }, .stride = { 1, 1 } };
    const op_attributes pool = { .kernel = { 2, 2 }, .stride = { 2, 2 } };
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 3, { 2, 5, 5 } });
    graph_operand x = store_if(g, graph_conv2d(g, graph_input, 2, 4, &first, state), d); /* 4 x 4 x 4 */
    x = store_if(g, graph_conv2d(g, graph_unary(g, OP_identity, x), 4, 3, &second, state), d);
    x = graph_unary(g, d->function, graph_node_of(g, OP_max_pool, x, graph_input, graph_input, &pool)); /* 3 x 2 x 2 */
    graph_affine(g, x, 12, 4, state);
    turn(g, d, 1, state);
    return g;
}

/* f(z) + z, twice. */
static ga_graph *
residual(const dials *d, uint64_t *state)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 8 } });
    graph_operand x = store_if(g, graph_affine(g, graph_input, 8, 6, state), d);
    for (int k = 0; k < 2; k++) {
        const graph_operand z = graph_affine(g, x, 6, 6, state), a = graph_unary(g, d->function, z);
        x = store_if(g, graph_node_of(g, OP_add, a, k == 0 ? x : z, graph_input, NULL), d);
    }
    graph_affine(g, x, 6, 4, state);
    turn(g, d, 1, state);
    return g;
}

/* One function behind two sums, some of which have constants. */
static ga_graph *
chain(const dials *d, uint64_t *state)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 8 } });
    graph_operand x = store_if(g, graph_affine(g, graph_input, 8, 6, state), d);
    x = store_if(g, graph_affine(g, x, 6, 6, state), d);
    const bool constants = d->function == OP_leaky_relu || d->function == OP_selu || d->function == OP_celu ||
                           d->function == OP_prelu || d->function == OP_hardtanh;
    const graph_operand slope = constants ? graph_constant(g, 0.125) : graph_input;
    const graph_operand scale = d->function == OP_selu || d->function == OP_hardtanh ? graph_constant(g, 1.25) : graph_input;
    graph_affine(g, graph_node_of(g, d->function, x, slope, scale, NULL), 6, 4, state);
    turn(g, d, 1, state);
    return g;
}

/* The larger of f(z) and another sum, and the smaller of that, z and a constant. */
static ga_graph *
chosen(const dials *d, uint64_t *state)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 8 } });
    const graph_operand x = store_if(g, graph_affine(g, graph_input, 8, 6, state), d);
    const graph_operand z = store_if(g, graph_affine(g, x, 6, 6, state), d), y = graph_affine(g, x, 6, 6, state);
    const graph_operand a = graph_node_of(g, OP_maximum, graph_unary(g, d->function, z), y, graph_input, NULL);
    const graph_operand b = graph_node_of(g, OP_minimum, a, graph_constants(g, 6, 1), graph_input, NULL);
    graph_affine(g, graph_node_of(g, OP_minimum, b, z, graph_input, NULL), 6, 4, state);
    turn(g, d, 1, state);
    return g;
}

/* z f(z) of a quotient z, moved and divided by constants; and by a large one, of which it is as many times as large before. */
static ga_graph *
composed(const dials *d, uint64_t *state)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 8 } });
    graph_operand x = store_if(g, graph_affine(g, graph_input, 8, 6, state), d);
    x = store_if(g, graph_affine(g, x, 6, 6, state), d);
    const graph_operand z = graph_node_of(g, OP_constant_div, x, graph_constants(g, 6, 1), graph_input, NULL);
    x = store_if(g, graph_node_of(g, OP_mul, z, graph_unary(g, d->function, z), graph_input, NULL), d);
    x = graph_node_of(g, OP_constant_add, x, graph_constants(g, 6, 1), graph_input, NULL);
    x = graph_node_of(g, OP_constant_mul, x, graph_constants(g, 6, 1), graph_input, NULL);
    x = store_if(g, graph_node_of(g, OP_constant_div, x, graph_constants(g, 2, 3), graph_input, NULL), d);
    x = graph_node_of(g, OP_scale, x, graph_constant(g, 0x1p70), graph_input, NULL);
    graph_affine(g, graph_node_of(g, OP_constant_div, x, graph_constant(g, -0x1.6a09e6p70), graph_input, NULL), 6, 4, state);
    turn(g, d, 1, state);
    return g;
}

/* Functions by hand: log(1 + e^z), z/(1 + e^z), 1/(1 + e^z) and (1 + e^z)^(-1/2). */
static ga_graph *
by_hand(const dials *d, uint64_t *state)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 8 } });
    graph_operand x = store_if(g, graph_affine(g, graph_input, 8, 6, state), d);
    x = store_if(g, graph_affine(g, x, 6, 6, state), d);
    const graph_operand e = graph_unary(g, OP_exp, x);
    const graph_operand s = graph_node_of(g, OP_constant_add, e, graph_constant(g, 1), graph_input, NULL);
    const graph_operand terms[] = { graph_node_of(g, OP_div, x, s, graph_input, NULL), graph_unary(g, OP_reciprocal, s),
                                    graph_node_of(g, OP_pow, s, graph_constant(g, -0.5), graph_input, NULL) };
    graph_operand sum = graph_unary(g, OP_log, s);
    for (size_t k = 0; k < 3; k++)
        sum = graph_node_of(g, OP_add, sum, terms[k], graph_input, NULL);
    graph_affine(g, sum, 6, 4, state);
    turn(g, d, 1, state);
    return g;
}

/* z z / (z w), of two sums: not too large where z and w are small, but products are gone. And the root of z z. */
static ga_graph *
small_quotient(const dials *d, uint64_t *state)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 8 } });
    const graph_operand x = graph_affine(g, graph_input, 8, 6, state), z = graph_affine(g, x, 6, 6, state);
    const graph_operand w = graph_node_of(g, OP_scale, x, graph_constant(g, d->second), graph_input, NULL);
    const graph_operand square = graph_node_of(g, OP_mul, z, z, graph_input, NULL);
    const graph_operand product = graph_node_of(g, OP_mul, z, w, graph_input, NULL);
    const graph_operand q = graph_node_of(g, OP_div, square, product, graph_input, NULL);
    const graph_operand root = graph_node_of(g, OP_pow, square, graph_constant(g, 0.5), graph_input, NULL);
    graph_affine(g, graph_node_of(g, OP_add, q, root, graph_input, NULL), 6, 4, state);
    turn(g, d, 1, state);
    return g;
}

/* f(LayerNorm(softmax(q x^T) x + x)), of 4 rows of 3, where q is the second sum of x. */
static ga_graph *
attention(const dials *d, uint64_t *state)
{
    const op_attributes turned = { .from = { 3, { 4, 1, 3 } }, .to = { 3, { 3, 1, 4 } }, .axis = { 2, 1, 0 }, .step = { 1, 1, 1 } };
    const op_attributes rows = { .rows = 4 };
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 3, { 4, 1, 3 } });
    const graph_operand x = store_if(g, graph_rows(g, graph_input, 4, 3, 3, 1, state), d);
    const graph_operand q = store_if(g, graph_rows(g, x, 4, 3, 3, 1, state), d);
    const graph_operand eps = graph_constant(g, 1e-5f), three = graph_constant(g, 3);
    const graph_operand k = graph_node_of(g, OP_view, x, graph_input, graph_input, &turned);
    const graph_operand scores = store_if(g, graph_matmul(g, q, k, 1, 4, 3, 4), d);
    const graph_operand p = graph_node_of(g, OP_softmax_rows, scores, graph_input, graph_input, &rows);
    const graph_operand sum = graph_node_of(g, OP_add, graph_matmul(g, store_if(g, p, d), x, 1, 4, 4, 3), x, graph_input, NULL);
    const graph_operand y = graph_node_of(g, OP_layer_norm, sum, eps, three, &rows);
    graph_affine(g, graph_unary(g, d->function, y), 12, 4, state);
    turn(g, d, 1, state);
    return g;
}

typedef struct {
    const char *name;
    ga_graph *(*make)(const dials *d, uint64_t *state);
    size_t images; /* each has a network of its own */
    dials d;
    const char *format;
    ga_formulas formulas;
    ga_product product;
    ga_loss loss;
    double gain, logit_scale; /* 0: 1 */
} situation;

#define NAIVE "float", GA_NAIVE, GA_PRODUCT_DEFAULT
#define NAIVE_LOOP "float", GA_NAIVE, GA_LOOP
#define REWRITTEN "float", GA_REWRITE, GA_PRODUCT_DEFAULT
#define REWRITTEN_LOOP "float", GA_REWRITE, GA_LOOP
#define BIG 0x1p20
static const situation situations[] = {
    { "LeNet, tanh", lenet, 20, { OP_tanh, 2, 2, 2, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "LeNet, saturated tanh", lenet, 40, { OP_tanh, 40, 40, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "LeNet, saturated sigmoid", lenet, 40, { OP_sigmoid, 200, 400, 40, 0, 0, false }, NAIVE_LOOP, GA_CROSS_ENTROPY, 0, 0 },
    { "LeNet, ReLU", lenet, 40, { OP_relu, 4, 4, 30, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "LeNet, ReLU, high", lenet, 60, { OP_relu, 4, 1, 4, BIG, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "LeNet, ReLU, high, rewritten", lenet, 60, { OP_relu, 4, 1, 4, BIG, 0, false }, REWRITTEN_LOOP, GA_CROSS_ENTROPY, 0, 0 },
    { "LeNet, float16 stores", lenet, 100, { OP_tanh, 2, 0x1p-4, 0x1p-20, 0, 0, true }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "LeNet, large float16 stores", lenet, 20, { OP_relu, 0x1p17, 0x1p-2, 0x1p-8, 0, 0, true }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "LeNet, double", lenet, 20, { OP_sigmoid, 200, 400, 80, 0, 0, false }, "double", GA_NAIVE, GA_PRODUCT_DEFAULT,
      GA_CROSS_ENTROPY, 0, 0 },
    { "LeNet, tiny products", lenet, 200, { OP_sigmoid, 4, 600, 0x1p-100, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "late pooling, high", pooled_late, 60, { OP_tanh, 4, 1, 4, BIG, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "late pooling, high, margin", pooled_late, 60, { OP_sigmoid, 4, 1, 4, BIG, 0, false }, NAIVE, GA_MARGIN, 0, 0 },
    { "late pooling, huge", pooled_late, 60, { OP_relu, 0x1p70, 0x1p60, 4, 0, 0, false }, NAIVE_LOOP, GA_CROSS_ENTROPY, 0, 0 },
    { "late pooling, tiny", pooled_late, 40, { OP_tanh, 0x1p-50, 0x1p-50, 0x1p-40, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "late pooling, subnormal", pooled_late, 60, { OP_tanh, 0x1p30, 0x1p-44, 0x1p-98, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0,
      0 },
    { "residual, sigmoid", residual, 300, { OP_sigmoid, 20, 20, 10, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "residual, sigmoid underflows", residual, 300, { OP_sigmoid, 300, 1000, 10, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0,
      0 },
    { "residual, alike", residual, 60, { OP_tanh, 2, 2, 2, 0, BIG, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "residual, alike, rewritten", residual, 60, { OP_relu, 2, 2, 2, 0, BIG, false }, REWRITTEN_LOOP, GA_CROSS_ENTROPY, 0, 0 },
    { "residual, alike, margin", residual, 600, { OP_tanh, 2, 2, 0x1p-2, 0, BIG, false }, NAIVE, GA_MARGIN, 0, 0 },
    { "residual, high", residual, 100, { OP_sigmoid, 2, 2, 2, BIG, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "residual, less high", residual, 100, { OP_sigmoid, 2, 8, 2, 0x1p16, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "residual, ReLU, high", residual, 400, { OP_relu, 2, 2, 2, BIG, 0, false }, NAIVE_LOOP, GA_CROSS_ENTROPY, 0, 0 },
    { "residual, high, squared error", residual, 60, { OP_tanh, 2, 2, 2, BIG, 0, false }, NAIVE, GA_SQUARED_ERROR, 0, 0 },
    { "residual, small gain", residual, 100, { OP_sigmoid, 0x1p-30, 0x1p-30, 0x1p-30, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY,
      0x1p-20, 0 },
    { "residual, float16 stores", residual, 200, { OP_tanh, 2, 0x1p-6, 0x1p-6, 0, 0, true }, NAIVE, GA_CROSS_ENTROPY, 0, 0x1p-12 },
    { "residual, huge", residual, 100, { OP_relu, 0x1p70, 0x1p30, 0x1p30, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "ReLU, high", chain, 400, { OP_relu, 2, 2, 2, BIG, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "sigmoid", chain, 500, { OP_sigmoid, 2, 50, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "sigmoid, less high", chain, 800, { OP_sigmoid, 2, 4, 20, 0x1p15, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "sigmoid, subnormal", chain, 500, { OP_sigmoid, 2, 60, 0x1p-110, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "leaky ReLU, high", chain, 300, { OP_leaky_relu, 2, 2, 2, BIG, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "leaky ReLU, tiny", chain, 60, { OP_leaky_relu, 0x1p-60, 0x1p-60, 0x1p-30, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "leaky ReLU, large logits", chain, 400, { OP_leaky_relu, 2, 2, 60, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "leaky ReLU, large logits, rewritten", chain, 400, { OP_leaky_relu, 2, 2, 200, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0,
      0 },
    { "softplus", chain, 300, { OP_softplus, 2, 60, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "softplus, subnormal", chain, 200, { OP_softplus, 2, 60, 0x1p-110, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "SiLU", chain, 300, { OP_silu, 2, 60, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "SiLU, rewritten", residual, 100, { OP_silu, 20, 60, 4, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "GELU", chain, 300, { OP_gelu, 2, 12, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "GELU, high", chain, 200, { OP_gelu, 2, 2, 4, BIG, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "GELU, subnormal", chain, 200, { OP_gelu, 2, 12, 0x1p-110, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "tanh GELU", residual, 100, { OP_gelu_tanh, 2, 6, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "Mish", chain, 300, { OP_mish, 2, 60, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "Mish, rewritten", residual, 100, { OP_mish, 20, 60, 4, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "ELU", chain, 300, { OP_elu, 2, 60, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "ELU, high", chain, 200, { OP_elu, 2, 2, 4, BIG, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "scaled ELU", chain, 300, { OP_selu, 2, 60, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "scaled ELU, subnormal", chain, 200, { OP_selu, 2, 60, 0x1p-110, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "softsign", chain, 100, { OP_softsign, 0x1p30, 0x1p60, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "erf", chain, 200, { OP_erf, 2, 12, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "erf, rewritten", chain, 200, { OP_erf, 2, 12, 4, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "exp", chain, 60, { OP_exp, 2, 20, 1, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "CELU", chain, 60, { OP_celu, 2, 60, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "CELU, subnormal", chain, 60, { OP_celu, 2, 60, 0x1p-110, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "by hand", by_hand, 60, { OP_exp, 2, 60, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "by hand, rewritten", by_hand, 60, { OP_exp, 2, 60, 4, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "by hand, high", by_hand, 40, { OP_exp, 2, 2, 2, BIG, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "by hand, float16 stores", by_hand, 40, { OP_exp, 2, 8, 4, 0, 0, true }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "small quotient", small_quotient, 40, { OP_exp, 0x1p-30, 0x1p-44, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "absolute values, high", chain, 120, { OP_abs, 2, 2, 2, BIG, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "PReLU, high", chain, 120, { OP_prelu, 2, 2, 2, BIG, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "hardtanh, high", chain, 120, { OP_hardtanh, 2, 2, 2, BIG, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "ReLU6", chain, 120, { OP_relu6, 2, 8, 30, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "hard sigmoid", residual, 100, { OP_hard_sigmoid, 20, 20, 10, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "hard sigmoid, high", chain, 120, { OP_hard_sigmoid, 2, 2, 20, BIG, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "hard swish", residual, 100, { OP_hard_swish, 8, 8, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "hard swish, high", chain, 120, { OP_hard_swish, 2, 2, 20, BIG, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "hard swish, tiny", chain, 100, { OP_hard_swish, 2, 2, 0x1p-120, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "chosen, sigmoid", chosen, 100, { OP_sigmoid, 20, 20, 10, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "chosen, high", chosen, 100, { OP_tanh, 2, 2, 2, BIG, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "chosen, alike", chosen, 100, { OP_relu, 2, 2, 2, 0, BIG, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "composed, sigmoid", composed, 200, { OP_sigmoid, 20, 20, 10, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "composed, high", composed, 200, { OP_sigmoid, 2, 2, 2, BIG, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "composed, alike, margin", composed, 100, { OP_tanh, 2, 2, 0x1p-2, 0, BIG, false }, NAIVE, GA_MARGIN, 0, 0 },
    { "composed, tiny", composed, 100, { OP_tanh, 0x1p-20, 0x1p-10, 0x1p-60, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "attention", attention, 20, { OP_tanh, 2, 2, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "attention, saturated", attention, 60, { OP_identity, 8, 100, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "attention, saturated, rewritten", attention, 60, { OP_tanh, 8, 200, 40, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "attention, high", attention, 40, { OP_tanh, 2, 0x1p-20, 4, BIG, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "attention, tiny", attention, 40, { OP_gelu, 0x1p-60, 2, 0x1p-60, 0, 0, false }, NAIVE_LOOP, GA_CROSS_ENTROPY, 0, 0 },
    { "attention, float16 stores", attention, 40, { OP_tanh, 2, 8, 0x1p-16, 0, 0, true }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "log-softmax", chain, 60, { OP_log_softmax_rows, 2, 50, 4, 0, 0, false }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "log-softmax, saturated", chain, 60, { OP_log_softmax_rows, 8, 400, 4, 0, 0, false }, REWRITTEN, GA_CROSS_ENTROPY, 0, 0 },
    { "log-softmax, float16 stores", chain, 40, { OP_log_softmax_rows, 2, 8, 0x1p-16, 0, 0, true }, NAIVE, GA_CROSS_ENTROPY, 0, 0 },
    { "composed, float16 stores", composed, 100, { OP_tanh, 2, 0x1p-6, 0x1p-6, 0, 0, true }, NAIVE, GA_CROSS_ENTROPY, 0, 0x1p-12 },
};
enum { N_SITUATIONS = sizeof situations / sizeof *situations };

static ga_estimator
estimator_of(const situation *s)
{
    ga_estimator e = network_estimator(s->format, s->formulas, s->product);
    e.loss = s->loss;
    e.gain = s->gain > 0 ? s->gain : 1;
    e.logit_scale = s->logit_scale > 0 ? s->logit_scale : 1;
    return e;
}

static double *
random_images(const ga_model *m, size_t images, uint64_t *state)
{
    double *const x = malloc(images * ga_model_inputs(m) * sizeof *x);
    for (size_t i = 0; i < images * ga_model_inputs(m); i++)
        x[i] = test_random(state) % 4 == 0 ? 0 : (float)network_uniform(state);
    return x;
}

static void check_true_tape(const gradient *g, const double *x);

/* The scales of a file, which some numbers exceed. */
static void
freeze(ga_estimator *e, const ga_model *m)
{
    ga_estimator plain = *e;
    size_t n;
    plain.format = recipe_computed(e->format);
    program *const p = pass_program(m, &plain, false);
    operand *const o = program_operands(&n, p, m->graph, e->format);
    ga_frozen *const f = calloc(1, sizeof *f);
    f->scale = calloc(n + 1, sizeof *f->scale);
    for (f->n = 0; f->n < n; f->n++)
        f->scale[f->n] = (frozen_scale){ strdup(o[f->n].name), o[f->n].of.class == GA_GRADIENT ? 17 : 8 };
    ASSERT(n > 0 && frozen_sort(f) == NULL, "%s", current);
    e->format.recipe.frozen = f;
    ASSERT(ga_estimator_check(e, m, NULL) == GA_OK, "%s", current); /* they are those of the weights' gradients too */
    free(o);
    program_free(p);
}

static void
check_situation(const situation *s, bool weights, uint64_t *state)
{
    current = s->name;
    ga_model *const m = model_of_graph(s->make(&s->d, state), NULL);
    const size_t images = weights ? MOST_IMAGES : 1;
    double *const x = random_images(m, images, state);
    uint32_t label[MOST_IMAGES];
    for (size_t i = 0; i < images; i++)
        label[i] = (uint32_t)(test_random(state) % ga_model_classes(m));
    ga_estimator e = estimator_of(s);
    if (recipe_is(e.format) && e.format.recipe.rule == GA_SCALE_FILE)
        freeze(&e, m);
    for (size_t k = 0; k < (weights ? m->graph->n_parameters : 1); k++) {
        gradient g;
        if (weights && m->graph->parameter[k].constant)
            continue;
        gradient_open(&g, m, e, weights ? k : SIZE_MAX, x, label, images);
        if (!weights && recipe_is(g.image.e.format))
            check_true_tape(&g, x);
        check_gradient(&g);
        gradient_close(&g);
    }
    frozen_drop(&e.format);
    free(x);
    ga_model_free(m);
}

static void
print_totals(const char *what)
{
    printf("\n    %s\n", what);
    for (origin_kind k = 0; k < N_ORIGINS; k++) {
        const count *const c = total + k;
        size_t found = 0;
        for (ga_cell cell = 0; cell < GA_CELLS; cell++)
            found += c->cell[cell];
        if (found == 0)
            continue;
        printf("    %-22s", origin_names[k]);
        for (ga_cell cell = 0; cell < GA_CELLS; cell++)
            if (c->cell[cell] > 0)
                printf(" %zu %s,", c->cell[cell], ga_cell_names[cell]);
        printf(" tested %zu, holds %zu; of several origins %zu, in a row %zu\n", c->tested, c->holds, c->several, c->in_a_row);
        ASSERT(c->holds == c->tested, "%s", origin_names[k]);
    }
    printf("    %zu elements, of which %zu without a list; %zu judged quickly, %zu not\n", faulty_all, unlisted_all, judged,
           judged_not);
}

static void
start_counting(void)
{
    memset(total, 0, sizeof total);
    judged = judged_not = unlisted_all = faulty_all = 0;
}

static void
input_gradients(void)
{
    uint64_t state = test_seed();
    start_counting();
    for (size_t k = 0; k < N_SITUATIONS; k++)
        for (size_t i = 0; i < 1 + situations[k].images / test_every(); i++)
            check_situation(situations + k, false, &state);
    print_totals("");
    for (origin_kind k = 0; k < N_ORIGINS; k++)
        if (k != ORIGIN_INVALID && k != ORIGIN_ACCUMULATION && k != ORIGIN_SUBNORMAL_LOSS && /* two are rare, */
            k != ORIGIN_ROUNDED_MODEL && k != ORIGIN_OPERAND_FLUSHED) /* these are for test_origin.c and format_gradients */
            ASSERT(total[k].tested >= SAMPLE / 5, "%s: %zu", origin_names[k], total[k].tested);
    ASSERT(judged > faulty_all / 10 && unlisted_all < faulty_all / 50);
}

/* Of all parameters, over several images. */
static void
weight_gradients(void)
{
    uint64_t state = test_seed() + 1;
    start_counting();
    for (size_t k = 0; k < N_SITUATIONS; k++)
        for (size_t i = 0; i < 1 + situations[k].images / 20 / test_every(); i++)
            check_situation(situations + k, true, &state);
    print_totals("");
}

/* ---- precision recipes ------------------------------------------------------------------------------------------- */

#define RECIPE(words) words, GA_NAIVE, GA_PRODUCT_DEFAULT, GA_CROSS_ENTROPY, 0, 0
static const situation recipes[] = {
    { "LeNet, tanh", lenet, 20, { OP_tanh, 2, 2, 2, 0, 0, false }, RECIPE("amp-float16") },
    { "LeNet, saturated tanh", lenet, 20, { OP_tanh, 20, 20, 4, 0, 0, false }, RECIPE("amp-float16,loss-scale=1024") },
    { "LeNet, ReLU", lenet, 20, { OP_relu, 4, 4, 30, 0, 0, false }, RECIPE("amp-bfloat16") },
    { "LeNet, ReLU, 8 bits", lenet, 20, { OP_relu, 4, 4, 8, 0, 0, false }, RECIPE("fp8-hybrid") },
    { "late pooling, tf32", pooled_late, 20, { OP_tanh, 4, 1, 4, 16, 0, false }, RECIPE("amp-tf32") },
    { "residual, sigmoid", residual, 60, { OP_sigmoid, 8, 8, 10, 0, 0, false }, RECIPE("amp-float16") },
    { "residual, small", residual, 60, { OP_tanh, 2, 0x1p-6, 0x1p-6, 0, 0, false }, RECIPE("amp-float16,loss-scale=16") },
    { "residual, 8 bits", residual, 60, { OP_sigmoid, 8, 8, 2, 0, 0, false }, RECIPE("store:gradient=e5m2,activation=float16") },
    { "residual, each operator", residual, 60, { OP_sigmoid, 8, 8, 10, 0, 0, false }, RECIPE("amp-float16,elementwise=each") },
    { "tanh, each operator", chain, 60, { OP_tanh, 4, 4, 0x1p-8, 0, 0, false },
      RECIPE("store:activation=float16,gradient=e5m2,elementwise=each,loss-scale=16") },
    { "sigmoid, each operator", chain, 60, { OP_sigmoid, 2, 8, 0x1p-8, 0, 0, false },
      RECIPE("amp-float16,elementwise=each,loss-scale=4") },
    { "residual, ties away", residual, 60, { OP_sigmoid, 8, 8, 10, 0, 0, false }, RECIPE("amp-float16,rounding=nearest-away") },
    { "residual, blocks", residual, 40, { OP_tanh, 2, 2, 4, 0, 0, false }, RECIPE("mxfp8") },
    { "LeNet, blocks", lenet, 10, { OP_relu, 4, 4, 8, 0, 0, false }, RECIPE("mxfp8") },
    { "LeNet, blocks and stores", lenet, 10, { OP_tanh, 8, 8, 8, 0, 0, false },
      RECIPE("mxfp8,scale=nearest,activation=float16,gradient=e5m2,loss-scale=16") },
    { "late pooling, blocks", pooled_late, 10, { OP_tanh, 4, 1, 4, 16, 0, false }, RECIPE("mxfp8,scale=ceil") },
    { "residual, large", residual, 60, { OP_relu, 0x1p8, 2, 4, 0, 0, false }, RECIPE("amp-float16,loss-scale=256") },
    { "sigmoid, tiny", chain, 60, { OP_sigmoid, 2, 8, 0x1p-16, 0, 0, false },
      RECIPE("store:gradient=e4m3,saturate,loss-scale=4096") },
    { "tanh, weights", chain, 60, { OP_tanh, 4, 2, 0x1p-6, 0, 0, false }, RECIPE("store:weight=e4m3,sum=double") },
    { "tanh, 8 bits", chain, 60, { OP_tanh, 4, 4, 4, 0, 0, false }, RECIPE("fp8-hybrid,activation=bfloat16,gradient=bfloat16") },
    { "LeNet, frozen", lenet, 20, { OP_relu, 4, 4, 8, 0, 0, false }, RECIPE("fp8-hybrid,scale=file") },
    { "residual, frozen", residual, 60, { OP_tanh, 2, 2, 4, 0, 0, false }, RECIPE("fp8-hybrid,scale=file,gradient=float16") },
    { "sigmoid, frozen", chain, 60, { OP_sigmoid, 2, 8, 2, 0, 0, false }, RECIPE("fp8-hybrid,scale=file") },
    { "leaky ReLU", chain, 40, { OP_leaky_relu, 2, 2, 20, 0, 0, false }, RECIPE("amp-float16,loss-scale=0x1p-8") },
    { "leaky ReLU, blocks", chain, 40, { OP_leaky_relu, 2, 2, 4, 0, 0, false }, RECIPE("mxfp8,scale=ceil,gradient=float16") },
    { "PReLU", chain, 40, { OP_prelu, 2, 2, 20, 0, 0, false }, RECIPE("amp-float16,loss-scale=0x1p-8") },
    { "hard swish, stored", residual, 40, { OP_hard_swish, 2, 6, 4, 0, 0, false }, RECIPE("amp-float16,loss-scale=0x1p-8") },
    { "chosen, 8 bits", chosen, 40, { OP_sigmoid, 8, 8, 2, 0, 0, false }, RECIPE("store:gradient=e5m2,activation=float16") },
    { "GELU, stored", residual, 40, { OP_gelu, 2, 6, 4, 0, 0, false }, RECIPE("amp-float16,loss-scale=0x1p-8") },
    { "by hand, stored", by_hand, 20, { OP_exp, 2, 8, 4, 0, 0, false }, RECIPE("amp-float16,loss-scale=4") },
    { "softplus, stored", chain, 40, { OP_softplus, 2, 8, 4, 0, 0, false }, RECIPE("amp-float16,loss-scale=4") },
    { "attention", attention, 20, { OP_tanh, 2, 8, 4, 0, 0, false }, RECIPE("amp-float16") },
    { "attention, small", attention, 20, { OP_gelu, 2, 20, 0x1p-12, 0, 0, false }, RECIPE("amp-float16,loss-scale=16") },
    { "SiLU, 8 bits", chain, 40, { OP_silu, 2, 8, 4, 0, 0, false }, RECIPE("fp8-hybrid,activation=bfloat16,gradient=bfloat16") },
};
enum { N_RECIPES = sizeof recipes / sizeof *recipes };

/* t without its radius; 200 bits. */
static void
set_truth(mpfr_ptr r, const ga_truth *t)
{
    const ga_scaled part[] = { { t->mantissa, t->exponent }, t->tail, t->rest };
    mpfr_t x;
    mpfr_init2(x, 200);
    mpfr_set_zero(r, 1);
    for (size_t i = 0; i < 3 && t->state != GA_TRUE_ZERO; i++) {
        mpfr_set_d(x, part[i].m, MPFR_RNDN);
        mpfr_mul_2si(x, x, (long)part[i].e, MPFR_RNDN);
        mpfr_add(r, r, x, MPFR_RNDN);
    }
    mpfr_clear(x);
}

/* What stands between an operation's operators is what its instruction makes of truths: a product to 2^-95 of itself, 1 - a to
   2^-95, a copy exactly. */
static void
check_partial_truths(const blame_tape *t, value_id v)
{
    const instruction *const i = blame_maker(t->net, v);
    mpfr_t want, other, got;
    mpfr_inits2(200, want, other, got, (mpfr_ptr)0);
    for (size_t k = 0; k < blame_size(t->net, v); k++) {
        const ga_truth *const r = t->truth[v] + k, *const a = t->truth[i->in[0]] + k;
        ASSERT(r->state != GA_UNDECIDED_ELEMENT && a->state != GA_UNDECIDED_ELEMENT, "%s", current);
        set_truth(got, r);
        set_truth(want, a);
        if (i->op == OP_mul) {
            set_truth(other, t->truth[i->in[1]] + k);
            mpfr_mul(want, want, other, MPFR_RNDN);
        } else if (i->op == OP_complement)
            mpfr_ui_sub(want, 1, want, MPFR_RNDN);
        else
            ASSERT(i->op == OP_store && mpfr_equal_p(got, want), "%s", current);
        mpfr_sub(other, got, want, MPFR_RNDN);
        ASSERT(mpfr_zero_p(other) || mpfr_get_exp(other) < (i->op == OP_mul ? mpfr_get_exp(want) : 0) - 95, "%s: %s", current,
               op_graph_of(i->op)->name);
    }
    mpfr_clears(want, other, got, (mpfr_ptr)0);
}

/* Columns of windows are where numbers of the image are, times the weights, what the convolution makes of these: truly, to 2^-80 of
   the largest term. */
static void
check_true_columns(const blame_tape *t, value_id v)
{
    const blame_net *const net = t->net;
    blame_run *const runs = malloc(net->most_runs * sizeof *runs);
    mpfr_t sum, a, most;
    mpfr_inits2(300, sum, a, most, (mpfr_ptr)0);
    for (size_t at = 0; at < blame_size(net, v); at++) {
        const size_t n = blame_runs(runs, net, v, at);
        bool undecided = t->truth[v][at].state == GA_UNDECIDED_ELEMENT;
        mpfr_set_zero(sum, 1);
        mpfr_set_zero(most, 1);
        for (size_t r = 0; r < n; r++)
            for (size_t k = 0; k < runs[r].n; k++) {
                if (net->kept[runs[r].a]) {
                    const ga_truth *const x = t->truth[runs[r].a] + blame_run_a(runs + r, k);
                    undecided = undecided || x->state == GA_UNDECIDED_ELEMENT;
                    set_truth(a, x);
                } else
                    mpfr_set_d(a, blame_number(net->constant + runs[r].a, blame_run_a(runs + r, k)), MPFR_RNDN);
                if (runs[r].b != NO_VALUE)
                    mpfr_mul_d(a, a, blame_number(net->constant + runs[r].b, blame_run_b(runs + r, k)), MPFR_RNDN);
                mpfr_add(sum, sum, a, MPFR_RNDN);
                if (mpfr_cmpabs(a, most) > 0)
                    mpfr_set(most, a, MPFR_RNDN);
            }
        set_truth(a, t->truth[v] + at);
        mpfr_sub(a, a, sum, MPFR_RNDN);
        ASSERT(undecided || mpfr_zero_p(a) || mpfr_get_exp(a) < mpfr_get_exp(most) - 80, "%s: %s, number %zu", current,
               net->p->value[v].what, at);
    }
    mpfr_clears(sum, a, most, (mpfr_ptr)0);
    free(runs);
}

/* The true tape of a recipe's program is the plain one, of each value that the plain program has and its copies, times its scale;
   so is what blame_tape_copy makes of a plain net's tape. */
static void
check_true_tape(const gradient *g, const double *x)
{
    ga_estimator exact = g->image.e, plain = exact;
    engine_ops balls = engine_ball;
    balls.truths = ball_engine_truths;
    plain.format = recipe_computed(plain.format);
    exact.format = (ga_format){ .kind = GA_EXACT, .bits = TRUTH_BITS };
    exact.product = GA_DOT;
    blame_net *const net = blame_net_new(g->model, &plain, SIZE_MAX, 1);
    blame_tape *const of = blame_tape_new(net, true), *const copy = blame_tape_new(g->net, true);
    size_t scaled = 0, again = 0, parts = 0, columns = 0;
    run_engine(&balls, of, g->model, exact, false, x, g->label, 1);
    blame_tape_copy(copy, of);
    bool *const met = calloc(net->p->n_values, sizeof *met);
    for (size_t v = 0; v < g->net->p->n_values; v++) {
        const op_value *const value = g->net->p->value + v;
        if (!g->net->kept[v])
            continue;
        ASSERT(net->kept[value->plain], "%s: %s", current, value->what);
        again += met[value->plain];
        met[value->plain] = true;
        if (g->net->examined[v] && blame_row(g->net, v)->gathers) {
            columns++;
            continue;
        }
        const op_id op = g->net->examined[v] ? blame_maker(g->net, v)->op : OP_store;
        if (op == OP_columns_sum || op == OP_columns_input) {
            check_true_columns(g->truth, v);
            check_true_columns(copy, v);
        }
        if (value->power != 0) {
            parts += blame_size(g->net, v);
            check_partial_truths(g->truth, v);
            check_partial_truths(copy, v);
            continue;
        }
        for (size_t i = 0; i < blame_size(g->net, v); i++) {
            const ga_truth *const t = g->truth->truth[v] + i, *const c = copy->truth[v] + i, *const p = of->truth[value->plain] + i;
            ASSERT(t->state == p->state && t->state == c->state, "%s: %s", current, value->what);
            if (t->state == GA_UNDECIDED_ELEMENT)
                ASSERT(t->bound == c->bound && (t->bound == INT64_MAX || t->bound == p->bound + value->scaled));
            if (t->state != GA_TRUE_NONZERO)
                continue;
            ASSERT(t->exponent == p->exponent + value->scaled && t->mantissa == p->mantissa && t->sign == p->sign);
            ASSERT(c->exponent == t->exponent && c->mantissa == t->mantissa && c->tail.m == t->tail.m && c->tail.e == t->tail.e);
            ASSERT(t->tail.m == p->tail.m && (t->tail.m == 0 || t->tail.e == p->tail.e + value->scaled));
            const ga_number *const a = g->truth->value[v] + i, *const b = of->value[value->plain] + i;
            ASSERT(a->mantissa == b->mantissa && a->exponent == b->exponent + value->scaled);
            scaled += value->scaled != 0;
        }
    }
    const ga_precision_recipe *const r = &g->image.e.format.recipe;
    const bool copies = r->stored[GA_ACTIVATION] + r->stored[GA_GRADIENT] + r->operand[GA_ACTIVATION] > 0;
    ASSERT(g->net->p->value[g->net->leaf].scaled == 0, "%s", current);
    ASSERT((again > 0) == copies && (scaled > 0) == (r->loss_scale != 0), "%s: %zu again, %zu scaled", current, again, scaled);
    ASSERT(columns == 0 || r->scaling == GA_SCALED_BLOCKS, "%s: %zu of windows", current, columns);
    ASSERT((parts > 0) == (r->elementwise == GA_ROUNDED_EACH), "%s: %zu between operators", current, parts);
    free(met);
    blame_tape_free(of);
    blame_tape_free(copy);
    blame_net_free(net);
}

static void
recipe_gradients(void)
{
    uint64_t state = test_seed() + 2;
    size_t faulty = 0, unlisted = 0;
    for (size_t k = 0; k < N_RECIPES; k++) {
        start_counting();
        for (size_t i = 0; i < 1 + recipes[k].images / test_every(); i++)
            check_situation(recipes + k, false, &state);
        check_situation(recipes + k, true, &state);
        print_totals(recipes[k].format);
        ASSERT(faulty_all > 0, "%s", recipes[k].name);
        faulty += faulty_all;
        unlisted += unlisted_all;
    }
    printf("    %zu elements, of which %zu without a list\n", faulty, unlisted);
    ASSERT(unlisted < faulty / 5);
}

/* ---- arithmetic formats ------------------------------------------------------------------------------------------ */

#define FORMAT(words, formulas) words, formulas, GA_LOOP, GA_CROSS_ENTROPY, 0, 0
static const situation formats[] = {
    { "tanh", chain, 60, { OP_tanh, 2, 4, 4, 0, 0, false }, FORMAT("float16", GA_NAIVE) },
    { "sigmoid, away", chain, 60, { OP_sigmoid, 2, 8, 0x1p-8, 0, 0, false }, FORMAT("float16,rounding=nearest-away", GA_NAIVE) },
    { "sigmoid, down", chain, 60, { OP_sigmoid, 2, 8, 0x1p-8, 0, 0, false }, FORMAT("float16,rounding=down", GA_NAIVE) },
    { "ReLU, up", residual, 60, { OP_relu, 2, 2, 4, 0, 0, false }, FORMAT("bfloat16,rounding=up", GA_NAIVE) },
    { "tanh, toward zero", residual, 60, { OP_tanh, 2, 2, 4, 0, 0, false },
      FORMAT("p=13,emin=-14,emax=15,rounding=toward-zero", GA_REWRITE) },
    { "sigmoid, odd", chain, 60, { OP_sigmoid, 2, 4, 2, 0, 0, false }, FORMAT("e5m2,rounding=odd", GA_NAIVE) },
    { "sigmoid, at random", chain, 60, { OP_sigmoid, 2, 4, 0x1p-6, 0, 0, false },
      FORMAT("float16,rounding=stochastic:9", GA_NAIVE) },
    { "LeNet, at random", lenet, 10, { OP_relu, 2, 2, 2, 0, 0, false }, FORMAT("bfloat16,rounding=stochastic", GA_NAIVE) },
    { "sigmoid, subnormal operands", chain, 60, { OP_sigmoid, 2, 8, 0x1p-11, 0, 0, false }, FORMAT("float16,daz", GA_REWRITE) },
    { "tanh, flushed", residual, 60, { OP_tanh, 2, 0x1p-6, 0x1p-6, 0, 0, false }, FORMAT("float16,ftz,daz", GA_NAIVE) },
    { "sigmoid, float, flushed", chain, 200, { OP_sigmoid, 2, 60, 0x1p-110, 0, 0, false }, FORMAT("float,ftz,daz", GA_REWRITE) },
    { "sigmoid, x87", chain, 100, { OP_sigmoid, 8, 100, 4, 0, 0, false }, FORMAT("x87", GA_NAIVE) },
    { "residual, x87, high", residual, 60, { OP_sigmoid, 2, 2, 2, 0x1p60, 0, false }, FORMAT("x87", GA_REWRITE) },
    { "residual, binary128, high", residual, 60, { OP_sigmoid, 2, 2, 2, 0x1p109, 0, false }, FORMAT("binary128", GA_NAIVE) },
    { "ReLU, x87, down", residual, 60, { OP_relu, 2, 2, 2, 0x1p61, 0, false }, FORMAT("x87,rounding=down", GA_NAIVE) },
};
enum { N_ARITHMETIC = sizeof formats / sizeof *formats };

static void
format_gradients(void)
{
    uint64_t state = test_seed() + 3;
    size_t faulty = 0, unlisted = 0, flushed = 0;
    for (size_t k = 0; k < N_ARITHMETIC; k++) {
        start_counting();
        for (size_t i = 0; i < 1 + formats[k].images / test_every(); i++)
            check_situation(formats + k, false, &state);
        if (strstr(formats[k].format, "stochastic") == NULL)
            check_situation(formats + k, true, &state);
        print_totals(formats[k].format);
        ASSERT(faulty_all > 0, "%s", formats[k].name);
        faulty += faulty_all;
        unlisted += unlisted_all;
        flushed += total[ORIGIN_OPERAND_FLUSHED].tested;
    }
    printf("    %zu elements, of which %zu without a list\n", faulty, unlisted);
    ASSERT(unlisted < faulty / 5 && flushed > 0, "%zu of %zu, %zu flushed", unlisted, faulty, flushed);
}

/* ---- planted ----------------------------------------------------------------------------------------------------- */

/* Adds a node of that name. */
static graph_operand
node(ga_graph *g, const char *name, op_id op, graph_operand a, graph_operand b, graph_operand c, const op_attributes *attributes)
{
    const graph_operand made = graph_node_of(g, op, a, b, c, attributes);
    free(g->node[made.index].name);
    g->node[made.index].name = strdup(name);
    return made;
}

static graph_operand
parameter(ga_graph *g, size_t rows, size_t cols, const double *x)
{
    graph_parameter *const p = graph_add_parameter(g, rows, cols, "p");
    for (size_t i = 0; i < rows * cols; i++)
        dtype_set(g->dtype, p->exact, i, x[i]);
    return (graph_operand){ FROM_PARAMETER, g->n_parameters - 1 };
}

/* bias NULL: 0. */
static graph_operand
sums(ga_graph *g, const char *name, op_id op, graph_operand x, size_t rows, size_t cols, const double *weight, const double *bias,
     const op_attributes *a)
{
    const double zeros[8] = { 0 };
    const graph_operand w = parameter(g, rows, cols, weight);
    return node(g, name, op, x, w, parameter(g, 1, rows, bias != NULL ? bias : zeros), a);
}

/* What an element's origins are: one, or as many as `more` says besides, at the next numbers. */
typedef struct {
    size_t j;
    ga_cell cell;
    origin_kind kind;
    const char *name, *what; /* of the value: of its node, and of its part there */
    size_t at, row;          /* row: of images */
    size_t more;
} wanted;

static void
check_planted(ga_graph *graph, ga_estimator e, size_t parameter, const double *x, const uint32_t *label, size_t images,
              const wanted *want, size_t n)
{
    ga_model *const m = model_of_graph(graph, NULL);
    gradient g;
    gradient_open(&g, m, e, parameter, x, label, images);
    for (size_t i = 0; i < n; i++) {
        const wanted *const w = want + i;
        const ga_cell cell = cell_of(&g, w->j);
        origin found[MOST_ORIGINS];
        size_t unlisted;
        size_t n_found = origin_find(found, &unlisted, &g.image, w->j, cell);
        while (n_found > 0 && found[n_found - 1].beside)
            n_found--;
        ASSERT(cell == w->cell && n_found == (w->name[0] == '\0' ? 0 : 1 + w->more),
               "element %zu, %s: %zu", w->j, ga_cell_names[cell], n_found);
        for (size_t k = 0; k < n_found; k++) {
            const char *const name = m->graph->node[blame_node(g.net, found[k].value)].name;
            const char *const what = g.net->p->value[found[k].value].what;
            const char *const due = m->n_layers > 0 ? "fc1" : w->name; /* a chain of layers has the names of one */
            ASSERT(found[k].kind == w->kind && found[k].at == w->at + k && strcmp(name, due) == 0 && strcmp(what, w->what) == 0,
                   "element %zu: %s at %s %s [%zu]", w->j, origin_names[found[k].kind], name, what, found[k].at);
            ASSERT(blame_image_of(g.net, found[k].value, found[k].at) == w->row);
        }
    }
    redo r;
    redo_open(&r, &g);
    for (size_t j = 0; j < g.n; j++) {
        origin found[MOST_ORIGINS];
        size_t n_found = origin_find(found, &(size_t){ 0 }, &g.image, j, cell_of(&g, j));
        while (n_found > 0 && found[n_found - 1].beside)
            n_found--;
        if (n_found > 0)
            check_element(&r, found, n_found, j, cell_of(&g, j));
    }
    redo_close(&r);
    gradient_close(&g);
    ga_model_free(m);
}

static const ga_estimator *
planted_estimator(ga_formulas formulas, ga_loss loss)
{
    static ga_estimator e;
    e = network_estimator("float", formulas, GA_LOOP);
    e.loss = loss;
    return &e;
}

static const op_attributes one_by_one = { .kernel = { 1, 1 }, .stride = { 1, 1 } };

/* z = x + 2^24 of x = 1/4, 1/2: both round to 2^24, of which the first is chosen, though the second is larger. So the gradient goes
   to the first element, whose true one is 0, and the second, whose true one is not, gets nothing. */
static void
pool_flips(void)
{
    const op_attributes pool = { .kernel = { 1, 2 }, .stride = { 1, 2 } };
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 3, { 1, 1, 2 } });
    const graph_operand z = sums(g, "conv", OP_conv2d, graph_input, 1, 1, (double[]){ 1 }, (double[]){ 0x1p24 }, &one_by_one);
    const graph_operand p = node(g, "pool", OP_max_pool, z, graph_input, graph_input, &pool);
    sums(g, "fc", OP_affine, p, 2, 1, (double[]){ 0x1p-24, -0x1p-24 }, NULL, NULL);
    const wanted want[] = { { 0, GA_CELL_SPURIOUS, ORIGIN_POOL_FLIP, "pool", "mask", 0, 0, 0 },
                            { 1, GA_CELL_LOST, ORIGIN_POOL_FLIP, "pool", "mask", 1, 0, 0 } };
    check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 0.25, 0.5 }, (uint32_t[]){ 0 }, 1, want,
                  2);
}

/* The gradient of what is stored is -2^-30 p_1, about -2^-31, which float holds; float16's least number is 2^-24. The store of the
   gradient belongs to what was stored, fc1. */
static void
store_of_a_gradient(void)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 1 } });
    const graph_operand z = sums(g, "fc1", OP_affine, graph_input, 1, 1, (double[]){ 1 }, NULL, NULL);
    const graph_operand s = node(g, "store", OP_store, z, graph_input, graph_input, &(op_attributes){ .format = format_f16 });
    sums(g, "fc2", OP_affine, s, 2, 1, (double[]){ 0x1p-30, 0 }, NULL, NULL);
    const wanted want[] = { { 0, GA_CELL_LOST, ORIGIN_STORE, "fc1", "stored value", 0, 0, 0 } };
    check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 1 }, (uint32_t[]){ 0 }, 1, want, 1);
}

/* z = 0, sigma 1/2: s (1 - s) = 1/4 is a tie with the least number, 1/2, and rounds to 0. Nothing was absorbed. */
static void
slopes_below_the_range(void)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 1 } });
    const graph_operand z = sums(g, "fc1", OP_affine, graph_input, 1, 1, (double[]){ 1 }, NULL, NULL);
    sums(g, "fc2", OP_affine, node(g, "f", OP_sigmoid, z, graph_input, graph_input, NULL), 2, 1, (double[]){ 1, -1 }, NULL, NULL);
    const wanted want[] = { { 0, GA_CELL_BELOW_RANGE, ORIGIN_SIGMA_UNDERFLOW, "f", "derivative", 0, 0, 0 } };
    const ga_estimator e = network_estimator("e2m1", GA_NAIVE, GA_LOOP);
    check_planted(g, e, SIZE_MAX, (double[]){ 0 }, (uint32_t[]){ 0 }, 1, want, 1);
}

/* z = 2^17, 2^17 - 1: infinite in float16. The first logit is their difference, the second 0 times them, both NaN as long as one is
   infinite. The true gradient is -p_1. */
static void
stores_that_overflow(void)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 1 } });
    const graph_operand z = sums(g, "fc1", OP_affine, graph_input, 2, 1, (double[]){ 0x1p17, 0x1p17 - 1 }, NULL, NULL);
    const graph_operand s = node(g, "store", OP_store, z, graph_input, graph_input, &(op_attributes){ .format = format_f16 });
    sums(g, "fc2", OP_affine, s, 2, 2, (double[]){ 1, -1, 0, 0 }, NULL, NULL);
    const wanted want[] = { { 0, GA_CELL_NONFINITE, ORIGIN_OVERFLOW, "store", "stored value", 0, 0, 1 } };
    check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 1 }, (uint32_t[]){ 0 }, 1, want, 1);
}

/* Two windows of three, at x = 1: 2^24 + 3/4 - 2^24, added in this order, is 0 after rounding, not 3/4. The second window is moved
   by two and has 9/16 between the same two terms, which is lost too. Elements 0 and 1 are in the first window alone, so that its
   derivative is their origin; elements 3 and 4 are in the second alone. */
static void
relu_flips(void)
{
    const op_attributes conv = { .kernel = { 1, 3 }, .stride = { 1, 2 } };
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 3, { 1, 1, 5 } });
    const graph_operand z = sums(g, "conv", OP_conv2d, graph_input, 1, 3, (double[]){ 0x1p24, 0.75, -0x1p24 }, NULL, &conv);
    const graph_operand a = node(g, "relu", OP_relu, z, graph_input, graph_input, NULL);
    sums(g, "fc", OP_affine, a, 2, 2, (double[]){ 1, 0.5, -1, -1 }, NULL, NULL);
    const wanted want[] = { { 0, GA_CELL_LOST, ORIGIN_RELU_FLIP, "relu", "derivative", 0, 0, 0 },
                            { 1, GA_CELL_LOST, ORIGIN_RELU_FLIP, "relu", "derivative", 0, 0, 0 },
                            { 3, GA_CELL_LOST, ORIGIN_RELU_FLIP, "relu", "derivative", 1, 0, 0 },
                            { 4, GA_CELL_LOST, ORIGIN_RELU_FLIP, "relu", "derivative", 1, 0, 0 } };
    check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 1, 1, 1, 0.75, 1 }, (uint32_t[]){ 0 }, 1,
                  want, 4);
}

/* As relu_flips, in a convolution of two groups with a dilation. */
static void
groups_flip(void)
{
    const op_attributes conv = { .kernel = { 1, 3 }, .stride = { 1, 1 }, .gap = { 0, 1 }, .groups = 2 };
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 3, { 2, 1, 5 } });
    const double w[] = { 0x1p24, 0.75, -0x1p24, 1, 1, 1 };
    const graph_operand z = sums(g, "conv", OP_conv2d, graph_input, 2, 3, w, NULL, &conv);
    const graph_operand a = node(g, "relu", OP_relu, z, graph_input, graph_input, NULL);
    sums(g, "fc", OP_affine, a, 2, 2, (double[]){ 1, 0.5, -1, -1 }, NULL, NULL);
    const wanted want[] = { { 0, GA_CELL_LOST, ORIGIN_RELU_FLIP, "relu", "derivative", 0, 0, 0 },
                            { 1, GA_CELL_ZERO, 0, "", "", 0, 0, 0 },
                            { 2, GA_CELL_LOST, ORIGIN_RELU_FLIP, "relu", "derivative", 0, 0, 0 },
                            { 4, GA_CELL_LOST, ORIGIN_RELU_FLIP, "relu", "derivative", 0, 0, 0 } };
    check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },
                  (uint32_t[]){ 0 }, 1, want, 4);
}

/* Of 4 inputs two windows: 2^24 + 3/4 - 2^24, which is computed as 0, and 2^24 + 3/4 - (2^24 - 2). They are turned, and come with
   their mean to a clip from 1/4 to 4: the first is taken for a number below. */
static void
clips_flip(void)
{
    const op_attributes turn = { .from = { 3, { 1, 1, 2 } }, .to = { 3, { 1, 1, 2 } }, .axis = { 0, 1, 2 }, .first = { 0, 0, 1 },
                                 .step = { 1, 1, -1 } };
    const op_attributes pool = { .kernel = { 1, 2 }, .stride = { 1, 2 } };
    const op_attributes parts = { .from = { 1, { 2 } }, .to = { 1, { 3 } } };
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 3, { 1, 1, 4 } });
    const op_attributes conv = { .kernel = { 1, 3 }, .stride = { 1, 1 } };
    const graph_operand z = sums(g, "conv", OP_conv2d, graph_input, 1, 3, (double[]){ 0x1p24, 0.75, -0x1p24 }, NULL, &conv);
    const graph_operand turned = node(g, "turn", OP_view, z, graph_input, graph_input, &turn);
    const graph_operand sum = node(g, "pool", OP_sum_pool, turned, graph_input, graph_input, &pool);
    const graph_operand mean = node(g, "mean", OP_constant_div, sum, graph_constant(g, 2), graph_input, NULL);
    const graph_operand all = node(g, "parts", OP_concat, turned, mean, graph_input, &parts);
    const graph_operand a = node(g, "clip", OP_clip, all, graph_constant(g, 0.25), graph_constant(g, 4), NULL);
    sums(g, "fc", OP_affine, a, 2, 3, (double[]){ 1, 0.5, 0, 0, -0.5, 0 }, NULL, NULL);
    const wanted want[] = { { 0, GA_CELL_LOST, ORIGIN_RELU_FLIP, "clip", "derivative", 1, 0, 0 } };
    check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 1, 1, 1, 1 - 0x1p-23 },
                  (uint32_t[]){ 0 }, 1, want, 1);
}

/* At -7 GELU' is Phi(-7) - 7 phi(-7), of which naive formulas in float make -7 phi(-7): 2 % off. At -100 SiLU' is -99 e^-100, and
   naive formulas have e^100 infinite. */
static void
smooth_functions_cancel(void)
{
    static const struct {
        op_id op;
        double at;
        ga_cell cell;
        origin_kind kind;
    } cases[] = { { OP_gelu, -7, GA_CELL_INACCURATE, ORIGIN_CANCELLATION },
                  { OP_silu, -100, GA_CELL_LOST, ORIGIN_SIGMA_ABSORPTION },
                  { OP_gelu_tanh, -7, GA_CELL_LOST, ORIGIN_SIGMA_ABSORPTION } };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 1 } });
        const graph_operand z = sums(g, "fc1", OP_affine, graph_input, 1, 1, (double[]){ 1 }, NULL, NULL);
        const graph_operand a = node(g, "f", cases[k].op, z, graph_input, graph_input, NULL);
        sums(g, "fc2", OP_affine, a, 2, 1, (double[]){ 1, -1 }, NULL, NULL);
        const wanted want[] = { { 0, cases[k].cell, cases[k].kind, "f", "derivative", 0, 0, 0 } };
        check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ cases[k].at }, (uint32_t[]){ 0 }, 1,
                      want, 1);
    }
}

/* x s + (b - m s) with x = m = 1 is b = 2^-30; in float the factor s = 1/sqrt 3 absorbs b: the sum is 0, and would be fine with the
   term that the network means. The gradient of its square is lost. */
static void
factors_are_the_formats_own(void)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 1 } });
    const graph_operand rows = parameter(g, 4, 1, (double[]){ 1, 0x1p-30, 1, 2 });
    g->parameter[rows.index].constant = true;
    const graph_operand y = node(g, "norm", OP_batch_norm, graph_input, rows, graph_constant(g, 1), NULL);
    sums(g, "fc", OP_affine, node(g, "square", OP_mul, y, y, graph_input, NULL), 2, 1, (double[]){ 1, -1 }, NULL, NULL);
    const wanted want[] = { { 0, GA_CELL_LOST, ORIGIN_ROUNDED_MODEL, "norm", "sum", 0, 0, 0 } };
    check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 1 }, (uint32_t[]){ 0 }, 1, want, 1);
}

/* Residuals -q, q, in rewritten formulas exactly; the gradients of two channels are -q and q (1 + 2^-30), which rounds to q. Their
   sum, the gradient of the one input, is 0, not 2^-30 q. */
static void
sums_cancel(void)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 3, { 1, 1, 1 } });
    const graph_operand z = sums(g, "conv", OP_conv2d, graph_input, 2, 1, (double[]){ 1, 1 }, NULL, &one_by_one);
    sums(g, "fc", OP_affine, z, 2, 2, (double[]){ 1, -1, 0, 0x1p-30 }, NULL, NULL);
    const wanted want[] = { { 0, GA_CELL_LOST, ORIGIN_SUM_CANCELLATION, "conv", "back-sum", 0, 0, 0 } };
    check_planted(g, *planted_estimator(GA_REWRITE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 0.5 }, (uint32_t[]){ 0 }, 1, want, 1);
}

/* k_0 and k_1 times q, each a number times x and one more. */
static graph_operand
scores(ga_graph *g, const double *of_q, const double *q, const double *of_k, const double *k)
{
    const op_attributes outer = { .from = { 3, { 1, 1, 1 } }, .to = { 3, { 1, 1, 2 } } };
    const size_t inputs = g->input.dim[0];
    const graph_operand query = sums(g, "q", OP_affine, graph_input, 1, inputs, of_q, q, NULL);
    return node(g, "scores", OP_matmul, query, sums(g, "k", OP_affine, graph_input, 2, inputs, of_k, k, NULL), graph_input, &outer);
}

/* Of the scores 0, -110 the second weight, e^-110, is below float's range. The gradients of q and k_1 are that times v_1 = 2^40,
   which is not. */
static void
weights_underflow(void)
{
    const op_attributes inner = { .from = { 3, { 1, 1, 2 } }, .to = { 3, { 1, 1, 1 } } };
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 2 } });
    const graph_operand z = scores(g, (double[]){ 1, 0 }, NULL, (double[]){ 0, 0, 0, 1 }, (double[]){ 0, -110 });
    const graph_operand v = sums(g, "v", OP_affine, graph_input, 2, 2, (double[]){ 0, 0, 0, 0 }, (double[]){ 0, 0x1p40 }, NULL);
    const graph_operand p = node(g, "weights", OP_softmax_rows, z, graph_input, graph_input, NULL);
    sums(g, "fc", OP_affine, node(g, "mix", OP_matmul, p, v, graph_input, &inner), 2, 1, (double[]){ 1, -1 }, NULL, NULL);
    const wanted want[] = { { 0, GA_CELL_LOST, ORIGIN_SOFTMAX_UNDERFLOW, "weights", "probability", 1, 0, 0 },
                            { 1, GA_CELL_LOST, ORIGIN_SOFTMAX_UNDERFLOW, "weights", "probability", 1, 0, 0 } };
    check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 1, 0 }, (uint32_t[]){ 0 }, 1, want, 2);
}

/* q k_1 = 2^-160 is below float's range; times 2^80 twice it would be 1, by which v_1's gradient is multiplied, or weighed: of
   the scores 0, 1 the softmax is fine, but not at 0, 0. */
static void
products_of_values_underflow(void)
{
    for (int softmax = 0; softmax < 2; softmax++) {
        ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 1 } });
        graph_operand z = scores(g, (double[]){ 0 }, (double[]){ 0x1p-80 }, (double[]){ 0, 0 }, (double[]){ 0, 0x1p-80 });
        for (size_t n = 0; n < 2; n++)
            z = node(g, "scaled", OP_scale, z, graph_constant(g, 0x1p80), graph_input, NULL);
        if (softmax)
            z = node(g, "weights", OP_softmax_rows, z, graph_input, graph_input, NULL);
        const graph_operand v = sums(g, "v", OP_affine, graph_input, 2, 1, (double[]){ 0, 1 }, NULL, NULL);
        const graph_operand mix = node(g, "mix", OP_mul, z, v, graph_input, NULL);
        sums(g, "fc", OP_affine, mix, 2, 2, (double[]){ 0, 0x1p-100, 0, -0x1p-100 }, NULL, NULL);
        const wanted want[] = { { 0, GA_CELL_LOST, ORIGIN_SUM_UNDERFLOW, "scores", "sum", 1, 0, 0 },
                                { 0, GA_CELL_INACCURATE, ORIGIN_ARGUMENT_ERROR, "weights", "probability", 1, 0, 0 } };
        check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 1 }, (uint32_t[]){ 0 }, 1,
                      want + softmax, 1);
    }
}

/* Of 0, -20 the first logarithm, -e^-20, is 0, as 1 + e^-20 rounds to 1: the gradient's factor. Of 0, -110 the second probability,
   by which the first logarithm's gradient, 2^39, is multiplied, is below the range. */
static void
logarithms_of_softmax(void)
{
    static const struct {
        double z, factor;
        wanted want;
    } cases[] = { { -20, 0, { 0, GA_CELL_LOST, ORIGIN_SOFTMAX_ABSORPTION, "log", "log-probability", 0, 0, 0 } },
                  { -110, 0x1p40, { 1, GA_CELL_LOST, ORIGIN_SOFTMAX_UNDERFLOW, "log", "probability", 1, 0, 0 } } };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 2 } });
        const double move[] = { 0, cases[k].z }, factor[] = { cases[k].factor, 0 };
        const graph_operand z = sums(g, "z", OP_affine, graph_input, 2, 2, (double[]){ 0, 0, 0, 1 }, move, NULL);
        const graph_operand l = node(g, "log", OP_log_softmax_rows, z, graph_input, graph_input, NULL);
        const graph_operand v = sums(g, "v", OP_affine, graph_input, 2, 2, (double[]){ 1, 0, 0, 0 }, factor, NULL);
        const graph_operand m = node(g, "times", OP_mul, l, v, graph_input, NULL);
        sums(g, "fc", OP_affine, m, 2, 2, (double[]){ 1, 0, -1, 0 }, NULL, NULL);
        check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 0, 0 }, (uint32_t[]){ 0 }, 1,
                      &cases[k].want, 1);
    }
}

/* A root of a sum that should be 9/16 and is 0: not the root is to blame that its derivative is infinite. */
static void
poles(void)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 3 } });
    const graph_operand z = sums(g, "sum", OP_affine, graph_input, 1, 3, (double[]){ 0x1p24, 0.75, -0x1p24 }, NULL, NULL);
    const graph_operand a = node(g, "root", OP_sqrt, z, graph_input, graph_input, NULL);
    sums(g, "fc", OP_affine, a, 2, 1, (double[]){ 1, -1 }, NULL, NULL);
    const wanted want[] = { { 0, GA_CELL_NONFINITE, ORIGIN_SUM_ROUNDING, "sum", "sum", 0, 0, 0 },
                            { 1, GA_CELL_NONFINITE, ORIGIN_SUM_ROUNDING, "sum", "sum", 0, 0, 0 },
                            { 2, GA_CELL_NONFINITE, ORIGIN_SUM_ROUNDING, "sum", "sum", 0, 0, 0 } };
    check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, (double[]){ 1, 0.75, 1 }, (uint32_t[]){ 0 }, 1, want,
                  3);
}

/* The output 1 + 2^-30 rounds to 1, the label; the residual is 2^-29. */
static void
squared_errors(void)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 1 } });
    sums(g, "fc", OP_affine, graph_input, 1, 1, (double[]){ 1 }, (double[]){ 0x1p-30 }, NULL);
    const wanted want[] = { { 0, GA_CELL_LOST, ORIGIN_ARGUMENT_ERROR, "fc", "residual", 0, 0, 0 } };
    check_planted(g, *planted_estimator(GA_NAIVE, GA_SQUARED_ERROR), SIZE_MAX, (double[]){ 1 }, (uint32_t[]){ 1 }, 1, want, 1);
}

/* One logit, the input and a bias; of two classes beside a logit 0. Of label 1 at 20 s is absorbed, its residual -e^-20; of label 0
   at -89 e^89 overflows, and s is 0. In bfloat16 20.06 is 20. */
static void
losses_of_one_logit(void)
{
    static const struct {
        const char *format;
        double x, bias;
        uint32_t label;
        ga_loss loss;
        size_t outputs;
        ga_formulas formulas;
        op_id end; /* of the network */
        wanted want;
        double number; /* of the loss */
    } cases[] = {
        { "float", 20, 0, 0, GA_SOFT_CROSS_ENTROPY, 2, GA_NAIVE, OP_identity,
          { 0, GA_CELL_LOST, ORIGIN_SOFTMAX_ABSORPTION, "fc", "residual", 0, 0, 0 }, 0x1p-60 },
        { "float", 20, 0, 0, GA_SOFT_CROSS_ENTROPY, 2, GA_REWRITE, OP_identity, { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 }, 0x1p-60 },
        { "float", 40, 0, 0, GA_SOFT_CROSS_ENTROPY, 2, GA_NAIVE, OP_identity,
          { 0, GA_CELL_LOST, ORIGIN_SOFTMAX_ABSORPTION, "fc", "residual", 0, 0, 0 }, 0x1p-26 },
        { "float", 40, 0, 0, GA_SOFT_CROSS_ENTROPY, 2, GA_REWRITE, OP_identity, { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 }, 0x1p-26 },
        { "float", 1.0986123f, 0, 0, GA_SOFT_CROSS_ENTROPY, 2, GA_NAIVE, OP_identity,
          { 0, GA_CELL_INACCURATE, ORIGIN_CANCELLATION, "fc", "residual", 0, 0, 0 }, 0.5 },
        { "float", -120, 0, 0, GA_SOFT_CROSS_ENTROPY, 2, GA_NAIVE, OP_identity, { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 }, 0.5 },
        { "float", 20, 0, 1, GA_BCE, 1, GA_NAIVE, OP_identity,
          { 0, GA_CELL_LOST, ORIGIN_SIGMA_ABSORPTION, "fc", "residual", 0, 0, 0 }, 0 },
        { "float", 10, 0, 1, GA_BCE, 1, GA_NAIVE, OP_identity,
          { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 }, 0 },
        { "float", 15, 0, 1, GA_BCE, 1, GA_NAIVE, OP_identity,
          { 0, GA_CELL_INACCURATE, ORIGIN_CANCELLATION, "fc", "residual", 0, 0, 0 }, 0 },
        { "float", -89, 0, 0, GA_BCE, 1, GA_NAIVE, OP_identity,
          { 0, GA_CELL_LOST, ORIGIN_SIGMA_UNDERFLOW, "fc", "residual", 0, 0, 0 }, 0 },
        { "float", 20, 0, 1, GA_BCE, 1, GA_NAIVE, OP_sigmoid,
          { 0, GA_CELL_NONFINITE, ORIGIN_OVERFLOW, "fc", "residual", 0, 0, 0 }, 0 },
        { "float", 20, 0, 1, GA_BCE, 1, GA_REWRITE, OP_sigmoid,
          { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 }, 0 },
        { "float", -89, 0, 0, GA_BCE, 1, GA_REWRITE, OP_identity,
          { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 }, 0 },
        { "bfloat16", 20, 0.06, 1, GA_BCE, 1, GA_REWRITE, OP_identity,
          { 0, GA_CELL_INACCURATE, ORIGIN_ARGUMENT_ERROR, "fc", "residual", 0, 0, 0 }, 0 },
        { "float", 20, 0, 1, GA_PROBABILITY, 1, GA_NAIVE, OP_sigmoid,
          { 0, GA_CELL_LOST, ORIGIN_SIGMA_ABSORPTION, "fc", "residual", 0, 0, 0 }, 0 },
        { "float", -89, 0, 0, GA_PROBABILITY, 1, GA_NAIVE, OP_sigmoid,
          { 0, GA_CELL_LOST, ORIGIN_SIGMA_UNDERFLOW, "fc", "residual", 0, 0, 0 }, 0 },
        { "float", 20, 0, 0, GA_PROBABILITY, 2, GA_NAIVE, OP_identity,
          { 0, GA_CELL_LOST, ORIGIN_SOFTMAX_ABSORPTION, "fc", "residual", 0, 0, 0 }, 0 },
        { "float", 20, 0, 0, GA_PROBABILITY, 2, GA_REWRITE, OP_identity, { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 }, 0 },
        { "bfloat16", 20, 0.06, 0, GA_PROBABILITY, 2, GA_REWRITE, OP_identity,
          { 0, GA_CELL_INACCURATE, ORIGIN_ARGUMENT_ERROR, "fc", "residual", 0, 0, 0 }, 0 },
        { "bfloat16", 20, 0.06, 0, GA_PROBABILITY, 1, GA_REWRITE, OP_sigmoid,
          { 0, GA_CELL_INACCURATE, ORIGIN_ARGUMENT_ERROR, "fc", "residual", 0, 0, 0 }, 0 },
        { "float", 20, 0, 0, GA_NLL, 2, GA_NAIVE, OP_log_softmax,
          { 0, GA_CELL_LOST, ORIGIN_SOFTMAX_ABSORPTION, "fc", "residual", 0, 0, 0 }, 0 },
        { "float", -105, 0, 0, GA_NLL, 2, GA_NAIVE, OP_log_softmax, { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 }, 0 },
        { "float", -105, 0, 0, GA_NLL, 2, GA_NAIVE, OP_softmax,
          { 0, GA_CELL_NONFINITE, ORIGIN_OVERFLOW, "fc", "residual", 0, 0, 0 }, 0 },
        { "float", -105, 0, 0, GA_NLL, 2, GA_REWRITE, OP_softmax, { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 }, 0 },
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 1 } });
        ga_estimator e = network_estimator(cases[k].format, cases[k].formulas, GA_LOOP);
        sums(g, "fc", OP_affine, graph_input, cases[k].outputs, 1, (double[]){ 1, 0 }, (double[]){ cases[k].bias, 0 }, NULL);
        g->end = cases[k].end;
        e.loss = cases[k].loss;
        e.number = cases[k].number;
        check_planted(g, e, SIZE_MAX, &cases[k].x, &cases[k].label, 1, &cases[k].want, 1);
    }
}

/* Logits x, 1, 1 - 2^-20 and 0 of label 0: with x = 10 it is the first, and its residual -2^-20/D^2, D = 9 + 2^-20, is what remains
   of -1/D + (9/D)/D; with 1/2 it is the third, and -1/D - (N/D)/D, N = -1/2 = -D, is 0, the truth. Of label 1 and x = 10 it is
   (1 - (1 - 2^-20))/D^2. Of logits 8, 2^-30, 0 and -1 N/D rounds to 1, and nothing remains. */
static void
differences_of_logits(void)
{
    static const struct {
        double x;
        uint32_t label;
        ga_formulas formulas;
        wanted want;
        double bias[4];
    } cases[] = {
        { 10, 0, GA_NAIVE, { 0, GA_CELL_INACCURATE, ORIGIN_CANCELLATION, "fc", "residual", 0, 0, 0 }, { 0, 1, 1 - 0x1p-20, 0 } },
        { 10, 0, GA_REWRITE, { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 }, { 0, 1, 1 - 0x1p-20, 0 } },
        { 10, 1, GA_NAIVE, { 0, GA_CELL_INACCURATE, ORIGIN_CANCELLATION, "fc", "residual", 0, 0, 0 }, { 0, 1, 1 - 0x1p-20, 0 } },
        { 10, 1, GA_REWRITE, { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 }, { 0, 1, 1 - 0x1p-20, 0 } },
        { 0.5, 0, GA_NAIVE, { 0, GA_CELL_ZERO, 0, "", "", 0, 0, 0 }, { 0, 1, 1 - 0x1p-20, 0 } },
        { 8, 0, GA_NAIVE, { 0, GA_CELL_LOST, ORIGIN_CANCELLATION, "fc", "residual", 0, 0, 0 }, { 0, 0x1p-30, 0, -1 } },
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 1 } });
        sums(g, "fc", OP_affine, graph_input, 4, 1, (double[]){ 1, 0, 0, 0 }, cases[k].bias, NULL);
        check_planted(g, *planted_estimator(cases[k].formulas, GA_DLR), SIZE_MAX, &cases[k].x, &cases[k].label, 1, &cases[k].want,
                      1);
    }
}

/* With u = 2^-22, a ulp, logits 2 + 3u/2 and 2 + u/2 of label 1: their difference is kappa = u, so that the gradient is 2 - 1, but
   computed they are 2 + 2u and 2, beyond it. Of 2 + u/4 and 2, and kappa 0, it is beyond, but computed it is not. */
static void
hinges(void)
{
    static const struct {
        double bias[2], kappa;
        wanted want;
    } cases[] = {
        { { 0x3p-23, 1 + 0x1p-23 }, 0x1p-22, { 0, GA_CELL_LOST, ORIGIN_CLASS_FLIP, "fc", "residual", 0, 0, 0 } },
        { { 0x1p-24, 1 }, 0, { 0, GA_CELL_SPURIOUS, ORIGIN_CLASS_FLIP, "fc", "residual", 0, 0, 0 } },
        { { 0x1p-22, 1 }, 0x1p-22, { 0, GA_CELL_RIGHT, 0, "", "", 0, 0, 0 } },
        { { 0x1p-21, 1 }, 0x1p-22, { 0, GA_CELL_ZERO, 0, "", "", 0, 0, 0 } },
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 1 } });
        ga_estimator e = *planted_estimator(GA_NAIVE, GA_CW);
        sums(g, "fc", OP_affine, graph_input, 2, 1, (double[]){ 2, 1 }, cases[k].bias, NULL);
        e.number = cases[k].kappa;
        check_planted(g, e, SIZE_MAX, (double[]){ 1 }, (uint32_t[]){ 1 }, 1, &cases[k].want, 1);
    }
}

/* Logits x_0, -x_0 of label 0: of x_0 = 12 the residual is -e^-24, absorbed by p_0 = 1. Only image 2 has an x_1 that is not 0, and
   x_0 = 12; so the gradient of the weight of x_1 is x_1 times its residual alone, number 2 of rows of two. */
static void
weights_name_the_image(void)
{
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 2 } });
    sums(g, "fc", OP_affine, graph_input, 2, 2, (double[]){ 1, 0, -1, 0 }, NULL, NULL);
    const double x[] = { 0.5, 0, 1, 0, 12, 1, -0.5, 0 };
    const wanted want[] = { { 1, GA_CELL_LOST, ORIGIN_SOFTMAX_ABSORPTION, "fc", "residual", 2 * 2, 2, 0 } };
    check_planted(g, *planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), 0, x, (uint32_t[]){ 0, 0, 0, 0 }, 4, want, 1);
}

/* What a convolution of 3 x 3 makes depends on the numbers within 1 of it, of every channel: behind several, within so many. An
   answer that went through every way there would take 72^10 steps. */
static void
many_ways_lead_there(void)
{
    enum { DEPTH = 12, CHANNELS = 8, SIDE = 30 };
    const op_attributes conv = { .kernel = { 3, 3 }, .stride = { 1, 1 }, .pad = { 1, 1, 1, 1 } };
    uint64_t state = test_seed();
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 3, { 1, SIDE, SIDE } });
    graph_operand x = graph_input;
    for (size_t k = 0; k < DEPTH; k++)
        x = graph_conv2d(g, x, k == 0 ? 1 : CHANNELS, CHANNELS, &conv, &state);
    graph_affine(g, x, CHANNELS * SIDE * SIDE, 2, &state);
    ga_model *const m = model_of_graph(g, NULL);
    blame_net *const net = blame_net_new(m, planted_estimator(GA_NAIVE, GA_CROSS_ENTROPY), SIZE_MAX, 1);
    if (!ASSERT(net != NULL))
        exit(99);
    for (int i = 0; i < 200; i++) {
        const size_t from = test_random(&state) % DEPTH, to = from + test_random(&state) % (DEPTH - from);
        const size_t a = test_random(&state) % (CHANNELS * SIDE * SIDE), b = test_random(&state) % (CHANNELS * SIDE * SIDE);
        const long down = labs((long)(a / SIDE % SIDE) - (long)(b / SIDE % SIDE)), most = (long)(to - from);
        const long along = labs((long)(a % SIDE) - (long)(b % SIDE));
        const origin first = { .value = net->p->code[net->p->n_once + from].out[0], .at = a };
        const origin second = { .value = net->p->code[net->p->n_once + to].out[0], .at = b };
        ASSERT(origin_feeds(net, &first, &second) == (most > 0 && down <= most && along <= most), "%ld: %ld, %ld", most, down,
               along);
    }
    blame_net_free(net);
    ga_model_free(m);
}

TEST_MAIN("blame", TEST(many_ways_lead_there), TEST(input_gradients), TEST(weight_gradients), TEST(recipe_gradients),
          TEST(format_gradients), TEST(pool_flips), TEST(store_of_a_gradient), TEST(slopes_below_the_range),
          TEST(stores_that_overflow), TEST(relu_flips), TEST(groups_flip), TEST(clips_flip),
          TEST(smooth_functions_cancel), TEST(factors_are_the_formats_own), TEST(sums_cancel), TEST(weights_underflow),
          TEST(products_of_values_underflow), TEST(logarithms_of_softmax), TEST(poles),
          TEST(squared_errors), TEST(losses_of_one_logit),
          TEST(differences_of_logits), TEST(hinges),
          TEST(weights_name_the_image))
