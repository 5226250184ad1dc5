/* SPDX-License-Identifier: Apache-2.0 */
/* test_allow.c -- an unknown activation, loss, format, product or set of formulas is refused, at the front door and behind it by
   the sign filter, the reference, each pass and the blame: never taken for another one. */
#include <string.h>

#include "audit/blame_check.h"
#include "audit/examine.h"
#include "blame/group.h"
#include "exact/engines.h"
#include "exact/op_bound.h"
#include "exact/reference.h"
#include "exact/sign_filter.h"
#include "networks.h"
#include "graphs.h"
#include "model/model.h"
#include "run/blocks.h"

enum { UNKNOWN = 999 };

/* What is added to a network and an estimator that are known otherwise. */
typedef enum { NOTHING, ACTIVATION, LOSS, FORMAT, FORMULAS, PRODUCT, N_ADDITIONS } addition;
static const char *const words[N_ADDITIONS] = { "", "activation", "loss", "format", "formulas", "product" };

static ga_model *
network_with(addition what)
{
    static const size_t sizes[] = { 4, 3, 3, 2 };
    const ga_activation hidden[] = { GA_SIGMOID, GA_RELU };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F32, 3, sizes, hidden, 1, &state);
    if (what == ACTIVATION) { /* as if there were one more: in the graph, and seen as a layer's */
        m->graph->node[3].op = (op_id)UNKNOWN;
        ((ga_layer *)(uintptr_t)m->layer)[1].activation = (ga_activation)UNKNOWN;
    }
    return m;
}

static ga_estimator
estimator_with(const char *format, addition what)
{
    ga_estimator e = network_estimator(format, GA_NAIVE, GA_PRODUCT_DEFAULT);
    if (what == LOSS)
        e.loss = (ga_loss)UNKNOWN;
    if (what == FORMAT)
        e.format.kind = (ga_format_kind)UNKNOWN;
    if (what == FORMULAS)
        e.formulas = (ga_formulas)UNKNOWN;
    if (what == PRODUCT)
        e.product = (ga_product)UNKNOWN;
    return e;
}

static const char *const formats[] = { "float", "double", "float16", "mpfr:100", "exact" };

static void
front_door(void)
{
    for (addition what = NOTHING; what < N_ADDITIONS; what++)
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
            ga_model *m = network_with(what);
            const ga_estimator e = estimator_with(formats[i], what);
            ga_status st = { 0 };
            const ga_code code = ga_estimator_check(&e, m, &st);
            ASSERT(code == (what == NOTHING ? GA_OK : GA_USAGE), "%s, %s: %d", formats[i], words[what], (int)code);
            ASSERT(what == NOTHING || strstr(st.message, words[what]) != NULL, "%s", st.message);
            ga_model_free(m);
        }
    ga_estimator e = estimator_with("float", NOTHING);
    ga_model *m = network_with(NOTHING);
    e.backend = (ga_backend)UNKNOWN;
    ASSERT(!ga_backend_usable(e.backend) && ga_estimator_check(&e, m, NULL) == GA_USAGE);
    ga_model_free(m);
}

/* An engine opens what is known, and nothing else; there is none of a format that nobody knows. */
static void
engines(void)
{
    ASSERT(engine_find((ga_format){ .kind = (ga_format_kind)UNKNOWN }) == NULL);
    ASSERT(engine_find((ga_format){ .kind = GA_EXACT }) == &engine_reference);
    const addition of_pass[] = { NOTHING, ACTIVATION, LOSS, FORMULAS, PRODUCT };
    for (size_t k = 0; k < sizeof of_pass / sizeof *of_pass; k++)
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
            const addition what = of_pass[k];
            ga_model *m = network_with(what);
            const ga_estimator e = estimator_with(formats[i], what);
            const engine_ops *ops = engine_find(e.format);
            const char *unknown = ops->unknown(m, &e);
            void *engine = ops->open(&(engine_key){ m, e, 2, false, false, false }, NULL);
            if (what == NOTHING) {
                ASSERT(unknown == NULL && engine != NULL, "%s", formats[i]);
            } else
                ASSERT(unknown != NULL && strcmp(unknown, words[what]) == 0 && engine == NULL, "%s, %s", formats[i], words[what]);
            if (engine != NULL)
                ops->close(engine);
            ga_model_free(m);
        }
    uint64_t state = test_seed();
    ga_model *m = network_with(NOTHING);
    ga_dataset *ds = network_images(m, 1, &state);
    const blocks_job job = { .model = m, .ds = ds, .estimator = estimator_with("float", FORMAT), .threads = 1 };
    ASSERT(blocks_run(&job, NULL) == GA_USAGE);
    ga_dataset_free(ds);
    ga_model_free(m);
}

/* Also of a format that is known, but of which it is not the reference. */
static void
reference(void)
{
    const addition all[] = { ACTIVATION, LOSS, FORMAT };
    for (size_t k = 0; k < 3; k++) {
        ga_model *m = network_with(all[k]);
        const ga_estimator e = estimator_with("exact", all[k]);
        const char *unknown = engine_reference.unknown(m, &e);
        ASSERT(unknown != NULL && strcmp(unknown, words[all[k]]) == 0 &&
                   engine_reference.open(&(engine_key){ m, e, 2, false, false, false }, NULL) == NULL, "%s",
               words[all[k]]);
        ga_model_free(m);
    }
    ga_model *m = network_with(NOTHING);
    const ga_estimator e = estimator_with("double", NOTHING);
    ASSERT(engine_reference.open(&(engine_key){ m, e, 2, false, false, false }, NULL) == NULL);
    ga_model_free(m);
}

/* Whether all its operations have bounds. */
static bool
is_bounded(const ga_graph *g)
{
    for (size_t k = 0; k < g->n_nodes; k++)
        if (op_bound_of(g->node[k].op)->run == NULL)
            return false;
    return true;
}

static void
sign_filter_declines(void)
{
    size_t taken = 0, declined = 0;
    const addition all[] = { NOTHING, ACTIVATION, LOSS };
    for (size_t k = 0; k < 3; k++) {
        ga_model *m = network_with(all[k]);
        const ga_estimator e = estimator_with("exact", all[k]);
        sign_filter *f = sign_filter_new(m, &e, 2);
        ASSERT((f != NULL) == (all[k] == NOTHING), "%s", words[all[k]]);
        sign_filter_free(f);
        ga_model_free(m);
    }
    uint64_t state = test_seed();
    for (size_t k = 0; k < N_GRAPHS; k++) {
        ga_model *m = model_of_graph(graphs[k].make(GA_F32, &state), NULL);
        const ga_estimator e = estimator_with("exact", NOTHING);
        sign_filter *f = sign_filter_new(m, &e, 2);
        ASSERT(f == NULL || is_bounded(m->graph), "%s", graphs[k].name);
        *(f != NULL ? &taken : &declined) += 1;
        sign_filter_free(f);
        ga_model_free(m);
    }
    ASSERT(taken > 5 && declined > 5, "%zu, %zu", taken, declined);
}

static void
blame(void)
{
    const addition all[] = { NOTHING, ACTIVATION, LOSS, FORMAT, FORMULAS };
    uint64_t state = test_seed();
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        ga_model *m = network_with(all[k]);
        ga_dataset *ds = network_images(m, 1, &state);
        const ga_estimator e = estimator_with("float", all[k]);
        const ga_code want = all[k] == NOTHING ? GA_OK : GA_USAGE;
        ga_status st = { 0 };
        examination x;
        ASSERT(blame_check(m, &e, NULL) == want, "%s", words[all[k]]);
        ASSERT(examine(&x, m, ds, 0, &e, 0.01, &st) == want, "%s", st.message);
        const char *const said = all[k] == FORMAT ? "goes wrong is found in formats with" : "goes wrong is not found";
        ASSERT(want == GA_OK || strstr(st.message, said) != NULL, "%s", st.message);
        examination_free(&x);
        ga_dataset_free(ds);
        ga_model_free(m);
    }
    ga_model *m = network_with(NOTHING);
    const ga_estimator wide = estimator_with("mpfr:100", NOTHING), e = estimator_with("float", NOTHING);
    ASSERT(blame_check(m, &wide, NULL) == GA_USAGE);
    ga_model_free(m);
    for (size_t k = 0; k < N_GRAPHS; k++) {
        m = model_of_graph(graphs[k].make(GA_F32, &state), NULL);
        ASSERT(blame_check(m, &e, NULL) == GA_OK, "%s", graphs[k].name);
        ga_model_free(m);
    }
}

/* What is made as a group of given numbers: a unit of a ReLU and one of no function, and two classes. */
static void
groups_of_numbers(void)
{
    static const size_t sizes[] = { 1, 2, 2, 2 };
    const ga_activation hidden[] = { GA_RELU, GA_LINEAR };
    const ga_number z[2] = { { .klass = GA_NORMAL, .sign = 1, .mantissa = 1 },
                             { .klass = GA_NORMAL, .sign = -1, .mantissa = -1.5 } };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F32, 3, sizes, hidden, 1, &state);
    const ga_loss losses[] = { GA_MARGIN, GA_CROSS_ENTROPY };
    for (size_t k = 0; k < 4; k++) {
        const uint32_t label = k / 2;
        ga_estimator e = estimator_with("float", NOTHING);
        e.loss = losses[k % 2];
        blame_net *net = blame_net_new(m, &e, SIZE_MAX, 1);
        blame_tape *t = net != NULL ? blame_tape_new(net, false) : NULL;
        groups *g = net != NULL ? groups_new(net, &e) : NULL;
        if (!ASSERT(net != NULL && t != NULL && g != NULL))
            return;
        const program *const p = net->p;
        for (size_t l = 0; l < 3; l++) {
            const mlp_layer layer = network_layer(p, 3, l);
            memcpy(t->value[layer.z], z, sizeof z);
            groups_run(g, l < 2 ? net->maker[layer.a] : p->n_forward, t->value, &label);
            if (l == 2)
                break;
            const ga_number a[2] = { groups_made(g, layer.a, 0), groups_made(g, layer.a, 1) };
            const ga_number d[2] = { groups_made(g, layer.d, 0), groups_made(g, layer.d, 1) };
            ASSERT(a[0].mantissa == 1 && d[0].mantissa == 1);
            ASSERT(l == 0 ? a[1].klass == GA_ZERO && d[1].klass == GA_ZERO : a[1].mantissa == -1.5 && d[1].mantissa == 1);
        }
        ga_number chosen[2], residual[2];
        for (size_t c = 0; c < 2; c++) {
            chosen[c] = groups_made(g, p->code[p->n_forward].out[0], c);
            residual[c] = groups_made(g, p->gradient_of[p->logits], c);
        }
        if (e.loss == GA_MARGIN) /* the other class */
            ASSERT(chosen[label].klass == GA_ZERO && chosen[1 - label].mantissa == 1 && residual[label].mantissa == -1);
        else
            ASSERT(chosen[0].sign == 1 && chosen[1].sign == 1 && residual[label].sign == -1);
        groups_free(g);
        blame_tape_free(t);
        blame_net_free(net);
    }
    ga_model_free(m);
}

TEST_MAIN("allow", TEST(front_door), TEST(engines), TEST(reference), TEST(sign_filter_declines), TEST(blame),
          TEST(groups_of_numbers))
