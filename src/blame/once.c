/* SPDX-License-Identifier: Apache-2.0 */
/* once.c -- see once.h. By the arithmetic in MPFR, which rounds as the others do. */
#include <stdlib.h>

#include "blame/once.h"
#include "graph/op_graph.h"
#include "num/format.h"
#include "num/emu.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"

bool
once_computes(const program *p, const instruction *i)
{
    return op_blame_of(i->op)->store == NULL && !p->value[i->out[0]].exact_copy;
}

bool
once_has(ga_format f)
{
    return format_has_range(f) && f.bits <= 53 && f.rounding != GA_STOCHASTIC;
}

static bool
make_value(mat_emu *m, const op_value *v, const blame_constant *from, ctx_emu *ctx)
{
    if (m->e != NULL)
        return true;
    *m = mat_new_emu(v->rows, v->cols, ctx->common.bits, ctx);
    for (size_t k = 0; m->e != NULL && from != NULL && k < v->rows * v->cols; k++)
        emu_set_d(m->e + k, blame_number(from, k), ctx);
    return m->e != NULL;
}

bool
once_make(double *made, const program *p, size_t k, const blame_constant *constant, ga_format f)
{
    const instruction *const i = p->code + k;
    const value_id to = i->out[0];
    ga_estimator e = { .format = f, .product = GA_LOOP };
    e.format.kind = GA_EMULATED;
    e.format.recipe = (ga_precision_recipe){ 0 };
    ctx_emu *const ctx = ctx_new_emu(&e);
    tape_emu t = { .p = p, .rows = 1, .end = 1, .value = calloc(p->n_values, sizeof *t.value) };
    bool ok = ctx != NULL && t.value != NULL;
    for (size_t o = 0; ok && o < op_graph_of(i->op)->n_in; o++)
        ok = make_value(t.value + i->in[o], p->value + i->in[o], constant + i->in[o], ctx);
    ok = ok && make_value(t.value + to, p->value + to, NULL, ctx);
    if (ok)
        pass_step_emu(&t, k, ctx);
    for (size_t at = 0; ok && at < p->value[to].rows * p->value[to].cols; at++)
        made[at] = emu_get_d(t.value[to].e + at);
    for (size_t v = 0; t.value != NULL && v < p->n_values; v++)
        mat_free_emu(t.value + v);
    free(t.value);
    ctx_free_emu(ctx);
    return ok;
}
