/* SPDX-License-Identifier: Apache-2.0 */
/* rival_nfloat.c -- FLINT's fastest product of floating-point matrices, nfloat, without a bound of its error; since FLINT 3.2 */
#include <stdlib.h>

#include "rival_arb.h"

#if defined RIVAL_FLINT && __FLINT_RELEASE >= 30200
#include <flint/gr.h>
#include <flint/gr_mat.h>
#include <flint/nfloat.h>

typedef struct {
    gr_ctx_t ctx;
    gr_mat_t a, b, c;
} floats;

static void
copy(gr_mat_t to, const arb_mat_t from, gr_ctx_t ctx)
{
    gr_mat_init(to, arb_mat_nrows(from), arb_mat_ncols(from), ctx);
    for (slong i = 0; i < arb_mat_nrows(from); i++)
        for (slong j = 0; j < arb_mat_ncols(from); j++)
            if (nfloat_set_arf(gr_mat_entry_ptr(to, i, j, ctx), arb_midref(arb_mat_entry(from, i, j)), ctx) != GR_SUCCESS)
                abort();
}

void *
rival_floats_open(const arb_mat_t a, const arb_mat_t b, slong bits)
{
    floats *p = malloc(sizeof *p);
    if (p == NULL)
        abort();
    if (nfloat_ctx_init(p->ctx, bits, 0) != GR_SUCCESS) {
        free(p);
        return NULL;
    }
    copy(p->a, a, p->ctx);
    copy(p->b, b, p->ctx);
    gr_mat_init(p->c, arb_mat_nrows(a), arb_mat_ncols(b), p->ctx);
    return p;
}

void
rival_floats_run(void *data)
{
    floats *p = data;
    if (gr_mat_mul(p->c, p->a, p->b, p->ctx) != GR_SUCCESS)
        abort();
}

void
rival_floats_close(void *data)
{
    floats *p = data;
    if (p == NULL)
        return;
    gr_mat_clear(p->a, p->ctx);
    gr_mat_clear(p->b, p->ctx);
    gr_mat_clear(p->c, p->ctx);
    gr_ctx_clear(p->ctx);
    free(p);
}

#else

void *
rival_floats_open(const arb_mat_t a, const arb_mat_t b, slong bits)
{
    (void)a, (void)b, (void)bits;
    return NULL;
}

void
rival_floats_run(void *data)
{
    (void)data;
}

void
rival_floats_close(void *data)
{
    (void)data;
}

#endif
