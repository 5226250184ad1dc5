/* SPDX-License-Identifier: Apache-2.0 */
/* group.c -- see group.h */
#include <stdlib.h>
#include <string.h>

#include "blame/group.h"
#include "graph/op_graph.h"
#include "num/format.h"
#include "num/mp.h"
#include "num/mpfr_vec.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"

/* A tape that has only what groups take and make. */
struct groups {
    const blame_net *net;
    ctx_mp *ctx;
    tape_mp t;
};

static bool
is_group(const blame_net *net, size_t k)
{
    const instruction *const i = net->p->code + k;
    bool any = false;
    for (size_t o = 0; o < op_graph_of(i->op)->n_out; o++)
        any = any || op_blame_of(i->op)->out[o] == DEPENDS_GROUP;
    return any;
}

static bool
make(groups *g, value_id v)
{
    mat_mp *const m = g->t.value + v;
    const op_value *const value = g->net->p->value + v;
    if (m->e == NULL)
        *m = mat_new_mp(value->rows > 0 ? value->rows : g->t.rows, value->cols, g->ctx->common.bits, g->ctx);
    return m->e != NULL;
}

static bool
make_all(groups *g, const blame_constant *constant)
{
    const program *const p = g->net->p;
    for (size_t k = p->n_once; k < p->n_backward; k++) {
        const instruction *const i = p->code + k;
        if (!is_group(g->net, k))
            continue;
        for (size_t o = 0; o < op_graph_of(i->op)->n_out; o++)
            if (!make(g, i->out[o]))
                return false;
        for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++) {
            if (!make(g, i->in[o]))
                return false;
            for (size_t n = 0; !g->net->kept[i->in[o]] && n < blame_size(g->net, i->in[o]); n++)
                mp_set_d(g->t.value[i->in[o]].e + n, blame_number(constant + i->in[o], n), g->ctx);
        }
    }
    return true;
}

void
groups_free(groups *g)
{
    if (g == NULL)
        return;
    for (size_t v = 0; g->t.value != NULL && v < g->net->p->n_values; v++)
        mat_free_mp(g->t.value + v);
    free(g->t.value);
    free(g->t.label);
    ctx_free_mp(g->ctx);
    free(g);
}

groups *
groups_new(const blame_net *net, const ga_estimator *e)
{
    const ga_estimator wide = { .format = format_with_bits(e->format, e->format.bits, false), .formulas = e->formulas,
                                .loss = e->loss, .product = GA_LOOP };
    groups *g = calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    g->net = net;
    g->t = (tape_mp){ .p = net->p, .rows = net->shape.rows, .end = net->shape.rows,
                      .value = calloc(net->p->n_values, sizeof(mat_mp)), .label = calloc(net->shape.rows, sizeof(uint32_t)) };
    const blame_constant *const constant = net->p->stored ? blame_constants(net, e->format) : net->constant;
    const bool ok = constant != NULL && g->t.value != NULL && g->t.label != NULL && (g->ctx = ctx_new_mp(&wide)) != NULL &&
                    make_all(g, constant);
    if (constant != NULL)
        blame_constants_free(net, constant);
    if (ok)
        return g;
    groups_free(g);
    return NULL;
}

void
groups_run(groups *g, size_t k, ga_number *const *value, const uint32_t *label)
{
    const instruction *const i = g->net->p->code + k;
    memcpy(g->t.label, label, g->t.rows * sizeof *label);
    for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++)
        for (size_t n = 0; g->net->kept[i->in[o]] && n < blame_size(g->net, i->in[o]); n++)
            mpfr_vec_set_number(g->t.value[i->in[o]].e + n, value[i->in[o]] + n);
    pass_step_mp(&g->t, k, g->ctx);
}

ga_number
groups_made(const groups *g, value_id v, size_t at)
{
    ga_number x;
    mpfr_vec_whole_number(&x, g->t.value[v].e + at);
    return x;
}
