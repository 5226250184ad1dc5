/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_mask.c -- Where of ONNX with a constant condition, and constants that are -infinity where a Softmax is to take no part of
   its row: what flows keeps its numbers there, and a mask of 0 and 1 goes with it to that Softmax (op/softmax_rows.c); see
   op_onnx.h */
#include <math.h>
#include <string.h>

#include "io/op_onnx.h"
#include "num/dtype.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

static size_t
per_image(const onnx_value *x)
{
    size_t n = 1;
    for (size_t d = 1; d < x->n_dims; d++)
        n *= x->dim[d];
    return n;
}

/* So many numbers of an image, of a function of their place. */
static ga_code
fill(graph_operand *to, onnx_reading *r, double (*number)(const void *of, size_t k), const void *of)
{
    graph_parameter *p;
    const ga_code code = onnx_own_constant(&p, to, r, 1, per_image(r->in[0]));
    for (size_t k = 0; code == GA_OK && !r->chain->source->look && k < p->cols; k++)
        dtype_set(r->g->dtype, p->exact, k, number(of, k));
    return code;
}

/* Of x, where the condition is `kept`, and else of a constant, or of nothing. */
typedef struct {
    const onnx_value *x;
    const onnx_array *condition, *c; /* NULL: none */
    bool kept;
} choice;

static bool
keeps(const choice *s, size_t k)
{
    return s->condition == NULL ? onnx_array_number(s->c, onnx_place_in(s->x, s->c, k)) != -INFINITY
                                : (onnx_array_integer(s->condition, onnx_place_in(s->x, s->condition, k)) != 0) == s->kept;
}

static double
constant_at(const choice *s, size_t k)
{
    return s->c == NULL ? 0 : onnx_array_number(s->c, s->c->n == 1 ? 0 : onnx_place_in(s->x, s->c, k));
}

/* What x is multiplied by: 0 where a finite constant takes its place. */
static double
factor(const void *of, size_t k)
{
    const choice *const s = of;
    return s->condition == NULL || keeps(s, k) || constant_at(s, k) == -INFINITY;
}

static double
summand(const void *of, size_t k)
{
    const choice *const s = of;
    const double c = s->condition == NULL || !keeps(s, k) ? constant_at(s, k) : 0;
    return c == -INFINITY ? 0 : c;
}

static double
mask(const void *of, size_t k)
{
    const choice *const s = of;
    return (s->condition != NULL && keeps(s, k)) || constant_at(s, k) != -INFINITY;
}

static bool
all(const choice *s, double (*number)(const void *of, size_t k), double value)
{
    for (size_t k = 0, n = per_image(s->x); k < n; k++)
        if (number(s, k) != value)
            return false;
    return true;
}

/* The constant has nothing but finite numbers and -infinity. */
static ga_code
check_constant(const onnx_reading *r, const onnx_array *c)
{
    for (size_t k = 0; c != NULL && !r->chain->source->look && !c->finite && k < c->n; k++) {
        const double x = onnx_array_number(c, k);
        if (!isfinite(x) && x != -INFINITY)
            return FAULT(r, "element %zu of '%s' is %s", k, c->name, isnan(x) ? "NaN" : "infinite");
    }
    return GA_OK;
}

/* What flows times the one plus the other, and the mask that it goes on with. */
static ga_code
choose(onnx_reading *r, const choice *s)
{
    ga_code code = check_constant(r, s->c);
    if (code != GA_OK)
        return code;
    const bool look = r->chain->source->look;
    const bool multiplies = look || !all(s, factor, 1), adds = look || !all(s, summand, 0), masks = !look && !all(s, mask, 1);
    graph_operand in[2] = { s->x->at }, of = { FROM_INPUT, 0 };
    code = masks ? fill(&of, r, mask, s) : GA_OK;
    if (code == GA_OK && multiplies && (code = fill(in + 1, r, factor, s)) == GA_OK) {
        code = onnx_emit_same(r, OP_constant_mul, in, NULL);
        in[0] = r->out->at;
    }
    if (code == GA_OK && adds && (code = fill(in + 1, r, summand, s)) == GA_OK)
        code = onnx_emit_same(r, OP_constant_add, in, NULL);
    if (code == GA_OK && !multiplies && !adds)
        onnx_pass_on(r);
    r->out->masked = masks;
    r->out->mask = of;
    return code;
}

bool
onnx_may_mask(const Onnx__NodeProto *node)
{
    return strcmp(node->op_type, "Add") == 0 || strcmp(node->op_type, "Where") == 0;
}

bool
onnx_has_mask(const onnx_reading *r, const onnx_array *a)
{
    bool any = false;
    for (size_t i = 0; !r->chain->source->look && !a->integers && !a->finite && i < a->n; i++)
        any = any || onnx_array_number(a, i) == -INFINITY;
    return any;
}

ga_code
onnx_add_mask(onnx_reading *r)
{
    const choice s = { .x = r->in[0], .c = &r->in[1]->array };
    return onnx_broadcasts(s.x, s.c) ? choose(r, &s) : FAULT(r, "'%s' does not fit the shape of what flows", s.c->name);
}

ga_code
onnx_check_masks(const onnx_reading *r)
{
    static const char *const go_on[] = { "Softmax", "Reshape", "Identity", "Dropout" };
    bool known = false;
    for (size_t i = 0; i < sizeof go_on / sizeof *go_on; i++)
        known = known || strcmp(r->chain->node->op_type, go_on[i]) == 0;
    for (size_t i = 0; !known && i < r->n_in; i++)
        if (r->in[i] != NULL && !r->in[i]->constant && r->in[i]->masked)
            return FAULT(r, "its input '%s' is -infinity in places, as masks are that Softmax takes: %s of it is not read",
                         r->in[i]->name, r->chain->node->op_type);
    return GA_OK;
}

ga_code
onnx_check_rows(const onnx_reading *r, const graph_operand *of, size_t n)
{
    const graph_parameter *const p = r->g->parameter + of->index;
    for (size_t k = 0, kept = 0; k < p->cols; k++) {
        kept = (k % n == 0 ? 0 : kept) + (dtype_get(r->g->dtype, p->exact, k) != 0);
        if (kept == 0 && (k + 1) % n == 0)
            return FAULT(r, "row %zu of its input is -infinity throughout, which has no softmax", k / n);
    }
    return GA_OK;
}

/* Of a constant condition: what flows or a constant, by place. */
static ga_code
read_where(onnx_reading *r)
{
    const onnx_value *const condition = r->in[0];
    const bool second = r->in[1] != NULL && r->in[1]->constant, two = !second && r->in[2] != NULL && !r->in[2]->constant;
    const onnx_value *const given[2] = { r->in[1], r->in[2] };
    size_t dim[ONNX_DIMS] = { 0 };
    bool swapped;
    if (condition == NULL || !condition->constant || !condition->array.integers)
        return FAULT(r, "its condition is not a constant of the file%s", "");
    const onnx_array *const c = &condition->array;
    r->in[0] = given[0];
    r->in[1] = given[1];
    r->n_in = 2;
    ga_code code = onnx_two(&swapped, r);
    if (code != GA_OK)
        return code;
    for (size_t k = 0; k < (two ? 2 : 1) && code == GA_OK; k++) { /* to what the condition makes of them */
        memcpy(dim, r->in[k]->dim, sizeof dim);
        for (size_t d = 1; d <= c->n_dims && d < r->in[k]->n_dims; d++)
            if (dim[r->in[k]->n_dims - d] == 1)
                dim[r->in[k]->n_dims - d] = c->dim[c->n_dims - d];
        code = onnx_expand(r, k, dim);
    }
    if (code != GA_OK)
        return code;
    const onnx_value *const x = r->in[0];
    if (!onnx_broadcasts(x, c) || (!two && !onnx_broadcasts(x, &r->in[1]->array)))
        return FAULT(r, "its inputs do not fit the shape of what flows%s", "");
    choice s = { .x = x, .condition = c, .c = two ? NULL : &r->in[1]->array, .kept = !second };
    if (!two)
        return choose(r, &s);
    const onnx_value other = *r->in[1];
    if ((code = choose(r, &s)) != GA_OK)
        return code;
    graph_operand in[2] = { r->out->at };
    r->in[0] = s.x = &other;
    s.kept = false;
    if ((code = choose(r, &s)) != GA_OK)
        return code;
    in[1] = r->out->at;
    return onnx_emit_same(r, OP_add, in, NULL);
}

const op_onnx onnx_choices[] = {
    { .operator = "Where", .least = 3, .most = 3, .network = true, .read = read_where },
    { .operator = NULL },
};
