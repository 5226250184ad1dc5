/* SPDX-License-Identifier: Apache-2.0 */
/* fuse.c -- see fuse.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/fuse.h"
#include "graph/fuse_match.h"
#include "graph/op_graph.h"
#include "num/dtype.h"

static const struct {
    op_id op;
    const char *pattern;
} fusions[] = {
#define FUSION(op, pattern) { OP_##op, pattern },
#include "graph/fusions.def"
#undef FUSION
};
enum { N_FUSIONS = sizeof fusions / sizeof *fusions, CANDIDATES = 32 };

/* A graph, some of whose nodes are gone. */
typedef struct {
    ga_graph *g;
    long bits; /* of a constant */
    bool *gone;
} fusing;

static bool
is_of(const fuse_match *m, size_t node)
{
    for (size_t k = 0; k < m->n; k++)
        if (m->node[k] == node)
            return true;
    return false;
}

/* Whether nodes that stay take what any node of the composition but its root makes. */
static bool
is_used_elsewhere(const fusing *f, const fuse_match *m, size_t root)
{
    for (size_t k = 0; k < f->g->n_nodes; k++) {
        const graph_node *const node = f->g->node + k;
        for (size_t i = 0; !f->gone[k] && !is_of(m, k) && i < op_graph_of(node->op)->n_in; i++)
            if (node->in[i].from == FROM_NODE && node->in[i].index != root && is_of(m, node->in[i].index))
                return true;
    }
    return false;
}

/* The relative rounding of the constants of a node: of one that makes what is stored in a narrow format those are in that. */
static double
rounding(const fusing *f, size_t root)
{
    for (size_t k = root + 1; k < f->g->n_nodes; k++) {
        const graph_node *const node = f->g->node + k;
        if (!f->gone[k] && node->op == OP_store && node->in[0].from == FROM_NODE && node->in[0].index == root)
            return ldexp(1, -(int)node->a.format.bits);
    }
    return ldexp(1, -(int)f->bits);
}

/* What the nodes up to the root take, the nearest first. */
static size_t
candidates(graph_operand to[CANDIDATES], const ga_graph *g, size_t root)
{
    size_t n = 0, from[CANDIDATES + 1] = { root }, n_from = 1;
    for (size_t k = 0; k < n_from; k++) {
        const graph_node *const node = g->node + from[k];
        for (size_t i = 0; i < op_graph_of(node->op)->n_in && n < CANDIDATES; i++) {
            bool there = node->in[i].from == FROM_PARAMETER;
            for (size_t c = 0; c < n && !there; c++)
                there = to[c].from == node->in[i].from && to[c].index == node->in[i].index;
            if (there)
                continue;
            to[n++] = node->in[i];
            if (node->in[i].from == FROM_NODE)
                from[n_from++] = node->in[i].index;
        }
    }
    return n;
}

static const op_shape *
shape_of(const ga_graph *g, const graph_operand *o)
{
    return o->from == FROM_INPUT ? &g->input : &g->node[o->index].shape;
}

/* Rows of what is made of the last dimensions of m->large together; 0: of others. */
static size_t
rows_of(const fuse_match *m)
{
    size_t rows = 1, d = 0;
    if (!m->spread)
        return m->rows;
    for (; d < m->large.n_dims && m->small.dim[d] == m->large.dim[d]; d++)
        rows *= m->large.dim[d];
    for (; d < m->large.n_dims; d++)
        if (m->small.dim[d] != 1)
            return 0;
    return rows;
}

/* The composition of an operation that the root is, in one of the ways that there are. */
static bool
find(op_id *op, fuse_match *m, const fusing *f, size_t root)
{
    graph_operand x[CANDIDATES];
    const size_t n = candidates(x, f->g, root);
    *m = (fuse_match){ .g = f->g, .unit = rounding(f, root) };
    for (size_t k = 0; k < N_FUSIONS; k++)
        for (size_t c = 0; c < n; c++) {
            m->x = x[c];
            if (op_shape_size(shape_of(f->g, x + c)) != op_shape_size(&f->g->node[root].shape) ||
                !fuse_matches(m, fusions[k].pattern, root) || rows_of(m) == 0 || is_used_elsewhere(f, m, root))
                continue;
            *op = fusions[k].op;
            return true;
        }
    return false;
}

/* What a network ends in: the last node but for those that store. */
static size_t
last_node(const ga_graph *g)
{
    size_t k = g->n_nodes - 1;
    while (g->node[k].op == OP_store && g->node[k].in[0].from == FROM_NODE)
        k = g->node[k].in[0].index;
    return k;
}

/* The end that an operation is if it is one of all outputs; OP_identity: none. */
static op_id
end_of(op_id op, const fuse_match *m)
{
    return rows_of(m) != 1 ? OP_identity
           : op == OP_softmax_rows ? OP_softmax : op == OP_log_softmax_rows ? OP_log_softmax : OP_identity;
}

/* Whether it is made of what a node makes that is the last one then. */
static bool
ends(const fusing *f, const fuse_match *m, size_t root)
{
    if (root != last_node(f->g) || f->g->end != OP_identity || m->x.from != FROM_NODE)
        return false;
    for (size_t k = m->x.index + 1; k < root; k++)
        if (!f->gone[k] && !is_of(m, k))
            return false;
    return true;
}

static void
fuse_node(fusing *f, size_t root)
{
    fuse_match m;
    op_id op;
    if (!find(&op, &m, f, root))
        return;
    const op_id end = ends(f, &m, root) ? end_of(op, &m) : OP_identity;
    for (size_t k = 0; k < m.n; k++)
        f->gone[m.node[k]] = true;
    if (end != OP_identity) {
        for (size_t k = root + 1; k < f->g->n_nodes; k++)
            f->gone[k] = true;
        f->g->end = end;
        f->g->end_fused = true;
        return;
    }
    graph_node *const node = f->g->node + root;
    f->gone[root] = false;
    node->op = op;
    node->a = (op_attributes){ .rows = rows_of(&m) };
    node->fused = true;
    node->in[0] = m.x;
    node->in[1] = m.eps;
    node->in[2] = m.count;
    graph_infer_node(f->g, root);
}

/* Without the nodes that are gone. */
static void
drop_nodes(ga_graph *g, const bool *gone, size_t *place)
{
    size_t n = 0;
    for (size_t k = 0; k < g->n_nodes; k++) {
        place[k] = n;
        if (gone[k]) {
            free(g->node[k].name);
            continue;
        }
        for (size_t i = 0; i < op_graph_of(g->node[k].op)->n_in; i++)
            if (g->node[k].in[i].from == FROM_NODE)
                g->node[k].in[i].index = place[g->node[k].in[i].index];
        g->node[n++] = g->node[k];
    }
    g->n_nodes = n;
}

/* Without the constants that no node takes any more. */
static void
drop_constants(ga_graph *g, bool *used, size_t *place)
{
    size_t n = 0;
    for (size_t k = 0; k < g->n_nodes; k++)
        for (size_t i = 0; i < op_graph_of(g->node[k].op)->n_in; i++)
            if (g->node[k].in[i].from == FROM_PARAMETER)
                used[g->node[k].in[i].index] = true;
    for (size_t p = 0; p < g->n_parameters; p++) {
        place[p] = n;
        if (used[p] || !g->parameter[p].constant)
            g->parameter[n++] = g->parameter[p];
        else {
            free(g->parameter[p].exact);
            free(g->parameter[p].name);
        }
    }
    g->n_parameters = n;
    for (size_t k = 0; k < g->n_nodes; k++)
        for (size_t i = 0; i < op_graph_of(g->node[k].op)->n_in; i++)
            if (g->node[k].in[i].from == FROM_PARAMETER)
                g->node[k].in[i].index = place[g->node[k].in[i].index];
}

bool
graph_fuse(ga_graph *g, long bits)
{
    const size_t n = g->n_nodes + g->n_parameters;
    fusing f = { g, bits, calloc(n, sizeof *f.gone) };
    size_t *const place = calloc(n, sizeof *place);
    const bool ok = f.gone != NULL && place != NULL;
    for (size_t k = 0; ok && k < g->n_nodes; k++)
        if (!f.gone[k] && g->node[k].op != OP_store)
            fuse_node(&f, k);
    if (ok) {
        drop_nodes(g, f.gone, place);
        memset(f.gone, 0, n * sizeof *f.gone);
        drop_constants(g, f.gone, place);
    }
    free(f.gone);
    free(place);
    return ok;
}

op_id
graph_composed_end(const ga_graph *g)
{
    const size_t root = last_node(g);
    if (g->node[root].op == OP_log_softmax_rows && op_rows(&g->node[root].a) == 1)
        return OP_log_softmax;
    fusing f = { (ga_graph *)(uintptr_t)g, 53, calloc(g->n_nodes, sizeof *f.gone) };
    fuse_match m;
    op_id op = OP_identity;
    const bool found = f.gone != NULL && find(&op, &m, &f, root);
    free(f.gone);
    return !found ? OP_identity : op == OP_sigmoid ? op : end_of(op, &m);
}

void
graph_fused(char *text, size_t size, const ga_graph *g)
{
    size_t at = 0;
    *text = '\0';
    for (op_id op = 0; op < N_OPS; op++) {
        size_t n = g->end_fused && g->end == op;
        for (size_t k = 0; k < g->n_nodes; k++)
            n += g->node[k].fused && g->node[k].op == op;
        if (n > 0 && at < size)
            at += (size_t)snprintf(text + at, size - at, "%s%zu %s", at > 0 ? ", " : "", n, op_graph_of(op)->name);
    }
}
