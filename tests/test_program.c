/* SPDX-License-Identifier: Apache-2.0 */
/* test_program.c -- programs: what is differentiated and in which order, factors that are absent at 1, an `add` where a value is
   used twice, and the view of layers. */
#include <string.h>

#include "networks.h"
#include "graph/op_graph.h"
#include "graph/storage.h"
#include "num/format.h"

static size_t
count(const program *p, op_id op, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t k = from; k < to; k++)
        n += p->code[k].op == op;
    return n;
}

/* Every operand is there before it is used, every value is made once, and shapes are those of the operation. */
static void
check_order(const program *p)
{
    for (size_t k = 0; k < p->n; k++) {
        const op_graph *row = op_graph_of(p->code[k].op);
        for (size_t i = 0; i < row->n_in; i++) {
            const value_id v = p->code[k].in[i];
            ASSERT(v < p->n_values && (p->value[v].role != VALUE_COMPUTED || program_maker(p, v) < k), "%s at %zu", row->name, k);
        }
        for (size_t i = 0; i < row->n_out; i++) {
            ASSERT(program_maker(p, p->code[k].out[i]) == k, "%s at %zu", row->name, k);
            ASSERT(p->value[p->code[k].out[i]].cols > 0 && strcmp(p->value[p->code[k].out[i]].what, row->out[i]) == 0);
        }
    }
    for (size_t v = 0; v < p->n_values; v++)
        if (p->gradient_of[v] != NO_VALUE)
            ASSERT(p->value[v].rows == p->value[p->gradient_of[v]].rows && p->value[v].cols == p->value[p->gradient_of[v]].cols,
                   "value %zu and its gradient", v);
}

static void
leaves_and_factors(void)
{
    static const size_t sizes[] = { 9, 8, 7, 6 };
    static const ga_activation hidden[] = { GA_SIGMOID, GA_RELU };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F32, 3, sizes, hidden, 2, &state);
    for (int k = 0; k < 16; k++) {
        program_options o = { .loss = k & 1 ? GA_MARGIN : GA_CROSS_ENTROPY, .gain = k & 2 ? 0.5 : 1, .logit_scale = k & 2 ? 2 : 1,
                              .input = k & 4, .parameters = k & 8 };
        program *p = program_new(m->graph, &o);
        check_order(p);
        const bool any = o.input || o.parameters;
        ASSERT(count(p, OP_affine, 0, p->n_forward) == 3 && count(p, OP_scale, 0, p->n_forward) == (k & 2 ? 2 : 0));
        ASSERT(count(p, OP_margin, p->n_forward, p->n_loss) == (k & 1) && p->n_loss == p->n_forward + 1);
        ASSERT(count(p, OP_affine_input, p->n_loss, p->n_backward) == (o.input ? 3 : o.parameters ? 2 : 0));
        ASSERT(count(p, OP_affine_weight, p->n_loss, p->n_backward) == (o.parameters ? 3 : 0));
        ASSERT(count(p, OP_affine_bias, p->n_loss, p->n_backward) == (o.parameters ? 3 : 0));
        ASSERT(count(p, OP_mul, p->n_loss, p->n_backward) == (any ? 2 : 0) && count(p, OP_add, 0, p->n) == 0);
        ASSERT((p->gradient_of[p->input] != NO_VALUE) == o.input && p->end == p->logits && p->n == p->n_backward);
        for (size_t v = 0; v < p->n_values; v++)
            if (p->value[v].role == VALUE_PARAMETER)
                ASSERT((p->gradient_of[v] != NO_VALUE) == o.parameters);
        program_free(p);
    }
    ga_model_free(m);
}

/* What training adds stands at functions, and is differentiated. */
static void
training_is_inserted(void)
{
    static const size_t sizes[] = { 9, 8, 7, 5, 6 };
    static const ga_activation hidden[] = { GA_SIGMOID, GA_LINEAR, GA_RELU };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F32, 4, sizes, hidden, 2, &state);
    for (int k = 0; k < 16; k++) {
        const program_options o = { .loss = GA_CROSS_ENTROPY, .gain = 1, .logit_scale = 1, .parameters = k & 1, .every_gain = k & 2,
                                    .dropout = k & 4, .penalty = k & 8 };
        program *p = program_new(m->graph, &o);
        check_order(p);
        size_t masks = 0, gains = 0, terms = 0;
        for (size_t i = 0; i < p->n_loss; i++) {
            const instruction *const c = p->code + i;
            const op_graph *const row = op_graph_of(c->op);
            if (c->op == OP_drop) {
                const instruction *const f = p->code + i - 1;
                const op_value *const mask = p->value + c->in[3];
                ASSERT(c->in[0] == f->in[0] && c->in[1] == f->out[0] && c->in[2] == f->out[1]);
                ASSERT(mask->role == VALUE_FACTOR && mask->factor == 1);
                ASSERT(mask->rows == 0 && mask->cols == p->value[f->out[0]].cols);
                ASSERT(p->code[i + 1].op == OP_affine && p->code[i + 1].in[0] == c->out[0], "nobody takes what is dropped");
                masks++;
            } else if (c->op == OP_scale) {
                const bool leaf = p->gradient_of[c->in[1]] != NO_VALUE;
                ASSERT(leaf == (o.parameters && c->out[0] != p->logits), "gain %zu", gains);
                ASSERT(!leaf || p->code[program_maker(p, p->gradient_of[c->in[1]])].op == OP_scale_gain);
                gains++;
            } else if (row->term) {
                const size_t of = program_maker(p, c->in[0]);
                ASSERT(i > p->n_forward && of < p->n_forward && c->in[1] == p->code[of].out[1]);
                ASSERT((p->code[of].op == OP_drop) == o.dropout && p->value[c->in[2]].role == VALUE_FACTOR);
                terms++;
            }
        }
        ASSERT(masks == (o.dropout ? 3 : 0) && gains == (o.every_gain ? 4 : 0) && terms == (o.penalty ? 2 : 0),
               "%zu masks, %zu gains, %zu terms", masks, gains, terms);
        ASSERT(p->n_loss == p->n_forward + 1 + terms && count(p, OP_add, p->n_loss, p->n_backward) == (o.parameters ? terms : 0));
        ASSERT(count(p, OP_mul, p->n_loss, p->n_backward) == (o.parameters ? 3 : 0));
        program_free(p);
    }
    ga_model_free(m);
}

/* Run on rooms: whoever reads a value finds it there, and what is kept is there at the end. */
static void
rooms_are_free(void)
{
    static const size_t sizes[] = { 9, 8, 7, 6 };
    static const ga_activation hidden[] = { GA_SIGMOID, GA_RELU };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F32, 3, sizes, hidden, 2, &state);
    const ga_graph *g = m->graph;
    for (int k = 0; k < 32; k++) {
        program_options o = { .loss = GA_CROSS_ENTROPY, .gain = k & 1 ? 0.5 : 1, .logit_scale = k & 2 ? 2 : 1, .input = k & 4,
                              .parameters = k & 8 };
        program *p = program_new(g, &o);
        bool *keep = calloc(p->n_values, sizeof *keep);
        value_id *in_room = calloc(p->n_values, sizeof *in_room);
        storage s;
        for (size_t v = 0; v < p->n_values; v++)
            keep[v] = test_random(&state) % 4 == 0;
        ASSERT(storage_plan(&s, p, k & 16 ? NULL : keep));
        for (size_t v = 0; v < p->n_values; v++)
            if (s.of[v] != NO_VALUE && p->value[v].role != VALUE_COMPUTED)
                in_room[s.of[v]] = v;
        for (size_t i = p->n_once; i < p->n; i++) {
            const op_graph *row = op_graph_of(p->code[i].op);
            for (size_t a = 0; a < row->n_in; a++)
                ASSERT(s.of[p->code[i].in[a]] == NO_VALUE || in_room[s.of[p->code[i].in[a]]] == p->code[i].in[a],
                       "options %d: operand %zu of instruction %zu is gone", k, a, i);
            for (size_t b = 0; b < row->n_out; b++) {
                const value_id v = p->code[i].out[b];
                for (size_t a = 0; a < row->n_in + b; a++) /* nor with another output */
                    ASSERT(s.of[v] != s.of[a < row->n_in ? p->code[i].in[a] : p->code[i].out[a - row->n_in]],
                           "options %d: output %zu of instruction %zu is where another value is", k, b, i);
                const storage_room *room = s.room + s.of[v];
                ASSERT(p->value[v].rows == 0 ? room->rows == 0 && room->cols >= p->value[v].cols
                                             : room->rows * room->cols >= p->value[v].rows * p->value[v].cols);
                in_room[s.of[v]] = v;
            }
        }
        for (size_t v = 0; v < p->n_values; v++)
            ASSERT(s.of[v] == NO_VALUE || !(k & 16 || keep[v]) || in_room[s.of[v]] == v, "options %d: value %zu is not kept", k, v);
        ASSERT(k & 16 || s.n + p->n_constants < p->n_values, "%zu rooms of %zu values", s.n, p->n_values);
        storage_free(&s);
        free(keep);
        free(in_room);
        program_free(p);
    }
    ga_model_free(m);
}

static void
layers_are_seen(void)
{
    static const size_t sizes[] = { 9, 8, 7, 6 };
    static const ga_activation hidden[] = { GA_SIGMOID, GA_LINEAR };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F64, 3, sizes, hidden, 2, &state);
    for (int always = 0; always < 2; always++) {
        const program_options o = { .gain = 1, .logit_scale = 1, .input = true, .parameters = true, .every_gain = always };
        program *p = program_new(m->graph, &o);
        mlp_layer *layer = layers_of(p, 3);
        if (!ASSERT(layer != NULL))
            return;
        for (size_t l = 0; l < 3; l++) {
            const mlp_layer *v = layer + l;
            ASSERT((v->factor != NO_VALUE) == always && (v->u != v->z) == always && (v->scaled != v->delta) == always);
            ASSERT(p->value[v->weight].exact == m->layer[l].weight && p->value[v->bias].exact == m->layer[l].bias);
            ASSERT(p->gradient_of[v->z] == v->delta && p->gradient_of[v->u] == v->scaled);
            ASSERT(v->function == (l == 0 ? OP_sigmoid : OP_identity));
            ASSERT(l == 2 ? v->a == NO_VALUE && v->z == p->logits : p->gradient_of[v->a] == v->back);
        }
        ASSERT(layers_of(p, 2) == NULL && layers_of(p, 4) == NULL);
        free(layer);
        program_free(p);
    }
    ga_model_free(m);
}

/* x -> W x + b =: u, u + sigma(u), then the same W again: u and W are used twice. */
static void
uses_are_added(void)
{
    float weight[] = { 1, 2, 3, 4 }, bias[] = { 5, 6 };
    graph_parameter parameter[] = { { .rows = 2, .cols = 2, .exact = weight }, { .rows = 1, .cols = 2, .exact = bias } };
    graph_node node[] = { { .op = OP_affine, .in = { { FROM_INPUT, 0 }, { FROM_PARAMETER, 0 }, { FROM_PARAMETER, 1 } } },
                          { .op = OP_sigmoid, .in = { { FROM_NODE, 0 } } },
                          { .op = OP_add, .in = { { FROM_NODE, 0 }, { FROM_NODE, 1 } } },
                          { .op = OP_affine, .in = { { FROM_NODE, 2 }, { FROM_PARAMETER, 0 }, { FROM_PARAMETER, 1 } } } };
    const ga_graph g = { .dtype = GA_F32, .input = { 1, { 2 } }, .n_parameters = 2, .n_nodes = 4, .parameter = parameter,
                         .node = node, .end = OP_softmax };
    const program_options o = { .gain = 1, .logit_scale = 1, .input = true, .parameters = true };
    program *p = program_new(&g, &o);
    if (!ASSERT(p != NULL))
        return;
    check_order(p);
    ASSERT(count(p, OP_add, 0, p->n_forward) == 1 && count(p, OP_add, p->n_loss, p->n_backward) == 3); /* u, W, b */
    ASSERT(p->n == p->n_backward + 1 && p->code[p->n - 1].op == OP_softmax && p->end == p->code[p->n - 1].out[0]);
    ASSERT(layers_of(p, 2) == NULL);
    program_free(p);
}

/* Every store of what depends on a wanted leaf has one of the gradient, in its format; other values have none. */
static void
stores_are_mirrored(void)
{
    float weight[] = { 1, 2, 3, 4 }, bias[] = { 5, 6 };
    graph_parameter parameter[] = { { .rows = 2, .cols = 2, .exact = weight }, { .rows = 1, .cols = 2, .exact = bias } };
    graph_node node[] = { { .op = OP_store, .in = { { FROM_INPUT, 0 } }, .a.format = { FORMAT_OF(f16) } },
                          { .op = OP_affine, .in = { { FROM_NODE, 0 }, { FROM_PARAMETER, 0 }, { FROM_PARAMETER, 1 } } },
                          { .op = OP_store, .in = { { FROM_NODE, 1 } }, .a.format = { FORMAT_OF(f32) } } };
    const ga_graph g = { .dtype = GA_F32, .input = { 1, { 2 } }, .n_parameters = 2, .n_nodes = 3, .parameter = parameter,
                         .node = node, .end = OP_identity };
    for (int input = 0; input < 2; input++) {
        const program_options o = { .gain = 1, .logit_scale = 1, .input = input, .parameters = true };
        program *p = program_new(&g, &o);
        if (!ASSERT(p != NULL))
            return;
        check_order(p);
        ASSERT(count(p, OP_store, 0, p->n_forward) == 2 && count(p, OP_store, p->n_forward, p->n) == 1 + (size_t)input);
        const instruction *const first = p->code + p->n_loss;
        ASSERT(first->op == OP_store && first->a.format.kind == GA_FLOAT && first->a.format.bits == 24);
        const size_t last = program_maker(p, p->gradient_of[p->input]);
        ASSERT(!input || (p->code[last].op == OP_store && format_equal(p->code[last].a.format, format_f16)));
        program_free(p);
    }
    node[2].a.format = (ga_format){ FORMAT_OF(f64) };
    ASSERT(program_new(&g, &(program_options){ .gain = 1, .logit_scale = 1, .input = true }) == NULL, "no model is wider");
    node[2].a.format = (ga_format){ .kind = GA_EMULATED, .bits = 11, .emin = -1023, .emax = 15, .gap = 1 };
    ASSERT(program_new(&g, &(program_options){ .gain = 1, .logit_scale = 1, .input = true }) == NULL, "double has no such numbers");
    node[2].a.format.emin = -1022;
    program *p = program_new(&g, &(program_options){ .gain = 1, .logit_scale = 1, .input = true });
    ASSERT(p != NULL);
    program_free(p);
    node[2].a.format.rounding = GA_UP;
    ASSERT(program_new(&g, &(program_options){ .gain = 1, .logit_scale = 1, .input = true }) == NULL, "it rounds otherwise");
    node[2].a.format = (ga_format){ .kind = GA_MPFR, .bits = 11 }; /* as a recipe stores where its arithmetic has no range */
    p = program_new(&g, &(program_options){ .gain = 1, .logit_scale = 1, .input = true });
    ASSERT(p != NULL);
    program_free(p);
}

TEST_MAIN("program", TEST(leaves_and_factors), TEST(training_is_inserted), TEST(rooms_are_free), TEST(layers_are_seen),
          TEST(uses_are_added), TEST(stores_are_mirrored))
