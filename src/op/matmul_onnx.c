/* SPDX-License-Identifier: Apache-2.0 */
/* matmul_onnx.c -- MatMul of ONNX: of two values that flow (matmul.c), and of one and a constant that is no layer's [inputs,
   outputs], which are layers of the value's rows (affine.c): of its columns where the constant comes first, W x = (x^T W^T)^T, and
   of parts of it where the constant has a matrix for each. */
#include <string.h>

#include "io/op_onnx.h"
#include "num/dtype.h"
#include "op/matmul.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

enum { MOST_MATRICES = 64 }; /* of a constant: parts are joined one by one */

ga_code
onnx_read_matmul(onnx_reading *r)
{
    const onnx_value x = *r->in[0], *const y = r->in[1];
    const size_t d = x.n_dims;
    const bool alike = d > 2 && d == y->n_dims && memcmp(x.dim + 1, y->dim + 1, (d - 3) * sizeof *x.dim) == 0;
    op_attributes a = { .from = { 3, { 1, 1, 1 } }, .to = { 3, { 1, 1, 1 } } };
    if (!alike || x.dim[d - 1] != y->dim[d - 2])
        return FAULT(r, "its two inputs do not fit: %s of [images, m, k] and [images, k, n] is read, or with more dimensions "
                        "between, the same in both", r->chain->node->op_type);
    for (size_t k = 1; k + 2 < d; k++)
        a.from.dim[0] *= x.dim[k];
    a.to.dim[0] = a.from.dim[0];
    a.from.dim[1] = a.to.dim[1] = x.dim[d - 2];
    a.from.dim[2] = x.dim[d - 1];
    a.to.dim[2] = y->dim[d - 1];
    const graph_operand in[2] = { x.at, y->at };
    const size_t n = y->dim[d - 1];
    const ga_code code = onnx_emit(r, OP_matmul, in, &a);
    r->out->n_dims = d;
    memcpy(r->out->dim, x.dim, sizeof x.dim);
    r->out->dim[d - 1] = n;
    return code;
}

/* A product of matrices of m x k, or of k x m if they are turned, with the constant's, as many as those or one. */
typedef struct {
    const onnx_array *w;
    bool first; /* the constant comes first: its matrices are n x k, and others k x n */
    bool turned;
    size_t n_matrices, m, k, n, n_constant;
} product;

/* Matrix h of so many, or all, with their rows as columns if `turn`. */
static ga_code
part(graph_operand *to, onnx_reading *r, const graph_operand *x, size_t n, size_t rows, size_t cols, size_t h, size_t n_parts,
     bool turn)
{
    const op_attributes a = { .from = { 3, { n, rows, cols } }, .to = { 3, { n_parts, turn ? cols : rows, turn ? rows : cols } },
                              .axis = { 0, turn ? 2 : 1, turn ? 1 : 2 }, .first = { (ptrdiff_t)h }, .step = { 1, 1, 1 } };
    *to = *x;
    if (n == n_parts && (!turn || rows == 1 || cols == 1))
        return GA_OK;
    const ga_code code = onnx_emit(r, OP_view, x, &a);
    *to = r->out->at;
    return code;
}

/* Matrix h of the constant as the weights [n, k] of a layer. */
static ga_code
weights(graph_operand *to, onnx_reading *r, const product *p, size_t h)
{
    graph_parameter *own;
    if (p->n_constant == 1)
        return onnx_parameter(to, r, p->w, p->n, p->k, !p->first, "weight");
    const ga_code code = onnx_own_weights(&own, to, r, p->n, p->k);
    for (size_t i = 0; code == GA_OK && !r->chain->source->look && i < p->n; i++)
        for (size_t j = 0; j < p->k; j++)
            dtype_set(r->g->dtype, own->exact, i * p->k + j,
                      onnx_array_number(p->w, h * p->n * p->k + (p->first ? i * p->k + j : j * p->n + i)));
    return code;
}

static ga_code
multiply(onnx_reading *r, const graph_operand *x, const product *p)
{
    const size_t each = p->n_matrices / p->n_constant;
    graph_operand so_far = { FROM_INPUT, 0 };
    ga_code code = GA_OK;
    for (size_t h = 0; h < p->n_constant && code == GA_OK; h++) {
        const op_attributes rows = { .rows = each * p->m };
        const op_attributes both = { .from = { 3, { h, p->m, p->n } }, .to = { 3, { h + 1, p->m, p->n } }, .axis = { 0 } };
        graph_operand in[3];
        if ((code = part(in, r, x, p->n_matrices, p->turned ? p->k : p->m, p->turned ? p->m : p->k, h, each, p->turned)) != GA_OK ||
            (code = weights(in + 1, r, p, h)) != GA_OK || (code = onnx_bias(in + 2, r, NULL, p->n)) != GA_OK ||
            (code = onnx_emit(r, OP_affine, in, &rows)) != GA_OK)
            return code;
        if (h > 0)
            code = onnx_emit(r, OP_concat, (graph_operand[]){ so_far, r->out->at }, &both);
        so_far = r->out->at;
    }
    if (code == GA_OK)
        code = part(&so_far, r, &so_far, p->n_matrices, p->m, p->n, 0, p->n_matrices, p->turned);
    r->out->at = so_far;
    return code;
}

ga_code
onnx_read_constant_matmul(onnx_reading *r)
{
    const bool first = r->in[0] != NULL && r->in[0]->constant;
    ga_code code = onnx_need_flow(r, first);
    if (code != GA_OK || (code = onnx_need_constant(r, !first)) != GA_OK)
        return code;
    const onnx_value x = *r->in[first];
    const onnx_array *const w = &r->in[!first]->array;
    const bool last = x.images > 0 && x.images + 1 == onnx_rank(&x); /* [..., inputs, images] */
    const size_t dims = x.n_dims, sides = w->n_dims == 1 ? 1 : 2, rows = w->n_dims > 1 ? w->dim[w->n_dims - 2] : 1;
    product p = { .w = w, .first = first, .turned = first && !last, .n_matrices = 1, .n_constant = 1 };
    if (w->n_dims == 0 || (w->n_dims == 1 && (first || dims == 2)) || (p.turned && dims == 2) || (last && !first) ||
        (last && (x.before > 1 || x.behind > 1)))
        return FAULT(r, "it multiplies along the images, or leaves them alone: %s of [images, ...] and a matrix is read",
                     r->chain->node->op_type);
    p.n = first ? rows : sides == 1 ? 1 : w->dim[w->n_dims - 1];
    p.k = first || sides == 1 ? w->dim[w->n_dims - 1] : rows;
    p.m = p.turned ? x.dim[dims - 1] : dims > 2 ? x.dim[dims - 2] : 1;
    for (size_t d = 1; d + 2 < dims; d++)
        p.n_matrices *= x.dim[d];
    bool fits = x.dim[p.turned ? dims - 2 : dims - 1] == p.k && w->n_dims <= dims, same = true;
    for (size_t d = 3; d <= w->n_dims; d++) {
        const size_t own = w->dim[w->n_dims - d];
        p.n_constant *= own;
        same = same && own == (d < dims ? x.dim[dims - d] : 1);
    }
    fits = fits && (p.n_constant == 1 || (same && !last && p.n_constant == p.n_matrices));
    if (!fits)
        return FAULT(r, "the weights '%s' do not fit the inputs", w->name);
    if (p.n_constant > MOST_MATRICES)
        return FAULT(r, "'%s' has more than %d matrices", w->name, MOST_MATRICES);
    if ((code = multiply(r, &x.at, &p)) != GA_OK)
        return code;
    r->out->n_dims = sides == 1 ? dims - 1 : dims;
    memcpy(r->out->dim, x.dim, sizeof x.dim);
    r->out->dim[p.turned ? dims - 2 : dims - 1] = p.n;
    return GA_OK;
}
