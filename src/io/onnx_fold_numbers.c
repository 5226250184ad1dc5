/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_fold_numbers.c -- what nodes of constants alone compute, each number rounded once to its type; see onnx_fold.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mpfr.h>

#include "io/onnx_fold.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/smooth.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

/* Functions that are MPFR's own, or values or derivatives of num/smooth.h. */
static const struct {
    const char *operator;
    int (*own)(mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t rounding);
    smooth_id smooth;
    int order;
} functions[] = {
    { "Exp", mpfr_exp, 0, 0 }, { "Log", mpfr_log, 0, 0 }, { "Tanh", mpfr_tanh, 0, 0 }, { "Erf", mpfr_erf, 0, 0 },
    { "Sin", mpfr_sin, 0, 0 }, { "Cos", mpfr_cos, 0, 0 }, { "Softplus", NULL, SMOOTH_softplus, 0 },
    { "Sigmoid", NULL, SMOOTH_softplus, 1 }, { "Mish", NULL, SMOOTH_mish, 0 }, { "Softsign", NULL, SMOOTH_softsign, 0 },
};
enum { N_FUNCTIONS_FOLDED = sizeof functions / sizeof *functions };

static long
bits_of(tensor_element type)
{
    return type == ELEMENT_F64 ? 53 : 24;
}

/* What the number toward zero, which is inexact or not, is in that type. */
static double
rounded(mpfr_ptr toward_zero, int inexact, tensor_element type)
{
    const ga_format f = type == ELEMENT_F64 ? (ga_format){ FORMAT_OF(f64) } : (ga_format){ FORMAT_OF(f32) };
    mpfr_t r;
    mpfr_init2(r, bits_of(type));
    mpfr_narrow_odd(r, toward_zero, inexact, &f, 0);
    const double x = mpfr_get_d(r, MPFR_RNDN);
    mpfr_clear(r);
    return x;
}

/* The function k, or x^y. */
static double
function(size_t k, double x, double y, tensor_element type)
{
    mpfr_t r, of, by;
    mpfr_init2(r, bits_of(type) + MPFR_ODD_BITS);
    mpfr_inits2(53, of, by, (mpfr_ptr)0);
    mpfr_set_d(of, x, MPFR_RNDN);
    mpfr_set_d(by, y, MPFR_RNDN);
    const int inexact = k == N_FUNCTIONS_FOLDED      ? mpfr_pow(r, of, by, MPFR_RNDZ)
                        : functions[k].own != NULL ? functions[k].own(r, of, MPFR_RNDZ)
                                                   : smooth_mpfr(r, functions[k].smooth, functions[k].order, of, MPFR_RNDZ);
    const double result = rounded(r, inexact, type);
    mpfr_clears(r, of, by, (mpfr_ptr)0);
    return result;
}

static size_t
find(const char *operator)
{
    size_t k = 0;
    while (k < N_FUNCTIONS_FOLDED && strcmp(functions[k].operator, operator) != 0)
        k++;
    return k;
}

bool
onnx_fold_is_function(const char *operator)
{
    return find(operator) < N_FUNCTIONS_FOLDED || strcmp(operator, "Pow") == 0;
}

/* In double, which rounds the same as the type would; but functions do not. */
double
onnx_fold_number(const char *operator, double x, double y, tensor_element type)
{
    if (onnx_fold_is_function(operator))
        return function(find(operator), x, y, type);
    switch (*operator) {
    case 'A':
        return operator[1] == 'd' ? x + y : fabs(x);
    case 'S':
        return operator[1] == 'u' ? x - y : sqrt(x);
    case 'M':
        return operator[1] == 'u' ? x * y : isnan(x) || isnan(y) ? NAN : operator[1] == 'a' ? fmax(x, y) : fmin(x, y);
    case 'D':
        return x / y;
    case 'R':
        return operator[2] == 'c' ? 1 / x : x < 0 ? 0 : x;
    case 'E':
        return x == y;
    case 'G':
        return x > y;
    case 'L':
        return x < y;
    case 'N':
        return operator[1] == 'o' ? x == 0 : -x;
    default:
        return NAN;
    }
}

/* ---- products of matrices --------------------------------------------------------------------------------------- */

enum { PRODUCT_BYTES = 4 }; /* what a product of two numbers counts as */

/* Numbers at `first` of a matrix, so many steps apart. */
typedef struct {
    const onnx_array *a;
    size_t first, step;
} line;

/* The sum of n products, and of *more unless that is NULL. */
static double
dot(mpfr_t *term, mpfr_ptr *all, line a, line b, size_t n, const double *more, tensor_element type)
{
    mpfr_t x, sum;
    mpfr_init2(x, 53);
    mpfr_init2(sum, bits_of(type) + MPFR_ODD_BITS);
    for (size_t k = 0; k < n; k++) {
        mpfr_set_d(x, onnx_array_number(b.a, b.first + k * b.step), MPFR_RNDN);
        mpfr_mul_d(term[k], x, onnx_array_number(a.a, a.first + k * a.step), MPFR_RNDN); /* exact */
    }
    if (more != NULL)
        mpfr_set_d(term[n], *more, MPFR_RNDN);
    const int inexact = mpfr_sum(sum, all, n + (more != NULL), MPFR_RNDZ);
    const double result = rounded(sum, inexact, type);
    mpfr_clears(x, sum, (mpfr_ptr)0);
    return result;
}

/* The matrices of constants, of the last two dimensions: rows x inner of a times inner x cols of b, and c. */
typedef struct {
    const onnx_array *a, *b, *c;
    onnx_array a_parts, b_parts; /* the dimensions before those */
    size_t rows, inner, cols, a_row, a_step, b_col, b_step;
} matrices;

static ga_code
multiply(onnx_reading *r, const matrices *m, size_t n_dims, const size_t *dim)
{
    const tensor_element type = m->a->element;
    onnx_array parts = { .n_dims = 0 };
    size_t n = 1, products = m->inner;
    bool fits = true;
    for (size_t d = 0; d < n_dims; d++) {
        parts.dim[d] = dim[d];
        fits = fits && !__builtin_mul_overflow(products, dim[d], &products);
        n *= dim[d];
    }
    ga_code code = onnx_fold_count(r, fits ? products : SIZE_MAX, PRODUCT_BYTES);
    if (code == GA_OK)
        code = onnx_fold_make(r, m->a, n_dims, dim);
    if (code != GA_OK || !onnx_fold_known(r, m->a) || !onnx_fold_known(r, m->b) || (m->c != NULL && !onnx_fold_known(r, m->c)))
        return code;
    mpfr_t *const term = calloc(m->inner + 1, sizeof *term);
    mpfr_ptr *const all = calloc(m->inner + 1, sizeof *all);
    if (term == NULL || all == NULL) {
        free(term);
        free(all);
        return onnx_no_memory(r);
    }
    for (size_t k = 0; k <= m->inner; k++) {
        mpfr_init2(term[k], 106);
        all[k] = term[k];
    }
    parts.n_dims = m->a_parts.n_dims > m->b_parts.n_dims ? m->a_parts.n_dims : m->b_parts.n_dims;
    for (size_t k = 0; k < n; k++) {
        const size_t part = k / (m->rows * m->cols), i = k / m->cols % m->rows, j = k % m->cols;
        const line a = { m->a, onnx_fold_place(&m->a_parts, &parts, part) * m->rows * m->inner + i * m->a_row, m->a_step };
        const line b = { m->b, onnx_fold_place(&m->b_parts, &parts, part) * m->inner * m->cols + j * m->b_col, m->b_step };
        const double c = m->c != NULL ? onnx_array_number(m->c, onnx_fold_place(m->c, &r->out->array, k)) : 0;
        onnx_fold_put(r, k, dot(term, all, a, b, m->inner, m->c != NULL ? &c : NULL, type));
    }
    for (size_t k = 0; k <= m->inner; k++)
        mpfr_clear(term[k]);
    free(term);
    free(all);
    return GA_OK;
}

/* The dimensions of an array before its last two, of which it has at least those. */
static onnx_array
parts_of(const onnx_array *a)
{
    onnx_array parts = *a;
    parts.n_dims = a->n_dims > 2 ? a->n_dims - 2 : 0;
    return parts;
}

ga_code
onnx_fold_matmul(onnx_reading *r)
{
    const onnx_array *const a = &r->in[0]->array, *const b = &r->in[1]->array;
    const bool row = a->n_dims == 1, col = b->n_dims == 1; /* which the product has not */
    if (a->n_dims < 1 || b->n_dims < 1)
        return FAULT(r, "'%s' is one number, and no matrix", a->n_dims < 1 ? a->name : b->name);
    matrices m = { .a = a, .b = b, .a_parts = parts_of(a), .b_parts = parts_of(b) };
    m.rows = row ? 1 : a->dim[a->n_dims - 2];
    m.inner = m.a_row = a->dim[a->n_dims - 1];
    m.cols = col ? 1 : b->dim[b->n_dims - 1];
    m.a_step = m.b_col = 1;
    m.b_step = m.cols;
    bool fits = b->dim[col ? 0 : b->n_dims - 2] == m.inner;
    const size_t n = m.a_parts.n_dims > m.b_parts.n_dims ? m.a_parts.n_dims : m.b_parts.n_dims;
    size_t dim[ONNX_DIMS], n_dims = n;
    for (size_t d = 1; d <= n; d++) {
        const size_t of_a = d <= m.a_parts.n_dims ? m.a_parts.dim[m.a_parts.n_dims - d] : 1;
        const size_t of_b = d <= m.b_parts.n_dims ? m.b_parts.dim[m.b_parts.n_dims - d] : 1;
        fits = fits && (of_a == of_b || of_a == 1 || of_b == 1);
        dim[n - d] = of_a > of_b ? of_a : of_b;
    }
    if (!fits)
        return FAULT(r, "its constants '%s' and '%s' do not fit together", a->name, b->name);
    if (!row)
        dim[n_dims++] = m.rows;
    if (!col)
        dim[n_dims++] = m.cols;
    return multiply(r, &m, n_dims, dim);
}

ga_code
onnx_fold_gemm(onnx_reading *r)
{
    const onnx_array *const a = &r->in[0]->array, *const b = &r->in[1]->array;
    const onnx_array *const c = r->n_in > 2 && r->in[2] != NULL ? &r->in[2]->array : NULL;
    const Onnx__AttributeProto *const of_a = onnx_attribute(r->chain->node, "transA");
    const Onnx__AttributeProto *const of_b = onnx_attribute(r->chain->node, "transB");
    const bool down = of_a != NULL && of_a->i != 0, along = of_b != NULL && of_b->i != 0;
    ga_code code = onnx_need_one(r->chain, "alpha");
    if (code == GA_OK)
        code = onnx_need_one(r->chain, "beta");
    if (code != GA_OK)
        return code;
    matrices m = { .a = a, .b = b, .c = c };
    bool fits = a->n_dims == 2 && b->n_dims == 2;
    if (fits) {
        m.rows = a->dim[down];
        m.inner = a->dim[!down];
        m.cols = b->dim[!along];
        m.a_row = down ? 1 : m.inner;
        m.a_step = down ? m.rows : 1;
        m.b_col = along ? m.inner : 1;
        m.b_step = along ? 1 : m.cols;
        fits = b->dim[along] == m.inner && (c == NULL || c->n_dims <= 2);
    }
    const size_t dim[] = { m.rows, m.cols };
    for (size_t d = 1; fits && c != NULL && d <= c->n_dims; d++)
        fits = c->dim[c->n_dims - d] == 1 || c->dim[c->n_dims - d] == dim[2 - d];
    return fits ? multiply(r, &m, 2, dim) : FAULT(r, "its constants '%s' and '%s' do not fit together", a->name, b->name);
}
