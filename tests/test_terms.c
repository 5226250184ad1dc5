/* SPDX-License-Identifier: Apache-2.0 */
/* test_terms.c -- what the column of blame says that a number is made of is what the pass made it of: for every value of gradients
   to the input and to parameters, of one image and of several, in networks with each operation, without a recipe and with some. */
#include <math.h>
#include <string.h>

#include "blame/group.h"
#include "exact/engines.h"
#include "graph/op_graph.h"
#include "networks.h"
#include "graphs.h"
#include "model/model.h"
#include "num/recipe.h"
#include "pass/engine.h"

enum { BITS = 200 };

/* A tape of the program of a gradient. */
typedef struct {
    const ga_model *model;
    ga_estimator e;
    blame_net *net;
    blame_tape *tape;
    const blame_constant *constant;
    uint32_t label[4];
    blame_image image;
} pass;

static bool
pass_open(pass *p, const ga_model *m, const char *format, ga_loss loss, size_t parameter, size_t images, uint64_t *state)
{
    *p = (pass){ .model = m };
    p->e = network_estimator(format, GA_REWRITE, GA_LOOP);
    if (recipe_is(p->e.format))
        p->e.formulas = GA_NAIVE; /* derivatives are of stored values */
    p->e.loss = loss;
    p->e.number = graph_number(loss);
    p->e.gain = 0.75;
    p->e.logit_scale = 1.25;
    p->e = engine_estimator(&p->e, m);
    p->net = blame_net_new(m, &p->e, parameter, images);
    if (!ASSERT(p->net != NULL) || !ASSERT((p->tape = blame_tape_new(p->net, false)) != NULL))
        return false;
    p->constant = blame_constants(p->net, p->e.format);
    if (!ASSERT(p->constant != NULL))
        return false;
    p->tape->constant = p->constant;
    const engine_ops *const ops = engine_find(p->e.format);
    void *const engine = ops->open(&(engine_key){ m, p->e, 1 + images, parameter != SIZE_MAX, true, false }, NULL);
    if (!ASSERT(engine != NULL))
        return false;
    double *const x = graph_inputs(m->graph, 1 + images, state);
    for (size_t i = 0; i <= images; i++) {
        const uint32_t label = (uint32_t)(test_random(state) % ga_model_classes(m));
        ops->set_image(engine, i, x + i * ga_model_inputs(m), label);
        if (i > 0)
            p->label[i - 1] = label;
    }
    ops->set_rows(engine, 1 + images, 1, 1 + images);
    ops->forward(engine);
    ASSERT(ops->backward(engine));
    blame_tape_read(p->tape, ops, engine, 1);
    ops->close(engine);
    free(x);
    p->image = (blame_image){ .net = p->net, .shape = p->net->shape, .e = p->e, .label = p->label, .tolerance = 0.01,
                              .computed = p->tape };
    return true;
}

static void
pass_close(pass *p)
{
    blame_tape_free(p->tape);
    blame_constants_free(p->net, p->constant);
    blame_net_free(p->net);
}

/* Computed is x, up to n roundings of quantities up to size. That of an exponential is off by its argument's roundings as well, and
   what is subnormal by its least number. */
static void
check_near(const ga_number *computed, mpfr_srcptr x, double size, size_t n, const char *what)
{
    mpfr_t difference;
    mpfr_init2(difference, BITS);
    mpfr_vec_set_number(difference, computed);
    mpfr_sub(difference, difference, x, MPFR_RNDN);
    const double off = fabs(mpfr_get_d(difference, MPFR_RNDN)), roundings = (double)(n + 8);
    const double argument = size > 0 && size < 1 ? 1 - log(size) : 1;
    ASSERT(off <= roundings * (0x1p-52 * argument * size + 0x1p-1074), "%s: %g, not %g", what, engine_double(computed),
           mpfr_get_d(x, MPFR_RNDN));
    mpfr_clear(difference);
}

static void
check_sum(const pass *p, value_id v, size_t at, const blame_run *runs, size_t n_runs)
{
    const op_blame *const row = blame_row(p->net, v);
    mpfr_t sum, term, factor;
    double size = 0;
    size_t n = 0;
    mpfr_inits2(BITS, sum, term, factor, (mpfr_ptr)0);
    mpfr_set_zero(sum, 1);
    for (size_t r = 0; r < n_runs; r++)
        for (size_t k = 0; k < runs[r].n; k++, n++) {
            const ga_number a = blame_tape_number(p->tape, runs[r].a, runs[r].a_first + k * runs[r].a_step);
            mpfr_vec_set_number(term, &a);
            if (runs[r].b != NO_VALUE) {
                const ga_number b = blame_tape_number(p->tape, runs[r].b, runs[r].b_first + k * runs[r].b_step);
                mpfr_vec_set_number(factor, &b);
                (runs[r].divided ? mpfr_div : mpfr_mul)(term, term, factor, MPFR_RNDN);
            }
            if (runs[r].negated)
                mpfr_neg(term, term, MPFR_RNDN);
            mpfr_add(sum, sum, term, MPFR_RNDN);
            size += fabs(mpfr_get_d(term, MPFR_RNDN));
        }
    const instruction *const i = blame_maker(p->net, v);
    if ((i->op == OP_softmax_back || i->op == OP_log_softmax_back) && p->e.formulas == GA_NAIVE) {
        const ga_number g = blame_tape_number(p->tape, i->in[2], at); /* of which terms have (1 - s) g */
        size += fabs(engine_double(&g));
    }
    ASSERT(!row->product || n == 1);
    check_near(p->tape->value[v] + at, sum, size, n, op_graph_of(blame_maker(p->net, v)->op)->name);
    mpfr_clears(sum, term, factor, (mpfr_ptr)0);
}

static void
check_group(const pass *p, groups *g, value_id v, size_t at)
{
    const instruction *const i = blame_maker(p->net, v);
    const op_blame *const row = op_blame_of(i->op);
    const size_t out = p->net->output[v];
    size_t first;
    const size_t n = blame_group(&first, p->net, v, at), cols = p->net->p->value[v].cols;
    ASSERT(at >= first && at - first < n && first / cols == (first + n - 1) / cols);
    mpfr_t x;
    mpfr_init2(x, BITS);
    const ga_number made = groups_made(g, v, at);
    mpfr_vec_set_number(x, &made);
    const bool naive = p->e.formulas == GA_NAIVE && i->op != OP_sigmoid_slope && i->op != OP_tanh_slope && i->op != OP_complement;
    const bool cancels = naive || i->op == OP_soft_cross_entropy || i->op == OP_layer_norm;
    const double size = fabs(engine_double(&made)), least = i->op == OP_layer_norm ? 64 : 1; /* a mean of 64 deviations */
    check_near(p->tape->value[v] + at, x, cancels && size < least ? least : size, 8, op_graph_of(i->op)->name);
    if (row->exact != NULL && row->exact(x, &p->image, i, out, at)) {
        const double right = fabs(mpfr_get_d(x, MPFR_RNDN));
        check_near(p->tape->value[v] + at, x, cancels && right < least ? least : right, 40, op_graph_of(i->op)->name);
    }
    mpfr_clear(x);
}

/* Whether number at of an instruction's first output is made of number from of an operand. */
static bool
reads(const pass *p, blame_run *runs, const instruction *i, size_t operand, size_t at, size_t from)
{
    const size_t n = blame_runs(runs, p->net, i->out[0], at);
    bool found = false;
    for (size_t r = 0; r < n; r++)
        for (size_t k = 0; k < runs[r].n; k++)
            found = found || (runs[r].a == i->in[operand] && runs[r].a_first + k * runs[r].a_step == from) ||
                    (runs[r].b == i->in[operand] && runs[r].b_first + k * runs[r].b_step == from);
    return found;
}

/* All numbers that read one, which are few, or those of the same place, or all of the same image. */
static void
check_readers(const pass *p, blame_run *runs, const instruction *i)
{
    const op_blame *const row = op_blame_of(i->op);
    const value_id v = i->out[0];
    size_t *const at = malloc(p->net->most_readers * sizeof *at);
    for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++)
        for (size_t from = 0; p->net->kept[i->in[o]] && from < blame_size(p->net, i->in[o]); from++) {
            if (i->op == OP_matmul && i->in[0] == i->in[1]) /* read as both */
                continue;
            const size_t n = row->readers != NULL ? row->readers(at, &p->net->shape, i, o, from) : 0;
            ASSERT(n <= p->net->most_readers);
            for (size_t k = 0; k < blame_size(p->net, v); k++) {
                const bool does = reads(p, runs, i, o, k, from);
                bool said = row->same && k == from;
                for (size_t m = 0; m < n; m++)
                    said = said || at[m] == k;
                const size_t rows = op_rows(&i->a);
                if (row->all)
                    said = rows == 1 ? blame_image_of(p->net, v, k) == blame_image_of(p->net, i->in[o], from)
                                     : k / (p->net->p->value[v].cols / rows) == from / (p->net->p->value[i->in[o]].cols / rows);
                if (row->all || row->same || row->readers != NULL)
                    ASSERT(does == said, "%s: number %zu of operand %zu, and number %zu", op_graph_of(i->op)->name, from, o, k);
            }
        }
    free(at);
}

static size_t checked[N_OPS];

static void
check_value(const pass *p, blame_run *runs, groups *g, value_id v)
{
    const blame_net *const net = p->net;
    const instruction *const i = blame_maker(net, v);
    const dependence depends = blame_depends(net, v);
    mpfr_t x;
    mpfr_init2(x, 53);
    if (depends == DEPENDS_GROUP)
        groups_run(g, net->maker[v], p->tape->value, p->label);
    for (size_t at = 0; at < blame_size(net, v); at++) {
        const size_t n = blame_runs(runs, net, v, at);
        ASSERT(n <= net->most_runs);
        if (depends == DEPENDS_SUM)
            check_sum(p, v, at, runs, n);
        else if (depends == DEPENDS_GROUP)
            check_group(p, g, v, at);
        else if (blame_row(net, v)->gathers && n == 1 && runs->n == 0) /* beyond the border */
            ASSERT(engine_double(p->tape->value[v] + at) == 0);
        else if (ASSERT(n == 1 && runs->n == 1)) {
            const ga_number from = blame_tape_number(p->tape, runs->a, runs->a_first);
            mpfr_vec_set_number(x, &from);
            blame_row(net, v)->store(x, i, blame_tape_scale(p->tape, v, at));
            ASSERT(mpfr_get_d(x, MPFR_RNDN) == engine_double(p->tape->value[v] + at));
        }
        checked[i->op]++;
    }
    mpfr_clear(x);
}

static void
check_model(const ga_model *m, const char *format, ga_loss loss, size_t parameter, size_t images, uint64_t *state)
{
    pass p;
    if (!pass_open(&p, m, format, loss, parameter, images, state))
        return;
    const program *const code = p.net->p;
    blame_run *const runs = malloc(p.net->most_runs * sizeof *runs);
    groups *const g = groups_new(p.net, &p.e);
    if (ASSERT(runs != NULL && g != NULL)) {
        for (value_id v = 0; v < code->n_values; v++)
            if (p.net->examined[v])
                check_value(&p, runs, g, v);
        for (size_t k = code->n_once; k < code->n_backward; k++)
            if (p.net->examined[code->code[k].out[0]])
                check_readers(&p, runs, code->code + k);
    }
    free(runs);
    groups_free(g);
    pass_close(&p);
}

/* Stores to nearest and toward zero, by themselves, with the scale of a batch and with those of blocks; in double, whose roundings
   check_near knows. */
static const char *const formats[] = {
    "double", "store:activation=float16,gradient=bfloat16,weight=e5m2,sum=double,loss-scale=64",
    "store:gradient=e4m3,activation=bfloat16,rounding=toward-zero,sum=double", "fp8-hybrid,sum=double",
    "mxfp8,scale=nearest,gradient=float16,sum=double",
    "store:activation=float16,gradient=e5m2,sum=double,elementwise=each",
};

static void
check_gradients(const ga_model *m, ga_loss loss, bool stores, uint64_t *state)
{
    for (size_t k = 0; k < (stores ? sizeof formats / sizeof *formats : 1); k++) {
        const ga_estimator e = network_estimator(formats[k], GA_NAIVE, GA_LOOP);
        bool grouped = false;
        for (size_t n = 0; strncmp(formats[k], "mxfp8", 5) == 0 && n < m->graph->n_nodes; n++) {
            const graph_node *const node = m->graph->node + n;
            grouped = grouped || (op_graph_of(node->op)->of_columns != 0 && node->a.groups > 1) || node->op == OP_matmul ||
                      (node->op == OP_affine && node->a.rows > 1);
        }
        ASSERT(engine_check_forward(&e, m, NULL) == (grouped ? GA_USAGE : GA_OK));
        if (grouped) /* are not scaled in blocks */
            continue;
        check_model(m, formats[k], loss, SIZE_MAX, 1, state);
        check_model(m, formats[k], loss, SIZE_MAX, 2, state);
        for (size_t i = 0; i < m->graph->n_parameters && (k == 0 || i < 2); i++)
            if (!m->graph->parameter[i].constant)
                check_model(m, formats[k], loss, i, 3, state);
    }
}

static void
every_operation(void)
{
    uint64_t state = test_seed();
    for (size_t k = 0; k <= N_GRAPHS; k++)
        for (ga_dtype type = GA_F32; type <= GA_F64; type++) {
            const graph_case *const g = k < N_GRAPHS ? graphs + k : &(graph_case){ "pooled", graph_pooled, -1 };
            ga_model *m = model_of_graph(g->make(type, &state), NULL);
            for (int loss = 0; loss < (g->loss < 0 ? 2 : 1); loss++) {
                const ga_loss of = g->loss >= 0 ? (ga_loss)g->loss : loss == 0 ? GA_CROSS_ENTROPY : GA_MARGIN;
                check_gradients(m, of, test_every() == 1 || (type == GA_F32 && loss == 0), &state);
            }
            ga_model_free(m);
        }
    for (op_id op = 0; op < N_OPS; op++)
        ASSERT((checked[op] > 0) == (op_blame_of(op)->runs != NULL && op_blame_of(op)->out[0] != DEPENDS_NOT) || op == OP_identity,
               "%s: %zu", op_graph_of(op)->name, checked[op]);
}

/* Rows of more than two blocks, whose numbers are scaled apart. */
static void
several_blocks(void)
{
    uint64_t state = test_seed();
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 1, { 70 } });
    graph_affine(g, graph_unary(g, OP_sigmoid, graph_affine(g, graph_input, 70, 45, &state)), 45, 4, &state);
    for (size_t i = 0; i < 70 * 45; i++) /* gradients of the input differ by as much */
        dtype_set(GA_F32, g->parameter[0].exact, i, ldexp(dtype_get(GA_F32, g->parameter[0].exact, i), (int)(i % 70) / 3));
    for (size_t i = 0; i < 45 * 4; i++)
        dtype_set(GA_F32, g->parameter[2].exact, i, ldexp(dtype_get(GA_F32, g->parameter[2].exact, i), (int)(i % 45) / 3));
    ga_model *const m = model_of_graph(g, NULL);
    check_model(m, "mxfp8,sum=double", GA_CROSS_ENTROPY, SIZE_MAX, 1, &state);
    check_model(m, "mxfp8,sum=double", GA_CROSS_ENTROPY, SIZE_MAX, 2, &state);
    ga_model_free(m);
}

TEST_MAIN("terms", TEST(every_operation), TEST(several_blocks))
