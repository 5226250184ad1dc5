/* SPDX-License-Identifier: Apache-2.0 */
/* test_graphs.c -- networks of every operation: float, double and float16 equal the same template in MPFR with their ranges, bit
   for bit; balls contain the pass at four times the precision; gradients to the input and to all parameters are limits of
   differences of the loss; old contents of a tape do not matter. A new operation joins by a graph in graphs.h. */
#include <string.h>

#include "graph/op_graph.h"
#include "networks.h"
#include "graphs.h"

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/engine.h"
#include "pass/tape_tmpl.h"
#include "graph_run_tmpl.c"

#include "num/nar32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "graph_run_tmpl.c"

#include "num/nar64.h"
#include "num/vec_tmpl.h"

#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "graph_run_tmpl.c"

#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "graph_run_tmpl.c"

#include "num/ball.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "graph_run_tmpl.c"

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
#include "graph_run_tmpl.c"

#include "contains.h"
#include "rounded_libm.h"

enum { ROWS = 3, FIRST = 0, END = 2 }; /* the last row is padding */

static ga_estimator
estimator(const char *format, ga_formulas formulas, ga_product product, ga_loss loss)
{
    ga_estimator e = network_estimator(format, formulas, product);
    e.loss = loss;
    return e;
}

static bool
same_number(double got, double want, const op_value *v, size_t i, size_t k)
{
    return ASSERT(isnan(got) ? isnan(want) : got == want && !signbit(got) == !signbit(want),
                  "%s: %s of node %zu [%zu]: %a, not %a", graphs[k].name, v->what, v->node, i, got, want);
}

/* Whether the tapes have the same numbers; float and double against the emulation. */
#define SAME_TAPES(a, b)                                                                                                           \
    for (size_t v = 0; v < (a)->p->n_values; v++)                                                                                  \
        for (size_t i = 0; (a)->p->value[v].role == VALUE_COMPUTED && i < (a)->value[v].rows * (a)->value[v].cols; i++, n++)       \
            if (!same_number((double)(a)->value[v].e[i], mpfr_get_d((b)->value[v].e + i, MPFR_RNDN), (a)->p->value + v, i, k))     \
                break;

/* The numbers of a model that binary16 holds, as the emulation takes them. */
static void
round_all(ga_graph *g, double *x, size_t n)
{
    const narrow64 rules = narrow64_of(format_f16);
    for (size_t k = 0; k < g->n_parameters; k++)
        for (size_t i = 0; i < g->parameter[k].rows * g->parameter[k].cols; i++) {
            float *const a = (float *)g->parameter[k].exact + i;
            *a = (float)narrow_double(*a, &rules);
        }
    for (size_t i = 0; i < n; i++)
        x[i] = narrow_double(x[i], &rules);
}

static void
equal_to_the_emulation(void)
{
    uint64_t state = test_seed();
    for (size_t k = 0; k < N_GRAPHS; k++)
        for (int way = 0; way < 12; way++) {
            const ga_loss loss = graphs[k].loss >= 0 ? (ga_loss)graphs[k].loss : way & 1 ? GA_MARGIN : GA_CROSS_ENTROPY;
            const ga_formulas formulas = way & 2 ? GA_REWRITE : GA_NAIVE;
            ga_graph *g = graphs[k].make(GA_F32, &state);
            program *p = graph_program(g, loss);
            double *x = graph_inputs(g, ROWS, &state);
            if (way >= 8)
                round_all(g, x, ROWS * op_shape_size(&g->input));
            const ga_estimator e = estimator(way < 4 ? "float" : way < 8 ? "double" : "float16", formulas, GA_LOOP, loss);
            size_t n = 0;
            rounded_select(e.format);
            ctx_ieee *emulated = ctx_new_ieee(&e);
            tape_ieee *b = graph_run_ieee(p, x, emulated);
            if (way >= 8) {
                ctx_nar32 *ctx = ctx_new_nar32(&e);
                ctx->libm = &rounded_libm_nar32;
                tape_nar32 *a = graph_run_nar32(p, x, ctx);
                SAME_TAPES(a, b)
                tape_free_nar32(a);
                ctx_free_nar32(ctx);
            } else if (way >= 4) {
                ctx_f64 *ctx = ctx_new_f64(&e);
                ctx->libm = &rounded_libm_f64;
                tape_f64 *a = graph_run_f64(p, x, ctx);
                SAME_TAPES(a, b)
                tape_free_f64(a);
                ctx_free_f64(ctx);
            } else {
                ctx_f32 *ctx = ctx_new_f32(&e);
                ctx->libm = &rounded_libm_f32;
                tape_f32 *a = graph_run_f32(p, x, ctx);
                SAME_TAPES(a, b)
                tape_free_f32(a);
                ctx_free_f32(ctx);
            }
            ASSERT(n > 50, "%s: %zu numbers", graphs[k].name, n);
            tape_free_ieee(b);
            ctx_free_ieee(emulated);
            program_free(p);
            graph_free(g);
            free(x);
        }
    mpfr_vec_widest_range();
}

/* What the truth is of stores: whoever takes what one makes takes what it was made of. */
static void
bypass_stores(program *p)
{
    for (size_t k = 0; k < p->n; k++)
        for (size_t j = k + 1; p->code[k].op == OP_store && j < p->n; j++)
            for (size_t i = 0; i < op_graph_of(p->code[j].op)->n_in; i++)
                if (p->code[j].in[i] == p->code[k].out[0])
                    p->code[j].in[i] = p->code[k].in[0];
    for (size_t v = 0; v < p->n_values; v++)
        for (size_t maker; p->gradient_of[v] != NO_VALUE && (maker = program_maker(p, p->gradient_of[v])) < p->n &&
                           p->code[maker].op == OP_store;)
            p->gradient_of[v] = p->code[maker].in[0];
}

/* Where the number of a value is that was not stored. */
static value_id
before_store(const program *p, value_id v)
{
    const size_t maker = program_maker(p, v);
    return maker < p->n && p->code[maker].op == OP_store ? p->code[maker].in[0] : v;
}

/* With the proofs of what is equal. */
static tape_ball *
run_ball(const program *p, const double *x, ctx_ball *ctx)
{
    tape_ball *t = tape_new_ball(p, NULL, NULL, ROWS, ctx);
    graph_set_ball(t, x, ROWS, ctx);
    tape_set_rows_ball(t, ROWS, FIRST, END);
    ASSERT(same_new(&t->same, p, ROWS));
    for (size_t row = 0; row < ROWS && t->same != NULL; row++)
        same_input(t->same, row, x + row * p->value[p->input].cols);
    pass_run_ball(t, p->n_once, p->n, ctx);
    return t;
}

/* A network, its program, the one without stores, inputs; and contexts of balls and of MPFR numbers. */
typedef struct {
    ga_graph *g;
    program *p, *exact;
    double *x;
    ctx_ball *low;
    ctx_mp *high;
} both;

static both
both_new(size_t k, ga_dtype type, ga_loss loss, long low_bits, long high_bits, uint64_t *state)
{
    both b = { .g = graphs[k].make(type, state) };
    b.p = graph_program(b.g, loss);
    b.exact = graph_program(b.g, loss);
    bypass_stores(b.exact);
    b.x = graph_inputs(b.g, ROWS, state);
    ga_estimator e = estimator("mpfr:64", GA_REWRITE, GA_DOT, loss);
    e.format.bits = low_bits;
    b.low = ctx_new_ball(&e);
    e.format.bits = high_bits;
    b.high = ctx_new_mp(&e);
    ASSERT(gemm_reserve_ball(4096, low_bits + 53, low_bits + 53, b.low));
    ASSERT(gemm_reserve_mp(4096, high_bits + 53, high_bits + 53, b.high));
    return b;
}

static void
both_free(both *b)
{
    ctx_free_ball(b->low);
    ctx_free_mp(b->high);
    program_free(b->p);
    program_free(b->exact);
    graph_free(b->g);
    free(b->x);
}

static void
balls_contain_the_pass(void)
{
    uint64_t state = test_seed();
    for (size_t k = 0; k < N_GRAPHS; k++)
        for (long bits = 16; bits <= 256; bits *= 4) {
            const ga_loss loss = graphs[k].loss >= 0 ? (ga_loss)graphs[k].loss : bits == 64 ? GA_MARGIN : GA_CROSS_ENTROPY;
            both it = both_new(k, GA_F32, loss, bits, 1024, &state);
            const program *const p = it.p, *const exact = it.exact;
            tape_ball *a = run_ball(p, it.x, it.low);
            tape_mp *b = graph_run_mp(exact, it.x, it.high);
            size_t n = 0, points = 0, open = 0;
            for (size_t v = 0; v < p->n_values; v++)
                for (size_t i = 0; p->value[v].role == VALUE_COMPUTED && a->value[v].e != NULL &&
                                   i < a->value[v].rows * a->value[v].cols; i++) {
                    const mat_mp *const want = b->value + before_store(exact, v);
                    if (!ASSERT(contains(a->value[v].e + i, want->e + i, 512), "%s at %ld bits: %s of node %zu [%zu]",
                                graphs[k].name, bits, p->value[v].what, p->value[v].node, i))
                        break;
                    n++;
                    points += radius_is_zero(a->value[v].e[i].rad);
                    open += strcmp(p->value[v].what, "mask") == 0 && !radius_is_zero(a->value[v].e[i].rad);
                }
            for (size_t j = 0; j < p->n; j++)
                for (size_t i = 0; p->code[j].op == OP_store && i < a->value[p->code[j].out[0]].cols; i++) {
                    const ball *from = a->value[p->code[j].in[0]].e + i, *to = a->value[p->code[j].out[0]].e + i;
                    ASSERT(bits < 64 || (mpfr_equal_p(&from->mid, &to->mid) && !radius_less(from->rad, to->rad)),
                           "%s: a store changes a ball", graphs[k].name);
                }
            ASSERT(n > 50 && points < n, "%s: %zu numbers, %zu points", graphs[k].name, n, points);
            ASSERT(bits < 256 || open == 0, "%s: %zu choices are open", graphs[k].name, open);
            same_free(a->same);
            tape_free_ball(a);
            tape_free_mp(b);
            both_free(&it);
        }
}

/* Inputs that are balls, of a relative radius of 2^-10 and 2^-3: what comes of any point of them is in the balls that come of them.
   A formula without its spread, or with that of the midpoint, fails here. */
static void
balls_contain_all_points(void)
{
    uint64_t state = test_seed();
    const ga_loss loss_of[] = { GA_CROSS_ENTROPY, GA_MARGIN };
    for (size_t k = 0; k < N_GRAPHS; k++)
        for (int wide = 0; wide < 2; wide++) {
            const ga_loss loss = graphs[k].loss >= 0 ? (ga_loss)graphs[k].loss : loss_of[wide];
            both it = both_new(k, GA_F64, loss, 128, 256, &state);
            const program *const p = it.p, *const exact = it.exact;
            const double *const x = it.x;
            const size_t n_inputs = p->value[p->input].cols;
            tape_ball *a = tape_new_ball(p, NULL, NULL, ROWS, it.low);
            graph_set_ball(a, x, ROWS, it.low);
            for (size_t i = 0; i < ROWS * n_inputs; i++)
                a->value[p->input].e[i].rad = radius_from_d(ldexp(fabs(x[i]), wide ? -3 : -10));
            tape_set_rows_ball(a, ROWS, FIRST, END);
            pass_run_ball(a, p->n_once, p->n, it.low);
            for (int trial = 0; trial < 8; trial++) {
                double *point = malloc(ROWS * n_inputs * sizeof *point);
                for (size_t i = 0; i < ROWS * n_inputs; i++) { /* almost an end, or in between */
                    const double inner = (double)(test_random(&state) % 200) / 100 - 1;
                    const double part = trial >= 4 ? inner : inner < 0 ? -1 : 1;
                    point[i] = x[i] + part * (1 - 0x1p-40) * ldexp(fabs(x[i]), wide ? -3 : -10);
                }
                tape_mp *b = graph_run_mp(exact, point, it.high);
                for (size_t v = 0; v < p->n_values; v++)
                    for (size_t i = 0; p->value[v].role == VALUE_COMPUTED && a->value[v].e != NULL && p->value[v].rows == 0 &&
                                       i < END * a->value[v].cols; i++)
                        if (!ASSERT(contains(a->value[v].e + i, b->value[before_store(exact, v)].e + i, 100),
                                    "%s: %s of node %zu [%zu]", graphs[k].name, p->value[v].what, p->value[v].node, i))
                            break;
                tape_free_mp(b);
                free(point);
            }
            tape_free_ball(a);
            both_free(&it);
        }
}

/* Numbers that are proved to be equal, or 0, are: on images of few values, of which many sums are the same. */
static void
ties_are_ties(void)
{
    uint64_t state = test_seed();
    size_t equal = 0, zero = 0;
    for (size_t k = 0; k < N_GRAPHS; k++)
        for (int kind = 0; kind < 5; kind++) {
            const ga_loss loss = graphs[k].loss >= 0 ? (ga_loss)graphs[k].loss : GA_CROSS_ENTROPY;
            both it = both_new(k, GA_F32, loss, kind < 4 ? 64 : 3 /* of which most choices are open */, 600, &state);
            const program *const p = it.p, *const exact = it.exact;
            double *const x = it.x;
            for (size_t i = 0; kind < 4 && i < ROWS * p->value[p->input].cols; i++)
                x[i] = kind == 3 ? 1 : kind == 0 ? 0 : (double)(test_random(&state) % (size_t)(kind + 1)) - 1;
            tape_ball *a = run_ball(p, x, it.low);
            tape_mp *b = graph_run_mp(exact, x, it.high);
            for (size_t j = p->n_once; a->same != NULL && j < p->n_forward; j++) {
                const value_id v = p->code[j].out[0];
                const mat_mp *const m = b->value + before_store(exact, v);
                for (size_t n = 0; p->value[v].rows == 0 && n < 400; n++) {
                    const size_t row = n % END, s = test_random(&state) % m->cols, t = test_random(&state) % m->cols;
                    const bool alike = same_are(a->same, v, row, s, t), nothing = same_is_zero(a->same, v, row, s);
                    mpfr_srcptr first = m->e + row * m->cols + s, second = m->e + row * m->cols + t;
                    ASSERT(!alike || mpfr_equal_p(first, second), "%s: %s of node %zu [%zu] and [%zu]", graphs[k].name,
                           p->value[v].what, p->value[v].node, s, t);
                    ASSERT(!nothing || mpfr_zero_p(first), "%s: %s of node %zu [%zu]", graphs[k].name, p->value[v].what,
                           p->value[v].node, s);
                    equal += alike && s != t;
                    zero += nothing;
                }
            }
            same_free(a->same);
            tape_free_ball(a);
            tape_free_mp(b);
            both_free(&it);
        }
    ASSERT(equal > 1000 && zero > 100, "%zu ties, %zu zeros", equal, zero);
}

/* How many of the masks of max pooling are open, of n; images of x, in few bits. */
static size_t
open_masks(size_t *n, const ga_graph *g, const double *x)
{
    program *p = graph_program(g, GA_CROSS_ENTROPY);
    const ga_estimator e = estimator("mpfr:16", GA_REWRITE, GA_DOT, GA_CROSS_ENTROPY); /* fewer than a convolution's sums need */
    ctx_ball *ctx = ctx_new_ball(&e);
    ASSERT(gemm_reserve_ball(4096, 16 + 53, 16 + 53, ctx));
    tape_ball *t = run_ball(p, x, ctx);
    size_t open = 0;
    *n = 0;
    for (size_t v = 0; v < p->n_values; v++)
        for (size_t i = 0; strcmp(p->value[v].what, "mask") == 0 && i < END * t->value[v].cols; i++, ++*n)
            open += !radius_is_zero(t->value[v].e[i].rad);
    same_free(t->same);
    tape_free_ball(t);
    ctx_free_ball(ctx);
    program_free(p);
    return open;
}

/* Of numbers that are proved equal the first is chosen, also after they are stored. */
static void
stores_keep_ties(void)
{
    uint64_t state = test_seed();
    const op_attributes conv = { .kernel = { 2, 2 }, .stride = { 1, 1 } }, pool = { .kernel = { 3, 3 }, .stride = { 3, 3 } };
    ga_graph *g = graph_new(GA_F32, &(op_shape){ 3, { 1, 7, 7 } });
    const graph_operand a = graph_store(g, graph_conv2d(g, graph_input, 1, 2, &conv, &state), format_f16); /* 2 x 6 x 6 */
    graph_affine(g, graph_node_of(g, OP_max_pool, a, graph_input, graph_input, &pool), 8, 4, &state);
    static const double x[ROWS * 49] = { 0 };
    size_t n;
    const size_t open = open_masks(&n, g, x);
    ASSERT(n > 0 && open == 0, "%zu of %zu choices are open", open, n);
    graph_free(g);
}

/* What functions are where they are constant, or a constant that was chosen, is equal whatever it is made of: a column of 1.5 c, or
   of 6, 1 or 2, beside one of 0. The sums of such windows are equal, and need more bits than there are to be told. */
static void
constant_pieces_tie(void)
{
    static const op_id functions[] = { OP_relu, OP_clip, OP_relu6, OP_hard_sigmoid, OP_hardtanh, OP_minimum };
    const op_attributes one = { .kernel = { 1, 1 }, .stride = { 1, 1 } }, two = { .kernel = { 2, 2 }, .stride = { 2, 2 } };
    uint64_t state = test_seed();
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        ga_graph *g = graph_new(GA_F32, &(op_shape){ 3, { 1, 8, 8 } });
        const graph_operand c = graph_conv2d(g, graph_input, 1, 2, &one, &state); /* 2 x 8 x 8 */
        double x[ROWS * 64];
        for (size_t k = 0; k < 2; k++) {
            dtype_set(GA_F32, g->parameter[0].exact, k, 50);
            dtype_set(GA_F32, g->parameter[1].exact, k, 0);
        }
        for (size_t i = 0; i < ROWS * 64; i++)
            x[i] = i % 2 == 0 ? 1.5 : -1 - (float)fabs(network_uniform(&state));
        const graph_operand a = functions[f] == OP_minimum ? graph_unary(g, OP_relu, c) : c;
        const graph_operand low = functions[f] == OP_minimum ? graph_constant(g, 2) : graph_constant(g, 0);
        const graph_operand b = graph_node_of(g, functions[f], a, low, graph_constant(g, 2), NULL);
        const graph_operand sum = graph_conv2d(g, b, 2, 2, &two, &state); /* 2 x 4 x 4 */
        graph_affine(g, graph_node_of(g, OP_max_pool, sum, graph_input, graph_input, &two), 8, 4, &state);
        size_t n;
        const size_t open = open_masks(&n, g, x);
        ASSERT(n > 0 && open == 0, "function %zu: %zu of %zu masks are open", f, open, n);
        graph_free(g);
    }
}

/* Rows that are the same tie behind a concat, and as sums over channels: of sigmoids, which no number of bits tells apart. */
static void
parts_and_sums_tie(void)
{
    const op_attributes one = { .kernel = { 1, 1 }, .stride = { 1, 1 } }, two = { .kernel = { 2, 2 }, .stride = { 2, 2 } };
    const op_attributes join = { .from = { 3, { 2, 8, 8 } }, .to = { 3, { 3, 8, 8 } } };
    const op_attributes sum = { .from = { 3, { 2, 8, 8 } }, .to = { 3, { 1, 8, 8 } } };
    uint64_t state = test_seed();
    double x[ROWS * 64];
    for (size_t i = 0; i < ROWS * 64; i++)
        x[i] = (float)(i % 8) / 7;
    for (int sums = 0; sums < 2; sums++) {
        ga_graph *g = graph_new(GA_F32, &(op_shape){ 3, { 1, 8, 8 } });
        const graph_operand a = graph_unary(g, OP_sigmoid, graph_conv2d(g, graph_input, 1, 2, &one, &state));
        const graph_operand b = sums ? graph_node_of(g, OP_sum_over, a, graph_input, graph_input, &sum)
                                     : graph_node_of(g, OP_concat, a, graph_input, graph_input, &join);
        graph_affine(g, graph_node_of(g, OP_max_pool, b, graph_input, graph_input, &two), sums ? 16 : 48, 4, &state);
        size_t n;
        const size_t open = open_masks(&n, g, x);
        ASSERT(n > 0 && open == 0, "%d: %zu of %zu masks are open", sums, open, n);
        graph_free(g);
    }
}

/* LeNet with sigmoid on a black background, of which whole windows are 0: there all features are equal, and the first is chosen. */
static void
black_backgrounds_tie(void)
{
    const op_attributes first = { .kernel = { 3, 3 }, .stride = { 1, 1 }, .pad = { 1, 1, 1, 1 } };
    const op_attributes second = { .kernel = { 3, 3 }, .stride = { 1, 1 } }, pool = { .kernel = { 2, 2 }, .stride = { 2, 2 } };
    static const op_id functions[] = { OP_sigmoid, OP_tanh, OP_softplus, OP_hard_sigmoid, OP_hard_swish };
    uint64_t state = test_seed();
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        ga_graph *g = graph_new(GA_F32, &(op_shape){ 3, { 1, 20, 20 } });
        graph_operand x = graph_unary(g, functions[f], graph_conv2d(g, graph_input, 1, 3, &first, &state)); /* 3 x 20 x 20 */
        x = graph_node_of(g, OP_max_pool, x, graph_input, graph_input, &pool);                                /* 3 x 10 x 10 */
        x = graph_unary(g, functions[f], graph_conv2d(g, x, 3, 4, &second, &state));                          /* 4 x 8 x 8 */
        x = graph_node_of(g, OP_max_pool, x, graph_input, graph_input, &pool);                                /* 4 x 4 x 4 */
        graph_affine(g, x, 64, 4, &state);
        static const double black[ROWS * 400] = { 0 };
        size_t n;
        const size_t open = open_masks(&n, g, black);
        ASSERT(n > 0 && open == 0, "function %zu: %zu of %zu masks are open", f, open, n);
        graph_free(g);
    }
}

/* The loss of row 0 and its other terms with one number moved by 2^-100, a factor by that much of itself. */
static void
moved_loss(mpfr_t loss, const program *p, const double *x, value_id v, size_t i, int direction, ctx_mp *ctx)
{
    tape_mp *t = tape_new_mp(p, NULL, NULL, 1, ctx);
    mpfr_t moved;
    mpfr_init2(moved, 700);
    graph_set_mp(t, x, 1, ctx);
    mpfr_set(moved, t->value[v].e + i, MPFR_RNDN);
    mat_mp wide = mat_new_mp(t->value[v].rows, t->value[v].cols, 700, ctx); /* the value itself holds too few bits */
    for (size_t k = 0; k < wide.rows * wide.cols; k++)
        mpfr_set(wide.e + k, t->value[v].e + k, MPFR_RNDN);
    mpfr_set_si_2exp(moved, direction, -100, MPFR_RNDN);
    if (p->value[v].role == VALUE_FACTOR)
        mpfr_mul(moved, moved, wide.e + i, MPFR_RNDN);
    mpfr_add(wide.e + i, wide.e + i, moved, MPFR_RNDN);
    const mat_mp own = t->value[v];
    t->value[v] = wide;
    pass_run_mp(t, 0, p->n_loss, ctx); /* what is run once anew: the weights may have moved */
    mpfr_set(loss, t->value[p->loss].e, MPFR_RNDN);
    for (size_t k = p->n_forward; k < p->n_loss; k++)
        for (size_t j = 0; op_graph_of(p->code[k].op)->term && j < t->value[p->code[k].out[0]].cols; j++) {
            mpfr_mul(moved, t->value[p->code[k].out[0]].e + j, t->value[p->code[k].in[2]].e, MPFR_RNDN);
            mpfr_add(loss, loss, moved, MPFR_RNDN);
        }
    mpfr_clear(moved);
    t->value[v] = own;
    mat_free_mp(&wide);
    tape_free_mp(t);
}

/* 2^24 + 1 - 2^24 + 1/2: in C types summed in binary64. */
static void
dots(void)
{
    const ga_estimator e = estimator("mpfr:24", GA_REWRITE, GA_LOOP, GA_CROSS_ENTROPY);
    const double x[] = { 0x1p12, 1, -0x1p12, 0.5 };
    float a[4], b[4], r = NAN, r16 = NAN;
    ctx_nar32 half = { .t = NULL };
    ctx_rules_nar32(&half, format_f16);
    double a64[4], b64[4], r64 = NAN;
    ctx_mp *mp = ctx_new_mp(&e);
    ctx_ball *balls = ctx_new_ball(&e);
    __mpfr_struct *v = mp_vec_new(9, 24);
    ball *w = ball_vec_new(9, 24);
    for (int i = 0; i < 4; i++) {
        a64[i] = a[i] = (float)x[i];
        b64[i] = b[i] = i % 2 == 0 ? 0x1p12f : 1;
    }
    for (size_t i = 0; i < 4; i++) {
        mp_set_d(v + i, a64[i], mp);
        mp_set_d(v + 4 + i, b64[i], mp);
        ball_set_d(w + i, a64[i], balls);
        ball_set_d(w + 4 + i, b64[i], balls);
    }
    f32_dot(&r, a, b, 4, NULL);
    f64_dot(&r64, a64, b64, 4, NULL);
    nar32_dot(&r16, a, b, 4, &half);
    mp_dot(v + 8, v, v + 4, 4, mp);
    ball_dot(w + 8, w, w + 4, 4, balls);
    mp_set_d(v, 1.5, mp);
    ASSERT(r == 1.5f && r64 == 1.5 && r16 == 1.5f && mp_get_d(v + 8) == 0.5, "%g %g %g %g", (double)r, r64, (double)r16,
           mp_get_d(v + 8));
    ASSERT(contains(w + 8, v, 64));
    mp_vec_free(v);
    ball_vec_free(w);
    ctx_free_mp(mp);
    ctx_free_ball(balls);
}

/* Leaves are inputs, parameters and, in training, the gains of functions. */
static void
gradients_are_limits_of_differences(void)
{
    uint64_t state = test_seed();
    size_t gains = 0, terms = 0;
    for (size_t k = 0; k < N_GRAPHS; k++)
        for (int way = 0; way < 6; way++) {
            const ga_loss loss = graphs[k].loss >= 0 ? (ga_loss)graphs[k].loss : way & 1 ? GA_MARGIN : GA_CROSS_ENTROPY;
            ga_graph *g = graphs[k].make(GA_F64, &state);
            program *p = way >= 2 ? graph_training(g, loss, way >= 4) : graph_program(g, loss);
            terms += p->n_loss - p->n_forward - 1;
            bypass_stores(p);
            double *x = graph_inputs(g, 1, &state);
            for (size_t i = 0; i < p->value[p->input].cols; i++) /* no ties: there differences have other limits */
                x[i] += ldexp((double)(i + 1), -20);
            ga_estimator e = estimator("mpfr:64", GA_REWRITE, GA_LOOP, loss); /* whose weights can be moved */
            e.format.bits = 700;
            ctx_mp *ctx = ctx_new_mp(&e);
            ASSERT(gemm_reserve_mp(4096, 1400, 1400, ctx));
            tape_mp *t = tape_new_mp(p, NULL, NULL, 1, ctx);
            graph_set_mp(t, x, 1, ctx);
            pass_run_mp(t, p->n_once, p->n_backward, ctx);
            mpfr_t above, below;
            mpfr_inits2(700, above, below, (mpfr_ptr)0);
            size_t n = 0, nonzero = 0;
            for (size_t v = 0; v < p->n_values; v++) {
                const value_id gradient = p->gradient_of[v];
                if (p->value[v].role == VALUE_COMPUTED || gradient == NO_VALUE)
                    continue;
                gains += p->value[v].role == VALUE_FACTOR;
                for (size_t i = 0; i < t->value[v].rows * t->value[v].cols; i += 1 + n * test_every() / 40) {
                    moved_loss(above, p, x, v, i, 1, ctx);
                    moved_loss(below, p, x, v, i, -1, ctx);
                    mpfr_sub(above, above, below, MPFR_RNDN);
                    mpfr_mul_2si(above, above, 99, MPFR_RNDN);
                    mpfr_sub(below, above, t->value[gradient].e + i, MPFR_RNDN);
                    ASSERT(mpfr_zero_p(below) || mpfr_get_exp(below) < -150, "%s: %s %zu of node %zu: %g, not %g", graphs[k].name,
                           p->value[v].what, i, p->value[v].node, mpfr_get_d(t->value[gradient].e + i, MPFR_RNDN),
                           mpfr_get_d(above, MPFR_RNDN));
                    nonzero += !mpfr_zero_p(t->value[gradient].e + i);
                    n++;
                }
            }
            ASSERT(n > 10 && nonzero > 0, "%s: %zu of %zu are not 0", graphs[k].name, nonzero, n);
            mpfr_clears(above, below, (mpfr_ptr)0);
            tape_free_mp(t);
            ctx_free_mp(ctx);
            program_free(p);
            graph_free(g);
            free(x);
        }
    ASSERT(gains > 10 && terms > 10, "%zu gains, %zu terms", gains, terms);
}

/* The same numbers in a model of binary32 and of binary64 give the same bits, also at slightly fewer bits than either: whatever
   holds them on the way does not round twice. */
static void
type_does_not_matter(void)
{
    uint64_t state = test_seed();
    for (size_t k = 0; k < N_GRAPHS; k++)
        for (int way = 0; way < 4; way++) {
            const ga_loss loss = graphs[k].loss >= 0 ? (ga_loss)graphs[k].loss : GA_CROSS_ENTROPY;
            ga_estimator e = estimator("mpfr:64", way & 1 ? GA_REWRITE : GA_NAIVE, way & 2 ? GA_LOOP : GA_DOT, loss);
            e.format.bits = 21;
            ga_graph *g = graphs[k].make(GA_F32, &state), *wide = graph_copy(g, GA_F64);
            program *p[2] = { graph_program(g, loss), graph_program(wide, loss) };
            double *x = graph_inputs(g, ROWS, &state);
            tape_mp *t[2];
            ctx_mp *ctx = ctx_new_mp(&e);
            size_t n = 0;
            ASSERT(gemm_reserve_mp(4096, 53, 53, ctx));
            for (int i = 0; i < 2; i++)
                t[i] = graph_run_mp(p[i], x, ctx);
            for (size_t v = 0; v < p[0]->n_values; v++)
                for (size_t i = 0; p[0]->value[v].role == VALUE_COMPUTED && t[0]->value[v].e != NULL &&
                                   i < t[0]->value[v].rows * t[0]->value[v].cols; i++, n++)
                    if (!ASSERT(mpfr_equal_p(t[0]->value[v].e + i, t[1]->value[v].e + i), "%s: %s of node %zu [%zu]",
                                graphs[k].name, p[0]->value[v].what, p[0]->value[v].node, i))
                        break;
            ASSERT(n > 50);
            for (int i = 0; i < 2; i++) {
                tape_free_mp(t[i]);
                program_free(p[i]);
            }
            ctx_free_mp(ctx);
            graph_free(g);
            graph_free(wide);
            free(x);
        }
}

static void
noise_is_ignored(void)
{
    uint64_t state = test_seed();
    for (size_t k = 0; k < N_GRAPHS; k++) {
        const ga_loss loss = graphs[k].loss >= 0 ? (ga_loss)graphs[k].loss : GA_CROSS_ENTROPY;
        ga_graph *g = graphs[k].make(GA_F32, &state);
        program *p = graph_program(g, loss);
        double *x = graph_inputs(g, ROWS, &state);
        const ga_estimator e = estimator("double", GA_NAIVE, GA_BLAS, loss);
        ctx_f64 *ctx = ctx_new_f64(&e);
        tape_f64 *clean = graph_run_f64(p, x, ctx), *noisy = tape_new_f64(p, NULL, NULL, ROWS, ctx);
        for (size_t v = 0; v < p->n_values; v++)
            for (size_t i = 0; i < noisy->value[v].rows * noisy->value[v].cols; i++)
                if ((p->value[v].role == VALUE_COMPUTED && program_maker(p, v) >= p->n_once) ||
                    p->value[v].role == VALUE_SCRATCH)
                    noisy->value[v].e[i] = NAN;
        graph_set_f64(noisy, x, ROWS, ctx);
        tape_set_rows_f64(noisy, ROWS, FIRST, END);
        pass_run_f64(noisy, p->n_once, p->n, ctx);
        for (size_t v = 0; v < p->n_values; v++)
            for (size_t i = 0; p->value[v].role == VALUE_COMPUTED && i < clean->value[v].rows * clean->value[v].cols; i++)
                if (!ASSERT(memcmp(clean->value[v].e + i, noisy->value[v].e + i, sizeof(double)) == 0, "%s: %s of node %zu",
                            graphs[k].name, p->value[v].what, p->value[v].node))
                    break;
        const mat_f64 *dx = clean->value + p->gradient_of[p->input];
        for (size_t i = END * dx->cols; i < ROWS * dx->cols; i++)
            ASSERT(dx->e[i] == 0, "%s: padding has a gradient", graphs[k].name);
        tape_free_f64(clean);
        tape_free_f64(noisy);
        ctx_free_f64(ctx);
        program_free(p);
        graph_free(g);
        free(x);
    }
}

/* Values that share memory come out as if they did not, where they are kept. */
static void
shared_rooms(void)
{
    uint64_t state = test_seed();
    for (size_t k = 0; k < N_GRAPHS; k++)
        for (int parameters = 0; parameters < 2; parameters++) {
            const ga_loss loss = graphs[k].loss >= 0 ? (ga_loss)graphs[k].loss : GA_CROSS_ENTROPY;
            ga_graph *g = graphs[k].make(GA_F32, &state);
            const program_options o = { .loss = loss, .gain = 1, .logit_scale = 1, .number = graph_number(loss),
                                        .input = !parameters, .parameters = parameters };
            program *p = program_new(g, &o);
            double *x = graph_inputs(g, ROWS, &state);
            const ga_estimator e = estimator("double", GA_REWRITE, GA_BLAS, loss);
            ctx_f64 *ctx = ctx_new_f64(&e);
            bool *keep = calloc(p->n_values, sizeof *keep);
            engine_keep(keep, p, false);
            tape_f64 *all = tape_new_f64(p, NULL, NULL, ROWS, ctx), *few = tape_new_f64(p, NULL, keep, ROWS, ctx);
            size_t numbers[2] = { 0 }, kept = 0;
            for (int i = 0; i < 2; i++) {
                tape_f64 *t = i == 0 ? all : few;
                graph_set_f64(t, x, ROWS, ctx);
                tape_set_rows_f64(t, ROWS, FIRST, END);
                pass_run_f64(t, p->n_once, p->n, ctx);
                for (size_t r = 0; r < t->n_rooms; r++)
                    numbers[i] += t->room[r].rows * t->room[r].cols;
            }
            for (size_t v = 0; v < p->n_values; v++) {
                kept += keep[v];
                const size_t rows = p->value[v].rows == 0 ? END : all->value[v].rows;
                ASSERT(!keep[v] || memcmp(all->value[v].e, few->value[v].e, rows * all->value[v].cols * sizeof(double)) == 0,
                       "%s: %s of node %zu", graphs[k].name, p->value[v].what, p->value[v].node);
            }
            ASSERT(kept > 3 && numbers[1] < numbers[0], "%s: %zu values, %zu numbers of %zu", graphs[k].name, kept, numbers[1],
                   numbers[0]);
            tape_free_f64(all);
            tape_free_f64(few);
            ctx_free_f64(ctx);
            free(keep);
            program_free(p);
            graph_free(g);
            free(x);
        }
}

TEST_MAIN("graphs", TEST(equal_to_the_emulation), TEST(balls_contain_the_pass), TEST(balls_contain_all_points), TEST(ties_are_ties),
          TEST(stores_keep_ties), TEST(constant_pieces_tie), TEST(parts_and_sums_tie), TEST(black_backgrounds_tie), TEST(dots),
          TEST(gradients_are_limits_of_differences), TEST(type_does_not_matter), TEST(noise_is_ignored), TEST(shared_rooms))
