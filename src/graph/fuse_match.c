/* SPDX-License-Identifier: Apache-2.0 */
/* fuse_match.c -- see fuse_match.h. A product, or a sum, of the graph is taken apart into one constant and what else is multiplied,
   or added, however its nodes are nested; then each part of the pattern is looked for among these. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph/fuse_match.h"
#include "graph/op_graph.h"
#include "num/dtype.h"

enum { PARTS = 6 };

/* A factor, to the power of side, or a term, times c; c is made of n constants. */
typedef struct {
    graph_operand at;
    int side;
    long double c;
    size_t n;
} part;

/* Of a product: c times all parts; of a sum: c more than all parts. */
typedef struct {
    part part[PARTS];
    size_t n, n_constants;
    long double c;
    graph_operand constant; /* the last one */
} parts;

static bool match(fuse_match *m, const char *p, graph_operand o);

/* ---- the pattern ------------------------------------------------------------------------------------------------ */

/* What follows an expression; at the end of a list that is its parenthesis. */
static const char *
behind(const char *p)
{
    size_t depth = 0;
    do {
        depth += *p == '(';
        depth -= *p == ')';
        p++;
    } while (depth > 0 || strchr(" )", *p) == NULL); /* the end of the text counts */
    return p + strspn(p, " ");
}

static bool
is_list(const char *p, const char *head)
{
    const size_t n = strlen(head);
    return *p == '(' && strncmp(p + 1, head, n) == 0 && p[1 + n] == ' ';
}

static const char *
arguments(const char *list)
{
    return behind(list + 1);
}

static bool
is_number(const char *p)
{
    return strchr("-.0123456789", *p) != NULL;
}

static bool
is_operation(const char *p, op_id op)
{
#define OPERATION(name) #name,
    static const char *const names[] = {
#include "op/ops.def"
    };
#undef OPERATION
    return is_list(p, names[op]);
}

/* ---- the graph -------------------------------------------------------------------------------------------------- */

static bool
is_x(const fuse_match *m, const graph_operand *o)
{
    return o->from == m->x.from && o->index == m->x.index;
}

/* What makes an operand, if that may be of the composition. */
static const graph_node *
maker(const fuse_match *m, const graph_operand *o)
{
    return o->from == FROM_NODE && !is_x(m, o) ? m->g->node + o->index : NULL;
}

/* A constant that is one number. */
static bool
number(long double *c, const fuse_match *m, const graph_operand *o)
{
    const graph_parameter *const p = o->from == FROM_PARAMETER ? m->g->parameter + o->index : NULL;
    if (p == NULL || !p->constant || p->rows * p->cols != 1)
        return false;
    *c = dtype_get(m->g->dtype, p->exact, 0);
    return isfinite(*c);
}

static bool
same_shape(const op_shape *a, const op_shape *b)
{
    return a->n_dims == b->n_dims && memcmp(a->dim, b->dim, a->n_dims * sizeof *a->dim) == 0;
}

/* A sum's shapes, or those of copies the other way round, are the same in all of a composition. */
static bool
spread(fuse_match *m, const op_shape *small, const op_shape *large)
{
    if (m->spread)
        return same_shape(small, &m->small) && same_shape(large, &m->large);
    m->spread = true;
    m->small = *small;
    m->large = *large;
    return true;
}

/* Counts the node among those of the composition. */
static bool
take(fuse_match *m, const graph_operand *o)
{
    for (size_t k = 0; k < m->n; k++)
        if (m->node[k] == o->index)
            return true;
    if (m->n == FUSE_TAKEN)
        return false;
    m->node[m->n++] = o->index;
    return true;
}

static bool
is_in_order(const op_attributes *a)
{
    bool same = same_shape(&a->from, &a->to);
    for (size_t d = 0; same && d < a->from.n_dims; d++)
        same = a->axis[d] == d && a->first[d] == 0 && a->step[d] == 1;
    return same;
}

/* Goes to what is behind nodes that make the same numbers, stored, copied or in another shape. */
static bool
go_through(fuse_match *m, graph_operand *o)
{
    for (const graph_node *node; (node = maker(m, o)) != NULL; *o = node->in[0]) {
        if (node->op != OP_store && node->op != OP_expand && !(node->op == OP_view && is_in_order(&node->a)))
            return true;
        if (!take(m, o) || (node->op == OP_expand && !spread(m, &node->a.from, &node->a.to)))
            return false;
    }
    return true;
}

/* A sum, or what is that: of windows that are an image each. */
static bool
is_sum(const graph_node *node)
{
    const op_attributes *const a = &node->a;
    bool whole = node->op == OP_sum_pool && a->to.dim[1] == 1 && a->to.dim[2] == 1;
    for (size_t d = 0; whole && d < 2; d++)
        whole = a->kernel[d] == a->from.dim[1 + d] && a->pad[d] == 0;
    return whole || node->op == OP_sum_over;
}

/* A sum that is divided by how many numbers it has: no product. */
static bool
is_mean(const fuse_match *m, const graph_node *node)
{
    const graph_node *const of = node->op == OP_constant_div ? maker(m, node->in) : NULL;
    long double c;
    return of != NULL && is_sum(of) && number(&c, m, node->in + 1) &&
           c * op_shape_size(&of->a.to) == op_shape_size(&of->a.from);
}

/* ---- products and sums ------------------------------------------------------------------------------------------ */

static bool
add_part(parts *p, graph_operand o, int side, long double c, size_t n)
{
    if (p->n == PARTS)
        return false;
    p->part[p->n++] = (part){ o, side, c, n };
    return true;
}

/* p times the operand to the power of side, 1 or -1. */
static bool
factors(parts *p, fuse_match *m, graph_operand o, int side)
{
    if (!go_through(m, &o))
        return false;
    const graph_node *const node = maker(m, &o);
    const op_id op = node != NULL && !is_mean(m, node) ? node->op : OP_identity;
    long double c;
    if (op == OP_mul || op == OP_div)
        return take(m, &o) && factors(p, m, node->in[0], side) && factors(p, m, node->in[1], op == OP_mul ? side : -side);
    if (op == OP_reciprocal)
        return take(m, &o) && factors(p, m, node->in[0], -side);
    if ((op == OP_scale || op == OP_constant_div || op == OP_over || op == OP_pow) && number(&c, m, node->in + 1)) {
        if (op == OP_pow) {
            bool ok = (c == 2 || c == 3) && take(m, &o);
            for (size_t k = 0; ok && k < c; k++)
                ok = factors(p, m, node->in[0], side);
            return ok;
        }
        p->c = (op == OP_constant_div) != (side < 0) ? p->c / c : p->c * c;
        p->n_constants++;
        return take(m, &o) && factors(p, m, node->in[0], op == OP_over ? -side : side);
    }
    return add_part(p, o, side, 1, 0);
}

/* p plus c times the operand, of n constants. */
static bool
terms(parts *p, fuse_match *m, graph_operand o, long double c, size_t n)
{
    if (!go_through(m, &o))
        return false;
    const graph_node *const node = maker(m, &o);
    const op_id op = node != NULL && !is_mean(m, node) ? node->op : OP_identity;
    long double k;
    if (op == OP_add)
        return take(m, &o) && terms(p, m, node->in[0], c, n) && terms(p, m, node->in[1], c, n);
    if ((op == OP_constant_add || op == OP_scale || op == OP_constant_div) && number(&k, m, node->in + 1)) {
        if (op != OP_constant_add)
            return take(m, &o) && terms(p, m, node->in[0], op == OP_scale ? c * k : c / k, n + 1);
        p->c += c * k;
        p->n_constants += n + 1;
        p->constant = node->in[1];
        return take(m, &o) && terms(p, m, node->in[0], c, n);
    }
    return add_part(p, o, 1, c, n);
}

/* Whether a product or quotient of n rounded constants may be that of the true ones. */
static bool
is_near(const fuse_match *m, long double c, long double of_true, size_t n)
{
    return fabsl(c - of_true) <= (long double)n * m->unit * fabsl(of_true);
}

static bool product(fuse_match *m, const char *p, graph_operand o, long double c, size_t n);

/* The parts of the pattern from p on are those of a, but for the used ones, in some order. */
static bool
assign(fuse_match *m, const char *p, const parts *a, unsigned used)
{
    while (is_number(p) || strncmp(p, "eps", 3) == 0)
        p = behind(p);
    if (*p == ')')
        return used + 1 == 1u << a->n;
    const bool divides = is_list(p, "/");
    for (size_t k = 0; k < a->n; k++) {
        const part *const item = a->part + k;
        if ((used >> k & 1) != 0 || divides != (item->side < 0))
            continue;
        const fuse_match before = *m;
        const bool fits = item->c == 1 ? match(m, divides ? arguments(p) : p, item->at)
                                       : is_list(p, "*") && product(m, arguments(p), item->at, item->c, item->n);
        if (fits && assign(m, behind(p), a, used | 1u << k))
            return true;
        *m = before;
    }
    return false;
}

/* The factors of the pattern make c times the operand. */
static bool
product(fuse_match *m, const char *p, graph_operand o, long double c, size_t n)
{
    parts a = { .c = c, .n_constants = n };
    long double of_true = 1;
    if (!factors(&a, m, o, 1))
        return false;
    for (const char *q = p; *q != ')'; q = behind(q))
        of_true *= is_number(q) ? strtold(q, NULL) : 1;
    return is_near(m, a.c, of_true, a.n_constants) && assign(m, p, &a, 0);
}

static bool
sum(fuse_match *m, const char *p, graph_operand o)
{
    parts a = { .c = 0 };
    long double of_true = 0;
    bool any = false;
    if (!terms(&a, m, o, 1, 0))
        return false;
    for (const char *q = p; *q != ')'; q = behind(q)) {
        of_true += is_number(q) ? strtold(q, NULL) : 0;
        any = any || strncmp(q, "eps", 3) == 0;
    }
    if (any && a.n_constants == 1)
        m->eps = a.constant;
    return (any ? a.n_constants == 1 && a.c > 0 : is_near(m, a.c, of_true, a.n_constants)) && assign(m, p, &a, 0);
}

/* ---- operations ------------------------------------------------------------------------------------------------- */

static bool
mean(fuse_match *m, const char *p, graph_operand o)
{
    const graph_node *const node = maker(m, &o);
    if (node == NULL || !is_mean(m, node) || !take(m, &o) || !take(m, node->in))
        return false;
    const graph_node *const of = m->g->node + node->in[0].index;
    m->count = node->in[1];
    return spread(m, &of->a.to, &of->a.from) && match(m, p, of->in[0]);
}

static bool
operation(fuse_match *m, const char *p, graph_operand o)
{
    const graph_node *const node = maker(m, &o);
    long double c;
    if (node == NULL || !is_operation(p, node->op) || !take(m, &o) ||
        (node->op == OP_sum_over && !spread(m, &node->a.to, &node->a.from)))
        return false;
    if (node->op == OP_softmax_rows)
        m->rows = op_rows(&node->a);
    bool fits = true;
    const graph_operand *in = node->in;
    for (const char *q = arguments(p); fits && *q != ')'; q = behind(q), in++)
        fits = is_number(q) ? number(&c, m, in) && c == strtold(q, NULL) : match(m, q, *in);
    return fits;
}

static bool
match(fuse_match *m, const char *p, graph_operand o)
{
    if (!go_through(m, &o))
        return false;
    return *p == 'x'            ? is_x(m, &o)
           : is_list(p, "*")    ? product(m, arguments(p), o, 1, 0)
           : is_list(p, "+")    ? sum(m, arguments(p), o)
           : is_list(p, "mean") ? mean(m, arguments(p), o)
                                : operation(m, p, o);
}

bool
fuse_matches(fuse_match *m, const char *pattern, size_t root)
{
    m->n = 0;
    m->spread = false;
    m->rows = 1;
    return match(m, pattern, (graph_operand){ FROM_NODE, root });
}
